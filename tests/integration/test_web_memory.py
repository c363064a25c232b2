"""The process that serves the pages stays small: it loads no science to show pages, and an upload does not fill it."""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.browser.conftest import PASSWORD, free_port

SCIENCE = ("numba", "sklearn", "scipy", "lightgbm", "xgboost", "skops", "pandas", "matplotlib", "shap", "optuna")
PROVE = os.environ.get("POWERTHEFT_PROVE") == "1"
SIZE = (1 << 30) if PROVE else 50_000_000
"""Bytes of the upload: 1 GB by `make prove`."""

MOST_WEB = 300
"""MB that the web process may ever hold, whatever is uploaded."""

MOST_IDLE = 250
PIECE = 1 << 20
BOUNDARY = "powertheft-test"
START = "from powertheft.bootstrap import main; main()"


@pytest.mark.parametrize(
    "module", ["powertheft.web.application", "powertheft.api.application", "powertheft.web.serving"]
)
def test_pages_load_no_science(module: str) -> None:
    asked = f"import sys, {module}; print(*sorted(set({SCIENCE!r}) & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.split() == []


@dataclass
class Visitor:
    """Somebody with a browser that keeps cookies and sends what it is given piece by piece."""

    port: int
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def ask(self, method: str, address: str, pieces: object = None, **headers: str) -> tuple[int, str, str]:
        """Return the status, where one is sent on to, and the page."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        told = {"Cookie": "; ".join(f"{name}={one.value}" for name, one in self.cookies.items())}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, address, body=pieces, headers=told)  # pyright: ignore[reportArgumentType]  # bytes, or an iterator of them
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(cookie)
        found = answer.status, answer.headers.get("Location", ""), answer.read().decode()
        connection.close()
        return found

    def mark(self, address: str) -> str:
        """Return the mark that a page's form carries against forgery."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.ask("GET", address)[2])
        assert found is not None
        return found[1]

    def send(self, address: str, **form: str) -> tuple[int, str, str]:
        body = urlencode({**form, "csrf_token": self.mark(address)}).encode()
        return self.ask("POST", address, body, Content_Type="application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Web:
    """Pages that are served, by which process, and who has signed in to them."""

    process: int
    visitor: Visitor
    home: Path

    def held(self, which: str) -> float:
        """Return the memory of the process that answers [MB]: now (VmRSS), or the most it ever had (VmHWM)."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children").read_text("ascii").split()
        told = [Path(f"/proc/{one}/status").read_text("ascii") for one in children]
        return max(int(found[1]) / 1024 for one in told if (found := re.search(rf"{which}:\s+(\d+)", one)))


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    home, port = tmp_path_factory.mktemp("served") / "home", free_port()
    command = [sys.executable, "-c", START, "serve", "--only", "web", "--home", str(home), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    said = ""
    while "/join/" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    visitor, link = Visitor(port), re.search(r"/join/\S+", said)
    assert link is not None
    status, _, _ = visitor.send(link[0], full_name="Ana", name="ana", password=PASSWORD)
    assert status == 302
    yield Web(process.pid, visitor, home)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)


def test_an_idle_web_process_is_small_after_its_first_pages(web: Web) -> None:
    for address in ("/", "/data/", "/data/new", "/jobs/", "/features/sets", "/predictions/", "/inspections/", "/help/"):
        assert web.visitor.ask("GET", address)[0] in {200, 302, 308}, address
    assert web.held("VmHWM") < MOST_IDLE


@pytest.mark.prove
def test_an_upload_is_written_as_it_comes_and_not_held(web: Web) -> None:
    mark, before, started = web.visitor.mark("/data/new"), web.held("VmHWM"), time.monotonic()
    row = b"000123456789,2025-01-31,1234.5,DOMESTIC,REGION ONE\n"
    piece = row * (PIECE // len(row))
    count = -(-SIZE // len(piece))
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{mark}\r\n--{BOUNDARY}\r\n'
        'Content-Disposition: form-data; name="files"; filename="ledger.csv"\r\nContent-Type: text/csv\r\n\r\n'
    ).encode()
    tail = f"\r\n--{BOUNDARY}--\r\n".encode()

    def pieces() -> Iterator[bytes]:
        yield head
        for _ in range(count):
            yield piece
        yield tail

    length = len(head) + count * len(piece) + len(tail)
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    status, sent_on, page = web.visitor.ask(
        "POST", "/data/new", pieces(), Content_Type=kind, Content_Length=str(length)
    )
    took = time.monotonic() - started
    assert status == 302, page
    assert web.visitor.ask("GET", sent_on)[0] == 200
    arrived = [file for file in web.home.rglob("ledger.csv*") if file.stat().st_size == count * len(piece)]
    assert len(arrived) == 1
    after = web.held("VmHWM")
    print(
        f"\n{length / 1e6:,.0f} MB in {took:.0f} s: the web process held {before:.0f} MB, then {after:.0f} MB at most"
    )
    assert after < MOST_WEB
    assert after - before < 30
