"""What goes into a reader and what comes out of it. Rule of the room: rename nothing."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
import polars.selectors as cs

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata
from powertheft.sources.scratch import Scratch


@dataclass(frozen=True, slots=True)
class Found:
    """A file to open: where its bytes are, how a person calls it, and what it is called for its kind and its table.

    `strict` is the reading of one command's data: text in another encoding than UTF-8 is refused and not guessed.
    """

    path: Path
    label: str
    name: str
    scratch: Scratch
    sheet: str = ""
    strict: bool = False
    parameters: dict[str, object] = field(default_factory=dict)

    def at(self, path: Path, name: str) -> "Found":
        """Return the same file after its bytes were unpacked elsewhere; `name` then has the inner ending."""
        return replace(self, path=path, name=name)

    def staged(self, *paths: Path) -> tuple[Path, ...]:
        """Return those of the files that are copies of ours, which must stay as long as they are scanned."""
        return tuple(path for path in paths if self.scratch.owns(path))

    def refusal(self, what: str, advice: str, *, row: int | None = None, column: str | None = None) -> InputError:
        """Return an error about this file."""
        return InputError(what, file=self.label, row=row, column=column, advice=advice)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that can be scanned, as often as one likes, in bounded memory."""

    frame: pl.LazyFrame
    metadata: FileMetadata
    notes: tuple[str, ...] = ()
    staged: tuple[Path, ...] = ()


def tidied(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Return the frame with text trimmed, empty text missing, and dictionary-coded text as text, streamed."""
    coded = cs.by_dtype(pl.Categorical) | cs.enum()
    frame = frame.with_columns(coded.cast(pl.String)).with_columns(cs.string().str.strip_chars())
    return frame.with_columns(pl.when(cs.string().str.len_bytes() > 0).then(cs.string()))
