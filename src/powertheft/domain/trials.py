"""The life of a trial: a challenger and the champion take turns. Rule of the room: the standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.states import next_state

Json = Mapping[str, Any]
TrialState = Literal["running", "promoted", "given up", "stopped"]
TrialAct = Literal["be promoted", "be given up", "be stopped"]
Chooser = Literal["champion", "challenger"]

TRANSITIONS: Mapping[TrialState, Mapping[TrialAct, TrialState]] = {
    # Promoted and given up are what a trial has shown; stopped is one that was ended before it could show anything.
    "running": {"be promoted": "promoted", "be given up": "given up", "be stopped": "stopped"},
    "promoted": {},
    "given up": {},
    "stopped": {},
}

CHOSEN_BY, TRIAL = "chosen_by", "trial"
"""What a case keeps of a trial, in what it tells `about` itself: whose choice it was, and in which trial."""

BEFORE = "before"
"""In a trial's details: the challengers before the one now."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A trial as the register knows it; champion and challenger as NAME@number.

    `looks` counts how often the policy has looked at it. `details` hold what was seen at each look, how it ended, and
    which challengers the one now took over from.
    """

    number: int
    model: str
    champion: str
    challenger: str
    state: TrialState
    looks: int
    details: Json
    begun_at: datetime
    begun_by: str
    ended_at: datetime | None = None

    @property
    def before(self) -> tuple[str, ...]:
        """Return the challengers that the one now took over from, the oldest first: their visits count, too.

        Examples
        --------
        >>> day = datetime(2026, 3, 12)
        >>> Trial(1, "theft", "theft@1", "theft@3", "running", 0, {"before": ["theft@2"]}, day, "ana").before
        ('theft@2',)
        """
        return tuple(self.details.get(BEFORE, ()))

    def chooser(self, reference: str) -> Chooser | None:
        """Return which of the two a model version is; None where it is neither."""
        if reference == self.champion:
            return "champion"
        return "challenger" if reference == self.challenger else None


def next_trial_state(number: int, *, state: TrialState, act: TrialAct) -> TrialState:
    """Return where an act leads a trial.

    Examples
    --------
    >>> next_trial_state(2, state="running", act="be promoted")
    'promoted'
    >>> next_trial_state(2, state="stopped", act="be promoted")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.StateError: trial 2 is stopped, so it cannot be promoted. Nothing more can be done with it.
    """
    return next_state(TRANSITIONS, f"trial {number}", state=state, act=act)


def absent_trial(number: int) -> ChoiceError:
    """Return the refusal of a trial that is not there."""
    return ChoiceError(f"there is no trial {number}", advice="Look for it in the list of trials.")


def second_trial(model: str) -> StateError:
    """Return the refusal of a trial beside one that runs: visits are shared out between two."""
    advice = "Promote its challenger, give it up or stop it first."
    return StateError(f"a trial of {model} runs already", advice=advice)
