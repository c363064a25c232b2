"""What the watches have read, in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from powertheft.domain.watches import Reading, WatchName
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import watch_readings

_COLUMNS = watch_readings.c
_SHOWN = [column for column in _COLUMNS if column.name != "number"]


class SqlWatchBook:
    """Implements `WatchBook`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail) -> None:
        self._connection = connection
        self._audit = audit

    def keep(self, readings: Sequence[Reading]) -> None:
        """Set readings down; one of the same watch, subject and period is replaced."""
        for reading in readings:
            values = {**asdict(reading), "details": dict(reading.details)}
            if not self._replace(reading, values):
                try:
                    with self._connection.begin_nested():
                        self._connection.execute(sa.insert(watch_readings).values(values))
                except IntegrityError:  # another worker has just set it down
                    self._replace(reading, values)
        if readings:
            watches = sorted({one.watch for one in readings})
            self._audit.record("watch.read", "watches", {"readings": len(readings), "watches": watches})

    def list_history(self, watch: WatchName, *, subject: str | None = None, last: int = 500) -> Sequence[Reading]:
        """Return the last readings of one watch, of one subject or of all, newest first."""
        query = sa.select(*_SHOWN).where(_COLUMNS.watch == watch)
        if subject is not None:
            query = query.where(_COLUMNS.subject == subject)
        ordered = query.order_by(_COLUMNS.period.desc(), _COLUMNS.subject, _COLUMNS.number.desc()).limit(last)
        return [Reading(**row) for row in self._connection.execute(ordered).mappings()]

    def list_newest(self) -> Sequence[Reading]:
        """Return the newest reading of every watch and subject, by their names."""
        newest = sa.select(_COLUMNS.watch, _COLUMNS.subject, sa.func.max(_COLUMNS.period).label("period")).group_by(
            _COLUMNS.watch, _COLUMNS.subject
        )
        last = newest.subquery()
        same = (
            (_COLUMNS.watch == last.c.watch) & (_COLUMNS.subject == last.c.subject) & (_COLUMNS.period == last.c.period)
        )
        query = sa.select(*_SHOWN).join(last, same).order_by(_COLUMNS.watch, _COLUMNS.subject)
        return [Reading(**row) for row in self._connection.execute(query).mappings()]

    def _replace(self, reading: Reading, values: dict[str, Any]) -> bool:
        same = (
            (_COLUMNS.watch == reading.watch)
            & (_COLUMNS.subject == reading.subject)
            & (_COLUMNS.period == reading.period)
        )
        return self._connection.execute(sa.update(watch_readings).where(same).values(values)).rowcount == 1
