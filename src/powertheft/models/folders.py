"""Folders that are written whole or not at all. Rule of the room: the scikit-learn contract."""

import errno
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from powertheft.domain.errors import BundleError, OutputError
from powertheft.domain.folders import all_of, refusal, sync_folder
from powertheft.writing.whole import write_whole


def write_folder(path: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their relative names into a new folder, on disk before its name appears.

    A folder that is already there is replaced; it stays until the new one is complete.

    Raises
    ------
    OutputError
        If it cannot be written; what was there before is untouched then, and nothing is left behind.
    """
    try:
        write_whole({path: lambda folder: _write_files(folder, files)})
        sync_folder(path.absolute().parent)
    except OSError as error:
        raise refusal(path, error) from error


def check_writable(path: Path) -> None:
    """Refuse a place that may not be written to, before hours of work go into what should lie there.

    Raises
    ------
    OutputError
        If the folder that would hold it may not be changed.
    """
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 a link at the place itself must not be followed
    nearest = next(folder for folder in absolute.parents if folder.exists())
    if not nearest.is_dir():
        raise OutputError("lies below a file", file=path, advice="Choose another place.")
    if not os.access(nearest, os.W_OK | os.X_OK):
        raise refusal(path, PermissionError(errno.EACCES, ""))


def read_folder(path: Path, required: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """Yield every file of a folder by its relative name.

    Raises
    ------
    BundleError
        If the folder or one of the required files is not there, cannot be read, or is not a plain file.
    """
    _check_is_bundle(path, required)
    try:
        for found in sorted(all_of(path)):
            if found.is_symlink() or not (found.is_file() or found.is_dir()):
                msg = f"the model bundle holds something that is not a plain file: {found.relative_to(path)}"
                raise BundleError(msg, file=path, advice="Move it elsewhere.")
            if found.is_file():
                yield found.relative_to(path).as_posix(), found.read_bytes()
    except OSError as error:
        msg = f"the model bundle cannot be read ({error.strerror})"
        advice = "Ask for permission to read it, or copy it."
        raise BundleError(msg, file=error.filename or path, advice=advice) from error


def _check_is_bundle(path: Path, required: tuple[str, ...]) -> None:
    try:
        present = {name for name in required if (path / name).is_file()} if path.is_dir() else set[str]()
        holds = any(path.iterdir()) if path.is_dir() else False
    except OSError as error:
        msg = f"the model bundle cannot be read ({error.strerror})"
        raise BundleError(msg, file=path, advice="Ask for permission to read it, or copy it.") from error
    if not path.is_dir() or not holds or not (present or (path / "golden.json").is_file()):
        msg = "is not a model bundle" if path.exists() else "there is no model bundle here"
        raise BundleError(msg, file=path, advice="Name the folder that `powertheft train` wrote.")
    for name in required:
        if name not in present:
            msg = f"the model bundle is not complete: {name} is missing"
            raise BundleError(msg, file=path, advice="Copy the whole folder again, or train the model again.")


def _write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir()
    folders = {folder}
    for name, content in files.items():
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        folders.add(target.parent)
        with target.open("xb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    for made in folders:
        sync_folder(made)
