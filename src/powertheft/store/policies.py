"""What people have decided in advance, in the database: when a challenger is promoted, when a model is retrained.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from powertheft.actions.loop_ports import Json, Policy
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import policies

_COLUMNS = policies.c


class SqlPolicies:
    """Implements `Policies`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def get_policy(self, name: str) -> Json | None:
        """Return what was decided under a name; None where nothing was."""
        return self._connection.execute(sa.select(_COLUMNS.content).where(_COLUMNS.name == name)).scalar_one_or_none()

    def list_policies(self, prefix: str = "") -> Sequence[Policy]:
        """Return the policies whose names begin so, in order."""
        query = sa.select(policies).where(_COLUMNS.name.startswith(prefix, autoescape=True)).order_by(_COLUMNS.name)
        return [Policy(**row) for row in self._connection.execute(query).mappings()]

    def keep_policy(self, name: str, content: Json) -> Policy:
        """Set down what was decided; what stood there before remains in the audit trail."""
        before = self.get_policy(name)
        values = {"content": dict(content), "changed_at": datetime.now(UTC), "changed_by": self._actor}
        if not self._replace(name, values):
            try:
                with self._connection.begin_nested():
                    self._connection.execute(sa.insert(policies).values(name=name, **values))
            except IntegrityError:
                # Somebody else has kept one under this name since: the later word stands.
                self._replace(name, values)
        self._audit.record("policy.kept", f"policy {name}", {"content": dict(content), "before": before})
        return Policy(**self._connection.execute(sa.select(policies).where(_COLUMNS.name == name)).mappings().one())

    def _replace(self, name: str, values: Json) -> bool:
        here = sa.update(policies).where(_COLUMNS.name == name)
        return self._connection.execute(here.values(**values)).rowcount == 1
