"""Ask for work in the background, look at it, call it off. Rule of the room: put the rooms together, compute nothing.

What is asked for is settled when it is asked for: NAME becomes NAME@number, so that a job that is run again, after its
worker was killed, does the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from powertheft.actions.house import House, split_reference
from powertheft.actions.plan_import import ImportChoices
from powertheft.actions.ports import Json, UnitOfWork
from powertheft.actions.watch_request import ask_to_watch
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import ChoiceError
from powertheft.domain.jobs import Ahead, Job, JobKind, JobState, LogLine, ahead_of
from powertheft.domain.permissions import Permission
from powertheft.domain.quality import repair_from_json
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.cutoffs import check_cutoff_kind
from powertheft.evaluation.net_value import check_amounts, cutoff_by_value
from powertheft.ranking.order import check_rank_by

if TYPE_CHECKING:
    from powertheft.actions.train_model import TrainingChoices

NEEDED: Mapping[JobKind, Permission] = {
    "dataset.import": "dataset.import",
    "dataset.propose": "dataset.import",
    "dataset.check": "dataset.import",
    "dataset.export": "dataset.export",
    "dataset.collect": "dataset.import",
    "model.train": "model.train",
    "model.tune": "model.train",
    "model.retrain": "model.promote",
    "model.evaluate": "model.read",
    "model.compare": "model.read",
    "model.score": "score.run",
    "model.mirror": "model.read",
    "consumer.explain": "list.read",
    "feature.measure": "dataset.read",
    "dataset.explore": "dataset.read",
    "demo.simulate": "dataset.import",
    "list.export": "dataset.export",
    "rule.try": "dataset.read",
    "alert.send": "setting.change",
    "house.watch": "model.read",
}
"""What somebody must be allowed to do who asks for a kind of job."""

EXPLORE = "Add up {}"
MOST_OPEN = 1000


def enqueue_import(house: House, files: Sequence[Path], *, name: str, choices: ImportChoices | None = None) -> Job:
    """Ask for files to be imported as the next version of a dataset."""
    house.check("dataset.import")
    check_dataset_name(name)
    if not files:
        raise ChoiceError("there is no file to import", advice="Name one at least.")
    arguments = {
        "files": [str(file) for file in files],
        "name": name,
        "choices": import_choices_to_json(choices or ImportChoices()),
    }
    return _enqueue(house, "dataset.import", arguments, title=f"Import {name}")


def enqueue_collect(house: House) -> Job:
    """Ask for what is new at the utility's own places."""
    house.check("dataset.import")
    return _enqueue(house, "dataset.collect", {}, title="Collect what is new")


def enqueue_train(house: House, dataset: str, *, model: str, choices: "TrainingChoices | None" = None) -> Job:
    """Ask for the next version of a model, fitted to a version of a dataset; with `choices.tune` after a search."""
    house.check("model.train")
    # Late: it brings 200 MB of libraries, and the pages ask for jobs without training anything themselves.
    from powertheft.actions.train_model import TrainingChoices, check_choices

    check_dataset_name(model)
    chosen = choices or TrainingChoices()
    check_choices(chosen)
    data = dataset_reference(house, dataset)
    arguments = {"dataset": data, "model": model, "choices": asdict(chosen)}
    kind: JobKind = "model.train" if chosen.tune is None else "model.tune"
    return _enqueue(house, kind, arguments, title=f"Train {model} on {data}")


def enqueue_evaluate(
    house: House,
    dataset: str,
    *,
    model: str,
    capacity: str = "1%",
    cutoff: str = "f1",
    visit_cost: float | None = None,
    value_found: float | None = None,
) -> Job:
    """Ask for the figures of a model version on a labelled dataset."""
    house.check("model.read")
    Capacity.parse(capacity)
    check_cutoff_kind(cutoff)
    amounts = check_amounts(visit_cost, value_found)
    if cutoff == "value":
        cutoff_by_value(amounts)  # refuses it without the two amounts
    data, which = dataset_reference(house, dataset), model_reference(house, model)
    arguments = {"dataset": data, "model": which, "capacity": capacity, "cutoff": cutoff}
    arguments |= {"visit_cost": visit_cost, "value_found": value_found}
    return _enqueue(house, "model.evaluate", arguments, title=f"Judge {which} on {data}")


def enqueue_compare(house: House, dataset: str, *, first: str, second: str, capacity: str = "1%") -> Job:
    """Ask which of two model versions is better on a labelled dataset."""
    house.check("model.read")
    Capacity.parse(capacity)
    data = dataset_reference(house, dataset)
    one, other = model_reference(house, first), model_reference(house, second)
    if one == other:
        raise ChoiceError(f"{one} is compared with itself", advice="Choose two versions.", column="second")
    arguments = {"dataset": data, "first": one, "second": other, "capacity": capacity}
    return _enqueue(house, "model.compare", arguments, title=f"Compare {one} with {other} on {data}")


def enqueue_measure(house: House, dataset: str) -> Job:
    """Ask how each feature is spread in a dataset version."""
    house.check("dataset.read")
    data = dataset_reference(house, dataset)
    return _enqueue(house, "feature.measure", {"dataset": data}, title=f"Measure the features of {data}")


def enqueue_trial(house: House, dataset: str) -> Job:
    """Ask for whom each rule holds in a dataset version, and what visits found where it held."""
    house.check("dataset.read")
    data = dataset_reference(house, dataset)
    return _enqueue(house, "rule.try", {"dataset": data}, title=f"Try the rules on {data}")


def enqueue_exploration(house: House, dataset: str) -> Job:
    """Ask for the sums that looking at a large dataset version needs."""
    house.check("dataset.read")
    data = dataset_reference(house, dataset)
    return _enqueue(house, "dataset.explore", {"dataset": data}, title=EXPLORE.format(data))


def with_exploration(house: House) -> House:
    """Return the house of an import after which its sums are asked for, in the transaction that registers a version."""

    def settle(work: UnitOfWork, result: Json) -> None:
        house.settle(work, result)
        if result["is_new"]:
            data = result["dataset"]
            work.jobs.enqueue("dataset.explore", {"dataset": data}, title=EXPLORE.format(data))

    return house.for_job(house.actor, settle)


def enqueue_simulation(house: House, *, consumers: int = 20_000, seed: int = 0) -> Job:
    """Ask for a made-up utility as a dataset, to try everything with."""
    house.check("dataset.import")
    arguments = {"consumers": consumers, "seed": seed}
    return _enqueue(house, "demo.simulate", arguments, title="Make up a utility to try things with")


def enqueue_score(house: House, dataset: str, *, model: str, rank_by: str = "probability", explain: int = 500) -> Job:
    """Ask for a ranked list of a dataset's connections."""
    house.check("score.run")
    check_rank_by(rank_by)
    data, which = dataset_reference(house, dataset), model_reference(house, model)
    arguments = {"dataset": data, "model": which, "rank_by": rank_by, "explain": explain}
    return _enqueue(house, "model.score", arguments, title=f"Score {data} with {which}")


def enqueue_explain(house: House, dataset: str, *, model: str, consumer: str, cutoff: str = "f1") -> Job:
    """Ask for all that a model says of one connection, which a pseudonym names."""
    house.check("list.read")
    data, which = dataset_reference(house, dataset), model_reference(house, model)
    arguments = {"dataset": data, "model": which, "consumer": consumer, "cutoff": cutoff}
    return _enqueue(house, "consumer.explain", arguments, title=f"Explain a connection of {data} with {which}")


def enqueue_watch(house: House) -> Job:
    """Ask what has moved; where that is asked for already, the job that waits is returned."""
    house.check("model.read")
    with house.begin() as work:
        return ask_to_watch(work)


def list_jobs(
    house: House, *, states: Sequence[JobState] = (), before: int | None = None, last: int = 100
) -> Sequence[Job]:
    """Return the last jobs, newest first."""
    house.check("job.read")
    with house.read() as work:
        return work.jobs.list_jobs(states=states, before=before, last=last)


def get_job(house: House, number: int) -> Job:
    """Return one job."""
    house.check("job.read")
    with house.read() as work:
        return work.jobs.get_job(number)


def waits_for(house: House, job: Job) -> Ahead:
    """Return what a queued job waits for; any other waits for nothing."""
    house.check("job.read")
    if job.state != "queued":
        return Ahead((), 0)
    with house.read() as work:
        return ahead_of(job, work.jobs.list_jobs(states=["queued", "running"], last=MOST_OPEN))


def read_log(house: House, number: int, *, after: int = 0) -> Sequence[LogLine]:
    """Return the lines of a job's log that come after the one of a number."""
    house.check("job.read")
    with house.read() as work:
        work.jobs.get_job(number)  # refuses a job that is not there
        return work.jobs.list_log(number, after=after)


def cancel_job(house: House, number: int) -> Job:
    """Call off a job; what runs stops at its next step and leaves nothing behind."""
    house.check("job.cancel")
    with house.begin() as work:
        return work.jobs.cancel(number)


def retry_job(house: House, number: int) -> Job:
    """Queue a job again that failed or was cancelled; whoever may ask for its kind of work may."""
    house.check("job.read")
    with house.begin() as work:
        house.check(NEEDED[work.jobs.get_job(number).kind])
        return work.jobs.retry(number)


def dataset_reference(house: House, reference: str) -> str:
    """Return NAME@number of a version of a dataset that is there."""
    version = house.registered(reference)
    return f"{version.dataset}@{version.number}"


def model_reference(house: House, reference: str) -> str:
    """Return NAME@number of a version of a model that is there; NAME alone is its champion, else its last version."""
    name, number = split_reference(reference)
    with house.read() as work:
        return work.models.get_version(name, number).reference


def import_choices_to_json(choices: ImportChoices) -> dict[str, Any]:
    """Return the choices of an import as plain data.

    Examples
    --------
    >>> import_choices_from_json(import_choices_to_json(ImportChoices(profile="tneb", drop=("NAME",)))).drop
    ('NAME',)
    """
    return {**asdict(choices), "repairs": [repair.to_json() for repair in choices.repairs]}


def import_choices_from_json(told: Mapping[str, Any]) -> ImportChoices:
    """Return the choices of an import that plain data stand for."""
    return ImportChoices(
        profile=told["profile"],
        mapping=told["mapping"],
        keep=told["keep"],
        drop=tuple(told["drop"]),
        pseudonymise=tuple(told["pseudonymise"]),
        repairs=tuple(repair_from_json(repair) for repair in told["repairs"]),
    )


def training_choices_from_json(told: Mapping[str, Any]) -> "TrainingChoices":
    """Return the choices of a training that plain data stand for.

    Examples
    --------
    >>> training_choices_from_json({"algorithm": "lightgbm", "without": ["registry"]}).without
    ('registry',)
    """
    # Late, as above.
    from powertheft.actions.train_model import TrainingChoices

    chosen: dict[str, Any] = {
        name: tuple(cast("list[str]", value)) if isinstance(value, list) else value for name, value in told.items()
    }
    return TrainingChoices(**chosen)


def _enqueue(house: House, kind: JobKind, arguments: Mapping[str, Any], *, title: str) -> Job:
    with house.begin() as work:
        return work.jobs.enqueue(kind, arguments, title=title)
