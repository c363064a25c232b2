"""Parquet files. Rule of the room: rename nothing; types are kept as the file has them."""

from pathlib import Path

import polars as pl

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata
from powertheft.sources.access import check_readable
from powertheft.sources.limits import MOST_COLUMNS
from powertheft.sources.opened import Found, Opened, tidied
from powertheft.sources.survey import sha256_of

MAGIC = b"PAR1"


def open_parquet(found: Found) -> Opened:
    """Open a Parquet file; text is trimmed and empty text is missing, as in a CSV."""
    size = check_readable(found)
    try:
        scan = pl.scan_parquet(found.path, glob=False)
        frame = tidied(scan)
        names = tuple(frame.collect_schema().names())
        if len(names) > MOST_COLUMNS:
            what = f"has {len(names):,} columns, more than the {MOST_COLUMNS:,} that are read"
            raise found.refusal(what, "Split it, or export fewer.")
        rows = _checked_rows(scan)
    # A damaged page can make the reader panic, which is no Exception; to a person it is the same damaged file.
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _refusal(found) from error
    if not rows:
        raise found.refusal("holds no rows", "Export it again with its rows.")
    metadata = FileMetadata(found.label, "parquet", rows, names, 1, size, sha256=sha256_of(found.path))
    return Opened(frame, metadata, staged=found.staged(found.path))


def _checked_rows(scan: pl.LazyFrame) -> int:
    """Decode every page once, streamed, so that damage is found here and not half-way through an import."""
    return scan.select(pl.len().alias("\0rows"), pl.all().null_count()).collect(engine="streaming").row(0)[0]


def _refusal(found: Found) -> InputError:
    path: Path = found.path
    with path.open("rb") as stream:
        head = stream.read(len(MAGIC))
        stream.seek(max(0, path.stat().st_size - len(MAGIC)))
        tail = stream.read(len(MAGIC))
    if head != MAGIC:
        return found.refusal("is not a Parquet file", "Is it a CSV? Then let its name end in .csv.")
    if tail != MAGIC:
        return found.refusal("is a Parquet file that is cut short", "Copy or export it again, in full.")
    return found.refusal("is a Parquet file that is damaged", "Copy or export it again.")
