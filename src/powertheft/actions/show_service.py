"""How the service itself does: ready or not, and the figures that a monitoring system reads. Rule of the room: no fits.

Nothing here is of a person or a connection: counts, ages and shares alone.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from powertheft.actions.house import House
from powertheft.actions.ports import UnitOfWork
from powertheft.actions.show_overview import MOST_CASES, WEEKS, judged_visits
from powertheft.domain.alerts import Severity
from powertheft.domain.errors import PowertheftError
from powertheft.domain.jobs import Job, JobKind, JobState

DATABASE = "database"
PATIENCE = timedelta(minutes=2)
"""How long a job may wait while nobody works: an idle worker looks every second."""

MOST_WAITING = 1000
PROBE = b"powertheft" * 100
"""What is written to the home folder, and thrown away, to see whether it takes anything."""


@dataclass(frozen=True, slots=True)
class Check:
    """One of the things that the service needs: its name, whether it is as it should be, and what it is or to do."""

    name: str
    is_good: bool
    words: str


@dataclass(frozen=True, slots=True)
class Visits:
    """Visits of the last weeks with a finding that tells, and how many of them found theft."""

    visits: int
    finds: int


@dataclass(frozen=True, slots=True)
class ServiceFigures:
    """Figures of the house. `oldest_wait` is how long the oldest queued job has waited.

    `visits` is by how a connection was drawn: list or random. `alerts` are open and nobody has acknowledged them. What
    is not there yet is left out, or None.
    """

    jobs: Mapping[tuple[JobKind, JobState], int]
    oldest_wait: timedelta
    dataset_ages: Mapping[str, timedelta]
    scoring_age: timedelta | None
    champion_ages: Mapping[str, timedelta]
    visits: Mapping[str, Visits]
    alerts: Mapping[Severity, int]


def check_service(house: House, *, now: datetime | None = None) -> tuple[Check, ...]:
    """Return whether database, home folder and queue are as the service needs them."""
    house.check("metrics.read")
    database = _check_database(house)
    queue = _check_queue(house, now or datetime.now(UTC)) if database.is_good else _unknown_queue()
    return database, _check_home(house), queue


def measure_service(house: House, *, now: datetime | None = None) -> ServiceFigures:
    """Return the figures of the house."""
    house.check("metrics.read")
    now = now or datetime.now(UTC)
    with house.read() as work:
        datasets = {name: work.datasets.get_version(name).created_at for name in work.datasets.list_datasets()}
        scorings = work.scorings.list_scorings(last=1)
        champions = [one for one in work.models.list_versions() if one.state == "champion"]
        return ServiceFigures(
            work.jobs.get_counts(),
            _longest_wait(work, work.jobs.list_jobs(states=("queued",), last=MOST_WAITING), now),
            {name: now - at for name, at in datasets.items()},
            now - scorings[0].created_at if scorings else None,
            {one.model: now - one.created_at for one in champions},
            _visits(work, now.date()),
            work.alerts.get_counts(),
        )


def _check_database(house: House) -> Check:
    try:
        if house.store.is_current():
            return Check(DATABASE, is_good=True, words="answers, with the tables of this version")
    except PowertheftError:
        return Check(DATABASE, is_good=False, words="does not answer: see that it runs")
    return Check(DATABASE, is_good=False, words="has the tables of another version: update and start again")


def _check_home(house: House) -> Check:
    try:
        with tempfile.TemporaryFile(dir=house.home.path) as file:
            file.write(PROBE)
            file.flush()
    except OSError as error:
        # Not the error's own words, which hold the path.
        words = f"takes nothing ({error.strerror}): see to the disk and to the rights of the folder"
        return Check("home", is_good=False, words=words)
    return Check("home", is_good=True, words="can be written to")


def _check_queue(house: House, now: datetime) -> Check:
    try:
        with house.read() as work:
            unfinished = work.jobs.list_jobs(states=("queued", "running"), last=MOST_WAITING)
            held = [one for one in unfinished if one.lease_until is not None and one.lease_until > now]
            waiting = [one for one in unfinished if one.state == "queued"]
            lost = [now - one.lease_until for one in unfinished if one.lease_until is not None and one not in held]
            waited = max([_longest_wait(work, waiting, now), *lost])
    except PowertheftError:
        return _unknown_queue()
    if held or waited <= PATIENCE:
        return Check("queue", is_good=True, words="moves" if held else "nothing waits for a worker")
    minutes = round(waited.total_seconds() / 60)
    return Check("queue", is_good=False, words=f"a job has waited for {minutes} min and no worker works: start one")


def _unknown_queue() -> Check:
    return Check("queue", is_good=False, words="cannot be read while the database is not as it should be")


def _longest_wait(work: UnitOfWork, queued: Sequence[Job], now: datetime) -> timedelta:
    """Return how long the job has been queued that has been for longest.

    A job that was retried or put back was made long before it came into the queue: its last event says when it did.
    """
    longest = timedelta()
    for job in sorted(queued, key=lambda one: one.created_at):
        if now - job.created_at <= longest:
            break
        last = work.audit.list_events(subject=f"job {job.number}", last=1)
        longest = max(longest, now - (last[0].at if last else job.created_at))
    return longest


def _visits(work: UnitOfWork, day: date) -> Mapping[str, Visits]:
    cases = work.inspections.list_cases(last=MOST_CASES)
    since = day - timedelta(weeks=WEEKS)
    found = {drawn_by: judged_visits(cases, drawn_by, since=since, until=day) for drawn_by in ("list", "random")}
    return {drawn_by: Visits(len(told), sum(told)) for drawn_by, told in found.items()}
