"""Tables of transformers and bills become balances. Expected values: the same sums as in tests/unit/panel."""

from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from powertheft.engines.local import as_of_dates, build_panel, derived_readings
from powertheft.engines.transformers import can_balance, transformers_of
from powertheft.panel.monthly import PERIODS

FIRSTS = [date(2022 + month // 12, month % 12 + 1, 1) for month in range(25)]
DAYS = [(later - earlier).days for earlier, later in pairwise(FIRSTS)]


def meter(name: str, number: str, energy: str, daily: float) -> pl.DataFrame:
    return pl.DataFrame(
        {
            name: [number] * 24,
            "read_on": FIRSTS[1:],
            energy: [daily * days for days in DAYS],
            "period_days": [float(days) for days in DAYS],
        }
    )


def tables_of(**changes: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Two consumers of 50 and 30 kWh a day on transformer T2, which supplies 100; T1 has no readings."""
    consumers = pl.DataFrame({"consumer_id": ["A", "B", "C"], "transformer_id": ["T2", "T2", "T1"]})
    bills = pl.concat([meter("consumer_id", "A", "energy", 50.0), meter("consumer_id", "B", "energy", 30.0)])
    supply = meter("transformer_id", "T2", "energy_supplied", 100.0)
    return {"consumers": consumers, "readings": bills, "transformer_readings": supply, **changes}


def lost_of(tables: dict[str, pl.DataFrame], as_of: pl.DataFrame | None = None) -> np.ndarray:
    cases = as_of_dates(tables, as_of)
    panel = build_panel(tables, derived_readings(tables, cases), cases)
    assert panel.lost is not None
    return panel.lost


def test_the_panel_gains_what_no_bill_accounts_for() -> None:
    lost = lost_of(tables_of())
    # The last bill is of 1 January 2024, so October 2023 is the last month that may be seen.
    assert np.isfinite(lost[0]).sum() == 22
    np.testing.assert_allclose(lost[:2, PERIODS - 5], [16.0, 16.0], atol=1e-4)
    assert np.isnan(lost[:, -3:]).all()
    assert np.isnan(lost[2]).all()


def test_bills_of_the_others_count_after_ones_own_as_of_date_but_not_before_they_were_read() -> None:
    early = pl.DataFrame({"consumer_id": ["A"], "as_of": [date(2022, 12, 20)]})
    tables = tables_of()
    future = tables["readings"].with_columns(
        energy=pl.when(pl.col("read_on") > date(2022, 12, 20)).then(0.0).otherwise("energy")
    )
    lost = lost_of(tables, early)[0]
    assert np.isfinite(lost).sum() == 9
    np.testing.assert_array_equal(lost, lost_of(tables_of(readings=future), early)[0])


def test_energy_without_a_bill_is_taken_off_where_the_profile_names_it() -> None:
    supply = tables_of()["transformer_readings"].with_columns(energy_unmetered=pl.col("energy_supplied") * 0.06)
    np.testing.assert_allclose(lost_of(tables_of(transformer_readings=supply))[0, PERIODS - 5], 10.0, atol=1e-4)


def test_without_days_a_reading_covers_the_time_since_the_one_before() -> None:
    tables = {
        name: table.drop("period_days", strict=False) if name != "consumers" else table
        for name, table in tables_of().items()
    }
    np.testing.assert_allclose(lost_of(tables)[0, PERIODS - 5], 16.0, atol=1e-4)


def test_gas_is_no_electricity() -> None:
    bills = tables_of()["readings"].with_columns(commodity=pl.lit("electricity"))
    gas = bills.with_columns(commodity=pl.lit("gas"), energy=pl.col("energy") * 100)
    np.testing.assert_allclose(lost_of(tables_of(readings=pl.concat([bills, gas])))[0, PERIODS - 5], 16.0, atol=1e-4)


def test_a_connection_counts_from_the_day_it_was_connected() -> None:
    late = pl.DataFrame(
        {
            "consumer_id": ["A", "B"],
            "transformer_id": ["T2", "T2"],
            "connected_on": [date(1999, 5, 1), date(2023, 1, 1)],
        }
    )
    bills = tables_of()["readings"].filter((pl.col("consumer_id") == "A") | (pl.col("read_on") > date(2023, 1, 1)))
    tables = tables_of(consumers=late, readings=bills)
    found = transformers_of(tables, pl.Series(["B", "A", "nobody"]))
    assert found.transformer_ids == ["T2"]
    assert found.transformer.tolist() == [0, 0, -1]
    assert found.months.consumers[0].tolist() == [1] * 12 + [2] * 12
    np.testing.assert_allclose(found.months.billed[0], [50.0] * 12 + [80.0] * 12, rtol=1e-5)


@pytest.mark.parametrize(
    ("table", "column"),
    [("consumers", "transformer_id"), ("transformer_readings", "energy_supplied"), ("readings", "energy")],
)
def test_without_a_column_that_is_needed_there_is_no_balance(table: str, column: str) -> None:
    tables = tables_of()
    assert can_balance(tables)
    assert not can_balance({**tables, table: tables[table].drop(column)})


@pytest.mark.parametrize("table", ["consumers", "transformer_readings"])
def test_without_a_table_that_is_needed_the_panel_has_no_balance(table: str) -> None:
    tables = tables_of()
    del tables[table]
    cases = as_of_dates(tables, None)
    panel = build_panel(tables, derived_readings(tables, cases), cases)
    assert panel.supplied is None
    assert panel.lost is None


def test_transformer_readings_without_rows_leave_everything_unknown() -> None:
    empty = tables_of()["transformer_readings"].clear()
    assert np.isnan(lost_of(tables_of(transformer_readings=empty))).all()
