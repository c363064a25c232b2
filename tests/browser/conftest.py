"""A real `powertheft serve` on a home folder of its own, and Debian's Chromium that calls it."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
LAPTOP, PHONE = (1440, 900), (390, 844)
PASSWORD = "transformer-lantern-mango"
LINK = re.compile(r"http://127\.0\.0\.1:\d+/join/\S+")
SECONDS_TO_START = 60


@dataclass(frozen=True)
class Served:
    """Where the pages answer, and the link that was printed for the first administrator."""

    address: str
    first_link: str


def absent(reason: str) -> None:
    """Skip, or fail where browser tests are demanded."""
    if "browser" in os.environ.get("POWERTHEFT_REQUIRE", "").split(","):
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return asked.getsockname()[1]


def start(home: Path, port: int) -> tuple[subprocess.Popen[str], str]:
    """Start `powertheft serve`; return it and what it said until it answered."""
    command = [sys.executable, "-c", "from powertheft.bootstrap import main; main()"]
    command += ["serve", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said, deadline = "", time.monotonic() + SECONDS_TO_START
    assert process.stdout is not None
    while time.monotonic() < deadline and "/join/" not in said:
        line = process.stdout.readline()
        if not line:
            break
        said += line
    return process, said


def stop(process: subprocess.Popen[str]) -> str:
    """Press Ctrl-C, and return what was said after it."""
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=30)
    return said


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    port = free_port()
    process, said = start(tmp_path_factory.mktemp("home") / "h", port)
    found = LINK.search(said)
    if found is None:
        process.kill()
        pytest.fail(f"powertheft serve printed no link:\n{said}")
    yield Served(f"http://127.0.0.1:{port}", found.group())
    stop(process)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        absent(f"there is no {CHROMIUM}: apt-get install chromium")
    if not AXE.exists():
        absent("there is no axe-core: make front-end")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield opened
        opened.close()


def open_context(browser: Browser, served: Served, **options: object) -> BrowserContext:
    """A browser of its own, which may call our server and nothing else."""
    context = browser.new_context(base_url=served.address, **options)  # type: ignore[arg-type]
    context.route(lambda address: not address.startswith(served.address), lambda route: route.abort())
    context.set_default_timeout(10_000)
    return context


@pytest.fixture(scope="session")
def signed_in(browser: Browser, served: Served, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first administrator follows the link; what the browser keeps of it, for other tests to begin with."""
    kept = tmp_path_factory.mktemp("browser") / "state.json"
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


@pytest.fixture
def page(browser: Browser, served: Served, signed_in: Path) -> Iterator[Page]:
    """The pages as the first administrator sees them on a laptop; whatever the console says fails the test."""
    context = open_context(browser, served, storage_state=signed_in, viewport={"width": LAPTOP[0], "height": LAPTOP[1]})
    opened = context.new_page()
    said: list[str] = []
    opened.on("console", lambda message: said.append(message.text) if message.type in {"error", "warning"} else None)
    opened.on("pageerror", lambda error: said.append(str(error)))
    yield opened
    context.close()
    assert said == []
