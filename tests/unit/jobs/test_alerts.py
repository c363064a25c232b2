"""What calls for somebody reaches people outside, once, in one message; what fails says so and is tried again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from tests.unit.services.channels import webhook

from powertheft.actions import schedules, work_jobs
from powertheft.actions.alerts import answer_alert, ask_for_test, keep_alert_policy, list_alerts, raise_alert
from powertheft.domain.alerts import RULES, AlertPolicy, QuietHours
from powertheft.domain.errors import InputError
from powertheft.domain.jobs import MOST_ATTEMPTS
from powertheft.domain.watches import WATCHES
from powertheft.jobs import worker
from powertheft.jobs.schedule import enqueue_due
from powertheft.jobs.worker import work_on, work_once
from powertheft.services.apprise_messenger import AppriseMessenger

ALWAYS = AlertPolicy(quiet=QuietHours("00:00", "00:00"))


@pytest.fixture
def calm(house):
    """The house without quiet hours, whatever the clock says now."""
    keep_alert_policy(house, ALWAYS)
    return house


def with_channels(house, *addresses: str):
    return replace(house, messenger=AppriseMessenger(addresses))


def call(house, *causes: str, rule: str = "hit_rate", how_bad: str = "9 of 100 visits found something") -> None:
    with house.begin() as work:
        for cause in causes:
            raise_alert(work, cause=cause, rule=rule, details={"how_bad": how_bad}, link="/monitoring/")


def drain(house) -> None:
    assert work_on(house, ending=Event(), once=True) >= 0


def sends(house):
    return [job for job in work_jobs.list_jobs(house) if job.kind == "alert.send"]


def test_a_cause_is_told_once_with_what_since_when_how_bad_what_to_do_and_the_link(calm, monkeypatch):
    monkeypatch.setenv("POWERTHEFT_ADDRESS", "https://powertheft.example/")
    with webhook() as (hook, posted):
        house = with_channels(calm, hook)
        call(house, "hit_rate/theft")
        drain(house)
        call(house, "hit_rate/theft")
        drain(house)
    (message,) = posted
    assert message["title"] == "powertheft, critical: Fewer visits find something than promised"
    for words in (
        "Since: ",
        "How bad: critical. 9 of 100 visits found something",
        "What to do: Look at where it fell",
        "Act here: https://powertheft.example/monitoring/",
        "https://powertheft.example/alerts/1",
    ):
        assert words in message["message"]
    (alert,) = list_alerts(calm)
    assert (alert.times, alert.sent_at is None) == (2, False)
    assert [(job.state, job.result) for job in sends(calm)] == [("done", {"told": 1})]


def test_several_causes_are_one_message_the_worst_first(calm):
    with webhook() as (hook, posted):
        house = with_channels(calm, hook)
        call(house, "a", "b", rule="data_volume")
        call(house, "c")
        drain(house)
    (message,) = posted
    assert message["title"].startswith("powertheft: 3 alerts, the worst critical")
    assert message["message"].startswith("Fewer visits find something")
    assert message["message"].count("Since: ") == 3


def test_in_quiet_hours_a_warning_waits_and_what_is_critical_goes_out(house):
    now = datetime.now(UTC)
    quiet = QuietHours(f"{now - timedelta(hours=1):%H:%M}", f"{now + timedelta(hours=1):%H:%M}", ("critical",), "UTC")
    keep_alert_policy(house, AlertPolicy(quiet=quiet))
    with webhook() as (hook, posted):
        at_work = with_channels(house, hook)
        call(at_work, "late", rule="data_arrival")
        drain(at_work)
        assert (posted, [job.result for job in sends(house)]) == ([], [{"told": 0}])
        call(at_work, "hits")
        drain(at_work)
        assert [one["message"].count("Since: ") for one in posted] == [1]
        # The quiet hours end: the next pass of a worker asks for what was held back.
        assert len(sends(house)) == 2
        enqueue_due(at_work, now + timedelta(minutes=30))
        assert len(sends(house)) == 2
        enqueue_due(at_work, now + timedelta(hours=2))
        assert len(sends(house)) == 3
        keep_alert_policy(house, ALWAYS)
        drain(at_work)
    assert "Data did not come" in posted[1]["title"]


def test_what_reached_nobody_fails_in_words_is_told_in_the_application_and_is_tried_again_later(calm):
    with webhook(answer=503) as (bad, tried):
        house = with_channels(calm, bad)
        call(house, "hits")
        drain(house)
        (job,) = sends(calm)
        assert job.state == "failed"
        assert "channel 1 (json webhook): check its address" in job.message
        assert "sesame" not in f"{job.message}{job.advice}"
        assert [one.rule for one in list_alerts(calm)] == ["hit_rate", "not_told"]
        assert "channel 1 (json webhook)" in list_alerts(calm)[1].how_bad
        enqueue_due(house, datetime.now(UTC) + timedelta(minutes=9))
        assert len(sends(calm)) == 1
    assert len(tried) == 1
    with webhook() as (good, posted):
        house = with_channels(calm, good)
        enqueue_due(house, datetime.now(UTC) + timedelta(minutes=11))
        drain(house)
    assert len(posted) == 1
    assert [(one.rule, one.state) for one in list_alerts(calm)] == [("hit_rate", "open"), ("not_told", "resolved")]


def test_where_one_channel_of_two_fails_the_other_gets_no_second_message(calm):
    with webhook(answer=500) as (bad, _), webhook() as (good, posted):
        house = with_channels(calm, bad, good)
        call(house, "hits")
        drain(house)
        enqueue_due(house, datetime.now(UTC) + timedelta(days=2))
        drain(house)
    assert len(posted) == 1
    assert [job.state for job in sends(calm)] == ["failed"]


def test_who_has_seen_an_alert_is_not_reminded_of_it_and_others_are_after_a_week(calm):
    with webhook() as (hook, _):
        house = with_channels(calm, hook)
        call(house, "seen", "open")
        drain(house)
        answer_alert(calm, 1, "be acknowledged", reason="on it")
        enqueue_due(house, datetime.now(UTC) + timedelta(days=6))
        assert len(sends(calm)) == 1
        enqueue_due(house, datetime.now(UTC) + timedelta(days=8))
    assert [job.state for job in sends(calm)] == ["queued", "done"]


def test_a_test_message_says_who_sent_it_and_that_nothing_is_to_be_done(calm):
    with webhook() as (hook, posted):
        house = with_channels(calm, hook)
        ask_for_test(house)
        drain(house)
    assert posted[0]["title"] == "powertheft: a test message"
    assert "worker sends this" in posted[0]["message"]
    assert sends(calm)[0].result == {"told": 1, "kinds": ["json webhook"]}


def test_a_job_that_fails_calls_somebody_until_the_same_work_is_done(calm, table):
    work_jobs.enqueue_import(calm, [table.with_name("gone.csv")], name="people")
    work_once(calm, worker="w1")
    (alert,) = list_alerts(calm)
    assert (alert.what, alert.severity, alert.link) == ("A job failed: Import people", "information", "/jobs/1")
    assert "gone.csv" not in str(alert.details)
    work_jobs.enqueue_import(calm, [table], name="people", choices=work_jobs.ImportChoices(profile="table"))
    work_once(calm, worker="w1")
    assert [(one.state, one.resolved_by) for one in list_alerts(calm)] == [("resolved", "powertheft")]


def test_work_that_comes_again_and_fails_twice_is_one_loud_alert(calm, monkeypatch):
    def fail(*_):
        raise InputError("the folder of meter readings is not there", file="consumer 4711")

    monkeypatch.setattr(worker, "find_task", lambda _kind: fail)
    added = schedules.add_schedule(calm, "dataset.collect", cron="0 2 * * *", title="Collect each night")
    for night in range(2):
        enqueue_due(calm, added.next_at + timedelta(days=night))
        while work_once(calm, worker="w1"):
            pass
        loud = [one for one in list_alerts(calm) if one.state == "open"]
        assert [(one.rule, one.severity) for one in loud] == [
            [("job_failed", "warning")], [("schedule_failed", "critical")]
        ][night]  # fmt: skip
    assert "4711" not in str([one.details for one in list_alerts(calm)])


def test_a_job_that_took_its_workers_down_calls_somebody(calm):
    with calm.begin() as work:
        job = work.jobs.enqueue("model.train", {}, title="Train theft on all@1")
    for _ in range(MOST_ATTEMPTS):
        with calm.begin() as work:
            work.jobs.claim("killed", lease_seconds=-1)
    work_once(calm, worker="w1")
    (alert,) = list_alerts(calm)
    assert (alert.what, alert.severity, alert.link) == (
        "A job failed: Train theft on all@1", "warning", f"/jobs/{job.number}"
    )  # fmt: skip


def test_every_watch_names_a_rule_that_there_is():
    assert {watch.rule for watch in WATCHES.values()} <= set(RULES)


def test_a_house_that_can_tell_nobody_asks_once_and_not_for_ever(calm):
    call(calm, "hits")
    drain(calm)
    assert [(job.state, job.result) for job in sends(calm)] == [("done", {"told": 0})]
    assert list_alerts(calm)[0].sent_at is None
