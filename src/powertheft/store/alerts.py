"""Alerts in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from powertheft.domain.alerts import (
    SEVERITIES,
    UNSETTLED,
    Alert,
    AlertAct,
    AlertState,
    NewAlert,
    Severity,
    absent_alert,
    is_worse,
    next_alert_state,
)
from powertheft.domain.errors import StateError
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import alerts

_COLUMNS = alerts.c


class SqlAlerts:
    """Implements `Alerts`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def raise_alert(self, new: NewAlert) -> Alert:
        """Open an alert of a cause; where one is there, count it, refresh its details, and let it get worse."""
        if not self._see_again(new):
            try:
                with self._connection.begin_nested():
                    self._open(new)
            except IntegrityError:
                # Somebody else has opened one since; anything else that is amiss would be a defect.
                if not self._see_again(new):
                    raise
        found = self._find(_COLUMNS.open_for == new.cause)
        if found is None:
            msg = f"the alert of {new.cause} was resolved at the same moment"
            raise StateError(msg, advice="Try again.")
        if is_worse(new.severity, than=found.severity):
            found = self._worsen(found, new.severity)
        # What was found is in the alert; the trail says that it was, by whom and when.
        told = {"rule": new.rule, "severity": found.severity, "times": found.times}
        self._audit.record("alert.raised", _subject(found.number), told)
        return found

    def settle(self, cause: str, *, by: str) -> Alert | None:
        """Resolve the alert of a cause that is gone; None where there is none."""
        found = self._find(_COLUMNS.open_for == cause)
        return None if found is None else self._step(found, "be resolved", by=by, reason="")

    def change_state(self, number: int, act: AlertAct, *, reason: str) -> Alert:
        """Take a step of an alert's life."""
        return self._step(self.get_alert(number), act, by=self._actor, reason=reason)

    def mark_sent(self, numbers: Collection[int]) -> None:
        """Set down that people outside were told of these now."""
        told = sorted(numbers)
        if told:
            self._connection.execute(
                sa.update(alerts).where(_COLUMNS.number.in_(told)).values(sent_at=datetime.now(UTC))
            )
            self._audit.record("alert.told", _subject(told[0]), {"alerts": told})

    def get_alert(self, number: int) -> Alert:
        """Return an alert; raises ChoiceError where there is none of this number."""
        found = self._find(_COLUMNS.number == number)
        if found is None:
            raise absent_alert(number)
        return found

    def list_alerts(
        self, *, states: Collection[AlertState] = (), rule: str | None = None, last: int = 100
    ) -> Sequence[Alert]:
        """Return the last alerts, newest first."""
        query = sa.select(alerts).order_by(_COLUMNS.number.desc()).limit(last)
        if states:
            query = query.where(_COLUMNS.state.in_(states))
        if rule is not None:
            query = query.where(_COLUMNS.rule == rule)
        return [_alert(row) for row in self._connection.execute(query).mappings()]

    def get_counts(self) -> Mapping[Severity, int]:
        """Return how many are open and not acknowledged, by severity."""
        query = sa.select(_COLUMNS.severity, sa.func.count()).where(_COLUMNS.state == "open")
        found = {str(name): int(count) for name, count in self._connection.execute(query.group_by(_COLUMNS.severity))}
        return {severity: found.get(severity, 0) for severity in SEVERITIES}

    def _see_again(self, new: NewAlert) -> bool:
        seen = {"times": _COLUMNS.times + 1, "seen_at": datetime.now(UTC)}
        seen |= {"details": dict(new.details), "link": new.link}
        query = sa.update(alerts).where(_COLUMNS.open_for == new.cause).values(seen)
        return self._connection.execute(query).rowcount == 1

    def _open(self, new: NewAlert) -> None:
        now = datetime.now(UTC)
        values = {**asdict(new), "details": dict(new.details), "state": "open", "open_for": new.cause}
        self._connection.execute(sa.insert(alerts).values(**values, since=now, seen_at=now, times=1))

    def _worsen(self, seen: Alert, severity: Severity) -> Alert:
        state = next_alert_state(seen.number, state=seen.state, act="get worse")
        # People outside are told anew, at once.
        values = {"severity": severity, "state": state, "sent_at": None}
        self._connection.execute(sa.update(alerts).where(_COLUMNS.number == seen.number).values(values))
        return self.get_alert(seen.number)

    def _step(self, seen: Alert, act: AlertAct, *, by: str, reason: str) -> Alert:
        state = next_alert_state(seen.number, state=seen.state, act=act)
        values: dict[str, Any] = {
            "state": state,
            f"{state}_at": datetime.now(UTC),
            f"{state}_by": by,
            **({} if state in UNSETTLED else {"open_for": None}),
        }
        still = (_COLUMNS.number == seen.number) & (_COLUMNS.state == seen.state)
        if self._connection.execute(sa.update(alerts).where(still).values(values)).rowcount != 1:
            msg = f"somebody else has changed alert {seen.number} in the meantime"
            raise StateError(msg, advice="Look at it again.")
        self._audit.record(
            f"alert.{state}", _subject(seen.number), {"by": by, **({"reason": reason} if reason else {})}
        )
        return self.get_alert(seen.number)

    def _find(self, where: sa.ColumnElement[bool]) -> Alert | None:
        row = self._connection.execute(sa.select(alerts).where(where)).mappings().one_or_none()
        return None if row is None else _alert(row)


def _alert(row: Mapping[Any, Any]) -> Alert:
    return Alert(**{name: row[name] for name in Alert.__dataclass_fields__})


def _subject(number: int) -> str:
    return f"alert {number}"
