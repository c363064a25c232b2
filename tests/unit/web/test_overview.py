"""The first page: where the utility stands, what waits, the next step; for who has nothing yet, how to begin."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.scored_utility import make_scored
from tests.unit.web.conftest import PASSWORD, Person

from powertheft.actions import accounts
from powertheft.actions.house import House
from powertheft.actions.prepare_exploration import prepare_exploration
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import open_store
from powertheft.web.application import create_application
from powertheft.web.services import Services

ROOT = Actor("root", frozenset({"account.manage"}))


@pytest.fixture(scope="module")
def people(tmp_path_factory) -> Iterator[dict[str, Person]]:
    """Somebody of each role, at a utility with a list."""
    root = tmp_path_factory.mktemp("utility")
    home = read_home(root / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("root", PERMISSIONS))
        make_scored(house, root / "export")
        with house.begin() as work:
            dataset = work.scorings.get_scoring(None).dataset
        prepare_exploration(house, dataset)
        made = create_application(Services(house.for_actor, store, WebSettings("k" * 32, ("localhost",))))
        made.test_client_class = Person
        found = {}
        for role in ("analyst", "manager", "auditor", "inspector", "administrator"):
            token = accounts.invite(store, ROOT, (role,))
            found[role] = made.test_client()
            found[role].send(f"/join/{token}", full_name=role.title(), name=f"the-{role}", password=PASSWORD)
        yield found


def primary(text: str) -> list[str]:
    return re.findall(r'class="button primary"[^>]*>(?:<svg.*?</svg>)?([^<]+)<', text)


def test_who_has_nothing_yet_learns_how_to_begin(sign_up):
    page = sign_up("ana").get("/")
    assert primary(page.text) == ["Bring in data"]
    assert "The way to the first inspection list" in page.text
    assert "Try it with a simulated utility" in page.text
    assert page.text.count('class="value none"') == 4


def test_what_nobody_knows_is_said_and_not_shown_as_nought(sign_up):
    page = sign_up("ana").get("/")
    assert "Unknown: no dataset has been scored yet." in page.text
    assert not re.search(r'class="value">\s*0', page.text)


def test_a_simulated_utility_comes_by_a_job_and_is_a_dataset_like_any_other(sign_up, tmp_path, store, monkeypatch):
    monkeypatch.setattr("powertheft.web.overview.SIMULATED_CONSUMERS", 100)
    ana = sign_up("ana", "analyst")
    answer = ana.send("/simulate", "/")
    assert "/jobs/1" in answer.headers["Location"]
    assert "Make up a utility" in ana.get("/").text
    house = House(read_home(tmp_path / "home", {}), store, Actor("root", PERMISSIONS))
    done = work_once(house, worker="w1")
    assert done is not None
    assert (done.state, done.result) == ("done", {"dataset": "simulated-utility@1", "is_new": True})
    page = ana.get("/")
    assert primary(page.text) == ["Train a model"]
    assert "Try it with a simulated utility" not in page.text


def test_the_same_simulation_again_makes_no_second_version(sign_up, tmp_path, store, monkeypatch):
    monkeypatch.setattr("powertheft.web.overview.SIMULATED_CONSUMERS", 100)
    ana = sign_up("ana", "analyst")
    house = House(read_home(tmp_path / "home", {}), store, Actor("root", PERMISSIONS))
    ended = []
    for _ in range(2):
        ana.send("/simulate", "/")
        while (job := work_once(house, worker="w1")) is not None:
            ended.append(job)
    assert [job.kind for job in ended] == ["demo.simulate", "dataset.explore", "house.watch", "demo.simulate"]
    assert [job.result["is_new"] for job in ended if job.kind == "demo.simulate"] == [True, False]


@pytest.mark.parametrize("role", ["inspector", "auditor", "administrator"])
def test_who_may_not_import_is_not_offered_a_simulation(sign_up, role):
    sign_up("ana")
    other = sign_up("other", role)
    page = other.get("/")
    assert page.status_code == 200
    assert "Try it with a simulated utility" not in page.text
    assert other.send("/simulate", "/").status_code == 403


def test_with_a_list_the_figures_are_there_and_the_next_step_is_to_choose_visits(people):
    page = people["analyst"].get("/")
    assert primary(page.text) == ["Choose visits"]
    assert "/predictions/1/" in page.text
    assert re.search(r'class="value">-?\d+\.\d %<', page.text)
    assert "connections at or above the cut-off" in page.text


def test_the_loss_by_month_is_on_the_page_and_answers_its_question(people):
    page = people["analyst"].get("/")
    assert 'data-plot="/plots/loss.json"' in page.text
    loss = people["analyst"].get("/plots/loss.json").get_json()
    assert loss["caption"] in page.text
    assert loss["title"].endswith("?")
    assert re.match(r"Most in \w{3} \d{4} \(.+ %\), least in", loss["caption"])
    assert loss["table"]


def test_an_administrator_sees_no_loss_and_an_inspector_the_own_visits(people):
    administrator = people["administrator"].get("/")
    assert "data-plot" not in administrator.text
    assert people["administrator"].get("/plots/loss.json").status_code == 404
    assert people["inspector"].get("/plots/loss.json").status_code == 403
    assert primary(administrator.text) == ["Users and roles"]
    inspector = people["inspector"].get("/")
    assert primary(inspector.text) == ["To your visits"]
    assert "Energy unaccounted for" not in inspector.text


def test_each_step_leads_on_for_whoever_may_take_it_and_else_says_who_does(sign_up):
    analyst, administrator = sign_up("anna", "analyst").get("/").text, sign_up("adam", "administrator").get("/").text
    way = [re.search(r'<ol class="steps">.*?</ol>', page, re.DOTALL)[0] for page in (analyst, administrator)]
    assert (way[0].count('class="button small"'), way[1].count('class="button small"')) == (5, 0)
    assert "Done by" not in way[0]
    assert re.findall(r"Done by: ([^<]+)", way[1]) == [
        "Analyst", "Analyst", "Analyst", "Analyst, Manager", "Analyst"
    ]  # fmt: skip


def test_a_job_that_failed_waits_for_somebody(sign_up, tmp_path, store):
    ana = sign_up("ana", "analyst")
    house = House(read_home(tmp_path / "home", {}), store, Actor("ana", PERMISSIONS))
    with house.begin() as work:
        job = work.jobs.enqueue("dataset.import", {}, title="Import bills")
        claimed = work.jobs.claim("w1", lease_seconds=60)
        assert claimed is not None
        work.jobs.fail(claimed, message="the file is empty")
    assert job.created_at <= datetime.now(UTC) + timedelta(seconds=5)
    page = ana.get("/")
    assert "<strong>1</strong> jobs failed in the last week" in page.text
    assert "/jobs/?state=failed" in page.text
