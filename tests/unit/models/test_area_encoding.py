"""Shares of theft by area and month: learnt from others, drawn to the mean, told of the date."""

import numpy as np
import polars as pl
import pytest

from powertheft.models.area_encoding import FOLDS, AreaEncoder
from powertheft.models.registry import learns_areas, make_estimator

from .conftest import QUICK, feature_table

AREAS = (("region", "", ""), ("region", "exchanged_on", "month"))


def consumers(size: int = 2_000, seed: int = 0) -> tuple[pl.DataFrame, np.ndarray]:
    """Theft was found where meters were exchanged in one month in the south."""
    draws = np.random.default_rng(seed)
    region = draws.choice(["north", "south"], size)
    month = draws.integers(0, 12, size)
    labels = (draws.random(size) < np.where((region == "south") & (month == 5), 0.6, 0.05)).astype(np.int64)
    days = pl.Series(18_262 + month * 30.4375 + 1)
    table = pl.DataFrame({"use": draws.normal(size=size), "region": region, "exchanged_on": days})
    return table.with_columns(pl.when(pl.int_range(size) % 7 > 0).then("exchanged_on")), labels


def test_a_group_of_few_is_drawn_towards_the_mean_and_one_not_seen_is_the_mean():
    table = pl.DataFrame({"region": ["a"] * 8 + ["b"] * 2})
    labels = np.array([0] * 8 + [1] * 2)
    encoder = AreaEncoder(areas=(("region", "", ""),), trust=10).fit(table, labels)
    # (2 + 10 x 0.2) / (2 + 10) and (0 + 10 x 0.2) / (8 + 10), by pencil; the mean is 0.2.
    found = encoder.transform(pl.DataFrame({"region": ["b", "a", "c", None]}))
    np.testing.assert_allclose(found.ravel(), [4 / 12, 2 / 18, 0.2, 0.2])


def test_a_consumer_of_the_fit_is_never_told_its_own_outcome():
    """Turning a consumer's outcome leaves the shares of its own fold as they are; those of the others change."""
    table, labels = consumers(300)
    before = AreaEncoder(areas=AREAS, seed=4).fit_transform(table, labels)
    turned = labels.copy()
    turned[17] = 1 - turned[17]
    after = AreaEncoder(areas=AREAS, seed=4).fit_transform(table, turned)
    fold = np.random.default_rng(4).permutation(len(labels)) % FOLDS
    same = fold == fold[17]
    np.testing.assert_array_equal(after[same], before[same])
    assert (after[~same] != before[~same]).any()


def test_a_day_is_finer_than_a_month():
    """Two streets connected on neighbouring days of one month: by day they are told apart, by month they are not."""
    table = pl.DataFrame({"region": ["a"] * 80, "connected_day": [18_263.0] * 40 + [18_264.0] * 40})
    labels = np.repeat([0, 1], 40)
    areas = (("region", "connected_day", "month"), ("region", "connected_day", "day"))
    by_month, by_day = AreaEncoder(areas=areas).fit(table, labels).transform(table[[0, 79]]).T
    np.testing.assert_allclose(by_month, [0.5, 0.5])
    # (0 + 10 x 0.5) / (40 + 10) and (40 + 10 x 0.5) / (40 + 10), by pencil.
    np.testing.assert_allclose(by_day, [0.1, 0.9])


def test_labels_by_chance_teach_nothing():
    table, _ = consumers(3_000)
    labels = np.random.default_rng(5).integers(0, 2, 3_000)
    made = AreaEncoder(areas=AREAS).fit_transform(table, labels)
    assert abs(np.corrcoef(made[:, 1], labels)[0, 1]) < 0.06


@pytest.mark.parametrize("algorithm", ["lightgbm", "xgboost", "catboost"])
def test_boosters_find_the_area_and_the_month_and_tell_it_of_the_date(algorithm):
    (table, labels), (others, found) = consumers(), consumers(seed=1)
    model = make_estimator(algorithm, seed=3, areas=AREAS, **QUICK[algorithm]).fit(table, labels)
    parts = model.contributions(others)
    assert parts.shape == (2_000, 3)
    np.testing.assert_allclose(parts.sum(axis=1) + model.base_value_, model.raw_scores(others), atol=1e-4)
    of_date = np.abs(parts[:, others.columns.index("exchanged_on")]).mean()
    assert of_date > np.abs(parts[:, others.columns.index("use")]).mean()
    thieves, honest = model.raw_scores(others)[found == 1], model.raw_scores(others)[found == 0]
    assert thieves.mean() > honest.mean() + 0.5


def test_who_learns_areas_says_so():
    assert learns_areas("lightgbm")
    assert learns_areas("blend")
    assert not learns_areas("mlp")


def test_without_areas_nothing_is_added():
    table, labels, _ = feature_table(300)
    model = make_estimator("lightgbm", seed=0, **QUICK["lightgbm"]).fit(table, labels)
    assert model.areas_ is None
    assert model.transformed(table).shape[1] == table.width
