"""The report of a training: figures of held-out consumers, as data. Rule of the room: compute nothing themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import Evaluation, evaluate_scores
from powertheft.evaluation.splits import fold_of
from powertheft.models.training import FittedModel

FOLDS = 5
"""A consumer's fold is SHA-256 of its number, modulo five."""

SMALL = 20_000
"""Under this many labelled consumers all folds are held out in turn, so that the figures are not left to chance."""

Fit = Callable[["Labelled", Progress], FittedModel]


@dataclass(frozen=True, slots=True)
class Labelled:
    """Consumers whose outcome is known: who, the names that folds and ties go by, their features, the outcome.

    `fold_names` are the utility's numbers, or where these are not known what the consumers' rows hold.
    """

    consumer_ids: np.ndarray
    fold_names: np.ndarray
    features: pl.DataFrame
    labels: np.ndarray

    def part(self, chosen: np.ndarray) -> "Labelled":
        """Return the rows that are chosen, by a mask or by their places."""
        rows = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Labelled(self.consumer_ids[rows], self.fold_names[rows], self.features[rows], self.labels[rows])


def held_out_folds(labelled: Labelled, asked: int | None) -> int:
    """Return how many of the five folds are held out in turn: as asked, else all for small data and one for large."""
    if asked is not None:
        return asked
    return FOLDS if labelled.labels.size < SMALL else 1


def held_out_parts(fold_names: np.ndarray) -> np.ndarray:
    """Return each consumer's fold; data that somebody split by these folds before, so that one is empty, anew."""
    fold = fold_of(fold_names, FOLDS)
    if np.bincount(fold, minlength=FOLDS).all():
        return fold
    return fold_of([f"split again {number}" for number in fold_names], FOLDS)


def judge_held_out(
    labelled: Labelled,
    fit: Fit,
    *,
    folds: int,
    capacity: Capacity,
    cutoff: str,
    seed: int,
    progress: Progress = no_progress,
) -> Evaluation:
    """Fit without each held-out fold in turn, and judge the scores of the consumers that were left out."""
    fold = held_out_parts(labelled.fold_names)
    raw = np.full(fold.size, np.nan)
    probability = np.full(fold.size, np.nan)
    lines: list[float] = []
    for held_out in range(folds):
        judged = fold == held_out
        known = labelled.part(~judged)
        model = fit(known, part_of(progress, held_out / folds, (held_out + 1) / folds))
        unseen = labelled.part(judged)
        raw[judged] = model.raw_scores(unseen.features)
        probability[judged] = model.probabilities(unseen.features)
        lines.append(model.cutoffs[cutoff])
    seen = fold < folds
    return evaluate_scores(
        consumer_ids=labelled.fold_names[seen],
        labels=labelled.labels[seen],
        # Raw scores of different fits need not share a scale; calibrated probabilities do.
        raw_scores=raw[seen] if folds == 1 else probability[seen],
        probabilities=probability[seen],
        capacity=capacity,
        cutoff=cutoff,
        seed=seed,
        chosen_cutoff=float(np.mean(lines)),
    )


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a training gives to its reader: the figures with and without what a visit may have caused, and notes."""

    algorithm: str
    held_out: Evaluation
    knowable: Evaluation | None
    features: int
    knowable_features: int
    labelled: int
    positives: int
    folds: int
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain data; the measures are those of the held-out fit."""
        return {
            "algorithm": self.algorithm,
            "labelled_consumers": self.labelled,
            "positives": self.positives,
            "features": self.features,
            "knowable_features": self.knowable_features,
            "held_out_folds": f"{self.folds} of {FOLDS}",
            "held_out": self.held_out.to_json(),
            "knowable_only": None if self.knowable is None else self.knowable.to_json(),
            "notes": list(self.notes),
        }
