"""The frame in a real browser: coming in, by keyboard, in light and dark, on a phone."""

import stat
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import AXE, LAPTOP, PHONE, Served, free_port, open_context, start, stop

PAGES = (
    "/",
    "/data/",
    "/explore/",
    "/features/",
    "/models/",
    "/predictions/",
    "/inspections/",
    "/monitoring/",
    "/jobs/",
    "/help/",
    "/help/words",
    "/search/?q=load",
    "/settings/",
    "/settings/password",
    "/people/",
    "/people/invite",
    "/people/ana",
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
GRAVE = {"serious", "critical"}


def findings(page: Page) -> list[str]:
    """What axe-core holds to be serious; it is run beside the page, whose policy lets nothing in."""
    page.evaluate(AXE.read_text("utf-8"))
    found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in GRAVE]


def test_the_first_link_leads_to_the_overview_and_the_next_step(page: Page):
    page.goto("/")
    expect(page.get_by_role("heading", name="Good to see you, Ana Rao")).to_be_visible()
    # What is there by now decides what comes next: other tests share this house.
    step = page.get_by_role("main").locator("a.primary").first
    way = step.get_attribute("href")
    step.click()
    page.wait_for_url(f"**{way}")
    main = page.get_by_role("navigation", name="Main", exact=True)
    expect(main.locator("[aria-current=page]")).to_have_count(1)


def test_every_page_has_one_heading_and_at_most_one_primary_button(page: Page):
    for address in PAGES:
        page.goto(address)
        assert page.locator("h1").count() == 1, address
        assert page.locator(".button.primary:visible").count() <= 1, address


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing_serious_on_any_page(
    browser: Browser, served: Served, signed_in: Path, scheme: str, size: tuple[int, int]
):
    viewport = {"width": size[0], "height": size[1]}
    context = open_context(browser, served, storage_state=signed_in, color_scheme=scheme, viewport=viewport)
    page, found = context.new_page(), {}
    for address in PAGES:
        page.goto(address)
        found[address] = findings(page)
    context.close()
    assert {address: said for address, said in found.items() if said} == {}


@pytest.mark.parametrize("address", ["/sign-in", "/join/nothing"])
def test_axe_finds_nothing_serious_before_signing_in(browser: Browser, served: Served, address: str):
    context = open_context(browser, served)
    page = context.new_page()
    page.goto(address)
    assert findings(page) == []
    context.close()


def test_a_phone_needs_no_scrolling_sideways_and_big_enough_targets(browser: Browser, served: Served, signed_in: Path):
    context = open_context(
        browser, served, storage_state=signed_in, viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True
    )
    page = context.new_page()
    for address in PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], address
        small = page.locator(".button:visible, .bottom a:visible, .tool:visible").evaluate_all(
            "all => all.filter(e => Math.min(e.offsetWidth, e.offsetHeight) < 24).length"
        )
        assert small == 0, address
    page.goto("/")
    page.get_by_text("More", exact=True).tap()
    page.locator(".bottom").get_by_role("link", name="Models").tap()
    page.wait_for_url("**/models/")
    context.close()


def test_the_keyboard_reaches_everything(page: Page):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("feature")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=feature")
    menu = page.locator(".top details.menu")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Your settings")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Your settings")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_the_glossary_answers_as_one_types(page: Page):
    page.goto("/help/words")
    before = page.locator(".words dt").count()
    page.get_by_label("Look for a word").press_sequentially("transformer")
    expect(page.locator(".words dt").first).to_contain_text("Transformer")
    assert page.locator(".words dt").count() < before
    assert page.url.endswith("/help/words?q=transformer")
    assert page.locator("h1").count() == 1


def test_the_theme_is_switched_and_stays(page: Page):
    page.goto("/settings/")
    page.locator("section").get_by_role("button", name="Dark").click()
    page.goto("/")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    page.goto("/settings/")
    page.locator("section").get_by_role("button", name="System").click()


def test_an_invited_inspector_comes_in_and_sees_the_own_pages_only(page: Page, browser: Browser, served: Served):
    page.goto("/people/")
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("Inspector").check()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("Invitation").input_value()
    context = open_context(browser, served)
    other = context.new_page()
    other.goto(link)
    other.get_by_label("Your name").fill("Ida Mani")
    other.get_by_label("Sign-in name").fill("ida")
    other.get_by_label("Password").fill("quite-another-phrase")
    other.get_by_role("button", name="Make the account").click()
    expect(other.get_by_text("Welcome, Ida Mani.")).to_be_visible()
    entries = other.get_by_role("navigation", name="Main", exact=True).get_by_role("listitem").all_inner_texts()
    assert entries == ["Overview", "Inspections", "Help", "Settings"]
    context.close()


def test_ctrl_c_stops_everything_and_a_new_start_knows_who_signed_up(tmp_path: Path):
    home, port = tmp_path / "home", free_port()
    process, said = start(home, port)
    assert f"http://127.0.0.1:{port}/join/" in said
    assert "Stopping" in stop(process)
    assert process.returncode == 0
    assert stat.S_IMODE((home / "keys" / "sessions.key").stat().st_mode) == 0o600
