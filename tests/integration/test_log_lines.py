"""What `powertheft serve` and `powertheft worker` write: a line of JSON each, and nobody in any of them."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from powertheft.settings import read_home
from powertheft.store.work import open_store
from tests.browser.conftest import PASSWORD, free_port
from tests.integration.test_web_memory import START, Visitor

PSEUDONYM, WORDS = "k7f391cedeadbeef", "Muthulakshmi"
JSON_LINES = {**os.environ, "POWERTHEFT_LOG": "json"}


@dataclass(frozen=True)
class Served:
    home: Path
    visitor: Visitor
    link: str


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    """Go through pages, let a job fail, and return every line that was written."""
    folder = tmp_path_factory.mktemp("lines")
    home, port, errors = folder / "home", free_port(), folder / "errors"
    with errors.open("wb") as written:
        command = [sys.executable, "-c", START, "serve", "--only", "web", "--home", str(home), "--port", str(port)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=written, text=True, env=JSON_LINES)
        try:
            go_through_pages(Served(home, Visitor(port), first_link(process)))
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)
        subprocess.run(
            [sys.executable, "-c", START, "worker", "--once", "--home", str(home)],
            stderr=written,
            env=JSON_LINES,
            check=True,
            timeout=120,
        )
    return [json.loads(line) for line in errors.read_text("utf-8").splitlines()]


def first_link(process: subprocess.Popen[str]) -> str:
    said = ""
    assert process.stdout is not None
    while "/join/" not in said:
        line = process.stdout.readline()
        assert line, said
        said += line
    found = re.search(r"/join/\S+", said)
    assert found is not None
    return found[0]


def go_through_pages(served: Served) -> None:
    visitor = served.visitor
    assert visitor.send(served.link, full_name="Ana Subramaniam", name="anasub", password=PASSWORD)[0] == 302
    for address in (
        f"/search/?q={WORDS}",
        f"/predictions/1/{PSEUDONYM}",
        f"/help/words?q={PSEUDONYM}",
        f"/{PSEUDONYM}",
        "/people/anasub",
        f"/api/v1/jobs?created_by={WORDS}",
        f"/api/v1/consumers/{PSEUDONYM}",
    ):
        assert visitor.ask("GET", address)[0] < 500, address
    assert visitor.ask("GET", "/jobs/", X_Request_Id="edge-0123456789")[0] == 200
    assert visitor.ask("GET", "/healthz")[0] == 200
    send_nonsense(visitor.port)
    assert visitor.ask(
        "POST",
        "/simulate",
        f"csrf_token={visitor.mark('/')}".encode(),
        Content_Type="application/x-www-form-urlencoded",
        X_Request_Id="asks-for-a-job",
    )[0] in {302, 303}
    with open_store(read_home(served.home, {}).database) as store, store.begin("anasub") as work:
        work.jobs.cancel(work.jobs.list_jobs()[0].number)
        work.jobs.enqueue("dataset.import", {"nonsense": PSEUDONYM}, title="Import bills")


def send_nonsense(port: int) -> None:
    """Ask as no browser does: what is refused before it reaches a page is told by the server, not by us."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(f"GET /{PSEUDONYM} {WORDS}\r\n\r\n".encode())
        assert b"400" in connection.recv(1000)


def test_nobody_is_in_any_line(lines: list[dict]) -> None:
    everything = json.dumps(lines)
    assert [
        word for word in (PSEUDONYM, WORDS, "anasub", "Subramaniam", PASSWORD, "/join/", "?") if word in everything
    ] == ["/join/"], "the rule of the address by which people come in is a rule; its token is none"
    assert {line["route"] for line in lines if "/join/" in line.get("route", "")} == {"/join/<token>"}


def test_a_request_is_a_line_with_its_rule_answer_and_time(lines: list[dict]) -> None:
    told = next(line for line in lines if line.get("request_id") == "edge-0123456789")
    assert (told["level"], told["event"], told["method"], told["route"]) == ("info", "request", "GET", "/jobs/")
    assert (told["status"], told["roles"]) == (200, 3)
    assert isinstance(told["duration_ms"], int)
    routes = [line["route"] for line in lines if line["event"] == "request"]
    assert {"/search/", "/people/<name>", "/api/v1/jobs", "(nothing)"} <= set(routes)
    assert not {"/healthz", "/static/<version>/<path:name>"} & set(routes), "many times a minute: counted, not told"


def test_a_job_is_told_from_the_request_that_asked_for_it_to_its_end(lines: list[dict]) -> None:
    asked = next(line for line in lines if line["event"] == "job" and line["kind"] == "demo.simulate")
    assert (asked["request_id"], asked["state"]) == ("asks-for-a-job", "queued")
    steps = [line for line in lines if line.get("kind") == "dataset.import"]
    assert [(line["event"], line.get("state")) for line in steps] == [
        ("job", "running"),
        ("defect", None),
        ("job", "failed"),
    ]
    defect, failed = steps[1:]
    assert defect["level"] == "error"
    assert defect["frames"]
    assert (failed["level"], failed["attempt"]) == ("warning", 1)
    assert failed["duration_ms"] >= 0
    assert "request_id" not in failed
