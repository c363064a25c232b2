"""Datasets through kills, and bills that are collected once.

The utility is a made-up one of 165 connections, imported once; a test that changes something works on a copy.
"""

import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.desks import Desk, files_of, texts_of
from tests.integration.measured import powertheft
from tests.integration.refusals import (
    lines_of,
    set_cell,
    write_lines,
)

MOMENTS: dict[str, Callable[[Desk], bool]] = {
    "when it has begun": lambda desk: any((desk.home / "scratch").glob(".*.partial")),
    "when parts are written": lambda desk: any((desk.home / "scratch").glob(".*/parts/*")),
    "when the version is half written": lambda desk: any(
        (desk.home / "datasets" / "bills").glob(".*.partial/tables/*")
    ),
    "when the version has its manifest": lambda desk: any(
        (desk.home / "datasets" / "bills").glob(".*.partial/manifest.json")
    ),
    "when the version is there and no register knows it": lambda desk: (
        len(desk.folders() - desk.registered()) > 1 and len(list((desk.home / "datasets" / "bills").glob("v-*"))) > 1
    ),
}


def killed_when(desk: Desk, moment: Callable[[Desk], bool], *arguments: object) -> bool:
    """Kill a command with SIGKILL at a moment; False where it had ended before that came."""
    with desk.place.warm.started(*arguments, "--home", desk.home, **desk.place.conditions({})) as command:
        until = time.monotonic() + 20
        while time.monotonic() < until and Path(f"/proc/{command.pid}").exists() and not moment(desk):
            time.sleep(0.0005)
        command.interrupt(signal.SIGKILL)
        return command.wait().code == -signal.SIGKILL


class TestKilled:
    @pytest.mark.parametrize("moment", list(MOMENTS))
    def test_an_import_that_is_killed_leaves_the_last_good_version(
        self, desk: Desk, utility: Path, moment: str
    ) -> None:
        export = desk.place.copy(utility)
        set_cell(export / "bills.csv", 4, "KWH", "12345")
        good = desk.hash_of("bills@1")
        words = ("dataset", "import", export, "--name", "bills", "--yes")
        was_killed = killed_when(desk, MOMENTS[moment], *words)
        known, left = desk.versions("bills"), desk.hash_of("bills")
        assert known == ["bills@1"] or (known == ["bills@1", "bills@2"] and left != good)
        assert was_killed or len(known) == 2
        assert desk.folders() == desk.registered()
        assert not list((desk.home / "scratch").iterdir())
        desk.take(export)
        assert desk.hash_of("bills") != good
        # Where the kill came a moment after the version was registered, it is there whole; else the last good one is.
        assert left == (good if len(known) == 1 else desk.hash_of("bills"))
        assert desk.folders() == desk.registered()

    def test_what_another_command_is_writing_is_left_alone(self, desk: Desk, utility: Path) -> None:
        """While an import is under way (stopped in the middle) another command tidies up; then it goes on."""
        export = desk.place.copy(utility)
        set_cell(export / "bills.csv", 4, "KWH", "12345")
        words = ("dataset", "import", export, "--name", "bills", "--yes", "--home", desk.home)
        with desk.place.warm.started(*words, **desk.place.conditions({})) as command:
            while not MOMENTS["when the version is half written"](desk):
                time.sleep(0.0005)
            command.interrupt(signal.SIGSTOP)
            other = powertheft("dataset", "list", "bills", "--home", desk.home, folder=desk.place.root)
            command.interrupt(signal.SIGCONT)
            ended = command.wait()
        assert other.code == 0, other.err
        assert ended.code == 0, ended.err
        assert desk.versions("bills") == ["bills@1", "bills@2"]


def write_collection(home: Path, place: object, *, profile: object, more: str = "") -> None:
    entry = f'[[collections]]\ndataset = "bills"\nplace = "{place}"\nprofile = "{profile}"\n{more}\n'
    home.mkdir(exist_ok=True)
    (home / "collections.toml").write_text(entry)


LEDGER = """
name = "ledger"
title = "bills alone"
currency = "INR"
date_formats = ["%Y-%m-%d"]
label_scope = "inspected"
tariff_column = "tariff"
notes = ""

[[tables]]
table = "readings"
file = "*"
required = true
keep_others = false
[tables.columns]
consumer_id = "SC_NO"
read_on = "BILL_DATE"
energy = "KWH"
"""


def bills_of(month: int, consumers: range) -> list[tuple[str, str, int]]:
    return [(f"555-{one:05}", f"2025-{month:02}-01", 100 + one) for one in consumers]


def write_bills(path: Path, rows: list[tuple[str, str, int]]) -> None:
    write_lines(path, ["SC_NO,BILL_DATE,KWH", *(",".join(map(str, row)) for row in rows)])


@pytest.fixture
def fetching(empty_desk: Desk) -> Desk:
    empty_desk.home.mkdir()
    (empty_desk.home / "ledger.toml").write_text(LEDGER)
    return empty_desk


def add_to_base(path: Path, rows: list[tuple[str, str, int]]) -> None:
    with sqlite3.connect(path) as base:
        base.execute("create table if not exists bills (ID integer primary key, SC_NO text, BILL_DATE text, KWH real)")
        base.executemany("insert into bills (SC_NO, BILL_DATE, KWH) values (?, ?, ?)", rows)
    base.close()


class Incoming:
    """Where new bills arrive: a folder with a file a month, or a table of a database."""

    def __init__(self, kind: str, desk: Desk) -> None:
        self.kind, self.path = kind, desk.place.root / "incoming"
        if kind == "folder":
            self.path.mkdir()
            write_collection(desk.home, self.path, profile=desk.home / "ledger.toml")
        else:
            query = f"sqlite:///{self.path}#select * from bills where ID > :mark order by ID"
            write_collection(desk.home, query, profile=desk.home / "ledger.toml", more='mark = "ID"\nstart = 0')

    def add(self, month: int, consumers: range) -> None:
        rows = bills_of(month, consumers)
        if self.kind == "folder":
            write_bills(self.path / f"bills_2025_{month:02}.csv", rows)
        else:
            add_to_base(self.path, rows)


@pytest.fixture(params=["folder", "query"])
def incoming(request: pytest.FixtureRequest, fetching: Desk) -> Incoming:
    return Incoming(request.param, fetching)


class TestCollecting:
    def test_new_bills_are_taken_exactly_once(self, fetching: Desk, incoming: Incoming) -> None:
        incoming.add(1, range(30))
        assert "bills@1" in fetching.run("collect", "--once").out
        assert fetching.table("readings").height == 30
        assert "nothing new" in fetching.run("collect", "--once").out
        incoming.add(2, range(10, 50))
        assert "bills@2" in fetching.run("collect", "--once").out
        assert fetching.table("readings").height == 70
        assert fetching.table("readings")["consumer_id"].n_unique() == 50
        assert "nothing new" in fetching.run("collect", "--once").out
        assert fetching.versions("bills") == ["bills@1", "bills@2"]

    def test_bills_that_come_again_are_taken_once_even_if_they_were_mended(self, fetching: Desk) -> None:
        """A negative energy is emptied and a period derived: the bill that comes again is still the same bill."""
        place = fetching.place.root / "incoming"
        place.mkdir()
        days = '"DAYS"\n[tables.attributes]\nSECTION = "category"\n'
        (fetching.home / "ledger.toml").write_text(f"{LEDGER}period_days = {days}")
        head, january = "SC_NO,BILL_DATE,KWH,DAYS,SECTION", ["1,2025-01-01,90,31,S1", "2,2025-01-01,80,31,S1"]
        february = ["1,2025-02-01,-5,,S1", "2,2025-02-01,70,,S1"]
        march = ["1,2025-03-01,95,28,S1", "2,2025-02-01,-5,,S1", "1,2025-02-01,-5,,S2"]
        write_lines(place / "bills_2025_02.csv", [head, *january, *february])
        write_collection(fetching.home, place, profile=fetching.home / "ledger.toml")
        fetching.run("collect", "--once")
        write_lines(place / "bills_2025_03.csv", [head, *february, *march])
        fetching.run("collect", "--once")
        rows = fetching.table("readings").sort("read_on", "energy", "SECTION").select("read_on", "energy", "SECTION")
        february_rows = rows.filter(rows["read_on"].dt.month() == 2)
        # Another section, or another energy, is another bill; what came again is not.
        assert february_rows["energy"].to_list() == [None, None, None, 70]
        assert february_rows["SECTION"].to_list() == ["S1", "S1", "S2", "S1"]
        assert rows.height == 2 + 4 + 1

    def test_a_list_of_consumers_need_not_come_with_every_month(self, fetching: Desk, utility: Path) -> None:
        """The first month brings all files, the second bills alone: nothing of the first may be lost."""
        place, bills = fetching.place.root / "incoming", lines_of(utility / "bills.csv")
        shutil.copytree(utility, place)
        (place / "bills.csv").unlink()
        write_lines(place / "bills_2025_01.csv", bills[:400])
        write_collection(fetching.home, place, profile="tneb")
        fetching.run("collect", "--once")
        first = fetching.shown("bills")["rows"]
        write_lines(place / "bills_2025_02.csv", [bills[0], *bills[400:]])
        fetching.run("collect", "--once")
        fetching.take(utility, name="whole")
        assert first["readings"] < fetching.shown("bills")["rows"]["readings"]
        assert fetching.shown("bills")["rows"] == fetching.shown("whole")["rows"]
        assert "the same" in fetching.run("dataset", "rebuild", "bills").out

    def test_a_file_that_the_profile_does_not_read_is_named_and_makes_no_version(
        self, fetching: Desk, utility: Path
    ) -> None:
        place = fetching.place.root / "incoming"
        shutil.copytree(utility, place)
        write_collection(fetching.home, place, profile="tneb")
        fetching.run("collect", "--once")
        before = fetching.shown("bills")["rows"]
        write_lines(place / "holidays.csv", ["DAY,NAME", "15-08-2026,Independence Day"])
        for _ in range(2):
            # It is not set down as seen: once the profile reads it, it is collected.
            said = fetching.run("collect", "--once").out
            assert "nothing new" in said
            assert "holidays.csv" in said
        assert fetching.versions("bills") == ["bills@1"]
        assert fetching.shown("bills")["rows"] == before

    def test_a_list_of_places_with_a_word_too_many_says_which(self, fetching: Desk) -> None:
        write_collection(fetching.home, fetching.place.root, profile="tneb")
        path = fetching.home / "collections.toml"
        path.write_text(path.read_text("utf-8").replace("[[collections]]", "[[collection]]"))
        fetching.refused("collect", "--once", says=("collections.toml", "'collection'"))

    def test_a_place_that_is_still_empty_is_nothing_new(self, fetching: Desk, incoming: Incoming) -> None:
        if incoming.kind == "query":
            add_to_base(incoming.path, [])
        assert "nothing new" in fetching.run("collect", "--once").out

    @pytest.mark.parametrize("moment", list(MOMENTS)[1:])
    def test_bills_are_taken_once_though_the_first_try_is_killed(
        self, fetching: Desk, incoming: Incoming, moment: str
    ) -> None:
        incoming.add(1, range(30))
        fetching.run("collect", "--once")
        incoming.add(2, range(30))
        killed_when(fetching, MOMENTS[moment], "collect", "--once")
        fetching.run("collect", "--once")
        assert fetching.table("readings").height == 60
        assert fetching.versions("bills") == ["bills@1", "bills@2"]
        assert fetching.folders() == fetching.registered()
        assert "nothing new" in fetching.run("collect", "--once").out

    def test_the_numbers_of_a_database_are_in_no_byte_either(self, fetching: Desk, incoming: Incoming) -> None:
        incoming.add(1, range(30))
        ended = fetching.run("collect", "--once")
        contents = [texts_of(path) for path in files_of(fetching.home)] + [(ended.out + ended.err).encode()]
        assert not [content for content in contents if b"555-000" in content]

    def test_without_a_list_of_places_it_says_what_to_write(self, imported: Desk) -> None:
        imported.refused("collect", "--once", says=("collections.toml",))
