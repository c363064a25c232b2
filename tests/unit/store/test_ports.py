"""Every method of a port that changes something writes an audit event in the same transaction: the ports are walked."""

import inspect
from collections.abc import Callable
from typing import Any, Protocol, get_type_hints

import pytest
import sqlalchemy as sa

from powertheft.actions import ports
from powertheft.actions.ports import NewVersion, UnitOfWork
from powertheft.store.tables import audit_events, metadata

VERSION = NewVersion("a" * 64, "datasets/steg/1", {"readings": 3}, {"sources": ["bills.csv"]}, "0123abcd")

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
    return store


def test_every_port_of_the_module_is_offered_by_the_unit_of_work_and_has_a_call():
    offered = {
        get_type_hints(member.fget)["return"]
        for _, member in inspect.getmembers(UnitOfWork, lambda m: isinstance(m, property))
    }
    declared = {
        value
        for _, value in inspect.getmembers(ports, inspect.isclass)
        if value.__module__ == ports.__name__ and Protocol in value.__bases__
    }
    assert declared - offered == {ports.UnitOfWork, ports.Store}
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
    assert len(events) == (0 if reads else 1)
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
