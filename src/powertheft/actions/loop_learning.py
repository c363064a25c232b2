"""What the loop has learnt so far in a rehearsal: outcomes with the features of their time, and models of them.

Rule of the room: put the rooms together, compute nothing themselves.
"""

from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import polars as pl

from powertheft.actions.feature_recipe import FeatureRecipe, choose_recipe
from powertheft.actions.prepare_data import Prepared, prepare_data
from powertheft.actions.train_model import NOT_LIVED
from powertheft.engines.local import FeatureTable, compute_features
from powertheft.models.recency import choose_half_life, recency_weights
from powertheft.models.training import FittedModel, fit_calibrated
from powertheft.profiles.loading import load_profile
from powertheft.simulation.living import LivingUtility

PROFILE = load_profile("tneb")
ALGORITHM = "lightgbm"
FOLDS = 3
BEFORE = -1
"""The month of what squads found before the loop began."""


@dataclass(slots=True, eq=False)
class Learnt:
    """Outcomes that are known, with the features that their connections had when they were chosen.

    `features` has a table a lot of outcomes, `labels` (1 for theft) and `consumers` (places in the utility) arrays of
    the same rows, and `months` the month of their visits.
    """

    recipe: FeatureRecipe
    features: list[pl.DataFrame] = field(default_factory=list[pl.DataFrame])
    labels: list[np.ndarray] = field(default_factory=list[np.ndarray])
    consumers: list[np.ndarray] = field(default_factory=list[np.ndarray])
    months: list[int] = field(default_factory=list[int])

    def add(self, features: pl.DataFrame, labels: np.ndarray, consumers: np.ndarray, *, month: int) -> None:
        """Add outcomes of visits of a month."""
        self.months.append(month)
        self.features.append(features)
        self.labels.append(labels)
        self.consumers.append(consumers)

    @property
    def thefts(self) -> int:
        """Return how many of the outcomes are theft."""
        return int(sum(labels.sum() for labels in self.labels))

    def train(self, *, threads: int, without: np.ndarray | None = None) -> FittedModel:
        """Train on all that is known, as fast as it grows old; or on all but some consumers, whatever its age."""
        table, labels = pl.concat(self.features), np.concatenate(self.labels)
        consumers = np.concatenate(self.consumers)
        if without is None:
            ages = np.repeat(max(self.months) - np.array(self.months, dtype=np.float64), [*map(len, self.labels)])
            half_life = choose_half_life(ALGORITHM, table, labels, ages, seed=0, threads=threads).half_life
            kept, weights = np.ones(len(labels), dtype=bool), recency_weights(ages, half_life)
        else:
            kept, weights = ~np.isin(consumers, without), None
        return fit_calibrated(
            ALGORITHM,
            table.filter(kept),
            labels[kept],
            consumer_ids=[str(place) for place in consumers[kept]],
            seed=0,
            threads=threads,
            weights=weights,
        )


@dataclass(frozen=True, slots=True, eq=False)
class MonthTable:
    """The features of all connections at the end of a month, and the place of each in the utility."""

    month: date
    prepared: Prepared
    features: pl.DataFrame
    places: np.ndarray


def first_lessons(utility: LivingUtility) -> Learnt:
    """Return what squads found before the loop began, each with the features of the day before the visit."""
    prepared = prepare_data(utility.frames(), profile=PROFILE)
    learnt = Learnt(choose_recipe(prepared.tables, without=NOT_LIVED))
    labels = prepared.labels.filter(pl.col("as_of").is_not_null()).sort("consumer_id")
    table = compute_features(prepared.tables, learnt.recipe.features(), as_of=labels.select("consumer_id", "as_of"))
    rows, found = _rows_of(table, labels)
    learnt.add(table.features[rows], found, places_of(utility, table.consumer_ids[rows]), month=BEFORE)
    return learnt


def month_table(utility: LivingUtility, recipe: FeatureRecipe) -> MonthTable:
    """Return the features of all connections as of today."""
    prepared = prepare_data(utility.frames(), profile=PROFILE)
    table = compute_features(prepared.tables, recipe.features())
    return MonthTable(utility.today, prepared, table.features, places_of(utility, table.consumer_ids))


def places_of(utility: LivingUtility, consumer_ids: np.ndarray) -> np.ndarray:
    """Return the place in the utility of each number."""
    numbers = utility.numbers
    order = numbers.arg_sort().to_numpy()
    return order[np.searchsorted(numbers.sort().to_numpy().astype(str), consumer_ids.astype(str))]


def scores_with_hindsight(learnt: Learnt, tables: list[MonthTable], *, threads: int) -> list[np.ndarray]:
    """Return the raw scores of every month by models that know all outcomes but those of the consumers they score."""
    scores = [np.full(len(table.places), np.nan) for table in tables]
    for fold in range(FOLDS):
        everybody = np.unique(np.concatenate([table.places for table in tables]))
        model = learnt.train(threads=threads, without=everybody[everybody % FOLDS == fold])
        for table, raw in zip(tables, scores, strict=True):
            rows = table.places % FOLDS == fold
            raw[rows] = model.raw_scores(table.features.filter(rows))
    return scores


def without_tables(table: MonthTable) -> MonthTable:
    """Return a month with single precision and no more of its data than its features: years of them are kept."""
    slim = table.features.with_columns(pl.selectors.float().cast(pl.Float32))
    return replace(table, features=slim, prepared=replace(table.prepared, tables={}))


def _rows_of(table: FeatureTable, labels: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of the table whose outcome is known, and the outcomes."""
    known = labels["consumer_id"].to_numpy().astype(str)
    rows = np.flatnonzero(np.isin(table.consumer_ids.astype(str), known))
    order = np.searchsorted(known, table.consumer_ids[rows].astype(str))
    return rows, labels["label"].to_numpy()[order].astype(np.int64)
