"""Folders that are written whole or not at all, and removed whole. Rule of the room: the standard library only.

A folder is filled under a hidden name beside its place, put on disk, and renamed. Whoever fills it holds a lock that
ends with the process, so that what a killed process left behind can be told from what another is still writing.

`powertheft.writing.whole` writes, too: in one go, over what stood there, and Ctrl-C cannot break it; what a killed
process leaves of it nobody else can judge. Here a folder is filled over minutes, replaces nothing, and survives
kill -9: the next process finds what nobody holds any more, and removes it.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path

from powertheft.domain.errors import OutputError

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_PARTIAL, _REMOVED = ".partial", ".removed"


@contextlib.contextmanager
def new_folder(path: Path) -> Generator[Path, None, None]:
    """Give an empty hidden folder to fill; where the block ends well, it is on disk and takes the name `path`.

    Raises OutputError where something is there already, or it cannot be written; nothing is left behind then.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 a link at the place itself must not be followed
    made: list[Path] = []
    with contextlib.ExitStack() as stack:
        partial = path
        _check_free(path)
        try:
            made = [folder for folder in path.parents if not folder.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = _make_locked(path, stack)
            yield partial
            _sync_all(partial)
            partial.rename(path)
            sync_folder(path.parent)
        except OSError as error:
            _tidy(partial, path, made)
            raise refusal(path, error) from error
        except BaseException:
            # Ctrl-C, too, leaves nothing behind.
            _tidy(partial, path, made)
            raise


@contextlib.contextmanager
def locked_folder(path: Path) -> Generator[Path, None, None]:
    """Give an empty hidden folder beside `path`, removed at the end; of a killed process, by `remove_unfinished`."""
    with contextlib.ExitStack() as stack:
        folder = _make_locked(path, stack)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_folder(path: Path) -> None:
    """Remove a folder: its name is gone at once, whatever happens while its files go."""
    path = Path(os.path.abspath(path))  # noqa: PTH100 as above
    removed = _hidden(path, _REMOVED)
    try:
        path.rename(removed)
        sync_folder(path.parent)
        shutil.rmtree(removed)
    except OSError as error:
        raise refusal(path, error, act="be removed") from error


def remove_unfinished(parent: Path) -> int:
    """Remove what processes that were killed left half written or half removed in a folder; return how many.

    What a living process is writing is left alone.
    """
    count = 0
    for found in sorted(parent.glob(".*")) if parent.is_dir() else []:
        if not found.is_dir() or found.is_symlink() or not _is_ours(found.name):
            continue
        count += _remove_if_idle(found)
    return count


def all_of(folder: Path) -> Iterator[Path]:
    """Everything below a folder; a folder that may not be read raises, where rglob would pass it over."""
    for found in folder.iterdir():
        yield found
        if found.is_dir() and not found.is_symlink():
            yield from all_of(found)


def sync_folder(folder: Path) -> None:
    """Put on disk which names a folder holds."""
    with _opened(folder) as handle:
        os.fsync(handle)


def refusal(path: Path, error: OSError, *, act: str = "be written") -> OutputError:
    """Return what a person should read when the system refuses to write."""
    if error.errno in _FULL:
        return OutputError("the disk is full", file=path, advice="Free some space or choose another place.")
    if error.errno in _FORBIDDEN:
        advice = "Choose a place that you may write to, or ask for permission."
        return OutputError("you may not write here", file=path, advice=advice)
    reason = error.strerror or str(error)
    return OutputError(f"cannot {act} ({reason})", file=path, advice="Choose another place.")


def _check_free(path: Path) -> None:
    if not path.exists():
        return
    with contextlib.suppress(OSError):
        if path.is_dir() and not any(path.iterdir()):
            return
    raise OutputError("is there already", file=path, advice="Choose another place.")


def _hidden(path: Path, ending: str) -> Path:
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}{ending}")


def _make_locked(path: Path, stack: contextlib.ExitStack) -> Path:
    while True:
        partial = _hidden(path, _PARTIAL)
        partial.mkdir()
        # Before it is locked, somebody who tidies up may take it for an abandoned one.
        with contextlib.suppress(FileNotFoundError):
            handle = stack.enter_context(_opened(partial))
            fcntl.flock(handle, fcntl.LOCK_EX)
        if partial.exists():
            return partial


@contextlib.contextmanager
def _opened(folder: Path) -> Generator[int, None, None]:
    handle = os.open(folder, os.O_RDONLY)
    try:
        yield handle
    finally:
        os.close(handle)


def _tidy(partial: Path, path: Path, made: list[Path]) -> None:
    if partial != path:
        shutil.rmtree(partial, ignore_errors=True)
    for folder in made:
        with contextlib.suppress(OSError):
            folder.rmdir()


def _sync_all(folder: Path) -> None:
    for found in [*all_of(folder), folder]:
        # A link's target is somebody else's.
        if not found.is_symlink():
            sync_folder(found)


def _is_ours(name: str) -> bool:
    stem, _, ending = name.rpartition(".")
    mark = stem.rpartition(".")[2]
    return f".{ending}" in {_PARTIAL, _REMOVED} and len(mark) == 8 and set(mark) <= set("0123456789abcdef")


def _remove_if_idle(folder: Path) -> bool:
    with contextlib.suppress(OSError), _opened(folder) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
        return True
    return False
