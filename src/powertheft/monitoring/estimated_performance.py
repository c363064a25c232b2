"""How good a list is before anybody has visited it. Rule of the room: arrays and counts in, frozen records out.

Outcomes arrive months late. Until then the probabilities say how many thefts to expect at each place of the list, and
hence how good it is, as long as they mean what they say. They stop to do so where theft itself changes, which nothing
but outcomes can show: an estimate comes with reasons not to trust it, and with how far the ones before it were off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import Measure
from powertheft.evaluation.intervals import CONFIDENCE
from powertheft.evaluation.measures import RankedList, found_within, pr_auc, roc_auc, tally
from powertheft.evaluation.plain_records import to_plain
from powertheft.monitoring.drift import LARGE_DRIFT, Drift

FEWEST_ROWS = 500
FEWEST_THEFTS = 20.0
"""To be expected among the rows, else one theft more or less moves every figure."""
FEWEST_LEARNT = 1000
"""Thefts that a calibration needs: learnt from 340 of them, estimates of a year in which nothing changed lay 0.00 to
0.05 too low (two simulated utilities), since it is learnt from models of two thirds of them, which rank worse; with
1,100 they were within 0.022 over six months (four)."""
FEWEST_AT_RANDOM = 100
"""Thefts found by visits drawn at random within a year: with fewer nobody can tell whether likelihoods that were learnt
from chosen visits hold for everybody else. A hundred know a ROC-AUC to 0.03 (a standard deviation)."""
MOST_MONTHS_OLD = 6.0
"""Of a model: thefts grow more evident as their histories do, and by the eighth month of a utility in which nothing
changed an estimate lay 0.03 too low."""
MOST_BEYOND = 0.01
MOST_BEYOND_ON_TOP = 0.05
"""Shares of all rows, and of those within capacity, that may lie beyond the scores that the calibration saw."""
MOST_ERROR = 0.03
"""Of ROC-AUC, over the last periods whose outcomes came."""
RECENT = 3
"""Periods that count as the last ones."""
DRAWS = 200
GROUPS = 2000
"""Places at equal distances, and as many at growing ones, between which outcomes are drawn together."""
MEASURES = ("roc_auc", "pr_auc", "precision_at_capacity")

Doubt = Literal[
    "few_rows",
    "few_thefts",
    "few_learnt",
    "few_at_random",
    "old_model",
    "beyond_calibration",
    "score_drift",
    "past_error",
]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PastError:
    """How far earlier estimates were off, once outcomes had come.

    Attributes
    ----------
    periods : int
        Compared.
    mean, worst : float
        Of the distances of estimate and truth, over all periods.
    recent : float
        Mean distance over the last three periods.
    bias : float
        Mean of estimate less truth over all periods; above 0 where estimates promised too much.
    """

    periods: int
    mean: float
    worst: float
    recent: float
    bias: float

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain numbers."""
        return to_plain(self)


@dataclass(frozen=True, slots=True)
class EstimatedPerformance:
    """How good a list should be, if its probabilities mean what they say.

    Attributes
    ----------
    rows : int
        Consumers on the list.
    thefts : float
        To be expected among them.
    visits : int
        That the squads can make on it.
    measures : dict of str to Measure
        `roc_auc`, `pr_auc` and `precision_at_capacity`; their 95 % intervals hold what chance in the outcomes can
        do, not what is wrong with the probabilities.
    share_beyond : float
        Of the rows whose score lies beyond those that the calibration saw.
    doubts : tuple of str
        Reasons not to rely on it: `few_rows`, `few_thefts`, `few_learnt`, `few_at_random`,
        `old_model`, `beyond_calibration`, `score_drift`, `past_error`.
    seed : int
        Of the draws of outcomes.
    """

    rows: int
    thefts: float
    visits: int
    measures: dict[str, Measure]
    share_beyond: float
    doubts: tuple[Doubt, ...]
    seed: int

    @property
    def warns(self) -> bool:
        """Whether there is a reason not to rely on it."""
        return bool(self.doubts)

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries, lists, numbers and words; None where a number is undefined."""
        return to_plain(self)


def estimate_performance(
    probabilities: npt.NDArray[Any],
    raw_scores: npt.NDArray[Any],
    *,
    capacity: Capacity,
    calibrated: tuple[float, float],
    score_drift: Drift | None = None,
    past: PastError | None = None,
    thefts_learnt: int | None = None,
    found_at_random: int | None = None,
    months_old: float | None = None,
    seed: int,
    draws: int = DRAWS,
) -> EstimatedPerformance:
    """Return how good a list should be, without any outcome, and the reasons not to rely on that.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n_rows,)
        Calibrated probabilities of theft.
    raw_scores : ndarray of float, shape (n_rows,)
        Uncalibrated scores of the same rows, by which the list is ranked.
    capacity : Capacity
        What the squads can visit.
    calibrated : (float, float)
        Lowest and highest raw score that the calibration saw: the first and last of its knots.
    score_drift : Drift, optional
        Of the raw scores since then, or since the same season a year before.
    past : PastError, optional
        Of the ROC-AUC estimated in earlier periods.
    thefts_learnt : int, optional
        That the calibration was learnt from.
    found_at_random : int, optional
        Thefts that visits drawn at random found within a year. Leave it out where the calibration was learnt from
        connections that nobody chose.
    months_old : float, optional
        Of the model, when it made the list.
    seed : int
        Seed of the draws.
    draws : int, default 200
        How often outcomes are drawn for the intervals.

    Returns
    -------
    EstimatedPerformance

    Raises
    ------
    ValueError
        If the lengths differ, there is no row, a probability is not between 0 and 1, a score is not a number, or
        `draws` is below 2.

    Notes
    -----
    Assumes that the probabilities are calibrated for these rows: the mix of consumers may shift, what a theft looks
    like may not. Each measure is worked out with the probability of theft in the place of the outcome, and moved by
    what drawn outcomes differ from that on average. They are drawn independently, in a long list for groups of
    neighbours. How well the calibration itself is known is not in the intervals: learnt from 150 thefts it moved a
    ROC-AUC of 0.73 by 0.017 (a standard deviation), from 300 by 0.012, from 1,100 by 0.006; nor that the
    models by whose scores it is learnt rank worse than the whole.

    References
    ----------
    Kivimäki et al. (2025), Performance Estimation in Binary Classification Using Calibrated Confidence,
    https://doi.org/10.48550/arXiv.2505.05295

    Kivimäki et al. (2024), Confidence-based Estimators for Predictive Performance in Model Monitoring,
    https://doi.org/10.48550/arXiv.2407.08649

    Examples
    --------
    >>> chances = np.repeat([0.9, 0.1], 500)
    >>> found = estimate_performance(chances, chances, capacity=Capacity(count=100), calibrated=(0.1, 0.9), seed=0)
    >>> {name: round(measure.value, 2) for name, measure in found.measures.items()}, found.doubts
    ({'roc_auc': 0.9, 'pr_auc': 0.86, 'precision_at_capacity': 0.9}, ())
    """
    chances, raw = _checked(probabilities, raw_scores, draws)
    order = np.argsort(-raw, kind="stable")
    visits = capacity.visits(len(raw))
    beyond = (raw < calibrated[0]) | (raw > calibrated[1])
    share, share_on_top = float(beyond.mean()), float(beyond[order[:visits]].mean())
    too_far = share > MOST_BEYOND or share_on_top > MOST_BEYOND_ON_TOP
    doubts: dict[Doubt, bool] = {
        "few_rows": len(raw) < FEWEST_ROWS,
        "few_thefts": min(chances.sum(), (1 - chances).sum()) < FEWEST_THEFTS,
        "few_learnt": thefts_learnt is not None and thefts_learnt < FEWEST_LEARNT,
        "few_at_random": found_at_random is not None and found_at_random < FEWEST_AT_RANDOM,
        "old_model": months_old is not None and months_old > MOST_MONTHS_OLD,
        "beyond_calibration": too_far,
        "score_drift": score_drift is not None and score_drift.psi >= LARGE_DRIFT and score_drift.size != "none",
        "past_error": past is not None and past.recent > MOST_ERROR,
    }
    return EstimatedPerformance(
        rows=len(raw),
        thefts=float(chances.sum()),
        visits=visits,
        measures=_measures(chances[order], raw[order], visits, seed=seed, draws=draws),
        share_beyond=share,
        doubts=tuple(doubt for doubt, holds in doubts.items() if holds),
        seed=seed,
    )


def estimate_error(estimated: Sequence[float], true: Sequence[float]) -> PastError | None:
    """Return how far estimates of a measure were off in past periods.

    Parameters
    ----------
    estimated, true : sequence of float, shape (n_periods,)
        The measure as estimated, and as the outcomes then showed it on the same rows; the oldest first. Periods in
        which either is not a number are left out.

    Returns
    -------
    PastError or None
        None where there is no period to compare.

    Raises
    ------
    ValueError
        If there are not as many estimates as true values.

    Notes
    -----
    A true value is off by chance too: its periods should hold some hundred outcomes. Outcomes of visits that a list
    chose say how good it is among those it chose; the estimate must then be of these rows.

    Examples
    --------
    >>> estimate_error([0.80, 0.81, 0.80, 0.82], [0.80, 0.78, 0.76, 0.75])
    PastError(periods=4, mean=0.035, worst=0.07, recent=0.046667, bias=0.035)
    """
    if len(estimated) != len(true):
        msg = f"{len(estimated)} estimates for {len(true)} true values"
        raise ValueError(msg)
    off = np.asarray(estimated, dtype=np.float64) - np.asarray(true, dtype=np.float64)
    off = off[np.isfinite(off)]
    if len(off) == 0:
        return None
    apart = np.abs(off)
    mean, worst, recent, bias = (
        round(float(number), 6) for number in (apart.mean(), apart.max(), apart[-RECENT:].mean(), off.mean())
    )
    return PastError(len(off), mean, worst, recent, bias)


def _checked(
    probabilities: npt.NDArray[Any], raw_scores: npt.NDArray[Any], draws: int
) -> tuple[FloatArray, FloatArray]:
    chances, raw = np.asarray(probabilities, dtype=np.float64), np.asarray(raw_scores, dtype=np.float64)
    if len(chances) != len(raw) or len(raw) == 0:
        msg = f"{len(chances)} probabilities for {len(raw)} scores; there must be as many, and at least one"
        raise ValueError(msg)
    if not (np.isfinite(raw).all() and ((chances >= 0) & (chances <= 1)).all()):
        msg = "every score must be a number, every probability one between 0 and 1"
        raise ValueError(msg)
    if draws < 2:
        msg = f"draws must be at least 2, not {draws}"
        raise ValueError(msg)
    return chances, raw


def _measures(chances: FloatArray, raw: FloatArray, visits: int, *, seed: int, draws: int) -> dict[str, Measure]:
    """Return the measures of a list in the order of its scores, and what they could be by chance."""
    steps = np.append(np.flatnonzero(np.diff(raw)), len(raw) - 1)
    fine = _judged(chances, np.ones(len(raw)), steps, visits)
    ends = _group_ends(steps, visits)
    sizes = np.diff(ends, prepend=-1).astype(np.float64)
    share = np.diff(np.cumsum(chances)[ends], prepend=0.0) / sizes
    groups = np.arange(len(ends))
    thefts = np.random.default_rng(seed).binomial(
        sizes.astype(np.int64), np.clip(share, 0.0, 1.0), size=(draws, len(ends))
    )
    # Differences to the expected outcomes of the same groups, so that it matters little how coarse the groups are.
    coarse = _judged(share, sizes, groups, visits)
    apart = np.array([_judged(drawn / sizes, sizes, groups, visits) for drawn in thefts]) - coarse
    # A draw without a theft, or of nothing else, has no area.
    apart = apart[np.isfinite(apart).all(axis=1)]
    if len(apart) == 0:
        return {name: Measure(float("nan"), float("nan"), float("nan")) for name in MEASURES}
    tail = (1 - CONFIDENCE) / 2
    # An area under few outcomes is not on average what it is under expected ones; a share of thefts is.
    bias = apart.mean(axis=0) * [1.0, 1.0, 0.0]
    found = np.clip(fine + np.array([bias, *np.quantile(apart, [tail, 1 - tail], axis=0)]), 0.0, 1.0)
    return {name: Measure(*found[:, place].tolist()) for place, name in enumerate(MEASURES)}


def _group_ends(steps: npt.NDArray[np.int64], visits: int) -> npt.NDArray[np.int64]:
    """Return the last place of each group of neighbours, many of them at the top; who ties stays together."""
    last = int(steps[-1])
    wanted = np.concatenate([np.linspace(0, last, GROUPS), np.geomspace(1, last + 1, GROUPS) - 1, [visits - 1]])
    return np.unique(steps[np.searchsorted(steps, np.clip(np.round(wanted), 0, last))])


def _judged(
    labels: FloatArray, weights: FloatArray, steps: npt.NDArray[np.int64], visits: int
) -> npt.NDArray[np.float64]:
    """Return the measures in the order of `MEASURES`; a label is the share of thefts in a group of so much weight."""
    tallied = tally(RankedList(labels, labels, steps, steps, len(labels)), weights)
    return np.array([roc_auc(tallied), pr_auc(tallied), found_within(tallied, visits) / visits])
