"""A utility of 60 houses with every table, small enough to compute in a moment."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import numpy as np
import polars as pl
import pytest

AS_OF = date(2020, 6, 30)


def small_utility(seed: int = 0, houses: int = 60) -> dict[str, pl.DataFrame]:
    """Three years of two-monthly bills and what else a utility keeps, up to AS_OF; some houses lack much of it."""
    draws = np.random.default_rng(seed)
    ids = [f"H{number:03d}" for number in range(houses)]
    ends = [AS_OF - timedelta(days=61 * back) for back in range(18)]
    bills = pl.concat(
        pl.DataFrame({"consumer_id": supplied, "commodity": commodity}).join(
            pl.DataFrame({"read_on": ends}), how="cross"
        )
        for commodity, supplied in (("electricity", ids), ("gas", ids[::3]))
    )
    size = bills.height
    used = np.round(draws.gamma(2.0, 90.0, size) * (draws.random(size) > 0.15))
    readings = bills.with_columns(
        meter_id=pl.Series(draws.choice(["7", "7", "7", "7", "0"], size)),
        sequence=0,
        energy=pl.Series(used),
        period_days=pl.Series(draws.choice([61.0, 61.0, 61.0, 122.0, np.nan], size)).fill_nan(None),
        is_estimated=pl.Series(draws.random(size) < 0.1),
        reading_code=pl.Series(draws.choice(["N", "DL"], size)),
        meter_status=pl.Series(draws.choice(["OK", "DF"], size)),
    )
    # Every fourth house has another meter in the last year; a register runs on, but for a slip now and then.
    exchanged = (pl.col("read_on") > AS_OF - timedelta(days=365)) & (
        pl.col("consumer_id").str.slice(1).cast(int) % 4 == 1
    )
    series = ("consumer_id", "commodity", "exchanged")
    slip = pl.Series(np.where(draws.random(size) < 0.05, draws.integers(0, 500, size), 0))
    readings = (
        readings.with_columns(exchanged=exchanged, slip=slip)
        .sort("consumer_id", "commodity", "read_on")
        .with_columns(
            meter_id=pl.when("exchanged").then(pl.lit("8")).otherwise("meter_id"),
            previous_index=(pl.col("energy").cum_sum().over(series) - pl.col("energy") + pl.col("slip")).cast(float),
        )
        .with_columns(current_index=pl.col("previous_index") + pl.col("energy"))
        .drop("exchanged", "slip")
    )
    some = [house for house in ids if draws.random() < 0.6]
    on = [AS_OF - timedelta(days=int(days)) for days in draws.integers(0, 900, len(some))]
    return {
        "consumers": _consumers(ids, draws),
        "readings": readings,
        "payments": pl.DataFrame({"consumer_id": some, "paid_on": on}).with_columns(
            amount=pl.Series(draws.gamma(2, 200, len(some))),
            arrears=pl.Series(draws.gamma(1, 200, len(some))),
            disconnected_on=pl.col("paid_on") - timedelta(days=20),
            reconnected_on=pl.col("paid_on") + timedelta(days=2),
        ),
        "events": pl.DataFrame({"consumer_id": some, "occurred_at": on}).with_columns(
            pl.col("occurred_at").cast(pl.Datetime("us")),
            event_code=pl.Series(draws.choice(["51", "101", "201", "251"], len(some))),
            duration=pl.Series(draws.gamma(1, 5, len(some))),
        ),
        "inspections": pl.DataFrame({"consumer_id": some, "inspected_on": on}).with_columns(
            outcome=pl.Series(draws.choice(["theft", "normal", "no_access"], len(some)))
        ),
        "transformer_readings": _transformer_readings(draws),
        "intervals": _intervals(ids[:3], draws),
    }


def _intervals(ids: list[str], draws: np.random.Generator) -> pl.DataFrame:
    """Hours of 420 days up to AS_OF, at half in the last 40 days."""
    hours = pl.datetime_range(AS_OF - timedelta(days=419), AS_OF + timedelta(days=1), "1h", closed="left", eager=True)
    use = pl.DataFrame({"consumer_id": ids}).join(pl.DataFrame({"start": hours}), how="cross")
    taken = pl.when(pl.col("start") >= AS_OF - timedelta(days=39)).then(0.5).otherwise(1.0)
    return use.with_columns(energy=taken * pl.Series(draws.gamma(3.0, 0.2, use.height)))


def _consumers(ids: list[str], draws: np.random.Generator) -> pl.DataFrame:
    size = len(ids)
    return pl.DataFrame(
        {
            "consumer_id": ids,
            "category": draws.choice(["domestic", "commercial"], size, p=[0.9, 0.1]),
            "tariff": "I-A",
            "region": draws.choice(["North", "South"], size),
            "district": "D1",
            "section": "S1",
            "phase": "single",
            "transformer_id": draws.choice(["T1", "T2"], size),
            "sanctioned_load": np.where(draws.random(size) < 0.1, np.nan, 2.0),
            "connected_on": date(2011, 5, 1),
        }
    ).with_columns(pl.col("sanctioned_load").fill_nan(None))


def _transformer_readings(draws: np.random.Generator) -> pl.DataFrame:
    ends = [AS_OF - timedelta(days=30 * back) for back in range(36)]
    return (
        pl.DataFrame({"transformer_id": ["T1", "T2"]})
        .join(pl.DataFrame({"read_on": ends}), how="cross")
        .with_columns(energy_supplied=pl.Series(draws.gamma(20, 200, 72)), period_days=30.0)
    )


@pytest.fixture(scope="session")
def utility() -> dict[str, pl.DataFrame]:
    return small_utility()


@pytest.fixture(scope="session")
def make_utility() -> Callable[[int], dict[str, pl.DataFrame]]:
    return partial(small_utility, houses=30)


@pytest.fixture(scope="session")
def today() -> date:
    """The day of the last bills."""
    return AS_OF
