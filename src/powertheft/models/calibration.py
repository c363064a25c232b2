"""From a raw score to a probability that means what it says. Rule of the room: the scikit-learn contract."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from powertheft.models.classifier import FloatArray, log_odds_to_probability

SEGMENTS = 12
POSITIVES_A_SEGMENT = 50
PULL = 5.0
TAIL_REACH = 3.0
FLATTEST = 0.02
GROUPS = 4000


@dataclass(frozen=True, slots=True)
class Calibration:
    """A strictly increasing map from raw scores to probabilities.

    Log-odds run straight between knots, and beyond the first and last knot level off towards 3 more log-odds without
    ever getting there: no score is so high or low that the next one ties with it, but none is trusted far beyond what
    was seen.

    Attributes
    ----------
    knots : tuple of float
        Raw scores, strictly increasing.
    log_odds : tuple of float
        Log-odds of theft at the knots, strictly increasing.

    Examples
    --------
    >>> Calibration(knots=(-1.0, 1.0), log_odds=(-4.0, 0.0)).probabilities(np.array([0.0, 1.0, 1e9])).round(4).tolist()
    [0.1192, 0.5, 0.9526]
    """

    knots: tuple[float, ...]
    log_odds: tuple[float, ...]

    def probabilities(self, raw_scores: npt.NDArray[Any]) -> FloatArray:
        """Return the probability of theft for raw scores of shape (n_consumers,)."""
        raw = np.asarray(raw_scores, dtype=np.float64)
        knots, heights = np.array(self.knots), np.array(self.log_odds)
        slopes = np.diff(heights) / np.diff(knots)
        inside = np.interp(raw, knots, heights)
        below = _levelling(slopes[0], knots[0] - raw)
        above = _levelling(slopes[-1], raw - knots[-1])
        return log_odds_to_probability(inside + above - below)

    def to_json(self) -> dict[str, list[float]]:
        """Return the map as plain lists that lose no digit."""
        return {"knots": list(self.knots), "log_odds": list(self.log_odds)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the map that `to_json` wrote.

        Examples
        --------
        >>> written = Calibration(knots=(0.1, 0.3), log_odds=(-1.0, 1.0))
        >>> Calibration.from_json(written.to_json()) == written
        True
        """
        return cls(
            knots=tuple(float(knot) for knot in data["knots"]),
            log_odds=tuple(float(height) for height in data["log_odds"]),
        )


def fit_calibration(
    raw_scores: npt.NDArray[Any], labels: npt.NDArray[Any], weights: npt.NDArray[Any] | None = None
) -> Calibration:
    """Return the map that fits outcomes of consumers which the estimator had not seen.

    Parameters
    ----------
    raw_scores : ndarray of float, shape (n_consumers,)
        Out-of-fold raw scores.
    labels : ndarray of int, shape (n_consumers,)
        1 for theft, 0 for honest.
    weights : ndarray of float, shape (n_consumers,), optional
        How much each outcome counts, above 0; all alike without.

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        If there is no thief or nobody else, or a score is not a number.

    Notes
    -----
    Log-odds are a monotone chain of straight pieces, fitted by maximum likelihood, so that observed and predicted
    thefts agree around every knot. A weak pull towards one straight line (Platt's) decides where data are few. Knots
    lie at quantiles of a mixture with as many thieves as honest consumers, hence dense at the top of the list, and
    there are fewer of them where there are few thieves. Weights count as if there were as many outcomes as they tell of
    (Kish's effective size).

    References
    ----------
    Kish (1965), Survey sampling.
    Platt (1999), Probabilistic outputs for support vector machines.
    Zadrozny & Elkan (2002), https://doi.org/10.1145/775047.775151

    Examples
    --------
    >>> draws = np.random.default_rng(0)
    >>> raw = draws.normal(size=20_000)
    >>> labels = draws.random(20_000) < log_odds_to_probability(2 * raw - 3)
    >>> fit_calibration(raw, labels).probabilities(np.array([1.0])).round(1).tolist()
    [0.3]
    """
    raw = np.asarray(raw_scores, dtype=np.float64)
    is_theft = np.asarray(labels, dtype=np.float64)
    if not (np.isfinite(raw).all() and 0 < is_theft.mean() < 1):
        msg = "calibration needs finite scores of both classes"
        raise ValueError(msg)
    counts = np.ones(len(raw)) if weights is None else np.asarray(weights, dtype=np.float64)
    groups = _grouped(raw, is_theft, counts * (counts.sum() / (counts**2).sum()))
    knots = _knots(groups, float(raw.min()), float(raw.max()), thieves=int(groups.thieves.sum()))
    start, slope = _fit_line(groups, knots)
    start, rises = _fit_rises(_progress(groups.raw, knots), groups, start, slope * np.diff(knots))
    heights = start + np.append(0.0, np.cumsum(rises))
    return Calibration(knots=tuple(knots.tolist()), log_odds=tuple(heights.tolist()))


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """Neighbouring scores taken together, from the lowest: mean score, thieves and honest consumers, (n_groups,)."""

    raw: FloatArray
    thieves: FloatArray
    honest: FloatArray


def _levelling(slope: float, distance: FloatArray) -> FloatArray:
    """Return a rise that starts with `slope` and levels off at `TAIL_REACH`; nothing for distances below 0."""
    with np.errstate(over="ignore"):
        straight = slope * np.maximum(distance, 0.0)
    return TAIL_REACH * (1 - TAIL_REACH / (TAIL_REACH + straight))


def _grouped(raw: FloatArray, is_theft: FloatArray, counts: FloatArray) -> _Groups:
    """Group scores so finely that nothing is lost, with as much weight for all thieves as for all honest consumers."""
    order = np.argsort(raw, kind="stable")
    raw, is_theft, counts = raw[order], is_theft[order], counts[order]
    stolen, honest = counts * is_theft, counts * (1 - is_theft)
    balanced = 0.5 * (stolen / stolen.sum() + honest / honest.sum())
    place = np.minimum((np.cumsum(balanced) * GROUPS).astype(np.int64), GROUPS - 1)
    count, thieves, total = (
        np.bincount(place, weights=each, minlength=GROUPS).astype(np.float64) for each in (counts, stolen, counts * raw)
    )
    used = count > 0
    return _Groups((total[used] / count[used]), thieves[used], (count - thieves)[used])


def _knots(groups: _Groups, low: float, high: float, *, thieves: int) -> FloatArray:
    if low == high:
        return np.array([low - 0.5, low + 0.5])
    segments = int(np.clip(thieves / POSITIVES_A_SEGMENT, 1, SEGMENTS))
    balanced = np.cumsum(groups.thieves / groups.thieves.sum() + groups.honest / groups.honest.sum()) / 2
    inner = groups.raw[np.searchsorted(balanced, np.linspace(0, 1, segments + 1)[1:-1])]
    # Knots closer than this would make slopes of rounding errors.
    least = 1e-6 * (high - low)
    kept = [low]
    for knot in inner.tolist():
        if knot - kept[-1] > least and high - knot > least:
            kept.append(knot)
    return np.array([*kept, high])


def _progress(raw: FloatArray, knots: FloatArray) -> FloatArray:
    """Return how much of each piece lies below each score, from 0 to 1, shape (n_groups, n_pieces)."""
    return np.clip((raw[:, None] - knots[:-1]) / np.diff(knots), 0.0, 1.0)


def _fit_line(groups: _Groups, knots: FloatArray) -> tuple[float, float]:
    """Return height at the first knot and slope of the straight line that fits best, the slope above 0."""
    length = float(knots[-1] - knots[0])
    whole = ((groups.raw - knots[0]) / length)[:, None]
    start, rises = _fit_rises(whole, groups, -5.0, np.array([5.0]), pull=0.0)
    return start, float(rises[0]) / length


def _fit_rises(
    progress: FloatArray, groups: _Groups, start: float, expected: FloatArray, *, pull: float = PULL
) -> tuple[float, FloatArray]:
    """Return the height at the first knot and the rise over each piece of the most likely chain."""
    basis = np.column_stack([np.ones(len(progress)), progress * expected])

    def loss(free: FloatArray) -> tuple[float, FloatArray]:
        height, off = basis @ free, free[1:] - 1
        value = groups.thieves @ np.logaddexp(0.0, -height) + groups.honest @ np.logaddexp(0.0, height)
        chance = log_odds_to_probability(height)
        slope = (groups.honest * chance - groups.thieves * (1 - chance)) @ basis
        slope[1:] += pull * off
        return float(value + pull / 2 * (off @ off)), slope

    found = minimize(
        loss,
        np.append(start, np.ones(len(expected))),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] + [(FLATTEST, None)] * len(expected),
        options={"maxiter": 1000, "maxfun": 5000, "ftol": 1e-13, "gtol": 1e-7},
    )
    return float(found.x[0]), found.x[1:] * expected
