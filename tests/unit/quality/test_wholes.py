"""Rules about all rows at once, each by a small example whose answer can be read off."""

from collections.abc import Callable
from datetime import date, timedelta

import polars as pl
import pytest

from powertheft.domain.profiles import Profile
from powertheft.domain.quality import QualityReport
from powertheft.domain.tables import CanonicalTable
from powertheft.quality.checking import check_tables
from powertheft.quality.summaries import summarise

Make = Callable[..., CanonicalTable[pl.DataFrame]]
TODAY = date(2024, 1, 1)


def check(profile: Profile, *tables: CanonicalTable[pl.DataFrame], last=None) -> QualityReport:
    return check_tables({table.name: table for table in tables}, profile, today=TODAY, last=last)[1]


def columns_of(report: QualityReport, rule: str) -> list[tuple[str, int]]:
    return [(finding.column, finding.count) for finding in report.of_rule(rule)]


def many(make: Make, **columns: list) -> CanonicalTable[pl.DataFrame]:
    return make("consumers", {"consumer_id": [f"{n:03}" for n in range(100)]} | columns)


def test_columns_that_tell_nothing_are_named(table: Make, profile: Profile) -> None:
    consumers = many(
        table, category=["1"] * 100, region=["n", "s"] * 50, district=[None] * 100, section=["x"] * 49 + [None] * 51,
        sanctioned_load=[5.0] * 99 + [None],
    )  # fmt: skip
    report = check(profile, consumers)
    assert columns_of(report, "constant_column") == [("category", 100)]
    assert columns_of(report, "empty_column") == [("district", 100)]
    assert columns_of(report, "mostly_empty_column") == [("section", 51)]


def test_few_rows_may_well_agree(table: Make, profile: Profile) -> None:
    assert not check(profile, table("consumers", {"consumer_id": ["a", "b"], "category": ["1", "1"]})).findings


def test_a_month_whose_delivery_is_missing_is_named(table: Make, profile: Profile) -> None:
    days = [
        date(2020 + month // 12, month % 12 + 1, 5) for month in range(24) for _ in range(100 if month != 10 else 20)
    ]
    bills = table("readings", {"consumer_id": [f"{n:05}" for n in range(len(days))], "read_on": days})
    (thin,) = check(profile, bills).of_rule("thin_month")
    assert (thin.count, thin.detail, thin.column) == (20, "2020-11", "read_on")


def test_who_has_had_no_bill_for_long_is_shown_by_the_last_bill(table: Make, profile: Profile) -> None:
    # From the last bill of all, 1 January 2022, 400 days back is 27 November 2020.
    days = [date(2019, 1, 1), date(2020, 11, 26), date(2020, 11, 27), date(2022, 1, 1), date(2030, 1, 1)]
    bills = table("readings", {"consumer_id": ["a", "a", "b", "c", "d"], "read_on": days})
    (stopped,) = check(profile, bills).of_rule("consumer_stopped")
    assert (stopped.count, stopped.example_rows) == (1, (3,))
    assert stopped.detail == "the last bill of all is of 2022-01-01"


@pytest.mark.parametrize(
    ("theft", "normal", "said"),
    [(1, 199, "1 of 200 are theft (0.5%)"), (150, 50, "150 of 200 are theft (75.0%)"), (10, 190, None)],
)
def test_an_unusual_share_of_theft_is_said(
    table: Make, profile: Profile, theft: int, normal: int, said: str | None
) -> None:
    outcomes = ["tamper"] * theft + ["vacant"] * normal + ["no_access"] * 500
    who = [f"{n:03}" for n in range(len(outcomes))]
    found = check(profile, table("inspections", {"consumer_id": who, "outcome": outcomes})).of_rule("label_balance")
    assert [finding.detail for finding in found] == ([said] if said else [])


def test_too_few_findings_to_learn_from_are_said(table: Make, profile: Profile) -> None:
    outcomes = ["theft"] * 49 + ["normal"] * 50
    who = [f"{n:03}" for n in range(99)]
    (small,) = check(profile, table("inspections", {"consumer_id": who, "outcome": outcomes})).of_rule("small_class")
    assert small.detail == "theft: 49"


def supplied(make: Make, monthly: float) -> CanonicalTable[pl.DataFrame]:
    days = [date(2020, month, 28) for month in range(1, 13)]
    values = {"energy_supplied": [monthly] * 12, "energy_unmetered": [100.0] * 12, "period_days": [30.0] * 12}
    return make("transformer_readings", {"transformer_id": ["t"] * 12, "read_on": days} | values)


@pytest.mark.parametrize(
    ("monthly", "rule"), [(1000.0, "overbilled_transformer"), (1200.0, None), (2600.0, "unexplained_transformer")]
)
def test_a_transformer_whose_total_does_not_close_is_named(
    table: Make, profile: Profile, monthly: float, rule: str | None
) -> None:
    """Two-monthly bills of 2,000 kWh a consumer, 1,000 a month: 900, 1,100 or 2,500 were left for them."""
    consumers = table("consumers", {"consumer_id": ["a"], "transformer_id": ["t"]})
    days = [date(2020, month, 20) for month in range(2, 13, 2)]
    bill = {"energy": [2000.0] * 6, "period_days": [61.0] * 6, "meter_id": ["m"] * 6}
    bills = table("readings", {"consumer_id": ["a"] * 6, "read_on": days, **bill})
    report = check(profile, consumers, bills, supplied(table, monthly))
    named = [f for name in ("overbilled_transformer", "unexplained_transformer") for f in report.of_rule(name)]
    assert [(finding.rule, finding.count, finding.detail) for finding in named] == (
        [(rule, 12, "1 transformers")] if rule else []
    )


def test_what_is_spread_otherwise_than_in_the_last_version_is_named(table: Make, profile: Profile) -> None:
    before = summarise({"consumers": many(table, sanctioned_load=[1.0, 2.0] * 50, region=["n", "s"] * 50)})
    same = many(table, sanctioned_load=[2.0, 1.0] * 50, region=["s", "n"] * 50)
    assert not check(profile, same, last=before).of_rule("shift")
    # In W instead of kW, and two thirds of the rows in another region.
    other = many(table, sanctioned_load=[100.0, 200.0] * 50, region=["n"] * 83 + ["s"] * 17)
    found = check(profile, other, last=before).of_rule("shift")
    # (0.83 - 0.5) ln(0.83 / 0.5) + (0.17 - 0.5) ln(0.17 / 0.5) = 0.523
    assert [finding.column for finding in found] == ["region", "sanctioned_load"]
    assert found[0].detail == "stability index 0.52 against the last version"


def test_a_table_that_shrank_is_named(table: Make, profile: Profile) -> None:
    before = summarise({"consumers": many(table)})
    rows = {"consumer_id": [f"{n:03}" for n in range(94)]}
    (shrunk,) = check(profile, table("consumers", rows), last=before).of_rule("shrunk_table")
    assert (shrunk.count, shrunk.detail) == (6, "94 rows, 100 in the last version")
    rows = {"consumer_id": [f"{n:03}" for n in range(95)]}
    assert not check(profile, table("consumers", rows), last=before).of_rule("shrunk_table")


def test_the_facts_of_a_table_are_those_of_its_used_rows(table: Make, profile: Profile) -> None:
    days = [date(2020, 1, 1) + timedelta(days=365 * n) for n in range(3)]
    bills = table("readings", {"consumer_id": ["a", "a", None], "read_on": days, "energy": [1.0, None, 9.0]})
    (facts,) = check(profile, bills).facts
    columns = {column.name: column for column in facts.columns}
    assert (facts.rows, facts.consumers, dict(facts.years)) == (2, 1, {"2020": 2})
    assert (columns["energy"].missing, columns["energy"].least, columns["energy"].greatest) == (1, 1.0, 1.0)
    assert (columns["read_on"].least, columns["read_on"].greatest) == ("2020-01-01", "2020-12-31")
    assert (columns["consumer_id"].least, columns["meter_id"].missing) == (None, 2)
