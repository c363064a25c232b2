"""What outcomes say, on made-up visits whose answer is known."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from powertheft.actions.ports import Scoring
from powertheft.actions.watch_outcomes import watch_outcomes
from powertheft.domain.inspections import Case, Finding
from powertheft.domain.watches import Reading, WatchName

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LIST = Scoring(1, "s-1", "bills@1", "theft@1", 2000, {"currency": "INR"}, NOW, "ana")
A_MONTH = 40
"""Visits of the list each month: half of them promise 60 %, half of them 20 %."""


def visit(number: int, month: int, *, found: bool, promised: float, section: str, random: bool = False) -> Case:
    day = date(2025 + (month - 1) // 12, (month - 1) % 12 + 1, 15)
    finding = Finding("theft" if found else "normal", day, energy_assessed=1000.0 if found else None)
    return Case(
        number, "bills", f"c{number}", "random" if random else "list", 0.05 if random else 1.0, 1, number,
        {"probability": promised, "section": section, "category": "domestic", "currency": "INR"}, "recorded", None,
        None,
        finding, NOW, "ana",
    )  # fmt: skip


def made_up(*, months: int = 12, fall_from: int = 99) -> tuple[list[Case], dict[int, Scoring]]:
    """Visits that find what was promised, until from a month on section B finds next to nothing; a few at random."""
    cases = list[Case]()
    for month in range(1, months + 1):
        for place in range(A_MONTH):
            promised, section = (0.6, "A") if place % 2 else (0.2, "B")
            due = (place // 2) % 5 < 5 * promised
            found = due and not (month >= fall_from and place // 2 % 4)
            cases.append(visit(len(cases) + 1, month, found=found, promised=promised, section=section))
        for place in range(8):
            cases.append(visit(len(cases) + 1, month, found=not place, promised=0.05, section="A", random=True))
    return cases, {1: LIST}


def readings(house, watch: WatchName, cases: Sequence[Case], scorings: dict[int, Scoring]) -> list[Reading]:
    found = [one for one in watch_outcomes(house, cases, scorings) if one.watch == watch]
    return sorted(found, key=lambda one: one.period)


def test_promises_that_hold_are_quiet_once_there_are_visits_enough(house):
    cases, scorings = made_up()
    rates = readings(house, "hit_rate", cases, scorings)
    assert [one.state for one in rates] == ["unknown"] * 3 + ["quiet"] * 9
    assert {one.subject for one in rates} == {"theft"}
    newest = rates[-1]
    assert (newest.value, newest.expected, newest.counted) == (pytest.approx(0.4), pytest.approx(0.4), 160)
    # Told from 2.5 standard errors of 160 visits below the promise, which is more than the fifth that must be missing.
    assert newest.low == pytest.approx(0.4 - 2.5 * (0.4 * 0.6 / 160) ** 0.5)
    for watch in ("calibration", "segments"):
        assert readings(house, watch, cases, scorings)[-1].state == "quiet"


def test_a_list_that_goes_stale_is_seen_within_three_months_and_says_where(house):
    cases, scorings = made_up(fall_from=9)
    rates = {one.period.month: one.state for one in readings(house, "hit_rate", cases, scorings)}
    assert rates[8] == "quiet"
    assert rates[11] == rates[12] == "moved"
    bands = readings(house, "calibration", cases, scorings)[-1]
    assert bands.state == "moved"
    assert bands.details["worst"] == "0.5-0.75"
    assert readings(house, "segments", cases, scorings)[-1].details["worst"] == "A"


def test_a_fall_is_seen_though_none_of_the_versions_made_lists_for_long(house):
    cases, _ = made_up(fall_from=9)
    version = {1: 1, 2: 1, 3: 1, 4: 2, 5: 2, 6: 2, 7: 3, 8: 3, 9: 3, 10: 4, 11: 4, 12: 4}
    scorings = {number: replace(LIST, number=number, model=f"theft@{number}") for number in set(version.values())}
    cases = [replace(one, scoring=version[one.finding.inspected_on.month]) for one in cases if one.finding]
    rates = readings(house, "hit_rate", cases, scorings)
    assert {one.subject for one in rates} == {"theft"}
    # With the eighth month there are four before the window; the fall of the ninth is seen with the tenth.
    assert [one.state for one in rates[7:]] == ["quiet"] * 2 + ["moved"] * 3
    assert rates[-1].details["versions"] == {"theft@3": [4, 40], "theft@4": [12, 120]}
    # What was promised is judged by version still.
    assert {one.subject for one in readings(house, "calibration", cases, scorings)} == set(
        {f"theft@{number}" for number in scorings}
    )


def test_a_quota_that_finds_as_much_as_the_list_is_told_and_a_small_one_says_how_many_it_takes(house):
    cases, scorings = made_up()
    quota = readings(house, "quota_rate", cases, scorings)
    assert quota[0].state == "unknown"
    assert quota[0].details["needed"] == 30
    assert quota[-1].state == "quiet"
    assert (quota[-1].value, quota[-1].high) == (pytest.approx(0.125), pytest.approx(0.4))

    useless = [one for one in cases if one.drawn_by == "random" or (one.finding and one.finding.outcome == "normal")]
    assert readings(house, "quota_rate", useless, scorings)[-1].state == "moved"


def test_energy_is_added_up_by_month_and_smaller_finds_are_seen(house):
    cases, scorings = made_up(months=12)
    recovered = readings(house, "recovered_value", cases, scorings)
    assert [(one.period.month, one.value) for one in recovered] == [(month, 17000.0) for month in range(1, 13)]
    # Two months before the window hold enough finds to compare with.
    assert [one.state for one in recovered] == ["unknown"] * 5 + ["quiet"] * 7
    assert (recovered[0].details["currency"], recovered[0].details["needed"]) == ("INR", 20)

    def smaller(case: Case) -> Case:
        is_late = case.finding is not None and case.finding.inspected_on.month > 9
        found = case.finding is not None and case.finding.energy_assessed
        return replace(case, finding=replace(case.finding, energy_assessed=300.0)) if is_late and found else case

    shrunk = readings(house, "recovered_value", [smaller(one) for one in cases], scorings)
    assert [one.state for one in shrunk[9:]] == ["quiet", "quiet", "moved"]
    assert (shrunk[-1].details["typical"], shrunk[-1].details["typical_before"]) == (300.0, 1000.0)


def test_visits_without_a_list_or_a_clear_outcome_are_not_held_against_a_model(house):
    case = visit(1, 1, found=True, promised=0.6, section="A")
    locked = Case(
        **{**{name: getattr(case, name) for name in Case.__slots__}, "finding": Finding("no_access", date(2025, 1, 2))}
    )
    assert readings(house, "hit_rate", [locked], {1: LIST}) == []
    assert readings(house, "hit_rate", [case], {}) == []
