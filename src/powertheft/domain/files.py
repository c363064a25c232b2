"""What is known of a file that was read. Rule of the room: the standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FileMetadata:
    """Where a frame came from: what a message needs to lead a person to a cell.

    `first_row` is the number a person gives the first row of data: 2 under a header, 1 where there is none.
    """

    path: str
    format: str
    rows: int
    columns: tuple[str, ...]
    first_row: int
    size: int

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]
