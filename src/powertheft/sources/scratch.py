"""Files of ours that a source was copied into, so that it can be scanned. Rule of the room: rename nothing.

The folder comes into being with its first file, and one call takes it away with all that is in it.
"""

import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from powertheft.domain.errors import OutputError


class Scratch:
    """A folder of our own below `root` (below the system's folder for temporary files where none is given)."""

    def __init__(self, root: Path | None = None) -> None:
        self._root, self._folder, self._count = root, None, 0

    def new(self, suffix: str) -> Path:
        """Return the path of a new, empty file."""
        with _writing(self._root):
            if self._folder is None:
                if self._root is not None:
                    self._root.mkdir(parents=True, exist_ok=True)
                self._folder = Path(tempfile.mkdtemp(prefix="powertheft-", dir=self._root))
            self._count += 1
            path = self._folder / f"{self._count:05}{suffix}"
            path.touch()
        return path

    def owns(self, path: Path) -> bool:
        """Whether a file is one of ours, and not where a person put it."""
        return self._folder is not None and path.parent == self._folder

    def remove(self) -> None:
        """Delete the folder with all its files."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def keep_only(self, files: set[Path]) -> None:
        """Delete what is in the folder except these files; without any of them, the folder too."""
        if self._folder is None:
            return
        for path in self._folder.iterdir():
            if path not in files:
                path.unlink()
        if not any(self._folder.iterdir()):
            self.remove()

    @contextmanager
    def writing(self) -> Generator[None, None, None]:
        """Turn the system's refusal to write into one that a person can act on."""
        with _writing(self._folder or self._root):
            yield


@contextmanager
def _writing(place: Path | None) -> Generator[None, None, None]:
    try:
        yield
    except OSError as error:
        raise OutputError(
            f"cannot be written to ({error.strerror or error})",
            file=place or tempfile.gettempdir(),
            advice="A copy of the data is made there while they are read: free some space, or name another folder.",
        ) from error
