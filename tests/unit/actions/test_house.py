"""Folders that no register knows go again: with the block that made them, or with the next command."""

import pytest

from powertheft.actions.house import House
from powertheft.actions.model_versions import change_model_version, delete_model_version, get_model_version
from powertheft.actions.ports import NewModelVersion, NewScoring
from powertheft.actions.scorings import delete_scoring
from powertheft.domain.errors import ChoiceError


def model(house: House, name: str = "lists") -> str:
    """Register a folder as the next version of a model."""
    with house.new_model(name) as folder:
        (house.home.models / folder).mkdir()
        with house.begin() as work:
            new = NewModelVersion(folder.as_posix(), "steg@1", "lightgbm", {}, {})
            return work.models.add_version(name, new).reference


def scoring(house: House) -> int:
    with house.new_scoring() as folder:
        (house.home.scorings / folder).mkdir()
        with house.begin() as work:
            return work.scorings.add_scoring(NewScoring(folder.as_posix(), "steg@1", "lists@1", 0, {})).number


def left(house: House) -> list[str]:
    return sorted(
        path.name for root in (house.home.models, house.home.scorings) for path in root.rglob("*") if path.is_dir()
    )


def test_what_was_registered_stays(house):
    model(house)
    scoring(house)
    before = left(house)
    house.tidy()
    assert left(house) == before
    assert len(before) == 3
    assert not list(house.home.path.rglob(".*.pending"))


def test_what_was_not_registered_goes_with_all_that_its_writer_kept_beside_it(house):
    def stopped():
        with house.new_model("lists") as folder:
            place = house.home.models / folder
            for name in (place.name, f"{place.name}.search", f".{place.name}.0123abcd.partial"):
                (place.parent / name).mkdir()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert not (house.home.models / "lists").exists()


def test_what_a_killed_process_left_goes_with_the_next_command_and_the_rest_stays(house):
    model(house)
    scoring(house)
    before = left(house)
    for place in (house.home.models / "lists" / "v-0badcafe", house.home.scorings / "s-0badcafe"):
        place.mkdir()
        place.with_name(f".{place.name}.pending").touch()
    house.tidy()
    assert left(house) == before


def test_what_another_process_is_writing_is_left_alone(house):
    with house.new_model("lists") as folder:
        (house.home.models / folder).mkdir()
        house.tidy()
        assert (house.home.models / folder).is_dir()


def test_deleting_a_version_takes_its_folder_and_leaves_its_memory(house):
    first, second = model(house), model(house)
    kept = house.home.models / get_model_version(house, second).folder
    gone = delete_model_version(house, first, reason="too old")
    assert not (house.home.models / gone.folder).exists()
    assert kept.is_dir()
    with house.begin() as work:
        assert [one.number for one in work.models.list_versions("lists", with_deleted=True)] == [1, 2]


def test_deleting_a_scoring_takes_its_folder(house):
    number = scoring(house)
    gone = delete_scoring(house, number, reason="wrong data")
    assert not (house.home.scorings / gone.folder).exists()


def test_a_step_of_a_models_life_needs_its_number_and_a_reason(house):
    model(house)
    with pytest.raises(ChoiceError, match="does not say which version"):
        change_model_version(house, "lists", "be promoted", reason="best")
    with pytest.raises(ChoiceError, match="needs a reason"):
        change_model_version(house, "lists@1", "be promoted", reason=" ")
    assert change_model_version(house, "lists@1", "be promoted", reason="best").state == "champion"
