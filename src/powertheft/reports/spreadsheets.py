"""Rows as a file that a spreadsheet opens: CSV and Excel. Rule of the room: show what it is given.

A cell that begins with one of = + - @ would be run as a formula by whoever opens the file: it stays text.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from powertheft.reports.writing import write_files

FORMULA = r"^[=+\-@\t\r]"
MOST_ROWS = 1_048_575
"""Rows that a sheet holds below its head."""

WIDEST = 60
ROWS_AT_ONCE = 10_000


def write_rows_as_csv(path: Path, rows: pl.DataFrame) -> None:
    """Write rows as CSV in UTF-8; a text that a spreadsheet would run gets an apostrophe in front."""
    write_pieces_as_csv(path, [rows])


def write_pieces_as_csv(path: Path, pieces: Iterable[pl.DataFrame]) -> None:
    """Write rows that come in pieces of the same columns as one CSV, in the memory of one piece."""

    def write(place: Path) -> None:
        with place.open("wb") as file:
            for number, piece in enumerate(pieces):
                # The mark of byte order tells Excel that it is UTF-8.
                _safe(piece).write_csv(file, include_bom=number == 0, include_header=number == 0)

    write_files({path: write})


def write_rows_as_workbook(path: Path, rows: pl.DataFrame) -> None:
    """Write rows as an Excel workbook; texts stay texts."""
    write_pieces_as_workbook(path, [rows])


def write_pieces_as_workbook(path: Path, pieces: Iterable[pl.DataFrame]) -> None:
    """Write rows that come in pieces of the same columns as one workbook, in memory that does not grow with them.

    What one sheet cannot hold goes on, with its head, on the next.
    """
    write_files({path: lambda place: _write_workbook(place, pieces)})


def _safe(rows: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    return rows.with_columns(
        pl.when(pl.col(name).str.contains(FORMULA)).then(pl.lit("'") + pl.col(name)).otherwise(name).alias(name)
        for name in texts
    )


def _write_workbook(place: Path, pieces: Iterable[pl.DataFrame]) -> None:
    settings = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(str(place), settings) as book:
        head, day = book.add_format({"bold": True}), book.add_format({"num_format": "d mmm yyyy"})
        sheet, number = None, 0
        for piece in pieces:
            if sheet is None:
                sheet = _new_sheet(book, piece.columns, head)
            for row in _in_parts(piece):
                if number == MOST_ROWS:
                    sheet, number = _new_sheet(book, piece.columns, head), 0
                number += 1
                for column, value in enumerate(row):
                    _write_cell(sheet, (number, column), value, day)


def _new_sheet(book: xlsxwriter.Workbook, columns: Sequence[str], head: Any) -> Any:
    number = len(book.worksheets()) + 1
    sheet = book.add_worksheet("List" if number == 1 else f"List {number}")
    sheet.freeze_panes(1, 0)
    for column, name in enumerate(columns):
        sheet.set_column(column, column, min(WIDEST, max(10, len(name) + 2)))
        sheet.write_string(0, column, name, head)
    return sheet


def _in_parts(rows: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    for part in rows.iter_slices(ROWS_AT_ONCE):
        yield from part.iter_rows()


def _write_cell(sheet: Any, at: tuple[int, int], value: Any, day: Any) -> None:
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(*at, value)
    elif isinstance(value, str):
        sheet.write_string(*at, value)
    elif isinstance(value, datetime | date):
        sheet.write_datetime(*at, value, day)
    else:
        sheet.write_number(*at, value)
