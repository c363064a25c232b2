"""Folders are there whole or not at all, and what was left half done is finished or removed."""

from pathlib import Path

import pytest

from powertheft.domain.errors import OutputError
from powertheft.domain.folders import locked_folder, new_folder, remove_folder, remove_unfinished


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_folder_has_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    with new_folder(tmp_path / "new") as folder:
        (folder / "a").write_text("1")
        assert not (tmp_path / "new").exists()
    assert names(tmp_path) == ["new"]
    assert names(tmp_path / "new") == ["a"]


def test_where_filling_fails_nothing_is_left_not_even_the_folders_above(tmp_path: Path) -> None:
    def fill() -> None:
        with new_folder(tmp_path / "x" / "y" / "new") as folder:
            (folder / "a").write_text("1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fill()
    assert names(tmp_path) == []


def test_what_stands_in_the_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "a").write_text("1")
    with (
        pytest.raises(OutputError, match=r"new: is there already\. Choose another place\."),
        new_folder(tmp_path / "new"),
    ):
        pass
    assert names(tmp_path) == ["new"]
    assert (tmp_path / "new" / "a").read_text() == "1"


def test_a_removed_folder_is_gone(tmp_path: Path) -> None:
    (tmp_path / "new" / "a").mkdir(parents=True)
    (tmp_path / "new" / "a" / "b").write_text("1")
    remove_folder(tmp_path / "new")
    assert names(tmp_path) == []
    with pytest.raises(OutputError, match="cannot be removed"):
        remove_folder(tmp_path / "new")


@pytest.mark.parametrize("ending", ["partial", "removed"])
def test_what_was_left_half_done_is_removed_and_nothing_else(tmp_path: Path, ending: str) -> None:
    (tmp_path / f".bills.0123abcd.{ending}" / "tables").mkdir(parents=True)
    for name in (".git", ".bills.partial", f".bills.0123abcx.{ending}", "bills"):
        (tmp_path / name).mkdir()
    assert remove_unfinished(tmp_path) == 1
    assert names(tmp_path) == sorted([".git", ".bills.partial", f".bills.0123abcx.{ending}", "bills"])


def test_what_is_being_filled_is_not_taken_for_left_behind(tmp_path: Path) -> None:
    with new_folder(tmp_path / "new") as folder, locked_folder(tmp_path / "work") as scratch:
        assert remove_unfinished(tmp_path) == 0
        assert folder.is_dir()
        assert scratch.is_dir()
    assert names(tmp_path) == ["new"]


def test_a_folder_that_is_not_there_holds_nothing_unfinished(tmp_path: Path) -> None:
    assert remove_unfinished(tmp_path / "nothing") == 0
