"""A model that is not whole is refused before anything is used of it, and the faulty file is named."""

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.conftest import World
from tests.integration.refusals import JUDGING, Place, words

FILES = (
    "manifest.json",
    "manifest.sha256",
    "estimator.skops",
    "booster.txt",
    "calibration.json",
    "reference.json",
    "golden.json",
    "used_consumers.bin",
    "attachments/profile.json",
)

every_command = pytest.mark.parametrize("command", JUDGING)
every_file = pytest.mark.parametrize("name", FILES)
some_files = pytest.mark.parametrize("name", ["manifest.json", "estimator.skops", "attachments/profile.json"])


def known_as(name: str) -> str:
    """The manifest and its sum vouch for each other: which of the two is damaged cannot be told."""
    return "manifest" if name == "manifest.sha256" else name


def refused(place: Place, world: World, command: str, model: object, *says: object) -> str:
    return place.refused(*words(command, world.other_table, profile="table", model=model), says=says)


@pytest.fixture
def model(place: Place, world: World) -> Path:
    return place.copy(world.table_model)


def test_these_are_all_its_files(world: World) -> None:
    found = {str(path.relative_to(world.table_model)) for path in world.table_model.rglob("*") if path.is_file()}
    assert found == set(FILES)


@every_command
@every_file
def test_a_byte_in_the_middle_has_changed(place: Place, world: World, model: Path, command: str, name: str) -> None:
    data = bytearray((model / name).read_bytes())
    data[len(data) // 2] ^= 1
    (model / name).write_bytes(data)
    refused(place, world, command, model, known_as(name))


@every_file
def test_the_last_byte_has_changed(place: Place, world: World, model: Path, name: str) -> None:
    data = bytearray((model / name).read_bytes())
    data[-1] ^= 0x80
    (model / name).write_bytes(data)
    refused(place, world, "score", model, known_as(name))


@some_files
def test_a_file_has_lost_its_last_byte(place: Place, world: World, model: Path, name: str) -> None:
    (model / name).write_bytes((model / name).read_bytes()[:-1])
    refused(place, world, "score", model, known_as(name))


@every_command
@every_file
def test_a_file_is_missing(place: Place, world: World, model: Path, command: str, name: str) -> None:
    (model / name).unlink()
    refused(place, world, command, model, known_as(name))


@some_files
def test_a_file_is_empty(place: Place, world: World, model: Path, name: str) -> None:
    (model / name).write_bytes(b"")
    refused(place, world, "score", model, known_as(name))


@some_files
def test_a_folder_stands_where_a_file_should(place: Place, world: World, model: Path, name: str) -> None:
    (model / name).unlink()
    (model / name).mkdir()
    refused(place, world, "score", model, known_as(name))


@every_command
@pytest.mark.parametrize("name", ["notes.txt", "attachments/more.json", "estimator.pkl"])
def test_there_is_a_file_too_many(place: Place, world: World, model: Path, command: str, name: str) -> None:
    (model / name).write_text("{}")
    refused(place, world, command, model, known_as(name))


@every_command
def test_the_manifest_is_no_json(place: Place, world: World, model: Path, command: str) -> None:
    (model / "manifest.json").write_text("{")
    refused(place, world, command, model, "manifest.json")


def test_a_file_of_another_model(place: Place, world: World, model: Path) -> None:
    shutil.copyfile(world.model / "booster.txt", model / "booster.txt")
    refused(place, world, "score", model, "booster.txt")


@every_command
class TestWhatIsNoModel:
    def test_an_empty_folder(self, place: Place, world: World, command: str) -> None:
        (place.work / "nothing").mkdir()
        refused(place, world, command, "nothing", "nothing")

    def test_a_folder_of_other_things(self, place: Place, world: World, command: str) -> None:
        refused(place, world, command, world.export, world.export)

    def test_a_file(self, place: Place, world: World, command: str) -> None:
        refused(place, world, command, world.table, world.table)

    def test_a_path_that_does_not_exist(self, place: Place, world: World, command: str) -> None:
        refused(place, world, command, "nowhere", "nowhere")


def test_a_refused_model_leaves_an_earlier_list_alone(place: Place, world: World, model: Path) -> None:
    (place.work / "ranked.csv").write_text("an earlier list\n")
    (model / "golden.json").write_text(json.dumps({}))
    refused(place, world, "score", model, "golden.json")
