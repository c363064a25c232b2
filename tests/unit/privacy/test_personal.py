"""Personal data found by name and by content; the columns are made up in conftest.py."""

import polars as pl
import pytest

from powertheft.privacy.contents import passes_verhoeff
from powertheft.privacy.personal import PersonalColumn, find_personal


def found_in(*columns: pl.Series) -> dict[str, PersonalColumn]:
    return {found.column: found for found in find_personal(pl.DataFrame(list(columns)))}


def test_at_most_one_in_forty_is_missed_and_none_that_is_found_is_taken_for_something_else(personal_columns):
    found = {name: found_in(values).get(name) for name, (_, values) in personal_columns.items()}
    missed = [name for name, column in found.items() if column is None]
    confused = [(n, c.what) for n, c in found.items() if c is not None and c.what != personal_columns[n][0]]
    assert len(missed) <= len(found) / 40, missed
    assert confused == []


def test_meter_numbers_indices_amounts_and_names_of_the_network_are_left_alone(harmless_columns):
    accused = {
        name: column.what for name, values in harmless_columns.items() for column in find_personal(values.to_frame())
    }
    assert accused == {}


def test_a_whole_table_is_judged_as_its_columns_are(personal_columns, harmless_columns):
    columns = [*(values for _, values in personal_columns.values()), *harmless_columns.values()]
    columns = [column.rename(f"{column.name}{' ' * place}") for place, column in enumerate(columns)]
    found = {name.strip() for name in found_in(*columns)}
    # A latitude that its name does not promise is told by the longitude beside it, and LOAD_KW looks like one there.
    assert found - {"LOAD_KW"} == {name.strip() for name in personal_columns if found_in(personal_columns[name][1])}


def test_numbers_are_looked_at_like_text_as_a_workbook_gives_them(personal_columns):
    phones = personal_columns["COL_9"][1]
    assert found_in(phones.cast(pl.Int64))["COL_9"].what == "phone"
    assert found_in(phones.cast(pl.Float64))["COL_9"].what == "phone"
    assert found_in(personal_columns["ID2"][1].cast(pl.Int64))["ID2"].what == "aadhaar"


def test_latitude_and_longitude_are_told_by_each_other():
    north = pl.Series("Y", [11.016844 + place / 997 for place in range(50)])
    east = pl.Series("X", [76.955832 + place / 991 for place in range(50)])
    assert set(found_in(north, east)) == {"X", "Y"}
    assert found_in(north) == {}
    # Two decimals are the kilometre that the dataset keeps.
    assert found_in(north.round(2).rename("LATITUDE"), east.round(2).rename("LONGITUDE")) == {}


def test_a_column_without_a_value_is_judged_by_its_name():
    assert found_in(pl.Series("MOBILE", [None, None], dtype=pl.String)) == {
        "MOBILE": PersonalColumn("MOBILE", "phone", "name", 0.0)
    }
    assert found_in(pl.Series("KWH", [None, None], dtype=pl.String)) == {}


def test_what_is_said_of_a_column_holds_none_of_its_values(personal_columns):
    for name, (_, values) in personal_columns.items():
        for column in find_personal(values.to_frame()):
            said = repr(column)
            assert column.column == name
            assert not any(value in said for value in values if len(value) > 3)


@pytest.mark.parametrize("number", ["999941057058", "999971658847", "999933119405", "999955183433", "999990501894"])
def test_the_check_digit_is_that_of_the_numbers_uidai_publishes_for_tests(number):
    assert passes_verhoeff(pl.Series([number])).to_list() == [True]
    wrong = [number[:-1] + digit for digit in "0123456789" if digit != number[-1]]
    swapped = number[:5] + number[6] + number[5] + number[7:]
    assert not passes_verhoeff(pl.Series([*wrong, swapped])).any()


def test_one_number_in_ten_passes_by_chance_and_is_not_enough():
    numbers = pl.Series("THING", [f"{2 * 10**11 + place * 7919:012d}" for place in range(2_000)])
    share = passes_verhoeff(numbers).mean()
    assert 0.05 < share < 0.15
    assert found_in(numbers) == {}
