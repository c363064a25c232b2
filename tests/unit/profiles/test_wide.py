"""From one column a day, a month or a half-hour to one row each."""

import json
from datetime import date, datetime

import polars as pl
import pytest

from powertheft.domain.errors import InputError, ProfileError
from powertheft.domain.files import FileMetadata
from powertheft.profiles.batches import cast_batch
from powertheft.profiles.canonical import canonical_tables
from powertheft.profiles.loading import load_profile
from powertheft.profiles.parsing import parse_profile
from powertheft.profiles.serialising import profile_from_json, profile_to_json
from powertheft.profiles.settling import settle_lazily
from powertheft.profiles.wide import rows_at_once


def as_file(columns: dict[str, list[str | None]]) -> tuple[pl.DataFrame, FileMetadata]:
    frame = pl.DataFrame(columns)
    return frame, FileMetadata("days.csv", "csv", frame.height, tuple(frame.columns), 2, 1)


GRID = {
    "CONS_NO": ["B", "A"],
    "FLAG": ["1", "0"],
    # As published: in the order of the alphabet, without noughts.
    "1/1/2014": ["1.5", None],
    "1/10/2014": ["2", "4"],
    "1/2/2014": [None, "3"],
}


def test_the_state_grid_becomes_consumers_labels_and_days_and_an_empty_cell_no_row() -> None:
    tables = canonical_tables(load_profile("sgcc"), {"*": as_file(GRID)})
    assert tables["intervals"].frame.rows() == [
        ("A", datetime(2014, 1, 2), 3.0, 3),
        ("A", datetime(2014, 1, 10), 4.0, 3),
        ("B", datetime(2014, 1, 1), 1.5, 2),
        ("B", datetime(2014, 1, 10), 2.0, 2),
    ]
    assert tables["intervals"].frame.columns == ["consumer_id", "start", "energy", "source_row"]
    assert dict(tables["inspections"].frame.select("consumer_id", "outcome").iter_rows()) == {
        "A": "normal",
        "B": "theft",
    }
    assert tables["consumers"].frame["consumer_id"].to_list() == ["A", "B"]


def test_without_the_label_there_are_days_all_the_same() -> None:
    tables = canonical_tables(load_profile("sgcc"), {"*": as_file({key: GRID[key] for key in GRID if key != "FLAG"})})
    assert set(tables) == {"consumers", "intervals"}


def test_a_cell_of_a_day_that_is_no_number_is_led_to() -> None:
    with pytest.raises(InputError, match="is not a number: 'x'") as caught:
        canonical_tables(load_profile("sgcc"), {"*": as_file({**GRID, "1/2/2014": ["1", "x"]})})
    assert (caught.value.row, caught.value.column) == (3, "1/2/2014")


def test_a_file_without_a_day_is_refused() -> None:
    with pytest.raises(ProfileError, match="no column's name is a date like"):
        canonical_tables(load_profile("sgcc"), {"*": as_file({"CONS_NO": ["a"], "FLAG": ["0"]})})


def wide(table: str, entry: dict[str, object]) -> dict[str, object]:
    return {
        "name": "own",
        "title": "own",
        "date_formats": ["%d-%m-%Y"],
        "label_scope": "inspected",
        "tables": [{"table": table, "file": "*", "columns": {"consumer_id": "NO"}, "wide": entry}],
    }


def test_a_column_a_month_stands_for_its_last_day_in_any_style_of_numbers() -> None:
    profile = parse_profile(
        wide("readings", {"formats": ["units_%b_%Y"], "value": "energy", "at": "read_on", "factor": 0.5})
    )
    columns = {"NO": ["a", "b"], "units_Jan_2024": ["1,23,456", "10"], "units_Feb_2024": ["1,000", None]}
    frame = canonical_tables(profile, {"*": as_file(columns)})["readings"].frame
    assert frame.select("consumer_id", "read_on", "energy").rows() == [
        ("a", date(2024, 1, 31), 61728.0),
        ("a", date(2024, 2, 29), 500.0),
        ("b", date(2024, 1, 31), 5.0),
    ]


def test_a_column_a_half_hour_is_put_on_the_day_beside_it() -> None:
    entry = {"formats": ["%H:%M"], "value": "energy", "at": "start", "day": "day"}
    profile = parse_profile(wide("intervals", entry))
    columns = {"NO": ["a"], "day": ["31-12-2023"], "0:30": ["1"], "23:30": ["2"], "24:00": ["3"]}
    file = as_file(columns)
    frame = canonical_tables(profile, {"*": file})["intervals"].frame
    assert frame.select("start", "energy").rows() == [
        (datetime(2023, 12, 31, 0, 30), 1.0),
        (datetime(2023, 12, 31, 23, 30), 2.0),
        (datetime(2024, 1, 1, 0, 0), 3.0),
    ]
    settled, _ = settle_lazily(profile, {"*": file[0].lazy()}, {"*": file[1]})
    assert settled.tables[0].wide is not None
    assert settled.tables[0].wide.date_format == "%d-%m-%Y"
    assert profile_from_json(json.loads(json.dumps(profile_to_json(settled)))) == settled


def test_wide_rows_are_read_few_at_once_and_melt_alike() -> None:
    frame, metadata = as_file(GRID)
    profile, _ = settle_lazily(load_profile("sgcc"), {"*": frame.lazy()}, {"*": metadata})
    intervals = profile.table("intervals")
    assert intervals is not None
    assert rows_at_once(intervals, frame.columns) == 250_000 // 3
    whole, _ = cast_batch(intervals, frame, metadata, 2)
    halves = pl.concat(cast_batch(intervals, frame.slice(row, 1), metadata, 2 + row)[0] for row in (0, 1))
    assert halves.sort("consumer_id", "start").equals(whole.sort("consumer_id", "start"))


def test_a_log_of_smart_meters_keeps_the_codes_of_the_standard_and_counts_others() -> None:
    intervals = as_file(
        {"METER_NO": ["m", "m"], "TIMESTAMP": ["01-02-2024 00:30", "01-02-2024 01:00"], "kWh": ["0.5", "1"]}
    )
    events = as_file(
        {"meter_no": ["m"] * 3, "event_time": ["2024-02-01T10:00:00"] * 3, "event_id": ["201", "202", "999"]}
    )
    tables = canonical_tables(load_profile("smart-meter"), {"intervals": intervals, "events": events})
    assert tables["intervals"].frame["start"].to_list() == [datetime(2024, 2, 1, 0, 30), datetime(2024, 2, 1, 1)]
    assert sorted(tables["events"].frame["event_code"].drop_nulls()) == ["201", "202"]
    assert [code.words for code in tables["events"].unknown_codes] == [("999",)]


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"formats": [], "value": "energy", "at": "start"}, "needs the formats"),
        ({"formats": ["%d"], "value": "start", "at": "start"}, "value cannot be 'start'"),
        ({"formats": ["%d"], "value": "energy", "at": "energy"}, "at cannot be 'energy'"),
        ({"formats": ["%d"], "value": "energy", "at": "start", "x": 1}, "the key x is not known"),
    ],
)
def test_a_fault_in_what_is_wide_is_led_to(entry: dict[str, object], what: str) -> None:
    with pytest.raises(ProfileError, match=what):
        parse_profile(wide("intervals", entry))
