"""The state machines: every state can be reached, what is not in a table is refused in words."""

import pytest

from powertheft.domain import alerts, feedback, inspections, jobs, model_versions
from powertheft.domain.errors import ChoiceError, StateError

BEGINNINGS = {
    jobs: "queued",
    model_versions: "candidate",
    inspections: "proposed",
    alerts: "open",
    feedback: "open",
}


@pytest.mark.parametrize("machine", BEGINNINGS, ids=lambda machine: machine.__name__)
def test_every_state_is_reached_from_the_first_and_has_its_row(machine):
    reached, new = set(), {BEGINNINGS[machine]}
    while new:
        reached |= new
        new = {to for state in new for to in machine.TRANSITIONS[state].values()} - reached
    assert reached == set(machine.TRANSITIONS)


def test_a_finished_job_stays_finished():
    with pytest.raises(StateError, match="job 7 is done, so it cannot be retried"):
        jobs.next_job_state(7, state="done", act="be retried")


def test_rolling_back_is_promoting_a_retired_version():
    assert model_versions.next_model_state("lists@1", state="retired", act="be promoted") == "champion"


def test_a_refusal_says_what_can_be_done_instead():
    with pytest.raises(StateError, match=r"case 3 is recorded.*What can be done with it now: be corrected, be closed"):
        inspections.next_case_state(3, state="recorded", act="be assigned")


def test_an_outcome_is_one_of_the_words():
    with pytest.raises(ChoiceError, match="an inspection cannot end in 'thief'"):
        inspections.check_outcome("thief")


@pytest.mark.parametrize("chance", [0.0, -0.1, 1.5, float("nan")])
def test_a_chance_of_being_drawn_is_a_chance(chance):
    with pytest.raises(ChoiceError, match="the chance of being drawn is"):
        inspections.check_chance(chance)
