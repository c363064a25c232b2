"""The overview tells what the registers hold, and says in words what nobody can know yet."""

from datetime import date, timedelta

import polars as pl
import pytest

from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.plan_import import ImportChoices
from powertheft.actions.ports import NewModelVersion, NewScoring
from powertheft.actions.prepare_exploration import prepare_exploration
from powertheft.actions.read_list import ListFilter, read_page
from powertheft.actions.scorings import TRANSFORMERS
from powertheft.actions.show_model import read_report
from powertheft.actions.show_overview import show_overview
from powertheft.domain.errors import AccessError
from powertheft.domain.inspections import Finding, NewCase
from powertheft.domain.permissions import ROLES, Actor

TODAY = date(2026, 9, 23)  # a Wednesday


def visit(house: House, consumer: str, *, drawn_by: str, outcome: str, on: date, amount: float | None = None) -> int:
    chance = 1.0 if drawn_by == "list" else 0.01
    case = NewCase("bills", consumer, drawn_by, chance)  # pyright: ignore[reportArgumentType]  # one of the two words
    with house.begin() as work:
        number = work.inspections.propose([case])[0].number
        work.inspections.change_case(number, "be assigned", assigned_to="ravi", planned_on=on)
        energy = None if amount is None else amount / 10
        finding = Finding(outcome, on, energy_assessed=energy, amount_assessed=amount)
        work.inspections.change_case(number, "be recorded", finding=finding)
    return number


def test_an_empty_house_says_what_it_does_not_know_and_what_comes_first(house):
    seen = show_overview(house, today=TODAY)
    for figure in (seen.loss, seen.recovered, seen.hit_rate, seen.random_hit_rate, seen.worth):
        assert figure is not None
        assert figure.value is None
        assert figure.words.startswith("Unknown: ")
    assert (seen.next_step, seen.attention, seen.weeks, seen.months) == ("import data", (), (), ())


def test_the_list_and_the_random_quota_are_told_apart(house):
    for number in range(8):
        outcome = "theft" if number < 3 else "normal"
        visit(house, f"list{number}", drawn_by="list", outcome=outcome, on=TODAY - timedelta(days=number))
    for number in range(4):
        outcome = "tamper" if number == 0 else "no_access"
        visit(house, f"random{number}", drawn_by="random", outcome=outcome, on=TODAY - timedelta(days=3))
    seen = show_overview(house, today=TODAY)
    assert seen.hit_rate.value == 3 / 8
    assert seen.random_hit_rate.value == 1.0
    assert "1 of 1 visits drawn at random in the last 8 weeks, too few to tell" in seen.random_hit_rate.words
    assert [row["list_visits"] for row in seen.weeks] == [5, 3]
    assert [row["week"].weekday() for row in seen.weeks] == [0, 0]


def test_what_is_older_than_eight_weeks_no_longer_counts(house):
    visit(house, "old", drawn_by="list", outcome="theft", on=TODAY - timedelta(weeks=8))
    visit(house, "new", drawn_by="list", outcome="normal", on=TODAY - timedelta(weeks=8) + timedelta(days=1))
    assert show_overview(house, today=TODAY).hit_rate.value == 0.0


def test_recovered_adds_up_the_finds_of_this_year(house):
    visit(house, "a", drawn_by="list", outcome="theft", on=date(2026, 1, 2), amount=5000)
    visit(house, "b", drawn_by="list", outcome="tamper", on=date(2026, 3, 2), amount=700)
    visit(house, "c", drawn_by="list", outcome="theft", on=date(2025, 12, 31), amount=90000)
    visit(house, "d", drawn_by="list", outcome="normal", on=date(2026, 3, 2))
    seen = show_overview(house, today=TODAY)
    assert (seen.recovered.value, seen.recovered_energy) == (5700, 570)
    assert "2 of 2 finds of 2026" in seen.recovered.words


def test_finds_without_an_amount_are_no_nought(house):
    visit(house, "a", drawn_by="list", outcome="theft", on=date(2026, 1, 2))
    assert show_overview(house, today=TODAY).recovered.value is None


def test_what_waits_is_counted_and_leads_to_its_page(house, tmp_path):
    with house.begin() as work:
        for name in ("late", "in time"):
            number = work.inspections.propose([NewCase("bills", name, "list", 1.0)])[0].number
            day = TODAY + timedelta(days=-1 if name == "late" else 1)
            work.inspections.change_case(number, "be assigned", assigned_to="ravi", planned_on=day)
        work.inspections.propose([NewCase("bills", "free", "list", 1.0)])
        for number in (1, 2, 3):
            bundle = NewModelVersion(f"theft/v-{number}", "bills@1", "lightgbm", {}, {})
            work.models.add_version("theft", bundle)
        work.models.change_state("theft", 2, "be promoted", reason="the best")
        job = work.jobs.enqueue("dataset.collect", {}, title="Collect")
        work.jobs.fail(work.jobs.claim("w", lease_seconds=60) or job, message="the disk is full")
    seen = show_overview(house)
    found = {one.what: (one.count, one.page, one.name) for one in show_overview(house, today=TODAY).attention}
    assert found == {
        "failed jobs": (1, "jobs", None),
        "outcomes overdue": (1, "inspections", None),
        "cases that nobody has": (1, "inspections", None),
        "to compare with the champion": (1, "models", "theft@3"),
    }
    assert seen.next_step == "import data"


def test_newer_data_than_those_that_were_scored_wait_for_a_list(house, tmp_path):
    for number in (1, 2):
        rows = "\n".join(f"c{one:03},{one % 2},{one * number}" for one in range(40))
        (tmp_path / "consumers.csv").write_text(f"consumer_id,label,usage\n{rows}\n", "utf-8")
        import_dataset(house, tmp_path / "consumers.csv", name="bills", choices=ImportChoices(profile="table"))
    with house.begin() as work:
        scoring = NewScoring("s-1", "bills@1", "theft@1", 40, {"currency": ""})
        work.scorings.add_scoring(scoring)
    (house.home.scorings / "s-1").mkdir(parents=True)
    pl.DataFrame().write_parquet(house.home.scorings / "s-1" / TRANSFORMERS)
    seen = show_overview(house, today=TODAY)
    assert [(one.what, one.name) for one in seen.attention] == [("newer data that are not scored", "bills@2")]
    assert "theft@1 is not there any more" in seen.worth.words


def test_a_scored_utility_shows_its_loss_and_what_is_worth_a_visit(scored):
    prepare_exploration(scored, "bills")
    seen = show_overview(scored, today=TODAY)
    assert 0 < seen.loss.value < 0.2
    cutoff = read_report(scored, "theft@1").cutoffs["f1"]
    assert seen.worth.value == read_page(scored, filters=ListFilter(probability_over=cutoff)).total
    assert seen.currency == "INR"
    assert seen.months[-1]["supplied"] > 0


def test_an_administrator_sees_jobs_and_no_figure(scored):
    seen = show_overview(scored.for_actor(Actor("adm", ROLES["administrator"])), today=TODAY)
    assert (seen.loss, seen.hit_rate, seen.worth, seen.months) == (None, None, None, ())


def test_an_inspector_has_a_page_of_the_own_cases_instead(house):
    with pytest.raises(AccessError):
        show_overview(house.for_actor(Actor("ins", ROLES["inspector"])))
