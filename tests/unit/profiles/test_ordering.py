"""Rows in the order of their key, whichever way is taken to it."""

from datetime import date, timedelta

import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from powertheft.domain.tables import SOURCE_ROW, TABLES
from powertheft.profiles.ordering import HEX_DIGITS, in_order

READINGS = TABLES["readings"]
FIRST = date(2020, 1, 1)
# Two of these begin with the same digits: what is fast to compare does not tell them apart.
CONSUMERS = ["0" * HEX_DIGITS + "1", "0" * HEX_DIGITS + "0", "f" * 16, "7" * 16, "a" * 20, None]


def frame_of(rows: list[tuple[str | None, str | None, int, int]]) -> pl.DataFrame:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    return pl.DataFrame(
        {
            "consumer_id": pl.Series(columns[0], dtype=pl.String),
            "commodity": pl.Series(["electricity"] * len(rows), dtype=pl.String),
            "meter_id": pl.Series(columns[1], dtype=pl.String),
            "read_on": pl.Series([FIRST + timedelta(days=day) for day in columns[2]], dtype=pl.Date),
            "energy": pl.Series(columns[3], dtype=pl.Float64),
            SOURCE_ROW: pl.Series(range(2, len(rows) + 2), dtype=pl.Int64),
        }
    )


def sorted_plainly(frame: pl.DataFrame) -> pl.DataFrame:
    keys = ["consumer_id", "commodity", "meter_id", "read_on"]
    ordered = frame.sort([*keys, "energy", SOURCE_ROW], maintain_order=True)
    count = pl.int_range(pl.len(), dtype=pl.Int64).over(keys)
    return ordered.insert_column(4, ordered.select(count.alias("sequence")).to_series())


@given(
    st.lists(
        st.tuples(
            st.sampled_from(CONSUMERS),
            st.sampled_from(["m1", "m2", None]),
            st.integers(0, 3),
            st.integers(0, 2),
        ),
        max_size=30,
    ),
    st.booleans(),
)
def test_the_order_is_that_of_a_plain_sort(rows, is_ledger):
    """A ledger is written month by month; then the quick way is taken, unless two pseudonyms begin alike."""
    rows = sorted(rows, key=lambda row: (row[2], row[1] or "", row[3])) if is_ledger else rows
    frame = frame_of(rows)
    assert_frame_equal(in_order(frame, READINGS), sorted_plainly(frame))


def test_consumers_by_their_own_numbers_are_sorted_as_words():
    frame = frame_of([("10", None, 0, 1), ("9", None, 0, 1), ("10", None, 0, 0)])
    assert in_order(frame, READINGS)["consumer_id"].to_list() == ["10", "10", "9"]
    assert in_order(frame, READINGS)["sequence"].to_list() == [0, 1, 0]
