"""What a proposed mapping is made of. Rule of the room: a utility is described in data, never in code."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from powertheft.domain.profiles import Profile

Shape = Literal["long", "wide"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another of our columns that a column could be, and how sure that would be."""

    target: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ColumnSuggestion:
    """Which of our columns a file's column is ("" for none), how sure that is, and what speaks for it.

    `table` is the table of ours that has the column: a ledger's columns may serve several.
    """

    source: str
    target: str
    table: str
    confidence: float
    evidence: tuple[str, ...]
    alternatives: tuple[Alternative, ...] = ()
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class FileSuggestion:
    """Which of our tables a file is, long or wide, how sure that is, and what its columns are."""

    stem: str
    table: str
    shape: Shape
    confidence: float
    evidence: tuple[str, ...]
    columns: tuple[ColumnSuggestion, ...]
    wide_columns: tuple[str, ...] = ()
    wide_format: str = ""

    def column(self, source: str) -> ColumnSuggestion | None:
        """Return the suggestion for a column of the file."""
        return next((column for column in self.columns if column.source == source), None)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mapping for unknown files, to be confirmed by a person. `known` is a profile that has this layout already."""

    files: tuple[FileSuggestion, ...]
    known: Profile | None = None
    date_formats: tuple[str, ...] = ()
    kinds: Mapping[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
