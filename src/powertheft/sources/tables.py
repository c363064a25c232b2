"""Tables to stream: every file, folder or address a person names, as frames that can be scanned again and again.

Rule of the room: rename nothing; what a column means is a profile's business.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata, place_in
from powertheft.sources.endings import ENDINGS
from powertheft.sources.families import are_one_table, base_of, order_of
from powertheft.sources.opened import Found, Opened
from powertheft.sources.opening import open_found
from powertheft.sources.places import find_all, table_stem
from powertheft.sources.scratch import Scratch


@dataclass(frozen=True, slots=True)
class SourceTable:
    """One table, of one file or of several, and what was noticed while it was opened.

    `staged` are the files in scratch that `frame` scans: they must stay until the last pass.
    """

    stem: str
    frame: pl.LazyFrame
    parts: tuple[FileMetadata, ...]
    notes: tuple[str, ...] = ()
    staged: tuple[Path, ...] = ()

    def place_of(self, row_index: int) -> tuple[str, int]:
        """Return the file's name, and the row as a person counts it there."""
        return place_in(self.parts, row_index)

    @property
    def rows(self) -> int:
        """The number of rows."""
        return sum(part.rows for part in self.parts)

    @property
    def metadata(self) -> FileMetadata:
        """The table as if it were one file; its parts are inside where there are several."""
        return combined(self.parts, tuple(self.frame.collect_schema().names()))


def open_tables(
    data: Path | str | Sequence[Path | str], *, scratch: Path, parameters: Mapping[str, object] | None = None
) -> list[SourceTable]:
    """Open all that is named; `parameters` are those of a query (`#select ... where id > :mark`).

    Raises InputError where something cannot be read; then nothing of ours stays in scratch.
    """
    places = [data] if isinstance(data, (Path, str)) else list(data)
    ours = Scratch(scratch)
    try:
        found = find_all(places, ours, dict(parameters or {}))
        if not found:
            raise InputError(
                "holds no file that can be read",
                file=places[0] if len(places) == 1 else None,
                advice=f"It must hold files that end in {', '.join(ENDINGS)}.",
            )
        opened = [pair for one in found for pair in open_found(one)]
        tables = tables_of(opened)
        ours.keep_only({path for table in tables for path in table.staged})
    except BaseException:
        ours.remove()
        raise
    return tables


def tables_of(opened: Sequence[tuple[Found, Opened]]) -> list[SourceTable]:
    """Put together the files that are one table, in the order of their names."""
    families: dict[str, list[tuple[str, Opened]]] = {}
    for found, one in opened:
        stem = table_stem(found, one.metadata.path)
        families.setdefault(base_of(stem), []).append((stem, one))
    tables: list[SourceTable] = []
    for base, members in families.items():
        members.sort(key=lambda member: order_of(member[1].metadata.name))
        for group in _alike(members):
            stem = base if len(group) > 1 or len(members) == 1 else group[0][0]
            tables.append(_joined(stem, [one for _, one in group]))
    return _told_apart(tables)


def _alike(members: Sequence[tuple[str, Opened]]) -> list[list[tuple[str, Opened]]]:
    groups: list[list[tuple[str, Opened]]] = []
    for member in members:
        columns = member[1].metadata.columns
        group = next((one for one in groups if are_one_table(one[0][1].metadata.columns, columns)), None)
        if group is None:
            groups.append([member])
        else:
            group.append(member)
    return groups


def _told_apart(tables: Sequence[SourceTable]) -> list[SourceTable]:
    """Give tables of one name (from two folders, or sheets) a number each after the first."""
    seen: dict[str, int] = {}
    named: list[SourceTable] = []
    for table in tables:
        seen[table.stem] = seen.get(table.stem, 0) + 1
        count = seen[table.stem]
        named.append(table if count == 1 else replace(table, stem=f"{table.stem} ({count})"))
    return named


def _joined(stem: str, files: Sequence[Opened]) -> SourceTable:
    notes = [f"{one.metadata.name}: {note}" for one in files for note in one.notes]
    parts = tuple(one.metadata for one in files)
    staged = tuple(path for one in files for path in one.staged)
    if len(files) == 1:
        return SourceTable(stem, files[0].frame, parts, tuple(notes), staged)
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    for part in parts:
        lacking = [name for name in names if name not in part.columns]
        if lacking:
            notes.append(f"{part.name} has no column {', '.join(lacking)}; it is empty for its rows")
    kinds = _common_kinds(files)
    frames = [one.frame.with_columns(_cast(one, kinds)) for one in files]
    frame = pl.concat(frames, how="diagonal_relaxed").select(names)
    return SourceTable(stem, frame, parts, tuple(notes), staged)


def _common_kinds(files: Sequence[Opened]) -> dict[str, set[pl.DataType]]:
    kinds: dict[str, set[pl.DataType]] = {}
    for one in files:
        for name, kind in one.frame.collect_schema().items():
            kinds.setdefault(name, set()).add(kind)
    return kinds


def _cast(one: Opened, kinds: Mapping[str, set[pl.DataType]]) -> list[pl.Expr]:
    """Turn into text what is text in another file, and numbers in this one."""
    schema = one.frame.collect_schema()
    return [
        pl.col(name).cast(pl.String)
        for name, kind in schema.items()
        if kind != pl.String and len(kinds[name]) > 1 and not all(other.is_numeric() for other in kinds[name])
    ]


def combined(parts: Sequence[FileMetadata], columns: tuple[str, ...]) -> FileMetadata:
    """Return the metadata of a table as if it were one file."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    return replace(
        first,
        path=f"{first.path} and {len(parts) - 1} more",
        rows=sum(part.rows for part in parts),
        columns=columns,
        size=sum(part.size for part in parts),
        sha256="",
        parts=tuple(parts),
    )
