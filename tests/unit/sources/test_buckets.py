"""Files in an object store, against a real server of its protocol."""

from pathlib import Path

import pytest
import s3fs

from powertheft.domain.errors import InputError
from powertheft.sources.tables import open_tables


def test_one_object_is_read_as_the_file_would_be(bucket: s3fs.S3FileSystem, scratch: Path) -> None:
    bucket.pipe("utility/2025/bills.csv", b"SC_NO;KWH\n007;1,5\n")
    (table,) = open_tables("s3://utility/2025/bills.csv", scratch=scratch)
    assert table.stem == "bills"
    assert table.frame.collect().to_dicts() == [{"SC_NO": "007", "KWH": "1,5"}]
    assert table.parts[0].path == "s3://utility/2025/bills.csv"
    assert table.parts[0].size == 18


def test_what_lies_below_a_prefix_is_read_as_a_folder_is(bucket: s3fs.S3FileSystem, scratch: Path) -> None:
    bucket.pipe("utility/in/bills_2025_02.csv", b"SC_NO,KWH\n2,20\n")
    bucket.pipe("utility/in/bills_2025_01.csv", b"SC_NO,KWH\n1,10\n")
    bucket.pipe("utility/in/picture.png", b"no table")
    (table,) = open_tables("s3://utility/in/", scratch=scratch)
    assert table.frame.collect()["SC_NO"].to_list() == ["1", "2"]
    assert table.place_of(1) == ("bills_2025_02.csv", 2)


@pytest.mark.parametrize("place", ["s3://utility/none.csv", "s3://utility/none/", "s3://nobody/x.csv"])
def test_what_is_not_there_is_said_and_leaves_nothing(bucket: s3fs.S3FileSystem, scratch: Path, place: str) -> None:
    with pytest.raises(InputError) as caught:
        open_tables(place, scratch=scratch)
    assert caught.value.file == place
    assert caught.value.advice
    assert not list(scratch.iterdir())


def test_a_store_that_does_not_answer_is_refused_without_its_secrets(
    bucket: s3fs.S3FileSystem, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(InputError, match="cannot be reached") as caught:
        open_tables("s3://utility/x.csv", scratch=scratch)
    assert "testing-secret" not in str(caught.value)
