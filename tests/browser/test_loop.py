"""The whole loop by clicking, as a manager and an analyst would: visits, outcomes, a challenger, its trial, a decision.

The tests of this module follow each other, as the weeks do.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from powertheft.actions import accounts, inspections
from powertheft.actions.house import House
from powertheft.actions.model_versions import change_model_version
from powertheft.actions.scorings import get_scoring, list_scorings
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import read_home
from powertheft.store.work import open_store
from tests.browser.conftest import LAPTOP, LINK, Served, free_port, open_context, start, stop
from tests.browser.test_inspections import sign_up
from tests.browser.test_shell import findings
from tests.scored_utility import make_scored

ROOT = Actor("root", PERMISSIONS)
PEOPLE = {"manager": ("mala", "Mala Devi"), "analyst": ("ana", "Ana Rao"), "inspector": ("ida", "Ida Mani")}
SECONDS_TO_WORK = 120
"""How long a training, a list or the worker's look once a minute may take on a machine that is busy."""

SAID = "The house was empty from March to May"


@dataclass(frozen=True)
class Loop:
    """A house with data, a champion and its list; who is signed in; who is known to steal."""

    manager: Page
    analyst: Page
    house: House
    known: frozenset[str]


@pytest.fixture(scope="module")
def loop(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loop]:
    root = tmp_path_factory.mktemp("loop")
    home, port = read_home(root / "home", {}), free_port()
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, ROOT)
        make_scored(house, root / "export")
        change_model_version(house, "theft@1", "be promoted", reason="the first one")
        visits = house.version("bills").tables["inspections"].collect()
        known = frozenset(visits.filter(outcome="theft")["consumer_id"])
        process, said = start(home.path, port)
        assert LINK.search(said), said
        served, pages, told = Served(f"http://127.0.0.1:{port}", ""), {}, []
        for role, (name, full_name) in PEOPLE.items():
            context = open_context(browser, served, viewport={"width": LAPTOP[0], "height": LAPTOP[1]})
            page = pages[role] = context.new_page()
            page.on("console", lambda one: told.append(one.text) if one.type in {"error", "warning"} else None)
            page.on("response", lambda one: told.append(f"{one.status} {one.url}") if one.status >= 400 else None)
            page.on("pageerror", lambda error: told.append(str(error)))
            sign_up(page, f"{served.address}/join/{accounts.invite(store, ROOT, (role,))}", name, full_name)
        yield Loop(pages["manager"], pages["analyst"], house, known)
        for page in pages.values():
            page.context.close()
        stop(process)
    assert told == []


def go(page: Page, name: str) -> None:
    """Press an entry of the frame."""
    page.locator("nav.side").get_by_role("link", name=name, exact=True).click()


def plan(page: Page, visits: int, *, says: str | re.Pattern[str]) -> None:
    """Plan visits, a fifth of them at random, and hand them all out."""
    go(page, "Inspections")
    page.get_by_role("link", name="Plan the week").first.click()
    page.wait_for_url("**/inspections/plan")
    page.get_by_label("Visits this week").fill(str(visits))
    page.get_by_label("Of them", exact=True).select_option(label="1 in 5 at random")
    expect(page.get_by_text(says)).to_be_visible()
    page.get_by_role("button", name=f"Open these {visits} cases").click()
    expect(page.get_by_text(f"{visits} cases are open.")).to_be_visible()
    page.get_by_label(f"all {visits} of this list").check()
    page.get_by_label("Hand to").select_option("ida")
    page.get_by_role("button", name="Hand out").click()
    expect(page.get_by_text(f"{visits} cases are handed to ida.")).to_be_visible()
    expect(page.get_by_text(f"{visits} cases, in the order of the route")).to_be_visible()


def take_file(page: Page, place: Path, outcome: Callable[[str, int], str]) -> Path:
    """Take the file of the cases that are shown, and fill it in as squads would."""
    with page.expect_download() as coming:
        page.get_by_role("link", name="CSV", exact=True).click()
    coming.value.save_as(place)
    cases = pl.read_csv(place, infer_schema=False)
    found = [outcome(row["consumer_id"], int(row["case"])) for row in cases.iter_rows(named=True)]
    cases.with_columns(outcome=pl.Series(found), inspected_on=pl.lit(f"{date.today():%d-%m-%Y}")).write_csv(place)
    return place


def wait_for(page: Page, address: str, words: str | re.Pattern[str]) -> None:
    """Look at a page again until the worker has done what it shows."""
    deadline = time.monotonic() + SECONDS_TO_WORK
    page.goto(address)
    while not page.locator("#content").get_by_text(words).count() and time.monotonic() < deadline:
        page.wait_for_timeout(1000)
        page.goto(address)
    expect(page.locator("#content").get_by_text(words).first).to_be_visible()


def test_visits_are_planned_with_some_at_random_and_their_outcomes_come_from_a_file_and_by_hand(
    loop: Loop, tmp_path: Path
):
    page = loop.manager
    page.goto("/")
    plan(page, 80, says="64 from the top of the list, 16 drawn at random")
    last = max(one.number for one in inspections.list_cases(loop.house))

    def outcome(consumer_id: str, case: int) -> str:
        return "" if case == last else "theft" if consumer_id in loop.known else "normal"

    file = take_file(page, tmp_path / "cases.csv", outcome)
    page.get_by_role("link", name="Outcomes from a file").click()
    page.get_by_label("File with the outcomes").set_input_files(file)
    page.get_by_role("button", name="Only check it").click()
    expect(page.get_by_text("79 outcomes can be recorded.")).to_be_visible()
    expect(page.get_by_text("1 row has no outcome and was passed over.")).to_be_visible()
    page.get_by_label("File with the outcomes").set_input_files(file)
    page.get_by_role("button", name="Record the outcomes").click()
    expect(page.get_by_text("79 outcomes are recorded.")).to_be_visible()

    page.get_by_label("Which", exact=True).select_option("assigned")
    page.get_by_role("link", name=str(last), exact=True).click()
    page.get_by_role("button", name="Record what a sheet says").click()
    page.locator(".outcome").filter(has_text="Tampered meter").click()
    page.get_by_label("Energy not billed (kWh)").fill("1,200")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text(f"Case {last} is recorded.")).to_be_visible()


def test_an_analyst_trains_a_challenger_and_a_manager_lets_it_be_tried(loop: Loop):
    analyst, manager = loop.analyst, loop.manager
    analyst.goto("/")
    go(analyst, "Models")
    analyst.get_by_role("link", name="Train a model").click()
    analyst.get_by_label("logistic-regression").check()
    analyst.get_by_role("button", name="Train", exact=True).click()
    analyst.wait_for_url("**/models/theft@2", timeout=SECONDS_TO_WORK * 1000)
    expect(analyst.get_by_text("80 are from cases of this house").first).to_be_visible()
    analyst.get_by_role("link", name="Champion and challenger").click()
    expect(analyst.get_by_text("A manager begins a trial, and ends it, on this page.")).to_be_visible()

    go(manager, "Models")
    manager.get_by_role("link", name="Champion and challenger").click()
    manager.get_by_label("Challenger").select_option("theft@2")
    manager.get_by_label("Reason").first.fill("it knows what the last visits found")
    manager.get_by_role("button", name="Begin a trial").click()
    expect(manager.get_by_text("The trial of theft@2 has begun")).to_be_visible()


def test_the_plan_is_shared_out_and_the_trial_says_which_of_the_two_is_better(loop: Loop, tmp_path: Path):
    page = loop.manager
    wait_for(page, "/inspections/plan?visits=120&share=0.2", "theft@2 has chosen 48 of these visits")
    plan(page, 120, says="theft@2 has chosen 48 of these visits and theft@1 the others from the top")
    finds = list[int]()
    for who, share in {"challenger": 0.75, "champion": 0.25, None: 0.125}.items():
        cases = inspections.list_cases(loop.house, states=["assigned"])
        of_one = [case.number for case in cases if case.about.get("chosen_by") == who]
        finds += of_one[: round(share * len(of_one))]
    file = take_file(page, tmp_path / "cases.csv", lambda _, case: "theft" if case in finds else "normal")
    page.get_by_role("link", name="Outcomes from a file").click()
    page.get_by_label("File with the outcomes").set_input_files(file)
    page.get_by_role("button", name="Record the outcomes").click()
    expect(page.get_by_text("120 outcomes are recorded.")).to_be_visible()

    go(page, "Models")
    page.get_by_role("link", name="Champion and challenger").click()
    expect(page.get_by_text("By the usual measure one would now promote the challenger")).to_be_visible()
    expect(page.locator("#plot-trial .main-svg").first).to_be_visible()
    expect(page.locator("#plot-trial-answer")).to_have_text("theft@2: 75 % of 48 visits; theft@1: 25 % of 48.")
    assert findings(page) == []


def test_a_reason_is_called_wrong_and_the_analyst_answers_whoever_said_it(loop: Loop):
    page, analyst = loop.manager, loop.analyst
    go(page, "Predictions")
    page.goto("/predictions/1/")
    page.locator(".list-of-connections tbody th a").first.click()
    page.get_by_role("link", name="This reason is wrong").first.click()
    page.get_by_label("What is wrong with it, or what would help?").fill(SAID)
    page.get_by_role("button", name="Say it").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()

    analyst.get_by_label("You: Ana Rao").click()
    analyst.get_by_role("link", name="Feedback", exact=True).click()
    expect(analyst.get_by_text(SAID)).to_be_visible()
    analyst.get_by_role("link", name="This reason is wrong").click()
    analyst.get_by_label("Your answer").fill("Right: it now leaves out months without anybody")
    analyst.get_by_role("button", name="It is mended").click()
    expect(analyst.get_by_text("Answered: whoever said it sees this.")).to_be_visible()

    page.get_by_role("link", name="The answer will stand here.").click()
    expect(page.get_by_text("Right: it now leaves out months without anybody")).to_be_visible()


def test_the_bell_calls_for_the_decision_which_is_taken_and_rolled_back_with_one_click(loop: Loop):
    page = loop.manager
    wait_for(page, "/alerts/", re.compile("visits that theft@2 chose found theft"))
    page.goto("/")
    page.get_by_role("link", name=re.compile(r"Alerts: [1-9]\d* open")).click()
    page.get_by_role("link", name=re.compile("visits that theft@2 chose found theft")).click()
    alert = page.url
    page.get_by_label("Why, or what is being done").fill("We decide today")
    page.get_by_role("button", name="I have seen it").click()
    expect(page.get_by_text("mala: We decide today")).to_be_visible()
    page.get_by_role("link", name="Go there and act").click()

    page.get_by_role("link", name="Decide").click()
    decide = page.locator("#act-promote")
    decide.get_by_text("Promote the challenger").first.click()
    decide.get_by_label("Reason").fill("it finds more than twice as much")
    decide.get_by_role("button", name="Promote the challenger").click()
    expect(page.get_by_text("The trial of theft@2 is promoted.")).to_be_visible()
    page.goto(alert)
    expect(page.get_by_role("button", name="It is resolved")).to_be_hidden()

    # Another one stands under the bell now, that one says to be done with.
    page.get_by_role("link", name=re.compile(r"Alerts: [1-9]\d* open")).click()
    page.get_by_role("link", name=re.compile("theft@2 makes the lists now")).click()
    page.get_by_label("Why, or what is being done").fill("As it should be")
    page.get_by_role("button", name="It is resolved").click()
    expect(page.get_by_text("mala: As it should be")).to_be_visible()

    go(page, "Models")
    page.get_by_role("link", name="theft@2", exact=True).first.click()
    page.get_by_role("button", name="Roll back to theft@1").click()
    expect(page.get_by_text(re.compile("theft@1 is .+ now"))).to_be_visible()
    expect(page.get_by_role("heading", name="theft@1", exact=True)).to_be_visible()
    # The list that theft@2 made when it was promoted is the newest one, and not what one plans by any more.
    deadline = time.monotonic() + SECONDS_TO_WORK
    while list_scorings(loop.house)[0].is_shadow and time.monotonic() < deadline:
        page.wait_for_timeout(500)
    assert list_scorings(loop.house)[0].model == "theft@2"
    assert get_scoring(loop.house).model == "theft@1"
    page.goto("/inspections/plan")
    expect(page.locator("#scoring option:checked")).to_contain_text("bills@1 by theft@1")


def test_monitoring_shows_where_the_hit_rate_and_everything_else_stand(loop: Loop):
    page = loop.manager
    wait_for(page, "/monitoring/", re.compile(r"\d % of visits found theft\. Too little to say: it takes visits of 4"))
    hit_rate = page.get_by_role("row").filter(has_text="Hit rate of the list")
    expect(hit_rate).to_contain_text("unknown")
    expect(page.get_by_role("row").filter(has_text="Energy assessed").first).to_contain_text("1,200 kWh")
    expect(page.get_by_role("row").filter(has_text="Bills: use").first).to_contain_text("quiet")
    hit_rate.get_by_role("link").click()
    expect(page.get_by_text("One reading so far.")).to_be_visible()
    go(page, "Monitoring")
    page.get_by_role("link", name=re.compile("^Bills: ")).first.click()
    tabs = page.locator("nav.tabs a")
    expect(tabs.filter(has_text="estimated bills")).to_be_visible()
    assert page.evaluate(
        "[...document.querySelectorAll('.tabs a')].every(one => one.getBoundingClientRect().right <= innerWidth)"
    )
