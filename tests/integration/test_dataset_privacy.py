"""Nobody is named in any byte that a dataset leaves, nor in what is made of it.

The utility is a made-up one of 165 connections, imported once; a test that changes something works on a copy.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from tests.integration.conftest import write_outcomes
from tests.integration.desks import ADDRESS, CONNECTIONS, NAME, PHONE, Desk, files_of, leaks, numbers_of, texts_of
from tests.integration.refusals import (
    Places,
    cells_of,
    set_cell,
    write_cells,
)


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
    write_outcomes(export, range(CONNECTIONS))
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
        assert judged.hidden.height == CONNECTIONS
        assert judged.hidden["consumer_id"].str.contains("^[0-9a-f]{32}$").all()
        written = [*files_of(judged.model), root / "hidden.csv", root / "figures.json"]
        found = {path.name: leaks(texts_of(path), judged.export) for path in written}
        assert not any(found.values()), found

    def test_reveal_writes_the_numbers_and_nothing_else_changes(self, judged: Judged) -> None:
        assert {number.encode() for number in judged.shown["consumer_id"]} == numbers_of(judged.export)
        assert judged.shown.drop("consumer_id").equals(judged.hidden.drop("consumer_id"))

    def test_each_look_is_recorded_with_its_reason_and_no_other_score_is(self, judged: Judged) -> None:
        looks = judged.desk.audit("vault.looked")
        assert [(look["reason"], look["consumers"]) for look in looks] == [
            (REASON, CONNECTIONS),
            ("after", CONNECTIONS),
        ]

    def test_reveal_of_nobody_and_of_files_is_refused(self, judged: Judged) -> None:
        judged.desk.refused("reveal", "0" * 32, "--reason", "a slip", says=("vault",))
        words = (
            "score",
            judged.export,
            "--profile",
            "tneb",
            "--model",
            judged.model,
            "--out",
            "x.csv",
            "--reveal",
            "why",
        )
        judged.desk.refused(*words, says=("--reveal",))

    def test_reveal_wants_a_reason(self, judged: Judged) -> None:
        words = ("score", "bills", "--model", judged.model, "--out", "x.csv", "--reveal", " ")
        judged.desk.refused(*words, says=("reason",))

    def test_a_new_key_changes_every_pseudonym_and_no_score(self, judged: Judged) -> None:
        """Number -> figures before and after must be one table, though no pseudonym is what it was."""
        assert set(judged.hidden["consumer_id"]).isdisjoint(judged.rotated_hidden["consumer_id"])
        figures = [name for name in judged.shown.columns if name != "used_in_fitting"]
        assert {"probability", "raw_score", "expected_energy_kwh"} <= set(figures)
        before, after = (one.sort("consumer_id").select(figures) for one in (judged.shown, judged.rotated))
        assert [name for name in figures if not after[name].equals(before[name])] == []

    def test_a_training_under_a_new_key_gives_the_same_figures(self, judged: Judged) -> None:
        """Folds, order and ties are drawn by what the bills hold, and never by a pseudonym."""
        root = judged.desk.place.root
        words = ("--features", "level", "--threads", 1, "--folds", 1, "--json", root / "again.json")
        judged.desk.run("train", "bills", "--out", root / "again", *words)
        assert (root / "again.json").read_text("utf-8") == (root / "figures.json").read_text("utf-8")

    def test_under_a_new_key_nobody_claims_to_know_whom_the_model_was_fitted_on(self, judged: Judged) -> None:
        assert judged.hidden["used_in_fitting"].null_count() == 0
        assert judged.rotated_hidden["used_in_fitting"].null_count() == CONNECTIONS
        judged.desk.refused("evaluate", "bills", "--model", judged.model, says=("fitted on", "key", "Train"))

    def test_the_old_pseudonyms_are_in_no_version_any_more(self, judged: Judged) -> None:
        old = {name.encode() for name in judged.hidden["consumer_id"]}
        written = files_of(judged.desk.home / "datasets")
        assert not [path for path in written if old & set(re.findall(rb"[0-9a-f]{32}", texts_of(path)))]
        assert judged.desk.folders() == judged.desk.registered()

    def test_a_version_under_a_new_key_can_be_rebuilt_from_its_sources(self, judged: Judged) -> None:
        assert "the same" in judged.desk.run("dataset", "rebuild", "bills").out
