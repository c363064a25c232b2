"""Changing where a profile looks for a column. Rule of the room: a utility is described in data, never in code."""

from collections.abc import Mapping
from dataclasses import replace

from powertheft.domain.errors import ProfileError
from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping
from powertheft.domain.tables import TABLES
from powertheft.profiles.entries import choice_advice


def adapt_profile(profile: Profile, mapping: Mapping[str, str]) -> Profile:
    """Return the profile with other source columns: canonical column (or table.column) -> column of the file.

    A plain name changes the column in every table that maps it; codes, factor and bounds stay as they are.
    """
    for target, source in mapping.items():
        tables = _tables_with(profile, target)
        column = target.rpartition(".")[2]
        changed = {table.table: _with_source(table, column, source) for table in tables}
        profile = replace(profile, tables=tuple(changed.get(table.table, table) for table in profile.tables))
    return profile


def _tables_with(profile: Profile, target: str) -> list[TableMapping]:
    wanted, _, column = target.rpartition(".")
    candidates = [table for table in profile.tables if wanted in {"", table.table}]
    mapped = [table for table in candidates if table.column(column) or column in table.attributes]
    known = [table for table in candidates if TABLES[table.table].column(column)]
    if mapped:
        return mapped
    if len(known) == 1:
        return known
    if known:
        names = ", ".join(f"{table.table}.{column}" for table in known)
        raise ProfileError(f"{column} is a column of several tables", advice=f"Name the one you mean: {names}.")
    names = list(dict.fromkeys(name for table in profile.tables for name in _names_of(table)))
    raise ProfileError(f"the profile {profile.name} has no column {target} to map", advice=choice_advice(column, names))


def _names_of(table: TableMapping) -> list[str]:
    return [*(column.name for column in TABLES[table.table].columns), *table.attributes]


def _with_source(table: TableMapping, target: str, source: str) -> TableMapping:
    if target in table.attributes:
        return replace(table, attribute_sources={**table.attribute_sources, target: source})
    if table.column(target) is None:
        return replace(table, columns=(*table.columns, ColumnMapping(target, (source,))))
    columns = (replace(column, sources=(source,)) if column.target == target else column for column in table.columns)
    return replace(table, columns=tuple(columns))
