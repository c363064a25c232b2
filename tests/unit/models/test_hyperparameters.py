"""The settings of every algorithm: told once, true of the estimators, refused in words."""

import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.models.hyperparameters import HYPERPARAMETERS, hyperparameters, parse_settings
from powertheft.models.registry import ALGORITHMS, estimator_class

# What every estimator has and nobody sets by hand.
UNTOLD = {"seed", "threads", "areas", "feature_share"}


def test_every_algorithm_tells_its_settings():
    assert list(HYPERPARAMETERS) == list(ALGORITHMS)


@pytest.mark.parametrize("name", ALGORITHMS)
def test_what_is_told_is_what_the_estimator_has(name):
    own = estimator_class(name)().get_params()
    told = {one.name: one for one in hyperparameters(name)}
    assert set(told) <= set(own)
    assert set(own) - set(told) <= UNTOLD
    for one in HYPERPARAMETERS[name]:
        assert one.default in {None, own[one.name]}, one.name
        assert one.meaning.endswith(".")
        if one.low is not None:
            assert one.low <= own[one.name] <= one.high


def test_words_become_settings():
    assert parse_settings("mlp", ["layers=32,16", "epochs=5", "scaling=robust"]) == {
        "layers": (32, 16),
        "epochs": 5,
        "scaling": "robust",
    }
    assert parse_settings("blend", ["members=lightgbm, catboost"]) == {"members": ("lightgbm", "catboost")}


@pytest.mark.parametrize(
    ("algorithm", "word", "says"),
    [
        ("lightgbm", "tree=3", "no setting 'tree'.*trees"),
        ("lightgbm", "trees", "sets nothing.*NAME=VALUE"),
        ("lightgbm", "trees=many", "trees=many is not on offer.*whole number from 50 to 5000"),
        ("lightgbm", "row_share=1.5", "row_share=1.5 is not on offer.*0.3 to 1"),
        ("svm", "scaling=log", "scaling=log is not on offer.*one of standard"),
        ("blend", "members=lightgbm,lgb", "no algorithm 'lgb'"),
        ("blend", "members=lightgbm,svm", "scores of svm are no log-odds"),
    ],
)
def test_what_is_not_on_offer_is_refused(algorithm, word, says):
    with pytest.raises(ChoiceError, match=says):
        parse_settings(algorithm, [word])
