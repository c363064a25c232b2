"""Judge a model on consumers it has not seen. Rule of the room: compute nothing themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from powertheft.actions.feature_recipe import check_recipe, recipe_from_json
from powertheft.actions.prepare_data import Data, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.train_model import label_notes, labelled_features
from powertheft.domain.errors import LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.cutoffs import check_cutoff_kind
from powertheft.evaluation.evaluation import Evaluation, evaluate_scores
from powertheft.models.bundle import read_bundle


@dataclass(frozen=True, slots=True)
class Judgement:
    """The figures of a model on new consumers, and how many were left out because it was fitted on them."""

    evaluation: Evaluation
    left_out: int
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the judgement as plain data."""
        return {
            "left_out_because_used_in_fitting": self.left_out,
            "notes": list(self.notes),
            "evaluation": self.evaluation.to_json(),
        }


def evaluate_model(
    data: Data,
    *,
    profile: str | None,
    model: Path,
    capacity: str | float = "1%",
    cutoff: str = "f1",
    mapping: Mapping[str, str] | None = None,
    seed: int = 0,
    progress: Progress = no_progress,
) -> Judgement:
    """Judge a bundle on the labelled consumers of the data that were not used in fitting it."""
    visits = Capacity.parse(capacity)
    check_cutoff_kind(cutoff)
    bundle = read_bundle(model)
    prepared = prepare_data(
        data, profile=profile_for(data, profile, bundle), mapping=mapping, progress=part_of(progress, 0.0, 0.4)
    )
    if bundle.known_by != prepared.known_by:
        raise LabelError(
            "it cannot be told which of these consumers the model was fitted on: it knows them by "
            f"{_words(bundle.known_by)}, these data by {_words(prepared.known_by)}",
            advice="Train the model again on data of the same kind: what a model has seen, it knows by heart.",
        )
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
    evaluation = evaluate_scores(
        consumer_ids=unseen.fold_names,
        labels=unseen.labels,
        raw_scores=bundle.model.raw_scores(unseen.features),
        probabilities=bundle.model.probabilities(unseen.features),
        capacity=visits,
        cutoff=cutoff,
        seed=seed,
        chosen_cutoff=bundle.model.cutoffs[cutoff],
    )
    progress("judged", 1.0)
    # The first note speaks of a refit, which is the training report's business.
    return Judgement(evaluation, int(used.sum()), label_notes(prepared)[1:])


def _words(known_by: str) -> str:
    return f"pseudonyms of the key {known_by}" if known_by else "the numbers of the utility's own files"
