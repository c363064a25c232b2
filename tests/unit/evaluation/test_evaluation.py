"""The judgement of a list against what was found."""

import json

import numpy as np
import pytest

from powertheft.domain.errors import ChoiceError, LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import evaluate_scores


def judged(size=4_000, seed=0):
    draws = np.random.default_rng(seed)
    chance = draws.beta(0.5, 5, size)
    return {
        "consumer_ids": [f"consumer {i}" for i in range(size)],
        "labels": (draws.random(size) < chance).astype(int),
        "raw_scores": np.log(chance / (1 - chance)),
        "probabilities": chance,
        "capacity": Capacity(share=0.01),
        "resamples": 50,
    }


def test_honest_probabilities_are_seen_to_be_right():
    seen = evaluate_scores(**judged(20_000))
    assert seen.calibration_error < 0.01
    assert seen.calibration_at_capacity == pytest.approx(1, abs=0.1)
    assert len(seen.calibration) == 20
    assert sum(b.count for b in seen.calibration) == 20_000


def test_probabilities_twice_too_high_are_seen_to_be_wrong():
    seen = evaluate_scores(**{**judged(), "probabilities": np.minimum(1.0, 2 * judged()["probabilities"])})
    assert seen.calibration_error > 0.05
    assert seen.calibration_at_capacity < 0.9


def test_every_value_lies_in_its_interval():
    seen = evaluate_scores(**judged(), chosen_cutoff=0.2)
    for measure in seen.measures.values():
        assert measure.low <= measure.value <= measure.high


def test_a_cutoff_that_the_model_brings_is_used_as_it_is():
    given, fitted = (evaluate_scores(**judged(), chosen_cutoff=line) for line in (0.2, None))
    assert (given.cutoff, given.cutoff_chosen_here) == (0.2, False)
    assert fitted.cutoff_chosen_here
    assert fitted.measures["f1"].value >= given.measures["f1"].value
    labels, suspected = judged()["labels"], judged()["probabilities"] >= 0.2
    matrix = given.confusion
    assert (matrix.true_positive, matrix.false_positive) == (
        (labels & suspected).sum(),
        (suspected & (labels == 0)).sum(),
    )
    assert matrix.true_positive + matrix.false_negative == given.positives
    assert matrix.false_positive + matrix.true_negative == given.rows - given.positives


def test_the_order_of_the_rows_does_not_matter():
    told = judged()
    order = np.random.default_rng(1).permutation(4_000)
    shuffled = {
        **told,
        "consumer_ids": [told["consumer_ids"][i] for i in order],
        **{name: told[name][order] for name in ("labels", "raw_scores", "probabilities")},
    }
    first, second = evaluate_scores(**told).to_json(), evaluate_scores(**shuffled).to_json()
    assert json.dumps(first) == json.dumps(second)


def test_the_top_of_the_list_starts_with_the_first_visit_and_ends_with_all_thieves():
    seen = evaluate_scores(**judged())
    assert (seen.top_of_list[0].visits, seen.top_of_list[-1].visits) == (1, 4_000)
    assert seen.top_of_list[-1].recall == 1
    assert len(seen.top_of_list) <= 60
    at_40 = np.argsort(-judged()["raw_scores"])[:40]
    assert seen.measures["precision_at_capacity"].value == pytest.approx(judged()["labels"][at_40].mean())


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (np.array([], dtype=int), "no consumer has a known outcome"),
        (np.zeros(5, dtype=int), "all 5 known outcomes are honest"),
        (np.ones(5, dtype=int), "all 5 known outcomes are theft"),
        (np.array([0, 1, 2, 0, 1]), "neither 0 .honest. nor 1"),
        (np.array([0, 1, np.nan, 0, 1]), "neither 0 .honest. nor 1"),
    ],
)
def test_outcomes_that_nothing_can_be_judged_by_are_refused(labels, words):
    with pytest.raises(LabelError, match=words) as refused:
        evaluate_scores(
            consumer_ids=list(range(len(labels))),
            labels=labels,
            raw_scores=np.zeros(len(labels)),
            probabilities=np.full(len(labels), 0.5),
            capacity=Capacity(count=1),
        )
    assert refused.value.advice


def test_an_unknown_cutoff_is_refused():
    with pytest.raises(ChoiceError, match="f1, capacity"):
        evaluate_scores(**judged(), cutoff="best")
