"""The content hash depends on what is said, and on nothing else.

`sum_by_hand` is the definition of docs/dataset-versions.md a second time, value by value with `struct` and `hashlib`.
"""

import hashlib
import json
import math
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.datasets.content import ContentHash

FORMATS = {"number": "<d", "integer": "<q", "boolean": "<B", "date": "<i", "datetime": "<q"}
EPOCH = datetime(1970, 1, 1)


def as_number(kind: str, value: Any) -> Any:
    if kind == "date":
        return (value - EPOCH.date()).days
    if kind == "datetime":
        return round((value - EPOCH).total_seconds() * 1_000_000)
    return value


def column_by_hand(kind: str, values: Sequence[Any]) -> list[str]:
    presence, content = b"", b""
    for value in values:
        if kind == "text":
            word = b"" if value is None else value.encode()
            presence += struct.pack("<I", 0xFFFFFFFF if value is None else len(word))
            content += word
            continue
        presence += b"\0" if value is None else b"\1"
        if isinstance(value, float) and math.isnan(value):
            content += bytes.fromhex("000000000000f87f")
        elif value is None or value == 0:
            content += b"\0" * struct.calcsize(FORMATS[kind])
        else:
            content += struct.pack(FORMATS[kind], as_number(kind, value))
    return [hashlib.sha256(presence).hexdigest(), hashlib.sha256(content).hexdigest()]


def sum_by_hand(tables: Mapping[str, Mapping[str, tuple[str, Sequence[Any]]]]) -> str:
    said = [
        [
            name,
            len(next(iter(columns.values()))[1]),
            [[c, k, *column_by_hand(k, v)] for c, (k, v) in sorted(columns.items())],
        ]
        for name, columns in sorted(tables.items())
    ]
    text = json.dumps(["powertheft content 1", said], separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def hash_of(*pieces: pl.DataFrame, table: str = "readings") -> str:
    content = ContentHash()
    for piece in pieces:
        content.update(table, piece)
    return content.hexdigest()


MIXED: dict[str, tuple[str, list[Any]]] = {
    "name": ("text", ["a", None, "", "மின்"]),
    "energy": ("number", [1.5, None, -0.0, math.nan]),
    "sequence": ("integer", [0, None, -1, 2**60]),
    "read_on": ("date", [date(2024, 2, 29), None, date(1969, 12, 31), date(1970, 1, 1)]),
    "start": ("datetime", [datetime(2024, 1, 1, 0, 30), None, datetime(1969, 12, 31, 23), EPOCH]),
    "is_estimated": ("boolean", [True, None, False, True]),
}
FRAME = pl.DataFrame({name: values for name, (_, values) in MIXED.items()}, strict=False)


def test_the_hash_is_what_its_page_defines() -> None:
    assert hash_of(FRAME) == sum_by_hand({"readings": MIXED})


def test_the_hash_of_a_known_table_never_changes() -> None:
    # Printed once by sum_by_hand: a version written today must be recognised in ten years.
    assert hash_of(FRAME) == "32a3d084e09e9e60c7042c9a702385553bf207d4e89adbd50d54ac652f35adba"
    assert ContentHash().hexdigest() == sum_by_hand({})


@given(
    rows=st.lists(
        st.tuples(st.none() | st.text(max_size=20), st.none() | st.floats(), st.none() | st.booleans()), max_size=12
    ),
    cuts=st.lists(st.integers(0, 12), max_size=3),
)
@settings(max_examples=60, deadline=None)
def test_the_hash_is_the_same_however_the_rows_are_cut(
    rows: list[tuple[str | None, float | None, bool | None]], cuts: list[int]
) -> None:
    schema = {"word": pl.String, "number": pl.Float64, "flag": pl.Boolean}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    places = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    pieces = [frame[start:end] for start, end in pairwise(places)]
    columns = {
        name: (kind, frame[name].to_list()) for name, kind in zip(schema, ("text", "number", "boolean"), strict=True)
    }
    assert hash_of(*pieces) == hash_of(frame) == sum_by_hand({"readings": columns})


def test_pieces_larger_than_one_bite_are_hashed_like_small_ones() -> None:
    # 300,000 rows exceed the 262,144 that are taken at once.
    frame = pl.select(word=pl.int_range(300_000).cast(pl.String), number=pl.int_range(300_000).cast(pl.Float64))
    assert hash_of(frame) == hash_of(frame[:7], frame[7:262_145], frame[262_145:])


@pytest.mark.parametrize(
    "same",
    [
        FRAME.select(reversed(FRAME.columns)),
        FRAME.with_columns(pl.lit(1).alias("source_row")),
        FRAME.with_columns(pl.col("name").cast(pl.Categorical)),
        FRAME.with_columns(pl.col("energy").cast(pl.Float32)),
        FRAME.with_columns(pl.col("start").cast(pl.Datetime("ms"))),
        FRAME.with_columns(pl.when(pl.col("energy") == 0).then(0.0).otherwise("energy").alias("energy")),
        FRAME.with_columns(
            pl.when(pl.col("energy").is_nan()).then(-pl.col("energy")).otherwise("energy").alias("energy")
        ),
    ],
    ids=[
        "order of columns",
        "row of the file",
        "categories",
        "narrow numbers",
        "milliseconds",
        "no minus",
        "other NaN",
    ],
)
def test_what_says_the_same_has_the_same_hash(same: pl.DataFrame) -> None:
    assert hash_of(same) == hash_of(FRAME)


@pytest.mark.parametrize(
    "other",
    [
        FRAME.reverse(),
        FRAME.rename({"name": "Name"}),
        FRAME.with_columns(pl.col("name").fill_null("")),
        FRAME.with_columns(pl.col("energy").fill_null(0.0)),
        FRAME.with_columns(pl.col("energy").fill_nan(None)),
        FRAME.with_columns(pl.col("is_estimated").fill_null(value=False)),
        FRAME.with_columns(pl.col("sequence").cast(pl.Float64)),
        FRAME.drop("start"),
        FRAME.head(3),
    ],
    ids=["order", "name", "empty text", "zero", "NaN gone", "no", "type", "column gone", "row gone"],
)
def test_what_says_something_else_has_another_hash(other: pl.DataFrame) -> None:
    assert hash_of(other) != hash_of(FRAME)


def test_letters_that_move_from_one_cell_to_the_next_change_the_hash() -> None:
    # Both columns hold the bytes "abc"; only the lengths tell them apart.
    assert hash_of(pl.DataFrame({"word": ["a", "bc"]})) != hash_of(pl.DataFrame({"word": ["ab", "c"]}))


def test_a_table_without_rows_counts_and_is_not_its_absence() -> None:
    content = ContentHash()
    content.update("payments", FRAME.clear())
    assert content.rows() == {"payments": 0}
    assert content.hexdigest() == sum_by_hand({"payments": {name: (kind, []) for name, (kind, _) in MIXED.items()}})
    assert content.hexdigest() != ContentHash().hexdigest()


def test_parts_with_different_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="two parts of readings have different columns"):
        hash_of(FRAME, FRAME.drop("name"))


def test_a_type_that_a_dataset_cannot_keep_is_refused() -> None:
    with pytest.raises(TypeError, match="column when holds"):
        hash_of(pl.DataFrame({"when": [datetime(2024, 1, 1, tzinfo=UTC)]}))
