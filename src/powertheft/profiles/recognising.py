"""A layout that is known already, whatever its files are called. Rule of the room: a utility is data, never code."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping
from powertheft.profiles.wide import columns_of

ANY = "*"


def recognise(columns: Mapping[str, Sequence[str]], profiles: Sequence[Profile]) -> Profile | None:
    """Return the profile whose columns the files have (file stem -> its columns), with their stems as its files.

    A profile for any table says too little to be recognised. Of several, that which names most of the columns.
    """
    fitting = [(_named(found, columns), found) for profile in profiles if (found := _placed(profile, columns))]
    return max(fitting, key=lambda pair: pair[0], default=(0, None))[1]


def _placed(profile: Profile, columns: Mapping[str, Sequence[str]]) -> Profile | None:
    if any(table.keep_others and table.file == ANY for table in profile.tables):
        return None
    stems: dict[str, str] = {}
    for file in dict.fromkeys(table.file for table in profile.tables):
        tables = [table for table in profile.tables if table.file == file]
        fitting = [stem for stem in columns if stem not in stems.values() and _fits(tables, columns[stem])]
        if not fitting:
            if any(table.required for table in tables):
                return None
            continue
        stems[file] = file if file in fitting else max(fitting, key=lambda stem: _share(tables, columns[stem]))
    if not stems:
        return None
    placed = tuple(replace(table, file=stems.get(table.file, table.file)) for table in profile.tables)
    return replace(profile, tables=placed)


def _fits(tables: Sequence[TableMapping], columns: Sequence[str]) -> bool:
    """Return whether the file has what its required tables name; of those not required, one must be whole."""
    needed = [table for table in tables if table.required]
    whole = [table for table in tables if _has(table, columns)]
    return all(table in whole for table in needed) and bool(whole)


def _has(table: TableMapping, columns: Sequence[str]) -> bool:
    there, folded = set(columns), {name.casefold() for name in columns}
    named = all(_has_column(column, there, folded) for column in table.columns)
    attributes = {table.attribute_sources.get(name, name) for name in table.attributes} <= there
    # One column a day: two of them could be chance.
    return named and attributes and (table.wide is None or len(columns_of(table.wide, columns)) > 2)


def _has_column(column: ColumnMapping, there: set[str], folded: set[str]) -> bool:
    if column.sources:
        return set(column.sources) <= there
    return any(name.casefold() in folded for name in column.any_of)


def _share(tables: Sequence[TableMapping], columns: Sequence[str]) -> float:
    named = {source for table in tables for column in table.columns for source in column.sources}
    return len(named & set(columns)) / max(1, len(columns))


def _named(profile: Profile, columns: Mapping[str, Sequence[str]]) -> int:
    return sum(
        len({source for column in table.columns for source in column.sources} & set(columns.get(table.file, ())))
        for table in profile.tables
    )
