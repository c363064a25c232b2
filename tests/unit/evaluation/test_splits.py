"""Who is learnt from and who is judged on."""

import hashlib
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import ChoiceError, LabelError
from powertheft.evaluation.splits import fold_of, forward_split, group_fold_of, inner_folds

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


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.sampled_from(["DT-1", "DT-2", "மின்", ""])), min_size=1, max_size=40))
def test_a_group_lies_in_one_fold_and_who_has_none_is_alone(groups):
    numbers = [f"consumer {i}" for i in range(len(groups))]
    part = group_fold_of(groups, numbers)
    for group in {group for group in groups if group}:
        assert {int(k) for k, name in zip(part, groups, strict=True) if name == group} == {int(fold_of([group])[0])}
    alone = [i for i, group in enumerate(groups) if not group]
    assert part[alone].tolist() == fold_of([numbers[i] for i in alone]).tolist()


def test_without_groups_the_folds_are_those_of_the_consumers():
    numbers = [f"consumer {i}" for i in range(50)]
    assert group_fold_of([None] * 50, numbers).tolist() == fold_of(numbers).tolist()
    assert group_fold_of(np.full(50, np.nan), numbers).tolist() == fold_of(numbers).tolist()
    assert group_fold_of(np.array(["DT-1"] * 50), numbers, 3).tolist() == fold_of(["DT-1"] * 50, 3).tolist()


def test_as_many_groups_as_consumers_are_needed():
    with pytest.raises(ValueError, match="zip"):
        group_fold_of(["DT-1"], ["a", "b"])


@settings(deadline=None)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=60), st.floats(0.05, 0.95))
def test_what_is_judged_is_later_than_all_that_is_learnt_from(days, share):
    if len(set(days)) < 2:
        return
    dates = [date(2024, 1, 1) + timedelta(days=day) for day in days]
    judged = forward_split(dates, share)
    learnt = np.array(days)[~judged]
    later = np.array(days)[judged]
    assert len(learnt) > 0
    assert learnt.max() < later.min()
    # At least the share, and no day more than it takes; all but the first day where the first day is needed for it.
    assert len(later) >= share * len(days) or learnt.max() == learnt.min() == min(days)
    assert (later > later.min()).sum() < share * len(days)


def test_the_latest_fifth_is_judged_in_whatever_order_it_stands():
    dates = [date(2024, 1, 1) + timedelta(days=int(day)) for day in np.random.default_rng(0).permutation(100)]
    judged = forward_split(dates)
    assert judged.sum() == 20
    assert {day for day, is_judged in zip(dates, judged, strict=True) if is_judged} == set(sorted(dates)[80:])
    assert forward_split(np.array(dates, dtype="datetime64[ns]").astype("datetime64[D]")).tolist() == judged.tolist()


def test_labels_without_a_date_are_not_split_in_time():
    with pytest.raises(LabelError, match="labels without a date cannot be split in time: 1 of 3 has none") as refused:
        forward_split([date(2024, 1, 1), None, date(2024, 1, 2)])
    assert "Give the inspections' dates, or split by consumer." in str(refused.value)
    with pytest.raises(LabelError, match="2 of 2 have none"):
        forward_split(np.array(["NaT", "NaT"], dtype="datetime64[D]"))
    with pytest.raises(LabelError, match="of one day"):
        forward_split([date(2024, 1, 1)] * 3)
    with pytest.raises(ChoiceError, match="not between 0 and 1"):
        forward_split([date(2024, 1, 1), date(2024, 1, 2)], share=1.0)
