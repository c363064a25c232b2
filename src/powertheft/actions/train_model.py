"""Train a model, judge it on held-out consumers, refit it on all. Rule of the room: compute nothing themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import polars as pl

from powertheft.actions.feature_recipe import FeatureRecipe, choose_recipe
from powertheft.actions.prepare_data import (
    Data,
    Prepared,
    check_outcomes_are_known,
    check_rows_are_left,
    fold_names,
    prepare_data,
    profile_attachment,
    profile_for,
)
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.training_report import FOLDS, Labelled, TrainingReport, held_out_folds, judge_held_out
from powertheft.domain.errors import ChoiceError
from powertheft.engines.local import compute_features
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.cutoffs import check_cutoff_kind
from powertheft.evaluation.evaluation import Evaluation
from powertheft.labels.labelling import check_labels
from powertheft.models.bundle import check_bundle_place, write_bundle
from powertheft.models.registry import make_estimator
from powertheft.models.training import FEWEST_OF_A_KIND, FittedModel, fit_calibrated

NOT_LIVED = ("not-knowable", "registry", "exposure")
"""Flags that the knowable-only figures leave out: what an inspection may have caused, registry and exposure."""


@dataclass(frozen=True, slots=True)
class TrainingChoices:
    """What a user may choose in training; every choice has a default."""

    algorithm: str = "lightgbm"
    features: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    seed: int = 0
    capacity: str | float = "1%"
    cutoff: str = "f1"
    folds: int | None = None
    encoding: str | None = None
    scaling: str | None = None
    class_weight: str | None = None
    threads: int = 2

    def options(self) -> dict[str, str]:
        """Return the preprocessing that was asked for; each model has its own default."""
        chosen = {"encoding": self.encoding, "scaling": self.scaling, "class_weight": self.class_weight}
        return {name: value for name, value in chosen.items() if value is not None}


def train_model(
    data: Data,
    *,
    profile: str | None,
    out: Path | None,
    choices: TrainingChoices | None = None,
    mapping: Mapping[str, str] | None = None,
    progress: Progress = no_progress,
) -> tuple[FittedModel, TrainingReport]:
    """Train on every labelled consumer of the data and write the bundle to `out`."""
    choices = choices or TrainingChoices()
    check_choices(choices)
    if out is not None:
        check_bundle_place(out)
    prepared = prepare_data(
        data, profile=profile_for(data, profile), mapping=mapping, progress=part_of(progress, 0.0, 0.1)
    )
    recipe = choose_recipe(prepared.tables, only=choices.features, without=choices.without)
    labelled = labelled_features(prepared, recipe, fewest=FEWEST_OF_A_KIND, progress=part_of(progress, 0.1, 0.25))
    # The bills themselves are not needed any more, and fitting needs the room.
    settled, known_by, notes = prepared.profile, prepared.known_by, label_notes(prepared)
    del prepared
    report = report_held_out(labelled, recipe, choices=choices, notes=notes, progress=progress)
    progress("refitting on all labelled consumers", 0.75)
    model = _fit(choices, labelled, part_of(progress, 0.75, 0.97))
    if out is not None:
        progress("writing the model", 0.97)
        write_bundle(
            out,
            model,
            consumer_ids=labelled.consumer_ids,
            known_by=known_by,
            profile=settled.name,
            recipe=recipe.to_json(),
            figures=report.to_json(),
            attachments=profile_attachment(settled),
        )
    progress("trained", 1.0)
    return model, report


def labelled_features(
    prepared: Prepared, recipe: FeatureRecipe, *, fewest: int = 1, progress: Progress = no_progress
) -> Labelled:
    """Compute the features of the labelled consumers, each as of its own date, among all neighbours."""
    known = prepared.labels
    check_rows_are_left(prepared)
    check_outcomes_are_known(prepared)
    check_labels(known, prepared.profile, at_least=fewest)
    table = compute_features(
        prepared.tables, recipe.features(), as_of=known.select("consumer_id", "as_of"), progress=progress
    )
    outcome = pl.DataFrame({"consumer_id": table.consumer_ids}).join(
        known.select("consumer_id", "label"), on="consumer_id", how="left", maintain_order="left"
    )["label"]
    names = fold_names(prepared, table.consumer_ids)
    everybody = Labelled(table.consumer_ids, names, table.features, outcome.fill_null(-1).to_numpy())
    labelled = everybody.part(outcome.is_not_null().to_numpy())
    return labelled.part(np.lexsort((labelled.labels, labelled.fold_names))) if prepared.known_by else labelled


def report_held_out(
    labelled: Labelled,
    recipe: FeatureRecipe,
    *,
    choices: TrainingChoices,
    notes: tuple[str, ...],
    progress: Progress = no_progress,
) -> TrainingReport:
    """Judge the choice on held-out consumers, with all chosen features and with the knowable ones only."""
    folds = held_out_folds(labelled, choices.folds)
    lived = tuple(feature.name for feature in recipe.features() if not feature.flags & {*NOT_LIVED})
    progress("fitting and judging on held-out consumers", 0.25)
    held_out = _judge(labelled, choices, folds=folds, progress=part_of(progress, 0.25, 0.5))
    knowable = None
    if lived and len(lived) < len(recipe.names):
        progress("the same with the knowable features only", 0.5)
        narrowed = replace(labelled, features=labelled.features.select(lived))
        knowable = _judge(narrowed, choices, folds=folds, progress=part_of(progress, 0.5, 0.75))
    return TrainingReport(
        algorithm=choices.algorithm,
        held_out=held_out,
        knowable=knowable if lived and len(lived) < len(recipe.names) else held_out if lived else None,
        features=len(recipe.names),
        knowable_features=len(lived),
        labelled=labelled.labels.size,
        positives=int(labelled.labels.sum()),
        folds=folds,
        notes=notes,
    )


def label_notes(prepared: Prepared) -> tuple[str, ...]:
    """Return what a reader must know about the labels."""
    notes = ["The figures are those of the held-out fit; the model itself was then refitted on all labelled consumers."]
    undated = int((~prepared.labels["is_dated"]).sum())
    if undated:
        notes.append(
            f"{undated:,} of {prepared.labels.height:,} outcomes have no date: their features are as of the last "
            "reading, so bills after the visit may be among them and the figures may flatter."
        )
    if prepared.profile.label_scope == "inspected":
        notes.append(
            "Judged on consumers that were inspected; they are not a random sample, "
            "so figures for a list drawn from everybody will differ."
        )
    return tuple(notes)


def check_choices(choices: TrainingChoices) -> None:
    """Refuse what is not on offer, before any work is done."""
    make_estimator(choices.algorithm, seed=choices.seed, threads=choices.threads, **choices.options())
    check_cutoff_kind(choices.cutoff)
    Capacity.parse(choices.capacity)
    if choices.folds is not None and not 1 <= choices.folds <= FOLDS:
        advice = f"Give 1 (the first of {FOLDS} folds is held out) to {FOLDS} (each in turn)."
        raise ChoiceError(f"{choices.folds} held-out folds are not on offer", advice=advice)


def _judge(labelled: Labelled, choices: TrainingChoices, *, folds: int, progress: Progress) -> Evaluation:
    return judge_held_out(
        labelled,
        lambda known, told: _fit(choices, known, told),
        folds=folds,
        capacity=Capacity.parse(choices.capacity),
        cutoff=choices.cutoff,
        seed=choices.seed,
        progress=progress,
    )


def _fit(choices: TrainingChoices, known: Labelled, progress: Progress) -> FittedModel:
    return fit_calibrated(
        choices.algorithm,
        known.features,
        known.labels,
        consumer_ids=known.fold_names,
        seed=choices.seed,
        threads=choices.threads,
        options=choices.options(),
        capacity=Capacity.parse(choices.capacity),
        # All labelled consumers together were counted before; a fit that holds some out sees fewer.
        fewest=FEWEST_OF_A_KIND // 2,
        progress=progress,
    )
