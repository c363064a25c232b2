"""The kinds of files and the reader of each. Rule of the room: rename nothing.

The registry of formats is `READERS`, from a file's ending to its reader; there is no other.
"""

import csv
from pathlib import Path

READERS: dict[str, str] = {
    ".csv": "powertheft.sources.delimited.open_delimited",
    ".csv.gz": "powertheft.sources.delimited.open_delimited",
    ".csv.zst": "powertheft.sources.delimited.open_delimited",
    ".parquet": "powertheft.sources.parquet.open_parquet",
    ".parq": "powertheft.sources.parquet.open_parquet",
    ".tsv": "powertheft.sources.delimited.open_delimited",
    ".tsv.gz": "powertheft.sources.delimited.open_delimited",
    ".tsv.zst": "powertheft.sources.delimited.open_delimited",
    ".txt": "powertheft.sources.delimited.open_delimited",
    ".txt.gz": "powertheft.sources.delimited.open_delimited",
    ".txt.zst": "powertheft.sources.delimited.open_delimited",
    ".xlsx": "powertheft.sources.workbooks.open_workbook",
    ".xls": "powertheft.sources.workbooks.open_workbook",
    ".ods": "powertheft.sources.workbooks.open_workbook",
    ".jsonl": "powertheft.sources.json_lines.open_json_lines",
    ".jsonl.gz": "powertheft.sources.json_lines.open_json_lines",
    ".jsonl.zst": "powertheft.sources.json_lines.open_json_lines",
    ".ndjson": "powertheft.sources.json_lines.open_json_lines",
    ".ndjson.gz": "powertheft.sources.json_lines.open_json_lines",
    ".ndjson.zst": "powertheft.sources.json_lines.open_json_lines",
}
ZIP = ".zip"
ENDINGS = (*READERS, ZIP)
WORKBOOKS = (".xlsx", ".xls", ".ods")
WORKBOOK_MAGICS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def ending_of(name: str) -> str | None:
    """Return the ending by which a file is read, or None."""
    name = name.casefold()
    return next((ending for ending in ENDINGS if name.endswith(ending) and name != ending), None)


def without_ending(name: str) -> str:
    """Return a file's name in small letters without its ending."""
    name = name.casefold()
    return name.removesuffix(ending_of(name) or "")


def is_data(path: Path, *, named: bool = False) -> bool:
    """Whether a file is of a kind that is read here.

    In a folder a text without columns (a read-me) is none, and what only calls itself a workbook is none anywhere.
    """
    ending = ending_of(path.name)
    if ending is None or path.name.startswith(("~$", "._")):
        return False
    if ending in WORKBOOKS:
        return starts_as(path, WORKBOOK_MAGICS)
    return named or ending != ".txt" or _has_columns(path)


def endings_advice() -> str:
    """Return what to do where a file is of another kind."""
    return f"Give a file that ends in one of {', '.join(ENDINGS)}."


def starts_as(path: Path, magics: tuple[bytes, ...]) -> bool:
    """Whether the first bytes of a file are one of those; also where it cannot be opened: its reader says why."""
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
    except OSError:
        return True
    return head.startswith(magics)


def _has_columns(path: Path) -> bool:
    # Late: the dialects are only needed where a folder holds a .txt.
    from powertheft.sources.dialects import find_delimiter, find_encoding

    try:
        with path.open("rb") as stream:
            head = stream.read(1 << 16)
    except OSError:
        return True
    lines = [line for line in head.decode(find_encoding(head), "replace").splitlines()[:50] if line.strip()]
    if len(lines) < 2:
        return False
    delimiter = find_delimiter(lines)
    widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
    return widths[0] > 1 and widths.count(widths[0]) >= 0.8 * len(widths)
