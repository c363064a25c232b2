"""What visits are expected to confirm, where the model has seen some of the connections."""

import numpy as np
import pytest

from powertheft.ranking.promise import HeldOutList, confirmations

HELD_OUT = HeldOutList(visits=(1, 100, 200, 1000), found=(1, 40, 60, 100))
"""Of the first 100 held-out connections 40 % were found, of the next 20 %, of the rest 5 %."""


def promised(likely: float, *, seen: bool, place: int = 0, held_out: HeldOutList | None = HELD_OUT) -> float:
    found = confirmations(
        np.array([likely]), was_learnt=np.array([seen]), place=np.array([place]), learnt=500, held_out=held_out
    )
    return float(found[0])


def test_what_the_model_has_not_seen_counts_by_its_likelihood():
    assert promised(0.83, seen=False) == 0.83
    assert promised(0.83, seen=False, held_out=None) == 0.83


def test_what_it_has_seen_counts_as_held_out_connections_at_the_same_place_did():
    # Place 25 of 500 is place 50 of 1,000: from 25 to 100, where 39 in 99 were found.
    assert promised(0.97, seen=True, place=25) == pytest.approx(39 / 99)
    # Place 400 of 500: from 400 to the end, where 1 in 20 was found.
    assert promised(0.97, seen=True, place=400) == pytest.approx(0.05)


def test_a_likelihood_that_promises_less_than_that_stays():
    assert promised(0.1, seen=True, place=25) == 0.1


def test_where_nothing_was_held_out_nothing_is_promised_of_what_was_seen():
    assert promised(0.97, seen=True, place=1, held_out=None) == 0.0


def test_the_first_place_is_not_judged_by_one_connection():
    lucky = HeldOutList(visits=(1, 50, 100), found=(1, 5, 6))
    found = confirmations(
        np.array([0.99]), was_learnt=np.array([True]), place=np.array([1]), learnt=100, held_out=lucky
    )
    assert found[0] < 0.12
