"""Parquet files. Rule of the room: rename nothing; types are kept as the file has them."""

from pathlib import Path

import polars as pl

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata
from powertheft.sources.access import check_readable
from powertheft.sources.tidying import tidy

MAGIC = b"PAR1"


def read_parquet(path: Path) -> tuple[pl.DataFrame, FileMetadata]:
    """Read a Parquet file; text is trimmed and empty text is missing, as in a CSV."""
    size = check_readable(path)
    frame = _collect(path)
    if frame.is_empty():
        raise InputError("holds no rows", file=path, advice="Export it again with its rows.")
    return frame, FileMetadata(str(path), "parquet", frame.height, tuple(frame.columns), 1, size)


def _collect(path: Path) -> pl.DataFrame:
    try:
        return tidy(pl.scan_parquet(path, glob=False).collect())
    # A damaged page can make the reader panic, which is no Exception; to a person it is the same damaged file.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _refusal(path) from error


def _refusal(path: Path) -> InputError:
    with path.open("rb") as stream:
        head = stream.read(len(MAGIC))
        stream.seek(max(0, path.stat().st_size - len(MAGIC)))
        tail = stream.read(len(MAGIC))
    if head != MAGIC:
        return InputError("is not a Parquet file", file=path, advice="Is it a CSV? Then let its name end in .csv.")
    if tail != MAGIC:
        return InputError("is a Parquet file that is cut short", file=path, advice="Copy or export it again, in full.")
    return InputError("is a Parquet file that is damaged", file=path, advice="Copy or export it again.")
