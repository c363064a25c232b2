"""Opening any file or address: the one way by which data come in. Rule of the room: rename nothing."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from powertheft.sources.access import check_readable
from powertheft.sources.addresses import SQL, scheme_of
from powertheft.sources.endings import ENDINGS, READERS, ZIP, ending_of, endings_advice, is_data
from powertheft.sources.opened import Found, Opened
from powertheft.sources.unpacking import unzip

Opener = Callable[[Found], Opened]


def open_found(found: Found) -> list[tuple[Found, Opened]]:
    """Open a file, with the reader of its ending; a ZIP gives what it holds."""
    if scheme_of(found.name) in SQL:
        # Late: the database library, which files do not need.
        from powertheft.sources.sql import open_sql

        return [(found, open_sql(found, found.name))]
    ending = ending_of(found.name)
    if ending is None or not is_data(found.path, named=True):
        raise found.refusal("is of a kind that is not read here", endings_advice())
    if ending != ZIP:
        return [(found, _opener(ending)(found))]
    check_readable(found)
    members = unzip(found, [known for known in ENDINGS if known != ZIP])
    return [(member, _opener(cast("str", ending_of(member.name)))(member)) for member in members]


def _opener(ending: str) -> Opener:
    module, _, name = READERS[ending].rpartition(".")
    return cast("Opener", getattr(import_module(module), name))
