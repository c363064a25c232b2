"""What visits find, against what the model promised and what it found before. Rule of the room: records, no words.

A hit rate is the share of conclusive visits that found theft. The list's own rate falls when a model has gone stale, or
when it has visited the easy cases: so it is judged by the promise that the same model made for the same visits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
import numpy.typing as npt

from powertheft.domain.rates import wilson_interval

WINDOW = 4
"""Months that are judged together: two billing cycles."""

FEWEST_BEFORE = 4
"""Months of the same model that the window is compared with; a younger model is held to its own promise."""

FEWEST_VISITS = 60
"""Conclusive visits in the window below which nothing is said."""

SURE = 2.5
"""Standard errors by which the rate must lie below what was to be expected."""

LEAST_FALL = 0.2
"""Share of the expected finds that must be missing: less is not worth a new model."""

BROKEN = 0.5
"""The same of a young model's promise; an older one is held to its own past."""

BASELINE = 12
"""Months before the window that say what a list usually finds."""

State = Literal["quiet", "fallen", "unknown"]
Against = Literal["promise", "before"]


@dataclass(frozen=True, slots=True)
class VisitMonth:
    """The visits of a month from the top of a list.

    Attributes
    ----------
    visits, found : int
        Visits that were conclusive, and those of them that found theft.
    promised : float
        Sum of the probabilities that the model gave to the same connections before.
    model : str
        The version that made the list.
    """

    visits: int
    found: int
    promised: float
    model: str = ""


@dataclass(frozen=True, slots=True)
class HitRateVerdict:
    """How the newest months compare with what was to be expected.

    Attributes
    ----------
    state : {"quiet", "fallen", "unknown"}
    visits, found : int
        Of the window.
    expected : float
        Finds that were to be expected, by the comparison that shows more of a fall.
    against : {"promise", "before"}
        Which one: what this model promised, or what lists found before.
    rate, low, high : float
        Hit rate of the window and its 95 % interval; NaN without visits.
    deviation : float
        Standard errors between found and expected, negative where too little was found.
    least : float
        Share of the expected finds that must be missing; of a young model more.
    """

    state: State
    visits: int
    found: int
    expected: float
    against: Against
    rate: float
    low: float
    high: float
    deviation: float
    least: float = LEAST_FALL


def judge_hit_rate(months: Sequence[VisitMonth], *, window: int = WINDOW) -> HitRateVerdict:
    """Say whether the newest months of a list found less than was to be expected.

    Parameters
    ----------
    months : sequence of VisitMonth
        The oldest first, each with all its outcomes.
    window : int, default 4
        How many of the newest are judged.

    Returns
    -------
    HitRateVerdict

    Notes
    -----
    Two comparisons, since a model goes stale in two ways. It may promise too much: expected is what the model of the
    last month promised in its months of the window, times the share of its earlier promises that came true (with fewer
    than four earlier months, a promise counts as it stands, once it is broken by half). Or it may know no more cases,
    and say so itself: expected is what lists found in the twelve months before the window, whichever model made them.
    The variance is that of the finds in the window and of what they are compared with; visits are independent.

    Examples
    --------
    >>> good, bad = VisitMonth(50, 15, 15.0), VisitMonth(50, 4, 15.0)
    >>> judge_hit_rate([good] * 8).state, judge_hit_rate([good] * 8 + [bad] * 4).state
    ('quiet', 'fallen')
    """
    recent, before = months[-window:], months[:-window][-BASELINE:]
    visits, found = sum(month.visits for month in recent), sum(month.found for month in recent)
    low, high = wilson_interval(found, visits) if visits else (0.0, 1.0)
    rate = found / visits if visits else float("nan")
    compared: list[tuple[Against, _Expected | None]] = [("promise", _by_promise(months, window))]
    if len(recent) == window and len(before) >= FEWEST_BEFORE:
        compared.append(("before", _by_before(recent, before)))
    known: list[tuple[Against, _Expected]] = [
        (against, expected) for against, expected in compared if expected is not None
    ]
    if len(recent) < window or visits < FEWEST_VISITS or not known:
        return HitRateVerdict("unknown", visits, found, float("nan"), "promise", rate, low, high, 0.0)
    against, worst = min(known, key=lambda one: (not one[1].has_fallen, one[1].deviation))
    state: State = "fallen" if worst.has_fallen else "quiet"
    return HitRateVerdict(state, visits, found, worst.expected, against, rate, low, high, worst.deviation, worst.least)


@dataclass(frozen=True, slots=True)
class _Expected:
    """What was to be found, what was, the standard error between them, and the share that must be missing."""

    expected: float
    found: int
    error: float
    least: float = LEAST_FALL

    @property
    def deviation(self) -> float:
        return (self.found - self.expected) / self.error

    @property
    def has_fallen(self) -> bool:
        return self.deviation < -SURE and self.found < (1.0 - self.least) * self.expected


def _by_promise(months: Sequence[VisitMonth], window: int) -> _Expected | None:
    """Compare the months of the last model with what it promised."""
    own = [month for month in months if month.model == months[-1].model]
    recent, before = own[-window:], own[:-window]
    visits, promised = sum(month.visits for month in recent), sum(month.promised for month in recent)
    if len(recent) < window or promised <= 0 or not visits:
        return None
    is_old = len(before) >= FEWEST_BEFORE
    held, spread = _held(before) if is_old else (1.0, 0.0)
    expected = min(held * promised, float(visits))
    error = sqrt(max(expected * (1.0 - expected / visits), 1e-9) + (promised * spread) ** 2)
    found = sum(month.found for month in recent)
    return _Expected(expected, found, error, LEAST_FALL if is_old else BROKEN)


def _by_before(recent: Sequence[VisitMonth], before: Sequence[VisitMonth]) -> _Expected | None:
    """Compare the finds of the window with those of as many visits before."""
    visits, earlier = sum(month.visits for month in recent), sum(month.visits for month in before)
    if not visits or not earlier:
        return None
    rate = max(1, sum(month.found for month in before)) / earlier
    error = sqrt(max(rate * (1.0 - rate), 1e-9) * (visits + visits**2 / earlier))
    return _Expected(rate * visits, sum(month.found for month in recent), error)


def weighted_rate(found: npt.NDArray[np.bool_], chance: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Return the share of theft among all from whom visits were drawn at random, and its standard error.

    Parameters
    ----------
    found : ndarray of bool, shape (n_visits,)
        Whether a conclusive visit found theft.
    chance : ndarray of float, shape (n_visits,)
        The chance that each had of being drawn, above 0.

    Returns
    -------
    tuple of float
        Both NaN without visits.

    Raises
    ------
    ValueError
        If a chance is not above 0 and at most 1.

    Notes
    -----
    Weighted by the inverse chance and divided by the sum of weights (Hajek), so that visits that were not conclusive
    only make it less precise; the error is that of a ratio (Taylor), of draws that are independent.

    References
    ----------
    J. Hajek, Comment on a paper by D. Basu, in: Foundations of Statistical Inference (1971).

    Examples
    --------
    >>> rate, error = weighted_rate(np.array([True, False, False]), np.array([0.5, 0.25, 0.25]))
    >>> round(rate, 2), round(error, 2)
    (0.2, 0.2)
    """
    if not found.size:
        return float("nan"), float("nan")
    if not ((chance > 0) & (chance <= 1)).all():
        msg = "a chance of being drawn lies above 0 and at most at 1"
        raise ValueError(msg)
    weight = 1.0 / chance
    rate = float((weight * found).sum() / weight.sum())
    return rate, float(sqrt(((weight * (found - rate)) ** 2).sum()) / weight.sum())


def _held(months: Sequence[VisitMonth]) -> tuple[float, float]:
    """Return which share of the promises came true, and its standard error."""
    promised, found = sum(month.promised for month in months), sum(month.found for month in months)
    visits = sum(month.visits for month in months)
    if promised <= 0 or not visits:
        return 1.0, 0.0
    rate = min(max(found, 1) / visits, 1.0)
    return found / promised, sqrt(visits * rate * (1.0 - rate)) / promised
