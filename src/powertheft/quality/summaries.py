"""What must be known of all rows at once, small and mergeable. Rule of the room: no row disappears unsaid.

Everything in a summary is a count, a least or a greatest, so that the summaries of the parts, merged in any order, are
exactly the summary of the whole. Energy is counted in whole Wh for that reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import polars as pl

from powertheft.domain.tables import SOURCE_ROW, TABLES, CanonicalTable, Kind
from powertheft.quality.scene import EXAMPLES

# A column of more different words than this is no code list, and is not counted.
MOST_WORDS = 100
# Numbers are counted in bins of a quarter of a power of ten, apart by sign.
BINS_A_DECADE, SMALLEST_DECADE = 4, -4
DAYS_A_MONTH = 30.4375
MOST_MONTHS = 12
WATT_HOURS = 1000.0

# Of this tally, of millions of rows, only the first row of each key is kept.
MANY = "readings.read_on"


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """One column: rows without it, least and greatest, and (None where not counted) bins of numbers or words."""

    kind: Kind
    missing: int
    least: Any = None
    greatest: Any = None
    bins: Mapping[str, int] | None = None

    def merge(self, other: "ColumnSummary") -> "ColumnSummary":
        """Return the summary of both."""
        bins = _merge_bins(self, other)
        least = min((one for one in (self.least, other.least) if one is not None), default=None)
        greatest = max((one for one in (self.greatest, other.greatest) if one is not None), default=None)
        return ColumnSummary(self.kind, self.missing + other.missing, least, greatest, bins)


@dataclass(frozen=True, slots=True)
class TableSummary:
    """One table: its rows, how many consumers (of this and of no other part) they are of, and its columns."""

    rows: int
    consumers: int
    columns: Mapping[str, ColumnSummary]

    def merge(self, other: "TableSummary") -> "TableSummary":
        """Return the summary of both."""
        names = [*self.columns, *(name for name in other.columns if name not in self.columns)]
        columns = {name: _merge_columns(self, other, name) for name in names}
        return TableSummary(self.rows + other.rows, self.consumers + other.consumers, columns)


@dataclass(frozen=True, slots=True)
class Summary:
    """All tables, and tallies: how many rows (or Wh) have a key, and the first rows of the file that do."""

    tables: Mapping[str, TableSummary]
    tallies: Mapping[str, pl.DataFrame] = field(default_factory=dict[str, pl.DataFrame])

    def merge(self, other: "Summary") -> "Summary":
        """Return the summary of both."""
        tables = dict(self.tables)
        for name, table in other.tables.items():
            tables[name] = tables[name].merge(table) if name in tables else table
        tallies = dict(self.tallies)
        for name, tally in other.tallies.items():
            tallies[name] = _merge_tallies([tallies[name], tally], name) if name in tallies else tally
        return Summary(tables, tallies)

    def tally(self, name: str) -> pl.DataFrame | None:
        """Return a tally in the order of its keys, None where the data have nothing to count."""
        found = self.tallies.get(name)
        return None if found is None else found.sort(_keys(found))

    def to_json(self) -> dict[str, Any]:
        """Return what the next version is compared with: counts of each table's columns, and no word of free text."""
        return {
            name: {
                "rows": table.rows,
                "consumers": table.consumers,
                "columns": {
                    column: {"kind": one.kind, "missing": one.missing, "bins": dict(one.bins)}
                    for column, one in table.columns.items()
                    if one.bins is not None
                },
            }
            for name, table in self.tables.items()
        }


def summary_from_json(content: Mapping[str, Any]) -> Summary:
    """Return the summary (without tallies) that plain JSON values stand for."""
    return Summary(
        {
            name: TableSummary(
                table["rows"],
                table["consumers"],
                {
                    column: ColumnSummary(one["kind"], one["missing"], bins=one["bins"])
                    for column, one in table["columns"].items()
                },
            )
            for name, table in content.items()
        }
    )


def merge_summaries(summaries: Iterable[Summary]) -> Summary:
    """Return the summary of all."""
    return reduce(Summary.merge, summaries, Summary({}))


def summarise(tables: Mapping[str, CanonicalTable[pl.DataFrame]], *, balance: bool = True) -> Summary:
    """Return the summary of canonical tables, all or a part; with `balance` also of the transformers' energy."""
    summaries = {name: _summarise_table(table) for name, table in tables.items()}
    frames = {name: table.frame for name, table in tables.items()}
    return Summary(summaries, _tallies(frames, balance=balance))


def _summarise_table(table: CanonicalTable[pl.DataFrame]) -> TableSummary:
    frame, shape = table.frame, TABLES[table.name]
    kinds: dict[str, Kind] = {column.name: column.kind for column in shape.columns}
    kinds.update(table.attributes)
    columns = {
        name: _summarise_column(frame[name], kinds[name], counted=shape.column(name) is not None)
        for name in frame.columns
        if name in kinds and name != "sequence"
    }
    consumers = 0
    if "consumer_id" in frame.columns and frame.height:
        consumers = 1 + int((frame["consumer_id"] != frame["consumer_id"].shift(1)).sum())
    return TableSummary(frame.height, consumers, columns)


def _summarise_column(column: pl.Series, kind: Kind, *, counted: bool) -> ColumnSummary:
    bins: Mapping[str, int] | None = None
    if counted and kind == "number" and not column.name.endswith("_index"):
        bins = _bins(column)
    elif counted and kind in {"category", "boolean"}:
        bins = _words(column)
    least, greatest = _ends(column, kind, bins)
    return ColumnSummary(kind, column.null_count(), least, greatest, bins)


def _ends(column: pl.Series, kind: Kind, bins: Mapping[str, int] | None) -> tuple[Any, Any]:
    """Return the least and the greatest value; of text nobody asks for them, of counted words they are known."""
    if kind == "text":
        return None, None
    if kind == "category" and bins is not None:
        return min(bins, default=None), max(bins, default=None)
    return column.min(), column.max()


def _bins(column: pl.Series) -> dict[str, int]:
    size = (pl.col("x").abs().log10() * BINS_A_DECADE).floor().clip(SMALLEST_DECADE * BINS_A_DECADE)
    place = (size - SMALLEST_DECADE * BINS_A_DECADE + 1) * pl.col("x").sign()
    places = column.alias("x").to_frame().select(pl.when(pl.col("x") == 0).then(0).otherwise(place).cast(pl.Int16))
    return {str(place): count for place, count in sorted(places.to_series().drop_nulls().value_counts().iter_rows())}


def _words(column: pl.Series) -> dict[str, int] | None:
    counts = column.drop_nulls().value_counts()
    counts = counts.with_columns(pl.col(column.name).cast(pl.String))
    return dict(sorted(counts.iter_rows())) if counts.height <= MOST_WORDS else None


def _merge_bins(one: ColumnSummary, other: ColumnSummary) -> dict[str, int] | None:
    if one.bins is None or other.bins is None:
        return None
    bins = {name: one.bins.get(name, 0) + other.bins.get(name, 0) for name in {**one.bins, **other.bins}}
    is_too_many = one.kind != "number" and len(bins) > MOST_WORDS
    return None if is_too_many else dict(sorted(bins.items()))


def _merge_columns(one: TableSummary, other: TableSummary, name: str) -> ColumnSummary:
    first, second = one.columns.get(name), other.columns.get(name)
    if first and second:
        return first.merge(second)
    there, lacking = (first, other) if first else (second, one)
    assert there is not None  # the name is of one of the two
    return ColumnSummary(there.kind, there.missing + lacking.rows, there.least, there.greatest, there.bins)


def _tallies(frames: Mapping[str, pl.DataFrame], *, balance: bool) -> dict[str, pl.DataFrame]:
    tallies: dict[str, pl.DataFrame] = {}
    for table, key in (("readings", "read_on"), ("inspections", "outcome"), ("consumers", "transformer_id")):
        if table in frames and key in frames[table].columns:
            tallies[f"{table}.{key}"] = _tally(frames[table], key, name=f"{table}.{key}")
    if "transformer_readings" in frames:
        tallies["transformer_readings.transformer_id"] = _tally(frames["transformer_readings"], "transformer_id")
    if "readings" in frames:
        tallies["last_bills"] = _tally(_last_bills(frames["readings"]), "read_on")
    if balance:
        tallies |= _energies(frames)
    return tallies


def _tally(frame: pl.DataFrame, key: str, *, name: str = "") -> pl.DataFrame:
    row = pl.col(SOURCE_ROW)
    first = (row.min() if name == MANY else row.bottom_k(EXAMPLES)).alias("rows")
    counts = frame.select(key, SOURCE_ROW).drop_nulls(key).group_by(key)
    tally = counts.agg(pl.len().cast(pl.Int64).alias("count"), first)
    return tally.with_columns(pl.concat_list("rows")) if name == MANY else tally


def _last_bills(readings: pl.DataFrame) -> pl.DataFrame:
    """Return the last bill of each consumer (several of one day are the first of them in the file)."""
    who = (readings["consumer_id"] != readings["consumer_id"].shift(1)).fill_null(value=True)
    bills = readings.select(who.cum_sum().cast(pl.UInt32).alias("who").set_sorted(), "read_on", SOURCE_ROW)
    last = bills.filter(pl.col("read_on") == pl.col("read_on").max().over("who"))
    return last.group_by("who").agg(pl.col("read_on").first(), pl.col(SOURCE_ROW).min())


def _energies(frames: Mapping[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    consumers, readings, supplied = (frames.get(n) for n in ("consumers", "readings", "transformer_readings"))
    tallies: dict[str, pl.DataFrame] = {}
    if consumers is not None and readings is not None and "transformer_id" in consumers.columns:
        owners = consumers.select("consumer_id", "transformer_id").drop_nulls()
        bills = readings.filter(pl.col("commodity") == "electricity") if "commodity" in readings.columns else readings
        if {"energy", "period_days"} <= set(bills.columns):
            bills = bills.select("consumer_id", "read_on", "energy", "period_days")
            tallies["billed"] = _monthly(bills.join(owners, on="consumer_id").drop("consumer_id"), pl.col("energy"))
    if supplied is not None and {"energy_supplied", "period_days"} <= set(supplied.columns):
        other = pl.col("energy_unmetered").fill_null(0.0) if "energy_unmetered" in supplied.columns else pl.lit(0.0)
        tallies["supplied"] = _monthly(supplied, pl.col("energy_supplied") - other)
    return tallies


def _monthly(frame: pl.DataFrame, energy: pl.Expr) -> pl.DataFrame:
    """Return Wh by transformer and month (counted from the year 0), a bill spread evenly over the months it covers."""
    months = (pl.col("period_days").fill_null(DAYS_A_MONTH) / DAYS_A_MONTH).round().clip(1, MOST_MONTHS)
    month = pl.col("read_on").dt.year().cast(pl.Int64) * 12 + pl.col("read_on").dt.month().cast(pl.Int64)
    bills = frame.select("transformer_id", month.alias("month"), months.cast(pl.Int64).alias("months"), energy=energy)
    bills = bills.drop_nulls().with_columns((pl.col("energy") * WATT_HOURS).round().cast(pl.Int64) // pl.col("months"))
    spread = bills.with_columns(pl.int_ranges(0, "months").alias("back")).explode("back")
    spread = spread.with_columns(pl.col("month") - pl.col("back"))
    return spread.group_by("transformer_id", "month").agg(pl.col("energy").sum().alias("count"))


def _keys(tally: pl.DataFrame) -> list[str]:
    return [name for name in tally.columns if name not in {"count", "rows"}]


def _merge_tallies(tallies: list[pl.DataFrame], name: str) -> pl.DataFrame:
    both = pl.concat(tallies)
    counts = [pl.col("count").sum()]
    if "rows" in both.columns:
        counts.append(pl.col("rows").explode().bottom_k(1 if name == MANY else EXAMPLES))
    return both.group_by(_keys(both)).agg(counts)
