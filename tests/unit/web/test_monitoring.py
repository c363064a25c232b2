"""The pages of what is watched: a line a thing, its plot, its words, what to do, and who sees what."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import get_args

import pytest
from tests.unit.web.conftest import PASSWORD, Person

from powertheft.actions import accounts
from powertheft.actions.house import House
from powertheft.actions.ports import NewModelVersion, NewVersion
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.domain.watches import WATCH_NAMES, Reading, standing_of
from powertheft.monitoring.estimated_performance import Doubt
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import open_store
from powertheft.web.application import create_application
from powertheft.web.monitoring_words import ANSWERS, DOUBTS, SHOWN, WORDS
from powertheft.web.services import Services

VERSION = NewVersion("a" * 64, "bills/v-1", {"readings": 3}, {"sources": ["bills.csv"]}, "0123abcd")
BUNDLE = NewModelVersion("theft/v-1", "bills@1", "lightgbm", {"seed": 0}, {"pr_auc": 0.5})
NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
ROOT = Actor("root", frozenset({"account.manage"}))


def hit_rate(month: int, state: str, found: int) -> Reading:
    details = {"found": found, "interval": [found / 100 - 0.05, found / 100 + 0.05]}
    return Reading(
        "hit_rate", "theft@1", date(2026, month, 1), NOW, state, found / 100, 100, low=0.2, expected=0.3,
        details=details
    )  # fmt: skip


def use(month: int, state: str = "quiet", psi: float = 0.01) -> Reading:
    details = {"before": 4.2, "now": 4.1, "size": "none", "connections_before": 1900}
    return Reading("bill_signs", "bills/use", date(2026, month, 1), NOW, state, psi, 2000, high=0.1, details=details)


PARTS = [
    {"name": "0-0.1", "visits": 30, "found": 3, "promised": 0.05, "low": 0.02, "high": 0.3, "moved": False,
     "enough": True},
    {"name": "0.5-0.75", "visits": 40, "found": 8, "promised": 0.6, "low": 0.1, "high": 0.35, "moved": True,
     "enough": True},
]  # fmt: skip
CALIBRATION = Reading(
    "calibration", "theft@1", date(2026, 5, 1), NOW, "moved", 0.4, 70, expected=0.0,
    details={"parts": PARTS, "worst": "0.5-0.75"},
)  # fmt: skip
FEW = Reading(
    "quota_rate", "bills", date(2026, 5, 1), NOW, "unknown", None, 7,
    details={"why": "few", "needed": 30, "of": "visits at random"},
)  # fmt: skip


@dataclass(frozen=True)
class Watched:
    """An empty house, and who is signed in."""

    house: House
    people: dict[str, Person]

    def keep(self, *readings: Reading) -> None:
        with self.house.begin() as work:
            work.watches.keep(readings)


@pytest.fixture
def watched(tmp_path) -> Iterator[Watched]:
    home = read_home(tmp_path / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("root", PERMISSIONS))
        with house.begin() as work:
            work.datasets.add_version("bills", VERSION)
            work.models.add_version("theft", BUNDLE)
        made = create_application(Services(house.for_actor, store, WebSettings("k" * 32, ("localhost",))))
        made.test_client_class = Person
        people = {}
        for role in ("analyst", "manager", "auditor", "inspector"):
            token = accounts.invite(store, ROOT, (role,))
            people[role] = made.test_client()
            people[role].send(f"/join/{token}", full_name=role.title(), name=f"the-{role}", password=PASSWORD)
        yield Watched(house, people)


def test_before_anything_is_read_the_page_says_what_will_be_there(watched):
    page = watched.people["manager"].get("/monitoring/").text
    assert "Nothing has been read yet" in page
    assert watched.people["manager"].get("/monitoring/hit_rate").status_code == 200


def test_when_nothing_moves_the_page_says_since_when(watched):
    watched.keep(use(3), use(5), FEW)
    page = watched.people["manager"].get("/monitoring/").text
    assert "Nothing moved since 1 Mar 2026" in page
    assert "Bills: use [kWh/day]" in page
    assert "Too little to say: 7 counted; it takes 30 visits drawn at random." in page
    assert 'role="img" aria-label="2 readings, 0.01 to 0.01, now 0.01"' in page


def test_what_has_moved_comes_first_in_words_and_leads_to_its_page(watched):
    watched.keep(use(3), use(5), hit_rate(3, "quiet", 31), hit_rate(4, "moved", 15), hit_rate(5, "moved", 12))
    page = watched.people["manager"].get("/monitoring/").text
    assert "1 thing has moved" in page
    assert "moved, told" in page
    assert "12 of 100 visits found theft: 12 % (7 % to 17 %); 30 % was to be expected." in page
    assert 'href="/monitoring/hit_rate?of=theft@1"' in page

    its = watched.people["manager"].get("/monitoring/hit_rate?of=theft@1").text
    assert "Do visits find as much as was to be expected?" in its
    assert "since 1 Apr 2026" in its
    assert 'href="/models/theft@1"' in its
    # Who may train is offered it; a manager may not.
    assert "Train a challenger" not in its
    assert "Train a challenger" in watched.people["analyst"].get("/monitoring/hit_rate").text


def test_the_plot_holds_history_and_limits_and_the_same_as_a_table(watched):
    watched.keep(hit_rate(3, "quiet", 31), hit_rate(4, "moved", 15))
    drawn = watched.people["manager"].get("/monitoring/hit_rate/history.json?of=theft@1").json
    names = {trace.get("name") for trace in drawn["figure"]["data"]}
    assert {"found", "quiet", "moved", "to be expected", "lower limit", "95 % interval"} <= names
    assert [row["value"] for row in drawn["table"]] == [0.31, 0.15]
    assert drawn["title"] == "Do visits find as much as was to be expected?"
    assert drawn["caption"].startswith("15 of 100 visits found theft")
    assert watched.people["manager"].get("/monitoring/hit_rate/parts.json").status_code == 404


def test_one_reading_is_said_in_place_of_a_plot_of_one_point(watched):
    watched.keep(hit_rate(4, "moved", 15))
    page = watched.people["manager"].get("/monitoring/hit_rate").text
    assert "One reading so far." in page
    assert "plot-history" not in page
    drawn = watched.people["manager"].get("/monitoring/hit_rate/history.json").json
    assert drawn["figure"]["data"] == []
    watched.keep(hit_rate(3, "quiet", 31))
    page = watched.people["manager"].get("/monitoring/hit_rate").text
    assert "One reading so far." not in page
    assert "plot-history" in page


def test_an_axis_of_a_few_weeks_names_days_and_one_of_a_year_months(watched):
    def ticks() -> str:
        drawn = watched.people["manager"].get("/monitoring/hit_rate/history.json").json
        return drawn["figure"]["layout"]["xaxis"]["tickformat"]

    watched.keep(hit_rate(3, "quiet", 31), hit_rate(4, "quiet", 30))
    assert ticks() == "%-d %b %Y"
    watched.keep(hit_rate(12, "quiet", 31))
    assert ticks() == "%b %Y"


def unknown(name: str, value: float | None, counted: int, **details: object) -> Reading:
    subject = "bills" if name in {"quota_rate", "data_volume"} else "theft@1/bills"
    return Reading(name, subject, date(2026, 5, 1), NOW, "unknown", value, counted, details=details)


@pytest.mark.parametrize(
    ("reading", "said"),
    [
        (unknown("input_drift", 3.11, 900, why="no_year_before"), "The largest shift is 3.11 (from 0.25 it counts)."),
        (unknown("score_drift", 0.4, 900, why="no_year_before"), "The shift is 0.40 (from 0.25 it counts)."),
        (unknown("estimated_performance", 0.64, 900, why="doubts", doubts=["few_rows"]), "ROC-AUC 0.64 (0.5 is chance"),
        (unknown("quota_rate", 0.125, 12, why="few", needed=30, of="visits at random", list_needed=60, list_visits=9),
         "12.5 % of connections drawn at random had theft. Too little to say: 12 counted; it takes 30 visits drawn"),
        (unknown("quota_rate", 0.125, 40, why="few", needed=30, of="visits at random", list_needed=60, list_visits=9),
         "Too little to say: 9 visits from the list; it takes 60"),
        (unknown("hit_rate", 0.5, 80, why="few", needed=60, of="visits", months=1, months_needed=4),
         "50.0 % of visits found theft. Too little to say: it takes visits of 4 months, and so far they are of 1."),
        (unknown("data_volume", None, 9000, why="few", needed=4, of="months"),
         "Too little to say: it takes the bills of 4 months."),
    ],
)  # fmt: skip
def test_what_cannot_be_told_yet_shows_its_value_with_a_unit_and_what_is_lacking(watched, reading, said):
    watched.keep(reading)
    assert said in watched.people["manager"].get("/monitoring/").text


def test_promise_and_find_are_drawn_by_band(watched):
    watched.keep(CALIBRATION)
    page = watched.people["manager"].get("/monitoring/calibration").text
    assert "Where 60 % was promised, 8 of 40 visits found theft: 20 %." in page
    drawn = watched.people["manager"].get("/monitoring/calibration/parts.json").json
    assert drawn["caption"] == "Promises fail in 50 to 75 % likely."
    assert [row["part"] for row in drawn["table"]] == ["0 to 10 % likely", "50 to 75 % likely"]


def test_the_bills_of_one_sign_among_several_are_chosen_by_its_name(watched):
    moved = Reading(
        "bill_signs", "bills/price", date(2026, 5, 1), NOW, "moved", 0.9, 1400, high=0.1,
        details={"before": 1.0, "now": 2.0, "size": "large", "connections_before": 1400},
    )  # fmt: skip
    watched.keep(use(5), moved)
    first = watched.people["manager"].get("/monitoring/bill_signs").text
    assert "2.00 now, 1.00 a year before, over 1,400 connections" in first
    # Of one dataset its name is not said on each tab; of two it is.
    assert "<span>amount</span>" in first
    with watched.house.begin() as work:
        work.datasets.add_version("meters", VERSION)
    watched.keep(replace(moved, subject="meters/price"))
    assert "<span>meters: amount</span>" in watched.people["manager"].get("/monitoring/bill_signs").text
    other = watched.people["manager"].get("/monitoring/bill_signs?of=bills/use").text
    assert "4.10 now, 4.20 a year before" in other
    assert watched.people["manager"].get("/monitoring/bill_signs?of=nothing").status_code == 404
    assert watched.people["manager"].get("/monitoring/nothing").status_code == 404


def test_a_look_now_is_queued_once_however_often_it_is_asked_for(watched):
    for _ in range(2):
        answer = watched.people["auditor"].send("/monitoring/now", "/monitoring/")
        assert answer.status_code == 302
    with watched.house.read() as work:
        assert [job.kind for job in work.jobs.list_jobs(states=["queued"])] == ["house.watch"]


def test_a_model_that_is_retired_has_no_line_any_more(watched):
    watched.keep(hit_rate(4, "moved", 15), use(5))
    assert "1 thing has moved" in watched.people["manager"].get("/monitoring/").text
    with watched.house.begin() as work:
        work.models.change_state("theft", 1, "be retired", reason="another is better")
    page = watched.people["manager"].get("/monitoring/").text
    assert "Nothing moved since 1 May 2026" in page
    assert "Hit rate of the list" not in page
    assert watched.people["manager"].get("/monitoring/hit_rate?of=theft@1").status_code == 200


def test_an_inspector_sees_none_of_it(watched):
    assert watched.people["inspector"].get("/monitoring/").status_code == 403


@pytest.mark.parametrize("name", WATCH_NAMES)
def test_every_watch_has_its_words(name):
    assert WORDS[name].question.endswith("?")
    assert name in ANSWERS
    assert name in SHOWN


def test_every_doubt_of_an_estimate_is_said():
    assert set(get_args(Doubt)) == set(DOUBTS)


def test_a_row_of_moves_is_counted_over_what_nobody_knows():
    found = standing_of([hit_rate(1, "quiet", 30), hit_rate(2, "moved", 10), hit_rate(3, "moved", 10)])
    assert (found.since, found.in_a_row, found.is_told) == (date(2026, 2, 1), 2, True)
