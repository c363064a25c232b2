"""The squads' rules by the pages: for whom each holds, what visits found there; write one, take it out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import pytest
from tests.scored_utility import make_scored
from tests.unit.web.conftest import PASSWORD, Person

from powertheft.actions import accounts
from powertheft.actions.house import House
from powertheft.actions.rule_trials import show_rules
from powertheft.actions.scorings import read_list
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import open_store
from powertheft.web.application import create_application
from powertheft.web.services import Services

ROOT = Actor("root", frozenset({"account.manage"}))
PART = {"HX-Request": "true", "HX-Request-Type": "partial"}
RULE = {
    "sentence": "Uses next to nothing",
    "may_mean": "A bypass, or an empty house.",
    "feature": "use_12m",
    "comparison": "below",
    "threshold": "20",
    "weight": "1",
    "source": "practice",
    "name": "next-to-nothing",
}


@dataclass(frozen=True)
class Utility:
    """A scored utility, its list, and who is signed in."""

    house: House
    listed: pl.DataFrame
    people: dict[str, Person]


@pytest.fixture(scope="module")
def utility(tmp_path_factory) -> Iterator[Utility]:
    root = tmp_path_factory.mktemp("rules")
    home = read_home(root / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("root", PERMISSIONS))
        make_scored(house, root / "export")
        made = create_application(Services(house.for_actor, store, WebSettings("k" * 32, ("localhost",))))
        made.test_client_class = Person
        people = {}
        for role in ("analyst", "manager", "inspector"):
            token = accounts.invite(store, ROOT, (role,))
            people[role] = made.test_client()
            people[role].send(f"/join/{token}", full_name=role.title(), name=f"the-{role}", password=PASSWORD)
        yield Utility(house, read_list(house, 1).collect(), people)


@pytest.fixture
def analyst(utility) -> Iterator[Person]:
    yield utility.people["analyst"]
    utility.house.home.rules.unlink(missing_ok=True)


def used(utility: Utility) -> pl.Series:
    """Use of the last twelve months of everybody on the list, as the list keeps it."""
    folder = utility.house.home.scorings
    return pl.concat(pl.read_parquet(place) for place in sorted(folder.glob("*/rows/*.parquet")))["use_12m"]


def row_of(text: str, name: str) -> str:
    found = re.search(rf'<tr id="{name}">.*?</tr>', text, re.DOTALL)
    assert found is not None
    return found[0]


def test_every_rule_says_what_it_points_at_and_for_how_many_of_a_list_it_holds(utility, analyst):
    shown = analyst.get("/predictions/rules/").text
    for name in ("year-on-year-fall", "lasting-step-down", "far-below-neighbours"):
        count = utility.listed.filter(pl.col("rules").fill_null("").str.split(", ").list.contains(name)).height
        row = row_of(shown, name)
        assert f">{count}<" in row
        assert "practice" in row
    assert "None yet. Write down what your squads go by" in shown


def test_lists_and_features_lead_to_the_rules(analyst):
    for address in ("/predictions/", "/predictions/1/", "/features/"):
        assert 'href="/predictions/rules/' in analyst.get(address).text


def test_what_is_typed_is_tried_at_once_on_a_list(utility, analyst):
    count = int((used(utility) < 20).sum())
    asked = {"feature": "use_12m", "comparison": "below", "threshold": "20", "dataset": "bills@1"}
    shown = analyst.get("/predictions/rules/try", query_string=asked, headers=PART).text
    assert f"Holds for {count} of 2,000 connections of bills@1" in shown
    assert "kWh" in shown
    assert "<html" not in shown
    half = analyst.get("/predictions/rules/try", query_string={**asked, "threshold": "1,5"}, headers=PART).text
    assert "Write it with a point: 1.5." in half
    assert "Holds for" not in half
    assert "there is no feature" in analyst.get("/predictions/rules/try?feature=use_21m", headers=PART).text.lower()


def test_without_a_script_a_button_tries_it_and_writes_nothing(utility, analyst):
    shown = analyst.send("/predictions/rules/new", **RULE, act="try").text
    assert f"Holds for {int((used(utility) < 20).sum())} of 2,000" in shown
    assert 'value="Uses next to nothing"' in shown
    assert not utility.house.home.rules.exists()


def test_a_rule_is_written_shown_among_our_own_and_taken_out_after_asking(utility, analyst):
    answer = analyst.send("/predictions/rules/new", **RULE)
    assert answer.location.startswith("/predictions/rules/")
    shown = analyst.get(answer.location).text
    row = row_of(shown, "next-to-nothing")
    assert "Uses next to nothing" in row
    assert f">{int((used(utility) < 20).sum())}<" in re.sub(r"\s+", "", row)
    asked = analyst.get("/predictions/rules/next-to-nothing/remove").text
    assert "Take it out" in asked
    assert utility.house.home.rules.exists()
    analyst.send("/predictions/rules/next-to-nothing/remove")
    assert 'id="next-to-nothing"' not in analyst.get("/predictions/rules/").text
    with utility.house.read() as work:
        assert [one.action for one in work.audit.list_events(last=2)] == ["rule.removed", "rule.written"]


def test_what_is_wrong_with_a_rule_stands_beside_each_field_and_what_was_typed_stays(utility, analyst):
    wrong = {**RULE, "feature": "use_21m", "threshold": "a few", "name": "Next To Nothing"}
    answer = analyst.send("/predictions/rules/new", **wrong)
    assert answer.status_code == 422
    for field in ("feature", "threshold", "name"):
        assert f'id="{field}-trouble"' in answer.text
    assert 'id="source-trouble"' not in answer.text
    assert "Use small letters and hyphens: next-to-nothing." in answer.text
    assert 'value="a few"' in answer.text
    assert not utility.house.home.rules.exists()


def test_a_rule_of_a_name_that_is_taken_is_replaced_only_where_that_is_said(analyst):
    analyst.send("/predictions/rules/new", **RULE)
    again = {**RULE, "threshold": "30"}
    refused = analyst.send("/predictions/rules/new", **again)
    assert refused.status_code == 422
    assert 'name="replace"' in refused.text
    assert analyst.send("/predictions/rules/new", **again, replace="y").status_code == 302
    assert "use_12m &lt; 30" in row_of(analyst.get("/predictions/rules/").text, "next-to-nothing")


def test_what_visits_found_where_a_rule_held_is_counted_in_the_background(utility, analyst):
    assert "is not counted yet for bills@1" in analyst.get("/predictions/rules/").text
    answer = analyst.send("/predictions/rules/measure", page="/predictions/rules/", dataset="bills@1")
    assert "being tried on these data" in analyst.get("/predictions/rules/").text
    done = work_once(utility.house, worker="w1")
    assert done is not None
    assert done.state == "done", done.message
    assert 'href="/predictions/rules/?dataset=bills' in analyst.get(answer.location).text
    told = {row["rule"]: row for row in (done.result or {})["rules"]}["lasting-step-down"]
    assert told["visited"] > 0
    row = row_of(analyst.get("/predictions/rules/?dataset=bills@1").text, "lasting-step-down")
    assert f"{told['found']} of {told['visited']}" in row
    assert f"{100 * told['hit_rate']:.0f} %" in row


def test_a_count_of_a_rule_that_was_written_anew_is_not_shown(utility, analyst):
    analyst.send("/predictions/rules/new", **RULE)
    analyst.send("/predictions/rules/measure", page="/predictions/rules/", dataset="bills@1")
    work_once(utility.house, worker="w1")
    before = {one.rule.name: one.found for one in show_rules(utility.house, "bills@1").rules}
    assert before["next-to-nothing"] is not None
    analyst.send("/predictions/rules/new", **{**RULE, "threshold": "35"}, replace="y")
    after = {one.rule.name: one.found for one in show_rules(utility.house, "bills@1").rules}
    assert after["next-to-nothing"] is None
    assert after["lasting-step-down"] == before["lasting-step-down"]


def test_a_manager_reads_rules_and_writes_none_and_an_inspector_sees_none(utility):
    manager, inspector = utility.people["manager"], utility.people["inspector"]
    shown = manager.get("/predictions/rules/").text
    assert "Write a rule" not in shown
    assert "year-on-year-fall" in shown
    for address in ("/predictions/rules/new", "/predictions/rules/try", "/predictions/rules/x/remove"):
        assert manager.get(address).status_code == 403
    assert inspector.get("/predictions/rules/").status_code == 403


def test_a_built_in_rule_is_not_taken_out(analyst):
    assert analyst.get("/predictions/rules/year-on-year-fall/remove").status_code == 404
