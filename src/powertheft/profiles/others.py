"""What the columns that a profile does not name hold. Rule of the room: a utility is described in data, never in code.

One streaming pass counts what each column would be, so that a file need not fit in memory.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from powertheft.domain.tables import Kind
from powertheft.profiles.dates import EARLIEST_YEAR, date_from
from powertheft.profiles.values import FALSE, MISSING, TRUE

KindOrReason = tuple[Kind | None, str]


def kinds_of(frame: pl.LazyFrame, names: Sequence[str], date_formats: Sequence[str]) -> dict[str, KindOrReason]:
    """Return the kind of each column, or None and why it cannot ride along."""
    schema = frame.collect_schema()
    found: dict[str, KindOrReason] = {}
    counts = _count(frame, names, schema, date_formats)
    for number, name in enumerate(names):
        own = {what: value for (place, what), value in counts.items() if place == number}
        if own["present"] == 0:
            found[name] = None, "it is empty"
        elif schema[name] == pl.String:
            found[name] = _kind_of_words(own, date_formats)
        else:
            found[name] = _kind_of_type(schema[name])
    unsure = [name for name, (kind, _) in found.items() if kind == "category" and schema[name] == pl.String]
    return found | _identifying(frame, unsure, counts, names)


def _kind_of_type(dtype: pl.DataType) -> KindOrReason:
    if dtype.is_numeric():
        return "number", ""
    if dtype == pl.Boolean:
        return "boolean", ""
    if isinstance(dtype, (pl.Date, pl.Datetime)):
        return "date", ""
    return None, "it holds neither text nor numbers nor dates"


def _kind_of_words(own: Mapping[str, int], date_formats: Sequence[str]) -> KindOrReason:
    # Leading zeros mark codes: 0101 is a place, not a hundred and one.
    if own["numbers"] == own["present"]:
        return ("category" if own["codes"] else "number"), ""
    if own["truths"] == own["present"]:
        return "boolean", ""
    if any(own[form] == own["present"] for form in date_formats):
        return "date", ""
    return "category", ""


def _count(
    frame: pl.LazyFrame, names: Sequence[str], schema: pl.Schema, date_formats: Sequence[str]
) -> dict[tuple[int, str], int]:
    expressions: list[pl.Expr] = []
    keys: list[tuple[int, str]] = []
    for number, name in enumerate(names):
        column = pl.col(name)
        sums = {"present": column.is_not_null().sum()}
        if schema[name] == pl.String:
            sums = _sums_of_words(column, date_formats)
        for what, one in sums.items():
            expressions.append(one.alias(f"{number} {what}"))
            keys.append((number, what))
    if not expressions:
        return {}
    row = frame.select(expressions).collect(engine="streaming").row(0)
    return {key: int(value or 0) for key, value in zip(keys, row, strict=True)}


def _sums_of_words(column: pl.Expr, date_formats: Sequence[str]) -> dict[str, pl.Expr]:
    words = pl.when(~column.is_in(MISSING)).then(column)
    numbers = words.cast(pl.Float64, strict=False)
    sums = {
        "present": words.is_not_null().sum(),
        "numbers": numbers.is_finite().sum(),
        "codes": words.str.contains(r"^-?0\d").sum(),
        "truths": words.str.to_lowercase().is_in((*TRUE, *FALSE)).sum(),
    }
    dates = {form: date_from(words, form, times=False).dt.year() >= EARLIEST_YEAR for form in date_formats}
    return sums | {form: fits.sum() for form, fits in dates.items()}


def _identifying(
    frame: pl.LazyFrame, names: Sequence[str], counts: Mapping[tuple[int, str], int], every: Sequence[str]
) -> dict[str, KindOrReason]:
    if not names:
        return {}
    words = [pl.when(~pl.col(name).is_in(MISSING)).then(pl.col(name)).drop_nulls() for name in names]
    different = [one.n_unique().alias(str(number)) for number, one in enumerate(words)]
    row = frame.select(different).collect(engine="streaming").row(0)
    present = [counts[every.index(name), "present"] for name in names]
    return {
        name: (None, "every consumer has another text there, so it can only identify")
        for name, unlike, here in zip(names, row, present, strict=True)
        if here > 1 and unlike == here
    }
