"""The check as a whole: no row disappears unsaid."""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.profiles import Profile
from powertheft.domain.tables import CanonicalTable
from powertheft.profiles.canonical import canonical_tables
from powertheft.profiles.loading import load_profile
from powertheft.quality.checking import check_tables
from powertheft.sources.files import locate, read_files

Make = Callable[..., CanonicalTable[pl.DataFrame]]
TODAY = date(2024, 1, 1)

CONSUMERS = st.sampled_from(["a", "b", "c", None])
DAYS = st.one_of(st.none(), st.integers(0, 4).map(lambda days: date(2020, 1, 1) + timedelta(days=30 * days)))
NUMBERS = st.one_of(st.none(), st.sampled_from([-5.0, 0.0, 1.0, 99_999.0, 1e6]))
BILLS = st.lists(st.tuples(CONSUMERS, DAYS, NUMBERS, NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=30)
VISITS = st.lists(st.tuples(CONSUMERS, DAYS, st.sampled_from(["theft", "normal", None])), min_size=1, max_size=10)


@settings(max_examples=80, deadline=None)
@given(listed=st.lists(CONSUMERS, min_size=1, max_size=6), bills=BILLS, visits=VISITS)
def test_rows_in_are_rows_used_plus_rows_set_aside(
    table: Make, profile: Profile, listed: list, bills: list, visits: list
) -> None:
    names = ("consumer_id", "read_on", "energy", "period_days", "previous_index", "current_index")
    made = [
        table("consumers", {"consumer_id": listed}),
        table("readings", dict(zip(names, map(list, zip(*bills, strict=True)), strict=True))),
        table(
            "inspections",
            dict(zip(("consumer_id", "inspected_on", "outcome"), map(list, zip(*visits, strict=True)), strict=True)),
        ),
    ]
    tables, report = check_tables({one.name: one for one in made}, profile, today=TODAY)
    for one, count in zip(made, report.tables, strict=True):
        used = set(tables[one.name].frame["source_row"])
        assert len(used) == tables[one.name].frame.height == count.rows_used
        assert used <= set(one.frame["source_row"])
        assert count.rows_in == one.frame.height == count.rows_used + count.rows_set_aside
        assert sum(count.reasons.values()) == count.rows_set_aside
    known = set(tables["consumers"].frame["consumer_id"])
    assert len(known) == tables["consumers"].frame.height
    left = tables["readings"].frame
    assert set(left["consumer_id"]) <= known
    assert not left.select("consumer_id", "commodity", "meter_id", "read_on", "sequence").is_duplicated().any()
    assert not (left["energy"] < 0).any()
    assert left["period_days"].drop_nulls().is_between(1, 400).all()


def test_what_is_clean_stays_as_it_is(table: Make, profile: Profile) -> None:
    bills = {
        "consumer_id": ["a", "a"],
        "meter_id": ["m", "m"],
        "read_on": [date(2020, 1, 1), date(2020, 3, 1)],
        "energy": [10.0, 20.0],
        "period_days": [60.0, 60.0],
        "previous_index": [0.0, 10.0],
        "current_index": [10.0, 30.0],
    }
    made = {"consumers": table("consumers", {"consumer_id": ["a"]}), "readings": table("readings", bills)}
    tables, report = check_tables(made, profile, today=TODAY)
    assert report.findings == ()
    assert "readings.negative_energy" in report.checked
    for name, one in made.items():
        assert tables[name].frame.equals(one.frame)


def test_the_report_is_plain_json_without_a_consumers_number(table: Make, profile: Profile) -> None:
    secret = "SECRET-4711"
    made = {
        "consumers": table("consumers", {"consumer_id": [secret, secret, None]}),
        "readings": table("readings", {"consumer_id": [secret, "SECRET-X"], "read_on": [None, date(2030, 1, 1)]}),
    }
    report = check_tables(made, profile, today=TODAY)[1].to_json()
    text = json.dumps(report, allow_nan=False)
    assert "SECRET" not in text
    assert report["tables"][0] == {
        "table": "consumers",
        "file": "consumers.csv",
        "rows_in": 3,
        "rows_used": 1,
        "rows_set_aside": 2,
        "reasons": {"missing_consumer": 1, "duplicate_consumer": 1},
    }
    assert report["findings"][0]["example_rows"] == [4]


@pytest.mark.data
def test_what_is_known_of_the_real_export_is_found(steg_folder: Path) -> None:
    profile = load_profile("steg")
    files = read_files(locate(steg_folder, list(profile.files())))
    tables, report = check_tables(canonical_tables(profile, files), profile, today=TODAY)
    found = {(finding.rule, finding.column): finding.count for finding in report.findings}
    # Counted with plain Polars on the two files: months below 1 or above 39; codes outside the lists; rows equal in all
    # columns; index lower at the end (1,612, of which those explained by a full turn are told apart); rows before 2005.
    assert found["impossible_period", "period_days"] == 978
    assert found["unknown_code", "meter_status"] == 41
    assert found["unknown_code", "reading_code"] == 28
    assert found["exact_duplicate", ""] == 9
    assert found["rollover", "current_index"] + found["index_backwards", "current_index"] == 1612
    assert found["early_reading", "read_on"] == 15_477
    assert found["undated_inspection", "inspected_on"] == 95_093
    assert tables["readings"].frame.height == 3_137_696 - 9
    # About a third of the rows are gas (979,552, of which two repeat another), and 5,359 clients of 95,093 are frauds.
    facts = {fact.table: fact for fact in report.facts}
    gas = facts["readings"].words["commodity"]["gas"]
    assert gas / facts["readings"].rows == pytest.approx(979_550 / 3_137_687)
    assert facts["inspections"].words["outcome"] == {"normal": 89_734, "theft": 5_359}
    assert min(facts["readings"].years) == "1977"
