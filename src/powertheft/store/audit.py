"""The audit trail in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import sqlalchemy as sa

from powertheft.actions.ports import AuditEvent, Json
from powertheft.store.tables import NAME_LENGTH, audit_events


class SqlAuditTrail:
    """Implements `AuditTrail`: rows are added, and the database refuses to change or remove one."""

    def __init__(self, connection: sa.Connection, actor: str) -> None:
        self._connection = connection
        self._actor = actor[:NAME_LENGTH]

    def record(self, action: str, subject: str, details: Json | None = None) -> AuditEvent:
        """Add an event of the actor's."""
        if len(subject) > NAME_LENGTH or len(action) > NAME_LENGTH:
            msg = f"an audit event's action and subject have at most {NAME_LENGTH} characters"
            raise ValueError(msg)
        event = AuditEvent(0, datetime.now(UTC), self._actor, action, subject, dict(details or {}))
        values = {name: getattr(event, name) for name in ("at", "actor", "action", "subject", "details")}
        done = self._connection.execute(sa.insert(audit_events).values(values))
        number: int = (done.inserted_primary_key or (0,))[0]
        return replace(event, number=number)

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
        query = sa.select(audit_events).order_by(audit_events.c.number.desc()).limit(last)
        for column, wanted in (("actor", actor), ("action", action), ("subject", subject)):
            if wanted is not None:
                query = query.where(audit_events.c[column] == wanted)
        if before is not None:
            query = query.where(audit_events.c.number < before)
        return [AuditEvent(**row) for row in self._connection.execute(query).mappings()]
