"""Named choices of features: shared, told apart by name, safe with two people at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from powertheft.actions.feature_sets import delete_feature_set, get_feature_set, list_feature_sets, save_feature_set
from powertheft.domain.errors import AccessError, ChoiceError
from powertheft.domain.permissions import ROLES, Actor


def test_a_set_is_found_again_with_its_features_in_order(house):
    save_feature_set(house, "pilot", ["use_12m", "zero_months", "use_12m"], note=" for section 0432 ")
    found = get_feature_set(house, "pilot")
    assert (found.features, found.note, found.created_by) == (("use_12m", "zero_months"), "for section 0432", "ana")
    assert [one.name for one in list_feature_sets(house)] == ["pilot"]


def test_of_two_who_save_under_one_name_at_once_one_is_told_that_it_is_taken(house):
    def save(feature: str) -> str:
        try:
            return save_feature_set(house, "pilot", [feature]).features[0]
        except ChoiceError as error:
            return error.what

    with ThreadPoolExecutor(8) as together:
        said = list(together.map(save, [f"feature_{one}" for one in range(8)]))
    won = [words for words in said if words.startswith("feature_")]
    assert won == [get_feature_set(house, "pilot").features[0]]
    assert sum("already" in words for words in said) == 7
    assert len(list((house.home.path / "feature-sets").iterdir())) == 1


def test_what_changed_is_in_the_audit_trail_and_what_was_refused_is_not(house):
    save_feature_set(house, "pilot", ["use_12m"])
    with pytest.raises(ChoiceError, match="already"):
        save_feature_set(house, "pilot", ["zero_months"])
    delete_feature_set(house, "pilot")
    with house.begin() as work:
        told = [event.action for event in work.audit.list_events(subject="pilot")]
    assert sorted(told) == ["feature_set.deleted", "feature_set.saved"]
    assert list_feature_sets(house) == []


@pytest.mark.parametrize("name", ["", "../pilot", "a/b", ".hidden"])
def test_a_name_that_could_be_a_path_is_refused(house, name):
    with pytest.raises(ChoiceError, match="cannot be called"):
        save_feature_set(house, name, ["use_12m"])


def test_an_empty_set_and_one_that_is_not_there_are_refused_with_what_to_do(house):
    with pytest.raises(ChoiceError, match="no feature is chosen"):
        save_feature_set(house, "pilot", [])
    with pytest.raises(ChoiceError, match="no feature set called pilot"):
        delete_feature_set(house, "pilot")


def test_who_only_reads_saves_and_deletes_nothing(house):
    auditor = house.for_actor(Actor("otto", ROLES["auditor"]))
    assert list_feature_sets(auditor) == []
    with pytest.raises(AccessError):
        save_feature_set(auditor, "pilot", ["use_12m"])
