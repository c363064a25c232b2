"""How fast the pages answer twenty people who click, on a list of a million connections.

The pages run as on a laptop, `powertheft serve --only web`, one process. Each person signs in, opens a page of their
role every five seconds, and then asks for what the browser would: its plots, and the parts that come after it.
"""

import argparse
import gzip
import html
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path
from random import Random
from typing import Any, cast
from urllib.parse import urlencode

import polars as pl
from argon2 import PasswordHasher

from benchmarks.pages import CONSUMERS, large_house
from powertheft.actions import accounts
from powertheft.actions.house import House
from powertheft.actions.inspections import assign_cases, propose_cases
from powertheft.actions.prepare_exploration import prepare_exploration
from powertheft.actions.scorings import LIST, get_scoring, list_scorings, scoring_folder
from powertheft.actions.work_jobs import enqueue_collect
from powertheft.domain.permissions import PERMISSIONS, Actor, Permission, actor_of_roles
from powertheft.settings import read_home
from powertheft.store.work import open_store

PEOPLE: Mapping[str, int] = {"analyst": 8, "inspector": 6, "manager": 3, "auditor": 2, "administrator": 1}
PASSWORD = "a long password of the load"
SECONDS, BETWEEN = 60.0, 5.0
BAR_MS, BAR_BYTES, BAR_POINTS = 300.0, 500_000, 5_000
CASES = 300
SECONDS_TO_START = 60.0
COMMAND = (sys.executable, "-c", "from powertheft.bootstrap import main; main()")
LATER = re.compile(r'data-plot="(/[^"]+)"|hx-get="(/[^"]+)" hx-trigger="(?:revealed|load)"')


@dataclass(frozen=True, slots=True)
class Facts:
    """What is there to click on."""

    scoring: int
    connections: Sequence[str]
    sections: Sequence[str]
    categories: Sequence[str]
    cases: Mapping[str, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Page:
    """A page that people open: what they must be allowed to do, and its address for a person, drawn anew each time."""

    needs: Permission | None
    address: Callable[[Facts, str, Random], str]
    weight: int = 1


@dataclass(slots=True)
class Seen:
    """What was measured of one page."""

    milliseconds: list[float] = field(default_factory=list[float])
    sent: int = 0
    plain: int = 0
    points: int = 0
    wrong: int = 0


def _at(address: str) -> Callable[[Facts, str, Random], str]:
    return lambda _facts, _name, _draws: address


def _list(**values: Callable[[Facts, Random], object]) -> Callable[[Facts, str, Random], str]:
    def address(facts: Facts, _name: str, draws: Random) -> str:
        told = urlencode({name: value(facts, draws) for name, value in values.items()})
        return f"/predictions/{facts.scoring}/?{told}"

    return address


PAGES: Mapping[str, Page] = {
    "overview": Page(None, _at("/"), 3),
    "help": Page(None, _at("/help/")),
    "words": Page(None, _at("/help/words")),
    "data": Page("dataset.read", _at("/data/")),
    "a dataset": Page("dataset.read", _at("/data/sets/bills")),
    "a dataset version": Page("dataset.read", _at("/data/sets/bills/1")),
    "features": Page("dataset.read", _at("/features/")),
    "explore, use": Page("dataset.read", _at("/explore/bills/1/use")),
    "explore, another look": Page(
        "dataset.read",
        lambda _facts, _name, draws: f"/explore/bills/1/{draws.choice(('missing', 'balance', 'feature', 'pair'))}",
    ),
    "models": Page("model.read", _at("/models/")),
    "model report": Page("model.read", _at("/models/theft@1")),
    "lists": Page("list.read", _at("/predictions/")),
    "list": Page("list.read", lambda facts, _name, _draws: f"/predictions/{facts.scoring}/", 3),
    "list, of a section": Page("list.read", _list(section=lambda facts, draws: draws.choice(facts.sections)), 2),
    "list, of a category": Page("list.read", _list(category=lambda facts, draws: draws.choice(facts.categories))),
    "list, amount over": Page("list.read", _list(amount_over=lambda _facts, draws: draws.randint(10, 9000))),
    "list, by amount": Page(
        "list.read",
        _list(sort=lambda *_: "expected_amount", order=lambda *_: "down", page=lambda _, d: d.randint(1, 9)),
    ),
    "list, far down": Page("list.read", _list(page=lambda _facts, draws: draws.randint(100, CONSUMERS // 50))),
    "list, a pseudonym": Page("list.read", _list(pseudonym=lambda _facts, draws: f"{draws.randrange(256):02x}")),
    "billing rules": Page("list.read", lambda facts, _name, _draws: f"/predictions/{facts.scoring}/bills"),
    "transformers": Page("list.read", lambda facts, _name, _draws: f"/predictions/{facts.scoring}/transformers"),
    "a connection": Page(
        "list.read",
        lambda facts, _name, draws: f"/predictions/{facts.scoring}/connections/{draws.choice(facts.connections)}",
        4,
    ),
    "inspections": Page("inspection.read", _at("/inspections/"), 2),
    "a case": Page(
        "inspection.read",
        lambda facts, name, draws: f"/inspections/{draws.choice(facts.cases.get(name) or facts.cases[''])}",
        3,
    ),
    "plan the week": Page("inspection.assign", _at("/inspections/plan")),
    "jobs": Page("job.read", _at("/jobs/"), 2),
    "people": Page("account.manage", _at("/people/")),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long they click")
    parser.add_argument("--house", type=Path, help="a folder that keeps the house for the next time")
    options, _ = parser.parse_known_args()
    with ExitStack() as stack:
        root = options.house or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        facts = _prepare(root)
        before = os.getloadavg()[0]
        with Served(root / "home") as (port, process):
            seen, failures = _click(facts, port, options.seconds)
            print_report(seen, failures)
            print(f"  web process: {_memory(process):.0f} MB at most; load of the machine before: {before:.1f}")


def _prepare(root: Path) -> Facts:
    """Make the house with its people and cases, or take the one that is there."""
    if (root / "home").is_dir():
        home = read_home(root / "home", environment={})
        with open_store(home.database) as store:
            house = House(home, store, Actor("bench", PERMISSIONS))
            return _furnish(house, list_scorings(house)[0].number)
    with large_house(root) as (house, number):
        return _furnish(house, number)


def _furnish(house: House, number: int) -> Facts:
    prepare_exploration(house, "bills")
    names = give_accounts(house)
    folder = scoring_folder(house, get_scoring(house, number))
    listed = pl.scan_parquet(folder / LIST)
    own = house.version("bills").tables["consumers"].select("consumer_id")
    connections = listed.select("consumer_id").join(own, on="consumer_id", how="semi").collect()["consumer_id"]
    with house.begin() as work:
        cases = work.inspections.list_cases(last=CASES)
    if not cases:
        enqueue_collect(house)
        cases = propose_cases(house, number, visits=CASES)
        inspectors = [name for name in names if name.startswith("inspector")]
        for place, name in enumerate(inspectors):
            assign_cases(house, [case.number for case in cases[place :: len(inspectors)]], to=name)
        with house.begin() as work:
            cases = work.inspections.list_cases(last=CASES)
    numbers: dict[str, list[int]] = defaultdict(list)
    for case in cases:
        numbers[case.assigned_to or ""].append(case.number)
        numbers[""].append(case.number)
    words = {
        name: listed.select(pl.col(name).drop_nulls().unique().sort()).collect()[name].to_list()
        for name in ("section", "category")
    }
    return Facts(number, connections.to_list(), words["section"], words["category"], dict(numbers))


def give_accounts(house: House) -> list[str]:
    """Give everybody an account, as an invitation that is followed does."""
    names = {f"{role}-{place}": role for role, count in PEOPLE.items() for place in range(1, count + 1)}
    hashed = PasswordHasher().hash(PASSWORD)
    for name, role in names.items():
        if accounts.find_account(house.store, name) is None:
            token = accounts.invite(house.store, house.actor, [role])
            accounts.join(house.store, token, accounts.NewPerson(name, name, PASSWORD), lambda _password: hashed)
    return list(names)


class Served:
    """The pages on a home, in a process of their own, until the block ends."""

    def __init__(self, home: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = int(free.getsockname()[1])
        place = ["--home", str(home), "--port", str(self._port)]
        self._process = subprocess.Popen([*COMMAND, "serve", "--only", "web", *place], stdout=subprocess.DEVNULL)

    def __enter__(self) -> tuple[int, int]:
        deadline = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                with socket.create_connection(("127.0.0.1", self._port), 1):
                    return self._port, self._process.pid
            except OSError:
                time.sleep(0.2)
        self.__exit__()
        sys.exit("the pages did not start")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(30)


class Browser:
    """One person at a browser: a connection that stays open, and a session."""

    def __init__(self, port: int, name: str) -> None:
        self.name, self.actor = name, actor_of_roles(name, frozenset({name.partition("-")[0]}))
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._cookies: dict[str, str] = {}

    def ask(self, address: str, *, form: Mapping[str, str] | None = None, part: bool = False) -> tuple[int, bytes, int]:
        """Return status, plain body and the bytes that were sent."""
        headers = {"Accept-Encoding": "gzip", "Cookie": "; ".join(f"{n}={v}" for n, v in self._cookies.items())}
        headers |= {"HX-Request": "true", "HX-Request-Type": "partial"} if part else {}
        body = None
        if form is not None:
            body, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        answer = self._answer("GET" if form is None else "POST", address, body, headers)
        sent = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        packed = answer.headers.get("Content-Encoding") == "gzip"
        return answer.status, gzip.decompress(sent) if packed else sent, len(sent)

    def _answer(self, method: str, address: str, body: str | None, headers: Mapping[str, str]) -> HTTPResponse:
        """Ask over the connection that is open; over a new one, as browsers do, where it was closed for being idle."""
        try:
            self._connection.request(method, address, body, dict(headers))
            return self._connection.getresponse()
        except RemoteDisconnected:
            self._connection.close()
            self._connection.request(method, address, body, dict(headers))
            return self._connection.getresponse()

    def sign_in(self) -> None:
        """Sign in with name and password."""
        found = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', self.ask("/sign-in")[1])
        token = found[1].decode() if found else ""
        status, _, _ = self.ask("/sign-in", form={"name": self.name, "password": PASSWORD, "csrf_token": token})
        if status != 302:
            sys.exit(f"{self.name} could not sign in: {status}")


@dataclass(slots=True)
class Clicks:
    """What all of them saw of each page, and the addresses that failed."""

    seen: dict[str, Seen] = field(default_factory=lambda: defaultdict(Seen))
    failures: list[str] = field(default_factory=list[str])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def open(self, browser: Browser, name: str, address: str) -> None:
        """Open a page as a browser does: with its plots, and the parts that come after it or after those."""
        waiting = LATER.findall(self._look(browser, name, address).decode("utf-8", "replace"))
        while waiting:
            plot, later = waiting.pop(0)
            part = html.unescape(plot or later)
            told = f"{name}: {'plots' if plot else _part_of(part)}"
            body = self._look(browser, told, part, part=bool(later))
            if plot:
                with self.lock:
                    self.seen[told].points = max(self.seen[told].points, _points(body))
            else:
                waiting += LATER.findall(body.decode("utf-8", "replace"))

    def _look(self, browser: Browser, name: str, address: str, *, part: bool = False) -> bytes:
        began = time.perf_counter()
        status, plain, sent = browser.ask(address, part=part)
        spent = 1000 * (time.perf_counter() - began)
        with self.lock:
            one = self.seen[name]
            one.milliseconds.append(spent)
            one.sent, one.plain = max(one.sent, sent), max(one.plain, len(plain))
            if status != 200:
                one.wrong += 1
                self.failures.append(f"{status} {browser.name} {address}")
        return plain


def _click(facts: Facts, port: int, seconds: float) -> tuple[dict[str, Seen], list[str]]:
    """Let everybody click for a while; return what was seen of each page, and the addresses that failed."""
    clicks = Clicks()
    names = [f"{role}-{place}" for role, count in PEOPLE.items() for place in range(1, count + 1)]
    browsers = [Browser(port, name) for name in names]
    for browser in browsers:
        browser.sign_in()
    ends = time.monotonic() + seconds

    def sit(browser: Browser, place: int) -> None:
        draws = Random(place)
        mine = {name: page for name, page in PAGES.items() if page.needs is None or browser.actor.can(page.needs)}
        weights = [page.weight for page in mine.values()]
        due = time.monotonic() + BETWEEN * place / len(browsers)
        while due < ends:
            time.sleep(max(0.0, due - time.monotonic()))
            name = draws.choices(list(mine), weights)[0]
            clicks.open(browser, name, mine[name].address(facts, browser.name, draws))
            due += BETWEEN

    threads = [threading.Thread(target=sit, args=one) for one in zip(browsers, range(len(browsers)), strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return clicks.seen, clicks.failures


def _part_of(address: str) -> str:
    """Return what a part of a page is called in its address."""
    return address.partition("?")[0].rstrip("/").rpartition("/")[2].replace("-", " ")


def _points(body: bytes) -> int:
    """Return how many points a plot has: the longest of each trace's lists, cells of a field counted singly."""
    told: Any = json.loads(body)
    figure: Any = told.get("figure", told)

    def length(value: object) -> int:
        if not isinstance(value, list):
            return 0
        values = cast("list[object]", value)
        return sum(length(one) for one in values) if values and isinstance(values[0], list) else len(values)

    return sum(max((length(value) for value in trace.values()), default=0) for trace in figure.get("data", ()))


def print_report(seen: Mapping[str, Seen], failures: Sequence[str]) -> None:
    times, sizes = f"{'median':>7} {'95 %':>7} {'worst':>7} [ms]", f"{'sent':>8} {'plain':>8} [kB]"
    print(f"{'page':34} {'count':>6} {times} {sizes} {'points':>6}")
    for name, one in sorted(seen.items()):
        least, late, worst = statistics.median(one.milliseconds), _late(one.milliseconds), max(one.milliseconds)
        over = late > BAR_MS or one.plain > BAR_BYTES or one.points > BAR_POINTS or one.wrong
        print(
            f"{name:34} {len(one.milliseconds):6} {least:7.0f} {late:7.0f} {worst:7.0f}      {one.sent / 1e3:8.0f} "
            f"{one.plain / 1e3:8.0f}      {one.points:6}{'  <- over the bar' if over else ''}"
        )
    every = [spent for one in seen.values() for spent in one.milliseconds]
    print(f"{'all':34} {len(every):6} {statistics.median(every):7.0f} {_late(every):7.0f} {max(every):7.0f}")
    for failure in failures[:10]:
        print(f"  failed: {failure}")


def _late(spent: Sequence[float]) -> float:
    """Return the 95th percentile, as a time that somebody did wait."""
    return sorted(spent)[min(len(spent) - 1, int(0.95 * len(spent)))]


def _memory(process: int) -> float:
    """Return the most memory that the web's processes have held [MB]."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()
    peaks = [re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{one}/status").read_text("ascii")) for one in children]
    return max((int(peak[1]) / 1024 for peak in peaks if peak), default=0.0)


if __name__ == "__main__":
    main()
