"""Champion and challenger: the page of a trial, its buttons, and the forms of the two policies."""

from datetime import date

import polars as pl
import pytest

from powertheft.actions.house import House
from powertheft.actions.inspections import assign_cases, propose_cases, record_finding
from powertheft.actions.ports import NewModelVersion, NewScoring
from powertheft.domain.inspections import Finding
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import read_home

PAGE = "/models/theft/trial"
FULL = {"better_by": "3", "p_value": "0.05", "worst_section": "20", "fewest_visits": "40", "looks": "3"}
WHY = "it was trained after the tariff changed"


def list_of(*, falling: bool) -> pl.DataFrame:
    numbers = list(range(300)) if falling else [*range(150, 300), *range(150)]
    return pl.DataFrame(
        {
            "rank": [place + 1 for place in range(300)],
            "consumer_id": [f"c{number:03}" for number in numbers],
            "probability": [1 - place / 300 for place in range(300)],
            "raw_score": [1.0 - place for place in range(300)],
            "used_in_fitting": [False] * 300,
            "expected_amount": [1000.0] * 300,
            "section": [f"00{number % 2}" for number in numbers],
        }
    )


@pytest.fixture
def house(tmp_path, store) -> House:
    """Two versions of a model, each with a list; the second begins where the first ends."""
    house = House(read_home(tmp_path / "home", {}), store, Actor("ana", PERMISSIONS))
    for number, falling in ((1, True), (2, False)):
        with house.new_scoring() as folder, house.begin() as work:
            work.models.add_version("theft", NewModelVersion(f"theft/v-{number}", "bills@1", "lightgbm", {}, {}))
            place = house.home.scorings / folder
            place.mkdir(parents=True)
            list_of(falling=falling).write_parquet(place / "list.parquet")
            details = {"currency": "INR", **({"shadow": True} if number == 2 else {})}
            work.scorings.add_scoring(NewScoring(folder.as_posix(), "bills@1", f"theft@{number}", 300, details))
    with house.begin() as work:
        work.models.change_state("theft", 1, "be promoted", reason="first")
    return house


@pytest.fixture
def manager(house, administrator, sign_up):
    return sign_up("mia", "manager")


def visit(house: House, *, finds: str) -> None:
    for case in propose_cases(house, 1, visits=100, random_share=0.1):
        assign_cases(house, [case.number], to="ravi")
        outcome = "theft" if case.about.get("chosen_by") == finds else "normal"
        record_finding(house, case.number, Finding(outcome, date.today(), amount_assessed=800.0))


def test_before_a_trial_the_page_says_what_one_is_and_begins_it(manager):
    page = manager.get(PAGE).text
    assert "No trial yet" in page
    assert "Never: a person decides." in page
    assert manager.send(f"{PAGE}/begin", PAGE, challenger="theft@2").status_code == 422
    begun = manager.send(f"{PAGE}/begin", PAGE, challenger="theft@2", reason=WHY)
    assert begun.status_code == 302
    page = manager.get(PAGE).text
    assert WHY in page
    assert "The next look is at 40 visits of each." in page
    assert "No visit of the trial has a finding yet." in page


def test_what_was_found_is_told_with_the_difference_that_could_be_seen_and_what_the_policy_would_do(house, manager):
    manager.send(f"{PAGE}/begin", PAGE, challenger="theft@2", reason=WHY)
    visit(house, finds="challenger")
    page = manager.get(PAGE).text
    assert "0 of 45 visits found theft" in page
    assert "45 of 45 visits found theft" in page
    assert "Smallest difference that could be seen" in page
    assert "By the usual measure one would now promote the challenger; no policy is written" in page
    manager.send(f"{PAGE}/promotion", PAGE, **FULL)
    assert "The policy would now promote the challenger." in manager.get(PAGE).text
    plot = manager.get(f"{PAGE}/plot.json").get_json()
    assert plot["caption"] == "theft@2: 100 % of 45 visits; theft@1: 0 % of 45."
    # Of a single day the interval is a bar, since a band would have no breadth, and the axis names the day once.
    champion, challenger = plot["figure"]["data"]
    assert champion["error_y"]["array"][0] == pytest.approx(0.0787, abs=0.001)
    assert challenger["error_y"]["arrayminus"][0] == pytest.approx(0.0787, abs=0.001)
    assert plot["figure"]["layout"]["xaxis"]["dtick"] == 86_400_000


def test_the_plan_says_how_the_visits_are_shared_out(manager):
    assert "A trial runs" not in manager.get("/inspections/plan?scoring=1&visits=40").text
    manager.send(f"{PAGE}/begin", PAGE, challenger="theft@2", reason=WHY)
    assert "theft@2 has chosen 18 of these visits" in manager.get("/inspections/plan?scoring=1&visits=40").text


def test_the_plan_says_what_finds_were_assessed_at_against_what_was_expected(house, manager):
    words = "Finds until now were assessed at 80 % of what their lists expected (80 % to 80 %, by 45 finds)."
    manager.send(f"{PAGE}/begin", PAGE, challenger="theft@2", reason=WHY)
    assert "Finds until now" not in manager.get("/inspections/plan?scoring=1&visits=40").text
    visit(house, finds="challenger")
    assert words in manager.get("/inspections/plan?scoring=1&visits=40").text


@pytest.mark.parametrize(
    ("act", "state", "champion"), [("promote", "promoted", 2), ("give-up", "given up", 1), ("stop", "stopped", 1)]
)
def test_a_person_ends_the_trial_with_a_reason(house, manager, act, state, champion):
    manager.send(f"{PAGE}/begin", PAGE, challenger="theft@2", reason=WHY)
    refused = manager.send(f"{PAGE}/end", PAGE, act=act)
    assert refused.status_code == 422
    assert "Please fill this in." in refused.text
    manager.send(f"{PAGE}/end", PAGE, act=act, reason="seen enough")
    page = manager.get(PAGE).text
    assert "Earlier trials" in page
    assert "seen enough" in page
    with house.read() as work:
        assert work.trials.list_trials()[0].state == state
        assert work.models.get_version("theft").number == champion


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("p_value", "0.3", "30 of 100 models that are no better would be promoted"),
        ("fewest_visits", "5", "one lucky day decides"),
        ("better_by", "-2", "need not be better"),
        ("looks", "0", "looked at once or more"),
        ("worst_section", "many", "Write digits"),
        ("looks", "", "Please fill this in."),
    ],
)
def test_a_policy_that_would_promote_on_noise_is_refused_beside_its_field(house, manager, field, value, said):
    answer = manager.send(f"{PAGE}/promotion", PAGE, **{**FULL, field: value})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'id="{field}-trouble"' in answer.text
    with house.read() as work:
        assert work.policies.get_policy("promotion/theft") is None


def test_policies_are_kept_told_in_words_and_taken_back(house, manager):
    manager.send(f"{PAGE}/promotion", PAGE, **FULL)
    assert "When it is better by 3 % or more" in manager.get(PAGE).text
    manager.send(f"{PAGE}/retraining", PAGE, months="6", outcomes="200", alerts=["hit_rate"], begin_trial="y")
    page = manager.get(PAGE).text
    assert "6 months after the last training; with 200 new outcomes; The hit rate fell." in page
    refused = manager.send(f"{PAGE}/retraining", PAGE, outcomes="3")
    assert refused.status_code == 422
    assert 'id="outcomes-trouble"' in refused.text
    for name in ("promotion", "retraining"):
        manager.send(f"{PAGE}/{name}", PAGE, **{"take-back": "1"})
    page = manager.get(PAGE).text
    assert "Never: a person decides." in page
    assert "Never: a person asks for it." in page


def test_who_may_not_promote_reads_the_page_and_has_no_buttons(house, administrator, sign_up):
    analyst = sign_up("zoe", "analyst")
    page = analyst.get(PAGE).text
    assert "Begin a trial" not in page
    assert "Write a policy" not in page
    assert analyst.send(f"{PAGE}/begin", "/models/", challenger="theft@2", reason=WHY).status_code == 403
    assert analyst.get("/models/nothing/trial").status_code == 404
