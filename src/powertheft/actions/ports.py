"""What the use cases need of the world outside, as Protocols.

Every method here that changes something writes an audit event in the same transaction: a test walks the ports.

Rule of the room: put the rooms together, compute nothing.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

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
        self, *, action: str | None = None, subject: str | None = None, last: int = 100
    ) -> Sequence[AuditEvent]:
        """Return the last events, newest first."""
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


class Store(Protocol):
    """What begins units of work."""

    def begin(self, actor: str) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction of an actor's: committed where the block ends well, rolled back where it raises."""
        ...
