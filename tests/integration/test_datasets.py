"""Datasets as a user works with them: imported, compared, made again, collected, and without anybody's name.

The utility is a made-up one of 165 connections, imported once; a test that changes something works on a copy.
"""

import gzip
import json
import re
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.integration.conftest import write_outcomes
from tests.integration.measured import powertheft
from tests.integration.refusals import (
    Place,
    Places,
    cells_of,
    check_message,
    lines_of,
    set_cell,
    write_cells,
    write_lines,
)
from tests.integration.warm import Ended

CONSUMERS, BILLS = 165, 8
TRUTH = ("truth.csv", "truth_transformers.csv")
NAME, ADDRESS, PHONE = "Xanthippa Quillvasan", "17 Zyzzyva Street, Ooskanagar", "98401 73519"
NUMBER_FORM = re.compile(rb"\d{3}-\d{5}")
"""How the simulation writes consumer numbers."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A place to work at with a home of its own."""

    place: Place
    home: Path

    def run(self, *arguments: object, code: int = 0) -> Ended:
        """Run a command that takes --home; it must end with that exit code."""
        ended = self.place.run(*arguments, "--home", self.home)
        assert ended.code == code, ended.err + ended.out
        return ended

    def refused(self, *arguments: object, says: tuple[object, ...] = ()) -> str:
        message = check_message(self.place.run(*arguments, "--home", self.home))
        lacking = [str(word) for word in says if str(word) not in message]
        assert not lacking, f"the message lacks {lacking}: {message}"
        return message

    def take(self, *data: object, name: str = "bills", words: tuple[object, ...] = ()) -> Ended:
        return self.run("dataset", "import", *data, "--name", name, "--yes", *words)

    def shown(self, reference: str) -> dict:
        return json.loads(self.run("dataset", "show", reference, "--verify", "--json").out)

    def hash_of(self, reference: str) -> str:
        return self.shown(reference)["content_hash"]

    def versions(self, name: str) -> list[str]:
        """The versions that the list names."""
        return re.findall(rf"^{re.escape(name)}@\d+", self.run("dataset", "list", name).out, re.MULTILINE)

    def folders(self) -> set[str]:
        """Whatever lies among the versions, finished or not."""
        return {path.relative_to(self.home).as_posix() for path in (self.home / "datasets").glob("*/*")}

    def registered(self) -> set[str]:
        """The folders of the versions that the register knows."""
        with sqlite3.connect(self.home / "powertheft.db") as base:
            rows = base.execute("select folder from dataset_versions where deleted_at is null").fetchall()
        return {f"datasets/{folder}" for (folder,) in rows}

    def table(self, name: str, dataset: str = "bills") -> pl.DataFrame:
        """A table of the newest version of a dataset, as it lies on disk."""
        with sqlite3.connect(self.home / "powertheft.db") as base:
            query = "select folder from dataset_versions where folder like ? order by number desc limit 1"
            (folder,) = base.execute(query, [f"{dataset}/%"]).fetchone()
        return pl.read_parquet(self.home / "datasets" / folder / "tables" / name / "*.parquet")

    def audit(self, action: str) -> list[dict]:
        with sqlite3.connect(self.home / "powertheft.db") as base:
            rows = base.execute("select details from audit_events where action = ?", [action]).fetchall()
        return [json.loads(details) for (details,) in rows]


@pytest.fixture(scope="module")
def utility(places: Places) -> Iterator[Path]:
    """An export of a made-up utility; the names, address, telephone and number of one consumer are known."""
    made = places.make()
    place = next(made)
    folder = place.root / "utility"
    ended = place.run("simulate", folder, "--consumers", CONSUMERS, "--bills", BILLS, "--seed", 4)
    assert ended.code == 0, ended.err
    for name in TRUTH:
        (folder / name).unlink()
    for column, value in (("NAME", NAME), ("ADDRESS", ADDRESS), ("PHONE", PHONE)):
        set_cell(folder / "consumers.csv", 5, column, value)
    yield folder
    next(made, None)


@pytest.fixture(scope="module")
def imported(places: Places, utility: Path) -> Iterator[Desk]:
    """The home where the utility is imported as bills@1. Not to be changed."""
    made = places.make()
    place = next(made)
    desk = Desk(place, place.root / "home")
    desk.take(utility)
    yield desk
    next(made, None)


@pytest.fixture
def desk(place: Place, imported: Desk) -> Desk:
    """A copy of that home."""
    shutil.copytree(imported.home, place.root / "home")
    return Desk(place, place.root / "home")


@pytest.fixture
def empty_desk(place: Place) -> Desk:
    return Desk(place, place.root / "home")


def frames_of(folder: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_csv(path, infer_schema=False) for path in sorted(folder.glob("*.csv"))}


def numbers_of(folder: Path) -> set[bytes]:
    """Every consumer number of an export, from its list of consumers."""
    return {row[0].encode() for row in cells_of(folder / "consumers.csv")[1:]}


def persons_of(folder: Path) -> set[str]:
    """Every name, address and telephone of an export."""
    frame = pl.read_csv(folder / "consumers.csv", infer_schema=False)
    return {cell for column in ("NAME", "ADDRESS", "PHONE") for cell in frame[column].drop_nulls()}


def files_of(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file()]


def texts_of(path: Path) -> bytes:
    """The bytes of a file, and, where it is Parquet, whatever text its packed pages hold."""
    content = path.read_bytes()
    if path.suffix != ".parquet":
        return content
    texts = pl.read_parquet(path).select(pl.all().cast(pl.String)).unpivot()["value"].drop_nulls().unique()
    return content + "\n".join(texts.to_list()).encode()


def leaks(content: bytes, export: Path, *, also: tuple[str, ...] = ()) -> set[bytes]:
    """The numbers, names, addresses and telephones of an export that stand in some bytes."""
    found = set(NUMBER_FORM.findall(content)) & numbers_of(export)
    return found | {word.encode() for word in (*persons_of(export), *also) if word.encode() in content}


class TestTheWayOfADataset:
    def test_import_says_what_it_made_and_list_and_show_know_it(self, empty_desk: Desk, utility: Path) -> None:
        figures = empty_desk.place.root / "figures.json"
        said = empty_desk.take(utility, words=("--json", figures)).out
        assert "bills@1 is made" in said
        assert empty_desk.versions("bills") == ["bills@1"]
        shown = empty_desk.shown("bills")
        # Every consumer of the list has exactly one row.
        assert shown["rows"]["consumers"] == CONSUMERS
        written = json.loads(figures.read_text())
        assert (written["dataset"], written["version"], written["is_new"]) == ("bills", 1, True)
        assert written["content_hash"] == shown["content_hash"]
        assert written["quality"]["tables"]

    def test_the_same_content_makes_no_new_version(self, desk: Desk, utility: Path) -> None:
        before = desk.folders()
        assert "Nothing has changed: bills@1" in desk.take(utility).out
        assert desk.versions("bills") == ["bills@1"]
        assert desk.folders() == before

    def test_a_changed_bill_is_a_new_version_and_diff_says_so(self, desk: Desk, utility: Path) -> None:
        export = desk.place.copy(utility)
        set_cell(export / "bills.csv", 4, "KWH", "12345")
        assert "bills@2 is made" in desk.take(export).out
        figures = desk.place.root / "diff.json"
        said = desk.run("dataset", "diff", "bills@1", "bills@2", "--json", figures).out
        assert re.search(r"\b1\b.*changed", said), said
        assert json.loads(figures.read_text())
        assert desk.hash_of("bills@1") != desk.hash_of("bills@2")

    @pytest.mark.parametrize("kind", ["csv", "parquet"])
    def test_an_export_holds_every_row_and_is_recorded(self, desk: Desk, kind: str, utility: Path) -> None:
        out = desk.place.root / "out"
        desk.run("dataset", "export", "bills", "--out", out, "--format", kind)
        read = pl.read_csv if kind == "csv" else pl.read_parquet
        assert read(out / f"readings.{kind}").height == desk.shown("bills")["rows"]["readings"]
        assert not set().union(*(leaks(texts_of(path), utility) for path in files_of(out)))
        assert len(desk.audit("dataset.version.exported")) == 1

    def test_a_deleted_version_is_gone_and_its_number_is_not_given_again(self, desk: Desk, utility: Path) -> None:
        desk.run("dataset", "delete", "bills@1", "--reason", "a test", "--yes")
        assert desk.folders() == set()
        desk.refused("dataset", "show", "bills", says=("no dataset called bills",))
        assert "bills@2 is made" in desk.take(utility).out
        assert desk.audit("dataset.version.deleted") == [{"reason": "a test"}]

    def test_a_changed_byte_is_found(self, desk: Desk) -> None:
        file = next((desk.home / "datasets").rglob("readings/part-00000.parquet"))
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
        desk.refused("dataset", "show", "bills", "--verify", says=("damaged",))


class TestBadReferences:
    @pytest.mark.parametrize("command", ["show", "rebuild", "list"])
    def test_a_dataset_that_is_not_there(self, imported: Desk, command: str) -> None:
        imported.refused("dataset", command, "nosuch", says=("nosuch", "bills"))

    def test_a_dataset_that_is_not_there_is_not_deleted_or_trained_on(self, imported: Desk) -> None:
        imported.refused("dataset", "delete", "nosuch", "--reason", "x", "--yes", says=("nosuch", "bills"))
        imported.refused("train", "nosuch", "--out", "model", says=("nosuch", "bills"))
        imported.refused("train", "nosuch@1", "--out", "model", says=("nosuch", "bills"))

    @pytest.mark.parametrize("number", [0, 99, 10**30])
    def test_a_version_that_is_not_there(self, imported: Desk, number: int) -> None:
        imported.refused("dataset", "show", f"bills@{number}", says=(f"no version {number}", "1"))
        imported.refused("train", f"bills@{number}", "--out", "model", says=(f"no version {number}",))

    def test_words_that_name_no_version(self, imported: Desk) -> None:
        imported.refused("dataset", "show", "bills@x", says=("bills@x", "NAME@2"))
        imported.refused("dataset", "show", "../bills", says=("no dataset called",))

    @pytest.mark.parametrize("name", ["a/b", "../a", "", "-a", "a@1", "x" * 300])
    def test_a_name_that_no_dataset_can_have(self, imported: Desk, utility: Path, name: str) -> None:
        imported.refused("dataset", "import", utility, f"--name={name}", "--yes", says=("cannot be called",))
        assert imported.versions("bills") == ["bills@1"]


def shuffled(folder: Path, to: Path) -> None:
    """Rows and columns in another order."""
    for name, frame in frames_of(folder).items():
        mixed = frame.select(sorted(frame.columns, key=lambda column: column[::-1]))
        mixed.sample(fraction=1.0, shuffle=True, seed=3).write_csv(to / f"{name}.csv")


def compressed(folder: Path, to: Path) -> None:
    for path in folder.glob("*.csv"):
        (to / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))


def as_parquet(folder: Path, to: Path) -> None:
    """Numbers and dates typed wherever the whole column is one."""
    for name, frame in frames_of(folder).items():
        frame.select(typed(frame[column]) for column in frame.columns).write_parquet(to / f"{name}.parquet")


def as_excel(folder: Path, to: Path) -> None:
    """The bills as a typed sheet, the rest as it was."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("bills.csv"), dirs_exist_ok=True)
    for name, frame in [("bills", frames_of(folder)["bills"])]:
        book = openpyxl.Workbook()
        made = frame.select(typed(frame[column]) for column in frame.columns)
        for row in [made.columns, *made.iter_rows()]:
            book.active.append(list(row))
        book.save(to / f"{name}.xlsx")


def by_month(folder: Path, to: Path) -> None:
    """The bills in two files, in UTF-16 with semicolons."""
    for name, frame in frames_of(folder).items():
        parts = {name: frame}
        if name == "bills":
            parts = {"bills_2025_01": frame[:300], "bills_2025_02": frame[300:]}
        for stem, part in parts.items():
            (to / f"{stem}.csv").write_bytes(part.write_csv(separator=";").encode("utf-16"))


def typed(texts: pl.Series) -> pl.Series:
    for make in (
        lambda: texts.cast(pl.Int64),
        lambda: texts.cast(pl.Float64),
        lambda: texts.str.to_date("%d-%m-%Y"),
    ):
        try:
            return make()
        except pl.exceptions.InvalidOperationError:
            continue
    return texts


class TestTheContentHash:
    @pytest.mark.parametrize("form", [shuffled, compressed, as_parquet, as_excel, by_month])
    def test_the_same_rows_in_another_form_are_the_same_content(
        self, desk: Desk, utility: Path, form: Callable[[Path, Path], None]
    ) -> None:
        other = desk.place.root / "other"
        other.mkdir()
        form(utility, other)
        said = desk.take(other, name="other").out
        assert "other@1 is made" in said
        different = desk.run("dataset", "diff", "bills", "other").out
        assert desk.hash_of("other") == desk.hash_of("bills"), different
        assert "the same" in desk.run("dataset", "rebuild", "other").out

    def test_rebuilding_from_another_folder_gives_the_same(self, desk: Desk) -> None:
        before = desk.folders()
        said = desk.run("dataset", "rebuild", "bills").out
        assert "made again: the same" in said
        assert desk.hash_of("bills") in said
        assert desk.folders() == before

    def test_rebuilding_what_was_named_from_the_folder_it_lies_in(self, desk: Desk, utility: Path) -> None:
        shutil.copytree(utility, desk.place.work / "here")
        ended = desk.place.run("dataset", "import", "here", "--name", "mine", "--yes", "--home", desk.home)
        assert ended.code == 0, ended.err
        ended = desk.place.run("dataset", "rebuild", "mine", "--home", desk.home, folder=desk.place.root)
        assert ended.code == 0, ended.err

    def test_rebuilding_names_the_file_that_has_changed(self, desk: Desk, utility: Path) -> None:
        export = desk.place.copy(utility)
        desk.take(export, name="mine")
        set_cell(export / "payments.csv", 3, "PAID_RS", "1.0")
        desk.refused("dataset", "rebuild", "mine", says=("payments.csv", "not what it was"))
        (export / "payments.csv").unlink()
        desk.refused("dataset", "rebuild", "mine", says=("payments.csv",))


class TestNobodysNameIsWritten:
    def test_nothing_of_a_person_is_in_any_byte_of_the_home(self, imported: Desk, utility: Path) -> None:
        sealed = {"vault.db", "pseudonyms.key"}
        written = [path for path in files_of(imported.home) if path.name not in sealed]
        assert len(written) >= 8
        found = {path.name: leaks(texts_of(path), utility) for path in written}
        assert not any(found.values()), found

    def test_the_vault_shows_nothing_without_the_key(self, imported: Desk, utility: Path) -> None:
        assert not leaks((imported.home / "vault.db").read_bytes(), utility)

    def test_the_search_would_find_them(self, utility: Path, tmp_path: Path) -> None:
        """The search itself, on what is known to hold all of it."""
        frame = pl.read_csv(utility / "consumers.csv", infer_schema=False)
        frame.write_parquet(tmp_path / "t.parquet", compression="zstd")
        found = leaks(texts_of(tmp_path / "t.parquet"), utility)
        assert {NAME.encode(), ADDRESS.encode(), PHONE.encode(), *numbers_of(utility)} <= found

    def test_no_command_prints_them(self, desk: Desk, utility: Path) -> None:
        for words in (("dataset", "import", utility, "--name", "again", "--yes"), ("dataset", "show", "bills"),
                      ("dataset", "show", "bills", "--json"), ("dataset", "list"), ("dataset", "rebuild", "bills"),
                      ("dataset", "diff", "bills", "again"), ("check", "bills")):  # fmt: skip
            ended = desk.run(*words)
            assert not leaks((ended.out + ended.err).encode(), utility), words

    @pytest.mark.parametrize("column", ["BILL_DATE", "KWH"])
    def test_what_has_slipped_into_a_number_or_date_is_refused_and_not_told(
        self, empty_desk: Desk, utility: Path, column: str
    ) -> None:
        export = empty_desk.place.copy(utility)
        set_cell(export / "bills.csv", 3, column, f"{NAME} {PHONE}")
        message = empty_desk.refused("dataset", "import", export, "--name", "b", "--yes", says=("row 3", column))
        assert NAME not in message
        assert PHONE not in message
        assert not [path for path in files_of(empty_desk.home) if NAME.encode() in texts_of(path)]
        assert not empty_desk.folders()

    @pytest.mark.parametrize("value", [NAME, PHONE])
    def test_what_has_slipped_into_a_column_of_codes_is_counted_and_not_told(
        self, empty_desk: Desk, utility: Path, value: str
    ) -> None:
        export, figures = empty_desk.place.copy(utility), empty_desk.place.root / "figures.json"
        for file, column in (("bills", "MTR_STATUS"), ("bills", "READ_CODE"), ("consumers", "CATEGORY"),
                             ("consumers", "PHASE"), ("inspections", "FINDING")):  # fmt: skip
            set_cell(export / f"{file}.csv", 3, column, value)
        ended = empty_desk.take(export, name="b", words=("--json", figures))
        assert "readings.meter_status" in ended.out
        assert value not in ended.out + ended.err
        written = [path for path in files_of(empty_desk.home) if path.name != "vault.db"]
        assert not [path for path in [*written, figures] if value.encode() in texts_of(path)]

    def test_a_remark_in_an_unknown_file_is_not_kept(self, empty_desk: Desk, utility: Path) -> None:
        """A column of free text that holds a telephone and a name now and then."""
        rows = cells_of(utility / "bills.csv")
        remarks = [
            "REMARKS",
            *("" if place % 9 else f"call {NAME} on {PHONE.replace(' ', '')}" for place in range(1, len(rows))),
        ]
        file = empty_desk.place.root / "ledger.csv"
        write_cells(file, [[row[0], row[1], row[12], remark] for row, remark in zip(rows, remarks, strict=True)])
        empty_desk.take(file, name="ledger")
        written = [path for path in files_of(empty_desk.home) if path.name != "vault.db"]
        found = {path.name: leaks(texts_of(path), utility, also=(PHONE.replace(" ", ""),)) for path in written}
        assert not any(found.values()), found

    def test_a_position_is_kept_to_about_a_kilometre_only(self, empty_desk: Desk, utility: Path) -> None:
        """Two decimal places of a degree are 1.1 km."""
        export = empty_desk.place.copy(utility)
        rows = cells_of(export / "consumers.csv")
        at = rows[0].index("GRID_KM")
        exact = [f"9.{171234 + place} 78.{821145 + place}" for place in range(len(rows) - 1)]
        moved = [[*row[:at], place, *row[at + 1 :]] for row, place in zip(rows[1:], exact, strict=True)]
        write_cells(export / "consumers.csv", [rows[0], *moved])
        empty_desk.take(export, name="bills")
        assert not [path for path in files_of(empty_desk.home / "datasets") if b".82114" in texts_of(path)]
        assert empty_desk.table("consumers")["position"].str.contains(r"^9\.17\d?\D+78\.82").any()

    def test_a_person_is_kept_only_with_a_reason(self, empty_desk: Desk, utility: Path) -> None:
        empty_desk.refused(
            "dataset", "import", utility, "--name", "b", "--yes", "--keep", "PHONE= ", says=("PHONE", "reason")
        )


@dataclass(frozen=True, slots=True)
class Judged:
    """A dataset with outcomes, a model that was trained on it, and the lists as the commands wrote them."""

    desk: Desk
    export: Path
    model: Path
    hidden: pl.DataFrame
    shown: pl.DataFrame
    rotated: pl.DataFrame
    rotated_hidden: pl.DataFrame


REASON = "squad 4 goes on Monday"


@pytest.fixture(scope="module")
def judged(places: Places, utility: Path) -> Iterator[Judged]:
    """A model of the utility's dataset; lists of pseudonyms and of numbers, before and after the key was rotated."""
    made = places.make()
    place = next(made)
    export, model, desk = place.copy(utility), place.root / "model", Desk(place, place.root / "home")
    write_outcomes(export, range(CONSUMERS))
    desk.take(export)
    thrifty = ("--features", "level", "--threads", 1, "--folds", 1)
    desk.run("train", "bills", "--out", model, *thrifty, "--json", place.root / "figures.json")

    def scored(name: str, *words: object) -> pl.DataFrame:
        out = place.root / name
        desk.run("score", "bills", "--model", model, "--out", out, "--explain", 20, *words)
        return pl.read_csv(out, infer_schema=False)

    hidden, shown = scored("hidden.csv"), scored("shown.csv", "--reveal", REASON)
    desk.run("key", "rotate", "--yes")
    rotated, rotated_hidden = scored("rotated.csv", "--reveal", "after"), scored("rotated_hidden.csv")
    yield Judged(desk, export, model, hidden, shown, rotated, rotated_hidden)
    next(made, None)


class TestScoring:
    def test_the_list_the_bundle_and_the_report_name_pseudonyms_only(self, judged: Judged) -> None:
        root = judged.desk.place.root
        assert judged.hidden.height == CONSUMERS
        assert judged.hidden["consumer_id"].str.contains("^[0-9a-f]{32}$").all()
        written = [*files_of(judged.model), root / "hidden.csv", root / "figures.json"]
        found = {path.name: leaks(texts_of(path), judged.export) for path in written}
        assert not any(found.values()), found

    def test_reveal_writes_the_numbers_and_nothing_else_changes(self, judged: Judged) -> None:
        assert {number.encode() for number in judged.shown["consumer_id"]} == numbers_of(judged.export)
        assert judged.shown.drop("consumer_id").equals(judged.hidden.drop("consumer_id"))

    def test_each_look_is_recorded_with_its_reason_and_no_other_score_is(self, judged: Judged) -> None:
        looks = judged.desk.audit("vault.looked")
        assert [(look["reason"], look["consumers"]) for look in looks] == [(REASON, CONSUMERS), ("after", CONSUMERS)]

    def test_reveal_wants_a_reason(self, judged: Judged) -> None:
        words = ("score", "bills", "--model", judged.model, "--out", "x.csv", "--reveal", " ")
        judged.desk.refused(*words, says=("reason",))

    def test_a_new_key_changes_every_pseudonym_and_no_score(self, judged: Judged) -> None:
        """Number -> figures before and after must be one table, though no pseudonym is what it was.

        Of those that score alike the pseudonyms decide who comes first, and so who of them is explained.
        """
        assert set(judged.hidden["consumer_id"]).isdisjoint(judged.rotated_hidden["consumer_id"])
        other = {"rank", "used_in_fitting", "reason_1", "reason_2", "reason_3"}
        figures = [name for name in judged.shown.columns if name not in other]
        assert {"probability", "raw_score", "expected_energy_kwh"} <= set(figures)
        before, after = (one.sort("consumer_id").select(figures) for one in (judged.shown, judged.rotated))
        assert [name for name in figures if not after[name].equals(before[name])] == []

    def test_the_old_pseudonyms_are_in_no_version_any_more(self, judged: Judged) -> None:
        old = {name.encode() for name in judged.hidden["consumer_id"]}
        written = files_of(judged.desk.home / "datasets")
        assert not [path for path in written if old & set(re.findall(rb"[0-9a-f]{32}", texts_of(path)))]
        assert judged.desk.folders() == judged.desk.registered()

    def test_a_version_under_a_new_key_can_be_rebuilt_from_its_sources(self, judged: Judged) -> None:
        assert "the same" in judged.desk.run("dataset", "rebuild", "bills").out


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
        assert was_killed or desk.versions("bills") == ["bills@1", "bills@2"]
        if was_killed:
            assert desk.hash_of("bills") == good
        assert desk.folders() == desk.registered()
        assert not list((desk.home / "scratch").iterdir())
        desk.take(export)
        assert desk.hash_of("bills") != good
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


class TestAnUnknownLayout:
    def test_a_mapping_is_proposed_saved_and_recognised_the_next_time(self, empty_desk: Desk, utility: Path) -> None:
        """The bills under other headers: consumer, reading date and energy must be found by name and values."""
        frame = pl.read_csv(utility / "bills.csv", infer_schema=False)
        ledger = frame.select(
            pl.col("SC_NO").alias("Service No"), pl.col("BILL_DATE").alias("Reading Dt"), pl.col("KWH").alias("Units")
        )
        first, second = empty_desk.place.root / "ledger.csv", empty_desk.place.root / "other name.csv"
        ledger[:300].write_csv(first)
        ledger[300:].write_csv(second)
        said = empty_desk.take(first, name="a", words=("--save-profile", "ours")).out
        assert "proposed" in said
        assert "recognised by its columns" not in said
        said = empty_desk.take(second, name="b").out
        assert "Profile ours (recognised by its columns)" in said
        assert empty_desk.table("readings", "b").columns == empty_desk.table("readings", "a").columns
        empty_desk.refused(
            "dataset", "import", second, "--name", "c", "--yes", "--save-profile", "ours", says=("ours",)
        )

    def test_a_proposal_that_nobody_confirms_keeps_nothing(self, empty_desk: Desk, utility: Path) -> None:
        rows = cells_of(utility / "bills.csv")
        file = empty_desk.place.root / "ledger.csv"
        write_cells(file, [["Service No", "Reading Dt", "Units"], *([row[0], row[1], row[12]] for row in rows[1:])])
        ended = empty_desk.place.run("dataset", "import", file, "--name", "a", "--home", empty_desk.home)
        assert ended.code != 0
        assert not (empty_desk.home / "datasets").exists() or not empty_desk.folders()


@pytest.mark.data
def test_steg_without_a_profile_is_the_same_content(empty_desk: Desk, steg_folder: Path) -> None:
    """A sample of 300 clients: with the profile, recognised, and under other names of the files."""
    clients = pl.read_csv(steg_folder / "client.csv", infer_schema=False).sort("client_id").sample(300, seed=1)
    invoices = pl.scan_parquet(steg_folder / "invoice.parquet").join(clients.lazy(), on="client_id", how="semi")
    named, strange = empty_desk.place.root / "steg", empty_desk.place.root / "strange"
    named.mkdir()
    strange.mkdir()
    for folder, one, two in ((named, "client", "invoice"), (strange, "a", "b")):
        clients.write_csv(folder / f"{one}.csv")
        invoices.collect().write_csv(folder / f"{two}.csv")
    empty_desk.take(named, words=("--profile", "steg"))
    for folder in (named, strange):
        assert "Nothing has changed" in empty_desk.take(folder).out
