"""A house to look around in: a made-up utility's data, a model in use, a list. Rule of the room: compute nothing."""

from pathlib import Path

from powertheft.actions.explored_sums import explored_bills
from powertheft.actions.house import House
from powertheft.actions.model_versions import change_model_version, list_model_versions, train_version
from powertheft.actions.ports import ModelVersion, Scoring
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.score_version import score_version
from powertheft.actions.scorings import list_scorings
from powertheft.actions.simulate_data import import_export
from powertheft.actions.train_model import TrainingChoices

MODEL = "theft"
EXPLAINED = 100
REASON = "The demonstration's first model: there is none to compare it with."


def fill_house(house: House, export: Path, *, seed: int = 0, progress: Progress = no_progress) -> Scoring:
    """Import a made-up utility's export, train on it, promote the model, rank the connections.

    What is there already, from a run that was stopped, is not made again.
    """
    house.check("dataset.import")
    imported = import_export(house, export, progress=part_of(progress, 0.0, 0.2))
    dataset = f"{imported.version.dataset}@{imported.version.number}"
    trained = _champion(house, dataset, seed=seed, progress=part_of(progress, 0.2, 0.75))
    known = [one for one in list_scorings(house) if (one.dataset, one.model) == (dataset, trained.reference)]
    scored = (
        known[0]
        if known
        else score_version(
            house, dataset, model=trained.reference, explain=EXPLAINED, progress=part_of(progress, 0.75, 0.95)
        )
    )
    progress("adding up the bills", 0.95)
    explored_bills(house, dataset)
    return scored


def _champion(house: House, dataset: str, *, seed: int, progress: Progress) -> ModelVersion:
    known = [one for one in list_model_versions(house) if one.model == MODEL]
    champion = next((one for one in known if one.state == "champion"), None)
    if champion is not None:
        return champion
    choices = TrainingChoices(seed=seed, folds=1)
    trained = known[-1] if known else train_version(house, dataset, model=MODEL, choices=choices, progress=progress)
    return change_model_version(house, trained.reference, "be promoted", reason=REASON)
