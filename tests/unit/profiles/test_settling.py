"""The profile for any table: one row a consumer, any columns, a label."""

import json
from collections.abc import Callable
from datetime import date

import polars as pl
import pytest

from powertheft.domain.errors import InputError, ProfileError
from powertheft.domain.files import FileMetadata
from powertheft.profiles.adapting import adapt_profile
from powertheft.profiles.canonical import canonical_tables
from powertheft.profiles.loading import load_profile
from powertheft.profiles.serialising import profile_from_json, profile_to_json
from powertheft.profiles.settling import settle_profile

Files = dict[str, tuple[pl.DataFrame, FileMetadata]]
OneFile = Callable[..., Files]

CUSTOMERS: dict[str, list[object]] = {
    "CONS_NO": ["a", "b", "c", "d"],
    "FLAG": ["1", "0", "0", None],
    "mean kWh": ["1.5", "2", "NA", "4e2"],
    "zone": ["north", "south", "north", "south"],
    "postcode": ["0101", "0102", "0101", "0102"],
    "since": ["31/12/1999", "01/02/2003", "", "15/06/2010"],
    "prepaid": ["yes", "no", "no", "yes"],
    "name": ["Anna", "Bala", "Chitra", "Devi"],
    "nothing": ["", "NA", None, ""],
    "category": ["I-A", "V", "I-A", "I-A"],
}


def test_the_rest_of_a_table_rides_along_as_what_it_holds(one_file: OneFile) -> None:
    tables = canonical_tables(load_profile("table"), one_file("*", CUSTOMERS))
    consumers = tables["consumers"]
    assert consumers.attributes == {
        "mean kWh": "number",
        "zone": "category",
        "postcode": "category",
        "since": "date",
        "prepaid": "boolean",
    }
    assert consumers.frame.row(0, named=True) == {
        "consumer_id": "a",
        "category": "I-A",
        "mean kWh": 1.5,
        "zone": "north",
        "postcode": "0101",
        "since": date(1999, 12, 31),
        "prepaid": True,
        "source_row": 2,
    }
    assert tables["inspections"].frame["outcome"].to_list() == ["theft", "normal", "normal", None]


def test_what_does_not_ride_along_is_said(one_file: OneFile) -> None:
    columns = CUSTOMERS | {"theft": ["0", "1", "0", "1"], "Unnamed: 0": ["0", "1", "2", "3"]}
    notes = canonical_tables(load_profile("table"), one_file("*", columns))["consumers"].notes
    assert [note.split(":")[0] for note in notes if "Unnamed" not in note] == [
        "The column name is not used",
        "The column nothing is not used",
        "The column theft is not used",
    ]
    assert any("Unnamed: 0" in note and "numbers the rows" in note for note in notes)
    assert any("another label" in note for note in notes)


def test_a_column_of_lists_does_not_ride_along(one_file: OneFile) -> None:
    columns = CUSTOMERS | {"list": [[1], [2], [3], [4]]}
    consumers = canonical_tables(load_profile("table"), one_file("*", columns))["consumers"]
    assert "list" not in consumers.frame.columns
    assert any("The column list is not used" in note for note in consumers.notes)


def test_typed_columns_ride_along_by_their_type(one_file: OneFile) -> None:
    columns = {
        "id": [1, 2],
        "label": [True, False],
        "kwh": [1, 2],
        "on": [date(2020, 1, 1), None],
        "solar": [True, None],
        "ward": [3.0, None],
    }
    tables = canonical_tables(load_profile("table"), one_file("*", columns))
    assert tables["consumers"].attributes == {"kwh": "number", "on": "date", "solar": "boolean", "ward": "number"}
    assert tables["consumers"].frame["consumer_id"].to_list() == ["1", "2"]
    assert tables["inspections"].frame["outcome"].to_list() == ["theft", "normal"]


def test_columns_of_any_name_are_mapped_on_the_command_line(one_file: OneFile) -> None:
    columns = {"KUNDE": ["a", "b"], "BETRUG": ["ja", "nein"], "kwh": ["1", "2"]}
    files = one_file("*", columns)
    with pytest.raises(ProfileError, match="--map consumer_id=COLUMN, with one of KUNDE, BETRUG, kwh"):
        canonical_tables(load_profile("table"), files)
    adapted = adapt_profile(load_profile("table"), {"consumer_id": "KUNDE", "outcome": "BETRUG"})
    tables = canonical_tables(adapted, files)
    assert tables["inspections"].frame["outcome"].to_list() == ["theft", "normal"]
    assert tables["consumers"].attributes == {"kwh": "number"}


def test_a_file_without_a_label_has_no_inspections(one_file: OneFile) -> None:
    columns = {name: values for name, values in CUSTOMERS.items() if name != "FLAG"}
    assert set(canonical_tables(load_profile("table"), one_file("*", columns))) == {"consumers"}


def test_a_settled_profile_reads_new_data_as_it_read_the_old(one_file: OneFile) -> None:
    settled = settle_profile(load_profile("table"), one_file("*", CUSTOMERS))
    settled = profile_from_json(json.loads(json.dumps(profile_to_json(settled), sort_keys=True)))
    # In these two rows alone every zone would identify, the postcode be a number, and the flag is absent.
    new = {"CONS_NO": ["x", "y"], "zone": ["north", "south"], "postcode": ["101", "102"], "mean kWh": ["7", "8"]}
    new |= {"since": ["01/01/2000", None], "prepaid": ["no", None], "category": ["V", None], "extra": ["1", "2"]}
    tables = canonical_tables(settled, one_file("*", new))
    before = canonical_tables(settled, one_file("*", CUSTOMERS))
    assert tables["consumers"].frame.schema == before["consumers"].frame.schema
    assert tables["consumers"].frame["zone"].to_list() == ["north", "south"]
    assert "inspections" not in tables
    with pytest.raises(InputError, match="is not a number: 'much'"):
        canonical_tables(settled, one_file("*", new | {"mean kWh": ["7", "much"]}))
    with pytest.raises(ProfileError, match="the column zone is not in the file"):
        canonical_tables(settled, one_file("*", {name: new[name] for name in new if name != "zone"}))


def test_a_settled_profile_settles_to_itself(one_file: OneFile) -> None:
    files = one_file("*", CUSTOMERS)
    settled = settle_profile(load_profile("table"), files)
    assert settle_profile(settled, files) == settled


def test_a_column_that_bears_one_of_our_names_but_is_not_meant_keeps_its_values(one_file: OneFile) -> None:
    columns = CUSTOMERS | {"KAT": ["1", "2", "1", "2"]}
    profile = adapt_profile(load_profile("table"), {"category": "KAT"})
    consumers = canonical_tables(profile, one_file("*", columns))["consumers"]
    assert consumers.frame["category"].to_list() == ["1", "2", "1", "2"]
    assert consumers.frame["category_in_file"].to_list() == ["I-A", "V", "I-A", "I-A"]
