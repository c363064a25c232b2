"""Contributions add up to the score, land on the right feature, and agree with shap where shap is exact."""

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import polars as pl
import pytest

from powertheft.explanation.contributions import contributions, explain
from powertheft.models.classifier import TheftClassifier
from powertheft.models.registry import ALGORITHMS, make_estimator

QUICK: dict[str, dict[str, Any]] = {
    "lightgbm": {"trees": 20, "leaves": 8},
    "xgboost": {"trees": 20, "leaves": 8},
    "random-forest": {"trees": 15},
    "logistic-regression": {},
    "svm": {},
    "mlp": {"layers": (8, 4), "epochs": 6, "batch": 64, "learning_rate": 0.01},
}


def consumers(size: int = 600, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    """A table with gaps, a category and a feature that says nothing; theft is where use fell, most in the south."""
    draws = np.random.default_rng(seed)
    fall = draws.normal(size=size)
    region = draws.choice(["north", "south"], size)
    table = pl.DataFrame(
        {
            "noise": draws.normal(size=size),
            "fall": fall,
            "region": region,
            "load": np.where(draws.random(size) < 0.3, np.nan, draws.gamma(2.0, 3.0, size)),
        }
    ).with_columns(pl.col("load").fill_nan(None))
    chance = 1 / (1 + np.exp(2 - 2.5 * fall - 1.5 * (region == "south")))
    return table, (draws.random(size) < chance).astype(np.int64)


TABLE, IS_THEFT = consumers()


@pytest.fixture(scope="module")
def models() -> dict[str, TheftClassifier]:
    return {name: make_estimator(name, seed=1, threads=1, **QUICK[name]).fit(TABLE, IS_THEFT) for name in ALGORITHMS}


@pytest.mark.parametrize("name", ALGORITHMS)
def test_contributions_add_up_to_the_raw_score(name: str, models: dict[str, TheftClassifier]) -> None:
    found = explain(models[name], TABLE.head(50), background=TABLE)
    assert found.values.shape == (50, TABLE.width)
    total = found.base_value + found.values.sum(axis=1)
    np.testing.assert_allclose(total, models[name].raw_scores(TABLE.head(50)), atol=1e-4)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_what_decides_contributes_most(name: str, models: dict[str, TheftClassifier]) -> None:
    values = contributions(models[name], TABLE, background=TABLE)
    by_feature = dict(zip(TABLE.columns, np.abs(values).mean(axis=0), strict=True))
    assert max(by_feature, key=lambda feature: by_feature[feature]) == "fall"
    # A fall raises the score of those who fell, and lowers that of those who rose.
    assert np.corrcoef(values[:, 1], TABLE["fall"].to_numpy())[0, 1] > 0.7


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_consumer_is_explained_the_same_whoever_stands_beside_him(
    name: str, models: dict[str, TheftClassifier]
) -> None:
    together = contributions(models[name], TABLE.head(20), background=TABLE)
    alone = contributions(models[name], TABLE[7], background=TABLE.sample(fraction=1.0, shuffle=True, seed=3))
    np.testing.assert_allclose(alone[0], together[7], atol=1e-9)


def test_a_few_consumers_are_background_enough(models: dict[str, TheftClassifier]) -> None:
    found = explain(models["mlp"], TABLE.head(5), background=TABLE.head(3))
    expected = models["mlp"].raw_scores(TABLE.head(3)).mean()
    assert found.base_value == pytest.approx(expected)


class Stranger(TheftClassifier):
    """A model that neither knows its contributions nor is one of the registry's."""

    has_own_contributions = False
    base_value_ = 0.0

    def transformed(self, X: Any) -> np.ndarray:
        return np.zeros((len(X), 1))

    def _encoder(self) -> Any: ...

    def _learn(self, matrix: Any, is_theft: Any, weights: Any) -> None: ...

    def _score(self, matrix: Any) -> Any: ...


def test_an_estimator_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no way to explain Stranger"):
        explain(Stranger(), TABLE, background=TABLE)


def shapley_values(model: Any, rows: np.ndarray, typical: np.ndarray) -> np.ndarray:
    """By their definition: every coalition of columns, the others as in each typical consumer."""
    width = rows.shape[1]
    worth: dict[frozenset[int], np.ndarray] = {}
    for size in range(width + 1):
        for coalition in combinations(range(width), size):
            mixed = np.repeat(typical[None, :, :], len(rows), axis=0)
            mixed[:, :, coalition] = rows[:, None, coalition]
            worth[frozenset(coalition)] = model._score(mixed.reshape(-1, width)).reshape(len(rows), -1).mean(axis=1)
    values = np.zeros(rows.shape)
    for coalition, value in worth.items():
        for column in set(range(width)) - coalition:
            weight = 1 / (width * comb(width - 1, len(coalition)))
            values[:, column] += weight * (worth[coalition | {column}] - value)
    return values


def test_a_network_is_explained_nearly_as_by_exact_shapley_values(models: dict[str, TheftClassifier]) -> None:
    model: Any = models["mlp"]
    typical = model.transformed(TABLE.head(60)).astype(np.float64)
    rows = model.transformed(TABLE.tail(20)).astype(np.float64)
    expected = model.encoder_.sum_by_feature(shapley_values(model, rows, typical))
    found = contributions(model, TABLE.tail(20), background=TABLE.head(60))
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.98
    np.testing.assert_allclose(found.sum(axis=1), expected.sum(axis=1), atol=1e-9)
