"""Features of interval readings. Expected values are worked out by hand on series that a person would draw."""

from collections.abc import Callable

import numpy as np
import pytest

from powertheft.engines.interval_features import compute_interval_features
from powertheft.features import interval_days, interval_levels, interval_missing, interval_spread
from powertheft.features.catalogue import catalogue
from powertheft.panel.intervals import IntervalPanel
from powertheft.simulation.interval_thefts import interval_theft

DAYS, SLOTS = 420, 48
# 26 July 2026, day 20660, is a Sunday: the four weeks judged are whole.
SUNDAY = 20660
MONTH = DAYS - 28
MODULES = (interval_levels, interval_days, interval_spread, interval_missing)
FEATURES = tuple(feature for module in MODULES for feature in module.definitions())


def household(seed: int = 1) -> np.ndarray:
    """One that cooks in the evening and works at noise; every day and slot has some use."""
    random = np.random.default_rng(seed)
    slot = np.arange(SLOTS)
    profile = 0.15 + 0.5 * np.exp(-0.5 * ((slot - 38) / 3) ** 2) + 0.2 * np.exp(-0.5 * ((slot - 15) / 2) ** 2)
    return profile[None, :] * random.gamma(6.0, 1 / 6, (DAYS, SLOTS))


def features(use: np.ndarray, *, last_day: int = SUNDAY) -> dict[str, float]:
    panel = IntervalPanel(use[None].astype(np.float32), np.array([last_day]))
    return {name: float(values[0]) for name, values in compute_interval_features(panel, FEATURES).items()}


def stolen(kind: str, strength: float) -> dict[str, float]:
    return features(interval_theft(kind)(household(), np.random.default_rng(2), strength, MONTH))


def test_every_feature_is_defined_once_and_computed_and_says_what_it_means() -> None:
    names = [feature.name for feature in FEATURES]
    assert len(set(names)) == len(names)
    panel = IntervalPanel(household()[None].astype(np.float32), np.array([SUNDAY]))
    for module in MODULES:
        assert {feature.name for feature in module.definitions()} == set(module.compute(panel))


def test_missing_readings_are_a_family_apart_and_flagged() -> None:
    assert {feature.family for feature in FEATURES if "exposure" in feature.flags} == {"interval_missing"}


def test_readings_lost_at_random_move_behaviour_little() -> None:
    use = household()
    lost = use.copy()
    lost[np.random.default_rng(3).random(lost.shape) < 0.08] = np.nan
    whole, part = features(use), features(lost)
    assert part["interval_missing_share"] == pytest.approx(0.08, abs=0.02)
    assert part["interval_zero_share"] == whole["interval_zero_share"] == 0.0
    for name in ("daily_level_to_before", "interval_night_share", "interval_flatness", "interval_profile_before_own"):
        assert part[name] == pytest.approx(whole[name], abs=0.05)


def test_a_long_gap_is_measured_in_days_and_leaves_the_level_alone() -> None:
    use = household()
    use[-12:-2] = np.nan
    found = features(use)
    assert found["interval_longest_gap"] == 10.0
    assert found["daily_level_to_before"] == pytest.approx(1.0, abs=0.05)
    assert found["daily_zero_run"] == 0.0


def test_nothing_of_a_unit_without_readings_is_said() -> None:
    assert all(np.isnan(value) for value in features(np.full((DAYS, SLOTS), np.nan)).values())


@pytest.mark.parametrize(
    ("kind", "strength", "name", "holds"),
    [
        ("h1", 0.6, "daily_level_to_before", lambda value: value == pytest.approx(0.4, abs=0.02)),
        ("h1", 0.6, "daily_largest_fall", lambda value: value == pytest.approx(0.6, abs=0.02)),
        ("h1", 0.6, "daily_fall_age", lambda value: value == 27),
        ("h1", 0.6, "interval_shape_distance", lambda value: value < 0.05),
        ("h2", 0.5, "interval_zero_hours", lambda value: value == 12.0),
        ("h3", 0.55, "interval_roughness_change", lambda value: value > 0.05),
        ("h4", 0.55, "interval_peak", lambda value: value < 2.0),
        ("h5", 1.0, "interval_constant", lambda value: value == 1.0),
        ("h6", 1.0, "interval_profile_before_mirror", lambda value: value > 0.95),
        ("h6", 1.0, "interval_mirrored", lambda value: value == 1.0),
        ("cap", 0.8, "interval_at_ceiling_change", lambda value: value > 0.05),
        ("excess", 0.6, "interval_zero_share_change", lambda value: value > 0.2),
        ("progressive", 0.8, "daily_slope_30", lambda value: value < -0.02),
        ("peak_shift", 0.6, "interval_night_share_change", lambda value: value > 0.1),
        ("intermittent", 0.4, "interval_zero_spells_change", lambda value: value > 1.0),
    ],
)
def test_each_theft_moves_the_feature_that_was_made_for_it(
    kind: str, strength: float, name: str, holds: Callable[[float], bool]
) -> None:
    assert holds(stolen(kind, strength)[name])
    assert not holds(features(household())[name]) or name == "interval_shape_distance"


def test_the_same_season_a_year_before_is_the_comparison_where_there_is_one() -> None:
    use = household()
    use[-28 - 364 : -364] *= 2.0
    assert features(use)["daily_level_to_year"] == pytest.approx(0.5, abs=0.05)
    assert np.isnan(features(use[-200:])["daily_level_to_year"])


def test_weekends_are_saturday_and_sunday() -> None:
    use = household()
    weekend = (np.arange(DAYS) - DAYS + 1 + SUNDAY + 3) % 7 >= 5
    use[weekend] *= 1.5
    assert features(use)["daily_weekend"] == pytest.approx(1.5, abs=0.05)
    assert features(use)["daily_memory_7"] > 0.8


def test_daily_readings_have_levels_and_no_shape() -> None:
    found = features(household().sum(axis=1, keepdims=True))
    assert found["daily_level_to_before"] == pytest.approx(1.0, abs=0.05)
    assert np.isnan(found["interval_night_share"])


def test_a_household_with_less_than_what_is_usual_has_no_comparison() -> None:
    use = household()
    use[:-30] = np.nan
    found = features(use)
    assert found["daily_level"] > 0
    assert np.isnan(found["daily_level_to_before"])
    assert np.isnan(found["interval_night_share_change"])


def test_a_feature_that_reads_no_intervals_is_refused() -> None:
    panel = IntervalPanel(np.zeros((1, 1, 1), dtype=np.float32), np.array([0]))
    with pytest.raises(ValueError, match="region does not read intervals"):
        compute_interval_features(panel, [feature for feature in catalogue() if feature.name == "region"])
