"""What a model looks at, seen over all consumers. Rule of the room: aggregates and ranks leave it, nobody's numbers do.

A swarm says where a value stands among all others (0 the lowest, 1 the highest) and not what it is; a point of a
dependence stands for `SMALLEST_GROUP` consumers at least.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import rankdata

from powertheft.models.classifier import FloatArray, ScoreKind

MOST_CONSUMERS = 2_000
"""Points of a swarm at most."""

MOST_POINTS = 40
"""Points of a dependence at most."""

MOST_FEATURES = 20
"""Features whose swarm and dependence are drawn, unless more are asked for."""

SMALLEST_GROUP = 10
"""Consumers that a point of a dependence stands for at least; fewer are not shown, and rare levels are pooled."""

BAND = (0.1, 0.9)
"""Quantiles of the contributions between which the band of a dependence lies."""

OTHER_LEVELS = "other"
NO_VALUE = "missing"
Kind = Literal["number", "category"]


@dataclass(frozen=True, slots=True)
class Importance:
    """How much a feature moves scores: mean size of its contributions, and its share of all features' [0 to 1]."""

    feature: str
    family: str
    mean_size: float
    share: float


@dataclass(frozen=True, slots=True)
class FamilyImportance:
    """The same of all features of a family together."""

    family: str
    features: int
    mean_size: float
    share: float


@dataclass(frozen=True, slots=True)
class Swarm:
    """Contributions of one feature to some consumers, and where each value stands among all (None: no number)."""

    feature: str
    contributions: tuple[float, ...]
    quantiles: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class DependencePoint:
    """Consumers of about one value: their median value or level, how many, mean contribution, 10 to 90 % band."""

    value: float | str
    consumers: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Dependence:
    """How the contribution of a feature hangs on its value; `missing` is the point of those who have none."""

    feature: str
    kind: Kind
    points: tuple[DependencePoint, ...]
    missing: DependencePoint | None


@dataclass(frozen=True, slots=True)
class WholeModel:
    """A model over all consumers: every feature's importance, and the strongest ones' swarms and dependences.

    Attributes
    ----------
    consumers : int
        How many were looked at.
    unit : {"log-odds", "probability", "decision value"}
        Unit of all contributions.
    features : tuple of Importance
        Every feature, strongest first.
    families : tuple of FamilyImportance
        Every family, strongest first.
    swarms : tuple of Swarm
        Of the strongest features, each over the same consumers.
    dependences : tuple of Dependence
        Of the strongest features.
    """

    consumers: int
    unit: ScoreKind
    features: tuple[Importance, ...]
    families: tuple[FamilyImportance, ...]
    swarms: tuple[Swarm, ...]
    dependences: tuple[Dependence, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, texts and numbers."""
        return asdict(self)


def whole_model(
    contributions: FloatArray,
    table: pl.DataFrame,
    *,
    families: Mapping[str, str],
    unit: ScoreKind = "log-odds",
    most: int = MOST_FEATURES,
) -> WholeModel:
    """Sum up what a model looks at.

    Parameters
    ----------
    contributions : ndarray, shape (n_consumers, n_features)
        What each feature adds to the raw scores [`unit`].
    table : DataFrame, shape (n_consumers, n_features)
        The features, columns in the order of the contributions.
    families : mapping of str to str
        Family of each feature; one that is not in it is of the family "attribute".
    unit : {"log-odds", "probability", "decision value"}
        What a raw score of the model is.
    most : int, default 20
        Features whose swarm and dependence are wanted.

    Returns
    -------
    WholeModel

    Raises
    ------
    ValueError
        If the shapes do not belong together, or a contribution is no number.

    Notes
    -----
    Of more than `MOST_CONSUMERS` consumers a swarm shows those at even steps of the score: the choice hangs neither on
    chance nor on the order of the rows.

    References
    ----------
    Lundberg et al. (2020), From local explanations to global understanding with explainable AI for trees,
    https://doi.org/10.1038/s42256-019-0138-9

    Examples
    --------
    >>> table = pl.DataFrame({"fall": np.arange(40.0), "load": np.ones(40)})
    >>> contributions = np.column_stack([np.arange(40) - 20.0, np.full(40, 0.5)])
    >>> seen = whole_model(contributions, table, families={"fall": "change"})
    >>> [(row.feature, row.family, row.mean_size, round(row.share, 2)) for row in seen.features]
    [('fall', 'change', 10.0, 0.95), ('load', 'attribute', 0.5, 0.05)]
    >>> seen.dependences[0].points[0]
    DependencePoint(value=4.5, consumers=10, mean=-15.5, low=-19.1, high=-11.9)
    """
    _check(contributions, table)
    features = _importances(contributions, table.columns, families)
    strongest = [table.columns.index(row.feature) for row in features[:most]]
    shown = _at_even_steps(contributions.sum(axis=1), MOST_CONSUMERS)
    return WholeModel(
        table.height,
        unit,
        features,
        _by_family(features),
        tuple(_swarm(contributions[:, place], table[:, place], shown) for place in strongest),
        tuple(_dependence(contributions[:, place], table[:, place]) for place in strongest),
    )


def _check(contributions: FloatArray, table: pl.DataFrame) -> None:
    if contributions.shape != table.shape:
        msg = f"contributions are {contributions.shape}, the table is {table.shape}"
        raise ValueError(msg)
    if not np.isfinite(contributions).all():
        msg = "a contribution is no number"
        raise ValueError(msg)


def _importances(contributions: FloatArray, names: list[str], families: Mapping[str, str]) -> tuple[Importance, ...]:
    sizes = np.abs(contributions).mean(axis=0) if len(contributions) else np.zeros(len(names))
    whole = float(sizes.sum()) or 1.0
    rows = [
        Importance(name, families.get(name, "attribute"), float(size), float(size) / whole)
        for name, size in zip(names, sizes, strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: (-row.mean_size, row.feature)))


def _by_family(features: tuple[Importance, ...]) -> tuple[FamilyImportance, ...]:
    """Add up sizes, not contributions: a family is not small because its features disagree."""
    names = sorted({row.family for row in features})
    rows = [(name, [row for row in features if row.family == name]) for name in names]
    sums = [
        FamilyImportance(name, len(own), sum(row.mean_size for row in own), sum(row.share for row in own))
        for name, own in rows
    ]
    return tuple(sorted(sums, key=lambda row: (-row.mean_size, row.family)))


def _at_even_steps(scores: FloatArray, most: int) -> npt.NDArray[np.int64]:
    order = np.argsort(scores, kind="stable")
    count = min(most, len(scores))
    return order[((np.arange(count) + 0.5) / max(count, 1) * len(scores)).astype(np.int64)]


def _swarm(contributions: FloatArray, column: pl.Series, shown: npt.NDArray[np.int64]) -> Swarm:
    values = _numbers(column)
    known = np.isfinite(values)
    stands = np.full(len(values), np.nan)
    # Half the way from the lowest rank to the highest where all are alike.
    stands[known] = (rankdata(values[known]) - 1) / (known.sum() - 1) if known.sum() > 1 else 0.5
    quantiles = tuple(None if np.isnan(stand) else round(float(stand), 4) for stand in stands[shown])
    return Swarm(column.name, tuple(contributions[shown].tolist()), quantiles)


def _numbers(column: pl.Series) -> FloatArray:
    """Values as plain numbers, NaN where there is none; of a category all are."""
    if not _is_number(column):
        return np.full(len(column), np.nan)
    values = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(values), values, np.nan)


def _is_number(column: pl.Series) -> bool:
    return column.dtype.is_numeric() or column.dtype == pl.Boolean


def _dependence(contributions: FloatArray, column: pl.Series) -> Dependence:
    if _is_number(column):
        values = _numbers(column)
        is_missing = np.isnan(values)
        places = np.flatnonzero(~is_missing)
        groups = [(float(np.median(values[group])), group) for group in _quantile_groups(values, places)]
    else:
        texts = column.cast(pl.String)
        is_missing = texts.is_null().to_numpy()
        groups = _levels(texts)
    points = tuple(_point(value, contributions[group]) for value, group in groups if len(group) >= SMALLEST_GROUP)
    left = contributions[is_missing]
    missing = _point(NO_VALUE, left) if len(left) >= SMALLEST_GROUP else None
    return Dependence(column.name, "number" if _is_number(column) else "category", points, missing)


def _quantile_groups(values: FloatArray, places: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Cut the known values into groups of about one size; equal values stay together."""
    count = min(MOST_POINTS, len(places) // SMALLEST_GROUP)
    if count == 0:
        return []
    edges = np.unique(np.quantile(values[places], np.arange(1, count) / count))
    groups = np.searchsorted(edges, values[places], side="left")
    merged = _large_enough(np.bincount(groups, minlength=count))[groups]
    return [places[merged == group] for group in np.unique(merged)]


def _large_enough(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Number the groups anew, so that each too small one goes with the next, and the last with the one before."""
    numbers, number, held = np.zeros(len(sizes), dtype=np.int64), 0, 0
    for place, size in enumerate(sizes):
        numbers[place] = number
        held += int(size)
        if held >= SMALLEST_GROUP:
            number, held = number + 1, 0
    return np.minimum(numbers, max(number - 1, 0))


def _levels(texts: pl.Series) -> list[tuple[float | str, npt.NDArray[np.int64]]]:
    """Levels, commonest first; rare ones, and all beyond the most points, as one."""
    counts = texts.drop_nulls().rename("level").value_counts().sort(["count", "level"], descending=[True, False])
    common: list[str] = counts.filter(pl.col("count") >= SMALLEST_GROUP)["level"].to_list()
    kept = common[: MOST_POINTS - 1]
    groups: list[tuple[float | str, npt.NDArray[np.int64]]] = [
        (level, np.flatnonzero((texts == level).fill_null(value=False).to_numpy())) for level in kept
    ]
    rest = texts.is_not_null() & ~texts.is_in(kept)
    return [*groups, (OTHER_LEVELS, np.flatnonzero(rest.fill_null(value=False).to_numpy()))]


def _point(value: float | str, contributions: FloatArray) -> DependencePoint:
    low, high = np.quantile(contributions, BAND)
    return DependencePoint(value, len(contributions), float(contributions.mean()), float(low), float(high))
