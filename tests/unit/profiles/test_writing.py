"""Profiles saved as TOML come back as they were."""

import tomllib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.profiles import ColumnMapping, Profile, TableMapping, WideColumns
from powertheft.profiles.loading import BUILT_IN, load_profile
from powertheft.profiles.parsing import parse_profile
from powertheft.profiles.writing import profile_to_toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
STYLES = st.sampled_from(["", "1234.5", "1,23,456.78", "Rs. 1,23,456.78", "1.234,56 kWh"])
FORMATS = st.sampled_from(["", "%d/%m/%Y", "%Y-%m-%d"])


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_profile_comes_back_from_toml_as_it_was(name: str) -> None:
    profile = load_profile(name)
    assert parse_profile(tomllib.loads(profile_to_toml(profile))) == profile


@st.composite
def profiles(draw: st.DrawFn) -> Profile:
    energy = ColumnMapping(
        "energy",
        tuple(draw(st.lists(TEXTS, min_size=1, max_size=3, unique=True))),
        factor=draw(NUMBERS),
        minimum=draw(st.none() | NUMBERS),
        number_style=draw(STYLES),
    )
    status = ColumnMapping(
        "meter_status", (draw(TEXTS),), codes=draw(st.dictionaries(TEXTS, TEXTS, max_size=3)), valid=frozenset({"OK"})
    )
    day = ColumnMapping("read_on", (draw(TEXTS),), date_format=draw(FORMATS), day_month_swapped=draw(st.booleans()))
    number = ColumnMapping("consumer_id", (), any_of=tuple(draw(st.lists(TEXTS, min_size=1, max_size=3))))
    names = draw(st.lists(TEXTS.map(lambda text: f"{text} x"), max_size=3, unique=True))
    readings = TableMapping(
        "readings",
        draw(TEXTS),
        draw(st.booleans()),
        (number, day, energy, status),
        attributes=dict.fromkeys(names, "number"),
        attribute_sources={name: f"{name}!" for name in names[:1]},
        attribute_styles=dict.fromkeys(names[1:2], "1.234,56"),
    )
    wide = WideColumns(("%d/%m/%Y",), "energy", "start", day=draw(st.just("") | TEXTS), factor=2.0)
    intervals = TableMapping("intervals", "*", False, (ColumnMapping("consumer_id", ("a",)),), wide=wide)
    tables = (readings, intervals) if draw(st.booleans()) else (readings,)
    return Profile(draw(TEXTS), draw(TEXTS), draw(TEXTS), ("%d/%m/%Y",), "inspected", tables, notes=draw(TEXTS))


@settings(max_examples=200, deadline=None)
@given(profile=profiles())
def test_any_profile_comes_back_from_toml_as_it_was(profile: Profile) -> None:
    assert parse_profile(tomllib.loads(profile_to_toml(profile))) == profile


def test_what_a_person_would_read_is_short() -> None:
    table = TableMapping("consumers", "list", True, (ColumnMapping("consumer_id", ("SC No",)),))
    profile = replace(load_profile("steg"), tables=(table,), notes="")
    assert 'consumer_id = "SC No"' in profile_to_toml(profile)
