"""Use by month from interval readings, for consumers without bills. Rule of the room: NumPy in, NumPy out."""

import numpy as np
from numba import njit

from powertheft.panel.intervals import DAY_MINUTES, IntervalReadings, slots_of
from powertheft.panel.monthly import MINIMUM_COVERAGE, MONTH_STARTS, MONTHS, month_of


def monthly_of_intervals(readings: IntervalReadings, last_day: np.ndarray, *, periods: int) -> np.ndarray:
    """Average interval readings by calendar month, each row up to the month of its as-of date.

    Parameters
    ----------
    readings : IntervalReadings
        Readings of the rows; those after a row's last day or before its first month are passed over.
    last_day : ndarray of int, shape (n_consumers,)
        As-of date of each row [days from 1 January 1970]; nothing later is read.
    periods : int
        Number of months kept.

    Returns
    -------
    ndarray, shape (n_consumers, periods)
        Mean use [kWh/day], float32; NaN where readings cover less than half of the month.

    Raises
    ------
    ValueError
        If the length of an interval does not divide a day.

    Notes
    -----
    The month's missing intervals are taken as its average one, as the missing days of a month of bills are. A reading
    that was sent twice counts twice; quality rules set such rows aside.

    Examples
    --------
    >>> days = np.arange(31)
    >>> january = IntervalReadings(np.zeros(31, int), days * 1440, np.full(31, 4.0), 1440)
    >>> monthly_of_intervals(january, np.array([40]), periods=2).tolist()
    [[4.0, nan]]
    """
    return _averaged(  # type: ignore[no-any-return]  # Numba states no types
        readings.row.astype(np.int64),
        readings.start.astype(np.int64) // DAY_MINUTES,
        readings.energy.astype(np.float64),
        np.stack([last_day.astype(np.int64), month_of(last_day)], axis=1),
        MONTH_STARTS,
        np.array([periods, slots_of(readings)], dtype=np.int64),
    )


@njit(cache=True)
def _averaged(row, day, energy, last, boundaries, sizes):  # noqa: PLR0917  # pyright: ignore  # a kernel: Numba infers the types
    periods, slots = sizes
    total = np.zeros((last.shape[0], periods))
    count = np.zeros((last.shape[0], periods), dtype=np.int64)
    for reading in range(row.size):
        consumer = row[reading]
        if not np.isfinite(energy[reading]) or day[reading] > last[consumer, 0]:
            continue
        month = np.searchsorted(boundaries, day[reading], side="right") - 1 - MONTHS // 2
        column = month - last[consumer, 1] + periods - 1
        if 0 <= column < periods:
            total[consumer, column] += energy[reading]
            count[consumer, column] += 1
    panel = np.full(total.shape, np.nan, dtype=np.float32)
    for consumer in range(total.shape[0]):
        for column in range(periods):
            month = last[consumer, 1] + column - periods + 1 + MONTHS // 2
            places = (boundaries[month + 1] - boundaries[month]) * slots
            if count[consumer, column] >= MINIMUM_COVERAGE * places:
                panel[consumer, column] = total[consumer, column] / count[consumer, column] * slots
    return panel
