"""What is known of a file that was read. Rule of the room: the standard library only."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """Where a frame came from: what a message needs to lead a person to a cell.

    `first_row` is the number a person gives the first row of data: 2 under a header, 1 where there is none. `parts` are
    the files of a table that is kept in several, in the order of its rows.
    """

    path: str
    format: str
    rows: int
    columns: tuple[str, ...]
    first_row: int
    size: int
    sha256: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int = 0
    parts: tuple["FileMetadata", ...] = ()

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]

    def place_of(self, index: int) -> tuple[str, int]:
        """Return the file's name and the row as a person counts it there, of the row with this index (from 0)."""
        return place_in(self.parts or (self,), index)


def place_in(parts: Sequence[FileMetadata], index: int) -> tuple[str, int]:
    """Return the file's name and the row there, for a row of the table that these files make up together."""
    before = 0
    for part in parts[:-1]:
        if index < before + part.rows:
            return part.name, index - before + part.first_row
        before += part.rows
    return parts[-1].name, index - before + parts[-1].first_row
