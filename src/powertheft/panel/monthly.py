"""The monthly panel: bills of any length spread over calendar months. Rule of the room: NumPy in, NumPy out."""

from dataclasses import dataclass

import numpy as np
from numba import njit

PERIODS = 72
"""Months before the as-of date that a panel keeps: six years, enough for the best twelve months of old theft."""

LONGEST_BILL = 1096
"""Days that a bill may cover to say anything of a month: three years (an assumption)."""

MONTHS = 4800
MONTH_STARTS = np.arange(-MONTHS // 2, MONTHS // 2).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
"""First day of each month of four centuries, counted from 1 January 1970."""

MINIMUM_COVERAGE = 0.5
"""Share of a month's days that bills must cover for the month to count as observed (an assumption)."""


@dataclass(frozen=True, slots=True, eq=False)
class MeterReadings:
    """Readings of meters, each covering the days before it.

    Attributes
    ----------
    row : ndarray of int, shape (n_readings,)
        Number of the consumer or transformer that was read.
    end : ndarray of int, shape (n_readings,)
        Day of the reading, counted from 1 January 1970; the day itself is not covered.
    days : ndarray of float, shape (n_readings,)
        Days that the reading covers; NaN where that is not known, and then the reading is passed over.
    energy : ndarray of float, shape (n_readings,)
        Energy in those days [kWh].
    """

    row: np.ndarray
    end: np.ndarray
    days: np.ndarray
    energy: np.ndarray


@dataclass(frozen=True, slots=True)
class MonthlyPanel:
    """Use by month, each row ending in the month of its own as-of date.

    Attributes
    ----------
    energy : ndarray, shape (n_consumers, n_periods)
        Mean use in each calendar month [kWh/day]; NaN where bills cover less than half of the month.
    last_month : ndarray, shape (n_consumers,)
        The calendar month of the last column, counted from January 1970 as 0.
    supplied, lost : ndarray, shape (n_consumers, n_periods), or None
        Energy supplied through the consumer's transformer and the part of it that no bill accounts for
        [kWh/day]; NaN where it is not known; None where there are no transformer readings at all.
    """

    energy: np.ndarray
    last_month: np.ndarray
    supplied: np.ndarray | None = None
    lost: np.ndarray | None = None

    @property
    def calendar_month(self) -> np.ndarray:
        """Calendar month of every cell, (n_consumers, n_periods), 0 for January."""
        offsets = np.arange(self.energy.shape[1]) - self.energy.shape[1] + 1
        return (self.last_month[:, None] + offsets[None, :]) % 12


def month_of(days: np.ndarray) -> np.ndarray:
    """Calendar month of day numbers, both counted from January 1970 as 0.

    Examples
    --------
    >>> int(month_of(np.array([31]))[0])
    1
    """
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def monthly_energy(readings: MeterReadings, last_month: np.ndarray, *, periods: int) -> np.ndarray:
    """Spread each bill evenly over the days it covers and average by calendar month.

    Parameters
    ----------
    readings : MeterReadings
        Bills of the rows; those that cover no known days, or less than one, are passed over.
    last_month : ndarray, shape (n_rows,)
        Calendar month of each row's last column.
    periods : int
        Number of months kept.

    Returns
    -------
    ndarray, shape (n_rows, periods)
        Mean use [kWh/day], float32, NaN where not observed.

    Notes
    -----
    Bills that overlap are averaged by the days they cover. Assumes even use within a bill; a bill that covers more
    than three years tells nothing of a month and is passed over, and so is one of a year before 1870 or after 2069.

    Examples
    --------
    >>> bill = MeterReadings(np.array([0]), np.array([59]), np.array([59.0]), np.array([118.0]))
    >>> monthly_energy(bill, np.array([2]), periods=3).tolist()
    [[2.0, 2.0, nan]]
    """
    days, energy, end = readings.days, readings.energy, readings.end.astype(np.int64)
    usable = np.isfinite(days) & (days >= 1) & (days <= LONGEST_BILL) & np.isfinite(energy)
    usable &= (end > MONTH_STARTS[MONTHS // 4]) & (end < MONTH_STARTS[-MONTHS // 4])
    days, end = days[usable], end[usable]
    return _spread(
        readings.row.astype(np.int64)[usable],
        np.stack([end - days.round().astype(np.int64), end], axis=1),
        energy[usable] / days,
        last_month.astype(np.int64),
        MONTH_STARTS,
        periods,
    )


@njit(cache=True)
def _spread(row, span, rate, last_month, boundaries, periods):  # noqa: PLR0917  # pyright: ignore  # a kernel: Numba infers the types
    total = np.zeros((last_month.size, periods))
    covered = np.zeros((last_month.size, periods))
    for reading in range(row.size):
        consumer = row[reading]
        shift = periods - 1 - last_month[consumer]
        month = np.searchsorted(boundaries, span[reading, 0], side="right") - 1
        while boundaries[month] < span[reading, 1]:
            column = month - MONTHS // 2 + shift
            if 0 <= column < periods:
                overlap = min(boundaries[month + 1], span[reading, 1]) - max(boundaries[month], span[reading, 0])
                total[consumer, column] += overlap * rate[reading]
                covered[consumer, column] += overlap
            month += 1
    panel = np.full((last_month.size, periods), np.nan, dtype=np.float32)
    for consumer in range(last_month.size):
        for column in range(periods):
            month = last_month[consumer] + column - periods + 1 + MONTHS // 2
            length = boundaries[month + 1] - boundaries[month]
            if covered[consumer, column] >= MINIMUM_COVERAGE * length:
                panel[consumer, column] = total[consumer, column] / covered[consumer, column]
    return panel
