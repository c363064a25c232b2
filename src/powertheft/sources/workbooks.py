"""Excel and OpenDocument workbooks. Rule of the room: rename nothing; numbers and dates keep their types.

A process of its own reads the sheet, with a bound on memory and time: two cells in far corners make any reader ask for
more memory than there is, and a damaged file may end the process that reads it.
"""

import json
import os
import signal
import subprocess
import sys
import zipfile
from typing import Any

import polars as pl

from powertheft.domain.files import FileMetadata
from powertheft.sources.access import check_readable
from powertheft.sources.limits import GIB, MOST_BYTES, SHEET_SECONDS
from powertheft.sources.opened import Found, Opened, tidied
from powertheft.sources.survey import sha256_of

MAGICS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
WORKER = "powertheft.sources.sheet_worker"


def is_workbook(path: "os.PathLike[str]") -> bool:
    """Whether a file starts as workbooks do."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - any kind of path
            return stream.read(4).startswith(MAGICS)
    except OSError:
        return True


def open_workbook(found: Found) -> Opened:
    """Open one sheet of a workbook: the one asked for, else the one with most rows."""
    size = check_readable(found)
    if not is_workbook(found.path):
        raise found.refusal("is not an Excel file", "Is it a CSV? Then let its name end in .csv.")
    _check_size(found)
    target = found.scratch.new(".parquet")
    told = _run(found, str(target))
    if "what" in told:
        raise found.refusal(told["what"], told["advice"], column=told.get("column"))
    frame = tidied(pl.scan_parquet(target, glob=False))
    label = found.label if found.sheet else f"{found.label}#{told['sheet']}"
    metadata = FileMetadata(
        label,
        "excel",
        told["rows"],
        tuple(frame.collect_schema().names()),
        told["header_row"] + 1,
        found.size or size,
        sha256=found.sha256 or sha256_of(found.path),
        sheet=told["sheet"],
        header_row=told["header_row"],
    )
    return Opened(frame, metadata, tuple(told["notes"]), (target,))


def _check_size(found: Found) -> None:
    """Refuse a workbook, which is a ZIP, that says itself that it expands beyond all bounds."""
    if not zipfile.is_zipfile(found.path):
        return
    with zipfile.ZipFile(found.path) as archive:
        total = sum(info.file_size for info in archive.infolist())
    if total > MOST_BYTES // 16:
        raise found.refusal(f"expands to more than {MOST_BYTES // 16 // GIB} GiB", "Save the sheet alone, as CSV.")


def _run(found: Found, target: str) -> dict[str, Any]:
    words = [sys.executable, "-m", WORKER, str(found.path), found.sheet, target]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "OMP_NUM_THREADS": "1",
    }
    try:
        ended = subprocess.run(
            words, capture_output=True, timeout=SHEET_SECONDS, check=False, env=environment, stdin=subprocess.DEVNULL
        )
    except subprocess.TimeoutExpired as error:
        raise found.refusal(
            f"takes more than {SHEET_SECONDS // 60} minutes to read", "Save the sheet alone, as CSV."
        ) from error
    if ended.returncode == 0:
        return json.loads(ended.stdout)
    if ended.returncode in {-signal.SIGABRT, -signal.SIGKILL, 3}:
        what = "asks for more memory than any sheet needs"
        advice = "Delete stray cells far below or right of the table, or save the sheet as CSV."
        raise found.refusal(what, advice)
    raise found.refusal(
        "is a workbook that is damaged", "Open it in Excel and save it again, or save the sheet as CSV."
    )
