"""Judge two models on consumers that neither has seen, and say which is better. Rule of the room: compute nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from powertheft.actions.evaluate_model import check_known_alike
from powertheft.actions.feature_recipe import check_recipe, recipe_from_json
from powertheft.actions.prepare_data import Data, Prepared, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.train_model import label_notes, labelled_features
from powertheft.actions.training_report import Labelled
from powertheft.actions.training_sections import groups_of
from powertheft.domain.errors import ChoiceError, LabelError
from powertheft.domain.numbers import grouped
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import Evaluation, evaluate_scores
from powertheft.evaluation.paired import (
    DECIDING,
    PairedComparison,
    PairedMeasure,
    SharedPlaces,
    Side,
    better_list,
    compare_paired,
    shared_places,
)
from powertheft.evaluation.segments import PairedGroup, compare_segments
from powertheft.models.bundle import Bundle, read_bundle
from powertheft.reports.writing import check_file_place, write_text

LETTERS: Mapping[Side | None, str | None] = {"first": "A", "second": "B", None: None}
FEWEST = 10
"""Unseen consumers with theft, and without, that two lists are compared on at least."""

WORDS: Mapping[str, str] = {
    "pr_auc": "PR-AUC",
    "roc_auc": "ROC-AUC",
    "precision_at_capacity": "precision within capacity",
    "lift_at_capacity": "lift within capacity",
}
OTHERS = ("roc_auc", "precision_at_capacity")
"""Measures that may contradict the deciding one; lift says of one list against another what precision does."""

LATER = "Bring outcomes that came later, or train both again on a part of the consumers and keep the rest for this."


@dataclass(frozen=True, slots=True)
class Compared:
    """One of the two models: its folder, its algorithm, how many features it reads, its figures."""

    folder: str
    algorithm: str
    features: int
    evaluation: Evaluation

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return {
            "folder": self.folder,
            "algorithm": self.algorithm,
            "features": self.features,
            "evaluation": self.evaluation.to_json(),
        }


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """Which of two models is better, A being the first, in words and numbers; differences are those of A less B."""

    models: tuple[Compared, Compared]
    left_out: int
    paired: PairedComparison
    segments: tuple[PairedGroup, ...]
    shared: SharedPlaces
    notes: tuple[str, ...]

    @property
    def better(self) -> Side | None:
        """Return which is better, None where no difference can be shown."""
        return better_list(self.paired)

    @property
    def verdict(self) -> str:
        """Return the same in words."""
        if self.better is None:
            return f"No difference can be shown with {grouped(self.paired.consumers)} consumers"
        return f"{LETTERS[self.better]} is better"

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data, the verdict first."""
        first, second = self.models
        return {
            "verdict": self.verdict,
            "in_words": [*_words_of_measures(self.paired), _words_of_places(self.shared), _words_of_groups(self)],
            "better": LETTERS[self.better],
            "left_out_because_used_in_fitting": self.left_out,
            "a": first.to_json(),
            "b": second.to_json(),
            "paired": self.paired.to_json(),
            "segments": [{**group.to_json(), "worse": LETTERS[group.worse]} for group in self.segments],
            "top_places": {
                "places": self.shared.visits,
                "shared": self.shared.shared,
                "theft_found_by_both": self.shared.found_by_both,
                "theft_found_by_a_only": self.shared.found_by_first_only,
                "theft_found_by_b_only": self.shared.found_by_second_only,
            },
            "notes": list(self.notes),
        }


def compare_models(
    data: Data,
    *,
    profile: str | None,
    models: tuple[Path, Path],
    capacity: str | float = "1%",
    mapping: Mapping[str, str] | None = None,
    seed: int = 0,
    page: Path | None = None,
    progress: Progress = no_progress,
) -> ModelComparison:
    """Compare two bundles on the labelled consumers of the data that neither was fitted to; write a page of it."""
    visits = Capacity.parse(capacity)
    if page is not None:
        check_file_place(page)
    if models[0].resolve() == models[1].resolve():
        raise ChoiceError("both models are the same folder", advice="Name the folders of two models.")
    bundles = read_bundle(models[0]), read_bundle(models[1])
    everybody, notes = _labelled(data, profile, bundles, mapping=mapping, progress=part_of(progress, 0.0, 0.7))
    unseen, left_out = _unseen(everybody, bundles)
    progress("comparing the two lists", 0.7)
    found = _compared(unseen, bundles, capacity=visits, seed=seed, left_out=left_out, notes=notes)
    if page is not None:
        from powertheft.reports.comparison_page import comparison_page  # late: Matplotlib takes a second to load

        progress("drawing the page", 0.95)
        write_text(page, comparison_page(found.to_json()))
    progress("compared", 1.0)
    return found


def _labelled(
    data: Data,
    profile: str | None,
    bundles: tuple[Bundle, Bundle],
    *,
    mapping: Mapping[str, str] | None,
    progress: Progress,
) -> tuple[tuple[Labelled, Labelled], tuple[str, ...]]:
    """Return the same labelled consumers with the features of either model; what both read alike is read once."""
    profiles = [profile_for(data, profile, bundle) for bundle in bundles]
    first = prepare_data(data, profile=profiles[0], mapping=mapping, progress=part_of(progress, 0.0, 0.2))
    is_one = profiles[0] == profiles[1]
    second = first if is_one else prepare_data(data, profile=profiles[1], mapping=mapping)
    one = _features(first, bundles[0], part_of(progress, 0.2, 0.6))
    if is_one and bundles[0].recipe == bundles[1].recipe:
        check_known_alike(bundles[1], second)
        return (one, one), label_notes(first)[1:]
    other = _features(second, bundles[1], part_of(progress, 0.6, 1.0))
    # A table that only one of them reads may have set other consumers aside.
    _, rows, others = np.intersect1d(one.consumer_ids, other.consumer_ids, return_indices=True)
    order = np.argsort(rows)
    return (one.part(rows[order]), other.part(others[order])), label_notes(first)[1:]


def _features(prepared: Prepared, bundle: Bundle, progress: Progress) -> Labelled:
    check_known_alike(bundle, prepared)
    recipe = recipe_from_json(bundle.recipe)
    check_recipe(recipe, prepared.tables)
    return labelled_features(prepared, recipe, progress=progress)


def _unseen(
    everybody: tuple[Labelled, Labelled], bundles: tuple[Bundle, Bundle]
) -> tuple[tuple[Labelled, Labelled], int]:
    """Return the consumers that neither model was fitted to, and how many were left out; refuse too few."""
    first, second = everybody
    used = [bundle.used.was_used(first.consumer_ids) for bundle in bundles]
    is_used = used[0] | used[1]
    if is_used.all():
        raise LabelError(
            f"nobody is left to compare them on: of {is_used.size:,} labelled consumers A was fitted to "
            f"{used[0].sum():,} and B to {used[1].sum():,}, and what a model has seen, it knows by heart",
            advice=LATER,
        )
    unseen = first.part(~is_used), second.part(~is_used)
    counts = [int((unseen[0].labels == kind).sum()) for kind in (1, 0)]
    if min(counts) < FEWEST:
        raise LabelError(
            f"of {sum(counts):,} labelled consumers that neither was fitted to, theft was found at {counts[0]:,} and "
            f"not at {counts[1]:,}: at least {FEWEST} of either kind are needed to compare two lists",
            advice=LATER,
        )
    return unseen, int(is_used.sum())


def _compared(
    unseen: tuple[Labelled, Labelled],
    bundles: tuple[Bundle, Bundle],
    *,
    capacity: Capacity,
    seed: int,
    left_out: int,
    notes: tuple[str, ...],
) -> ModelComparison:
    who, labels = unseen[0].fold_names, unseen[0].labels
    first, second = (bundle.model.raw_scores(one.features) for one, bundle in zip(unseen, bundles, strict=True))
    paired = compare_paired(who, labels, first, second, capacity=capacity, seed=seed)
    return ModelComparison(
        models=(
            _model(bundles[0], unseen[0], first, capacity=capacity, seed=seed),
            _model(bundles[1], unseen[1], second, capacity=capacity, seed=seed),
        ),
        left_out=left_out,
        paired=paired,
        segments=compare_segments(who, labels, first, second, segments=groups_of(unseen[0].about), seed=seed),
        shared=shared_places(who, labels, first, second, visits=paired.visits),
        notes=notes,
    )


def _model(bundle: Bundle, unseen: Labelled, raw: np.ndarray, *, capacity: Capacity, seed: int) -> Compared:
    evaluation = evaluate_scores(
        consumer_ids=unseen.fold_names,
        labels=unseen.labels,
        raw_scores=raw,
        probabilities=bundle.model.calibration.probabilities(raw),
        capacity=capacity,
        seed=seed,
        chosen_cutoff=bundle.model.cutoffs["f1"],
    )
    # Folders above the last one are nobody's business.
    return Compared(bundle.path.resolve().name, bundle.model.algorithm, len(bundle.model.features), evaluation)


def _words_of_measures(paired: PairedComparison) -> list[str]:
    seen, decided = paired.measures[DECIDING], better_list(paired)
    said = [f"{WORDS[DECIDING]} decides: {_words_of(seen)}."]
    for name in OTHERS:
        other = better_list(paired, name)
        if other is not None and other != decided:
            but = "But by" if decided else "By"
            said.append(f"{but} {WORDS[name]} {LETTERS[other]} is better: {_words_of(paired.measures[name])}.")
    said.append(
        f"These {grouped(paired.consumers)} consumers would have shown, four times in five, a difference in "
        f"{WORDS[DECIDING]} of {seen.detectable:.3f} or more; smaller ones mostly stay hidden."
    )
    return said


def _words_of(seen: PairedMeasure) -> str:
    return (
        f"A {seen.first:.3f}, B {seen.second:.3f}, a difference of {seen.difference:+.3f} (95 % interval "
        f"{seen.low:+.3f} to {seen.high:+.3f}, p = {seen.p_value:.3g})"
    )


def _words_of_places(shared: SharedPlaces) -> str:
    alone = shared.visits - shared.shared
    places = "first place" if shared.visits == 1 else f"first {grouped(shared.visits)} places"
    said = f"Of the {places} the lists share {grouped(shared.shared)}, {grouped(shared.found_by_both)} of them theft"
    if not alone:
        return f"{said}."
    return (
        f"{said}; of the {grouped(alone)} that only A names {grouped(shared.found_by_first_only)} were theft, of those "
        f"that only B names {grouped(shared.found_by_second_only)}."
    )


def _words_of_groups(found: ModelComparison) -> str:
    if not found.segments:
        return "No group of consumers is large enough to compare them by."
    worse = [
        f"{LETTERS[group.worse]} serves {group.segment} {group.group} worse (ROC-AUC of A {group.roc_auc.first:.3f}, "
        f"of B {group.roc_auc.second:.3f})"
        for group in found.segments
        if group.worse is not None
    ]
    if worse:
        return f"By more than one of {_counted(len(found.segments))} shows by chance: {'; '.join(worse)}."
    return (
        f"Of {_counted(len(found.segments))} of consumers, in none is one of them worse by more than one of so many "
        "shows by chance."
    )


def _counted(groups: int) -> str:
    return "1 group" if groups == 1 else f"{groups} groups"
