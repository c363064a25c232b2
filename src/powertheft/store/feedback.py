"""What users say is wrong, in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from powertheft.domain.errors import StateError
from powertheft.domain.feedback import (
    Feedback,
    FeedbackAct,
    FeedbackKind,
    FeedbackState,
    NewFeedback,
    absent_feedback,
    next_feedback_state,
)
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import feedback

_COLUMNS = feedback.c


class SqlFeedbackBook:
    """Implements `FeedbackBook`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def add(self, new: NewFeedback) -> Feedback:
        """Set down what the actor says."""
        values = {**asdict(new), "details": dict(new.details), "state": "open", "answer": ""}
        values |= {"created_at": datetime.now(UTC), "created_by": self._actor}
        done = self._connection.execute(sa.insert(feedback).values(values))
        number: int = (done.inserted_primary_key or (0,))[0]
        # What was said is in the book: words may be corrected or taken out there, and never in the trail.
        self._audit.record("feedback.said", _subject(number), {"kind": new.kind})
        return self.get_feedback(number)

    def answer(self, number: int, act: FeedbackAct, *, words: str) -> Feedback:
        """Take a step of its life, with the answer that whoever said it reads."""
        seen = self.get_feedback(number)
        state = next_feedback_state(number, state=seen.state, act=act)
        values: dict[str, Any] = {"state": state, "answer": words}
        values |= {"answered_at": datetime.now(UTC), "answered_by": self._actor}
        still = (_COLUMNS.number == number) & (_COLUMNS.state == seen.state)
        if self._connection.execute(sa.update(feedback).where(still).values(values)).rowcount != 1:
            msg = f"somebody else has answered feedback {number} in the meantime"
            raise StateError(msg, advice="Look at it again.")
        self._audit.record(f"feedback.{state}", _subject(number), {"act": act})
        return self.get_feedback(number)

    def get_feedback(self, number: int) -> Feedback:
        """Return what was said; raises ChoiceError where there is nothing of this number."""
        query = sa.select(feedback).where(_COLUMNS.number == number)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise absent_feedback(number)
        return _feedback(row)

    def list_feedback(
        self,
        *,
        states: Collection[FeedbackState] = (),
        kind: FeedbackKind | None = None,
        created_by: str | None = None,
        subject: str | None = None,
        last: int = 200,
    ) -> Sequence[Feedback]:
        """Return what was said last, newest first."""
        query = sa.select(feedback).order_by(_COLUMNS.number.desc()).limit(last)
        for column, wanted in (("kind", kind), ("created_by", created_by), ("subject", subject)):
            if wanted is not None:
                query = query.where(_COLUMNS[column] == wanted)
        if states:
            query = query.where(_COLUMNS.state.in_(states))
        return [_feedback(row) for row in self._connection.execute(query).mappings()]

    def get_counts(self, begins: str, *, kind: FeedbackKind) -> Mapping[str, int]:
        """Return how often something was said, and not declined, of each subject that begins so."""
        query = sa.select(_COLUMNS.subject, sa.func.count()).group_by(_COLUMNS.subject)
        query = query.where(_COLUMNS.subject.startswith(begins, autoescape=True))
        query = query.where((_COLUMNS.kind == kind) & (_COLUMNS.state != "declined"))
        return {str(subject): int(count) for subject, count in self._connection.execute(query)}


def _feedback(row: Mapping[Any, Any]) -> Feedback:
    return Feedback(**{name: row[name] for name in Feedback.__dataclass_fields__})


def _subject(number: int) -> str:
    return f"feedback {number}"
