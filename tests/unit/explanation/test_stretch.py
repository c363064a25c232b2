"""The months that fell behind the same season are found, and seasons, gaps and short dips are not taken for a fall."""

import numpy as np
import pytest

from powertheft.explanation.stretch import suspicious_stretch

SEASON = 100 + 60 * np.sin(np.arange(36) / 12 * 2 * np.pi)


def found(use: np.ndarray):
    return suspicious_stretch(use, names=[str(place) for place in range(len(use))])


def test_a_season_that_repeats_is_no_fall():
    assert found(SEASON) is None


def test_a_fall_of_two_years_is_one_stretch_beside_the_year_before_it():
    use = SEASON.copy()
    use[12:] *= 0.4
    seen = found(use)
    assert (seen.first, seen.last) == (12, 35)
    assert seen.used / seen.expected == pytest.approx(0.4)
    assert seen.sentence.startswith("12 to 35: 60 % less than in the same season before")


def test_two_low_months_are_too_few_and_three_are_enough():
    for months, is_told in ((2, False), (3, True)):
        use = SEASON.copy()
        use[20 : 20 + months] *= 0.1
        assert (found(use) is not None) == is_told


def test_months_of_which_nothing_is_known_do_not_end_a_stretch():
    use = SEASON.copy()
    use[20:30] *= 0.2
    use[24] = np.nan
    seen = found(use)
    assert (seen.first, seen.last) == (20, 29)
    assert np.isfinite(seen.used)


def test_of_two_falls_the_one_that_misses_more_energy_is_told():
    use = np.full(36, 100.0)
    use[14:18] = 50.0
    use[30:34] = 10.0
    assert found(use).first == 30


def test_less_than_a_year_tells_nothing():
    assert found(np.r_[np.full(6, 100.0), np.zeros(5)]) is None


def test_a_year_of_no_use_before_is_nothing_to_fall_from():
    assert found(np.zeros(36)) is None


def test_each_month_needs_a_name():
    with pytest.raises(ValueError, match="36 months have 2 names"):
        suspicious_stretch(SEASON, names=["a", "b"])
