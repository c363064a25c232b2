"""Folders that are written whole or not at all, and removed whole. Rule of the room: the standard library only.

A folder is filled under a hidden name beside its place, put on disk, and renamed. Whoever fills it holds a lock that
ends with the process, so that what a killed process left behind can be told from what another is still writing.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import shutil
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

from powertheft.domain.errors import OutputError

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}
_PARTIAL, _REMOVED, _BEFORE = ".partial", ".removed", ".before"


@contextlib.contextmanager
def new_folder(path: Path, *, replace: bool) -> Generator[Path, None, None]:
    """Give an empty hidden folder to fill; where the block ends well, it is on disk and takes the name `path`.

    A folder that is there is replaced if `replace` says so; it stays until the new one is complete. Raises
    OutputError where it cannot be written; what was there before is untouched then, and nothing is left behind.
    """
    path = Path(os.path.abspath(path))  # noqa: PTH100 a link at the place itself must not be followed
    made: list[Path] = []
    with contextlib.ExitStack() as stack:
        partial = path
        _check_free(path, replace=replace)
        try:
            made = [folder for folder in path.parents if not folder.exists()]
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = _make_locked(path, stack)
            yield partial
            _sync_all(partial)
            _put_in_place(partial, path, replace=replace)
        except OSError as error:
            _tidy(partial, path, made)
            raise refusal(path, error) from error
        except BaseException:
            # Ctrl-C, too, leaves nothing behind.
            _tidy(partial, path, made)
            raise


def write_folder(path: Path, files: Mapping[str, bytes], *, replace: bool) -> None:
    """Write files by their relative names into a new folder, on disk before its name appears; see `new_folder`."""
    with new_folder(path, replace=replace) as folder:
        for name, content in files.items():
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("xb") as stream:
                stream.write(content)


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

    What a living process is writing is left alone, and a folder that was about to be replaced gets its name back.
    """
    count = 0
    for found in sorted(parent.glob(".*")) if parent.is_dir() else []:
        if not found.is_dir() or found.is_symlink() or not _is_ours(found.name):
            continue
        if found.name.endswith(_BEFORE):
            count += _give_back(found)
        else:
            count += _remove_if_idle(found)
    return count


def check_writable(path: Path) -> None:
    """Refuse a place that may not be written to, before hours of work go into what should lie there.

    Raises OutputError if the folder that would hold it may not be changed.
    """
    nearest = next(folder for folder in Path(os.path.abspath(path)).parents if folder.exists())  # noqa: PTH100 as above
    if not nearest.is_dir():
        raise OutputError("lies below a file", file=path, advice="Choose another place.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise refusal(path, PermissionError(errno.EACCES, ""))


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


def _check_free(path: Path, *, replace: bool) -> None:
    if replace or not path.exists():
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


def _put_in_place(partial: Path, path: Path, *, replace: bool) -> None:
    before = path.with_name(f"{partial.name}{_BEFORE}")
    if replace and path.exists():
        path.rename(before)
    try:
        partial.rename(path)
    except OSError:
        if before.exists():
            before.rename(path)
        raise
    sync_folder(path.parent)
    shutil.rmtree(before, ignore_errors=True)


def _is_ours(name: str) -> bool:
    stem, _, ending = name.removesuffix(_BEFORE).rpartition(".")
    mark = stem.rpartition(".")[2]
    return f".{ending}" in {_PARTIAL, _REMOVED} and len(mark) == 8 and set(mark) <= set("0123456789abcdef")


def _remove_if_idle(folder: Path) -> bool:
    with contextlib.suppress(OSError), _opened(folder) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder)
        return True
    return False


def _give_back(before: Path) -> bool:
    """Finish what a killed replacement began: the old folder goes where the new one is there, and returns where not."""
    partial = before.with_name(before.name.removesuffix(_BEFORE))
    path = before.with_name(partial.name[1:].rsplit(".", 2)[0])
    with contextlib.suppress(OSError), _opened(partial if partial.exists() else before) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.exists():
            shutil.rmtree(before)
        else:
            before.rename(path)
        return True
    return False
