"""What a list would do for squads, and a model in three sentences."""

import numpy as np
import pytest

from powertheft.actions.curve_points import MOST_POINTS, curve_points
from powertheft.actions.estimate_training import TrainingEstimate
from powertheft.actions.model_verdict import at_cutoff, baselines, finds_within, verdict
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import evaluate_scores

DRAWN = np.random.default_rng(3)
LABELS = (DRAWN.random(1000) < 0.08).astype(int)
CHANCES = np.clip(0.05 + 0.3 * LABELS + DRAWN.normal(0, 0.1, 1000), 0.001, 0.99)
NAMES = np.array([f"c{one}" for one in range(1000)])


@pytest.fixture
def points() -> dict:
    return curve_points(NAMES, LABELS, CHANCES, probabilities=CHANCES)


def figures(**changed) -> dict:
    judged = evaluate_scores(
        consumer_ids=NAMES,
        labels=LABELS,
        raw_scores=CHANCES,
        probabilities=CHANCES,
        capacity=Capacity(count=50),
        resamples=20,
    ).to_json()
    fine = {"severity": "ok", "verdict": "No leak was found in 5 checks."}
    ratio = {"expected_calibration_error": 0.01, "observed_over_predicted": {"1%": 1.0, "5%": 1.0}}
    plain = {
        "audit": fine,
        "held_out": judged,
        "segments": {"held_out": []},
        "selection": None,
        "calibration": {"held_out": ratio},
    }
    return {**plain, **changed}


def test_a_curve_has_at_most_as_many_points_as_a_page_draws_and_ends_at_everything(points):
    for columns in (points["visits"], points["cutoffs"]):
        assert {len(column) for column in columns.values()} == {len(next(iter(columns.values())))}
        assert len(next(iter(columns.values()))) <= MOST_POINTS
    assert finds_within(points, 1000) == LABELS.sum()
    assert points["cutoffs"]["suspected"][0] == 1000


def test_each_cut_off_counts_whom_it_suspects(points):
    for place in (0, 50, 150):
        line = points["cutoffs"]["cutoff"][place]
        told = at_cutoff(points, line)
        assert told["suspected"] == (line <= CHANCES).sum()
        assert told["found"] == LABELS[line <= CHANCES].sum()
        assert told["found"] + told["missed"] == LABELS.sum()
        assert told["suspected"] + told["missed"] + told["cleared"] == 1000


def test_visits_at_random_are_known_only_from_visits_drawn_at_random():
    visits = {"visits": 500, "found": 30, "by": {"random": {"visits": 20, "found": 1}}}
    assert baselines(visits, label_scope="inspected").random is None
    visits["by"]["random"]["visits"] = 100
    assert baselines(visits, label_scope="inspected").random == 0.01
    assert baselines(visits, label_scope="inspected").practice == 29 / 400


def test_a_verdict_says_how_good_at_what_capacity_and_what_to_distrust():
    good, capacity, doubt = verdict(figures(), basis="held_out", label_scope="everybody")
    assert "Of 100 visits at the top of its list about" in good
    assert "for the first 50 of 1,000 connections judged" in capacity
    assert "down to place" in capacity
    assert doubt.startswith(("Nothing stands out", "Distrust: only"))


def test_a_leak_is_all_that_a_verdict_warns_of():
    leak = {"severity": "leak", "verdict": "new_meter gives the outcome away."}
    *_, doubt = verdict(figures(audit=leak), basis="held_out", label_scope="everybody")
    assert doubt == "Do not use it yet: new_meter gives the outcome away."


def test_groups_that_are_served_badly_and_likelihoods_that_are_off_are_named():
    groups = [{"is_served_badly": True, "segment": "category", "group": "hut"}]
    off = {"expected_calibration_error": 0.1, "observed_over_predicted": {"5%": 0.4}}
    told = figures(segments={"held_out": groups}, calibration={"held_out": off})
    *_, doubt = verdict(told, basis="held_out", label_scope="everybody")
    assert "it serves category hut badly" in doubt
    assert "0.40 thefts are found for each that its likelihoods promise" in doubt


def test_an_estimate_says_whether_the_memory_is_there():
    assert TrainingEstimate(60, 5e9, 4e9, 1, 1).fits is False
    assert TrainingEstimate(60, 3e9, 4e9, 1, 1).fits
    assert (
        TrainingEstimate(60, 3e9, None, 135_493, 4_476_749).size
        == "1,35,493 connections and 44,76,749 bills or readings"
    )
