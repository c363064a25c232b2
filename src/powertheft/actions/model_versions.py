"""Versions of models: train, judge, list, promote, delete. Rule of the room: compute nothing themselves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from powertheft.actions.bundle_files import REPORT_FILE
from powertheft.actions.house import House, split_reference
from powertheft.actions.labels_of_house import TaughtVersion, with_outcomes
from powertheft.actions.mirror_models import ask_for_mirror
from powertheft.actions.ports import ModelVersion, NewModelVersion
from powertheft.actions.progress import Progress, no_progress
from powertheft.actions.trial_steps import end_trial_of
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import ChoiceError
from powertheft.domain.folders import remove_folder
from powertheft.domain.model_versions import ModelAct

if TYPE_CHECKING:  # what trains and judges takes 250 MB to load, and most who list versions do neither
    from powertheft.actions.evaluate_model import Judgement
    from powertheft.actions.train_model import TrainingChoices
    from powertheft.actions.training_report import TrainingReport
    from powertheft.datasets.reading import Version

SHOWN = ("pr_auc", "roc_auc", "precision_at_capacity", "recall_at_capacity", "lift_at_capacity", "f1", "mcc")
"""The measures that a leaderboard shows; all others are in the bundle."""


def train_version(
    house: House,
    dataset: str,
    *,
    model: str,
    choices: "TrainingChoices | None" = None,
    progress: Progress = no_progress,
) -> ModelVersion:
    """Train the next version of a model on a version of a dataset; its bundle holds its report as a page, too."""
    house.check("model.train")
    from powertheft.actions.train_model import TrainingChoices, told_choices, train_model  # late, as above

    check_dataset_name(model)
    registered = house.registered(dataset)
    chosen = choices or TrainingChoices()
    taught = house.version(dataset) if chosen.without_cases else with_outcomes(house, dataset)
    with house.new_model(model) as folder, house.scratch() as scratch:
        _, report = train_model(
            taught,
            profile=None,
            out=house.home.models / folder,
            choices=chosen,
            page=scratch / REPORT_FILE,
            progress=progress,
        )
        new = NewModelVersion(
            folder=folder.as_posix(),
            dataset=f"{registered.dataset}@{registered.number}",
            algorithm=chosen.algorithm,
            choices=told_choices(chosen),
            figures={**_shown(report), **_told_of(taught)},
        )
        with house.begin() as work:
            version = work.models.add_version(model, new)
            ask_for_mirror(work, house.tracker, version.reference)
            house.settle(work, {"model": version.reference})
    return version


def evaluate_version(
    house: House,
    dataset: str,
    *,
    model: str,
    capacity: str = "1%",
    cutoff: str = "f1",
    visit_cost: float | None = None,
    value_found: float | None = None,
    progress: Progress = no_progress,
) -> "Judgement":
    """Judge a model version on the labelled consumers of a dataset that it was not fitted on."""
    house.check("model.read")
    from powertheft.actions.evaluate_model import evaluate_model  # late, as above

    place = model_folder(house, _get(house, model))
    return evaluate_model(
        with_outcomes(house, dataset),
        profile=None,
        model=place,
        capacity=capacity,
        cutoff=cutoff,
        visit_cost=visit_cost,
        value_found=value_found,
        progress=progress,
    )


def compare_versions(
    house: House, dataset: str, *, first: str, second: str, capacity: str = "1%", progress: Progress = no_progress
) -> dict[str, Any]:
    """Say which of two model versions is better on the labelled consumers of a dataset that neither was fitted to."""
    house.check("model.read")
    from powertheft.actions.compare_models import compare_models  # late, as above

    places = model_folder(house, _get(house, first)), model_folder(house, _get(house, second))
    return compare_models(
        with_outcomes(house, dataset), profile=None, models=places, capacity=capacity, progress=progress
    ).to_json()


def list_models(house: House) -> Sequence[str]:
    """Return the names of the models."""
    house.check("model.read")
    with house.read() as work:
        return work.models.list_models()


def list_model_versions(house: House, model: str | None = None) -> Sequence[ModelVersion]:
    """Return the versions of one model or of all, by name and rising number."""
    house.check("model.read")
    with house.read() as work:
        if model is not None:
            work.models.get_version(model)  # refuses a model that is not there
        return work.models.list_versions(model)


def get_model_version(house: House, reference: str) -> ModelVersion:
    """Return the version that NAME@number names; NAME alone is the champion, else the last version."""
    house.check("model.read")
    return _get(house, reference)


def change_model_version(house: House, reference: str, act: ModelAct, *, reason: str) -> ModelVersion:
    """Let a version challenge, be promoted (the champion before it retires) or be retired."""
    house.check("model.promote")
    name, number = _exact(reference)
    _check_reason(reason)
    with house.begin() as work:
        changed = work.models.change_state(name, number, act, reason=reason)
        end_trial_of(work, changed, reason=reason)
        ask_for_mirror(work, house.tracker, changed.reference)
    return changed


def delete_model_version(house: House, reference: str, *, reason: str) -> ModelVersion:
    """Delete a version that is not the champion: its files go, here and in the mirror; that it was there is known."""
    house.check("model.delete")
    name, number = _exact(reference)
    _check_reason(reason)
    with house.begin() as work:
        gone = work.models.delete_version(name, number, reason=reason)
        end_trial_of(work, gone, reason=reason)
        ask_for_mirror(work, house.tracker, gone.reference)
    # Registered as deleted first: a folder that is left by a crash is nobody's, and the next command removes it.
    if model_folder(house, gone).exists():
        remove_folder(model_folder(house, gone))
    return gone


def model_folder(house: House, version: ModelVersion) -> Path:
    """Return where the bundle of a version lies: below the home, wherever that has been moved to."""
    return house.home.models / version.folder


def _get(house: House, reference: str) -> ModelVersion:
    name, number = split_reference(reference)
    with house.read() as work:
        return work.models.get_version(name, number)


def _exact(reference: str) -> tuple[str, int]:
    name, number = split_reference(reference)
    if number is None:
        raise ChoiceError(f"{reference} does not say which version", advice=f"Write {name}@1 for the first one.")
    return name, number


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise ChoiceError("this needs a reason", advice="Say why, in a few words; it stays in the audit trail.")


def _shown(report: "TrainingReport") -> dict[str, Any]:
    """Return the figures with what a utility has before a visit, where there is any; beside them those of all."""
    whole = report.to_json()
    held_out: Mapping[str, Any] = whole["held_out"]
    judged: Mapping[str, Any] = whole["knowable_only"] or held_out
    return {
        **_measures(judged),
        "labelled_consumers": report.labelled,
        "positives": report.positives,
        "capacity": judged["capacity"],
        "visits": judged["visits"],
        "all_features": _measures(held_out),
        "audit": whole["audit"]["severity"],
    }


def _told_of(taught: "Version") -> dict[str, Any]:
    return {"outcomes": taught.told.to_json()} if isinstance(taught, TaughtVersion) else {}


def _measures(judged: Mapping[str, Any]) -> dict[str, Any]:
    return {name: judged["measures"][name] for name in SHOWN if name in judged["measures"]}
