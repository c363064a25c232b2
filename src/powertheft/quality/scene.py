"""What a rule is given and what it gives back. Rule of the room: no row disappears unsaid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from powertheft.domain.profiles import TableMapping
from powertheft.domain.tables import SOURCE_ROW, TABLES, CanonicalTable

EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Hit:
    """The rows to which a rule applies: how many, and some of them."""

    count: int
    rows: tuple[int, ...]
    column: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One table under check as it stands now, the frames of all tables so far, and the day that counts as today."""

    frame: pl.DataFrame
    table: CanonicalTable[pl.DataFrame]
    mapping: TableMapping | None
    frames: Mapping[str, pl.DataFrame]
    today: date

    @property
    def has_own_sequence(self) -> bool:
        """Whether the file itself numbers the rows of one key; else we did."""
        return self.mapping is not None and self.mapping.column("sequence") is not None

    @property
    def key(self) -> list[str]:
        """The table's key columns, without a sequence that only tells apart what would else be the same."""
        made = set() if self.has_own_sequence else {"sequence"}
        return [key for key in TABLES[self.table.name].key if key in self.frame.columns and key not in made]

    def has(self, *columns: str) -> bool:
        """Return whether the table has all these columns."""
        return set(columns) <= set(self.frame.columns)

    def bounds(self, column: str) -> tuple[float | None, float | None]:
        """Return what the profile says a column can be at least and at most."""
        mapped = self.mapping.column(column) if self.mapping else None
        return (mapped.minimum, mapped.maximum) if mapped else (None, None)

    def mask(self, condition: pl.Expr) -> pl.Series:
        """Return a condition over the rows as a mask; what is unknown is false."""
        return self.frame.select(condition.fill_null(value=False).alias("mask")).to_series()

    def repeats(self, keys: list[str]) -> pl.Series:
        """Return which rows have the key of the row before (tables are sorted by their key)."""
        same = pl.all_horizontal(pl.col(key).eq_missing(pl.col(key).shift(1)) for key in keys)
        return self.mask(same & (pl.int_range(pl.len()) > 0))

    def hits(self, rows: pl.Expr | pl.Series, *, column: str = "", detail: str = "") -> list[Hit]:
        """Return the rows of a condition as a hit, with the first of them in the file; nothing where there is none."""
        mask = self.mask(rows) if isinstance(rows, pl.Expr) else rows
        count = int(mask.sum() or 0)
        if not count:
            return []
        examples = self.frame[SOURCE_ROW].filter(mask).bottom_k(EXAMPLES).sort()
        return [Hit(count, tuple(int(row) for row in examples), column, detail)]
