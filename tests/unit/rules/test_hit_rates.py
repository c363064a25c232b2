"""What visits found where a rule held, with known answers."""

import numpy as np

from powertheft.rules.hit_rates import hit_rates


def test_a_rule_that_held_for_nobody_visited_has_no_hit_rate() -> None:
    nobody = hit_rates({"low": np.array([True, False])}, {"low": np.array([False])}, np.array([1]))["low"]
    assert (nobody.holds, nobody.visited, nobody.hit_rate, nobody.lift) == (1, 0, None, None)


def test_where_theft_was_found_nowhere_there_is_no_lift() -> None:
    found = hit_rates({"low": np.array([True])}, {"low": np.array([True, False])}, np.array([0, 0]))["low"]
    assert (found.hit_rate, found.low, found.lift) == (0.0, 0.0, None)
    assert found.high is not None
    assert found.high > 0.5


def test_without_visits_the_connections_are_counted_all_the_same() -> None:
    found = hit_rates({"low": np.array([True, True])}, {"low": np.array([], dtype=bool)}, np.array([], dtype=int))
    assert found["low"].holds == 2
