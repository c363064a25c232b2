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

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata
from powertheft.sources.access import check_readable
from powertheft.sources.endings import WORKBOOK_MAGICS, starts_as
from powertheft.sources.limits import GIB, MOST_BYTES, SHEET_SECONDS
from powertheft.sources.opened import Found, Opened, tidied
from powertheft.sources.survey import sha256_of

WORKER = "powertheft.sources.sheet_worker"


def open_workbook(found: Found) -> Opened:
    """Open one sheet of a workbook: the one asked for, else the one with most rows."""
    size = check_readable(found)
    if not starts_as(found.path, WORKBOOK_MAGICS):
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
        size,
        sha256=sha256_of(found.path),
        sheet=told["sheet"],
        header_row=told["header_row"],
    )
    return Opened(frame, metadata, tuple(told["notes"]), (target,))


def _check_size(found: Found) -> None:
    """Refuse a workbook, which is a ZIP, that says itself that it expands beyond all bounds."""
    if not starts_as(found.path, (b"PK",)):
        return
    try:
        with zipfile.ZipFile(found.path) as archive:
            total = sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise _damaged(found) from error
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
    raise _damaged(found)


def _damaged(found: Found) -> InputError:
    advice = "Open it in Excel and save it again, or save the sheet as CSV."
    return found.refusal("is a workbook that is damaged", advice)
