"""Datasets as a user works with them: imported, compared, made again, recognised, refused.

The utility is a made-up one of 165 connections, imported once; a test that changes something works on a copy.
"""

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from tests.integration.desks import (
    CONNECTIONS,
    Desk,
    files_of,
    frames_of,
    leaks,
    texts_of,
)
from tests.integration.refusals import (
    cells_of,
    set_cell,
    write_cells,
)


class TestTheWayOfADataset:
    def test_import_says_what_it_made_and_list_and_show_know_it(self, empty_desk: Desk, utility: Path) -> None:
        figures = empty_desk.place.root / "figures.json"
        said = empty_desk.take(utility, words=("--json", figures)).out
        assert "bills@1 is made" in said
        assert empty_desk.versions("bills") == ["bills@1"]
        shown = empty_desk.shown("bills")
        # Every consumer of the list has exactly one row.
        assert shown["rows"]["consumers"] == CONNECTIONS
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

    def test_a_version_that_has_shrunk_or_shifted_says_so(self, desk: Desk, utility: Path) -> None:
        export, figures = desk.place.copy(utility), desk.place.root / "figures.json"
        bills = cells_of(export / "bills.csv")
        write_cells(export / "bills.csv", bills[: len(bills) // 2])
        assert "fewer" in desk.take(export, words=("--json", figures)).out
        findings = json.loads(figures.read_text())["quality"]["findings"]
        shrunk = [one for one in findings if one["rule"] == "shrunk_table"]
        assert [one["table"] for one in shrunk] == ["readings"]

    def test_a_step_is_shown_first_then_taken_and_kept_in_the_recipe(self, desk: Desk, utility: Path) -> None:
        step, export = "clip readings.energy maximum=50", desk.place.copy(utility)
        shown = desk.place.run("check", export, "--profile", "tneb", "--repair", step)
        assert "What the steps would do" in shown.out
        assert float(desk.table("readings")["energy"].max()) > 50
        said = desk.take(export, words=("--repair", step)).out
        assert step in said
        assert float(desk.table("readings")["energy"].max()) == 50
        recipe = desk.shown("bills@2")["recipe"]["repairs"]
        assert {"name": "clip", "table": "readings", "column": "energy", "parameters": {"maximum": 50}} in recipe
        assert "the same" in desk.run("dataset", "rebuild", "bills@2").out

    def test_the_quality_of_a_version_is_a_page_to_print(self, desk: Desk, utility: Path) -> None:
        page = desk.place.root / "quality.html"
        desk.run("dataset", "show", "bills", "--page", page)
        text = page.read_text()
        assert text.startswith("<!doctype html>")
        assert "Quality of bills@1" in text
        assert not leaks(texts_of(page), utility)

    @pytest.mark.parametrize(
        ("step", "says"),
        [
            ("mend readings", "mend"),
            ("clip", "--repair"),
            ("clip readings.energy maximum", "--repair"),
            ("drop readings rule=wrong", "wrong"),
        ],
    )
    def test_a_step_that_does_not_exist_is_refused_before_anything_is_read(
        self, desk: Desk, utility: Path, step: str, says: str
    ) -> None:
        desk.refused("dataset", "import", utility, "--name", "bills", "--yes", "--repair", step, says=(says,))
        assert desk.versions("bills") == ["bills@1"]

    @pytest.mark.parametrize("kind", ["csv", "parquet"])
    def test_an_export_holds_every_row_and_is_recorded(self, desk: Desk, kind: str, utility: Path) -> None:
        out = desk.place.root / "out"
        desk.run("dataset", "export", "bills", "--out", out, "--format", kind)
        read = pl.read_csv if kind == "csv" else pl.read_parquet
        assert read(out / f"readings.{kind}").height == desk.shown("bills")["rows"]["readings"]
        assert not set().union(*(leaks(texts_of(path), utility) for path in files_of(out)))
        # Nor does a meter's number lead back to its consumer, or the day of a connection.
        meters = set(pl.read_csv(utility / "bills.csv", infer_schema=False)["METER_NO"]) - {None}
        given = {str(number) for number in read(out / f"readings.{kind}")["meter_id"]}
        assert len(given) > 100
        assert not meters & given
        days = read(out / f"consumers.{kind}")["connected_on"].cast(pl.String).drop_nulls()
        assert days.str.ends_with("-01-01").all()
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

    def test_a_profile_that_was_saved_names_no_column_of_persons(self, empty_desk: Desk, utility: Path) -> None:
        """Through it a name would ride along into every model that is trained on the files themselves."""
        frame = pl.read_csv(utility / "consumers.csv", infer_schema=False)
        master = frame.rename({"NAME": "Customer", "ADDRESS": "Premises"})
        file = empty_desk.place.root / "masters.csv"
        master.write_csv(file)
        said = empty_desk.take(file, name="a", words=("--save-profile", "ours")).out
        assert "Customer" in said
        saved = (empty_desk.home / "profiles" / "ours.toml").read_text("utf-8")
        assert not [word for word in ("Customer", "Premises", "PHONE") if word in saved]
        # What was left out of the profile is found again, and stays out.
        again = empty_desk.take(file, name="b").out
        assert "recognised" in again
        assert empty_desk.table("consumers", "b").columns == empty_desk.table("consumers", "a").columns

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


LEDGER = """
name = "ledger"
title = "A ledger of bills"
currency = "INR"
date_formats = ["%d-%m-%Y"]
label_scope = "inspected"
[[tables]]
table = "readings"
file = "ledger"
required = true
[tables.columns]
consumer_id = "SC_NO"
read_on = "READ_DATE"
energy = "UNITS"
"""
PLAIN_ROWS = 2_500


@pytest.fixture
def ledger(place) -> Path:
    (place.root / "ledger.toml").write_text(LEDGER)
    path = place.root / "ledger.csv"
    rows = [f"{10_000 + row},01-02-2025,{row}" for row in range(PLAIN_ROWS)]
    path.write_text("\n".join(["SC_NO,READ_DATE,UNITS", *rows, ""]))
    return path


class TestWhatTheFirstRowsDoNotShow:
    def test_a_style_of_numbers_that_begins_far_below_is_found(self, empty_desk: Desk, ledger: Path) -> None:
        with ledger.open("a") as file:
            file.writelines(f'{row},01-02-2025,"1,23,{row}.5"\n' for row in range(456, 460))
        empty_desk.take(ledger, words=("--profile", ledger.with_suffix(".toml")))
        energy = empty_desk.table("readings")["energy"]
        assert len(energy) == PLAIN_ROWS + 4
        assert energy.top_k(4).sort().to_list() == [123456.5, 123457.5, 123458.5, 123459.5]
        assert "made again: the same" in empty_desk.run("dataset", "rebuild", "bills").out

    def test_a_stray_cell_far_below_is_named(self, empty_desk: Desk, ledger: Path) -> None:
        with ledger.open("a") as file:
            file.write('1,01-02-2025,"1,234"\n')
        says = (f"row {PLAIN_ROWS + 2}", "column UNITS")
        empty_desk.refused(
            "dataset", "import", ledger, "--name", "bills", "--profile", ledger.with_suffix(".toml"), says=says
        )
