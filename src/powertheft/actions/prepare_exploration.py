"""What looking at a dataset version needs, added up once and kept beside it. Rule of the room: compute nothing itself.

Bills are kept as counts by month, area and size of use, so that any filter adds up some thousand rows, however many
bills there are; quartiles come from the counts and are right to the width of a bin. Features are kept of everybody with
an outcome and of an even sample of the others, without who they are. A version never changes, so neither does this.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.feature_recipe import FeatureRecipe, offered_columns
from powertheft.actions.house import EXPLORATIONS, House
from powertheft.actions.ports import RegisteredVersion
from powertheft.actions.prepare_data import prepare_data
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.datasets.reading import Version
from powertheft.domain.errors import ChoiceError, OutputError
from powertheft.domain.folders import new_folder, remove_folder
from powertheft.domain.numbers import grouped
from powertheft.engines.local import compute_features
from powertheft.engines.transformers import can_balance, transformers_of
from powertheft.features.catalogue import catalogue
from powertheft.profiles.serialising import profile_from_json
from powertheft.ranking.transformers import unexplained_energy

BILLS, FEATURES = "bills", "features"
MONTHS, COVER, TRANSFORMERS, BALANCE = "months.parquet", "cover.parquet", "transformers.parquet", "balance.parquet"
TABLE, ABOUT = "table.parquet", "about.json"
AREAS = ("category", "region", "section")
UNKNOWN_AREA = "unknown"

MOST_INLINE: Mapping[str, int] = {BILLS: 5_000_000, FEATURES: 500_000}
"""Rows of bills up to which each part is added up while a page waits; of more a job does it beforehand."""

MOST_OTHERS = 20_000
"""Connections without an outcome whose features are kept."""

BINS_A_DECADE = 25
LEAST_USE = 0.01
"""Use from which a bin begins [kWh/day]; what is less, and no use at all, is bin 0."""

DAYS_A_BILL = 30
"""Days that a bill is taken to cover where it does not say."""

LONGEST_BILL = 366
DAYS_OF_HISTORY = 12 * 31 * 20


@dataclass(frozen=True, slots=True)
class Explored:
    """Where the sums of a version lie, and which version that is."""

    registered: RegisteredVersion
    version: Version
    folder: Path

    @property
    def reference(self) -> str:
        """How a person names the version."""
        return f"{self.registered.dataset}@{self.registered.number}"


def prepare_exploration(house: House, reference: str, *, progress: Progress = no_progress) -> Mapping[str, Any]:
    """Add up whatever is not yet, of a version of any size; done twice it does nothing."""
    house.check("dataset.read")
    explored = _explored(house, reference)
    _add_up_bills(explored, part_of(progress, 0.0, 0.4))
    _compute_table(explored, part_of(progress, 0.4, 1.0))
    progress("ready to be explored", 1.0)
    return {"dataset": explored.reference}


def is_explored(house: House, reference: str) -> Mapping[str, bool]:
    """Return which parts of a version can be looked at without waiting."""
    house.check("dataset.read")
    explored = _explored(house, reference)
    rows = explored.registered.rows
    size = rows.get("readings", 0) + rows.get("intervals", 0)
    return {part: (explored.folder / part).is_dir() or size <= most for part, most in MOST_INLINE.items()}


def forget_exploration(house: House, registered: RegisteredVersion) -> None:
    """Remove the sums of a version that is deleted."""
    house.check("dataset.delete")
    folder = house.home.path / EXPLORATIONS / registered.folder
    if folder.exists():
        remove_folder(folder)


def explored_bills(house: House, reference: str) -> Explored:
    """Return the sums of a version's bills; of a large one they must have been prepared."""
    house.check("dataset.read")
    explored = _explored(house, reference)
    _check_size(explored, BILLS)
    _add_up_bills(explored, no_progress)
    return explored


def explored_features(house: House, reference: str) -> Explored:
    """Return the features of a version; of a large one they must have been prepared."""
    house.check("dataset.read")
    explored = _explored(house, reference)
    _check_size(explored, FEATURES)
    _compute_table(explored, no_progress)
    return explored


def bin_edges(number: int) -> tuple[float, float]:
    """Return from where to where a bin of use reaches [kWh/day].

    Examples
    --------
    >>> bin_edges(0), tuple(round(edge, 3) for edge in bin_edges(51))
    ((0.0, 0.01), (1.0, 1.096))
    """
    if number == 0:
        return 0.0, LEAST_USE
    return tuple(LEAST_USE * 10 ** ((number - 1 + side) / BINS_A_DECADE) for side in (0, 1))  # pyright: ignore[reportReturnType]  # of two


def _explored(house: House, reference: str) -> Explored:
    registered = house.registered(reference)
    return Explored(registered, house.version(reference), house.home.path / EXPLORATIONS / registered.folder)


def _check_size(explored: Explored, part: str) -> None:
    rows = explored.registered.rows
    size = rows.get("readings", 0) + rows.get("intervals", 0)
    if size > MOST_INLINE[part] and not (explored.folder / part).is_dir():
        raise ChoiceError(
            f"{explored.reference} has {grouped(size)} readings, which are not added up yet",
            advice="Prepare it for exploring; that runs in the background and says when it is done.",
        )


def _write(folder: Path, tables: Mapping[str, pl.DataFrame], about: Mapping[str, Any]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with new_folder(folder) as place:
            for name, frame in tables.items():
                frame.write_parquet(place / name)
            (place / ABOUT).write_text(json.dumps(about, ensure_ascii=False), "utf-8")
    except OutputError:
        # Somebody who asked at the same moment was faster, with the same sums.
        if not folder.is_dir():
            raise


def _add_up_bills(explored: Explored, progress: Progress) -> None:
    folder = explored.folder / BILLS
    if folder.is_dir():
        return
    progress("adding up the bills", 0.0)
    bills = _bills(explored.version)
    tables = {MONTHS: _by_month(bills), COVER: _cover(bills)}
    progress("balancing the transformers", 0.5)
    tables |= _balances(explored.version)
    _write(folder, tables, {"currency": profile_from_json(explored.version.profile).currency})


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


def _compute_table(explored: Explored, progress: Progress) -> None:
    folder = explored.folder / FEATURES
    if folder.is_dir():
        return
    prepared = prepare_data(explored.version, profile=profile_from_json(explored.version.profile))
    columns = offered_columns(prepared.tables)
    features, known = catalogue(columns), prepared.labels
    recipe = FeatureRecipe(columns, tuple(feature.name for feature in features))
    if not features:
        nothing = pl.DataFrame(schema={"seen_as_of": pl.Date, "known_label": pl.Int8})
        _write(folder, {TABLE: nothing}, {"recipe": recipe.to_json(), "connections": 0, "labelled": 0})
        return
    dated = known.select("consumer_id", "as_of")
    table = compute_features(prepared.tables, features, as_of=dated, progress=progress)
    about = pl.DataFrame({"consumer_id": table.consumer_ids, "as_of": table.as_of})
    about = about.join(known.select("consumer_id", "label"), on="consumer_id", how="left", maintain_order="left")
    if "consumers" in prepared.tables:
        master = prepared.tables["consumers"]
        there = [name for name in AREAS[:2] if name in master.columns]
        about = about.join(
            master.select("consumer_id", *(pl.col(name).alias(f"area_{name}") for name in there)),
            on="consumer_id",
            how="left",
            maintain_order="left",
        )
    rows = _kept(about["label"].is_not_null().to_numpy())
    whole = about[rows].drop("consumer_id").rename({"as_of": "seen_as_of", "label": "known_label"})
    whole = whole.with_columns(table.features[rows].iter_columns())
    everybody = {"connections": len(table.consumer_ids), "labelled": int(known.height)}
    _write(folder, {TABLE: whole}, {"recipe": recipe.to_json(), **everybody})


def _kept(is_labelled: np.ndarray) -> np.ndarray:
    """Rows of everybody with an outcome and of an even sample of the others, in order."""
    others = np.flatnonzero(~is_labelled)
    if len(others) > MOST_OTHERS:
        others = others[np.linspace(0, len(others) - 1, MOST_OTHERS).astype(np.int64)]
    return np.sort(np.concatenate([np.flatnonzero(is_labelled), others]))


@lru_cache(maxsize=16)
def read_sums(folder: Path, part: str, name: str) -> pl.DataFrame:
    """Return one of the kept tables; none of them ever changes."""
    return pl.read_parquet(folder / part / name)


@lru_cache(maxsize=16)
def read_about(folder: Path, part: str) -> Mapping[str, Any]:
    """Return what was set down beside the tables of a part."""
    return json.loads((folder / part / ABOUT).read_text("utf-8"))
