"""Features of consumers with smart meters, from tables as they come. Expected values are worked out by hand."""

from datetime import date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from powertheft.domain.errors import InputError
from powertheft.engines import interval_features
from powertheft.engines.local import as_of_dates, compute_features, features_otherwise
from powertheft.features.catalogue import catalogue
from powertheft.panel.other_readings import as_stated

NAMES = (
    "daily_level", "daily_level_before", "daily_level_to_before", "interval_zero_hours", "interval_missing_share",
    "interval_history", "use_12m", "same_season_ratio_12m", "as_of_date", "daily_use_mean",
)  # fmt: skip
FEATURES = [feature for feature in catalogue() if feature.name in NAMES]
LAST = date(2024, 3, 31)


def intervals(house: str, daily: list[float], *, minutes: int = 60, last: date = LAST) -> pl.DataFrame:
    """Even use on each of the days up to the last."""
    count = 1440 // minutes
    first = datetime(last.year, last.month, last.day) - timedelta(days=len(daily) - 1)
    starts = [first + timedelta(minutes=minutes * place) for place in range(count * len(daily))]
    energy = np.repeat(daily, count) / count
    return pl.DataFrame({"consumer_id": house, "start": starts, "energy": energy})


def row_of(
    house: str, tables: dict[str, pl.DataFrame], *, as_of: pl.DataFrame | None = None
) -> dict[str, float | None]:
    table = compute_features(tables, FEATURES, as_of=as_of)
    return table.features.row(table.consumer_ids.tolist().index(house), named=True)


def test_a_consumer_with_intervals_alone_is_seen_as_of_their_last_day() -> None:
    bills = pl.DataFrame({"consumer_id": ["b"], "read_on": [date(2024, 1, 5)], "energy": [100.0]})
    both = pl.concat([intervals("a", [8.0] * 3), intervals("b", [8.0], last=date(2024, 2, 1))])
    cases = as_of_dates({"readings": bills, "intervals": both}, None)
    assert cases.rows() == [("a", LAST), ("b", date(2024, 2, 1))]


def test_a_fall_is_seen_in_half_hours_hours_and_days_alike() -> None:
    daily = [8.0] * 372 + [2.0] * 28
    lengths = {"half-hours": 30, "hours": 60, "days": 1440}
    table = pl.concat([intervals(name, daily, minutes=length) for name, length in lengths.items()])
    for name in lengths:
        found = row_of(name, {"intervals": table})
        assert found["daily_level"] == pytest.approx(2.0)
        assert found["daily_level_to_before"] == pytest.approx(0.25)
        assert found["interval_missing_share"] == 0.0
        # January 2024 and 3 days of March at 8, 28 days of March at 2: 12 months to March.
        assert found["use_12m"] == pytest.approx(((8 * 3 + 2 * 28) / 31 + 8 * 11) / 12 * 30.4375, rel=1e-4)
    assert row_of("half-hours", {"intervals": table})["interval_zero_hours"] == 0.0
    assert row_of("days", {"intervals": table})["interval_zero_hours"] is None


def test_a_meter_that_loses_readings_is_not_taken_for_one_of_longer_intervals() -> None:
    whole, lossy = intervals("whole", [8.0] * 120), intervals("lossy", [8.0] * 120)
    lost = np.random.default_rng(1).random(lossy.height) < 0.2
    found = row_of("lossy", {"intervals": pl.concat([whole, lossy.filter(pl.Series(~lost))])})
    assert found["daily_level"] == pytest.approx(8.0)
    assert found["interval_missing_share"] == pytest.approx(0.2, abs=0.05)


def test_bills_win_where_there_are_both_and_intervals_tell_where_there_are_none() -> None:
    ends = [date(2023 + place // 12, place % 12 + 1, 1) for place in range(16)]
    bills = pl.DataFrame({"consumer_id": "billed", "read_on": ends, "energy": 304.375, "period_days": 30.4375})
    table = pl.concat([intervals("billed", [8.0] * 400), intervals("metered", [8.0] * 400)])
    tables = {"readings": bills, "intervals": table}
    assert row_of("billed", tables)["use_12m"] == pytest.approx(304.4, rel=0.02)
    assert row_of("billed", tables)["daily_level"] == pytest.approx(8.0)
    assert row_of("metered", tables)["use_12m"] == pytest.approx(8 * 30.4375)
    assert row_of("metered", tables)["daily_use_mean"] is None


def test_who_has_no_bills_keeps_the_months_of_intervals_when_bills_are_read_otherwise() -> None:
    bills = pl.DataFrame({"consumer_id": "billed", "read_on": [LAST], "energy": [300.0], "period_days": [30.0]})
    tables = {"readings": bills, "intervals": intervals("metered", [8.0] * 400)}
    table = compute_features(tables, FEATURES)
    again = features_otherwise(tables, table, np.arange(2), features=FEATURES, follow=as_stated)
    assert again["use_12m"].to_list() == [None, pytest.approx(8 * 30.4375)]
    assert again["daily_level"].to_list() == [None, pytest.approx(8.0)]


def test_nothing_after_the_as_of_date_is_read() -> None:
    daily = [8.0] * 300 + [1.0] * 60
    then = LAST - timedelta(days=60)
    as_of = pl.DataFrame({"consumer_id": ["a"], "as_of": [then]})
    seen = row_of("a", {"intervals": intervals("a", daily)}, as_of=as_of)
    assert seen == row_of("a", {"intervals": intervals("a", daily[:300], last=then)})
    assert seen["daily_level"] == pytest.approx(8.0)


def test_a_short_history_has_no_comparison_and_fails_nothing() -> None:
    tables = {
        "consumers": pl.DataFrame({"consumer_id": ["a", "none", "one"]}),
        "intervals": pl.concat([intervals("a", [8.0] * 20), intervals("one", [8.0]).head(1)]),
    }
    short = row_of("a", tables)
    assert short["daily_level"] == pytest.approx(8.0)
    assert (short["daily_level_before"], short["use_12m"]) == (None, None)
    assert row_of("one", tables)["daily_level"] is None
    assert {row_of("none", tables)[name] for name in NAMES if name != "daily_use_mean"} == {None}


def test_a_utility_without_intervals_has_none_of_their_features() -> None:
    bills = pl.DataFrame({"consumer_id": "a", "read_on": [LAST], "energy": [300.0], "period_days": [30.0]})
    found = row_of("a", {"readings": bills})
    assert (found["daily_level"], found["daily_use_mean"]) == (None, 10.0)


def test_neither_parts_nor_the_order_of_rows_change_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    draws = np.random.default_rng(3)
    table = pl.concat([intervals(f"h{house}", list(draws.gamma(4, 2, 130))) for house in range(7)])
    whole = compute_features({"intervals": table}, FEATURES)
    monkeypatch.setattr(interval_features, "PART", 130 * 24)
    monkeypatch.setattr(interval_features, "CHUNK", 2)
    for other in (table, table.sample(fraction=1.0, shuffle=True, seed=1)):
        found = compute_features({"intervals": other}, FEATURES)
        assert found.features.equals(whole.features)
        np.testing.assert_array_equal(found.panel.energy, whole.panel.energy)


def test_intervals_that_do_not_divide_a_day_are_refused_with_what_to_do() -> None:
    starts = [datetime(2024, 1, 1) + timedelta(minutes=7 * place) for place in range(50)]
    table = pl.DataFrame({"consumer_id": "a", "start": starts, "energy": 0.1})
    with pytest.raises(InputError, match=r"7 minutes apart.*Add them up to hours"):
        compute_features({"intervals": table}, FEATURES)
