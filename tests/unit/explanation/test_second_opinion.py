"""LIME's method finds known weights, and agreement is counted as by hand."""

import json

import numpy as np
import polars as pl
import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.explanation.contributions import contributions
from powertheft.explanation.second_opinion import agreement, opinion_within, second_opinion, surroundings
from powertheft.models.registry import make_estimator

DRAWS = np.random.default_rng(6)
OTHERS = pl.DataFrame(
    {
        "fall": DRAWS.normal(size=2000),
        "region": DRAWS.choice(["north", "south"], 2000),
        "load": [None if gap else 1.0 for gap in DRAWS.random(2000) < 0.5],
        "noise": DRAWS.normal(size=2000),
    }
)
ONE = pl.DataFrame({"fall": [2.0], "region": ["south"], "load": [None], "noise": [0.0]}, schema=OTHERS.schema)


def risk(table: pl.DataFrame) -> np.ndarray:
    """A point for the south, half a point less where the load is missing, and the fall itself."""
    south = (table["region"] == "south").to_numpy()
    return table["fall"].to_numpy() + south - 0.5 * table["load"].is_null().to_numpy()


def test_the_weights_are_those_of_an_additive_score() -> None:
    found = second_opinion(risk, ONE, background=OTHERS)
    fall, region, load, noise = found.weights
    # The upper quarter of a normal has mean 1.27, the rest -0.42.
    assert fall == pytest.approx(1.69, abs=0.15)
    assert region == pytest.approx(1.0, abs=0.06)
    assert load == pytest.approx(-0.5, abs=0.06)
    assert noise == pytest.approx(0.0, abs=0.06)
    assert 0.6 < found.fit < 1.0
    assert json.loads(json.dumps(found.to_json()))["features"] == OTHERS.columns


def test_the_same_seed_gives_the_same_opinion_whatever_the_order_of_the_others() -> None:
    first = second_opinion(risk, ONE, background=OTHERS, samples=200)
    assert second_opinion(risk, ONE, background=OTHERS[::-1], samples=200) == first
    assert second_opinion(risk, ONE, background=OTHERS, samples=200, seed=1) != first


def test_a_score_that_never_moves_is_explained_by_nothing() -> None:
    found = second_opinion(lambda table: np.ones(table.height), ONE, background=OTHERS, samples=50)
    assert (found.weights, found.fit) == ((0.0, 0.0, 0.0, 0.0), 1.0)


def test_more_than_one_consumer_is_refused() -> None:
    with pytest.raises(ValueError, match="takes one consumer of 2000"):
        second_opinion(risk, OTHERS, background=OTHERS)


def test_two_methods_agree_on_a_booster_that_has_learned_the_score() -> None:
    table = OTHERS.with_columns(extra=pl.Series(DRAWS.normal(size=2000)))
    is_theft = DRAWS.random(2000) < 1 / (1 + np.exp(1 - 2 * risk(table)))
    model = make_estimator("lightgbm", seed=0, threads=1, trees=60, leaves=8).fit(table, is_theft)
    one = ONE.with_columns(extra=0.0)
    first = contributions(model, one, background=table)[0]
    second = second_opinion(model.raw_scores, one, background=table).weights
    found = agreement(first.tolist(), second, names=table.columns, top=3)
    assert set(found.in_common) >= {"fall", "region"}
    assert found.share_of_signs == 1.0
    assert found.rank_correlation is not None
    assert found.rank_correlation > 0.7


def test_agreement_is_counted_as_by_hand() -> None:
    names = ["a", "b", "c", "d", "e", "f"]
    found = agreement([5.0, -4.0, 3.0, 2.0, 1.0, 0.1], [5.0, 4.0, 3.0, 2.0, 0.1, 1.0], names=names)
    assert found.in_common == ("a", "b", "c", "d")
    assert (found.share_in_common, found.share_of_signs) == (0.8, 0.8)
    # Ranks 6 1 5 4 3 2 and 6 5 4 3 1 2: 1 - 6 (0 + 16 + 1 + 1 + 4 + 0) / (6 * 35).
    assert found.rank_correlation == pytest.approx(1 - 6 * 22 / 210)
    assert found.sentence == "The two methods name 4 of 5 features alike, and agree on the direction of 4 of 5."
    assert json.loads(json.dumps(found.to_json()))["top"] == 5


def test_features_that_add_nothing_are_not_named() -> None:
    found = agreement([1.0, 0.0], [0.5, 0.0], names=["a", "b"])
    assert found.sentence == "The two methods name 1 of 1 feature alike, and agree on the direction of 1 of 1."
    assert found.rank_correlation is None
    assert agreement([0.0], [0.0], names=["a"]).sentence == "Neither method names a feature."


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="1 and 2 figures for 1 features"):
        agreement([1.0], [1.0, 2.0], names=["a"])
    with pytest.raises(ChoiceError, match="is 0"):
        agreement([1.0], [1.0], names=["a"], top=0)


def test_whoever_is_explained_within_the_same_surroundings_is_told_what_he_is_told_alone():
    around = surroundings(risk, OTHERS, samples=999, seed=3)
    for row in (0, 7, 123):
        own = OTHERS[row : row + 1]
        within = opinion_within(around, own, score=float(risk(own)[0]))
        assert within == second_opinion(risk, own, background=OTHERS, samples=1000, seed=3)


def test_missing_values_and_levels_that_nobody_else_has_are_told_apart():
    others = pl.DataFrame({"use": [1.0, 2.0, None, 4.0], "kind": ["shop", None, "farm", "shop"]})
    around = surroundings(lambda table: np.zeros(table.height), others, samples=10)
    found = [
        around.quarters_of(pl.DataFrame({"use": [use], "kind": [kind]}, schema=others.schema)).tolist()
        for use, kind in ((None, None), (1.0, "shop"), (9.0, "mill"))
    ]
    assert found[0] == [-1, -1]
    assert found[1][0] == 0
    assert found[1][1] >= 0
    assert found[2] == [3, -2]
