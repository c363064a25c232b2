"""Each rule by a small example whose answer can be read off."""

from collections.abc import Callable
from datetime import date, datetime

import polars as pl
import pytest

from powertheft.domain.profiles import Profile
from powertheft.domain.quality import Finding, QualityReport
from powertheft.domain.tables import CanonicalTable, UnknownCode
from powertheft.quality.checking import check_tables
from powertheft.quality.rules import REPAIRING, SETTING_ASIDE, SHOWING

Make = Callable[..., CanonicalTable[pl.DataFrame]]
TODAY = date(2024, 1, 1)


def day(number: int) -> date:
    return date(2020, 1, 1).replace(month=1 + number % 12, year=2020 + number // 12)


def only(report: QualityReport, rule: str) -> Finding:
    (finding,) = report.of_rule(rule)
    return finding


def check(tables: list[CanonicalTable[pl.DataFrame]], profile: Profile):
    return check_tables({table.name: table for table in tables}, profile, today=TODAY)


def readings(make: Make, **columns: list) -> CanonicalTable[pl.DataFrame]:
    height = len(next(iter(columns.values())))
    start = {"consumer_id": ["a"] * height, "meter_id": ["m"] * height, "read_on": [day(n) for n in range(height)]}
    return make("readings", start | columns)


def test_rows_of_nobody_and_of_no_day_are_set_aside(table: Make, profile: Profile) -> None:
    bills = readings(table, consumer_id=["a", None, "a"], read_on=[day(1), day(1), None], energy=[1.0, 2.0, 3.0])
    tables, report = check([bills], profile)
    assert tables["readings"].frame["energy"].to_list() == [1.0]
    assert report.tables[0].reasons == {"missing_consumer": 1, "missing_date": 1}
    assert only(report, "missing_consumer").example_rows == (3,)
    assert only(report, "missing_date").example_rows == (4,)


def test_a_row_with_two_faults_is_set_aside_for_the_first(table: Make, profile: Profile) -> None:
    bills = readings(table, consumer_id=[None, "a"], read_on=[None, day(1)])
    _, report = check([bills], profile)
    assert report.tables[0].reasons == {"missing_consumer": 1}


def test_bills_of_consumers_who_are_not_listed_are_set_aside(table: Make, profile: Profile) -> None:
    tables, report = check(
        [
            table("consumers", {"consumer_id": ["a", "b"]}),
            readings(table, consumer_id=["a", "x", "y"]),
            table("inspections", {"consumer_id": ["x", "b"], "outcome": ["theft", "normal"]}),
        ],
        profile,
    )
    assert tables["readings"].frame["consumer_id"].to_list() == ["a"]
    assert tables["inspections"].frame["consumer_id"].to_list() == ["b"]
    assert [(f.table, f.count, f.share, f.example_rows) for f in report.of_rule("orphan")] == [
        ("readings", 2, 2 / 3, (3, 4)),
        ("inspections", 1, 1 / 2, (2,)),
    ]


def test_without_a_list_of_consumers_nobody_is_an_orphan(table: Make, profile: Profile) -> None:
    tables, report = check([readings(table, consumer_id=["a", "x"])], profile)
    assert tables["readings"].frame.height == 2
    assert not report.of_rule("orphan")


def test_the_first_row_of_a_consumer_in_the_file_is_used(table: Make, profile: Profile) -> None:
    tables, report = check(
        [table("consumers", {"consumer_id": ["b", "a", "b", "b"], "category": ["1", "2", "3", "4"]})], profile
    )
    assert tables["consumers"].frame.select("consumer_id", "category").rows() == [("a", "2"), ("b", "1")]
    assert only(report, "duplicate_consumer").example_rows == (4, 5)


def test_a_bill_that_repeats_another_counts_once_and_one_that_differs_twice(table: Make, profile: Profile) -> None:
    bills = readings(
        table, read_on=[day(1)] * 4, energy=[5.0, 5.0, 6.0, 5.0], MF=[1.0, 1.0, 1.0, 2.0], meter_status=["1"] * 4
    )
    tables, report = check([bills], profile)
    frame = tables["readings"].frame
    assert sorted(frame.select("energy", "MF").rows()) == [(5.0, 1.0), (5.0, 2.0), (6.0, 1.0)]
    assert frame["sequence"].to_list() == [0, 1, 2]
    assert only(report, "exact_duplicate").example_rows == (3,)
    assert only(report, "rebilled_day").count == 2


def test_visits_and_events_that_repeat_are_set_aside(table: Make, profile: Profile) -> None:
    visit = {"consumer_id": ["a", "a"], "inspected_on": [day(1)] * 2, "outcome": ["normal"] * 2}
    event = {"consumer_id": ["a"] * 2, "occurred_at": [datetime(2020, 1, 1)] * 2, "event_code": ["251", "201"]}
    tables, _ = check([table("inspections", visit), table("events", event)], profile)
    assert tables["inspections"].frame.height == 1
    assert tables["events"].frame.height == 2


def test_negative_energy_is_missing(table: Make, profile: Profile) -> None:
    tables, report = check([readings(table, energy=[5.0, -1.0, 0.0])], profile)
    assert tables["readings"].frame["energy"].to_list() == [5.0, None, 0.0]
    assert only(report, "negative_energy").example_rows == (3,)
    assert only(report, "missing_energy").count == 1


def test_an_impossible_period_becomes_the_days_since_the_bill_before(table: Make, profile: Profile) -> None:
    bills = readings(
        table,
        meter_id=["m", "m", "m", "n", "n", "n"],
        read_on=[date(2020, 1, 1), date(2020, 3, 1), date(2020, 5, 1)] * 2,
        period_days=[9000.0, 0.0, 61.0, 30.0, 401.0, None],
    )
    tables, report = check([bills], profile)
    # January to March 2020 has 60 days, March to May 61; the first bill of a meter has none before it.
    assert tables["readings"].frame["period_days"].to_list() == [None, 60.0, 61.0, 30.0, 60.0, 61.0]
    impossible = only(report, "impossible_period")
    assert (impossible.count, impossible.example_rows) == (3, (2, 3, 6))
    assert impossible.detail.startswith("2 have the days since the bill before instead, 1 have none")
    assert only(report, "missing_period").count == 1


def test_periods_that_the_file_does_not_state_are_made_from_the_dates(table: Make, profile: Profile) -> None:
    tables, _ = check([readings(table, read_on=[date(2020, 1, 1), date(2020, 3, 1)])], profile)
    assert tables["readings"].frame["period_days"].to_list() == [None, 60.0]


def test_numbers_outside_the_profiles_bounds_are_missing(table: Make, profile: Profile) -> None:
    tables, report = check(
        [
            table("consumers", {"consumer_id": ["a"], "sanctioned_load": [501.0]}),
            readings(table, energy=[10_001.0, 10_000.0, 1.0], power_factor=[0.9, 1.1, -0.1]),
        ],
        profile,
    )
    assert tables["consumers"].frame["sanctioned_load"].to_list() == [None]
    assert tables["readings"].frame["energy"].to_list() == [None, 10_000.0, 1.0]
    assert tables["readings"].frame["power_factor"].to_list() == [0.9, None, None]
    assert [(f.column, f.count) for f in report.of_rule("impossible_value")] == [
        ("sanctioned_load", 1),
        ("energy", 1),
        ("power_factor", 2),
    ]


def test_unknown_codes_are_told_as_the_profile_found_them(table: Make, profile: Profile) -> None:
    codes = (UnknownCode("category", 7, (2, 5, 9), ("A", "46")),)
    _, report = check([table("consumers", {"consumer_id": ["a"] * 1}, unknown_codes=codes)], profile)
    finding = only(report, "unknown_code")
    assert (finding.column, finding.count, finding.example_rows, finding.detail) == (
        "category",
        7,
        (2, 5, 9),
        "such as 'A', '46'",
    )


def test_a_full_turn_of_the_register_is_told_from_one_that_runs_backwards(table: Make, profile: Profile) -> None:
    # From 99,950 past 99,999 to 30 are 80; the second was turned back; the third went forward; the fourth agrees.
    bills = readings(
        table,
        previous_index=[99_950.0, 5_000.0, 100.0, 100.0],
        current_index=[30.0, 4_000.0, 150.0, 150.0],
        energy=[80.0, 60.0, 90.0, 50.0],
    )
    tables, report = check([bills], profile)
    assert only(report, "rollover").example_rows == (2,)
    assert only(report, "index_backwards").example_rows == (3,)
    assert only(report, "index_against_energy").example_rows == (4,)
    assert tables["readings"].frame["current_index"].to_list() == [30.0, 4_000.0, 150.0, 150.0]


def test_a_register_that_runs_backwards_shows_without_energy_too(table: Make, profile: Profile) -> None:
    _, report = check([readings(table, previous_index=[10.0, 10.0], current_index=[9.0, 11.0])], profile)
    assert only(report, "index_backwards").count == 1


def test_dates_that_cannot_be_are_shown(table: Make, profile: Profile) -> None:
    consumers = table("consumers", {"consumer_id": ["a", "b"], "connected_on": [date(1900, 1, 1), date(1990, 1, 1)]})
    bills = readings(table, read_on=[date(2023, 12, 31), date(2024, 1, 1), date(2024, 1, 2)])
    _, report = check([consumers, bills], profile)
    assert (only(report, "ancient_date").column, only(report, "ancient_date").count) == ("connected_on", 1)
    assert (only(report, "future_date").column, only(report, "future_date").example_rows) == ("read_on", (4,))


def test_a_few_bills_long_before_the_others_are_shown(table: Make, profile: Profile) -> None:
    dates = [date(1977, 6, 16), *[date(2005, 3, 1)] * 200, date(2019, 12, 7)]
    bills = readings(table, read_on=dates, energy=[float(n) for n in range(202)])
    finding = only(check([bills], profile)[1], "early_reading")
    assert (finding.count, finding.example_rows, finding.detail) == (1, (2,), "before 2005; the last is of 2019-12-07")


def test_consumers_without_bills_or_transformer_readings_are_shown(table: Make, profile: Profile) -> None:
    consumers = table("consumers", {"consumer_id": ["a", "b", "c"], "transformer_id": ["t", "u", None]})
    supplied = {"transformer_id": ["t", "v", None], "read_on": [day(1)] * 3, "energy_supplied": [1.0, -2.0, 3.0]}
    tables, report = check([consumers, readings(table, energy=[1.0]), table("transformer_readings", supplied)], profile)
    assert only(report, "consumer_without_bill").example_rows == (3, 4)
    assert only(report, "consumer_without_transformer").example_rows == (3,)
    assert only(report, "transformer_without_consumer").example_rows == (3,)
    assert only(report, "missing_transformer").example_rows == (4,)
    assert tables["transformer_readings"].frame["energy_supplied"].to_list() == [1.0, None]


def test_what_an_inspection_lacks_is_shown(table: Make, profile: Profile) -> None:
    visits = {
        "consumer_id": ["a", "b", "a"],
        "inspected_on": [day(0), None, day(5)],
        "outcome": ["normal", None, "theft"],
    }
    _, report = check([table("inspections", visits), readings(table, energy=[1.0, 2.0])], profile)
    assert only(report, "inspection_before_bills").example_rows == (2,)
    assert only(report, "undated_inspection").example_rows == (3,)
    assert only(report, "missing_outcome").example_rows == (3,)


def test_every_rule_is_explained_and_named_once() -> None:
    rules = [*SETTING_ASIDE, *REPAIRING, *SHOWING]
    assert len({rule.name for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.meaning.endswith(".")
        assert rule.effect.endswith(".")


@pytest.mark.parametrize("name", ["consumers", "readings", "inspections", "payments", "events", "intervals"])
def test_a_table_without_a_row_left_is_checked_without_complaint(table: Make, profile: Profile, name: str) -> None:
    made = table(name, {"consumer_id": [None], **({"outcome": [None]} if name == "inspections" else {})})
    tables, report = check([made], profile)
    assert tables[name].frame.is_empty()
    assert report.tables[0].reasons == {"missing_consumer": 1}
