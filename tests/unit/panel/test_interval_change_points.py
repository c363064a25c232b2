"""Lasting changes of level. Expected values are those that a person would draw, or an exhaustive search finds."""

from itertools import pairwise

import numpy as np
import pytest

from powertheft.panel.change_points import SHIFT_COLUMNS, change_points, level_shifts


def noisy(levels: list[float], days: int = 60, seed: int = 1) -> np.ndarray:
    return np.repeat(levels, days) + np.random.default_rng(seed).normal(0.0, 0.5, days * len(levels))


def test_a_series_of_one_level_has_no_change() -> None:
    assert change_points(np.full(100, 4.0)).size == 0
    for seed in range(20):
        assert change_points(noisy([8.0, 8.0, 8.0], seed=seed)).size == 0


def test_every_change_of_a_noisy_staircase_is_found_within_a_day() -> None:
    for seed in range(10):
        found = change_points(noisy([8.0, 3.0, 6.0, 1.0], seed=seed))
        assert found.size == 3
        assert np.abs(found - [60, 120, 180]).max() <= 1


def test_one_odd_day_is_no_level() -> None:
    series = noisy([8.0])
    series[30] = 80.0
    assert change_points(series).size == 0


def test_missing_days_are_passed_over_and_places_are_those_of_the_whole_series() -> None:
    series = np.repeat([8.0, 3.0], 40)
    series[10:20] = np.nan
    series[38:43] = np.nan
    assert change_points(series).tolist() == [43]


def test_levels_are_never_shorter_than_asked() -> None:
    series = np.repeat([8.0, 3.0, 8.0], [30, 10, 30])
    assert change_points(series, shortest=10).tolist() == [30, 40]
    found = change_points(series, shortest=20)
    assert np.all(np.diff([0, *found.tolist(), 70]) >= 20)


@pytest.mark.parametrize("shortest", [1, 2, 5])
def test_the_segmentation_is_that_of_an_exhaustive_search(shortest: int) -> None:
    # The same cost by dynamic programming without pruning, on the series as clipped by the module itself.
    from powertheft.panel.change_points import _in_line, _noise  # the cost is stated on what these return

    random = np.random.default_rng(3)
    for _ in range(25):
        series = np.cumsum(random.normal(0.0, 1.0, 60) * (random.random(60) < 0.2)) + random.normal(5.0, 0.4, 60)
        values = _in_line(series, 7, 3.0)
        beta = float(_noise(values) * 2.0 * np.log(values.size))
        found = change_points(series, penalty=2.0, shortest=shortest).tolist()
        assert _cost(values, found, beta) == pytest.approx(_least_cost(values, beta, shortest))


def _cost(values: np.ndarray, starts: list[int], beta: float) -> float:
    edges = [0, *starts, values.size]
    parts = [values[low:high] for low, high in pairwise(edges)]
    return float(sum(((part - part.mean()) ** 2).sum() for part in parts)) + beta * len(starts)


def _least_cost(values: np.ndarray, beta: float, shortest: int) -> float:
    best = [-beta, *[np.inf] * values.size]
    for end in range(shortest, values.size + 1):
        best[end] = min(
            best[start] + beta + ((values[start:end] - values[start:end].mean()) ** 2).sum()
            for start in range(end - shortest + 1)
        )
    return float(best[-1])


def test_shifts_say_how_far_the_level_fell_and_when() -> None:
    series = np.repeat([8.0, 10.0, 2.0, 4.0], 30)
    row = dict(zip(SHIFT_COLUMNS, level_shifts(series[None])[0].tolist(), strict=True))
    assert row == pytest.approx(
        {"count": 3.0, "largest_fall": 0.8, "fall_age": 59.0, "after_to_before": 0.2, "last_to_first": 0.5}
    )


def test_a_rise_is_no_fall_and_too_short_a_series_says_nothing() -> None:
    rise, short = np.repeat([2.0, 8.0], 30), np.full(60, np.nan)
    short[-10:] = 1.0
    found = level_shifts(np.stack([rise, short]))
    assert found[0, :2].tolist() == [1.0, 0.0]
    assert np.isnan(found[0, 2])
    assert np.isnan(found[1]).all()


def test_a_penalty_must_be_positive() -> None:
    with pytest.raises(ValueError, match="penalty must be positive"):
        change_points(np.ones(30), penalty=0.0)
