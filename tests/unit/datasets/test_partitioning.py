"""Parts in order are the whole in key order."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.datasets.partitioning import ConsumerSample, Partitioner, boundaries_of

IDS = st.text("abcdefghijklm0123é", min_size=1, max_size=4)


@given(batches=st.lists(st.lists(st.none() | IDS, max_size=8), max_size=5), bounds=st.sets(IDS, max_size=4))
@settings(max_examples=50, deadline=None)
def test_sorted_parts_in_order_are_the_sorted_whole(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[str | None]], bounds: set[str]
) -> None:
    partitioner = Partitioner(tmp_path_factory.mktemp("scratch"), sorted(bounds))
    frames = [
        pl.DataFrame({"consumer_id": pl.Series(ids, dtype=pl.String), "batch": [number] * len(ids)}, strict=False).cast(
            {"batch": pl.Int64}
        )
        for number, ids in enumerate([*batches, ["z"]])
    ]
    for frame in frames:
        partitioner.add("readings", frame)
    parts = [part["readings"].sort("consumer_id", "batch") for part in partitioner.parts()]
    assert len(parts) == len(bounds) + 1
    assert pl.concat(parts).equals(pl.concat(frames).sort("consumer_id", "batch"))


def test_the_rows_of_a_part_keep_the_order_in_which_they_came(tmp_path: Path) -> None:
    partitioner = Partitioner(tmp_path, ["m"])
    for start in range(0, 9, 3):
        rows = range(start, start + 3)
        partitioner.add("readings", pl.DataFrame({"consumer_id": ["a", "z", "a"], "row": list(rows)}))
    assert [part["readings"]["row"].to_list() for part in partitioner.parts()] == [[0, 2, 3, 5, 6, 8], [1, 4, 7]]


def test_more_rows_than_are_held_back_come_through(tmp_path: Path) -> None:
    # 3 x 300,000 rows exceed the 500,000 that are held, so that files are written on the way.
    partitioner = Partitioner(tmp_path, ["500000"])
    frame = pl.select(consumer_id=pl.int_range(300_000, 600_000).cast(pl.String))
    for _ in range(3):
        partitioner.add("readings", frame)
    assert [part["readings"].height for part in partitioner.parts()] == [600_000, 300_000]
    assert list(tmp_path.rglob("*.arrow"))
    assert [partitioner.take(part)["readings"].height for part in range(partitioner.count)] == [600_000, 300_000]
    assert not list(tmp_path.rglob("*.arrow"))


def test_words_that_come_again_and_again_come_back_as_words(tmp_path: Path) -> None:
    partitioner = Partitioner(tmp_path, [])
    for word in ("OK", "BT"):
        partitioner.add("readings", pl.DataFrame({"consumer_id": ["1"] * 300_000, "meter_status": [word] * 300_000}))
    (part,) = partitioner.parts()
    assert part["readings"].schema == {"consumer_id": pl.String, "meter_status": pl.String}
    assert part["readings"]["meter_status"].value_counts().sort("meter_status").rows() == [
        ("BT", 300_000),
        ("OK", 300_000),
    ]


def test_every_part_has_every_table_and_what_knows_no_consumer_lies_in_the_first(tmp_path: Path) -> None:
    partitioner = Partitioner(tmp_path, ["b"])
    partitioner.add("consumers", pl.DataFrame({"consumer_id": ["b", None]}))
    partitioner.add("transformer_readings", pl.DataFrame({"transformer_id": ["t9"]}))
    partitioner.add("payments", pl.DataFrame(schema={"consumer_id": pl.String}))
    first, second = partitioner.parts()
    assert {table: frame.height for table, frame in first.items()} == {
        "consumers": 1,
        "transformer_readings": 1,
        "payments": 0,
    }
    assert first["consumers"]["consumer_id"].to_list() == [None]
    assert second["consumers"]["consumer_id"].to_list() == ["b"]
    assert second["transformer_readings"].schema == {"transformer_id": pl.String}


def test_the_parts_may_be_asked_for_twice(tmp_path: Path) -> None:
    partitioner = Partitioner(tmp_path, [])
    partitioner.add("consumers", pl.DataFrame({"consumer_id": ["b"]}))
    once, twice = (list(partitioner.parts()) for _ in range(2))
    assert once[0]["consumers"].equals(twice[0]["consumers"])


def test_batches_with_different_columns_are_refused(tmp_path: Path) -> None:
    partitioner = Partitioner(tmp_path, [])
    partitioner.add("consumers", pl.DataFrame({"consumer_id": ["b"]}))
    with pytest.raises(ValueError, match="two batches of consumers have different columns"):
        partitioner.add("consumers", pl.DataFrame({"consumer_id": [1]}))


def test_the_order_of_a_batchs_columns_does_not_matter(tmp_path: Path) -> None:
    partitioner = Partitioner(tmp_path, [])
    partitioner.add("consumers", pl.DataFrame({"consumer_id": ["a"], "section": ["N"]}))
    partitioner.add("consumers", pl.DataFrame({"section": ["S"], "consumer_id": ["b"]}))
    (part,) = partitioner.parts()
    assert part["consumers"].rows() == [("a", "N"), ("b", "S")]


def test_boundaries_that_do_not_rise_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="must rise"):
        Partitioner(tmp_path, ["b", "a"])


def test_boundaries_cut_the_rows_into_even_parts() -> None:
    # 1,000 consumers with one row each in parts of at most 250: a new part at every 250th.
    ids = pl.select(pl.int_range(1_000).cast(pl.String).str.zfill(4)).to_series()
    assert boundaries_of(ids, 1_000, rows_a_part=250) == ("0250", "0500", "0750")


def test_boundaries_follow_the_rows_and_not_the_consumers() -> None:
    # b has 8 of 10 rows and cannot be cut: it is a part of its own, a before it.
    ids = pl.Series(["a", *"bbbbbbbb", "c"])
    assert boundaries_of(ids, 10, rows_a_part=3) == ("b",)


@pytest.mark.parametrize("ids", [[], [None, None], ["a"], ["a", "a", "a"]])
def test_where_there_is_nothing_to_cut_there_is_one_part(ids: list[str | None]) -> None:
    assert boundaries_of(pl.Series(ids, dtype=pl.String), 100, rows_a_part=1) == ()


@given(cuts=st.lists(st.integers(0, 1_000), max_size=6))
@settings(max_examples=30, deadline=None)
def test_a_sample_is_small_even_and_the_same_however_the_rows_are_cut(cuts: list[int]) -> None:
    ids = pl.select(pl.int_range(1_000).cast(pl.String)).to_series()
    places = [0, *sorted(cuts), 1_000]
    sample = ConsumerSample(limit=50)
    for start, end in pairwise(places):
        sample.add(ids[start:end])
    # Every 16th: steps double from 1 until fewer than 2 x 50 of 1,000 are kept.
    assert sample.rows == 1_000
    assert sample.consumers.to_list() == [str(number) for number in range(0, 1_000, 16)]
