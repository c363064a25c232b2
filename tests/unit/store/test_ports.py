"""Every method of a port that changes something writes an audit event in the same transaction: the ports are walked."""

import inspect
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, get_type_hints

import pytest
import sqlalchemy as sa

from powertheft.actions import account_ports, loop_ports, ports
from powertheft.actions.ports import NewModelVersion, NewScoring, NewVersion, UnitOfWork
from powertheft.domain.alerts import NewAlert
from powertheft.domain.feedback import NewFeedback
from powertheft.domain.inspections import Finding, NewCase
from powertheft.domain.jobs import Job
from powertheft.domain.watches import Reading
from powertheft.store.tables import audit_events, metadata

VERSION = NewVersion("a" * 64, "datasets/steg/1", {"readings": 3}, {"sources": ["bills.csv"]}, "0123abcd")
BUNDLE = NewModelVersion("lists/v-1", "steg@1", "lightgbm", {"seed": 0}, {"pr_auc": 0.5})
SCORING = NewScoring("s-1", "steg@1", "lists@1", 3, {"currency": "INR"})
CALL = NewAlert("job/1", "job_failed", "critical", {"what": "a job failed"}, "/jobs/1")
SAID = NewFeedback("not_useful", "plot/loss", "too small", {"link": "/explore/"})
NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
READING = Reading("hit_rate", "lists@1", date(2026, 3, 1), NOON, "quiet", 0.2, 80)
FOUND = Finding("theft", date(2026, 3, 12), energy_assessed=1200.0)
DIARY = {"jobs.heartbeat", "jobs.log", "tokens.note_use", "asked.reserve", "asked.settle"}
"""What a worker says of its own work, every other second, and that a program asked (the job that it asked for has its
event): no change of anything else, so no event (ADR 0017, 0019)."""


def running(work: UnitOfWork) -> Job:
    """The one job that `filled` has left running."""
    return work.jobs.list_jobs(states=["running"])[0]


def case(consumer: str) -> NewCase:
    return NewCase("steg", consumer, drawn_by="list", inclusion_probability=1.0)


# One call for each method: a method without one fails the test, so that none is forgotten.
CALLS: dict[str, Callable[[UnitOfWork], object]] = {
    "datasets.add_version": lambda work: work.datasets.add_version("steg", VERSION),
    "datasets.get_version": lambda work: work.datasets.get_version("steg"),
    "datasets.list_datasets": lambda work: work.datasets.list_datasets(),
    "datasets.list_versions": lambda work: work.datasets.list_versions("steg"),
    "datasets.delete_version": lambda work: work.datasets.delete_version("steg", 1, reason="too old"),
    "datasets.move_version": lambda work: work.datasets.move_version("steg", 1, folder="elsewhere"),
    "audit.record": lambda work: work.audit.record("vault.looked", "consumer", {"reason": "visit"}),
    "audit.list_events": lambda work: work.audit.list_events(action="x", subject="y", last=3),
    "marks.get_mark": lambda work: work.marks.get_mark("folder"),
    "marks.advance": lambda work: work.marks.advance("new", {"file": "b"}, version="steg@1", seen=None),
    "marks.forget": lambda work: work.marks.forget("folder"),
    "accounts.list_accounts": lambda work: work.accounts.list_accounts(),
    "accounts.get_account": lambda work: work.accounts.get_account("root"),
    "accounts.get_account_of_session": lambda work: work.accounts.get_account_of_session("no such session"),
    "accounts.get_link": lambda work: work.accounts.get_link("for a new account"),
    "accounts.list_open_links": lambda work: work.accounts.list_open_links(),
    "accounts.add_link": lambda work: work.accounts.add_link("another", roles=frozenset({"auditor"})),
    "accounts.withdraw_link": lambda work: work.accounts.withdraw_link(work.accounts.list_open_links()[0].number),
    "accounts.join": lambda work: work.accounts.join(
        "for a new account", name="cleo", full_name="Cleo", password_hash="hash"
    ),
    "accounts.replace_password": lambda work: work.accounts.replace_password("for a password", password_hash="new"),
    "accounts.change_password": lambda work: work.accounts.change_password("root", password_hash="new"),
    "accounts.change_roles": lambda work: work.accounts.change_roles("root", frozenset({"administrator", "manager"})),
    "accounts.deactivate": lambda work: work.accounts.deactivate("zoe"),
    "accounts.activate": lambda work: work.accounts.activate("closed"),
    "accounts.sign_in": lambda work: work.accounts.sign_in("root"),
    "tokens.list_tokens": lambda work: work.tokens.list_tokens("zoe"),
    "tokens.get_token": lambda work: work.tokens.get_token("of zoe"),
    "tokens.add_token": lambda work: work.tokens.add_token(
        "another", name="nightly", owner="zoe", scopes=frozenset({"job.read"}), expires_at=NOON
    ),
    "tokens.revoke_token": lambda work: work.tokens.revoke_token(1),
    "tokens.note_use": lambda work: work.tokens.note_use(work.tokens.list_tokens()[0]),
    "asked.get_asked": lambda work: work.asked.get_asked("asked before"),
    "asked.reserve": lambda work: work.asked.reserve("asked now", "a train"),
    "asked.settle": lambda work: work.asked.settle("asked before", 2),
    "policies.get_policy": lambda work: work.policies.get_policy("promotion/lists"),
    "policies.list_policies": lambda work: work.policies.list_policies("promotion/"),
    "policies.keep_policy": lambda work: work.policies.keep_policy("promotion/lists", {"looks": 2}),
    "trials.begin_trial": lambda work: work.trials.begin_trial(
        "others", champion="others@1", challenger="others@2", details={}
    ),
    "trials.note_look": lambda work: work.trials.note_look(work.trials.get_trial(1), {"decision": "go on"}),
    "trials.renew_trial": lambda work: work.trials.renew_trial(work.trials.get_trial(1), "lists@3"),
    "trials.end_trial": lambda work: work.trials.end_trial(1, "be given up", reason="no better"),
    "trials.get_trial": lambda work: work.trials.get_trial(1),
    "trials.get_running": lambda work: work.trials.get_running("lists"),
    "trials.list_trials": lambda work: work.trials.list_trials(model="lists", states=["running"], last=3),
    "alerts.raise_alert": lambda work: work.alerts.raise_alert(CALL),
    "alerts.settle": lambda work: work.alerts.settle("job/1", by="powertheft"),
    "alerts.change_state": lambda work: work.alerts.change_state(1, "be acknowledged", reason="seen"),
    "alerts.mark_sent": lambda work: work.alerts.mark_sent([1]),
    "alerts.get_alert": lambda work: work.alerts.get_alert(1),
    "alerts.list_alerts": lambda work: work.alerts.list_alerts(states=["open"], rule="job_failed", last=2),
    "alerts.get_counts": lambda work: work.alerts.get_counts(),
    "feedback.add": lambda work: work.feedback.add(SAID),
    "feedback.answer": lambda work: work.feedback.answer(1, "be done", words="mended"),
    "feedback.get_feedback": lambda work: work.feedback.get_feedback(1),
    "feedback.list_feedback": lambda work: work.feedback.list_feedback(states=["open"], kind="not_useful"),
    "feedback.get_counts": lambda work: work.feedback.get_counts("plot/", kind="not_useful"),
    "jobs.enqueue": lambda work: work.jobs.enqueue("model.train", {"model": "lists"}, title="Train"),
    "jobs.claim": lambda work: work.jobs.claim("w2", lease_seconds=60),
    "jobs.heartbeat": lambda work: work.jobs.heartbeat(running(work), 0.5, "fitting", lease_seconds=60),
    "jobs.finish": lambda work: work.jobs.finish(running(work), {"model": "lists@1"}),
    "jobs.fail": lambda work: work.jobs.fail(running(work), message="no labels"),
    "jobs.put_back": lambda work: work.jobs.put_back(running(work)),
    "jobs.cancel": lambda work: work.jobs.cancel(2),
    "jobs.retry": lambda work: work.jobs.retry(3),
    "jobs.get_job": lambda work: work.jobs.get_job(1),
    "jobs.list_jobs": lambda work: work.jobs.list_jobs(states=["queued"], created_by="ana", before=9, last=2),
    "jobs.get_counts": lambda work: work.jobs.get_counts(),
    "jobs.log": lambda work: work.jobs.log(running(work), ["fitting"]),
    "jobs.list_log": lambda work: work.jobs.list_log(1, after=0),
    "schedules.add_schedule": lambda work: work.schedules.add_schedule(
        "dataset.collect", {}, title="Collect", cron="0 2 * * *", next_at=NOON
    ),
    "schedules.list_schedules": lambda work: work.schedules.list_schedules(due=NOON),
    "schedules.advance": lambda work: work.schedules.advance(
        work.schedules.list_schedules()[0], NOON + timedelta(days=1)
    ),
    "schedules.remove_schedule": lambda work: work.schedules.remove_schedule(1),
    "models.add_version": lambda work: work.models.add_version("lists", BUNDLE),
    "models.get_version": lambda work: work.models.get_version("lists"),
    "models.list_models": lambda work: work.models.list_models(),
    "models.list_versions": lambda work: work.models.list_versions(with_deleted=True),
    "models.change_state": lambda work: work.models.change_state("lists", 1, "be promoted", reason="best"),
    "models.delete_version": lambda work: work.models.delete_version("lists", 1, reason="too old"),
    "scorings.add_scoring": lambda work: work.scorings.add_scoring(SCORING),
    "scorings.get_scoring": lambda work: work.scorings.get_scoring(),
    "scorings.list_scorings": lambda work: work.scorings.list_scorings(),
    "scorings.delete_scoring": lambda work: work.scorings.delete_scoring(1, reason="too old"),
    "inspections.propose": lambda work: work.inspections.propose([case("b"), case("c")]),
    "inspections.change_case": lambda work: work.inspections.change_case(1, "be recorded", finding=FOUND),
    "inspections.get_case": lambda work: work.inspections.get_case(1),
    "inspections.list_cases": lambda work: work.inspections.list_cases(states=["assigned"], dataset="steg"),
    "inspections.list_history": lambda work: work.inspections.list_history(1),
    "watches.keep": lambda work: work.watches.keep([READING]),
    "watches.list_history": lambda work: work.watches.list_history("hit_rate", subject="lists@1", last=3),
    "watches.list_newest": lambda work: work.watches.list_newest(),
}


def walked() -> list[str]:
    """Every public method of every port that a unit of work offers."""
    found = []
    for name, member in inspect.getmembers(UnitOfWork, lambda member: isinstance(member, property)):
        port = get_type_hints(member.fget)["return"]
        found += [f"{name}.{method}" for method in vars(port) if not method.startswith("_")]
    return found


def contents(store: Any) -> dict[str, list[Any]]:
    with store._engine.connect() as connection:
        return {table.name: connection.execute(sa.select(table)).all() for table in metadata.sorted_tables}


def call_and_stop(store: Any, method: str) -> None:
    with store.begin("ben") as work:
        CALLS[method](work)
        raise KeyboardInterrupt


@pytest.fixture
def filled(store):
    with store.begin("ana") as work:
        work.datasets.add_version("steg", VERSION)
        work.marks.advance("folder", {"file": "a"}, version="steg@1", seen=None)
        for name, role in (("root", "administrator"), ("zoe", "analyst"), ("closed", "auditor")):
            work.accounts.add_link(name, roles=frozenset({role}))
            work.accounts.join(name, name=name, full_name=name.title(), password_hash="hash")
        work.accounts.deactivate("closed")
        work.accounts.add_link("for a new account", roles=frozenset({"analyst"}))
        work.accounts.add_link("for a password", roles=frozenset(), account="root")
        work.tokens.add_token("of zoe", name="nightly", owner="zoe", scopes=frozenset({"job.read"}), expires_at=NOON)
        work.asked.reserve("asked before", "a score")
        for title in ("runs", "waits", "failed"):
            work.jobs.enqueue("dataset.collect", {}, title=title)
        work.jobs.claim("w1", lease_seconds=60)
        work.jobs.cancel(3)
        work.schedules.add_schedule("dataset.collect", {}, title="Collect", cron="0 1 * * *", next_at=NOON)
        work.models.add_version("lists", BUNDLE)
        work.scorings.add_scoring(SCORING)
        work.alerts.raise_alert(replace(CALL, severity="warning"))
        work.feedback.add(SAID)
        work.trials.begin_trial("lists", champion="lists@1", challenger="lists@2", details={})
        work.inspections.propose([case("a")])
        work.inspections.change_case(1, "be assigned", assigned_to="ravi")
    return store


def test_every_port_of_the_module_is_offered_by_the_unit_of_work_and_has_a_call():
    offered = {
        get_type_hints(member.fget)["return"]
        for _, member in inspect.getmembers(UnitOfWork, lambda m: isinstance(m, property))
    }
    declared = {
        value
        for module in (ports, account_ports, loop_ports)
        for _, value in inspect.getmembers(module, inspect.isclass)
        if value.__module__ == module.__name__ and Protocol in value.__bases__
    }
    assert declared - offered == {ports.UnitOfWork, ports.Store, loop_ports.Messenger, loop_ports.ExperimentTracker}
    assert sorted(walked()) == sorted(CALLS)


@pytest.mark.parametrize("method", sorted(CALLS))
def test_a_change_leaves_an_event_and_what_is_undone_leaves_none(filled, method):
    before = contents(filled)
    with pytest.raises(KeyboardInterrupt):
        call_and_stop(filled, method)
    assert contents(filled) == before

    with filled.begin("ben") as work:
        CALLS[method](work)
    after = contents(filled)
    changed = any(after[name] != before[name] for name in after if name != audit_events.name)
    events = after[audit_events.name][len(before[audit_events.name]) :]
    reads = method.partition(".")[2].startswith(("get_", "list_"))
    assert changed == (not reads and method != "audit.record")
    assert len(events) == (0 if reads or method in DIARY else 1)
    assert all(event.actor == "ben" for event in events)


@pytest.mark.parametrize("statement", ["DELETE FROM audit_events", "UPDATE audit_events SET actor = 'nobody'"])
def test_the_database_itself_refuses_to_change_an_event(filled, statement):
    before = contents(filled)
    with (
        pytest.raises(sa.exc.SQLAlchemyError, match="audit events are never changed"),
        filled._engine.begin() as connection,
    ):
        connection.exec_driver_sql(statement)
    assert contents(filled) == before
