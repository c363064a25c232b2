"""Where the line is drawn between suspected and not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from powertheft.domain.errors import ChoiceError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.cutoffs import check_cutoff_kind, choose_cutoff


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.integers(0, 20)), min_size=2, max_size=40))
def test_no_other_line_has_a_higher_f1(judged):
    labels = np.array([label for label, _ in judged])
    if labels.min() == labels.max():
        return
    chance = np.array([score / 20 for _, score in judged])
    chosen = choose_cutoff(labels, chance, chance, kind="f1", capacity=Capacity(count=1))
    best = max(f1_score(labels, chance >= line, zero_division=0) for line in chance)
    assert f1_score(labels, chance >= chosen, zero_division=0) == pytest.approx(best)


def test_the_line_by_capacity_suspects_as_many_as_can_be_visited():
    chance = np.random.default_rng(0).random(1_000)
    chosen = choose_cutoff(np.zeros(1_000), chance, chance, kind="capacity", capacity=Capacity(share=0.05))
    assert (chance >= chosen).sum() == 50


def test_consumers_of_equal_probability_fall_on_the_same_side():
    chance = np.array([0.9, 0.5, 0.5, 0.5, 0.1])
    chosen = choose_cutoff(np.zeros(5), chance, chance, kind="capacity", capacity=Capacity(count=2))
    assert (chance >= chosen).sum() == 4


def test_a_line_between_neighbouring_numbers_still_divides_them():
    upper = 0.5
    chance = np.array([upper, np.nextafter(upper, 0)])
    chosen = choose_cutoff(np.array([1, 0]), chance, chance, kind="f1", capacity=Capacity(count=1))
    assert (chance >= chosen).tolist() == [True, False]


def test_an_unknown_way_of_choosing_is_refused_with_the_choices():
    with pytest.raises(ChoiceError, match="f1, capacity, value"):
        check_cutoff_kind("youden")
    with pytest.raises(ChoiceError, match="f1, capacity"):
        choose_cutoff(np.array([1, 0]), np.ones(2), np.ones(2), kind="youden", capacity=Capacity(count=1))


def test_a_cut_off_by_value_is_never_chosen_by_outcomes():
    with pytest.raises(ChoiceError, match="no cut-off 'value' is on offer here"):
        choose_cutoff(np.array([1, 0]), np.ones(2), np.ones(2), kind="value", capacity=Capacity(count=1))
