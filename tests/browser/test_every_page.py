"""Every page that a role may open, as that role sees it: nothing grave for axe-core, no error, and a next step.

Pages are found as a person finds them, by following links from the overview; the application's own list of addresses
says which there are, so that a new page is visited without being named here.
"""

import io
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import HTTPException
from werkzeug.routing import MapAdapter, RequestRedirect

from powertheft.actions import accounts, inspections, intakes, work_jobs
from powertheft.actions.alerts import raise_alert
from powertheft.actions.feature_sets import save_feature_set
from powertheft.actions.feedback import say
from powertheft.actions.house import House
from powertheft.actions.keep_rules import add_house_rule
from powertheft.actions.train_model import TrainingChoices
from powertheft.bootstrap import Container
from powertheft.domain.inspections import Finding
from powertheft.domain.permissions import PERMISSIONS, ROLES, Actor
from powertheft.jobs.worker import work_on
from powertheft.rules.writing import RuleForm
from powertheft.settings import read_home
from powertheft.store.work import open_store
from powertheft.web.access import PUBLIC, SIGNED_IN, access_of
from tests.browser.conftest import AXE, LAPTOP, PASSWORD, Served, free_port, open_context, start, stop
from tests.browser.test_shell import GRAVE, RULES
from tests.scored_utility import make_scored

ROOT = Actor("root", PERMISSIONS)
TABLE = b"consumer_id,label,usage\n" + b"".join(b"c%d,%d,%d\n" % (one, one % 2, 50 + one) for one in range(60))
RULE = RuleForm("much-used", "use_12m", "above", "300", "Uses more than a household does", "circular 12")
# What is fetched and not looked at: files, plots, parts of pages, sheets to print.
FETCHED = re.compile(
    r"static|data\.(fetch|rows|work|quality_to_print)|explore\.(plot|places)|features\.plot|overview\.plot"
    r"|inspections\.(photo|export|mine)|models\.(bundle|plot|page|judged_plot|trial_plot)|monitoring\.plot"
    r"|predictions\.(export|second_opinion|smallest_change|what_if)"
)
# Of these pages there are several, which differ by more than what they are about.
APART = ("look", "token")
MOST_OF_A_KIND = 2
MADE_OF = "[...document.querySelectorAll('main *')].map(one => `${one.localName} ${one.getAttribute('class')}`)"
STEP = "main a.button:visible, main button:visible, main a[href]:visible"


@dataclass(frozen=True)
class Town:
    """A served house with everything in it, somebody of each role, and the application's list of addresses."""

    served: Served
    pages: dict[str, Page]
    addresses: MapAdapter
    access: dict[str, str | None]
    said: list[str]


@dataclass
class Walk:
    """What one has seen: of what each kind of page is made, where a link led to, and what was wrong."""

    seen: dict[str, set[str]] = field(default_factory=dict)
    linked: set[str] = field(default_factory=set)
    visited: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


def fill(house: House, root: Any) -> None:
    """Make a list, a second model, judgements, a set of features and cases."""
    make_scored(house, root / "export")
    choices = TrainingChoices(algorithm="logistic-regression", folds=1, threads=1)
    work_jobs.enqueue_train(house, "bills", model="theft", choices=choices)
    # Fails, since nobody is left to judge on: work that failed has its page, too.
    work_jobs.enqueue_evaluate(house, "bills", model="theft@1")
    work_on(house, ending=Event(), once=True)
    record_visits(house)
    work_jobs.enqueue_evaluate(house, "bills", model="theft@1")
    work_jobs.enqueue_compare(house, "bills", first="theft@1", second="theft@2")
    work_jobs.enqueue_measure(house, "bills")
    work_on(house, ending=Event(), once=True)
    save_feature_set(house, "few", ["energy_mean", "change_ratio_6m"])
    add_house_rule(house, RULE)
    inspections.propose_cases(house, 1, visits=20)
    say(house, "not_useful", "page/models.index", words="no dates", details={"link": "/models/"})
    with house.begin() as work:
        raise_alert(work, cause="a", rule="hit_rate", details={"how_bad": "9 of 100 visits"}, link="/monitoring/")


def record_visits(house: House) -> None:
    """Record what visits found that no model has learnt from: models are judged and compared on these."""
    cases = inspections.propose_cases(house, 1, visits=80, random_share=0.5)
    inspections.assign_cases(house, [case.number for case in cases], to="root")
    for case in cases:
        outcome = "theft" if case.number % 2 else "normal"
        inspections.record_finding(house, case.number, Finding(outcome, date.today()))


def fill_for_people(house: House) -> None:
    """Hand out cases, record one, and leave uploads on their way, which are their owners' alone."""
    numbers = [case.number for case in inspections.list_cases(house, states=["proposed"])][:4]
    inspections.assign_cases(house, numbers, to="the-inspector")
    inspections.start_case(house, numbers[0])
    inspections.start_case(house, numbers[1])
    inspections.record_finding(house, numbers[1], Finding("tamper", date.today()))
    analyst = house.for_actor(Actor("the-analyst", ROLES["analyst"]))
    for is_proposed in (False, True):
        token = intakes.start(analyst).token
        intakes.add_file(analyst, token, name="people.csv", size=len(TABLE))
        intakes.add_part(analyst, token, name="people.csv", offset=0, stream=io.BytesIO(TABLE))
        if is_proposed:
            intakes.propose(analyst, token)
    work_on(house, ending=Event(), once=True)


def come_in(page: Page, link: str, role: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill(f"The {role}")
    page.get_by_label("Sign-in name").fill(f"the-{role}")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/")


@pytest.fixture(scope="module")
def town(browser: Browser, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Town]:
    root = tmp_path_factory.mktemp("town")
    home, port, said = read_home(root / "home", {}), free_port(), []
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, ROOT)
        fill(house, root)
        process, told = start(home.path, port)
        assert "/join/" in told, told
        served, pages = Served(f"http://127.0.0.1:{port}", ""), {}
        for role in ROLES:
            context = open_context(browser, served, viewport={"width": LAPTOP[0], "height": LAPTOP[1]})
            page = pages[role] = context.new_page()
            page.on("console", lambda one: said.append(one.text) if one.type in {"error", "warning"} else None)
            page.on("pageerror", lambda error: said.append(str(error)))
            page.on("response", lambda one: said.append(f"{one.status} {one.url}") if one.status >= 500 else None)
            come_in(page, f"{served.address}/join/{accounts.invite(store, ROOT, (role,))}", role)
        fill_for_people(house)
    web = Container().make_web(home, "127.0.0.1")
    access = {endpoint: access_of(view) for endpoint, view in web.view_functions.items()}
    yield Town(served, pages, web.url_map.bind("127.0.0.1"), access, said)
    for page in pages.values():
        page.context.close()
    stop(process)


def grave(page: Page, rules: dict[str, Any]) -> list[str]:
    found = page.evaluate("rules => axe.run(document, rules)", rules)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found if one["impact"] in GRAVE]


def look_at(page: Page, endpoint: str, walk: Walk) -> list[str]:
    """Return what is wrong with the page that is open, in light and in dark.

    Where all that it is made of was looked at on another page of its kind, for another role, it is not again.
    """
    wrong = []
    if page.locator("h1").count() != 1:
        wrong.append("not one heading")
    if not page.locator(STEP).count():
        wrong.append("no next step")
    made_of, seen = set(page.evaluate(MADE_OF)), walk.seen.setdefault(endpoint, set())
    if made_of <= seen:
        return wrong
    is_first = not seen
    seen |= made_of
    page.evaluate(AXE.read_text("utf-8"))
    wrong += grave(page, {"runOnly": RULES})
    if is_first:
        # In dark, colours alone differ.
        page.emulate_media(color_scheme="dark")
        wrong += [f"dark, {one}" for one in grave(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}})]
        page.emulate_media(color_scheme="light")
    return wrong


def links(page: Page, address: str) -> list[str]:
    all_of_them = page.evaluate("[...document.querySelectorAll('a[href]')].map(link => link.href.split('#')[0])")
    return [link.removeprefix(address) for link in all_of_them if link.startswith(f"{address}/")]


def endpoint_of(town: Town, link: str) -> tuple[str, Mapping[str, Any]] | None:
    """Return which page an address is of; None of one that is posted to or leads on."""
    try:
        return town.addresses.match(link.partition("?")[0], method="GET")
    except (HTTPException, RequestRedirect):
        return None


def begin_with(town: Town, role: str) -> list[str]:
    """Return the addresses without a name or number in them that a role may open."""
    allowed = ROLES[role] | {SIGNED_IN}
    rules = [rule for rule in town.addresses.map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return ["/", *sorted(rule.rule for rule in rules if town.access[rule.endpoint] in allowed)]


def walk_as(town: Town, role: str, walk: Walk) -> None:
    """Follow every link there is, a few of each kind of page."""
    page, met = town.pages[role], dict[tuple[str, ...], int]()
    waiting = deque(begin_with(town, role))
    gone = set[str]()
    while waiting:
        link = waiting.popleft()
        found = None if link in gone else endpoint_of(town, link)
        gone.add(link)
        if found is None or town.access[found[0]] == PUBLIC:
            continue
        endpoint, arguments = found
        # A page about a dataset says more than the same page about none.
        of_data = "dataset" * ("dataset=" in link)
        kind = (endpoint, of_data, *(str(arguments[name]) for name in APART if name in arguments))
        met[kind] = met.get(kind, 0) + 1
        if met[kind] > (1 if FETCHED.fullmatch(endpoint) else MOST_OF_A_KIND):
            continue
        if FETCHED.fullmatch(endpoint):
            status = page.context.request.get(f"{town.served.address}{link}").status
            walk.wrong += [f"{role} {link}: {status}"] * (status >= 400)
            continue
        before = len(town.said)
        answer = page.goto(link)
        assert answer is not None
        walk.visited.add(endpoint)
        wrong = [str(answer.status)] if answer.status >= 400 else look_at(page, endpoint, walk)
        walk.wrong += [f"{role} {link}: {one}" for one in [*wrong, *town.said[before:]]]
        further = links(page, town.served.address)
        walk.linked |= {one[0] for link in further if (one := endpoint_of(town, link))}
        waiting.extend(further)


@pytest.mark.timeout(900)
def test_each_role_can_open_read_and_leave_each_of_its_pages(town: Town):
    walk = Walk()
    for role in ROLES:
        walk_as(town, role, walk)
    there = {
        rule.endpoint
        for rule in town.addresses.map.iter_rules()
        if "GET" in (rule.methods or ()) and town.access[rule.endpoint] != PUBLIC
    }
    pages = {endpoint for endpoint in there if not FETCHED.fullmatch(endpoint)}
    assert walk.wrong == []
    assert pages - walk.visited == set()
    assert pages - walk.linked == set(), "no link leads there"
