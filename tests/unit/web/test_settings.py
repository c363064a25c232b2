"""Settings by the pages: what is set, never a secret; work that comes again; the audit trail; what help says."""

import os
from datetime import UTC, datetime

import pytest

from powertheft.actions.house import House
from powertheft.actions.simulate_data import simulate_dataset
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.schedule import enqueue_due
from powertheft.settings import SETTINGS, read_home
from powertheft.web.frame import BELOW, MAIN
from powertheft.web.help import PURPOSES
from powertheft.web.schedule_words import cron_of, in_words

EVERY_MONTH = {"rhythm": "month", "weekday": "1", "hour": "3"}


@pytest.fixture
def house(tmp_path, store) -> House:
    return House(read_home(tmp_path / "home", {}), store, Actor("root", PERMISSIONS))


def test_an_administrator_sees_what_is_set_and_where_it_comes_from(administrator, monkeypatch):
    monkeypatch.setitem(os.environ, "POWERTHEFT_HOSTS", "theft.example.in")
    page = administrator.get("/settings/")
    assert all(setting.variable in page.text for setting in SETTINGS)
    assert "theft.example.in" in page.text
    assert "set in the environment" in page.text
    assert "Smallest group" in page.text


@pytest.mark.parametrize("variable", [setting.variable for setting in SETTINGS if setting.is_secret])
def test_a_secret_is_never_shown(administrator, monkeypatch, variable):
    monkeypatch.setitem(os.environ, variable, "postgresql://ana:very-secret@db/theft")
    page = administrator.get("/settings/")
    assert "very-secret" not in page.text
    assert "not shown" in page.text


def test_others_see_their_account_alone(sign_up):
    page = sign_up("ida", "inspector").get("/settings/")
    assert "Change the password" in page.text
    assert "POWERTHEFT_HOME" not in page.text
    assert "/settings/audit" not in page.text
    assert "/settings/schedules" not in page.text


def test_training_each_month_is_added_in_words_and_done_when_it_is_due(house, sign_up):
    simulate_dataset(house, consumers=100)
    ana = sign_up("ana", "analyst")
    form = {"kind": "model.train", **EVERY_MONTH, "dataset": "simulated-utility", "model": "theft"}
    answer = ana.send("/settings/schedules", **form)
    assert answer.status_code == 302, answer.text
    page = ana.get("/settings/schedules")
    assert "Train theft on the newest simulated-utility" in page.text
    assert "on the first of every month at 03:00" in page.text
    [job] = enqueue_due(house, datetime(2200, 1, 1, tzinfo=UTC))
    assert (job.kind, job.created_by) == ("model.train", "ana")
    assert job.arguments["dataset"] == "simulated-utility"


def test_work_is_removed_and_can_be_added_again(sign_up):
    ana = sign_up("ana", "analyst")
    form = {"kind": "dataset.collect", "rhythm": "day", "weekday": "1", "hour": "2"}
    ana.send("/settings/schedules", **form)
    assert "every day at 02:00" in ana.get("/settings/schedules").text
    ana.send("/settings/schedules/1/remove", "/settings/schedules")
    page = ana.get("/settings/schedules")
    assert "every day at 02:00" not in page.text
    assert "Nothing comes again yet" in page.text
    assert ana.send("/settings/schedules", **form).status_code == 302


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"dataset": "", "model": "theft"}, "There is no dataset yet"), ({"dataset": "d", "model": "a/b"}, "a/b")],
)
def test_what_is_wrong_is_said_beside_the_field_and_what_was_entered_stays(sign_up, wrong, said):
    answer = sign_up("ana", "analyst").send("/settings/schedules", kind="model.train", **EVERY_MONTH, **wrong)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{wrong["model"]}"' in answer.text
    assert '<option selected value="month">' in answer.text


def test_who_may_not_bring_data_cannot_let_them_be_collected(sign_up):
    page = sign_up("adi", "administrator").get("/settings/schedules")
    assert page.status_code == 200
    assert "Adding needs another role" in page.text
    assert sign_up("max", "manager").get("/settings/schedules").status_code == 403


@pytest.mark.parametrize(
    ("rhythm", "words"),
    [
        ("hour", "every hour"),
        ("day", "every day at 06:00"),
        ("week", "every Friday at 06:00"),
        ("month", "on the first of every month at 06:00"),
    ],
)
def test_times_are_said_as_they_were_chosen(application, rhythm, words):
    with application.test_request_context():
        assert in_words(cron_of(rhythm, hour=6, weekday="5")) == words


def test_times_that_no_page_made_are_shown_as_they_are(application):
    with application.test_request_context():
        assert in_words("*/5 8-17 * * 1-5") == "at the times */5 8-17 * * 1-5"


def test_the_audit_trail_tells_who_did_what_to_what(administrator):
    page = administrator.get("/settings/audit")
    assert "account: joined" in page.text
    assert "roles: administrator, analyst, manager" in page.text


def test_the_audit_trail_is_filtered_by_person_act_and_thing(administrator, sign_up):
    sign_up("ida", "inspector")
    rows = administrator.get("/settings/audit?actor=ida").text
    assert "<td>ida</td>" in rows
    assert "<td>ana</td>" not in rows
    assert "account: signed in</td>" not in administrator.get("/settings/audit?action=account.joined").text
    assert "No event is like this" in administrator.get("/settings/audit?subject=nosuch").text


def test_the_audit_trail_is_read_on_page_after_page(administrator, store):
    with store.begin("ana") as work:
        for number in range(150):
            work.audit.record("list.exported", f"scoring {number}")
    first = administrator.get("/settings/audit")
    assert "scoring 149<" in first.text
    assert "scoring 49<" not in first.text
    before = first.text.split("before=")[1].split('"')[0]
    assert "scoring 49<" in administrator.get(f"/settings/audit?before={before}").text


@pytest.mark.parametrize("role", ["analyst", "manager", "inspector"])
def test_the_audit_trail_is_for_auditors_and_administrators(sign_up, role):
    assert sign_up("ana").get("/settings/audit").status_code == 200
    assert sign_up("other", role).get("/settings/audit").status_code == 403
    assert sign_up("uma", "auditor").get("/settings/audit").status_code == 200


def test_help_says_what_each_page_is_for(sign_up):
    assert {entry.group for entry in (*MAIN, *BELOW)} == set(PURPOSES)
    page = sign_up("ana").get("/help/pages")
    assert "Which connections are worth a visit, and why?" in page.text
    inspector = sign_up("ida", "inspector").get("/help/pages")
    assert "Who goes where, and what was found?" in inspector.text
    assert "How good is a model, and which one do we use?" not in inspector.text


def test_the_glossary_is_searched(sign_up):
    page = sign_up("ana").get("/help/words?q=feeder")
    assert "Feeder" in page.text
    assert page.text.count("<dt>") < sign_up("ben", "analyst").get("/help/words").text.count("<dt>")
