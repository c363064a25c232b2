"""Model versions and scorings, in each of the databases."""

import pytest

from powertheft.actions.ports import NewModelVersion, NewScoring
from powertheft.domain.errors import ChoiceError, StateError

BUNDLE = NewModelVersion("lists/v-1", "steg@1", "lightgbm", {"seed": 0}, {"pr_auc": {"value": 0.5}})
SCORING = NewScoring("s-1", "steg@1", "lists@1", 3, {"currency": "INR"})


@pytest.fixture
def register(store):
    """A store with three versions of a model."""
    with store.begin("ana") as work:
        for _ in range(3):
            work.models.add_version("lists", BUNDLE)
    return store


def test_versions_are_numbered_and_begin_as_candidates(register):
    with register.begin("ana") as work:
        found = work.models.list_versions("lists")
    assert [(one.reference, one.state, one.created_by) for one in found] == [
        ("lists@1", "candidate", "ana"),
        ("lists@2", "candidate", "ana"),
        ("lists@3", "candidate", "ana"),
    ]
    assert found[0].figures == BUNDLE.figures


def test_promoting_a_version_retires_the_champion_and_rolling_back_brings_it_again(register):
    def states():
        return [one.state for one in work.models.list_versions("lists")]

    with register.begin("ana") as work:
        assert work.models.get_version("lists").number == 3
        work.models.change_state("lists", 1, "be promoted", reason="the first")
        assert work.models.get_version("lists").number == 1
        work.models.change_state("lists", 2, "be promoted", reason="better")
        assert states() == ["retired", "champion", "candidate"]
        work.models.change_state("lists", 1, "be promoted", reason="rolled back")
        assert states() == ["champion", "retired", "candidate"]
        event = work.audit.list_events(last=1)[0]
    assert (event.subject, event.details) == ("lists@1", {"to": "champion", "reason": "rolled back", "replaced": [2]})


def test_the_champion_cannot_be_deleted_and_a_number_is_never_given_again(register):
    with register.begin("ana") as work:
        work.models.change_state("lists", 3, "be promoted", reason="best")
        with pytest.raises(StateError, match="lists@3 is champion, so it cannot be deleted"):
            work.models.delete_version("lists", 3, reason="old")
        work.models.delete_version("lists", 2, reason="old")
        assert [one.number for one in work.models.list_versions("lists")] == [1, 3]
        with pytest.raises(ChoiceError, match="model lists has no version 2"):
            work.models.get_version("lists", 2)
        assert work.models.add_version("lists", BUNDLE).number == 4


def test_who_is_not_there_is_said_with_what_there_is(register):
    with register.begin("ana") as work, pytest.raises(ChoiceError, match=r"no model called list\. There are: lists"):
        work.models.get_version("list")


def test_scorings_are_numbered_listed_newest_first_and_remembered_when_deleted(store):
    with store.begin("ana") as work:
        with pytest.raises(ChoiceError, match="nothing has been scored yet"):
            work.scorings.get_scoring()
        first, second = work.scorings.add_scoring(SCORING), work.scorings.add_scoring(SCORING)
        assert [one.number for one in work.scorings.list_scorings()] == [second.number, first.number]
        assert work.scorings.get_scoring() == second
        work.scorings.delete_scoring(second.number, reason="wrong data")
        assert work.scorings.get_scoring() == first
        assert len(work.scorings.list_scorings(with_deleted=True)) == 2
        with pytest.raises(ChoiceError, match="there is no scoring 2"):
            work.scorings.delete_scoring(second.number, reason="twice")
