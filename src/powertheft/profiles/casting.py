"""The columns of a file as their kinds' types. Rule of the room: a utility is described in data, never in code."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from powertheft.domain.tables import Kind
from powertheft.profiles.dates import check_dates, date_from, refuse_all, typed_date
from powertheft.profiles.numbers import PLAIN, POINT_ZERO, style_of
from powertheft.profiles.values import (
    Place,
    as_integers,
    cast_boolean,
    cast_category,
    cast_text,
    check_all_cast,
    check_finite,
    to_words,
)

# A kind, and the number style or date format (empty where there is none) in which a column is read.
Reading = tuple[str, Kind, str]


@dataclass(frozen=True, slots=True)
class Caster:
    """Casts columns: their places, and the date formats that a message names where none was settled."""

    places: Mapping[str, Place]
    date_formats: Sequence[str] = ()

    def cast_all(self, frame: pl.DataFrame, wanted: Sequence[Reading]) -> dict[Reading, pl.Series]:
        """Return each column as its kind's type; raise InputError at the first cell that does not fit.

        Texts are parsed side by side; what is left is to look for what did not parse.
        """
        expressions = {
            reading: expression
            for reading in dict.fromkeys(wanted)
            if (expression := _parsed(frame.schema[reading[0]], reading)) is not None
        }
        numbered = [expression.alias(str(number)) for number, expression in enumerate(expressions.values())]
        parsed = dict(zip(expressions, frame.select(numbered).get_columns(), strict=True)) if numbered else {}
        return {reading: self._checked(frame[reading[0]], reading, parsed.pop(reading, None)) for reading in wanted}

    def cast(self, series: pl.Series, kind: Kind, style: str, *, place: str) -> pl.Series:
        """Return one column as its kind's type."""
        reading = (place, kind, style)
        expression = _parsed(series.dtype, reading)
        parsed = None
        if expression is not None:
            parsed = series.alias(place).to_frame().select(expression).to_series()
        return self._checked(series, reading, parsed)

    def _checked(self, series: pl.Series, reading: Reading, parsed: pl.Series | None) -> pl.Series:
        source, kind, style = reading
        place = self.places[source]
        if kind == "text":
            return cast_text(series, place, point_zero=style == POINT_ZERO).alias(source)
        if kind == "category":
            return cast_category(series, place).alias(source)
        if kind == "boolean":
            return cast_boolean(series, place).alias(source)
        if kind in {"date", "datetime"}:
            return self._checked_dates(series, reading, parsed).alias(source)
        numbers = _numbers(series, place, parsed).alias(source)
        return as_integers(numbers, place) if kind == "integer" else numbers

    def _checked_dates(self, series: pl.Series, reading: Reading, parsed: pl.Series | None) -> pl.Series:
        source, kind, style = reading
        place, times = self.places[source], kind == "datetime"
        if isinstance(series.dtype, (pl.Date, pl.Datetime)):
            return typed_date(series, times=times)
        words = to_words(series, place)
        if not style:
            refuse_all(words, place, self.date_formats)
            return pl.repeat(None, len(words), dtype=pl.Datetime("us") if times else pl.Date, eager=True)
        if parsed is None:
            parsed = words.alias(source).to_frame().select(date_from(pl.col(source), style, times=times)).to_series()
        return check_dates(words, parsed, style, place=place, formats=self.date_formats)


def _parsed(dtype: pl.DataType, reading: Reading) -> pl.Expr | None:
    source, kind, style = reading
    if dtype != pl.String:
        return None
    if kind in {"number", "integer"}:
        return style_of(style or PLAIN).cast(pl.col(source))
    if kind in {"date", "datetime"} and style:
        return date_from(pl.col(source), style, times=kind == "datetime")
    return None


def _numbers(series: pl.Series, place: Place, parsed: pl.Series | None) -> pl.Series:
    if parsed is not None:
        check_all_cast(series, parsed, place, kind="number")
        return check_finite(parsed, place)
    if series.dtype.is_temporal():
        raise place.fault("holds dates, not numbers", "Check which column the profile names here.")
    if series.dtype.is_numeric() or series.dtype.is_decimal() or series.dtype == pl.Boolean:
        return check_finite(series.cast(pl.Float64), place)
    words = to_words(series, place)
    numbers = words.cast(pl.Float64, strict=False)
    check_all_cast(words, numbers, place, kind="number")
    return check_finite(numbers, place)
