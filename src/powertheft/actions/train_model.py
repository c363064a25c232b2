"""Train a model, judge it on held-out consumers, refit it on all. Rule of the room: compute nothing themselves."""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.audit_training import audit_training
from powertheft.actions.bundle_files import LOOKED_AT_FILE, REPORT_FILE
from powertheft.actions.curve_points import points_of, practice_of, visits_of
from powertheft.actions.feature_recipe import FeatureRecipe, areas_to_learn, choose_recipe
from powertheft.actions.hold_out import (
    HeldOut,
    Parts,
    check_split,
    check_split_fits,
    judge_held_out,
    parts_of,
)
from powertheft.actions.model_page import gathered, looked_at, page_of
from powertheft.actions.outcome_age import HalfLife, check_half_life, settle_half_life, weights_by_age
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
from powertheft.actions.training_report import Labelled, Sections, Segments, Selection, TrainingReport
from powertheft.actions.training_sections import (
    Uninspected,
    calibration_of,
    learning_curve_of,
    net_value_of,
    segments_of,
    selection_of,
    some_uninspected,
)
from powertheft.domain.errors import ChoiceError
from powertheft.domain.profiles import Profile
from powertheft.engines.local import FeatureTable, compute_features
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.cutoffs import check_cutoff_kind
from powertheft.evaluation.learning_curve import LearningCurve
from powertheft.evaluation.net_value import check_amounts, cutoff_by_value
from powertheft.features.definition import Feature
from powertheft.labels.labelling import UNKNOWN, check_labels
from powertheft.models.area_encoding import Area
from powertheft.models.bundle import check_bundle_place, write_bundle
from powertheft.models.hyperparameters import parse_settings
from powertheft.models.registry import learns_areas, make_estimator, reads_series
from powertheft.models.training import FEWEST_OF_A_KIND, FittedModel, fit_calibrated
from powertheft.models.tuning import tune
from powertheft.reports.writing import check_file_place, write_text

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
    split: str = "consumer"
    learning_curve: bool = False
    visit_cost: float | None = None
    value_found: float | None = None
    settings: tuple[str, ...] = ()
    tune: float | None = None
    areas: tuple[Area, ...] = ()
    without_cases: bool = False
    half_life: HalfLife = None

    def line(self) -> float | None:
        """Return the cut-off that the amounts give, where it is to be by value; None where each fit chooses it."""
        amounts = check_amounts(self.visit_cost, self.value_found)
        return cutoff_by_value(amounts) if self.cutoff == "value" else None

    def options(self, features: Collection[str] = ()) -> dict[str, Any]:
        """Return the settings of the model that were asked for; those that were not have its own defaults.

        Areas are learnt from as far as they are among the features.
        """
        chosen = {"encoding": self.encoding, "scaling": self.scaling, "class_weight": self.class_weight}
        options = {name: value for name, value in chosen.items() if value is not None}
        options |= parse_settings(self.algorithm, self.settings)
        there = {"", *features}
        areas = tuple(one for one in self.areas if {*one[:2]} <= there)
        return options | ({"areas": areas} if areas and learns_areas(self.algorithm) else {})


PLACES = ("category", "region", "district", "section", "transformer_id")
"""Columns of the consumers table by which consumers are held out or parted."""


def train_model(
    data: Data,
    *,
    profile: str | None,
    out: Path | None,
    choices: TrainingChoices | None = None,
    mapping: Mapping[str, str] | None = None,
    page: Path | None = None,
    progress: Progress = no_progress,
) -> tuple[FittedModel, TrainingReport]:
    """Train on every labelled consumer of the data; write the bundle to `out`, and its report to `page` as HTML."""
    choices = choices or TrainingChoices()
    check_choices(choices)
    if out is not None:
        check_bundle_place(out)
    if page is not None:
        check_file_place(page)
    prepared = prepare_data(
        data, profile=profile_for(data, profile), mapping=mapping, progress=part_of(progress, 0.0, 0.1)
    )
    check_split_fits(choices.split, prepared.labels, prepared.tables.get("consumers"))
    recipe = choose_recipe(
        prepared.tables,
        only=choices.features,
        without=choices.without,
        with_series=reads_series(choices.algorithm),
    )
    everybody = _everybody(prepared, recipe, fewest=FEWEST_OF_A_KIND, progress=part_of(progress, 0.1, 0.25))
    labelled = _known(everybody, prepared)
    uninspected = _uninspected(everybody, labelled, prepared=prepared, recipe=recipe, seed=choices.seed)
    # The bills themselves are not needed any more, and fitting needs the room.
    settled, known_by, notes = prepared.profile, prepared.known_by, label_notes(prepared)
    del prepared, everybody
    choices = replace(choices, areas=areas_to_learn(recipe.features()))
    if choices.tune is not None:
        choices, said = _tuned(choices, labelled, minutes=choices.tune, out=out, progress=progress)
        notes = (*notes, said)
    choices, notes = _aged(choices, labelled, notes)
    report = report_held_out(labelled, recipe, choices=choices, notes=notes, uninspected=uninspected, progress=progress)
    progress("refitting on all labelled consumers", 0.75)
    trained = _Trained(_fit(choices, labelled, part_of(progress, 0.75, 0.95)), report, labelled, recipe)
    attachments = profile_attachment(settled)
    if page is not None:
        progress("drawing the page", 0.95)
        seen = looked_at(trained.model, labelled.features, recipe.features()).to_json()
        attachments[REPORT_FILE] = _page(trained, settled, data, choices=choices, seen=seen).encode()
        attachments[LOOKED_AT_FILE] = json.dumps(gathered(seen)).encode()
    if out is not None:
        progress("writing the model", 0.97)
        _write(out, trained, profile=settled, known_by=known_by, attachments=attachments)
    if page is not None:
        write_text(page, attachments[REPORT_FILE].decode())
    progress("trained", 1.0)
    return trained.model, report


def _tuned(
    choices: TrainingChoices, labelled: Labelled, *, minutes: float, out: Path | None, progress: Progress
) -> tuple[TrainingChoices, str]:
    """Return the choices with the settings that a search found among those who are not held out, and what to say."""
    parts = parts_of(labelled, split=choices.split, asked=1)
    known = labelled.part(parts.fold != 0)
    found = tune(
        choices.algorithm,
        known.features,
        known.labels,
        consumer_ids=known.fold_names,
        minutes=minutes,
        seed=choices.seed,
        threads=choices.threads,
        options=choices.options(known.features.columns),
        kept_in=None if out is None else out.with_name(f"{out.name}.search"),
        progress=part_of(progress, 0.2, 0.25),
    )
    settings = tuple(f"{name}={value}" for name, value in found.settings.items())
    said = (
        f"{found.trials} settings were tried ({found.given_up} given up half-way) on inner folds of those who were not "
        f"held out: PR-AUC {found.default_pr_auc:.3f} with the defaults, {found.pr_auc:.3f} with {' '.join(settings)}."
    )
    return replace(choices, settings=(*choices.settings, *settings), folds=1), said


def _aged(
    choices: TrainingChoices, labelled: Labelled, notes: tuple[str, ...]
) -> tuple[TrainingChoices, tuple[str, ...]]:
    """Settle how fast outcomes grow old, by those who are not in the first part that is held out."""
    if not choices.half_life:
        return choices, notes
    known = labelled.part(parts_of(labelled, split=choices.split, asked=choices.folds).fold != 0)
    months, said = settle_half_life(
        choices.half_life,
        known,
        algorithm=choices.algorithm,
        seed=choices.seed,
        threads=choices.threads,
        options=choices.options(known.features.columns),
    )
    return replace(choices, half_life=months), (*notes, said) if said else notes


@dataclass(frozen=True, slots=True)
class _Trained:
    """A model, its report, and what it was fitted to."""

    model: FittedModel
    report: TrainingReport
    labelled: Labelled
    recipe: FeatureRecipe


def _page(trained: _Trained, profile: Profile, data: Data, *, choices: TrainingChoices, seen: Mapping[str, Any]) -> str:
    return page_of(
        trained.model,
        trained.report.to_json(),
        seen=seen,
        recipe=trained.recipe,
        profile=profile,
        data=data,
        choices=told_choices(choices),
    )


def _write(out: Path, trained: _Trained, *, profile: Profile, known_by: str, attachments: Mapping[str, bytes]) -> None:
    write_bundle(
        out,
        trained.model,
        consumer_ids=trained.labelled.consumer_ids,
        known_by=known_by,
        profile=profile.name,
        recipe=trained.recipe.to_json(),
        figures=trained.report.to_json(),
        attachments=attachments,
    )


def told_choices(choices: TrainingChoices) -> dict[str, Any]:
    """Return the choices that differ from the defaults, and those that a reader asks for anyway."""
    plain = TrainingChoices()
    always = ("seed", "capacity", "cutoff", "split")
    names = [name for name in TrainingChoices.__dataclass_fields__ if name not in {"algorithm", "threads", "areas"}]
    return {
        name: getattr(choices, name)
        for name in names
        if name in always or getattr(choices, name) != getattr(plain, name)
    }


def labelled_features(
    prepared: Prepared, recipe: FeatureRecipe, *, fewest: int = 1, progress: Progress = no_progress
) -> Labelled:
    """Compute the features of the labelled consumers, each as of its own date, among all neighbours."""
    return _known(_everybody(prepared, recipe, fewest=fewest, progress=progress), prepared)


def _everybody(prepared: Prepared, recipe: FeatureRecipe, *, fewest: int, progress: Progress) -> Labelled:
    known = prepared.labels
    check_rows_are_left(prepared)
    check_outcomes_are_known(prepared)
    check_labels(known, prepared.profile, at_least=fewest)
    table = compute_features(
        prepared.tables, recipe.features(), as_of=known.select("consumer_id", "as_of"), progress=progress
    )
    about = _about(prepared, table)
    names = fold_names(prepared, table.consumer_ids)
    labels = about["label"].fill_null(UNKNOWN).to_numpy()
    return Labelled(table.consumer_ids, names, table.features, labels, about)


def _about(prepared: Prepared, table: FeatureTable) -> pl.DataFrame:
    """Return what a report parts consumers by, in the order of the features."""
    known = prepared.labels.select("consumer_id", "label", "is_dated", outcome_on="as_of")
    energy = table.panel.energy
    months = np.isfinite(energy).sum(axis=1)
    daily = np.nansum(energy, axis=1) / np.where(months > 0, months, np.nan)
    about = pl.DataFrame({"consumer_id": table.consumer_ids, "history_months": months, "daily_kwh": daily})
    about = about.join(known, on="consumer_id", how="left", maintain_order="left")
    visits = prepared.tables.get("inspections")
    if visits is not None:
        made = visits_of(visits, prepared.labels)
        about = about.join(made, on="consumer_id", how="left", maintain_order="left")
    consumers = prepared.tables.get("consumers")
    if consumers is None:
        return about
    there = [column for column in PLACES if column in consumers.columns]
    places = consumers.select("consumer_id", *there).unique("consumer_id", keep="first", maintain_order=True)
    return about.join(places, on="consumer_id", how="left", maintain_order="left")


def _known(everybody: Labelled, prepared: Prepared) -> Labelled:
    labelled = everybody.part(everybody.labels != UNKNOWN)
    return labelled.part(np.lexsort((labelled.labels, labelled.fold_names))) if prepared.known_by else labelled


def _uninspected(
    everybody: Labelled, labelled: Labelled, *, prepared: Prepared, recipe: FeatureRecipe, seed: int
) -> Uninspected | None:
    """Return whom nobody visited, where the profile says that somebody chose whom to visit.

    They are seen as of the days of others' visits: as of the last reading they would be told apart by the season.
    """
    count = int((everybody.labels == UNKNOWN).sum())
    lived = lived_features(recipe)
    if prepared.profile.label_scope != "inspected" or count < FEWEST_OF_A_KIND or not lived:
        return None
    some = some_uninspected(everybody, seed)
    days = prepared.labels["as_of"].sort()
    drawn = days[np.random.default_rng(seed).integers(len(days), size=some.labels.size)]
    seen_as_of = pl.concat(
        [
            prepared.labels.select("consumer_id", "as_of"),
            pl.DataFrame({"consumer_id": some.consumer_ids, "as_of": drawn}),
        ]
    )
    table = compute_features(prepared.tables, lived, as_of=seen_as_of)
    row_of = {number: row for row, number in enumerate(table.consumer_ids.tolist())}
    those, others = ([row_of[number] for number in one.consumer_ids.tolist()] for one in (labelled, some))
    return Uninspected(some.fold_names, table.features[others], table.features[those], count)


def lived_features(recipe: FeatureRecipe) -> tuple[Feature, ...]:
    """Return the features of a recipe that a utility would have, as they are, before a visit."""
    return tuple(feature for feature in recipe.features() if not feature.flags & {*NOT_LIVED})


def report_held_out(
    labelled: Labelled,
    recipe: FeatureRecipe,
    *,
    choices: TrainingChoices,
    notes: tuple[str, ...],
    uninspected: Uninspected | None = None,
    progress: Progress = no_progress,
) -> TrainingReport:
    """Judge the choice on held-out consumers, with all chosen features and with the knowable ones only."""
    parts = parts_of(labelled, split=choices.split, asked=choices.folds)
    lived = tuple(feature.name for feature in lived_features(recipe))
    progress("looking for leaks", 0.25)
    audit = audit_training(labelled, recipe.features(), parts=parts, seed=choices.seed, threads=choices.threads)
    progress("fitting and judging on held-out consumers", 0.3)
    held_out = _judge(labelled, choices, parts=parts, progress=part_of(progress, 0.3, 0.5))
    knowable = held_out if lived else None
    if lived and len(lived) < len(recipe.names):
        progress("the same with the knowable features only", 0.5)
        narrowed = replace(labelled, features=labelled.features.select(lived))
        knowable = _judge(narrowed, choices, parts=parts, progress=part_of(progress, 0.5, 0.7))
    progress("whom the list serves, and at what cost", 0.7)
    return TrainingReport(
        algorithm=choices.algorithm,
        audit=audit,
        held_out=held_out.evaluation,
        knowable=None if knowable is None else knowable.evaluation,
        features=len(recipe.names),
        knowable_features=len(lived),
        labelled=labelled.labels.size,
        positives=int(labelled.labels.sum()),
        split=choices.split,
        held_out_folds=parts.words,
        sections=Sections(
            calibration=_of_both(lambda one: calibration_of(labelled, one), knowable, held_out),
            segments=_segments(labelled, choices, knowable, held_out),
            learning_curve=_learning_curve(labelled, parts, choices),
            net_value=_net_value(labelled, choices, knowable, held_out),
            selection=_selection(labelled, uninspected, judged=(knowable, held_out), choices=choices),
            points=_of_both(lambda one: points_of(labelled, one), knowable, held_out),
            practice=practice_of(labelled),
        ),
        notes=(*notes, *_split_notes(parts)),
    )


def _of_both(told: Callable[[HeldOut], Any], knowable: HeldOut | None, held_out: HeldOut) -> dict[str, Any]:
    """Tell of the knowable features first: they are what a utility would live."""
    return {"knowable_only": None if knowable is None else told(knowable), "held_out": told(held_out)}


def _segments(labelled: Labelled, choices: TrainingChoices, knowable: HeldOut | None, held_out: HeldOut) -> Segments:
    capacity, seed = Capacity.parse(choices.capacity), choices.seed
    groups = segments_of(labelled, held_out, capacity=capacity, seed=seed)
    if knowable is None:
        return Segments(None, groups)
    is_other = knowable is not held_out
    return Segments(segments_of(labelled, knowable, capacity=capacity, seed=seed) if is_other else groups, groups)


def _learning_curve(labelled: Labelled, parts: Parts, choices: TrainingChoices) -> LearningCurve | None:
    if not choices.learning_curve:
        return None
    return learning_curve_of(
        labelled,
        parts,
        algorithm=choices.algorithm,
        seed=choices.seed,
        threads=choices.threads,
        **choices.options(labelled.features.columns),
    )


def _net_value(
    labelled: Labelled, choices: TrainingChoices, knowable: HeldOut | None, held_out: HeldOut
) -> dict[str, Any] | None:
    cost, value = choices.visit_cost, choices.value_found
    if cost is None or value is None:
        return None
    both = _of_both(lambda one: net_value_of(labelled, one, visit_cost=cost, value_found=value), knowable, held_out)
    return {"visit_cost": cost, "value_found": value, **both}


def _selection(
    labelled: Labelled,
    uninspected: Uninspected | None,
    *,
    judged: tuple[HeldOut | None, HeldOut],
    choices: TrainingChoices,
) -> Selection | None:
    if uninspected is None:
        return None
    capacity = Capacity.parse(choices.capacity)
    return selection_of(labelled, uninspected, judged=judged, capacity=capacity, seed=choices.seed)


def _split_notes(parts: Parts) -> tuple[str, ...]:
    notes = {
        "neighbourhood": "Whole neighbourhoods were held out: no judged consumer had a neighbour among the learnt.",
        "time": f"Held out in time: {parts.words}. The model learnt from earlier ones only.",
    }
    return (notes[parts.split],) if parts.split in notes else ()


def label_notes(prepared: Prepared) -> tuple[str, ...]:
    """Return what a reader must know about the labels."""
    notes = ["The figures are those of the held-out fit; the model itself was then refitted on all labelled consumers."]
    if prepared.told is not None:
        notes.append(prepared.told.in_words)
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
    check_split(choices.split, choices.folds)
    if choices.tune is not None and choices.folds not in {None, 1}:
        raise ChoiceError("a search holds out one part", advice="Leave out --folds, or give 1.")
    if choices.tune is not None and not 0 <= choices.tune < float("inf"):
        raise ChoiceError("a search takes a number of minutes", advice="Give --tune 10, for example.")
    choices.line()
    check_half_life(choices.half_life)


def _judge(labelled: Labelled, choices: TrainingChoices, *, parts: Parts, progress: Progress) -> HeldOut:
    return judge_held_out(
        labelled,
        lambda known, told: _fit(choices, known, told),
        parts=parts,
        capacity=Capacity.parse(choices.capacity),
        cutoff=choices.cutoff,
        line=choices.line(),
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
        options=choices.options(known.features.columns),
        capacity=Capacity.parse(choices.capacity),
        # All labelled consumers together were counted before; a fit that holds some out sees fewer.
        fewest=FEWEST_OF_A_KIND // 2,
        weights=weights_by_age(choices.half_life if isinstance(choices.half_life, float) else None, known),
        progress=progress,
    )
