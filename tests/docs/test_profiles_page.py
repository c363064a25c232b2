"""The example of docs/profiles.md is complete: the commands would read it as the page says."""

import re
from datetime import date
from pathlib import Path

import pytest

from powertheft.actions.prepare_data import Prepared, prepare_data
from powertheft.profiles.loading import BUILT_IN, load_profile
from powertheft.profiles.parsing import COLUMN_KEYS, PROFILE_KEYS, TABLE_KEYS

FENCE = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture
def prepared(tmp_path: Path, pages: dict[str, str]) -> Prepared:
    for name, text in FENCE.findall(pages["docs/profiles.md"]):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return prepare_data(tmp_path, profile=load_profile(str(tmp_path / "mine.toml")))


def test_energy_arrives_in_kwh_and_dates_as_dates(prepared: Prepared) -> None:
    readings = prepared.tables["readings"]
    rows = readings.select("consumer_id", "read_on", "energy").rows()
    # 210000, 198000, 950000 and 74000 Wh in the example.
    assert rows == [
        ("0001", date(2025, 10, 31), 210.0),
        ("0001", date(2025, 12, 31), 198.0),
        ("0002", date(2025, 12, 31), 950.0),
        ("0003", date(2025, 12, 31), 74.0),
    ]


def test_the_unknown_word_is_counted_and_the_missing_outcome_is_not_honest(prepared: Prepared) -> None:
    assert [finding.count for finding in prepared.quality.of_rule("unknown_code")] == [1]
    outcomes = dict(prepared.tables["inspections"].select("consumer_id", "outcome").iter_rows())
    assert outcomes == {"0001": "normal", "0002": "theft", "0003": None}


def test_the_column_that_we_know_nothing_of_rides_along(prepared: Prepared) -> None:
    assert prepared.tables["consumers"]["HOLIDAY_HOME"].to_list() == ["Y", "N", "N"]


def test_the_tariff_of_the_example_has_two_schedules(prepared: Prepared) -> None:
    (tariff,) = prepared.profile.tariffs
    assert [schedule.total_up_to for schedule in tariff.schedules] == [500, float("inf")]


def test_the_page_names_every_key_and_every_built_in_profile(pages: dict[str, str]) -> None:
    words = set(re.findall(r"`([\w-]+)`", pages["docs/profiles.md"]))
    assert {*PROFILE_KEYS, *TABLE_KEYS, *COLUMN_KEYS, *BUILT_IN} <= words
