"""Work that a program asks for, once. Rule of the room: knows the use cases only."""

from collections.abc import Callable
from datetime import datetime

from flask import request

from powertheft.actions.ask_once import ask_once
from powertheft.actions.house import House
from powertheft.api.access import current_house
from powertheft.api.shapes import Part, Plain, Told, plain
from powertheft.domain.jobs import Job, JobKind, JobState

HEADER = "Idempotency-Key"
ONCE = {"x-asked-once": True}
"""What marks an operation that takes the header, in the document of the API."""


class JobTold(Told):
    """Work in the background. A done job has a `result`, a failed one a `message` and an `advice`."""

    number: int
    kind: JobKind
    title: str
    state: JobState
    progress: float
    doing: str
    created_at: datetime
    created_by: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: Plain | None = None
    message: str = ""
    advice: str = ""


JobAnswer = tuple[JobTold, dict[str, str]]
"""A job, and the header that says where it is."""


class JobPart(Part):
    """Jobs, newest first."""

    items: list[JobTold]


def told(job: Job) -> JobTold:
    """Return a job as it is told: its arguments stay here, since they name files of this machine."""
    values = {name: getattr(job, name) for name in JobTold.model_fields}
    return JobTold.model_validate({**values, "result": None if job.result is None else plain(job.result)})


def ask(for_work: Callable[[House], Job]) -> JobAnswer:
    """Return the job that a request asks for, and where it is; the same key gives the same job."""
    key, house = request.headers.get(HEADER), current_house()
    if key is None:
        job = for_work(house)
    else:
        fingerprint = f"{request.method} {request.path}\n{request.get_data(as_text=True)}"
        job = ask_once(house, key, for_work, fingerprint=fingerprint)
    return told(job), {"Location": f"{request.script_root}/jobs/{job.number}"}
