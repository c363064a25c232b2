"""Tables that are in memory already: pandas, Polars, Arrow. Rule of the room: rename nothing."""

from typing import Any

import narwhals as nw
import polars as pl

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata
from powertheft.sources.tidying import tidy


def read_frame(data: Any, name: str) -> tuple[pl.DataFrame, FileMetadata]:
    """Take a pandas or Polars frame or an Arrow table as if it were a file of that name; its first row is 1."""
    frame = tidy(_to_polars(data, name))
    if frame.is_empty():
        raise InputError("holds no rows", file=name, advice="Give the table with its rows.")
    return frame, FileMetadata(name, "memory", frame.height, tuple(frame.columns), 1, int(frame.estimated_size()))


def _to_polars(data: Any, name: str) -> pl.DataFrame:
    if isinstance(data, pl.LazyFrame):
        return data.collect()
    try:
        given = nw.from_native(data, eager_only=True)
    except TypeError as error:
        what = f"is no table: {type(data).__name__}"
        raise InputError(what, file=name, advice="Give a pandas or Polars frame or an Arrow table.") from error
    return pl.DataFrame([_column(given, column, name) for column in given.columns])


def _column(given: nw.DataFrame[Any], column: str, name: str) -> pl.Series:
    try:
        return given.select(column).to_polars().to_series()
    # Arrow refuses a column whose cells are of several types with errors of its own.
    except (TypeError, ValueError, pl.exceptions.PolarsError) as error:
        what = "holds values of several types"
        raise InputError(what, file=name, column=column, advice="Give the column one type.") from error
