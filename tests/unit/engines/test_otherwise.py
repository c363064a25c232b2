"""The same features with the bills read in other ways. Expected values: worked out by hand."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from powertheft.engines.local import FeatureTable, compute_features, features_otherwise
from powertheft.features.catalogue import catalogue
from powertheft.panel.other_readings import as_stated, since_reading_before
from powertheft.panel.registers import follow_registers

FEATURES = [
    f for f in catalogue() if f.name in {"use_6m", "daily_use_max", "peers_daily_12m", "to_peers_12m", "meters"}
]
LATE = "c07"


def utility() -> dict[str, pl.DataFrame]:
    """Twenty-five houses of 1 kWh a day in 2023; of one the last bill states a month and comes after half a year."""
    months = [date(2023 + place // 12, place % 12 + 1, 1) for place in range(1, 13)]
    names = [f"c{place:02}" for place in range(25)]
    bills = pl.DataFrame(
        {
            "consumer_id": np.repeat(names, len(months)),
            "read_on": months * len(names),
            "energy": 30.4,
            "period_days": 30.4,
        }
    )
    missing = (pl.col("consumer_id") == LATE) & pl.col("read_on").is_between(date(2023, 8, 1), date(2023, 12, 1))
    late = (pl.col("consumer_id") == LATE) & (pl.col("read_on") == date(2024, 1, 1))
    readings = bills.filter(~missing).with_columns(energy=pl.when(late).then(184.0).otherwise("energy"))
    return {"consumers": pl.DataFrame({"consumer_id": names, "category": "home"}), "readings": readings}


@pytest.fixture(scope="module")
def table() -> FeatureTable:
    return compute_features(utility(), FEATURES)


def of_the_late(table: FeatureTable, follow: object) -> dict[str, float | None]:
    rows = np.flatnonzero(table.consumer_ids == LATE)
    return features_otherwise(utility(), table, rows, features=FEATURES, follow=follow).row(0, named=True)


def test_a_late_bill_is_high_as_it_states_and_usual_since_the_reading_before(table: FeatureTable) -> None:
    # 184 kWh: 6.1 a day of a month, 1 a day of the 184 days since July; 30.4 of February are 1.09 a day.
    assert of_the_late(table, as_stated)["daily_use_max"] == pytest.approx(184 / 30.4, rel=0.02)
    assert of_the_late(table, since_reading_before)["daily_use_max"] == pytest.approx(30.4 / 28)
    assert of_the_late(table, since_reading_before)["use_6m"] == pytest.approx(30.4, rel=0.02)
    # Five of the last six months must be billed for a mean to be quoted.
    assert of_the_late(table, as_stated)["use_6m"] is None


def test_neighbours_stay_those_of_the_whole_utility(table: FeatureTable) -> None:
    assert of_the_late(table, since_reading_before)["peers_daily_12m"] == pytest.approx(1.0, rel=0.02)
    assert of_the_late(table, since_reading_before)["to_peers_12m"] == pytest.approx(1.0, rel=0.03)


def test_read_the_same_way_everything_is_the_same(table: FeatureTable) -> None:
    rows = np.array([3, 7, 20])
    again = features_otherwise(utility(), table, rows, features=FEATURES, follow=follow_registers)
    assert again.equals(table.features[rows])
