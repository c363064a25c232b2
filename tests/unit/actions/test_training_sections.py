"""What a report tells beside its figures, on scores whose truth is known."""

import numpy as np
import polars as pl
import pytest

from powertheft.actions.hold_out import HeldOut, parts_of
from powertheft.actions.training_report import Labelled
from powertheft.actions.training_sections import (
    MOST_OTHERS,
    OTHERS,
    Uninspected,
    calibration_of,
    learning_curve_of,
    net_value_of,
    segments_of,
    selection_of,
    some_uninspected,
)
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import evaluate_scores
from powertheft.labels.labelling import UNKNOWN

COUNT = 4_000
CAPACITY = Capacity(share=0.1)


def judged(*, promised: float = 1.0) -> tuple[Labelled, HeldOut]:
    """Consumers whose probability is right, or is told `promised` times as high as it is."""
    draws = np.random.default_rng(0)
    chance = draws.uniform(0.02, 0.45, COUNT)
    labels = (draws.random(COUNT) < chance).astype(np.int8)
    numbers = np.array([f"C{place}" for place in range(COUNT)])
    about = pl.DataFrame(
        {
            "category": ["home"] * 3_900 + ["shop"] * 90 + ["mill"] * 10,
            "history_months": np.arange(COUNT) % 40,
            "daily_kwh": draws.uniform(1, 9, COUNT),
        }
    )
    told = chance * promised
    evaluation = evaluate_scores(
        consumer_ids=numbers, labels=labels, raw_scores=told, probabilities=told, capacity=CAPACITY, resamples=10
    )
    known = Labelled(numbers, numbers, pl.DataFrame({"chance": chance}), labels, about)
    return known, HeldOut(np.arange(COUNT), told, told, evaluation)


def test_right_probabilities_find_what_they_promise_and_doubled_ones_half() -> None:
    right = calibration_of(*judged())
    wrong = calibration_of(*judged(promised=2.0))
    assert right["observed_over_predicted"]["5%"] == pytest.approx(1.0, abs=0.2)
    assert wrong["observed_over_predicted"]["5%"] == pytest.approx(right["observed_over_predicted"]["5%"] / 2, rel=1e-9)
    assert right["expected_calibration_error"] < wrong["expected_calibration_error"]


def test_groups_too_small_to_be_judged_are_put_together() -> None:
    """Ten mills are fewer than the fifty that make a group of their own."""
    groups = segments_of(*judged(), capacity=CAPACITY, seed=0)
    assert [group.group for group in groups if group.segment == "category"] == ["home", "shop", OTHERS]
    assert sum(group.segment == "history length" for group in groups) == 4
    assert sum(group.segment == "consumption" for group in groups) == 4


def test_visits_pay_above_the_cost_over_the_value() -> None:
    known, held_out = judged()
    told = net_value_of(known, held_out, visit_cost=100.0, value_found=400.0)
    assert told["cutoff"] == pytest.approx(0.25)
    assert told["visits"] == int((held_out.probabilities > 0.25).sum())
    assert told["curve"]["best"]["visits"] == told["visits"]


def test_a_learning_curve_grows_where_there_is_something_to_learn() -> None:
    known, _ = judged()
    curve = learning_curve_of(
        known, parts_of(known, split="consumer", asked=1), algorithm="logistic-regression", seed=0
    )
    assert [point.share for point in curve.points] == [0.1, 0.25, 0.5, 1.0]
    assert curve.points[-1].roc_auc > 0.6


def test_chosen_consumers_are_weighted_back_to_everybody() -> None:
    """A visit is the likelier the higher the chance of theft: of 15 to 85 in a hundred."""
    known, held_out = judged()
    chance = known.features["chance"].to_numpy()
    visited = np.random.default_rng(1).random(COUNT) < 0.15 + 0.7 * (chance - chance.min()) / np.ptp(chance)
    rows = np.flatnonzero(visited)
    inspected, others = known.part(visited), known.part(~visited)
    one = HeldOut(np.arange(len(rows)), held_out.raw_scores[rows], held_out.probabilities[rows], held_out.evaluation)
    uninspected = Uninspected(others.fold_names, others.features, inspected.features, others.labels.size)
    told = selection_of(inspected, uninspected, judged=(None, one), capacity=CAPACITY, seed=0)
    base = told.held_out.measures["base_rate"]
    everybody = known.labels.mean()
    assert base.inspected > everybody + 0.03
    assert abs(base.weighted - everybody) < abs(base.inspected - everybody) / 2
    assert told.held_out.effective_size < len(rows)
    assert told.knowable is None


def test_of_many_uninspected_a_share_is_drawn_the_same_each_time() -> None:
    count = MOST_OTHERS + 100
    numbers = np.array([f"C{place}" for place in range(count)])
    labels = np.full(count, UNKNOWN)
    labels[:50] = 1
    everybody = Labelled(numbers, numbers, pl.DataFrame({"x": np.zeros(count)}), labels)
    some = some_uninspected(everybody, seed=3)
    assert some.labels.size == MOST_OTHERS
    assert (some.labels == UNKNOWN).all()
    assert some.consumer_ids.tolist() == some_uninspected(everybody, seed=3).consumer_ids.tolist()
