"""Cases of every feature of payments, events, visits and the consumer master, worked out by hand."""

from datetime import date, datetime

import polars as pl
import pytest

from powertheft.engines.local import compute_features
from powertheft.features import attributes
from powertheft.features.catalogue import catalogue
from powertheft.features.definition import Aggregate, Feature, Lookup

AS_OF = date(2020, 3, 1)
YEAR_DAYS = 365.25

TABLES: dict[str, pl.DataFrame] = {
    "consumers": pl.DataFrame(
        {
            "consumer_id": ["house"],
            "category": ["domestic"],
            "tariff": ["I-A"],
            "region": ["North"],
            "district": ["D1"],
            "section": ["S1"],
            "phase": ["single"],
            "sanctioned_load": [2.0],
            "connected_on": [date(2010, 3, 1)],
            "SMART_METER": ["Y"],
            "ROOMS": [4],
            "SIGNED": [date(1970, 1, 11)],
        }
    ),
    # 12 kWh a day over the last 366 days: a quarter of what 2 kW could take.
    "readings": pl.DataFrame(
        {
            "consumer_id": ["house"],
            "read_on": [AS_OF],
            "period_days": [366.0],
            "energy": [12.0 * 366],
        }
    ),
    "payments": pl.DataFrame(
        {
            "consumer_id": ["house"] * 4,
            "paid_on": [date(2018, 1, 1), date(2019, 6, 1), date(2020, 2, 10), date(2020, 3, 5)],
            "amount": [100.0, 250.0, 300.0, 7777.0],
            "arrears": [900.0, 50.0, 30.0, 7777.0],
            "disconnected_on": [date(2017, 11, 1), None, date(2020, 1, 31), date(2020, 3, 4)],
            "reconnected_on": [date(2018, 1, 2), None, None, date(2020, 3, 6)],
        }
    ),
    "events": pl.DataFrame(
        {
            "consumer_id": ["house"] * 5,
            "occurred_at": [
                datetime(2016, 1, 1, 12),
                datetime(2019, 1, 1, 8),
                datetime(2020, 2, 20, 23),
                datetime(2020, 2, 21),
                datetime(2020, 3, 2),
            ],
            # Cover open long ago, magnet, cover open, power failure, and one on the day after.
            "event_code": ["251", "201", "251", "101", "201"],
            "duration": [1.0, 5.0, 0.5, 3.0, 100.0],
        }
    ),
    "inspections": pl.DataFrame(
        {
            "consumer_id": ["house"] * 3,
            "inspected_on": [date(2015, 3, 1), date(2019, 3, 1), date(2020, 3, 2)],
            "outcome": ["tamper", "normal", "theft"],
        }
    ),
}

EXPECTED: dict[str, float | str | None] = {
    "category": "domestic",
    "tariff": "I-A",
    "region": "North",
    "district": "D1",
    "section": "S1",
    "phase": "single",
    "sanctioned_load": 2,
    "connected_day": 14669,
    "connection_age": 3653 / YEAR_DAYS,
    "load_use": 0.25,
    "SMART_METER": "Y",
    "ROOMS": 4,
    "SIGNED": 10,
    "payments_12m": 2,
    "payment_age": 20,
    "paid_12m": 550,
    "arrears_last": 30,
    "arrears_max": 900,
    "arrears_mean_12m": 40,
    "disconnections": 2,
    "reconnections": 1,
    "days_since_disconnection": 30,
    "events_current_reversal": 0,
    "events_current_bypass": 0,
    "events_earth_loading": 0,
    "events_power_fail": 1,
    "events_magnet": 1,
    "events_neutral_disturbance": 0,
    "events_low_power_factor": 0,
    "events_neutral_missing": 0,
    "events_cover_open": 1,
    "events_switched": 0,
    "tamper_events": 2,
    "tamper_recency": 10,
    "tamper_hours": 6.5,
    "as_of_date": (AS_OF - date(1970, 1, 1)).days,
    "visits": 2,
    "findings": 1,
    "days_since_visit": 366,
    "days_since_finding": 1827,
}


def definitions() -> tuple[Feature, ...]:
    further = [
        attributes.consumer_attribute("SMART_METER", "category"),
        attributes.consumer_attribute("ROOMS", "integer"),
        attributes.consumer_attribute("SIGNED", "date"),
    ]
    return tuple(
        feature
        for feature in [*catalogue(), *further]
        if isinstance(feature.computation, Lookup)
        or (isinstance(feature.computation, Aggregate) and feature.computation.table != "readings")
    )


COMPUTED = compute_features(
    TABLES, definitions(), as_of=pl.DataFrame({"consumer_id": ["house"], "as_of": [AS_OF]})
).features.to_dicts()[0]


@pytest.mark.parametrize("name", [feature.name for feature in definitions()])
def test_a_feature_of_a_table_is_what_a_pencil_gives(name: str) -> None:
    assert name in EXPECTED, "every definition has a case"
    value = EXPECTED[name]
    assert COMPUTED[name] == (value if value is None or isinstance(value, str) else pytest.approx(value, rel=1e-6))


def test_a_house_without_rows_in_a_table_has_no_value_there() -> None:
    others = {name: frame.with_columns(consumer_id=pl.lit("other")) for name, frame in TABLES.items()}
    table = compute_features(
        {**others, "consumers": TABLES["consumers"]},
        definitions(),
        as_of=pl.DataFrame({"consumer_id": ["house"], "as_of": [AS_OF]}),
    )
    house = table.features.filter(table.consumer_ids == "house").to_dicts()[0]
    assert {house[name] for name in ("paid_12m", "tamper_events", "visits", "load_use")} == {None}
    assert house["ROOMS"] == 4
