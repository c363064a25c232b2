"""What every reader checks before it reads. Rule of the room: rename nothing."""

from powertheft.domain.errors import InputError
from powertheft.sources.opened import Found


def check_readable(found: Found) -> int:
    """Return the file's size in bytes; raise InputError where it is absent, closed to us, or empty."""
    path, label = found.path, found.label
    try:
        with path.open("rb") as stream:
            empty = not stream.read(1)
        size = path.stat().st_size
    except FileNotFoundError as error:
        raise InputError("no such file", file=label, advice="Check the path for a slip.") from error
    except IsADirectoryError as error:
        raise InputError("is a folder, not a file", file=label, advice="Give the file itself.") from error
    except PermissionError as error:
        raise InputError("may not be read by you", file=label, advice="Ask for the right to read it.") from error
    except OSError as error:
        raise InputError(f"cannot be opened ({error.strerror})", file=label, advice="Check the disk.") from error
    if empty:
        raise InputError("is empty", file=label, advice="Export or copy it again.")
    return size
