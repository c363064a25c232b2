"""Small canonical tables, made here."""

from collections.abc import Callable

import polars as pl
import pytest

from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping
from powertheft.domain.tables import SOURCE_ROW, TABLES, CanonicalTable, UnknownCode

TYPES = {
    "text": pl.String,
    "category": pl.String,
    "number": pl.Float64,
    "integer": pl.Int64,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "datetime": pl.Datetime("us"),
}
ABSENT = {"commodity": "electricity", "sequence": 0}


def make_table(name: str, columns: dict[str, list], unknown_codes: tuple[UnknownCode, ...] = ()) -> CanonicalTable:
    """Make a canonical table of the columns given, as the profiles room would: all key columns, sorted, numbered."""
    height = len(next(iter(columns.values())))
    keys = [key for key in TABLES[name].key if key not in columns]
    values = {key: [ABSENT.get(key)] * height for key in keys} | columns
    types = {column.name: TYPES[column.kind] for column in TABLES[name].columns if column.name in values}
    frame = pl.DataFrame(values, schema_overrides=types).with_columns(pl.int_range(2, height + 2).alias(SOURCE_ROW))
    order = [key for key in TABLES[name].key if key != "sequence"]
    frame = frame.sort(order, maintain_order=True)
    if "sequence" in keys:
        frame = frame.with_columns(pl.int_range(pl.len()).over(order).alias("sequence"))
    attributes = {column: "number" for column in columns if TABLES[name].column(column) is None}
    return CanonicalTable(name, frame, f"{name}.csv", attributes, unknown_codes)


@pytest.fixture(scope="session")
def table() -> Callable[..., CanonicalTable]:
    return make_table


@pytest.fixture(scope="session")
def profile() -> Profile:
    """A profile with bounds on some columns."""
    mapped = {
        "consumers": (ColumnMapping("sanctioned_load", ("KW",), minimum=0, maximum=500),),
        "readings": (
            ColumnMapping("period_days", ("DAYS",), minimum=1, maximum=400),
            ColumnMapping("energy", ("KWH",), minimum=0, maximum=10_000),
            ColumnMapping("power_factor", ("PF",), minimum=0, maximum=1),
        ),
    }
    tables = tuple(TableMapping(name, name, True, columns) for name, columns in mapped.items())
    return Profile("own", "", "INR", (), "inspected", tables)
