"""What holds for every algorithm of the registry."""

import numpy as np
import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from powertheft.models.registry import ALGORITHMS, make_estimator

from .conftest import QUICK, feature_table

OWN = ["lightgbm", "xgboost", "logistic-regression", "svm", "blend", "catboost"]
PREDICTING = ["random-forest", "mlp"]


def test_it_finds_thieves_among_consumers_that_it_has_not_seen(algorithm, fitted):
    table, labels, _ = feature_table(1_500, seed=1)
    # The labels' own log-odds reach 0.86 here.
    assert roc_auc_score(labels, fitted[algorithm].raw_scores(table)) > 0.8


def test_the_order_of_the_columns_does_not_matter_for_scores(algorithm, fitted, table):
    shuffled = table.select(reversed(table.columns)).with_columns(unrelated=pl.lit("x"))
    np.testing.assert_array_equal(fitted[algorithm].raw_scores(shuffled), fitted[algorithm].raw_scores(table))


def test_the_same_seed_gives_the_same_scores_to_the_byte(algorithm, fitted, table, labels):
    again = make_estimator(algorithm, seed=3, **QUICK[algorithm]).fit(table, labels)
    np.testing.assert_array_equal(again.raw_scores(table), fitted[algorithm].raw_scores(table))


def test_the_number_of_threads_does_not_change_the_scores(algorithm, fitted, table, labels):
    two = make_estimator(algorithm, seed=3, **{**QUICK[algorithm], "threads": 2}).fit(table, labels)
    np.testing.assert_array_equal(two.raw_scores(table), fitted[algorithm].raw_scores(table))


def test_a_consumers_score_does_not_depend_on_who_else_is_scored(algorithm, fitted, table):
    whole = fitted[algorithm].raw_scores(table)
    np.testing.assert_allclose(fitted[algorithm].raw_scores(table[70:75]), whole[70:75], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("algorithm", OWN)
@pytest.mark.parametrize("encoding", ["ordinal", "one-hot"])
def test_contributions_add_up_to_the_raw_score(algorithm, encoding, table, labels):
    model = make_estimator(algorithm, seed=3, encoding=encoding, **QUICK[algorithm]).fit(table, labels)
    parts = model.contributions(table)
    assert parts.shape == table.shape
    np.testing.assert_allclose(parts.sum(axis=1) + model.base_value_, model.raw_scores(table), atol=1e-4)


@pytest.mark.parametrize("algorithm", OWN)
def test_the_feature_that_matters_contributes_most(algorithm, fitted, table):
    sizes = np.abs(fitted[algorithm].contributions(table)).mean(axis=0)
    assert table.columns[int(np.argmax(sizes))] == "drop"


@pytest.mark.parametrize("algorithm", sorted(set(ALGORITHMS) - set(OWN)))
def test_others_say_that_they_have_no_contributions_of_their_own(algorithm, fitted, table):
    model = fitted[algorithm]
    assert not model.has_own_contributions
    with pytest.raises(ValueError, match="no contributions of its own"):
        model.contributions(table)


@pytest.mark.parametrize("algorithm", PREDICTING)
def test_an_adapter_finds_the_learner_and_its_matrix(algorithm, fitted, table):
    model = fitted[algorithm]
    matrix = model.transformed(table)
    np.testing.assert_allclose(
        model.estimator_.predict_proba(matrix)[:, 1], model.predict_proba(table)[:, 1], atol=1e-5
    )
    assert model.encoder_.sum_by_feature(matrix).shape == table.shape


@pytest.mark.parametrize("scaling", ["standard", "min-max", "robust", "none"])
@pytest.mark.parametrize("algorithm", ["logistic-regression", "svm", "svm-rbf", "mlp"])
def test_every_scaling_converges_on_heavy_tails(algorithm, scaling, table, labels):
    # A search that does not end raises a warning, and warnings are errors here.
    options = {**QUICK[algorithm], **({} if algorithm == "mlp" else {"strength": 1.0})}
    model = make_estimator(algorithm, seed=3, scaling=scaling, **options).fit(table, labels)
    assert roc_auc_score(labels, model.raw_scores(table)) > 0.8


@pytest.mark.parametrize("algorithm", ["random-forest", "logistic-regression", "svm", "mlp"])
def test_balanced_class_weights_raise_the_scores(algorithm, fitted, table, labels):
    plain = make_estimator(algorithm, seed=3, class_weight="none", **QUICK[algorithm]).fit(table, labels)
    assert fitted[algorithm].raw_scores(table).mean() > plain.raw_scores(table).mean()


def test_weights_of_consumers_are_heeded(algorithm, table, labels):
    # Theft in the south weighs nothing: living there must count for less than it does otherwise.
    southern_theft = (table["district"] == "South").to_numpy() & (labels == 1)
    weights = np.where(southern_theft, 0.0, 1.0)
    south = (table["district"] == "South").to_numpy()
    plain, weighted = (
        make_estimator(algorithm, seed=3, **QUICK[algorithm]).fit(table, labels, sample_weight=given)
        for given in (None, weights)
    )
    gap = [
        scores[south].mean() - scores[~south].mean() for scores in (plain.raw_scores(table), weighted.raw_scores(table))
    ]
    assert gap[1] < gap[0]


def test_the_network_stops_when_the_inner_split_gets_no_better(table, labels):
    options = {**QUICK["mlp"], "epochs": 200, "patience": 2, "learning_rate": 0.05}
    model = make_estimator("mlp", seed=3, **options).fit(table, labels)
    assert len(model.losses_) < 200
    assert np.argmin(model.losses_) == len(model.losses_) - 3


def test_the_kernel_machine_scores_as_its_library_does(fitted, table):
    model = fitted["svm-rbf"]
    own = model.machine_.decision_function(model.transformed(table))
    np.testing.assert_allclose(model.raw_scores(table), own, atol=1e-9)
