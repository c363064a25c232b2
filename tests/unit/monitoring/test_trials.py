"""Champion and challenger take turns, and the better one is promoted only where it is no matter of luck."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from powertheft.domain.errors import ChoiceError
from powertheft.domain.promotion import PromotionPolicy, check_policy, policy_from_json
from powertheft.monitoring.trials import Choices, added_up, judge_trial, smallest_difference, take_turns


@given(st.permutations(range(12)), st.integers(1, 12))
def test_nobody_is_visited_twice_and_turns_are_fair(order, visits):
    first, second = np.arange(12), np.array(order)
    taken, by_second = take_turns(first, second, visits=visits)
    assert len(set(taken.tolist())) == len(taken) == visits
    assert abs(int(by_second.sum()) - visits / 2) <= 1


def test_each_takes_its_best_that_is_left():
    taken, by_second = take_turns(np.array([0, 1, 2, 3]), np.array([0, 3, 1, 2]), visits=4)
    assert taken.tolist() == [0, 3, 1, 2]
    assert by_second.tolist() == [False, True, True, False]


def trial(seed, *, rates, looks=4, visits=40, policy=None):
    """Run a trial whose months find theft at two rates, and return how it ended."""
    draws, asked = np.random.default_rng(seed), policy or PromotionPolicy(looks=looks)
    parts = ([], [])
    for look in range(1, looks + 1):
        for side, rate in zip(parts, rates, strict=True):
            side.append(Choices(visits, int(draws.binomial(visits, rate)), {}))
        verdict = judge_trial(added_up(parts[0]), added_up(parts[1]), asked, look=look)
        if verdict.decision != "go on":
            return verdict.decision
    return "go on"


def test_a_challenger_that_finds_twice_as_much_is_promoted_nearly_always():
    ended = [trial(seed, rates=(0.15, 0.35)) for seed in range(200)]
    assert ended.count("promote") >= 180


def test_a_challenger_that_is_no_better_is_promoted_in_fewer_than_one_trial_of_twenty():
    ended = [trial(seed, rates=(0.25, 0.25)) for seed in range(1000)]
    assert ended.count("promote") / 1000 <= 0.05
    assert ended.count("give up") >= 940


def test_a_section_that_loses_stops_the_promotion():
    champion = Choices(100, 20, {"North": (50, 20), "South": (50, 0)})
    challenger = Choices(100, 50, {"North": (50, 2), "South": (50, 48)})
    verdict = judge_trial(champion, challenger, PromotionPolicy(), look=1)
    assert verdict.decision == "go on"
    assert verdict.worst_section == "North"


def test_before_there_are_visits_enough_nobody_is_promoted():
    assert judge_trial(Choices(10, 0, {}), Choices(10, 9, {}), PromotionPolicy(), look=1).decision == "go on"


def test_more_visits_show_smaller_differences():
    few, many = (smallest_difference(Choices(n, n // 5, {}), Choices(n, n // 5, {}), p_value=0.05) for n in (50, 500))
    assert many == pytest.approx(few / 10**0.5, rel=0.05)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"p_value": 0.2}, "20 of 100 models that are no better"),
        ({"p_value": 0.0}, "0 of 100"),
        ({"better_by": -0.1}, "need not be better"),
        ({"fewest_visits": 5}, "one lucky day"),
        ({"looks": 0}, "looked at once"),
    ],
)
def test_a_policy_that_would_promote_on_noise_is_refused(change, said):
    with pytest.raises(ChoiceError, match=said):
        check_policy(PromotionPolicy(**change))


def test_a_policy_comes_back_as_it_was_written():
    policy = PromotionPolicy(better_by=0.04, p_value=0.01, looks=2)
    assert policy_from_json(policy.to_json()) == policy
