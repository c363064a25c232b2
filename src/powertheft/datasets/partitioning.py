"""Rows cut into ranges of consumers, on disk, so that parts in order are the whole in key order.

Rule of the room: a version never changes, and is there whole or not at all.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from powertheft.datasets.disk import system_errors
from powertheft.domain.folders import refusal

ROWS_A_PART = 500_000
ROWS_HELD = 500_000
SAMPLE = 100_000
ROWS_A_WORD = 100
CONSUMER = "consumer_id"
_PART = "part, numbered"


@dataclass(slots=True, eq=False)
class ConsumerSample:
    """A sample of the consumers of a table's rows, evenly spread over rows that are given piece by piece.

    `rows` counts all rows given. The same rows give the same sample, however they are cut.
    """

    limit: int = SAMPLE
    rows: int = 0
    _step: int = 1
    _kept: list[pl.Series] = field(default_factory=list[pl.Series])
    _held: int = 0

    def add(self, consumers: pl.Series) -> None:
        """Take in the consumers of the next rows."""
        first = -self.rows % self._step
        self.rows += len(consumers)
        self._kept.append(consumers.gather_every(self._step, first).cast(pl.String).rechunk())
        self._held += len(self._kept[-1])
        while self._held >= 2 * self.limit:
            self._step *= 2
            self._kept = [self.consumers.gather_every(2)]
            self._held = len(self._kept[0])

    @property
    def consumers(self) -> pl.Series:
        """Return the sample in the order of the rows."""
        return pl.concat(self._kept) if self._kept else pl.Series(CONSUMER, [], dtype=pl.String)


def boundaries_of(consumers: pl.Series, rows: int, *, rows_a_part: int = ROWS_A_PART) -> tuple[str, ...]:
    """Return the consumers at which parts of about `rows_a_part` rows begin, judged by a sample of the rows' consumers.

    The first part begins before everybody. A part is longer where one consumer alone has more rows.
    """
    parts = -(-rows // rows_a_part)
    known = consumers.drop_nulls().cast(pl.String).sort()
    places = [len(known) * part // parts for part in range(1, parts)]
    chosen = known.gather(places).unique().sort() if len(known) else known
    return tuple(chosen.filter(chosen > known[0]).to_list()) if len(chosen) else ()


@dataclass(slots=True, eq=False)
class Partitioner:
    """Routes rows into parts by their consumer; rows of no consumer go to part 0.

    `boundaries` are the consumers at which part 1, 2, ... begin. About `ROWS_HELD` rows are held back; the rest lies
    below `scratch`, which the caller removes.
    """

    scratch: Path
    boundaries: Sequence[str]
    _schemas: dict[str, pl.Schema] = field(default_factory=dict[str, pl.Schema])
    _held: dict[tuple[int, str], list[pl.DataFrame]] = field(
        default_factory=lambda: defaultdict[tuple[int, str], list[pl.DataFrame]](list)
    )
    _files: dict[tuple[int, str], list[Path]] = field(
        default_factory=lambda: defaultdict[tuple[int, str], list[Path]](list)
    )
    _words: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    _rows_held: int = 0

    def __post_init__(self) -> None:
        if sorted(set(self.boundaries)) != list(self.boundaries):
            msg = "the boundaries of parts must rise"
            raise ValueError(msg)
        self.scratch.mkdir(parents=True, exist_ok=True)

    def add(self, table: str, frame: pl.DataFrame) -> None:
        """Route the rows of one batch; all batches of a table have the same columns."""
        if table not in self._schemas:
            self._schemas[table], self._words[table] = frame.schema, _few_words(frame)
        schema = self._schemas[table]
        if dict(frame.schema) != dict(schema):
            msg = f"two batches of {table} have different columns"
            raise ValueError(msg)
        for part, rows in self._routed(
            frame.select(schema.names()).with_columns(pl.col(self._words[table]).cast(pl.Categorical()))
        ):
            self._held[part, table].append(rows)
        self._rows_held += frame.height
        if self._rows_held >= ROWS_HELD:
            self._flush()

    def parts(self) -> Iterator[dict[str, pl.DataFrame]]:
        """Give the parts in order, each with every table (without rows where it has none); may be asked again."""
        return (self.part(number) for number in range(self.count))

    @property
    def count(self) -> int:
        """The number of parts."""
        return len(self.boundaries) + 1

    def take(self, number: int) -> dict[str, pl.DataFrame]:
        """Return one part, once all rows are added, and remove it from disk."""
        part = self.part(number)
        for table in self._schemas:
            self._held.pop((number, table), None)
            for path in self._files.pop((number, table), ()):
                path.unlink()
        return part

    def part(self, number: int) -> dict[str, pl.DataFrame]:
        """Return one part with every table (without rows where it has none), once all rows are added."""
        return {table: self._read(number, table) for table in self._schemas}

    def _routed(self, frame: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
        if CONSUMER not in frame.columns or not self.boundaries:
            yield 0, frame
            return
        starts = pl.Series(self.boundaries, dtype=pl.String)
        part = starts.search_sorted(frame[CONSUMER], side="right")
        # Polars sorts what is missing first, and so it lies in the first part.
        number = pl.when(frame[CONSUMER].is_not_null()).then(part).otherwise(0).alias(_PART)
        parts = frame.with_columns(number).partition_by(_PART, include_key=False, maintain_order=True, as_dict=True)
        yield from ((number, rows) for (number,), rows in parts.items())

    def _flush(self) -> None:
        for (part, table), frames in self._held.items():
            path = self.scratch / f"part-{part:05d}" / f"{table}-{len(self._files[part, table]):05d}.arrow"
            _write(pl.concat(frames), path)
            self._files[part, table].append(path)
        self._held.clear()
        self._rows_held = 0

    def _read(self, part: int, table: str) -> pl.DataFrame:
        paths = self._files.get((part, table))
        written = [pl.scan_ipc(paths).collect()] if paths else [self._schemas[table].to_frame()]
        held = self._held.get((part, table), ())
        rows = pl.concat([*written, *held], how="vertical_relaxed")
        return rows.with_columns(pl.col(self._words[table]).cast(pl.String)).rechunk()


def _few_words(frame: pl.DataFrame) -> list[str]:
    """Return the columns of a few words that come again and again: as categories they take a quarter of the room."""
    texts = [name for name, kind in frame.schema.items() if kind == pl.String and name != CONSUMER]
    return [name for name in texts if frame[name].n_unique() * ROWS_A_WORD <= frame.height]


def _write(frame: pl.DataFrame, path: Path) -> None:
    try:
        with system_errors():
            path.parent.mkdir(exist_ok=True)
            frame.write_ipc(path)
    except OSError as error:
        raise refusal(path.parent, error) from error
