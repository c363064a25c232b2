"""Who is learnt from and who is judged on."""

import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.evaluation.splits import fold_of, inner_folds

NUMBERS = st.lists(st.text(min_size=1, max_size=12), min_size=6, max_size=60, unique=True)


def test_a_fold_is_the_hash_of_the_number_modulo_the_folds():
    numbers = ["train_Client_0", "04-123-001", "மின்"]
    by_hand = [int(hashlib.sha256(number.encode("utf-8")).hexdigest(), 16) % 5 for number in numbers]
    assert fold_of(numbers).tolist() == by_hand
    assert fold_of(np.array(numbers)).tolist() == by_hand
    assert fold_of(np.array(numbers, dtype=object)).tolist() == by_hand


def test_folds_are_about_equal_in_size():
    sizes = np.bincount(fold_of(f"consumer {i}" for i in range(20_000)))
    # Five standard deviations of a binomial count of 20,000 x 1/5.
    assert np.abs(sizes - 4_000).max() < 5 * np.sqrt(20_000 * 0.2 * 0.8)


@settings(deadline=None)
@given(NUMBERS, st.randoms(use_true_random=False), st.integers(0, 5))
def test_the_order_of_the_rows_moves_nobody_to_another_inner_fold(numbers, randomness, seed):
    y = np.array([len(number) % 2 for number in numbers])
    before = dict(zip(numbers, inner_folds(numbers, y, seed=seed).tolist(), strict=True))
    order = list(range(len(numbers)))
    randomness.shuffle(order)
    after = inner_folds([numbers[i] for i in order], y[order], seed=seed)
    assert dict(zip([numbers[i] for i in order], after.tolist(), strict=True)) == before


@settings(deadline=None)
@given(NUMBERS, st.data())
def test_inner_folds_share_out_thieves_and_consumers_evenly(numbers, data):
    y = np.array(data.draw(st.lists(st.integers(0, 1), min_size=len(numbers), max_size=len(numbers))))
    part = inner_folds(numbers, y, folds=3, seed=1)
    for counted in (np.bincount(part, minlength=3), np.bincount(part, weights=y, minlength=3)):
        assert counted.max() - counted.min() <= 1


def test_rows_of_one_consumer_share_an_inner_fold():
    numbers = np.repeat([f"consumer {i}" for i in range(40)], 3)
    part = inner_folds(numbers, np.tile([0, 1, 0], 40), seed=3).reshape(40, 3)
    assert (part == part[:, :1]).all()


def test_another_seed_gives_other_inner_folds():
    numbers = [f"consumer {i}" for i in range(200)]
    y = np.arange(200) % 2
    assert (inner_folds(numbers, y, seed=1) != inner_folds(numbers, y, seed=2)).any()


def test_fewer_than_two_folds_are_refused():
    with pytest.raises(ValueError, match="at least 2"):
        fold_of(["a"], folds=1)
    with pytest.raises(ValueError, match="at least 2"):
        inner_folds(["a"], np.array([1]), folds=1, seed=0)
