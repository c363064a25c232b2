"""Rolling back leads to the champion before, and on to the one before that."""

import pytest

from powertheft.actions.model_versions import change_model_version, delete_model_version
from powertheft.actions.ports import NewModelVersion
from powertheft.actions.roll_back import rolls_back_to


@pytest.fixture
def promote(house):
    def register(name: str) -> None:
        with house.begin() as work:
            work.models.add_version(name, NewModelVersion(f"{name}/v-0", "bills@1", "lightgbm", {}, {}))

    for name in ("theft", "theft", "theft", "theft", "other"):
        register(name)
    return lambda number: change_model_version(house, f"theft@{number}", "be promoted", reason="better")


def test_the_first_champion_has_nobody_before_it(house, promote):
    promote(1)
    assert rolls_back_to(house, "theft@1") is None
    assert rolls_back_to(house, "theft@2") is None


def test_each_step_leads_further_back_and_never_to_what_was_given_up(house, promote):
    for number in (1, 2, 3):
        promote(number)
    assert rolls_back_to(house, "theft@3") == "theft@2"
    promote(2)
    assert rolls_back_to(house, "theft@2") == "theft@1"
    promote(1)
    assert rolls_back_to(house, "theft@1") is None
    promote(4)
    assert rolls_back_to(house, "theft@4") == "theft@1"


def test_what_was_deleted_is_not_come_back_to(house, promote):
    promote(1)
    promote(2)
    delete_model_version(house, "theft@1", reason="wrong outcomes")
    assert rolls_back_to(house, "theft@2") is None


def test_champions_of_other_models_are_no_business_of_this_one(house, promote):
    promote(1)
    change_model_version(house, "other@1", "be promoted", reason="first")
    promote(2)
    assert rolls_back_to(house, "theft@2") == "theft@1"
