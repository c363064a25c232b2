"""The book of inspections in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from powertheft.domain.errors import StateError
from powertheft.domain.inspections import (
    OPEN,
    Case,
    CaseAct,
    CaseState,
    CaseStep,
    Finding,
    NewCase,
    absent_case,
    check_chance,
    check_outcome,
    next_case_state,
)
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import inspection_steps, inspections

_COLUMNS = inspections.c
_FINDING = ("outcome", "inspected_on", "energy_assessed", "amount_assessed", "note", "photos")
_NOTHING_FOUND: dict[str, Any] = {**dict.fromkeys(_FINDING[:4]), "note": "", "photos": []}


class SqlInspectionBook:
    """Implements `InspectionBook`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def propose(self, cases: Sequence[NewCase]) -> Sequence[Case]:
        """Open cases and return them; a connection that has an open case already is passed over."""
        numbers = [number for case in cases if (number := self._open(case)) is not None]
        if numbers:
            self._audit.record("inspection.proposed", _subject(numbers[0]), {"cases": len(numbers)})
        return [self.get_case(number) for number in numbers]

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
        before = self.get_case(number)
        state = next_case_state(number, state=before.state, act=act)
        brought = {
            **({"assigned_to": assigned_to} if assigned_to is not None else {}),
            **({"planned_on": planned_on} if planned_on is not None else {}),
            **(_columns_of(finding) if finding is not None else {}),
        }
        place = _place(before.dataset, before.consumer_id) if state in OPEN else None
        self._write(before, {**brought, "state": state, "open_for": place})
        self._note(number, act, state, {**_plain(brought), "note": note} if note else _plain(brought))
        # What was found is in the book; the trail says that it was set down, by whom and when.
        self._audit.record(f"inspection.{state}", _subject(number), {"act": act})
        return self.get_case(number)

    def get_case(self, number: int) -> Case:
        """Return a case; raises ChoiceError where there is none of this number."""
        query = sa.select(inspections).where(_COLUMNS.number == number)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise absent_case(number)
        return _case(row)

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
        query = sa.select(inspections).order_by(_COLUMNS.number.desc()).limit(last)
        asked = {"assigned_to": assigned_to, "dataset": dataset, "consumer_id": consumer_id, "scoring": scoring}
        for name, value in asked.items():
            if value is not None:
                query = query.where(_COLUMNS[name] == value)
        if consumer_begins is not None:
            query = query.where(_COLUMNS.consumer_id.startswith(consumer_begins, autoescape=True))
        if states:
            query = query.where(_COLUMNS.state.in_(states))
        return [_case(row) for row in self._connection.execute(query).mappings()]

    def list_history(self, number: int) -> Sequence[CaseStep]:
        """Return the steps of a case in their order."""
        steps = inspection_steps.c
        query = sa.select(steps.at, steps.actor, steps.act, steps.state, steps.details).where(
            steps.inspection == number
        )
        return [CaseStep(**row) for row in self._connection.execute(query.order_by(steps.number)).mappings()]

    def _open(self, case: NewCase) -> int | None:
        check_chance(case.inclusion_probability)
        if self._is_open(case):
            return None
        values = {
            **asdict(case),
            **_NOTHING_FOUND,
            "state": "proposed",
            "open_for": _place(case.dataset, case.consumer_id),
            "created_at": datetime.now(UTC),
            "created_by": self._actor,
        }
        try:
            with self._connection.begin_nested():
                done = self._connection.execute(sa.insert(inspections).values(values))
        except IntegrityError:
            # Somebody else has opened one since; anything else that is amiss would be a defect.
            if not self._is_open(case):
                raise
            return None
        number: int = (done.inserted_primary_key or (0,))[0]
        self._note(number, "be proposed", "proposed", {"drawn_by": case.drawn_by})
        return number

    def _is_open(self, case: NewCase) -> bool:
        taken = sa.select(_COLUMNS.number).where(_COLUMNS.open_for == _place(case.dataset, case.consumer_id))
        return self._connection.scalar(taken) is not None

    def _write(self, seen: Case, values: Mapping[str, Any]) -> None:
        still = (_COLUMNS.number == seen.number) & (_COLUMNS.state == seen.state)
        try:
            with self._connection.begin_nested():
                done = self._connection.execute(sa.update(inspections).where(still).values(**values))
        except IntegrityError:
            msg = f"the connection of case {seen.number} has another open case"
            raise StateError(msg, advice="Close or withdraw the other one first.") from None
        if done.rowcount != 1 and self.get_case(seen.number).state != values["state"]:
            msg = f"somebody else has changed case {seen.number} in the meantime"
            raise StateError(msg, advice="Look at it again.")

    def _note(self, number: int, act: str, state: CaseState, details: Mapping[str, Any]) -> None:
        now = datetime.now(UTC)
        values = {"inspection": number, "at": now, "actor": self._actor, "act": act, "state": state}
        self._connection.execute(sa.insert(inspection_steps).values(**values, details=dict(details)))


def _case(row: Mapping[Any, Any]) -> Case:
    found: dict[str, Any] = {name: row[name] for name in _FINDING}
    found["photos"] = tuple(found["photos"])
    finding = Finding(**found) if found["outcome"] is not None else None
    names = [name for name in Case.__dataclass_fields__ if name != "finding"]
    return Case(**{name: row[name] for name in names}, finding=finding)


def _columns_of(finding: Finding) -> dict[str, Any]:
    check_outcome(finding.outcome)
    return {**asdict(finding), "photos": list(finding.photos)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _place(dataset: str, consumer_id: str) -> str:
    return f"{dataset}/{consumer_id}"


def _subject(number: int) -> str:
    return f"case {number}"
