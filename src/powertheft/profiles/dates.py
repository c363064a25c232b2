"""From a file's dates to ours. Rule of the room: a utility is described in data, never in code.

A column has one format: the first of the profile's under which every value parses. Day and month are never swapped
from row to row.
"""

from collections.abc import Sequence

import polars as pl

from powertheft.profiles.values import MISSING, Place, first_true, shorten

# Tried only to tell a person which format a stray value has.
FAMILIAR = ("%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%d.%m.%Y", "%Y/%m/%d", "%Y%m%d", "%d %b %Y", "%d-%b-%Y")
TIME_CODES = ("%H", "%I", "%T", "%R", "%s")
# A two-digit year parses as a year of the first century, which is never meant.
EARLIEST_YEAR = 1000


def date_from(column: pl.Expr, form: str, *, times: bool) -> pl.Expr:
    """Return texts as dates, or as times in microseconds, missing where they are not of the format."""
    if any(code in form for code in TIME_CODES):
        parsed = column.str.to_datetime(form, time_unit="us", strict=False)
        return parsed if times else parsed.cast(pl.Date)
    parsed = column.str.to_date(form, strict=False)
    return parsed.cast(pl.Datetime("us")) if times else parsed


def typed_date(series: pl.Series, *, times: bool) -> pl.Series:
    """Return a column that holds dates already as dates, or as times in microseconds."""
    if series.dtype == pl.Datetime:
        series = series.dt.replace_time_zone(None)
    return series.cast(pl.Datetime("us") if times else pl.Date)


def check_dates(words: pl.Series, parsed: pl.Series, form: str, *, place: Place, formats: Sequence[str]) -> pl.Series:
    """Return parsed dates; raise InputError at the first value that is not of `form`. `formats` are the profile's."""
    earliest = parsed.dt.year().min()
    if isinstance(earliest, int) and earliest < EARLIEST_YEAR:
        parsed = parsed.set(parsed.dt.year() < EARLIEST_YEAR, None)
    if parsed.null_count() > words.null_count():
        failed = words.is_not_null() & parsed.is_null() & ~words.is_in(MISSING)
        if failed.any():
            _refuse(_without_missing(words), place, formats=[*dict.fromkeys((form, *formats))], best=form)
    return parsed


def refuse_all(words: pl.Series, place: Place, formats: Sequence[str]) -> None:
    """Raise InputError at the first value of a column that has no date in any format; an empty column passes."""
    words = _without_missing(words)
    if words.null_count() < len(words):
        _refuse(words, place, formats=formats, best="")


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


def _refuse(words: pl.Series, place: Place, *, formats: Sequence[str], best: str) -> None:
    fits = _parses(words, best) if best else words.is_null() & words.is_not_null()
    if not fits.any() and not any(_parses(words, form).any() for form in formats):
        index = first_true(words.is_not_null())
        what = f"is not a date in a format of the profile ({', '.join(formats)}): {shorten(words[index])}"
        other = _format_of(words[index], FAMILIAR)
        advice = f"It looks like {other}: add that to date_formats." if other else "Is it the right column?"
        raise place.fault(what, advice, index=index)
    index = first_true(words.is_not_null() & ~fits)
    other = _format_of(words[index], [*formats, *FAMILIAR])
    seems = f" (it has the format {other})" if other else ""
    raise place.fault(
        f"the dates are of mixed formats: most are {best}, but not {shorten(words[index])}{seems}",
        "Export the column with one format.",
        index=index,
    )


def _format_of(value: str, formats: Sequence[str]) -> str:
    return next((form for form in formats if _parses(pl.Series([value]), form).all()), "")
