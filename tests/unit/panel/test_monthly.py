"""Bills of any length become months. Expected values: an oracle that walks through every single day."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.panel.monthly import MINIMUM_COVERAGE, MeterReadings, MonthlyPanel, month_of, monthly_energy

EPOCH = date(1970, 1, 1)


def day(year: int, month: int, day_of_month: int) -> int:
    return (date(year, month, day_of_month) - EPOCH).days


def month(year: int, month_of_year: int) -> int:
    return (year - 1970) * 12 + month_of_year - 1


def panel_of(bills: list[tuple[int, float, float]], *, last: int, periods: int) -> np.ndarray:
    """One consumer's panel from (end, days, energy)."""
    end, days, energy = (np.array(column, dtype=np.float64) for column in zip(*bills, strict=True))
    row = np.zeros(len(bills), dtype=np.int64)
    return monthly_energy(MeterReadings(row, end.astype(np.int64), days, energy), np.array([last]), periods=periods)[0]


def by_walking(bills: list[tuple[int, float, float]], *, last: int, periods: int) -> list[float]:
    """The same, adding up day by day with the calendar of the standard library."""
    total: dict[int, float] = {}
    covered: dict[int, int] = {}
    for end, days, energy in bills:
        for number in range(end - round(days), end):
            day_of = EPOCH + timedelta(days=number)
            place = month(day_of.year, day_of.month)
            total[place] = total.get(place, 0.0) + energy / days
            covered[place] = covered.get(place, 0) + 1
    values: list[float] = []
    for place in range(last - periods + 1, last + 1):
        first = date(1970 + place // 12, place % 12 + 1, 1)
        length = ((first + timedelta(days=32)).replace(day=1) - first).days
        enough = covered.get(place, 0) >= MINIMUM_COVERAGE * length
        values.append(total[place] / covered[place] if enough else float("nan"))
    return values


def test_a_bill_of_two_whole_months_shows_the_same_use_in_both() -> None:
    # 1 January to 1 March 2023: 59 days, 118 kWh.
    panel = panel_of([(day(2023, 3, 1), 59, 118.0)], last=month(2023, 3), periods=4)
    np.testing.assert_array_equal(panel, [np.nan, 2.0, 2.0, np.nan])


def test_a_month_of_which_less_than_half_is_billed_is_not_observed() -> None:
    # January has 31 days: 15 covered are too few, 16 are enough.
    fewer = panel_of([(day(2023, 1, 16), 15, 15.0)], last=month(2023, 1), periods=1)
    enough = panel_of([(day(2023, 1, 17), 16, 16.0)], last=month(2023, 1), periods=1)
    np.testing.assert_array_equal([fewer[0], enough[0]], [np.nan, 1.0])


def test_bills_that_meet_within_a_month_share_it_by_their_days() -> None:
    # January 2023: 10 days at 1 kWh and 21 days at 2 kWh: 52 / 31.
    panel = panel_of([(day(2023, 1, 11), 10, 10.0), (day(2023, 2, 1), 21, 42.0)], last=month(2023, 1), periods=1)
    assert panel[0] == pytest.approx(52 / 31)


def test_a_bill_that_is_there_twice_changes_nothing() -> None:
    once = panel_of([(day(2023, 3, 1), 59, 118.0)], last=month(2023, 3), periods=4)
    twice = panel_of([(day(2023, 3, 1), 59, 118.0)] * 2, last=month(2023, 3), periods=4)
    np.testing.assert_array_equal(once, twice)


@pytest.mark.parametrize(
    ("days", "energy"), [(float("nan"), 10.0), (0.0, 10.0), (-5.0, 10.0), (2000.0, 10.0), (30.0, float("nan"))]
)
def test_a_bill_of_unknown_or_impossible_length_or_energy_is_passed_over(days: float, energy: float) -> None:
    panel = panel_of([(day(2023, 2, 1), days, energy)], last=month(2023, 1), periods=3)
    assert np.isnan(panel).all()


def test_each_row_ends_in_its_own_month_and_sees_nothing_of_the_others() -> None:
    ends = np.array([day(2023, 2, 1), day(2022, 7, 1)])
    readings = MeterReadings(np.array([0, 1]), ends, np.array([31.0, 30.0]), np.array([31.0, 90.0]))
    panel = monthly_energy(readings, np.array([month(2023, 1), month(2022, 6)]), periods=2)
    np.testing.assert_array_equal(panel, [[np.nan, 1.0], [np.nan, 3.0]])


def test_the_part_of_a_bill_before_and_after_the_panel_is_left_out() -> None:
    whole_year = (day(2024, 1, 1), 365.0, 365.0)
    assert panel_of([whole_year], last=month(2023, 6), periods=3).tolist() == [1.0, 1.0, 1.0]


bills_of_one = st.lists(
    st.tuples(
        st.integers(day(2021, 6, 1), day(2024, 6, 1)),
        st.integers(1, 400).map(float),
        st.floats(0, 5000, allow_nan=False),
    ),
    min_size=1,
    max_size=8,
)


@given(bills_of_one)
@settings(max_examples=60, deadline=None)
def test_the_panel_is_what_walking_through_every_day_gives(bills: list[tuple[int, float, float]]) -> None:
    panel = panel_of(bills, last=month(2023, 12), periods=24)
    expected = by_walking(bills, last=month(2023, 12), periods=24)
    np.testing.assert_allclose(panel, expected, rtol=1e-5, atol=1e-6)


def test_days_before_1970_belong_to_the_months_before_it() -> None:
    assert month_of(np.array([-1, 0, 30, 31, 365])).tolist() == [-1, 0, 0, 1, 12]


def test_every_cell_knows_its_calendar_month() -> None:
    panel = MonthlyPanel(np.zeros((2, 3), dtype=np.float32), np.array([month(2023, 1), month(2022, 12)]))
    assert panel.calendar_month.tolist() == [[10, 11, 0], [9, 10, 11]]


def test_a_reading_dated_in_another_age_is_passed_over() -> None:
    panel = panel_of([(day(2023, 2, 1), 31.0, 31.0), (day(9999, 12, 31), 31.0, 31.0)], last=month(2023, 1), periods=1)
    np.testing.assert_array_equal(panel, [1.0])
