"""What followed registers used, month by month. Rule of the room: NumPy in, NumPy out."""

import numpy as np
from numba import njit

from powertheft.panel.monthly import MINIMUM_COVERAGE, MONTH_STARTS, MonthlyPanel
from powertheft.panel.registers import Registers, inner


def monthly_use(followed: Registers, last_month: np.ndarray, *, periods: int) -> MonthlyPanel:
    """Add up all registers of each row day by day, and average by calendar month.

    Parameters
    ----------
    followed : Registers
        What `follow_registers` made of the bills.
    last_month : ndarray of int, shape (n_rows,)
        Calendar month of each row's last column, counted from January 1970 as 0.
    periods : int
        Number of months kept.

    Returns
    -------
    MonthlyPanel
        Mean use [kWh/day]; NaN where fewer than half of a month's days are observed.

    Notes
    -----
    A day is observed if every register that is in service (from its first bill's first day to its last bill's last)
    has a bill that covers it: a missing bill of one of two meters makes the day unknown, not half.

    Examples
    --------
    >>> from powertheft.panel.registers import MeterBills, follow_registers
    >>> day = MeterBills(
    ...     row=np.array([0, 0]), end=np.array([31, 31]), days=np.array([31.0, 31.0]), energy=np.array([31.0, 62.0]),
    ...     meter=np.array([1, 2]), previous=np.array([5.0, 0.0]), current=np.array([36.0, 62.0]))
    >>> monthly_use(follow_registers(day), np.array([0]), periods=1).energy.tolist()
    [[3.0]]
    """
    row, spread = _pieces(followed)
    energy = _spread_registers(row, spread, last_month.astype(np.int64), periods, MONTH_STARTS)
    return MonthlyPanel(energy, last_month)


def _pieces(followed: Registers) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    """Row, and first day, last day, use and register, of each bill; in two where a bill is missing before it."""
    counted = np.where(followed.counts, followed.use, np.nan)
    is_parted = followed.own_start != followed.start
    bill = np.repeat(np.arange(counted.size), 1 + is_parted)
    # Of the two pieces of a bill the first is what passed before its own days.
    is_before = np.append(bill[1:] == bill[:-1], False)[: bill.size]
    own = followed.own_start[bill]
    first, last = np.where(is_before, followed.start[bill], own), np.where(is_before, own, followed.end[bill])
    between = np.where(is_parted, followed.between, 0.0)
    use = np.where(is_before, between[bill], (counted - between)[bill])
    return followed.row[bill], (first, last, use, followed.register[bill])


@njit(cache=True)
def _spread_registers(row, bills, last_month, periods, boundaries):  # noqa: PLR0917  # pyright: ignore  # a kernel: Numba infers the types
    panel = np.full((last_month.size, periods), np.nan, dtype=np.float32)
    longest = 31 * periods + 1
    days = (np.zeros(longest), np.zeros(longest, dtype=np.int64), np.zeros(longest, dtype=np.int64))
    low = np.int64(0)
    for high in range(1, row.size + 1):
        if high < row.size and row[high] == row[low]:
            continue
        month = last_month[row[low]] - periods + 1 + boundaries.size // 2
        window = boundaries[month : month + periods + 1]
        _lay_out((low, high), bills, window, days)
        for column in range(periods):
            first, last = window[column] - window[0], window[column + 1] - window[0]
            panel[row[low], column] = _mean_of_days(days, first, last)
        low = high
    return panel


@inner
def _mean_of_days(days, first, last):  # pyright: ignore  # a kernel: Numba infers the types
    """Mean use of the days on which every register in service is covered; NaN where these are too few."""
    total, service, covered = days
    used, observed = 0.0, 0
    for day in range(first, last):
        if service[day] > 0 and covered[day] >= service[day]:
            used += total[day]
            observed += 1
    return used / observed if observed >= MINIMUM_COVERAGE * (last - first) else np.nan


@inner
def _lay_out(span, bills, window, days):  # pyright: ignore  # a kernel: Numba infers the types
    """Put the bills of a row on its days; those of one register that cover the same days add up and cover them once."""
    start, end, energy, register = bills
    total, service, covered = days
    for day in range(total.size):
        total[day], service[day], covered[day] = 0.0, 0, 0
    size = np.int64(0)
    for bill in range(span[0], span[1]):  # compiles in a tenth of the time that a slice's max does
        size = max(size, register[bill] + 1)
    until, first = np.full(size, window[0]), np.full(size, window[-1])
    for bill in range(span[0], span[1]):
        length = end[bill] - start[bill]
        if np.isnan(energy[bill]) or length <= 0:
            continue
        place = register[bill]
        begin, finish = max(start[bill], window[0]), min(end[bill], window[-1])
        for day in range(begin, finish):
            total[day - window[0]] += energy[bill] / length
            covered[day - window[0]] += day >= until[place]
        first[place] = min(first[place], begin)
        until[place] = max(until[place], finish)
    for place in range(size):
        for day in range(first[place], until[place]):
            service[day - window[0]] += 1
