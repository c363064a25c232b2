"""The local engine: Polars and NumPy on one machine. Rule of the room: engines run definitions, they never define."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import polars as pl

from powertheft.domain.tables import READINGS
from powertheft.engines.transformers import can_balance, transformers_of
from powertheft.features.definition import Aggregate, Feature, Grouped, Kernel, Lookup
from powertheft.features.derived import derive_readings
from powertheft.features.peers import LADDER
from powertheft.panel import kernels
from powertheft.panel.balance import transformer_balance
from powertheft.panel.groups import peer_medians
from powertheft.panel.monthly import PERIODS, MonthlyPanel, month_of
from powertheft.panel.registers import MeterBills, follow_registers, monthly_use

Progress = Callable[[str, float], None]
Tables = Mapping[str, pl.DataFrame]
DATE_OF = {"payments": "paid_on", "events": "occurred_at", "inspections": "inspected_on"}


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """One row a consumer and as-of date, in order of consumer: who, when, the features, and the monthly panel."""

    consumer_ids: np.ndarray
    as_of: np.ndarray
    features: pl.DataFrame
    panel: MonthlyPanel


def compute_features(
    tables: Tables, features: Sequence[Feature], *, as_of: pl.DataFrame | None = None, progress: Progress | None = None
) -> FeatureTable:
    """Compute features for every consumer of the tables.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Canonical tables; `consumers` or `readings` must be there.
    features : sequence of Feature
        What to compute.
    as_of : DataFrame, optional
        Columns consumer_id and as_of; a consumer without a date is seen as of the last reading.
    progress : callable, optional
        Called with what is being done and the share that is done.

    Returns
    -------
    FeatureTable
        Rows in order of consumer_id; nothing later than a row's as-of date has been read.
    """
    say = progress or (lambda _what, _share: None)
    cases = as_of_dates(tables, as_of)
    say("reading the bills", 0.05)
    readings = derived_readings(tables, cases)
    say("adding up by consumer", 0.25)
    parts = [_aggregated(readings, features, cases)]
    parts += [_side_table(name, tables, features=features, cases=cases) for name in DATE_OF]
    say("months, seasons and steps", 0.5)
    panel = build_panel(tables, readings, cases)
    # Millions of derived rows are not needed any more; the rest works on one row a consumer.
    del readings
    parts.append(_kernels(panel, features))
    say("neighbours", 0.75)
    parts.append(_grouped(tables, panel, features=features, cases=cases))
    parts.append(_lookups(tables, panel, features=features, cases=cases))
    columns = pl.concat([part for part in parts if part.width], how="horizontal")
    say("features are ready", 1.0)
    return FeatureTable(
        cases["consumer_id"].to_numpy(),
        cases["as_of"].to_numpy(),
        columns.select(_typed(feature) for feature in features),
        panel,
    )


def _typed(feature: Feature) -> pl.Expr:
    if feature.kind == "category":
        return pl.col(feature.name).cast(pl.String)
    number = pl.col(feature.name).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number).cast(pl.Float32).alias(feature.name)


def as_of_dates(tables: Tables, as_of: pl.DataFrame | None) -> pl.DataFrame:
    """Return consumer_id and as_of of every consumer with a row in the tables, in order of consumer."""
    ids = [tables[name].select("consumer_id") for name in ("consumers", "readings") if name in tables]
    cases = pl.concat(ids).unique().sort("consumer_id")
    if "readings" in tables:
        last = tables["readings"].group_by("consumer_id").agg(last=pl.col("read_on").max())
        cases = cases.join(last, on="consumer_id", how="left", maintain_order="left")
    else:
        cases = cases.with_columns(last=pl.lit(None, dtype=pl.Date))
    given = cases.select("consumer_id", as_of=pl.lit(None, dtype=pl.Date)) if as_of is None else as_of
    dated = cases.join(given.select("consumer_id", "as_of"), on="consumer_id", how="left", maintain_order="left")
    return dated.select("consumer_id", as_of=pl.coalesce("as_of", "last"))


def derived_readings(tables: Tables, cases: pl.DataFrame) -> pl.DataFrame:
    """Readings up to each consumer's as-of date, sorted, with the derived columns of features.derived and `row`."""
    numbered = cases.with_row_index("row")
    empty = pl.DataFrame(schema={"consumer_id": pl.String, "read_on": pl.Date, "energy": pl.Float64})
    readings = _completed(tables.get("readings", empty)).join(numbered, on="consumer_id", how="inner")
    known = readings.filter(pl.col("read_on") <= pl.col("as_of"))
    ordered = _settled(known.sort("row", "commodity", "read_on", "sequence"))
    return nw.to_native(derive_readings(nw.from_native(ordered, eager_only=True)))


def _settled(ordered: pl.DataFrame) -> pl.DataFrame:
    """Give each bill its register, and the days and energy that it tells of; none where the bill does not count."""
    series = pl.struct("row", "commodity").rank("dense").cast(pl.Int64).alias("series")
    followed = follow_registers(_meter_bills(ordered.lazy().with_columns(series), row="series"))
    end = ordered["read_on"].cast(pl.Int32).to_numpy()
    return ordered.with_columns(
        settled_days=pl.Series(np.where(followed.counts, end - followed.start, np.nan), nan_to_null=True),
        settled_register=pl.Series(followed.register),
        settled_energy=pl.Series(np.where(followed.counts, followed.use, np.nan), nan_to_null=True),
    )


def _completed(readings: pl.DataFrame) -> pl.DataFrame:
    """Give the readings every column that the derived ones read, empty where the profile has none."""
    kinds = {"text": pl.String, "category": pl.String, "number": pl.Float64, "integer": pl.Int64, "boolean": pl.Boolean}
    missing = [
        pl.lit(None, dtype=kinds[column.kind]).alias(column.name)
        for column in READINGS.columns
        if column.name not in readings.columns and column.kind in kinds
    ]
    filled = readings.with_columns(missing)
    return filled.with_columns(
        pl.col("commodity").fill_null("electricity"),
        pl.col("sequence").fill_null(0),
        estimated=pl.col("is_estimated").cast(pl.Float64),
        meter_number=pl.col("meter_id").cast(pl.Float64, strict=False),
    )


def _aligned(values: nw.DataFrame[pl.DataFrame] | pl.DataFrame, cases: pl.DataFrame) -> pl.DataFrame:
    native = values if isinstance(values, pl.DataFrame) else values.to_native()
    joined = cases.select("consumer_id").join(native, on="consumer_id", how="left", maintain_order="left")
    return joined.drop("consumer_id")


def _of_table(features: Sequence[Feature], table: str) -> dict[str, nw.Expr]:
    return {
        feature.name: feature.computation.expression()
        for feature in features
        if isinstance(feature.computation, Aggregate) and feature.computation.table == table
    }


def _aggregated(readings: pl.DataFrame, features: Sequence[Feature], cases: pl.DataFrame) -> pl.DataFrame:
    expressions = _of_table(features, "readings")
    if not expressions:
        return pl.DataFrame()
    frame = nw.from_native(readings, eager_only=True)
    return _aligned(frame.group_by("consumer_id").agg(**expressions), cases)


def _side_table(name: str, tables: Tables, *, features: Sequence[Feature], cases: pl.DataFrame) -> pl.DataFrame:
    expressions = _of_table(features, name)
    if not expressions:
        return pl.DataFrame()
    if name not in tables:
        # What is scored may have no outcomes at all: then no earlier visit is known.
        unknown = pl.repeat(None, cases.height, dtype=pl.Float64, eager=True)
        return pl.DataFrame(dict.fromkeys(expressions, unknown))
    day = pl.col(DATE_OF[name]).cast(pl.Date)
    known = (
        tables[name]
        .join(cases, on="consumer_id", how="inner")
        .filter(day <= pl.col("as_of"))
        .sort("consumer_id", DATE_OF[name])
        .with_columns(
            one=pl.lit(1.0),
            age_days=(pl.col("as_of") - day).dt.total_days().cast(pl.Float64),
            as_of_day=pl.col("as_of").cast(pl.Int32).cast(pl.Float64),
            from_end=pl.int_range(pl.len(), 0, -1).over("consumer_id"),
        )
    )
    frame = nw.from_native(known, eager_only=True)
    return _aligned(frame.group_by("consumer_id").agg(**expressions), cases)


def build_panel(tables: Tables, readings: pl.DataFrame, cases: pl.DataFrame) -> MonthlyPanel:
    """Return the monthly panel of electricity, with the transformers' balance where there are readings of it."""
    last_month = month_of(cases["as_of"].fill_null(pl.date(1970, 1, 1)).cast(pl.Int32).to_numpy())
    # Without a collect between, only the columns that are needed are copied: there are scores of derived ones.
    electricity = readings.lazy().filter(pl.col("commodity") == "electricity")
    panel = monthly_use(_meter_bills(electricity, row="row"), last_month, periods=PERIODS)
    if not can_balance(tables):
        return panel
    transformers = transformers_of(tables, cases["consumer_id"])
    return transformer_balance(panel, transformers.months, transformers.transformer)


def _meter_bills(bills: pl.LazyFrame, *, row: str) -> MeterBills:
    """Bills as arrays, meters numbered; a number of noughts is what is written where the number is not known."""
    known = pl.when(pl.col("meter_id").str.strip_chars("0 ") != "").then("meter_id")
    columns = {
        row: pl.col(row),
        "end": pl.col("read_on").cast(pl.Int32),
        "days": pl.col("period_days"),
        "energy": pl.col("energy"),
        "meter": known.rank("dense").cast(pl.Int64).fill_null(-1),
        "previous": pl.col("previous_index"),
        "current": pl.col("current_index"),
    }
    arrays = bills.select(column.fill_null(float("nan")).alias(name) for name, column in columns.items()).collect()
    return MeterBills(*(arrays[name].to_numpy() for name in columns))


def _kernels(panel: MonthlyPanel, features: Sequence[Feature]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            feature.name: feature.computation.function(panel)
            for feature in features
            if isinstance(feature.computation, Kernel)
        }
    )


def _grouped(tables: Tables, panel: MonthlyPanel, *, features: Sequence[Feature], cases: pl.DataFrame) -> pl.DataFrame:
    wanted = [feature for feature in features if isinstance(feature.computation, Grouped)]
    if not wanted:
        return pl.DataFrame()
    peers = neighbours_median(tables, panel, cases)
    return pl.DataFrame(
        {
            feature.name: feature.computation.function(panel, peers)
            for feature in wanted
            if isinstance(feature.computation, Grouped)
        }
    )


def neighbours_median(tables: Tables, panel: MonthlyPanel, cases: pl.DataFrame) -> np.ndarray:
    """Median use of each consumer's neighbours, (n_consumers, n_periods) [kWh/day]."""
    master = cases.select("consumer_id").join(tables["consumers"], on="consumer_id", how="left", maintain_order="left")
    rungs = [rung for rung in LADDER if set(rung) <= set(master.columns)]
    return peer_medians(panel, [_codes(master, rung) for rung in rungs])


def _codes(master: pl.DataFrame, rung: tuple[str, ...]) -> np.ndarray:
    whole = pl.all_horizontal(pl.col(rung).is_not_null())
    codes = pl.struct(rung).rank("dense").cast(pl.Int64)
    return master.select(pl.when(whole).then(codes).otherwise(-1)).to_series().to_numpy()


def _lookups(tables: Tables, panel: MonthlyPanel, *, features: Sequence[Feature], cases: pl.DataFrame) -> pl.DataFrame:
    expressions = {
        feature.name: feature.computation.expression()
        for feature in features
        if isinstance(feature.computation, Lookup)
    }
    if not expressions:
        return pl.DataFrame()
    master = cases.join(tables["consumers"], on="consumer_id", how="left", maintain_order="left").with_columns(
        recent_daily=pl.Series(kernels.recent(12)(panel), nan_to_null=True),
        as_of_day=pl.col("as_of").cast(pl.Int32).cast(pl.Float64),
    )
    return nw.from_native(master, eager_only=True).select(**expressions).to_native()
