"""Bills followed register by register, so that each day's use is counted once. Rule of the room: NumPy in, NumPy out.

A ledger's bills overlap: a correction repeats a bill, two meters are billed on one day, a number of a meter is
miswritten, a bill states four months where the last reading is two months old. What a register shows decides.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from powertheft.panel.monthly import LONGEST_BILL

TELLING_INDEX = 10.0
"""Register at which two bills of different meter numbers may meet by chance; above it they are of one register."""

WHOLE_LIFE = 5.0
"""Times the highest later use of a register above which its first bill from zero holds more than its period."""

LOWEST = 1.0
"""Use [kWh/day] that is taken for usual where that is lower (an assumption)."""

USUAL = 1.25
"""Times the usual use above which a bill may hold the days of the bills before it, and up to which the days together
are usual (an assumption)."""

OTHERS = 3
"""Further bills that a register must have before its first can be judged by them."""


@dataclass(frozen=True, slots=True, eq=False)
class MeterBills:
    """Bills in order of row, day and sequence.

    Attributes
    ----------
    row : ndarray of int, shape (n_bills,)
        Number of the consumer.
    end : ndarray of int, shape (n_bills,)
        Day of the reading, counted from 1 January 1970; the day itself is not covered.
    days : ndarray of float, shape (n_bills,)
        Days that the bill says it covers; NaN where it does not.
    energy : ndarray of float, shape (n_bills,)
        Energy billed [kWh]; NaN where not known.
    meter : ndarray of int, shape (n_bills,)
        Number that stands for the meter; -1 where it is not known.
    previous, current : ndarray of float, shape (n_bills,)
        Register before and now; NaN where not known.
    """

    row: np.ndarray
    end: np.ndarray
    days: np.ndarray
    energy: np.ndarray
    meter: np.ndarray
    previous: np.ndarray
    current: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Registers:
    """What following the registers made of bills, in their order.

    Attributes
    ----------
    row, end : ndarray of int, shape (n_bills,)
        Consumer and day of the reading, as the bills give them.
    register : ndarray of int, shape (n_bills,)
        Number of the register within the row, from 0.
    start : ndarray of int, shape (n_bills,)
        First day that the bill covers.
    own_start : ndarray of int, shape (n_bills,)
        First of the days that the bill states, where something passed the register before them; else `start`.
    counts : ndarray of bool, shape (n_bills,)
        Whether the bill counts: not what another bill repeats, nor what its days cannot hold.
    use : ndarray of float, shape (n_bills,)
        Energy that passed the register in these days [kWh]: what was billed, and what the register moved on (or back)
        without a bill.
    between : ndarray of float, shape (n_bills,)
        The part of it that passed before the days that the bill states, where it states fewer [kWh].
    """

    row: np.ndarray
    end: np.ndarray
    register: np.ndarray
    start: np.ndarray
    own_start: np.ndarray
    counts: np.ndarray
    use: np.ndarray
    between: np.ndarray


def follow_registers(bills: MeterBills, *, doubting: bool = False) -> Registers:
    """Say for each bill which register it is of, from which day on it covers, and whether it counts.

    Parameters
    ----------
    bills : MeterBills
        Bills in order of row, day and sequence.
    doubting : bool, default False
        Whether to take every bill of nothing before a high one, every low one that makes the high one after it usual,
        and every bill of nothing with which a register ends, for not read.

    Returns
    -------
    Registers
        One entry a bill.

    Notes
    -----
    A bill belongs to the register that stood where the bill begins: of the same meter first, of another number only
    above `TELLING_INDEX` (a miswritten number). Else to the register of its meter that stands nearest, else to a new
    one. Where the register runs on, the bill covers the days since the reading before, whatever it states. Where it
    begins above, what passed the register since then is added, before the days that the bill states; where it begins
    below, that much is taken from the bill
    before; where the register was set (more than `WHOLE_LIFE` times the usual use) the bill covers what it states. Of
    bills of one day that begin at the same register one counts: the one from which a later bill runs on, else the last.

    Judged by the register's usual use (the median of its bills): bills on a standing register before one that is high,
    and usual over all their days together, were not read, and that one covers their days; a first bill from zero covers
    the days since the meter before was read if that makes it usual, and does not count if it holds more (or less) than
    `WHOLE_LIFE` times what is usual; nor does a bill of nothing with which a meter goes. Assumes that nobody reads a
    register twice on one day for two periods unless the second begins where the first ends.

    Examples
    --------
    >>> two = MeterBills(
    ...     row=np.array([0, 0]), end=np.array([60, 120]), days=np.array([60.0, 120.0]), energy=np.array([90.0, 30.0]),
    ...     meter=np.array([7, 7]), previous=np.array([100.0, 190.0]), current=np.array([190.0, 220.0]))
    >>> follow_registers(two).start.tolist()
    [0, 60]
    """
    row, end, days = bills.row.astype(np.int64), bills.end.astype(np.int64), bills.days.astype(np.float64)
    arrays = (
        end,
        days,
        bills.energy.astype(np.float64),
        bills.meter.astype(np.int64),
        np.stack([bills.previous.astype(np.float64), bills.current.astype(np.float64)], axis=1),
    )
    register, start, counts, use, _, between = _follow(row, arrays, doubting)
    is_parted = counts & (between > 0)
    own_start = np.where(is_parted, end - np.nan_to_num(days, nan=0.0).round().astype(np.int64), start)
    return Registers(row, end, register, start, own_start, counts, use, between)


METER, DAY, BILL, START, OTHER_BILL = range(5)
NOW, BEFORE, OTHER_NOW = range(3)
"""What is kept of each register: its meter, last reading, last bill and that bill's first day, and a bill that was set
aside for the last; where it stands, where its last bill began, where the bill that was set aside ended."""

NOTHING = -1
inner = njit(no_cpython_wrapper=True, no_cfunc_wrapper=True)  # pyright: ignore[reportCallIssue]  # its stubs lack them
"""For what only kernels call: without an entrance for Python it compiles in half the time."""

FITTING = 1.25
"""Times the days since the reading before that a bill may state and still be of these days (an assumption)."""


@njit(cache=True)
def _follow(row, bills, doubting):  # pyright: ignore  # a kernel: Numba infers the types
    end, _days, energy, _meter, _indices = bills
    nobody, between = np.full(row.size, NOTHING), np.zeros(row.size)
    made = (nobody, end.copy(), np.isfinite(energy), energy.copy(), nobody.copy(), between)
    held = (np.empty((row.size, 5), dtype=np.int64), np.empty((row.size, 3)))
    low, first, opened = np.int64(0), np.int64(0), np.int64(0)
    for high in range(1, row.size + 1):
        if high < row.size and row[high] == row[low] and end[high] == end[low]:
            continue
        if low == 0 or row[low] != row[low - 1]:
            first, opened = low, 0
        opened = _follow_day((low, high), bills, made, held, opened)
        if high == row.size or row[high] != row[low]:
            _reconcile((first, high), bills, made, opened, doubting)
        low = high
    return made


@inner
def _follow_day(span, bills, made, held, opened):  # noqa: PLR0917  # pyright: ignore  # as above
    """Find the registers of one day's bills; return how many registers are known then."""
    end = bills[0]
    register, start, counts, _use, _since, _between = made
    low, high = span
    since = end[low - 1] if opened else NOTHING
    for own in (True, False):
        for bill in range(low, high):
            found = _running_on(bill, bills, held, opened, own) if register[bill] == NOTHING else NOTHING
            if found != NOTHING:
                _restore_other(found, bills[4][bill, 0], counts, held)
                start[bill] = held[0][found, DAY]
                counts[bill] &= end[bill] - start[bill] <= LONGEST_BILL
                _keep(found, bill, bills, made, held)
    for bill in range(low, high):
        if register[bill] != NOTHING:
            continue
        found = _repeated(bill, bills, held, opened)
        if found != NOTHING:
            _repeat(found, bill, bills, made, held)
            continue
        found = _nearest(bill, bills, held, opened)
        is_new = found == NOTHING
        if is_new:
            found = opened
            opened += 1
        made[4][bill] = since if is_new else held[0][found, DAY]
        if is_new or not _explain_gap(found, bill, bills, made, held):
            _date(bill, bills, made, made[4][bill], is_new)
        _keep(found, bill, bills, made, held)
    return opened


@inner
def _running_on(bill, bills, held, opened, own):  # noqa: PLR0917  # pyright: ignore  # as above
    """Register that stands where the bill begins, and has no bill of that day yet."""
    end, _days, _energy, meter, indices = bills
    kept, stands = held
    begins = indices[bill, 0]
    for place in range(opened):
        meets = begins == stands[place, NOW] or begins == stands[place, OTHER_NOW]
        if not meets or kept[place, DAY] >= end[bill]:
            continue
        if own and kept[place, METER] == meter[bill]:
            return place
        if not own and begins >= TELLING_INDEX:
            return place
    return NOTHING


@inner
def _repeated(bill, bills, held, opened):  # pyright: ignore  # a kernel: Numba infers the types
    """Register whose last bill this one repeats, or goes on with on the same day."""
    end, _days, _energy, meter, indices = bills
    kept, stands = held
    begins = indices[bill, 0]
    for place in range(opened):
        if kept[place, METER] != meter[bill]:
            continue
        unknown = np.isnan(begins) and np.isnan(stands[place, BEFORE])
        of_day = kept[place, DAY] == end[bill]
        again = begins == stands[place, BEFORE] and begins != stands[place, NOW]
        same = of_day and (begins == stands[place, BEFORE] or begins == stands[place, NOW])
        if again or same or (unknown and of_day):
            return place
    return NOTHING


@inner
def _nearest(bill, bills, held, opened):  # pyright: ignore  # a kernel: Numba infers the types
    """Register of the same meter that stands nearest to where the bill begins, and has no bill of that day yet."""
    end, _days, _energy, meter, indices = bills
    kept, stands = held
    found, least = NOTHING, np.inf
    for place in range(opened):
        if kept[place, METER] != meter[bill] or kept[place, DAY] >= end[bill]:
            continue
        distance = abs(indices[bill, 0] - stands[place, NOW])
        if np.isnan(distance):
            distance = 0.0
        if distance < least:
            found, least = place, distance
    return found


@inner
def _restore_other(place, begins, counts, held):  # pyright: ignore  # a kernel: Numba infers the types
    """Where a later bill runs on from the bill that was set aside, that one counts after all."""
    kept, stands = held
    if begins != stands[place, NOW] and kept[place, OTHER_BILL] != NOTHING:
        counts[kept[place, BILL]] = False
        counts[kept[place, OTHER_BILL]] = True


@inner
def _repeat(place, bill, bills, made, held):  # noqa: PLR0917  # pyright: ignore  # as above
    """Let a bill take the place of the register's last, unless it goes on from there on the same day."""
    register, start, counts, _use, _since, _between = made
    kept, stands = held
    begins, last = bills[4][bill, 0], kept[place, BILL]
    register[bill], start[bill] = place, kept[place, START]
    goes_on = begins == stands[place, NOW] and begins != stands[place, BEFORE]
    if counts[bill] and not goes_on:
        kept[place, OTHER_BILL] = last if counts[last] else NOTHING
        stands[place, OTHER_NOW] = stands[place, NOW]
        counts[last] = False
    kept[place, BILL] = bill
    kept[place, DAY] = bills[0][bill]
    stands[place, BEFORE] = begins
    stands[place, NOW] = bills[4][bill, 1]


@inner
def _keep(place, bill, bills, made, held):  # noqa: PLR0917  # pyright: ignore  # as above
    """Make a bill the register's last."""
    kept, stands = held
    made[0][bill] = place
    kept[place, METER] = bills[3][bill]
    kept[place, DAY] = bills[0][bill]
    kept[place, BILL] = bill
    kept[place, START] = made[1][bill]
    kept[place, OTHER_BILL] = NOTHING
    stands[place, NOW] = bills[4][bill, 1]
    stands[place, BEFORE] = bills[4][bill, 0]
    stands[place, OTHER_NOW] = np.nan


@inner
def _date(bill, bills, made, before, is_new):  # noqa: PLR0917  # pyright: ignore  # as above
    """Give a bill that runs on from no other its first day."""
    end, days = bills[0], bills[1]
    gap = end[bill] - before if before != NOTHING else 0
    stated = days[bill]
    if not (1 <= stated <= LONGEST_BILL):
        stated = 0.0 if is_new else float(gap)
    fits = stated <= FITTING * gap
    if gap and fits:
        stated = min(stated, float(gap))
    made[2][bill] &= 1 <= stated <= LONGEST_BILL and (is_new or fits)
    made[1][bill] = end[bill] - round(stated)


@inner
def _explain_gap(place, bill, bills, made, held):  # noqa: PLR0917  # pyright: ignore  # as above
    """Let the register say what was used where a bill begins elsewhere than the last ended; whether it can."""
    _register, start, counts, use, _since, between = made
    kept, stands = held
    begins, ends = bills[4][bill, 0], bills[4][bill, 1]
    gap, last = begins - stands[place, NOW], kept[place, BILL]
    if np.isnan(gap) or bills[0][bill] - kept[place, DAY] > LONGEST_BILL:
        return False
    worth = _factor(bills[2][bill], ends - begins)
    if gap > 0:
        # A bill is missing, or the last one was too low: what passed the register since then is known all the same.
        use[bill] += gap * worth
        if 1 <= bills[1][bill] <= bills[0][bill] - kept[place, DAY] - 1:
            between[bill] = gap * worth
    elif begins >= stands[place, BEFORE] and counts[last]:
        # What the last bill had too much was taken back.
        use[last] = max(use[last] + gap * worth, 0.0)
        between[last] = min(between[last], use[last])
    else:
        return False
    start[bill] = kept[place, DAY]
    return True


@inner
def _factor(energy, difference):  # pyright: ignore  # a kernel: Numba infers the types
    """Energy of one unit of the register: a whole number (the meter's factor), 1 where that cannot be told."""
    if not difference > 0 or not energy > 0:
        return 1.0
    ratio = energy / difference
    whole = round(ratio)
    return float(whole) if whole >= 1 and abs(ratio - whole) <= 0.01 * whole else 1.0


@inner
def _reconcile(span, bills, made, opened, doubting):  # noqa: PLR0917  # pyright: ignore  # as above
    """Judge the bills of each register by each other: what one alone could not be, two together may."""
    places = np.empty(span[1] - span[0], dtype=np.int64)
    for place in range(opened):
        count = 0
        for bill in range(span[0], span[1]):
            if made[0][bill] == place and made[2][bill] and bills[0][bill] > made[1][bill]:
                places[count] = bill
                count += 1
        if count == 0:
            continue
        _pass_over_closing_bill(span, bills, made, places[count - 1], doubting)
        if count <= OTHERS:
            continue
        usual = _usual(bills, made, places[:count])
        _judge_first_bill(bills, made, places[:count], usual)
        for position in range(1, count):
            _judge_gap(bills, made, places[position], usual)
        _merge_with_catch_up(bills, made, places[:count], usual, doubting)


@inner
def _daily(bill, bills, made):  # pyright: ignore  # a kernel: Numba infers the types
    return made[3][bill] / (bills[0][bill] - made[1][bill])


@inner
def _usual(bills, made, places):  # pyright: ignore  # a kernel: Numba infers the types
    """Median use [kWh/day] of the bills with any."""
    rates = np.empty(places.size)
    count = 0
    for bill in places:
        if made[3][bill] > 0:
            # Put into its place among those before it: there are few, and sorting them at the end compiles for long.
            rate, place = _daily(bill, bills, made), count
            while place > 0 and rates[place - 1] > rate:
                rates[place] = rates[place - 1]
                place -= 1
            rates[place] = rate
            count += 1
    if count == 0:
        return LOWEST
    return max((rates[(count - 1) // 2] + rates[count // 2]) / 2, LOWEST)


@inner
def _judge_gap(bills, made, bill, usual):  # pyright: ignore  # a kernel: Numba infers the types
    """Where the register cannot have run so far it was set, and the bill says what it states."""
    added = made[3][bill] - bills[2][bill]
    if not added > 0:
        return
    # Where something passed before the days that the bill states, only that is judged: the bill itself may be high.
    before = bills[0][bill] - made[1][bill] - round(bills[1][bill]) if made[5][bill] > 0 else 0
    rate = added / before if before >= 1 else _daily(bill, bills, made)
    if rate > WHOLE_LIFE * usual:
        made[3][bill], made[5][bill] = bills[2][bill], 0.0
        _date(bill, bills, made, made[4][bill], False)


@inner
def _judge_first_bill(bills, made, places, usual):  # pyright: ignore  # a kernel: Numba infers the types
    """A first bill from zero holds a whole life, or more or less than the days that it states."""
    bill = places[0]
    if bills[4][bill, 0] != 0:
        return
    rate, before = _daily(bill, bills, made), made[4][bill]
    highest = LOWEST
    for other in places[1:]:
        highest = max(highest, _daily(other, bills, made))
    is_high = before != NOTHING and before < made[1][bill] and rate > USUAL * usual
    # The days since the last reading of the meter before, if that is what makes it usual.
    if is_high and made[3][bill] / (bills[0][bill] - before) <= USUAL * usual:
        made[1][bill] = before
        return
    too_little = before != NOTHING and rate < usual / WHOLE_LIFE
    made[2][bill] = rate <= WHOLE_LIFE * highest and not too_little


@inner
def _pass_over_closing_bill(span, bills, made, bill, doubting):  # noqa: PLR0917  # pyright: ignore  # as above
    """The last bill of a meter that goes is often of nothing, whatever was used since the bill before."""
    if made[3][bill] > 0 or bills[4][bill, 0] != bills[4][bill, 1]:
        return
    for other in range(span[0], span[1]):
        is_later = made[4][other] != NOTHING and bills[0][other] >= bills[0][bill]
        takes_over = bills[4][other, 0] == 0 or made[1][other] >= bills[0][bill]
        stays = doubting and bills[0][other] > bills[0][bill]
        if made[0][other] != made[0][bill] and (stays or (is_later and takes_over)):
            made[2][bill] = False
            return


@inner
def _merge_with_catch_up(bills, made, places, usual, doubting):  # noqa: PLR0917  # pyright: ignore  # as above
    """Bills on a standing register were not read; the next that is high for them all covers their days too."""
    indices = bills[4]
    first, all_stand = NOTHING, True
    for position in range(places.size):
        bill = places[position]
        stands = indices[bill, 0] == indices[bill, 1]
        if stands or (doubting and _daily(bill, bills, made) < usual / 2):
            first, all_stand = (position, stands) if first == NOTHING else (first, all_stand and stands)
            continue
        if first != NOTHING and made[1][bill] == bills[0][places[position - 1]]:
            days = bills[0][bill] - made[1][places[first]]
            use = made[3][bill]
            for skipped in places[first:position]:
                use += made[3][skipped]
            is_usual = use / days <= USUAL * usual or (doubting and all_stand)
            if days <= LONGEST_BILL and _daily(bill, bills, made) > USUAL * usual and is_usual:
                made[1][bill], made[3][bill], made[5][bill] = made[1][places[first]], use, 0.0
                for skipped in places[first:position]:
                    made[2][skipped] = False
        first = NOTHING
