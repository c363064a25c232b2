"""The life of a job: work that runs in the background. Rule of the room: the standard library only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from powertheft.domain.states import next_state

Json = Mapping[str, Any]
JobState = Literal["queued", "running", "done", "failed", "cancelled"]
JobAct = Literal["be claimed", "be finished", "fail", "be put back", "be cancelled", "be retried"]
JobKind = Literal[
    "dataset.import",
    "dataset.propose",
    "dataset.check",
    "dataset.export",
    "dataset.collect",
    "model.train",
    "model.tune",
    "model.evaluate",
    "model.compare",
    "model.score",
    "model.mirror",
    "model.retrain",
    "consumer.explain",
    "feature.measure",
    "dataset.explore",
    "demo.simulate",
    "list.export",
    "rule.try",
    "alert.send",
    "house.watch",
]
Lane = Literal["short", "long"]

LANES: Mapping[JobKind, Lane] = {
    "dataset.import": "long",
    "dataset.propose": "short",
    "dataset.check": "short",
    "dataset.export": "short",
    "dataset.collect": "long",
    "model.train": "long",
    "model.tune": "long",
    "model.evaluate": "long",
    "model.compare": "long",
    "model.score": "long",
    "model.mirror": "long",
    "model.retrain": "long",
    "consumer.explain": "short",
    "feature.measure": "long",
    "dataset.explore": "long",
    "demo.simulate": "long",
    "list.export": "short",
    "rule.try": "long",
    "alert.send": "short",
    "house.watch": "long",
}
"""Short is what somebody sits before a page and waits for. One worker takes nothing else, so that none of it waits
behind a training; another takes anything."""

LAST: JobKind = "house.watch"
"""Done when nothing else waits: nobody asked for it in person, and it looks at all that has come until then."""

TRANSITIONS: Mapping[JobState, Mapping[JobAct, JobState]] = {
    "queued": {"be claimed": "running", "be cancelled": "cancelled"},
    # A running job whose lease is over is claimed by the next worker: the one that had it was killed.
    "running": {
        "be claimed": "running",
        "be finished": "done",
        "fail": "failed",
        "be put back": "queued",
        "be cancelled": "cancelled",
    },
    "done": {},
    "failed": {"be retried": "queued"},
    "cancelled": {"be retried": "queued"},
}

MOST_ATTEMPTS = 5
"""A job that takes its worker down with it (memory, mostly) is given up after so many."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work that runs in the background. `attempt` counts how often it was claimed; `lease_until` is for how long.

    `progress` is the share that is done, 0 to 1, and `doing` what is being done. A done job has a `result`; a failed
    one a `message` and an `advice`.
    """

    number: int
    kind: JobKind
    title: str
    arguments: Json
    state: JobState
    created_at: datetime
    created_by: str
    attempt: int = 0
    worker: str | None = None
    lease_until: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    progress: float = 0.0
    doing: str = ""
    result: Json | None = None
    message: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class LogLine:
    """A line of a job's log. No reading, name or consumer number is in one."""

    number: int
    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that comes again: `cron` are the five words of crontab, `next_at` when it is due."""

    number: int
    kind: JobKind
    title: str
    arguments: Json
    cron: str
    next_at: datetime
    created_at: datetime
    created_by: str


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a queued job waits for: the jobs that run, and how many are queued before it."""

    running: tuple[Job, ...]
    queued: int


def kinds_of(lane: Lane) -> tuple[JobKind, ...]:
    """Return the kinds of jobs of a lane."""
    return tuple(kind for kind, its in LANES.items() if its == lane)


def ahead_of(job: Job, open_jobs: Sequence[Job]) -> Ahead:
    """Return what a queued job waits for, of all jobs that are queued or running.

    A short job waits for short ones; for long ones only where nothing short runs, since there may be but one worker.
    """
    running = [one for one in open_jobs if one.state == "running"]
    queued = [one for one in open_jobs if one.state == "queued" and one.number != job.number]
    before = [one for one in queued if (one.kind == LAST, one.number) < (job.kind == LAST, job.number)]
    if LANES[job.kind] == "short":
        before = [one for one in before if LANES[one.kind] == "short"]
    beside = [one for one in running if LANES[one.kind] == LANES[job.kind]] or running
    return Ahead(tuple(sorted(beside, key=lambda one: one.number)), len(before))


def next_job_state(number: int, *, state: JobState, act: JobAct) -> JobState:
    """Return where an act leads a job.

    Examples
    --------
    >>> next_job_state(7, state="failed", act="be retried")
    'queued'
    >>> next_job_state(7, state="done", act="be cancelled")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.StateError: job 7 is done, so it cannot be cancelled. Nothing more can be done with it.
    """
    return next_state(TRANSITIONS, f"job {number}", state=state, act=act)


def time_left(started_at: datetime, now: datetime, share: float) -> timedelta | None:
    """Return how long work will go on if it goes on as before; None before there is enough of it to tell.

    Examples
    --------
    >>> begun = datetime(2026, 3, 1, 12, 0)
    >>> time_left(begun, datetime(2026, 3, 1, 12, 1), 0.25)
    datetime.timedelta(seconds=180)
    >>> time_left(begun, datetime(2026, 3, 1, 12, 1), 0.0)
    """
    if not 0.02 <= share <= 1:
        return None
    return (now - started_at) * ((1 - share) / share)
