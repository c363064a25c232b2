"""How a week's visits are shared out between champion and challenger."""

from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest

from powertheft.actions.ports import Scoring
from powertheft.actions.shared_visits import SCORING, Sharing, draw_in_turns
from powertheft.domain.trials import Trial

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TRIAL = Trial(1, "theft", "theft@1", "theft@2", "running", 0, {}, NOW, "ana")


def scoring(number: int) -> Scoring:
    return Scoring(number, f"s-{number}", "bills@1", f"theft@{number}", 500, {}, NOW, "ana")


def listed(order: np.ndarray) -> pl.DataFrame:
    names = [f"c{number:03}" for number in order]
    return pl.DataFrame({"consumer_id": names, "rank": range(1, len(names) + 1)})


def draw(first: np.ndarray, second: np.ndarray, *, visits: int, random_share: float = 0.1) -> pl.DataFrame:
    both = Sharing(TRIAL, scoring(1), scoring(2))
    return draw_in_turns(listed(first), listed(second), both, visits=visits, random_share=random_share, seed=3)


@pytest.mark.parametrize("seed", range(5))
def test_neither_has_the_better_places_and_nobody_is_visited_twice(seed):
    draws = np.random.default_rng(seed)
    found = draw(draws.permutation(500), draws.permutation(500), visits=100)
    assert found.height == found["consumer_id"].n_unique() == 100
    counts = dict(found.group_by("chosen_by").len().iter_rows())
    assert (counts["champion"], counts["challenger"], counts[None]) == (45, 45, 10)
    worst = dict(found.drop_nulls("chosen_by").group_by("chosen_by").agg(pl.col("rank").max()).iter_rows())
    assert abs(worst["champion"] - worst["challenger"]) <= 20


def test_each_row_is_of_the_list_of_whoever_chose_it_and_the_random_ones_are_below_the_top_of_both():
    straight, backwards = np.arange(300), np.arange(300)[::-1]
    found = draw(straight, backwards, visits=50)
    by = {who: found.filter(pl.col("chosen_by") == who) for who in ("champion", "challenger")}
    assert sorted(by["champion"]["consumer_id"])[-1] < "c023"
    assert min(by["challenger"]["consumer_id"]) > "c276"
    assert set(by["challenger"][SCORING]) == {2}
    assert by["challenger"]["rank"].max() <= 23
    random = found.filter("is_random")
    assert set(random[SCORING]) == {1}
    assert random["chance"].max() < 0.05
    assert not {*random["consumer_id"]} & {*by["champion"]["consumer_id"], *by["challenger"]["consumer_id"]}


def test_equal_lists_give_the_visits_that_one_list_gives():
    order = np.arange(200)
    found = draw(order, order, visits=40, random_share=0)
    assert sorted(found["consumer_id"]) == [f"c{number:03}" for number in range(40)]


def test_a_connection_that_one_list_does_not_know_is_left_out():
    found = draw(np.arange(60), np.arange(5, 60), visits=60, random_share=0)
    assert found.height == 55
