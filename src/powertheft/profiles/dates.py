"""From a file's dates to ours. Rule of the room: a utility is described in data, never in code.

A column has one format: the first of the profile's under which every value parses. Day and month are never swapped
from row to row.
"""

from collections.abc import Sequence

import polars as pl

from powertheft.profiles.values import MISSING, Place, first_true, shorten, to_words

# Tried only to tell a person which format a stray value has.
FAMILIAR = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%d-%b-%Y")
TIME_CODES = ("%H", "%I", "%T", "%R", "%s")
HEAD = 200
# A two-digit year parses as a year of the first century, which is never meant.
EARLIEST_YEAR = 1000


def cast_date(series: pl.Series, *, place: Place, formats: Sequence[str]) -> pl.Series:
    """Return a column of dates; a time of day is dropped."""
    if series.dtype == pl.Date:
        return series
    return cast_datetime(series, place=place, formats=formats).cast(pl.Date)


def cast_datetime(series: pl.Series, *, place: Place, formats: Sequence[str]) -> pl.Series:
    """Return a column of times in microseconds; raise InputError at the first value of another format."""
    if series.dtype == pl.Date:
        return series.cast(pl.Datetime("us"))
    if series.dtype == pl.Datetime:
        return series.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    words = _without_missing(to_words(series, place))
    form = fitting_format(words, formats)
    if form is None:
        _refuse(words, place, formats)
    return parse(words, form or "")


def fitting_format(words: pl.Series, formats: Sequence[str]) -> str | None:
    """Return the first format under which every value parses, None where there is none."""
    head = words.drop_nulls().head(HEAD)
    for form in formats:
        if _parses(head, form).all() and _parses(words, form).sum() == len(words) - words.null_count():
            return form
    return None


def parse(words: pl.Series, form: str) -> pl.Series:
    """Return the times of a column under one format, missing where it does not fit."""
    if any(code in form for code in TIME_CODES):
        times = words.str.to_datetime(form, time_unit="us", strict=False)
    else:
        times = words.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    if (times.dt.year() < EARLIEST_YEAR).any():
        return (
            times.to_frame("time").select(pl.when(pl.col("time").dt.year() >= EARLIEST_YEAR).then("time")).to_series()
        )
    return times


def _parses(words: pl.Series, form: str) -> pl.Series:
    return parse(words, form).is_not_null()


def _without_missing(words: pl.Series) -> pl.Series:
    strange = words.is_in(MISSING)
    return words.replace(list(MISSING), [None] * len(MISSING)) if strange.any() else words


def _refuse(words: pl.Series, place: Place, formats: Sequence[str]) -> None:
    fits = {form: _parses(words, form) for form in formats}
    best = max(formats, key=lambda form: int(fits[form].sum()), default="")
    if not best or not fits[best].any():
        index = first_true(words.is_not_null())
        what = f"is not a date in a format of the profile ({', '.join(formats)}): {shorten(words[index])}"
        other = _format_of(words[index], FAMILIAR)
        advice = f"It looks like {other}: add that to date_formats." if other else "Is it the right column?"
        raise place.fault(what, advice, index=index)
    index = first_true(words.is_not_null() & ~fits[best])
    other = _format_of(words[index], [*formats, *FAMILIAR])
    seems = f" (it has the format {other})" if other else ""
    raise place.fault(
        f"the dates are of mixed formats: most are {best}, but not {shorten(words[index])}{seems}",
        "Export the column with one format.",
        index=index,
    )


def _format_of(value: str, formats: Sequence[str]) -> str:
    return next((form for form in formats if _parses(pl.Series([value]), form).all()), "")
