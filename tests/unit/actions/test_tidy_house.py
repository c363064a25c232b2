"""What was given up goes with the next command: uploads after a day, photos of no case after a week."""

import io
import os
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from PIL import Image

from powertheft.actions import inspections, intakes
from powertheft.actions.house import House
from powertheft.actions.inspection_photos import add_photo, read_photo
from powertheft.actions.tidy_house import tidy_house
from powertheft.bootstrap import Container
from powertheft.domain.inspections import Finding, NewCase


def picture(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(made, "JPEG")
    return made.getvalue()


def age(path: Path, days: float) -> None:
    """Make everything below a folder as old as that."""
    then = time.time() - timedelta(days=days).total_seconds()
    for found in [*path.rglob("*"), path]:
        os.utime(found, (then, then))


@pytest.fixture
def visited(house: House) -> House:
    """A house with a case that is on the way."""
    with house.begin() as work:
        work.inspections.propose([NewCase("steg", "c1", "list", 1.0)])
    inspections.assign_cases(house, [1], to="ana")
    return house


def names(house: House) -> list[str]:
    return sorted(path.name for path in (house.home.path / "inspections").rglob("*.jpg"))


def test_a_photo_that_no_case_holds_goes_after_a_week_and_not_before(visited):
    name = add_photo(visited, 1, picture("red"))
    age(visited.home.path / "inspections", 6)
    tidy_house(visited)
    assert names(visited) == [name]
    age(visited.home.path / "inspections", 8)
    tidy_house(visited)
    assert not (visited.home.path / "inspections" / "case-000001").exists()


def test_a_photo_of_a_finding_stays_also_after_it_was_corrected(visited):
    first, second, stray = (add_photo(visited, 1, picture(colour)) for colour in ("red", "green", "blue"))
    inspections.record_finding(visited, 1, Finding("theft", date.today(), photos=(first,)))
    inspections.correct_finding(visited, 1, note="wrong house")
    inspections.record_finding(visited, 1, Finding("normal", date.today(), photos=(second,)))
    age(visited.home.path / "inspections", 30)
    tidy_house(visited)
    assert names(visited) == sorted([first, second])
    assert stray not in names(visited)
    assert read_photo(visited, 1, first)


def test_photos_of_a_case_that_never_was_go(house):
    folder = house.home.path / "inspections" / "case-000777"
    folder.mkdir(parents=True)
    (folder / ("0" * 24 + ".jpg")).write_bytes(picture("red"))
    age(folder, 8)
    tidy_house(house)
    assert not folder.exists()


def test_the_next_command_removes_an_upload_that_was_given_up(tmp_path):
    with Container().open_house(tmp_path / "home") as house:
        given_up = intakes.folder_of(house, intakes.start(house).token)
    age(given_up, 0.9)
    with Container().open_house(tmp_path / "home"):
        assert given_up.is_dir()
    age(given_up, 1.1)
    with Container().open_house(tmp_path / "home"):
        assert not given_up.exists()
