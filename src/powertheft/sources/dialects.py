"""Telling encoding, delimiter and header of a text from its head. Rule of the room: rename nothing."""

import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

DELIMITERS = (",", ";", "\t", "|")
UTF8 = "utf-8"
WINDOWS = "windows-1252"
BYTE_ORDER_MARKS = {
    b"\xff\xfe\x00\x00": "utf-32",
    b"\x00\x00\xfe\xff": "utf-32",
    b"\xef\xbb\xbf": UTF8,
    b"\xff\xfe": "utf-16-le",
    b"\xfe\xff": "utf-16-be",
}


def find_encoding(head: bytes) -> str:
    """Return the encoding that the head of a text shows: a Unicode one, else UTF-8 until a later look refutes it."""
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    pairs = len(head) // 2
    even, odd = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    # Digits, delimiters and line ends of UTF-16 have a zero on one side, whatever the script of the names.
    if b"\n\0" in head and odd >= 0.15 * pairs and even <= 0.01 * pairs:
        return "utf-16-le"
    if b"\0\n" in head and even >= 0.15 * pairs and odd <= 0.01 * pairs:
        return "utf-16-be"
    return UTF8


def find_delimiter(lines: Sequence[str]) -> str:
    """Return the delimiter by which most lines of the head fall into the same number of values."""
    best = max(DELIMITERS, key=lambda delimiter: _agreement(lines, delimiter))
    return best if _agreement(lines, best) > (0, 0) else DELIMITERS[0]


def _agreement(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    widths = [len(row) for row in split_rows(lines, delimiter) if row]
    if not widths:
        return (0, 0)
    common = Counter(widths).most_common()
    # Of equally frequent widths the larger: a title over a short table must not outvote it.
    usual = max(width for width, count in common if count == common[0][1])
    if usual < 2:
        usual = max(widths) if max(widths) > 1 and len(widths) < 3 else 0
    if not usual:
        return (0, 0)
    from_first = widths[widths.index(usual) :]
    return (from_first.count(usual) / len(widths), usual)


def split_rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """Return the values of each line, as far as its quotation marks allow."""
    rows: list[list[str]] = []
    reader = csv.reader(lines, delimiter=delimiter)
    # A broken quotation mark far down does no harm: what stands before it is enough to tell.
    with suppress(csv.Error):
        rows.extend(reader)
    return rows


def find_header(rows: Sequence[Sequence[object]], *, least: int = 3) -> int:
    """Return the index of the row that names the columns: the first, unless titles and blank rows stand over it.

    A title fills at most half as many cells as the rows under it do, which must be `least` or more; a header is words.
    """
    filled = [sum(cell is not None and str(cell).strip() != "" for cell in row) for row in rows]
    first = next((index for index, count in enumerate(filled) if count), 0)
    counts = sorted(count for count in filled[first:] if count) or [0]
    usual = counts[len(counts) * 3 // 4]
    if usual < least or filled[first] > usual / 2:
        return first
    header = next((index for index in range(first, len(rows)) if filled[index] > usual / 2), first)
    return header if _is_words(rows[header]) else first


def _is_words(row: Sequence[object]) -> bool:
    cells = [str(cell) for cell in row if cell is not None and str(cell).strip()]
    words = [cell for cell in cells if any(letter.isalpha() for letter in cell) or not cell.isascii()]
    return 2 * len(words) >= len(cells)
