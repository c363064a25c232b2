"""Call somebody where work in the background failed, until the same work is done. Rule of the room: compute nothing.

The same work is the same kind under the same title. What a job says of its failure may quote a cell of a file: it stays
on the job's page, and an alert leads there.
"""

from powertheft.actions.alerts import raise_alert, settle_alert
from powertheft.actions.ports import UnitOfWork
from powertheft.domain.jobs import Job

LOOKED_AT = 100


def alert_of_failure(work: UnitOfWork, job: Job, *, is_foreseen: bool) -> None:
    """Call somebody, in the transaction that sets the failure down; louder where it comes again and failed before.

    Whoever asked for a single job sits before it: where the failure is a foreseen one, nobody outside is told.
    """
    if job.kind == "alert.send":
        return  # it says so itself, and telling people is what it failed at
    link, comes_again = f"/jobs/{job.number}", _comes_again(work, job)
    if comes_again and _failed_before(work, job):
        settle_alert(work, cause=_cause(job))
        details = {"what": f"Failed twice in a row: {job.title}"}
        raise_alert(work, cause=_cause_again(job), rule="schedule_failed", details=details, link=link)
        return
    severity = "information" if is_foreseen and not comes_again else "warning"
    details = {"what": f"A job failed: {job.title}"}
    raise_alert(work, cause=_cause(job), rule="job_failed", severity=severity, details=details, link=link)


def settle_failure(work: UnitOfWork, job: Job) -> None:
    """Resolve what was raised of this work, in the transaction that sets it down as done."""
    for cause in (_cause(job), _cause_again(job)):
        settle_alert(work, cause=cause)


def _comes_again(work: UnitOfWork, job: Job) -> bool:
    asked = (job.kind, job.title, job.created_by)
    return any((one.kind, one.title, one.created_by) == asked for one in work.schedules.list_schedules())


def _failed_before(work: UnitOfWork, job: Job) -> bool:
    found = work.jobs.list_jobs(kinds=[job.kind], created_by=job.created_by, before=job.number, last=LOOKED_AT)
    return next((one.state == "failed" for one in found if one.title == job.title), False)


def _cause(job: Job) -> str:
    return f"job/{job.kind}/{job.title}"


def _cause_again(job: Job) -> str:
    return f"schedule/{job.kind}/{job.title}"
