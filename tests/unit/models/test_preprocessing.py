"""From a feature table to the matrix that an estimator sees."""

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import InputError
from powertheft.models.preprocessing import FeatureEncoder, TailCompressor

NEW = pl.DataFrame({"district": ["West", None, "North"], "energy": [float("inf"), None, 10.0]})


@pytest.fixture
def small():
    return pl.DataFrame({"energy": [1.0, None, 3.0, 8.0], "district": ["North", "South", None, "North"]})


def test_missing_values_are_left_to_boosters(small):
    matrix = FeatureEncoder().fit(small).transform(NEW)
    # West was not seen in fitting, infinite is no number: both count as missing.
    np.testing.assert_array_equal(matrix, np.array([[np.nan, np.nan], [np.nan, np.nan], [10, 0]], dtype=np.float32))


def test_elsewhere_the_median_fills_in_and_a_column_says_so(small):
    encoder = FeatureEncoder(missing="fill").fit(small)
    np.testing.assert_array_equal(encoder.transform(NEW), [[3, 1, -1], [3, 1, -1], [10, 0, 0]])
    assert encoder.feature_of_column_.tolist() == [0, 0, 1]


def test_features_that_are_missing_together_share_one_column_for_it():
    X = pl.DataFrame({"a": [1.0, None, 3.0], "b": [None, 2.0, 2.0], "c": [4.0, None, 6.0], "d": [1.0, 2.0, 3.0]})
    encoder = FeatureEncoder(missing="fill").fit(X)
    assert encoder.transform(X).shape == (3, 6)
    assert encoder.feature_of_column_.tolist() == [0, 1, 2, 3, 0, 1]


def test_rare_levels_are_pooled_and_unseen_ones_join_them():
    X = pl.DataFrame({"tariff": ["I-A"] * 30 + ["V"] * 25 + ["II-B"] * 3 + ["VI"] * 2})
    encoder = FeatureEncoder(encoding="one-hot", missing="fill").fit(X)
    seen = encoder.transform(pl.DataFrame({"tariff": ["I-A", "V", "II-B", "VI", "never seen"]}))
    assert seen.shape == (5, 3)
    assert (seen.sum(axis=1) == 1).all()
    np.testing.assert_array_equal(seen[2], seen[4])
    np.testing.assert_array_equal(seen[2], seen[3])


def test_a_missing_category_is_a_level_of_its_own_in_one_hot_columns():
    X = pl.DataFrame({"tariff": ["I-A"] * 30 + [None] * 30})
    encoder = FeatureEncoder(encoding="one-hot", missing="fill").fit(X)
    assert encoder.transform(pl.DataFrame({"tariff": [None, "I-A"]}, schema={"tariff": pl.String})).tolist() == [
        [0.0, 1.0],
        [1.0, 0.0],
    ]


@pytest.mark.parametrize("dtype", [pl.String, pl.Categorical, pl.Enum(["North", "South", "West"])])
def test_text_and_categories_are_the_same_thing(small, dtype):
    as_text = FeatureEncoder().fit_transform(small)
    other = small.with_columns(pl.col("district").cast(dtype))
    np.testing.assert_array_equal(FeatureEncoder().fit_transform(other), as_text)
    np.testing.assert_array_equal(FeatureEncoder().fit(small).transform(other), as_text)


@pytest.mark.parametrize("encoding", ["ordinal", "one-hot"])
@pytest.mark.parametrize("missing", ["keep", "fill"])
@pytest.mark.parametrize("scaling", ["standard", "min-max", "robust", "none"])
def test_the_order_of_the_columns_does_not_matter(table, encoding, missing, scaling):
    encoder = FeatureEncoder(encoding=encoding, missing=missing, scaling=scaling, tails="compress").fit(table)
    shuffled = table.select(reversed(table.columns)).with_columns(unrelated=pl.lit(1))
    np.testing.assert_array_equal(encoder.transform(shuffled), encoder.transform(table))


def test_a_missing_feature_is_named(small):
    with pytest.raises(ValueError, match="missing from the table: district"):
        FeatureEncoder().fit(small).transform(small.drop("district"))


def test_a_column_of_dates_is_refused_by_name():
    X = pl.DataFrame({"connected_on": ["2020-01-01"]}).with_columns(pl.col("connected_on").str.to_date())
    with pytest.raises(InputError, match="column connected_on: holds Date"):
        FeatureEncoder().fit(X)


def test_figures_by_column_are_summed_back_onto_their_features(table):
    encoder = FeatureEncoder(encoding="one-hot", missing="fill", rare_level=5).fit(table)
    by_column = np.ones((2, len(encoder.feature_of_column_)))
    widths = dict(zip(encoder.feature_names_in_, encoder.sum_by_feature(by_column)[0], strict=True))
    # district: four levels; phase: two and missing; demand: itself and where it is missing.
    assert widths == {"drop": 1, "mean_energy": 1, "district": 4, "demand": 2, "zero_bills": 1, "phase": 3}


def test_standard_and_min_max_scales_do_what_they_say(table):
    standard = FeatureEncoder(scaling="standard", missing="fill").fit_transform(table.select("drop", "zero_bills"))
    np.testing.assert_allclose([standard.mean(axis=0), standard.std(axis=0)], [[0, 0], [1, 1]], atol=1e-5)
    beyond = pl.DataFrame({"drop": [-99.0, 99.0], "zero_bills": [0, 99]})
    bounded = FeatureEncoder(scaling="min-max", missing="fill").fit(table.select("drop", "zero_bills"))
    np.testing.assert_array_equal(bounded.transform(beyond), [[0, 0], [1, 1]])


def test_columns_without_a_value_or_with_one_value_only_do_no_harm():
    X = pl.DataFrame({"empty": [None, None, None], "same": [2.0, 2.0, 2.0], "energy": [1.0, 2.0, 3.0]})
    X = X.with_columns(pl.col("empty").cast(pl.Float64))
    encoder = FeatureEncoder(missing="fill", tails="compress", scaling="standard").fit(X)
    assert np.isfinite(encoder.transform(X)).all()


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=30, unique=True))
@example([1099379.0, 6.115494033843537e-303, 1.1125369292536007e-308])
def test_compressing_tails_keeps_the_order_and_the_sign(values):
    X = np.array(values).reshape(-1, 1)
    compressed = TailCompressor().fit(X).transform(X).ravel()
    assert (np.diff(compressed[np.argsort(X.ravel())]) >= 0).all()
    assert (np.sign(compressed) * np.sign(X.ravel()) >= 0).all()


def test_one_absurd_bill_does_not_move_the_others():
    energy = np.random.default_rng(0).lognormal(5, 1, (5_000, 1))
    usual = TailCompressor().fit_transform(energy)
    with_error = TailCompressor().fit_transform(np.vstack([energy, [[1e30]]]))
    np.testing.assert_allclose(with_error[:-1], usual, atol=1e-3)
    assert with_error[-1] < usual.max() + 5
