"""What the use cases need of the world outside, as Protocols.

Every method here that changes something writes an audit event in the same transaction: a test walks the ports.

Rule of the room: put the rooms together, compute nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from powertheft.actions.account_ports import Accounts, Tokens
from powertheft.actions.loop_ports import Alerts, FeedbackBook, Policies, Trials, WatchBook
from powertheft.domain.inspections import Case, CaseAct, CaseState, CaseStep, Finding, NewCase
from powertheft.domain.jobs import Job, JobKind, JobState, LogLine, Schedule
from powertheft.domain.model_versions import ModelAct, ModelState

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A complete version folder that is to be registered: what is in it and how it came to be."""

    content_hash: str
    folder: str
    rows: Mapping[str, int]
    recipe: Json
    key_id: str


@dataclass(frozen=True, slots=True)
class RegisteredVersion:
    """One version of a dataset as the register knows it; `deleted_at` is set where only its memory is left."""

    dataset: str
    number: int
    content_hash: str
    folder: str
    rows: Mapping[str, int]
    recipe: Json
    key_id: str
    created_at: datetime
    created_by: str
    deleted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """Who did what to what, and when. Events are numbered in their order and are never changed."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Json


@dataclass(frozen=True, slots=True)
class HighWaterMark:
    """How far a source has been collected: the mark itself (the source's own words) and the version it led to.

    `moves` counts how often it has been set, which tells one state of it from the next.
    """

    source: str
    mark: Json
    version: str
    at: datetime
    moves: int


@dataclass(frozen=True, slots=True)
class NewModelVersion:
    """A complete bundle that is to be registered: where it lies, what it was fitted to and how, what it achieved.

    `dataset` is the version it was fitted to, as NAME@number; `figures` the few that a leaderboard shows.
    """

    folder: str
    dataset: str
    algorithm: str
    choices: Json
    figures: Json


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One version of a model as the register knows it; `deleted_at` is set where only its memory is left."""

    model: str
    number: int
    state: ModelState
    folder: str
    dataset: str
    algorithm: str
    choices: Json
    figures: Json
    created_at: datetime
    created_by: str
    deleted_at: datetime | None = None

    @property
    def reference(self) -> str:
        """Return how a person names it."""
        return f"{self.model}@{self.number}"


@dataclass(frozen=True, slots=True)
class NewScoring:
    """A complete folder of lists that is to be registered; dataset and model version as NAME@number."""

    folder: str
    dataset: str
    model: str
    rows: int
    details: Json


@dataclass(frozen=True, slots=True)
class Scoring:
    """One scoring as the register knows it: which dataset version through which model version, by whom and when."""

    number: int
    folder: str
    dataset: str
    model: str
    rows: int
    details: Json
    created_at: datetime
    created_by: str
    deleted_at: datetime | None = None

    @property
    def is_shadow(self) -> bool:
        """Return whether a challenger made it to be compared with the champion: nobody plans by it."""
        return bool(self.details.get("shadow"))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request with a key asked for, by its fingerprint, and the job it led to."""

    fingerprint: str
    job: int


class DatasetRegister(Protocol):
    """The datasets and their versions. A version's number is given once and never again, deleted or not.

    Methods raise `ChoiceError`, naming what there is, where a dataset or version is asked for that is not there.
    """

    def add_version(self, dataset: str, version: NewVersion) -> RegisteredVersion:
        """Register a version under the dataset's next number (from 1); the dataset begins with its first version."""
        ...

    def get_version(self, dataset: str, number: int | None = None) -> RegisteredVersion:
        """Return a version that is not deleted, the last of them where no number is given."""
        ...

    def list_datasets(self) -> Sequence[str]:
        """Return the names of the datasets that have a version, in order."""
        ...

    def list_versions(self, dataset: str, *, with_deleted: bool = False) -> Sequence[RegisteredVersion]:
        """Return the versions of a dataset by rising number."""
        ...

    def delete_version(self, dataset: str, number: int, *, reason: str) -> RegisteredVersion:
        """Mark a version as deleted: its numbers and recipe remain known, its folder is the caller's to remove."""
        ...

    def move_version(self, dataset: str, number: int, *, folder: str) -> RegisteredVersion:
        """Say that a version's folder, with the same content, now lies elsewhere."""
        ...


class AuditTrail(Protocol):
    """What was done, in order. There is no way to change or remove an event."""

    def record(self, action: str, subject: str, details: Json | None = None) -> AuditEvent:
        """Add an event of the actor's."""
        ...

    def list_events(
        self,
        *,
        actor: str | None = None,
        action: str | None = None,
        subject: str | None = None,
        before: int | None = None,
        last: int = 100,
    ) -> Sequence[AuditEvent]:
        """Return the last events, of those before a number where one is given, newest first."""
        ...


class HighWaterMarks(Protocol):
    """How far each source has been collected. A source is named without its password."""

    def get_mark(self, source: str) -> HighWaterMark | None:
        """Return a source's mark, None before its first collection."""
        ...

    def advance(self, source: str, mark: Json, *, version: str, seen: HighWaterMark | None) -> HighWaterMark:
        """Set a source's mark if it still is what the caller has `seen`, in the transaction that adds the version.

        Raises `ChoiceError` if another collection has moved it since: that one has the bills, and this one must not.
        """
        ...

    def forget(self, source: str) -> None:
        """Remove a source's mark, so that it is collected from the beginning."""
        ...


class JobQueue(Protocol):
    """Work for the background. A job is claimed under a lease, which its worker prolongs by `heartbeat`.

    `finish`, `fail` and `put_back` raise `StateError` where the job is no longer the worker's: cancelled, or its lease
    was over and another has it. In the transaction that registers a result they keep it from being registered twice.
    """

    def enqueue(self, kind: JobKind, arguments: Json, *, title: str) -> Job:
        """Add a job; it runs as the actor of this transaction."""
        ...

    def claim(
        self,
        worker: str,
        *,
        lease_seconds: float,
        kinds: Sequence[JobKind] = (),
        given_up: Callable[[Job], object] | None = None,
    ) -> Job | None:
        """Give a worker the oldest job that nobody has, of these kinds or of any; None where there is none.

        `given_up` is called with each job that fails here, since it has taken its workers down with it.
        """
        ...

    def heartbeat(self, job: Job, progress: float, doing: str, *, lease_seconds: float) -> bool:
        """Prolong the lease and say how far the work is; False where the job is not the worker's any more."""
        ...

    def finish(self, job: Job, result: Json) -> Job:
        """Set a job down as done."""
        ...

    def fail(self, job: Job, *, message: str, advice: str = "") -> Job:
        """Set a job down as failed, with what a person should read."""
        ...

    def put_back(self, job: Job) -> Job:
        """Give a job back that was not done, as if it had not been claimed: its worker is told to end."""
        ...

    def cancel(self, number: int) -> Job:
        """Call off a job that is queued or running; its worker notices at the next step."""
        ...

    def retry(self, number: int) -> Job:
        """Queue a job again that failed or was cancelled."""
        ...

    def get_job(self, number: int) -> Job:
        """Return a job; raises ChoiceError where there is none of this number."""
        ...

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
        ...

    def get_counts(self) -> Mapping[tuple[JobKind, JobState], int]:
        """Return how many jobs there are of each kind and state."""
        ...

    def log(self, job: Job, lines: Sequence[str]) -> None:
        """Add lines to a job's log."""
        ...

    def list_log(self, number: int, *, after: int = 0) -> Sequence[LogLine]:
        """Return a job's log from the line after that of a number."""
        ...


class Schedules(Protocol):
    """Work that comes again."""

    def add_schedule(self, kind: JobKind, arguments: Json, *, title: str, cron: str, next_at: datetime) -> Schedule:
        """Add a schedule of the actor's."""
        ...

    def list_schedules(self, *, due: datetime | None = None) -> Sequence[Schedule]:
        """Return the schedules, the next one first; only those that are due at a moment."""
        ...

    def advance(self, schedule: Schedule, next_at: datetime) -> bool:
        """Set when it is due again, False where another has done so since: that one enqueues the job."""
        ...

    def remove_schedule(self, number: int) -> None:
        """Remove a schedule; raises ChoiceError where there is none of this number."""
        ...


class ModelRegister(Protocol):
    """The models and their versions. A version's number is given once and never again, deleted or not.

    Methods raise `ChoiceError`, naming what there is, where a model or version is asked for that is not there.
    """

    def add_version(self, model: str, version: NewModelVersion) -> ModelVersion:
        """Register a bundle as a candidate under the model's next number (from 1)."""
        ...

    def get_version(self, model: str, number: int | None = None) -> ModelVersion:
        """Return a version that is not deleted; where no number is given the champion, else the last of them."""
        ...

    def list_models(self) -> Sequence[str]:
        """Return the names of the models that have a version, in order."""
        ...

    def list_versions(self, model: str | None = None, *, with_deleted: bool = False) -> Sequence[ModelVersion]:
        """Return the versions of one model or of all, by name and rising number."""
        ...

    def change_state(self, model: str, number: int, act: ModelAct, *, reason: str) -> ModelVersion:
        """Take a step of a version's life; promoting one retires the champion before it in the same transaction."""
        ...

    def delete_version(self, model: str, number: int, *, reason: str) -> ModelVersion:
        """Mark a version as deleted, unless it is the champion; its folder is the caller's to remove."""
        ...


class ScoringRegister(Protocol):
    """The scorings. Methods raise `ChoiceError` where one is asked for that is not there."""

    def add_scoring(self, scoring: NewScoring) -> Scoring:
        """Register a scoring under the next number."""
        ...

    def get_scoring(self, number: int | None = None) -> Scoring:
        """Return a scoring that is not deleted; where no number is given the last of them that is no shadow."""
        ...

    def list_scorings(self, *, last: int = 100, with_deleted: bool = False) -> Sequence[Scoring]:
        """Return the last scorings, newest first."""
        ...

    def delete_scoring(self, number: int, *, reason: str) -> Scoring:
        """Mark a scoring as deleted; its folder is the caller's to remove."""
        ...


class InspectionBook(Protocol):
    """The cases and what became of them. Steps follow `domain.inspections`; each stays in the case's history."""

    def propose(self, cases: Sequence[NewCase]) -> Sequence[Case]:
        """Open cases and return them; a connection that has an open case already is passed over."""
        ...

    def change_case(
        self,
        number: int,
        act: CaseAct,
        *,
        assigned_to: str | None = None,
        planned_on: date | None = None,
        finding: Finding | None = None,
        note: str = "",
    ) -> Case:
        """Take a step of a case's life, with what the step brings."""
        ...

    def get_case(self, number: int) -> Case:
        """Return a case; raises ChoiceError where there is none of this number."""
        ...

    def list_cases(
        self,
        *,
        states: Sequence[CaseState] = (),
        assigned_to: str | None = None,
        dataset: str | None = None,
        consumer_id: str | None = None,
        consumer_begins: str | None = None,
        scoring: int | None = None,
        last: int = 1000,
    ) -> Sequence[Case]:
        """Return the last cases, newest first; `dataset` is a name without a version."""
        ...

    def list_history(self, number: int) -> Sequence[CaseStep]:
        """Return the steps of a case in their order."""
        ...


class AskedOnce(Protocol):
    """Which job a request with a key of its sender's has led to, so that the same request leads to no second one."""

    def get_asked(self, key_hash: str) -> Asked | None:
        """Return what a key was used for."""
        ...

    def reserve(self, key_hash: str, fingerprint: str) -> bool:
        """Take a key within this transaction; False where another has it. Whoever takes it at once waits for us."""
        ...

    def settle(self, key_hash: str, job: int) -> None:
        """Set down which job a key has led to."""
        ...


class UnitOfWork(Protocol):
    """One transaction: everything in it becomes true together, or nothing does."""

    @property
    def datasets(self) -> DatasetRegister:
        """Return the register of datasets."""
        ...

    @property
    def audit(self) -> AuditTrail:
        """Return the audit trail."""
        ...

    @property
    def marks(self) -> HighWaterMarks:
        """Return the high-water marks."""
        ...

    @property
    def jobs(self) -> JobQueue:
        """Return the queue of jobs."""
        ...

    @property
    def schedules(self) -> Schedules:
        """Return the schedules."""
        ...

    @property
    def models(self) -> ModelRegister:
        """Return the register of models."""
        ...

    @property
    def scorings(self) -> ScoringRegister:
        """Return the register of scorings."""
        ...

    @property
    def inspections(self) -> InspectionBook:
        """Return the book of inspections."""
        ...

    @property
    def accounts(self) -> Accounts:
        """Return who can sign in."""
        ...

    @property
    def tokens(self) -> Tokens:
        """Return the keys of programs."""
        ...

    @property
    def asked(self) -> AskedOnce:
        """Return the requests that carried a key."""
        ...

    @property
    def alerts(self) -> Alerts:
        """Return what calls for somebody."""
        ...

    @property
    def feedback(self) -> FeedbackBook:
        """Return what users say is wrong."""
        ...

    @property
    def policies(self) -> Policies:
        """Return what people have decided in advance."""
        ...

    @property
    def trials(self) -> Trials:
        """Return the trials of challengers."""
        ...

    @property
    def watches(self) -> WatchBook:
        """Return what the watches have read."""
        ...


class Store(Protocol):
    """What begins units of work."""

    def begin(self, actor: str) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction of an actor's: committed where the block ends well, rolled back where it raises."""
        ...

    def read(self, actor: str) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that only reads: it waits for nobody who writes, and nobody waits for it."""
        ...

    def is_current(self) -> bool:
        """Return whether the database has the tables that this powertheft works on; raise where it does not answer."""
        ...
