"""What becomes of personal columns, batch by batch."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from powertheft.domain.errors import ChoiceError
from powertheft.privacy.keys import Key
from powertheft.privacy.personal import find_personal
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.privacy.treating import Treatment, proposed, treated

NAMES = Pseudonyms(Key(bytes(32)))
CONSUMERS = pl.DataFrame(
    {
        "SC_NO": ["1", "2", None, "1"],
        "NAME": ["A Selvi", None, "B Murugan", "A Selvi"],
        "LAT": [11.01684, 11.5, None, 11.01684],
        "LON": [76.95583, None, 76.1, 76.95583],
        "PHONE": ["98", "97", "96", "98"],
        "KWH": [3, 4, 5, 6],
    }
)


def test_each_column_becomes_what_was_said_and_the_rest_is_left():
    treatments = {
        "SC_NO": Treatment("consumer", "pseudonymise"),
        "NAME": proposed("name"),
        "LAT": proposed("coordinates"),
        "LON": proposed("coordinates"),
        "PHONE": Treatment("phone", "keep", "the squad calls first"),
        "ABSENT": proposed("name"),
    }
    expected = pl.DataFrame(
        {
            "SC_NO": [NAMES.one("1"), NAMES.one("2"), None, NAMES.one("1")],
            "LAT": ["11.02,76.96", None, None, "11.02,76.96"],
            "PHONE": ["98", "97", "96", "98"],
            "KWH": [3, 4, 5, 6],
        }
    )
    assert_frame_equal(treated(CONSUMERS, treatments, NAMES), expected)


def test_longitude_before_latitude_is_set_right_by_the_names():
    frame = CONSUMERS.select("LON", "LAT")
    said = treated(frame, {name: proposed("coordinates") for name in frame.columns}, NAMES)
    assert said.to_dict(as_series=False) == {"LON": ["11.02,76.96", None, None, "11.02,76.96"]}


def test_one_coordinate_without_the_other_is_dropped_and_a_pair_in_one_cell_is_rounded():
    frame = pl.DataFrame({"LAT": ["11.01684"], "GPS": ["11.01684, 76.95583"]})
    said = treated(frame, {name: proposed("coordinates") for name in frame.columns}, NAMES)
    assert said.to_dict(as_series=False) == {"GPS": ["11.02,76.96"]}


def test_a_batch_without_a_position_ends_in_the_same_columns_as_one_with():
    frame = pl.DataFrame({"LAT": ["11.5"], "LON": ["76.5"], "GPS": ["11.5, 76.5"], "COL_1": [11.5], "COL_2": [76.5]})
    treatments = {name: proposed("coordinates") for name in frame.columns}
    said = treated(frame, treatments, NAMES)
    assert said.to_dict(as_series=False) == {
        "LAT": ["11.50,76.50"],
        "GPS": ["11.50,76.50"],
        "COL_1": [None],
        "COL_2": [None],
    }
    empty = treated(frame.clear(), treatments, NAMES)
    assert empty.schema == said.schema


def test_nothing_personal_is_kept_without_a_reason():
    with pytest.raises(ChoiceError, match=r"column NAME: .*kept without a reason"):
        treated(CONSUMERS, {"NAME": Treatment("name", "keep", " ")}, NAMES)


def test_after_treatment_nothing_personal_is_found_any_more(personal_columns):
    frame = pl.DataFrame([values for _, values in personal_columns.values()])
    found = {column.column: proposed(column.what) for column in find_personal(frame)}
    left = treated(frame, found, NAMES)
    assert find_personal(left) == []
    assert left.width <= 3
