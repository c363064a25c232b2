"""The files of a model bundle, and the ways they can be broken. Rule of the room: the scikit-learn contract."""

from collections.abc import Iterator
from pathlib import Path

from powertheft.domain.errors import BundleError
from powertheft.domain.folders import all_of


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
