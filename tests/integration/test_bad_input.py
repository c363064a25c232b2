"""Data that cannot be used are refused by every command that reads data: one message, where, and what to do."""

import gzip
import random
import shutil
from pathlib import Path

import polars as pl
import pytest

from tests.integration.conftest import World
from tests.integration.refusals import (
    DATA_COMMANDS,
    JUDGING,
    Place,
    cells_of,
    check_message,
    drop_column,
    lines_of,
    rename_column,
    set_cell,
    set_column,
    words,
    write_cells,
    write_lines,
)

every_command = pytest.mark.parametrize("command", DATA_COMMANDS)
one_command = pytest.mark.parametrize("command", ["score"])
"""Where all four only repeat what one reader does: the command that goes the longest way, and writes."""
needing_labels = pytest.mark.parametrize("command", ["train", "evaluate"])


class Export:
    """A copy of the good export, and the refusal of it once spoilt."""

    def __init__(self, place: Place, world: World, command: str) -> None:
        # What is judged or ranked are the consumers that the model has not seen.
        good = world.others if command in JUDGING else world.export
        self.folder, self.place, self.world, self.command = place.copy(good), place, world, command
        self.bills = self.folder / "bills.csv"
        self.inspections = self.folder / "inspections.csv"

    def refused(self, *says: object, may_name: str = "") -> str:
        given = words(self.command, self.folder, profile="tneb", model=self.world.model)
        return self.place.refused(*given, says=says, may_name=may_name)

    def accepted(self) -> None:
        run = self.place.run(*words(self.command, self.folder, profile="tneb", model=self.world.model))
        assert run.code == 0, run.err


class Table:
    """The same with one row a consumer."""

    def __init__(self, place: Place, world: World, command: str) -> None:
        self.file = place.copy(world.other_table if command in JUDGING else world.table)
        self.place, self.world, self.command = place, world, command

    def refused(self, *says: object, data: object = None, may_name: str = "") -> str:
        data = self.file if data is None else data
        given = words(self.command, data, profile="table", model=self.world.table_model)
        return self.place.refused(*given, says=says, may_name=may_name)

    def accepted(self, data: object = None) -> None:
        data = self.file if data is None else data
        run = self.place.run(*words(self.command, data, profile="table", model=self.world.table_model))
        assert run.code == 0, run.err


@pytest.fixture
def export(place: Place, world: World, command: str) -> Export:
    return Export(place, world, command)


@pytest.fixture
def table(place: Place, world: World, command: str) -> Table:
    return Table(place, world, command)


@every_command
class TestTheDataAsTheyAreAreAccepted:
    """Without this, every refusal below could be for another reason."""

    def test_an_export(self, export: Export) -> None:
        export.accepted()

    def test_one_row_a_consumer(self, table: Table) -> None:
        table.accepted()


class TestFilesThatAreNotThere:
    @every_command
    def test_no_such_path(self, table: Table) -> None:
        table.refused("nowhere.csv", data="nowhere.csv")

    @one_command
    def test_an_empty_folder(self, table: Table) -> None:
        (table.place.root / "nothing").mkdir()
        table.refused("nothing", data=table.place.root / "nothing")

    @one_command
    def test_a_file_of_no_known_ending(self, table: Table) -> None:
        other = table.file.rename(table.file.with_suffix(".xlsx"))
        table.refused("t.xlsx" if table.command not in JUDGING else "u.xlsx", ".csv", data=other)

    @one_command
    def test_a_needed_table_is_missing(self, export: Export) -> None:
        export.bills.unlink()
        export.refused("bills")

    @one_command
    def test_two_files_for_one_table(self, export: Export) -> None:
        pl.read_csv(export.bills).write_parquet(export.folder / "bills.parquet")
        export.refused("bills.csv", "bills.parquet")

    @one_command
    def test_a_folder_with_the_name_of_a_file(self, export: Export) -> None:
        export.bills.unlink()
        export.bills.mkdir()
        export.refused("bills.csv")


class TestFilesThatHoldNothing:
    @every_command
    def test_an_empty_file(self, table: Table) -> None:
        table.file.write_bytes(b"")
        table.refused(table.file.name, "empty")

    @one_command
    def test_a_file_of_blank_lines(self, table: Table) -> None:
        table.file.write_bytes(b"\n\n\n")
        table.refused(table.file.name)

    @every_command
    def test_a_header_only(self, table: Table) -> None:
        write_lines(table.file, lines_of(table.file)[:1])
        table.refused(table.file.name, "no row")

    @one_command
    def test_an_empty_file_in_an_export(self, export: Export) -> None:
        export.bills.write_bytes(b"")
        export.refused("bills.csv", "empty")

    @one_command
    def test_a_header_only_in_an_export(self, export: Export) -> None:
        write_lines(export.bills, lines_of(export.bills)[:1])
        export.refused("bills.csv", "no row")

    @one_command
    def test_an_empty_parquet_file(self, table: Table) -> None:
        table.refused("nothing.parquet", data=empty_parquet(table))

    @one_command
    def test_a_parquet_file_without_rows(self, table: Table) -> None:
        path = table.place.root / "header.parquet"
        pl.read_csv(table.file).clear().write_parquet(path)
        table.refused(path, "no row", data=path)


def empty_parquet(table: Table) -> Path:
    path = table.place.root / "nothing.parquet"
    path.write_bytes(b"")
    return path


class TestFilesThatAreDamaged:
    @every_command
    def test_a_truncated_parquet_file(self, table: Table) -> None:
        path = table.place.root / "cut.parquet"
        pl.read_csv(table.file).write_parquet(path)
        path.write_bytes(path.read_bytes()[:-20])
        table.refused(path, data=path)

    @one_command
    def test_a_parquet_file_damaged_in_the_middle(self, table: Table) -> None:
        path = table.place.root / "hurt.parquet"
        pl.read_csv(table.file).write_parquet(path)
        data = bytearray(path.read_bytes())
        data[4:404] = bytes(400)
        path.write_bytes(data)
        table.refused(path, data=path)

    @every_command
    def test_a_parquet_file_that_is_none(self, table: Table) -> None:
        path = table.file.rename(table.file.with_suffix(".parquet"))
        table.refused(path, "parquet", data=path)

    @one_command
    def test_a_csv_file_that_is_parquet(self, table: Table) -> None:
        pl.read_csv(table.file).write_parquet(table.file)
        table.refused(table.file.name)

    @every_command
    def test_a_truncated_gzip_file(self, table: Table) -> None:
        path = table.file.with_suffix(".csv.gz")
        path.write_bytes(gzip.compress(table.file.read_bytes())[:-200])
        table.refused(path, data=path)

    @one_command
    def test_a_gzip_file_without_its_last_bytes(self, table: Table) -> None:
        path = table.file.with_suffix(".csv.gz")
        path.write_bytes(gzip.compress(table.file.read_bytes())[:-4])
        table.refused(path, data=path)

    @one_command
    @pytest.mark.parametrize("ending", [".csv.gz", ".csv.zst"])
    def test_a_compressed_file_that_is_none(self, table: Table, ending: str) -> None:
        path = table.file.with_suffix(ending)
        path.write_bytes(random.Random(0).randbytes(4000))
        table.refused(path, data=path)

    @one_command
    def test_a_truncated_zstandard_file(self, table: Table) -> None:
        path = table.file.with_suffix(".csv.zst")
        pl.read_csv(table.file).write_csv(path, compression="zstd")
        path.write_bytes(path.read_bytes()[:-100])
        table.refused(path, data=path)

    @one_command
    def test_a_file_of_nul_bytes(self, table: Table) -> None:
        table.file.write_bytes(bytes(4000))
        table.refused(table.file.name)

    @one_command
    def test_a_nul_byte_in_a_cell(self, table: Table) -> None:
        set_cell(table.file, 7, "kind", "ho\0me")
        table.refused(table.file.name, "row 7")

    @one_command
    def test_not_utf_8(self, table: Table) -> None:
        set_cell(table.file, 9, "kind", "bäckerei")
        table.file.write_bytes(table.file.read_text("utf-8").encode("latin-1"))
        table.refused(table.file.name, "row 9", "UTF-8")

    @one_command
    def test_utf_16(self, table: Table) -> None:
        table.file.write_bytes(table.file.read_text("utf-8").encode("utf-16"))
        table.refused(table.file.name, "UTF-8")


class TestRowsThatAreRagged:
    @one_command
    def test_a_row_with_a_cell_too_many(self, export: Export) -> None:
        lines = lines_of(export.bills)
        lines[10] += ",7"
        write_lines(export.bills, lines)
        export.refused("bills.csv", "row 11")

    @one_command
    def test_a_row_with_cells_too_few(self, export: Export) -> None:
        lines = lines_of(export.bills)
        lines[10] = lines[10].rsplit(",", 3)[0]
        write_lines(export.bills, lines)
        export.refused("bills.csv", "row 11")

    @one_command
    def test_a_quote_that_is_never_closed(self, export: Export) -> None:
        lines = lines_of(export.bills)
        cells = lines[10].split(",")
        cells[4] = '"OK'
        lines[10] = ",".join(cells)
        write_lines(export.bills, lines)
        export.refused("bills.csv", "row 11")

    @one_command
    def test_a_file_cut_in_the_middle_of_a_row(self, export: Export) -> None:
        text = export.bills.read_text("utf-8").rstrip("\n")
        export.bills.write_text(text[: text.rindex(",70")], "utf-8")
        export.refused("bills.csv", f"row {len(lines_of(export.bills))}")


@every_command
class TestColumns:
    def test_a_missing_column(self, export: Export) -> None:
        drop_column(export.bills, "KWH")
        export.refused("bills.csv", "KWH")

    def test_a_misspelt_column(self, export: Export) -> None:
        rename_column(export.bills, "BILL_DATE", "BIL_DATE")
        export.refused("bills.csv", "BILL_DATE", "BIL_DATE")

    def test_a_misspelt_consumer_number(self, table: Table) -> None:
        rename_column(table.file, "consumer_id", "cunsomer")
        table.refused(table.file.name, "consumer_id")

    def test_two_columns_of_one_name(self, export: Export) -> None:
        rename_column(export.bills, "RMD_KW", "KWH")
        export.refused("bills.csv", "KWH")

    def test_two_columns_of_one_name_that_none_asks_for(self, table: Table) -> None:
        rename_column(table.file, "usage_before", "usage_last")
        table.refused(table.file.name, "usage_last")

    def test_a_column_without_a_single_consumer_number(self, table: Table) -> None:
        set_column(table.file, "consumer_id", "")
        table.refused(table.file.name, "consumer_id")

    def test_the_same_in_an_export(self, export: Export) -> None:
        set_column(export.bills, "SC_NO", "")
        export.refused("bills.csv", "SC_NO")


@pytest.mark.parametrize("command", ["train", "evaluate", "score"])
def test_bills_of_other_consumers_only(export: Export) -> None:
    """Only `check` goes on: to say so is its work."""
    set_column(export.bills, "SC_NO", "X")
    export.refused("bills.csv", "consumers.csv")


class TestCells:
    @every_command
    def test_text_in_a_number_column(self, export: Export) -> None:
        set_cell(export.bills, 12, "KWH", "many")
        export.refused("bills.csv", "row 12", "KWH", "many")

    @one_command
    def test_another_decimal_sign(self, export: Export) -> None:
        set_cell(export.bills, 12, "KWH", "1.234,5")
        export.refused("bills.csv", "row 12", "KWH", "1.234,5")

    @one_command
    def test_text_in_a_number_column_of_the_consumers(self, export: Export) -> None:
        set_cell(export.folder / "consumers.csv", 300, "SANC_LOAD_KW", "5 HP")
        export.refused("consumers.csv", "row 300", "SANC_LOAD_KW", "5 HP")

    @every_command
    def test_mixed_date_formats(self, export: Export) -> None:
        set_cell(export.bills, 20, "BILL_DATE", "2025-04-30")
        export.refused("bills.csv", "row 20", "BILL_DATE", "2025-04-30")

    @one_command
    def test_month_and_day_the_other_way_round(self, export: Export) -> None:
        set_cell(export.bills, 21, "BILL_DATE", "04-30-2025")
        export.refused("bills.csv", "row 21", "BILL_DATE", "04-30-2025")

    @one_command
    def test_a_day_that_no_month_has(self, export: Export) -> None:
        set_cell(export.bills, 22, "BILL_DATE", "31-02-2025")
        export.refused("bills.csv", "row 22", "BILL_DATE", "31-02-2025")

    @one_command
    def test_half_the_dates_in_another_format(self, export: Export) -> None:
        rows = cells_of(export.bills)
        at = rows[0].index("BILL_DATE")
        middle = len(rows) // 2
        for row in rows[middle:]:
            row[at] = "-".join(reversed(row[at].split("-")))
        write_cells(export.bills, rows)
        export.refused("bills.csv", f"row {middle + 1}", "BILL_DATE")

    @one_command
    def test_infinite_energy(self, export: Export) -> None:
        """It is a number to many a reader, and no energy: refused here or by a quality rule, never used."""
        set_cell(export.bills, 12, "KWH", "inf")
        export.refused("bills.csv", "row 12", "KWH")


class TestTheFarFuture:
    """Such a date is a place-holder. `check` shows it; whatever the others make of it, it is no defect."""

    @pytest.mark.parametrize("command", ["train", "evaluate", "score"])
    def test_every_bill(self, export: Export) -> None:
        set_column(export.bills, "BILL_DATE", "31-12-9999")
        export.refused("BILL_DATE", "9999")

    @pytest.mark.parametrize("command", ["train", "evaluate", "score"])
    def test_one_bill(self, export: Export) -> None:
        set_cell(export.bills, 30, "BILL_DATE", "31-12-9999")
        given = words(export.command, export.folder, profile="tneb", model=export.world.model)
        run = export.place.run(*given)
        assert run.code == 0 or check_message(run), run.err

    @pytest.mark.parametrize("command", ["check"])
    def test_it_is_shown(self, export: Export) -> None:
        set_cell(export.bills, 30, "BILL_DATE", "31-12-9999")
        run = export.place.run(*words("check", export.folder, profile="tneb", model=export.world.model))
        assert run.code == 0, run.err
        shown = " ".join(run.out.split())
        assert "lies in the future" in shown
        assert "30 of bills.csv" in shown


class TestLabels:
    @needing_labels
    def test_no_file_of_them(self, export: Export) -> None:
        export.inspections.unlink()
        export.refused("inspections")

    @needing_labels
    def test_no_row_of_them(self, export: Export) -> None:
        write_lines(export.inspections, lines_of(export.inspections)[:1])
        export.refused("inspections")

    @needing_labels
    def test_no_outcome_in_any_row(self, export: Export) -> None:
        set_column(export.inspections, "FINDING", "")
        export.refused("outcome")

    @needing_labels
    def test_nobody_was_met(self, export: Export) -> None:
        set_column(export.inspections, "FINDING", "NO_ACCESS")
        export.refused("outcome")

    @needing_labels
    def test_no_column_of_labels(self, table: Table) -> None:
        drop_column(table.file, "label")
        table.refused("label")

    @needing_labels
    def test_thieves_only(self, table: Table) -> None:
        set_column(table.file, "label", "1")
        table.refused("honest")

    @needing_labels
    def test_honest_only(self, table: Table) -> None:
        set_column(table.file, "label", "0")
        table.refused("theft")

    @needing_labels
    def test_labels_that_no_profile_knows(self, table: Table) -> None:
        set_column(table.file, "label", "perhaps")
        table.refused("perhaps")

    @pytest.mark.parametrize("command", ["train"])
    def test_one_thief_too_few(self, table: Table) -> None:
        keep_thieves(table.file, 49)
        table.refused("49", "50")

    @pytest.mark.parametrize("command", ["train"])
    def test_just_enough_thieves(self, table: Table) -> None:
        keep_thieves(table.file, 50)
        table.accepted()

    @pytest.mark.parametrize("command", ["check", "score"])
    def test_they_may_be_absent_where_none_is_needed(self, export: Export) -> None:
        export.inspections.unlink()
        export.accepted()

    @pytest.mark.parametrize("command", ["score"])
    def test_they_may_be_absent_from_a_table(self, table: Table) -> None:
        drop_column(table.file, "label")
        table.accepted()


def test_consumers_that_the_model_was_fitted_to_are_no_judges(place: Place, world: World) -> None:
    given = words("evaluate", world.export, profile="tneb", model=world.model)
    place.refused(*given, says=("used in fitting",))


def keep_thieves(path: Path, count: int) -> None:
    rows = cells_of(path)
    thieves = [row for row in rows[1:] if row[1] == "1"]
    write_cells(path, [rows[0], *(row for row in rows[1:] if row[1] == "0"), *thieves[:count]])


class TestProfiles:
    @every_command
    def test_an_unknown_name(self, place: Place, world: World, command: str) -> None:
        given = words(command, world.export, profile="tnebb", model=world.model)
        place.refused(*given, says=("tnebb", "Did you mean tneb?"))

    @one_command
    def test_a_file_that_does_not_exist(self, place: Place, world: World, command: str) -> None:
        given = words(command, world.export, profile="mine.toml", model=world.model)
        place.refused(*given, says=("mine.toml",))

    @one_command
    @pytest.mark.parametrize("text", ["", "name =", 'name = "mine"\n', "\0\0", 'name = "mine"\ntables = 3\n'])
    def test_a_file_that_is_no_profile(self, place: Place, world: World, command: str, text: str) -> None:
        (place.work / "mine.toml").write_text(text)
        given = words(command, world.export, profile="mine.toml", model=world.model)
        place.refused(*given, says=("mine.toml",))

    @every_command
    def test_a_known_one_that_fits_other_files(self, place: Place, world: World, command: str) -> None:
        given = words(command, world.export, profile="steg", model=world.model)
        place.refused(*given, says=("client", "invoice"))

    @one_command
    def test_a_table_given_as_an_export(self, place: Place, world: World, command: str) -> None:
        given = words(command, world.table, profile="tneb", model=world.model)
        place.refused(*given, says=("consumers", "tneb"))

    @one_command
    def test_an_export_given_as_a_table(self, place: Place, world: World, command: str) -> None:
        given = words(command, world.export, profile="table", model=world.table_model)
        place.refused(*given, says=("one file",))


@pytest.mark.parametrize("command", JUDGING)
class TestDataThatLackWhatTheModelLearntFrom:
    def test_a_column_of_the_table(self, table: Table) -> None:
        drop_column(table.file, "usage_before")
        table.refused("usage_before")

    def test_words_where_it_learnt_from_numbers(self, table: Table) -> None:
        set_cell(table.file, 5, "usage_before", "many")
        table.refused("usage_before", "number")

    def test_words_where_it_learnt_from_dates(self, table: Table) -> None:
        set_cell(table.file, 5, "seen_on", "yesterday")
        table.refused("seen_on")

    def test_a_column_of_an_export(self, export: Export) -> None:
        drop_column(export.folder / "consumers.csv", "SANC_LOAD_KW")
        export.refused("SANC_LOAD_KW")

    def test_a_table_of_an_export(self, export: Export) -> None:
        (export.folder / "payments.csv").unlink()
        export.refused("payments")

    def test_another_profile_than_the_models(self, place: Place, world: World, command: str) -> None:
        given = words(command, world.other_table, profile="table", model=world.model)
        place.refused(*given, says=("trained with",))

    def test_the_order_of_columns_plays_no_part(self, table: Table) -> None:
        write_cells(table.file, [row[::-1] for row in cells_of(table.file)])
        table.accepted()


class TestMappings:
    @one_command
    @pytest.mark.parametrize(
        ("mapping", "names"),
        [
            ("energy", "energy"),
            ("=KWH", "KWH"),
            ("energy=", "energy"),
            ("=", "--map"),
            ("energie=KWH", "energie"),
            ("energy=NOSUCH", "NOSUCH"),
            ("bills.energy=KWH", "bills.energy"),
            ("readings.energie=KWH", "readings.energie"),
        ],
    )
    def test_one_that_means_nothing(self, export: Export, mapping: str, names: str) -> None:
        given = words(export.command, export.folder, profile="tneb", model=export.world.model)
        export.place.refused(*given, "--map", mapping, says=(names,))

    @one_command
    def test_a_column_of_words_as_energy(self, export: Export) -> None:
        given = words(export.command, export.folder, profile="tneb", model=export.world.model)
        export.place.refused(*given, "--map", "energy=MTR_STATUS", says=("bills.csv", "row 2", "MTR_STATUS"))

    @one_command
    def test_two_for_one_column(self, export: Export) -> None:
        given = words(export.command, export.folder, profile="tneb", model=export.world.model)
        export.place.refused(*given, "--map", "energy=KWH", "--map", "energy=FR", says=("energy",))


def test_an_earlier_list_and_model_survive_a_refusal(place: Place, world: World) -> None:
    table = Table(place, world, "train")
    shutil.copytree(world.table_model, place.work / "model")
    (place.work / "ranked.csv").write_text("an earlier list\n")
    set_column(table.file, "label", "1")
    table.refused("honest")
    lines = lines_of(table.file)
    write_lines(table.file, [*lines, lines[3] + ",7"])
    Place.refused(place, *words("score", table.file, profile="table", model=world.table_model), says=("row 402",))
