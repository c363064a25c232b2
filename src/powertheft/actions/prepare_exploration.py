"""What looking at a dataset version needs, added up once and kept beside it. Rule of the room: compute nothing itself.

Bills are kept as counts by month, area and size of use, so that any filter adds up some thousand rows, however many
bills there are; quartiles come from the counts and are right to the width of a bin. Features are measured beside them
(measure_features). A version never changes, so neither does this.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.explored_sums import (
    AREAS,
    BALANCE,
    BILLS,
    BINS_A_DECADE,
    COVER,
    LEAST_USE,
    MONTHS,
    TRANSFORMERS,
    Explored,
    find_explored,
    write_sums,
)
from powertheft.actions.house import House
from powertheft.actions.measure_features import keep_features
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.datasets.reading import Version
from powertheft.engines.transformers import can_balance, transformers_of
from powertheft.profiles.serialising import profile_from_json
from powertheft.ranking.transformers import unexplained_energy

UNKNOWN_AREA = "unknown"
DAYS_A_BILL = 30
"""Days that a bill is taken to cover where it does not say."""

LONGEST_BILL = 366
DAYS_OF_HISTORY = 12 * 31 * 20


def prepare_exploration(house: House, reference: str, *, progress: Progress = no_progress) -> Mapping[str, Any]:
    """Add up whatever is not yet, of a version of any size; done twice it does nothing."""
    house.check("dataset.read")
    explored, version = find_explored(house, reference), house.version(reference)
    add_up_bills(explored, version, part_of(progress, 0.0, 0.4))
    keep_features(explored, version, part_of(progress, 0.4, 1.0))
    progress("ready to be explored", 1.0)
    return {"dataset": explored.reference}


def add_up_bills(explored: Explored, version: Version, progress: Progress) -> None:
    """Keep what the bills of a version add up to; done twice it does nothing."""
    folder = explored.folder / BILLS
    if folder.is_dir():
        return
    progress("adding up the bills", 0.0)
    bills = _bills(version)
    tables = {MONTHS: _by_month(bills), COVER: _cover(bills)}
    progress("balancing the transformers", 0.5)
    tables |= _balances(version)
    write_sums(folder, tables, {"currency": profile_from_json(version.profile).currency})


def _bills(version: Version) -> pl.LazyFrame:
    """Return bills of electricity with the areas of their consumers; of intervals, what each month adds up to."""
    tables = version.tables
    if "readings" in tables:
        there = tables["readings"].collect_schema()
        commodity = pl.col("commodity").fill_null("electricity") if "commodity" in there else pl.lit("electricity")
        estimated = pl.col("is_estimated").fill_null(value=False) if "is_estimated" in there else pl.lit(value=False)
        days = pl.col("period_days") if "period_days" in there else pl.lit(None, dtype=pl.Float64)
        bills = tables["readings"].filter(commodity == "electricity")
        bills = bills.select("consumer_id", "read_on", energy="energy", days=days, estimated=estimated)
    elif "intervals" in tables:
        bills = _months_of_intervals(tables["intervals"])
    else:
        nothing = {"consumer_id": pl.String, "read_on": pl.Date, "energy": pl.Float64, "days": pl.Float64}
        bills = pl.LazyFrame(schema={**nothing, "estimated": pl.Boolean})
    if "consumers" not in tables:
        return bills.with_columns(pl.lit(UNKNOWN_AREA).alias(name) for name in AREAS)
    master = tables["consumers"]
    known = master.collect_schema()
    areas = [
        (pl.col(name).fill_null(UNKNOWN_AREA) if name in known else pl.lit(UNKNOWN_AREA))
        .cast(pl.Categorical)
        .alias(name)
        for name in AREAS
    ]
    joined = bills.join(master.select("consumer_id", *areas), on="consumer_id", how="left")
    return joined.with_columns(pl.col(AREAS).fill_null(UNKNOWN_AREA))


def _months_of_intervals(intervals: pl.LazyFrame) -> pl.LazyFrame:
    month = pl.col("start").dt.truncate("1mo").cast(pl.Date)
    added = intervals.group_by("consumer_id", month.alias("month")).agg(
        pl.col("energy").sum(), days=pl.col("start").dt.date().n_unique().cast(pl.Float64)
    )
    after = pl.col("month").dt.offset_by("1mo")
    return added.select("consumer_id", read_on=after, energy="energy", days="days", estimated=pl.lit(value=False))


def _by_month(bills: pl.LazyFrame) -> pl.DataFrame:
    """Count bills by the month of their middle day, area and size of use; each counts for its days."""
    days = pl.col("days").fill_null(DAYS_A_BILL).clip(1, LONGEST_BILL)
    middle = (pl.col("read_on") - pl.duration(days=(days / 2).cast(pl.Int64))).dt.truncate("1mo")
    daily = pl.col("energy") / days
    place = 1 + (BINS_A_DECADE * (daily / LEAST_USE).log10()).floor()
    number = pl.when(daily < LEAST_USE).then(0).otherwise(place).cast(pl.Int16)
    numbered = bills.filter(pl.col("read_on").is_not_null()).with_columns(
        month=middle, bin=pl.when(pl.col("energy").is_finite()).then(number)
    )
    return (
        numbered.group_by("month", "category", "region", "bin")
        .agg(
            bills=pl.len(),
            energy=pl.col("energy").sum(),
            days=days.sum(),
            estimated=pl.col("estimated").sum(),
        )
        .with_columns(pl.col("category", "region").cast(pl.String))
        .sort("month", "category", "region", "bin")
        .collect(engine="streaming")
    )


def _cover(bills: pl.LazyFrame) -> pl.DataFrame:
    """Return by area and month the days between consumers' first and last bills, and those that were read.

    An estimated bill says that nobody read the meter.
    """
    days = pl.col("days").fill_null(DAYS_A_BILL).clip(1, LONGEST_BILL).round().cast(pl.Int64)
    counted = bills.filter(pl.col("energy").is_not_null() & pl.col("read_on").is_not_null()).with_columns(days=days)
    spans = counted.filter(~pl.col("estimated")).group_by(*AREAS, "read_on", "days").agg(count=pl.len())
    begun = counted.with_columns(begun=pl.col("read_on") - pl.duration(days="days"))
    lives = begun.group_by("consumer_id", *AREAS).agg(first=pl.col("begun").min(), last=pl.col("read_on").max())
    expected = lives.group_by(*AREAS, "first", "last").agg(count=pl.len())
    covered = spans.with_columns(first=pl.col("read_on") - pl.duration(days="days"), last="read_on")
    both = [
        _days_by_month(frame).rename({"total": name}) for frame, name in ((expected, "expected"), (covered, "covered"))
    ]
    joined = both[0].join(both[1], on=[*AREAS, "month"], how="left")
    tidy = joined.with_columns(pl.col(AREAS).cast(pl.String), pl.col("covered").fill_null(0))
    return tidy.sort(*AREAS, "month").collect(engine="streaming")


def _days_by_month(spans: pl.LazyFrame) -> pl.LazyFrame:
    """Add up the days of spans, each as often as it counts, by month."""
    first_month, last_month = pl.col("first").dt.truncate("1mo"), pl.col("last").dt.truncate("1mo")
    told = spans.filter((pl.col("last") - pl.col("first")).dt.total_days() <= DAYS_OF_HISTORY)
    each = told.with_columns(month=pl.date_ranges(first_month, last_month, "1mo")).explode("month")
    after = pl.min_horizontal("last", pl.col("month").dt.offset_by("1mo"))
    inside = (after - pl.max_horizontal("first", "month")).dt.total_days()
    return each.group_by(*AREAS, "month").agg(total=(inside * pl.col("count")).sum())


def _balances(version: Version) -> dict[str, pl.DataFrame]:
    """Return transformers by unexplained energy, and the balance of all by month [kWh]; empty where it is not known."""
    needed = {"transformer_readings", "consumers", "readings"}
    if not needed <= set(version.tables):
        return {TRANSFORMERS: pl.DataFrame(), BALANCE: pl.DataFrame()}
    tables = {name: version.tables[name].collect() for name in needed}
    if not can_balance(tables):
        return {TRANSFORMERS: pl.DataFrame(), BALANCE: pl.DataFrame()}
    found = transformers_of(tables, pl.Series("consumer_id", [], dtype=pl.String))
    months, listed = found.months, unexplained_energy(found.transformer_ids, found.months)
    first = np.datetime64(months.first_month, "M")
    starts = np.arange(first, first + months.supplied.shape[1] + 1)
    days = np.diff(starts.astype("datetime64[D]")).astype(np.int64)
    known = np.isfinite(months.unexplained)
    parts = {
        "supplied": months.supplied,
        "billed": months.billed,
        "unmetered": months.unmetered,
        "technical": months.technical,
        "unexplained": months.unexplained,
    }
    totals = {name: np.where(known, values, 0.0).sum(axis=0) * days for name, values in parts.items()}
    balance = pl.DataFrame({"month": starts[:-1].astype("datetime64[D]"), "transformers": known.sum(axis=0), **totals})
    return {
        TRANSFORMERS: _with_places(listed, tables["consumers"]),
        BALANCE: balance.filter(pl.col("transformers") > 0),
    }


def _with_places(listed: pl.DataFrame, consumers: pl.DataFrame) -> pl.DataFrame:
    """Give each transformer the areas that most of its consumers are in."""
    there = [name for name in AREAS if name in consumers.columns]
    if not there or listed.is_empty():
        return listed
    named = consumers.with_columns(pl.col("transformer_id").cast(pl.String))
    most = named.group_by("transformer_id").agg(pl.col(name).drop_nulls().mode().sort().first() for name in there)
    return listed.join(most, on="transformer_id", how="left", maintain_order="left")
