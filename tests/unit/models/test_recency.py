"""How fast outcomes grow old is chosen by what foretells the newest."""

import numpy as np
import polars as pl
import pytest

from powertheft.models.recency import HALF_LIVES, choose_half_life, recency_weights
from powertheft.models.training import fit_calibrated

QUICK = {"trees": 60}


def outcomes(*, moved_at: float, size: int = 4000):
    """Theft that shows in a low reading until so many months ago, and in a high one since."""
    draws = np.random.default_rng(3)
    reading, ago = draws.normal(size=size), draws.uniform(0, 30, size)
    odds = np.where(ago > moved_at, -2 * reading - 1, 2 * reading - 1)
    stolen = (draws.random(size) < 1 / (1 + np.exp(-odds))).astype(int)
    return pl.DataFrame({"reading": reading}), stolen, ago


def test_where_theft_has_moved_old_outcomes_count_less_and_the_model_follows():
    table, stolen, ago = outcomes(moved_at=5.0)
    found = choose_half_life("lightgbm", table, stolen, ago, seed=0, threads=1, options=QUICK)
    losses = dict(found.losses)
    assert found.half_life == 3.0
    assert losses[3.0] < losses[6.0] < losses[None]
    assert found.judged == int((ago < 2).sum())
    numbers = [f"{place}" for place in range(len(stolen))]

    def low_and_high(weights):
        model = fit_calibrated(
            "lightgbm", table, stolen, consumer_ids=numbers, seed=0, threads=1, options=QUICK, weights=weights
        )
        return model.probabilities(pl.DataFrame({"reading": [-2.0, 2.0]}))

    low, high = low_and_high(recency_weights(ago, found.half_life))
    assert low < 0.4
    assert high > 0.5
    low, high = low_and_high(None)
    assert low > high


def test_where_nothing_has_moved_all_outcomes_count_alike():
    table, stolen, ago = outcomes(moved_at=99.0)
    found = choose_half_life("logistic-regression", table, stolen, ago, seed=0, threads=2)
    assert found.half_life is None
    assert tuple(dict(found.losses)) == HALF_LIVES
    assert recency_weights(ago, None) is None


@pytest.mark.parametrize("moved_at", [5.0, 99.0])
def test_too_few_of_the_newest_choose_nothing(moved_at):
    table, stolen, ago = outcomes(moved_at=moved_at, size=300)
    found = choose_half_life("lightgbm", table, stolen, ago + 2.0, seed=0, threads=1, options=QUICK)
    assert (found.half_life, found.judged, found.losses) == (None, 0, ())
