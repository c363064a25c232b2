"""Champion against challenger on visits that were shared out between them. Rule of the room: records, no words.

Outcomes of visits that the champion chose flatter whoever disagrees with it, since all of them stood at its top. So the
two take turns in choosing: each is judged by what its own choices found.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
import numpy.typing as npt

from powertheft.domain.promotion import PromotionPolicy

POWER = 0.80
FEWEST_IN_SECTION = 20
"""Visits of each model in a section below which its difference says nothing."""

Decision = Literal["promote", "go on", "give up"]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the conclusive visits of one model's choice found, as a whole and by section."""

    visits: int
    found: int
    by_section: dict[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class TrialVerdict:
    """What a trial says so far.

    Attributes
    ----------
    decision : {"promote", "go on", "give up"}
    difference : float
        Hit rate of the challenger less that of the champion; NaN before either has visits.
    p_value : float
        One-sided, of a challenger that is no better (Fisher's exact test).
    detectable : float
        The smallest difference that so many visits would show four times in five.
    worst_section : str or None
        A section in which the challenger is worse by more than the policy allows.
    """

    decision: Decision
    difference: float
    p_value: float
    detectable: float
    worst_section: str | None


def take_turns(
    first: npt.NDArray[np.intp], second: npt.NDArray[np.intp], *, visits: int
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Share visits out between two ranked lists: each in turn takes its best that is not taken yet.

    Parameters
    ----------
    first, second : ndarray of int
        Rows in the order of either list, best first; the same rows in another order.
    visits : int
        How many are taken together.

    Returns
    -------
    tuple of ndarray
        The rows taken, in order, and which of them the second took, both of shape (n_visits,).

    Notes
    -----
    The one that begins changes with every pair, so that neither has the first choice more often (team draft).

    References
    ----------
    F. Radlinski, M. Kurup and T. Joachims, How does clickthrough data reflect retrieval quality?, CIKM (2008),
    https://doi.org/10.1145/1458082.1458092

    Examples
    --------
    >>> taken, by_second = take_turns(np.array([5, 6, 7, 8]), np.array([6, 8, 5, 7]), visits=3)
    >>> taken.tolist(), by_second.tolist()
    ([5, 6, 8], [False, True, True])
    """
    orders = (first.tolist(), second.tolist())
    places, taken, by_second = [0, 0], list[int](), list[bool]()
    gone = set[int]()
    for turn in range(min(visits, len(first))):
        # 0 1 1 0 0 1 1 0 ...
        side = (turn + 1) // 2 % 2
        order = orders[side]
        while order[places[side]] in gone:
            places[side] += 1
        gone.add(order[places[side]])
        taken.append(order[places[side]])
        by_second.append(bool(side))
    return np.array(taken, dtype=np.intp), np.array(by_second, dtype=np.bool_)


def judge_trial(champion: Choices, challenger: Choices, policy: PromotionPolicy, *, look: int) -> TrialVerdict:
    """Say what the policy makes of a trial at its first, second, ... look.

    Parameters
    ----------
    champion, challenger : Choices
        All visits of the trial so far.
    policy : PromotionPolicy
        What is asked for.
    look : int
        Which look it is, 1 for the first; after the last one a trial ends.

    Returns
    -------
    TrialVerdict

    Examples
    --------
    >>> old, new = Choices(80, 8, {}), Choices(80, 28, {})
    >>> judge_trial(old, new, PromotionPolicy(), look=1).decision
    'promote'
    >>> judge_trial(old, Choices(80, 10, {}), PromotionPolicy(), look=4).decision
    'give up'
    """
    enough = min(champion.visits, challenger.visits) >= policy.fewest_visits
    p_value, difference, detectable = 1.0, float("nan"), float("nan")
    if champion.visits and challenger.visits:
        difference = challenger.found / challenger.visits - champion.found / champion.visits
        p_value = _p_value(champion, challenger)
        detectable = smallest_difference(champion, challenger, p_value=policy.p_value_a_look)
    worst = _worst_section(champion, challenger, policy.worst_section)
    better = enough and difference >= policy.better_by and p_value < policy.p_value_a_look and worst is None
    decision: Decision = "promote" if better else "give up" if look >= policy.looks else "go on"
    return TrialVerdict(decision, difference, p_value, detectable, worst)


def smallest_difference(champion: Choices, challenger: Choices, *, p_value: float) -> float:
    """Return the difference of hit rates that these numbers of visits would show four times in five.

    Examples
    --------
    >>> round(smallest_difference(Choices(80, 16, {}), Choices(80, 16, {}), p_value=0.05), 2)
    0.16
    """
    visits = champion.visits + challenger.visits
    rate = (champion.found + challenger.found + 1) / (visits + 2)
    error = sqrt(rate * (1 - rate) * (1 / champion.visits + 1 / challenger.visits))
    return (NormalDist().inv_cdf(1 - p_value) + NormalDist().inv_cdf(POWER)) * error


def added_up(parts: Sequence[Choices]) -> Choices:
    """Return the visits of several months as one.

    Examples
    --------
    >>> added_up([Choices(2, 1, {"a": (2, 1)}), Choices(3, 0, {"a": (3, 0)})])
    Choices(visits=5, found=1, by_section={'a': (5, 1)})
    """
    sections = dict[str, tuple[int, int]]()
    for part in parts:
        for name, (visits, found) in part.by_section.items():
            before = sections.get(name, (0, 0))
            sections[name] = before[0] + visits, before[1] + found
    return Choices(sum(part.visits for part in parts), sum(part.found for part in parts), sections)


def _p_value(champion: Choices, challenger: Choices) -> float:
    from scipy.stats import hypergeom  # late: pages share visits out with this module, and it takes 60 MB

    visits, found = champion.visits + challenger.visits, champion.found + challenger.found
    # As many finds or more among the challenger's visits, had the finds fallen to either by chance.
    return float(hypergeom.sf(challenger.found - 1, visits, found, challenger.visits))


def _worst_section(champion: Choices, challenger: Choices, allowed: float) -> str | None:
    for name, (visits, found) in sorted(challenger.by_section.items()):
        before_visits, before_found = champion.by_section.get(name, (0, 0))
        if min(visits, before_visits) < FEWEST_IN_SECTION:
            continue
        if before_found / before_visits - found / visits > allowed:
            return name
    return None
