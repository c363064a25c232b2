"""Work that comes again. Rule of the room: knows the use cases only.

A schedule asks for the same work as a job does, and what it is told is checked in the same way: no path of this
machine.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from powertheft.actions import schedules, work_jobs
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.shapes import Asked, Paging, Part, Reference, Told, Word, nothing, part_of
from powertheft.domain.errors import ChoiceError
from powertheft.domain.jobs import JobKind

pages = APIBlueprint("schedules", __name__, url_prefix="/schedules", tag="Schedules")


class ScheduleTold(Told):
    """Work that comes again, and when it is due."""

    number: int
    kind: JobKind
    title: str
    cron: str
    next_at: datetime
    created_at: datetime
    created_by: str


class SchedulePart(Part):
    """Schedules, the next one first."""

    items: list[ScheduleTold]


class ScheduleAsked(Asked):
    """Collect what is new, score a dataset version, or watch what has moved.

    `cron` are the five words of crontab, in local time.
    """

    kind: Literal["dataset.collect", "model.score", "house.watch"]
    cron: Word
    title: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
    dataset: Reference | None = None
    model: Reference | None = None


@pages.get("")
@needs("job.read")
@pages.input(Paging, location="query")
@pages.output(SchedulePart)
def list_schedules(query_data: Paging) -> Mapping[str, Any]:
    """List the schedules."""
    return part_of(schedules.list_schedules(current_house()), query_data)


@pages.post("")
@needs("schedule.change")
@pages.input(ScheduleAsked)
@pages.output(ScheduleTold, status_code=201)
def add_schedule(json_data: ScheduleAsked) -> Any:
    """Have work done again and again, as the token's owner."""
    house, wanted = current_house(), json_data
    return schedules.add_schedule(
        house, wanted.kind, cron=wanted.cron, title=wanted.title, arguments=_arguments(wanted)
    )


@pages.delete("/<number:number>")
@needs("schedule.change")
@pages.output({}, status_code=204)
def remove_schedule(number: int) -> ResponseReturnValue:
    """Remove a schedule; jobs that it has queued stay."""
    with absent_is_not_found():
        schedules.remove_schedule(current_house(), number)
    return nothing()


def _arguments(wanted: ScheduleAsked) -> dict[str, Any]:
    if wanted.kind != "model.score":
        return {}
    if wanted.dataset is None or wanted.model is None:
        what = "a list needs a dataset and a model"
        raise ChoiceError(what, column="dataset", advice="Name both, as NAME or NAME@2.")
    house = current_house()
    # Whoever names no version wants the one that is the last, or the champion, each time; that they are there is seen.
    work_jobs.dataset_reference(house, wanted.dataset)
    work_jobs.model_reference(house, wanted.model)
    return {"dataset": wanted.dataset, "model": wanted.model}
