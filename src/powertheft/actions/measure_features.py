"""Measure how each feature is spread in a dataset version, once, in the background. Rule of the room: no fits.

The statistics are aggregates: shares of consumers by bins that hold about as many each, with ends at the 1 % and the
99 % quantile, never the value of one consumer. A version never changes, so what was measured of it stays true; it is
kept beside the datasets in the home.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.explored_sums import (
    AREAS,
    MEASURED,
    TABLE,
    Explored,
    find_explored,
    read_about,
    write_sums,
)
from powertheft.actions.feature_recipe import offered_columns
from powertheft.actions.house import House
from powertheft.actions.prepare_data import Prepared, check_rows_are_left, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.datasets.reading import Version
from powertheft.engines.local import FeatureTable, compute_features
from powertheft.features import series
from powertheft.features.catalogue import catalogue
from powertheft.features.definition import Feature
from powertheft.labels.labelling import UNKNOWN

FILTERED = AREAS[:2]
MOST_OTHERS = 20_000
"""Connections without an outcome whose features are kept; of those with one all are."""

BINS = 16
ENDS = (0.01, 0.99)
MOST_LEVELS = 8
SMALLEST_LEVEL = 10
"""Consumers of a word at least that is shown by itself."""

FEWEST_JUDGED = 10
"""Thefts and honest consumers with a value from which it is told how well a feature tells them apart."""

ALIKE = 0.95
"""Rank correlation from which two features are said to say the same."""

MOST_RANKED = 10_000
"""Consumers that correlations are told from."""

MOST_ALIKE = 3
LEAST_KNOWN = 0.1
"""Share of the consumers that must have a value before two features are said to be alike."""
KINDS = {"theft": 1, "honest": 0}
OTHERS = "all others"


def measure_features(house: House, dataset: str, *, progress: Progress = no_progress) -> dict[str, Any]:
    """Measure every feature that a dataset version allows, and keep the statistics; return how many and of whom."""
    house.check("dataset.read")
    explored = find_explored(house, dataset)
    keep_features(explored, house.version(dataset), progress)
    told = read_about(explored.folder, MEASURED)
    return {"dataset": explored.reference, "features": len(told["features"])}


def keep_features(explored: Explored, version: Version, progress: Progress) -> None:
    """Keep how the features of a version are spread, and a sample of them; done twice it does nothing."""
    folder = explored.folder / MEASURED
    if folder.is_dir():
        return
    prepared = prepare_data(version, profile=profile_for(version, None), progress=part_of(progress, 0.0, 0.3))
    check_rows_are_left(prepared)
    features = _features(prepared)
    if not features:
        nothing = pl.DataFrame(schema={"seen_as_of": pl.Date, "known_label": pl.Int8})
        write_sums(folder, {TABLE: nothing}, {"consumers": 0, **dict.fromkeys(KINDS, 0), "features": []})
        return
    as_of = prepared.labels.select("consumer_id", "as_of")
    table = compute_features(prepared.tables, features, as_of=as_of, progress=part_of(progress, 0.3, 0.8))
    about = _about(prepared, table)
    told = _measured(features, table.features, about["known_label"], progress=part_of(progress, 0.8, 1.0))
    rows = _kept(about["known_label"].is_not_null().to_numpy())
    whole = about[rows].drop("consumer_id").with_columns(table.features[rows].iter_columns())
    write_sums(folder, {TABLE: whole}, told)


def _features(prepared: Prepared) -> tuple[Feature, ...]:
    """Return what the data offer, without the series: one month of many says nothing by itself."""
    return tuple(one for one in catalogue(offered_columns(prepared.tables)) if one.family != series.FAMILY)


def _about(prepared: Prepared, table: FeatureTable) -> pl.DataFrame:
    """Return of each row whose it is, as of when, the outcome that is known, and the areas that filters ask for."""
    known = prepared.labels.select("consumer_id", known_label="label")
    about = pl.DataFrame({"consumer_id": table.consumer_ids, "seen_as_of": table.as_of})
    about = about.join(known, on="consumer_id", how="left", maintain_order="left")
    master = prepared.tables.get("consumers", pl.DataFrame())
    there = [name for name in FILTERED if name in master.columns]
    if not there:
        return about
    areas = master.select("consumer_id", *(pl.col(name).alias(f"area_{name}") for name in there))
    return about.join(areas, on="consumer_id", how="left", maintain_order="left")


def _kept(is_labelled: np.ndarray) -> np.ndarray:
    """Rows of everybody with an outcome and of an even sample of the others, in order."""
    others = np.flatnonzero(~is_labelled)
    if len(others) > MOST_OTHERS:
        others = others[np.linspace(0, len(others) - 1, MOST_OTHERS).astype(np.int64)]
    return np.sort(np.concatenate([np.flatnonzero(is_labelled), others]))


def _measured(
    features: Sequence[Feature], table: pl.DataFrame, known: pl.Series, *, progress: Progress
) -> dict[str, Any]:
    labels = known.fill_null(UNKNOWN).cast(pl.Int8).to_numpy()
    progress("comparing features with each other", 0.0)
    alike = alike_features(table)
    progress("counting by outcome", 0.5)
    told = [
        {**_told(one), **describe_feature(table[one.name], labels), "alike": alike.get(one.name, [])}
        for one in features
    ]
    progress("measured", 1.0)
    counts = {kind: int((labels == value).sum()) for kind, value in KINDS.items()}
    return {"consumers": len(labels), **counts, "features": told}


def _told(feature: Feature) -> dict[str, Any]:
    return {
        "name": feature.name,
        "family": feature.family,
        "unit": feature.unit,
        "meaning": feature.meaning,
        "kind": feature.kind,
        "flags": sorted(feature.flags),
    }


def describe_feature(column: pl.Series, labels: np.ndarray) -> dict[str, Any]:
    """Return how a feature is spread: share missing, by outcome, and how well it alone tells theft apart.

    Examples
    --------
    >>> seen = describe_feature(pl.Series("fall", [*range(20, 0, -1), *[None] * 10]), np.repeat([0, 1, 1], 10))
    >>> seen["missing"], seen["higher"], seen["alone"]
    ({'all': 0.3333, 'theft': 0.5, 'honest': 0.0}, 0.0, 1.0)
    """
    masks = {"all": np.ones(len(labels), bool), **{kind: labels == value for kind, value in KINDS.items()}}
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        known = np.isfinite(values)
        spread = _bins(values, known, masks)
        higher = _higher(values, known, labels)
    else:
        known = column.is_not_null().to_numpy()
        spread = _levels(column.cast(pl.String), masks)
        higher = None
    alone = None if higher is None else round(max(higher, 1 - higher), 4)
    missing = {kind: round(float((~known[mask]).mean()), 4) for kind, mask in masks.items() if mask.any()}
    return {"missing": missing, "higher": higher, "alone": alone, **spread}


def _bins(values: np.ndarray, known: np.ndarray, masks: Mapping[str, np.ndarray]) -> dict[str, Any]:
    if not known.any():
        return {"edges": [], "shares": {}}
    steps = np.linspace(0, 1, BINS + 1)
    edges = np.unique(np.quantile(values[known], np.clip(steps, *ENDS)))
    if len(edges) < 2:
        return {"edges": [_rounded(edges[0])], "shares": {}}
    low, high = edges[0], edges[-1]
    shares: dict[str, list[float]] = {}
    for kind, mask in masks.items():
        seen = np.clip(values[known & mask], low, high)
        counts, _ = np.histogram(seen, edges)
        shares[kind] = (counts / max(len(seen), 1)).round(4).tolist()
    return {"edges": [_rounded(edge) for edge in edges], "shares": shares}


def _rounded(value: float) -> float:
    return float(f"{value:.4g}")


def _levels(column: pl.Series, masks: Mapping[str, np.ndarray]) -> dict[str, Any]:
    counts = column.drop_nulls().rename("word").value_counts().sort(["count", "word"], descending=[True, False])
    kept: list[str] = counts.filter(pl.col("count") >= SMALLEST_LEVEL)["word"].head(MOST_LEVELS).to_list()
    words = np.array(column.fill_null("").to_list(), dtype=object)
    known = column.is_not_null().to_numpy()
    shares: dict[str, list[float]] = {}
    for kind, mask in masks.items():
        seen = words[known & mask]
        parts = [float((seen == word).sum()) / max(len(seen), 1) for word in kept]
        shares[kind] = [round(part, 4) for part in [*parts, max(1 - sum(parts), 0.0) if len(seen) else 0.0]]
    return {"levels": [*kept, OTHERS], "shares": shares}


def _higher(values: np.ndarray, known: np.ndarray, labels: np.ndarray) -> float | None:
    """Chance that a theft has the higher value, of a theft and an honest consumer that have one; None for too few."""
    judged = known & (labels != UNKNOWN)
    theft = labels[judged] == 1
    hits, others = int(theft.sum()), int((~theft).sum())
    if min(hits, others) < FEWEST_JUDGED:
        return None
    return round(float((_ranks(values[judged])[theft].sum() - hits * (hits + 1) / 2) / (hits * others)), 4)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 1, of equal values their mean."""
    return pl.Series(values).rank().to_numpy()


def alike_features(table: pl.DataFrame) -> dict[str, list[list[Any]]]:
    """Return of each feature the others that say nearly the same: their names and rank correlations, closest first.

    Examples
    --------
    >>> rising = [float(n) for n in range(20)]
    >>> alike_features(pl.DataFrame({"a": rising, "b": [2 * n for n in rising], "c": rising[::2] + rising[1::2]}))
    {'a': [['b', 1.0]], 'b': [['a', 1.0]]}
    """
    step = max(1, table.height // MOST_RANKED)
    some = table.gather_every(step)
    names = [name for name in some.columns if some[name].dtype.is_numeric()]
    ranks = _centred_ranks(some, names)
    near = ranks @ ranks.T
    np.fill_diagonal(near, 0.0)
    found: dict[str, list[list[Any]]] = {}
    for row, name in enumerate(names):
        order = np.argsort(-np.abs(near[row]), kind="stable")[:MOST_ALIKE]
        close = [[names[other], round(float(near[row, other]), 3)] for other in order if abs(near[row, other]) > ALIKE]
        if close:
            found[name] = close
    return found


def _centred_ranks(table: pl.DataFrame, names: Sequence[str]) -> np.ndarray:
    """Return ranks of length one about their middle; who has no value stands in it, so that gaps make nothing alike."""
    ranks = np.zeros((len(names), table.height))
    for row, name in enumerate(names):
        values = table[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()
        known = np.isfinite(values)
        if known.mean() < LEAST_KNOWN:
            continue
        ranks[row, known] = _ranks(values[known]) - (known.sum() + 1) / 2
        ranks[row] /= np.linalg.norm(ranks[row]) or 1.0
    return ranks
