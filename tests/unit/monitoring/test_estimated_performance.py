"""How good a list is before anybody has visited it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from powertheft.domain.spreads import NumberSpread, Spreads
from powertheft.evaluation.capacity import Capacity
from powertheft.models.calibration import fit_calibration
from powertheft.monitoring.drift import score_drift
from powertheft.monitoring.estimated_performance import estimate_error, estimate_performance

CAPACITY = Capacity(share=0.02)


def chance(log_odds):
    return 1 / (1 + np.exp(-log_odds))


def estimated(raw, probabilities=None, **more):
    known = {"capacity": CAPACITY, "calibrated": (-np.inf, np.inf), "seed": 0}
    return estimate_performance(chance(raw) if probabilities is None else probabilities, raw, **(known | more))


def month(draws, rows=20_000, *, level=-3.5, spread=1.5):
    return draws.normal(level, spread, rows)


def true_measures(labels, raw, visits):
    top = np.argsort(-raw, kind="stable")[:visits]
    return roc_auc_score(labels, raw), average_precision_score(labels, raw), labels[top].mean()


@settings(deadline=None, max_examples=15)
@given(st.floats(-3.5, 0), st.floats(0.3, 2.5), st.integers(0, 1_000))
def test_where_outcomes_follow_the_probabilities_the_estimate_is_the_truth(level, spread, seed):
    draws = np.random.default_rng(seed)
    raw = month(draws, 100_000, level=level, spread=spread).round(2)
    labels = draws.random(len(raw)) < chance(raw)
    found = estimated(raw)
    auc, average_precision, precision = true_measures(labels, raw, found.visits)
    assert found.measures["roc_auc"].value == pytest.approx(auc, abs=0.01)
    assert found.measures["pr_auc"].value == pytest.approx(average_precision, abs=0.02)
    # Of 2,000 visits: four standard errors.
    assert found.measures["precision_at_capacity"].value == pytest.approx(precision, abs=0.045)


def test_known_answers():
    probabilities = np.array([0.8, 0.5, 0.2])
    found = estimate_performance(
        probabilities, probabilities, capacity=Capacity(count=2), calibrated=(0, 1), seed=0, draws=4_000
    )
    # Of the eight outcomes, each with its chance: 0.78 / 0.90 (nobody or everybody a thief has no area).
    weights, areas = [], []
    for code in range(8):
        labels = np.array([code >> place & 1 for place in range(3)])
        if 0 < labels.sum() < 3:
            weights.append(np.prod(np.where(labels, probabilities, 1 - probabilities)))
            areas.append(roc_auc_score(labels, probabilities))
    assert found.measures["roc_auc"].value == pytest.approx(np.average(areas, weights=weights), abs=0.02)
    assert found.measures["precision_at_capacity"].value == pytest.approx(0.65)
    assert found.thefts == pytest.approx(1.5)


def test_who_ties_is_not_put_in_order():
    probabilities = np.full(2_000, 0.3)
    found = estimated(np.zeros(2_000), probabilities)
    assert found.measures["roc_auc"].value == pytest.approx(0.5)
    assert found.measures["pr_auc"].value == pytest.approx(0.3, abs=0.01)
    assert found.measures["precision_at_capacity"].value == pytest.approx(0.3)


@pytest.mark.parametrize("rows", [2_000, 12_000])
def test_the_truth_lies_in_the_interval_nineteen_times_in_twenty(rows):
    draws = np.random.default_rng(rows)
    raw = month(draws, rows)
    found = estimated(raw)
    inside = np.zeros(3)
    for _ in range(200):
        truth = true_measures(draws.random(rows) < chance(raw), raw, found.visits)
        inside += [
            measure.low <= true <= measure.high for measure, true in zip(found.measures.values(), truth, strict=True)
        ]
    assert (inside / 200 >= 0.90).all()
    assert (inside / 200 <= 0.995).all()


def test_months_without_shift_are_estimated_within_0_03():
    """The bar of the product, with a calibration learnt from 1,100 thefts, and a mix of consumers that moves.

    From 300 thefts calibration alone is off by 0.012 (a standard deviation), more than this bar leaves room for.
    """
    draws = np.random.default_rng(0)
    learnt = month(draws, 30_000)
    calibration = fit_calibration(learnt, draws.random(30_000) < chance(0.6 * learnt - 1.5))
    guesses, truths = [], []
    for place in range(6):
        raw = month(draws, level=-3.5 + 0.1 * place, spread=1.5 - 0.05 * place)
        found = estimated(raw, calibration.probabilities(raw), calibrated=(learnt.min(), learnt.max()))
        guesses.append(found.measures["roc_auc"].value)
        truths.append(roc_auc_score(draws.random(len(raw)) < chance(0.6 * raw - 1.5), raw))
        assert not found.warns
    error = estimate_error(guesses, truths)
    assert error is not None
    assert error.worst <= 0.03


def test_where_theft_itself_changes_the_past_error_says_so():
    draws = np.random.default_rng(0)
    guesses, truths = [], []
    for place in range(5):
        raw = month(draws)
        # Thieves learn: from the third month the score says less and less about who steals.
        labels = draws.random(len(raw)) < chance(raw * (1 - 0.3 * max(0, place - 1)) - 0.5)
        found = estimated(raw)
        assert not found.warns
        guesses.append(found.measures["roc_auc"].value)
        truths.append(roc_auc_score(labels, raw))
    error = estimate_error(guesses, truths)
    assert error is not None
    assert error.recent > 0.1
    assert error.bias > 0.03
    assert estimated(month(draws), past=error).doubts == ("past_error",)
    assert estimate_error(guesses[:2], truths[:2]).recent < 0.03


def test_scores_that_the_calibration_did_not_see_are_told():
    draws = np.random.default_rng(0)
    raw = month(draws)
    assert estimated(raw, calibrated=(raw.min(), raw.max())).doubts == ()
    low, high = np.quantile(raw, [0.02, 0.98])
    beyond = estimated(raw, calibrated=(low, high))
    assert beyond.doubts == ("beyond_calibration",)
    assert beyond.share_beyond == pytest.approx(0.04, abs=0.001)
    # Few rows, but they are those that are visited.
    assert estimated(raw, calibrated=(raw.min(), np.quantile(raw, 0.995))).doubts == ("beyond_calibration",)


def test_small_lists_and_lists_without_theft_are_told():
    draws = np.random.default_rng(0)
    assert estimated(month(draws, 400, level=0)).doubts == ("few_rows",)
    assert estimated(month(draws, 5_000, level=-9)).doubts == ("few_thefts",)


@pytest.mark.parametrize(
    ("told", "doubt"),
    [
        ({"thefts_learnt": 999}, "few_learnt"),
        ({"found_at_random": 99}, "few_at_random"),
        ({"months_old": 6.1}, "old_model"),
    ],
)
def test_what_the_likelihoods_were_learnt_from_and_when_is_told(told, doubt):
    raw = month(np.random.default_rng(0))
    assert estimated(raw, **told).doubts == (doubt,)
    enough = {"thefts_learnt": 1000, "found_at_random": 100, "months_old": 6.0}
    assert estimated(raw, **enough).doubts == ()


def test_scores_that_moved_far_are_told():
    before = Spreads(10_000, NumberSpread((-6.0, -3.0, 0.0), (5_000, 5_000), 0.0))
    now = Spreads(10_000, NumberSpread((-6.0, -3.0, 0.0), (1_000, 9_000), 0.0))
    raw = month(np.random.default_rng(0))
    assert estimated(raw, score_drift=score_drift(before, now)).doubts == ("score_drift",)
    assert not estimated(raw, score_drift=score_drift(before, before)).warns


def test_the_same_seed_gives_the_same_estimate():
    raw = month(np.random.default_rng(0))
    assert estimated(raw) == estimated(raw)
    assert estimated(raw).to_json()["measures"]["roc_auc"].keys() == {"value", "low", "high"}


def test_periods_without_outcomes_are_left_out():
    assert estimate_error([0.8, 0.8], [float("nan"), 0.7]).periods == 1
    assert estimate_error([], []) is None
    with pytest.raises(ValueError, match="2 estimates for 1 true"):
        estimate_error([0.8, 0.8], [0.7])


@pytest.mark.parametrize(
    ("probabilities", "raw"),
    [([0.5], [1.0, 2.0]), ([], []), ([1.5], [1.0]), ([0.5], [float("nan")]), ([float("nan")], [1.0])],
)
def test_what_is_no_list_of_probabilities_is_refused(probabilities, raw):
    with pytest.raises(ValueError, match="probabilit"):
        estimated(np.array(raw), np.array(probabilities))


def test_a_list_of_certainties_is_judged_too():
    probabilities = np.repeat([1.0, 0.0], 300)
    found = estimated(probabilities, probabilities)
    assert found.measures["roc_auc"].value == found.measures["roc_auc"].low == 1
    nobody = estimated(np.arange(600.0), np.zeros(600))
    assert np.isnan(nobody.measures["roc_auc"].value)
    assert nobody.doubts == ("few_thefts",)
