"""The process that reads a sheet into Parquet, and says what it found. Rule of the room: rename nothing."""

import json
import resource
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from powertheft.sources.dialects import find_header
from powertheft.sources.limits import BATCH_ROWS, HEAD_ROWS, MOST_CELLS, MOST_COLUMNS, SHEET_MEMORY

NO_MEMORY = 3


class SheetError(Exception):
    """What is wrong with the workbook, and what to do."""

    def __init__(self, what: str, advice: str, column: str | None = None) -> None:
        super().__init__(what)
        self.told = {"what": what, "advice": advice} | ({"column": column} if column else {})


def main(source: str, sheet: str, target: str) -> None:
    """Read one sheet; print what was found, or what is wrong, as JSON."""
    resource.setrlimit(resource.RLIMIT_AS, (SHEET_MEMORY, SHEET_MEMORY))
    try:
        told = _convert(source, sheet, Path(target))
    except SheetError as refused:
        told = refused.told
    except MemoryError:
        sys.exit(NO_MEMORY)
    sys.stdout.write(json.dumps(told))


def _convert(source: str, wanted: str, target: Path) -> dict[str, Any]:
    # Late: both libraries are loaded under the bound on memory.
    import python_calamine as calamine

    try:
        workbook = calamine.CalamineWorkbook.from_path(source)
    except calamine.PasswordError as error:
        raise SheetError("is locked with a password", "Save it again without one.") from error
    except calamine.CalamineError as error:
        raise SheetError("is a workbook that is damaged", "Open it in Excel and save it again.") from error
    names = _sheets(workbook, wanted)
    try:
        sizes = {name: _size(workbook.get_sheet_by_name(name)) for name in names} if len(names) > 1 else {}
        chosen = max(names, key=lambda name: sizes.get(name, 0))
        sheet = workbook.get_sheet_by_name(chosen)
    except calamine.CalamineError as error:
        raise SheetError("is a workbook that is damaged", "Open it in Excel and save it again.") from error
    notes: list[str] = []
    if len(names) > 1:
        others = ", ".join(name for name in names if name != chosen)
        notes.append(f"of {len(names)} sheets {chosen} was read, which has most rows; not read: {others}")
    _size(sheet)
    return _write(sheet, chosen, target, notes)


def _sheets(workbook: Any, wanted: str) -> list[str]:
    names = list(workbook.sheet_names)
    if not wanted:
        return names
    for name in names:
        if name.strip().casefold() == wanted.strip().casefold():
            return [name]
    raise SheetError(f"has no sheet {wanted}", f"It has {', '.join(names)}.")


def _size(sheet: Any) -> int:
    """Return how many rows a sheet has; refuse one that spans more than any table."""
    if sheet.height * sheet.width > MOST_CELLS:
        what = f"the sheet {sheet.name} spans {sheet.height:,} rows and {sheet.width:,} columns"
        raise SheetError(what, "Delete stray cells far below or right of the table, or save the sheet as CSV.")
    return sheet.height


def _write(sheet: Any, name: str, target: Path, notes: list[str]) -> dict[str, Any]:
    head = [_missing(row) for row in islice(sheet.iter_rows(), HEAD_ROWS)]
    at = find_header(head, least=2)
    if not any(cell is not None for row in head for cell in row):
        raise SheetError(f"the sheet {name} is empty", "Name another sheet: FILE#SHEET.")
    kinds, rows = _kinds(islice(sheet.iter_rows(), at + 1, None), sheet.width)
    columns = _columns(head[at], kinds)
    if not rows:
        raise SheetError("has a header but no rows", "Export it again with its rows.")
    if at:
        notes.append(f"the header stands in row {at + 1}")
    _write_parquet(islice(sheet.iter_rows(), at + 1, at + 1 + rows), columns, target)
    return {"sheet": name, "rows": rows, "header_row": at + 1, "notes": notes}


def _missing(row: Sequence[Any]) -> list[Any]:
    return [None if isinstance(cell, str) and not cell.strip() else cell for cell in row]


def _columns(header: Sequence[Any], kinds: list[set[type]]) -> list[tuple[int, str, str]]:
    """Return index, name and kind of each column; one without a name and without a value is none."""
    found: list[tuple[int, str, str]] = []
    for index, cell in enumerate(header):
        name = "" if cell is None else as_text(cell).strip()
        if name or kinds[index]:
            found.append((index, name or f"column {index + 1}", kind_of(kinds[index])))
    names = [name for _, name, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise SheetError("there are two columns of this name", "Rename one of them.", twice)
    if len(found) > MOST_COLUMNS:
        what = f"has {len(found):,} columns, more than the {MOST_COLUMNS:,} that are read"
        raise SheetError(what, "Split it, or export fewer.")
    return found


def _kinds(rows: Iterator[Sequence[Any]], width: int) -> tuple[list[set[type]], int]:
    """Return the types of each column, and the number of rows up to the last that is not blank."""
    kinds: list[set[type]] = [set() for _ in range(width)]
    count, last = 0, 0
    while batch := list(islice(rows, BATCH_ROWS)):
        for index, column in enumerate(zip(*batch, strict=True)):
            kinds[index] |= _types(column)
        for number in range(len(batch) - 1, -1, -1):
            if any(cell != "" for cell in batch[number]):
                last = count + number + 1
                break
        count += len(batch)
    return kinds, last


def _types(column: Sequence[Any]) -> set[type]:
    types = set(map(type, column))
    if float in types and any(isinstance(cell, float) and not cell.is_integer() for cell in column):
        types = types - {float} | {complex}  # complex stands for a number with decimals, float for a whole one
    if str in types and all(not cell.strip() for cell in column if isinstance(cell, str)):
        types -= {str}
    return types


def kind_of(types: set[type]) -> str:
    """Return the one kind that holds all values of a column, in the words of Arrow."""
    if types and types <= {int, float}:
        return "int64"
    if types and types <= {int, float, complex}:
        return "float64"
    if types == {bool}:
        return "bool"
    if types == {date}:
        return "date32"
    if types and types <= {date, datetime}:
        return "timestamp"
    return "string"


def as_text(cell: Any) -> str:
    """Return a value as a person would type it: whole numbers without a point, dates as 2024-01-31."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, bool):
        return str(cell).upper()
    return str(cell)


def _write_parquet(rows: Iterator[Sequence[Any]], columns: list[tuple[int, str, str]], target: Path) -> None:
    # Late: loaded under the bound on memory.
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"timestamp": pa.timestamp("us")}
    schema = pa.schema(
        [(name, types.get(kind) or getattr(pa, kind if kind != "bool" else "bool_")()) for _, name, kind in columns]
    )
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        while batch := list(islice(rows, BATCH_ROWS)):
            turned = list(zip(*batch, strict=True))
            arrays = [
                pa.array(_values(turned[index], kind), type=schema.field(number).type)
                for number, (index, _, kind) in enumerate(columns)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _values(column: Sequence[Any], kind: str) -> list[Any]:
    given = [None if isinstance(cell, str) and not cell.strip() else cell for cell in column]
    if kind == "string":
        return [None if cell is None else as_text(cell) for cell in given]
    if kind == "int64":
        return [None if cell is None else int(cell) for cell in given]
    if kind == "timestamp":
        return [datetime(cell.year, cell.month, cell.day) if type(cell) is date else cell for cell in given]
    return given


if __name__ == "__main__":
    main(*sys.argv[1:4])
