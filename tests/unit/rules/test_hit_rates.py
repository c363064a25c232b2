"""What visits found where a rule held, with known answers."""

import numpy as np
import pytest

from powertheft.rules.hit_rates import hit_rates, wilson_interval


@pytest.mark.parametrize(
    ("found", "visited", "low", "high"),
    [
        # Newcombe 1998, 10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_that_of_the_literature(found: int, visited: int, low: float, high: float) -> None:
    assert wilson_interval(found, visited) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("found", "visited"), [(0, 0), (3, 2), (-1, 5)])
def test_what_is_no_share_is_refused(found: int, visited: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        wilson_interval(found, visited)


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
