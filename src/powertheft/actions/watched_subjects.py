"""What is still there to be watched: datasets, and models that are in use. Rule of the room: compute nothing.

Of a retired or deleted model nobody is told any more: its list is nobody's, and what moved about it stays moved.
"""

from collections.abc import Callable

from powertheft.actions.ports import UnitOfWork

IsWatched = Callable[[str], bool]
"""Whether the subject of a reading is still watched."""


def watched_subjects(work: UnitOfWork) -> IsWatched:
    """Return what tells subjects that are watched from others: a dataset, a model or version, more after a slash."""
    there = {*work.datasets.list_datasets()}
    for version in work.models.list_versions():
        if version.state != "retired":
            there |= {version.reference, version.model}
    return lambda subject: subject.partition("/")[0] in there
