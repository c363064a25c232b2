"""The bell and what people say, in a real browser: an alert seen and answered, a reason called wrong and answered."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from powertheft.actions.alerts import raise_alert
from powertheft.actions.house import House
from powertheft.actions.scorings import read_list
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import read_home
from powertheft.store.work import open_store
from tests.browser.conftest import LAPTOP, LINK, PHONE, Served, free_port, open_context, start, stop
from tests.browser.test_inspections import sign_up
from tests.browser.test_shell import findings
from tests.scored_utility import make_scored
from tests.unit.services.channels import webhook

HOW_BAD = "9 of 100 visits found something; 18 were promised"
SECONDS_TO_TELL = 30


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str, list[dict[str, str]]]]:
    """A scored utility with an alert and a webhook, a connection that its list gives reasons for, and what was told."""
    root = tmp_path_factory.mktemp("alerts")
    home, port = read_home(root / "home", {}), free_port()
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("root", PERMISSIONS))
        make_scored(house, root / "export")
        consumer = read_list(house, 1).filter(pl.col("reason_1").is_not_null()).collect()["consumer_id"][0]
        with house.begin() as work:
            details = {"how_bad": HOW_BAD}
            raise_alert(work, cause="hit_rate/theft", rule="hit_rate", details=details, link="/monitoring/")
    with webhook() as (hook, told), pytest.MonkeyPatch.context() as environment:
        environment.setitem(os.environ, "POWERTHEFT_ALERT_URLS", hook)
        process, said = start(home.path, port)
        link = LINK.search(said)
        assert link is not None, said
        yield Served(f"http://127.0.0.1:{port}", link.group()), f"/predictions/1/connections/{consumer}", told
        stop(process)


@pytest.fixture(scope="module")
def state(browser: Browser, served: tuple[Served, str, object], tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = tmp_path_factory.mktemp("state") / "state.json"
    context = open_context(browser, served[0])
    sign_up(context.new_page(), served[0].first_link, "mala", "Mala Devi")
    context.storage_state(path=kept)
    context.close()
    return kept


@pytest.fixture(params=[True, False], ids=["with a script", "without"])
def page(request, browser: Browser, served: tuple[Served, str, object], state: Path) -> Iterator[Page]:
    size = {"width": LAPTOP[0], "height": LAPTOP[1]}
    context = open_context(browser, served[0], storage_state=state, viewport=size, java_script_enabled=request.param)
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    context.close()
    assert said == []


def with_script(page: Page) -> bool:
    return "with a script" in os.environ["PYTEST_CURRENT_TEST"]


def test_a_reason_is_called_wrong_and_whoever_said_it_reads_the_answer(page: Page, served) -> None:
    page.goto(served[1])
    page.get_by_role("link", name="This reason is wrong").first.click()
    words = f"The meter was replaced {'in May' if with_script(page) else 'in June'}"
    page.get_by_label("What is wrong with it, or what would help?").fill(words)
    page.get_by_role("button", name="Say it").click()
    if with_script(page):
        expect(page.get_by_text("Thank you.")).to_be_visible()
        assert page.url.endswith(served[1])
    else:
        expect(page.get_by_text("Thank you. It is on the list")).to_be_visible()
    page.goto("/feedback/")
    expect(page.get_by_text(words)).to_be_visible()
    page.get_by_role("link", name="This reason is wrong").first.click()
    page.get_by_label("Your answer").fill("Right: the reason now looks at exchanges of the meter")
    page.get_by_role("button", name="It is mended").click()
    expect(page.get_by_text("Right: the reason now looks at exchanges of the meter")).to_be_visible()
    expect(page.get_by_role("button", name="Open it again")).to_be_visible()


def test_the_bell_leads_to_what_is_wrong_how_bad_it_is_and_where_to_act(page: Page) -> None:
    page.goto("/")
    # The watches of the house may call for somebody, too: its bills are of another year.
    page.get_by_role("link", name=re.compile(r"Alerts: \d+ open, 1 of them critical")).click()
    page.get_by_role("link", name="Fewer visits find something than promised").click()
    expect(page.get_by_text(HOW_BAD)).to_be_visible()
    if with_script(page):
        assert findings(page) == []
        page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        return
    page.get_by_label("Why, or what is being done").fill("Two squads are on their way")
    page.get_by_role("button", name="I have seen it").click()
    expect(page.get_by_role("link", name=re.compile(r"Alerts: \d+ open, 0 of them critical"))).to_be_visible()
    expect(page.get_by_text("mala: Two squads are on their way")).to_be_visible()


def test_the_worker_that_serves_beside_the_pages_has_told_the_webhook_once(served) -> None:
    title = "powertheft, critical: Fewer visits find something than promised"
    deadline = time.monotonic() + SECONDS_TO_TELL
    while not served[2] and time.monotonic() < deadline:
        time.sleep(0.2)
    assert [one["title"] for one in served[2]].count(title) == 1
