"""JSON lines: one flat object a line. Rule of the room: rename nothing; every value stays the text that it was."""

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, cast

import polars as pl

from powertheft.domain.files import FileMetadata
from powertheft.sources.access import check_readable
from powertheft.sources.limits import BATCH_ROWS, LONGEST_LINE, MIB, MOST_COLUMNS
from powertheft.sources.opened import Found, Opened, tidied
from powertheft.sources.survey import sha256_of
from powertheft.sources.texts import from_windows, plain_text
from powertheft.sources.unpacking import unpack

READ = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, strict=False)
ADVICE = 'Each line must be one object of names and single values, as {"meter": "7", "code": 11}.'


def open_json_lines(found: Found) -> Opened:
    """Open a file of JSON objects, one a line, as text columns; a name that a line lacks is missing there."""
    size = check_readable(found)
    unpacked = unpack(found)
    plain = plain_text(unpacked)
    try:
        frames = _batches(unpacked, plain.path)
        parts, rows = _write(unpacked, frames)
    except UnicodeDecodeError:
        plain = from_windows(unpacked, plain)
        parts, rows = _write(unpacked, _batches(unpacked, plain.path))
    frame = pl.concat([pl.scan_parquet(path, glob=False) for path in parts], how="diagonal")
    names = tuple(frame.collect_schema().names())
    metadata = FileMetadata(
        found.label,
        "json lines",
        rows,
        names,
        1,
        size,
        sha256=sha256_of(found.path),
        encoding=plain.encoding,
    )
    return Opened(tidied(frame), metadata, plain.notes, tuple(parts))


def _write(found: Found, frames: Iterator[pl.DataFrame]) -> tuple[list[Path], int]:
    parts: list[Path] = []
    rows = 0
    for frame in frames:
        path = found.scratch.new(".parquet")
        with found.scratch.writing():
            frame.write_parquet(path, compression="zstd")
        parts.append(path)
        rows += frame.height
    if not rows:
        raise found.refusal("holds no rows", "Export it again with its rows.")
    return parts, rows


def _batches(found: Found, path: Path) -> Iterator[pl.DataFrame]:
    with path.open("rb") as stream:
        first_row = 1
        while lines := list(islice(iter(lambda: stream.readline(LONGEST_LINE + 1), b""), BATCH_ROWS)):
            given = _objects(found, lines, first_row)
            first_row += len(lines)
            while given and not given[-1] and len(lines) < BATCH_ROWS:
                given.pop()
            if given:
                yield _frame(found, given, first_row - len(lines))


def _objects(found: Found, lines: list[bytes], first_row: int) -> list[dict[str, Any]]:
    """Return what the lines say: all at once where they look as they should, else one by one to name the row."""
    stripped = [line.strip() for line in lines]
    if all(line.startswith(b"{") and line.endswith(b"}") for line in stripped):
        with suppress(ValueError, RecursionError):
            given = READ.decode("[" + b",".join(stripped).decode("utf-8") + "]")
            if len(given) == len(lines):
                return given
    return [_object(found, number, line) for number, line in enumerate(lines, start=first_row)]


def _frame(found: Found, given: list[dict[str, Any]], first_row: int) -> pl.DataFrame:
    names: dict[str, Any] = {}
    for one in given:
        names.update(one)
    if len(names) > MOST_COLUMNS:
        what = f"has more than {MOST_COLUMNS:,} different names"
        raise found.refusal(what, "Are values written as names? Export it again, as a table.")
    columns = _columns(given, list(names))
    for name, values in columns.items():
        if set(map(type, values)) - {str, type(None)}:
            columns[name] = [_text(found, first_row + index, name, value) for index, value in enumerate(values)]
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def _columns(given: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    if len(names) > 1:
        # Nearly every file has all names in each line, which is twice as fast.
        with suppress(KeyError):
            return dict(zip(names, zip(*map(itemgetter(*names), given), strict=True), strict=True))
    return {name: [one.get(name) for one in given] for name in names}


def _object(found: Found, number: int, line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise found.refusal(f"has a line of more than {LONGEST_LINE // MIB} MiB", ADVICE, row=number)
    text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    if not text:
        return {}
    try:
        given = READ.decode(text)
    except (ValueError, RecursionError) as error:
        raise found.refusal("is not JSON", ADVICE, row=number) from error
    if not isinstance(given, dict):
        raise found.refusal("is not an object of names and values", ADVICE, row=number)
    return cast("dict[str, Any]", given)


def _text(found: Found, number: int, name: str, value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    raise found.refusal("holds a list or an object, not a single value", ADVICE, row=number, column=name)
