"""From a ranked list to cases, and whose cases they are."""

from datetime import date, timedelta

import polars as pl
import pytest

from powertheft.actions import inspections
from powertheft.actions.ports import NewScoring
from powertheft.domain.errors import AccessError, ChoiceError, StateError
from powertheft.domain.inspections import Finding
from powertheft.domain.permissions import ROLES, Actor

FOUND = Finding("normal", date.today())


@pytest.fixture
def scored(house):
    """A house with a list of 200 connections in two sections."""
    numbers = range(200)
    listed = pl.DataFrame(
        {
            "rank": [number + 1 for number in numbers],
            "consumer_id": [f"c{number:03}" for number in numbers],
            "probability": [1 - number / 200 for number in numbers],
            "reason_1": ["bills fell"] * 200,
            "section": [f"00{number % 2}" for number in numbers],
        }
    )
    with house.new_scoring() as folder:
        place = house.home.scorings / folder
        place.mkdir()
        listed.write_parquet(place / "list.parquet")
        with house.begin() as work:
            work.scorings.add_scoring(NewScoring(folder.as_posix(), "steg@1", "lists@1", 200, {}))
    return house


@pytest.fixture
def ravi(house):
    return house.for_actor(Actor("ravi", ROLES["inspector"]))


def test_the_top_of_the_list_becomes_cases_and_some_below_it_drawn_at_random(scored):
    cases = inspections.propose_cases(scored, 1, visits=50)
    assert [case.consumer_id for case in cases[:45]] == [f"c{number:03}" for number in range(45)]
    assert {case.drawn_by for case in cases[:45]} == {"list"}
    assert {case.drawn_by for case in cases[45:]} == {"random"}
    assert all(case.inclusion_probability == pytest.approx(1 / 31) for case in cases[45:])
    assert cases[0].about == {"probability": 1.0, "reason_1": "bills fell", "section": "000"}


def test_the_next_draw_passes_over_open_cases_and_keeps_to_a_section(scored):
    inspections.propose_cases(scored, 1, visits=10, random_share=0)
    more = inspections.propose_cases(scored, 1, visits=4, random_share=0, section="001")
    assert [case.consumer_id for case in more] == ["c011", "c013", "c015", "c017"]


def test_one_connection_becomes_one_case_however_often_it_is_asked_for(scored):
    first, second = (inspections.open_case(scored, 1, "c150") for _ in range(2))
    assert first == second
    with pytest.raises(ChoiceError, match="x is not in list 1"):
        inspections.open_case(scored, 1, "x")


def test_cases_are_handed_over_all_or_none(scored):
    inspections.propose_cases(scored, 1, visits=3, random_share=0)
    inspections.withdraw_case(scored, 3, note="visited last week")
    with pytest.raises(StateError, match="case 3 is withdrawn"):
        inspections.assign_cases(scored, [1, 2, 3], to="ravi")
    assert inspections.list_cases(scored, assigned_to="ravi") == []
    assert len(inspections.assign_cases(scored, [1, 2], to="ravi")) == 2


def test_an_inspector_sees_and_records_the_own_cases_only(scored, ravi):
    inspections.propose_cases(scored, 1, visits=3, random_share=0)
    inspections.assign_cases(scored, [1], to="ravi")
    inspections.assign_cases(scored, [2], to="uma")
    assert [case.number for case in inspections.list_cases(ravi)] == [1]
    assert [case.number for case in inspections.list_cases(ravi, assigned_to="uma")] == [1]
    for refused in (
        lambda: inspections.get_case(ravi, 2),
        lambda: inspections.list_history(ravi, 2),
        lambda: inspections.start_case(ravi, 2),
        lambda: inspections.record_finding(ravi, 2, FOUND),
    ):
        with pytest.raises(ChoiceError, match=r"^there is no case 2\."):
            refused()
    with pytest.raises(AccessError):
        inspections.assign_cases(ravi, [2], to="ravi")
    assert inspections.record_finding(ravi, 1, FOUND).finding == FOUND


def test_what_was_recorded_wrongly_is_corrected_and_what_was_closed_is_not(scored):
    inspections.propose_cases(scored, 1, visits=1, random_share=0)
    inspections.assign_cases(scored, [1], to="ana")
    inspections.record_finding(scored, 1, FOUND)
    inspections.correct_finding(scored, 1, note="wrong house")
    inspections.record_finding(scored, 1, Finding("theft", date.today(), energy_assessed=900))
    closed = inspections.close_case(scored, 1)
    assert closed.finding is not None
    assert closed.finding.outcome == "theft"
    with pytest.raises(StateError, match="case 1 is closed"):
        inspections.correct_finding(scored, 1, note="no")
    assert [one.number for one in inspections.cases_of_consumer(scored, "steg@1", "c000")] == [1]


@pytest.mark.parametrize(
    ("finding", "column"),
    [
        (Finding("theft", date.today() + timedelta(days=2)), "inspected_on"),
        (Finding("theft", date.today() - timedelta(days=3)), "inspected_on"),
        (Finding("theft", date.today(), energy_assessed=-1.0), "energy_assessed"),
        (Finding("theft", date.today(), amount_assessed=float("nan")), "amount_assessed"),
    ],
)
def test_a_finding_that_cannot_be_is_refused_beside_its_field(scored, finding, column):
    inspections.propose_cases(scored, 1, visits=1, random_share=0)
    inspections.assign_cases(scored, [1], to="ana")
    with pytest.raises(ChoiceError) as caught:
        inspections.record_finding(scored, 1, finding)
    assert caught.value.column == column
