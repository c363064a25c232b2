"""Models and features in a real browser: from the catalogue over training to the report's sliders."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.plan_import import ImportChoices
from powertheft.bootstrap import Container
from tests.browser.conftest import LAPTOP, LINK, PASSWORD, PHONE, Served, free_port, open_context, start, stop
from tests.browser.test_shell import findings

WAIT = 120_000
PEOPLE = "people@1"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A home of its own with a dataset in it: one row a consumer, with labels."""
    there, port = tmp_path_factory.mktemp("models"), free_port()
    write_people(there / "people.csv")
    with Container().open_house(there / "home") as house:
        import_dataset(house, [there / "people.csv"], name="people", choices=ImportChoices(profile="table"))
    process, said = start(there / "home", port)
    found = LINK.search(said)
    assert found, said
    yield Served(f"http://127.0.0.1:{port}", found.group())
    stop(process)


@pytest.fixture(scope="module")
def signed_in(browser: Browser, served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    kept = tmp_path_factory.mktemp("models-browser") / "state.json"
    context = open_context(browser, served)
    page = context.new_page()
    page.goto(served.first_link)
    page.get_by_label("Your name").fill("Ana Rao")
    page.get_by_label("Sign-in name").fill("ana")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/")
    context.storage_state(path=kept)
    context.close()
    return kept


def write_people(path: Path) -> None:
    rows = [
        f"c{one:03},{one % 4 == 0:d},{60 + one * 37 % 60 if one % 4 == 0 else 75 + one * 53 % 80},{one % 11}"
        for one in range(320)
    ]
    path.write_text("\n".join(["consumer_id,label,usage,rooms", *rows]) + "\n", "utf-8")


def test_from_the_catalogue_to_a_report_and_its_sliders(page: Page):
    page.goto(f"/features/?dataset={PEOPLE}")
    page.get_by_role("button", name="Measure them").click()
    page.wait_for_url("**/features/?dataset=*", timeout=WAIT)
    page.get_by_label("Name or meaning").fill("usage")
    expect(page.locator(".features tbody tr:visible")).to_have_count(1)
    page.get_by_label("usage", exact=True).check()
    page.get_by_label("Name of the set").fill("only-usage")
    page.get_by_role("button", name="Save the set").click()
    page.get_by_role("link", name="Train with it").click()
    page.get_by_label("logistic-regression").check()
    page.get_by_text("Advanced").click()
    expect(page.get_by_label("strength", exact=False).first).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**/models/theft@1", timeout=WAIT)
    expect(page.locator(".verdict .lead-figure")).to_contain_text("Of 100 visits")
    found = page.locator("[data-out=found]")
    before = found.inner_text()
    page.get_by_label("Visits that the squads can make in a week").fill("320")
    expect(found).to_have_text("80")
    assert before != "80"
    page.get_by_label("Cut-off: likelihood").fill("0")
    expect(page.locator("[data-out=missed]")).to_have_text("0")
    expect(page.locator("[data-out=recall]")).to_have_text("100 %")
    expect(page.locator("#plot-visits .main-svg").first).to_be_visible()


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_axe_finds_nothing_serious_and_nothing_scrolls_sideways(
    browser: Browser, served: Served, signed_in: Path, size: tuple[int, int]
):
    viewport = {"width": size[0], "height": size[1]}
    context = open_context(browser, served, storage_state=signed_in, viewport=viewport)
    page, found = context.new_page(), {}
    for address in ("/models/", "/models/theft@1", "/models/new", "/models/compare", f"/features/?dataset={PEOPLE}"):
        page.goto(address)
        found[address] = findings(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], address
    context.close()
    assert {address: said for address, said in found.items() if said} == {}
