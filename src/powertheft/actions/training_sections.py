"""What a report tells beside the figures: for whom, at what cost. Rule of the room: compute nothing themselves.

Every section is drawn from the held-out fits, or from quick ones that see no more than these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy.special import expit

from powertheft.actions.hold_out import HeldOut, Parts
from powertheft.actions.training_report import Labelled, Selection
from powertheft.domain.numbers import grouped
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import evaluate_scores
from powertheft.evaluation.learning_curve import LearningCurve, learning_curve
from powertheft.evaluation.net_value import choose_by_value, net_value_curve
from powertheft.evaluation.segments import SMALLEST_GROUP, SegmentGroup, bands_of, measure_segments
from powertheft.evaluation.selection import InspectionWeights, inspection_weights, weighted_measures
from powertheft.evaluation.splits import fold_of
from powertheft.labels.labelling import UNKNOWN
from powertheft.models.registry import make_estimator

TOPS = (0.01, 0.05)
"""Shares of the list at whose top found and promised are compared."""

SEGMENTS = ("category", "region", "district", "section")
MOST_GROUPS = 12
OTHERS = "all others"
RESAMPLES = 100

MOST_OTHERS = 4_000
"""Uninspected consumers that inspected ones are told from; more make the same model, slower."""

LEAST_CHANCE = 1e-6
TOLERANCE = 1e-2
PROPENSITY = "logistic-regression"
TRUST = 0.1
"""Strength of that regression; under the default, which ranks well, chances lie too near each other (measured)."""


@dataclass(frozen=True, slots=True)
class Uninspected:
    """Some consumers without an outcome, and how many there are in all.

    `features` are theirs, as of days on which others were visited; `inspected` the same of those others, row by row as
    they stand among the labelled. Both were computed together, so that they differ in nothing but who was visited.
    """

    fold_names: np.ndarray
    features: pl.DataFrame
    inspected: pl.DataFrame
    count: int


def calibration_of(labelled: Labelled, held_out: HeldOut) -> dict[str, Any]:
    """Return the expected calibration error, and found over promised at the top of the list (1 is right)."""
    tops = {f"{share:.0%}": _top(labelled, held_out, share) for share in TOPS}
    return {"expected_calibration_error": held_out.evaluation.calibration_error, "observed_over_predicted": tops}


def _top(labelled: Labelled, held_out: HeldOut, share: float) -> float | None:
    seen = evaluate_scores(
        consumer_ids=labelled.fold_names[held_out.rows],
        labels=labelled.labels[held_out.rows],
        raw_scores=held_out.raw_scores,
        probabilities=held_out.probabilities,
        capacity=Capacity(share=share),
        resamples=2,
    )
    ratio = seen.calibration_at_capacity
    return ratio if np.isfinite(ratio) else None


def segments_of(labelled: Labelled, held_out: HeldOut, *, capacity: Capacity, seed: int) -> tuple[SegmentGroup, ...]:
    """Return how well the list serves each group of consumers; groups too small to be judged are put together."""
    return measure_segments(
        labelled.fold_names[held_out.rows],
        labelled.labels[held_out.rows],
        held_out.raw_scores,
        held_out.probabilities,
        segments=groups_of(labelled.about[held_out.rows] if labelled.about.width else labelled.about),
        capacity=capacity,
        seed=seed,
        resamples=RESAMPLES,
    )


def groups_of(about: pl.DataFrame) -> dict[str, Sequence[str | None]]:
    """Return by the name of each segment which of its groups each consumer is in, as far as the data tell."""
    groups: dict[str, Sequence[str | None]] = {
        name: _largest(about[name]) for name in SEGMENTS if name in about.columns and about[name].n_unique() > 1
    }
    if "history_months" in about.columns:
        groups["history length"] = bands_of(about["history_months"].to_numpy(), unit="months")
    if "daily_kwh" in about.columns:
        groups["consumption"] = bands_of(about["daily_kwh"].to_numpy(), unit="kWh a day")
    return groups


def _largest(column: pl.Series) -> list[str | None]:
    words = column.cast(pl.String).rename("word")
    counts = words.drop_nulls().value_counts().sort(["count", "word"], descending=[True, False])
    kept = counts.filter(pl.col("count") >= SMALLEST_GROUP)["word"].head(MOST_GROUPS).to_list()
    return [word if word is None or word in kept else OTHERS for word in words.to_list()]


def net_value_of(labelled: Labelled, held_out: HeldOut, *, visit_cost: float, value_found: float) -> dict[str, Any]:
    """Return how far down the list visits pay, on the held-out consumers."""
    labels = labelled.labels[held_out.rows]
    return net_value_on(labels, held_out.probabilities, visit_cost=visit_cost, value_found=value_found)


def net_value_on(
    labels: np.ndarray, probabilities: np.ndarray, *, visit_cost: float, value_found: float
) -> dict[str, Any]:
    """Return how far down a list visits pay, what they are expected to bring and what they would have brought."""
    chosen = choose_by_value(probabilities, value_found, visit_cost)
    curve = net_value_curve(probabilities, value_found, visit_cost, labels=labels.astype(np.float64))
    return {**chosen.to_json(), "consumers": len(labels), "curve": curve.to_json()}


def learning_curve_of(labelled: Labelled, parts: Parts, *, algorithm: str, seed: int, **settings: Any) -> LearningCurve:
    """Return how much better the chosen model gets with more outcomes, judged on the first held-out part."""

    def fit_and_score(learn: np.ndarray, judge: np.ndarray) -> np.ndarray:
        known = labelled.part(learn)
        model = make_estimator(algorithm, seed=seed, **settings).fit(known.features, known.labels)
        return model.raw_scores(labelled.features.filter(judge))

    return learning_curve(fit_and_score, labelled.fold_names, labelled.labels, seed=seed, judged=parts.fold == 0)


def some_uninspected(everybody: Labelled, seed: int) -> Labelled:
    """Return consumers whose outcome is not known, a share of them drawn by chance where they are many."""
    rows = np.flatnonzero(everybody.labels == UNKNOWN)
    # By the names that folds go by: a pseudonym must decide nothing.
    rows = rows[np.argsort(everybody.fold_names[rows], kind="stable")]
    if len(rows) > MOST_OTHERS:
        rows = np.sort(np.random.default_rng(seed).choice(rows, MOST_OTHERS, replace=False))
    return everybody.part(rows)


def selection_of(
    labelled: Labelled,
    uninspected: Uninspected,
    *,
    judged: tuple[HeldOut | None, HeldOut],
    capacity: Capacity,
    seed: int,
) -> Selection:
    """Return what weighing each inspected consumer by its chance of being inspected changes."""
    chances = _chances(labelled, uninspected, seed=seed)
    whom = grouped(uninspected.count)
    if len(uninspected.fold_names) < uninspected.count:
        whom = f"{grouped(len(uninspected.fold_names))} of {whom}"
    told_by = (
        f"chances of being inspected by logistic regression on {uninspected.features.width} features known before a "
        f"visit: {grouped(labelled.labels.size)} consumers with an outcome against {whom} without, these seen as of "
        "days on which others were visited"
    )
    knowable, held_out = judged
    weights = inspection_weights(chances[held_out.rows])

    def weighted(one: HeldOut) -> Any:
        return _weighted(labelled, one, weights, capacity)

    return Selection(None if knowable is None else weighted(knowable), weighted(held_out), told_by)


def _weighted(labelled: Labelled, held_out: HeldOut, weights: InspectionWeights, capacity: Capacity) -> Any:
    return weighted_measures(
        labelled.fold_names[held_out.rows],
        labelled.labels[held_out.rows],
        held_out.raw_scores,
        weights,
        capacity=capacity,
    )


def _chances(labelled: Labelled, uninspected: Uninspected, *, seed: int) -> np.ndarray:
    """Chance of being inspected, of each inspected, by a model of the other half of all."""
    table = pl.concat([uninspected.inspected, uninspected.features])
    is_inspected = np.repeat([1, 0], [uninspected.inspected.height, uninspected.features.height])
    numbers = np.concatenate([labelled.fold_names, uninspected.fold_names])
    half = fold_of([f"inspected or not {number}" for number in numbers], 2)
    raw = np.empty(len(half))
    for part in (0, 1):
        out = half == part
        model = make_estimator(PROPENSITY, seed=seed, class_weight="none", strength=TRUST, tolerance=TOLERANCE)
        raw[out] = model.fit(table.filter(~out), is_inspected[~out]).raw_scores(table.filter(out))
    # Of the others a share was drawn: the odds of being inspected are lower by as much.
    drawn = uninspected.features.height / uninspected.count
    chance = expit(raw[: labelled.labels.size] + np.log(drawn))
    return np.clip(chance, LEAST_CHANCE, 1.0)
