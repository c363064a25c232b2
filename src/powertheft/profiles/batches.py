"""A batch of a file's rows in our columns and types. Rule of the room: a utility is described in data, never in code.

A batch is cast alone: what only the whole column could decide (formats, styles, names) stands in a settled mapping.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from powertheft.domain.errors import ProfileError
from powertheft.domain.files import FileMetadata
from powertheft.domain.profiles import ColumnMapping, TableMapping
from powertheft.domain.tables import SOURCE_ROW, TABLES, Column, Kind, UnknownCode
from powertheft.profiles.casting import Caster, Reading
from powertheft.profiles.codes import EXAMPLE_ROWS, EXAMPLE_WORDS, translate
from powertheft.profiles.dates import FAMILIAR
from powertheft.profiles.parsing import VOCABULARY
from powertheft.profiles.values import Place
from powertheft.profiles.wide import melt

TYPES: dict[Kind, pl.DataType] = {
    "text": pl.String(),
    "category": pl.String(),
    "number": pl.Float64(),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
}
# What it means that a profile does not map a key column; all others are then missing.
ABSENT_MEANS = {"commodity": "electricity"}


@dataclass(frozen=True, slots=True)
class _Batch:
    """The rows at hand, and every column of them cast once however many canonical columns are made of it."""

    mapping: TableMapping
    frame: pl.DataFrame
    caster: Caster
    done: Mapping[Reading, pl.Series]


def cast_batch(
    mapping: TableMapping,
    frame: pl.DataFrame,
    metadata: FileMetadata,
    first_row: int,
    *,
    date_formats: Sequence[str] = FAMILIAR,
) -> tuple[pl.DataFrame, tuple[UnknownCode, ...]]:
    """Return rows of a file as canonical columns, attributes and `source_row`, unsorted, and the codes nobody knows.

    `first_row` is the `source_row` of the first one: the file's `first_row` and the number of rows before. Raises
    InputError at the first cell that is not what its column should hold.
    """
    places = {name: Place(metadata, name, first_row) for name in frame.columns}
    caster = Caster(places, date_formats)
    batch = _Batch(mapping, frame, caster, caster.cast_all(frame, _plain_readings(mapping)))
    unknown: list[UnknownCode] = []
    series: list[pl.Series] = []
    table = TABLES[mapping.table]
    for column in table.columns:
        mapped = mapping.column(column.name)
        if mapped:
            values, strange = _cast_mapped(mapped, column, batch)
            unknown += strange
            series.append(values.alias(column.name))
        elif column.name in table.key and column.name != "sequence" and not _is_melted(mapping, column.name):
            series.append(_absent(column, frame.height).alias(column.name))
    series += [batch.done[_attribute(mapping, name)].alias(name) for name in mapping.attributes]
    series.append(pl.int_range(first_row, first_row + frame.height, dtype=pl.Int64, eager=True).alias(SOURCE_ROW))
    made = melt(mapping, frame, series, caster) if mapping.wide else pl.DataFrame(series)
    return made, tuple(unknown)


def cast_consumers(mapping: TableMapping, frame: pl.DataFrame, metadata: FileMetadata, first_row: int) -> pl.Series:
    """Return the consumer of every row of a file, also where a row becomes many."""
    number = mapping.column("consumer_id")
    alone = replace(mapping, columns=(number,) if number else (), attributes={}, wide=None)
    return cast_batch(alone, frame, metadata, first_row)[0]["consumer_id"]


def merge_unknown(found: Sequence[UnknownCode]) -> tuple[UnknownCode, ...]:
    """Return the unknown codes of several batches, in their order, as one for each column."""
    merged: dict[str, UnknownCode] = {}
    for one in found:
        before = merged.get(one.column)
        merged[one.column] = one if before is None else _added(before, one)
    return tuple(merged.values())


def exchanged_dates(mapping: TableMapping, frame: pl.DataFrame) -> dict[str, int]:
    """Return for each date that the profile turns back how many of a batch's were: of the source's column, a count."""
    turned = {column.sources[0]: pl.col(column.target) for column in mapping.columns if column.day_month_swapped}
    if not turned:
        return {}
    # Turning back is its own inverse, so what was exchanged can be counted afterwards.
    counts = [
        ((on.dt.day() <= 12) & (on.dt.day() != on.dt.month())).sum().alias(source) for source, on in turned.items()
    ]
    return {source: int(count) for source, count in frame.select(counts).row(0, named=True).items()}


def exchange_notes(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return what to say of dates that were turned back."""
    said = "day and month were exchanged in"
    return tuple(f"{source}: {said} {count:,} dates, as the profile says." for source, count in counts.items())


def _added(before: UnknownCode, after: UnknownCode) -> UnknownCode:
    rows = (*before.rows, *after.rows)[:EXAMPLE_ROWS]
    words = tuple(dict.fromkeys((*before.words, *after.words)))[:EXAMPLE_WORDS]
    return replace(before, count=before.count + after.count, rows=rows, words=words)


def _plain_readings(mapping: TableMapping) -> list[Reading]:
    table = TABLES[mapping.table]
    readings: list[Reading] = []
    for mapped in mapping.columns:
        column = table.column(mapped.target)
        if column and not _has_codes(mapped):
            readings += [_reading(source, column.kind, mapped) for source in mapped.sources]
    return readings + [_attribute(mapping, name) for name in mapping.attributes]


def _reading(source: str, kind: Kind, mapped: ColumnMapping) -> Reading:
    return source, kind, mapped.date_format or mapped.number_style


def _attribute(mapping: TableMapping, name: str) -> Reading:
    return mapping.attribute_sources.get(name, name), mapping.attributes[name], mapping.attribute_styles.get(name, "")


def _has_codes(mapped: ColumnMapping) -> bool:
    return bool(mapped.codes or mapped.valid or mapped.target in VOCABULARY)


def _is_melted(mapping: TableMapping, name: str) -> bool:
    return mapping.wide is not None and name in {mapping.wide.at, mapping.wide.value}


def _cast_mapped(mapped: ColumnMapping, column: Column, batch: _Batch) -> tuple[pl.Series, list[UnknownCode]]:
    if not mapped.sources:
        raise ProfileError(f"no column of the file is known to be the {mapped.target}", advice="Settle the profile.")
    if not _has_codes(mapped):
        parts = [batch.done[_reading(source, column.kind, mapped)] for source in mapped.sources]
        whole = _add_up(parts, mapped.factor)
        return (_turned_back(whole) if mapped.day_month_swapped else whole), []
    unknown: list[UnknownCode] = []
    parts: list[pl.Series] = []
    vocabulary = VOCABULARY.get(column.name, frozenset())
    for source in mapped.sources:
        place = batch.caster.places[source]
        words, strange = translate(batch.frame[source], mapped, place=place, vocabulary=vocabulary)
        unknown += [strange] if strange else []
        style = mapped.date_format or mapped.number_style
        parts.append(batch.caster.cast(words, column.kind, style, place=source))
    return _add_up(parts, mapped.factor), unknown


def _add_up(parts: list[pl.Series], factor: float) -> pl.Series:
    total = parts[0]
    if len(parts) > 1:
        # A missing slab is one that was not reached; only where all are missing nothing is known.
        frame = pl.DataFrame([part.alias(str(number)) for number, part in enumerate(parts)])
        known = pl.any_horizontal(pl.all().is_not_null())
        total = frame.select(pl.when(known).then(pl.sum_horizontal(pl.all()))).to_series()
    return total if factor == 1.0 else total * factor


def _turned_back(dates: pl.Series) -> pl.Series:
    """Exchange day and month wherever that gives a date: these are the ones that were once read the wrong way round."""
    day, month = pl.col("on").dt.day(), pl.col("on").dt.month()
    swapped = (day <= 12) & (day != month)
    turned = pl.when(swapped).then(pl.date(pl.col("on").dt.year(), day, month)).otherwise(pl.col("on"))
    return dates.alias("on").to_frame().select(turned).to_series()


def _absent(column: Column, height: int) -> pl.Series:
    return pl.repeat(ABSENT_MEANS.get(column.name), height, dtype=TYPES[column.kind], eager=True)
