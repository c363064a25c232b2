"""The algorithms on offer."""

import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.models.classifier import TheftClassifier
from powertheft.models.registry import ALGORITHMS, DEFAULT_ALGORITHM, DESCRIPTIONS, estimator_class, make_estimator


def test_every_algorithm_has_a_class_and_a_description():
    assert list(DESCRIPTIONS) == list(ALGORITHMS)
    assert DEFAULT_ALGORITHM in ALGORITHMS
    for name in ALGORITHMS:
        assert issubclass(estimator_class(name), TheftClassifier)


def test_every_algorithm_takes_the_common_choices(algorithm):
    made = make_estimator(algorithm, seed=5, threads=1, encoding="one-hot", scaling="min-max", class_weight="none")
    assert (made.seed, made.threads, made.encoding, made.scaling, made.class_weight) == (
        5,
        1,
        "one-hot",
        "min-max",
        "none",
    )


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("lightgmb", {}, "no algorithm 'lightgmb'. Choose one of: lightgbm, xgboost, random-forest"),
        ("svm", {"encoding": "hash"}, "no encoding 'hash'. Choose one of: ordinal, one-hot"),
        ("svm", {"scaling": "rank"}, "no scaling 'rank'. Choose one of: standard, min-max, robust, none"),
        ("svm", {"class_weight": "heavy"}, "no class weight 'heavy'. Choose one of: balanced, none"),
        ("svm", {"trees": 5}, "svm has no setting 'trees'. Choose among: .*strength"),
    ],
)
def test_what_is_not_on_offer_is_refused_with_what_is(name, options, words):
    with pytest.raises(ChoiceError, match=words):
        make_estimator(name, seed=0, **options)
