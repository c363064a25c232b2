"""Fifty files that are wrong, through the form: each ends in a clear message, and nothing half written is left.

The damage is that of tests/integration/test_damaged_files.py; beside it files that are no tables at all.
"""

import html
import re
from pathlib import Path

import pytest
from tests.integration.test_damaged_files import damaged, deep_json, far_corners, many_columns, zip_in_zip
from tests.unit.web.test_data import send_form

from powertheft.actions import intakes
from powertheft.actions.house import House
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once
from powertheft.settings import read_home

WRONG = 50
STRIDE = 7
MOST_SEEDS = 300
NEVER = re.compile(r"Traceback|Errno|Error\(|Exception|polars|0x[0-9a-f]{6}|/scratch/|defect of powertheft")
UNLIKE: dict[str, bytes] = {
    "picture.csv": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
    "letter.pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + b"1 0 obj\n" * 50,
    "program.exe": b"MZ\x90\x00" + b"\0" * 500,
    "no-ending": b"a,b\n1,2\n",
    "readme.txt": b"These are the bills of May. Please import them soon.\n",
    "only-a-header.csv": b"SC_NO,KWH,BILL_DATE\n",
    "workbook.xlsx": b"PK\x03\x04 this is no workbook",
    "packed.zip": b"PK\x05\x06" + b"\0" * 18,
    "packed.csv.gz": b"\x1f\x8b\x08\x00 and then nothing of gzip",
    "columns.parquet": b"PAR1" + b"\0" * 64 + b"PAR1",
    "page.csv": b"<!doctype html><html><body>Session expired, sign in again</body></html>\n",
    "one-column.csv": b"SC_NO\n1\n2\n3\n",
}


@pytest.fixture
def house(tmp_path, store) -> House:
    return House(read_home(tmp_path / "home", {}), store, Actor("root", PERMISSIONS))


def wrong_files(folder: Path):
    """Give file after file that somebody should not have sent."""
    yield from UNLIKE.items()
    for make in (many_columns, deep_json, zip_in_zip, far_corners):
        path = make(folder)
        yield path.name, path.read_bytes()
    for number in range(MOST_SEEDS):
        own = folder / str(number)
        own.mkdir()
        place = damaged(number * STRIDE % 100 + number // 100 * 100, own).removeprefix("sqlite:///").partition("#")[0]
        yield Path(place).name, Path(place).read_bytes()


def told(page: str) -> list[str]:
    """Return the messages of a page: what is wrong, and what to do."""
    found = re.findall(
        r'<p><strong>(.*?)</strong>(.*?)</p>|class="trouble"[^>]*>.*?<span>(.*?)</span>', page, re.DOTALL
    )
    return [html.unescape(" ".join(parts)).strip() for parts in found]


def test_each_of_fifty_wrong_files_gets_a_clear_message_and_nothing_is_left(sign_up, house, tmp_path):
    ana, refused, messages = sign_up("ana", "analyst"), 0, set[str]()
    for name, content in wrong_files(tmp_path):
        answer = send_form(ana, [(name, content)])
        page = answer.text
        if answer.status_code == 302:
            address = answer.location
            ana.send(f"{address}/look", address)
            job = work_once(house, worker="w1")
            assert job is not None
            page = ana.get(address).text
            (intake,) = intakes.list_open(house.for_actor(Actor("ana", PERMISSIONS)))
            ana.send(f"{address}/abandon", address)
            if "The columns are right" in page and "It cannot be imported like this yet" not in page:
                continue  # the damage left a table: it is looked over like any other
            assert intake.next_step() == "columns"
        said = told(page)
        assert said, (name, page)
        assert all(len(one) > 20 and not NEVER.search(one) for one in said), (name, said)
        messages |= set(said)
        refused += 1
        assert list((house.home.scratch / "intakes").glob("*")) == []
        assert [path for path in house.home.scratch.rglob("*") if path.is_file()] == []
        if refused == WRONG:
            break
    assert refused == WRONG
    assert len(messages) >= 15
    assert not house.home.datasets.exists() or list(house.home.datasets.iterdir()) == []
    with house.begin() as work:
        assert list(work.datasets.list_datasets()) == []
