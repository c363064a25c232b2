"""What shows only in all rows at once, read from the summary. Rule of the room: no row disappears unsaid."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from powertheft.domain.numbers import grouped
from powertheft.domain.outcomes import NEGATIVE, POSITIVE
from powertheft.domain.tables import TABLES
from powertheft.quality.scene import EXAMPLES, Hit
from powertheft.quality.summaries import ColumnSummary, Summary, TableSummary

# Bills before the year in which all but this part of them lie are few, and before everything else.
EARLY_SHARE = 0.01
# In fewer rows than this a column may well have one value.
CONSTANT_ROWS = 100
MOSTLY_EMPTY = 0.5
# A month with fewer than this part of the median of the months around it lacks a delivery.
THIN_SHARE, AROUND_MONTHS, LEAST_A_MONTH = 0.3, 6, 100
STOPPED_DAYS = 400
RAREST_THEFT, COMMONEST_THEFT = 0.01, 0.5
SMALL_CLASS = 50
# Population stability index: over a quarter is a shift in the words of credit scoring (Siddiqi 2006, recall).
SHIFT, LEAST_SHARE = 0.25, 1e-4
SHRUNK_SHARE = 0.05
# Bills are spread over months, so that sums agree only about.
BALANCE_MONTHS, OVERBILLED, UNEXPLAINED = 6, 1.1, 0.5


@dataclass(frozen=True, slots=True)
class Whole:
    """One table in the summary of all, the summary of the last version if there is one, and the day of the check."""

    name: str
    summary: Summary
    last: Summary | None
    today: date

    @property
    def table(self) -> TableSummary:
        """The table's own summary."""
        return self.summary.tables[self.name]


def early_reading(whole: Whole) -> list[Hit]:
    """Readings before the year in which nearly all others lie."""
    days = whole.summary.tally("readings.read_on")
    if days is None or days.is_empty():
        return []
    place = int((int(days["count"].sum()) - 1) * EARLY_SHARE)
    early = days.filter(pl.col("count").cum_sum() > place)["read_on"][0]
    detail = f"before {early.year}; the last is of {days['read_on'][-1].isoformat()}"
    return _hit(days.filter(pl.col("read_on") < date(early.year, 1, 1)), column="read_on", detail=detail)


def thin_month(whole: Whole) -> list[Hit]:
    """Months with far fewer bills than the months around them."""
    days = whole.summary.tally("readings.read_on")
    if days is None or days.is_empty():
        return []
    days = days.with_columns(pl.col("read_on").dt.truncate("1mo").alias("month"))
    counts = days.group_by("month").agg(pl.col("count").sum()).sort("month").upsample("month", every="1mo")
    counts = counts.with_columns(pl.col("count").fill_null(0))
    usual = pl.col("count").rolling_median(2 * AROUND_MONTHS + 1, center=True)
    thin = counts.filter((pl.col("count") < THIN_SHARE * usual) & (usual >= LEAST_A_MONTH))
    if thin.is_empty():
        return []
    months = ", ".join(f"{month:%Y-%m}" for month in thin["month"].head(12))
    return _hit(
        days.filter(pl.col("month").is_in(thin["month"].implode())), column="read_on", detail=months, always=True
    )


def consumer_stopped(whole: Whole) -> list[Hit]:
    """Last bills of consumers who have had none for more than a year before the last bill of all."""
    last = whole.summary.tally("last_bills")
    past = None if last is None else last.filter(pl.col("read_on") <= whole.today)
    if past is None or past.is_empty():
        return []
    newest = past["read_on"][-1]
    stopped = past.filter(pl.col("read_on") < newest - timedelta(days=STOPPED_DAYS))
    return _hit(stopped, column="read_on", detail=f"the last bill of all is of {newest.isoformat()}")


def consumer_without_transformer(whole: Whole) -> list[Hit]:
    """Consumers whose transformer has no reading."""
    return _absent_from(whole, "consumers.transformer_id", "transformer_readings.transformer_id")


def transformer_without_consumer(whole: Whole) -> list[Hit]:
    """Transformer readings of a transformer that supplies nobody."""
    return _absent_from(whole, "transformer_readings.transformer_id", "consumers.transformer_id")


def overbilled_transformer(whole: Whole) -> list[Hit]:
    """Transformers whose consumers were billed more than it supplied."""
    supplied, billed = pl.col("supplied"), pl.col("billed")
    return _balance(whole, billed > OVERBILLED * supplied)


def unexplained_transformer(whole: Whole) -> list[Hit]:
    """Transformers of whose energy more than half was billed to nobody."""
    supplied, billed = pl.col("supplied"), pl.col("billed")
    return _balance(whole, billed < (1 - UNEXPLAINED) * supplied)


def empty_column(whole: Whole) -> list[Hit]:
    """Columns without a single value."""
    return [_of_column(whole, name) for name, column in _columns(whole) if column.missing == whole.table.rows]


def mostly_empty_column(whole: Whole) -> list[Hit]:
    """Columns that most rows lack."""
    rows = whole.table.rows
    return [
        Hit(column.missing, (), name) for name, column in _columns(whole) if MOSTLY_EMPTY * rows < column.missing < rows
    ]


def constant_column(whole: Whole) -> list[Hit]:
    """Columns in which every row holds the same."""
    return [
        _of_column(whole, name)
        for name, column in _columns(whole)
        if column.missing == 0 and column.least is not None and column.least == column.greatest
    ]


def label_balance(whole: Whole) -> list[Hit]:
    """Outcomes of which hardly any, or most, are theft."""
    counts = _outcomes(whole)
    positive = sum(count for word, count in counts.items() if word in POSITIVE)
    known = positive + sum(count for word, count in counts.items() if word in NEGATIVE)
    if not known or RAREST_THEFT <= positive / known <= COMMONEST_THEFT:
        return []
    detail = f"{grouped(positive)} of {grouped(known)} are theft ({positive / known:.1%})"
    return [Hit(known, (), "outcome", detail)]


def small_class(whole: Whole) -> list[Hit]:
    """Theft or its absence found too few times to learn from."""
    counts = _outcomes(whole)
    classes = {"theft": POSITIVE, "no theft": NEGATIVE}
    sizes = {name: sum(counts.get(word, 0) for word in words) for name, words in classes.items()}
    small = {name: size for name, size in sizes.items() if size < SMALL_CLASS}
    if not counts or not small:
        return []
    words = ", ".join(f"{name}: {grouped(size)}" for name, size in small.items())
    return [Hit(max(1, sum(small.values())), (), "outcome", words)]


def shift(whole: Whole) -> list[Hit]:
    """Columns whose values are spread otherwise than in the last version."""
    before = whole.last.tables.get(whole.name) if whole.last else None
    if before is None:
        return []
    found: list[Hit] = []
    for name, column in whole.table.columns.items():
        was = before.columns.get(name)
        if was is None or was.bins is None or column.bins is None:
            continue
        index = stability_index(_with_missing(was), _with_missing(column))
        if index > SHIFT:
            found.append(Hit(whole.table.rows, (), name, f"stability index {index:.2f} against the last version"))
    return found


def shrunk_table(whole: Whole) -> list[Hit]:
    """Tables with fewer rows than in the last version."""
    before = whole.last.tables.get(whole.name) if whole.last else None
    if before is None or whole.table.rows >= before.rows * (1 - SHRUNK_SHARE):
        return []
    detail = f"{grouped(whole.table.rows)} rows, {grouped(before.rows)} in the last version"
    return [Hit(before.rows - whole.table.rows, (), detail=detail)]


def stability_index(before: Mapping[str, int], after: Mapping[str, int]) -> float:
    """Return the population stability index of two counts of the same bins.

    Examples
    --------
    >>> round(stability_index({"a": 50, "b": 50}, {"a": 80, "b": 20}), 3)
    0.416
    """
    totals = sum(before.values()), sum(after.values())
    if not all(totals):
        return 0.0
    index = 0.0
    for name in sorted({*before, *after}):
        was, now = (max(one.get(name, 0) / n, LEAST_SHARE) for one, n in zip((before, after), totals, strict=True))
        index += (now - was) * math.log(now / was)
    return index


def _with_missing(column: ColumnSummary) -> dict[str, int]:
    return {**(column.bins or {}), "": column.missing}


def _columns(whole: Whole) -> list[tuple[str, ColumnSummary]]:
    keys = TABLES[whole.name].key
    if whole.table.rows < CONSTANT_ROWS:
        return []
    return [(name, column) for name, column in whole.table.columns.items() if name not in keys]


def _of_column(whole: Whole, name: str) -> Hit:
    return Hit(whole.table.rows, (), name)


def _outcomes(whole: Whole) -> dict[str, int]:
    tally = whole.summary.tally("inspections.outcome")
    return {} if tally is None else dict(tally.select("outcome", "count").iter_rows())


def _absent_from(whole: Whole, asked: str, other: str) -> list[Hit]:
    rows, known = whole.summary.tally(asked), whole.summary.tally(other)
    if rows is None or known is None:
        return []
    return _hit(rows.join(known, on="transformer_id", how="anti"), column="transformer_id")


def _balance(whole: Whole, condition: pl.Expr) -> list[Hit]:
    supplied, billed = whole.summary.tally("supplied"), whole.summary.tally("billed")
    rows = whole.summary.tally("transformer_readings.transformer_id")
    if supplied is None or billed is None or rows is None:
        return []
    both = supplied.rename({"count": "supplied"}).join(
        billed.rename({"count": "billed"}), on=["transformer_id", "month"], how="left"
    )
    sums = both.group_by("transformer_id").agg(pl.col("supplied", "billed").sum(), pl.len().alias("months"))
    sums = sums.filter((pl.col("months") >= BALANCE_MONTHS) & (pl.col("billed") > 0) & condition)
    detail = f"{grouped(sums.height)} transformers"
    return _hit(rows.join(sums, on="transformer_id", how="semi"), column="energy_supplied", detail=detail)


def _hit(tally: pl.DataFrame, *, column: str, detail: str = "", always: bool = False) -> list[Hit]:
    count = int(tally["count"].sum())
    if not count and not always:
        return []
    examples = tally["rows"].explode().drop_nulls().bottom_k(EXAMPLES).sort()
    return [Hit(count, tuple(int(row) for row in examples), column, detail)]
