"""From files to the canonical tables. Rule of the room: a utility is described in data, never in code.

A table comes out sorted by its key, and rows that share a key by what they hold, so that neither the order of a file's
rows nor the order or names of its columns changes anything that follows.
"""

from dataclasses import dataclass, field

import polars as pl

from powertheft.domain.files import FileMetadata
from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping
from powertheft.domain.tables import SOURCE_ROW, TABLES, CanonicalTable, Column, Kind, Table, UnknownCode
from powertheft.profiles.casting import cast_column
from powertheft.profiles.codes import translate
from powertheft.profiles.parsing import VOCABULARY
from powertheft.profiles.settling import Files, is_present, settle
from powertheft.profiles.values import Place

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
class _Columns:
    """The columns of one file, each cast once however many canonical columns are made of it."""

    frame: pl.DataFrame
    metadata: FileMetadata
    formats: tuple[str, ...]
    done: dict[tuple[str, Kind], pl.Series] = field(default_factory=dict[tuple[str, Kind], pl.Series])

    def place(self, source: str) -> Place:
        return Place(self.metadata.name, source, self.metadata.first_row)

    def cast(self, source: str, kind: Kind) -> pl.Series:
        if (source, kind) not in self.done:
            place = self.place(source)
            series = cast_column(self.frame[source], kind, place=place, date_formats=self.formats)
            self.done[source, kind] = series
        return self.done[source, kind]


def canonical_tables(profile: Profile, files: Files) -> dict[str, CanonicalTable[pl.DataFrame]]:
    """Return the canonical tables that a profile makes of the files read (file stem -> frame and metadata).

    A table that is not required is absent where its file, or its label column, is. Raises ProfileError where a named
    column is missing, InputError at the first cell that is not what its column should hold.
    """
    settled, notes = settle(profile, files)
    present = [table for table in settled.tables if is_present(table, files)]
    return {
        table.table: _build(table, _Columns(*files[table.file], settled.date_formats), notes.get(table.table, ()))
        for table in present
    }


def _build(mapping: TableMapping, columns: _Columns, notes: tuple[str, ...]) -> CanonicalTable[pl.DataFrame]:
    table, metadata = TABLES[mapping.table], columns.metadata
    series: dict[str, pl.Series] = {}
    unknown: list[UnknownCode] = []
    for column in table.columns:
        mapped = mapping.column(column.name)
        if mapped:
            series[column.name], strange = _cast_mapped(mapped, column, columns)
            unknown += strange
            if mapped.day_month_swapped:
                series[column.name], note = _turned_back(series[column.name], mapped.sources[0])
                notes = (*notes, note)
        elif column.name in table.key and column.name != "sequence":
            series[column.name] = _absent(column, columns.frame.height)
    for name, kind in mapping.attributes.items():
        series[name] = columns.cast(mapping.attribute_sources.get(name, name), kind)
    series[SOURCE_ROW] = pl.int_range(columns.frame.height, dtype=pl.Int64, eager=True) + metadata.first_row
    frame = _in_order(series, table)
    return CanonicalTable(table.name, frame, metadata.name, dict(mapping.attributes), tuple(unknown), notes)


def _cast_mapped(mapping: ColumnMapping, column: Column, columns: _Columns) -> tuple[pl.Series, list[UnknownCode]]:
    vocabulary = VOCABULARY.get(column.name, frozenset())
    if not (mapping.codes or mapping.valid or vocabulary):
        parts = [columns.cast(source, column.kind) for source in mapping.sources]
        return _add_up(parts, mapping.factor), []
    unknown: list[UnknownCode] = []
    parts: list[pl.Series] = []
    for source in mapping.sources:
        place = columns.place(source)
        words, strange = translate(columns.frame[source], mapping, place=place, vocabulary=vocabulary)
        unknown += [strange] if strange else []
        parts.append(cast_column(words, column.kind, place=place, date_formats=columns.formats))
    return _add_up(parts, mapping.factor), unknown


def _add_up(parts: list[pl.Series], factor: float) -> pl.Series:
    total = parts[0]
    if len(parts) > 1:
        # A missing slab is one that was not reached; only where all are missing nothing is known.
        frame = pl.DataFrame([part.alias(str(number)) for number, part in enumerate(parts)])
        known = pl.any_horizontal(pl.all().is_not_null())
        total = frame.select(pl.when(known).then(pl.sum_horizontal(pl.all()))).to_series()
    return total if factor == 1.0 else total * factor


def _turned_back(dates: pl.Series, source: str) -> tuple[pl.Series, str]:
    """Exchange day and month wherever that gives a date: these are the ones that were once read the wrong way round."""
    day, month = pl.col("on").dt.day(), pl.col("on").dt.month()
    swapped = (day <= 12) & (day != month)
    turned = pl.when(swapped).then(pl.date(pl.col("on").dt.year(), day, month)).otherwise(pl.col("on"))
    frame = dates.alias("on").to_frame().select("on", count=swapped.fill_null(value=False), turned=turned)
    count = int(frame["count"].sum())
    return frame["turned"], f"{source}: day and month were exchanged in {count:,} dates, as the profile says."


def _absent(column: Column, height: int) -> pl.Series:
    return pl.repeat(ABSENT_MEANS.get(column.name), height, dtype=TYPES[column.kind], eager=True)


def _in_order(columns: dict[str, pl.Series], table: Table) -> pl.DataFrame:
    keys = [name for name in table.key if name in columns]
    ranked = pl.DataFrame({name: columns[name] for name in keys}).with_row_index("position").sort(keys)
    repeated = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in keys)
    repeated = ranked.select(repeated & (pl.int_range(pl.len()) > 0)).to_series()
    order = ranked["position"]
    del ranked
    if repeated.any():
        order = _order_ties(columns, order, repeated, keys=keys)
    # One column after the other, each let go once it is in order: the whole table need not fit in memory twice.
    ordered = pl.DataFrame([columns.pop(name).gather(order).alias(name) for name in list(columns)])
    if "sequence" not in table.key or "sequence" in keys:
        return ordered
    return ordered.insert_column(len(keys), _number_repeats(repeated))


def _order_ties(columns: dict[str, pl.Series], order: pl.Series, repeated: pl.Series, *, keys: list[str]) -> pl.Series:
    tied = repeated | repeated.shift(-1, fill_value=False)
    positions = order.filter(tied)
    # By name, because the order of a file's columns must not decide.
    others = sorted(set(columns) - {*keys, SOURCE_ROW})
    rows = pl.DataFrame({name: column.gather(positions) for name, column in columns.items()})
    rows = rows.with_columns(positions.alias("position")).sort([*keys, *others, SOURCE_ROW])
    return order.clone().scatter(tied.arg_true(), rows["position"])


def _number_repeats(repeated: pl.Series) -> pl.Series:
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    first = pl.when(~pl.col("repeated")).then(place).forward_fill()
    return repeated.alias("repeated").to_frame().select((place - first).alias("sequence")).to_series()
