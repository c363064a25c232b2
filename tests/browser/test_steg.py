"""From STEG's two files to a recorded outcome, the whole way by clicking: nobody names a profile or types a command.

A few thousand clients in CI, all of them in a proof; either way within minutes.
"""

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import LAPTOP, LINK, PASSWORD, PHONE, Served, free_port, open_context, start, stop

PROVE = bool(os.environ.get("POWERTHEFT_PROVE"))
SAMPLE = 2_000
MINUTES = 30 if PROVE else 10
# Work in the background, each piece of it.
WAIT = 15 * 60_000 if PROVE else 4 * 60_000
ALGORITHM = "lightgbm" if PROVE else "logistic-regression"

pytestmark = [pytest.mark.data, pytest.mark.timeout(60 * MINUTES)]


@dataclass
class Watch:
    """Tells how long each part of the way took."""

    began: float = field(default_factory=time.monotonic)

    def note(self, what: str) -> None:
        """Print the seconds since the last note."""
        now = time.monotonic()
        print(f"{what}: {now - self.began:.1f} s")
        self.began = now


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, steg_folder: Path) -> list[Path]:
    """The two files as STEG gives them, or as it would give them of fewer clients."""
    whole = [steg_folder / "client.csv", steg_folder / "invoice.parquet"]
    if PROVE:
        return whole
    folder = tmp_path_factory.mktemp("steg")
    clients = pl.read_csv(whole[0], infer_schema=False).sort("client_id").sample(SAMPLE, seed=1)
    clients.write_csv(folder / "client.csv")
    bills = pl.scan_parquet(whole[1]).join(clients.lazy(), on="client_id", how="semi")
    bills.collect().write_parquet(folder / "invoice.parquet")
    return [folder / "client.csv", folder / "invoice.parquet"]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An empty house: whoever comes is new."""
    port = free_port()
    process, said = start(tmp_path_factory.mktemp("steg-home") / "home", port)
    link = LINK.search(said)
    assert link is not None, said
    yield Served(f"http://127.0.0.1:{port}", link.group())
    stop(process)


@pytest.fixture
def desks(browser: Browser, served: Served) -> Iterator[tuple[Page, Page]]:
    """A laptop and a phone, on which nothing goes wrong."""
    said: list[str] = []
    laptop = open_context(browser, served, viewport={"width": LAPTOP[0], "height": LAPTOP[1]})
    phone = open_context(browser, served, viewport={"width": PHONE[0], "height": PHONE[1]}, has_touch=True)
    pages = laptop.new_page(), phone.new_page()
    for page in pages:
        page.set_default_timeout(30_000)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("response", lambda one: said.append(f"{one.status} {one.url}") if one.status >= 400 else None)
    yield pages
    laptop.close()
    phone.close()
    assert said == []


def test_a_new_user_comes_from_two_files_to_a_recorded_outcome_by_clicking(
    desks: tuple[Page, Page], served: Served, files: list[Path]
):
    page, phone = desks
    watch = Watch()
    page.goto(served.first_link)
    join(page, name="ana", full_name="Ana Rao")
    page.get_by_role("main").locator("a.primary").first.click()
    bring_in(page, files, watch)
    train(page, watch)
    make_list(page, watch)
    invite_inspector(page, phone)
    hand_out_the_top(page, to="ida")
    watch.note("looked at, handed out")
    record(phone)
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Inspections").click()
    page.get_by_label("Which", exact=True).select_option("recorded")
    expect(page.get_by_role("row").filter(has_text="Tampered meter")).to_have_count(1)
    watch.note("recorded")


def join(page: Page, *, name: str, full_name: str) -> None:
    page.get_by_label("Your name").fill(full_name)
    page.get_by_label("Sign-in name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/")


def bring_in(page: Page, files: list[Path], watch: Watch) -> None:
    """The next step of an empty house is to bring data in; STEG's layout is recognised by itself."""
    if not page.locator("#chosen").count():
        page.get_by_role("main").locator("a.primary").first.click()
    page.locator("#chosen").set_input_files(files)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile(r"/data/new/[0-9a-f]{24}$"))
    page.get_by_role("button", name="Next: columns").click()
    pressed(page.get_by_role("button", name="The columns are right"))
    watch.note("uploaded, columns proposed")
    page.get_by_role("button", name="Agreed: check every row").click()
    pressed(page.get_by_role("button", name="Next: confirm"))
    watch.note("every row checked")
    page.get_by_label("Name of the dataset").fill("steg")
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/data/sets/steg/1", timeout=WAIT)
    watch.note("imported")


def train(page: Page, watch: Watch) -> None:
    page.get_by_role("link", name="Train a model").click()
    page.get_by_role("radio", name=re.compile(f"^{ALGORITHM}")).check()
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**/models/theft@1", timeout=WAIT)
    expect(page.locator(".verdict .lead-figure")).to_contain_text("visits")
    watch.note(f"{ALGORITHM} trained")


def make_list(page: Page, watch: Watch) -> None:
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Predictions").click()
    page.get_by_role("link", name="Make a list").first.click()
    page.get_by_role("button", name="Make the list").click()
    pressed(page.get_by_role("link", name="Open", exact=True))
    page.wait_for_url("**/predictions/1/")
    watch.note("list made")


def invite_inspector(page: Page, phone: Page) -> None:
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Settings").click()
    page.get_by_role("main").get_by_role("link", name=re.compile("Users|People|role")).first.click()
    page.get_by_role("link", name="Invite somebody").click()
    page.get_by_label("Inspector").check()
    page.get_by_role("button", name="Make the link").click()
    phone.goto(page.get_by_label("Invitation").input_value())
    join(phone, name="ida", full_name="Ida Mani")


def hand_out_the_top(page: Page, *, to: str) -> None:
    page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name="Predictions").click()
    page.get_by_role("link", name="Open", exact=True).click()
    page.locator(".list-of-connections tbody tr").first.get_by_role("link").first.click()
    page.wait_for_url(re.compile(r"/connections/[0-9a-f]+"))
    page.get_by_role("button", name="Send to inspection").click()
    page.wait_for_url(re.compile(r"/inspections/\d+$"))
    page.get_by_label("Hand to").select_option(to)
    page.get_by_role("button", name="Hand out").click()
    expect(page.get_by_text(to).first).to_be_visible()


def record(phone: Page) -> None:
    phone.locator(".bottom").get_by_role("link", name="Inspections").tap()
    phone.get_by_role("link", name="Next: case").tap()
    phone.get_by_role("button", name="Start the visit").tap()
    phone.locator(".outcome").filter(has_text="Tampered meter").tap()
    phone.get_by_label("Energy not billed (kWh)").fill("1250")
    phone.get_by_role("button", name="Save and go on").tap()
    expect(phone.get_by_text(re.compile(r"Case \d+ is recorded\."))).to_be_visible()


def pressed(button: Locator) -> None:
    """Press what appears when work in the background is done."""
    button.first.click(timeout=WAIT)
