"""Delimited text (CSV), plain or compressed. Rule of the room: rename nothing; every value stays text.

Nothing is guessed about types, so leading zeros and odd words survive to the profile that knows what they mean.
"""

import csv
import io
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pyarrow as pa

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata
from powertheft.sources.access import check_readable
from powertheft.sources.faults import find_fault, find_short_row, find_stray_quote
from powertheft.sources.tidying import without_empty_text

DELIMITERS = (",", ";", "\t", "|")
COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
FOREIGN = {
    b"PK\x03\x04": ("is an Excel or ZIP file, not text", "Save the sheet as CSV (UTF-8)."),
    b"\xd0\xcf\x11\xe0": ("is an old Excel file, not text", "Save the sheet as CSV (UTF-8)."),
    b"PAR1": ("is a Parquet file, not text", "Let its name end in .parquet."),
    b"\xff\xfe": ("is text in UTF-16, not UTF-8", "Save it as CSV (UTF-8)."),
    b"\xfe\xff": ("is text in UTF-16, not UTF-8", "Save it as CSV (UTF-8)."),
}


def read_delimited(path: Path) -> tuple[pl.DataFrame, FileMetadata]:
    """Read a CSV (UTF-8; comma, semicolon, tab or bar) into text columns; values are trimmed, empty ones missing."""
    size = check_readable(path)
    header, first_row, delimiter = _read_header(path)
    frame = _collect(path, delimiter)
    if frame.is_empty():
        raise InputError("has a header but no rows", file=path, advice="Export it again with its rows.")
    # The library fills a row that is too short with missing values and says nothing, so the last column tells.
    if len(header) > 1 and frame.to_series(-1).null_count():
        _check_whole_rows(path, header=header, delimiter=delimiter)
    stripped = {name: name.strip() for name in frame.columns if name != name.strip()}
    frame = frame.rename(stripped)
    return frame, FileMetadata(str(path), "csv", frame.height, tuple(frame.columns), first_row, size)


@contextmanager
def open_text(path: Path) -> Generator[io.TextIOWrapper, None, None]:
    """Open plain or compressed text; bytes that are no UTF-8 come through as surrogates, to be found by their row."""
    with path.open("rb") as stream:
        head = stream.read(4)
    compression = next((name for magic, name in COMPRESSIONS.items() if head.startswith(magic)), None)
    with (
        pa.input_stream(str(path), compression=compression) as raw,
        io.TextIOWrapper(io.BufferedReader(raw), "utf-8-sig", "surrogateescape", newline="") as text,  # pyright: ignore[reportArgumentType] - a NativeFile is a raw stream in all but its declared type
    ):
        yield text


def _read_header(path: Path) -> tuple[list[str], int, str]:
    with path.open("rb") as stream:
        head = stream.read(4)
    for magic, (what, advice) in FOREIGN.items():
        if head.startswith(magic):
            raise InputError(what, file=path, advice=advice)
    header: list[str] = []
    line, delimiter = "", DELIMITERS[0]
    try:
        with open_text(path) as text:
            first_row = 1
            while not line.strip() and (line := text.readline()):
                first_row += 1
            delimiter = max(DELIMITERS, key=line.count)
            header = next(csv.reader([line], delimiter=delimiter), [])
    except (OSError, pa.ArrowException) as error:
        raise _refuse_compression(path) from error
    _check_header(path, header)
    return header, first_row, delimiter


def _check_header(path: Path, header: list[str]) -> None:
    names = [name.strip() for name in header]
    if not any(names):
        raise InputError("is empty", file=path, advice="Export or copy it again.")
    if any("\x00" in name for name in names):
        raise InputError("is not a text file", file=path, advice="Save it as CSV (UTF-8).")
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise InputError("there are two columns of this name", file=path, column=twice[0], advice="Rename one of them.")


def _collect(path: Path, delimiter: str) -> pl.DataFrame:
    try:
        scan = pl.scan_csv(path, separator=delimiter, infer_schema=False, glob=False)
        frame = scan.with_columns(pl.all().str.strip_chars()).collect(engine="streaming")
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _diagnose(path, delimiter) from error
    _check_text(path, frame)
    return without_empty_text(frame)


def _check_text(path: Path, frame: pl.DataFrame) -> None:
    """Refuse cells with a NUL, which no text has: the file was damaged, or is no text at all."""
    for column in frame.columns:
        odd = frame[column].str.contains("\x00", literal=True).arg_true()
        if len(odd):
            row = int(odd[0]) + _read_header(path)[1]
            what, advice = "holds a NUL, which no text has", "Export or copy the file again."
            raise InputError(what, file=path, row=row, column=column.strip(), advice=advice)


def _diagnose(path: Path, delimiter: str) -> InputError:
    try:
        with open_text(path) as text:
            fault = find_fault(csv.reader(text, delimiter=delimiter, strict=True))
        if fault is None:
            with open_text(path) as text:
                fault = find_stray_quote(text)
    except (OSError, pa.ArrowException):
        return _refuse_compression(path)
    if fault is None:
        return InputError("cannot be read as CSV", file=path, advice="Save it again as CSV (UTF-8).")
    return InputError(fault.what, file=path, row=fault.row, advice=fault.advice)


def _refuse_compression(path: Path) -> InputError:
    return InputError("is a compressed file that is cut short or damaged", file=path, advice="Copy it again, in full.")


def _check_whole_rows(path: Path, *, header: list[str], delimiter: str) -> None:
    lines = pl.scan_csv(
        path, separator="\x1f", quote_char=None, has_header=False, infer_schema=False, glob=False, new_columns=["line"]
    )
    line = pl.col("line")
    suspicious = line.str.count_matches(delimiter, literal=True) < len(header) - 1
    if lines.select((suspicious | line.str.contains('"', literal=True)).any()).collect().item():
        with open_text(path) as text:
            fault = find_short_row(csv.reader(text, delimiter=delimiter), len(header))
        if fault:
            raise InputError(fault.what, file=path, row=fault.row, advice=fault.advice)
