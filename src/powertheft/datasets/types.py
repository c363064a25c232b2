"""The types that a dataset's columns have on disk. Rule of the room: a version never changes."""

from collections.abc import Mapping

import polars as pl

from powertheft.domain.datasets import ColumnRecord, ContentType
from powertheft.domain.tables import TABLES, Kind

POLARS_TYPES: Mapping[ContentType, pl.DataType] = {
    "text": pl.String(),
    "number": pl.Float64(),
    "integer": pl.Int64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
}
CONTENT_OF_KIND: Mapping[Kind, ContentType] = {
    "text": "text",
    "category": "text",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
}


def canonical_types(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with its types widened to the six of a dataset; raise TypeError where one does not fit."""
    wanted = {name: POLARS_TYPES[_content_type(name, dtype)] for name, dtype in frame.schema.items()}
    return frame.cast({name: dtype for name, dtype in wanted.items() if frame.schema[name] != dtype})


def content_types(frame: pl.DataFrame) -> dict[str, ContentType]:
    """Return the type of every column of a frame that has canonical types."""
    return {name: _content_type(name, dtype) for name, dtype in frame.schema.items()}


def check_shape(table: str, frame: pl.DataFrame) -> None:
    """Refuse a frame that has not the shape of its canonical table: a defect of whoever made it."""
    shape, types = TABLES[table], content_types(frame)
    missing = [name for name in shape.key if name not in types]
    if missing:
        msg = f"{table} lacks the key columns {missing}"
        raise ValueError(msg)
    for column in shape.columns:
        if column.name in types and types[column.name] != CONTENT_OF_KIND[column.kind]:
            msg = f"{table}.{column.name} holds {types[column.name]}, not {CONTENT_OF_KIND[column.kind]}"
            raise ValueError(msg)


def schema_of(columns: tuple[ColumnRecord, ...]) -> pl.Schema:
    """Return the Polars schema of a table's columns."""
    return pl.Schema({column.name: POLARS_TYPES[column.type] for column in columns})


def _content_type(name: str, dtype: pl.DataType) -> ContentType:
    if dtype.is_integer():
        return "integer"
    if dtype.is_float():
        return "number"
    if isinstance(dtype, (pl.String, pl.Categorical, pl.Enum)):
        return "text"
    if isinstance(dtype, pl.Datetime) and dtype.time_zone is None:
        return "datetime"
    named: dict[pl.DataType, ContentType] = {pl.Boolean(): "boolean", pl.Date(): "date"}
    if dtype not in named:
        msg = f"column {name} holds {dtype}, which a dataset cannot keep"
        raise TypeError(msg)
    return named[dtype]
