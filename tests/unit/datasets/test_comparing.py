"""A diff says what changed; every expected number is counted by hand from the few rows given."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.datasets.conftest import RECIPE, Parts, consumers, made, readings

from powertheft.datasets.comparing import diff
from powertheft.domain.datasets import Recipe
from powertheft.domain.differences import Difference

BILLS = readings([("a", 1, 10.0), ("a", 3, None), ("b", 1, 7.0), ("c", 2, 0.0)])
BEFORE = ({"readings": BILLS, "consumers": consumers(a="N", b="S", c="S")},)
# a: the second bill is no longer missing; b: untouched; c: gone; d: new.
LATER = readings([("a", 1, 10.0), ("a", 3, 5.0), ("b", 1, 7.0), ("d", 2, 1.0), ("d", 9, 1.0)])
AFTER = ({"readings": LATER, "consumers": consumers(a="N", b="S", d="W")},)


def compared(tmp_path: Path, before: Parts, after: Parts, *, rows_at_once: int = 500_000) -> Difference:
    return diff(made(tmp_path / "1", before), made(tmp_path / "2", after), rows_at_once=rows_at_once)


@pytest.mark.parametrize("rows_at_once", [1, 3, 500_000])
def test_rows_and_consumers_are_counted_whatever_the_ranges(tmp_path: Path, rows_at_once: int) -> None:
    found = compared(tmp_path, BEFORE, AFTER, rows_at_once=rows_at_once)
    assert (found.consumers_added, found.consumers_removed, found.consumers_changed) == (1, 1, 1)
    master, bills = found.tables
    assert (bills.rows_before, bills.rows_after, bills.added, bills.removed, bills.changed) == (4, 5, 2, 1, 1)
    assert (master.added, master.removed, master.changed) == (1, 1, 0)
    assert {column.column: column.cells for column in bills.columns if column.cells} == {"energy": 1}


def test_the_difference_is_told_in_words(tmp_path: Path) -> None:
    words = compared(tmp_path, BEFORE, AFTER).in_words()
    assert words[0] == "Consumers: 1 added, 1 removed, 1 with changes."
    assert "readings: 2 added, 1 removed, 1 changed (4 rows before, 5 after)." in words
    assert "readings.energy differs in 1 row that both versions have." in words
    assert "readings.energy is missing in 0.0% of the rows, before in 25.0%." in words
    # Means 17/3 and 24/5; the deviation of 10, 7, 0 is 4.19.
    assert "The mean of readings.energy fell from 5.667 to 4.8 kWh, 0.21 of its standard deviation." in words
    assert "readings.read_on runs from 2024-01-01 to 2024-01-09, before from 2024-01-01 to 2024-01-03." in words


def test_the_same_content_is_said_to_be_the_same(tmp_path: Path) -> None:
    found = compared(tmp_path, BEFORE, BEFORE)
    assert found.is_same
    assert found.in_words() == ("Nothing changed: both versions hold the same content.",)


def test_columns_and_tables_that_come_go_or_change_their_type_are_named(tmp_path: Path) -> None:
    one = BILLS.with_columns(pl.lit(1).alias("zone"), pl.lit("x").alias("old"))
    other = BILLS.with_columns(pl.lit("1").alias("zone"), pl.lit("x").alias("new"))
    payments = pl.DataFrame({"consumer_id": ["a"], "paid_on": [None]}, schema_overrides={"paid_on": pl.Date})
    before = [{"readings": one, "consumers": consumers(a="N")}]
    after = [{"readings": other, "payments": payments}]
    found = compared(tmp_path, before, after)
    (table,) = found.tables
    assert (table.columns_added, table.columns_removed, table.columns_retyped) == (("new",), ("old",), ("zone",))
    assert (dict(found.tables_added), dict(found.tables_removed)) == ({"payments": 1}, {"consumers": 1})
    assert table.changed == 0
    # a has a payment now and had a line in the master before.
    assert found.consumers_changed == 1
    assert "payments is new: 1 row." in found.in_words()


def test_rows_that_share_a_key_are_told_apart_by_their_order(tmp_path: Path) -> None:
    def paid(*amounts: float) -> Parts:
        ids, days = ["a"] * len(amounts), [None] * len(amounts)
        frame = pl.DataFrame({"consumer_id": ids, "paid_on": pl.Series(days, dtype=pl.Date), "amount": list(amounts)})
        return [{"payments": frame}]

    (table,) = compared(tmp_path, paid(1.0, 2.0), paid(1.0, 3.0, 4.0)).tables
    assert (table.added, table.removed, table.changed) == (1, 0, 1)


def test_another_key_is_said_before_all_numbers(tmp_path: Path) -> None:
    other = Recipe(RECIPE.sources, RECIPE.profile, key_id="ffffffff")
    found = diff(made(tmp_path / "1", BEFORE), made(tmp_path / "2", AFTER, other))
    assert found.in_words()[0].startswith("The pseudonyms were made with another key")


ROWS = st.dictionaries(
    st.tuples(st.sampled_from("abcde"), st.integers(1, 3)), st.none() | st.sampled_from([0.0, 1.0]), max_size=8
)


@given(before=ROWS, after=ROWS, rows_at_once=st.integers(1, 9))
@settings(max_examples=40, deadline=None)
def test_counts_are_those_of_two_dictionaries(
    tmp_path_factory: pytest.TempPathFactory,
    before: dict[tuple[str, int], float | None],
    after: dict[tuple[str, int], float | None],
    rows_at_once: int,
) -> None:
    frames = [[{"readings": readings([(*key, rows[key]) for key in sorted(rows)])}] for rows in (before, after)]
    found = compared(tmp_path_factory.mktemp("d"), *frames, rows_at_once=rows_at_once)
    touched = (before.keys() ^ after.keys()) | {k for k in before.keys() & after.keys() if before[k] != after[k]}
    old, new = {name for name, _ in before}, {name for name, _ in after}
    (table,) = found.tables
    assert table.added == len(after.keys() - before.keys())
    assert table.removed == len(before.keys() - after.keys())
    assert table.changed == len(touched & before.keys() & after.keys())
    assert (found.consumers_added, found.consumers_removed) == (len(new - old), len(old - new))
    assert found.consumers_changed == len({name for name, _ in touched} & old & new)
