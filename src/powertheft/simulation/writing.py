"""Writing the export so that a failure leaves nothing half written.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain and writing only, NumPy and
Polars besides.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from powertheft.domain.errors import OutputError
from powertheft.writing.whole import write_whole

DATE_FORMAT = "%d-%m-%Y"
TIME_FORMAT = "%d-%m-%Y %H:%M"
SIGN_OF_A_SIMULATION = "truth.csv"
"""A folder that holds this file was written by us: no real export knows the truth."""


def write_frames(
    frames: Mapping[str, pl.DataFrame], directory: Path, *, written: Callable[[str], None] | None = None
) -> None:
    """Write one CSV file a frame into a folder, all of them or none.

    Parameters
    ----------
    frames
        Frames by file name without ending.
    directory
        The folder. It may be absent, empty, or hold an earlier simulation, which is replaced.
    written
        Called with the name of each file that is written.

    Raises
    ------
    OutputError
        If the folder holds anything else, or if it cannot be written (no permission, no space, a file in its place).

    Notes
    -----
    The files are written into a sibling folder, which is moved into place when it is complete.

    Examples
    --------
    >>> write_frames({"truth": pl.DataFrame({"STEALS": ["N"]})}, Path(__file__))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    powertheft.domain.errors.OutputError: ...writing.py: is a file, not a folder. Choose a folder.
    """
    names = [f"{name}.csv" for name in frames]
    directory = directory.absolute()

    def fill(folder: Path) -> None:
        folder.mkdir()
        for name, frame in frames.items():
            _write(frame, folder / f"{name}.csv")
            if written is not None:
                written(f"{name}.csv")

    try:
        _check_replaceable(directory, names)
        write_whole({directory: fill})
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error).split(" (os error")[0]
        raise OutputError(
            f"the simulated utility cannot be written here ({reason})",
            file=directory,
            advice="Choose a folder that you may write to, on a disk with space.",
        ) from error


def _check_replaceable(directory: Path, names: list[str]) -> None:
    if not directory.exists():
        return
    if not directory.is_dir():
        raise OutputError("is a file, not a folder", file=directory, advice="Choose a folder.")
    present = {entry.name for entry in directory.iterdir()}
    strange = sorted(present - set(names))
    if strange or (present and SIGN_OF_A_SIMULATION not in present):
        raise OutputError(
            f"the folder holds files that no simulation wrote ({(strange or sorted(present))[0]})",
            file=directory,
            advice="Choose a new or an empty folder, so that nothing of yours is overwritten.",
        )


def _write(frame: pl.DataFrame, path: Path) -> None:
    with path.open("wb") as file:
        frame.write_csv(file, date_format=DATE_FORMAT, datetime_format=TIME_FORMAT)
