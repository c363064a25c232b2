"""Files that are whole or not there. Rule of the room: show what it is given."""

import errno
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from powertheft.domain.errors import OutputError
from powertheft.writing.whole import write_whole

_ANOTHER = "Name another place."


def check_file_place(path: Path) -> None:
    """Refuse a place where no file can be written, before hours of work go into it."""
    if path.is_dir():
        raise OutputError("is a folder", file=path, advice="Name a file.")
    if not path.parent.is_dir():
        raise OutputError("could not be written: the folder does not exist", file=path, advice="Make the folder first.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise OutputError("could not be written: no permission to write there", file=path, advice=_ANOTHER)


def write_files(writers: Mapping[Path, Callable[[Path], object]]) -> None:
    """Let each writer fill its file: every file, or none.

    A device such as /dev/full is written to directly. Raises OutputError where a place cannot be written.
    """
    for path in writers:
        check_file_place(path)
    fillers = {path: _filler(path, write) for path, write in writers.items()}
    for path, fill in fillers.items():
        if _is_device(path):
            fill(path)
    try:
        write_whole({path: fill for path, fill in fillers.items() if not _is_device(path)})
    except OSError as error:
        raise OutputError(_reason(error), file=next(iter(writers)), advice=_advice(error)) from error


def _is_device(path: Path) -> bool:
    return path.exists() and not path.is_file()


def _filler(path: Path, write: Callable[[Path], object]) -> Callable[[Path], None]:
    def fill(place: Path) -> None:
        try:
            write(place)
            if not _is_device(place):
                with place.open("rb+") as written:
                    os.fsync(written.fileno())
        except (OSError, pl.exceptions.ComputeError) as error:
            raise OutputError(_reason(error), file=path, advice=_advice(error)) from error

    return fill


def _reason(error: Exception) -> str:
    code = error.errno if isinstance(error, OSError) else None
    words = {
        errno.ENOENT: "the folder does not exist",
        errno.EACCES: "no permission to write there",
        errno.EPERM: "no permission to write there",
        errno.EROFS: "the disk is read-only",
        errno.ENOSPC: "the disk is full",
        errno.EFBIG: "the file would be larger than is allowed here",
        errno.EDQUOT: "the disk quota is used up",
    }
    return f"could not be written: {words.get(code or 0, str(error))}"


def _advice(error: Exception) -> str:
    full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
    return "Make room, or name another disk." if full else _ANOTHER


def write_tables(tables: Mapping[Path, pl.DataFrame]) -> None:
    """Write tables as CSV, numbers in full: all of the files, or none."""
    write_files({path: _csv_writer(frame) for path, frame in tables.items()})


def _csv_writer(frame: pl.DataFrame) -> Callable[[Path], object]:
    return lambda place: place.write_bytes(frame.write_csv().encode())


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain data as JSON."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a page of text."""
    write_files({path: lambda place: place.write_text(text, encoding="utf-8")})
