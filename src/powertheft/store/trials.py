"""The trials of challengers in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from powertheft.actions.loop_ports import Json
from powertheft.domain.errors import StateError
from powertheft.domain.trials import BEFORE, Trial, TrialAct, TrialState, absent_trial, next_trial_state, second_trial
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import trials

_COLUMNS = trials.c


class SqlTrials:
    """Implements `Trials`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def begin_trial(self, model: str, *, champion: str, challenger: str, details: Json) -> Trial:
        """Begin the trial of a challenger; refuse a second one of the same model."""
        values: dict[str, Any] = {
            "model": model,
            "champion": champion,
            "challenger": challenger,
            "state": "running",
            "looks": 0,
            "details": dict(details),
            "begun_at": datetime.now(UTC),
            "begun_by": self._actor,
            "open_for": model,
        }
        try:
            with self._connection.begin_nested():
                done = self._connection.execute(sa.insert(trials).values(values))
        except IntegrityError as error:
            raise second_trial(model) from error
        number: int = (done.inserted_primary_key or (0,))[0]
        self._audit.record("trial.begun", _subject(number), {"champion": champion, "challenger": challenger})
        return self.get_trial(number)

    def note_look(self, trial: Trial, seen: Json) -> Trial:
        """Set down what the policy saw at its next look, if nobody has looked since `trial` was read."""
        looks = trial.looks + 1
        details = {**trial.details, "seen": [*trial.details.get("seen", []), dict(seen)]}
        self._change(trial, looks=looks, details=details)
        self._audit.record("trial.looked", _subject(trial.number), {"look": looks, **seen})
        return self.get_trial(trial.number)

    def renew_trial(self, trial: Trial, challenger: str) -> Trial:
        """Have another version take the challenger's place, if nobody has looked since `trial` was read."""
        details = {**trial.details, BEFORE: [*trial.before, trial.challenger]}
        self._change(trial, challenger=challenger, details=details)
        told = {"challenger": challenger, BEFORE: trial.challenger}
        self._audit.record("trial.renewed", _subject(trial.number), told)
        return self.get_trial(trial.number)

    def end_trial(self, number: int, act: TrialAct, *, reason: str) -> Trial:
        """End a trial, with the reason."""
        trial = self.get_trial(number)
        state = next_trial_state(number, state=trial.state, act=act)
        details = {**trial.details, "reason": reason}
        self._change(trial, state=state, details=details, ended_at=datetime.now(UTC), open_for=None)
        self._audit.record(f"trial.{state.replace(' ', '_')}", _subject(number), {"reason": reason})
        return self.get_trial(number)

    def get_trial(self, number: int) -> Trial:
        """Return a trial; raises ChoiceError where there is none of this number."""
        found = self._found(_COLUMNS.number == number)
        if not found:
            raise absent_trial(number)
        return found[0]

    def get_running(self, model: str) -> Trial | None:
        """Return the trial of a model that runs."""
        found = self._found(_COLUMNS.open_for == model)
        return found[0] if found else None

    def list_trials(
        self, *, model: str | None = None, states: Collection[TrialState] = (), last: int = 100
    ) -> Sequence[Trial]:
        """Return the last trials, newest first."""
        asked = [] if model is None else [_COLUMNS.model == model]
        return self._found(*asked, *([_COLUMNS.state.in_(sorted(states))] if states else []), last=last)

    def _found(self, *conditions: sa.ColumnElement[bool], last: int = 1) -> list[Trial]:
        columns = [column for column in _COLUMNS if column.name != "open_for"]
        query = sa.select(*columns).where(*conditions).order_by(_COLUMNS.number.desc()).limit(last)
        return [Trial(**row) for row in self._connection.execute(query).mappings()]

    def _change(self, seen: Trial, **values: Any) -> None:
        here = (_COLUMNS.number == seen.number) & (_COLUMNS.state == seen.state) & (_COLUMNS.looks == seen.looks)
        if self._connection.execute(sa.update(trials).where(here).values(**values)).rowcount != 1:
            msg = f"somebody else has looked at trial {seen.number} or ended it in the meantime"
            raise StateError(msg, advice="Look at it again.")


def _subject(number: int) -> str:
    return f"trial {number}"
