"""What the fitted consumers looked like, as counts that single nobody out. Rule of the room: the scikit-learn contract.

Drift is measured against it, and golden predictions are drawn from it. It holds no row and no value of one consumer:
bins and categories of fewer than 20 consumers are merged or dropped, ends are quantiles and never extremes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl

from powertheft.models.schema import FeatureKind, feature_kinds

SMALLEST_GROUP = 20
BINS = 20
OUTER_QUANTILE = 0.01
DIGITS = 6


@dataclass(frozen=True, slots=True)
class NumberReference:
    """Spread of a number: how many consumers lie in each bin, and the share with no value.

    The first and last bin are open: they also hold what lies beyond their outer edge.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    share_missing: float


@dataclass(frozen=True, slots=True)
class CategoryReference:
    """Spread of a category: consumers of each level of at least 20, of all others together, and the share missing."""

    counts: Mapping[str, int]
    others: int
    share_missing: float


@dataclass(frozen=True, slots=True)
class Reference:
    """Spread of every feature and of the raw scores among the consumers that were fitted.

    The scores are out-of-fold ones, as new consumers would get them.
    """

    rows: int
    scores: NumberReference
    numbers: Mapping[str, NumberReference] = field(default_factory=dict[str, NumberReference])
    categories: Mapping[str, CategoryReference] = field(default_factory=dict[str, CategoryReference])

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries and lists."""
        return {
            "rows": self.rows,
            "scores": _number_to_json(self.scores),
            "numbers": {name: _number_to_json(number) for name, number in self.numbers.items()},
            "categories": {
                name: {"counts": dict(item.counts), "others": item.others, "share_missing": item.share_missing}
                for name, item in self.categories.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the reference that `to_json` wrote."""
        return cls(
            rows=int(data["rows"]),
            scores=_number_from_json(data["scores"]),
            numbers={name: _number_from_json(item) for name, item in data["numbers"].items()},
            categories={
                name: CategoryReference(dict(item["counts"]), int(item["others"]), float(item["share_missing"]))
                for name, item in data["categories"].items()
            },
        )


def describe(X: pl.DataFrame, raw_scores: npt.NDArray[np.float64]) -> Reference:
    """Return the reference of a feature table and its out-of-fold scores.

    Parameters
    ----------
    X : DataFrame, shape (n_consumers, n_features)
        Features only.
    raw_scores : ndarray of float, shape (n_consumers,)
        Out-of-fold raw scores.

    Returns
    -------
    Reference

    Examples
    --------
    >>> table = pl.DataFrame({"district": ["North"] * 30 + ["South"] * 9 + [None]})
    >>> describe(table, np.zeros(40)).categories["district"]
    CategoryReference(counts={'North': 30}, others=9, share_missing=0.025)
    """
    kinds = feature_kinds(X)
    return Reference(
        rows=X.height,
        scores=describe_number(raw_scores),
        numbers={
            name: describe_number(X[name].cast(pl.Float64).to_numpy())
            for name, kind in kinds.items()
            if kind == "number"
        },
        categories={name: _describe_category(X[name]) for name, kind in kinds.items() if kind == "category"},
    )


def describe_number(values: npt.NDArray[np.float64]) -> NumberReference:
    """Return the spread of a number in up to 20 bins of at least 20 consumers each.

    Examples
    --------
    >>> describe_number(np.arange(100.0)).counts
    (20, 20, 20, 20, 20)
    """
    known = values[np.isfinite(values)]
    share_missing = round(1 - len(known) / max(1, len(values)), DIGITS)
    if len(known) < SMALLEST_GROUP:
        return NumberReference((), (), share_missing)
    bins = max(1, min(BINS, len(known) // SMALLEST_GROUP))
    levels = np.linspace(0, 1, bins + 1)
    levels[[0, -1]] = OUTER_QUANTILE, 1 - OUTER_QUANTILE
    quantiles = np.quantile(known, levels)
    edges = np.unique([float(f"{edge:.{DIGITS}g}") for edge in quantiles])
    if len(edges) == 1:
        return NumberReference((float(edges[0]), float(edges[0])), (len(known),), share_missing)
    inner = np.searchsorted(edges[1:-1], known, side="right")
    return NumberReference(*_merged(edges, np.bincount(inner, minlength=len(edges) - 1)), share_missing)


def draw_table(
    reference: Reference, kinds: Mapping[str, FeatureKind], *, rows: int, seed: int
) -> dict[str, list[float | None] | list[str | None]]:
    """Return invented rows with the spread of the reference, one list a feature; no row is a consumer's.

    Examples
    --------
    >>> table = pl.DataFrame({"energy": [float(i) for i in range(100)]})
    >>> draw_table(describe(table, np.zeros(100)), {"energy": "number"}, rows=2, seed=0)
    {'energy': [4.843559926199111, 2.5444241214581615]}
    """
    draws = np.random.default_rng(seed)
    return {
        name: _draw_numbers(reference.numbers[name], rows, draws)
        if kind == "number"
        else _draw_categories(reference.categories[name], rows, draws)
        for name, kind in kinds.items()
    }


def _merged(edges: npt.NDArray[np.float64], counts: npt.NDArray[np.int64]) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Join bins of fewer than 20 consumers to the next one, the last to the one before."""
    kept_edges, kept_counts, waiting = [float(edges[0])], list[int](), 0
    for count, end in zip(counts.tolist(), edges[1:].tolist(), strict=True):
        waiting += count
        if waiting >= SMALLEST_GROUP:
            kept_edges.append(end)
            kept_counts.append(waiting)
            waiting = 0
    kept_edges[-1] = float(edges[-1])
    kept_counts[-1] += waiting
    return tuple(kept_edges), tuple(kept_counts)


def _describe_category(column: pl.Series) -> CategoryReference:
    counted = column.cast(pl.String).drop_nulls().value_counts(sort=False)
    counts = dict(zip(counted[:, 0].to_list(), counted[:, 1].to_list(), strict=True))
    named = {level: count for level, count in sorted(counts.items()) if count >= SMALLEST_GROUP}
    missing = round(column.null_count() / max(1, len(column)), DIGITS)
    return CategoryReference(named, sum(counts.values()) - sum(named.values()), missing)


def _draw_numbers(spread: NumberReference, rows: int, draws: np.random.Generator) -> list[float | None]:
    absent = draws.random(rows) < spread.share_missing
    place = draws.random(rows)
    if not spread.counts:
        return [None] * rows
    shares = np.append(0.0, np.cumsum(spread.counts)) / sum(spread.counts)
    values = np.interp(place, shares, spread.edges).tolist()
    return [None if gone else value for gone, value in zip(absent, values, strict=True)]


def _draw_categories(spread: CategoryReference, rows: int, draws: np.random.Generator) -> list[str | None]:
    absent = draws.random(rows) < spread.share_missing
    levels = list(spread.counts)
    if not levels:
        return [None] * rows
    shares = np.array(list(spread.counts.values())) / sum(spread.counts.values())
    chosen = draws.choice(len(levels), size=rows, p=shares).tolist()
    return [None if gone else levels[level] for gone, level in zip(absent, chosen, strict=True)]


def _number_to_json(number: NumberReference) -> dict[str, Any]:
    return {"edges": list(number.edges), "counts": list(number.counts), "share_missing": number.share_missing}


def _number_from_json(data: Mapping[str, Any]) -> NumberReference:
    return NumberReference(
        edges=tuple(float(edge) for edge in data["edges"]),
        counts=tuple(int(count) for count in data["counts"]),
        share_missing=float(data["share_missing"]),
    )
