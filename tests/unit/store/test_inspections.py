"""The book of inspections, in each of the databases."""

from datetime import date

import pytest

from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.inspections import Finding, NewCase

FOUND = Finding("tamper", date(2026, 3, 12), energy_assessed=1200.5, note="மீட்டர் bypass", photos=("p-1.jpg",))


def case(consumer: str, **more) -> NewCase:
    given = {"drawn_by": "list", "inclusion_probability": 1.0, "about": {"section": "002"}, **more}
    return NewCase("steg", consumer, **given)


def test_a_case_goes_its_way_and_its_history_tells_it(store):
    with store.begin("ana") as work:
        (opened,) = work.inspections.propose([case("a", drawn_by="random", inclusion_probability=0.05, rank=7)])
        assert (opened.state, opened.rank, opened.inclusion_probability) == ("proposed", 7, 0.05)
        work.inspections.change_case(1, "be assigned", assigned_to="ravi", planned_on=date(2026, 3, 11))
    with store.begin("ravi") as work:
        work.inspections.change_case(1, "be started")
        assert work.inspections.change_case(1, "be recorded", finding=FOUND).finding == FOUND
    with store.begin("ana") as work:
        closed = work.inspections.change_case(1, "be closed")
        steps = work.inspections.list_history(1)
    assert (closed.state, closed.assigned_to, closed.finding) == ("closed", "ravi", FOUND)
    assert [(step.actor, step.act) for step in steps] == [
        ("ana", "be proposed"),
        ("ana", "be assigned"),
        ("ravi", "be started"),
        ("ravi", "be recorded"),
        ("ana", "be closed"),
    ]
    assert steps[3].details["energy_assessed"] == 1200.5


def test_a_connection_has_one_open_case(store):
    with store.begin("ana") as work:
        assert [one.consumer_id for one in work.inspections.propose([case("a"), case("b"), case("a")])] == ["a", "b"]
        assert work.inspections.propose([case("a")]) == []
        work.inspections.change_case(1, "be withdrawn", note="visited last week")
        assert [one.number for one in work.inspections.propose([case("a")])] == [3]


def test_a_withdrawn_case_does_not_come_back_beside_another_open_one(store):
    with store.begin("ana") as work:
        work.inspections.propose([case("a")])
        work.inspections.change_case(1, "be withdrawn", note="wrong")
        work.inspections.propose([case("a")])
        with pytest.raises(StateError, match="has another open case"):
            work.inspections.change_case(1, "be proposed again")
        work.inspections.change_case(2, "be withdrawn", note="wrong")
        assert work.inspections.change_case(1, "be proposed again").state == "proposed"


def test_a_step_that_is_not_open_and_a_word_that_is_no_outcome_change_nothing(store):
    with store.begin("ana") as work:
        work.inspections.propose([case("a")])
        with pytest.raises(StateError, match="case 1 is proposed, so it cannot be recorded"):
            work.inspections.change_case(1, "be recorded", finding=FOUND)
        work.inspections.change_case(1, "be assigned", assigned_to="ravi")
        with pytest.raises(ChoiceError, match="an inspection cannot end in 'thief'"):
            work.inspections.change_case(1, "be recorded", finding=Finding("thief", date(2026, 3, 12)))
        with pytest.raises(ChoiceError, match="there is no case 9"):
            work.inspections.change_case(9, "be started")
        assert work.inspections.get_case(1).state == "assigned"


def test_cases_are_found_by_state_person_and_connection(store):
    with store.begin("ana") as work:
        work.inspections.propose([case(name) for name in "abc"])
        work.inspections.change_case(2, "be assigned", assigned_to="ravi")
        found = work.inspections.list_cases
        assert [one.number for one in found()] == [3, 2, 1]
        assert [one.number for one in found(assigned_to="ravi")] == [2]
        assert [one.number for one in found(states=["proposed"], last=1)] == [3]
        assert [one.number for one in found(dataset="steg", consumer_id="a")] == [1]
        assert found(dataset="other") == []
