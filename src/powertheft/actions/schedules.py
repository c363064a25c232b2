"""Work that comes again: add, list, remove a schedule. Rule of the room: put the rooms together, compute nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime

from croniter import croniter

from powertheft.actions.house import House
from powertheft.actions.ports import Json
from powertheft.actions.watch_request import TITLE, WATCH
from powertheft.actions.work_jobs import NEEDED
from powertheft.domain.errors import ChoiceError
from powertheft.domain.jobs import JobKind, Schedule

EXAMPLE = "Write minute, hour, day, month and weekday, as in 0 2 * * * for two o'clock each night."
WORDS = 5
DAILY = "30 5 * * *"
"""Before people come in, and after what is collected at night."""

MOST_ADDED = 1000


def add_schedule(house: House, kind: JobKind, *, cron: str, title: str, arguments: Json | None = None) -> Schedule:
    """Have a kind of work done again and again, as the actor; `cron` are the five words of crontab, in local time."""
    house.check("schedule.change")
    house.check(NEEDED[kind])
    next_at = next_moment(cron, datetime.now().astimezone())
    with house.begin() as work:
        return work.schedules.add_schedule(kind, arguments or {}, title=title, cron=cron, next_at=next_at)


def keep_daily_watch(house: House) -> None:
    """Have everything that is watched looked at once a day, unless somebody has taken that out, or set other times."""
    house.check("schedule.change")
    with house.begin() as work:
        added = work.audit.list_events(action="schedule.added", last=MOST_ADDED)
        if not any(event.details.get("kind") == WATCH for event in added):
            next_at = next_moment(DAILY, datetime.now().astimezone())
            work.schedules.add_schedule(WATCH, {}, title=TITLE, cron=DAILY, next_at=next_at)


def list_schedules(house: House) -> Sequence[Schedule]:
    """Return the schedules, the next one first."""
    house.check("job.read")
    with house.read() as work:
        return work.schedules.list_schedules()


def remove_schedule(house: House, number: int) -> None:
    """Remove a schedule; jobs that it has queued stay."""
    house.check("schedule.change")
    with house.begin() as work:
        work.schedules.remove_schedule(number)


def next_moment(cron: str, after: datetime) -> datetime:
    """Return the first moment after another that the five words of crontab name, in UTC.

    Examples
    --------
    >>> next_moment("30 2 * * 1", datetime(2026, 3, 12, 9, 0, tzinfo=UTC)).isoformat()
    '2026-03-16T02:30:00+00:00'
    >>> next_moment("every night", datetime(2026, 3, 12, 9, 0, tzinfo=UTC))
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: 'every night' names no times. Write minute, hour, day, month and weekday, ...
    """
    if len(cron.split()) != WORDS or not croniter.is_valid(cron):
        raise ChoiceError(f"{cron!r} names no times", advice=EXAMPLE)
    found: datetime = croniter(cron, after).get_next(datetime)
    return found.astimezone(UTC)
