"""Interval readings on a grid. Expected values are counted by hand on a few rows."""

import numpy as np
import pytest

from powertheft.panel.intervals import (
    IntervalPanel,
    IntervalReadings,
    daily_energy,
    interval_minutes,
    interval_panel,
    interval_panels,
    panel_as_of,
)

DAY = 1440


def readings(*rows: tuple[int, int, float], minutes: int = 30) -> IntervalReadings:
    row, start, energy = zip(*rows, strict=True)
    return IntervalReadings(np.array(row), np.array(start), np.array(energy), minutes)


def test_a_reading_lies_in_its_day_and_slot_and_all_else_is_missing() -> None:
    panel = interval_panel(readings((1, 2 * DAY + 90, 0.7)), np.array([2, 3]), days=3)
    assert panel.energy.shape == (2, 3, 48)
    assert panel.energy[1, 1, 3] == np.float32(0.7)
    assert panel.missing.sum() == panel.energy.size - 1


def test_nothing_after_the_as_of_date_is_read_and_nothing_before_the_first_column() -> None:
    panel = interval_panel(readings((0, 0, 1.0), (0, 5 * DAY, 1.0)), np.array([4]), days=3)
    assert panel.missing.all()


def test_the_hour_that_a_clock_change_repeats_counts_once_and_the_one_it_skips_is_missing() -> None:
    day = [(0, minute, 0.5) for minute in range(0, DAY, 30)]
    repeated = interval_panel(readings(*day, (0, 120, 0.7), (0, 150, 0.7)), np.array([0]), days=1)
    assert repeated.energy[0, 0, 4:6].tolist() == pytest.approx([0.6, 0.6])
    assert not repeated.missing.any()
    skipped = interval_panel(readings(*day[:4], *day[6:]), np.array([0]), days=1)
    assert np.flatnonzero(skipped.missing).tolist() == [4, 5]
    assert daily_energy(skipped.energy).tolist() == [[24.0]]


def test_a_missing_value_is_missing_and_zero_is_not() -> None:
    panel = interval_panel(readings((0, 0, float("nan")), (0, 30, 0.0)), np.array([0]), days=1)
    assert np.isnan(panel.energy[0, 0, 0])
    assert panel.energy[0, 0, 1] == 0.0


def test_quarter_hours_add_up_to_hours_and_days_stay_days() -> None:
    quarters = readings(*[(0, minute, 1.0) for minute in range(0, DAY, 15)], minutes=15)
    assert interval_panel(quarters, np.array([0]), days=1, slots=24).energy.tolist() == [[[4.0] * 24]]
    daily = interval_panel(readings((0, 0, 5.0), (0, DAY, 6.0), minutes=DAY), np.array([1]), days=2)
    assert daily.energy.tolist() == [[[5.0], [6.0]]]


def test_slots_finer_than_the_readings_are_refused() -> None:
    with pytest.raises(ValueError, match="24 intervals a day do not make 48 slots"):
        interval_panel(readings((0, 0, 1.0), minutes=60), np.array([0]), days=1, slots=48)
    with pytest.raises(ValueError, match="does not divide a day"):
        interval_panel(readings((0, 0, 1.0), minutes=7), np.array([0]), days=1)


def test_parts_give_what_the_whole_gives_and_unsorted_rows_are_refused() -> None:
    random = np.random.default_rng(1)
    row = np.sort(random.integers(0, 7, 500))
    some = IntervalReadings(row, random.integers(0, 6 * 48, 500) * 30, random.random(500), 30)
    last = random.integers(3, 6, 7)
    whole = interval_panel(some, last, days=4).energy
    for part, panel in interval_panels(some, last, days=4, chunk=3):
        np.testing.assert_array_equal(panel.energy, whole[part])
    backwards = IntervalReadings(row[::-1], some.start, some.energy, 30)
    with pytest.raises(ValueError, match="sorted by row"):
        next(interval_panels(backwards, last, days=4))


def test_the_length_of_intervals_is_read_off_their_starts() -> None:
    assert interval_minutes(np.array([0, 0, 0, 0]), np.array([90, 0, 60, 30])) == 30
    assert interval_minutes(np.array([0, 0]), np.array([0, DAY])) == DAY
    with pytest.raises(ValueError, match="different starts"):
        interval_minutes(np.array([0, 1]), np.array([0, 30]))


def test_a_panel_as_of_an_earlier_day_ends_on_it() -> None:
    panel = IntervalPanel(np.arange(10, dtype=np.float32).reshape(2, 5, 1), np.array([14, 20]))
    seen = panel_as_of(panel, np.array([1, 0]), np.array([18, 14]), days=4)
    assert seen.energy[0, :, 0].tolist()[1:] == [5.0, 6.0, 7.0]
    assert np.isnan(seen.energy[0, 0, 0])
    assert seen.energy[1, :, 0].tolist() == [1.0, 2.0, 3.0, 4.0]
    with pytest.raises(ValueError, match="later than the last day"):
        panel_as_of(panel, np.array([0]), np.array([15]), days=4)


def test_days_have_their_weekday() -> None:
    # 26 July 2026, day 20660, is a Sunday.
    assert IntervalPanel(np.zeros((1, 3, 1), dtype=np.float32), np.array([20660])).weekday.tolist() == [[4, 5, 6]]
