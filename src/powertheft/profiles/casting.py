"""One column of a file as its kind's type. Rule of the room: a utility is described in data, never in code."""

from collections.abc import Callable, Sequence

import polars as pl

from powertheft.domain.tables import Kind
from powertheft.profiles.dates import cast_date, cast_datetime
from powertheft.profiles.values import Place, cast_boolean, cast_category, cast_integer, cast_number, cast_text

CASTS: dict[Kind, Callable[[pl.Series, Place], pl.Series]] = {
    "text": cast_text,
    "category": cast_category,
    "number": cast_number,
    "integer": cast_integer,
    "boolean": cast_boolean,
}


def cast_column(series: pl.Series, kind: Kind, *, place: Place, date_formats: Sequence[str]) -> pl.Series:
    """Return a column as its kind's type; raise InputError at the first cell that does not fit."""
    if kind == "date":
        return cast_date(series, place=place, formats=date_formats)
    if kind == "datetime":
        return cast_datetime(series, place=place, formats=date_formats)
    return CASTS[kind](series, place)
