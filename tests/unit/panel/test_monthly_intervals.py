"""Use by month from intervals. Expected values are worked out by hand."""

import numpy as np
import pytest

from powertheft.panel.intervals import IntervalReadings
from powertheft.panel.monthly_intervals import monthly_of_intervals

# 1 January 2024 is day 19723; January and March have 31 days, February 29.
JANUARY = 19723
FEBRUARY, MARCH = JANUARY + 31, JANUARY + 60


def half_hours(first: int, days: int, energy: float, *, row: int = 0) -> IntervalReadings:
    count = days * 48
    start = first * 1440 + 30 * np.arange(count)
    return IntervalReadings(np.full(count, row), start, np.full(count, energy), 30)


def test_a_month_is_its_mean_use_a_day_whatever_the_length_of_intervals() -> None:
    half = monthly_of_intervals(half_hours(JANUARY, 60, 0.25), np.array([MARCH - 1]), periods=3)
    assert half[0, 1:].tolist() == [12.0, 12.0]
    assert np.isnan(half[0, 0])
    daily = IntervalReadings(np.zeros(31, int), (JANUARY + np.arange(31)) * 1440, np.full(31, 12.0), 1440)
    assert monthly_of_intervals(daily, np.array([FEBRUARY - 1]), periods=1).tolist() == [[12.0]]


def test_a_month_of_which_less_than_half_is_measured_is_unknown() -> None:
    found = monthly_of_intervals(half_hours(FEBRUARY, 14, 0.25), np.array([MARCH - 1]), periods=1)
    assert np.isnan(found[0, 0])
    assert monthly_of_intervals(half_hours(FEBRUARY, 15, 0.25), np.array([MARCH - 1]), periods=1)[0, 0] == 12.0


def test_what_is_missing_is_taken_as_the_months_average() -> None:
    readings = half_hours(JANUARY, 31, 0.25)
    readings.energy[::4] = np.nan
    assert monthly_of_intervals(readings, np.array([FEBRUARY - 1]), periods=1)[0, 0] == 12.0


def test_nothing_after_a_rows_as_of_date_is_read() -> None:
    known, later = half_hours(JANUARY, 20, 0.25), half_hours(JANUARY + 20, 40, 9.0)
    both = IntervalReadings(*(np.append(a, b) for a, b in zip(_of(known), _of(later), strict=True)), minutes=30)
    as_of = np.array([JANUARY + 19])
    assert monthly_of_intervals(both, as_of, periods=2)[0].tolist()[1] == 12.0


def test_intervals_that_do_not_divide_a_day_are_refused() -> None:
    with pytest.raises(ValueError, match="7 minutes does not divide a day"):
        monthly_of_intervals(
            IntervalReadings(np.zeros(1, int), np.zeros(1, int), np.ones(1), 7), np.array([0]), periods=1
        )


def _of(readings: IntervalReadings) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return readings.row, readings.start, readings.energy
