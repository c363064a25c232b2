"""Finding the date format and number style of every column. Rule of the room: a utility is data, never in code.

The whole column decides, in one streaming pass that only counts: how many of its values each way of writing would lose.
The head of the file leaves out the ways that cannot be, so that the pass counts little.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping
from powertheft.domain.tables import TABLES, Kind
from powertheft.profiles.dates import EARLIEST_YEAR, date_from
from powertheft.profiles.numbers import LEAST_SHOWN, PLAIN, POINT_ZERO, candidates, style_of
from powertheft.profiles.parsing import VOCABULARY
from powertheft.profiles.values import MISSING
from powertheft.profiles.wide import columns_of

HEAD = 2_000
Notes = dict[str, tuple[str, ...]]
_Found = dict[tuple[tuple[str, ...], Kind], str]


@dataclass(frozen=True, slots=True)
class _Question:
    """In which way columns of a file are written: asked once for those that are added up."""

    file: str
    sources: tuple[str, ...]
    kind: Kind
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Count:
    """What one way of writing would lose of a column, and how many values could be of no plainer way."""

    way: str
    lost: int
    shown: int
    present: int

    @property
    def fits(self) -> bool:
        enough = self.way == PLAIN or "%" in self.way or self.shown >= min(LEAST_SHOWN, self.present)
        return self.lost == 0 and enough


def settle_styles(
    profile: Profile, tables: Mapping[str, pl.LazyFrame], *, every_row: bool = True
) -> tuple[Profile, Notes]:
    """Return the profile with a date format or number style for every column of the files that needs one.

    Without `every_row` the head is trusted where it leaves no choice; a cell below that does not fit will not be cast.
    """
    asked = {
        question: None
        for table in profile.tables
        if table.file in tables
        for question in _asked(table, profile, tables)
    }
    answers: dict[_Question, tuple[str, str]] = {}
    for file in dict.fromkeys(question.file for question in asked):
        answers |= _answer([one for one in asked if one.file == file], tables[file], every_row=every_row)
    notes: Notes = {}
    settled: list[TableMapping] = []
    for table in profile.tables:
        names = tables[table.file].collect_schema().names() if table.file in tables else []
        stated = _with_answers(table, answers, names) if names else table
        settled.append(stated)
        said = [note for question, (_, note) in answers.items() if note and _is_of(question, table)]
        if said:
            notes[table.table] = tuple(said)
    return replace(profile, tables=tuple(settled)), notes


def _is_of(question: _Question, table: TableMapping) -> bool:
    named = {source for column in table.columns for source in column.sources}
    named |= {table.attribute_sources.get(name, name) for name in table.attributes}
    return question.file == table.file and set(question.sources) <= named


def _asked(table: TableMapping, profile: Profile, tables: Mapping[str, pl.LazyFrame]) -> Iterator[_Question]:
    schema = tables[table.file].collect_schema()
    for column in table.columns:
        kind = _kind_of(table, column)
        if not (column.number_style or column.date_format or _has_codes(column)):
            yield from _question(table, column.sources, kind, profile=profile, schema=schema)
    for name, kind in table.attributes.items():
        if not table.attribute_styles.get(name):
            yield from _question(
                table, (table.attribute_sources.get(name, name),), kind, profile=profile, schema=schema
            )
    if table.wide:
        names = tuple(columns_of(table.wide, schema.names()))
        if not table.wide.number_style:
            yield from _question(table, names, "number", profile=profile, schema=schema)
        if table.wide.day and not table.wide.date_format:
            yield from _question(table, (table.wide.day,), "date", profile=profile, schema=schema)


def _question(
    table: TableMapping, sources: tuple[str, ...], kind: Kind, *, profile: Profile, schema: pl.Schema
) -> Iterator[_Question]:
    if not sources or not set(sources) <= set(schema.names()):
        return
    texts = all(schema[source] == pl.String for source in sources)
    if kind in {"date", "datetime"} and (texts or all(schema[source].is_integer() for source in sources)):
        yield _Question(table.file, sources, "date", profile.date_formats)
    elif kind in {"number", "integer"} and texts:
        yield _Question(table.file, sources, "number")
    elif kind == "text" and texts:
        yield _Question(table.file, sources, "text", (POINT_ZERO,))


def _kind_of(table: TableMapping, column: ColumnMapping) -> Kind:
    known = TABLES[table.table].column(column.target)
    return known.kind if known else "text"


def _has_codes(column: ColumnMapping) -> bool:
    return bool(column.codes or column.valid or column.target in VOCABULARY)


def _answer(
    questions: Sequence[_Question], frame: pl.LazyFrame, *, every_row: bool
) -> dict[_Question, tuple[str, str]]:
    needed = list(dict.fromkeys(source for question in questions for source in question.sources))
    head = frame.select(needed).head(HEAD).collect()
    shown = _count({question: _all_ways(question, head) for question in questions}, head.lazy())
    counts = {} if every_row else {question: found for question, found in shown.items() if _is_sure(question, found)}
    ways = {question: _possible(question, found) for question, found in shown.items() if question not in counts}
    counts |= _count(ways, frame.select(needed))
    # What the head left out was left out for good; where the rest disagrees with the head, every way is counted.
    again = {question: _all_ways(question, head) for question in ways if not any(one.fits for one in counts[question])}
    counts |= _count(again, frame.select(needed))
    return {question: _choose(question, counts[question]) for question in questions}


def _is_sure(question: _Question, shown: Sequence[_Count]) -> bool:
    """Whether rows below can change nothing, or only so that a cell of theirs cannot be cast."""
    left = [count for count in shown if count.lost == 0 and count.present]
    if question.kind == "text":
        return any(count.lost for count in shown)
    if question.kind == "number":
        return bool(left) and left[0].way == PLAIN
    return len(left) == 1


def _all_ways(question: _Question, head: pl.DataFrame) -> tuple[str, ...]:
    if question.kind != "number":
        return question.ways
    words = [word for source in question.sources for word in head[source].drop_nulls().head(3)]
    return tuple(style.text for style in candidates(words))


def _possible(question: _Question, shown: Sequence[_Count]) -> tuple[str, ...]:
    left = [count.way for count in shown if count.lost == 0]
    if question.kind == "date":
        return tuple(left) or question.ways
    # The plainest way that loses nothing, or else that which loses least.
    least = min((count.lost for count in shown), default=0)
    return tuple(left[:1] if PLAIN in left else left) or tuple(count.way for count in shown if count.lost == least)


def _count(ways: Mapping[_Question, tuple[str, ...]], frame: pl.LazyFrame) -> dict[_Question, list[_Count]]:
    expressions: list[pl.Expr] = []
    for number, (question, some) in enumerate(ways.items()):
        for place, way in enumerate(some):
            sums = _sums(question, way)
            expressions += [one.alias(f"{number} {place} {what}") for what, one in sums.items()]
    if not expressions:
        return {question: [] for question in ways}
    row = frame.select(expressions).collect(engine="streaming").row(0, named=True)
    return {
        question: [
            _Count(way, *(int(row[f"{number} {place} {what}"] or 0) for what in ("lost", "shown", "present")))
            for place, way in enumerate(some)
        ]
        for number, (question, some) in enumerate(ways.items())
    }


def _sums(question: _Question, way: str) -> dict[str, pl.Expr]:
    parts = [_sums_of(pl.col(source).cast(pl.String), question.kind, way) for source in question.sources]
    return {what: pl.sum_horizontal([part[what] for part in parts]) for what in ("lost", "shown", "present")}


def _sums_of(column: pl.Expr, kind: Kind, way: str) -> dict[str, pl.Expr]:
    present = column.is_not_null() & ~column.is_in(MISSING)
    if kind == "text":
        return {"lost": (~column.str.ends_with(".0")).sum(), "shown": pl.lit(LEAST_SHOWN), "present": present.sum()}
    if kind == "date":
        fits = date_from(column, way, times=False).dt.year() >= EARLIEST_YEAR
        return {"lost": (present & ~fits.fill_null(value=False)).sum(), "shown": pl.lit(0), "present": present.sum()}
    style = style_of(way)
    lost = (present & ~style.fits(column).fill_null(value=False)).sum()
    shown = pl.lit(0) if way == PLAIN else style.shown(column).sum()
    return {"lost": lost, "shown": shown, "present": present.sum()}


def _choose(question: _Question, counts: Sequence[_Count]) -> tuple[str, str]:
    fitting = [count.way for count in counts if count.fits and count.present]
    if question.kind == "text":
        return (fitting[0] if fitting else ""), ""
    if fitting:
        return fitting[0], _doubt(question, fitting)
    if question.kind == "number":
        # One stray cell makes no style: the plain way is then the one that a message speaks of.
        serious = [count for count in counts if count.way == PLAIN or count.shown >= LEAST_SHOWN]
        return min(serious, key=lambda count: count.lost).way if serious else PLAIN, ""
    best = min(counts, key=lambda count: count.lost, default=None)
    return (best.way if best and best.lost < best.present else ""), ""


def _doubt(question: _Question, fitting: Sequence[str]) -> str:
    first, others = fitting[0], fitting[1:]
    where = ", ".join(question.sources[:3])
    turned = next((other for other in others if _day_first(other) != _day_first(first)), "")
    if question.kind == "date" and turned:
        said = f"every date could be {first} or {turned}"
        return f"{where}: {said}; it was read as {first}, which the profile names first."
    shapes = {style_of(way).shape for way in fitting} if question.kind == "number" else set[str]()
    if first != PLAIN and "1.234,56" in shapes and style_of(first).shape != "1.234,56":
        return f"{where}: every number could have a decimal comma; its commas were read as groups of thousands."
    return ""


def _day_first(form: str) -> bool:
    return form.find("%d") < form.find("%m")


def _with_answers(
    table: TableMapping, answers: Mapping[_Question, tuple[str, str]], names: Sequence[str]
) -> TableMapping:
    found: _Found = {
        (question.sources, question.kind): way for question, (way, _) in answers.items() if question.file == table.file
    }
    columns = tuple(_with_answer(column, _kind_of(table, column), found) for column in table.columns)
    styles = dict(table.attribute_styles)
    for name, kind in table.attributes.items():
        source = (table.attribute_sources.get(name, name),)
        way = found.get((source, _asked_as(kind)), "")
        if way and name not in styles:
            styles[name] = way
    wide = table.wide
    if wide:
        number, day = found.get((columns_of(wide, names), "number"), ""), found.get(((wide.day,), "date"), "")
        wide = replace(wide, number_style=wide.number_style or number, date_format=wide.date_format or day)
    return replace(table, columns=columns, attribute_styles=styles, wide=wide)


def _asked_as(kind: Kind) -> Kind:
    if kind == "datetime":
        return "date"
    return "number" if kind == "integer" else kind


def _with_answer(column: ColumnMapping, kind: Kind, found: _Found) -> ColumnMapping:
    if column.number_style or column.date_format or _has_codes(column):
        return column
    way = found.get((column.sources, _asked_as(kind)), "")
    if not way:
        return column
    return (
        replace(column, date_format=way)
        if "%" in way and kind in {"date", "datetime"}
        else replace(column, number_style=way)
    )
