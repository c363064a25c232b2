"""Bills followed register by register. Expected values: worked out by hand from the bills in each test."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.panel.monthly_use import monthly_use
from powertheft.panel.other_readings import as_stated, since_reading_before, without_unread
from powertheft.panel.registers import MeterBills, Registers, follow_registers

EPOCH = date(1970, 1, 1)
NAN = float("nan")
JANUARY_2023 = 53 * 12
Bill = tuple[int, float, float, int, float, float]
"""Day, days that it states, energy, meter, register before, register now."""


def day(month: int, day_of_month: int = 1, year: int = 2023) -> int:
    return (date(year, month, day_of_month) - EPOCH).days


def bills_of(*bills: Bill, row: int = 0) -> MeterBills:
    columns = np.array(bills, dtype=np.float64).T
    end, meter = columns[0].astype(np.int64), columns[3].astype(np.int64)
    return MeterBills(np.full(len(bills), row), end, columns[1], columns[2], meter, columns[4], columns[5])


def followed(*bills: Bill) -> Registers:
    return follow_registers(bills_of(*bills))


def months_of_2023(*bills: Bill) -> list[float]:
    """Mean use a day from January 2023 on, up to the month of the last bill."""
    last = date.fromordinal(EPOCH.toordinal() + max(bill[0] for bill in bills) - 1)
    periods = last.month + 12 * (last.year - 2023)
    panel = monthly_use(follow_registers(bills_of(*bills)), np.array([JANUARY_2023 + periods - 1]), periods=periods)
    return [float(value) for value in panel.energy[0]]


def test_two_meters_of_one_day_add_up() -> None:
    # January: 31 kWh on the one meter, 62 on the other.
    assert months_of_2023((day(2), 31, 31, 1, 5, 36), (day(2), 31, 62, 2, 100, 162)) == [3.0]


def test_three_registers_under_one_number_add_up() -> None:
    first = ((day(2), 31, 31, 1, 0, 31), (day(2), 31, 62, 1, 3000, 3062), (day(2), 31, 0, 1, 9000, 9000))
    second = ((day(3), 28, 28, 1, 31, 59), (day(3), 28, 28, 1, 3062, 3090), (day(3), 28, 0, 1, 9000, 9000))
    assert months_of_2023(*first, *second) == [3.0, 2.0]


def test_where_the_register_runs_on_the_bill_is_of_the_days_since_the_reading_before() -> None:
    # The second bill states 59 days; its register runs on from the first, 28 days before.
    assert months_of_2023((day(2), 31, 31, 1, 100, 131), (day(3), 59, 56, 1, 131, 187)) == [1.0, 2.0]


def test_what_passed_before_the_days_that_a_bill_states_was_used_before_them() -> None:
    # The bill of April is missing: 59 kWh passed the register in February and March, 60 in the 30 days of April.
    assert months_of_2023((day(2), 31, 31, 1, 100, 131), (day(5), 30, 60, 1, 190, 250)) == [1.0, 1.0, 1.0, 2.0]


def test_nothing_is_lost_where_a_bill_states_nearly_all_days_since_the_reading_before() -> None:
    # 59 kWh were not billed and 59 were, of 58.7 stated days in the 59 of February and March: 2 a day.
    assert months_of_2023((day(2), 31, 31, 1, 100, 131), (day(4), 58.7, 59, 1, 190, 249)) == [1.0, 2.0, 2.0]


def test_of_a_bill_and_its_correction_the_one_counts_from_which_the_next_runs_on() -> None:
    before = (day(2), 31, 31, 1, 100, 131)
    wrong, right = (day(3), 28, 280, 1, 131, 411), (day(3), 28, 28, 1, 131, 159)
    after = (day(4), 31, 31, 1, 159, 190)
    assert followed(before, wrong, right, after).counts.tolist() == [True, False, True, True]
    assert followed(before, right, wrong, after).counts.tolist() == [True, True, False, True]
    assert months_of_2023(before, right, wrong, after) == [1.0, 1.0, 1.0]


def test_a_correction_on_a_later_day_takes_the_place_of_the_bill_that_it_corrects() -> None:
    before, wrong = (day(2), 31, 31, 1, 100, 131), (day(3), 28, 280, 1, 131, 411)
    right, after = (day(3, 11), 28, 28, 1, 131, 159), (day(4), 31, 31, 1, 159, 190)
    made = followed(before, wrong, right, after)
    assert made.counts.tolist() == [True, False, True, True]
    assert made.start[2] == day(2)


def test_two_parts_of_one_day_add_up_and_cover_their_days_once() -> None:
    # February's 56 kWh stand on two bills of one day; the second begins where the first ends.
    parts = ((day(3), 28, 28, 1, 131, 159), (day(3), 28, 28, 1, 159, 187))
    assert months_of_2023((day(2), 31, 31, 1, 100, 131), *parts) == [1.0, 2.0]


def test_a_miswritten_number_is_the_same_register_where_it_runs_on() -> None:
    made = followed((day(2), 31, 31, 17, 100, 131), (day(3), 28, 28, 71, 131, 159), (day(4), 31, 31, 17, 159, 190))
    assert made.register.tolist() == [0, 0, 0]


def months_from(start: int, rates: list[float], meter: int = 1) -> list[Bill]:
    """Monthly bills of 2023 from January on, of a register that runs on from `start`; rates are kWh a day."""
    bills: list[Bill] = []
    stands = float(start)
    for place, rate in enumerate(rates):
        days = day(place + 2) - day(place + 1)
        bills.append((day(place + 2), days, rate * days, meter, stands, stands + rate * days))
        stands += rate * days
    return bills


def test_what_passed_the_register_without_a_bill_is_use_of_the_days_since_the_reading_before() -> None:
    # March is not billed; April's bill begins 62 above, so 62 + 60 kWh are of the 61 days of March and April.
    first = months_from(100, [1.0, 1.0])
    later: Bill = (day(5), 30, 60, 1, 100 + 59 + 62, 100 + 59 + 62 + 60)
    assert months_of_2023(*first, later) == pytest.approx([1.0, 1.0, 2.0, 2.0])


def test_what_a_bill_had_too_much_is_taken_from_it_where_the_next_begins_below() -> None:
    # February was written as 84 and March begins where 28 would have ended.
    january, february, march = (
        (day(2), 31, 31, 1, 100, 131),
        (day(3), 28, 84, 1, 131, 215),
        (day(4), 31, 31, 1, 159, 190),
    )
    assert months_of_2023(january, february, march) == pytest.approx([1.0, 1.0, 1.0])


def test_bills_on_a_standing_register_are_of_the_bill_that_catches_up() -> None:
    # Nobody read in March and April: May's bill of 92 kWh is of the 92 days from March to May.
    bills = months_from(100, [1.0, 1.0, 0.0, 0.0, 92 / 31, 1.0, 1.0])
    assert months_of_2023(*bills) == pytest.approx([1.0] * 7)
    assert follow_registers(bills_of(*bills)).counts.tolist() == [True, True, False, False, True, True, True]


def test_a_bill_too_high_for_the_days_of_the_bills_of_nothing_may_hold_them_all_the_same() -> None:
    # May's bill of 310 kWh is 3.4 a day over the 92 days from March to May, where 1 is usual.
    bills = bills_of(*months_from(100, [1.0, 1.0, 0.0, 0.0, 10.0, 1.0, 1.0]))
    assert follow_registers(bills).counts.all()
    assert without_unread(bills).counts.tolist() == [True, True, False, False, True, True, True]
    assert without_unread(bills).start[4] == day(3)


def test_a_low_bill_whose_successor_makes_good_for_it_may_not_have_been_read() -> None:
    # March at 0.2 a day, April at 1.8: together 1 a day, which is usual.
    bills = bills_of(*months_from(100, [1.0, 1.0, 0.2, 1.8, 1.0, 1.0]))
    assert follow_registers(bills).counts.all()
    made = without_unread(bills)
    assert made.counts.tolist() == [True, True, False, True, True, True]
    assert made.use[3] == pytest.approx(0.2 * 31 + 1.8 * 30)


def test_a_catch_up_may_begin_above_where_the_register_stood() -> None:
    # March's bill is of nothing; April's begins 31 above and holds 30 more: 61 kWh in the 61 days of both.
    bills = months_from(100, [1.0, 1.0, 0.0])
    ends = bills[-1][5]
    bills += [(day(5), 30, 30, 1, ends + 31, ends + 61), (day(6), 31, 31, 1, ends + 61, ends + 92)]
    assert months_of_2023(*bills) == pytest.approx([1.0] * 5)


def test_an_empty_house_is_no_catch_up() -> None:
    rates = [1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    assert months_of_2023(*months_from(100, rates)) == pytest.approx(rates)


def test_a_new_meters_first_bill_is_of_the_days_since_the_old_one_was_read_where_that_makes_it_usual() -> None:
    # The old meter was last read on 1 March; the new one's first bill, of 1 June, states 31 days and holds 92 kWh.
    old = months_from(100, [1.0, 1.0])
    new = [(day(6), 31, 92, 2, 0, 92), (day(7), 30, 30, 2, 92, 122), (day(8), 31, 31, 2, 122, 153)]
    new.append((day(9), 31, 31, 2, 153, 184))
    assert months_of_2023(*old, *new) == pytest.approx([1.0] * 8)


def test_a_bill_of_nothing_with_which_a_meter_goes_is_passed_over() -> None:
    old = [*months_from(100, [1.0, 1.0]), (day(4), 31, 0, 1, 159, 159)]
    months = months_of_2023(*old, (day(4), 31, 31, 2, 0, 31), (day(5), 30, 30, 2, 31, 61))
    assert months == pytest.approx([1.0] * 4)


def test_a_register_that_was_set_says_nothing_of_use() -> None:
    # It jumps by 50,000 where 30 a month are usual: the bill covers what it states.
    bills = months_from(100, [1.0] * 4)
    ends = bills[-1][5]
    bills += [(day(6), 31, 31, 1, ends + 50_000, ends + 50_031), (day(7), 30, 30, 1, ends + 50_031, ends + 50_061)]
    assert months_of_2023(*bills) == pytest.approx([1.0] * 6)


def test_the_meters_factor_holds_for_what_was_not_billed() -> None:
    # A factor of 20: one unit of the register is 20 kWh.
    first: Bill = (day(2), 31, 620, 1, 100, 131)
    later: Bill = (day(4), 31, 620, 1, 131 + 28, 131 + 28 + 31)
    assert months_of_2023(first, later) == pytest.approx([20.0, 20.0, 20.0])


def test_two_meters_that_both_begin_at_zero_are_not_one() -> None:
    made = followed((day(2), 31, 0, 1, 0, 0), (day(3), 28, 28, 2, 0, 28), (day(3), 28, 0, 1, 0, 0))
    assert made.register.tolist() == [0, 1, 0]


def test_a_first_bill_that_holds_a_registers_whole_life_does_not_count() -> None:
    # 9,000 kWh in a month that later takes 31: the register was never read before.
    later = [(day(month + 1), 30, 31, 1, 9000 + 31 * (month - 2), 9000 + 31 * (month - 1)) for month in range(2, 6)]
    made = followed((day(2), 31, 9000, 1, 0, 9000), *later)
    assert made.counts.tolist() == [False, True, True, True, True]


def test_a_first_bill_that_is_only_high_counts() -> None:
    later = [(day(month + 1), 30, 31, 1, 93 + 31 * (month - 2), 93 + 31 * (month - 1)) for month in range(2, 6)]
    assert followed((day(2), 31, 93, 1, 0, 93), *later).counts.all()


def test_a_missing_bill_of_one_of_two_meters_makes_the_months_unknown_and_not_half() -> None:
    one = [(day(2), 31, 31, 1, 100, 131), (day(3), 28, 28, 1, 131, 159), (day(4), 31, 31, 1, 159, 190)]
    other = [(day(2), 31, 31, 2, NAN, NAN), (day(4), 31, 31, 2, NAN, NAN)]
    months = months_of_2023(*sorted([*one, *other]))
    np.testing.assert_array_equal(months, [2.0, NAN, 2.0])


def test_an_exchange_leaves_no_gap_and_counts_nothing_twice() -> None:
    # The old meter's last bill and the new one's first are of one day; together they took 59 kWh in 59 days.
    old = ((day(1), 31, 31, 1, 69, 100), (day(3), 59, 40, 1, 100, 140))
    assert months_of_2023(*old, (day(3), 59, 19, 2, 0, 19)) == pytest.approx([1.0, 1.0])


@pytest.mark.parametrize("stated", [NAN, 0.0, 5000.0])
def test_without_a_register_before_and_without_days_a_bill_says_nothing(stated: float) -> None:
    panel = monthly_use(
        follow_registers(bills_of((day(3), stated, 59, 1, 100, 159))), np.array([JANUARY_2023 + 1]), periods=2
    )
    assert np.isnan(panel.energy).all()


def test_bills_without_registers_cover_what_they_state_and_no_day_twice() -> None:
    # No meter number and no register: January's bill, and February's that states 31 days where 28 have passed.
    unknown = (-1, NAN, NAN)
    assert months_of_2023((day(2), 31, 31, *unknown), (day(3), 31, 56, *unknown)) == [1.0, 2.0]


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(20, 100), st.integers(1, 900), st.integers(1, 3)), min_size=1, max_size=14))
def test_no_energy_is_lost_or_counted_twice(spells: list[tuple[int, int, int]]) -> None:
    """Registers that run on without a gap or a halt: what the months hold together is what the bills hold together."""
    until, stands = {1: day(1), 2: day(1), 3: day(1)}, {1: 50.0, 2: 2000.0, 3: 70000.0}
    bills: list[Bill] = []
    for days, energy, meter in spells:
        until[meter] += days
        bills.append((until[meter], float(days), float(energy), meter, stands[meter], stands[meter] + energy))
        stands[meter] += energy
    panel = monthly_use(follow_registers(bills_of(*sorted(bills))), np.array([JANUARY_2023 + 59]), periods=60)
    counts = follow_registers(bills_of(*sorted(bills))).counts
    assert counts.all()
    starts = np.arange(JANUARY_2023, JANUARY_2023 + 61).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    whole = np.nansum(panel.energy[0] * np.diff(starts))
    # A month of which less than half is observed is left out, and one that is observed in part is taken as whole.
    edge = sum(
        max(bill[2] / bill[1] for bill in bills if bill[3] == meter) * 31 for meter in {bill[3] for bill in bills}
    )
    assert whole == pytest.approx(sum(bill[2] for bill in bills), abs=2 * edge + 1e-6)


def test_rows_do_not_touch_each_other() -> None:
    alone = bills_of((day(2), 31, 31, 1, 100, 131), (day(3), 28, 56, 1, 131, 187))
    other = bills_of((day(2), 31, 310, 1, 100, 131), (day(3), 28, 560, 1, 131, 187), row=1)
    both = MeterBills(
        *(
            np.concatenate([getattr(part, name) for part in (alone, other)])
            for name in ("row", "end", "days", "energy", "meter", "previous", "current")
        )
    )
    panel = monthly_use(follow_registers(both), np.array([JANUARY_2023 + 1] * 2), periods=2)
    np.testing.assert_allclose(panel.energy, [[1.0, 2.0], [10.0, 20.0]])


def test_order_within_a_day_does_not_decide() -> None:
    """Corrections apart, the bills of one day may stand in any order."""
    first = [(day(2), 31.0, 31.0, 1, 0.0, 31.0), (day(2), 31.0, 62.0, 1, 3000.0, 3062.0)]
    second = [(day(3), 28.0, 28.0, 1, 31.0, 59.0), (day(3), 28.0, 28.0, 1, 3062.0, 3090.0)]
    assert months_of_2023(*first, *second) == months_of_2023(*first[::-1], *second[::-1]) == [3.0, 2.0]


GAPPED = (
    (day(2), 31, 31, 1, 100, 131),
    (day(4), 30, 62, 1, 131, 193),
    # Two meters on one day, then a new one from zero after two months without a reading.
    (day(5), 30, 30, 1, 193, 223),
    (day(5), 30, 60, 2, 500, 560),
    (day(8), NAN, 93, 3, 0, 93),
)


def test_bills_as_they_state_cover_the_days_that_they_state() -> None:
    made = as_stated(bills_of(*GAPPED))
    assert (made.end - made.start).tolist() == [31, 30, 30, 30, 92]
    assert made.use.tolist() == [31, 62, 30, 60, 93]
    assert made.counts.all()


def test_bills_since_the_reading_before_cover_the_days_since_any_meter_was_read() -> None:
    made = since_reading_before(bills_of(*GAPPED))
    assert (made.end - made.start).tolist() == [31, 59, 30, 30, 92]


def test_the_first_bill_of_a_consumer_is_not_measured_from_another_consumers_last() -> None:
    one, other = bills_of(*GAPPED, row=0), bills_of((day(9), NAN, 30, 4, 10, 40), row=1)
    columns = (np.concatenate([getattr(one, name), getattr(other, name)]) for name in MeterBills.__dataclass_fields__)
    both = MeterBills(*columns)
    assert not since_reading_before(both).counts[-1]
    assert not as_stated(both).counts[-1]


def test_a_gap_of_the_register_is_judged_by_its_own_days() -> None:
    # 1 kWh a day; 61 days without a bill in which 72 passed, then a month of 20 a day (which is high, but billed).
    bills = months_from(100, [1.0] * 4)
    stands = bills[-1][5]
    late: Bill = (day(8), 31, 620, 1, stands + 72, stands + 692)
    assert months_of_2023(*bills, late)[4:] == pytest.approx([72 / 61, 72 / 61, 20.0])


def test_a_closing_bill_of_nothing_is_passed_over_whatever_the_next_meter_begins_at() -> None:
    old = [*months_from(100, [1.0] * 4), (day(6), 31, 0, 1, 220, 220)]
    new: list[Bill] = [(day(7), 30, 30, 2, 31, 61), (day(8), 31, 31, 2, 61, 92)]
    assert not followed(*old, *new).counts[4]
