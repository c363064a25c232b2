"""How large the intervals are: quantiles, ceiling. Rule of the room: a feature is a definition, never a script."""

import numpy as np
from numba import njit

from powertheft.features.definition import Feature
from powertheft.features.interval_definition import (
    ENOUGH_DAYS,
    RECENT,
    Computed,
    interval_features,
    older,
    ratio,
    usual_and_recent,
)
from powertheft.features.interval_sentences import SPREAD
from powertheft.features.sentences import spoken
from powertheft.panel.intervals import IntervalPanel

FAMILY = "interval_spread"

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)
_NAMES = ("p01", "p05", "p25", "p50", "p75", "p95", "p99", "max")
_WORDS = {
    "p01": "lowest hundredth",
    "p05": "lowest twentieth",
    "p25": "lower quarter",
    "p50": "middle",
    "p75": "upper quarter",
    "p95": "highest twentieth",
    "p99": "highest hundredth",
    "max": "highest",
}
_WINDOWS = (
    ("", "kWh", ", last 4 weeks"),
    ("_to_mean", "", " over their mean, last 4 weeks"),
    ("_ratio", "", ", last 4 weeks, over that of the 12 weeks before"),
    ("_older", "", ", last 4 weeks, over that of all older than 16 weeks"),
)
_OTHERS = (
    ("interval_mean", "kWh", "Mean of the intervals, last 4 weeks"),
    ("interval_std", "kWh", "Standard deviation of the intervals, last 4 weeks"),
    ("interval_min", "kWh", "Lowest of the intervals, last 4 weeks"),
    ("interval_variation", "", "Standard deviation of the intervals over their mean, last 4 weeks"),
    ("interval_variation_ratio", "", "The same over that of the 12 weeks before"),
    ("interval_at_ceiling", "share", "Share of intervals within 1 % of the highest (a cap), last 4 weeks"),
    ("interval_at_ceiling_change", "share", "The same minus that of the 12 weeks before"),
    ("interval_ceiling", "", "Highest interval over that passed by one in twenty, last 4 weeks"),
    ("interval_ceiling_to_highest", "", "Highest interval of the last 4 weeks over the highest of all before"),
    ("interval_distance", "share", "Largest gap between the distributions of now and before (Kolmogorov-Smirnov)"),
    ("interval_shape_distance", "share", "The same after each was divided by its mean"),
)

GRID = 64
"""Places at which two distributions are compared."""


def definitions() -> tuple[Feature, ...]:
    """Return features of how the sizes of intervals are spread."""
    quantiles = (
        (f"interval_{name}{ending}", unit, f"The {_WORDS[name]} of the intervals{words}")
        for name in _NAMES
        for ending, unit, words in _WINDOWS
    )
    return spoken(interval_features(FAMILY, compute, (*quantiles, *_OTHERS)), SPREAD)


def compute(panel: IntervalPanel) -> Computed:
    """Compute the family.

    Parameters
    ----------
    panel : IntervalPanel
        Shape (n_units, n_days, n_slots) [kWh].

    Returns
    -------
    mapping of str to ndarray, shape (n_units,)
        By name of feature; NaN where fewer than a week of intervals is observed.

    Examples
    --------
    >>> flat = np.ones((1, 112, 48))
    >>> flat[:, -28:] = 0.25
    >>> found = compute(IntervalPanel(flat, np.array([0])))
    >>> float(found["interval_p50_ratio"][0]), round(float(found["interval_shape_distance"][0]), 9)
    (0.25, 0.0)
    """
    rows, _, slots = panel.energy.shape
    earlier = panel.energy[:, :-RECENT].reshape(rows, -1)
    before, recent = (part.reshape(rows, -1).astype(np.float64) for part in usual_and_recent(panel.energy))
    long_ago = older(panel.energy).reshape(rows, -1).astype(np.float64)
    quantiles, least = np.array(QUANTILES), ENOUGH_DAYS * slots
    now, usual, past = (_described(part, quantiles, least) for part in (recent, before, long_ago))
    found = {f"interval_{name}": now[:, place] for place, name in enumerate(_NAMES)}
    mean, count = now[:, 8], len(_NAMES)
    found |= {f"interval_{name}_to_mean": ratio(now[:, place], mean) for place, name in enumerate(_NAMES)}
    found |= {f"interval_{_NAMES[place]}_ratio": ratio(now[:, place], usual[:, place]) for place in range(count)}
    found |= {f"interval_{_NAMES[place]}_older": ratio(now[:, place], past[:, place]) for place in range(count)}
    highest = np.fmax.reduce(earlier, axis=1).astype(np.float64) if earlier.shape[1] else np.full(rows, np.nan)
    distances = _distances(recent, before, np.stack([mean, usual[:, 8]], axis=1))
    return found | {
        "interval_mean": mean,
        "interval_std": now[:, 9],
        "interval_min": now[:, 11],
        "interval_variation": ratio(now[:, 9], mean),
        "interval_variation_ratio": ratio(ratio(now[:, 9], mean), ratio(usual[:, 9], usual[:, 8])),
        "interval_at_ceiling": now[:, 10],
        "interval_at_ceiling_change": now[:, 10] - usual[:, 10],
        "interval_ceiling": ratio(now[:, 7], now[:, 5]),
        "interval_ceiling_to_highest": ratio(now[:, 7], highest),
        "interval_distance": distances[:, 0],
        "interval_shape_distance": distances[:, 1],
    }


@njit(cache=True)
def _described(values, quantiles, least):  # pyright: ignore  # a kernel: Numba infers the types
    """Quantiles, then mean, standard deviation, share at the ceiling and least value."""
    width = quantiles.size
    found = np.full((values.shape[0], width + 4), np.nan)
    for row in range(values.shape[0]):
        known = np.sort(values[row][np.isfinite(values[row])])
        if known.size < least:
            continue
        for place in range(width):
            found[row, place] = known[round(quantiles[place] * (known.size - 1))]
        found[row, width] = known.mean()
        found[row, width + 1] = known.std()
        if known[-1] > 0.0:
            found[row, width + 2] = (known >= 0.99 * known[-1]).mean()
        found[row, width + 3] = known[0]
    return found


@njit(cache=True)
def _distances(recent, before, means):  # pyright: ignore  # a kernel: Numba infers the types
    found = np.full((recent.shape[0], 2), np.nan)
    for row in range(recent.shape[0]):
        if np.isnan(means[row]).any() or means[row].min() <= 0.0:
            continue
        now = recent[row][np.isfinite(recent[row])]
        usual = before[row][np.isfinite(before[row])]
        found[row, 0] = _largest_gap(now / means[row, 1], usual / means[row, 1])
        found[row, 1] = _largest_gap(now / means[row, 0], usual / means[row, 1])
    return found


@njit(cache=True)
def _largest_gap(left, right):  # pyright: ignore  # a kernel: Numba infers the types
    """Compare on a grid that is finer where use is small: mean x (place / 24)^2."""
    counts = np.zeros((2, GRID + 1))
    for value in left:
        counts[0, min(int(24.0 * np.sqrt(max(value, 0.0))), GRID)] += 1.0 / left.size
    for value in right:
        counts[1, min(int(24.0 * np.sqrt(max(value, 0.0))), GRID)] += 1.0 / right.size
    gap = largest = 0.0
    for place in range(GRID + 1):
        gap += counts[0, place] - counts[1, place]
        largest = max(largest, abs(gap))
    return largest
