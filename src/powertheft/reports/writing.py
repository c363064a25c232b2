"""Files that are whole or not there. Rule of the room: show what it is given."""

import errno
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from powertheft.domain.errors import OutputError

_ANOTHER = "Name another place."


def check_file_place(path: Path) -> None:
    """Refuse a place where no file can be written, before hours of work go into it."""
    if path.is_dir():
        raise OutputError("is a folder", file=path, advice="Name a file.")
    if not path.parent.is_dir():
        raise OutputError("could not be written: the folder does not exist", file=path, advice="Make the folder first.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise OutputError("could not be written: no permission to write there", file=path, advice=_ANOTHER)


def write_whole(writers: Mapping[Path, Callable[[Path], object]]) -> None:
    """Let each writer fill a neighbour of its file, then put all of them in place: every file, or none.

    A device such as /dev/full is written to directly. Raises OutputError where a place cannot be written.
    """
    neighbours: dict[Path, Path] = {}
    path = Path()
    try:
        for path, write in writers.items():
            check_file_place(path)
            if path.exists() and not path.is_file():
                write(path)
                continue
            neighbours[path] = _new_neighbour(path)
            _fill(neighbours[path], write)
        for path, neighbour in neighbours.items():
            neighbour.replace(path)
    except (OSError, pl.exceptions.ComputeError) as error:
        raise OutputError(_reason(error), file=path, advice=_advice(error)) from error
    finally:
        for neighbour in neighbours.values():
            neighbour.unlink(missing_ok=True)


def _new_neighbour(path: Path) -> Path:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    os.close(handle)
    return Path(name)


def _fill(neighbour: Path, write: Callable[[Path], object]) -> None:
    write(neighbour)
    with neighbour.open("rb+") as written:
        os.fsync(written.fileno())
    # mkstemp makes a file for its owner's eyes only; the result gets what the user's umask allows.
    umask = os.umask(0)
    os.umask(umask)
    neighbour.chmod(0o666 & ~umask)


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
    write_whole({path: _csv_writer(frame) for path, frame in tables.items()})


def _csv_writer(frame: pl.DataFrame) -> Callable[[Path], object]:
    return lambda place: place.write_bytes(frame.write_csv().encode())


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write plain data as JSON."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a page of text."""
    write_whole({path: lambda place: place.write_text(text, encoding="utf-8")})
