"""Ask whether the figures of a training can be trusted. Rule of the room: compute nothing themselves.

The audit judges many times over, so it takes a quick model and a share of many consumers instead of the chosen ones:
a leak is found by either.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.hold_out import FOLDS, Parts, held_out_parts
from powertheft.actions.training_report import AuditOfTraining, Labelled
from powertheft.domain.numbers import grouped
from powertheft.evaluation.audit import audit
from powertheft.evaluation.leakage import AuditData, Judgement
from powertheft.evaluation.measures import pr_auc, rank, roc_auc, tally
from powertheft.features.definition import Feature
from powertheft.models.registry import make_estimator
from powertheft.models.schema import feature_kinds

QUICK = "lightgbm"
QUICK_TREES = 40
QUICK_SETTINGS: dict[str, Any] = {"trees": QUICK_TREES, "leaves": 15, "learning_rate": 0.1}
MOST_ROWS = 20_000


def audit_training(
    labelled: Labelled, features: Sequence[Feature], *, parts: Parts, seed: int, threads: int
) -> AuditOfTraining:
    """Look for leaks in what a training saw, by a quick model that learns from all parts but one, each in turn."""
    # Of a split in time only the latest part is judged, too few to tell a leak from chance: here by consumer instead.
    fold = held_out_parts(labelled.fold_names) if parts.split == "time" else parts.fold
    chosen = _some_rows(labelled.labels.size, seed)
    seen, fold = labelled.part(chosen), fold[chosen]
    kinds = feature_kinds(seen.features)
    data = AuditData(
        features={name: as_numbers(seen.features[name]) for name in kinds},
        labels=seen.labels.astype(np.int64),
        consumer_ids=seen.consumer_ids.tolist(),
        # From 1: of two folds 0 and 1 the audit would take the first for one that is never judged.
        folds=fold + 1,
        judge=QuickJudge(seen, fold, seed=seed, threads=threads),
        flags={feature.name: frozenset[str](feature.flags) for feature in features},
        categorical=frozenset(name for name, kind in kinds.items() if kind == "category"),
        seed=seed,
    )
    return AuditOfTraining(audit(data), _judged_by(seen, labelled, parts))


class QuickJudge:
    """Fits a quick model without each fold in turn, and judges it on that fold."""

    def __init__(self, seen: Labelled, fold: np.ndarray, *, seed: int, threads: int) -> None:
        self._seen, self._fold, self._seed, self._threads = seen, fold, seed, threads

    def __call__(self, names: tuple[str, ...], labels: np.ndarray) -> Judgement:
        """Return how good a model of those features is on those labels, mean of the folds by their thieves."""
        table = self._seen.features.select(names)
        found: list[tuple[float, float]] = []
        weights: list[int] = []
        for part in np.unique(self._fold):
            out = self._fold == part
            if min(len(np.unique(labels[side])) for side in (out, ~out)) < 2:
                continue
            model = make_estimator(QUICK, seed=self._seed, threads=self._threads, **QUICK_SETTINGS)
            scores = model.fit(table.filter(~out), labels[~out]).raw_scores(table.filter(out))
            listed = tally(rank(self._seen.fold_names[out], labels[out], scores, scores))
            found.append((roc_auc(listed), pr_auc(listed)))
            weights.append(int(labels[out].sum()))
        if not found:
            return Judgement(0.5, float(labels.mean()))
        mean = np.average(np.array(found), axis=0, weights=weights)
        return Judgement(float(mean[0]), float(mean[1]))


def as_numbers(column: pl.Series) -> np.ndarray:
    """Return a feature as the audit reads it: words as codes, not a number where missing."""
    if column.dtype == pl.String:
        column = column.rank("dense")
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _some_rows(count: int, seed: int) -> np.ndarray:
    if count <= MOST_ROWS:
        return np.arange(count)
    return np.sort(np.random.default_rng(seed).choice(count, MOST_ROWS, replace=False))


def _judged_by(seen: Labelled, labelled: Labelled, parts: Parts) -> str:
    whom = f"all {grouped(seen.labels.size)} labelled consumers"
    if seen.labels.size < labelled.labels.size:
        whom = f"{grouped(seen.labels.size)} of {grouped(labelled.labels.size)} labelled consumers, drawn by chance"
    by = "neighbourhood" if parts.split == "neighbourhood" else "consumer"
    return (
        f"by a quick model ({QUICK} of {QUICK_TREES} trees) in the place of the chosen one, on {whom}, "
        f"each of {FOLDS} folds by {by} in turn; its figures are not those of the chosen model"
    )
