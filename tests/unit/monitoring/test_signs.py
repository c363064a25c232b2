"""Signs of the bills: what moved since the same season a year before."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from powertheft.monitoring.signs import compare_signs, read_signs

TODAY = date(2026, 5, 31)


def bills(*, connections=600, seed=0, **now):
    """Bi-monthly bills of two years; `now` changes the columns of those of the last two months."""
    draws = np.random.default_rng(seed)
    level = np.exp(draws.normal(1.0, 0.6, connections))
    rows = []
    for back in range(12):
        read_on = TODAY - timedelta(days=61 * back + 5)
        season = 1.0 + 0.4 * np.cos(2 * np.pi * read_on.timetuple().tm_yday / 365)
        use = level * season * draws.normal(1.0, 0.1, connections)
        frame = pl.DataFrame(
            {
                "consumer_id": [f"c{place:04d}" for place in range(connections)],
                "meter_id": [f"m{place}" for place in range(connections)],
                "read_on": [read_on] * connections,
                "energy": use * 61,
                "period_days": [61] * connections,
                "is_estimated": draws.random(connections) < 0.03,
                "price_ratio": np.ones(connections),
            }
        )
        rows.append(frame.with_columns(**now) if back == 0 else frame)
    return pl.concat(rows)


def changed(readings):
    before, now = (read_signs(readings, on=day) for day in (TODAY - timedelta(days=365), TODAY))
    return {change.name: change for change in compare_signs(before, now)}


def test_a_year_that_went_like_the_one_before_shows_nothing():
    assert {change.size for change in changed(bills()).values()} == {"none"}


@pytest.mark.parametrize(
    ("name", "now"),
    [
        ("use", {"energy": pl.col("energy") * 0.5}),
        ("price", {"price_ratio": pl.lit(1.35)}),
        ("nothing_used", {"energy": pl.when(pl.int_range(pl.len()) % 4 == 0).then(0.0).otherwise(pl.col("energy"))}),
        ("estimated", {"is_estimated": pl.int_range(pl.len()) % 4 == 0}),
        ("new_meter", {"meter_id": pl.when(pl.int_range(pl.len()) % 4 == 0).then(pl.lit("n")).otherwise("meter_id")}),
    ],
)  # fmt: skip
def test_each_sign_shows_its_own_change(name, now):
    told = changed(bills(**now))
    assert told[name].size == "large"


def test_the_change_is_told_in_its_own_unit():
    """A quarter of the bills are estimated now, 3 % were a year before; a price is a ratio."""
    told = changed(bills(is_estimated=pl.int_range(pl.len()) % 4 == 0, price_ratio=pl.lit(1.35)))
    assert told["estimated"].now == pytest.approx(0.25, abs=0.01)
    assert told["estimated"].before == pytest.approx(0.03, abs=0.02)
    assert told["price"].now == pytest.approx(1.35)


def test_what_is_read_later_changes_nothing():
    readings = bills()
    later = readings.with_columns(read_on=pl.col("read_on") + timedelta(days=400), energy=pl.lit(0.0))
    assert read_signs(pl.concat([readings, later]), on=TODAY).equals(read_signs(readings, on=TODAY))


def test_without_a_price_or_a_meter_number_the_other_signs_are_told():
    told = changed(bills().drop("price_ratio", "meter_id", "is_estimated"))
    assert set(told) == {"use", "nothing_used"}


def test_a_few_connections_tell_nothing():
    assert changed(bills(connections=150)) == {}
