"""Whether new data came when it was to be expected, and as much as usual."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powertheft.monitoring.arrivals import judge_arrivals


def months(*rows: int, first: tuple[int, int] = (2024, 1), step: int = 1) -> list[tuple[date, int]]:
    start = first[0] * 12 + first[1] - 1
    days = [divmod(start + step * place, 12) for place in range(len(rows))]
    return [(date(year, month + 1, 17), count) for (year, month), count in zip(days, rows, strict=True)]


def test_a_month_is_missed_half_a_month_after_its_end():
    came = months(100, 100, 100, 100)  # to April, so that May is to come
    on_time, late = (judge_arrivals(came, today=date(2024, 6, day)) for day in (15, 16))
    assert (on_time.timing, on_time.overdue_days) == ("on_time", 0)
    assert (late.timing, late.overdue_days, late.due_on) == ("overdue", 1, date(2024, 6, 15))
    assert judge_arrivals(came, today=date(2024, 6, 15), grace_days=5).overdue_days == 10


def test_one_month_that_was_skipped_does_not_make_a_habit():
    came = months(100, 100, 100, 100) + months(100, 100, 100, first=(2024, 6))
    found = judge_arrivals(came, today=date(2024, 9, 1))
    assert (found.interval_months, found.expected_month) == (1, date(2024, 9, 1))


def test_bills_of_two_months_are_expected_every_other_month():
    found = judge_arrivals(months(100, 100, 100, step=2), today=date(2024, 6, 20))
    assert (found.interval_months, found.expected_month, found.timing) == (2, date(2024, 7, 1), "on_time")


def test_the_year_turns():
    found = judge_arrivals(months(100, 100, 100, first=(2024, 10)), today=date(2025, 3, 1))
    assert (found.last_month, found.expected_month, found.due_on) == (
        date(2024, 12, 1),
        date(2025, 1, 1),
        date(2025, 2, 15),
    )


def test_a_volume_is_judged_by_its_season():
    """In summer twice as many bills come: what is usual in January would be few in June."""
    year = [100, 100, 100, 100, 200, 200, 200, 100, 100, 100, 100, 100]
    summer = judge_arrivals(months(*year, *year, 100, 100, 100, 100, 200, 120), today=date(2026, 7, 1))
    assert (summer.compared_with, summer.usual_rows, summer.volume) == ("season", 200, "few")
    usual = judge_arrivals(months(*year, *year, 100, 100, 100, 100, 200, 190), today=date(2026, 7, 1))
    assert usual.volume == "usual"


def test_in_the_first_year_the_last_months_are_compared_with():
    found = judge_arrivals(months(100, 104, 98, 101, 250), today=date(2024, 6, 1))
    assert (found.compared_with, found.volume) == ("recent", "many")


def test_the_band_widens_where_volumes_vary():
    assert judge_arrivals(months(60, 140, 80, 120, 100, 70), today=date(2024, 7, 1)).volume == "usual"
    assert judge_arrivals(months(100, 101, 99, 100, 100, 70), today=date(2024, 7, 1)).volume == "few"


def test_a_month_that_came_again_counts_once():
    came = [*months(100, 100, 100, 10), (date(2024, 4, 2), 100)]
    found = judge_arrivals(came, today=date(2024, 5, 1))
    assert (found.rows, found.volume, found.interval_months) == (100, "usual", 1)


def test_too_few_months_say_nothing():
    found = judge_arrivals(months(100, 100), today=date(2030, 1, 1))
    assert (found.timing, found.volume, found.overdue_days) == ("unknown", "unknown", 0)
    assert judge_arrivals([], today=date(2030, 1, 1)).last_month is None


def test_days_are_text_in_json():
    told = judge_arrivals(months(100, 100, 100), today=date(2024, 4, 1)).to_json()
    assert (told["last_month"], told["due_on"]) == ("2024-03-01", "2024-05-15")


def test_numbers_below_nothing_are_refused():
    with pytest.raises(ValueError, match="at least 0"):
        judge_arrivals(months(-1), today=date(2024, 1, 1))


@given(st.lists(st.tuples(st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 10**7)), max_size=40))
def test_any_list_of_versions_can_be_judged_in_any_order(came):
    found = judge_arrivals(came, today=date(2030, 6, 1))
    assert found.overdue_days >= 0
    if found.usual_rows is not None:
        assert 0 <= found.fewest_rows <= found.usual_rows <= found.most_rows
    assert (found.last_month is None) == (not came)
