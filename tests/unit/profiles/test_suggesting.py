"""Mappings proposed for files that nobody described, measured on headers whose meaning is written beside them."""

import tomllib
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from time import perf_counter

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import ProfileError
from powertheft.domain.files import FileMetadata
from powertheft.profiles.canonical import canonical_tables
from powertheft.profiles.headers import read_header, score_names
from powertheft.profiles.loading import BUILT_IN, load_profile
from powertheft.profiles.matching import best_matching
from powertheft.profiles.parsing import parse_profile
from powertheft.profiles.proposing import propose
from powertheft.profiles.recognising import recognise
from powertheft.profiles.suggesting import suggest
from powertheft.profiles.writing import profile_to_toml

CORPUS = Path(__file__).parents[2] / "corpora" / "headers" / "visible"
SURE = 0.9
Files = dict[str, tuple[pl.DataFrame, FileMetadata]]


def read_corpus() -> list[tuple[Path, pl.DataFrame, dict[str, object]]]:
    return [
        (path, pl.read_csv(path, infer_schema=False), tomllib.loads(path.with_suffix(".toml").read_text("utf-8")))
        for path in sorted(CORPUS.glob("*.csv"))
    ]


def test_the_corpus_is_as_large_as_it_claims() -> None:
    corpus = read_corpus()
    assert len(corpus) >= 16
    assert sum(len(truth["columns"]) for _, _, truth in corpus) >= 200
    for path, frame, truth in corpus:
        assert list(truth["columns"]) == frame.columns, path.name


def test_nine_in_ten_first_guesses_are_right_and_the_sure_ones_nearly_always() -> None:
    """The file is always called export, so that only headers and values can tell."""
    columns = right = sure_and_wrong = tables = 0
    for _, frame, truth in read_corpus():
        (file,) = suggest({"export": frame}).files
        tables += (file.table, file.shape) == (truth["table"], truth["shape"])
        for column in file.columns:
            columns += 1
            is_right = column.target == truth["columns"][column.source]
            right += is_right
            sure_and_wrong += not is_right and column.confidence >= SURE
    assert right / columns >= 0.9
    assert sure_and_wrong / columns < 0.02
    assert tables / len(read_corpus()) >= 0.9


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ("SC No", "consumer_id"),
        ("USC No", "consumer_id"),
        ("CMD", "sanctioned_load"),
        ("SL", "sanctioned_load"),
        ("KWH", "energy"),
        ("MF", ""),
        ("IR", "previous_index"),
        ("FR", "current_index"),
        ("DoC", "connected_on"),
        ("DTR", "transformer_id"),
        ("DTR_CODE", "transformer_id"),
        ("PrevRdg", "previous_index"),
        ("presrdg", "current_index"),
        ("Connected Load (HP)", "sanctioned_load"),
        ("disrict", "district"),
        ("Ancien index", "previous_index"),
        ("முந்தைய அளவீடு", "previous_index"),
        ("மின் இணைப்பு எண்", "consumer_id"),
        ("上次读数", "previous_index"),
        ("Consumer Name", ""),
        ("Sl.No", ""),
    ],
)
def test_words_abbreviations_humps_and_other_scripts_are_understood(header: str, target: str) -> None:
    assert next(iter(score_names(read_header(header)))) == target


def test_registers_are_found_by_what_they_do_where_names_do_not_say() -> None:
    """x1 - x0 is x2 in every row, and the names say nothing."""
    frame = pl.DataFrame(
        {
            "Consumer No": [f"c{number}" for number in range(30)],
            "Bill Date": ["2024-01-31"] * 30,
            "x0": [str(1000 + 37 * number) for number in range(30)],
            "x1": [str(1000 + 37 * number + number % 7) for number in range(30)],
            "x2": [str(number % 7) for number in range(30)],
        }
    )
    (file,) = suggest({"export": frame}).files
    assert {column.source: column.target for column in file.columns if column.source[0] == "x"} == {
        "x0": "previous_index",
        "x1": "current_index",
        "x2": "energy",
    }
    x1 = file.column("x1")
    assert x1 is not None
    assert "values: x1 - x0 is x2 in 100% of rows" in x1.evidence
    assert x1.confidence < SURE


def test_the_values_say_which_of_two_meanings_a_name_has() -> None:
    numbers = {"CONS": [str(number) for number in range(5000, 5030)], "KWH": ["1"] * 30, "Date": ["2024-01-31"] * 30}
    (file,) = suggest({"export": pl.DataFrame(numbers)}).files
    assert [column.target for column in file.columns][:2] == ["consumer_id", "energy"]


def test_evidence_is_in_words_and_shows_no_value() -> None:
    frame = pl.DataFrame({"SC No": ["0411", "0412", "0413", "0414"], "KWH": ["1", "2", "3", "4"], "Name": list("abcd")})
    (file,) = suggest({"export": frame}).files
    number = file.column("SC No")
    assert number is not None
    assert number.evidence == (
        "name: scno is the number of the service connection",
        "values: 4 of 4 differ",
    )
    assert not any("0411" in word for column in file.columns for word in column.evidence)


@pytest.mark.parametrize("path", sorted(CORPUS.glob("*.csv")), ids=lambda path: path.stem)
def test_a_confirmed_suggestion_is_a_profile_that_reads_the_file(path: Path) -> None:
    frame = pl.read_csv(path, infer_schema=False).with_columns(pl.col(pl.String).replace("", None))
    profile = propose(suggest({"export": frame}), "own", currency="INR")
    assert parse_profile(tomllib.loads(profile_to_toml(profile))) == profile
    metadata = FileMetadata("export.csv", "csv", frame.height, tuple(frame.columns), 2, 1)
    tables = canonical_tables(profile, {"export": (frame, metadata)})
    truth = tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))
    assert truth["table"] in tables
    assert tables[truth["table"]].frame.height >= frame.height
    assert all(code.count < frame.height / 2 for table in tables.values() for code in table.unknown_codes)


def test_a_confirmed_profile_is_recognised_next_time_under_any_name_of_the_file() -> None:
    frame = pl.read_csv(CORPUS / "01_circle_ledger.csv", infer_schema=False)
    profile = propose(suggest({"export": frame}), "circle")
    again = suggest({"another name": frame.select(reversed(frame.columns))}, profiles=[profile]).known
    assert again is not None
    assert (again.name, again.files()) == ("circle", {"another name": True})
    assert suggest({"another": frame.drop("SC No")}, profiles=[profile]).known is None


def test_the_built_in_layouts_are_recognised_by_their_columns(export: Files) -> None:
    profiles = [load_profile(name) for name in BUILT_IN]
    columns = {"b": export["client"][0].columns, "a": export["invoice"][0].columns}
    known = recognise(columns, profiles)
    assert known is not None
    assert (known.name, known.files()) == ("steg", {"b": True, "a": True})
    files = {"b": export["client"], "a": export["invoice"]}
    ours, theirs = canonical_tables(known, files), canonical_tables(load_profile("steg"), export)
    assert all(table.frame.equals(theirs[name].frame) for name, table in ours.items())
    grid = recognise({"x": ["CONS_NO", "FLAG", "1/1/2014", "1/2/2014", "1/3/2014"]}, profiles)
    assert grid is not None
    assert grid.name == "sgcc"
    assert recognise({"x": ["id", "fraud", "kwh"]}, profiles) is None


def test_a_person_has_the_last_word() -> None:
    frame = pl.DataFrame(
        {"SC No": list("abcd"), "Date": ["2024-01-31"] * 4, "u": ["1", "2", "3", "4"], "KWH": ["5"] * 4}
    )
    told = suggest({"export": frame}).with_target("export", "u", "energy")
    readings = propose(told, "own").table("readings")
    assert readings is not None
    energy = readings.column("energy")
    assert energy is not None
    assert energy.sources == ("u",)
    with pytest.raises(ProfileError, match="enregy is not one of our columns"):
        told.with_target("export", "u", "enregy")


def test_a_suggestion_without_a_key_is_refused_with_the_way_to_name_it() -> None:
    frame = pl.DataFrame({"SC No": list("abcd"), "KWH": ["5"] * 4, "IR": ["100"] * 4, "FR": ["105"] * 4})
    with pytest.raises(ProfileError, match="--map read_on=COLUMN"):
        propose(suggest({"bills": frame}), "own")


def test_a_second_file_that_looks_the_same_is_refused() -> None:
    frame = pl.read_csv(CORPUS / "01_circle_ledger.csv", infer_schema=False)
    suggestion = suggest({"a": frame})
    with pytest.raises(ProfileError, match="two files look like readings"):
        propose(replace(suggestion, files=(*suggestion.files, *suggestion.files)), "own")


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 5).flatmap(
        lambda width: st.lists(
            st.lists(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9]), min_size=width, max_size=width),
            min_size=1,
            max_size=5,
        )
    )
)
def test_no_other_matching_is_worth_more(worth: list[list[float]]) -> None:
    """The expected worth is the best of all ways to give each row a column or none, tried one by one."""
    rows, columns = len(worth), len(worth[0])
    padded = [[*row, *[0.0] * rows] for row in worth]
    best = max(
        sum(padded[row][place] for row, place in enumerate(way)) for way in permutations(range(columns + rows), rows)
    )
    found = best_matching(worth)
    assert len(set(found.values())) == len(found)
    assert sum(worth[row][column] for row, column in found.items()) == pytest.approx(best)


def test_a_head_of_forty_columns_is_understood_in_seconds(export: Files) -> None:
    frame = pl.concat([export["invoice"][0]] * 10).head(5_000)
    wide = pl.concat(
        [frame.rename({name: f"{name}_{copy}" for name in frame.columns}) for copy in "abc"], how="horizontal"
    )
    begun = perf_counter()
    suggest({"export": wide})
    # Measured: about 1.5 s on two cores; the bound leaves room for a loaded machine.
    assert perf_counter() - begun < 20
