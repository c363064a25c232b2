"""What each kind of job does: its arguments into the use case, what came of it into plain data.

A task that registers something does so through `house.settle`, in one transaction with the end of the job; one that
only finds something out returns it. Either way a job that is run twice leaves what one leaves.

Rule of the room: imports domain and actions; killing a worker loses nothing and doubles nothing.
"""

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from powertheft.actions.collect_data import collect_once
from powertheft.actions.download_dataset import make_download
from powertheft.actions.explain_consumer import explain_consumer
from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.intake_checks import check_intake
from powertheft.actions.intake_plans import propose_intake
from powertheft.actions.intakes import release
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
from powertheft.actions.scorings import score_version
from powertheft.actions.simulate_data import simulate_dataset
from powertheft.actions.work_jobs import import_choices_from_json, training_choices_from_json, with_exploration
from powertheft.domain.jobs import JobKind

Task = Callable[[House, Json, Progress], Json]

TASKS: Mapping[JobKind, str] = {
    "dataset.import": "powertheft.jobs.tasks.import_files",
    "dataset.propose": "powertheft.jobs.tasks.propose",
    "dataset.check": "powertheft.jobs.tasks.check",
    "dataset.export": "powertheft.jobs.tasks.export",
    "dataset.collect": "powertheft.jobs.tasks.collect",
    "model.train": "powertheft.jobs.tasks.train",
    "model.tune": "powertheft.jobs.tasks.train",
    "model.evaluate": "powertheft.jobs.tasks.evaluate",
    "model.compare": "powertheft.jobs.tasks.compare",
    "model.score": "powertheft.jobs.tasks.score",
    "consumer.explain": "powertheft.jobs.tasks.explain",
    "feature.measure": "powertheft.jobs.tasks.measure",
    "dataset.explore": "powertheft.jobs.tasks.explore",
    "demo.simulate": "powertheft.jobs.tasks.simulate",
}


def find_task(kind: JobKind) -> Task:
    """Return what does a kind of job."""
    module, _, name = TASKS[kind].rpartition(".")
    return getattr(import_module(module), name)


def import_files(house: House, arguments: Json, progress: Progress) -> Json:
    """Import files as the next version of a dataset."""
    done = import_dataset(
        with_exploration(house),
        [Path(file) for file in arguments["files"]],
        name=arguments["name"],
        choices=import_choices_from_json(arguments["choices"]),
        progress=progress,
    )
    release(house, [Path(file) for file in arguments["files"]])
    return {"dataset": f"{done.version.dataset}@{done.version.number}", "is_new": done.is_new}


def propose(house: House, arguments: Json, progress: Progress) -> Json:
    """Find out what uploaded files are."""
    return {"intake": arguments["intake"], "tables": propose_intake(house, arguments["intake"], progress)}


def check(house: House, arguments: Json, progress: Progress) -> Json:
    """Check every row of uploaded files."""
    report = check_intake(house, arguments["intake"], progress)
    return {"intake": arguments["intake"], "findings": len(report.findings)}


def export(house: House, arguments: Json, progress: Progress) -> Json:
    """Pack a version of a dataset."""
    reference, file_format = arguments["dataset"], arguments["file_format"]
    return {"download": make_download(house, reference, file_format=file_format, progress=progress)}


def collect(house: House, _arguments: Json, progress: Progress) -> Json:
    """Collect what is new at the utility's places; what has been collected is set down with each version."""
    done = collect_once(house, progress=progress)
    return {
        "collected": [
            {
                "from": one.collection.source,
                "dataset": f"{one.version.dataset}@{one.version.number}" if one.version else None,
                "unread": list(one.unread),
            }
            for one in done
        ]
    }


def train(house: House, arguments: Json, progress: Progress) -> Json:
    """Train the next version of a model."""
    choices = training_choices_from_json(arguments["choices"])
    version = train_version(
        house, arguments["dataset"], model=arguments["model"], choices=choices, progress=progress
    )  # fmt: skip
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


def explore(house: House, arguments: Json, progress: Progress) -> Json:
    """Add up what looking at a dataset version needs."""
    return prepare_exploration(house, arguments["dataset"], progress=progress)


def simulate(house: House, arguments: Json, progress: Progress) -> Json:
    """Make up a utility and import it; the same seed again makes no second version."""
    done = simulate_dataset(with_exploration(house), progress=progress, **arguments)
    return {"dataset": f"{done.version.dataset}@{done.version.number}", "is_new": done.is_new}


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
