"""What is estimated without outcomes, beside what the simulation knows: months of a utility in which nothing changes.

The model is taught by half of the connections, whom nobody chose, and judged on the other half.
"""

import os

import numpy as np
import pytest

from powertheft.actions.feature_recipe import choose_recipe
from powertheft.actions.loop_learning import PROFILE, month_table
from powertheft.actions.prepare_data import prepare_data
from powertheft.actions.train_model import NOT_LIVED
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.measures import rank, roc_auc, tally
from powertheft.models.training import fit_calibrated
from powertheft.monitoring.estimated_performance import estimate_performance
from powertheft.simulation.living import LivingUtility
from powertheft.simulation.stories import STORIES

CAN_HOLD = 0.03
UNSEEN_SEEDS = (103, 104, 105)
"""Not looked at while the limits of the warnings were chosen, which was done on seeds 1, 2 and 100 to 102."""


def estimates(*, consumers: int, seed: int, months: int):
    """Yield for each month after the first the estimated and the true ROC-AUC, and the doubts."""
    utility = LivingUtility(STORIES["still"], consumers=consumers, seed=seed)
    recipe = choose_recipe(prepare_data(utility.frames(), profile=PROFILE).tables, without=NOT_LIVED)
    is_taught = np.random.default_rng(seed).random(consumers) < 0.5
    model, learnt = None, 0
    for months_old, month in enumerate(utility.months[: months + 1]):
        utility.live_until(month)
        table = month_table(utility, recipe)
        truth, known = utility.stealing()[table.places].astype(np.int64), is_taught[table.places]
        if model is None:
            names = [str(place) for place in table.places[known]]
            told = {"consumer_ids": names, "seed": 0, "threads": 2}
            model = fit_calibrated("lightgbm", table.features.filter(known), truth[known], **told)
            learnt = int(truth[known].sum())
            continue
        raw = model.raw_scores(table.features.filter(~known))
        chance = model.calibration.probabilities(raw)
        knots = model.calibration.knots
        found = estimate_performance(
            chance,
            raw,
            capacity=Capacity(share=0.01),
            calibrated=(knots[0], knots[-1]),
            thefts_learnt=learnt,
            months_old=months_old,
            seed=0,
            draws=20,
        )
        names = [str(place) for place in table.places[~known]]
        yield found.measures["roc_auc"].value, roc_auc(tally(rank(names, truth[~known], raw, chance))), found.doubts


def test_an_estimate_by_a_few_hundred_thefts_says_that_they_are_too_few():
    for _, _, doubts in estimates(consumers=4000, seed=1, months=2):
        assert "few_learnt" in doubts


@pytest.mark.prove
@pytest.mark.timeout(7200)
@pytest.mark.skipif("POWERTHEFT_PROVE" not in os.environ, reason="40,000 connections over months: make prove")
def test_where_nothing_changes_an_estimate_without_doubts_holds():
    off: list[float] = []
    for seed in UNSEEN_SEEDS:
        for estimated, true, doubts in estimates(consumers=40_000, seed=seed, months=7):
            print(f"seed {seed}: estimated {estimated:.3f}, true {true:.3f}, doubts {', '.join(doubts) or 'none'}")
            off += [] if doubts else [estimated - true]
    print(f"{sum(abs(one) <= CAN_HOLD for one in off)} of {len(off)} within {CAN_HOLD}, {np.mean(off):+.3f} on average")
    assert len(off) >= 6 * len(UNSEEN_SEEDS)
    assert np.mean(np.abs(off)) <= CAN_HOLD
    assert np.max(np.abs(off)) <= 2 * CAN_HOLD
