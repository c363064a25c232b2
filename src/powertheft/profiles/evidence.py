"""What the values of a column say of it. Rule of the room: a utility is described in data, never in code.

Everything is seen in the head of a file; a value itself is never repeated, only counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import polars as pl

from powertheft.profiles.dates import TIME_CODES, date_from
from powertheft.profiles.numbers import LEAST_SHOWN, NumberStyle, candidates
from powertheft.profiles.values import MISSING
from powertheft.profiles.words import listed

Sort = Literal["empty", "date", "datetime", "number", "words"]
LATEST_YEAR = 2100
EARLY_YEAR = 1900
MOST = 0.98
EXAMPLES = 400
FEW_WORDS = 40


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a column's values: what they are, how many, how many differ, and their range."""

    sort: Sort
    rows: int
    present: int
    distinct: int
    formats: tuple[str, ...] = ()
    style: str = ""
    whole: bool = False
    low: float = 0.0
    high: float = 0.0
    middle: float = 0.0
    counts_rows: bool = False
    words: frozenset[str] = frozenset()
    longest: int = 0

    @property
    def unlike(self) -> float:
        """The share of the values that differ."""
        return self.distinct / self.present if self.present else 0.0

    @property
    def is_dated(self) -> bool:
        """Whether the values are dates or times."""
        return self.sort in {"date", "datetime"}


@dataclass(frozen=True, slots=True)
class Relation:
    """Three columns of numbers of which `current` - `previous` is `energy` in nearly every row."""

    previous: str
    current: str
    energy: str
    share: float


def look_at(series: pl.Series) -> Facts:
    """Return the facts of a column."""
    rows = len(series)
    if isinstance(series.dtype, (pl.Date, pl.Datetime)):
        sort: Sort = "datetime" if isinstance(series.dtype, pl.Datetime) else "date"
        return Facts(sort, rows, rows - series.null_count(), series.drop_nulls().n_unique())
    if series.dtype.is_nested() or isinstance(series.dtype, (pl.Binary, pl.Object)):
        return Facts("empty", rows, 0, 0)
    if series.dtype == pl.Boolean:
        words = series.cast(pl.String)
        return Facts(
            "words", rows, rows - words.null_count(), words.drop_nulls().n_unique(), words=frozenset({"true", "false"})
        )
    texts = series.cast(pl.String).str.strip_chars()
    texts = texts.filter(texts.is_not_null() & ~texts.is_in(MISSING))
    if texts.is_empty():
        return Facts("empty", rows, 0, 0)
    return _look_at_texts(texts, rows)


def _look_at_texts(texts: pl.Series, rows: int) -> Facts:
    distinct = texts.n_unique()
    few = frozenset(texts.unique().str.to_lowercase().to_list()) if distinct <= FEW_WORDS else frozenset[str]()
    facts = Facts("words", rows, len(texts), distinct, words=few, longest=int(_float(texts.str.len_chars().max())))
    formats = dates_of(texts)
    if formats:
        timed = any(code in formats[0] for code in TIME_CODES)
        return replace(facts, sort="datetime" if timed else "date", formats=formats)
    style = style_in(texts)
    if style is None:
        return facts
    numbers = numbers_of(texts, style)
    return replace(
        facts,
        sort="number",
        style=style.text,
        whole=bool((numbers.floor() == numbers).all()),
        low=_float(numbers.min()),
        high=_float(numbers.max()),
        middle=_float(numbers.median()),
        counts_rows=_counts(numbers, rows),
    )


def _float(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _counts(numbers: pl.Series, rows: int) -> bool:
    return (
        len(numbers) == rows > 3 and bool((numbers.diff().drop_nulls() == 1).all()) and _float(numbers[0]) in {0.0, 1.0}
    )


def dates_of(texts: pl.Series) -> tuple[str, ...]:
    """Return the formats under which (nearly) every text is a plausible date, none where they are no dates."""
    some = texts.head(EXAMPLES)
    digits = some.str.contains(r"^\d+(\.0)?$").all()
    possible = [
        form
        for name in ("times", "dates", "months")
        for form in listed("formats", name)
        if digits == (form in {"%Y%m%d", "%Y%m%d%H%M%S"})
    ]
    if not some.str.contains(r"\d").all() or _float(some.str.len_chars().max()) > 32:
        return ()
    found: list[str] = []
    for form in possible:
        parsed = some.to_frame("x").select(date_from(pl.col("x"), form, times=True)).to_series()
        years = parsed.dt.year()
        if int(((years >= EARLY_YEAR) & (years <= LATEST_YEAR)).sum()) >= MOST * len(some):
            found.append(form)
    return tuple(found)


def style_in(texts: pl.Series) -> NumberStyle | None:
    """Return the style of numbers that (nearly) every text has, None where they are no numbers."""
    frame = texts.to_frame("x")
    for style in candidates(texts.head(3).to_list()):
        fits, shown = frame.select(
            style.fits(pl.col("x")).sum().alias("fits"), style.shown(pl.col("x")).sum().alias("shown")
        ).row(0)
        enough = style.text == "1234.5" or shown >= min(LEAST_SHOWN, len(texts))
        if enough and fits >= MOST * len(texts):
            return style
    return None


def numbers_of(texts: pl.Series, style: NumberStyle) -> pl.Series:
    """Return the texts that are numbers as numbers."""
    numbers = texts.to_frame("x").select(style.cast(pl.col("x"))).to_series().drop_nulls()
    return numbers.filter(numbers.is_finite())


def relations(frame: pl.DataFrame, facts: Mapping[str, Facts], factors: Sequence[str] = ()) -> list[Relation]:
    """Return the columns of which one less another is a third (times a factor, where a column holds it)."""
    rows = frame.head(1_000)
    names = [name for name, fact in facts.items() if fact.sort == "number" and fact.distinct > 3][:16]
    values = {name: _array(rows[name], facts[name]) for name in names}
    multiples = [np.ones(rows.height), *(_array(rows[name], facts[name]) for name in factors)]
    found: list[Relation] = []
    for current in names:
        for previous in names:
            if current == previous or not _is_ahead(values[previous], values[current]):
                continue
            for energy in names:
                if energy in {current, previous}:
                    continue
                share = max(_share(values[current] - values[previous], values[energy], factor) for factor in multiples)
                if share >= 0.8 and np.nanmedian(values[energy]) < np.nanmedian(values[previous]):
                    found.append(Relation(previous, current, energy, share))
    return sorted(found, key=lambda relation: -relation.share)


def _array(series: pl.Series, fact: Facts) -> np.ndarray:
    if fact.sort != "number":
        return np.full(len(series), np.nan)
    from_text = series.cast(pl.String).str.strip_chars()
    style = next((one for one in candidates(from_text.drop_nulls().head(3).to_list()) if one.text == fact.style), None)
    if style is None:
        return np.full(len(series), np.nan)
    return from_text.to_frame("x").select(style.cast(pl.col("x"))).to_series().to_numpy().astype(float)


def _is_ahead(previous: np.ndarray, current: np.ndarray) -> bool:
    known = ~np.isnan(previous) & ~np.isnan(current)
    return bool(known.sum() >= 3 and (current[known] >= previous[known]).mean() >= 0.85 and (current != previous).any())


def _share(difference: np.ndarray, energy: np.ndarray, factor: np.ndarray) -> float:
    known = ~np.isnan(difference) & ~np.isnan(energy) & ~np.isnan(factor)
    if known.sum() < 3:
        return 0.0
    equal = np.abs(difference[known] * factor[known] - energy[known]) <= 0.011 + 1e-6 * np.abs(energy[known])
    return float(equal.mean())


def looks_like_code(fact: Facts) -> bool:
    """Return whether the values are a few words or numbers that come again and again."""
    return 0 < fact.distinct <= max(3, min(60, fact.present // 3))
