"""Ask for what moved to be looked at, in the transaction that brings something new. Rule of the room: compute nothing.

Apart from what watches, so that who registers a list or an outcome need not load what compares them.
"""

from powertheft.actions.ports import UnitOfWork
from powertheft.domain.jobs import Job, JobKind

WATCH: JobKind = "house.watch"
TITLE = "Watch what has moved"
MOST_QUEUED = 1000


def ask_to_watch(work: UnitOfWork) -> Job:
    """Queue a look at everything that is watched, unless one waits already: it will see this, too."""
    waiting = (job for job in work.jobs.list_jobs(states=["queued"], last=MOST_QUEUED) if job.kind == WATCH)
    found = next(waiting, None)
    return found or work.jobs.enqueue(WATCH, {}, title=TITLE)
