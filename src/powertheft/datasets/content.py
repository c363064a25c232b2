"""The content hash: one number for what a dataset says, whatever its files look like.

Defined by bytes, so that it does not change with a library; docs/dataset-versions.md is its definition.

Rule of the room: a version never changes, and is there whole or not at all.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from powertheft.datasets.types import canonical_types, content_types
from powertheft.domain.datasets import ContentType
from powertheft.domain.tables import SOURCE_ROW

FORMAT = "powertheft content 1"
ROWS_AT_ONCE = 262_144
MISSING_LENGTH = 0xFFFF_FFFF
_LAYOUT: dict[ContentType, str] = {
    "number": "<f8",
    "integer": "<i8",
    "boolean": "u1",
    "date": "<i4",
    "datetime": "<i8",
}


@dataclass(slots=True, eq=False)
class _ColumnSum:
    """The two streams of one column: which values are there (or how long each is), and the values."""

    type: ContentType
    presence: Any = field(default_factory=hashlib.sha256)
    values: Any = field(default_factory=hashlib.sha256)

    def update(self, series: pl.Series) -> None:
        if self.type == "text":
            self._update_text(series)
            return
        filled = series.to_physical() if self.type in {"date", "datetime"} else series
        if series.null_count():
            self.presence.update(_bytes(series.is_not_null().cast(pl.UInt8), "u1"))
            filled = filled.fill_null(value=False if self.type == "boolean" else 0)
        else:
            self.presence.update(b"\1" * len(series))
        self.values.update(_bytes(filled, _LAYOUT[self.type]))

    def _update_text(self, series: pl.Series) -> None:
        words = series.fill_null("").to_arrow(compat_level=pl.CompatLevel.oldest())
        ends = np.frombuffer(words.buffers()[1], dtype=np.int64)[words.offset : words.offset + len(words) + 1]
        lengths = np.diff(ends).astype("<u4")
        if series.null_count():
            lengths[series.is_null().to_numpy()] = MISSING_LENGTH
        self.presence.update(lengths.view(np.uint8).data)
        content = words.buffers()[2]
        if content is not None:
            self.values.update(memoryview(content)[int(ends[0]) : int(ends[-1])])

    def sums(self) -> tuple[str, str]:
        return self.presence.hexdigest(), self.values.hexdigest()


@dataclass(slots=True, eq=False)
class _TableSum:
    columns: Mapping[str, _ColumnSum]
    rows: int = 0


@dataclass(slots=True, eq=False)
class ContentHash:
    """SHA-256 over typed columns in the order of their names, values in the order of the table's key.

    Fed piece by piece, in order; how a table is cut into pieces does not matter, nor does the row of the file.
    """

    _tables: dict[str, _TableSum] = field(default_factory=dict[str, _TableSum])

    def update(self, table: str, frame: pl.DataFrame) -> None:
        """Take in the next rows of a table; a table counts, even without rows, once it was given."""
        frame = canonical_types(frame.drop(SOURCE_ROW, strict=False))
        types = content_types(frame)
        if table not in self._tables:
            self._tables[table] = _TableSum({name: _ColumnSum(types[name]) for name in sorted(types)})
        found = self._tables[table]
        if {name: column.type for name, column in found.columns.items()} != types:
            msg = f"two parts of {table} have different columns"
            raise ValueError(msg)
        found.rows += frame.height
        for name, column in found.columns.items():
            for piece in frame[name].to_frame().iter_slices(ROWS_AT_ONCE):
                column.update(piece.to_series())

    def rows(self) -> dict[str, int]:
        """Return the rows of each table so far."""
        return {name: table.rows for name, table in sorted(self._tables.items())}

    def hexdigest(self) -> str:
        """Return the hash of everything given so far."""
        tables = [
            [name, table.rows, [[label, column.type, *column.sums()] for label, column in table.columns.items()]]
            for name, table in sorted(self._tables.items())
        ]
        text = json.dumps([FORMAT, tables], separators=(",", ":"), ensure_ascii=True)
        return hashlib.sha256(text.encode("ascii")).hexdigest()


def _bytes(series: pl.Series, layout: str) -> memoryview:
    values = series.to_numpy().astype(layout, copy=False)
    if layout == "<f8":
        # Adding zero turns -0.0 into 0.0; every NaN becomes the one that numpy writes (0x7ff8000000000000).
        values = values + 0.0
        values[np.isnan(values)] = np.nan
    return np.ascontiguousarray(values).view(np.uint8).data
