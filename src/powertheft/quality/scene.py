"""What a rule is given and what it gives back. Rule of the room: no row disappears unsaid."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from powertheft.domain.profiles import TableMapping
from powertheft.domain.tables import SOURCE_ROW, TABLES, CanonicalTable

EXAMPLES = 3
# What tells apart the rows of one series.
WITHIN = frozenset({"read_on", "paid_on", "start", "occurred_at", "inspected_on", "sequence"})

_KEY_TYPES: Mapping[str, pl.DataType] = {"date": pl.Date(), "datetime": pl.Datetime("us"), "integer": pl.Int64()}
# What is kept of a scene that values other than keys do not change.
OF_KEYS = frozenset({"follows", "repeated", "series"})


@dataclass(frozen=True, slots=True)
class Hit:
    """The rows to which a rule applies: how many, and some of them; where they stand, unless that is not known.

    `detail` may hold {amounts} by name; `words` are words of the file that are no one's.
    """

    count: int
    rows: tuple[int, ...]
    column: str = ""
    detail: str = ""
    amounts: Mapping[str, int] = field(default_factory=dict[str, int])
    words: tuple[str, ...] = ()
    mask: pl.Series | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Scene:
    """One table under check as it stands now, the frames of all tables so far, and the day that counts as today.

    `present` are the tables that the whole has, of which this may be a part. `kept` holds what several rules need.
    """

    frame: pl.DataFrame
    table: CanonicalTable[pl.DataFrame]
    mapping: TableMapping | None
    frames: Mapping[str, pl.DataFrame]
    today: date
    present: Collection[str] = ()
    kept: dict[str, Any] = field(default_factory=dict[str, Any], compare=False, repr=False)

    def with_rows(self, frame: pl.DataFrame) -> "Scene":
        """Return the scene with other rows."""
        return replace(self, frame=frame, kept={})

    def with_values(self, frame: pl.DataFrame) -> "Scene":
        """Return the scene with the same rows in which other values stand (never other keys)."""
        return replace(self, frame=frame, kept={name: kept for name, kept in self.kept.items() if name in OF_KEYS})

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

    def other(self, name: str) -> pl.DataFrame | None:
        """Return another table: empty where only other parts of the whole have rows of it, None where there is none."""
        frame = self.frames.get(name)
        if frame is None and name in self.present:
            shape = TABLES[name]
            keys = (column for column in shape.columns if column.name in shape.key)
            return pl.DataFrame(schema={key.name: _KEY_TYPES.get(key.kind, pl.String()) for key in keys})
        return frame

    @property
    def follows(self) -> pl.Series:
        """Which rows go on with the series of the row before: the same meter, or what the table has instead."""
        if "follows" not in self.kept:
            self.kept["follows"] = self._same([key for key in self.key if key not in WITHIN])
        return self.kept["follows"]

    @property
    def repeated(self) -> pl.Series:
        """Which rows have the key of the row before (tables are sorted by their key)."""
        if "repeated" not in self.kept:
            self.kept["repeated"] = self.follows & self._same([key for key in self.key if key in WITHIN])
        return self.kept["repeated"]

    @property
    def series(self) -> pl.Series:
        """The number of each row's series, from 1, ascending."""
        if "series" not in self.kept:
            self.kept["series"] = (~self.follows).cum_sum().cast(pl.UInt32).alias("series").set_sorted()
        return self.kept["series"]

    def owners(self, name: str) -> pl.DataFrame | None:
        """Return the first row of each consumer in another table (which is sorted by them)."""
        frame = self.other(name)
        if frame is None:
            return None
        begins = frame["consumer_id"].ne_missing(frame["consumer_id"].shift(1)) | (
            pl.int_range(frame.height, eager=True) == 0
        )
        return frame.filter(begins)

    def _same(self, keys: list[str]) -> pl.Series:
        if not keys:
            return pl.repeat(value=True, n=self.frame.height, dtype=pl.Boolean, eager=True)
        same = pl.all_horizontal(pl.col(key).eq_missing(pl.col(key).shift(1)) for key in keys)
        return self.mask(same & (pl.int_range(pl.len()) > 0))

    def hits(
        self,
        rows: pl.Expr | pl.Series,
        *,
        column: str = "",
        detail: str = "",
        amounts: Mapping[str, int] | None = None,
    ) -> list[Hit]:
        """Return the rows of a condition as a hit, with the first of them in the file; nothing where there is none."""
        mask = self.mask(rows) if isinstance(rows, pl.Expr) else rows.fill_null(value=False)
        count = int(mask.sum() or 0)
        if not count:
            return []
        examples = self.frame[SOURCE_ROW].filter(mask).bottom_k(EXAMPLES).sort()
        return [Hit(count, tuple(int(row) for row in examples), column, detail, amounts or {}, (), mask)]
