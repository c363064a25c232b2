"""What a feature of interval readings is. Rule of the room: a feature is a definition, never a script."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from powertheft.features.definition import Feature, Flag, OfIntervals
from powertheft.panel.intervals import IntervalPanel
from powertheft.panel.kernels import mean_of

HISTORY = 420
"""Days that a panel for these features should hold: four weeks, the same season a year before, and some more."""

RECENT = 28
"""Days that are judged: the four whole weeks up to the as-of date."""

BEFORE = 84
"""Days before them that say what is usual: twelve weeks, near enough for the season to be about the same."""

ENOUGH_DAYS = 7
"""Days that must be observed for an average to say something."""

LITTLE_USE = 1e-3
"""Energy [kWh] of a slot or day under which a ratio to it says nothing: the meter's own resolution."""

LEAST_SPREAD = 0.01
"""Spread below which a change is not counted in units of it."""

Computed = Mapping[str, np.ndarray]


NEEDS = frozenset({"intervals.energy"})
NO_FLAGS: frozenset[Flag] = frozenset()


def interval_features(
    family: str,
    compute: Callable[[IntervalPanel], Computed],
    meanings: Iterable[tuple[str, str, str]],
    *,
    flags: frozenset[Flag] = NO_FLAGS,
) -> tuple[Feature, ...]:
    """Return the features of a family from their names, units and meanings; `compute` gives the values of all.

    Examples
    --------
    >>> [feature.name for feature in interval_features("x", lambda panel: {}, [("a", "share", "Something")])]
    ['a']
    """
    return tuple(
        Feature(name, family, unit, meaning, NEEDS, OfIntervals(compute), flags) for name, unit, meaning in meanings
    )


def usual_and_recent(daily: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split days into the twelve weeks before and the four weeks that are judged.

    Parameters
    ----------
    daily : ndarray, shape (n_units, n_days) or (n_units, n_days, n_slots)
        Anything by day; the last column is the as-of date.

    Returns
    -------
    (ndarray, ndarray)
        Up to 84 days before and up to 28 days judged.

    Examples
    --------
    >>> before, recent = usual_and_recent(np.zeros((1, 400)))
    >>> before.shape, recent.shape
    ((1, 84), (1, 28))
    """
    return daily[:, -RECENT - BEFORE : -RECENT], daily[:, -RECENT:]


def mean_of_days(daily: np.ndarray) -> np.ndarray:
    """Mean of each row where at least a week is observed, (n_units,).

    Examples
    --------
    >>> mean_of_days(np.array([[1.0] * 7, [1.0] * 6 + [np.nan]])).tolist()
    [1.0, nan]
    """
    return mean_of(daily, ENOUGH_DAYS)


def ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Ratio where the denominator is more than the meter's resolution, else NaN.

    Examples
    --------
    >>> ratio(np.array([1.0, 1.0]), np.array([2.0, 0.0])).tolist()
    [0.5, nan]
    """
    return numerator / np.where(denominator > LITTLE_USE, denominator, np.nan)


def older(daily: np.ndarray) -> np.ndarray:
    """Return what is older than 16 weeks, (n_units, n_older_days, ...); it may have no days.

    Examples
    --------
    >>> older(np.zeros((1, 400))).shape
    (1, 288)
    """
    return daily[:, : -RECENT - BEFORE]


def deviation_of(values: np.ndarray, minimum: int) -> np.ndarray:
    """Standard deviation of each row where at least `minimum` values are observed, (n_units,).

    Examples
    --------
    >>> deviation_of(np.array([[1.0, 3.0, np.nan]]), 2).tolist()
    [1.0]
    """
    off = values - mean_of(values, minimum)[:, None]
    return np.sqrt(mean_of(off**2, minimum))


def earlier_months(daily: np.ndarray) -> np.ndarray:
    """Mean of each earlier four weeks, (n_units, n_months); at least one column, NaN where a week is not observed.

    Examples
    --------
    >>> earlier_months(np.repeat([1.0, 2.0, 3.0], 28)[None]).tolist()
    [[1.0, 2.0]]
    """
    count = max((daily.shape[1] - RECENT) // RECENT, 0)
    if count == 0:
        return np.full((daily.shape[0], 1), np.nan)
    blocks = daily[:, -RECENT * (count + 1) : -RECENT].reshape(-1, RECENT)
    return mean_of_days(blocks).reshape(daily.shape[0], count)
