"""Contributions along the paths of boosted trees are the booster's own."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from powertheft.explanation.contributions import MANY, explain
from powertheft.explanation.tree_paths import MOST_BITS, path_contributions, read_lightgbm, read_xgboost
from powertheft.models.boosted_lightgbm import LightGBMClassifier
from powertheft.models.boosted_xgboost import XGBoostClassifier


def fitted(gaps: float, width: int = 30, **settings: Any) -> tuple[LightGBMClassifier, pl.DataFrame]:
    draws = np.random.default_rng(4)
    matrix = draws.normal(size=(1500, width)).round(1)
    is_theft = draws.random(1500) < 1 / (1 + np.exp(1 - matrix[:, 0] * matrix[:, 1] - matrix[:, 2]))
    matrix[draws.random(matrix.shape) < gaps] = np.nan
    table = pl.DataFrame({f"f{place}": matrix[:, place] for place in range(width)}, nan_to_null=True)
    table = table.with_columns(region=pl.Series(draws.choice(["north", "south", "west"], 1500)))
    return LightGBMClassifier(threads=1, **settings).fit(table, is_theft), table


def followed(model: LightGBMClassifier, table: pl.DataFrame) -> tuple[np.ndarray, float, int]:
    paths = read_lightgbm(model.native_files()["booster.txt"].decode())
    assert paths is not None
    longest = int(np.diff(paths.first_slot).max())
    return path_contributions(paths, model.transformed(table), threads=2), paths.base_value, longest


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_they_are_the_boosters_own(gaps: float) -> None:
    model, table = fitted(gaps, trees=40, leaves=31, smallest_leaf=10)
    values, base, _ = followed(model, table)
    own: Any = model.booster_.predict(model.transformed(table), pred_contrib=True)
    np.testing.assert_allclose(values, own[:, :-1], atol=1e-10)
    assert base == pytest.approx(model.base_value_)


def test_values_missing_only_when_scored_go_where_the_booster_sends_them() -> None:
    model, table = fitted(0.0, trees=20, leaves=15)
    gaps = table.with_columns(pl.lit(None, dtype=pl.Float64).alias("f1"), pl.lit(None, dtype=pl.String).alias("region"))
    values, base, _ = followed(model, gaps)
    np.testing.assert_allclose(base + values.sum(axis=1), model.raw_scores(gaps), atol=1e-10)


def test_paths_too_long_to_remember_their_patterns_are_followed_too() -> None:
    model, table = fitted(0.1, width=60, trees=12, leaves=400, smallest_leaf=1, feature_share=0.9, l2=0.0)
    values, _, longest = followed(model, table.head(400))
    assert longest > MOST_BITS
    own: Any = model.booster_.predict(model.transformed(table.head(400)), pred_contrib=True)
    np.testing.assert_allclose(values, own[:, :-1], atol=1e-9)


def test_trees_that_ask_nothing_move_everybody_alike() -> None:
    model, table = fitted(0.0, trees=3, smallest_leaf=1500)
    paths = read_lightgbm(model.booster_.model_to_string())
    assert paths is not None
    assert np.abs(path_contributions(paths, model.transformed(table))).max() == 0
    assert paths.base_value == pytest.approx(model.raw_scores(table)[0])


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_xgboost_is_followed_to_its_own_figures(gaps: float) -> None:
    _, table = fitted(gaps, trees=1)
    is_theft = (table["f0"].fill_null(0) * table["f1"].fill_null(0) + table["f2"].fill_null(0) > 0).to_numpy()
    model = XGBoostClassifier(trees=30, leaves=24, threads=1, smallest_leaf_weight=0.5).fit(table, is_theft)
    paths = read_xgboost(bytes(model.booster_.save_raw("json")))
    assert paths is not None
    found = path_contributions(paths, model.transformed(table))
    # XGBoost adds up in single precision.
    np.testing.assert_allclose(found, model.contributions(table), atol=2e-5)
    np.testing.assert_allclose(model.base_value_ + found.sum(axis=1), model.raw_scores(table), atol=1e-5)


def test_a_category_that_xgboost_splits_as_such_is_left_to_it() -> None:
    text = '{"learner": {"gradient_booster": {"model": {"trees": [{"split_type": [1, 0, 0]}]}}}}'
    assert read_xgboost(text) is None


class OfAnotherRelease:
    """A booster whose text means something else than what it predicts."""

    def __init__(self, booster: Any, text: str) -> None:
        self.booster = booster
        self.text = text

    def model_to_string(self) -> str:
        return self.text

    def predict(self, *arguments: Any, **settings: Any) -> Any:
        return self.booster.predict(*arguments, **settings)


def test_figures_that_miss_the_score_are_not_taken() -> None:
    model, table = fitted(0.1, trees=10, leaves=8)
    other, _ = fitted(0.1, trees=10, leaves=8, seed=9)
    expected = model.contributions(table)
    odd: Any = OfAnotherRelease(model.booster_, other.booster_.model_to_string())
    model.booster_ = odd
    np.testing.assert_allclose(explain(model, table, background=table).values, expected, atol=1e-12)


@pytest.mark.parametrize("kind", ["num_cat=1", "is_linear=1"])
def test_trees_of_another_kind_are_left_to_the_booster(kind: str) -> None:
    assert read_lightgbm(f"Tree=0\nnum_leaves=2\n{kind}\n\nend of trees") is None


def test_many_consumers_get_the_figures_that_few_get() -> None:
    model, table = fitted(0.2, trees=20, leaves=15)
    assert table.height >= MANY
    many, few = explain(model, table, background=table), explain(model, table.head(5), background=table)
    np.testing.assert_allclose(many.values[:5], few.values, atol=1e-10)
    assert many.base_value == pytest.approx(few.base_value)
