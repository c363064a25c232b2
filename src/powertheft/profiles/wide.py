"""Tables with one column a day: from wide to long. Rule of the room: a utility is described in data, never in code.

A row of many readings becomes a row each. What is wide is melted batch by batch, so `rows_at_once` says how many rows
make a batch of the usual size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from powertheft.domain.profiles import TableMapping, WideColumns
from powertheft.domain.tables import SOURCE_ROW, TABLES
from powertheft.profiles.casting import Caster, Reading

USUAL_ROWS = 250_000
TIME_CODES = ("%H", "%I")
# A name under one of these is a time of day; "24:00" is the midnight that ends it.
FEWEST_COLUMNS = 2
_COMPONENT = "__at"


@dataclass(frozen=True, slots=True)
class Names:
    """The columns of a file whose names are dates or times of day, and the one format of those names."""

    columns: tuple[str, ...]
    form: str


def columns_of(wide: WideColumns, columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns whose names are written in the format that fits most of them."""
    return names_in(columns, wide.formats).columns


def names_in(columns: Sequence[str], formats: Sequence[str]) -> Names:
    """Return the columns whose names are dates in one of the formats: that which fits most, of equals the first."""
    found = [Names(tuple(name for name in columns if moment(name, form)), form) for form in formats]
    return max(found, key=lambda names: len(names.columns), default=Names((), ""))


def moment(name: str, form: str) -> datetime | None:
    """Return the date, or time of day, that a column's name is; None where it is none."""
    if form in {"%H:%M", "%H:%M:%S"} and name.strip().startswith("24:00"):
        return datetime(1900, 1, 2)
    if not any(letter.isdigit() for letter in name):
        return None
    try:
        return datetime.strptime(name.strip(), form)
    except ValueError:
        return None


def rows_at_once(mapping: TableMapping, columns: Sequence[str]) -> int:
    """Return how many rows of a file to read at once, so that what becomes of them is a batch of the usual size."""
    if mapping.wide is None:
        return USUAL_ROWS
    return max(1, USUAL_ROWS // max(1, len(columns_of(mapping.wide, columns))))


def melt(mapping: TableMapping, frame: pl.DataFrame, keys: Sequence[pl.Series], caster: Caster) -> pl.DataFrame:
    """Return one row for each cell that is not empty: the keys beside it, its date and its value."""
    wide = mapping.wide
    assert wide is not None
    names = names_in(frame.columns, wide.formats)
    readings: list[Reading] = [(name, "number", wide.number_style) for name in names.columns]
    cells = caster.cast_all(frame, readings)
    beside = [*keys]
    if wide.day:
        reading: Reading = (wide.day, "date", wide.date_format)
        beside.append(caster.cast_all(frame, [reading])[reading].alias(_COMPONENT))
    table = pl.DataFrame([*beside, *(cells[reading].alias(reading[0]) for reading in readings)])
    long = table.unpivot(
        on=list(names.columns), index=[series.name for series in beside], variable_name=wide.at, value_name=wide.value
    )
    long = long.filter(pl.col(wide.value).is_not_null())
    if wide.factor != 1.0:
        long = long.with_columns(pl.col(wide.value) * wide.factor)
    return _dated(long, wide, names, table_name=mapping.table)


def _dated(long: pl.DataFrame, wide: WideColumns, names: Names, *, table_name: str) -> pl.DataFrame:
    moments = [moment(name, names.form) for name in names.columns]
    at = pl.col(wide.at).replace_strict(list(names.columns), moments, return_dtype=pl.Datetime("us"))
    if wide.day:
        # strptime puts a time of day into 1 January 1900.
        at = pl.col(_COMPONENT).cast(pl.Datetime("us")) + (at - pl.datetime(1900, 1, 1, time_unit="us"))
    elif "%d" not in names.form and "%j" not in names.form:
        at = at.dt.month_end()
    column = TABLES[table_name].column(wide.at)
    if column and column.kind == "date":
        at = at.cast(pl.Date)
    others = [name for name in long.columns if name not in {wide.at, wide.value, SOURCE_ROW, _COMPONENT}]
    return long.with_columns(at.alias(wide.at)).select(*others, wide.at, wide.value, SOURCE_ROW)
