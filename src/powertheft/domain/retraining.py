"""When a model is trained anew without anybody asking. Rule of the room: the standard library only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from powertheft.domain.errors import ChoiceError

FEWEST_OUTCOMES = 50
"""New outcomes below which a model that learns from them is the same model."""

MOST_MONTHS = 60
BY_THE_NEWEST = "auto"
"""In place of the months after which an outcome counts half in training: as the newest outcomes ask for."""

CAUSES = ("hit_rate", "bill_signs", "score_drift", "input_drift", "estimated_performance", "calibration", "segment")
"""Rules of alerts that a new training may be the answer to."""


@dataclass(frozen=True, slots=True)
class RetrainingPolicy:
    """A model is trained anew when any of these holds.

    `months` since the last training, an open alert of one of the `alerts`, so many `outcomes` since the last training;
    None and empty where that is no reason. What was trained is tried beside the champion where `begin_trial` is set.
    Each month, since a list wears out within months: those whom a model is surest of have been visited.
    """

    months: int | None = 1
    alerts: tuple[str, ...] = ("hit_rate", "bill_signs", "score_drift")
    outcomes: int | None = 300
    begin_trial: bool = True

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return {**asdict(self), "alerts": list(self.alerts)}


def retraining_from_json(plain: Mapping[str, Any]) -> RetrainingPolicy:
    """Return the policy that `to_json` wrote, checked.

    Examples
    --------
    >>> retraining_from_json(RetrainingPolicy(months=6).to_json()).months
    6
    """
    told: dict[str, Any] = {**plain, "alerts": tuple(plain.get("alerts", ()))}
    policy = RetrainingPolicy(**told)
    check_retraining(policy)
    return policy


def check_retraining(policy: RetrainingPolicy) -> None:
    """Refuse a policy that names no reason, or one that makes no sense.

    Raises
    ------
    ChoiceError
        With the field that is wrong as its column.

    Examples
    --------
    >>> check_retraining(RetrainingPolicy(outcomes=3))
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: column outcomes: 3 new outcomes teach a model nothing that it does not know...
    """
    if policy.months is not None and not 1 <= policy.months <= MOST_MONTHS:
        what, advice = f"{policy.months} months is no interval", f"Give 1 to {MOST_MONTHS}, or leave it empty."
        raise ChoiceError(what, advice=advice, column="months")
    if policy.outcomes is not None and policy.outcomes < FEWEST_OUTCOMES:
        what = f"{policy.outcomes} new outcomes teach a model nothing that it does not know"
        raise ChoiceError(what, advice=f"Give {FEWEST_OUTCOMES} or more, or leave it empty.", column="outcomes")
    strange = sorted(set(policy.alerts) - set(CAUSES))
    if strange:
        what = f"an alert of {', '.join(strange)} is no reason to train anew"
        raise ChoiceError(what, advice=f"Choose among: {', '.join(CAUSES)}.", column="alerts")
    if policy.months is None and policy.outcomes is None and not policy.alerts:
        what, advice = "no reason is given to train anew", "Give one at least, or take the policy back."
        raise ChoiceError(what, advice=advice, column="months")
