"""From a raw score to a probability that means what it says."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.models.calibration import Calibration, fit_calibration


def drawn(shape, size, seed):
    """Return raw scores, labels, and the true probabilities that the labels were drawn with."""
    draws = np.random.default_rng(seed)
    raw = 1.5 * draws.normal(size=size)
    log_odds = {
        "straight": 1.2 * raw - 3.9,
        "levelling off at the top": np.minimum(3 * raw - 5, 0.8 + 0.1 * raw),
        "far too sure of itself": 0.3 * raw - 3,
    }[shape]
    truth = 1 / (1 + np.exp(-log_odds))
    return raw, (draws.random(size) < truth).astype(int), truth


@pytest.mark.parametrize("shape", ["straight", "levelling off at the top", "far too sure of itself"])
def test_probabilities_are_right_on_average_and_at_the_top(shape):
    raw, labels, _ = drawn(shape, 60_000, seed=1)
    calibration = fit_calibration(raw, labels)
    raw, _, truth = drawn(shape, 60_000, seed=2)
    chance = calibration.probabilities(raw)
    in_order = np.argsort(raw)
    bins = np.array_split(in_order, 20)
    assert np.mean([abs(chance[b].mean() - truth[b].mean()) for b in bins]) < 0.005
    top = in_order[-600:]
    assert truth[top].mean() / chance[top].mean() == pytest.approx(1, abs=0.1)


def test_weights_undo_a_choice_of_whom_one_has_seen():
    raw, labels, _ = drawn("straight", 60_000, seed=1)
    seen = (labels == 1) | (np.random.default_rng(5).random(len(raw)) < 0.25)
    weights = np.where(labels[seen] == 1, 1.0, 4.0)
    calibration = fit_calibration(raw[seen], labels[seen], weights)
    raw, _, truth = drawn("straight", 60_000, seed=2)
    bins = np.array_split(np.argsort(raw), 20)
    chance = calibration.probabilities(raw)
    assert np.mean([abs(chance[b].mean() - truth[b].mean()) for b in bins]) < 0.01
    # What all weigh alike is what none weighs.
    alike = fit_calibration(raw[:2000], labels[:2000], np.full(2000, 7.0))
    assert alike == fit_calibration(raw[:2000], labels[:2000])


LADDERS = st.lists(st.floats(0.01, 10), min_size=1, max_size=12)


@settings(deadline=None, max_examples=200)
@given(LADDERS, st.data())
def test_a_higher_score_is_never_as_probable_as_a_lower_one(widths, data):
    rises = data.draw(st.lists(st.floats(0.02, 2), min_size=len(widths), max_size=len(widths)))
    knots = tuple(np.append(0.0, np.cumsum(widths)).tolist())
    calibration = Calibration(knots, tuple((np.append(0.0, np.cumsum(rises)) - 8).tolist()))
    reach = knots[-1] + 1_000
    scores = np.array(sorted(data.draw(st.lists(st.floats(-1_000, reach), min_size=2, max_size=40, unique=True))))
    apart = np.append(True, np.diff(scores) > 1e-5)
    assert (np.diff(calibration.probabilities(scores[apart])) > 0).all()


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.sampled_from([60, 400, 3_000]))
def test_a_fitted_map_is_strictly_increasing_from_end_to_end(seed, size):
    draws = np.random.default_rng(seed)
    raw = draws.normal(size=size) * draws.choice([1e-3, 1, 1e4])
    labels = (draws.random(size) < 0.3).astype(int)
    labels[:2] = 0, 1
    grid = np.linspace(raw.min() - np.ptp(raw), raw.max() + np.ptp(raw), 2_001)
    chance = fit_calibration(raw, labels).probabilities(grid)
    assert (np.diff(chance) > 0).all()
    assert chance[0] > 0
    assert chance[-1] < 1


def test_scores_beyond_all_seen_are_probable_but_never_certain():
    raw, labels, _ = drawn("straight", 5_000, seed=0)
    chance = fit_calibration(raw, labels).probabilities(np.array([-np.inf, -1e300, raw.max(), 1e6, 1e300, np.inf]))
    assert 0 < chance[0] <= chance[1] < chance[2] < chance[3] <= chance[4] <= chance[5] < 1


def test_a_score_that_knows_nothing_gives_everybody_the_base_rate():
    labels = np.repeat([1, 0], [300, 2_700])
    same = fit_calibration(np.zeros(3_000), labels).probabilities(np.zeros(3))
    assert same == pytest.approx(np.full(3, 0.1), abs=0.005)
    worse = fit_calibration(-labels + np.random.default_rng(0).normal(size=3_000), labels)
    assert np.ptp(worse.probabilities(np.array([-2.0, 2.0]))) < 0.02


def test_the_order_of_the_consumers_does_not_matter():
    raw, labels, _ = drawn("straight", 2_000, seed=4)
    order = np.random.default_rng(0).permutation(2_000)
    assert fit_calibration(raw, labels) == fit_calibration(raw[order], labels[order])


def test_nothing_is_lost_on_the_way_through_a_file():
    raw, labels, _ = drawn("straight", 2_000, seed=5)
    calibration = fit_calibration(raw, labels)
    assert Calibration.from_json(json.loads(json.dumps(calibration.to_json()))) == calibration


@pytest.mark.parametrize(("raw", "labels"), [([1.0, 2.0], [0, 0]), ([1.0, 2.0], [1, 1]), ([1.0, np.nan], [0, 1])])
def test_it_needs_numbers_and_both_classes(raw, labels):
    with pytest.raises(ValueError, match="both classes"):
        fit_calibration(np.array(raw), np.array(labels))
