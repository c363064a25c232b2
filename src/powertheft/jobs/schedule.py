"""Queue what comes again, when it is due: once, however many workers look.

Rule of the room: imports domain and actions; killing a worker loses nothing and doubles nothing.
"""

from datetime import datetime

from powertheft.actions.house import House
from powertheft.actions.ports import UnitOfWork
from powertheft.actions.retrain import mind_models
from powertheft.actions.schedules import next_moment
from powertheft.actions.send_alerts import ask_for_what_is_due
from powertheft.actions.watch_request import WATCH, ask_to_watch
from powertheft.domain.jobs import Job, Schedule


def enqueue_due(house: House, now: datetime) -> list[Job]:
    """Queue a job of each schedule that is due; what was missed while no worker ran is made up for once."""
    with house.read() as work:
        due = work.schedules.list_schedules(due=now)
    queued: list[Job] = []
    for schedule in due:
        # Whoever advances it queues the job, in one transaction, as the one whose schedule it is.
        with house.store.begin(schedule.created_by) as work:
            if work.schedules.advance(schedule, next_moment(schedule.cron, now.astimezone())):
                queued.append(_queue(work, schedule))
    ask_for_what_is_due(house, now)
    queued += mind_models(house, now)
    return queued


def _queue(work: UnitOfWork, schedule: Schedule) -> Job:
    """Queue the job of a schedule; a look at what moved that waits already will see this, too."""
    if schedule.kind == WATCH:
        return ask_to_watch(work)
    return work.jobs.enqueue(schedule.kind, schedule.arguments, title=schedule.title)
