"""Tables of transformers and bills into the arrays of the energy balance. Rule of the room: engines run definitions."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from powertheft.panel.balance import TransformerMonths, monthly_balance
from powertheft.panel.monthly import MeterReadings, month_of

Tables = Mapping[str, pl.DataFrame]
UNMETERED = "energy_unmetered"


@dataclass(frozen=True, slots=True, eq=False)
class Transformers:
    """The balances of all transformers with readings, in order of their numbers, and who hangs on which.

    `transformer` holds, for the consumers that were asked about, the place in `transformer_ids`; -1 for none.
    """

    transformer_ids: list[str]
    months: TransformerMonths
    transformer: np.ndarray


def can_balance(tables: Tables) -> bool:
    """Return whether the tables tell what the transformers supplied and who hangs on them."""
    needed = {
        "transformer_readings": {"transformer_id", "read_on", "energy_supplied"},
        "consumers": {"consumer_id", "transformer_id"},
        "readings": {"consumer_id", "read_on", "energy"},
    }
    return all(name in tables and columns <= set(tables[name].columns) for name, columns in needed.items())


def transformers_of(tables: Tables, consumer_ids: pl.Series) -> Transformers:
    """Return the balances from all bills of the tables, and the transformer of each of the consumers."""
    supply = tables["transformer_readings"].with_columns(pl.col("transformer_id").cast(pl.String))
    ids = supply["transformer_id"].drop_nulls().unique().sort()
    codes = pl.DataFrame({"transformer_id": ids, "code": np.arange(len(ids))})
    members = _members(tables["consumers"], codes)
    months = monthly_balance(
        _transformer_meters(supply, codes, "energy_supplied"),
        _bills(tables["readings"], members),
        transformer=members["code"].to_numpy(),
        connected_month=_connected_month(members),
        unmetered=_transformer_meters(supply, codes, UNMETERED) if UNMETERED in supply.columns else None,
    )
    asked = pl.DataFrame({"consumer_id": consumer_ids}).join(
        members.select("consumer_id", "code"), on="consumer_id", how="left", maintain_order="left"
    )
    return Transformers(ids.to_list(), months, asked["code"].fill_null(-1).to_numpy())


def _members(consumers: pl.DataFrame, codes: pl.DataFrame) -> pl.DataFrame:
    named = consumers.with_columns(pl.col("transformer_id").cast(pl.String))
    return named.join(codes, on="transformer_id", how="inner").sort("consumer_id").with_row_index("row")


def _connected_month(members: pl.DataFrame) -> np.ndarray:
    if "connected_on" not in members.columns:
        return np.full(members.height, np.nan)
    days = members["connected_on"].cast(pl.Int32)
    months = month_of(days.fill_null(0).to_numpy()).astype(np.float64)
    return np.where(days.is_null().to_numpy(), np.nan, months)


def _bills(readings: pl.DataFrame, members: pl.DataFrame) -> MeterReadings:
    electricity = readings
    if "commodity" in readings.columns:
        electricity = readings.filter(pl.col("commodity").fill_null("electricity") == "electricity")
    billed = electricity.join(members.select("consumer_id", "row"), on="consumer_id", how="inner")
    return _meter_readings(billed, "energy")


def _transformer_meters(supply: pl.DataFrame, codes: pl.DataFrame, energy: str) -> MeterReadings:
    metered = supply.join(codes.rename({"code": "row"}), on="transformer_id", how="inner")
    return _meter_readings(metered, energy)


def _meter_readings(readings: pl.DataFrame, energy: str) -> MeterReadings:
    """Rows in order of meter and date; days that are not given run from the reading before."""
    order = [name for name in ("row", "read_on", "sequence") if name in readings.columns]
    ordered = readings.sort(order, maintain_order=True)
    gap = (pl.col("read_on") - pl.col("read_on").shift(1).over("row")).dt.total_days()
    days: pl.Expr = pl.when(gap >= 1).then(gap.cast(pl.Float64))
    if "period_days" in readings.columns:
        days = pl.when(pl.col("period_days") >= 1).then(pl.col("period_days").cast(pl.Float64)).otherwise(days)
    columns = ordered.select(
        pl.col("row").cast(pl.Int64),
        pl.col("read_on").cast(pl.Int32).cast(pl.Int64),
        days.fill_null(np.nan).alias("days"),
        pl.col(energy).cast(pl.Float64).fill_null(np.nan),
    ).filter(pl.col("read_on").is_not_null())
    return MeterReadings(*(column.to_numpy() for column in columns))
