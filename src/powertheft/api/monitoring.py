"""What is watched, and its history. Rule of the room: knows the use cases only.

A look now is a job: POST /jobs/watch.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from apiflask import APIBlueprint

from powertheft.actions.show_monitoring import show_monitoring, show_watch
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.shapes import Paging, Part, Plain, Told, Word, part_of, plain
from powertheft.domain.watches import WATCHES, Reading, Standing, WatchName, WatchState, in_numbers

pages = APIBlueprint("monitoring", __name__, url_prefix="/monitoring", tag="Monitoring")


class ReadingTold(Told):
    """What one watch made of one thing in one period.

    `low` and `high` are the limits within which it is quiet, `expected` what was to be expected; `counted` are the
    rows, connections or visits that it rests on.
    """

    watch: WatchName
    subject: str
    period: date
    at: datetime
    state: WatchState
    value: float | None
    low: float | None
    high: float | None
    expected: float | None
    counted: int
    details: Plain


class StandingTold(Told):
    """Where a thing that is watched stands: its newest reading, since when, and whether somebody is told."""

    title: str
    words: str
    since: date
    in_a_row: int
    is_told: bool
    newest: ReadingTold


class StandingPart(Part):
    """Everything that is watched, by watch and subject."""

    items: list[StandingTold]


class ReadingPart(Part):
    """Readings, the newest first."""

    items: list[ReadingTold]


class HistoryAsked(Paging):
    """Of which subject; without one, the one that needs a look first."""

    subject: Word | None = None


@pages.get("")
@needs("model.read")
@pages.input(Paging, location="query")
@pages.output(StandingPart)
def list_watched(query_data: Paging) -> Mapping[str, Any]:
    """List what is watched, each with its newest reading; what visits find only for who may read cases."""
    standings = [_standing(one) for one in show_monitoring(current_house()).standings]
    return part_of(standings, query_data)


@pages.get("/<name>")
@needs("model.read")
@pages.input(HistoryAsked, location="query")
@pages.output(ReadingPart)
def list_history(name: str, query_data: HistoryAsked) -> Mapping[str, Any]:
    """List the readings of one watch and subject, the newest first."""
    with absent_is_not_found():
        found = show_watch(current_house(), name, subject=query_data.subject)
    return part_of([_reading(one) for one in reversed(found.history)], query_data)


def _standing(one: Standing) -> dict[str, Any]:
    return {
        "title": WATCHES[one.newest.watch].title,
        "words": in_numbers(one.newest),
        "since": one.since,
        "in_a_row": one.in_a_row,
        "is_told": one.is_told,
        "newest": _reading(one.newest),
    }


def _reading(one: Reading) -> dict[str, Any]:
    values = {name: getattr(one, name) for name in ReadingTold.model_fields}
    return {**values, "details": plain(one.details)}
