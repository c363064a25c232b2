"""The one way to write: beside the place first, then all at once. Rule of the room: know nothing of what is written."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from powertheft.writing.interrupts import held, stoppable

Writer = Callable[[Path], object]
"""Makes a file or a folder at the path it is given, where nothing is yet."""


@dataclass(frozen=True, slots=True)
class _Move:
    place: Path
    partial: Path
    before: Path

    @staticmethod
    def to(place: Path) -> "_Move":
        place = Path(os.path.abspath(place))  # noqa: PTH100 a link at the place itself must not be followed
        hidden = f".{place.name}.{secrets.token_hex(4)}"
        return _Move(place, place.with_name(f"{hidden}.partial"), place.with_name(f"{hidden}.before"))


@held
def write_whole(writers: Mapping[Path, Writer]) -> None:
    """Let each writer make its file or folder under another name beside the place, then put all of them in place.

    What stands in a place is replaced, and stays until everything is complete; folders above it are made. If anything
    fails (the writers may raise what they like), or at Ctrl-C, everything is as it was before. All names are known
    before anything is made, and only the writers can be interrupted, at any moment: what tidies up after them cannot.
    """
    moves = [_Move.to(place) for place in writers]
    made = list(dict.fromkeys(folder for move in moves for folder in move.place.parents if not folder.exists()))
    try:
        _fill(moves, list(writers.values()))
        _put_in_place(moves)
    except BaseException:
        for move in moves:
            _remove(move.partial)
        for folder in sorted(made, key=lambda folder: len(folder.parts), reverse=True):
            with contextlib.suppress(OSError):
                folder.rmdir()
        raise
    for move in moves:
        _remove(move.before)


@stoppable
def _fill(moves: list[_Move], writers: list[Writer]) -> None:
    for move, write in zip(moves, writers, strict=True):
        move.partial.parent.mkdir(parents=True, exist_ok=True)
        write(move.partial)


def _put_in_place(moves: list[_Move]) -> None:
    """Move everything, or nothing. One file replaces another in one step; all else steps aside first."""
    done: list[tuple[Path, Path]] = []
    try:
        for move in moves:
            if _exists(move.place) and (len(moves) > 1 or move.place.is_dir()):
                move.place.rename(move.before)
                done.append((move.place, move.before))
            move.partial.replace(move.place)
            done.append((move.partial, move.place))
    except OSError:
        for origin, now in reversed(done):
            with contextlib.suppress(OSError):
                now.rename(origin)
        raise


def _exists(path: Path) -> bool:
    return path.is_symlink() or path.exists()


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
