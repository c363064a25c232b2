"""Fitting an estimator and the calibration of its scores."""

import numpy as np
import polars as pl
import pytest
from lightgbm.basic import LightGBMError

from powertheft.domain.errors import ChoiceError, InputError, LabelError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import evaluate_scores
from powertheft.models.training import fit_calibrated

from .conftest import QUICK, feature_table


def train(table, labels, numbers, **more):
    told = {"consumer_ids": numbers, "seed": 2, "threads": 1, "options": QUICK["lightgbm"], **more}
    told["options"] = {name: value for name, value in told["options"].items() if name != "threads"}
    return fit_calibrated("lightgbm", table, labels, **told)


@pytest.fixture(scope="module")
def model(table, labels, numbers):
    return train(table, labels, numbers)


def test_probabilities_hold_for_consumers_that_it_has_not_seen():
    table, labels, numbers = feature_table(25_000, seed=7)
    model = train(table[:5_000], labels[:5_000], numbers[:5_000])
    unseen = table[5_000:]
    seen = evaluate_scores(
        consumer_ids=numbers[5_000:],
        labels=labels[5_000:],
        raw_scores=model.raw_scores(unseen),
        probabilities=model.probabilities(unseen),
        capacity=Capacity(share=0.1),
        chosen_cutoff=model.cutoffs["f1"],
    )
    assert seen.measures["roc_auc"].value > 0.82
    assert seen.calibration_error < 0.02
    assert seen.calibration_at_capacity == pytest.approx(1, abs=0.1)
    # The cut-off from the training data is nearly as good as the best one in hindsight.
    best = evaluate_scores(
        consumer_ids=numbers[5_000:],
        labels=labels[5_000:],
        raw_scores=model.raw_scores(unseen),
        probabilities=model.probabilities(unseen),
        capacity=Capacity(share=0.1),
    )
    assert seen.measures["f1"].value > best.measures["f1"].value - 0.03


def test_probabilities_rank_as_the_raw_scores_do(model, table):
    raw, chance = model.raw_scores(table), model.probabilities(table)
    different = np.diff(np.sort(raw)) > 1e-9
    assert (np.diff(chance[np.argsort(raw)])[different] > 0).all()


def test_the_order_of_the_rows_does_not_matter(model, table, labels, numbers):
    order = np.random.default_rng(0).permutation(table.height)
    shuffled = train(table[order], labels[order], numbers[order])
    np.testing.assert_array_equal(shuffled.probabilities(table), model.probabilities(table))
    assert shuffled.cutoffs == model.cutoffs
    assert shuffled.reference == model.reference


def test_another_seed_gives_another_model(model, table, labels, numbers):
    assert (train(table, labels, numbers, seed=3).raw_scores(table) != model.raw_scores(table)).any()


def test_contributions_carry_the_names_of_the_features(model, table):
    assert model.features == tuple(table.columns)
    parts = model.contributions(table[:20])
    np.testing.assert_allclose(parts.sum(axis=1) + model.base_value, model.raw_scores(table[:20]), atol=1e-9)


def test_the_cutoff_by_capacity_follows_the_capacity(table, labels, numbers):
    narrow, wide = (
        train(table, labels, numbers, capacity=Capacity(share=share)).cutoffs["capacity"] for share in (0.01, 0.2)
    )
    assert narrow > wide


def test_progress_is_told_from_the_first_fit_to_the_last(table, labels, numbers):
    told = []
    train(table, labels, numbers, progress=lambda what, share: told.append((what, share)))
    assert told == [(f"fitted {done} of 4 times", done / 4) for done in (1, 2, 3, 4)]


def test_the_model_is_the_same_to_the_byte_whatever_fits_beside_it(table, labels, numbers):
    alone, beside = (train(table, labels, numbers, threads=threads) for threads in (1, 4))
    assert alone.estimator.native_files() == beside.estimator.native_files()
    assert alone.calibration == beside.calibration
    assert beside.estimator.threads == 4


def test_what_goes_wrong_in_one_of_the_fits_is_told(table, labels, numbers):
    with pytest.raises(LightGBMError, match="num_leaves"):
        train(table, labels, numbers, options={"leaves": -5})


def _few(labels, kind, count):
    """Return labels of which only the first `count` are of that kind."""
    places = np.flatnonzero(labels == kind)[count:]
    changed = labels.copy()
    changed[places] = 1 - kind
    return changed


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda labels: labels * 0, "all 1200 known outcomes are honest"),
        (lambda labels: labels * 0 + 1, "all 1200 known outcomes are theft"),
        (lambda labels: _few(labels, 1, 49), "theft was found at 49 consumers only; learning needs at least 50"),
        (lambda labels: _few(labels, 0, 1), "an honest outcome is known at 1 consumer only"),
    ],
)
def test_too_few_outcomes_of_a_kind_are_refused_with_advice(table, labels, numbers, changed, words):
    with pytest.raises(LabelError, match=words) as refused:
        train(table, changed(labels), numbers)
    assert refused.value.advice


def test_fifty_thieves_are_enough(table, labels, numbers):
    assert train(table, _few(labels, 1, 50), numbers).probabilities(table).mean() < 0.2


def test_fifty_rows_of_one_thief_are_not(table, labels, numbers):
    same = np.where(labels == 1, "04-same", numbers)
    with pytest.raises(LabelError, match="at 1 consumer only"):
        train(table, labels, same)


def test_wrong_choices_are_refused_before_any_work(table, labels, numbers):
    with pytest.raises(ChoiceError, match="no algorithm"):
        fit_calibrated("guess", table, labels, consumer_ids=numbers, seed=0)
    with pytest.raises(ChoiceError, match="no setting 'depth'"):
        train(table, labels, numbers, options={"depth": 3})
    with pytest.raises(InputError, match="column first_bill"):
        train(table.with_columns(first_bill=pl.date(2020, 1, 1)), labels, numbers)
    with pytest.raises(ValueError, match="lengths differ"):
        train(table, labels[:-1], numbers)


def test_a_held_out_fit_may_make_do_with_fewer(table, labels, numbers):
    few = _few(labels, 1, 30)
    assert train(table, few, numbers, fewest=25).probabilities(table).mean() < 0.2
    with pytest.raises(LabelError, match="needs at least 31"):
        train(table, few, numbers, fewest=31)
