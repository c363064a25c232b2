"""The queue of jobs in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from powertheft.actions.ports import Json
from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.jobs import (
    LAST,
    MOST_ATTEMPTS,
    TRANSITIONS,
    Job,
    JobAct,
    JobKind,
    JobState,
    LogLine,
    next_job_state,
)
from powertheft.domain.states import states_before
from powertheft.logs import tell
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import TEXT_LENGTH, job_logs, jobs

LOG = logging.getLogger("powertheft.jobs")
_COLUMNS = jobs.c
# More than workers there are: who loses one of them to another takes the next.
_CANDIDATES = 10
_GIVEN_UP = "its worker ended in the middle of it, {} times"
_LESS = "It may need more memory than there is: try it with less data, or on a larger machine."


class SqlJobQueue:
    """Implements `JobQueue`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def enqueue(self, kind: JobKind, arguments: Json, *, title: str) -> Job:
        """Add a job; it runs as the actor of this transaction."""
        values = {
            "kind": kind,
            "title": title[:TEXT_LENGTH],
            "arguments": dict(arguments),
            "state": "queued",
            "created_at": datetime.now(UTC),
            "created_by": self._actor,
            **_FRESH,
        }
        done = self._connection.execute(sa.insert(jobs).values(values))
        number: int = (done.inserted_primary_key or (0,))[0]
        self._audit.record("job.queued", _subject(number), {"kind": kind})
        # With the number of the request that asked for it, where one did.
        tell(LOG, "job", job=number, kind=kind, state="queued")
        return self.get_job(number)

    def claim(
        self,
        worker: str,
        *,
        lease_seconds: float,
        kinds: Sequence[JobKind] = (),
        given_up: Callable[[Job], object] | None = None,
    ) -> Job | None:
        """Give a worker the oldest job that nobody has, of these kinds or of any; None where there is none."""
        now = datetime.now(UTC)
        is_free = (_COLUMNS.state == "queued") | ((_COLUMNS.state == "running") & (_COLUMNS.lease_until < now))
        last = sa.case((_COLUMNS.kind == LAST, 1), else_=0)
        query = sa.select(jobs).where(is_free).order_by(last, _COLUMNS.number).limit(_CANDIDATES)
        if kinds:
            query = query.where(_COLUMNS.kind.in_(kinds))
        for found in [Job(**row) for row in self._connection.execute(query).mappings()]:
            if found.attempt >= MOST_ATTEMPTS and found.state == "running":
                if self._give_up(found) and given_up is not None:
                    given_up(self.get_job(found.number))
            elif self._take(found, worker, now=now, lease_seconds=lease_seconds):
                self._audit.record("job.claimed", _subject(found.number), {"worker": worker})
                return self.get_job(found.number)
        return None

    def heartbeat(self, job: Job, progress: float, doing: str, *, lease_seconds: float) -> bool:
        """Prolong the lease and say how far the work is; False where the job is not the worker's any more."""
        values = {
            "progress": min(max(progress, 0.0), 1.0),
            "doing": doing[:TEXT_LENGTH],
            "lease_until": datetime.now(UTC) + timedelta(seconds=lease_seconds),
        }
        return self._update(self._is_held(job), values)

    def finish(self, job: Job, result: Json) -> Job:
        """Set a job down as done."""
        self._end(job, "be finished", {"result": dict(result), "progress": 1.0, "doing": ""})
        self._audit.record("job.finished", _subject(job.number))
        return self.get_job(job.number)

    def fail(self, job: Job, *, message: str, advice: str = "") -> Job:
        """Set a job down as failed, with what a person should read."""
        self._end(job, "fail", {"message": message, "advice": advice})
        # The message may quote a cell of a file, which has no place in a trail that is never changed.
        self._audit.record("job.failed", _subject(job.number))
        return self.get_job(job.number)

    def put_back(self, job: Job) -> Job:
        """Give a job back that was not done, as if it had not been claimed: its worker is told to end."""
        state = next_job_state(job.number, state="running", act="be put back")
        if not self._update(self._is_held(job), {**_FRESH, "state": state, "attempt": job.attempt - 1}):
            raise _lost(job)
        self._audit.record("job.put_back", _subject(job.number))
        return self.get_job(job.number)

    def cancel(self, number: int) -> Job:
        """Call off a job that is queued or running; its worker notices at the next step."""
        self._step(number, "be cancelled", {"ended_at": datetime.now(UTC), "lease_until": None})
        self._audit.record("job.cancelled", _subject(number))
        return self.get_job(number)

    def retry(self, number: int) -> Job:
        """Queue a job again that failed or was cancelled."""
        self._step(number, "be retried", _FRESH)
        self._audit.record("job.retried", _subject(number))
        return self.get_job(number)

    def get_job(self, number: int) -> Job:
        """Return a job; raises ChoiceError where there is none of this number."""
        row = self._connection.execute(sa.select(jobs).where(_COLUMNS.number == number)).mappings().one_or_none()
        if row is None:
            raise ChoiceError(f"there is no job {number}", advice="List them with: powertheft jobs.")
        return Job(**row)

    def list_jobs(
        self,
        *,
        states: Sequence[JobState] = (),
        kinds: Sequence[JobKind] = (),
        created_by: str | None = None,
        before: int | None = None,
        last: int = 100,
    ) -> Sequence[Job]:
        """Return the last jobs, newest first; only those with a smaller number than `before`."""
        query = sa.select(jobs).order_by(_COLUMNS.number.desc()).limit(last)
        if states:
            query = query.where(_COLUMNS.state.in_(states))
        if kinds:
            query = query.where(_COLUMNS.kind.in_(kinds))
        if created_by is not None:
            query = query.where(_COLUMNS.created_by == created_by)
        if before is not None:
            query = query.where(_COLUMNS.number < before)
        return [Job(**row) for row in self._connection.execute(query).mappings()]

    def get_counts(self) -> Mapping[tuple[JobKind, JobState], int]:
        """Return how many jobs there are of each kind and state."""
        query = sa.select(_COLUMNS.kind, _COLUMNS.state, sa.func.count()).group_by(_COLUMNS.kind, _COLUMNS.state)
        return {(kind, state): count for kind, state, count in self._connection.execute(query)}

    def log(self, job: Job, lines: Sequence[str]) -> None:
        """Add lines to a job's log."""
        now = datetime.now(UTC)
        rows = [{"job": job.number, "at": now, "text": line} for line in lines]
        if rows:
            self._connection.execute(sa.insert(job_logs), rows)

    def list_log(self, number: int, *, after: int = 0) -> Sequence[LogLine]:
        """Return a job's log from the line after that of a number."""
        lines = job_logs.c
        query = sa.select(lines.number, lines.at, lines.text).where((lines.job == number) & (lines.number > after))
        return [LogLine(**row) for row in self._connection.execute(query.order_by(lines.number)).mappings()]

    def _take(self, seen: Job, worker: str, *, now: datetime, lease_seconds: float) -> bool:
        """Write the claim if the job still is what was seen: of two workers that ask at once, one has it."""
        still = (_COLUMNS.number == seen.number) & (_COLUMNS.state == seen.state) & (_COLUMNS.attempt == seen.attempt)
        values = {
            **_FRESH,
            "state": next_job_state(seen.number, state=seen.state, act="be claimed"),
            "worker": worker,
            "attempt": seen.attempt + 1,
            "lease_until": now + timedelta(seconds=lease_seconds),
            "started_at": now,
        }
        return self._update(still, values)

    def _give_up(self, job: Job) -> bool:
        state = next_job_state(job.number, state=job.state, act="fail")
        told = {"message": _GIVEN_UP.format(job.attempt), "advice": _LESS}
        if not self._update(self._is_held(job), {"state": state, "ended_at": datetime.now(UTC), **told}):
            return False
        self._audit.record("job.failed", _subject(job.number))
        return True

    def _end(self, job: Job, act: JobAct, values: dict[str, Any]) -> None:
        state = next_job_state(job.number, state="running", act=act)
        ended = {"state": state, "ended_at": datetime.now(UTC), "lease_until": None, **values}
        if not self._update(self._is_held(job), ended):
            raise _lost(job)

    def _is_held(self, job: Job) -> sa.ColumnElement[bool]:
        # The attempt tells this claim from a later one, by this worker or another.
        return (_COLUMNS.number == job.number) & (_COLUMNS.state == "running") & (_COLUMNS.attempt == job.attempt)

    def _step(self, number: int, act: JobAct, values: Json) -> None:
        state = next_job_state(number, state=self.get_job(number).state, act=act)
        here = (_COLUMNS.number == number) & _COLUMNS.state.in_(states_before(TRANSITIONS, act))
        if not self._update(here, {**values, "state": state}):
            # Between the question and the answer its worker was quicker: the table says so of the state it has now.
            next_job_state(number, state=self.get_job(number).state, act=act)

    def _update(self, where: sa.ColumnElement[bool], values: Json) -> bool:
        return self._connection.execute(sa.update(jobs).where(where).values(values)).rowcount == 1


_FRESH: dict[str, Any] = {
    "attempt": 0,
    "worker": None,
    "lease_until": None,
    "started_at": None,
    "ended_at": None,
    "progress": 0.0,
    "doing": "",
    "result": None,
    "message": "",
    "advice": "",
}


def _subject(number: int) -> str:
    return f"job {number}"


def _lost(job: Job) -> StateError:
    msg = f"job {job.number} is not this worker's any more"
    return StateError(msg, advice="It was cancelled, or its lease was over and another worker has it.")
