"""Jobs: what works in the background. Rule of the room: one URL, one view, one template."""

from typing import cast

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext

from powertheft.actions.work_jobs import NEEDED, cancel_job, get_job, list_jobs, read_log, retry_job, waits_for
from powertheft.domain.jobs import Job, JobState
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.job_words import STATE_WORDS, shown_job
from powertheft.web.rendering import render_page

pages = Blueprint("jobs", __name__, url_prefix="/jobs")
SHOWN = 50
LINES = 200


@pages.get("/")
@needs("job.read")
def index() -> Response:
    """Show the last jobs, newest first."""
    state, before = request.args.get("state", ""), request.args.get("before", type=int)
    wanted: list[JobState] = [cast(JobState, state)] if state in STATE_WORDS else []
    found = list_jobs(current_house(), states=wanted, before=before, last=SHOWN + 1)
    return render_page(
        "jobs/index.html",
        part="list",
        jobs=[shown_job(job) for job in found[:SHOWN]],
        state=state,
        state_tabs=[
            (words, url_for("jobs.index", state=name), name == state) for name, (words, _) in STATE_WORDS.items()
        ],
        next_before=found[SHOWN - 1].number if len(found) > SHOWN else None,
        can_cancel=current_actor().can("job.cancel"),
    )


@pages.get("/<int:number>")
@needs("job.read")
def job(number: int) -> Response:
    """Show one job: how far it is, its log, what came of it."""
    house, actor = current_house(), current_actor()
    found = get_job(house, number)
    ahead = waits_for(house, found)
    return render_page(
        "jobs/job.html",
        part="job_now",
        shown=shown_job(found),
        before_it=[shown_job(one) for one in ahead.running],
        queued_before=ahead.queued,
        lines=read_log(house, number)[-LINES:],
        can_cancel=actor.can("job.cancel"),
        can_retry=_can_retry(found),
    )


@pages.post("/<int:number>/cancel")
@needs("job.cancel")
def cancel(number: int) -> ResponseReturnValue:
    """Call a job off."""
    cancel_job(current_house(), number)
    flash(gettext("Job %(number)s is called off. It can be tried again.", number=number))
    return redirect(url_for("jobs.job", number=number) if current_actor().can("job.read") else url_for("jobs.index"))


@pages.post("/<int:number>/retry")
@needs("job.read")
def retry(number: int) -> ResponseReturnValue:
    """Queue a job again."""
    retry_job(current_house(), number)
    return redirect(url_for("jobs.job", number=number))


def _can_retry(found: Job) -> bool:
    return found.state in {"failed", "cancelled"} and current_actor().can(NEEDED[found.kind])
