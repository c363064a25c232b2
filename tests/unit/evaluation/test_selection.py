"""What it changes that inspected consumers were chosen."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from powertheft.domain.errors import ChoiceError, LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.selection import effective_size, inspection_weights, weighted_measures

CHANCES = st.lists(st.floats(1e-4, 1), min_size=1, max_size=60)


@settings(deadline=None)
@given(CHANCES, st.floats(1, 50))
def test_weights_have_mean_one_and_none_is_above_the_clip(chances, clip):
    # Of an odd number the median is one of the weights, which no clip of 1 or more moves.
    chances = chances[: len(chances) - (len(chances) + 1) % 2]
    found = inspection_weights(np.array(chances), clip=clip)
    assert found.weights.mean() == pytest.approx(1)
    assert found.weights.max() <= clip * np.median(found.weights) * (1 + 1e-9)
    assert 1 - 1e-9 <= found.effective_size <= len(chances) + 1e-6
    # The less likely to be inspected, the more it stands for.
    in_order = found.weights[np.argsort(chances, kind="stable")]
    assert (np.diff(in_order) <= 1e-12).all()


def test_equal_chances_change_nothing():
    labels, raw = np.array([0, 1, 0, 1, 0]), np.array([1.0, 5.0, 3.0, 2.0, 4.0])
    found = weighted_measures("abcde", labels, raw, inspection_weights(np.full(5, 0.2)), capacity=Capacity(count=2))
    assert found.effective_size == pytest.approx(5)
    for measure in found.measures.values():
        assert measure.weighted == pytest.approx(measure.inspected)
    assert found.sentence.startswith("Who gets inspected changes little")


def test_kish_counts_a_weight_of_nothing_as_nobody():
    # (1 + 1 + 2)^2 / (1 + 1 + 4)
    assert effective_size(np.array([1.0, 1.0, 2.0, 0.0])) == pytest.approx(16 / 6)


def test_weighted_areas_are_those_of_scikit_learn():
    draws = np.random.default_rng(0)
    labels = (draws.random(500) < 0.3).astype(int)
    raw = np.round(draws.normal(labels), 1)
    weights = inspection_weights(draws.uniform(0.05, 1, 500))
    found = weighted_measures(range(500), labels, raw, weights, capacity=Capacity(share=0.1)).measures
    assert found["roc_auc"].inspected == pytest.approx(metrics.roc_auc_score(labels, raw))
    assert found["roc_auc"].weighted == pytest.approx(metrics.roc_auc_score(labels, raw, sample_weight=weights.weights))
    assert found["pr_auc"].weighted == pytest.approx(
        metrics.average_precision_score(labels, raw, sample_weight=weights.weights)
    )
    assert found["base_rate"].weighted == pytest.approx(np.average(labels, weights=weights.weights))


def test_precision_at_capacity_counts_places_by_weight():
    # Weights 0.5, 0.5, 1.5, 1.5: two places hold the thief and the honest one by halves and two thirds of a thief.
    weights = inspection_weights(np.array([0.6, 0.6, 0.2, 0.2]))
    assert weights.weights.tolist() == pytest.approx([0.5, 0.5, 1.5, 1.5])
    found = weighted_measures(
        "abcd", np.array([1, 0, 1, 0]), np.array([4.0, 3.0, 2.0, 1.0]), weights, capacity=Capacity(count=2)
    )
    assert found.measures["precision_at_capacity"].weighted == pytest.approx((0.5 + 1.0) / 2)
    assert found.measures["precision_at_capacity"].inspected == 0.5


def test_weights_bring_back_the_figures_of_everybody():
    draws = np.random.default_rng(3)
    size = 60_000
    suspicion = draws.normal(size=size)
    chance = 1 / (1 + np.exp(2.5 - 1.5 * suspicion))
    labels = (draws.random(size) < chance).astype(int)
    raw = suspicion + draws.normal(size=size)
    propensity = np.clip(1 / (1 + np.exp(1.5 - 1.5 * suspicion)), 0.02, 1)
    seen = draws.random(size) < propensity
    weights = inspection_weights(propensity[seen], clip=1_000)
    found = weighted_measures(
        np.flatnonzero(seen), labels[seen], raw[seen], weights, capacity=Capacity(share=0.05)
    ).measures
    everybody = metrics.roc_auc_score(labels, raw)
    assert found["base_rate"].weighted == pytest.approx(labels.mean(), abs=0.01)
    assert found["roc_auc"].weighted == pytest.approx(everybody, abs=0.02)
    # The inspected alone are more alike: their figures are others.
    assert found["base_rate"].inspected > 1.5 * labels.mean()
    assert abs(found["roc_auc"].inspected - everybody) > 0.02


def test_few_effective_rows_are_warned_of():
    draws = np.random.default_rng(0)
    chances = np.where(np.arange(200) < 4, 0.001, 0.5)
    weights = inspection_weights(chances, clip=500)
    labels = draws.integers(0, 2, 200)
    found = weighted_measures(range(200), labels, draws.random(200), weights, capacity=Capacity(count=5))
    assert found.effective_size < 20
    assert "too few to rely on" in found.sentence
    assert inspection_weights(chances).clipped == 4
    assert json.loads(json.dumps(found.to_json(), allow_nan=False))["rows"] == 200


def test_what_is_no_chance_is_refused():
    for chances in ([], [0.0], [1.1], [np.nan]):
        with pytest.raises(ValueError, match="chance of being inspected"):
            inspection_weights(np.array(chances))
    with pytest.raises(ChoiceError, match="below the median"):
        inspection_weights(np.array([0.5]), clip=0.5)
    one = inspection_weights(np.array([0.5, 0.5]))
    with pytest.raises(LabelError, match="no theft"):
        weighted_measures("ab", np.array([0, 0]), np.zeros(2), one, capacity=Capacity(count=1))
    with pytest.raises(ValueError, match="lengths differ"):
        weighted_measures("abc", np.array([0, 1, 0]), np.zeros(3), one, capacity=Capacity(count=1))
