"""Find connections, cases, models and datasets by a part of what they are called. Rule of the room: compute nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from powertheft.actions.house import House, split_reference
from powertheft.actions.inspections import get_case, list_cases
from powertheft.actions.ports import ModelVersion, Scoring
from powertheft.actions.scorings import LIST, scoring_folder
from powertheft.domain.errors import ChoiceError
from powertheft.domain.inspections import Case
from powertheft.domain.pseudonyms import pseudonym_start

MOST = 8
MOST_LISTS = 3
"""Datasets whose newest list is looked through; of a million connections each takes some 50 ms."""

_NUMBER = re.compile(r"\D{0,8}?(\d{1,9})")


@dataclass(frozen=True, slots=True)
class FoundConnection:
    """A connection of a list: where it stands there and what the list says of its place."""

    consumer_id: str
    scoring: Scoring
    rank: int
    probability: float
    places: tuple[str, ...]


def find_connections(house: House, wanted: str, *, most: int = MOST) -> Sequence[FoundConnection]:
    """Return connections whose pseudonym begins so, from the newest list of each dataset, the likeliest first."""
    house.check("list.read")
    start = pseudonym_start(wanted)
    if start is None:
        return ()
    found: list[FoundConnection] = []
    for scoring in _newest_lists(house):
        found += _begins(house, scoring, start, most=most - len(found))
        if len(found) >= most:
            break
    return found


def find_cases(house: House, wanted: str, *, most: int = MOST) -> Sequence[Case]:
    """Return the case of a number, and cases of connections that begin so; whoever only visits finds the own ones."""
    house.check("inspection.read")
    number, start = _NUMBER.fullmatch(wanted.strip()), pseudonym_start(wanted)
    found = list[Case]() if number is None else _case(house, int(number[1]))
    if start is not None:
        known = {one.number for one in found}
        begun = list_cases(house, consumer_begins=start, last=most)
        found += [one for one in begun if one.number not in known]
    return found[:most]


def find_models(house: House, wanted: str, *, most: int = MOST) -> Sequence[ModelVersion]:
    """Return versions of models whose name holds the words, or NAME@number, the newest first."""
    house.check("model.read")
    with house.read() as work:
        every = work.models.list_versions()
    named = [one for one in every if wanted.casefold() in one.reference.casefold()]
    return sorted(named, key=lambda one: one.created_at, reverse=True)[:most]


def find_datasets(house: House, wanted: str, *, most: int = MOST) -> Sequence[str]:
    """Return names of datasets that hold the words."""
    house.check("dataset.read")
    name = wanted.partition("@")[0].casefold()
    with house.read() as work:
        return [one for one in work.datasets.list_datasets() if name in one.casefold()][:most]


def _newest_lists(house: House) -> list[Scoring]:
    with house.read() as work:
        every = work.scorings.list_scorings()
    newest: dict[str, Scoring] = {}
    for scoring in every:
        newest.setdefault(split_reference(scoring.dataset)[0], scoring)
    return list(newest.values())[:MOST_LISTS]


def _begins(house: House, scoring: Scoring, start: str, *, most: int) -> list[FoundConnection]:
    listed = pl.scan_parquet(scoring_folder(house, scoring) / LIST)
    there = listed.collect_schema().names()
    columns = [name for name in ("consumer_id", "rank", "probability", "category", "section") if name in there]
    # A list lies in the order of its ranks, so that the first found are the likeliest.
    found = listed.filter(pl.col("consumer_id").str.starts_with(start)).select(columns).head(most).collect()
    return [_connection(row, scoring) for row in found.iter_rows(named=True)]


def _connection(row: dict[str, Any], scoring: Scoring) -> FoundConnection:
    places = tuple(str(row[name]) for name in ("category", "section") if row.get(name) is not None)
    return FoundConnection(row["consumer_id"], scoring, row["rank"], row["probability"], places)


def _case(house: House, number: int) -> list[Case]:
    try:
        return [get_case(house, number)]
    except ChoiceError:
        return []
