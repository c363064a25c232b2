"""The high-water marks in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import hashlib
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from powertheft.actions.ports import HighWaterMark, Json
from powertheft.domain.errors import ChoiceError
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import high_water_marks

_COLUMNS = high_water_marks.c


class SqlHighWaterMarks:
    """Implements `HighWaterMarks`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail) -> None:
        self._connection = connection
        self._audit = audit

    def get_mark(self, source: str) -> HighWaterMark | None:
        """Return a source's mark, None before its first collection."""
        query = sa.select(_COLUMNS.source, _COLUMNS.mark, _COLUMNS.version, _COLUMNS.at, _COLUMNS.moves)
        row = self._connection.execute(query.where(_COLUMNS.source_hash == _hash(source))).mappings().one_or_none()
        return None if row is None else HighWaterMark(**row)

    def advance(self, source: str, mark: Json, *, version: str, seen: HighWaterMark | None) -> HighWaterMark:
        """Set a source's mark if it still is what the caller has `seen`, in the transaction that adds the version."""
        moves = 1 if seen is None else seen.moves + 1
        moved = HighWaterMark(source=source, mark=dict(mark), version=version, at=datetime.now(UTC), moves=moves)
        values = {name: getattr(moved, name) for name in ("mark", "version", "at", "moves")}
        if not (self._begin(source, values) if seen is None else self._move(source, seen, values)):
            msg = "another collection of this source has finished in the meantime"
            raise ChoiceError(msg, advice="Nothing was added twice. Collect again for what came since.")
        self._audit.record("source.collected", _subject(source), {"mark": dict(mark), "version": version})
        return moved

    def forget(self, source: str) -> None:
        """Remove a source's mark, so that it is collected from the beginning."""
        self._connection.execute(sa.delete(high_water_marks).where(_COLUMNS.source_hash == _hash(source)))
        self._audit.record("source.forgotten", _subject(source))

    def _begin(self, source: str, values: Json) -> bool:
        added = sa.insert(high_water_marks).values(source_hash=_hash(source), source=source, **values)
        try:
            with self._connection.begin_nested():
                self._connection.execute(added)
        except IntegrityError:
            return False
        return True

    def _move(self, source: str, seen: HighWaterMark, values: Json) -> bool:
        still = (_COLUMNS.source_hash == _hash(source)) & (_COLUMNS.moves == seen.moves)
        return self._connection.execute(sa.update(high_water_marks).where(still).values(**values)).rowcount == 1


def _hash(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def _subject(source: str) -> str:
    return f"source {_hash(source)[:16]}"
