"""A check in parts finds what one check of everything finds, to the row."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.profiles import Profile
from powertheft.domain.quality import QualityReport, Repair
from powertheft.domain.tables import CanonicalTable, UnknownCode
from powertheft.quality.checking import check_part, check_tables
from powertheft.quality.merging import merge_reports, merge_unknown_codes
from powertheft.quality.recipes import default_recipe
from powertheft.quality.summaries import merge_summaries, summarise, summary_from_json

Make = Callable[..., CanonicalTable[pl.DataFrame]]
TODAY = date(2024, 1, 1)
PEOPLE = ["a", "b", "c", "d", "e"]

DAYS = st.one_of(st.none(), st.integers(0, 30).map(lambda months: date(2020, 1, 1) + timedelta(days=30 * months)))
NUMBERS = st.one_of(st.none(), st.sampled_from([-5.0, 0.0, 1.0, 60.0, 61_000.0, 1e6]))
LISTED = st.tuples(st.sampled_from([*PEOPLE, None]), st.sampled_from(["t", "u", None]), DAYS)
BILLS = st.tuples(
    st.sampled_from([*PEOPLE, "x", None]), st.sampled_from(["m", "n"]), DAYS, NUMBERS, NUMBERS, NUMBERS, NUMBERS,
    st.booleans(),
)  # fmt: skip
VISITS = st.tuples(st.sampled_from([*PEOPLE, None]), DAYS, st.sampled_from(["theft", "normal", "no_access", None]))
SUPPLIED = st.tuples(st.sampled_from(["t", "v"]), DAYS, NUMBERS, NUMBERS)

BILL_COLUMNS = (
    "consumer_id", "meter_id", "read_on", "energy", "period_days", "previous_index", "current_index", "is_estimated",
)  # fmt: skip
COLUMNS = {
    "consumers": ("consumer_id", "transformer_id", "connected_on"),
    "readings": BILL_COLUMNS,
    "inspections": ("consumer_id", "inspected_on", "outcome"),
    "transformer_readings": ("transformer_id", "read_on", "energy_supplied", "period_days"),
}


@st.composite
def datasets(draw: st.DrawFn) -> dict[str, list[tuple]]:
    return {
        "consumers": draw(st.lists(LISTED, min_size=1, max_size=8)),
        "readings": draw(st.lists(BILLS, min_size=1, max_size=30)),
        "inspections": draw(st.lists(VISITS, min_size=1, max_size=8)),
        "transformer_readings": draw(st.lists(SUPPLIED, min_size=1, max_size=20)),
    }


def tables_of(make: Make, data: dict[str, list[tuple]]) -> dict[str, CanonicalTable[pl.DataFrame]]:
    made: dict[str, CanonicalTable[pl.DataFrame]] = {}
    for name, rows in data.items():
        columns = dict(zip(COLUMNS[name], map(list, zip(*rows, strict=True)), strict=True))
        codes = (UnknownCode("meter_status", 2, (7, 9), ("A", "46")),) if name == "readings" else ()
        made[name] = make(name, columns, codes)
    return made


def part_of(tables: dict[str, CanonicalTable[pl.DataFrame]], low: str, high: str) -> dict:
    """The rows of a range of consumers; rows of nobody, whole tables without consumers and codes go to the first."""
    part: dict[str, CanonicalTable[pl.DataFrame]] = {}
    for name, table in tables.items():
        frame = table.frame
        if "consumer_id" in frame.columns:
            who = pl.col("consumer_id").fill_null("")
            frame = frame.filter((who >= low) & (who < high))
        elif low:
            frame = frame.clear()
        if frame.height or not low:
            codes = table.unknown_codes if not low else ()
            part[name] = CanonicalTable(name, frame, table.file, table.attributes, codes)
    return part


def check_in_parts(
    tables: dict, profile: Profile, cuts: list[str], *, in_full: bool = True, recipe: tuple[Repair, ...] | None = None
) -> tuple[dict[str, pl.DataFrame], QualityReport]:
    ends = ["", *sorted(set(cuts)), "~"]
    frames: dict[str, list[pl.DataFrame]] = {}
    parts = []
    for low, high in pairwise(ends):
        checked, report = check_part(
            part_of(tables, low, high), profile, present=set(tables), today=TODAY, in_full=in_full, recipe=recipe
        )
        parts.append(report)
        for name, table in checked.items():
            frames.setdefault(name, []).append(table.frame)
    return {name: pl.concat(pieces) for name, pieces in frames.items()}, merge_reports(parts)


AGREED = (
    Repair("drop", "readings", "", {"rule": "index_backwards"}),
    Repair("mark_missing", "readings", "energy", {"above": 60_000}),
    Repair("interpolate", "readings", "energy"),
    Repair("merge_duplicates", "readings", "", {"keep": "sum"}),
)


@settings(max_examples=30, deadline=None)
@given(data=datasets(), cuts=st.lists(st.sampled_from(PEOPLE), max_size=3), agreed=st.booleans())
def test_parts_find_and_mend_what_one_check_of_everything_does(
    table: Make, profile: Profile, data: dict, cuts: list[str], agreed: bool
) -> None:
    tables = tables_of(table, data)
    recipe = (*default_recipe(tables), *AGREED) if agreed else None
    checked, whole = check_tables(tables, profile, today=TODAY, recipe=recipe)
    frames, merged = check_in_parts(tables, profile, cuts, recipe=recipe)
    assert merged.to_json() == whole.to_json()
    for name, frame in frames.items():
        assert frame.equals(checked[name].frame)


@settings(max_examples=30, deadline=None)
@given(data=datasets(), cut=st.sampled_from(PEOPLE))
def test_the_summaries_of_parts_in_any_order_are_that_of_the_whole(table: Make, data: dict, cut: str) -> None:
    # Rows of nobody are set aside before a summary is made.
    kept = {name: [row for row in rows if row[0] is not None] for name, rows in data.items()}
    tables = tables_of(table, {name: rows for name, rows in kept.items() if rows})
    parts = [summarise(part_of(tables, low, high)) for low, high in (("", cut), (cut, "~"))]
    whole = summarise(tables)
    for order in (parts, parts[::-1]):
        merged = merge_summaries(order)
        assert merged.to_json() == whole.to_json()
        assert dict(merged.tables) == dict(whole.tables)
        for name in whole.tallies:
            expected, found = whole.tally(name), merged.tally(name)
            assert expected is not None
            assert found is not None
            assert_same_tally(found, expected)


def assert_same_tally(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    if "rows" in expected.columns:
        found, expected = (one.with_columns(pl.col("rows").list.sort()) for one in (found, expected))
    assert found.equals(expected)


def test_a_summary_comes_back_from_json(table: Make) -> None:
    tables = {"inspections": table("inspections", {"consumer_id": ["a", "b"], "outcome": ["theft", None]})}
    written = json.loads(json.dumps(summarise(tables).to_json(), allow_nan=False))
    assert written["inspections"]["columns"]["outcome"] == {"kind": "category", "missing": 1, "bins": {"theft": 1}}
    assert "consumer_id" not in written["inspections"]["columns"]
    assert summary_from_json(written).to_json() == written


def test_a_part_without_a_table_that_others_have_knows_that_it_has_none(table: Make, profile: Profile) -> None:
    """Consumer b has no bill and visit of x no consumer, although their part has no readings and no consumers."""
    bills = {"consumer_id": ["a"], "read_on": [date(2020, 1, 1)]}
    tables = {
        "consumers": table("consumers", {"consumer_id": ["a", "b"]}),
        "readings": table("readings", bills),
        "inspections": table("inspections", {"consumer_id": ["a", "x"], "outcome": ["normal"] * 2}),
    }
    _, report = check_in_parts(tables, profile, ["b", "c"])
    assert [finding.example_rows for finding in report.of_rule("consumer_without_bill")] == [(3,)]
    assert [(finding.table, finding.example_rows) for finding in report.of_rule("orphan")] == [("inspections", (3,))]


def test_at_import_only_the_rules_for_it_are_run_and_the_report_says_so(table: Make, profile: Profile) -> None:
    tables = {"readings": table("readings", {"consumer_id": ["a"], "read_on": [date(2020, 1, 1)]})}
    _, report = check_in_parts(tables, profile, [], in_full=False)
    assert not report.in_full
    assert "readings.hampel_outlier" not in report.checked
    assert "readings.gap" in report.checked
    assert "readings.hampel_outlier" in check_tables(tables, profile, today=TODAY)[1].checked


def test_unknown_codes_of_several_batches_are_one_a_column() -> None:
    batches = [
        UnknownCode("a", 2, (9, 11), ("x",)),
        UnknownCode("b", 1, (3,), ("y",)),
        UnknownCode("a", 3, (4,), ("z", "x")),
    ]
    assert merge_unknown_codes(batches) == (
        UnknownCode("a", 5, (4, 9, 11), ("x", "z")),
        UnknownCode("b", 1, (3,), ("y",)),
    )
