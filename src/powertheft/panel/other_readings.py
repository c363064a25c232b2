"""Bills read in other ways than by their registers. Rule of the room: NumPy in, NumPy out.

What is said of a connection should not hang on how a doubtful bill is read: these are the ways in which a person might.
"""

import numpy as np

from powertheft.panel.monthly import LONGEST_BILL
from powertheft.panel.registers import MeterBills, Registers, follow_registers


def as_stated(bills: MeterBills) -> Registers:
    """Take every bill for the days and the energy that it states, whatever the registers show.

    Parameters
    ----------
    bills : MeterBills
        Bills in order of row, day and sequence.

    Returns
    -------
    Registers
        One entry a bill; one that states no days covers those since the reading before.

    Examples
    --------
    >>> late = MeterBills(
    ...     row=np.array([0, 0]), end=np.array([60, 120]), days=np.array([60.0, 30.0]), energy=np.array([90.0, 30.0]),
    ...     meter=np.array([7, 7]), previous=np.array([100.0, 190.0]), current=np.array([190.0, 220.0]))
    >>> as_stated(late).start.tolist(), since_reading_before(late).start.tolist()
    ([0, 90], [0, 60])
    """
    gap = _days_since_reading(bills)
    return _taken_for(bills, np.where(bills.days >= 1, bills.days, gap))


def since_reading_before(bills: MeterBills) -> Registers:
    """Take every bill for the energy that it states, and the days since the row was read before, on whatever meter.

    Parameters
    ----------
    bills : MeterBills
        Bills in order of row, day and sequence.

    Returns
    -------
    Registers
        One entry a bill; a row's first covers the days that it states.
    """
    gap = _days_since_reading(bills)
    return _taken_for(bills, np.where(np.isnan(gap), bills.days, gap))


def without_unread(bills: MeterBills) -> Registers:
    """Follow the registers, and take every bill that may not have been read for not read.

    Parameters
    ----------
    bills : MeterBills
        Bills in order of row, day and sequence.

    Returns
    -------
    Registers
        One entry a bill.
    """
    return follow_registers(bills, doubting=True)


def _days_since_reading(bills: MeterBills) -> np.ndarray:
    """Days since the row was read on another day; NaN for its first."""
    row, end = bills.row.astype(np.int64), bills.end.astype(np.int64)
    is_new = np.diff(row, prepend=-1) != 0
    is_other_day = is_new | (np.diff(end, prepend=-1) != 0)
    first_of_day = np.flatnonzero(is_other_day)
    before = np.where(is_new[first_of_day], np.nan, np.roll(end[first_of_day], 1))
    return end - before[np.cumsum(is_other_day) - 1]


def _taken_for(bills: MeterBills, days: np.ndarray) -> Registers:
    followed = follow_registers(bills)
    counts = (days >= 1) & (days <= LONGEST_BILL) & np.isfinite(bills.energy)
    start = followed.end - np.where(counts, days, 0.0).round().astype(np.int64)
    energy, nothing = bills.energy.astype(np.float64), np.zeros(days.size)
    return Registers(followed.row, followed.end, followed.register, start, start, counts, energy, nothing)
