"""Delimited text (CSV, TSV), plain or compressed. Rule of the room: rename nothing; every value stays text.

Nothing is guessed about types, so leading zeros and odd words survive to the profile that knows what they mean. A plain
file in UTF-8 is scanned where it lies; what the fast reader cannot scan is first copied into scratch as such a file.
"""

import csv
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata
from powertheft.sources.access import check_readable
from powertheft.sources.dialects import find_delimiter, find_header, split_rows
from powertheft.sources.faults import find_fault, find_nul, find_short_row, find_stray_quote
from powertheft.sources.limits import HEAD, HEAD_ROWS, LONGEST_LINE, MIB, MOST_COLUMNS
from powertheft.sources.opened import Found, Opened, tidied
from powertheft.sources.survey import Survey, sha256_of, survey_text
from powertheft.sources.texts import Plain, from_windows, open_text, plain_text
from powertheft.sources.unpacking import unpack


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where the columns' names stand, and how values are told apart."""

    names: tuple[str, ...]
    delimiter: str
    skipped: int
    header_row: int
    data_start: int

    @property
    def first_row(self) -> int:
        return self.header_row + 1


def open_delimited(found: Found) -> Opened:
    """Open a CSV of any delimiter and encoding as text columns; values are trimmed, empty ones missing."""
    size = check_readable(found)
    unpacked = unpack(found)
    plain = plain_text(unpacked)
    layout, survey = _surveyed(unpacked, plain)
    if not survey.is_utf8:
        plain = from_windows(unpacked, plain)
        layout, survey = _surveyed(unpacked, plain)
    if survey.has_nul:
        _refuse_nul(found, plain.path, layout)
    rows = survey.lines if survey.is_regular else _checked_rows(found, plain.path, layout)
    if not rows:
        raise found.refusal("has a header but no rows", "Export it again with its rows.")
    frame = _named(_scan(plain.path, layout), is_trim=survey.is_trim)
    metadata = FileMetadata(
        found.label,
        "csv",
        rows,
        tuple(frame.collect_schema().names()),
        layout.first_row,
        size,
        sha256=survey.sha256 if plain.path == found.path else sha256_of(found.path),
        encoding=plain.encoding,
        delimiter=layout.delimiter,
        header_row=layout.header_row,
    )
    return Opened(frame, metadata, plain.notes, found.staged(plain.path))


def _named(frame: pl.LazyFrame, *, is_trim: bool) -> pl.LazyFrame:
    """Return the frame with values and names trimmed, where there is anything to trim: the fast reader's own else."""
    given = frame.collect_schema().names()
    names = [name.strip() for name in given]
    frame = frame if is_trim else tidied(frame)
    return frame if given == names else frame.rename(dict(zip(given, names, strict=True)))


def _surveyed(found: Found, plain: Plain) -> tuple[_Layout, Survey]:
    layout = _find_layout(found, plain.path)
    survey = survey_text(plain.path, data_start=layout.data_start, delimiter=layout.delimiter, fields=len(layout.names))
    if survey.longest > LONGEST_LINE:
        raise _too_long(found)
    return layout, survey


def _too_long(found: Found) -> InputError:
    advice = "It is damaged, or no table. Look whether line ends are missing, or export it again."
    return found.refusal(f"has a line of more than {LONGEST_LINE // MIB} MiB", advice)


def _read_head(found: Found, path: Path) -> bytes:
    """Return the first bytes of a text, in any case the first line that is not blank."""
    with path.open("rb") as stream:
        head = stream.read(HEAD)
        while b"\n" not in head.lstrip(b"\xef\xbb\xbf\r\n") and (more := stream.read(HEAD)):
            head += more
            if len(head) > LONGEST_LINE:
                raise _too_long(found)
    return head


def _find_layout(found: Found, path: Path) -> _Layout:
    head = _read_head(found, path)
    # Only line ends count as such: text may hold other separators that `splitlines` honours.
    lines = _lines_of(head.decode("utf-8-sig", "surrogateescape"))[:HEAD_ROWS]
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise found.refusal("is empty", "Export or copy it again.")
    delimiter = find_delimiter(filled)
    at = find_header([next(iter(split_rows([line], delimiter)), []) for line in lines])
    record, used = _first_record(lines[at:], delimiter)
    _check_header(found, record)
    mark = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    before = "".join(lines[: at + used]).encode("utf-8", "surrogateescape")
    blank_only = not "".join(lines[:at]).strip()
    return _Layout(tuple(record), delimiter, 0 if blank_only else at, at + 1, mark + len(before))


def _lines_of(text: str) -> list[str]:
    lines = text.split("\n")
    return [line + "\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _first_record(lines: list[str], delimiter: str) -> tuple[list[str], int]:
    """Return the header's values, and the lines it takes: more than one where a quoted name has a line end."""
    reader = csv.reader(lines, delimiter=delimiter)
    try:
        record = next(reader, [])
    except csv.Error:
        record = []
    return record, max(reader.line_num, 1)


def _check_header(found: Found, header: list[str]) -> None:
    names = [name.strip() for name in header]
    if not any(names):
        raise found.refusal("is empty", "Export or copy it again.")
    if any("\x00" in name for name in names):
        raise found.refusal("is not a text file", "Save it as CSV (UTF-8).")
    if len(names) > MOST_COLUMNS:
        raise found.refusal(
            f"has {len(names):,} columns, more than the {MOST_COLUMNS:,} that are read", "Split it, or export fewer."
        )
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise found.refusal("there are two columns of this name", "Rename one of them.", column=twice[0])


def _scan(path: Path, layout: _Layout) -> pl.LazyFrame:
    return pl.scan_csv(path, separator=layout.delimiter, infer_schema=False, glob=False, skip_lines=layout.skipped)


def _checked_rows(found: Found, path: Path, layout: _Layout) -> int:
    """Read a file with quotation marks, blank lines or ragged rows through once: it is whole, or the row is named."""
    try:
        counts = _scan(path, layout).select(pl.len().alias("\0rows"), pl.all().null_count())
        rows, *missing = counts.collect(engine="streaming").row(0)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise _diagnose(found, path, layout) from error
    # The library fills a row that is too short with missing values and says nothing, so the last column tells.
    if len(layout.names) > 1 and missing[-1]:
        _check_whole_rows(found, path, layout)
    return rows


def _diagnose(found: Found, path: Path, layout: _Layout) -> InputError:
    with open_text(path) as text:
        below = islice(text, layout.skipped, None)
        fault = find_fault(csv.reader(below, delimiter=layout.delimiter, strict=True))
    if fault is None:
        with open_text(path) as text:
            fault = find_stray_quote(islice(text, layout.skipped, None))
    if fault is None:
        return found.refusal("cannot be read as CSV", "Save it again as CSV (UTF-8).")
    return found.refusal(fault.what, fault.advice, row=fault.row + layout.skipped)


def _refuse_nul(found: Found, path: Path, layout: _Layout) -> None:
    with open_text(path) as text:
        row, column = find_nul(text, layout.delimiter)
    name = layout.names[column].strip() if column < len(layout.names) else None
    raise found.refusal("holds a NUL, which no text has", "Export or copy the file again.", row=row, column=name)


def _check_whole_rows(found: Found, path: Path, layout: _Layout) -> None:
    lines = pl.scan_csv(
        path, separator="\x1f", quote_char=None, has_header=False, infer_schema=False, glob=False, new_columns=["line"]
    )
    line = pl.col("line")
    suspicious = line.str.count_matches(layout.delimiter, literal=True) < len(layout.names) - 1
    whole = lines.select((suspicious | line.str.contains('"', literal=True)).any()).collect(engine="streaming")
    if whole.item():
        with open_text(path) as text:
            below = islice(text, layout.skipped, None)
            fault = find_short_row(csv.reader(below, delimiter=layout.delimiter), len(layout.names))
        if fault:
            raise found.refusal(fault.what, fault.advice, row=fault.row + layout.skipped)
