"""A version given away as plain files. Rule of the room: a version never changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import polars as pl

from powertheft.datasets.disk import system_errors
from powertheft.datasets.reading import Version
from powertheft.domain.folders import new_folder

ExportFormat = Literal["csv", "parquet"]
Suppress = Callable[[str, pl.LazyFrame], pl.LazyFrame]


def export(
    version: Version, folder: Path, *, file_format: ExportFormat = "csv", suppress: Suppress | None = None
) -> tuple[Path, ...]:
    """Write every table as one file into a new folder, whole or not at all; return the files.

    `suppress` is given each table by its name, and what it returns is written. Raises OutputError where the folder
    cannot be written or is there already.
    """
    with new_folder(folder) as partial, system_errors():
        for table, frame in sorted(version.tables.items()):
            _write(suppress(table, frame) if suppress else frame, partial / f"{table}.{file_format}")
    return tuple(folder / f"{table}.{file_format}" for table in sorted(version.tables))


def _write(frame: pl.LazyFrame, path: Path) -> None:
    if path.suffix == ".csv":
        frame.sink_csv(path)
    else:
        frame.sink_parquet(path)
