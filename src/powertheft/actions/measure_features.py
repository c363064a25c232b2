"""Measure how each feature is spread in a dataset version, once, in the background. Rule of the room: no fits.

The statistics are aggregates: shares of consumers by bins that hold about as many each, with ends at the 1 % and the
99 % quantile, never the value of one consumer. A version never changes, so what was measured of it stays true; it is
kept beside the datasets in the home.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.stats import rankdata

from powertheft.actions.feature_recipe import FeatureRecipe, choose_recipe
from powertheft.actions.feature_statistics import statistics_place
from powertheft.actions.house import House
from powertheft.actions.prepare_data import Prepared, check_rows_are_left, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.training_report import UNKNOWN
from powertheft.domain.folders import sync_folder
from powertheft.engines.local import compute_features
from powertheft.features.definition import Feature
from powertheft.writing.whole import write_whole

BINS = 16
ENDS = (0.01, 0.99)
MOST_LEVELS = 8
SMALLEST_LEVEL = 10
"""Consumers of a word at least that is shown by itself."""

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
    registered = house.registered(dataset)
    version = house.version(dataset)
    prepared = prepare_data(version, profile=profile_for(version, None), progress=part_of(progress, 0.0, 0.3))
    check_rows_are_left(prepared)
    recipe = choose_recipe(prepared.tables)
    told = _measured(prepared, recipe, progress=part_of(progress, 0.3, 1.0))
    place = statistics_place(house.home, registered)
    place.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(told, ensure_ascii=False, allow_nan=False)
    write_whole({place: lambda path: _write(path, content)})
    sync_folder(place.parent)
    return {"dataset": f"{registered.dataset}@{registered.number}", "features": len(told["features"])}


def _write(path: Path, content: str) -> None:
    path.write_text(content, "utf-8")


def _measured(prepared: Prepared, recipe: FeatureRecipe, *, progress: Progress) -> dict[str, Any]:
    known = prepared.labels
    as_of = known.select("consumer_id", "as_of") if known.height else None
    table = compute_features(prepared.tables, recipe.features(), as_of=as_of, progress=part_of(progress, 0.0, 0.7))
    label_of = dict(known.select("consumer_id", "label").drop_nulls().iter_rows())
    labels = np.array([label_of.get(one, UNKNOWN) for one in table.consumer_ids.tolist()], dtype=np.int8)
    progress("comparing features with each other", 0.7)
    alike = alike_features(table.features)
    progress("counting by outcome", 0.85)
    features = [
        {
            **_told(feature),
            **describe_feature(table.features[feature.name], labels),
            "alike": alike.get(feature.name, []),
        }
        for feature in recipe.features()
    ]
    progress("measured", 1.0)
    counts = {kind: int((labels == value).sum()) for kind, value in KINDS.items()}
    return {"consumers": len(labels), **counts, "features": features}


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
    >>> seen = describe_feature(pl.Series("fall", [1.0, 2.0, None, 4.0]), np.array([0, 0, 1, 1]))
    >>> seen["missing"], float(seen["alone"])
    ({'all': 0.25, 'theft': 0.5, 'honest': 0.0}, 1.0)
    """
    masks = {"all": np.ones(len(labels), bool), **{kind: labels == value for kind, value in KINDS.items()}}
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
        known = np.isfinite(values)
        spread = _bins(values, known, masks)
        alone = _alone(values, known, labels)
    else:
        known = column.is_not_null().to_numpy()
        spread = _levels(column.cast(pl.String), masks)
        alone = None
    missing = {kind: round(float((~known[mask]).mean()), 4) for kind, mask in masks.items() if mask.any()}
    return {"missing": missing, "alone": alone, **spread}


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


def _alone(values: np.ndarray, known: np.ndarray, labels: np.ndarray) -> float | None:
    """Chance that the feature alone puts a theft and an honest consumer in order, either way round."""
    judged = known & (labels != UNKNOWN)
    theft = labels[judged] == 1
    hits, others = int(theft.sum()), int((~theft).sum())
    if not hits or not others:
        return None
    area = (rankdata(values[judged])[theft].sum() - hits * (hits + 1) / 2) / (hits * others)
    return round(max(area, 1 - area), 4)


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
        ranks[row, known] = rankdata(values[known]) - (known.sum() + 1) / 2
        ranks[row] /= np.linalg.norm(ranks[row]) or 1.0
    return ranks
