"""Series: use month by month and day by day, for networks that read grids.

Rule of the room: a feature is a definition, never a script. Trees gain nothing by them, so no other model is given
them unless a user asks; none is a reason, since a single month says nothing in words.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from powertheft.domain.series import DAYS, MONTHS, Series
from powertheft.features.definition import Feature, Kernel, OfIntervals
from powertheft.panel import kernels
from powertheft.panel.intervals import IntervalPanel, daily_energy

FAMILY = "series"
UNIT = "kWh/day"


def definitions() -> tuple[Feature, ...]:
    """Use in each of the last 36 months, and on each of the last 182 days."""
    months = (
        Feature(name, FAMILY, UNIT, meaning, frozenset({"readings.energy"}), Kernel(kernels.use_in_month(back)))
        for back, (name, meaning) in enumerate(_told(MONTHS, "in the month"))
    )
    days = (
        Feature(name, FAMILY, UNIT, meaning, frozenset({"intervals.energy"}), OfIntervals(use_by_day))
        for name, meaning in _told(DAYS, "on the day")
    )
    return (*months, *days)


def use_by_day(panel: IntervalPanel) -> Mapping[str, np.ndarray]:
    """Return the use on each of the last days, by the names of the features.

    Parameters
    ----------
    panel : IntervalPanel
        Shape (n_units, n_days, n_slots) [kWh]; days before it begins are missing.

    Returns
    -------
    mapping of str to ndarray, shape (n_units,)
        Use [kWh/day]; NaN where fewer than three quarters of a day's slots are observed.

    Examples
    --------
    >>> panel = IntervalPanel(np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([0]))
    >>> told = use_by_day(panel)
    >>> [told[name].tolist() for name in ("day_001_use", "day_002_use", "day_003_use")]
    [[7.0], [3.0], [nan]]
    """
    daily = daily_energy(panel.energy[:, -DAYS.count :])
    nothing = np.full(len(daily), np.nan)
    return {
        name: daily[:, -back] if back <= daily.shape[1] else nothing for back, name in enumerate(DAYS.columns, start=1)
    }


def _told(series: Series, when: str) -> Iterator[tuple[str, str]]:
    for back, name in enumerate(series.columns):
        ago = "" if back == 0 else f" {back} {series.period}{'' if back == 1 else 's'} before that"
        yield name, f"Use {when}{ago} of the as-of date"
