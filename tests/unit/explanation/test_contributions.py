"""Contributions add up to the score, land on the right feature, and agree with shap where shap is exact."""

from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import polars as pl
import pytest

from powertheft.explanation.contributions import contributions, explain
from powertheft.explanation.sampled_shapley import sampled_shapley
from powertheft.models.classifier import TheftClassifier
from powertheft.models.registry import ALGORITHMS, make_estimator

QUICK: dict[str, dict[str, Any]] = {
    "lightgbm": {"trees": 20, "leaves": 8},
    "xgboost": {"trees": 20, "leaves": 8},
    "random-forest": {"trees": 15},
    "logistic-regression": {},
    "svm": {},
    "svm-rbf": {"sample": 200},
    "blend": {"members": ("lightgbm", "xgboost")},
    "catboost": {"trees": 20, "depth": 3},
    "mlp": {"layers": (8, 4), "epochs": 6, "batch": 64, "learning_rate": 0.01},
    "wide-deep": {"layers": (8, 4), "epochs": 6, "batch": 64, "learning_rate": 0.01},
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
    """A model that neither knows its contributions nor is one of the registry's: a kernel around one consumer."""

    has_own_contributions = False
    score_kind = "decision value"
    base_value_ = 0.0

    def raw_scores(self, X: Any) -> np.ndarray:
        fall, load = X["fall"].to_numpy(), X["load"].fill_null(4.0).to_numpy()
        south = (X["region"] == "south").to_numpy()
        return np.exp(-((fall - 2.0) ** 2) / 4 - (load - 9.0) ** 2 / 40) * np.where(south, 2.0, 1.0)

    def _encoder(self) -> Any: ...

    def _learn(self, matrix: Any, is_theft: Any, weights: Any) -> None: ...

    def _score(self, matrix: Any) -> Any: ...


def test_an_estimator_of_an_unknown_kind_is_explained_and_adds_up() -> None:
    found = explain(Stranger(), TABLE.head(40), background=TABLE)
    np.testing.assert_allclose(
        found.base_value + found.values.sum(axis=1), Stranger().raw_scores(TABLE.head(40)), atol=1e-12
    )
    # What the score does not read adds nothing at all.
    assert np.abs(found.values[:, 0]).max() == 0
    assert np.abs(found.values[:, 1:]).max(axis=0).min() > 0.1


def test_an_estimator_of_an_unknown_kind_explains_one_consumer_as_among_many() -> None:
    together = contributions(Stranger(), TABLE.head(20), background=TABLE)
    alone = contributions(Stranger(), TABLE[7], background=TABLE.sample(fraction=1.0, shuffle=True, seed=3))
    np.testing.assert_allclose(alone[0], together[7], atol=1e-12)


def test_without_typical_consumers_there_is_nothing_to_compare_with() -> None:
    with pytest.raises(ValueError, match="Stranger needs typical consumers"):
        explain(Stranger(), TABLE, background=TABLE.clear())
    with pytest.raises(ValueError, match="there must be references"):
        sampled_shapley(Stranger().raw_scores, TABLE, references=TABLE.select("fall"))


def test_walks_come_near_exact_shapley_values() -> None:
    # A product of three: by hand, from (0, 0, 0), each of the three gets a third of 2 * 3 * 4 = 24.
    rows = pl.DataFrame({"a": [2.0], "b": [3.0], "c": [4.0]})
    references = pl.DataFrame({name: np.zeros(200) for name in "abc"})
    found = sampled_shapley(lambda X: X.to_numpy().prod(axis=1), rows, references=references)
    np.testing.assert_allclose(found, [[8.0, 8.0, 8.0]], atol=1.5)
    assert found.sum() == pytest.approx(24.0)


def test_a_linear_model_is_known_exactly_by_walks(models: dict[str, TheftClassifier]) -> None:
    model: Any = models["logistic-regression"]
    references = TABLE.head(8)
    found = sampled_shapley(model.raw_scores, TABLE.tail(30), references=references)
    # Weight times the difference from the mean of those compared with, but for the shared column of what is missing.
    columns = (model.transformed(TABLE.tail(30)) - model.transformed(references).mean(axis=0)) * model.coefficients_
    np.testing.assert_allclose(found, model.encoder_.sum_by_feature(columns), atol=1e-9)


class Mixture(TheftClassifier):
    """A blend of fitted estimators."""

    def __init__(self, members: Any, off: float = 0.0) -> None:
        self.members = members
        self.off = off

    def parts(self) -> Any:
        return self.members

    def raw_scores(self, X: Any) -> np.ndarray:
        return self.off + sum(weight * part.raw_scores(X) for weight, part in self.members)

    def _encoder(self) -> Any: ...

    def _learn(self, matrix: Any, is_theft: Any, weights: Any) -> None: ...

    def _score(self, matrix: Any) -> Any: ...


def test_a_blend_is_the_weighted_sum_of_its_parts(models: dict[str, TheftClassifier]) -> None:
    mixture = Mixture([(0.7, models["lightgbm"]), (0.2, models["mlp"]), (0.1, models["random-forest"])])
    found = explain(mixture, TABLE.head(30), background=TABLE)
    expected = sum(weight * explain(part, TABLE.head(30), background=TABLE).values for weight, part in mixture.parts())
    np.testing.assert_allclose(found.values, expected)
    total = found.base_value + found.values.sum(axis=1)
    np.testing.assert_allclose(total, mixture.raw_scores(TABLE.head(30)), atol=1e-4)


def test_a_part_of_a_blend_may_read_fewer_features(models: dict[str, TheftClassifier]) -> None:
    small = make_estimator("logistic-regression", seed=1).fit(TABLE.select("load", "fall"), IS_THEFT)
    found = explain(Mixture([(0.5, models["lightgbm"]), (0.5, small)]), TABLE.head(9), background=TABLE)
    own = explain(small, TABLE.head(9), background=TABLE).values
    booster = explain(models["lightgbm"], TABLE.head(9), background=TABLE).values
    np.testing.assert_allclose(found.values[:, [3, 1]], 0.5 * own + 0.5 * booster[:, [3, 1]])


def test_a_blend_whose_parts_do_not_add_up_is_a_defect(models: dict[str, TheftClassifier]) -> None:
    with pytest.raises(ValueError, match=r"the parts of Mixture miss its raw score by 0\.1"):
        explain(Mixture([(1.0, models["svm"])], off=0.1), TABLE, background=TABLE)


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
