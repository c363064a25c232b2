"""Profiles as texts: loading, faults, changes, and the way into a bundle and back."""

import json
import math
from pathlib import Path

import pytest

from powertheft.domain.errors import ProfileError
from powertheft.profiles.adapting import adapt_profile
from powertheft.profiles.loading import BUILT_IN, load_profile, profile_text
from powertheft.profiles.parsing import parse_profile
from powertheft.profiles.serialising import profile_from_json, profile_to_json

MINIMAL = """
name = "own"
title = "Own"
date_formats = ["%Y-%m-%d"]
label_scope = "inspected"
[[tables]]
table = "readings"
file = "bills"
[tables.columns]
consumer_id = "id"
read_on = "day"
"""


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_built_in_profile_loads_under_its_name(name: str) -> None:
    assert load_profile(name).name == name


def test_an_unknown_name_is_answered_with_the_choices() -> None:
    with pytest.raises(ProfileError, match="Did you mean steg"):
        load_profile("stag")
    with pytest.raises(ProfileError, match="Choose from tneb, steg, table"):
        load_profile("xyz")
    with pytest.raises(ProfileError, match="no built-in profile"):
        profile_text("xyz")


def test_a_copy_of_a_built_in_profile_is_the_same_profile(tmp_path: Path) -> None:
    path = tmp_path / "copy.toml"
    path.write_text(profile_text("steg"))
    assert load_profile(str(path)) == load_profile("steg")


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_profile_comes_back_from_json_as_it_was(name: str) -> None:
    profile = load_profile(name)
    # Sorted keys and no infinities: what a strict writer of JSON may do to it.
    text = json.dumps(profile_to_json(profile), sort_keys=True, allow_nan=False)
    assert profile_from_json(json.loads(text)) == profile


def test_an_endless_slab_survives_json() -> None:
    endless = [
        slab.up_to
        for tariff in profile_from_json(profile_to_json(load_profile("tneb"))).tariffs
        for slab in tariff.schedules[-1].slabs[-1:]
    ]
    assert endless
    assert all(map(math.isinf, endless))


def test_what_a_profile_leaves_out_has_a_meaning(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(MINIMAL)
    profile = load_profile(str(path))
    assert profile.files() == {"bills": True}
    assert (profile.currency, profile.tariffs, profile.tariff_column, profile.notes) == ("", (), "category", "")


@pytest.mark.parametrize(
    ("ours", "theirs", "what"),
    [
        ('name = "own"', "", "the key name is missing"),
        ('title = "Own"', "title = 3", "title is not a text"),
        ('title = "Own"', 'titel = "Own"', "the key titel is not known here. Did you mean title"),
        ('"inspected"', '"some"', "label_scope cannot be 'some'. Choose from inspected, everybody"),
        ('["%Y-%m-%d"]', '["YYYY-MM-DD"]', "a date format needs percent codes"),
        ('table = "readings"', 'table = "reading"', r"tables 1: table cannot be 'reading'. Did you mean readings"),
        ('file = "bills"', "", r"tables 1 \(readings\): the key file is missing"),
        ('read_on = "day"', "", r"tables 1 \(readings\): the column read_on is missing"),
        (
            'read_on = "day"',
            'read_om = "day"',
            r"\(readings\), columns: read_om is not a column .* Did you mean read_on",
        ),
        ('read_on = "day"', "read_on = 3", "columns: read_on is not a table"),
        ('read_on = "day"', 'read_on = "day"\nenergy = { factr = 2 }', "columns, energy: the key factr is not known"),
        ('read_on = "day"', 'read_on = "day"\nenergy = { factor = 2 }', "needs one of source, sources and any_of"),
        (
            'read_on = "day"',
            'read_on = "day"\nenergy = { source = "kwh", minimum = "0" }',
            "columns, energy: minimum is not a number",
        ),
        ('read_on = "day"', 'read_on = { source = "day", factor = 2 }', "factor is for numbers, and this is a date"),
        ('read_on = "day"', 'read_on = { sources = ["a", "b"] }', "sources is for numbers"),
        (
            'read_on = "day"',
            'read_on = "day"\nis_estimated = { source = "e", codes = { E = "yes" } }',
            "the codes lead to 'yes'. Choose from false, true",
        ),
        (
            'read_on = "day"',
            'read_on = "day"\n[tables.attributes]\nzone = "colour"',
            "attributes: zone cannot be 'colour'",
        ),
        ('read_on = "day"', 'read_on = "day"\n[tables.attributes]\nenergy = "number"', "energy is a name of ours"),
        ('read_on = "day"', 'read_on = "day"\n[[tables]]\ntable = "readings"', r"tables 2 \(readings\)"),
        ("[[tables]]", "[tables]", "tables is not a list of tables"),
    ],
)
def test_a_fault_is_led_to(tmp_path: Path, ours: str, theirs: str, what: str) -> None:
    assert ours in MINIMAL
    path = tmp_path / "own.toml"
    path.write_text(MINIMAL.replace(ours, theirs))
    with pytest.raises(ProfileError, match=what) as caught:
        load_profile(str(path))
    assert caught.value.file == str(path)


def test_a_fault_of_grammar_is_led_to_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(MINIMAL.replace('title = "Own"', "title = Own"))
    with pytest.raises(ProfileError, match="is not valid TOML") as caught:
        load_profile(str(path))
    assert caught.value.row == 3


def test_a_profile_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="no such profile"):
        load_profile(str(tmp_path / "none.toml"))
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ProfileError, match="not text in UTF-8"):
        load_profile(str(tmp_path / "binary.toml"))
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(str(tmp_path / "folder.toml"))


def test_a_profile_without_tables_is_refused() -> None:
    with pytest.raises(ProfileError, match="describes no table"):
        parse_profile({"name": "x", "title": "x", "label_scope": "inspected"})


def test_a_fault_in_a_tariff_is_led_to(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(MINIMAL + '[[tariffs]]\ncategories = ["I"]\n')
    with pytest.raises(ProfileError, match="tariff 1 needs valid_from") as caught:
        load_profile(str(path))
    assert caught.value.file == str(path)


def sources(profile, table: str, column: str) -> tuple[str, ...]:
    return profile.table(table).column(column).sources


def test_a_column_is_mapped_in_every_table_that_has_it() -> None:
    adapted = adapt_profile(load_profile("steg"), {"consumer_id": "KUNDE", "outcome": "BETRUG"})
    for table in ("consumers", "inspections", "readings"):
        assert sources(adapted, table, "consumer_id") == ("KUNDE",)
    outcome = adapted.table("inspections").column("outcome")
    assert outcome.sources == ("BETRUG",)
    assert outcome.codes == {"0": "normal", "1": "theft"}


def test_a_column_can_be_mapped_in_one_table_only() -> None:
    adapted = adapt_profile(load_profile("steg"), {"readings.consumer_id": "KUNDE", "readings.amount": "BETRAG"})
    assert sources(adapted, "consumers", "consumer_id") == ("client_id",)
    assert sources(adapted, "readings", "consumer_id") == ("KUNDE",)
    assert sources(adapted, "readings", "amount") == ("BETRAG",)


def test_an_attribute_can_be_mapped() -> None:
    adapted = adapt_profile(load_profile("steg"), {"tarif_type": "TARIF"})
    assert adapted.table("readings").attribute_sources == {"tarif_type": "TARIF"}


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("outcom", "has no column outcom to map. Did you mean outcome"),
        ("payments.amount", r"has no column payments\.amount to map"),
        (
            "sequence",
            r"is a column of several tables. Name the one you mean: inspections\.sequence, readings\.sequence",
        ),
    ],
)
def test_a_column_that_cannot_be_mapped_is_refused(target: str, what: str) -> None:
    with pytest.raises(ProfileError, match=what):
        adapt_profile(load_profile("steg"), {target: "X"})
