"""A look at data before and after an import: first rows, rows at random, what each column is held to be and why.

Rule of the room: put the rooms together, compute nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.house import House
from powertheft.actions.plan_import import HEAD_ROWS, ImportChoices, Personal, Plan, plan_import
from powertheft.domain.errors import ChoiceError
from powertheft.domain.profiles import Profile, TableMapping
from powertheft.domain.tables import TABLES
from powertheft.sources.tables import SourceTable, open_tables

ROWS = 20
MOST_ROWS = 200
EXAMPLES = 3
LONGEST_EXAMPLE = 60


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows of a table as texts and numbers: the first, and some drawn at random, each with its number from 1."""

    columns: tuple[str, ...]
    first: tuple[tuple[Any, ...], ...]
    drawn: tuple[tuple[Any, ...], ...]
    drawn_numbers: tuple[int, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """What a file's column is held to be: our column ("" for none), how sure that is, why, and what else it could be.

    `personal` says what becomes of a column that identifies people, and how that was found.
    """

    column: str
    examples: tuple[str, ...]
    table: str
    target: str
    unit: str
    meaning: str
    confidence: float
    evidence: tuple[str, ...]
    alternatives: tuple[tuple[str, float], ...] = ()
    personal: Personal | None = None


@dataclass(frozen=True, slots=True)
class FilePreview:
    """A file: which of our tables it is, its rows, and its columns, those that are none of ours at the end."""

    file: str
    tables: tuple[str, ...]
    rows: Rows
    columns: tuple[ColumnProposal, ...]


@dataclass(frozen=True, slots=True)
class DataPreview:
    """What an import would make of files: `how` says where the mapping comes from, `unread` which it passes over."""

    profile: str
    how: str
    files: tuple[FilePreview, ...]
    unread: tuple[str, ...]
    notes: Mapping[str, tuple[str, ...]]
    sentence: str


def preview_version(house: House, reference: str, table: str = "readings", *, rows: int = ROWS, seed: int = 0) -> Rows:
    """Return rows of a table of a dataset version, by pseudonym."""
    house.check("dataset.read")
    _check_rows(rows)
    tables = house.version(reference).tables
    if table not in tables:
        raise ChoiceError(f"{reference} has no table {table}", advice=f"Choose one of: {', '.join(sorted(tables))}.")
    return _rows_of(tables[table], house.registered(reference).rows[table], rows=rows, seed=seed)


def preview_files(
    house: House,
    files: Sequence[Path],
    *,
    choices: ImportChoices | None = None,
    rows: int = ROWS,
    seed: int = 0,
) -> DataPreview:
    """Return what an import of files would make of them; nothing is kept."""
    house.check("dataset.import")
    _check_rows(rows)
    if not files:
        raise ChoiceError("there is no file to look at", advice="Name one at least.")
    with house.scratch() as scratch:
        opened = open_tables(list(files), scratch=scratch / "sources")
        plan = plan_import(opened, choices=choices or ImportChoices(), profiles=house.home.profiles)
        previews = tuple(_preview(name, table, plan, rows=rows, seed=seed) for name, table in plan.tables.items())
        stems = {table.stem for table in plan.tables.values()}
        unread = tuple(table.stem for table in opened if table.stem not in stems)
    return DataPreview(plan.profile.name, plan.how, previews, unread, plan.notes, _sentence(plan, previews, unread))


def _check_rows(rows: int) -> None:
    if not 1 <= rows <= MOST_ROWS:
        raise ChoiceError(f"{rows} rows were asked for", advice=f"Ask for 1 to {MOST_ROWS}.")


def _rows_of(frame: pl.LazyFrame, count: int, *, rows: int, seed: int) -> Rows:
    """Return rows from the start, and at random from all of them: places are drawn first, so that few are read."""
    first = frame.head(rows).collect()
    places = np.sort(np.random.default_rng(seed).choice(count, min(rows, count), replace=False)) if count else []
    drawn = [frame.slice(int(place), 1) for place in places]
    some = pl.concat(pl.collect_all(drawn), how="vertical_relaxed") if drawn else first.clear()
    numbers = tuple(int(place) + 1 for place in places)
    return Rows(tuple(first.columns), tuple(first.iter_rows()), tuple(some.iter_rows()), numbers, count)


def _preview(name: str, table: SourceTable, plan: Plan, *, rows: int, seed: int) -> FilePreview:
    head = table.frame.head(HEAD_ROWS).collect()
    mappings = [mapping for mapping in plan.profile.tables if mapping.file in {name, "*"}]
    personal = {found.column: found for found in plan.personal if found.file == name}
    columns = [
        _proposal(column, head[column], mappings, plan=plan, stem=table.stem, personal=personal.get(column))
        for column in head.columns
    ]
    # In the file's order, but what is none of ours comes last: that is where a person has to look.
    ordered = sorted(columns, key=lambda one: not one.target)
    seen = _rows_of(table.frame, table.rows, rows=rows, seed=seed)
    return FilePreview(table.metadata.name, tuple(mapping.table for mapping in mappings), seen, tuple(ordered))


def _proposal(
    column: str,
    values: pl.Series,
    mappings: Sequence[TableMapping],
    *,
    plan: Plan,
    stem: str,
    personal: Personal | None,
) -> ColumnProposal:
    examples = _examples(values)
    suggested = None if plan.suggestion is None else plan.suggestion.file(stem)
    found = None if suggested is None else suggested.column(column)
    if found is not None:
        others = tuple((one.target, one.confidence) for one in found.alternatives)
        told = (found.table, found.target, found.confidence, found.evidence, others)
    else:
        table, target = _mapped(column, mappings)
        why = (f"the layout {plan.profile.name} says so",) if target else ("none of our columns; it rides along",)
        told = (table, target, 1.0 if target else 0.0, why, ())
    table, target, confidence, evidence, others = told
    ours = TABLES[table].column(target) if table in TABLES and target else None
    unit, meaning = ("", "") if ours is None else (ours.unit, ours.meaning)
    return ColumnProposal(column, examples, table, target, unit, meaning, confidence, tuple(evidence), others, personal)


def _mapped(column: str, mappings: Sequence[TableMapping]) -> tuple[str, str]:
    for mapping in mappings:
        for one in mapping.columns:
            if column in one.sources:
                return mapping.table, one.target
    return "", ""


def _examples(values: pl.Series) -> tuple[str, ...]:
    different = values.drop_nulls().unique(maintain_order=True).head(EXAMPLES).to_list()
    texts = [str(value) for value in different]
    return tuple(text if len(text) <= LONGEST_EXAMPLE else f"{text[:LONGEST_EXAMPLE]}…" for text in texts)


def _sentence(plan: Plan, previews: Sequence[FilePreview], unread: Sequence[str]) -> str:
    profile: Profile = plan.profile
    where = {
        "named": f"Read by the layout {profile.name}, as you said",
        "recognised": f"This is the layout {profile.title or profile.name}",
        "suggested": "This layout is not known yet: what the columns are is proposed, and you confirm it",
    }[plan.how]
    personal = len({(one.file, one.column) for one in plan.personal})
    people = (
        "" if not personal else f"; {personal} {'column identifies' if personal == 1 else 'columns identify'} people"
    )
    passed = f"; not read: {', '.join(unread)}" if unread else ""
    return f"{where}. {len(previews)} {'table' if len(previews) == 1 else 'tables'}{people}{passed}."
