"""What changed between two dataset versions, in numbers and words. Rule of the room: the standard library only."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from powertheft.domain.tables import TABLES

NOTABLE_MISSING = 0.01
NOTABLE_SHIFT = 0.1


@dataclass(frozen=True, slots=True)
class ColumnSummary:
    """What one column holds: the share that is missing; of numbers the mean and the deviation; of dates the ends."""

    missing: float
    mean: float | None = None
    deviation: float | None = None
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnShift:
    """One column in both versions; `cells` are those that differ in rows that both have."""

    column: str
    cells: int
    before: ColumnSummary
    after: ColumnSummary

    @property
    def shift(self) -> float | None:
        """Return how far the mean has moved, in standard deviations from before."""
        before, after, deviation = self.before.mean, self.after.mean, self.before.deviation
        if before is None or after is None or not deviation:
            return None
        return (after - before) / deviation


@dataclass(frozen=True, slots=True)
class TableDifference:
    """One table in both versions. A row is the same one where its key is; it changed where another column differs."""

    table: str
    rows_before: int
    rows_after: int
    added: int
    removed: int
    changed: int
    columns_added: tuple[str, ...]
    columns_removed: tuple[str, ...]
    columns_retyped: tuple[str, ...]
    columns: tuple[ColumnShift, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """From one version to another. A consumer changed where one of its rows was added, removed or changed."""

    is_same: bool
    other_key: bool
    consumers_added: int
    consumers_removed: int
    consumers_changed: int
    tables_added: Mapping[str, int]
    tables_removed: Mapping[str, int]
    tables: tuple[TableDifference, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the difference as plain JSON values, its words among them."""
        return {**asdict(self), "words": list(self.in_words())}

    def in_words(self) -> tuple[str, ...]:
        """Return the difference as sentences."""
        if self.is_same:
            return ("Nothing changed: both versions hold the same content.",)
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        if self.other_key:
            yield "The pseudonyms were made with another key, so that no consumer of the one is found in the other."
        if self.consumers_added or self.consumers_removed or self.consumers_changed:
            yield (
                f"Consumers: {self.consumers_added:,} added, {self.consumers_removed:,} removed, "
                f"{self.consumers_changed:,} with changes."
            )
        yield from (f"{name} is new: {_count(rows, 'row')}." for name, rows in self.tables_added.items())
        yield from (
            f"{name} is no longer there: it had {_count(rows, 'row')}." for name, rows in self.tables_removed.items()
        )
        for table in self.tables:
            yield from _of_table(table)


def _of_table(table: TableDifference) -> Iterator[str]:
    rows = f"{table.rows_before:,} rows before, {table.rows_after:,} after"
    if table.added or table.removed or table.changed:
        yield f"{table.table}: {table.added:,} added, {table.removed:,} removed, {table.changed:,} changed ({rows})."
    else:
        yield f"{table.table}: no row was added, removed or changed ({rows})."
    yield from (f"{table.table}.{name} is new." for name in table.columns_added)
    yield from (f"{table.table}.{name} is no longer there." for name in table.columns_removed)
    yield from (f"{table.table}.{name} holds another type of value than before." for name in table.columns_retyped)
    for column in table.columns:
        yield from _of_column(table.table, column)


def _of_column(table: str, column: ColumnShift) -> Iterator[str]:
    name, before, after = f"{table}.{column.column}", column.before, column.after
    if column.cells:
        yield f"{name} differs in {_count(column.cells, 'row')} that both versions have."
    if abs(after.missing - before.missing) >= NOTABLE_MISSING:
        yield f"{name} is missing in {after.missing:.1%} of the rows, before in {before.missing:.1%}."
    if column.shift is not None and abs(column.shift) >= NOTABLE_SHIFT:
        unit = _unit(table, column.column)
        direction = "rose" if column.shift > 0 else "fell"
        yield (
            f"The mean of {name} {direction} from {before.mean:,.4g} to {after.mean:,.4g}{unit}, "
            f"{abs(column.shift):.2f} of its standard deviation."
        )
    if (before.first, before.last) != (after.first, after.last):
        yield f"{name} runs from {after.first} to {after.last}, before from {before.first} to {before.last}."


def _unit(table: str, name: str) -> str:
    column = TABLES[table].column(name) if table in TABLES else None
    return f" {column.unit}" if column and column.unit else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
