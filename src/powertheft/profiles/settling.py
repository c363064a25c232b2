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
from powertheft.domain.tables import SOURCE_ROW, TABLES, Kind
from powertheft.profiles.dates import fitting_format
from powertheft.profiles.entries import nearest
from powertheft.profiles.values import FALSE, MISSING, TRUE

Files = Mapping[str, tuple[pl.DataFrame, FileMetadata]]

# Row numbers that other programs leave behind; they tell only the order of a file.
BOOKKEEPING = re.compile(r"|Unnamed: \d+|__index_level_\d+__|level_0")


def settle_profile(profile: Profile, files: Files) -> Profile:
    """Return the profile with every name found and every further column stated, for the files at hand.

    Raises ProfileError where a column that the profile names is not in its file. A label that is absent stays open.
    """
    return settle(profile, files)[0]


def settle(profile: Profile, files: Files) -> tuple[Profile, dict[str, tuple[str, ...]]]:
    """Return the settled profile, and for each table what was decided, in words."""
    tables = tuple(_find_names(table, files) for table in profile.tables)
    profile = replace(profile, tables=tables)
    settled: list[TableMapping] = []
    notes: dict[str, tuple[str, ...]] = {}
    for table in profile.tables:
        if table.keep_others and table.file in files:
            stated, said = _state_others(table, profile, files[table.file][0])
            settled.append(stated)
            notes[table.table] = said
        else:
            settled.append(table)
    return replace(profile, tables=tuple(settled)), notes


def is_present(table: TableMapping, files: Files) -> bool:
    """Return whether a table can be made: its file is there and, for inspections, its label column too.

    Raises ProfileError where it must be there and is not, or where a column that it names is missing.
    """
    if table.file not in files:
        if table.required:
            raise ProfileError(f"the file {table.file} is missing", advice="Add it, or choose another profile.")
        return False
    frame, metadata = files[table.file]
    outcome = table.column("outcome")
    if outcome and not table.required and not set(outcome.sources or ("",)) <= set(frame.columns):
        return False
    _check_columns(table, frame.columns, metadata)
    return True


def _find_names(table: TableMapping, files: Files) -> TableMapping:
    if table.file not in files:
        return table
    names = {name.casefold(): name for name in reversed(files[table.file][0].columns)}
    columns = tuple(column if column.sources else _find_name(column, names) for column in table.columns)
    return replace(table, columns=columns)


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


def _state_others(table: TableMapping, profile: Profile, frame: pl.DataFrame) -> tuple[TableMapping, tuple[str, ...]]:
    used, alike = _names_taken(table.file, profile)
    columns, notes = list(table.columns), []
    attributes, sources = dict(table.attributes), dict(table.attribute_sources)
    mapped = {column.target for column in table.columns}
    for series in frame:
        name = series.name
        if name in used:
            continue
        if name not in mapped and TABLES[table.table].column(name):
            columns.append(ColumnMapping(name, (name,)))
            continue
        kind, note = _kind_of(series, alike, profile.date_formats)
        if kind is None:
            notes.append(f"The column {name or '(without a name)'} is not used: {note}.")
            continue
        attribute = f"{name}_in_file" if name in mapped else name
        attributes[attribute] = kind
        if attribute != name:
            sources[attribute] = name
    stated = replace(table, columns=tuple(columns), attributes=attributes, attribute_sources=sources, keep_others=False)
    return stated, tuple(notes)


def _names_taken(file: str, profile: Profile) -> tuple[set[str], set[str]]:
    used: set[str] = set()
    alike: set[str] = set()
    for table in profile.tables:
        if table.file == file:
            used |= {table.attribute_sources.get(name, name) for name in table.attributes}
            for column in table.columns:
                used |= set(column.sources)
                alike |= {name.casefold() for name in column.any_of}
    return used, alike


def _kind_of(series: pl.Series, alike: set[str], date_formats: tuple[str, ...]) -> tuple[Kind | None, str]:
    if series.name.casefold() in alike:
        # A second label would give the first away, and a second number would only name the consumer again.
        return None, "by its name it is another label or another number of the consumer"
    if BOOKKEEPING.fullmatch(series.name) or series.name == SOURCE_ROW:
        return None, "it numbers the rows"
    if series.null_count() == len(series):
        return None, "it is empty"
    if series.dtype == pl.String:
        return _kind_of_words(series, date_formats)
    return _kind_of_type(series.dtype)


def _kind_of_type(dtype: pl.DataType) -> tuple[Kind | None, str]:
    if dtype.is_numeric():
        return "number", ""
    if dtype == pl.Boolean:
        return "boolean", ""
    if isinstance(dtype, (pl.Date, pl.Datetime)):
        return "date", ""
    return None, "it holds neither text nor numbers nor dates"


def _kind_of_words(words: pl.Series, date_formats: tuple[str, ...]) -> tuple[Kind | None, str]:
    words = words.filter(words.is_not_null() & ~words.is_in(MISSING))
    if words.is_empty():
        return None, "it is empty"
    # Leading zeros mark codes: 0101 is a place, not a hundred and one.
    if words.cast(pl.Float64, strict=False).is_finite().fill_null(value=False).all():
        return ("category" if words.str.contains(r"^-?0\d").any() else "number"), ""
    if words.str.to_lowercase().is_in((*TRUE, *FALSE)).all():
        return "boolean", ""
    if fitting_format(words, date_formats):
        return "date", ""
    if len(words) > 1 and words.n_unique() == len(words):
        return None, "every consumer has another text there, so it can only identify"
    return "category", ""
