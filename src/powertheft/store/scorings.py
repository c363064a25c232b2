"""The register of scorings in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from powertheft.actions.ports import NewScoring, Scoring
from powertheft.domain.errors import ChoiceError
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import scorings

_COLUMNS = scorings.c


class SqlScoringRegister:
    """Implements `ScoringRegister`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def add_scoring(self, scoring: NewScoring) -> Scoring:
        """Register a scoring under the next number."""
        values = {name: getattr(scoring, name) for name in ("folder", "dataset", "model", "rows")}
        values |= {"details": dict(scoring.details), "created_at": datetime.now(UTC), "created_by": self._actor}
        done = self._connection.execute(sa.insert(scorings).values(values))
        number: int = (done.inserted_primary_key or (0,))[0]
        details = {"dataset": scoring.dataset, "model": scoring.model, "rows": scoring.rows}
        self._audit.record("scoring.added", _subject(number), details)
        return self.get_scoring(number)

    def get_scoring(self, number: int | None = None) -> Scoring:
        """Return a scoring that is not deleted; where no number is given the last of them that is no shadow."""
        query = sa.select(scorings).where(_COLUMNS.deleted_at.is_(None)).order_by(_COLUMNS.number.desc())
        if number is not None:
            query = query.where(_COLUMNS.number == number)
        found = (Scoring(**row) for row in self._connection.execute(query).mappings())
        scoring = next((one for one in found if number is not None or not one.is_shadow), None)
        if scoring is None:
            what = "nothing has been scored yet" if number is None else f"there is no scoring {number}"
            raise ChoiceError(what, advice="Score a dataset first." if number is None else "It may have been deleted.")
        return scoring

    def list_scorings(self, *, last: int = 100, with_deleted: bool = False) -> Sequence[Scoring]:
        """Return the last scorings, newest first."""
        query = sa.select(scorings).order_by(_COLUMNS.number.desc()).limit(last)
        if not with_deleted:
            query = query.where(_COLUMNS.deleted_at.is_(None))
        return [Scoring(**row) for row in self._connection.execute(query).mappings()]

    def delete_scoring(self, number: int, *, reason: str) -> Scoring:
        """Mark a scoring as deleted; its folder is the caller's to remove."""
        self.get_scoring(number)
        here = _COLUMNS.number == number
        self._connection.execute(sa.update(scorings).where(here).values(deleted_at=datetime.now(UTC)))
        self._audit.record("scoring.deleted", _subject(number), {"reason": reason})
        return Scoring(**self._connection.execute(sa.select(scorings).where(here)).mappings().one())


def _subject(number: int) -> str:
    return f"scoring {number}"
