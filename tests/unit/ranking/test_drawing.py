"""Visits from the top of the list and at random below it."""

import numpy as np
import pytest

from powertheft.domain.errors import ChoiceError
from powertheft.ranking.drawing import draw_visits


def test_most_visits_are_the_top_and_a_tenth_is_drawn_below_it():
    found = draw_visits(1000, visits=100)
    assert found.places[:90].tolist() == list(range(90))
    assert found.is_random.sum() == 10
    assert (found.places[90:] >= 90).all()
    assert len(set(found.places.tolist())) == 100


def test_random_visits_are_spread_over_all_bands():
    found = draw_visits(1090, visits=100)
    bands = (found.places[found.is_random] - 90) // 200
    assert np.bincount(bands, minlength=5).tolist() == [2, 2, 2, 2, 2]


def test_weighted_by_the_chances_the_random_visits_stand_for_everybody_below_the_top():
    found = draw_visits(1000, visits=77, random_share=0.1)
    assert (1 / found.inclusion_probability[found.is_random]).sum() == pytest.approx(1000 - 69)
    assert (found.inclusion_probability[~found.is_random] == 1).all()


def test_the_chance_that_is_told_is_the_chance_of_being_drawn():
    draws = [draw_visits(60, visits=10, random_share=0.3, seed=seed) for seed in range(2000)]
    times = np.bincount(np.concatenate([draw.places for draw in draws]), minlength=60) / 2000
    told = {
        place: chance for draw in draws for place, chance in zip(draw.places, draw.inclusion_probability, strict=True)
    }
    assert all(abs(times[place] - chance) < 0.03 for place, chance in told.items())


@pytest.mark.parametrize("listed", [0, 1, 3, 8])
def test_a_short_list_is_visited_whole(listed):
    found = draw_visits(listed, visits=10)
    assert found.places.tolist() == list(range(listed))
    assert not found.is_random.any()


@pytest.mark.parametrize(("visits", "share"), [(0, 0.1), (-3, 0.1), (10, 0.6), (10, float("nan"))])
def test_what_makes_no_sense_is_refused(visits, share):
    with pytest.raises(ChoiceError):
        draw_visits(100, visits=visits, random_share=share)
