"""The way from a list to a recorded outcome in a real browser: a manager on a laptop, an inspector on a phone."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from powertheft.actions import accounts
from powertheft.actions.house import House
from powertheft.actions.scorings import read_list
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import read_home
from powertheft.store.work import open_store
from tests.browser.conftest import LAPTOP, LINK, PASSWORD, PHONE, Served, free_port, open_context, start, stop
from tests.browser.test_shell import findings
from tests.scored_utility import make_scored

ROOT = Actor("root", PERMISSIONS)


@dataclass(frozen=True)
class Office:
    """Who is signed in where: the manager on a laptop, the inspector on a phone; and the first connection's page."""

    manager: Page
    inspector: Page
    first: str


def sign_up(page: Page, link: str, name: str, full_name: str) -> None:
    page.goto(link)
    page.get_by_label("Your name").fill(full_name)
    page.get_by_label("Sign-in name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/")


@pytest.fixture(scope="module")
def office(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    root = tmp_path_factory.mktemp("office")
    home, port = read_home(root / "home", {}), free_port()
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, ROOT)
        make_scored(house, root / "export")
        first = f"/predictions/1/connections/{read_list(house, 1).collect()['consumer_id'][0]}"
    process, said = start(home.path, port)
    link = LINK.search(said)
    assert link is not None, said
    served = Served(f"http://127.0.0.1:{port}", link.group())
    laptop = open_context(browser, served, viewport={"width": LAPTOP[0], "height": LAPTOP[1]})
    phone = open_context(browser, served, viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True)
    pages, told = [laptop.new_page(), phone.new_page()], []
    for page in pages:
        page.on("console", lambda message: told.append(message.text) if message.type in {"error", "warning"} else None)
        page.on("response", lambda answer: told.append(answer.url) if answer.status >= 400 else None)
        page.on("pageerror", lambda error: told.append(str(error)))
    sign_up(pages[0], served.first_link, "mala", "Mala Devi")
    with open_store(home.database) as store:
        token = accounts.invite(store, ROOT, ("inspector",))
    sign_up(pages[1], f"{served.address}/join/{token}", "ida", "Ida Mani")
    yield Office(pages[0], pages[1], first)
    laptop.close()
    phone.close()
    stop(process)
    assert told == []


def test_a_list_is_filtered_without_leaving_the_page(office: Office):
    page = office.manager
    page.goto("/predictions/1/")
    rows = page.locator(".list-of-connections tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_label("Reason says").fill("no such words")
    expect(page.get_by_role("heading", name="No connection fits")).to_be_visible()
    page.get_by_label("Reason says").fill("")
    expect(rows).to_have_count(50)
    page.get_by_role("link", name="Worth a year").click()
    expect(page.locator('th[aria-sort="descending"]')).to_contain_text("Worth a year")
    assert page.locator("h1").count() == 1


def test_a_slider_asks_the_model_again(office: Office):
    page = office.manager
    page.goto(office.first)
    slider = page.get_by_label("The last six bills, times")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#answer")).to_contain_text("→")
    expect(page.locator("#answer")).to_contain_text("Had the last six bills been 2")
    page.get_by_role("link", name="smallest plausible change").click()
    expect(page.locator("#smallest p").first).to_be_visible()
    page.get_by_text("Rules that hold").first.scroll_into_view_if_needed()
    expect(page.locator("#opinion")).to_contain_text("Second opinion.")


def test_a_manager_picks_twenty_an_inspector_records_one_and_the_manager_sees_it(office: Office, tmp_path: Path):
    page, phone = office.manager, office.inspector
    page.goto("/predictions/1/")
    page.get_by_role("link", name="Select 60 for this week").click()
    page.wait_for_url("**/inspections/plan?*")
    page.get_by_label("Visits this week").fill("20")
    expect(page.get_by_text("18 from the top of the list, 2 drawn at random")).to_be_visible()
    page.get_by_role("button", name="Open these 20 cases").click()
    expect(page.get_by_text("20 cases are open.")).to_be_visible()
    page.get_by_label("all 20 of this list").check()
    expect(page.get_by_text("20 ticked on this page")).to_be_visible()
    page.get_by_label("Hand to").select_option("ida")
    page.get_by_role("button", name="Hand out").click()
    expect(page.get_by_text("20 cases are handed to ida.")).to_be_visible()

    phone.goto("/inspections/")
    expect(phone.locator(".card")).to_have_count(20)
    phone.get_by_role("link", name="Next: case").tap()
    phone.wait_for_url(re.compile(r"/inspections/\d+$"))
    number = phone.url.rpartition("/")[2]
    phone.get_by_role("button", name="Show where it is").tap()
    expect(phone.get_by_text("Your look is recorded.")).to_be_visible()
    phone.get_by_role("button", name="Start the visit").tap()
    phone.locator(".outcome").filter(has_text="Tampered meter").tap()
    phone.get_by_label("Energy not billed (kWh)").fill("1,250")
    phone.get_by_label("Note").fill("Seal cut, shunt behind the cover")
    made = io.BytesIO()
    Image.new("RGB", (800, 600), "teal").save(made, "JPEG")
    phone.get_by_label("Photos").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": made.getvalue()})
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    phone.get_by_role("button", name="Save and go on").tap()
    expect(phone.get_by_text(f"Case {number} is recorded.")).to_be_visible()
    assert phone.url.rpartition("/")[2] != number

    page.goto("/inspections/?which=recorded")
    expect(page.get_by_role("row").filter(has_text="Tampered meter")).to_have_count(1)
    page.get_by_role("link", name=number, exact=True).click()
    expect(page.get_by_text("Seal cut, shunt behind the cover").first).to_be_visible()
    photo = page.get_by_role("img", name="Photo 1 of the visit")
    expect(photo).to_be_visible()
    assert photo.evaluate("async picture => { await picture.decode(); return picture.naturalWidth; }") == 800
    close(page)


def close(page: Page) -> None:
    """What cannot be undone is said before its button is there."""
    button = page.get_by_role("button", name="Close the case")
    expect(button).to_be_hidden()
    page.get_by_text("It is right: close the case").click()
    expect(page.get_by_text("A closed case cannot be corrected")).to_be_visible()
    button.click()
    expect(page.get_by_text("The case is closed")).to_be_visible()


def test_what_was_recorded_is_corrected_on_the_phone_and_its_history_is_kept(office: Office):
    page, phone = office.manager, office.inspector
    phone.goto("/inspections/")
    phone.get_by_role("link", name="Next: case").tap()
    phone.wait_for_url(re.compile(r"/inspections/\d+$"))
    number = phone.url.rpartition("/")[2]
    phone.get_by_role("button", name="Start the visit").tap()
    phone.locator(".outcome").filter(has_text="Theft").tap()
    phone.get_by_label("Energy not billed (kWh)").fill("900")
    phone.get_by_role("button", name="Save and go on").tap()
    expect(phone.get_by_text(f"Case {number} is recorded.")).to_be_visible()
    phone.goto(f"/inspections/{number}")
    phone.get_by_text("Something is wrong: correct it").tap()
    phone.get_by_label("Why").fill("read the wrong register")
    phone.get_by_role("button", name="Open for a correction").tap()
    phone.get_by_label("Energy not billed (kWh)").fill("700")
    phone.get_by_role("button", name="Save and go on").tap()
    expect(phone.get_by_text(f"Case {number} is recorded.")).to_be_visible()
    page.goto(f"/inspections/{number}")
    history = page.locator(".story")
    for words in ("900 kWh", "read the wrong register", "700 kWh"):
        expect(history.get_by_text(words)).to_be_visible()


def test_a_toast_lies_over_no_button(office: Office):
    page = office.manager
    page.goto("/inspections/plan")
    page.get_by_label("Visits this week").fill("3")
    page.get_by_role("button", name="Open these 3 cases").click()
    toast = page.locator(".toast")
    expect(toast).to_be_visible()
    over = toast.bounding_box()
    assert over is not None
    for button in page.locator("main .button:visible").all():
        under = button.bounding_box()
        assert under is not None
        beside = over["x"] >= under["x"] + under["width"] or under["x"] >= over["x"] + over["width"]
        above = over["y"] >= under["y"] + under["height"] or under["y"] >= over["y"] + over["height"]
        assert beside or above


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_lists_connections_and_cases(office: Office, scheme: str):
    addresses = {
        "manager": [
            "/predictions/",
            "/predictions/new",
            "/predictions/1/",
            "/predictions/1/transformers",
            "/predictions/1/bills",
            office.first,
            "/inspections/",
            "/inspections/plan",
            "/inspections/sheets?which=open",
            "/inspections/labels",
            "/inspections/outcomes",
            "/inspections/1",
            "/inspections/2",
        ],
        "inspector": ["/inspections/", "/inspections/2", "/inspections/sheets"],
    }
    found = {}
    for who, page in (("manager", office.manager), ("inspector", office.inspector)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        for address in addresses[who]:
            page.goto(address)
            found[who, address] = findings(page)
            assert page.locator("h1").count() == 1, address
            assert page.locator(".button.primary:visible").count() <= 1, address
    assert {place: said for place, said in found.items() if said} == {}
