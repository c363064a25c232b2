"""Hold consumers out, fit without them, judge them. Rule of the room: compute nothing themselves."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import polars as pl

from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.training_report import Labelled
from powertheft.domain.errors import ChoiceError, LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import Evaluation, evaluate_scores
from powertheft.evaluation.splits import fold_of, forward_split, group_fold_of
from powertheft.models.training import FittedModel

FOLDS = 5
"""A consumer's fold is SHA-256 of its number, modulo five."""

SMALL = 20_000
"""Under this many labelled consumers all folds are held out in turn, so that the figures are not left to chance."""

SPLITS = ("consumer", "neighbourhood", "time")
LATEST = 0.2
"""Share of the dated outcomes, the latest, that a split in time holds out."""

NEIGHBOURHOODS = ("transformer_id", "section", "district")
"""Columns of the consumers table that tell neighbours, the closest first."""

Fit = Callable[[Labelled, Progress], FittedModel]


@dataclass(frozen=True, slots=True)
class Parts:
    """Who is held out: each consumer's part, how many of the parts are judged (0, 1, ...), and how, in words."""

    fold: np.ndarray
    judged: int
    split: str
    words: str

    @property
    def is_seen(self) -> np.ndarray:
        """Return whether each consumer is judged."""
        return self.fold < self.judged


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Judged consumers: their places among the labelled, their scores by fits that had not seen them, the figures."""

    rows: np.ndarray
    raw_scores: np.ndarray
    probabilities: np.ndarray
    evaluation: Evaluation


def check_split(split: str, folds: int | None) -> None:
    """Refuse a way of splitting that is not on offer."""
    if split not in SPLITS:
        raise ChoiceError(f"there is no split by {split!r}", advice=f"Choose one of: {', '.join(SPLITS)}.")
    if folds is not None and not 1 <= folds <= FOLDS:
        advice = f"Give 1 (the first of {FOLDS} folds is held out) to {FOLDS} (each in turn)."
        raise ChoiceError(f"{folds} held-out folds are not on offer", advice=advice)
    if split == "time" and folds not in {None, 1}:
        raise ChoiceError(
            f"a split in time holds out one part, the latest, and not {folds}", advice="Leave out --folds."
        )


def check_split_fits(split: str, labels: pl.DataFrame, consumers: pl.DataFrame | None) -> None:
    """Refuse data that cannot be split so, before any feature is computed."""
    if split == "time":
        forward_split(labels["as_of"], LATEST)
    if split == "neighbourhood" and _neighbourhood(consumers) is None:
        raise ChoiceError(
            f"the data name no neighbourhood: none of {', '.join(NEIGHBOURHOODS)} is in the consumers table",
            advice="Split by consumer, or map one of these columns in the profile.",
        )


def parts_of(labelled: Labelled, *, split: str, asked: int | None) -> Parts:
    """Return who is held out by a split; how many folds in turn: as asked, else all for small data, one for large."""
    if split == "time":
        is_late = forward_split(labelled.about["outcome_on"], LATEST)
        first = labelled.about["outcome_on"].filter(pl.Series(is_late)).min()
        words = f"the latest outcomes, of visits after {first}, {is_late.mean():.0%} of all"
        parts = Parts(np.where(is_late, 0, 1), 1, split, words)
    else:
        judged = asked if asked is not None else FOLDS if labelled.labels.size < SMALL else 1
        parts = Parts(_folds(labelled, split), judged, split, f"{judged} of {FOLDS}")
    _check_parts(parts, labelled.labels)
    return parts


def held_out_parts(fold_names: np.ndarray) -> np.ndarray:
    """Return each consumer's fold; data that somebody split by these folds before, so that one is empty, anew."""
    fold = fold_of(fold_names, FOLDS)
    if np.bincount(fold, minlength=FOLDS).all():
        return fold
    return fold_of([f"split again {number}" for number in fold_names], FOLDS)


def _folds(labelled: Labelled, split: str) -> np.ndarray:
    if split == "consumer":
        return held_out_parts(labelled.fold_names)
    column = _neighbourhood(labelled.about) or ""
    return group_fold_of(labelled.about[column].to_list(), labelled.fold_names, FOLDS)


def _neighbourhood(consumers: pl.DataFrame | None) -> str | None:
    if consumers is None:
        return None
    known = (c for c in NEIGHBOURHOODS if c in consumers.columns and consumers[c].null_count() < consumers.height)
    return next(known, None)


def _check_parts(parts: Parts, labels: np.ndarray) -> None:
    """Refuse a split that leaves a side with outcomes of one kind only."""
    for part in range(parts.judged):
        out = parts.fold == part
        if any(len(np.unique(labels[side])) < 2 for side in (out, ~out)):
            raise LabelError(
                f"a split by {parts.split} leaves a part without outcomes of both kinds",
                advice="Split by consumer, or give the outcomes of more inspections.",
            )


def judge_held_out(
    labelled: Labelled,
    fit: Fit,
    *,
    parts: Parts,
    capacity: Capacity,
    cutoff: str,
    line: float | None = None,
    seed: int,
    progress: Progress = no_progress,
) -> HeldOut:
    """Fit without each held-out part in turn, and judge the scores of the consumers that were left out.

    `line` is the cut-off itself where it is not one that each fit chooses.
    """
    raw = np.full(parts.fold.size, np.nan)
    probability = np.full(parts.fold.size, np.nan)
    lines: list[float] = []
    for held_out in range(parts.judged):
        judged = parts.fold == held_out
        model = fit(labelled.part(~judged), part_of(progress, held_out / parts.judged, (held_out + 1) / parts.judged))
        unseen = labelled.part(judged)
        raw[judged] = model.raw_scores(unseen.features)
        probability[judged] = model.probabilities(unseen.features)
        lines.append(model.cutoffs[cutoff] if line is None else line)
    # Raw scores of different fits need not share a scale; calibrated probabilities do.
    scores = raw if parts.judged == 1 else probability
    rows = np.flatnonzero(parts.is_seen)
    evaluation = evaluate_scores(
        consumer_ids=labelled.fold_names[rows],
        labels=labelled.labels[rows],
        raw_scores=scores[rows],
        probabilities=probability[rows],
        capacity=capacity,
        cutoff=cutoff,
        seed=seed,
        chosen_cutoff=float(np.mean(lines)),
    )
    return HeldOut(rows, scores[rows], probability[rows], evaluation)
