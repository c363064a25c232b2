"""Jobs: ask for work in the background, look at it, call it off. Rule of the room: knows the use cases only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import Field

from powertheft.actions import work_jobs
from powertheft.actions.feature_sets import get_feature_set
from powertheft.actions.house import House
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.once import ONCE, JobAnswer, JobPart, JobTold, ask, told
from powertheft.api.shapes import MOST, Asked, Name, Paging, Part, Reference, Told, Word, cursor_at
from powertheft.domain.jobs import Job, JobState
from powertheft.domain.permissions import Permission

pages = APIBlueprint("jobs", __name__, url_prefix="/jobs", tag="Jobs")

Money = Annotated[float | None, Field(ge=0, le=1e12)]
Words = Annotated[tuple[Word, ...], Field(max_length=5_000)]


class JobsAsked(Paging):
    """Which jobs."""

    state: JobState | None = None


class LogAsked(Asked):
    """Which lines: those after one that was read."""

    after: Annotated[int, Field(ge=0, le=MOST)] = 0


class LogTold(Told):
    """A line of a job's log."""

    number: int
    at: datetime
    text: str


class LogPart(Part):
    """Lines in their order; `next` is None, ask again with `after`."""

    items: list[LogTold]


class ChoicesAsked(Asked):
    """What can be chosen in training; what is left out has its default."""

    algorithm: Word = "lightgbm"
    features: Words = ()
    without: Words = ()
    seed: Annotated[int, Field(ge=0, le=MOST)] = 0
    capacity: Word = "1%"
    cutoff: Word = "f1"
    folds: Annotated[int | None, Field(ge=1, le=20)] = None
    encoding: Word | None = None
    scaling: Word | None = None
    class_weight: Word | None = None
    threads: Annotated[int, Field(ge=1, le=64)] = 2
    split: Word = "consumer"
    learning_curve: bool = False
    visit_cost: Money = None
    value_found: Money = None
    settings: Words = ()
    without_cases: Annotated[bool, Field(description="Leave out what visits of this house found.")] = False
    half_life: Annotated[
        str | float | None, Field(description="Months after which an outcome counts half, or auto; absent: all alike.")
    ] = None
    tune: Annotated[float | None, Field(ge=0, le=1_440, description="Minutes of searching for settings.")] = None


class TrainAsked(Asked):
    """Train the next version of a model."""

    dataset: Reference
    model: Name
    feature_set: Name | None = None
    choices: ChoicesAsked = ChoicesAsked()


class ScoreAsked(Asked):
    """Rank the connections of a dataset version."""

    dataset: Reference
    model: Reference
    rank_by: Word = "probability"
    explain: Annotated[int, Field(ge=0, le=MOST)] = 500


class EvaluateAsked(Asked):
    """Judge a model version on a labelled dataset."""

    dataset: Reference
    model: Reference
    capacity: Word = "1%"
    cutoff: Word = "f1"
    visit_cost: Money = None
    value_found: Money = None


class CompareAsked(Asked):
    """Compare two model versions on a labelled dataset."""

    dataset: Reference
    first: Reference
    second: Reference
    capacity: Word = "1%"


class ExplainAsked(Asked):
    """Explain one connection, which its pseudonym names."""

    dataset: Reference
    model: Reference
    consumer: Word
    cutoff: Word = "f1"


class MeasureAsked(Asked):
    """Measure how each feature is spread in a dataset version."""

    dataset: Reference


@pages.get("")
@needs("job.read")
@pages.input(JobsAsked, location="query")
@pages.output(JobPart)
def list_jobs(query_data: JobsAsked) -> dict[str, Any]:
    """List the jobs, newest first."""
    states: list[JobState] = [] if query_data.state is None else [query_data.state]
    before = query_data.place() or None
    found = work_jobs.list_jobs(current_house(), states=states, before=before, last=query_data.limit + 1)
    shown = found[: query_data.limit]
    is_more = len(found) > len(shown)
    return {"items": [told(job) for job in shown], "next": cursor_at(shown[-1].number) if is_more else None}


@pages.get("/<number:number>")
@needs("job.read")
@pages.output(JobTold)
def get_job(number: int) -> JobTold:
    """Look at one job."""
    return told(_known(number))


@pages.get("/<number:number>/log")
@needs("job.read")
@pages.input(LogAsked, location="query")
@pages.output(LogPart)
def read_log(number: int, query_data: LogAsked) -> dict[str, Any]:
    """Read a job's log."""
    _known(number)
    return {"items": work_jobs.read_log(current_house(), number, after=query_data.after)}


@pages.post("/<number:number>/cancel")
@needs("job.cancel")
@pages.output(JobTold)
def cancel_job(number: int) -> JobTold:
    """Call off a job that is queued or running."""
    with absent_is_not_found():
        return told(work_jobs.cancel_job(current_house(), number))


@pages.post("/<number:number>/retry")
@needs("job.read")
@pages.output(JobTold)
def retry_job(number: int) -> JobTold:
    """Queue a job again that failed or was cancelled; whoever may ask for its kind of work may."""
    _known(number)
    return told(work_jobs.retry_job(current_house(), number))


def _known(number: int) -> Job:
    with absent_is_not_found():
        return work_jobs.get_job(current_house(), number)


def _train(house: House, *, dataset: str, model: str, feature_set: str | None, choices: dict[str, Any]) -> Job:
    if feature_set is not None:
        choices["features"] = get_feature_set(house, feature_set).features
    chosen = work_jobs.training_choices_from_json(choices)
    return work_jobs.enqueue_train(house, dataset, model=model, choices=chosen)


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of work that a program may ask for: what it takes, and the use case whose arguments these are."""

    scope: Permission
    shape: type[Asked] | None
    enqueue: Callable[..., Job]
    summary: str


WORK: Mapping[str, Work] = {
    "train": Work(
        "model.train",
        TrainAsked,
        _train,
        "Ask for the next version of a model; with `tune`, after a search for its settings.",
    ),
    "score": Work(
        "score.run", ScoreAsked, work_jobs.enqueue_score, "Ask for a ranked list; the result names the scoring."
    ),
    "evaluate": Work(
        "model.read",
        EvaluateAsked,
        work_jobs.enqueue_evaluate,
        "Ask for the figures of a model version on a labelled dataset; the result has them.",
    ),
    "compare": Work(
        "model.read",
        CompareAsked,
        work_jobs.enqueue_compare,
        "Ask which of two model versions is better on a labelled dataset.",
    ),
    "explain": Work(
        "list.read", ExplainAsked, work_jobs.enqueue_explain, "Ask for all that a model says of one connection."
    ),
    "measure": Work(
        "dataset.read", MeasureAsked, work_jobs.enqueue_measure, "Ask how each feature is spread in a dataset version."
    ),
    "watch": Work(
        "model.read", None, work_jobs.enqueue_watch, "Ask what has moved; the readings are then under /monitoring."
    ),
    "collect": Work(
        "dataset.import", None, work_jobs.enqueue_collect, "Ask for what is new at the utility's own places."
    ),
}
"""What can be asked for, by the last word of its address."""


def _offer(name: str, work: Work) -> None:
    """Open the address of a kind of work."""

    def view(json_data: Asked | None = None) -> JobAnswer:
        choices = {} if json_data is None else json_data.model_dump()
        return ask(lambda house: work.enqueue(house, **choices))

    view.__name__, view.__doc__ = name, work.summary
    opened = needs(work.scope)(view) if work.shape is None else needs(work.scope)(pages.input(work.shape)(view))
    answered = pages.output(JobTold, status_code=202)(opened)
    pages.post(f"/{name}")(pages.doc(extensions=ONCE)(answered))


for _name, _work in WORK.items():
    _offer(_name, _work)
