"""Take a picture of every main page: a real `powertheft serve` on a made-up utility, looked at in Chromium.

`python -m benchmarks.page_pictures` makes the utility anew; with `--home DEMO` it is kept there for the next time. The
pages open a copy of its house, so that every picture begins where nobody has an account yet.
"""

import argparse
import io
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, sync_playwright

from powertheft.actions import accounts
from powertheft.actions.fill_house import fill_house
from powertheft.actions.house import House
from powertheft.actions.inspections import assign_cases, propose_cases, record_finding, start_case
from powertheft.actions.read_list import read_page
from powertheft.actions.run_demo import HOUSE, PLACES, run_demo
from powertheft.actions.scorings import list_scorings
from powertheft.bootstrap import Container
from powertheft.domain.inspections import Finding
from powertheft.domain.permissions import ROLES, Actor
from powertheft.settings import read_home
from powertheft.store.work import open_store

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
CHROMIUM = Path("/usr/bin/chromium")
CONSUMERS = 20_000
LAPTOP, PHONE = (1440, 900), (390, 844)
TALL = {"page-connection": 1500}
"""A connection is shown down to its reasons: the bills alone fill a screen."""

PASSWORD = "transformer-lantern-mango"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/join/\S+")
SECONDS_TO_START = 90
PATIENCE = 120_000
SETTLED = 400
"""Milliseconds after which nothing moves any more: plots and pages fade in."""

LARGEST = 150_000
HALVES = (128, 64, 32)
CHIEF, INSPECTOR = "ana", "ida"
VISITS, HANDED, RANK = 12, 8, 4
FOUND = (
    Finding("tamper", date.today(), energy_assessed=1250.0, amount_assessed=18_400.0),
    Finding("normal", date.today()),
    Finding("no_access", date.today()),
)
"""What the first visits find."""


@dataclass(frozen=True)
class Shown:
    """Who is signed in where, on a house that has all: a laptop, a dark one, an inspector's phone."""

    light: Page
    dark: Page
    phone: Page
    dataset: str
    model: str
    scoring: int
    consumer: str


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    asked.add_argument("--home", type=Path, help="where the demo's utility is, or is made and kept")
    take_pictures(asked.parse_args().home)


def take_pictures(demo: Path | None = None) -> None:
    """Take every picture anew."""
    if not CHROMIUM.exists():
        sys.exit(f"there is no {CHROMIUM}: apt-get install chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        made = make_demo(demo or Path(place) / "demo")
        home = Path(place) / "opened"
        shutil.copytree(made / HOUSE, home)
        with serving(home) as link, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=str(CHROMIUM),
                args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            )
            take_all(show(browser, home, link), made / PLACES["export of the utility"])
            browser.close()


def make_demo(demo: Path) -> Path:
    """Make what `powertheft demo` makes, unless it is there."""
    if not (demo / HOUSE).is_dir():
        run_demo(demo, consumers=CONSUMERS)
    with Container().open_house(demo / HOUSE) as house:
        fill_house(house, demo / PLACES["export of the utility"])
    return demo


@contextmanager
def serving(home: Path) -> Generator[str]:
    """Start `powertheft serve` on a free port; yield the first administrator's link."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    command = [sys.executable, "-c", "from powertheft.bootstrap import main; main()", "serve"]
    command += ["--home", str(home), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        yield _link(process)
    finally:
        # SIGTERM as for a service: SIGINT is ignored where make runs in the background.
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _link(process: "subprocess.Popen[str]") -> str:
    said, deadline = "", time.monotonic() + SECONDS_TO_START
    for line in process.stdout or ():
        said += line
        if found := LINK.search(line):
            return found.group()
        if time.monotonic() > deadline:
            break
    sys.exit(f"powertheft serve printed no link; is it a house that somebody has an account in?\n{said}")


def show(browser: Browser, home: Path, link: str) -> Shown:
    """Give the house its people and a week's cases, and sign in those whose pages are shown."""
    address = link.partition("/join/")[0]
    laptop, hand = _context(browser, address, LAPTOP), _context(browser, address, PHONE)
    light, phone = laptop.new_page(), hand.new_page()
    sign_up(light, link, CHIEF, "Ana Rao")
    with open_store(read_home(home, {}).database) as store:
        token = accounts.invite(store, Actor(CHIEF, ROLES["administrator"]), ("inspector",))
    sign_up(phone, f"{address}/join/{token}", INSPECTOR, "Ida Mani")
    with Container().open_house(home) as house:
        scoring = list_scorings(house, last=1)[0]
        hand_out(house, scoring.number)
        # Some ranks down: a connection as most are, where the first may be the oddest of all.
        consumer = str(read_page(house, scoring.number, limit=1, offset=RANK - 1).rows[0]["consumer_id"])
    dark = _context(browser, address, LAPTOP, scheme="dark", state=laptop.storage_state()).new_page()
    return Shown(light, dark, phone, scoring.dataset, scoring.model, scoring.number, consumer)


def _context(
    browser: Browser,
    address: str,
    size: tuple[int, int],
    *,
    scheme: Literal["light", "dark"] = "light",
    state: StorageState | None = None,
) -> BrowserContext:
    context = browser.new_context(
        base_url=address,
        viewport={"width": size[0], "height": size[1]},
        has_touch=size == PHONE,
        color_scheme=scheme,
        reduced_motion="reduce",
        storage_state=state,
    )
    context.set_default_timeout(PATIENCE)
    return context


def sign_up(page: Page, link: str, name: str, full_name: str) -> None:
    """Follow a link and make the account."""
    page.goto(link)
    page.get_by_label("Your name").fill(full_name)
    page.get_by_label("Sign-in name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/")


def hand_out(house: House, scoring: int) -> None:
    """Open a week's cases, hand most of them out, and record what the first visits found."""
    chief = house.for_actor(Actor(CHIEF, ROLES["manager"]))
    inspector = house.for_actor(Actor(INSPECTOR, ROLES["inspector"]))
    cases = propose_cases(chief, scoring, visits=VISITS)
    numbers = [case.number for case in cases][:HANDED]
    assign_cases(chief, numbers, to=INSPECTOR, planned_on=date.today())
    for number, finding in zip(numbers, FOUND, strict=False):
        start_case(inspector, number)
        record_finding(inspector, number, finding)
    start_case(inspector, numbers[len(FOUND)])


def take_all(shown: Shown, export: Path) -> None:
    """Go through the pages as somebody would, and keep what the first screen of each shows."""
    page, dataset = shown.light, shown.dataset
    name, _, number = dataset.partition("@")
    measure(page, dataset)
    places = {
        "page-overview": "/",
        "page-data": "/data/",
        "page-version": f"/data/sets/{name}/{number}",
        "page-explore": f"/explore/{name}/{number}/use",
        "page-features": f"/features/?dataset={dataset}",
        "page-models": "/models/",
        "page-model": f"/models/{shown.model}",
        "page-new-model": f"/models/new?dataset={dataset}",
        "page-list": f"/predictions/{shown.scoring}/",
        "page-connection": f"/predictions/{shown.scoring}/connections/{shown.consumer}",
        "page-inspections": "/inspections/",
        "page-monitoring": "/monitoring/",
        "page-trial": f"/models/{shown.model.partition('@')[0]}/trial",
        "page-alerts": "/alerts/",
        "page-settings": "/settings/",
        "page-people": "/people/",
        "page-help": "/help/",
    }
    for picture, place in places.items():
        page.goto(place)
        keep(page, picture, height=TALL.get(picture, LAPTOP[1]))
    bring_in(page, export)
    keep(page, "page-data-new")
    page.goto("/jobs/")
    keep(page, "page-jobs")
    shown.dark.goto("/")
    keep(shown.dark, "page-overview-dark")
    shown.phone.goto("/inspections/")
    keep(shown.phone, "page-case-phone")


def measure(page: Page, dataset: str) -> None:
    """Have the features measured, so that they are shown as they are spread; it is a job of the page of jobs too."""
    page.goto(f"/features/?dataset={dataset}")
    page.get_by_role("button", name="Measure them").click()
    page.wait_for_selector(".features tbody tr svg")


def bring_in(page: Page, export: Path) -> None:
    """Upload an export, and stay where its columns are to be agreed to."""
    page.goto("/data/new")
    chosen = page.get_by_label("Drop files here, or choose them")
    chosen.set_input_files([path for path in sorted(export.glob("*.csv")) if not path.name.startswith("truth")])
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="Next: columns").click()
    page.get_by_role("button", name="The columns are right").wait_for()


def keep(page: Page, name: str, *, height: int | None = None) -> None:
    """Wait until every plot is drawn, and keep the first screen as a picture of a hundred kilobytes or so."""
    if height is not None:
        page.set_viewport_size({"width": LAPTOP[0], "height": height})
    page.wait_for_load_state("networkidle")
    plots = page.locator("[data-plot]:visible")
    for place in range(plots.count()):
        plots.nth(place).scroll_into_view_if_needed()
        plots.nth(place).locator(".main-svg").first.wait_for()
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLED)
    target = IMAGES / f"{name}.png"
    target.write_bytes(small(page.screenshot()))
    print(f"{target} {target.stat().st_size / 1000:.0f} kB", flush=True)


def small(picture: bytes) -> bytes:
    """Return a picture in as many colours as keep it small: half of them the most frequent, half far from each other.

    So neither the ground changes nor the colour of a thin line.
    """
    drawn = Image.open(io.BytesIO(picture)).convert("RGB")
    made = b""
    for half in HALVES:
        made = _as_png(_in_colours(drawn, half))
        if len(made) <= LARGEST:
            break
    return made


def _in_colours(drawn: Image.Image, half: int) -> Image.Image:
    pixels = np.asarray(drawn).reshape(-1, 3).astype(int)
    colours, places, counts = np.unique(pixels, axis=0, return_inverse=True, return_counts=True)
    apart = drawn.quantize(half, Image.Quantize.MAXCOVERAGE).getpalette() or []
    chosen = np.vstack([colours[np.argsort(-counts)[:half]], np.reshape(apart, (-1, 3))])
    nearest = ((colours[:, None] - chosen) ** 2).sum(axis=2).argmin(axis=1)
    made = Image.fromarray(nearest[places.ravel()].reshape(drawn.height, drawn.width).astype(np.uint8))
    made.putpalette(chosen.ravel().tolist())
    return made


def _as_png(drawn: Image.Image) -> bytes:
    made = io.BytesIO()
    drawn.save(made, "PNG", optimize=True)
    return made.getvalue()


if __name__ == "__main__":
    main()
