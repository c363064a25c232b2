"""What works in the background, as its pages show it: how far, what came of it, what can be done with it."""

import re
from typing import get_args

import pytest

from powertheft.actions import work_jobs
from powertheft.actions.house import House
from powertheft.actions.plan_import import ImportChoices
from powertheft.domain.errors import InputError
from powertheft.domain.jobs import JobKind
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once
from powertheft.settings import read_home
from powertheft.web.job_words import SHOWN_TO

PART = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def house(tmp_path, store) -> House:
    return House(read_home(tmp_path / "home", {}), store, Actor("ana", PERMISSIONS))


@pytest.fixture
def ana(sign_up):
    return sign_up("ana", "analyst")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("consumer_id,label,load\n" + "".join(f"c{n},{n % 2},{n}\n" for n in range(60)))
    return path


def ask(house, table, name="people"):
    return work_jobs.enqueue_import(house, [table], name=name, choices=ImportChoices(profile="table"))


def test_an_empty_list_says_what_will_be_here(ana):
    assert "Nothing is running" in ana.get("/jobs/").text


def test_a_waiting_job_is_looked_at_again_every_two_seconds_and_a_done_one_is_not(ana, house, table):
    ask(house, table)
    for address in ("/jobs/", "/jobs/1"):
        part = ana.get(address, headers=PART).text
        assert 'hx-trigger="every 2s"' in part
        assert "<html" not in part
        assert "waiting" in part
    while work_once(house, worker="w1") is not None:
        pass
    for address in ("/jobs/", "/jobs/1"):
        assert "every 2s" not in ana.get(address, headers=PART).text
        assert "<html" in ana.get(address).text


def test_a_waiting_job_says_what_it_waits_for(ana, house, table):
    for name in ("people", "meters", "bills"):
        ask(house, table, name=name)
    assert "2 jobs are before it" in ana.get("/jobs/3").text
    assert "nobody works in the background" in ana.get("/jobs/1").text
    with house.begin() as work:
        work.jobs.claim("w1", lease_seconds=60)
        # An export is somebody's who waits: no import is before it but where one worker does everything.
        work.jobs.enqueue("dataset.export", {}, title="Pack people")
    page = ana.get("/jobs/3").text
    assert "It waits for" in page
    assert "Import people" in page
    assert "After that 1 job is before it" in page
    assert "After that" not in ana.get("/jobs/4").text


def test_a_running_job_shows_how_far_it_is_and_what_it_does(ana, house, table):
    ask(house, table)
    with house.begin() as work:
        job = work.jobs.claim("w1", lease_seconds=60)
        work.jobs.heartbeat(job, 0.42, "checking every row", lease_seconds=60)
    page = ana.get("/jobs/1").text
    assert 'value="0.42"' in page
    assert "42 %" in page
    assert "checking every row" in page
    assert "left" in page


def test_a_done_job_leads_to_its_result_and_shows_its_log(ana, house, table):
    ask(house, table)
    work_once(house, worker="w1")
    page = ana.get("/jobs/1").text
    assert 'href="/data/sets/people/1"' in page
    assert "reading people.csv" in page
    assert 'href="/data/sets/people/1"' in ana.get("/jobs/").text


def test_of_every_kind_of_job_is_known_who_may_look_at_its_result():
    assert set(SHOWN_TO) == set(get_args(JobKind))


def test_a_result_is_offered_to_those_only_who_may_look_at_it(ana, sign_up, house, table):
    ask(house, table)
    while work_once(house, worker="w1") is not None:
        pass
    root = sign_up("root", "administrator")
    for address, number in (("/data/sets/people/1", 1), ("/explore/?data=people@1", 2)):
        assert f'href="{address}"' in ana.get(f"/jobs/{number}").text
        assert address not in root.get(f"/jobs/{number}").text
        assert address not in root.get("/jobs/").text
    assert "All jobs" in root.get("/jobs/1").text


def test_a_failed_job_says_where_and_what_to_do_and_can_be_tried_again(ana, house, tmp_path):
    ask(house, tmp_path / "absent.csv")
    work_once(house, worker="w1")
    page = ana.get("/jobs/1").text
    assert "no such file or folder" in page
    assert "Check the path for a slip." in page
    assert ana.send("/jobs/1/retry", "/jobs/1").location == "/jobs/1"
    assert "waiting" in ana.get("/jobs/1").text


def test_the_row_and_the_column_of_a_mistake_are_named(ana, house, table, monkeypatch):
    def task(*_):
        raise InputError("is not a number", file="bills.csv", row=17, column="KWH", advice="Correct the cell.")

    monkeypatch.setattr("powertheft.jobs.worker.find_task", lambda _kind: task)
    ask(house, table)
    work_once(house, worker="w1")
    assert "Bills.csv, row 17, column KWH: is not a number" in ana.get("/jobs/1").text


def test_a_job_is_called_off(ana, house, table):
    ask(house, table)
    ana.send("/jobs/1/cancel", "/jobs/1")
    assert "cancelled" in ana.get("/jobs/1").text
    assert work_once(house, worker="w1") is None
    refused = ana.send("/jobs/1/cancel", "/jobs/1")
    assert refused.status_code == 409


def test_the_list_is_filtered_by_state_and_cut_into_pages(ana, house, table):
    for number in range(52):
        ask(house, table, name=f"people{number}")
    page = ana.get("/jobs/").text
    assert len(re.findall(r'href="/jobs/\d+"', page)) == 50
    older = re.search(r'href="([^"]*before=\d+)"', page)[1]
    assert len(re.findall(r'href="/jobs/\d+"', ana.get(older).text)) == 2
    assert "No job is in this state" in ana.get("/jobs/?state=failed").text


def test_an_auditor_reads_jobs_and_touches_none(sign_up, house, table):
    auditor = sign_up("zoe", "auditor")
    ask(house, table)
    page = auditor.get("/jobs/1").text
    assert "Cancel" not in page
    assert auditor.send("/jobs/1/cancel", "/jobs/1").status_code == 403
    work_jobs.cancel_job(house, 1)
    assert "Try again" not in auditor.get("/jobs/1").text
    assert auditor.send("/jobs/1/retry", "/jobs/1").status_code == 403


def test_a_job_that_is_not_there_is_said_so(ana):
    assert ana.get("/jobs/99").status_code == 422
