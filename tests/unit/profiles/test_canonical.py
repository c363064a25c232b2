"""From a file's columns to the canonical tables."""

import random
import tomllib
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import InputError, ProfileError
from powertheft.domain.files import FileMetadata
from powertheft.domain.tables import TABLES
from powertheft.profiles.adapting import adapt_profile
from powertheft.profiles.canonical import TYPES, canonical_tables
from powertheft.profiles.loading import load_profile, profile_text
from powertheft.profiles.parsing import parse_profile
from powertheft.profiles.serialising import profile_from_json, profile_to_json

Files = dict[str, tuple[pl.DataFrame, FileMetadata]]
OneFile = Callable[..., Files]
Bills = Callable[..., str]


def test_steg_becomes_consumers_inspections_and_readings(export: Files) -> None:
    tables = canonical_tables(load_profile("steg"), export)
    assert set(tables) == {"consumers", "inspections", "readings"}
    consumers = tables["consumers"].frame.filter(consumer_id="client_9")
    assert consumers.row(0, named=True) == {
        "consumer_id": "client_9",
        "category": "11",
        "region": "102",
        "district": "60",
        "connected_on": date(1989, 10, 10),
        "source_row": 11,
    }
    outcomes = dict(tables["inspections"].frame.select("consumer_id", "outcome").iter_rows())
    assert {name for name, outcome in outcomes.items() if outcome == "theft"} == {
        "client_0", "client_9", "client_18", "client_27", "client_36",
    }  # fmt: skip
    assert tables["inspections"].frame["inspected_on"].null_count() == 40


def test_slabs_are_added_up_and_months_become_days(export: Files, invoices: pl.DataFrame) -> None:
    readings = canonical_tables(load_profile("steg"), export)["readings"].frame.sort("source_row")
    slabs = [invoices[f"consommation_level_{slab}"].cast(pl.Int64) for slab in range(1, 5)]
    assert readings["energy"].to_list() == [sum(row) for row in zip(*slabs, strict=True)]
    assert readings["period_days"].unique().to_list() == [121.75]
    assert readings["commodity"].unique().sort().to_list() == ["electricity", "gas"]
    assert readings["counter_coefficient"].dtype == pl.Float64


def test_every_column_has_its_canonical_type(export: Files) -> None:
    for name, table in canonical_tables(load_profile("steg"), export).items():
        for column, dtype in table.frame.schema.items():
            known = TABLES[name].column(column)
            kind = known.kind if known else table.attributes.get(column, "integer")
            assert dtype == TYPES[kind], column


def test_tables_are_sorted_by_key_and_bills_of_one_day_are_numbered(export: Files) -> None:
    readings = canonical_tables(load_profile("steg"), export)["readings"].frame
    keys = list(TABLES["readings"].key)
    assert readings.select(keys).equals(readings.select(keys).sort(keys))
    assert not readings.select(keys).is_duplicated().any()
    assert readings["sequence"].max() == 1


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_and_columns_changes_nothing(
    clients: pl.DataFrame, invoices: pl.DataFrame, export: Files, seed: int
) -> None:
    def shuffled(frame: pl.DataFrame, name: str) -> tuple[pl.DataFrame, FileMetadata]:
        names = random.Random(seed).sample(frame.columns, len(frame.columns))
        mixed = frame.sample(fraction=1.0, shuffle=True, seed=seed).select(names)
        return mixed, FileMetadata(name, "csv", mixed.height, tuple(mixed.columns), 2, 1)

    other = {"client": shuffled(clients, "client.csv"), "invoice": shuffled(invoices, "invoice.csv")}
    assert_same_tables(load_profile("steg"), export, load_profile("steg"), other)


def assert_same_tables(profile, files: Files, other_profile, other_files: Files) -> None:
    ours, theirs = canonical_tables(profile, files), canonical_tables(other_profile, other_files)
    assert list(ours) == list(theirs)
    for name, table in ours.items():
        assert table.frame.drop("source_row").equals(theirs[name].frame.drop("source_row")), name
        assert table.attributes == theirs[name].attributes


def renamed(text: str, words: dict[str, str]) -> str:
    """Turn the profile of STEG into one of a utility that calls everything otherwise."""
    for ours, theirs in words.items():
        text = text.replace(f'"{ours}"', f'"{theirs}"')
    for name in (
        "tarif_type",
        "counter_code",
        "counter_coefficient",
        *(f"consommation_level_{n}" for n in range(1, 5)),
    ):
        kind = "number" if name.startswith(("cons", "counter_coe")) else "category"
        text = text.replace(f'{name} = "{kind}"', f'{name} = {{ source = "{words[name]}", kind = "{kind}" }}')
    return text


def words_of(frames: list[pl.DataFrame]) -> dict[str, str]:
    names = dict.fromkeys(name for frame in frames for name in frame.columns)
    return {name: f"X{number}_{name[::-1]}" for number, name in enumerate(names)} | {
        "client": "kunden",
        "invoice": "rechnungen",
    }


def test_a_renamed_and_shuffled_export_with_its_own_profile_gives_the_same_tables(
    clients: pl.DataFrame, invoices: pl.DataFrame, export: Files, tmp_path: Path
) -> None:
    words = words_of([clients, invoices])
    (tmp_path / "own.toml").write_text(renamed(profile_text("steg"), words))
    other: Files = {}
    for stem, frame in (("kunden", clients), ("rechnungen", invoices)):
        mixed = frame.rename(words, strict=False).sample(fraction=1.0, shuffle=True, seed=3)
        mixed = mixed.select(reversed(mixed.columns))
        other[stem] = (mixed, FileMetadata(f"{stem}.csv", "csv", mixed.height, tuple(mixed.columns), 2, 1))
    assert_same_tables(load_profile("steg"), export, load_profile(str(tmp_path / "own.toml")), other)


@pytest.mark.data
def test_the_real_export_renamed_and_shuffled_gives_the_same_tables(steg_folder: Path, tmp_path: Path) -> None:
    frames = {
        "client": pl.read_csv(steg_folder / "client.csv", infer_schema=False),
        # A tenth of the bills shows all that can differ, and keeps the test quick.
        "invoice": pl.read_parquet(steg_folder / "invoice.parquet", n_rows=300_000),
    }
    words = words_of(list(frames.values()))
    (tmp_path / "own.toml").write_text(renamed(profile_text("steg"), words))
    files: Files = {}
    other: Files = {}
    for stem, frame in frames.items():
        files[stem] = (frame, FileMetadata(stem, "parquet", frame.height, tuple(frame.columns), 1, 1))
        mixed = frame.rename(words, strict=False).sample(fraction=1.0, shuffle=True, seed=3)
        mixed = mixed.select(reversed(mixed.columns))
        other[words[stem]] = (mixed, FileMetadata(stem, "parquet", mixed.height, tuple(mixed.columns), 1, 1))
    assert_same_tables(load_profile("steg"), files, load_profile(str(tmp_path / "own.toml")), other)


def test_numbers_of_parquet_read_as_the_same_text_of_csv(export: Files, invoices: pl.DataFrame) -> None:
    typed = invoices.with_columns(pl.col("^counter_(number|statue|code|coeff.*)$").cast(pl.Int64))
    typed = typed.with_columns(
        pl.col("^cons.*|.*index|months.*$").cast(pl.Float64), pl.col("tarif_type").cast(pl.Float64)
    )
    typed = typed.with_columns(pl.col("invoice_date").str.to_datetime("%Y-%m-%d"))
    metadata = FileMetadata("invoice.csv", "csv", typed.height, tuple(typed.columns), 2, 1)
    assert_same_tables(load_profile("steg"), export, load_profile("steg"), {**export, "invoice": (typed, metadata)})


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["0.0", "1.0", None], ["normal", "theft", None]),
        ([0, 1, None], ["normal", "theft", None]),
        ([0.0, 1.0, float("nan")], ["normal", "theft", None]),
        ([False, True, None], ["normal", "theft", None]),
        (["False", "TRUE", ""], ["normal", "theft", None]),
        (["normal", "theft", None], ["normal", "theft", None]),
    ],
)
def test_a_label_is_known_in_whatever_dress_it_comes(
    one_file: OneFile, words: list[object], expected: list[object]
) -> None:
    columns = {"client_id": ["a", "b", "c"], "target": words}
    profile = load_profile("steg")
    label = next(table for table in profile.tables if table.table == "inspections")
    files = one_file("client", columns)
    found = canonical_tables(type(profile)(**{**_fields(profile), "tables": (label,)}), files)
    assert found["inspections"].frame["outcome"].to_list() == expected


def _fields(profile) -> dict[str, object]:
    return {name: getattr(profile, name) for name in type(profile).__dataclass_fields__}


def test_words_that_the_code_list_does_not_hold_are_counted_and_left_out(export: Files, invoices: pl.DataFrame) -> None:
    statue = pl.Series("counter_statue", ["A", "46", "A", *invoices["counter_statue"][3:]])
    changed = {**export, "invoice": (invoices.with_columns(statue), export["invoice"][1])}
    readings = canonical_tables(load_profile("steg"), changed)["readings"]
    (unknown,) = readings.unknown_codes
    assert (unknown.column, unknown.count, unknown.rows, unknown.words) == ("meter_status", 3, (2, 3, 4), ("A", "46"))
    assert readings.frame.filter(pl.col("source_row") <= 4)["meter_status"].to_list() == [None] * 3


def test_without_the_label_there_are_no_inspections_and_no_complaint(export: Files, clients: pl.DataFrame) -> None:
    unlabelled = clients.drop("target")
    files = {**export, "client": (unlabelled, export["client"][1])}
    assert set(canonical_tables(load_profile("steg"), files)) == {"consumers", "readings"}


def test_a_required_file_that_was_not_read_is_named(export: Files) -> None:
    with pytest.raises(ProfileError, match="the file invoice is missing"):
        canonical_tables(load_profile("steg"), {"client": export["client"]})


def test_a_misspelt_column_is_named_with_the_nearest_of_the_file(export: Files, invoices: pl.DataFrame) -> None:
    files = {**export, "invoice": (invoices.rename({"months_number": "month_number"}), export["invoice"][1])}
    with pytest.raises(ProfileError) as caught:
        canonical_tables(load_profile("steg"), files)
    assert (caught.value.file, caught.value.column) == ("invoice.csv", "months_number")
    assert "month_number" in caught.value.advice
    assert "--map period_days=month_number" in caught.value.advice


def test_a_wrong_profile_is_suspected_where_nothing_is_alike(export: Files) -> None:
    files = {"client": (pl.DataFrame({"x": ["1"], "y": ["2"]}), export["client"][1]), "invoice": export["invoice"]}
    with pytest.raises(ProfileError, match=r"The file has x, y\. .* --profile"):
        canonical_tables(load_profile("steg"), files)


def test_a_column_named_on_the_command_line_is_read_instead(export: Files, invoices: pl.DataFrame) -> None:
    files = {**export, "invoice": (invoices.rename({"months_number": "duree"}), export["invoice"][1])}
    adapted = adapt_profile(load_profile("steg"), {"period_days": "duree"})
    assert_same_tables(load_profile("steg"), export, adapted, files)


@pytest.mark.parametrize(
    ("column", "values", "what", "row"),
    [
        ("kwh", ["1", "2.5", "abc"], "is not a number: 'abc'", 4),
        ("kwh", ["1,5", "2", "3"], "is not a number: '1,5'", 2),
        ("kwh", ["1", "inf", "3"], "is not a finite number", 3),
        ("kwh", ["x" * 99, "2", "3"], "is not a number: 'x{40}\\.\\.\\.'", 2),
        (
            "when",
            ["2020-01-01", "02/01/2020", "2020-01-03"],
            "mixed formats: most are %Y-%m-%d.*'02/01/2020'.*%d/%m/%Y",
            3,
        ),
        ("when", ["2020-01-01", "soon", "2020-01-03"], "mixed formats: most are %Y-%m-%d, but not 'soon'", 3),
        ("when", ["01.02.2020", "02.02.2020", "x"], "is not a date in a format of the profile", 2),
        ("when", ["01/02/20", "02/02/20", "03/02/20"], "is not a date in a format of the profile", 2),
        (
            "when",
            ["30/02/2020", "02/02/2020", "03/02/2020"],
            "mixed formats: most are %d/%m/%Y, but not '30/02/2020'",
            2,
        ),
        ("guess", ["Y", "N", "maybe"], "is not a truth value: 'maybe'", 4),
        ("nth", ["1", "2", "2.5"], "is not a whole number: '2.5'", 4),
    ],
)
def test_a_cell_that_does_not_fit_is_named(
    one_file: OneFile, bills_profile: Bills, column: str, values: list[str], what: str, row: int
) -> None:
    good = {"kwh": ["1"] * 3, "when": ["2020-01-01"] * 3, "guess": ["Y"] * 3, "nth": ["1"] * 3}
    columns = {"id": list("abc"), "day": ["2020-01-01"] * 3, **good, column: values}
    lines = 'energy = "kwh"\nis_estimated = "guess"\nsequence = "nth"'
    profile = load_profile(bills_profile(lines, 'when = "date"'))
    with pytest.raises(InputError, match=what) as caught:
        canonical_tables(profile, one_file("bills", columns))
    assert (caught.value.file, caught.value.column, caught.value.row) == ("bills.csv", column, row)
    assert caught.value.advice


def test_what_exports_write_for_nothing_is_missing(one_file: OneFile, bills_profile: Bills) -> None:
    nothing = ["NA", "NULL", "nan", "-", "#N/A", None]
    columns = {"id": list("abcdef"), "day": ["2020-01-01"] * 6, "kwh": nothing, "when": nothing, "guess": nothing}
    profile = load_profile(bills_profile('energy = "kwh"\nis_estimated = "guess"', 'when = "date"'))
    readings = canonical_tables(profile, one_file("bills", columns))["readings"].frame
    assert readings.select("energy", "when", "is_estimated").null_count().row(0) == (6, 6, 6)


def test_one_format_holds_for_the_whole_column(one_file: OneFile, bills_profile: Bills) -> None:
    columns = {"id": ["a", "b"], "day": ["03/04/2020", "13/04/2020"]}
    readings = canonical_tables(load_profile(bills_profile()), one_file("bills", columns))["readings"].frame
    assert readings["read_on"].to_list() == [date(2020, 4, 3), date(2020, 4, 13)]


def test_a_time_of_day_is_kept_for_events_and_dropped_for_dates(one_file: OneFile) -> None:
    events = {"name": "own", "title": "", "date_formats": ["%d-%m-%Y %H:%M"], "label_scope": "inspected"}
    columns = {"consumer_id": "id", "occurred_at": "at", "event_code": "code"}
    tables = [{"table": "events", "file": "log", "columns": columns, "attributes": {"seen": "date"}}]
    files = one_file("log", {"id": ["a"], "at": ["31-01-2020 23:59"], "code": ["251"], "seen": ["31-01-2020 23:59"]})
    frame = canonical_tables(parse_profile({**events, "tables": tables}), files)["events"].frame
    assert frame["occurred_at"].to_list() == [datetime(2020, 1, 31, 23, 59)]
    assert frame["seen"].to_list() == [date(2020, 1, 31)]


def test_key_columns_are_there_even_if_the_file_has_none(one_file: OneFile, bills_profile: Bills) -> None:
    files = one_file("bills", {"id": ["a", "a"], "day": ["2020-01-02", "2020-01-01"]})
    readings = canonical_tables(load_profile(bills_profile()), files)["readings"].frame
    assert readings["commodity"].to_list() == ["electricity"] * 2
    assert readings["meter_id"].to_list() == [None, None]
    assert readings["sequence"].to_list() == [0, 0]
    assert "energy" not in readings.columns


def test_codes_written_as_floats_are_the_same_codes(one_file: OneFile, bills_profile: Bills) -> None:
    columns = {"id": ["7.0", "8.0"], "day": ["2020-01-01"] * 2, "zone": ["1.0", "2"], "code": [1.0, 2.0]}
    profile = load_profile(bills_profile("", 'zone = "category"\ncode = "category"'))
    readings = canonical_tables(profile, one_file("bills", columns))["readings"].frame
    assert readings.select("consumer_id", "zone", "code").rows() == [("7", "1", "1"), ("8", "2", "2")]


def test_ids_with_leading_zeros_keep_them(one_file: OneFile, bills_profile: Bills) -> None:
    files = one_file("bills", {"id": ["007", "7"], "day": ["2020-01-01"] * 2})
    readings = canonical_tables(load_profile(bills_profile()), files)["readings"].frame
    assert readings["consumer_id"].to_list() == ["007", "7"]


def test_a_factor_turns_the_unit_and_a_missing_part_counts_as_none(one_file: OneFile, bills_profile: Bills) -> None:
    columns = {"id": list("abc"), "day": ["2020-01-01"] * 3, "peak": ["1", None, None], "night": ["2", "3", None]}
    profile = load_profile(bills_profile('energy = { sources = ["peak", "night"], factor = 1000 }'))
    readings = canonical_tables(profile, one_file("bills", columns))["readings"].frame
    assert readings["energy"].to_list() == [3000.0, 3000.0, None]


def test_a_column_of_lists_is_refused(one_file: OneFile, bills_profile: Bills) -> None:
    files = one_file("bills", {"id": ["a"], "day": ["2020-01-01"], "kwh": [[1, 2]]})
    with pytest.raises(InputError, match="holds lists"):
        canonical_tables(load_profile(bills_profile('energy = "kwh"')), files)


def test_dates_that_were_read_the_wrong_way_round_are_turned_back_and_counted() -> None:
    """2019-08-04 was 8 April; the 25th cannot have been a month, and 3 March is the same either way."""
    text = """
name = "mine"
title = "Mine"
currency = "INR"
date_formats = ["%Y-%m-%d"]
label_scope = "inspected"
[[tables]]
table = "readings"
file = "bills"
required = true
[tables.columns]
consumer_id = "NO"
energy = "KWH"
read_on = { source = "ON", day_month_swapped = true }
"""
    printed = ["2019-08-04", "2019-03-03", "2019-04-25"]
    frame = pl.DataFrame({"NO": ["a", "b", "c"], "KWH": [1.0, 2.0, 3.0], "ON": printed})
    files = {"bills": (frame, FileMetadata("bills.csv", "csv", 3, tuple(frame.columns), 2, 0))}
    profile = parse_profile(tomllib.loads(text))
    table = canonical_tables(profile, files)["readings"]
    assert table.frame.sort("consumer_id")["read_on"].to_list() == [
        date(2019, 4, 8),
        date(2019, 3, 3),
        date(2019, 4, 25),
    ]
    assert table.notes == ("ON: day and month were exchanged in 1 dates, as the profile says.",)
    assert profile_from_json(profile_to_json(profile)) == profile
