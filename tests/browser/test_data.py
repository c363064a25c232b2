"""From files to a dataset in a real browser: no profile is named, no command is typed."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from powertheft.actions.simulate_data import simulate_data
from tests.browser.test_shell import findings

SECONDS = 60_000


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The export of a small utility, with its words changed so that no layout is recognised."""
    folder = tmp_path_factory.mktemp("utility") / "export"
    simulate_data(folder, consumers=200, bills=8, seed=5)
    for name, words in {
        "bills.csv": ("SC_NO", "ACCOUNT"),
        "consumers.csv": ("SC_NO", "ACCOUNT"),
        "inspections.csv": ("SC_NO", "ACCOUNT"),
    }.items():
        (folder / name).write_text((folder / name).read_text().replace(*words, 1))
    return [folder / name for name in ("bills.csv", "consumers.csv", "inspections.csv")]


def test_files_are_dropped_confirmed_and_become_a_version(page: Page, files: list[Path]):
    page.goto("/data/new")
    page.get_by_label("Drop files here, or choose them").set_input_files(files)
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url(re.compile(r"/data/new/[0-9a-f]{24}$"))
    for file in files:
        expect(page.get_by_text(file.name, exact=True)).to_be_visible()
    page.get_by_role("button", name="Next: columns").click()
    agree = page.get_by_role("button", name="The columns are right")
    agree.wait_for(timeout=SECONDS)
    assert findings(page) == []
    # A change is planned at once, and the page stays where it is.
    page.get_by_label("What MF is").select_option("-")
    expect(page.get_by_text("you said so")).to_be_visible()
    agree.click()
    page.get_by_role("button", name="Agreed: check every row").click()
    page.get_by_role("button", name="Next: confirm").click(timeout=SECONDS)
    page.get_by_label("Name of the dataset").fill("dropped")
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/data/sets/dropped/1", timeout=SECONDS)
    expect(page.get_by_role("heading", name="dropped@1")).to_be_visible()
    expect(page.get_by_role("link", name="Train a model")).to_be_visible()
    assert findings(page) == []
    page.goto("/jobs/")
    expect(page.get_by_role("link", name="Import dropped")).to_be_visible()
    assert findings(page) == []


def test_a_file_that_is_none_gets_its_message_in_place(page: Page, tmp_path: Path):
    wrong = tmp_path / "photo.csv"
    wrong.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    page.goto("/data/new")
    page.locator("#chosen").set_input_files(wrong)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Next: columns").click()
    expect(page.get_by_role("alert")).to_contain_text("These files cannot be read as they are", timeout=SECONDS)
    page.get_by_text("Give this upload up").click()
    page.get_by_role("button", name="Remove the upload").click()
    page.wait_for_url("**/data/")
