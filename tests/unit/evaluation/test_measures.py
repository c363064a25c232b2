"""The measures, against hand-made answers and scikit-learn's."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from powertheft.evaluation.measures import (
    MEASURES,
    all_measures,
    average_precision_at,
    found_within,
    pr_auc,
    rank,
    roc_auc,
    tally,
)


def judged(size=3_000, *, seed=0, steps=None):
    draws = np.random.default_rng(seed)
    labels = (draws.random(size) < 0.1).astype(int)
    raw = draws.normal(size=size) + 1.5 * labels
    raw = raw if steps is None else np.round(raw * steps) / steps
    return [f"consumer {i}" for i in range(size)], labels, raw, 1 / (1 + np.exp(2 - raw))


@pytest.mark.parametrize("steps", [None, 4, 1], ids=["no ties", "some ties", "many ties"])
def test_areas_and_rates_agree_with_scikit_learn(steps):
    numbers, labels, raw, chance = judged(steps=steps)
    found = all_measures(tally(rank(numbers, labels, raw, chance)), cutoff=0.3, visits=30)
    suspected = chance >= 0.3
    expected = {
        "accuracy": metrics.accuracy_score(labels, suspected),
        "precision": metrics.precision_score(labels, suspected),
        "recall": metrics.recall_score(labels, suspected),
        "f1": metrics.f1_score(labels, suspected),
        "roc_auc": metrics.roc_auc_score(labels, raw),
        "pr_auc": metrics.average_precision_score(labels, raw),
        "brier": metrics.brier_score_loss(labels, chance),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, abs=1e-12)
    assert list(found) == list(MEASURES)


def test_thief_only_average_precision_of_a_list_worked_by_hand():
    # Thieves at ranks 1, 3 and 4 of the first five: (1/1 + 2/3 + 3/4) / 3. The thief at rank 6 is outside.
    labels = np.array([1, 0, 1, 1, 0, 1])
    listed = tally(rank("abcdef", labels, np.arange(6, 0, -1), np.full(6, 0.5)))
    assert average_precision_at(listed, 5) == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)


def test_average_precision_of_a_top_without_thieves_is_zero():
    listed = tally(rank("abc", np.array([0, 0, 1]), np.array([3, 2, 1]), np.full(3, 0.5)))
    assert average_precision_at(listed, 2) == 0.0


def test_precision_recall_and_lift_at_capacity_worked_by_hand():
    # 20 consumers, 4 thieves, 3 of them among the first 5: precision 0.6, recall 0.75, lift 0.6 / 0.2.
    labels = np.zeros(20, dtype=int)
    labels[[0, 1, 4, 9]] = 1
    raw = np.arange(20, 0, -1)
    found = all_measures(tally(rank(range(20), labels, raw, raw / 20)), cutoff=0.5, visits=5)
    at_capacity = [found[f"{name}_at_capacity"] for name in ("precision", "recall", "lift")]
    assert at_capacity == pytest.approx([0.6, 0.75, 3.0])


def test_tied_consumers_are_listed_in_the_order_of_their_numbers():
    labels = np.array([0, 1, 0, 1])
    for order in ([0, 1, 2, 3], [3, 1, 0, 2]):
        numbers = np.array(["b", "a", "d", "c"])[order]
        listed = tally(rank(numbers, labels[order], np.zeros(4), np.full(4, 0.5)))
        assert [found_within(listed, visits) for visits in (1, 2, 3)] == [1, 1, 2]


def test_equal_scores_for_all_are_worth_a_coin_toss_whatever_the_numbers():
    labels = np.repeat([1, 0], [10, 90])
    listed = tally(rank([f"{i:03d}" for i in range(100)], labels, np.zeros(100), np.full(100, 0.1)))
    assert roc_auc(listed) == 0.5
    assert pr_auc(listed) == pytest.approx(0.1)


@settings(deadline=None)
@given(st.data())
def test_a_weight_counts_as_that_many_copies_of_the_consumer(data):
    size = data.draw(st.integers(3, 25))
    weights = np.array(data.draw(st.lists(st.integers(0, 4), min_size=size, max_size=size)), dtype=float)
    labels = np.array(data.draw(st.lists(st.integers(0, 1), min_size=size, max_size=size)))
    raw = np.array(data.draw(st.lists(st.integers(0, 6), min_size=size, max_size=size)), dtype=float)
    numbers = np.array([f"{i:03d}" for i in range(size)])
    ranked = rank(numbers, labels, raw, raw / 7)
    by_number = {number: weights[i] for i, number in enumerate(numbers)}
    in_rank_order = np.array([by_number[numbers[i]] for i in ranked.consumers])
    copies = weights.astype(int)
    if copies.sum() == 0:
        return
    copied = rank(*(np.repeat(values, copies) for values in (numbers, labels, raw, raw / 7)))
    weighted = all_measures(tally(ranked, in_rank_order), cutoff=0.5, visits=4)
    assert weighted == pytest.approx(all_measures(tally(copied), cutoff=0.5, visits=4), nan_ok=True)


def test_lengths_that_differ_and_missing_scores_are_refused():
    with pytest.raises(ValueError, match="lengths differ"):
        rank("ab", np.array([1]), np.array([1.0]), np.array([1.0]))
    with pytest.raises(ValueError, match="finite"):
        rank("ab", np.array([1, 0]), np.array([1.0, np.nan]), np.array([1.0, 0.5]))
