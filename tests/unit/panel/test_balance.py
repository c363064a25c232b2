"""The energy balance of transformers. Expected values are sums that fit on the back of an envelope."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.panel.balance import (
    CLOSED_AFTER,
    KNOWN_AFTER,
    TECHNICAL_LOSS,
    TransformerMonths,
    monthly_balance,
    transformer_balance,
)
from powertheft.panel.monthly import MeterReadings, MonthlyPanel, month_of

EPOCH = date(1970, 1, 1)
NAN = float("nan")


def day(year: int, month: int, day_of_month: int = 1) -> int:
    return (date(year, month, day_of_month) - EPOCH).days


def month(year: int, month_of_year: int) -> int:
    return (year - 1970) * 12 + month_of_year - 1


def readings(*rows: tuple[int, int, float, float]) -> MeterReadings:
    """Readings from (row, end, days, energy)."""
    columns = np.array(rows, dtype=np.float64).reshape(-1, 4)
    return MeterReadings(columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2], columns[:, 3])


def monthly(row: int, first: int, daily: list[float]) -> MeterReadings:
    """A reading on the first of each month for the month before it, from calendar month `first` on."""
    starts = np.arange(first, first + len(daily) + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    days = np.diff(starts).astype(np.float64)
    return MeterReadings(np.full(len(daily), row), starts[1:], days, np.array(daily) * days)


def joined(*parts: MeterReadings) -> MeterReadings:
    names = ("row", "end", "days", "energy")
    row, end, days, energy = (np.concatenate([getattr(part, name) for part in parts]) for name in names)
    return MeterReadings(row, end, days, energy)


def balance_of(supply: MeterReadings, bills: MeterReadings, *, consumers: int) -> TransformerMonths:
    """Balance of one transformer that supplies all consumers."""
    transformer, connected = np.zeros(consumers, dtype=np.int64), np.full(consumers, NAN)
    return monthly_balance(supply, bills, transformer=transformer, connected_month=connected)


def test_what_is_not_billed_and_not_lost_on_the_lines_is_unexplained() -> None:
    first = month(2023, 1)
    supply = monthly(0, first, [100.0, 100.0])
    bills = joined(monthly(0, first, [50.0, 50.0]), monthly(1, first, [30.0, 46.0]))
    months = balance_of(supply, bills, consumers=2)
    # 100 supplied, 4 % of it lost on the lines: 96 - 80 and 96 - 96.
    assert months.first_month == first
    np.testing.assert_allclose(months.billed, [[80.0, 96.0]], rtol=1e-6)
    np.testing.assert_allclose(months.technical, [[100 * TECHNICAL_LOSS] * 2], rtol=1e-6)
    np.testing.assert_allclose(months.unexplained, [[16.0, 0.0]], atol=1e-5)
    assert months.consumers.tolist() == [[2, 2]]


def test_use_that_is_known_without_a_bill_is_no_theft() -> None:
    first = month(2023, 1)
    supply, bills, lights = (monthly(0, first, [daily]) for daily in (100.0, 80.0, 6.0))
    months = monthly_balance(
        supply, bills, transformer=np.array([0]), connected_month=np.array([NAN]), unmetered=lights
    )
    assert months.unmetered[0, 0] == pytest.approx(6.0)
    assert months.unexplained[0, 0] == pytest.approx(10.0)


def test_bills_and_transformer_readings_of_other_dates_are_aligned_by_month() -> None:
    # Everybody uses the same every day; the bills are read on the 11th, the transformer on the 17th of other months.
    supply = readings(*((0, day(2023, number, 17), 60.0, 60 * 100.0) for number in (3, 5, 7, 9, 11)))
    bills = readings(*((0, day(2023, number, 11), 61.0, 61 * 80.0) for number in (2, 4, 6, 8, 10, 12)))
    months = balance_of(supply, bills, consumers=1)
    known = months.unexplained[np.isfinite(months.unexplained)]
    assert known.size >= 8
    np.testing.assert_allclose(known, 16.0, rtol=1e-5)


@pytest.mark.parametrize(("observed", "expected"), [(10, 100.0), (9, 100.0), (8, NAN)])
def test_a_month_is_known_when_nine_in_ten_are_billed_and_then_scaled_up_to_all(observed: int, expected: float) -> None:
    first = month(2023, 1)
    everybody = [monthly(consumer, first, [10.0]) for consumer in range(10)]
    later = [monthly(consumer, first + 1, [10.0]) for consumer in range(10)]
    bills = joined(*everybody[:observed], *later)
    months = balance_of(monthly(0, first, [120.0, 120.0]), bills, consumers=10)
    np.testing.assert_allclose(months.billed[0], [expected, 100.0], rtol=1e-6)
    assert np.isnan(months.supplied[0, 0]) == np.isnan(expected)


def test_a_connection_does_not_count_before_it_was_connected() -> None:
    first = month(2023, 1)
    bills = joined(monthly(0, first, [50.0, 50.0]), monthly(1, first + 1, [40.0]))
    supply = monthly(0, first, [60.0, 100.0])
    connected = np.array([NAN, float(first + 1)])
    months = monthly_balance(supply, bills, transformer=np.array([0, 0]), connected_month=connected)
    assert months.consumers.tolist() == [[1, 2]]
    np.testing.assert_allclose(months.billed, [[50.0, 90.0]], rtol=1e-6)


def test_a_connection_that_was_always_there_but_not_billed_leaves_the_month_unknown() -> None:
    first = month(2023, 1)
    bills = joined(monthly(0, first, [50.0, 50.0]), monthly(1, first + 1, [40.0]))
    months = balance_of(monthly(0, first, [60.0, 100.0]), bills, consumers=2)
    np.testing.assert_allclose(months.billed, [[NAN, 90.0]], rtol=1e-6)


def test_a_connection_without_a_bill_for_a_year_no_longer_counts() -> None:
    first, length = month(2022, 1), CLOSED_AFTER + 3
    bills = joined(monthly(0, first, [50.0] * length), monthly(1, first, [40.0]))
    months = balance_of(monthly(0, first, [100.0] * length), bills, consumers=2)
    assert months.consumers[0].tolist() == [2] * CLOSED_AFTER + [1] * 3
    assert np.isnan(months.billed[0, 1:CLOSED_AFTER]).all()
    np.testing.assert_allclose(months.billed[0, CLOSED_AFTER:], 50.0, rtol=1e-6)


def test_a_connection_that_comes_back_did_not_count_in_the_meantime() -> None:
    # In the fourteenth month nobody could know that it would be billed again in the fifteenth.
    first, length = month(2022, 1), CLOSED_AFTER + 3
    bills = joined(monthly(0, first, [50.0] * length), monthly(1, first, [40.0]), monthly(1, first + 14, [40.0]))
    months = balance_of(monthly(0, first, [100.0] * length), bills, consumers=2)
    assert months.consumers[0].tolist() == [2] * 12 + [1, 1, 2]
    np.testing.assert_allclose(months.billed[0, 12:], [50.0, 50.0, 90.0], rtol=1e-6)


def test_a_consumer_on_the_wrong_transformer_makes_one_balance_negative() -> None:
    first = month(2023, 1)
    supply = joined(monthly(0, first, [100.0]), monthly(1, first, [100.0]))
    bills = joined(monthly(0, first, [90.0]), monthly(1, first, [30.0]), monthly(2, first, [60.0]))
    months = monthly_balance(supply, bills, transformer=np.array([0, 1, 0]), connected_month=np.array([NAN, NAN, NAN]))
    np.testing.assert_allclose(months.unexplained[:, 0], [96.0 - 150.0, 96.0 - 30.0], rtol=1e-5)


def test_a_transformer_nobody_is_assigned_to_is_unknown() -> None:
    months = monthly_balance(
        monthly(1, month(2023, 1), [100.0]),
        monthly(0, month(2023, 1), [50.0]),
        transformer=np.array([-1]),
        connected_month=np.array([NAN]),
    )
    assert np.isnan(months.unexplained).all()


def test_readings_that_tell_nothing_leave_everything_unknown() -> None:
    supply = readings((0, day(2023, 2), NAN, 100.0), (0, day(2023, 3), 0.0, 100.0), (0, day(2023, 4), 31.0, NAN))
    months = balance_of(supply, monthly(0, month(2023, 1), [50.0]), consumers=1)
    assert np.isnan(months.unexplained).all()
    panel = MonthlyPanel(np.ones((1, 6), dtype=np.float32), np.array([month(2023, 6)]))
    seen = transformer_balance(panel, months, np.array([0]))
    assert seen.supplied is not None
    assert np.isnan(seen.supplied).all()


def test_a_bill_of_half_a_year_leaves_its_first_months_unknown() -> None:
    # Read on 1 July: January to March could not be known three months after they began.
    bills = readings((0, day(2023, 7), 181.0, 181 * 50.0))
    months = balance_of(monthly(0, month(2023, 1), [100.0] * 6), bills, consumers=1)
    np.testing.assert_allclose(months.billed[0], [NAN] * 3 + [50.0] * 3, rtol=1e-6)


def test_each_row_sees_its_own_transformer_up_to_three_months_ago() -> None:
    first = month(2023, 1)
    supply = joined(monthly(0, first, [100.0] * 8), monthly(1, first, [200.0] * 8))
    bills = joined(monthly(0, first, [80.0] * 8), monthly(1, first, [192.0] * 8))
    transformer = np.array([0, 1])
    months = monthly_balance(supply, bills, transformer=transformer, connected_month=np.full(2, NAN))
    panel = MonthlyPanel(np.ones((3, 5), dtype=np.float32), np.array([month(2023, 6), month(2023, 8), month(2023, 6)]))
    seen = transformer_balance(panel, months, np.array([0, 1, -1]))
    assert seen.lost is not None
    np.testing.assert_allclose(
        seen.lost, [[16.0, 16.0, NAN, NAN, NAN], [0.0, 0.0, NAN, NAN, NAN], [NAN] * 5], atol=1e-4
    )
    np.testing.assert_array_equal(seen.energy, panel.energy)


def test_months_before_the_first_reading_are_unknown() -> None:
    months = balance_of(monthly(0, 600, [100.0] * 3), monthly(0, 600, [80.0] * 3), consumers=1)
    panel = MonthlyPanel(np.ones((1, 10), dtype=np.float32), np.array([605]))
    seen = transformer_balance(panel, months, np.array([0]))
    assert seen.supplied is not None
    assert np.isfinite(seen.supplied[0]).tolist() == [False] * 4 + [True] * 3 + [False] * 3


def utility_of(seed: int) -> tuple[MeterReadings, MeterReadings, np.ndarray, np.ndarray]:
    """Three transformers, forty consumers, bills of one to five months with gaps: supply, bills, who, since when."""
    random = np.random.default_rng(seed)
    consumers, start = 40, day(2020, 1)

    def meters(count: int, mean: float) -> MeterReadings:
        days = random.choice([30, 60, 61, 92, 150], (count, 12), p=[0.2, 0.35, 0.35, 0.05, 0.05])
        end = start + random.integers(0, 20, (count, 1)) + np.cumsum(days, axis=1)
        row = np.repeat(np.arange(count), 12)
        kept = random.random(row.size) > 0.03
        energy = random.gamma(4.0, mean / 4, row.size) * days.ravel()
        return MeterReadings(row[kept], end.ravel()[kept], days.ravel()[kept].astype(np.float64), energy[kept])

    transformer = random.integers(-1, 3, consumers)
    connected = np.where(random.random(consumers) < 0.8, NAN, month_of(np.array([start]))[0] + 6.0)
    return meters(3, 150.0), meters(consumers, 10.0), transformer, connected


def until(readings_: MeterReadings, day_: int) -> MeterReadings:
    kept = readings_.end <= day_
    return MeterReadings(*(getattr(readings_, name)[kept] for name in ("row", "end", "days", "energy")))


@given(st.integers(0, 2**32 - 1), st.integers(day(2020, 6), day(2022, 1)))
@settings(max_examples=40, deadline=None)
def test_nothing_that_was_read_after_the_as_of_date_changes_what_a_row_sees(seed: int, as_of: int) -> None:
    supply, bills, transformer, connected = utility_of(seed)
    panel = MonthlyPanel(np.ones((3, 30), dtype=np.float32), np.full(3, month_of(np.array([as_of]))[0]))
    everything = monthly_balance(supply, bills, transformer=transformer, connected_month=connected)
    known = monthly_balance(
        until(supply, as_of), until(bills, as_of), transformer=transformer, connected_month=connected
    )
    with_future, without = (transformer_balance(panel, months, np.arange(3)) for months in (everything, known))
    np.testing.assert_array_equal(with_future.supplied, without.supplied)
    np.testing.assert_array_equal(with_future.lost, without.lost)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=25, deadline=None)
def test_the_parts_add_up_to_the_supply_and_are_known_together(seed: int) -> None:
    supply, bills, transformer, connected = utility_of(seed)
    lights = replace(supply, energy=supply.energy * 0.01)
    months = monthly_balance(supply, bills, transformer=transformer, connected_month=connected, unmetered=lights)
    parts = months.billed + months.unmetered + months.technical + months.unexplained
    np.testing.assert_allclose(parts, months.supplied, rtol=1e-9)
    assert (np.isfinite(months.supplied) == np.isfinite(months.unexplained)).all()


def test_three_months_pass_before_a_balance_may_be_seen() -> None:
    # The windows of features.balance are written for this number.
    assert KNOWN_AFTER == 3
