"""Files as no program should write them: each ends in a table or in an error that helps, within bounds.

A seeded generator spoils good files of every format. `make prove` runs 300 of them, the ordinary run 40, and both run
the traps, each of which must be refused. Bounds hold for time, for the memory of this process, and for what is left
behind.
"""

import gzip
import io
import os
import random
import resource
import sqlite3
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import openpyxl
import polars as pl
import pyarrow as pa
import pytest

from powertheft.domain.errors import UserError
from powertheft.sources.files import read_file
from powertheft.sources.limits import SHEET_MEMORY
from powertheft.sources.tables import open_tables

FULL, FEW = 300, 40
MOST_SECONDS = 30
MOST_MEMORY = 700 << 20
"""More than the process had before: 256 MiB is where a bomb is told, and a line may be 16 MiB long."""
ROWS = 400


# -- good files ------------------------------------------------------------------------------------------------------


def rows_of(chance: random.Random) -> list[list[str]]:
    names = ["Müller", "Ärzte & Co", "Kumar", "O'Neil", 'the "Corner", shop', "ரவி", "x" * 200]
    return [
        [f"{number:07}", chance.choice(names), f"{chance.randrange(1, 29):02}-06-2025", f"{chance.random() * 900:.2f}"]
        for number in range(ROWS)
    ]


def csv_text(chance: random.Random, delimiter: str = ",") -> str:
    lines = [delimiter.join(["SC_NO", "NAME", "BILL_DATE", "KWH"])]
    for row in rows_of(chance):
        lines.append(delimiter.join('"' + cell.replace('"', '""') + '"' if '"' in cell else cell for cell in row))
    return "\n".join(lines) + "\n"


def plain(chance: random.Random) -> tuple[str, bytes]:
    delimiter = chance.choice(",;\t|")
    return "bills.csv", csv_text(chance, delimiter).encode()


def western(chance: random.Random) -> tuple[str, bytes]:
    return "bills.csv", csv_text(chance).replace("ரவி", "Ravi").encode("cp1252")


def utf16(chance: random.Random) -> tuple[str, bytes]:
    return "bills.txt", csv_text(chance, "\t").encode(chance.choice(["utf-16", "utf-16-le", "utf-16-be"]))


def gzipped(chance: random.Random) -> tuple[str, bytes]:
    return "bills.csv.gz", gzip.compress(csv_text(chance).encode())


def zstandard(chance: random.Random) -> tuple[str, bytes]:
    return "bills.csv.zst", pa.Codec("zstd").compress(csv_text(chance).encode(), asbytes=True)


def zipped(chance: random.Random) -> tuple[str, bytes]:
    members = {f"bills_2025_{month:02}.csv": csv_text(chance).encode() for month in range(1, chance.randrange(2, 5))}
    return "bills.zip", zip_of(members)


def zip_of(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def workbook(chance: random.Random) -> tuple[str, bytes]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for _ in range(chance.randrange(3)):
        sheet.append(["Ledger of the circle"])
    for row in [["SC_NO", "NAME", "BILL_DATE", "KWH"], *rows_of(chance)]:
        sheet.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return "bills.xlsx", kept.getvalue()


def parquet(chance: random.Random) -> tuple[str, bytes]:
    kept = io.BytesIO()
    pl.DataFrame(rows_of(chance), schema=["SC_NO", "NAME", "BILL_DATE", "KWH"], orient="row").write_parquet(kept)
    return "bills.parquet", kept.getvalue()


def json_lines(chance: random.Random) -> tuple[str, bytes]:
    frame = pl.DataFrame(rows_of(chance), schema=["SC_NO", "NAME", "BILL_DATE", "KWH"], orient="row")
    return "events.jsonl", frame.write_ndjson().encode()


def database(chance: random.Random) -> tuple[str, bytes]:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table bills (sc text, name text, day text, kwh real)")
    connection.executemany("insert into bills values (?, ?, ?, ?)", rows_of(chance))
    connection.commit()
    content = connection.serialize()
    connection.close()
    return "bills.db", content


GOOD: list[Callable[[random.Random], tuple[str, bytes]]] = [
    plain,
    western,
    utf16,
    gzipped,
    zstandard,
    zipped,
    workbook,
    parquet,
    json_lines,
    database,
]


# -- what happens to them --------------------------------------------------------------------------------------------


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def cut_at_the_start(chance: random.Random, content: bytes) -> bytes:
    return content[chance.randrange(1, min(len(content), 400)) :]


def flip(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 3, 30])):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def blank(chance: random.Random, content: bytes) -> bytes:
    at, size = chance.randrange(len(content)), chance.choice([1, 16, 512, 4096])
    return content[:at] + bytes(size) + content[at + size :]


def insert(chance: random.Random, content: bytes) -> bytes:
    at = chance.randrange(len(content))
    return content[:at] + chance.randbytes(chance.choice([1, 7, 300])) + content[at:]


def repeat(chance: random.Random, content: bytes) -> bytes:
    at, size = chance.randrange(len(content)), chance.randrange(1, 2000)
    return content[: at + size] + content[at:]


def join_lines(chance: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    return b"\n".join([*lines[:at], b"".join(lines[at : at + chance.randrange(2, 6)]), *lines[at + 5 :]])


def move_columns(chance: random.Random, content: bytes) -> bytes:
    """From some row on one value more, one less, or in another order, as where a report was pasted on another."""
    lines = content.split(b"\n")
    at, way = chance.randrange(len(lines)), chance.choice(["more", "less", "turned"])
    changed = []
    for line in lines[at:]:
        cells = line.split(b",")
        changed.append(b",".join({"more": [*cells, b"7"], "less": cells[:-1], "turned": cells[::-1]}[way]))
    return b"\n".join([*lines[:at], *changed])


def mix_encodings(chance: random.Random, content: bytes) -> bytes:
    lines = content.split(b"\n")
    at = chance.randrange(len(lines))
    foreign = chance.choice(["cp1252", "utf-16-le", "shift_jis"])
    return b"\n".join(
        [*lines[:at], *(line.decode("utf-8", "replace").encode(foreign, "replace") for line in lines[at:])]
    )


def nothing_left(chance: random.Random, content: bytes) -> bytes:
    return chance.choice([b"", b"\n", b"\xef\xbb\xbf", b"\xff\xfe", b" ", b"\0" * 3000, chance.randbytes(3000)])


DAMAGES: list[Callable[[random.Random, bytes], bytes]] = [
    cut,
    cut_at_the_start,
    flip,
    blank,
    insert,
    repeat,
    join_lines,
    move_columns,
    mix_encodings,
    nothing_left,
]


def damaged(seed: int, folder: Path) -> str:
    """Write the file of that seed, and return what a person would name."""
    chance = random.Random(seed)
    # Every format meets every damage once in a hundred seeds; what is hit in it is chance.
    name, content = GOOD[seed % len(GOOD)](chance)
    damage = DAMAGES[seed // len(GOOD) % len(DAMAGES)]
    path = folder / name
    path.write_bytes(damage(chance, content))
    if name.endswith(".csv") and chance.random() < 0.2:
        path = path.rename(path.with_suffix(chance.choice([".xlsx", ".csv.gz", ".parquet", ".jsonl", ".zip", ".tsv"])))
    return f"sqlite:///{path}#bills" if name.endswith(".db") else str(path)


# -- the bounds ------------------------------------------------------------------------------------------------------


def memory(what: str) -> int:
    """VmRSS: what the process holds; VmHWM: the most since it was last asked to forget."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(what))


@contextmanager
def within_bounds() -> Iterator[None]:
    Path("/proc/self/clear_refs").write_text("5")
    before, started = memory("VmRSS"), time.monotonic()
    yield
    assert time.monotonic() - started < MOST_SECONDS
    assert memory("VmHWM") - before < MOST_MEMORY
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10 < SHEET_MEMORY


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def check_error(error: UserError) -> None:
    assert error.what
    assert error.advice, error.what
    assert error.file, error.what


def outcome(place: str, scratch: Path) -> str:
    """Open and read everything twice; return the rows, or the error as it is shown."""
    try:
        tables = open_tables(place, scratch=scratch)
    except UserError as error:
        check_error(error)
        assert not list(scratch.rglob("*"))
        return f"refused: {error.what}"
    rows = 0
    for table in tables:
        for _ in range(2):
            seen = sum(batch.height for batch in table.frame.collect_batches(chunk_size=1000, maintain_order=True))
            assert seen == table.rows > 0
        file, row = table.place_of(table.rows - 1)
        assert file
        assert row >= table.rows / len(table.parts)
        rows += seen
    assert files_in(scratch) == {path for table in tables for path in table.staged}
    return f"read: {rows} rows"


def outcome_of_the_direct_path(place: str) -> None:
    try:
        frame, metadata = read_file(Path(place))
    except UserError as error:
        check_error(error)
    else:
        assert frame.height == metadata.rows > 0


SEEDS = range(FULL if os.environ.get("POWERTHEFT_PROVE") == "1" else FEW)
STRIDE = 7
"""Coprime to 100, so that the few of the ordinary run meet every format and every damage too."""


@pytest.mark.prove
@pytest.mark.parametrize("seed", [seed * STRIDE % 100 + seed // 100 * 100 for seed in SEEDS])
def test_a_damaged_file_ends_in_a_table_or_in_an_error_that_helps(seed: int, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    place = damaged(seed, tmp_path)
    with within_bounds():
        outcome(place, scratch)
        if "://" not in place:
            outcome_of_the_direct_path(place)


@pytest.mark.parametrize("make", GOOD)
def test_the_same_files_unspoilt_are_read(make: Callable[[random.Random], tuple[str, bytes]], tmp_path: Path) -> None:
    """Without this, every refusal above could be for another reason."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    chance = random.Random(1)
    name, content = make(chance)
    (tmp_path / name).write_bytes(content)
    place = f"sqlite:///{tmp_path / name}#bills" if name.endswith(".db") else str(tmp_path / name)
    rows = int(outcome(place, scratch).removeprefix("read: ").removesuffix(" rows"))
    assert rows % ROWS == 0
    assert rows


# -- traps -----------------------------------------------------------------------------------------------------------


def gzip_bomb(folder: Path) -> Path:
    """300 MiB of one row from 300 KiB: a thousandfold."""
    path = folder / "bomb.csv.gz"
    with gzip.open(path, "wb", 9) as packed:
        packed.write(b"a,b\n")
        for _ in range(300):
            packed.write(b"1,2\n" * (1 << 18))
    assert path.stat().st_size * 900 < 300 << 20
    return path


def zip_bomb(folder: Path) -> Path:
    path = folder / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as member:
        for _ in range(300):
            member.write(b"1,2\n" * (1 << 18))
    return path


def zip_in_zip(folder: Path) -> Path:
    path = folder / "nested.zip"
    path.write_bytes(zip_of({"inner.zip": zip_of({"innermost.zip": zip_of({"a.csv": b"a,b\n1,2\n"})})}))
    return path


def far_corners(folder: Path) -> Path:
    """Two cells at opposite corners of a sheet, for which a reader must hold 17 billion."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["B1"], sheet["XFD1048576"] = "a", "b", 1
    book.save(folder / "corners.xlsx")
    return folder / "corners.xlsx"


def no_line_ends(folder: Path) -> Path:
    path = folder / "long.csv"
    with path.open("wb") as stream:
        stream.write(b"a,b\n")
        for _ in range(30):
            stream.write(b"1,2," * (1 << 18))
    return path


def no_line_end_at_all(folder: Path) -> Path:
    path = folder / "longer.csv"
    path.write_bytes(b"a,b," * (5 << 20))
    return path


def many_columns(folder: Path) -> Path:
    path = folder / "wide.csv"
    path.write_text(",".join(f"c{number}" for number in range(6000)) + "\n" + ",".join("1" * 6000) + "\n")
    return path


def deep_json(folder: Path) -> Path:
    path = folder / "deep.jsonl"
    path.write_text('{"a":' + "[" * 200_000 + "]" * 200_000 + "}\n")
    return path


def open_quote(folder: Path) -> Path:
    path = folder / "quote.csv"
    path.write_bytes(b'a,b\n1,"2\n' + b"3,4\n" * 2_000_000)
    return path


TRAPS: dict[Callable[[Path], Path], str] = {
    gzip_bomb: "expands to more than 200 times its size",
    zip_bomb: "expands to more than 200 times its size",
    zip_in_zip: "packed file in its turn",
    far_corners: "more memory than any sheet needs",
    no_line_ends: "a line of more than 16 MiB",
    no_line_end_at_all: "a line of more than 16 MiB",
    many_columns: "6,000 columns",
    deep_json: "is not JSON",
    open_quote: "quotation mark",
}


@pytest.mark.parametrize("make", TRAPS)
def test_a_trap_is_refused_by_name(make: Callable[[Path], Path], tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    place = make(tmp_path)
    with within_bounds():
        assert TRAPS[make] in outcome(str(place), scratch)


def test_a_sheet_of_a_million_empty_rows_is_the_table_that_stands_in_it(tmp_path: Path) -> None:
    """Rows with a style and no value, as left behind by clearing a sheet, count for nothing."""
    empty = "".join(f'<row r="{number}"><c r="A{number}" s="1"/></row>' for number in range(3, 1_000_003))
    rows = '<row r="1"><c r="A1" t="str"><v>SC_NO</v></c><c r="B1" t="str"><v>KWH</v></c></row>'
    rows += '<row r="2"><c r="A2"><v>7</v></c><c r="B2"><v>1.5</v></c></row>' + empty
    book = openpyxl.Workbook()
    book.save(tmp_path / "small.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "small.xlsx") as small,
        zipfile.ZipFile(tmp_path / "cleared.xlsx", "w", zipfile.ZIP_DEFLATED) as cleared,
    ):
        for info in small.infolist():
            content = small.read(info)
            if info.filename == "xl/worksheets/sheet1.xml":
                main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
                content = f'<worksheet xmlns="{main}"><sheetData>{rows}</sheetData></worksheet>'.encode()
            cleared.writestr(info, content)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    with within_bounds():
        (table,) = open_tables(tmp_path / "cleared.xlsx", scratch=scratch)
        assert table.frame.collect().rows() == [(7, 1.5)]
