"""A version is written whole or not at all, never changes, and comes back as it was written."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from tests.unit.datasets.conftest import RECIPE, Parts, made, readings

from powertheft.datasets.reading import read_consumer, read_manifest, read_version, remove_version
from powertheft.datasets.writing import MANIFEST, MANIFEST_SUM, sum_line, write_version
from powertheft.domain.datasets import ManifestBase, manifest_from_json
from powertheft.domain.errors import InputError, OutputError

EVERY_FILE = {
    "manifest.json",
    "manifest.sha256",
    "profile.json",
    "quality.json",
    "summary.json",
    "tables/consumers/part-00000.parquet",
    "tables/consumers/part-00001.parquet",
    "tables/readings/part-00000.parquet",
    "tables/readings/part-00001.parquet",
}


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_version_comes_back_as_it_was_written(tmp_path: Path, parts: Parts) -> None:
    version = made(tmp_path / "1", parts)
    assert files_of(tmp_path / "1") == EVERY_FILE
    assert version.manifest.recipe == RECIPE
    assert version.manifest.rows == {"consumers": 3, "readings": 4}
    assert (version.profile, version.quality) == (RECIPE.profile, {"findings": []})
    for table in ("consumers", "readings"):
        assert version.tables[table].collect().equals(pl.concat([part[table] for part in parts]))


def test_a_manifest_survives_json(tmp_path: Path, parts: Parts) -> None:
    manifest = made(tmp_path / "1", parts).manifest
    assert manifest_from_json(json.loads(json.dumps(manifest.to_json()))) == manifest


def test_the_hash_does_not_depend_on_parts_place_recipe_or_the_row_of_the_file(tmp_path: Path, parts: Parts) -> None:
    whole = {table: pl.concat([part[table] for part in parts]).with_row_index("source_row") for table in parts[0]}
    one = made(tmp_path / "1", parts).manifest
    other = RECIPE.__class__(sources=(), profile={"name": "another"})
    two = made(tmp_path / "elsewhere" / "2", [whole], other).manifest
    assert one.content_hash == two.content_hash
    assert [column.name for column in two.tables["readings"].columns] == parts[0]["readings"].columns


def test_the_same_parts_give_the_same_bytes(tmp_path: Path, parts: Parts) -> None:
    one, two = (made(tmp_path / name, parts).manifest for name in "12")
    assert one.sha256 == two.sha256


def test_columns_may_come_in_another_order_in_a_later_part(tmp_path: Path, parts: Parts) -> None:
    turned = [parts[0], {table: frame.select(reversed(frame.columns)) for table, frame in parts[1].items()}]
    one, two = made(tmp_path / "1", parts), made(tmp_path / "2", turned)
    assert one.manifest.content_hash == two.manifest.content_hash
    assert two.tables["readings"].collect().equals(one.tables["readings"].collect())


def test_a_table_without_rows_is_kept_with_its_columns(tmp_path: Path, parts: Parts) -> None:
    payments = pl.DataFrame(schema={"consumer_id": pl.String, "paid_on": pl.Date, "amount": pl.Float64})
    version = made(tmp_path / "1", [{**part, "payments": payments} for part in parts])
    assert version.manifest.rows["payments"] == 0
    assert version.tables["payments"].collect().equals(payments)


def test_the_quality_is_asked_for_after_the_last_part(tmp_path: Path, parts: Parts) -> None:
    seen: list[int] = []

    def given() -> Iterator[dict[str, pl.DataFrame]]:
        for part in parts:
            seen.append(part["readings"].height)
            yield dict(part)

    write_version(tmp_path / "1", given(), manifest_base=lambda: ManifestBase(RECIPE, {"seen": list(seen)}))
    assert read_version(tmp_path / "1").quality == {"seen": [3, 1]}


def test_one_consumer_is_read_from_every_table_that_knows_consumers(tmp_path: Path, parts: Parts) -> None:
    transformers = pl.DataFrame({"transformer_id": ["t"], "read_on": [None]}, schema_overrides={"read_on": pl.Date})
    version = made(tmp_path / "1", [{**parts[0], "transformer_readings": transformers}, parts[1]])
    found = read_consumer(version, "a")
    assert {table: frame.height for table, frame in found.items()} == {"consumers": 1, "readings": 2}
    assert read_consumer(version, "nobody")["readings"].is_empty()


@pytest.mark.parametrize("name", sorted(EVERY_FILE))
def test_one_changed_byte_anywhere_is_found(tmp_path: Path, parts: Parts, name: str) -> None:
    made(tmp_path / "1", parts)
    path = tmp_path / "1" / name
    content = bytearray(path.read_bytes())
    for place in {0, len(content) // 2, len(content) - 1}:
        content[place] ^= 1
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"is damaged: .* is not as it was written"):
            read_version(tmp_path / "1", verify=True)
        content[place] ^= 1
    path.write_bytes(content)
    read_version(tmp_path / "1", verify=True)


@pytest.mark.parametrize("name", sorted(EVERY_FILE))
def test_a_missing_file_is_found_without_reading_the_others(tmp_path: Path, parts: Parts, name: str) -> None:
    made(tmp_path / "1", parts)
    (tmp_path / "1" / name).unlink()
    with pytest.raises(InputError, match=r"is not complete|is not a dataset version"):
        read_version(tmp_path / "1")


def test_a_file_too_many_is_found(tmp_path: Path, parts: Parts) -> None:
    made(tmp_path / "1", parts)
    (tmp_path / "1" / "tables" / "readings" / "part-00002.parquet").write_bytes(b"")
    with pytest.raises(InputError, match=r"does not belong to it: tables/readings/part-00002\.parquet"):
        read_version(tmp_path / "1")


def test_what_is_no_version_is_said_to_be_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a dataset version"):
        read_version(tmp_path)
    with pytest.raises(InputError, match="there is no dataset version here"):
        read_version(tmp_path / "nothing")


def test_a_version_of_a_newer_powertheft_is_refused(tmp_path: Path, parts: Parts) -> None:
    made(tmp_path / "1", parts)
    document = json.loads((tmp_path / "1" / MANIFEST).read_bytes())
    newer = json.dumps({**document, "format_version": 2}).encode()
    (tmp_path / "1" / MANIFEST).write_bytes(newer)
    (tmp_path / "1" / MANIFEST_SUM).write_bytes(sum_line(newer))
    with pytest.raises(InputError, match=r"was written by a newer powertheft \(.+\)\. Update powertheft"):
        read_version(tmp_path / "1")


def test_a_manifest_that_lacks_its_tables_is_refused(tmp_path: Path, parts: Parts) -> None:
    made(tmp_path / "1", parts)
    document = json.loads((tmp_path / "1" / MANIFEST).read_bytes())
    del document["tables"]
    broken = json.dumps(document).encode()
    (tmp_path / "1" / MANIFEST).write_bytes(broken)
    (tmp_path / "1" / MANIFEST_SUM).write_bytes(sum_line(broken))
    with pytest.raises(InputError, match="the manifest of the dataset version is not as it was written"):
        read_manifest(tmp_path / "1")


def test_a_version_is_never_written_over(tmp_path: Path, parts: Parts) -> None:
    before = made(tmp_path / "1", parts).manifest
    with pytest.raises(OutputError, match="is there already"):
        made(tmp_path / "1", parts[:1])
    assert read_version(tmp_path / "1", verify=True).manifest == before
    assert [path.name for path in tmp_path.iterdir()] == ["1"]


def test_where_a_part_fails_nothing_is_left(tmp_path: Path, parts: Parts) -> None:
    def given() -> Iterator[dict[str, pl.DataFrame]]:
        yield dict(parts[0])
        msg = "not a number"
        raise InputError(msg, file="bills.csv", row=5)

    with pytest.raises(InputError, match="not a number"):
        write_version(tmp_path / "new" / "1", given(), manifest_base=lambda: ManifestBase(RECIPE, {}))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_may_not_be_written_to_is_refused(tmp_path: Path, parts: Parts) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="you may not write here"):
        made(tmp_path / "1", parts)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (readings([]).drop("read_on"), r"readings lacks the key columns \['read_on'\]"),
        (readings([]).cast({"energy": pl.String}), r"readings\.energy holds text, not number"),
    ],
    ids=["key", "type"],
)
def test_a_frame_without_the_canonical_shape_is_a_defect(tmp_path: Path, frame: pl.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        made(tmp_path / "1", [{"readings": frame}])
    assert list(tmp_path.iterdir()) == []


def test_a_removed_version_is_gone_and_nothing_else_is(tmp_path: Path, parts: Parts) -> None:
    for name in "12":
        made(tmp_path / name, parts)
    remove_version(tmp_path / "1")
    assert [path.name for path in tmp_path.iterdir()] == ["2"]
    (tmp_path / "letters").mkdir()
    with pytest.raises(InputError, match="is not a dataset version"):
        remove_version(tmp_path / "letters")
    assert (tmp_path / "letters").is_dir()
