"""How features are spread: missing, by outcome, alike; aggregates only."""

import json

import numpy as np
import polars as pl
import pytest

from powertheft.actions.explored_sums import read_statistics
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.measure_features import (
    MOST_LEVELS,
    OTHERS,
    alike_features,
    describe_feature,
    measure_features,
)
from powertheft.actions.plan_import import ImportChoices

LABELS = np.array([1] * 50 + [0] * 150 + [-1] * 100)


def test_a_feature_that_parts_theft_from_honest_says_so_whichever_way_it_points():
    up = describe_feature(pl.Series("fall", np.arange(300.0)), LABELS)
    down = describe_feature(pl.Series("fall", -np.arange(300.0)), LABELS)
    assert up["alone"] == down["alone"] == 1.0
    same = describe_feature(pl.Series("same", np.ones(300)), LABELS)
    assert (same["alone"], same["shares"]) == (0.5, {})


def test_missing_values_are_counted_by_outcome():
    values = [None] * 25 + [1.0] * 275
    assert describe_feature(pl.Series("x", values), LABELS)["missing"] == {"all": 0.0833, "theft": 0.5, "honest": 0.0}
    assert describe_feature(pl.Series("x", [None] * 300, dtype=pl.Float64), LABELS)["shares"] == {}


def test_bins_hold_about_as_many_each_and_tell_no_extreme():
    values = np.random.default_rng(0).lognormal(0, 3, 300)
    told = describe_feature(pl.Series("use", values), LABELS)
    assert max(told["shares"]["all"]) < 0.1
    assert all(abs(sum(shares) - 1) < 0.01 for shares in told["shares"].values())
    assert told["edges"][-1] < values.max()
    assert told["edges"][0] > values.min()


def test_rare_words_are_not_shown_by_themselves():
    words = ["common"] * 280 + [f"rare {one}" for one in range(20)]
    told = describe_feature(pl.Series("code", words), LABELS)
    assert told["levels"] == ["common", OTHERS]
    many = describe_feature(pl.Series("code", [f"word {one % 20}" for one in range(300)]), LABELS)
    assert len(many["levels"]) == MOST_LEVELS + 1


def test_what_says_the_same_is_found_by_rank_and_gaps_make_nothing_alike():
    rising = np.linspace(1, 9, 100)
    noise = np.random.default_rng(1).normal(size=100)
    gaps = [None] * 95 + [1.0] * 5
    table = pl.DataFrame({"use": rising, "log": np.log(rising), "noise": noise, "gap": gaps, "hole": gaps, "flat": 1.0})
    assert alike_features(table) == {"use": [["log", 1.0]], "log": [["use", 1.0]]}


@pytest.fixture
def people(house, tmp_path):
    rows = [f"c{one:03},{one % 4 == 0:d},{40 + one % 9 if one % 4 == 0 else 80 + one % 30}" for one in range(120)]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["consumer_id,label,usage", *rows]) + "\n", "utf-8")
    return import_dataset(house, [path], name="people", choices=ImportChoices(profile="table"))


def test_a_version_is_measured_once_and_read_from_then_on(house, people):
    assert read_statistics(house, "people@1") is None
    assert measure_features(house, "people") == {"dataset": "people@1", "features": 1}
    told = read_statistics(house, "people@1")
    assert (told["consumers"], told["theft"], told["honest"]) == (120, 30, 90)
    (usage,) = told["features"]
    assert (usage["name"], usage["family"], usage["alone"]) == ("usage", "attribute", 1.0)
    again = json.dumps(told)
    measure_features(house, "people")
    assert json.dumps(read_statistics(house, "people")) == again
