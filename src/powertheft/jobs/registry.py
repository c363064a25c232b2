"""Which function does a kind of job. It is loaded when the first such job comes.

A worker that waits holds no library that it does not need: the pages' small jobs are done without those of the models.

Rule of the room: imports domain and actions; killing a worker loses nothing and doubles nothing.
"""

from collections.abc import Callable, Mapping
from importlib import import_module

from powertheft.actions.house import House
from powertheft.actions.ports import Json
from powertheft.actions.progress import Progress
from powertheft.domain.jobs import JobKind

Task = Callable[[House, Json, Progress], Json]
"""A task that registers something does so through `house.settle`, in one transaction with the end of the job; one that
only finds something out returns it. Either way a job that is run twice leaves what one leaves."""

TASKS: Mapping[JobKind, str] = {
    "dataset.import": "powertheft.jobs.data_tasks.import_files",
    "dataset.propose": "powertheft.jobs.data_tasks.propose",
    "dataset.check": "powertheft.jobs.data_tasks.check",
    "dataset.export": "powertheft.jobs.data_tasks.export",
    "dataset.collect": "powertheft.jobs.data_tasks.collect",
    "model.train": "powertheft.jobs.model_tasks.train",
    "model.tune": "powertheft.jobs.model_tasks.train",
    "model.retrain": "powertheft.jobs.model_tasks.retrain",
    "model.evaluate": "powertheft.jobs.model_tasks.evaluate",
    "model.compare": "powertheft.jobs.model_tasks.compare",
    "model.score": "powertheft.jobs.model_tasks.score",
    "model.mirror": "powertheft.jobs.tracking_tasks.mirror",
    "consumer.explain": "powertheft.jobs.model_tasks.explain",
    "feature.measure": "powertheft.jobs.model_tasks.measure",
    "dataset.explore": "powertheft.jobs.model_tasks.explore",
    "demo.simulate": "powertheft.jobs.data_tasks.simulate",
    "list.export": "powertheft.jobs.data_tasks.export_rows",
    "rule.try": "powertheft.jobs.model_tasks.try_the_rules",
    "alert.send": "powertheft.jobs.alert_tasks.send",
    "house.watch": "powertheft.jobs.watch_tasks.watch",
}


def find_task(kind: JobKind) -> Task:
    """Return what does a kind of job."""
    module, _, name = TASKS[kind].rpartition(".")
    return getattr(import_module(module), name)
