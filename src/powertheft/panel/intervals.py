"""Interval readings on a regular grid, consumers x days x slots of a day. Rule of the room: NumPy in, NumPy out."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

DAY_MINUTES = 1440

MINIMUM_SLOTS = 0.75
"""Share of a day's slots that must be observed for the day to have a total (an assumption)."""

LONGEST_DAY_GAP = 0.5
"""Days between readings above which no slot length can be read off the starts."""


@dataclass(frozen=True, slots=True, eq=False)
class IntervalReadings:
    """Energy of intervals, as a meter sends it: in any order, with gaps, repeats and the two hours of a clock change.

    Attributes
    ----------
    row : ndarray of int, shape (n_readings,)
        Number of the consumer.
    start : ndarray of int, shape (n_readings,)
        Start of the interval by the clock on the wall, in minutes from 1 January 1970.
    energy : ndarray of float, shape (n_readings,)
        Energy in the interval [kWh]; NaN where it is missing.
    minutes : int
        Length of every interval; it divides a day.
    """

    row: np.ndarray
    start: np.ndarray
    energy: np.ndarray
    minutes: int


@dataclass(frozen=True, slots=True, eq=False)
class IntervalPanel:
    """Use by day and slot, each row ending on its own as-of date.

    Attributes
    ----------
    energy : ndarray of float32, shape (n_consumers, n_days, n_slots)
        Energy in each slot [kWh]; NaN where it is missing. Half-hourly data have 48 slots, daily data have 1.
    last_day : ndarray of int, shape (n_consumers,)
        Day of the last column, counted from 1 January 1970 as 0.
    """

    energy: np.ndarray
    last_day: np.ndarray

    @property
    def missing(self) -> np.ndarray:
        """Which slots no reading covers, (n_consumers, n_days, n_slots)."""
        return np.isnan(self.energy)

    @property
    def weekday(self) -> np.ndarray:
        """Day of the week of every column, (n_consumers, n_days), 0 for Monday."""
        n_days = self.energy.shape[1]
        # 1 January 1970 was a Thursday.
        return (self.last_day[:, None] + np.arange(n_days)[None, :] - n_days + 1 + 3) % 7


def slots_of(readings: IntervalReadings) -> int:
    """Return how many slots a day has at the readings' own resolution.

    Parameters
    ----------
    readings : IntervalReadings
        Readings with the length of their intervals.

    Returns
    -------
    int
        48 for half-hours, 24 for hours, 1 for days.

    Raises
    ------
    ValueError
        If the length of an interval does not divide a day.

    Examples
    --------
    >>> empty = np.array([], dtype=np.int64)
    >>> slots_of(IntervalReadings(empty, empty, empty.astype(float), 30))
    48
    """
    if readings.minutes < 1 or DAY_MINUTES % readings.minutes:
        msg = f"an interval of {readings.minutes} minutes does not divide a day"
        raise ValueError(msg)
    return DAY_MINUTES // readings.minutes


def interval_minutes(row: np.ndarray, start: np.ndarray) -> int:
    """Length of the intervals, read off their starts: the commonest gap between a consumer's neighbouring starts.

    Parameters
    ----------
    row : ndarray of int, shape (n_readings,)
        Number of the consumer.
    start : ndarray of int, shape (n_readings,)
        Start of each interval [minutes from 1 January 1970].

    Returns
    -------
    int
        Minutes; a whole day where the commonest gap is longer than half of one.

    Raises
    ------
    ValueError
        If no consumer has two readings of different starts.

    Examples
    --------
    >>> interval_minutes(np.array([0, 0, 0, 1]), np.array([0, 30, 60, 5]))
    30
    """
    order = np.lexsort((start, row))
    gap = np.diff(start[order])[np.diff(row[order]) == 0]
    gap = gap[gap > 0]
    if gap.size == 0:
        msg = "no consumer has two readings of different starts"
        raise ValueError(msg)
    lengths, counts = np.unique(gap, return_counts=True)
    commonest = int(lengths[np.argmax(counts)])
    return DAY_MINUTES if commonest > LONGEST_DAY_GAP * DAY_MINUTES else commonest


def interval_panel(
    readings: IntervalReadings, last_day: np.ndarray, *, days: int, slots: int | None = None
) -> IntervalPanel:
    """Put interval readings on the grid of days and slots.

    Parameters
    ----------
    readings : IntervalReadings
        Readings of the rows; those after a row's last day or before its first column are passed over.
    last_day : ndarray of int, shape (n_consumers,)
        As-of date of each row [days from 1 January 1970]; nothing later is read.
    days : int
        Days kept, the as-of date included.
    slots : int, optional
        Slots of a day, no more than the readings have; as many as they have where it is not given.

    Returns
    -------
    IntervalPanel
        Shape (n_consumers, days, slots), float32 [kWh], NaN where no reading covers the slot.

    Raises
    ------
    ValueError
        If the slots are finer than the readings, or the readings' length does not divide a slot.

    Notes
    -----
    The rates of all readings of a slot are averaged. So finer readings add up to coarser slots; the hour that a clock
    change repeats, and a reading that was sent twice, count once; the hour that it skips is missing, and a day is still
    counted where three quarters of its slots are observed. Clock time is kept on purpose: habits follow the clock.

    Examples
    --------
    >>> twice = IntervalReadings(np.zeros(3, int), np.array([0, 30, 30]), np.array([1.0, 2.0, 4.0]), 30)
    >>> interval_panel(twice, np.array([0]), days=1).energy[0, 0, :3].tolist()
    [1.0, 3.0, nan]
    """
    own = slots_of(readings)
    wanted = own if slots is None else slots
    if wanted < 1 or own % wanted:
        msg = f"{own} intervals a day do not make {wanted} slots"
        raise ValueError(msg)
    energy = _filled(
        readings.row.astype(np.int64),
        readings.start.astype(np.int64),
        readings.energy.astype(np.float64) * (own // wanted),
        last_day.astype(np.int64),
        np.array([days, wanted, DAY_MINUTES], dtype=np.int64),
    )
    return IntervalPanel(energy, last_day)


def interval_panels(
    readings: IntervalReadings, last_day: np.ndarray, *, days: int, chunk: int = 1024
) -> Iterator[tuple[slice, IntervalPanel]]:
    """Give the panels of consumers part by part, so that memory depends on the part alone.

    Parameters
    ----------
    readings : IntervalReadings
        Readings sorted by row.
    last_day : ndarray of int, shape (n_consumers,)
        As-of date of each row.
    days : int
        Days kept.
    chunk : int, default 1024
        Consumers a part; half-hours take about 0.7 kB a consumer and day while a part is filled.

    Yields
    ------
    (slice, IntervalPanel)
        The rows of the part and their panel, (n_rows, days, n_slots) [kWh].

    Raises
    ------
    ValueError
        If the readings are not sorted by row.

    Examples
    --------
    >>> days = IntervalReadings(np.array([0, 1, 2]), np.zeros(3, int), np.ones(3), 1440)
    >>> [(part.start, panel.energy.shape) for part, panel in interval_panels(days, np.zeros(3, int), days=2, chunk=2)]
    [(0, (2, 2, 1)), (2, (1, 2, 1))]
    """
    if np.any(np.diff(readings.row) < 0):
        msg = "the readings must be sorted by row"
        raise ValueError(msg)
    for first in range(0, last_day.size, chunk):
        part = slice(first, min(first + chunk, last_day.size))
        low, high = np.searchsorted(readings.row, [part.start, part.stop])
        own = IntervalReadings(
            readings.row[low:high] - first, readings.start[low:high], readings.energy[low:high], readings.minutes
        )
        yield part, interval_panel(own, last_day[part], days=days)


def panel_as_of(panel: IntervalPanel, rows: np.ndarray, last_day: np.ndarray, *, days: int) -> IntervalPanel:
    """Return rows of a panel as they looked on earlier days.

    Parameters
    ----------
    panel : IntervalPanel
        Shape (n_consumers, n_days, n_slots).
    rows : ndarray of int, shape (n_units,)
        Row of each unit; a row may occur many times.
    last_day : ndarray of int, shape (n_units,)
        As-of date of each unit, none later than the row's own.
    days : int
        Days kept before it, itself included; days before the panel begins are missing.

    Returns
    -------
    IntervalPanel
        Shape (n_units, days, n_slots) [kWh].

    Raises
    ------
    ValueError
        If a unit's date is later than its row's last day.

    Examples
    --------
    >>> panel = IntervalPanel(np.arange(3, dtype=np.float32).reshape(1, 3, 1), np.array([10]))
    >>> panel_as_of(panel, np.array([0]), np.array([9]), days=3).energy[0, :, 0].tolist()
    [nan, 0.0, 1.0]
    """
    later = panel.last_day[rows] - last_day
    if np.any(later < 0):
        msg = "a unit's date is later than the last day of its row"
        raise ValueError(msg)
    n_days = panel.energy.shape[1]
    column = n_days - later[:, None] - days + np.arange(days)[None, :]
    energy = panel.energy[rows[:, None], np.clip(column, 0, None)]
    energy[column < 0] = np.nan
    return IntervalPanel(energy, last_day)


def daily_energy(energy: np.ndarray) -> np.ndarray:
    """Energy of each day, where enough of its slots are observed.

    Parameters
    ----------
    energy : ndarray, shape (n_consumers, n_days, n_slots)
        Energy of each slot [kWh], NaN where missing.

    Returns
    -------
    ndarray, shape (n_consumers, n_days)
        Energy [kWh/day], float64; NaN where fewer than three quarters of the slots are observed.

    Notes
    -----
    The missing slots of a day that counts are taken as its average slot.

    Examples
    --------
    >>> daily_energy(np.array([[[1.0, 1.0, 1.0, np.nan], [1.0, 1.0, np.nan, np.nan]]])).tolist()
    [[4.0, nan]]
    """
    return _totals(energy, MINIMUM_SLOTS)  # type: ignore[no-any-return]  # Numba states no types


@njit(cache=True)
def _filled(row, start, energy, last_day, sizes):  # noqa: PLR0917  # pyright: ignore  # a kernel: Numba infers the types
    days, slots, minutes_a_day = sizes
    length = minutes_a_day // slots
    total = np.zeros((last_day.size, days, slots))
    count = np.zeros((last_day.size, days, slots), dtype=np.uint16)
    for reading in range(row.size):
        value = energy[reading]
        if not np.isfinite(value):
            continue
        day = start[reading] // minutes_a_day
        column = days - 1 - (last_day[row[reading]] - day)
        if 0 <= column < days:
            slot = (start[reading] - day * minutes_a_day) // length
            total[row[reading], column, slot] += value
            count[row[reading], column, slot] += 1
    filled = np.full(total.shape, np.nan, dtype=np.float32)
    for consumer in range(total.shape[0]):
        for column in range(days):
            for slot in range(slots):
                if count[consumer, column, slot] > 0:
                    filled[consumer, column, slot] = total[consumer, column, slot] / count[consumer, column, slot]
    return filled


@njit(cache=True)
def _totals(energy, least):  # pyright: ignore  # a kernel: Numba infers the types
    rows, days, slots = energy.shape
    totals = np.full((rows, days), np.nan)
    for row in range(rows):
        for day in range(days):
            total = 0.0
            count = 0
            for slot in range(slots):
                value = energy[row, day, slot]
                if not np.isnan(value):
                    total += value
                    count += 1
            if count > 0 and count >= least * slots:
                totals[row, day] = total * slots / count
    return totals
