"""Finding the row at which a CSV stops being one. Rule of the room: rename nothing.

A slow second look in plain Python, taken only after the fast reader has refused a file without saying where.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

QUOTED = re.compile(r'"(?:[^"]|"")*"')
QUOTE_ADVICE = "Remove it, or double it and put the whole value in quotation marks."
SEPARATOR_ADVICE = "Look for a separator inside a value (put such a value in quotation marks), or export it again."


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a row, as a person counts rows, and what to do."""

    row: int
    what: str
    advice: str


def find_fault(rows: Iterator[list[str]]) -> Fault | None:
    """Return the first row that is broken, has bytes that are no UTF-8, or too many or too few values."""
    number, width = 0, 0
    try:
        for number, values in enumerate(rows, start=1):
            if not values:
                continue
            width = width or len(values)
            if len(values) != width:
                return _ragged(number, len(values), width)
            if any(_has_stray_bytes(value) for value in values):
                return Fault(number, "is not text in UTF-8", "Save it as CSV (UTF-8).")
    except csv.Error:
        return Fault(number + 1, "a quotation mark is never closed, or stands inside a value", QUOTE_ADVICE)
    return None


def find_stray_quote(lines: Iterable[str]) -> Fault | None:
    """Return the first line with a quotation mark left over once the well-formed quoted values are gone."""
    for number, line in enumerate(lines, start=1):
        if '"' in line and '"' in QUOTED.sub("", line):
            return Fault(number, "a quotation mark stands inside a value", QUOTE_ADVICE)
    return None


def find_short_row(rows: Iterator[list[str]], width: int) -> Fault | None:
    """Return the first row with fewer values than the header; a row without any value is only blank."""
    for number, values in enumerate(rows, start=1):
        if 0 < len(values) < width and any(values):
            return _ragged(number, len(values), width)
    return None


def find_nul(lines: Iterable[str], delimiter: str) -> tuple[int, int]:
    """Return row and column (from 0) of the first NUL."""
    number, line = next((number, line) for number, line in enumerate(lines, start=1) if "\x00" in line)
    return number, line[: line.index("\x00")].count(delimiter)


def _ragged(number: int, found: int, width: int) -> Fault:
    values = "value" if found == 1 else "values"
    return Fault(number, f"has {found} {values} where the header has {width}", SEPARATOR_ADVICE)


def _has_stray_bytes(value: str) -> bool:
    return not value.isascii() and any("\udc80" <= letter <= "\udcff" for letter in value)
