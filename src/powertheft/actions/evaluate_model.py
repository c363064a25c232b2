"""Judge a model on consumers it has not seen. Rule of the room: compute nothing themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from powertheft.actions.curve_points import curve_points, practice_of
from powertheft.actions.feature_recipe import check_recipe, recipe_from_json
from powertheft.actions.prepare_data import Data, Prepared, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.train_model import label_notes, labelled_features
from powertheft.actions.training_sections import net_value_on
from powertheft.domain.errors import LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.cutoffs import check_cutoff_kind
from powertheft.evaluation.evaluation import Evaluation, evaluate_scores
from powertheft.evaluation.net_value import check_amounts, cutoff_by_value
from powertheft.models.bundle import Bundle, read_bundle


@dataclass(frozen=True, slots=True)
class Judgement:
    """The figures of a model on new consumers, and how many were left out because it was fitted on them.

    `net_value` says how many visits pay, where the user said what they cost and bring; `points` are those of the curves
    and `practice` says what the visits found that these consumers are known by.
    """

    evaluation: Evaluation
    left_out: int
    net_value: Mapping[str, Any] | None
    notes: tuple[str, ...]
    points: Mapping[str, Any]
    practice: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as plain data."""
        return {
            "left_out_because_used_in_fitting": self.left_out,
            "notes": list(self.notes),
            "evaluation": self.evaluation.to_json(),
            "net_value": None if self.net_value is None else dict(self.net_value),
            "points": dict(self.points),
            "practice": dict(self.practice),
        }


def evaluate_model(
    data: Data,
    *,
    profile: str | None,
    model: Path,
    capacity: str | float = "1%",
    cutoff: str = "f1",
    visit_cost: float | None = None,
    value_found: float | None = None,
    mapping: Mapping[str, str] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Judgement:
    """Judge a bundle on the labelled consumers of the data that were not used in fitting it.

    `cutoff` is one of the model's own, or "value": that of `visit_cost` and `value_found`.
    """
    visits = Capacity.parse(capacity)
    check_cutoff_kind(cutoff)
    amounts = check_amounts(visit_cost, value_found)
    line = cutoff_by_value(amounts) if cutoff == "value" else None
    bundle = read_bundle(model)
    prepared = prepare_data(
        data, profile=profile_for(data, profile, bundle), mapping=mapping, progress=part_of(progress, 0.0, 0.4)
    )
    check_known_alike(bundle, prepared)
    recipe = recipe_from_json(bundle.recipe)
    check_recipe(recipe, prepared.tables)
    everybody = labelled_features(prepared, recipe, progress=part_of(progress, 0.4, 0.9))
    used = bundle.used.was_used(everybody.consumer_ids)
    unseen = everybody.part(~used)
    if not unseen.labels.size:
        raise LabelError(
            f"all {used.size:,} labelled consumers were used in fitting this model",
            advice="Judge it on others: what a model has seen, it knows by heart.",
        )
    progress("scoring", 0.9)
    probabilities = bundle.model.probabilities(unseen.features)
    raw_scores = bundle.model.raw_scores(unseen.features)
    evaluation = evaluate_scores(
        consumer_ids=unseen.fold_names,
        labels=unseen.labels,
        raw_scores=raw_scores,
        probabilities=probabilities,
        capacity=visits,
        cutoff=cutoff,
        seed=seed,
        chosen_cutoff=bundle.model.cutoffs[cutoff] if line is None else line,
    )
    progress("judged", 1.0)
    # The first note speaks of a refit, which is the training report's business.
    return Judgement(
        evaluation,
        int(used.sum()),
        _net_value(unseen.labels, probabilities, amounts),
        label_notes(prepared)[1:],
        curve_points(unseen.fold_names, unseen.labels, raw_scores, probabilities=probabilities),
        practice_of(unseen),
    )


def _net_value(
    labels: np.ndarray, probabilities: np.ndarray, amounts: tuple[float, float] | None
) -> dict[str, Any] | None:
    if amounts is None:
        return None
    cost, value = amounts
    told = net_value_on(labels, probabilities, visit_cost=cost, value_found=value)
    return {"visit_cost": cost, "value_found": value, **told}


def check_known_alike(bundle: Bundle, prepared: Prepared) -> None:
    """Refuse a model that knows consumers by other numbers than the data: whom it has seen cannot be told."""
    if bundle.known_by != prepared.known_by:
        raise LabelError(
            "it cannot be told which of these consumers the model was fitted on: it knows them by "
            f"{_words(bundle.known_by)}, these data by {_words(prepared.known_by)}",
            advice="Train the model again on data of the same kind: what a model has seen, it knows by heart.",
        )


def _words(known_by: str) -> str:
    return f"pseudonyms of the key {known_by}" if known_by else "the numbers of the utility's own files"
