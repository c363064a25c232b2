"""Fitting a profile to the files at hand. Rule of the room: a utility is described in data, never in code.

What a profile leaves open (one of several names, all other columns) is decided once, on the data to learn from. The
settled profile states it all, and data to be scored is read with it: a column is never a number here and a word there.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

import polars as pl

from powertheft.domain.errors import ProfileError
from powertheft.domain.files import FileMetadata
from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping
from powertheft.domain.tables import SOURCE_ROW, TABLES
from powertheft.profiles.entries import nearest
from powertheft.profiles.others import kinds_of
from powertheft.profiles.styles import Notes, settle_styles
from powertheft.profiles.wide import columns_of

Files = Mapping[str, tuple[pl.DataFrame, FileMetadata]]
_Tables = Mapping[str, pl.LazyFrame]

# Row numbers that other programs leave behind; they tell only the order of a file.
BOOKKEEPING = re.compile(r"|Unnamed: \d+|__index_level_\d+__|level_0")


def settle_profile(profile: Profile, files: Files) -> Profile:
    """Return the profile with every name found and every further column stated, for the files at hand.

    Raises ProfileError where a column that the profile names is not in its file. A label that is absent stays open.
    """
    return settle(profile, files)[0]


def settle(profile: Profile, files: Files) -> tuple[Profile, Notes]:
    """Return the settled profile, and for each table what was decided, in words."""
    return _settle_names(profile, {stem: frame.lazy() for stem, (frame, _) in files.items()})


def settle_lazily(
    profile: Profile,
    tables: Mapping[str, pl.LazyFrame],
    metadata: Mapping[str, FileMetadata],
    *,
    every_row: bool = True,
) -> tuple[Profile, Notes]:
    """Return the profile with every name, further column, date format and number style stated, in streaming passes.

    What is returned lets every batch be cast alone. Without `every_row` the first rows decide where they leave no
    choice: where every cell can then be cast, every row says the same. Raises ProfileError where a table or column that
    must be there is not.
    """
    settled, notes = _settle_names(profile, tables)
    present_tables(settled, tables, metadata)
    settled, doubts = settle_styles(settled, tables, every_row=every_row)
    return settled, {name: (*notes.get(name, ()), *doubts.get(name, ())) for name in [*notes, *doubts]}


def present_tables(
    profile: Profile, tables: Mapping[str, pl.LazyFrame], metadata: Mapping[str, FileMetadata]
) -> tuple[TableMapping, ...]:
    """Return the tables that can be made of the files; raise ProfileError where one that must be there cannot."""
    return tuple(
        table
        for table in profile.tables
        if _can_be_made(table, _names_of(tables, table.file), metadata.get(table.file))
    )


def is_present(table: TableMapping, files: Files) -> bool:
    """Return whether a table can be made: its file is there and, for inspections, its label column too.

    Raises ProfileError where it must be there and is not, or where a column that it names is missing.
    """
    frame, metadata = files.get(table.file, (None, None))
    return _can_be_made(table, None if frame is None else frame.columns, metadata)


def _names_of(tables: _Tables, file: str) -> list[str] | None:
    return tables[file].collect_schema().names() if file in tables else None


def _can_be_made(table: TableMapping, columns: list[str] | None, metadata: FileMetadata | None) -> bool:
    if columns is None or metadata is None:
        if table.required:
            raise ProfileError(f"the file {table.file} is missing", advice="Add it, or choose another profile.")
        return False
    outcome = table.column("outcome")
    if outcome and not table.required and not set(outcome.sources or ("",)) <= set(columns):
        return False
    _check_columns(table, columns, metadata)
    return True


def _settle_names(profile: Profile, tables: _Tables) -> tuple[Profile, Notes]:
    found = tuple(_find_names(table, _names_of(tables, table.file)) for table in profile.tables)
    profile = replace(profile, tables=found)
    settled: list[TableMapping] = []
    notes: Notes = {}
    for table in profile.tables:
        if table.keep_others and table.file in tables:
            stated, said = _state_others(table, profile, tables[table.file])
            settled.append(stated)
            notes[table.table] = said
        else:
            settled.append(table)
    return replace(profile, tables=tuple(settled)), notes


def _find_names(table: TableMapping, columns: list[str] | None) -> TableMapping:
    if columns is None:
        return table
    names = {name.casefold(): name for name in reversed(columns)}
    return replace(table, columns=tuple(one if one.sources else _find_name(one, names) for one in table.columns))


def _find_name(column: ColumnMapping, names: Mapping[str, str]) -> ColumnMapping:
    found = next((names[wanted.casefold()] for wanted in column.any_of if wanted.casefold() in names), None)
    return replace(column, sources=(found,)) if found else column


def _check_columns(table: TableMapping, columns: list[str], metadata: FileMetadata) -> None:
    for column in table.columns:
        if not column.sources:
            raise ProfileError(
                f"no column of the file is known to be the {column.target}",
                file=metadata.name,
                advice=f"Name it: --map {column.target}=COLUMN, with one of {', '.join(columns[:12])}.",
            )
        _check_named(column.sources, columns, metadata, target=column.target)
    if table.wide and not columns_of(table.wide, columns):
        raise ProfileError(
            f"no column's name is a date like {' or '.join(table.wide.formats)}",
            file=metadata.name,
            advice="If the file is another one, choose its profile with --profile.",
        )
    for attribute in table.attributes:
        _check_named((table.attribute_sources.get(attribute, attribute),), columns, metadata, target=attribute)


def _check_named(sources: Iterable[str], columns: list[str], metadata: FileMetadata, *, target: str) -> None:
    missing = next((source for source in sources if source not in columns), None)
    if missing is None:
        return
    likely = nearest(missing, columns)
    meant = f"Is it {likely}? Then rename it, or say --map {target}={likely}." if likely else ""
    there = "" if likely else f"The file has {', '.join(columns[:12])}{', ...' if len(columns) > 12 else ''}."
    raise ProfileError(
        f"the column {missing} is not in the file",
        file=metadata.name,
        column=missing,
        advice=f"{meant}{there} If the file is another one, choose its profile with --profile.",
    )


def _state_others(table: TableMapping, profile: Profile, frame: pl.LazyFrame) -> tuple[TableMapping, tuple[str, ...]]:
    used, alike = _names_taken(table.file, profile)
    schema = frame.collect_schema()
    mapped = {column.target for column in table.columns}
    others = [name for name in schema.names() if name not in used]
    ours = [name for name in others if name not in mapped and TABLES[table.table].column(name)]
    columns = [*table.columns, *(ColumnMapping(name, (name,)) for name in ours)]
    refused = {name: reason for name in others if (reason := _reason_against(name, alike))}
    asked = [name for name in others if name not in refused and name not in ours]
    kinds = kinds_of(frame, asked, profile.date_formats)
    notes: list[str] = []
    attributes, sources = dict(table.attributes), dict(table.attribute_sources)
    for name in [name for name in others if name not in ours]:
        kind, note = kinds.get(name, (None, refused.get(name, "")))
        if kind is None:
            notes.append(f"The column {name or '(without a name)'} is not used: {note}.")
            continue
        attribute = f"{name}_in_file" if name in mapped else name
        attributes[attribute] = kind
        if attribute != name:
            sources[attribute] = name
    stated = replace(table, columns=tuple(columns), attributes=attributes, attribute_sources=sources, keep_others=False)
    return stated, tuple(notes)


def _reason_against(name: str, alike: set[str]) -> str:
    if name.casefold() in alike:
        # A second label would give the first away, and a second number would only name the consumer again.
        return "by its name it is another label or another number of the consumer"
    return "it numbers the rows" if BOOKKEEPING.fullmatch(name) or name == SOURCE_ROW else ""


def _names_taken(file: str, profile: Profile) -> tuple[set[str], set[str]]:
    used: set[str] = set()
    alike: set[str] = set()
    for table in profile.tables:
        if table.file == file:
            used |= {table.attribute_sources.get(name, name) for name in table.attributes}
            for column in table.columns:
                used |= set(column.sources)
                alike |= {name.casefold() for name in column.any_of}
            if table.wide:
                used |= {table.wide.day}
    return used, alike
