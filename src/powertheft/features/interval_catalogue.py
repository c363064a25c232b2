"""Every feature of interval readings, and their values over a panel. Rule of the room: definitions only.

Features of missing readings are a family of their own, so that a model can be fitted without them.
"""

from collections.abc import Callable, Mapping

import numpy as np

from powertheft.features import interval_days, interval_levels, interval_missing, interval_spread
from powertheft.features.interval_definition import BEFORE, RECENT, Computed, IntervalFeature
from powertheft.panel.intervals import IntervalPanel

FAMILIES: Mapping[
    str, tuple[Callable[[], tuple[IntervalFeature, ...]], Callable[[IntervalPanel], Computed]]
] = {
    interval_levels.FAMILY: (interval_levels.definitions, interval_levels.compute),
    interval_days.FAMILY: (interval_days.definitions, interval_days.compute),
    interval_spread.FAMILY: (interval_spread.definitions, interval_spread.compute),
    interval_missing.FAMILY: (interval_missing.definitions, interval_missing.compute),
}  # fmt: skip
"""The families, each with its definitions and its computation."""

BEHAVIOUR = tuple(name for name in FAMILIES if name != interval_missing.FAMILY)
"""The families that say what a consumer does, not how it was measured."""

HISTORY = 420
"""Days that a panel for these features should hold: four weeks, the same season a year before, and some more."""


def interval_catalogue(families: tuple[str, ...] = tuple(FAMILIES)) -> tuple[IntervalFeature, ...]:
    """Return the definitions of the families, in order.

    Examples
    --------
    >>> [feature.name for feature in interval_catalogue(("interval_missing",))][:2]
    ['interval_missing_share', 'interval_longest_gap']
    """
    return tuple(feature for name in families for feature in FAMILIES[name][0]())


def compute_interval_features(
    panel: IntervalPanel, families: tuple[str, ...] = tuple(FAMILIES), *, chunk: int = 256
) -> dict[str, np.ndarray]:
    """Compute the features of the four weeks up to each unit's as-of date, from those and what was before.

    Parameters
    ----------
    panel : IntervalPanel
        Shape (n_units, n_days, n_slots) [kWh]; 420 days let every feature speak, fewer are allowed.
    families : tuple of str
        Names in `FAMILIES`; all of them where not given.
    chunk : int, default 256
        Units computed at once, which bounds memory.

    Returns
    -------
    dict of str to ndarray, shape (n_units,)
        One array a feature, float64, NaN where nothing can be said; in the order of the definitions.

    Raises
    ------
    ValueError
        If the panel holds fewer than 112 days: there is nothing to compare with.

    Notes
    -----
    Nothing after the as-of date is read: the panel does not hold it.

    Examples
    --------
    >>> panel = IntervalPanel(np.ones((3, 120, 48), dtype=np.float32), np.zeros(3, dtype=np.int64))
    >>> compute_interval_features(panel)["daily_level_to_before"].tolist()
    [1.0, 1.0, 1.0]
    """
    rows, days, _ = panel.energy.shape
    if days < RECENT + BEFORE:
        msg = f"interval features need {RECENT + BEFORE} days, not {days}"
        raise ValueError(msg)
    found = {feature.name: np.full(rows, np.nan) for feature in interval_catalogue(families)}
    for first in range(0, rows, chunk):
        part = slice(first, min(first + chunk, rows))
        of_part = IntervalPanel(panel.energy[part], panel.last_day[part])
        for family in families:
            for name, values in FAMILIES[family][1](of_part).items():
                found[name][part] = values
    return found
