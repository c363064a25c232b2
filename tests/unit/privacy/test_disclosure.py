"""What may leave the house: positions to a kilometre, no group of a few."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from powertheft.privacy.disclosure import blur_small_groups, suppress_small_groups
from powertheft.privacy.positions import rounded_position, rounded_text
from powertheft.privacy.thresholds import SMALLEST_GROUP


@pytest.mark.parametrize(
    ("latitude", "longitude", "said"),
    [
        (11.01684, 76.95583, "11.02,76.96"),
        ("11.01234", "76.95", "11.01,76.95"),
        (-0.004, -0.016, "0.00,-0.02"),
        (-33.8688, 151.2093, "-33.87,151.21"),
        (90.5, 10.0, None),
        (10.0, 180.1, None),
        (None, 76.9, None),
        ("unknown", "76.9", None),
        (float("nan"), 76.9, None),
    ],
)
def test_a_position_keeps_two_decimals(latitude, longitude, said):
    frame = pl.DataFrame({"a": [latitude], "b": [longitude]})
    assert frame.select(rounded_position(pl.col("a"), pl.col("b"))).item() == said


def test_two_numbers_in_one_cell_are_rounded_and_anything_else_is_dropped():
    cells = pl.DataFrame(
        {"p": ["11.01684, 76.95583", "(11.01684 76.95583)", "11;76", "12 Lake Street", None, "11.01684"]}
    )
    said = cells.select(rounded_text(pl.col("p"))).to_series().to_list()
    assert said == ["11.02,76.96", "11.02,76.96", "11.00,76.00", None, None, None]


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_a_rounded_position_is_within_a_kilometre_and_rounding_it_again_changes_nothing(latitude, longitude):
    said = pl.select(rounded_position(pl.lit(latitude), pl.lit(longitude))).item()
    # Half of 0.01 degree; a degree of latitude is 111 km.
    assert all(
        abs(float(part) - exact) <= 0.005 + 1e-9
        for part, exact in zip(said.split(","), (latitude, longitude), strict=True)
    )
    assert pl.select(rounded_text(pl.lit(said))).item() == said


def test_figures_of_a_few_are_emptied_and_so_is_the_next_that_would_give_them_away():
    # 3 is below ten; alone it could be had from the total, so 20, the next smallest, goes too.
    figures = pl.DataFrame({"district": ["a", "b", "c", "d"], "n": [3, 50, 20, 100], "kwh": [1.0, 2.0, 3.0, 4.0]})
    expected = pl.DataFrame(
        {"district": ["a", "b", "c", "d"], "n": [None, 50, None, 100], "kwh": [None, 2.0, None, 4.0]}
    )
    assert_frame_equal(suppress_small_groups(figures, ["district"], "n"), expected)


def test_figures_of_enough_are_left_alone():
    figures = pl.DataFrame({"district": ["a", "b"], "n": [10, 50], "kwh": [1.0, 2.0]})
    assert_frame_equal(suppress_small_groups(figures, ["district"], "n"), figures)


GROUPS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(["x", "y", None])), max_size=80)


@settings(deadline=None)
@given(GROUPS)
def test_after_blurring_no_combination_of_places_is_shared_by_fewer_than_ten(groups):
    frame = pl.DataFrame(
        {"id": range(len(groups)), "section": [a for a, _ in groups], "tariff": [b for _, b in groups]},
        schema={"id": pl.Int64, "section": pl.String, "tariff": pl.String},
    )
    blurred = blur_small_groups(frame, ["section", "tariff"], "id")
    assert blurred["id"].to_list() == frame["id"].to_list()
    sizes = blurred.drop_nulls("section").group_by("section", "tariff").len()["len"]
    assert all(size >= SMALLEST_GROUP for size in sizes)
    emptied = blurred["section"].is_null().sum()
    # Those who were emptied are many together too, unless the whole table is few.
    assert emptied == 0 or emptied >= min(SMALLEST_GROUP, len(groups))


def test_bills_of_one_person_are_one_person():
    frame = pl.DataFrame({"id": ["a"] * 30 + ["b"], "section": ["x"] * 31})
    assert blur_small_groups(frame, ["section"], "id")["section"].null_count() == 31
