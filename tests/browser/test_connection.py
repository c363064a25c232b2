"""One connection in a real browser: what comes after the page comes, and the sliders say what the answer says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from powertheft.actions.house import House
from powertheft.actions.scorings import read_list
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import read_home
from powertheft.store.work import open_store
from tests.browser.conftest import LAPTOP, LINK, PHONE, Served, free_port, open_context, start, stop
from tests.browser.test_inspections import sign_up
from tests.browser.test_shell import findings
from tests.scored_utility import make_scored

NEVER_EXPLAINED = 40


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A scored utility, and the address of a connection that its list gives no reasons for."""
    root = tmp_path_factory.mktemp("connection")
    home, port = read_home(root / "home", {}), free_port()
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("root", PERMISSIONS))
        make_scored(house, root / "export")
        consumer = read_list(house, 1).collect()["consumer_id"][NEVER_EXPLAINED]
    process, said = start(home.path, port)
    link = LINK.search(said)
    assert link is not None, said
    yield Served(f"http://127.0.0.1:{port}", link.group()), f"/predictions/1/connections/{consumer}"
    stop(process)


@pytest.fixture(scope="module")
def state(browser: Browser, served: tuple[Served, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = tmp_path_factory.mktemp("state") / "state.json"
    context = open_context(browser, served[0])
    sign_up(context.new_page(), served[0].first_link, "mala", "Mala Devi")
    context.storage_state(path=kept)
    context.close()
    return kept


@pytest.fixture
def page(browser: Browser, served: tuple[Served, str], state: Path) -> Iterator[Page]:
    context = open_context(browser, served[0], storage_state=state, viewport={"width": LAPTOP[0], "height": LAPTOP[1]})
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.goto(served[1])
    yield opened
    context.close()
    assert said == []


def move(slider: Locator, value: str) -> None:
    """Move a slider as a hand does: it says so on the way, and when it is let go."""
    slider.evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true }));"
        " slider.dispatchEvent(new Event('change', { bubbles: true })); }",
        value,
    )


def test_reasons_contributions_and_the_second_opinion_come_as_one_reads_on(page: Page) -> None:
    expect(page.get_by_role("heading", name="The bills")).to_be_visible()
    page.locator("#reasons").scroll_into_view_if_needed()
    expect(page.get_by_role("region", name="Contributions")).to_be_visible()
    expect(page.locator("#what-counts input[type=range]").first).to_be_attached()
    page.locator("#opinion").scroll_into_view_if_needed()
    expect(page.get_by_text("Second opinion.")).to_be_visible()


def test_sliders_the_answer_and_its_words_go_together(page: Page) -> None:
    page.locator("#otherwise").scroll_into_view_if_needed()
    answer, factor = page.locator("#answer"), page.locator("output[for=factor]")
    before = answer.inner_text()
    move(page.locator("#factor"), "2")
    expect(answer).to_contain_text("Had the last six bills been 2 times as high")
    month = page.locator("[name^=month-]").last
    now = month.get_attribute("data-now") or ""
    move(month, str(int(now) + 60))
    expect(answer).to_contain_text("kWh instead of")
    expect(factor).to_have_text("1")
    move(page.locator("#factor"), "0.5")
    expect(answer).to_contain_text("of what was billed")
    expect(month).to_have_value(now)
    page.get_by_role("link", name="As it is").click()
    expect(answer).to_contain_text("As it is.")
    assert answer.inner_text() == before
    expect(factor).to_have_text("1")


def test_the_page_is_whole_without_a_script(browser: Browser, served: tuple[Served, str], state: Path) -> None:
    context = open_context(browser, served[0], storage_state=state, java_script_enabled=False)
    page = context.new_page()
    page.goto(served[1])
    page.get_by_role("link", name="Show what raised and lowered its score").click()
    expect(page.get_by_role("region", name="Contributions")).to_be_visible()
    page.get_by_role("link", name="Ask for a second opinion").click()
    expect(page.get_by_text("Second opinion.")).to_be_visible()
    page.locator("#factor").fill("2")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer")).to_contain_text("2 times as high")
    expect(page.locator("#factor")).to_have_value("2")
    page.get_by_role("link", name="As it is").click()
    expect(page.locator("#answer")).to_contain_text("As it is.")
    expect(page.locator("#factor")).to_have_value("1")
    context.close()


def test_nothing_hinders_anybody_on_a_phone(browser: Browser, served: tuple[Served, str], state: Path) -> None:
    context = open_context(
        browser, served[0], storage_state=state, viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True
    )
    page = context.new_page()
    page.goto(served[1])
    page.locator("#reasons").scroll_into_view_if_needed()
    expect(page.get_by_role("region", name="Contributions")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE[0]
    assert findings(page) == []
    context.close()
