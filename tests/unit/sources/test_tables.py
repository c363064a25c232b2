"""Opening everything that a person may name, as tables to stream."""

import gzip
import io
import tempfile
import zipfile
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path

import openpyxl
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import InputError
from powertheft.sources.tables import SourceTable, open_tables

TEXT = "SC_NO;NAME;KWH\n007;Müller; 1,5\n008;;2\n"
ROWS = [("007", "Müller", "1,5"), ("008", None, "2")]


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def opened(place: Path | str, scratch: Path) -> SourceTable:
    (table,) = open_tables(place, scratch=scratch)
    return table


PIECES = (TEXT.encode()[:20], TEXT.encode()[20:])
IN_TWO_PIECES = b"".join(gzip.compress(piece, mtime=0) for piece in PIECES)
"""Without the time of packing, which would be part of the test's name."""


@pytest.mark.parametrize(
    ("name", "content", "encoding"),
    [
        ("bills.csv", TEXT.encode(), "utf-8"),
        ("bills.csv", TEXT.encode("utf-8-sig"), "utf-8"),
        ("bills.csv", TEXT.encode("utf-16"), "utf-16-le"),
        ("bills.csv", TEXT.encode("utf-16-le"), "utf-16-le"),
        ("bills.csv", TEXT.encode("utf-16-be"), "utf-16-be"),
        ("bills.csv", TEXT.encode("cp1252"), "windows-1252"),
        ("bills.tsv", TEXT.replace(";", "\t").encode(), "utf-8"),
        ("bills.txt", TEXT.replace(";", "|").encode(), "utf-8"),
        ("bills.csv", TEXT.replace("\n", "\r\n").encode("utf-16"), "utf-16-le"),
        ("bills.csv", TEXT.replace("\n", "\r").encode(), "utf-8"),
        ("bills.csv.gz", gzip.compress(TEXT.encode("cp1252"), mtime=0), "windows-1252"),
        (
            "bills.csv.gz",
            b"".join(gzip.compress(part, mtime=0) for part in (TEXT.encode()[:20], TEXT.encode()[20:])),
            "utf-8",
        ),
        ("bills.txt.zst", pa.Codec("zstd").compress(TEXT.encode("utf-16"), asbytes=True), "utf-16-le"),
    ],
)
def test_text_reads_the_same_in_every_dress(
    tmp_path: Path, scratch: Path, name: str, content: bytes, encoding: str
) -> None:
    path = write(tmp_path, name, content)
    table = opened(path, scratch)
    assert table.frame.collect().rows() == ROWS
    assert (table.stem, table.rows, table.parts[0].encoding) == ("bills", 2, encoding)
    assert table.parts[0].sha256 == sha256(content).hexdigest()
    assert table.place_of(1) == (name, 3)
    assert {file for file in scratch.rglob("*") if file.is_file()} == set(table.staged)


def test_a_plain_file_is_scanned_where_it_lies(tmp_path: Path, scratch: Path) -> None:
    assert opened(write(tmp_path, "bills.csv", "A,B\n1,2\n"), scratch).staged == ()
    assert not list(scratch.iterdir())


def test_titles_and_blank_rows_over_the_header_are_passed_over(tmp_path: Path, scratch: Path) -> None:
    table = opened(write(tmp_path, "a.csv", "Ledger;;\nCircle North;;\n\n" + TEXT), scratch)
    assert table.frame.collect().rows() == ROWS
    assert table.place_of(0) == ("a.csv", 5)


def test_a_decimal_comma_does_not_make_a_delimiter(tmp_path: Path, scratch: Path) -> None:
    table = opened(write(tmp_path, "a.csv", "SC;KWH\n" + "1;2,5\n" * 50), scratch)
    assert table.frame.collect().columns == ["SC", "KWH"]


def test_a_delimiter_inside_quotation_marks_is_none(tmp_path: Path, scratch: Path) -> None:
    table = opened(write(tmp_path, "a.csv", 'SC,NAME\n1,"a;b;c,d"\n2,"e;f;g"\n'), scratch)
    assert table.frame.collect()["NAME"].to_list() == ["a;b;c,d", "e;f;g"]


def test_months_are_one_table_in_the_order_of_the_calendar(tmp_path: Path, scratch: Path) -> None:
    write(tmp_path, "bills_2024_10.csv", "KWH,SC\n10,c\n")
    write(tmp_path, "bills_2024_9.csv", "SC,KWH\na,8\nb,9\n")
    write(tmp_path, "consumers.csv", "SC,NAME,TARIFF\na,x,1A\n")
    bills, consumers = open_tables(tmp_path, scratch=scratch)
    assert bills.frame.collect().rows() == [("a", "8"), ("b", "9"), ("c", "10")]
    assert [bills.place_of(index) for index in range(3)] == [
        ("bills_2024_9.csv", 2),
        ("bills_2024_9.csv", 3),
        ("bills_2024_10.csv", 2),
    ]
    assert (bills.stem, consumers.stem) == ("bills", "consumers")
    assert bills.metadata.place_of(2) == ("bills_2024_10.csv", 2)


def test_a_column_that_one_month_lacks_is_empty_there_and_said(tmp_path: Path, scratch: Path) -> None:
    write(tmp_path, "bills-jan.csv", "SC,KWH\na,1\n")
    write(tmp_path, "bills-feb.csv", "SC,KWH,PF\na,2,0.9\n")
    table = opened(tmp_path, scratch)
    assert table.frame.collect().rows() == [("a", "1", None), ("a", "2", "0.9")]
    assert table.notes == ("bills-jan.csv has no column PF; it is empty for its rows",)


def test_files_of_different_columns_are_not_one_table(tmp_path: Path, scratch: Path) -> None:
    write(tmp_path, "list_1.csv", "SC,KWH\na,1\n")
    write(tmp_path, "list_2.csv", "DTR,FEEDER,LOAD\na,2,3\n")
    assert [table.stem for table in open_tables(tmp_path, scratch=scratch)] == ["list_1", "list_2"]


def test_a_month_in_excel_and_a_month_in_csv_are_one_table_of_text(tmp_path: Path, scratch: Path) -> None:
    book(tmp_path / "bills_1.xlsx", {"S": [["SC", "KWH"], [7, 1.5]]})
    write(tmp_path, "bills_2.csv", "SC,KWH\n8,2\n")
    assert opened(tmp_path, scratch).frame.collect().rows() == [("7", "1.5"), ("8", "2")]


def test_a_zip_is_a_folder_whose_members_go_nowhere_else(tmp_path: Path, scratch: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("../../bills_2024_02.csv", "SC,KWH\nb,2\n")
        archive.writestr("deep/bills_2024_01.csv", "SC,KWH\na,1\n")
        archive.writestr("__MACOSX/bills_2024_01.csv", "junk")
        archive.writestr("letter.pdf", "junk")
    table = opened(write(tmp_path, "export.zip", packed.getvalue()), scratch)
    assert table.frame.collect().rows() == [("a", "1"), ("b", "2")]
    assert table.parts[0].path.endswith("export.zip/bills_2024_01.csv")
    assert not (tmp_path.parent / "bills_2024_02.csv").exists()


def book(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    made.save(path)
    return path


LEDGER: list[list[object]] = [
    ["Ledger of the circle"],
    [],
    ["SC NO", "KWH", "BILL DATE", "READ AT", "REMARK"],
    [4000123456, 12, date(2025, 6, 30), datetime(2025, 6, 30, 10, 5), "ok"],
    [4000123457, 1.5, date(2025, 7, 1), None, 7],
]


def test_a_workbook_gives_the_sheet_with_most_rows_and_says_so(tmp_path: Path, scratch: Path) -> None:
    path = book(tmp_path / "book.xlsx", {"Cover": [["Report"]], "Ledger": LEDGER})
    table = opened(path, scratch)
    frame = table.frame.collect()
    assert frame.schema.dtypes() == [pl.Int64, pl.Float64, pl.Date, pl.Datetime("us"), pl.String]
    assert frame.row(1) == (4000123457, 1.5, date(2025, 7, 1), None, "7")
    assert table.place_of(1) == ("book.xlsx#Ledger", 5)
    assert any("of 2 sheets Ledger was read" in note for note in table.notes)
    assert any("the header stands in row 3" in note for note in table.notes)


def test_a_sheet_may_be_named(tmp_path: Path, scratch: Path) -> None:
    path = book(tmp_path / "book.xlsx", {"Ledger": LEDGER, "July": [["SC", "KWH"], ["a", 1]]})
    assert opened(f"{path}#july", scratch).frame.collect().rows() == [("a", 1)]
    with pytest.raises(InputError, match="has no sheet May") as caught:
        open_tables(f"{path}#May", scratch=scratch)
    assert "Ledger, July" in caught.value.advice


@pytest.mark.parametrize(
    ("sheets", "what"),
    [
        ({"S": [[None]]}, "is empty"),
        ({"S": [["a", "b"]]}, "has a header but no rows"),
        ({"S": [["a", "a"], [1, 2]]}, "two columns of this name"),
    ],
)
def test_a_sheet_that_is_no_table_is_refused(
    tmp_path: Path, scratch: Path, sheets: dict[str, list[list[object]]], what: str
) -> None:
    with pytest.raises(InputError, match=what):
        open_tables(book(tmp_path / "book.xlsx", sheets), scratch=scratch)
    assert not list(scratch.iterdir())


def test_json_lines_keep_every_value_as_it_is_written(tmp_path: Path, scratch: Path) -> None:
    lines = '{"meter":"007","code":11,"pf":1.50}\n\n{"meter":"8","code":null,"ok":true,"far":12345678901234567890}\n'
    table = opened(write(tmp_path, "events.jsonl", lines), scratch)
    assert table.frame.collect().rows() == [
        ("007", "11", "1.50", None, None),
        (None, None, None, None, None),
        ("8", None, None, "true", "12345678901234567890"),
    ]
    assert table.place_of(2) == ("events.jsonl", 3)


@pytest.mark.parametrize(
    ("line", "what", "column"),
    [
        ('{"a": [1]}', "holds a list or an object", "a"),
        ('{"a": {"b": 1}}', "holds a list or an object", "a"),
        ("[1, 2]", "is not an object", None),
        ('{"a": 1', "is not JSON", None),
    ],
)
def test_json_that_is_no_table_is_refused_with_its_row(
    tmp_path: Path, scratch: Path, line: str, what: str, column: str | None
) -> None:
    with pytest.raises(InputError, match=what) as caught:
        open_tables(write(tmp_path, "events.jsonl", f'{{"a": 1}}\n{line}\n'), scratch=scratch)
    assert (caught.value.row, caught.value.column) == (2, column)


@pytest.mark.parametrize(
    ("place", "what"),
    [
        ("https://user:Secret-42@host/x.csv", "of a kind that is not read here"),
        ("nowhere.csv", "no such file or folder"),
    ],
)
def test_a_place_that_cannot_be_opened_is_said(scratch: Path, place: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        open_tables(place, scratch=scratch)
    assert "Secret-42" not in str(caught.value)


def test_mixed_encodings_are_refused_with_the_first_strange_row(tmp_path: Path, scratch: Path) -> None:
    content = "A,B\nMüller,1\n".encode() + "Ärger,2\n".encode("cp1252")
    with pytest.raises(InputError, match="mixes UTF-8 with another encoding") as caught:
        open_tables(write(tmp_path, "a.csv", content), scratch=scratch)
    assert caught.value.row == 3


def test_what_goes_wrong_late_leaves_nothing_of_what_went_well(tmp_path: Path, scratch: Path) -> None:
    write(tmp_path, "a.csv.gz", gzip.compress(b"A,B\n1,2\n"))
    write(tmp_path, "b.csv", "A,B\n1,2,3\n")
    with pytest.raises(InputError, match="has 3 values"):
        open_tables([tmp_path / "a.csv.gz", tmp_path / "b.csv"], scratch=scratch)
    assert not list(scratch.iterdir())


def test_a_read_me_in_a_folder_is_no_table(tmp_path: Path, scratch: Path) -> None:
    write(tmp_path, "readme.txt", "This folder holds the bills,\nas exported.\nAsk us, please, if in doubt.\n")
    write(tmp_path, "bills.csv", "A,B\n1,2\n")
    assert opened(tmp_path, scratch).stem == "bills"


CELL = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=6)
LINES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=8)
)


@settings(max_examples=40, deadline=None)
@given(rows=LINES, delimiter=st.sampled_from(",;\t|"), encoding=st.sampled_from(["utf-8", "utf-16", "utf-8-sig"]))
def test_what_was_written_in_any_dress_is_what_is_read(rows: list[list[str]], delimiter: str, encoding: str) -> None:
    """The header fixes the delimiter: ten rows of it make sure that no cell's commas outvote it."""
    frame = pl.DataFrame(rows * 10, schema=[f"column {n}" for n in range(len(rows[0]))], orient="row")
    content = frame.write_csv(separator=delimiter, quote_style="always")
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), "any.csv", content.encode(encoding))
        assert opened(path, Path(folder) / "scratch").frame.collect().rows() == frame.rows()
