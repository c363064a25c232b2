"""Reading files, good and bad."""

import csv
import gzip
import io
import tempfile
from pathlib import Path

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import InputError
from powertheft.sources.files import read_file
from powertheft.sources.memory import read_frame

PLAIN = b"id,kwh\n007, 12.50 \n008,\n"
BILLS = pl.DataFrame({"id": ["a", " b ", ""], "kwh": [1, 2, 3]})


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def zstd(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)


def test_values_stay_text_and_are_trimmed_and_empty_ones_are_missing(tmp_path: Path) -> None:
    frame, metadata = read_file(write(tmp_path, "bills.csv", PLAIN))
    assert frame.to_dict(as_series=False) == {"id": ["007", "008"], "kwh": ["12.50", None]}
    assert (metadata.name, metadata.format, metadata.rows, metadata.first_row) == ("bills.csv", "csv", 2, 2)
    assert metadata.columns == ("id", "kwh")


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.replace(b"\n", b"\r\n"),
        PLAIN.replace(b",", b";"),
        PLAIN.replace(b",", b"\t"),
        PLAIN.replace(b",", b"|"),
        PLAIN.replace(b"007", b'"007"'),
        PLAIN.replace(b"id,kwh", b" id , kwh "),
    ],
    ids=["byte order mark", "windows", "semicolon", "tab", "bar", "quoted", "blanks in the header"],
)
def test_dialects_of_csv_read_the_same(tmp_path: Path, content: bytes) -> None:
    frame, _ = read_file(write(tmp_path, "bills.csv", content))
    assert frame.to_dict(as_series=False) == {"id": ["007", "008"], "kwh": ["12.50", None]}


def test_compressed_files_read_as_the_plain_one(tmp_path: Path) -> None:
    plain = read_file(write(tmp_path, "bills.csv", PLAIN))[0]
    assert read_file(write(tmp_path, "bills.csv.gz", gzip.compress(PLAIN)))[0].equals(plain)
    assert read_file(write(tmp_path, "bills.csv.zst", zstd(PLAIN)))[0].equals(plain)


def test_blank_lines_before_the_header_count_as_rows(tmp_path: Path) -> None:
    _, metadata = read_file(write(tmp_path, "bills.csv", b"\n\nid,kwh\n7,1\n"))
    assert metadata.first_row == 4


def test_blank_lines_at_the_end_are_rows_without_values(tmp_path: Path) -> None:
    frame, _ = read_file(write(tmp_path, "bills.csv", b"id,kwh\n7,1\n\n\n"))
    assert frame.rows() == [("7", "1"), (None, None), (None, None)]


def test_parquet_keeps_its_types_and_its_text_is_trimmed(tmp_path: Path) -> None:
    BILLS.with_columns(kind=pl.Series(["x", "y", "x"], dtype=pl.Categorical)).write_parquet(tmp_path / "bills.parquet")
    frame, metadata = read_file(tmp_path / "bills.parquet")
    assert frame.schema == {"id": pl.String, "kwh": pl.Int64, "kind": pl.String}
    assert frame["id"].to_list() == ["a", "b", None]
    assert metadata.first_row == 1


@pytest.mark.parametrize(
    ("content", "what", "row"),
    [
        (b"", "is empty", None),
        (b"\n\n", "is empty", None),
        (b"id,kwh\n", "has a header but no rows", None),
        (b"id,kwh\n1,2\n1,2,3\n4,5\n", "has 3 values where the header has 2", 3),
        (b"id,kwh\n1,2\n3\n4,5\n", "has 1 value where the header has 2", 3),
        (b'id,kwh\n"1,5",2\n3\n4,5\n', "has 1 value where the header has 2", 3),
        (b"id,kwh\n1,2\nM\xfcller,3\n", "is not text in UTF-8", 3),
        (b'id,kwh\n1,2\n"3,4\n5,6\n', "quotation mark", 3),
        (b'id,kwh\n1,2\n3,4"x\n', "quotation mark", 3),
        (b"id,id\n1,2\n", "two columns of this name", None),
        (b"PK\x03\x04" + bytes(100), "is an Excel or ZIP file", None),
        ("id,kwh\n1,2\n".encode("utf-16"), "is text in UTF-16", None),
        (b"id\x00,kwh\n1,2\n", "is not a text file", None),
        (b"PAR1" + bytes(100), "is a Parquet file, not text", None),
    ],
)
def test_a_csv_that_is_none_is_refused_with_its_row(tmp_path: Path, content: bytes, what: str, row: int | None) -> None:
    path = write(tmp_path, "bills.csv", content)
    with pytest.raises(InputError, match=what) as caught:
        read_file(path)
    assert (caught.value.file, caught.value.row) == (str(path), row)
    assert caught.value.advice


def test_a_row_far_down_is_named_rightly(tmp_path: Path) -> None:
    content = b"id,kwh\n" + b"1,2\n" * 200_000 + b"1,2,3\n" + b"1,2\n" * 10
    with pytest.raises(InputError) as caught:
        read_file(write(tmp_path, "bills.csv", content))
    assert caught.value.row == 200_002


@pytest.mark.parametrize("kept", [0.001, 0.5, 0.99])
def test_a_compressed_file_that_is_cut_short_is_refused(tmp_path: Path, kept: float) -> None:
    content = "id,kwh\n" + "".join(f"{number},{number * number}\n" for number in range(20_000))
    for name, packed in (
        ("bills.csv.gz", gzip.compress(content.encode())),
        ("bills.csv.zst", zstd(content.encode())),
    ):
        with pytest.raises(InputError, match="cut short or damaged"):
            read_file(write(tmp_path, name, packed[: max(12, int(len(packed) * kept))]))


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda content: content[: len(content) // 2], "cut short"),
        (lambda content: content[:-1], "cut short"),
        (lambda content: content[:4] + bytes(60) + content[64:], "damaged"),
        (lambda content: b"id,kwh\n1,2\n", "is not a Parquet file"),
        (lambda content: b"", "is empty"),
    ],
)
def test_a_parquet_file_that_is_none_is_refused(tmp_path: Path, damage, what: str) -> None:
    BILLS.write_parquet(tmp_path / "good.parquet")
    path = write(tmp_path, "bills.parquet", damage((tmp_path / "good.parquet").read_bytes()))
    with pytest.raises(InputError, match=what) as caught:
        read_file(path)
    assert caught.value.file == str(path)


def test_a_parquet_file_without_rows_is_refused(tmp_path: Path) -> None:
    BILLS.clear().write_parquet(tmp_path / "bills.parquet")
    with pytest.raises(InputError, match="holds no rows"):
        read_file(tmp_path / "bills.parquet")


def test_tables_in_memory_read_as_the_same_file_would(tmp_path: Path) -> None:
    BILLS.write_parquet(tmp_path / "bills.parquet")
    expected = read_file(tmp_path / "bills.parquet")[0]
    for given_table in (BILLS, BILLS.lazy(), BILLS.to_arrow(), BILLS.to_pandas()):
        frame, metadata = read_frame(given_table, "bills")
        assert frame.equals(expected)
        assert metadata.name == "bills"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ([1, 2], "is no table: list"),
        (BILLS.clear(), "holds no rows"),
        (pd.DataFrame({"id": [1, "x", 2.5]}), "several types"),
    ],
)
def test_what_is_no_table_is_refused(data: object, what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_frame(data, "bills")


VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=8)
ROWS = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(VALUES, min_size=width, max_size=width), min_size=1))


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, ending=st.sampled_from([".csv", ".csv.gz"]))
def test_what_was_written_is_what_is_read(rows: list[list[str]], ending: str) -> None:
    names = [f"column {number}" for number in range(len(rows[0]))]
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([names, *rows])
    content = text.getvalue().encode()
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), f"any{ending}", gzip.compress(content) if ending.endswith("gz") else content)
        frame, metadata = read_file(path)
    assert frame.rows() == [tuple(value.strip() or None for value in row) for row in rows]
    assert metadata.rows == len(rows)
