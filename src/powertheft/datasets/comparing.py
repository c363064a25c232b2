"""Two versions side by side, a range of consumers at a time. Rule of the room: a version never changes."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from powertheft.datasets.partitioning import CONSUMER, ConsumerSample, boundaries_of
from powertheft.datasets.reading import Version
from powertheft.domain.datasets import ContentType
from powertheft.domain.differences import ColumnShift, ColumnSummary, Difference, TableDifference
from powertheft.domain.tables import TABLES

ROWS_AT_ONCE = 500_000
_REPEAT, _BEFORE, _AFTER, _SUFFIX = "\0repeat", "\0before", "\0after", "\0new"

Range = tuple[str | None, str | None]
Frames = Mapping[str, pl.LazyFrame]


@dataclass(slots=True, eq=False)
class _Counts:
    """What differs, added up over the ranges of consumers."""

    rows: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    cells: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    consumers: Counter[str] = field(default_factory=Counter[str])


def diff(before: Version, after: Version, *, rows_at_once: int = ROWS_AT_ONCE) -> Difference:
    """Return what changed from one version to another.

    Rows are told apart by their table's key, and where that repeats by their order. Memory does not grow with the rows.
    """
    both = sorted(set(before.tables) & set(after.tables))
    is_same = before.manifest.content_hash == after.manifest.content_hash
    counts = _Counts() if is_same else _counted(before, after, rows_at_once)
    return Difference(
        is_same=is_same,
        other_key=before.manifest.recipe.key_id != after.manifest.recipe.key_id,
        consumers_added=counts.consumers["added"],
        consumers_removed=counts.consumers["removed"],
        consumers_changed=counts.consumers["changed"],
        tables_added={name: after.manifest.rows[name] for name in sorted(set(after.tables) - set(both))},
        tables_removed={name: before.manifest.rows[name] for name in sorted(set(before.tables) - set(both))},
        tables=tuple(_table(name, before, after, counts=counts) for name in both),
    )


def _table(name: str, before: Version, after: Version, *, counts: _Counts) -> TableDifference:
    old, new = _types(before, name), _types(after, name)
    common = [column for column in new if old.get(column) == new[column]]
    summaries = [_summaries(version.tables[name], common, new) for version in (before, after)]
    return TableDifference(
        table=name,
        rows_before=before.manifest.rows[name],
        rows_after=after.manifest.rows[name],
        added=counts.rows[name, "added"],
        removed=counts.rows[name, "removed"],
        changed=counts.rows[name, "changed"],
        columns_added=tuple(column for column in new if column not in old),
        columns_removed=tuple(column for column in old if column not in new),
        columns_retyped=tuple(column for column in new if column in old and old[column] != new[column]),
        columns=tuple(
            ColumnShift(column, counts.cells[name, column], summaries[0][column], summaries[1][column])
            for column in common
        ),
    )


def _counted(before: Version, after: Version, rows_at_once: int) -> _Counts:
    counts = _Counts()
    for number, between in enumerate(_ranges((before, after), rows_at_once)):
        old, new = (_rows(version.tables, between, first=number == 0) for version in (before, after))
        touched = [_compare(table, old[table], new[table], counts=counts) for table in sorted(set(old) & set(new))]
        touched += [frames[table] for frames, others in ((old, new), (new, old)) for table in set(frames) - set(others)]
        _count_consumers(old, new, touched, counts=counts)
    return counts


def _ranges(versions: Sequence[Version], rows_at_once: int) -> Iterator[Range]:
    sample = ConsumerSample()
    for version in versions:
        for frame in version.tables.values():
            if CONSUMER in frame.collect_schema():
                for batch in frame.select(CONSUMER).collect_batches(maintain_order=True):
                    sample.add(batch[CONSUMER])
    begins = boundaries_of(sample.consumers, sample.rows, rows_a_part=rows_at_once)
    yield from zip([None, *begins], [*begins, None], strict=True)


def _rows(tables: Frames, between: Range, *, first: bool) -> dict[str, pl.DataFrame]:
    found: dict[str, pl.DataFrame] = {}
    for table, frame in tables.items():
        if CONSUMER in frame.collect_schema():
            found[table] = frame.filter(_within(between)).collect()
        elif first:
            found[table] = frame.collect()
    return found


def _within(between: Range) -> pl.Expr:
    start, end = between
    inside = pl.lit(value=True)
    if start is not None:
        inside &= pl.col(CONSUMER) >= start
    if end is not None:
        inside &= pl.col(CONSUMER) < end
    return inside | pl.col(CONSUMER).is_null() if start is None else inside


def _compare(table: str, old: pl.DataFrame, new: pl.DataFrame, *, counts: _Counts) -> pl.DataFrame:
    """Count what differs in the rows of one range; return the consumers (or what the key has) of those that do."""
    key = list(TABLES[table].key)
    values = [name for name, dtype in new.schema.items() if name not in key and old.schema.get(name) == dtype]
    if CONSUMER in key:
        different = _different_consumers(old.select(*key, *values), new.select(*key, *values))
        old, new = (frame.join(different, on=CONSUMER, how="semi", nulls_equal=True) for frame in (old, new))
    repeat = pl.int_range(pl.len(), dtype=pl.UInt32).over(key).alias(_REPEAT)
    joined = old.select(*key, *values, repeat, pl.lit(value=True).alias(_BEFORE)).join(
        new.select(*key, *values, repeat, pl.lit(value=True).alias(_AFTER)),
        on=[*key, _REPEAT],
        how="full",
        coalesce=True,
        suffix=_SUFFIX,
        nulls_equal=True,
    )
    in_both = pl.col(_BEFORE).is_not_null() & pl.col(_AFTER).is_not_null()
    cells = joined.select((in_both & pl.col(name).ne_missing(pl.col(name + _SUFFIX))).alias(name) for name in values)
    changed = (
        cells.select(pl.any_horizontal(pl.all())).to_series() if values else pl.repeat(False, joined.height, eager=True)
    )
    added, removed = joined[_BEFORE].is_null(), joined[_AFTER].is_null()
    for what, mask in (("added", added), ("removed", removed), ("changed", changed)):
        counts.rows[table, what] += int(mask.sum())
    for name in values:
        counts.cells[table, name] += int(cells[name].sum())
    return joined.select(key).filter(added | removed | changed)


def _different_consumers(old: pl.DataFrame, new: pl.DataFrame) -> pl.DataFrame:
    """Return the consumers whose rows may differ, told by sums of hashes: most have the same rows in both versions."""
    sums = [_hash_sums(frame) for frame in (old, new)]
    parts = [one.join(other, on=one.columns, how="anti", nulls_equal=True) for one, other in (sums, sums[::-1])]
    return pl.concat([part.select(CONSUMER) for part in parts]).unique()


def _hash_sums(frame: pl.DataFrame) -> pl.DataFrame:
    hashed = frame.select(CONSUMER, frame.hash_rows(seed=0).alias("hash"))
    # Shifted, so that the sum over a million rows of one consumer has room.
    sums = (
        pl.len().alias("rows"),
        (pl.col("hash") // 2**20).sum().alias("sum"),
        pl.col("hash").bitwise_xor().alias("xor"),
    )
    return hashed.group_by(CONSUMER).agg(*sums)


def _count_consumers(
    old: Mapping[str, pl.DataFrame],
    new: Mapping[str, pl.DataFrame],
    touched: Sequence[pl.DataFrame],
    *,
    counts: _Counts,
) -> None:
    before, after, different = (_consumers(frames) for frames in (old.values(), new.values(), touched))
    counts.consumers["added"] += after.join(before, on=CONSUMER, how="anti").height
    counts.consumers["removed"] += before.join(after, on=CONSUMER, how="anti").height
    in_both = before.join(after, on=CONSUMER, how="semi")
    counts.consumers["changed"] += different.join(in_both, on=CONSUMER, how="semi").height


def _consumers(frames: Any) -> pl.DataFrame:
    known = [frame.select(CONSUMER).unique() for frame in frames if CONSUMER in frame.columns]
    nobody = pl.DataFrame(schema={CONSUMER: pl.String})
    return pl.concat([nobody, *known]).unique().drop_nulls()


def _types(version: Version, table: str) -> dict[str, ContentType]:
    return {column.name: column.type for column in version.manifest.tables[table].columns}


def _summaries(
    frame: pl.LazyFrame, columns: Sequence[str], types: Mapping[str, ContentType]
) -> dict[str, ColumnSummary]:
    wanted = [expression for name in columns for expression in _summary(name, types[name])]
    (row,) = frame.select(pl.len().alias("\0rows"), *wanted).collect(engine="streaming").iter_rows(named=True)
    rows = max(1, row["\0rows"])
    return {
        name: ColumnSummary(
            missing=row[f"{name}\0missing"] / rows,
            mean=row.get(f"{name}\0mean"),
            deviation=row.get(f"{name}\0deviation"),
            first=_said(row.get(f"{name}\0first")),
            last=_said(row.get(f"{name}\0last")),
        )
        for name in columns
    }


def _summary(name: str, kind: ContentType) -> Iterator[pl.Expr]:
    column = pl.col(name)
    yield column.null_count().alias(f"{name}\0missing")
    if kind in {"number", "integer", "boolean"}:
        number = column.cast(pl.Float64).fill_nan(None)
        yield number.mean().alias(f"{name}\0mean")
        yield number.std(ddof=0).alias(f"{name}\0deviation")
    if kind in {"date", "datetime"}:
        yield column.min().alias(f"{name}\0first")
        yield column.max().alias(f"{name}\0last")


def _said(moment: Any) -> str | None:
    return None if moment is None else moment.isoformat()
