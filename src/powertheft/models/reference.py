"""What the fitted consumers looked like, as counts that single nobody out. Rule of the room: the scikit-learn contract.

Drift is measured against it, and golden predictions are drawn from it. It holds no row and no value of one consumer:
bins and categories of fewer than 20 consumers are merged or dropped, ends are quantiles and never extremes.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from powertheft.domain.spreads import CategorySpread, NumberSpread, Spreads
from powertheft.models.schema import FeatureKind, feature_kinds

SMALLEST_GROUP = 20
BINS = 20
OUTER_QUANTILE = 0.01
DIGITS = 6


def describe(X: pl.DataFrame, raw_scores: npt.NDArray[np.float64]) -> Spreads:
    """Return the reference of a feature table and its out-of-fold scores.

    Parameters
    ----------
    X : DataFrame, shape (n_consumers, n_features)
        Features only.
    raw_scores : ndarray of float, shape (n_consumers,)
        Out-of-fold raw scores.

    Returns
    -------
    Spreads

    Examples
    --------
    >>> table = pl.DataFrame({"district": ["North"] * 30 + ["South"] * 9 + [None]})
    >>> describe(table, np.zeros(40)).categories["district"]
    CategorySpread(counts={'North': 30}, others=9, share_missing=0.025)
    """
    kinds = feature_kinds(X)
    return Spreads(
        rows=X.height,
        scores=describe_number(raw_scores),
        numbers={
            name: describe_number(X[name].cast(pl.Float64).to_numpy())
            for name, kind in kinds.items()
            if kind == "number"
        },
        categories={name: _describe_category(X[name]) for name, kind in kinds.items() if kind == "category"},
    )


def describe_number(values: npt.NDArray[np.float64]) -> NumberSpread:
    """Return the spread of a number in up to 20 bins of at least 20 consumers each.

    Examples
    --------
    >>> describe_number(np.arange(100.0)).counts
    (20, 20, 20, 20, 20)
    """
    known = values[np.isfinite(values)]
    share_missing = round(1 - len(known) / max(1, len(values)), DIGITS)
    if len(known) < SMALLEST_GROUP:
        return NumberSpread((), (), share_missing)
    bins = max(1, min(BINS, len(known) // SMALLEST_GROUP))
    levels = np.linspace(0, 1, bins + 1)
    levels[[0, -1]] = OUTER_QUANTILE, 1 - OUTER_QUANTILE
    edges = _edges(np.quantile(known, levels))
    inner = np.searchsorted(edges[1:-1], known, side="right")
    return NumberSpread(*_merged(edges, np.bincount(inner, minlength=len(edges) - 1)), share_missing)


def draw_table(
    reference: Spreads, kinds: Mapping[str, FeatureKind], *, rows: int, seed: int
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


def _edges(quantiles: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return edges of bins; a value that so many share that quantiles repeat it gets a bin of its own."""
    values, repeats = np.unique(quantiles, return_counts=True)
    shared = values[repeats > 1]
    others = [float(f"{edge:.{DIGITS}g}") for edge in values[repeats == 1]]
    # Sums in another order, or of another precision, must not push it out of its bin.
    reach = 10.0**-DIGITS * np.abs(shared)
    edges = np.unique(np.concatenate([others, shared - reach, np.nextafter(shared + reach, np.inf)]))
    if len(values) == 1:
        return np.concatenate([edges[:1], edges, edges[-1:]])
    return edges


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


def _describe_category(column: pl.Series) -> CategorySpread:
    counted = column.cast(pl.String).drop_nulls().value_counts(sort=False)
    counts = dict(zip(counted[:, 0].to_list(), counted[:, 1].to_list(), strict=True))
    named = {level: count for level, count in sorted(counts.items()) if count >= SMALLEST_GROUP}
    missing = round(column.null_count() / max(1, len(column)), DIGITS)
    return CategorySpread(named, sum(counts.values()) - sum(named.values()), missing)


def _draw_numbers(spread: NumberSpread, rows: int, draws: np.random.Generator) -> list[float | None]:
    absent = draws.random(rows) < spread.share_missing
    place = draws.random(rows)
    if not spread.counts:
        return [None] * rows
    shares = np.append(0.0, np.cumsum(spread.counts)) / sum(spread.counts)
    values = np.interp(place, shares, spread.edges).tolist()
    return [None if gone else value for gone, value in zip(absent, values, strict=True)]


def _draw_categories(spread: CategorySpread, rows: int, draws: np.random.Generator) -> list[str | None]:
    absent = draws.random(rows) < spread.share_missing
    levels = list(spread.counts)
    if not levels:
        return [None] * rows
    shares = np.array(list(spread.counts.values())) / sum(spread.counts.values())
    chosen = draws.choice(len(levels), size=rows, p=shares).tolist()
    return [None if gone else levels[level] for gone, level in zip(absent, chosen, strict=True)]
