"""Finding files by the names that a profile gives them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
import pytest

from powertheft.domain.errors import InputError
from powertheft.sources.files import locate, read_file, read_files

NOBODY = 65534


@contextmanager
def without_rights(path: Path) -> Iterator[None]:
    """Take away the right to read: as root by becoming nobody, else by the file's mode."""
    if os.geteuid() == 0:
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        mode = path.stat().st_mode
        path.chmod(0)
        try:
            yield
        finally:
            path.chmod(mode)


def touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("a,b\n1,2\n")


def test_a_folder_gives_the_file_of_each_stem(tmp_path: Path) -> None:
    touch(tmp_path, "client.csv", "Invoice.CSV.GZ", "notes.txt", "client.xlsx")
    found = locate(tmp_path, ["client", "invoice"])
    assert {stem: path.name for stem, path in found.items()} == {"client": "client.csv", "invoice": "Invoice.CSV.GZ"}


@pytest.mark.parametrize("name", ["bills.csv", "bills.csv.gz", "bills.csv.zst", "bills.parquet", "bills.parq"])
def test_every_ending_is_found(tmp_path: Path, name: str) -> None:
    touch(tmp_path, name)
    assert locate(tmp_path, ["bills"]) == {"bills": tmp_path / name}


def test_the_files_themselves_may_come_from_several_folders(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    touch(tmp_path / "one", "client.csv")
    touch(tmp_path / "two", "invoice.csv", "client.csv")
    files = [tmp_path / "one" / "client.csv", tmp_path / "two" / "invoice.csv"]
    assert list(locate(files, ["client", "invoice"]).values()) == files


def test_a_stem_that_may_be_absent_is_left_out(tmp_path: Path) -> None:
    touch(tmp_path, "bills.csv")
    assert set(locate(tmp_path, ["bills"], optional=["payments"])) == {"bills"}


def test_a_stem_that_one_table_needs_and_another_does_not_must_be_there(tmp_path: Path) -> None:
    touch(tmp_path, "invoice.csv")
    with pytest.raises(InputError, match="expects a file client"):
        locate(tmp_path, ["client", "invoice"], optional=["client"])


def test_a_star_is_the_only_file_whatever_its_name(tmp_path: Path) -> None:
    touch(tmp_path, "kunden 2024 [final].csv")
    found = locate(tmp_path, ["*"])
    assert found["*"].name == "kunden 2024 [final].csv"
    assert read_file(found["*"])[0].to_dict(as_series=False) == {"a": ["1"], "b": ["2"]}


def test_a_missing_file_says_what_is_there_and_asks_for_the_profile(tmp_path: Path) -> None:
    touch(tmp_path, "kunden.csv")
    with pytest.raises(InputError) as caught:
        locate(tmp_path, ["client", "invoice"], profile="steg")
    message = str(caught.value)
    for part in ("steg", "client.csv", "client.parquet", "there is kunden.csv", "right profile"):
        assert part in message


def test_a_folder_without_data_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file that can be read"):
        locate(tmp_path, ["client"])


def test_two_files_of_one_stem_are_refused(tmp_path: Path) -> None:
    touch(tmp_path, "client.csv", "client.parquet")
    with pytest.raises(InputError, match=r"2 files for client: client\.csv, client\.parquet"):
        locate(tmp_path, ["client"])
    with pytest.raises(InputError, match="the profile table reads one file, but there are 2"):
        locate(tmp_path, ["*"], profile="table")


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or folder"):
        locate(tmp_path / "nowhere", ["client"])


def test_a_file_of_a_foreign_kind_is_refused_with_the_kinds_on_offer(tmp_path: Path) -> None:
    touch(tmp_path, "client.xlsx")
    with pytest.raises(InputError, match=r"\.csv, \.csv\.gz, \.csv\.zst, \.parquet"):
        locate([tmp_path / "client.xlsx"], ["client"])
    with pytest.raises(InputError, match="not read here"):
        read_file(tmp_path / "client.xlsx")


def test_without_the_right_to_read_one_is_told_so(tmp_path: Path) -> None:
    touch(tmp_path, "client.csv")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "invoice.parquet")
    for name in ("client.csv", "invoice.parquet"):
        with without_rights(tmp_path / name), pytest.raises(InputError, match="may not be read") as caught:
            read_file(tmp_path / name)
        assert caught.value.advice == "Ask for the right to read it."
    with without_rights(tmp_path), pytest.raises(InputError, match=r"may not be (opened|read)"):
        read_files(locate([tmp_path / "client.csv"], ["client"]))
