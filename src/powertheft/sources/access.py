"""What every reader checks before it reads. Rule of the room: rename nothing."""

from pathlib import Path

from powertheft.domain.errors import InputError


def check_readable(path: Path) -> int:
    """Return the file's size in bytes; raise InputError where it is absent, closed to us, or empty."""
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise InputError("no such file", file=path, advice="Check the path for a slip.") from error
    except IsADirectoryError as error:
        raise InputError("is a folder, not a file", file=path, advice="Give the file itself.") from error
    except PermissionError as error:
        raise InputError("may not be read by you", file=path, advice="Ask for the right to read it.") from error
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})", file=path, advice="Check the disk.") from error
    if empty:
        raise InputError("is empty", file=path, advice="Export or copy it again.")
    return size
