"""How a column writes its numbers and dates, settled by the whole of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import InputError, ProfileError
from powertheft.domain.files import FileMetadata
from powertheft.domain.profiles import Profile
from powertheft.domain.tables import TABLES
from powertheft.profiles.batches import cast_batch, exchange_notes, exchanged_dates, merge_unknown
from powertheft.profiles.canonical import canonical_tables
from powertheft.profiles.loading import load_profile
from powertheft.profiles.ordering import in_order
from powertheft.profiles.parsing import parse_profile
from powertheft.profiles.serialising import profile_from_json, profile_to_json
from powertheft.profiles.settling import present_tables, settle_lazily

Files = dict[str, tuple[pl.DataFrame, FileMetadata]]


def bills(*formats: str) -> Profile:
    """A profile of bills with an id, a day, kWh, and Rs as an attribute."""
    return parse_profile(
        {
            "name": "own",
            "title": "own",
            "date_formats": list(formats or ("%d/%m/%Y", "%m/%d/%Y")),
            "label_scope": "inspected",
            "tables": [
                {
                    "table": "readings",
                    "file": "bills",
                    "columns": {"consumer_id": "id", "read_on": "day", "energy": "kwh"},
                    "attributes": {"rs": "number"},
                }
            ],
        }
    )


def as_bills(
    kwh: list[str | None], days: list[str] | None = None, rs: list[str] | None = None
) -> tuple[pl.DataFrame, FileMetadata]:
    height = len(kwh)
    frame = pl.DataFrame(
        {
            "id": [f"c{number:06d}" for number in range(height)],
            "day": days or ["01/02/2020"] * height,
            "kwh": kwh,
            "rs": rs or ["1"] * height,
        },
        schema_overrides={"kwh": pl.String},
    )
    return frame, FileMetadata("bills.csv", "csv", height, tuple(frame.columns), 2, 1)


def settled(profile: Profile, frame: pl.DataFrame, metadata: FileMetadata) -> tuple[Profile, tuple[str, ...]]:
    profile, notes = settle_lazily(profile, {"bills": frame.lazy()}, {"bills": metadata})
    return profile, notes.get("readings", ())


@pytest.mark.parametrize(
    ("written", "meant", "style"),
    [
        (["1234.5", "2", "1e3"], [1234.5, 2, 1000], "1234.5"),
        (["1,23,456.78", "1,234", "7"], [123456.78, 1234, 7], "1,23,456.78"),
        (["12,34,567", "1,00,000"], [1234567, 100000], "1,23,456.78"),
        (["123,456.78", "1,234,567"], [123456.78, 1234567], "123,456.78"),
        (["1.234,56", "7,5", "12"], [1234.56, 7.5, 12], "1.234,56"),
        (["0,123", "1,234", "12,345"], [0.123, 1.234, 12.345], "1.234,56"),
        (["1 234,56", "12 345,0", "1"], [1234.56, 12345, 1], "1 234,56"),
        (["1\u202f234.5", "2\u00a0000"], [1234.5, 2000], "1 234.56"),
        (["1'234.5", "2\u2019000"], [1234.5, 2000], "1'234.56"),
        (["Rs. 1,23,456.78", "Rs.12", "Rs. -3"], [123456.78, 12, -3], "Rs. 1,23,456.78"),
        (["₹ 5", "₹ 6.5"], [5, 6.5], "₹ 1234.5"),
        (["12 kWh", "1234.5 kWh"], [12, 1234.5], "1234.5 kWh"),
        (["1.234,5 kWh", "1,5 kWh"], [1234.5, 1.5], "1.234,56 kWh"),
        (["500/-", "1,200/-", "3,000/-"], [500, 1200, 3000], "1,23,456.78 /-"),
    ],
)
def test_the_whole_column_tells_how_its_numbers_are_written(written: list[str], meant: list[float], style: str) -> None:
    frame, metadata = as_bills([*written, None, "NA"])
    profile, _ = settled(bills(), frame, metadata)
    energy = profile.tables[0].column("energy")
    assert energy is not None
    assert energy.number_style == style
    batch, _ = cast_batch(profile.tables[0], frame, metadata, 2)
    assert batch["energy"].to_list() == pytest.approx([*meant, None, None])
    assert profile_from_json(json.loads(json.dumps(profile_to_json(profile)))) == profile


@pytest.mark.parametrize(
    ("written", "row"),
    [
        (["1", "2", "1,5"], 4),
        (["1,5", "2,5", "three"], 4),
        (["Rs. 5", "Rs. 6", "kWh 7"], 4),
        (["5 cows", "6 cows"], 2),
        (["1,23,456.7", "1,234", "12,3456"], 4),
    ],
)
def test_a_cell_of_another_style_is_led_to(written: list[str], row: int) -> None:
    frame, metadata = as_bills(written)
    with pytest.raises(InputError, match="is not a number") as caught:
        canonical_tables(bills(), {"bills": (frame, metadata)})
    assert (caught.value.row, caught.value.column) == (row, "kwh")


def test_a_style_that_shows_only_after_the_head_is_found() -> None:
    frame, metadata = as_bills(["12"] * 5_000 + ["1,234", "2,345"])
    profile, _ = settled(bills(), frame, metadata)
    batch, _ = cast_batch(profile.tables[0], frame, metadata, 2)
    assert batch["energy"].sum() == 5_000 * 12 + 1234 + 2345


@pytest.mark.parametrize(("last", "expected"), [("13/04/2020", date(2020, 4, 3)), ("04/13/2020", date(2020, 3, 4))])
def test_one_late_date_tells_day_from_month_in_the_whole_column(last: str, expected: date) -> None:
    days = ["03/04/2020"] * 5_000 + [last]
    frame, metadata = as_bills(["1"] * 5_001, days)
    profile, notes = settled(bills(), frame, metadata)
    batch, _ = cast_batch(profile.tables[0], frame.head(10), metadata, 2)
    assert batch["read_on"].unique().to_list() == [expected]
    assert notes == ()


def test_dates_that_could_be_either_are_read_as_the_profile_says_first_with_a_note() -> None:
    frame, metadata = as_bills(["1"] * 2, ["03/04/2020", "05/06/2020"])
    profile, notes = settled(bills("%m/%d/%Y", "%d/%m/%Y"), frame, metadata)
    batch, _ = cast_batch(profile.tables[0], frame, metadata, 2)
    assert batch["read_on"].to_list() == [date(2020, 3, 4), date(2020, 5, 6)]
    assert notes == (
        "day: every date could be %m/%d/%Y or %d/%m/%Y; it was read as %m/%d/%Y, which the profile names first.",
    )


def test_groups_that_could_be_decimals_are_said() -> None:
    frame, metadata = as_bills(["1,234", "2,345"], ["13/02/2020"] * 2)
    _, notes = settled(bills(), frame, metadata)
    assert notes == ("kwh: every number could have a decimal comma; its commas were read as groups of thousands.",)


def test_a_column_of_mixed_dates_is_refused_in_whatever_batch_the_odd_one_is() -> None:
    days = ["13/04/2020"] * 30 + ["04/13/2020"]
    frame, metadata = as_bills(["1"] * 31, days)
    profile, _ = settled(bills(), frame, metadata)
    with pytest.raises(InputError, match="mixed formats: most are %d/%m/%Y") as caught:
        cast_batch(profile.tables[0], frame.slice(30), metadata, 32)
    assert caught.value.row == 32


def test_a_fault_in_the_second_of_two_files_is_led_to_there() -> None:
    frame, metadata = as_bills(["1", "2", "x", "4"])
    parts = tuple(replace(metadata, path=f"bills_{month}.csv", rows=2) for month in (1, 2))
    metadata = replace(metadata, parts=parts)
    profile, _ = settled(bills(), frame, metadata)
    with pytest.raises(InputError) as caught:
        cast_batch(profile.tables[0], frame.slice(2), metadata, 4)
    assert (caught.value.file, caught.value.row) == ("bills_2.csv", 2)


def test_numbers_that_are_floats_in_disguise_are_so_in_the_whole_column_or_not_at_all() -> None:
    frame, metadata = as_bills(["1"] * 4)
    frame = frame.with_columns(id=pl.Series(["7.0", "8.0", "9.0", "x"]))
    profile, _ = settled(bills(), frame, metadata)
    assert cast_batch(profile.tables[0], frame.head(2), metadata, 2)[0]["consumer_id"].to_list() == ["7.0", "8.0"]
    frame = frame.head(3)
    profile, _ = settled(bills(), frame, metadata)
    assert cast_batch(profile.tables[0], frame.head(2), metadata, 2)[0]["consumer_id"].to_list() == ["7", "8"]


@settings(max_examples=10, deadline=None)
@given(size=st.integers(5, 500))
def test_batches_of_any_size_make_the_table_that_the_whole_file_makes(export: Files, size: int) -> None:
    whole = canonical_tables(load_profile("steg"), export)
    lazies = {stem: frame.lazy() for stem, (frame, _) in export.items()}
    metadata = {stem: described for stem, (_, described) in export.items()}
    profile, _ = settle_lazily(load_profile("steg"), lazies, metadata)
    for table in present_tables(profile, lazies, metadata):
        frame, described = export[table.file]
        batches = [
            cast_batch(table, frame.slice(begin, size), described, begin + described.first_row)
            for begin in range(0, frame.height, size)
        ]
        own = table.column("sequence") is not None
        joined = in_order(pl.concat(batch for batch, _ in batches), TABLES[table.table], has_own_sequence=own)
        assert joined.equals(whole[table.table].frame)
        assert merge_unknown([code for _, codes in batches for code in codes]) == whole[table.table].unknown_codes
        counts = [exchanged_dates(table, batch) for batch, _ in batches]
        added = {source: sum(count[source] for count in counts) for source in counts[0]}
        assert exchange_notes(added) == whole[table.table].notes


def test_unknown_codes_of_two_batches_are_one_count(one_file: Callable[..., Files]) -> None:
    profile = bills()
    column = replace(profile.tables[0].columns[2], target="meter_status", valid=frozenset({"OK"}))
    table = replace(profile.tables[0], columns=(*profile.tables[0].columns[:2], column))
    frame, metadata = as_bills(["OK", "A", "B", "A"])
    table = settled(replace(profile, tables=(table,)), frame, metadata)[0].tables[0]
    found = [cast_batch(table, frame.slice(begin, 2), metadata, 2 + begin)[1] for begin in (0, 2)]
    (code,) = merge_unknown([one for codes in found for one in codes])
    assert (code.column, code.count, code.rows, code.words) == ("meter_status", 3, (3, 4, 5), ("A", "B"))


def test_a_settled_profile_is_not_settled_again() -> None:
    frame, metadata = as_bills(["1,5", "2,5"])
    profile, _ = settled(bills(), frame, metadata)
    other, metadata = as_bills(["1,234.5", "2,000.5"])
    assert settled(profile, other, metadata)[0] == profile
    with pytest.raises(InputError, match=r"is not a number: '1,234.5'"):
        cast_batch(profile.tables[0], other, metadata, 2)


def test_all_other_columns_are_stated_lazily_as_they_are_eagerly(one_file: Callable[..., Files]) -> None:
    columns = {"id": ["a", "b"], "label": ["0", "1"], "kwh": ["1,5", "2,5"], "since": ["31/12/2020", "01/01/2021"]}
    files = one_file("*", columns)
    frame, metadata = files["*"]
    profile, _ = settle_lazily(load_profile("table"), {"*": frame.lazy()}, {"*": metadata})
    consumers = profile.table("consumers")
    assert consumers is not None
    # 1,5 is no number for the profile `table`, which states no style: every one of two differs, so it only identifies.
    assert consumers.attributes == {"since": "date"}
    assert consumers.attribute_styles == {"since": "%d/%m/%Y"}
    with pytest.raises(ProfileError, match="the file \\* is missing"):
        settle_lazily(load_profile("table"), {}, {})


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ({"number_style": "1;234"}, "number_style is not a style of numbers"),
        ({"date_format": "YYYY"}, "a date format needs percent codes"),
    ],
)
def test_a_style_that_is_none_is_refused(line: dict[str, str], what: str) -> None:
    document = {
        "name": "own",
        "title": "own",
        "label_scope": "inspected",
        "tables": [
            {
                "table": "consumers",
                "file": "x",
                "columns": {"consumer_id": "id", "sanctioned_load": {"source": "kw", **line}},
            }
        ],
    }
    with pytest.raises(ProfileError, match=what):
        parse_profile(document)
