"""What a job is, in the words of its pages. Rule of the room: knows the use cases, never the store."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext

from powertheft.domain.jobs import Job, JobKind, time_left
from powertheft.domain.permissions import Permission
from powertheft.web.access import current_actor
from powertheft.web.words import lazy_gettext

STATE_WORDS: Mapping[str, tuple[str, str]] = {
    "queued": (lazy_gettext("waiting"), "off"),
    "running": (lazy_gettext("running"), ""),
    "done": (lazy_gettext("done"), "good"),
    "failed": (lazy_gettext("failed"), "bad"),
    "cancelled": (lazy_gettext("cancelled"), "off"),
}
SHOWN_TO: Mapping[JobKind, Permission] = {
    "dataset.import": "dataset.read",
    "dataset.propose": "dataset.import",
    "dataset.check": "dataset.import",
    "dataset.export": "dataset.export",
    "dataset.collect": "dataset.read",
    "model.train": "model.read",
    "model.tune": "model.read",
    "model.retrain": "model.read",
    "model.evaluate": "model.read",
    "model.compare": "model.read",
    "model.score": "list.read",
    "consumer.explain": "list.read",
    "feature.measure": "dataset.read",
    "dataset.explore": "dataset.read",
    "demo.simulate": "dataset.read",
    "list.export": "dataset.export",
    "rule.try": "model.read",
    "house.watch": "model.read",
    "alert.send": "model.read",
    "model.mirror": "model.read",
}
"""What one must be allowed to for the page of what came of a job: not all who look at jobs may look at all of it."""
# Where an uploaded file lies is nobody's business; what it is called is.
_PLACE = re.compile(r"\S*/scratch/\S*?/(?=[^/\s]+(?:[\s:,]|$))")


@dataclass(frozen=True, slots=True)
class Shown:
    """A job as a page shows it: how long it has run, how long it will, and where its result is."""

    job: Job
    seconds: float | None
    left: float | None
    message: str
    result: tuple[str, str] | None

    @property
    def share(self) -> float | None:
        """Return the share that is done, None while nothing can be said of it."""
        return self.job.progress if self.job.state == "running" and self.job.progress > 0 else None

    @property
    def is_open(self) -> bool:
        """Return whether there is more to come."""
        return self.job.state in {"queued", "running"}

    @property
    def state(self) -> tuple[str, str]:
        """Return its state in a word, and the kind of tag that shows it."""
        return STATE_WORDS[self.job.state]


def shown_job(job: Job) -> Shown:
    """Return a job as a page shows it."""
    now = datetime.now(UTC)
    seconds = ((job.ended_at or now) - job.started_at).total_seconds() if job.started_at else None
    left = time_left(job.started_at, now, job.progress) if job.started_at and job.state == "running" else None
    message = _PLACE.sub("", job.message)
    return Shown(job, seconds, left.total_seconds() if left else None, message[:1].upper() + message[1:], _result(job))


def _result(job: Job) -> tuple[str, str] | None:
    """Return what to press to see what came of a job, and where that leads."""
    told = job.result or {}
    if job.kind in {"dataset.propose", "dataset.check"}:
        if job.created_by != current_actor().name:
            return None
        return gettext("Go on with the upload"), url_for("data.upload", token=job.arguments["intake"])
    if job.state != "done" or not current_actor().can(SHOWN_TO[job.kind]):
        return None
    return _found_out(job) or _made(told)


def _found_out(job: Job) -> tuple[str, str] | None:
    """Return the page of a job that registers nothing: it finds out, and its page reads what."""
    match job.kind:
        case "house.watch":
            return gettext("See what moved"), url_for("monitoring.index")
        case "model.evaluate":
            return gettext("See the figures"), url_for("models.judged", number=job.number)
        case "model.compare":
            return gettext("See which is better"), url_for("models.compared", number=job.number)
        case "feature.measure":
            return gettext("See the features"), url_for("features.index", dataset=job.arguments["dataset"])
        case "dataset.explore":
            return gettext("Explore the data"), url_for("explore.index", data=job.arguments["dataset"])
        case _:
            return None


def _made(told: Mapping[str, Any]) -> tuple[str, str] | None:
    if "download" in told:
        return gettext("Download"), url_for("data.fetch", file=told["download"])
    if "tried" in told:
        return gettext("See the rules"), url_for("predictions.rules", dataset=told["tried"])
    if told.get("dataset"):  # a collection that found nothing new has none
        name, _, number = str(told["dataset"]).partition("@")
        return gettext("See the dataset"), url_for("data.version", name=name, number=int(number))
    if "model" in told:
        return gettext("See the model"), url_for("models.report", reference=told["model"])
    if "scoring" in told:
        return gettext("See the list"), url_for("predictions.scored", number=told["scoring"])
    return None
