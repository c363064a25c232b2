"""What each kind of job does that computes features, models or lists: arguments in, the outcome out as plain data.

Rule of the room: imports domain and actions; killing a worker loses nothing and doubles nothing.
"""

from powertheft.actions.explain_consumer import explain_consumer
from powertheft.actions.house import House
from powertheft.actions.measure_features import measure_features
from powertheft.actions.model_versions import (
    compare_versions,
    evaluate_version,
    get_model_version,
    model_folder,
    train_version,
)
from powertheft.actions.ports import Json
from powertheft.actions.prepare_exploration import prepare_exploration
from powertheft.actions.progress import Progress
from powertheft.actions.retrain import retrain_version
from powertheft.actions.score_version import score_version
from powertheft.actions.try_rules import try_house_rules
from powertheft.actions.work_jobs import training_choices_from_json


def train(house: House, arguments: Json, progress: Progress) -> Json:
    """Train the next version of a model."""
    choices = training_choices_from_json(arguments["choices"])
    version = train_version(
        house, arguments["dataset"], model=arguments["model"], choices=choices, progress=progress
    )  # fmt: skip
    return {"model": version.reference}


def retrain(house: House, arguments: Json, progress: Progress) -> Json:
    """Train the next version of a model for a cause, and let it challenge the champion."""
    choices = training_choices_from_json(arguments["choices"])
    version = retrain_version(
        house,
        arguments["dataset"],
        model=arguments["model"],
        choices=choices,
        cause=arguments["cause"],
        begin_trial=arguments["begin_trial"],
        progress=progress,
    )
    return {"model": version.reference}


def evaluate(house: House, arguments: Json, progress: Progress) -> Json:
    """Judge a model version on a labelled dataset."""
    return evaluate_version(house, progress=progress, **arguments).to_json()


def compare(house: House, arguments: Json, progress: Progress) -> Json:
    """Compare two model versions on a labelled dataset."""
    return compare_versions(house, progress=progress, **arguments)


def measure(house: House, arguments: Json, progress: Progress) -> Json:
    """Measure the features of a dataset version."""
    return measure_features(house, arguments["dataset"], progress=progress)


def try_the_rules(house: House, arguments: Json, progress: Progress) -> Json:
    """Try the rules of the house on a dataset version."""
    return {"tried": arguments["dataset"], **try_house_rules(house, arguments["dataset"], progress=progress)}


def score(house: House, arguments: Json, progress: Progress) -> Json:
    """Rank the connections of a dataset."""
    return {"scoring": score_version(house, progress=progress, **arguments).number}


def explain(house: House, arguments: Json, progress: Progress) -> Json:
    """Explain one connection."""
    house.check("list.read")
    found = explain_consumer(
        house.version(arguments["dataset"]),
        profile=None,
        model=model_folder(house, get_model_version(house, arguments["model"])),
        consumer=arguments["consumer"],
        cutoff=arguments["cutoff"],
        progress=progress,
    )
    return found.to_json()


def explore(house: House, arguments: Json, progress: Progress) -> Json:
    """Add up what looking at a dataset version needs."""
    return prepare_exploration(house, arguments["dataset"], progress=progress)
