"""What a user may rely on of every feature there is."""

import math

import polars as pl
import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.domain.tables import TABLES
from powertheft.engines.local import compute_features
from powertheft.features import attributes
from powertheft.features.catalogue import FAMILIES, Columns, catalogue, choose
from powertheft.features.definition import FLAGS
from powertheft.features.sentences import theme_of

EVERYTHING = Columns(
    frozenset(f"{name}.{column.name}" for name, table in TABLES.items() for column in table.columns),
    levels={"reading_code": ("N", "DL"), "meter_status": ("OK", "DF")},
)
FEATURES = {feature.name: feature for feature in catalogue(EVERYTHING)}
UNITS = {
    "",
    "kWh",
    "kWh/day",
    "kWh/month",
    "kWh/day a month",
    "kW",
    "share",
    "days",
    "months",
    "years",
    "hours",
    "days since 1970",
    "share a day",
    "currency",
}


def test_every_feature_computes_and_is_finite_or_empty(utility: dict[str, pl.DataFrame]) -> None:
    table = compute_features(utility, tuple(FEATURES.values())).features
    assert table.columns == list(FEATURES)
    assert table.height == 60
    for name, feature in FEATURES.items():
        if feature.kind == "category":
            assert table.schema[name] == pl.String
        else:
            assert table.schema[name] == pl.Float32
            assert table[name].drop_nulls().is_finite().all(), name


def test_every_feature_has_something_to_tell_of_some_house(utility: dict[str, pl.DataFrame]) -> None:
    table = compute_features(utility, tuple(FEATURES.values())).features
    assert [name for name in FEATURES if table[name].null_count() == table.height] == []


def test_names_are_unique_and_families_known() -> None:
    features = catalogue(EVERYTHING)
    assert len({feature.name for feature in features}) == len(features)
    assert {feature.family for feature in features} == {*FAMILIES, attributes.FAMILY}


@pytest.mark.parametrize("name", FEATURES)
def test_every_feature_says_what_it_means_in_which_unit(name: str) -> None:
    feature = FEATURES[name]
    assert feature.unit in UNITS
    assert len(feature.meaning.split()) >= 2 or feature.name in {"phase", "tariff", "visits", "index_last"}
    assert feature.meaning[0].isupper() or feature.family == attributes.FAMILY
    assert feature.flags <= set(FLAGS)
    assert feature.needs
    assert feature.needs <= EVERYTHING.canonical


@pytest.mark.parametrize("name", [name for name, feature in FEATURES.items() if feature.sentence])
def test_what_a_sentence_quotes_are_features(name: str) -> None:
    sentence = FEATURES[name].sentence
    assert sentence is not None
    assert set(sentence.numbers) <= set(FEATURES)


def test_where_somebody_lives_and_how_long_he_was_watched_is_no_reason() -> None:
    for feature in FEATURES.values():
        # How many bills were of zero is behaviour, although the number grows with the years.
        exposed = "exposure" in feature.flags and not feature.name.endswith("_sum")
        # Readings that fail to come are what a squad asks about, not how long somebody was watched.
        exposed = exposed and feature.name not in {"interval_missing_share", "interval_longest_gap"}
        if exposed or (feature.flags == {"registry"} and feature.name != "load_use"):
            assert feature.sentence is None, feature.name
        if feature.kind == "category":
            assert feature.sentence is None, feature.name


def test_a_sentence_of_gas_has_a_theme_of_its_own() -> None:
    for feature in FEATURES.values():
        if feature.sentence:
            assert feature.sentence.theme.startswith("gas-") == feature.name.startswith("gas_"), feature.name


def test_a_feature_without_a_sentence_has_its_family_as_theme() -> None:
    assert theme_of(FEATURES["region"]) == "contract"
    assert theme_of(FEATURES["largest_drop"]) == "drop"


def test_a_profile_gets_the_features_that_its_columns_allow() -> None:
    columns = Columns(frozenset({"readings.read_on", "readings.energy", "consumers.region"}))
    allowed = {feature.name for feature in catalogue(columns)}
    assert {"same_season_ratio_12m", "region", "reading_gap_max"} <= allowed
    assert not {"estimated_sum", "gas_bills_sum", "to_peers_12m", "meters"} & allowed


def test_intervals_alone_allow_what_reads_months_and_nothing_of_single_bills() -> None:
    allowed = {feature.name for feature in catalogue(Columns(frozenset({"intervals.start", "intervals.energy"})))}
    assert {"daily_level", "interval_zero_hours", "same_season_ratio_12m", "zero_run", "as_of_date"} <= allowed
    assert not {"daily_use_max", "bills_sum", "to_peers_12m", "load_use", "loss_share_12m"} & allowed
    transformers = frozenset({"consumers.transformer_id", "transformer_readings.energy_supplied"})
    offered = transformers | {"intervals.start", "intervals.energy"}
    assert not [feature for feature in catalogue(Columns(offered)) if feature.family == "balance"]


def test_a_files_own_columns_become_features() -> None:
    bills = {"VOLTS": "number", "REMARK": "category"}
    offered = frozenset({"readings.energy", "readings.commodity"})
    names = {feature.name for feature in catalogue(Columns(offered, {"ROOMS": "integer"}, bills))}
    assert {"ROOMS", "VOLTS_mean", "REMARK_last", "gas_REMARK_last"} <= names
    without_gas = {feature.name for feature in catalogue(Columns(frozenset({"readings.energy"}), {}, bills))}
    assert "VOLTS_mean" in without_gas
    assert not [name for name in without_gas if name.startswith("gas_")]


def test_a_column_that_bears_the_name_of_a_feature_is_left_to_the_feature() -> None:
    columns = Columns(frozenset({"consumers.region"}), {"region": "category"})
    assert [feature.family for feature in catalogue(columns) if feature.name == "region"] == ["contract"]


def test_a_choice_names_families_flags_and_features() -> None:
    features = catalogue()
    only = choose(features, only=["season", "region"])
    assert {feature.family for feature in only} == {"season", "contract"}
    without = choose(features, without=["registry", "exposure", "peers", "zero_run"])
    assert not any(feature.flags & {"registry", "exposure"} for feature in without)
    assert not any(feature.family == "peers" or feature.name == "zero_run" for feature in without)


@pytest.mark.parametrize("option", ["only", "without"])
def test_a_word_that_names_nothing_is_refused_with_the_nearest(option: str) -> None:
    with pytest.raises(ChoiceError, match=r"'seasn'.*Nearest: season"):
        choose(catalogue(), **{option: ["seasn"]})


def test_frequent_words_are_those_of_a_share_of_the_rows_at_least() -> None:
    assert attributes.frequent_levels({"a": 98, "b": 1, "c": 1}, share=0.02) == ("a",)
    assert attributes.frequent_levels({"a": 1, "b": 1}, most=1) == ("a",)
    assert attributes.frequent_levels({}) == ()


def test_the_table_has_a_row_for_every_consumer_in_order_of_the_number(utility: dict[str, pl.DataFrame]) -> None:
    shuffled = {name: frame.sample(fraction=1.0, shuffle=True, seed=1) for name, frame in utility.items()}
    chosen = choose(catalogue(EVERYTHING), only=["level", "season", "peers", "register"])
    table, other = compute_features(utility, chosen), compute_features(shuffled, chosen)
    assert list(table.consumer_ids) == sorted(utility["consumers"]["consumer_id"])
    assert list(other.consumer_ids) == list(table.consumer_ids)
    for name in table.features.columns:
        pairs = zip(table.features[name], other.features[name], strict=True)
        assert all(a == b or math.isclose(a, b, rel_tol=1e-5) for a, b in pairs), name
