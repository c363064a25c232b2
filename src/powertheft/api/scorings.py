"""Scorings: ranked lists, their rows under filters, one connection with its reasons. Rule: use cases only."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask.typing import ResponseReturnValue
from pydantic import Field

from powertheft.actions import read_list, scorings
from powertheft.actions.download_list import ListAsked, ask_for_list
from powertheft.actions.house import EVERY
from powertheft.actions.ports import Scoring
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.once import ONCE, JobAnswer, JobTold, ask
from powertheft.api.shapes import Asked, Paging, Part, Plain, Told, Why, Word, cursor_at, nothing, part_of, plain

pages = APIBlueprint("scorings", __name__, url_prefix="/scorings", tag="Scorings")

Over = Annotated[float | None, Field(ge=-1e12, le=1e12)]


class ScoringTold(Told):
    """A ranked list: which dataset version through which model version."""

    number: int
    dataset: str
    model: str
    rows: int
    details: Plain
    created_at: datetime
    created_by: str


class ScoringPart(Part):
    """Scorings, newest first."""

    items: list[ScoringTold]


class FiltersAsked(Asked):
    """Which rows of a list, in which order."""

    region: Word | None = None
    district: Word | None = None
    section: Word | None = None
    feeder_id: Word | None = None
    category: Word | None = None
    amount_over: Over = None
    energy_over: Over = None
    probability_over: Over = None
    reason: Word | None = None
    rule: Word | None = None
    not_visited_since: date | None = None
    pseudonym: Word | None = None
    learnt_from: bool | None = None
    sort: Word = "rank"
    descending: bool = False

    def filters(self) -> read_list.ListFilter:
        """Return what a row must be."""
        wanted = {one.name for one in fields(read_list.ListFilter)}
        return read_list.ListFilter(**self.model_dump(include=wanted))


class RowsAsked(FiltersAsked, Paging):
    """Which rows of a list, in which order, with which columns (with commas between them)."""

    columns: Annotated[str | None, Field(max_length=2_000)] = None


class FileAsked(FiltersAsked):
    """Which rows of a list are to be in a file, in which order."""


class RowPart(Part):
    """Rows, and what all that pass the filters are expected to be worth together.

    `learnt_from` says how many of them the model was fitted to, so that their likelihoods flatter (`used_in_fitting` in
    each row); it is null where that cannot be told.
    """

    items: list[Plain]
    total: int
    learnt_from: int | None
    energy_kwh: float | None
    amount: float | None
    currency: str
    sentence: str


class ConsumerTold(Told):
    """One connection: likelihood, worth, use by month, bills, and the reasons as words and as contributions."""

    scoring: int
    dataset: str
    model: str
    consumer_id: str
    rank: int
    listed: int
    head: Plain
    reasons: list[str]
    waterfall: Plain
    rules: Plain
    stretch: Plain | None
    season_in_words: str
    neighbours_in_words: str
    months: list[Plain]
    bills: list[Plain]
    events: list[Plain]
    visits: list[Plain]
    transformer: Plain | None
    neighbours: list[Plain]
    cases: list[int]


@pages.get("")
@needs("list.read")
@pages.input(Paging, location="query")
@pages.output(ScoringPart)
def list_scorings(query_data: Paging) -> Mapping[str, Any]:
    """List the scorings, newest first."""
    last = min(query_data.place() + query_data.limit + 1, EVERY)
    return part_of([_told(one) for one in scorings.list_scorings(current_house(), last=last)], query_data)


@pages.get("/<number:number>")
@needs("list.read")
@pages.output(ScoringTold)
def get_scoring(number: int) -> dict[str, Any]:
    """Look at a scoring."""
    return _told(_known(number))


@pages.get("/<number:number>/rows")
@needs("list.read")
@pages.input(RowsAsked, location="query")
@pages.output(RowPart)
def read_rows(number: int, query_data: RowsAsked) -> dict[str, Any]:
    """Read the rows of a list by rank, or in another order, under filters; connections go by pseudonym."""
    house, asked, _ = current_house(), query_data, _known(number)
    there = read_list.list_columns(house, number)
    columns = there if asked.columns is None else tuple(name.strip() for name in asked.columns.split(","))
    found = read_list.read_page(
        house,
        number,
        filters=asked.filters(),
        offset=asked.place(),
        limit=asked.limit,
        sort=asked.sort,
        descending=asked.descending,
        columns=columns,
    )
    end = found.offset + len(found.rows)
    parts = RowPart.model_fields.keys() - {"items", "next"}
    told = {name: plain(getattr(found, name)) for name in parts}
    return {**told, "items": plain(found.rows), "next": cursor_at(end) if found.rows and end < found.total else None}


@pages.post("/<number:number>/exports")
@needs("dataset.export")
@pages.doc(extensions=ONCE)
@pages.input(FileAsked)
@pages.output(JobTold, status_code=202)
def export_rows(number: int, json_data: FileAsked) -> JobAnswer:
    """Ask for the rows of a list as an Excel workbook; the result names the download, which is there for a day.

    Places that fewer than ten connections share are emptied; connections go by pseudonym.
    """
    asked = ListAsked(_known(number).number, json_data.filters(), json_data.sort, json_data.descending)
    return ask(lambda house: ask_for_list(house, asked))


@pages.get("/<number:number>/consumers/<consumer>")
@needs("list.read")
@pages.output(ConsumerTold)
def get_consumer(number: int, consumer: str) -> dict[str, Any]:
    """Show one connection of a list, which its pseudonym names: reasons in words, contributions, history."""
    from powertheft.actions.ask_about_consumer import ask_why  # late: it brings the models, 200 MB
    from powertheft.actions.show_consumer import show_consumer  # late, as above

    _known(number)
    with absent_is_not_found():
        found, why = show_consumer(current_house(), consumer, number), ask_why(current_house(), consumer, number)
    asked = {"reasons", "waterfall", "rules"}
    shown = {name: getattr(found, name) for name in ConsumerTold.model_fields.keys() - asked - {"cases"}}
    told = {**shown, **{name: getattr(why, name) for name in asked}}
    return {**{name: plain(value) for name, value in told.items()}, "cases": [case.number for case in found.cases]}


@pages.delete("/<number:number>")
@needs("dataset.delete")
@pages.input(Why, location="query")
@pages.output({}, status_code=204)
def delete_scoring(number: int, query_data: Why) -> ResponseReturnValue:
    """Delete the lists of a scoring; the cases that came of it stay."""
    with absent_is_not_found():
        scorings.delete_scoring(current_house(), number, reason=query_data.reason)
    return nothing()


def _known(number: int) -> Scoring:
    with absent_is_not_found():
        return scorings.get_scoring(current_house(), number)


def _told(scoring: Scoring) -> dict[str, Any]:
    values = {name: getattr(scoring, name) for name in ScoringTold.model_fields}
    return {**values, "details": plain(scoring.details)}
