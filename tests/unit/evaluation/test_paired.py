"""Whether one list is better than another."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import ChoiceError, LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.measures import all_measures, rank, tally
from powertheft.evaluation.paired import DETECTABLE, PAIRED_MEASURES, better_list, compare_paired, shared_places

TEN = Capacity(count=10)


def two_models(size, *, seed=0, better=0.0):
    draws = np.random.default_rng(seed)
    labels = (draws.random(size) < 0.3).astype(int)
    shared = draws.normal(size=size)
    first, second = (shared + draws.normal(size=size) + (1 + extra) * labels for extra in (better, 0.0))
    return labels, first, second


def test_the_values_are_those_of_each_list_alone():
    labels, first, second = two_models(300)
    numbers = [f"consumer {i}" for i in range(300)]
    found = compare_paired(numbers, labels, first, second, capacity=TEN, seed=0, resamples=20)
    for side, raw in (("first", first), ("second", second)):
        alone = all_measures(tally(rank(numbers, labels, raw, np.zeros(300))), cutoff=0.5, visits=10)
        assert {name: getattr(m, side) for name, m in found.measures.items()} == pytest.approx(
            {name: alone[name] for name in PAIRED_MEASURES}
        )
    assert all(m.difference == m.first - m.second for m in found.measures.values())


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 5)), min_size=4, max_size=40))
def test_exchanging_the_lists_turns_the_sign_and_keeps_the_p_value(rows):
    labels, first, second = (np.array(column) for column in zip(*rows, strict=True))
    labels[:2] = 0, 1
    one, other = (
        compare_paired(range(len(rows)), labels, *lists, capacity=TEN, seed=3, resamples=40).measures
        for lists in ((first, second), (second, first))
    )
    for name in PAIRED_MEASURES:
        assert one[name].difference == -other[name].difference
        assert (one[name].low, one[name].high) == pytest.approx((-other[name].high, -other[name].low))
        assert one[name].p_value == other[name].p_value
        assert 0 < one[name].p_value <= 1


def test_equal_lists_differ_by_nothing_for_certain():
    labels, first, _ = two_models(200)
    found = compare_paired(range(200), labels, first, 2 * first + 1, capacity=TEN, seed=0, resamples=100)
    assert all((m.difference, m.low, m.high, m.p_value) == (0, 0, 0, 1) for m in found.measures.values())


def test_a_clear_difference_has_the_smallest_p_value_there_is():
    labels, first, second = two_models(2_000, better=1.0)
    found = compare_paired(range(2_000), labels, first, second, capacity=TEN, seed=0, resamples=199)
    # Twice (0 + 1) of (199 + 1).
    assert found.measures["roc_auc"].p_value == 0.01
    assert found.measures["roc_auc"].low > 0


def test_equally_good_models_differ_at_five_in_a_hundred_about_as_often_as_said():
    p_values = []
    for seed in range(120):
        labels, first, second = two_models(300, seed=seed)
        found = compare_paired(
            range(300), labels, first, second, measures=("roc_auc",), capacity=TEN, seed=seed, resamples=199
        )
        p_values.append(found.measures["roc_auc"].p_value)
    # Binomial(120, 0.05) exceeds 13 once in a thousand, and its upper half once in 10**30.
    assert 1 <= sum(p < 0.05 for p in p_values) <= 13
    assert 0.35 < np.mean(p_values) < 0.65


def test_the_interval_of_a_pair_is_narrower_than_those_of_two_strangers():
    labels, first, second = two_models(1_000)
    found = compare_paired(range(1_000), labels, first, second, capacity=TEN, seed=0, resamples=400)
    apart = [
        compare_paired(range(1_000), labels, raw, np.zeros(1_000), capacity=TEN, seed=0, resamples=400)
        for raw in (first, second)
    ]
    # Against a list in chance order the interval is that of the one list; of strangers the variances add.
    alone = np.hypot(*(m.measures["roc_auc"].high - m.measures["roc_auc"].low for m in apart))
    together = found.measures["roc_auc"].high - found.measures["roc_auc"].low
    assert together < 0.85 * alone


def test_the_detectable_difference_is_told_by_how_much_differences_scatter():
    """2.80 standard errors: of 1.96 that are needed and 0.84 that four of five draws exceed."""
    assert pytest.approx(2.80, abs=0.005) == DETECTABLE
    seen = []
    for seed in range(150):
        labels, first, second = two_models(400, seed=seed)
        found = compare_paired(
            range(400), labels, first, second, measures=("roc_auc",), capacity=TEN, seed=seed, resamples=100
        )
        seen.append(found.measures["roc_auc"])
    scatter = np.std([m.difference for m in seen])
    # Of 150 draws a standard deviation is known to a twentieth or so.
    assert np.mean([m.detectable for m in seen]) == pytest.approx(2.80 * scatter, rel=0.2)


def test_a_list_is_better_only_beyond_chance_and_by_the_measure_asked_for():
    labels, first, second = two_models(2_000, better=1.0)
    clear = compare_paired(range(2_000), labels, first, second, capacity=TEN, seed=0, resamples=100)
    turned = compare_paired(range(2_000), labels, second, first, capacity=TEN, seed=0, resamples=100)
    assert (better_list(clear), better_list(turned)) == ("first", "second")
    alike = compare_paired(range(2_000), labels, first, first, capacity=TEN, seed=0, resamples=100)
    assert better_list(alike) is None
    assert better_list(clear, "roc_auc") == "first"


def test_the_first_places_that_two_lists_share_are_counted_with_what_was_found_there():
    """Of six consumers b and c stand among the first three of both; a on the first list alone, f on the second."""
    labels = np.array([1, 1, 0, 0, 0, 1])
    found = shared_places("abcdef", labels, np.array([9, 8, 7, 1, 2, 3]), np.array([1, 8, 9, 2, 3, 7]), visits=3)
    assert (found.visits, found.shared) == (3, 2)
    assert (found.found_by_both, found.found_by_first_only, found.found_by_second_only) == (1, 1, 1)


def test_rows_of_one_consumer_are_drawn_together():
    labels, first, second = two_models(400)
    widths = []
    for copies in (1, 4):
        found = compare_paired(
            np.repeat(np.arange(400), copies),
            *(np.repeat(values, copies) for values in (labels, first, second)),
            capacity=TEN,
            seed=1,
            resamples=400,
        )
        assert (found.consumers, found.rows) == (400, 400 * copies)
        widths.append(found.measures["roc_auc"].high - found.measures["roc_auc"].low)
    assert widths[1] == pytest.approx(widths[0], rel=0.1)


def test_the_same_seed_gives_the_same_and_it_goes_into_json():
    labels, first, second = two_models(100)
    one, again, other = (
        compare_paired(range(100), labels, first, second, capacity=TEN, seed=seed, resamples=30) for seed in (1, 1, 2)
    )
    assert one == again != other
    assert json.loads(json.dumps(one.to_json(), allow_nan=False))["measures"]["pr_auc"]["first"] == (
        one.measures["pr_auc"].first
    )


def test_what_cannot_be_compared_is_refused():
    labels, first, second = two_models(50)
    with pytest.raises(ChoiceError, match="no measure 'accuracy'"):
        compare_paired(range(50), labels, first, second, measures=("accuracy",), capacity=TEN, seed=0)
    with pytest.raises(LabelError, match="no theft"):
        compare_paired(range(50), 0 * labels, first, second, capacity=TEN, seed=0)
    with pytest.raises(ValueError, match="at least 2"):
        compare_paired(range(50), labels, first, second, capacity=TEN, seed=0, resamples=1)
