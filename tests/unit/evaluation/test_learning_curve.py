"""Whether more outcomes would help."""

import json
from itertools import pairwise

import numpy as np
import pytest

from powertheft.domain.errors import ChoiceError, LabelError
from powertheft.evaluation.learning_curve import learning_curve
from powertheft.evaluation.splits import fold_of

SIZE = 3_000


def a_utility(seed=0):
    draws = np.random.default_rng(seed)
    labels = (draws.random(SIZE) < 0.3).astype(int)
    numbers = [f"consumer {i}" for i in range(SIZE)]
    return numbers, labels, draws


def test_a_model_that_gets_better_with_data_is_seen_to():
    numbers, labels, draws = a_utility()
    noise = draws.normal(size=SIZE)

    def fit_and_score(learn, judge):
        return (labels * np.sqrt(learn.sum() / SIZE) * 2 + noise)[judge]

    curve = learning_curve(fit_and_score, numbers, labels, seed=0)
    assert [point.share for point in curve.points] == [0.1, 0.25, 0.5, 1.0]
    assert curve.still_helps
    assert curve.sentence.startswith("More outcomes still help: from 1,")
    areas = [point.roc_auc for point in curve.points]
    assert areas == sorted(areas)
    assert curve.last_step.first == areas[-1]
    assert curve.last_step.second == areas[-2]
    assert json.loads(json.dumps(curve.to_json(), allow_nan=False))["points"][0]["share"] == 0.1


def test_a_model_that_has_learnt_all_there_is_is_seen_to():
    numbers, labels, draws = a_utility()
    scores = labels + draws.normal(size=SIZE)
    curve = learning_curve(lambda learn, judge: scores[judge], numbers, labels, seed=0)
    assert not curve.still_helps
    assert curve.last_step.p_value == 1
    assert curve.sentence.startswith("It is not shown that more outcomes would help")


def test_subsets_are_nested_and_never_hold_a_judged_consumer():
    numbers, labels, _ = a_utility()
    numbers = [f"consumer {i // 2}" for i in range(SIZE)]
    asked = []

    def fit_and_score(learn, judge):
        asked.append((learn, judge))
        return np.zeros(judge.sum())

    curve = learning_curve(fit_and_score, numbers, labels, seed=4)
    judged = fold_of(numbers) == 0
    for (learn, judge), point in zip(asked, curve.points, strict=True):
        assert (judge == judged).all()
        assert not (learn & judge).any()
        held = np.unique(np.array(numbers)[learn])
        assert (np.isin(numbers, held) == learn).all()
        assert point.consumers == len(held)
        # Five standard deviations of a binomial count.
        expected = point.share * len(np.unique(np.array(numbers)[~judged]))
        assert abs(point.consumers - expected) <= 5 * np.sqrt(expected * (1 - point.share)) + 1e-9
    for (smaller, _), (larger, _) in pairwise(asked):
        assert (larger | ~smaller).all()


def test_the_order_of_the_rows_and_the_growth_of_a_file_move_nobody():
    numbers, labels, draws = a_utility()

    def learners(rows, seed):
        asked = []
        learning_curve(
            lambda learn, judge: (asked.append(learn), np.zeros(judge.sum()))[1],
            [numbers[i] for i in rows],
            labels[rows],
            shares=(0.5, 1.0),
            seed=seed,
        )
        return {numbers[i] for i, is_in in zip(rows, asked[0], strict=True) if is_in}

    everybody = learners(np.arange(SIZE), 1)
    some = draws.permutation(SIZE)[:2_000]
    assert learners(some, 1) == everybody & {numbers[i] for i in some}
    assert learners(np.arange(SIZE), 2) != everybody


def test_judged_rows_can_be_given():
    numbers, labels, _ = a_utility()
    later = np.arange(SIZE) >= 2_500
    curve = learning_curve(lambda learn, judge: np.zeros(judge.sum()), numbers, labels, seed=0, judged=later)
    assert curve.judged == 500
    assert curve.points[-1].consumers == 2_500
    assert curve.points[-1].thieves == labels[:2_500].sum()


def test_what_draws_no_curve_is_refused():
    numbers, labels, _ = a_utility()

    def never(learn, judge):
        raise AssertionError("nothing is fitted before the shares are checked")

    for shares in ((1.0,), (0.5, 0.5), (0.0, 1.0), (0.5, 1.5)):
        with pytest.raises(ChoiceError, match="learning curve cannot be drawn"):
            learning_curve(never, numbers, labels, shares=shares, seed=0)
    with pytest.raises(LabelError, match="no outcomes of both kinds"):
        learning_curve(never, numbers, labels, shares=(1e-9, 1.0), seed=0)
