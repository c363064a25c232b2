"""Look at a version of a dataset: the sums that each picture shows. Rule of the room: compute little.

Every answer is at most 5,000 figures, added up from what `prepare_exploration` keeps, under the same filters. What so
few connections share that it points at one of them is left out. Nothing here computes a feature, so that showing what
was kept loads no library that does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import polars as pl

from powertheft.actions.explored_sums import (
    BALANCE,
    BILLS,
    COVER,
    MEASURED,
    MONTHS,
    TABLE,
    TRANSFORMERS,
    Explored,
    bin_edges,
    explored_bills,
    explored_features,
    read_about,
    read_sums,
)
from powertheft.actions.house import House
from powertheft.datasets.reading import Version, read_consumer, read_version
from powertheft.domain.errors import ChoiceError
from powertheft.domain.numbers import DAYS_A_MONTH, grouped
from powertheft.domain.pseudonyms import LONGEST, pseudonym_start
from powertheft.privacy.disclosure import suppress_small_groups
from powertheft.privacy.thresholds import SMALLEST_GROUP

CLASSES: Mapping[str, int | None] = {"theft": 1, "honest": 0, "not inspected": None}
BINS = 40
TAILS = (0.01, 0.99)
"""Quantiles between which a distribution is drawn: what lies outside is in the first and the last bin."""

PAIR_BINS = 10
MOST_SECTIONS = 60
MOST_GROUPS = 6
MOST_CORRELATED = 30
MOST_TRANSFORMERS = 60
MOST_PLACES = 1_000
MOST_MONTHS = 72
FEWEST_RANKED = 10
MOST_RANKED = 40_000
"""Connections, drawn from those that are there, of which a rank correlation is known to 0.005 (a standard error)."""
MOST_ROWS = 2_000
OTHERS = "all others"
POSITION = r"(-?\d+(?:\.\d+)?)[,; ]+(-?\d+(?:\.\d+)?)"

By = Literal["category", "region"]


@dataclass(frozen=True, slots=True)
class ExploreFilter:
    """Which part of a dataset is looked at; what is None is not asked. Days are the first and the last that count."""

    category: str | None = None
    region: str | None = None
    start: date | None = None
    end: date | None = None


NO_FILTER = ExploreFilter()


Figures = Mapping[str, Any]
"""What a picture is drawn from: plain figures by name; `told` holds those that its sentence names, None for too few."""


def explore_choices(house: House, reference: str) -> Mapping[str, Any]:
    """Return the words and months that filters offer, and the features that can be looked at."""
    house.check("dataset.read")
    return _choices(explored_bills(house, reference).folder)


@lru_cache(maxsize=16)
def _choices(folder: Path) -> Mapping[str, Any]:
    months = read_sums(folder, BILLS, MONTHS)
    return {
        "category": months["category"].drop_nulls().unique().sort().to_list(),
        "region": months["region"].drop_nulls().unique().sort().to_list(),
        "first": months["month"].min(),
        "last": months["month"].max(),
    }


def list_explored_features(house: House, reference: str) -> tuple[Mapping[str, Any], ...]:
    """Return every feature with its meaning, share missing and how often a theft has the higher value (`higher`)."""
    house.check("dataset.read")
    return tuple(read_about(explored_features(house, reference).folder, MEASURED)["features"])


def show_distribution(house: House, reference: str, feature: str, *, filters: ExploreFilter = NO_FILTER) -> Figures:
    """Return how a feature is spread among thieves, honest and connections that nobody inspected."""
    house.check("dataset.read")
    explored = explored_features(house, reference)
    definition = _feature(explored, feature)
    table = _of_features(explored, filters, [feature])
    if definition["kind"] == "category":
        return _levels(table, definition)
    values = table[feature].cast(pl.Float64)
    known = values.drop_nulls()
    edges = _edges(known)
    counts = {
        name: np.histogram(np.clip(some.to_numpy(), edges[0], edges[-1]), bins=edges)[0].tolist()
        for name, some in _by_class(values, table["known_label"]).items()
    }
    data = {
        "feature": feature,
        "meaning": definition["meaning"],
        "unit": definition["unit"],
        "edges": edges.tolist(),
        "counts": counts,
        "missing": values.null_count(),
        "rows": table.height,
    }
    return {**data, "told": _middle_halves(values, table["known_label"])}


def show_use_distribution(house: House, reference: str, *, filters: ExploreFilter = NO_FILTER) -> Figures:
    """Return how many bills state how much use a day."""
    house.check("dataset.read")
    explored = explored_bills(house, reference)
    bills = _of_months(explored, filters).drop_nulls("bin").group_by("bin").agg(pl.col("bills").sum()).sort("bin")
    edges = [bin_edges(number) for number in bills["bin"]]
    counts = bills["bills"].to_list()
    total = sum(counts)
    data = {"low": [edge[0] for edge in edges], "high": [edge[1] for edge in edges], "bills": counts}
    if not total:
        return {**data, "told": None}
    low, middle, high = _quartiles(bills["bin"].to_numpy(), bills["bills"].to_numpy())
    zero = sum(count for count, (least, _) in zip(counts, edges, strict=True) if least == 0) / total
    return {**data, "told": {"bills": total, "low": low, "middle": middle, "high": high, "none": zero}}


def show_missing(house: House, reference: str, *, filters: ExploreFilter = NO_FILTER) -> Figures:
    """Return by section and month the share of days that no reading covers; the worst sections, then all others."""
    house.check("dataset.read")
    explored = explored_bills(house, reference)
    cover = _within(read_sums(explored.folder, BILLS, COVER), filters)
    by_section = cover.group_by("section").agg(pl.col("expected", "covered").sum())
    if by_section.is_empty():
        return {"sections": [], "months": [], "missing": [], "told": None}
    worst = by_section.sort([1 - pl.col("covered") / pl.col("expected"), "section"], descending=[True, False])
    named = worst["section"].head(MOST_SECTIONS - (worst.height > MOST_SECTIONS)).to_list()
    renamed = cover.with_columns(pl.when(pl.col("section").is_in(named)).then("section").otherwise(pl.lit(OTHERS)))
    summed = renamed.group_by("section", "month").agg(pl.col("expected", "covered").sum())
    months = _last_months(summed["month"])
    sections = [*named, *([OTHERS] if worst.height > len(named) else [])]
    missing = (1 - pl.col("covered") / pl.col("expected")).clip(0, 1)
    shares = {
        (section, month): share for section, month, share in summed.select("section", "month", missing).iter_rows()
    }
    grid = [[_rounded(shares.get((section, month))) for month in months] for section in sections]
    total = 1 - _sum(by_section["covered"]) / max(_sum(by_section["expected"]), 1)
    first, share = worst["section"][0], 1 - worst["covered"][0] / max(worst["expected"][0], 1)
    told = {"missing": max(total, 0), "worst": first, "worst_missing": max(share, 0)}
    return {"sections": sections, "months": months, "missing": grid, "told": told}


def show_consumption(
    house: House, reference: str, *, by: By = "category", season: bool = False, filters: ExploreFilter = NO_FILTER
) -> Figures:
    """Return median and quartiles of use by month, or by month of the year, for the largest groups."""
    house.check("dataset.read")
    explored = explored_bills(house, reference)
    bills = _of_months(explored, filters).drop_nulls("bin")
    largest = bills.group_by(by).agg(pl.col("bills").sum()).sort(["bills", by], descending=[True, False])
    groups = largest.head(MOST_GROUPS)[by].to_list()
    when = pl.col("month").dt.month().cast(pl.Int32) if season else pl.col("month")
    counted = bills.filter(pl.col(by).is_in(groups)).group_by(by, when.alias("when"), "bin")
    summed = counted.agg(pl.col("bills").sum()).sort("when", "bin")
    lines = [_line(name, summed.filter(pl.col(by) == name)) for name in groups]
    return {"by": by, "season": season, "groups": lines}


def show_balance(house: House, reference: str, *, filters: ExploreFilter = NO_FILTER) -> Figures:
    """Return transformers by the energy that nobody accounts for: the largest ones, and all others together."""
    house.check("dataset.read")
    explored = explored_bills(house, reference)
    listed = read_sums(explored.folder, BILLS, TRANSFORMERS)
    for name in ("category", "region"):
        word = getattr(filters, name)
        if word is not None and name in listed.columns:
            listed = listed.filter(pl.col(name) == word)
    if listed.is_empty():
        return {"transformers": [], "others": None, "told": None}
    parts = [name for name in listed.columns if name.endswith("_kwh")]
    top, rest = listed.head(MOST_TRANSFORMERS), listed[MOST_TRANSFORMERS:]
    others = {"count": rest.height, **rest.select(pl.col(parts).sum()).row(0, named=True)} if rest.height else None
    total = listed.select(pl.col(parts).sum()).row(0, named=True)
    tenth = listed.head(max(1, listed.height // 10)).select(pl.col("unexplained_kwh").clip(0).sum()).item()
    positive = listed.select(pl.col("unexplained_kwh").clip(0).sum()).item()
    share = total["unexplained_kwh"] / total["supplied_kwh"] if total["supplied_kwh"] else 0.0
    told = {
        "supplied_kwh": total["supplied_kwh"],
        "transformers": listed.height,
        "unexplained": share,
        "of_a_tenth": tenth / positive if positive else 0.0,
    }
    return {"transformers": list(top.iter_rows(named=True)), "others": others, "told": told}


def show_loss_by_month(house: House, reference: str, *, filters: ExploreFilter = NO_FILTER) -> Figures:
    """Return the energy balance of all metered transformers by month [kWh]."""
    house.check("dataset.read")
    explored = explored_bills(house, reference)
    balance = read_sums(explored.folder, BILLS, BALANCE)
    months = _between(balance, filters).tail(MOST_MONTHS) if balance.width else balance
    if months.is_empty():
        return {"months": [], "told": None}
    rows = months.with_columns(share=pl.col("unexplained") / pl.col("supplied"))
    year = rows.tail(12)
    share = _sum(year["unexplained"]) / max(_sum(year["supplied"]), 1e-9)
    told = {"months": year.height, "unexplained": share, "unexplained_kwh": _sum(year["unexplained"])}
    return {"months": list(rows.iter_rows(named=True)), "told": told}


def show_pair(house: House, reference: str, first: str, second: str, *, filters: ExploreFilter = NO_FILTER) -> Figures:
    """Return the share of thefts among inspected connections by the values of two features, in tenths of each."""
    house.check("dataset.read")
    explored = explored_features(house, reference)
    both = [_feature(explored, name) for name in (first, second)]
    if any(one["kind"] == "category" for one in both) or first == second:
        raise ChoiceError("two different features that are numbers make a map", advice="Choose others.")
    known = _of_features(explored, filters, [first, second]).drop_nulls()
    if known.is_empty():
        return _no_pair(both)
    sides = [_tenths(known[name]) for name in (first, second)]
    places = [_place(side, known[name]) for name, side in zip((first, second), sides, strict=True)]
    base = _sum(known["known_label"]) / known.height
    shape = (len(sides[1]) - 1, len(sides[0]) - 1)
    count, thefts = np.zeros(shape), np.zeros(shape)
    np.add.at(count, (places[1], places[0]), 1)
    np.add.at(thefts, (places[1], places[0]), known["known_label"].to_numpy())
    shown = count >= SMALLEST_GROUP
    rate = np.where(shown, thefts / np.maximum(count, 1), np.nan)
    return {
        "x": {"feature": first, "meaning": both[0]["meaning"], "unit": both[0]["unit"], "edges": sides[0].tolist()},
        "y": {"feature": second, "meaning": both[1]["meaning"], "unit": both[1]["unit"], "edges": sides[1].tolist()},
        "hit_rate": [[_rounded(value) for value in row] for row in rate],
        "inspected": [[int(value) if value >= SMALLEST_GROUP else None for value in row] for row in count],
        "base_rate": base,
        "told": {"inspected": known.height, "most": _most_thefts(rate, sides)},
    }


def show_correlation(
    house: House, reference: str, features: Sequence[str], *, filters: ExploreFilter = NO_FILTER
) -> Figures:
    """Return the rank correlation (Spearman) of chosen features, of the connections that have both."""
    house.check("dataset.read")
    explored = explored_features(house, reference)
    names = list(dict.fromkeys(features))
    if not 2 <= len(names) <= MOST_CORRELATED:
        raise ChoiceError(f"{len(names)} features were named", advice=f"Choose 2 to {MOST_CORRELATED}.")
    chosen = [_feature(explored, name) for name in names]
    if any(one["kind"] == "category" for one in chosen):
        raise ChoiceError("a category has no order", advice="Choose features that are numbers.")
    table = _of_features(explored, filters, names)
    if table.height > MOST_RANKED:
        table = table.sample(MOST_RANKED, seed=0)
    matrix = _spearman(table.select(names))
    off = np.where(np.eye(len(names), dtype=bool) | ~np.isfinite(matrix), 0.0, np.abs(matrix))
    row, column = (int(place) for place in np.unravel_index(int(off.argmax()), off.shape))
    told = {"first": row, "second": column, "correlation": float(matrix[row, column]), "connections": table.height}
    return {
        "features": names,
        "meanings": [one["meaning"] for one in chosen],
        "correlation": [[_rounded(value) for value in row] for row in matrix],
        "told": told if off.any() else None,
    }


def show_history(house: House, reference: str, consumer_id: str) -> Figures:
    """Return everything that a version holds of one connection, table by table, oldest first.

    Of a pseudonym its beginning is enough, as lists show it, where no other connection begins so.
    """
    house.check("dataset.read")
    version = house.version(reference)
    whole = _whole_pseudonym(version, reference, consumer_id)
    found = read_consumer(version, whole)
    if all(frame.is_empty() for frame in found.values()):
        raise _absent(consumer_id, reference)
    tables = {name: _oldest_first(name, frame) for name, frame in found.items() if not frame.is_empty()}
    return {"consumer_id": whole, "tables": tables}


def _whole_pseudonym(version: Version, reference: str, written: str) -> str:
    start = pseudonym_start(written)
    if start is None:
        return written
    if len(start) == LONGEST:
        return start
    # The consumer master is much smaller than the bills, where there is one.
    tables = version.tables
    known = next(tables[name] for name in ("consumers", "readings", "intervals", *tables) if name in tables)
    begun = known.filter(pl.col("consumer_id").str.starts_with(start)).select("consumer_id").unique().collect()
    if begun.height > 1:
        raise ChoiceError(
            f"{written} begins the pseudonyms of {grouped(begun.height)} connections in {reference}",
            advice="Write more of it.",
        )
    if begun.is_empty():
        raise _absent(written, reference)
    return str(begun["consumer_id"][0])


def _absent(consumer_id: str, reference: str) -> ChoiceError:
    return ChoiceError(f"{consumer_id} is not in {reference}", advice="Take a pseudonym of this dataset.")


def show_map(house: House, reference: str, *, filters: ExploreFilter = NO_FILTER) -> Figures:
    """Return connections by rounded position, with inspections and thefts; places of few connections are left out.

    `is_degrees` says whether positions are latitude and longitude, or places on a grid of the utility's own.
    """
    house.check("dataset.read")
    places = _places(house.folder_of(house.registered(reference)))
    if places is None:
        return {"places": [], "is_degrees": False, "left_out": 0, "told": None}
    for name in ("category", "region"):
        word = getattr(filters, name)
        places = places if word is None or name not in places.columns else places.filter(pl.col(name) == word)
    figures = pl.col("connections", "inspected", "thefts").sum()
    found = places.group_by("north", "east").agg(figures).sort("north", "east")
    shown = suppress_small_groups(found, ["north", "east"], "connections").drop_nulls("connections")
    hidden = found.height - shown.height
    top = shown.sort(["connections", "north", "east"], descending=[True, False, False]).head(MOST_PLACES)
    degrees = bool(found.height) and bool(
        found.select((pl.col("north").abs() <= 90).all() & (pl.col("east").abs() <= 180).all()).item()
    )
    told = {"connections": int(_sum(top["connections"])), "places": top.height, "hidden": hidden}
    return {"places": list(top.iter_rows(named=True)), "is_degrees": degrees, "left_out": hidden, "told": told}


@lru_cache(maxsize=8)
def _places(folder: Path) -> pl.DataFrame | None:
    """Count connections by position and area, once: a version never changes. None where no position is known."""
    tables = read_version(folder).tables
    there = tables["consumers"].collect_schema().names() if "consumers" in tables else []
    if "position" not in there:
        return None
    areas = [name for name in ("category", "region") if name in there]
    pair = pl.col("position").str.extract_groups(POSITION)
    placed = tables["consumers"].select(
        "consumer_id",
        *areas,
        north=pair.struct.field("1").cast(pl.Float64, strict=False).round(2),
        east=pair.struct.field("2").cast(pl.Float64, strict=False).round(2),
    )
    visits = pl.LazyFrame(schema={"consumer_id": pl.String, "is_theft": pl.Boolean})
    if "inspections" in tables:
        theft = pl.col("outcome").is_in(["theft", "tamper", "unauthorised_use"]).any().alias("is_theft")
        visits = tables["inspections"].group_by("consumer_id").agg(theft)
    joined = placed.drop_nulls(["north", "east"]).join(visits, on="consumer_id", how="left")
    counted = joined.group_by("north", "east", *areas).agg(
        connections=pl.len(), inspected=pl.col("is_theft").count(), thefts=pl.col("is_theft").sum()
    )
    return counted.collect()


def _oldest_first(table: str, frame: pl.DataFrame) -> list[dict[str, Any]]:
    when = {"readings": "read_on", "payments": "paid_on", "events": "occurred_at", "intervals": "start"}
    column = when.get(table, "inspected_on")
    ordered = frame.drop("consumer_id").sort(column, nulls_last=True) if column in frame.columns else frame
    return ordered.tail(MOST_ROWS).to_dicts()


def _feature(explored: Explored, name: str) -> Mapping[str, Any]:
    found = next((one for one in read_about(explored.folder, MEASURED)["features"] if one["name"] == name), None)
    if found is None:
        raise ChoiceError(f"these data offer no feature {name}", advice="Choose one of the list of features.")
    return found


def _of_features(explored: Explored, filters: ExploreFilter, features: Sequence[str]) -> pl.DataFrame:
    """Return some features and the outcome of whoever passes; the others of some hundred are not read."""
    table = pl.scan_parquet(explored.folder / MEASURED / TABLE)
    there = table.collect_schema()
    for name in ("category", "region"):
        word = getattr(filters, name)
        if word is not None and f"area_{name}" in there:
            table = table.filter(pl.col(f"area_{name}") == word)
    table = table if filters.start is None else table.filter(pl.col("seen_as_of") >= filters.start)
    table = table if filters.end is None else table.filter(pl.col("seen_as_of") <= filters.end)
    return table.select("known_label", *features).collect()


def _of_months(explored: Explored, filters: ExploreFilter) -> pl.DataFrame:
    return _within(read_sums(explored.folder, BILLS, MONTHS), filters)


def _within(sums: pl.DataFrame, filters: ExploreFilter) -> pl.DataFrame:
    for name in ("category", "region"):
        word = getattr(filters, name)
        sums = sums if word is None else sums.filter(pl.col(name) == word)
    return _between(sums, filters)


def _between(sums: pl.DataFrame, filters: ExploreFilter) -> pl.DataFrame:
    if filters.start is not None:
        sums = sums.filter(pl.col("month") >= filters.start.replace(day=1))
    return sums if filters.end is None else sums.filter(pl.col("month") <= filters.end)


def _last_months(months: pl.Series) -> list[date]:
    return months.drop_nulls().unique().sort().tail(MOST_MONTHS).to_list()


def _by_class(values: pl.Series, label: pl.Series) -> dict[str, pl.Series]:
    masks = {name: label.is_null() if wanted is None else label == wanted for name, wanted in CLASSES.items()}
    found = {name: values.filter(mask.fill_null(value=False)).drop_nulls() for name, mask in masks.items()}
    return {name: some for name, some in found.items() if len(some)}


def _edges(known: pl.Series) -> np.ndarray:
    if known.is_empty():
        return np.linspace(0.0, 1.0, BINS + 1)
    low, high = (known.quantile(tail, "linear") for tail in TAILS)
    if low is None or high is None or low == high:
        low, high = known.min(), known.max()  # pyright: ignore[reportAssignmentType]  # of numbers
    start, end = float(low), float(high)  # pyright: ignore[reportArgumentType]  # there is at least one
    return np.linspace(start, end if end > start else start + 1.0, BINS + 1)


def _levels(table: pl.DataFrame, feature: Mapping[str, Any]) -> Figures:
    words = table.select(word=pl.col(feature["name"]).fill_null("missing"), label="known_label")
    frequent = words.group_by("word").len().sort(["len", "word"], descending=[True, False]).head(BINS)["word"].to_list()
    counts = {
        name: [int((some == word).sum()) for word in frequent]
        for name, some in _by_class(words["word"], words["label"]).items()
    }
    share = (words["word"] == frequent[0]).mean() if frequent else None
    return {
        "feature": feature["name"],
        "meaning": feature["meaning"],
        "unit": "",
        "levels": frequent,
        "counts": counts,
        "rows": table.height,
        "missing": table[feature["name"]].null_count(),
        "told": {"word": frequent[0], "share": share} if frequent else None,
    }


def _middle_halves(values: pl.Series, label: pl.Series) -> dict[str, tuple[float | None, float | None]]:
    """Return between which values the middle half of each class lies; of too few nothing is told."""
    return {
        name: (some.quantile(0.25, "linear"), some.quantile(0.75, "linear"))
        for name, some in _by_class(values, label).items()
        if len(some) >= SMALLEST_GROUP
    }


def _line(name: str, counted: pl.DataFrame) -> dict[str, Any]:
    points: list[dict[str, Any]] = []
    for part in counted.partition_by("when", maintain_order=True)[-MOST_MONTHS:]:
        low, middle, high = _quartiles(part["bin"].to_numpy(), part["bills"].to_numpy())
        bills = int(part["bills"].sum())
        if bills >= SMALLEST_GROUP:
            quartiles = {"low": low * DAYS_A_MONTH, "median": middle * DAYS_A_MONTH, "high": high * DAYS_A_MONTH}
            points.append({"when": part["when"][0], "bills": bills, **{k: round(v, 2) for k, v in quartiles.items()}})
    return {"name": name, "points": points}


def _quartiles(bins: np.ndarray, counts: np.ndarray) -> tuple[float, float, float]:
    """Return quartiles of counted bins, evenly spread within a bin on its own scale."""
    order = np.argsort(bins)
    reached = np.cumsum(counts[order])
    found: list[float] = []
    for share in (0.25, 0.5, 0.75):
        wanted = share * reached[-1]
        place = int(np.searchsorted(reached, wanted))
        before = reached[place - 1] if place else 0
        low, high = bin_edges(int(bins[order][place]))
        part = (wanted - before) / counts[order][place]
        found.append(low * (high / low) ** part if low > 0 else 0.0)
    return found[0], found[1], found[2]


def _tenths(values: pl.Series) -> np.ndarray:
    quantiles = np.unique(np.quantile(values.to_numpy().astype(np.float64), np.linspace(0, 1, PAIR_BINS + 1)))
    return quantiles if len(quantiles) > 1 else np.array([quantiles[0], quantiles[0] + 1.0])


def _place(side: np.ndarray, values: pl.Series) -> np.ndarray:
    """In which tenth each value lies."""
    return np.clip(np.searchsorted(side, values.to_numpy(), "right") - 1, 0, len(side) - 2)


def _no_pair(both: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    sides = [{"feature": one["name"], "meaning": one["meaning"], "unit": one["unit"], "edges": []} for one in both]
    return {"x": sides[0], "y": sides[1], "hit_rate": [], "inspected": [], "base_rate": None, "told": None}


def _most_thefts(rate: np.ndarray, sides: Sequence[np.ndarray]) -> dict[str, Any] | None:
    """Return where the share of thefts is greatest; None where no part of the map has enough inspections."""
    if not np.isfinite(rate).any():
        return None
    row, column = (int(place) for place in np.unravel_index(int(np.nanargmax(rate)), rate.shape))
    x, y = ((float(side[place]), float(side[place + 1])) for side, place in zip(sides, (column, row), strict=True))
    return {"rate": float(rate[row, column]), "x": x, "y": y}


def _spearman(table: pl.DataFrame) -> np.ndarray:
    values = table.select(pl.all().cast(pl.Float64).rank()).to_numpy()
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    present = known.astype(np.float64)
    count = present.T @ present
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = filled.T @ present / count
        covariance = filled.T @ filled / count - mean * mean.T
        squares = (filled**2).T @ present / count - mean**2
        found = covariance / np.sqrt(squares * squares.T)
    return np.where(count >= FEWEST_RANKED, np.clip(found, -1.0, 1.0), np.nan)


def _sum(values: pl.Series) -> float:
    return float(values.sum())


def _rounded(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 4)
