"""How many visits pay."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from powertheft.domain.errors import ChoiceError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.net_value import check_amounts, choose_by_value, cutoff_by_value, net_value_curve

CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


def test_the_values_of_a_small_list_are_those_by_hand():
    curve = net_value_curve(np.array([0.5, 0.9, 0.05]), 100.0, 10.0, labels=np.array([0, 1, 1]))
    # Most worthwhile first: 0.9, 0.5, 0.05, each times 100 less 10; found are a thief, nobody, a thief.
    assert [p.visits for p in curve.points] == [1, 2, 3]
    assert [p.expected_net for p in curve.points] == pytest.approx([80, 120, 115])
    assert [p.realised_net for p in curve.points] == [90, 80, 170]
    assert [p.expected_thieves for p in curve.points] == pytest.approx([0.9, 1.4, 1.45])
    assert curve.best == curve.points[1]


def test_a_large_consumer_of_small_chance_can_come_first():
    curve = net_value_curve(np.array([0.5, 0.1]), np.array([100.0, 10_000.0]), 10.0)
    assert curve.points[0].expected_net == pytest.approx(0.1 * 10_000 - 10)
    assert np.isnan(choose_by_value(np.array([0.5, 0.1]), np.array([100.0, 10_000.0]), 10.0).cutoff)


def test_what_was_realised_is_not_said_beyond_the_first_unknown_outcome():
    curve = net_value_curve(np.array([0.9, 0.8, 0.7]), 100.0, 10.0, labels=np.array([1, np.nan, 1]))
    assert curve.points[0].realised_net == 90
    assert np.isnan([p.realised_net for p in curve.points[1:]]).all()
    assert [p["realised_net"] for p in json.loads(json.dumps(curve.to_json(), allow_nan=False))["points"]] == [
        90,
        None,
        None,
    ]


def test_with_right_probabilities_the_expected_value_comes_true():
    draws = np.random.default_rng(0)
    chances = draws.random(20_000)
    curve = net_value_curve(chances, 1_000.0, 300.0, labels=(draws.random(20_000) < chances).astype(int))
    # The best depth visits 14,000; the standard deviation of what they bring is 1,000 times sqrt(sum p (1 - p)).
    assert curve.best.visits == (chances > 0.3).sum()
    deviation = 1_000 * np.sqrt((chances * (1 - chances))[chances > 0.3].sum())
    assert abs(curve.best.realised_net - curve.best.expected_net) < 4 * deviation
    assert len(curve.points) <= 61


@settings(deadline=None)
@given(CHANCES, st.floats(0, 1_000), st.floats(0, 1_000))
def test_no_other_number_of_visits_is_expected_to_bring_more(chances, value, cost):
    chances = np.array(chances)
    found = choose_by_value(chances, value, cost)
    depths = np.append(0.0, np.cumsum(np.sort(chances)[::-1] * value - cost))
    assert found.expected_net == pytest.approx(depths.max(), abs=1e-6)
    if found.visits:
        assert (chances >= found.cutoff).sum() == found.visits


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40, unique=True), st.integers(1, 40))
def test_capacity_ends_the_list_where_more_would_pay(chances, count):
    chances = np.array(chances)
    found = choose_by_value(chances, 100.0, 20.0, capacity=Capacity(count=count))
    paying = (chances * 100.0 - 20.0 > 0).sum()
    assert found.visits == min(count, paying)
    assert found.is_bound_by_capacity == (paying > count)
    if found.visits:
        assert (chances >= found.cutoff).sum() in (found.visits, found.visits + 1)


def test_the_cutoff_is_the_cost_over_the_value():
    found = choose_by_value(np.linspace(0, 1, 101), 500.0, 62.5)
    assert found.cutoff == 0.125
    assert found.visits == 88
    assert found.sentence.startswith("88 visits pay: they are expected to find 49.7 thefts")


def test_where_no_visit_pays_none_is_made():
    found = choose_by_value(np.array([0.1, 0.2]), 100.0, 50.0)
    assert (found.visits, found.expected_net) == (0, 0)
    assert found.sentence.startswith("No visit pays")
    assert found.to_json()["cutoff"] is None
    assert net_value_curve(np.array([0.1, 0.2]), 100.0, 50.0).best.visits == 0
    assert choose_by_value(np.array([0.1]), 0.0, 0.0).visits == 0


def test_what_is_no_money_or_no_probability_is_refused():
    for value in (-1.0, np.nan, np.inf):
        with pytest.raises(ChoiceError, match="value of a theft"):
            choose_by_value(np.array([0.5]), value, 1.0)
        with pytest.raises(ChoiceError, match="cost of a visit"):
            net_value_curve(np.array([0.5]), 1.0, np.array([value]))
    for chances in ([], [1.2], [np.nan]):
        with pytest.raises(ValueError, match="between 0 and 1"):
            choose_by_value(np.array(chances), 1.0, 1.0)


@settings(deadline=None)
@given(CHANCES, st.floats(1, 1_000), st.floats(0.001, 0.999))
def test_no_other_cut_off_promises_a_higher_net_value(chances, value, share):
    chance, cost = np.array(chances), share * value
    line = cutoff_by_value((cost, value))
    net = [(chance[chance >= other] * value - cost).sum() for other in (line, *chance, 1.1)]
    assert max(net) <= net[0] + 1e-9 * value


def test_a_cut_off_by_value_keeps_its_promise_on_others_where_likelihoods_are_right():
    """What was found, too: of 200,000 consumers no other line brings a hundredth more."""
    draws = np.random.default_rng(0)
    chance = draws.beta(0.5, 6, 200_000)
    found = draws.random(200_000) < chance

    def brought(line):
        return 12_000 * found[chance >= line].sum() - 500 * (chance >= line).sum()

    best = max(brought(line) for line in np.linspace(0.005, 0.3, 60))
    assert brought(cutoff_by_value((500, 12_000))) > 0.99 * best


def test_amounts_that_are_missing_or_no_amounts_are_refused():
    assert check_amounts(None, None) is None
    with pytest.raises(ChoiceError, match="one is given"):
        check_amounts(500.0, None)
    with pytest.raises(ChoiceError, match="not an amount"):
        check_amounts(500.0, float("inf"))
    with pytest.raises(ChoiceError, match=r"neither is given.*--visit-cost and --value-found"):
        cutoff_by_value(None)
    with pytest.raises(ChoiceError, match="no visit can pay"):
        cutoff_by_value((500.0, 500.0))
