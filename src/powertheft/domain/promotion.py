"""When a challenger may take the champion's place. Rule of the room: the standard library only."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from powertheft.domain.errors import ChoiceError

MOST_P_VALUE = 0.05
"""Above it, a policy would promote one of twenty models that are no better."""

FEWEST_VISITS = 40
"""Of each model: with fewer, one lucky day decides."""


@dataclass(frozen=True, slots=True)
class PromotionPolicy:
    """A challenger is promoted if it is better by so much, with so little doubt, and worse for nobody.

    `better_by` is a difference of hit rates (0.02: two more finds in a hundred visits), `p_value` the chance of such a
    difference between equal models, `worst_section` by how much a section's hit rate may be worse, `fewest_visits` the
    conclusive visits that each model needs, `looks` how often the difference may be looked at in one trial.
    """

    better_by: float = 0.02
    p_value: float = 0.05
    worst_section: float = 0.25
    fewest_visits: int = FEWEST_VISITS
    looks: int = 4

    @property
    def p_value_a_look(self) -> float:
        """Return what each look may use up of the doubt that is allowed (Bonferroni).

        Examples
        --------
        >>> PromotionPolicy().p_value_a_look
        0.0125
        """
        return self.p_value / self.looks

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return asdict(self)


def policy_from_json(plain: Mapping[str, Any]) -> PromotionPolicy:
    """Return the policy that `to_json` wrote, checked.

    Examples
    --------
    >>> policy_from_json(PromotionPolicy(better_by=0.05).to_json()).better_by
    0.05
    """
    policy = PromotionPolicy(**plain)
    check_policy(policy)
    return policy


def check_policy(policy: PromotionPolicy) -> None:
    """Refuse a policy that would promote on noise.

    Raises
    ------
    ChoiceError
        If a model that is no better would be promoted more than once in twenty trials, or after a handful of visits.

    Examples
    --------
    >>> check_policy(PromotionPolicy(p_value=0.3))
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: column p_value: with a p-value of 0.3, 30 of 100 models that are no better...
    """
    if not 0 < policy.p_value <= MOST_P_VALUE:
        raise ChoiceError(
            f"with a p-value of {policy.p_value:g}, {round(100 * policy.p_value)} of 100 models that are no better "
            "would be promoted",
            advice=f"Give a p-value above 0 and at most {MOST_P_VALUE:g}.",
            column="p_value",
        )
    if not 0 <= policy.better_by < 1:
        raise ChoiceError(
            f"a challenger that is better by {policy.better_by:g} need not be better",
            advice="Give the difference of the hit rates, 0 or more: 0.02 for two more finds in a hundred visits.",
            column="better_by",
        )
    if policy.fewest_visits < FEWEST_VISITS:
        raise ChoiceError(
            f"after {policy.fewest_visits} visits one lucky day decides which model is better",
            advice=f"Ask for {FEWEST_VISITS} conclusive visits of each model, or more.",
            column="fewest_visits",
        )
    if policy.looks < 1 or not 0 < policy.worst_section <= 1:
        raise ChoiceError(
            "a trial is looked at once or more, and a section may be worse by a share of 0 to 1",
            advice="Give looks of 1 or more and a worst section above 0, up to 1.",
            column="looks" if policy.looks < 1 else "worst_section",
        )
