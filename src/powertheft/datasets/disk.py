"""What the system refused, told from what Polars makes of it. Rule of the room: a version never changes."""

import contextlib
import os
import re
from collections.abc import Generator

import polars as pl


@contextlib.contextmanager
def system_errors() -> Generator[None, None, None]:
    """Raise the OSError that lies below an error of Polars (a full disk, say), and any other as it is."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        # Polars raises either, and in both the number stands in the words only.
        number = re.search(r"\(os error (\d+)\)", str(error))
        if number is None:
            raise
        raise OSError(int(number[1]), os.strerror(int(number[1]))) from error
