"""What a proposed mapping is made of. Rule of the room: a utility is described in data, never in code."""

from dataclasses import dataclass, field, replace
from typing import Literal

from powertheft.domain.errors import ProfileError
from powertheft.domain.profiles import Profile
from powertheft.domain.tables import TABLES, Kind
from powertheft.profiles.entries import choice_advice

Shape = Literal["long", "wide"]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another of our columns that a column could be, and how sure that would be."""

    target: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ColumnSuggestion:
    """Which of our columns a file's column is ("" for none), how sure that is, and what speaks for it.

    `table` is the table of ours that has the column: a ledger's columns may serve several. `kind` is what a column that
    is none of ours rides along as, None where it should not (it identifies, or numbers the rows). `words` are the few
    different values of a column of codes, `formats` those in which its dates may be written, `factor` turns its unit
    into ours.
    """

    source: str
    target: str
    table: str
    confidence: float
    evidence: tuple[str, ...]
    alternatives: tuple[Alternative, ...] = ()
    factor: float = 1.0
    kind: Kind | None = None
    words: frozenset[str] = field(default=frozenset(), repr=False)
    formats: tuple[str, ...] = ()


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
    wide_form: str = ""

    def column(self, source: str) -> ColumnSuggestion | None:
        """Return the suggestion for a column of the file."""
        return next((column for column in self.columns if column.source == source), None)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A mapping for unknown files, to be confirmed by a person. `known` is a profile that has this layout already."""

    files: tuple[FileSuggestion, ...]
    known: Profile | None = None

    def file(self, stem: str) -> FileSuggestion | None:
        """Return what is suggested for a file."""
        return next((file for file in self.files if file.stem == stem), None)

    def with_target(self, stem: str, source: str, target: str) -> "Suggestion":
        """Return the suggestion with a person's word for one column: one of our columns, or "" for none."""
        return replace(
            self, files=tuple(_told(file, source, target) if file.stem == stem else file for file in self.files)
        )


def _told(file: FileSuggestion, source: str, target: str) -> FileSuggestion:
    homes = [file.table, *(name for name in TABLES if name != file.table)]
    home = next((name for name in homes if target and TABLES[name].column(target)), "")
    if target and not home:
        names = sorted({column.name for table in TABLES.values() for column in table.columns})
        raise ProfileError(f"{target} is not one of our columns", advice=choice_advice(target, names))
    columns: list[ColumnSuggestion] = []
    for column in file.columns:
        if column.source == source:
            columns.append(replace(column, target=target, table=home, confidence=1.0, evidence=("a person said so",)))
        elif target and column.target == target:
            columns.append(replace(column, target="", table="", evidence=("another column was named instead",)))
        else:
            columns.append(column)
    return replace(file, columns=tuple(columns))
