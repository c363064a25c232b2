"""Work that comes again, in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from powertheft.actions.ports import Json
from powertheft.domain.errors import ChoiceError
from powertheft.domain.jobs import JobKind, Schedule
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import TEXT_LENGTH, schedules

_COLUMNS = schedules.c


class SqlSchedules:
    """Implements `Schedules`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def add_schedule(self, kind: JobKind, arguments: Json, *, title: str, cron: str, next_at: datetime) -> Schedule:
        """Add a schedule of the actor's."""
        added = Schedule(
            0, kind, title[:TEXT_LENGTH], dict(arguments), cron, next_at, datetime.now(UTC), self._actor
        )  # fmt: skip
        values = {column.name: getattr(added, column.name) for column in _COLUMNS if column.name != "number"}
        done = self._connection.execute(sa.insert(schedules).values(values))
        number: int = (done.inserted_primary_key or (0,))[0]
        self._audit.record("schedule.added", _subject(number), {"kind": kind, "cron": cron})
        return next(one for one in self.list_schedules() if one.number == number)

    def list_schedules(self, *, due: datetime | None = None) -> Sequence[Schedule]:
        """Return the schedules, the next one first; only those that are due at a moment."""
        query = sa.select(schedules).order_by(_COLUMNS.next_at, _COLUMNS.number)
        if due is not None:
            query = query.where(_COLUMNS.next_at <= due)
        return [Schedule(**row) for row in self._connection.execute(query).mappings()]

    def advance(self, schedule: Schedule, next_at: datetime) -> bool:
        """Set when it is due again, False where another has done so since: that one enqueues the job."""
        still = (_COLUMNS.number == schedule.number) & (_COLUMNS.next_at == schedule.next_at)
        if self._connection.execute(sa.update(schedules).where(still).values(next_at=next_at)).rowcount != 1:
            return False
        self._audit.record("schedule.advanced", _subject(schedule.number), {"next_at": next_at.isoformat()})
        return True

    def remove_schedule(self, number: int) -> None:
        """Remove a schedule; raises ChoiceError where there is none of this number."""
        if self._connection.execute(sa.delete(schedules).where(_COLUMNS.number == number)).rowcount != 1:
            raise ChoiceError(f"there is no schedule {number}", advice="It may have been removed already.")
        self._audit.record("schedule.removed", _subject(number))


def _subject(number: int) -> str:
    return f"schedule {number}"
