"""The local engine: Polars and NumPy on one machine. Rule of the room: engines run definitions, they never define."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import narwhals as nw
import numpy as np
import polars as pl

from powertheft.domain.tables import READINGS
from powertheft.engines.interval_features import read_intervals
from powertheft.engines.transformers import can_balance, transformers_of
from powertheft.features.definition import Aggregate, Feature, Grouped, Kernel, Lookup
from powertheft.features.derived import derive_readings
from powertheft.features.peers import LADDER
from powertheft.panel import kernels
from powertheft.panel.balance import transformer_balance
from powertheft.panel.groups import peer_medians
from powertheft.panel.monthly import PERIODS, MonthlyPanel, month_of
from powertheft.panel.monthly_use import monthly_use
from powertheft.panel.registers import MeterBills, Registers, follow_registers

Progress = Callable[[str, float], None]
Tables = Mapping[str, pl.DataFrame]
Follow = Callable[[MeterBills], Registers]
READ_ON = {"readings": "read_on", "intervals": "start"}
NO_INTERVALS = pl.DataFrame(schema={"consumer_id": pl.String, "start": pl.Datetime("us"), "energy": pl.Float64})
DATE_OF = {"payments": "paid_on", "events": "occurred_at", "inspections": "inspected_on"}


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """One row a consumer and as-of date, in order of consumer: who, when, the features, and the monthly panel.

    `neighbours` is the median use of each consumer's neighbours in the months of the panel [kWh/day].
    """

    consumer_ids: np.ndarray
    as_of: np.ndarray
    features: pl.DataFrame
    panel: MonthlyPanel
    neighbours: np.ndarray


def compute_features(
    tables: Tables, features: Sequence[Feature], *, as_of: pl.DataFrame | None = None, progress: Progress | None = None
) -> FeatureTable:
    """Compute features for every consumer of the tables.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Canonical tables; `consumers`, `readings` or `intervals` must be there.
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
    say("months, seasons and steps", 0.4)
    panel, billed = build_panel(tables, readings, cases), has_bills(readings, cases)
    # Millions of derived rows are not needed any more; the rest works on one row a consumer.
    del readings
    say("days and hours", 0.5)
    told = read_intervals(tables.get("intervals", NO_INTERVALS), features, cases, asked=~billed)
    # Bills win where there are both.
    panel = replace(panel, energy=np.where(billed[:, None], panel.energy, told.months))
    parts += [pl.DataFrame(told.features), _kernels(panel, features)]
    say("neighbours", 0.75)
    neighbours = _neighbours_median(tables, panel, cases)
    parts += [_grouped(panel, neighbours, features), _lookups(tables, panel, features=features, cases=cases)]
    columns = pl.concat([part for part in parts if part.width], how="horizontal")
    say("features are ready", 1.0)
    return FeatureTable(
        cases["consumer_id"].to_numpy(),
        cases["as_of"].to_numpy(),
        columns.select(_typed(feature) for feature in features),
        panel,
        neighbours,
    )


def features_otherwise(
    tables: Tables, table: FeatureTable, rows: np.ndarray, *, features: Sequence[Feature], follow: Follow
) -> pl.DataFrame:
    """Compute the features of some consumers again, with their own bills read in another way.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        The canonical tables that `table` was computed from.
    table : FeatureTable
        What was computed: neighbours, balance, and what does not come from the bills are taken from it.
    rows : ndarray of int, shape (n_rows,)
        Rows of `table`.
    features : sequence of Feature
        Features of `table` that are to be computed again.
    follow : callable
        How bills are read: `follow_registers`, or one of `panel.other_readings`.

    Returns
    -------
    DataFrame, shape (n_rows, n_columns of table.features)
    """
    cases = pl.DataFrame({"consumer_id": table.consumer_ids[rows], "as_of": table.as_of[rows]})
    own = tables["readings"].join(cases, on="consumer_id", how="semi")
    readings = derived_readings({"readings": own}, cases, follow=follow)
    whole, last_month = table.panel, table.panel.last_month[rows]
    otherwise, billed = monthly_use(_followed(readings), last_month, periods=PERIODS), has_bills(readings, cases)
    panel = replace(
        otherwise,
        # Whose months are of intervals has no bills to read in another way.
        energy=np.where(billed[:, None], otherwise.energy, whole.energy[rows]),
        supplied=None if whole.supplied is None else whole.supplied[rows],
        lost=None if whole.lost is None else whole.lost[rows],
    )
    parts = [
        _aggregated(readings, features, cases),
        _kernels(panel, features),
        _grouped(panel, table.neighbours[rows], features),
    ]
    again = pl.concat([part for part in parts if part.width], how="horizontal")
    return table.features[rows].with_columns(again.select(_typed(f) for f in features if f.name in again.columns))


def _typed(feature: Feature) -> pl.Expr:
    if feature.kind == "category":
        return pl.col(feature.name).cast(pl.String)
    number = pl.col(feature.name).cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number).cast(pl.Float32).alias(feature.name)


def as_of_dates(tables: Tables, as_of: pl.DataFrame | None) -> pl.DataFrame:
    """Return consumer_id and as_of of every consumer with a row in the tables, in order of consumer.

    Without a date of its own a consumer is seen as of the last bill or the day of the last interval, the later of them.
    """
    ids = [tables[name].select("consumer_id") for name in ("consumers", "readings", "intervals") if name in tables]
    cases = pl.concat(one.unique() for one in ids).unique().sort("consumer_id")
    last = [
        tables[name].group_by("consumer_id").agg(last=pl.col(date).max().cast(pl.Date))
        for name, date in READ_ON.items()
        if name in tables
    ]
    latest = pl.concat([cases.with_columns(last=pl.lit(None, dtype=pl.Date)), *last])
    given = cases.select("consumer_id", as_of=pl.lit(None, dtype=pl.Date)) if as_of is None else as_of
    dated = cases.join(given.select("consumer_id", "as_of"), on="consumer_id", how="left", maintain_order="left").join(
        latest.group_by("consumer_id").agg(pl.col("last").max()), on="consumer_id", how="left", maintain_order="left"
    )
    return dated.select("consumer_id", as_of=pl.coalesce("as_of", "last"))


def has_bills(readings: pl.DataFrame, cases: pl.DataFrame) -> np.ndarray:
    """Return who has a bill of electricity among derived readings, so up to the as-of date, (n_consumers,)."""
    # Two columns first: a filter would copy scores of derived ones.
    billed = readings.select("consumer_id", "commodity").filter(pl.col("commodity") == "electricity")["consumer_id"]
    return cases["consumer_id"].is_in(billed.unique().to_list()).to_numpy()


def derived_readings(tables: Tables, cases: pl.DataFrame, *, follow: Follow = follow_registers) -> pl.DataFrame:
    """Readings up to each consumer's as-of date, sorted, with the derived columns of features.derived and `row`."""
    numbered = cases.with_row_index("row")
    empty = pl.DataFrame(schema={"consumer_id": pl.String, "read_on": pl.Date, "energy": pl.Float64})
    readings = _completed(tables.get("readings", empty)).join(numbered, on="consumer_id", how="inner")
    known = readings.filter(pl.col("read_on") <= pl.col("as_of"))
    ordered = _settled(known.sort("row", "commodity", "read_on", "sequence"), follow)
    return nw.to_native(derive_readings(nw.from_native(ordered, eager_only=True)))


def _settled(ordered: pl.DataFrame, follow: Follow) -> pl.DataFrame:
    """Give each bill its register, and the days and energy that it tells of; none where the bill does not count."""
    followed = follow(_meter_bills(ordered))
    days = np.where(followed.counts, followed.end - followed.start, np.nan)
    return ordered.with_columns(
        settled_register=pl.Series(followed.register),
        settled_days=pl.Series(days, nan_to_null=True),
        settled_energy=pl.Series(np.where(followed.counts, followed.use, np.nan), nan_to_null=True),
        settled_before=pl.Series(followed.between),
        settled_own_days=pl.Series(followed.end - followed.own_start),
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
    panel = monthly_use(_followed(readings), last_month, periods=PERIODS)
    if not can_balance(tables):
        return panel
    transformers = transformers_of(tables, cases["consumer_id"])
    return transformer_balance(panel, transformers.months, transformers.transformer)


def _meter_bills(ordered: pl.DataFrame) -> MeterBills:
    """Bills as arrays, meters numbered; a number of noughts is what is written where the number is not known."""
    known = pl.when(pl.col("meter_id").str.strip_chars("0 ") != "").then("meter_id")
    columns = {
        "series": pl.struct("row", "commodity").rank("dense").cast(pl.Int64),
        "end": pl.col("read_on").cast(pl.Int64),
        "days": _or_nan("period_days"),
        "energy": _or_nan("energy"),
        "meter": known.rank("dense").cast(pl.Int64).fill_null(-1),
        "previous": _or_nan("previous_index"),
        "current": _or_nan("current_index"),
    }
    return MeterBills(*_arrays(ordered.lazy(), columns))


def _followed(readings: pl.DataFrame) -> Registers:
    """Return what `_settled` found of the bills of electricity, each as of its consumer's row."""
    end, counts = pl.col("read_on").cast(pl.Int64), pl.col("settled_days").is_not_null()
    days = pl.col("settled_days").fill_null(0).cast(pl.Int64)
    columns = {
        "row": pl.col("row").cast(pl.Int64),
        "end": end,
        "register": pl.col("settled_register"),
        "start": end - days,
        "own_start": end - pl.when(counts).then("settled_own_days").otherwise(0),
        "counts": counts,
        "use": _or_nan("settled_energy"),
        "between": pl.col("settled_before"),
    }
    # Without a collect between, only the columns that are needed are copied: there are scores of derived ones.
    return Registers(*_arrays(readings.lazy().filter(pl.col("commodity") == "electricity"), columns))


def _or_nan(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.Float64).fill_null(float("nan"))


def _arrays(bills: pl.LazyFrame, columns: Mapping[str, pl.Expr]) -> list[np.ndarray]:
    selected = bills.select(column.alias(name) for name, column in columns.items()).collect()
    return [selected[name].to_numpy() for name in columns]


def _kernels(panel: MonthlyPanel, features: Sequence[Feature]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            feature.name: feature.computation.function(panel)
            for feature in features
            if isinstance(feature.computation, Kernel)
        }
    )


def _grouped(panel: MonthlyPanel, neighbours: np.ndarray, features: Sequence[Feature]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            feature.name: feature.computation.function(panel, neighbours)
            for feature in features
            if isinstance(feature.computation, Grouped)
        }
    )


def _neighbours_median(tables: Tables, panel: MonthlyPanel, cases: pl.DataFrame) -> np.ndarray:
    """Median use of each consumer's neighbours, (n_consumers, n_periods) [kWh/day]; NaN where none are known."""
    consumers = tables.get("consumers", cases)
    master = cases.select("consumer_id").join(consumers, on="consumer_id", how="left", maintain_order="left")
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
    consumers = tables.get("consumers", cases.select("consumer_id"))
    master = cases.join(consumers, on="consumer_id", how="left", maintain_order="left").with_columns(
        recent_daily=pl.Series(kernels.recent(12)(panel), nan_to_null=True),
        as_of_day=pl.col("as_of").cast(pl.Int32).cast(pl.Float64),
    )
    return nw.from_native(master, eager_only=True).select(**expressions).to_native()
