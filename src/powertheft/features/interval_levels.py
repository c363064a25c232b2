"""How much a day takes, and how that changes. Rule of the room: a feature is a definition, never a script."""

import numpy as np

from powertheft.features.definition import Feature
from powertheft.features.interval_definition import (
    BEFORE,
    ENOUGH_DAYS,
    LITTLE_USE,
    RECENT,
    Computed,
    deviation_of,
    earlier_months,
    interval_features,
    mean_of_days,
    ratio,
    usual_and_recent,
)
from powertheft.features.interval_sentences import LEVELS
from powertheft.features.sentences import spoken
from powertheft.panel.change_points import level_shifts
from powertheft.panel.intervals import IntervalPanel, daily_energy
from powertheft.panel.kernels import mean_of

FAMILY = "interval_levels"
YEAR = 364
"""Days of a year of whole weeks."""

LOW = 0.25
"""Share of the usual day below which a day is low."""

SLOPES = (30, 90, 180)

_MEANINGS = (
    ("daily_level", "kWh/day", "Mean use a day, last 4 weeks"),
    ("daily_level_before", "kWh/day", "Mean use a day in the 12 weeks before the last 4"),
    ("daily_level_to_month", "", "Mean use a day of the last 4 weeks over that of the 4 weeks before"),
    ("daily_level_to_before", "", "The same over the 12 weeks before"),
    ("daily_level_to_usual", "", "The same over the median of all earlier 4 weeks"),
    ("daily_level_to_least", "", "The same over the least of all earlier 4 weeks"),
    ("daily_level_to_year", "", "The same over the same season a year before"),
    ("daily_level_year_before", "kWh/day", "Mean use a day in the same season a year before"),
    ("daily_level_odd", "", "Mean use a day against all earlier 4 weeks, by their spread"),
    ("daily_level_half", "", "Mean use a day of the last 2 weeks over that of the 2 weeks before"),
    ("daily_level_week", "", "Mean use a day of the last week over that of the 3 weeks before"),
    ("daily_shifts", "", "Lasting changes of the level of use (change points)"),
    ("daily_largest_fall", "share", "Largest lasting fall of the level of use"),
    ("daily_fall_age", "days", "Days since the largest lasting fall"),
    ("daily_fall_ratio", "", "Level after the largest lasting fall over the level before it"),
    ("daily_shift_total", "", "Last level of use over the first"),
    ("daily_slope_30", "share a day", "Trend of use over 30 days, by its mean"),
    ("daily_slope_90", "share a day", "Trend of use over 90 days, by its mean"),
    ("daily_slope_180", "share a day", "Trend of use over 180 days, by its mean"),
    ("daily_memory_1", "", "Correlation of a day's use with the day before, last 16 weeks"),
    ("daily_memory_7", "", "Correlation of a day's use with the same weekday before, last 16 weeks"),
    ("daily_memory_1_recent", "", "Correlation of a day's use with the day before, last 4 weeks"),
    ("daily_zero_share", "share", "Share of days without use, last 4 weeks"),
    ("daily_zero_share_change", "share", "The same minus that of the 12 weeks before"),
    ("daily_zero_run", "days", "Longest run of days without use, last 4 weeks"),
    ("daily_low_share", "share", "Share of days under a quarter of the usual day, last 4 weeks"),
    ("daily_weekend", "", "Use at weekends over use on weekdays, last 4 weeks"),
    ("daily_weekend_change", "", "The same minus that of the 12 weeks before"),
    ("daily_variation", "", "Standard deviation of days over their mean, last 4 weeks"),
    ("daily_variation_change", "", "The same minus that of the 12 weeks before"),
)


def definitions() -> tuple[Feature, ...]:
    """Return features of the level of days; daily readings are enough for them."""
    return spoken(interval_features(FAMILY, compute, _MEANINGS), LEVELS)


def compute(panel: IntervalPanel) -> Computed:
    """Compute the family.

    Parameters
    ----------
    panel : IntervalPanel
        Shape (n_units, n_days, n_slots) [kWh].

    Returns
    -------
    mapping of str to ndarray, shape (n_units,)
        By name of feature; NaN where too few days are observed on either side of a comparison.

    Examples
    --------
    >>> fallen = np.repeat([8.0, 2.0], [172, 28])[None, :, None]
    >>> found = compute(IntervalPanel(fallen, np.array([0])))
    >>> float(found["daily_level_to_before"][0]), float(found["daily_largest_fall"][0])
    (0.25, 0.75)
    """
    daily = daily_energy(panel.energy)
    return {
        **_levels(daily),
        **_shifts(daily),
        **{f"daily_slope_{days}": _slope(daily[:, -days:]) for days in SLOPES},
        "daily_memory_1": _memory(daily[:, -RECENT - BEFORE :], 1),
        "daily_memory_7": _memory(daily[:, -RECENT - BEFORE :], 7),
        "daily_memory_1_recent": _memory(daily[:, -RECENT:], 1),
        **_zeros(daily),
        **_weeks(daily, panel.weekday >= 5),
    }


def _levels(daily: np.ndarray) -> Computed:
    before, recent = usual_and_recent(daily)
    level, usual, months = mean_of_days(recent), mean_of_days(before), earlier_months(daily)
    observed = np.isfinite(months)
    ordered = np.sort(months, axis=1)
    middle = np.maximum(observed.sum(axis=1) - 1, 0) // 2
    year = mean_of_days(daily[:, -YEAR - RECENT : -YEAR])
    half, week = RECENT // 2, 7
    return {
        "daily_level": level,
        "daily_level_before": usual,
        "daily_level_to_month": ratio(level, mean_of_days(daily[:, -2 * RECENT : -RECENT])),
        "daily_level_to_before": ratio(level, usual),
        "daily_level_to_usual": ratio(level, ordered[np.arange(len(daily)), middle]),
        "daily_level_to_least": ratio(level, ordered[:, 0]),
        "daily_level_to_year": ratio(level, year),
        "daily_level_year_before": year,
        "daily_level_odd": ratio(level - mean_of(months, 2), deviation_of(months, 2)),
        "daily_level_half": ratio(mean_of_days(recent[:, -half:]), mean_of_days(recent[:, :-half])),
        "daily_level_week": ratio(mean_of(recent[:, -week:], 4), mean_of_days(recent[:, :-week])),
    }


def _shifts(daily: np.ndarray) -> Computed:
    names = ("daily_shifts", "daily_largest_fall", "daily_fall_age", "daily_fall_ratio", "daily_shift_total")
    found = level_shifts(daily)
    return {name: found[:, column] for column, name in enumerate(names)}


def _slope(daily: np.ndarray) -> np.ndarray:
    """Least-squares slope over the days, by their mean, where half of them are observed."""
    least = (daily.shape[1] + 1) // 2
    place = np.where(np.isfinite(daily), np.arange(daily.shape[1], dtype=np.float64)[None, :], np.nan)
    off, deviation = place - mean_of(place, least)[:, None], daily - mean_of(daily, least)[:, None]
    return ratio(mean_of(off * deviation, least), mean_of(off**2, least)) / np.maximum(
        mean_of(daily, least), LITTLE_USE
    )


def _memory(daily: np.ndarray, lag: int) -> np.ndarray:
    """Correlation of a series with itself `lag` days before, over pairs of observed days; 0 for a constant one."""
    now, then = daily[:, lag:], daily[:, :-lag]
    both = np.isfinite(now) & np.isfinite(then)
    now, then = np.where(both, now, np.nan), np.where(both, then, np.nan)
    left, right = now - mean_of_days(now)[:, None], then - mean_of_days(then)[:, None]
    scale = np.sqrt(mean_of_days(left**2) * mean_of_days(right**2))
    return np.where(scale == 0.0, 0.0, mean_of_days(left * right) / np.where(scale > 0.0, scale, np.nan))


def _share_of(flag: np.ndarray, daily: np.ndarray) -> np.ndarray:
    return mean_of_days(np.where(np.isfinite(daily), flag, np.nan))


def _zeros(daily: np.ndarray) -> Computed:
    before, recent = usual_and_recent(daily)
    zero = _share_of(recent <= 0.0, recent)
    place = np.arange(1, recent.shape[1] + 1)[None, :]
    run = place - np.maximum.accumulate(np.where(recent <= 0.0, 0, place), axis=1)
    usual = mean_of_days(before)[:, None]
    return {
        "daily_zero_share": zero,
        "daily_zero_share_change": zero - _share_of(before <= 0.0, before),
        "daily_zero_run": np.where(np.isfinite(zero), run.max(axis=1, initial=0), np.nan),
        "daily_low_share": np.where(np.isfinite(usual[:, 0]), _share_of(recent < LOW * usual, recent), np.nan),
    }


def _weeks(daily: np.ndarray, weekend: np.ndarray) -> Computed:
    before, recent = usual_and_recent(daily)
    weekend_before, weekend_recent = usual_and_recent(weekend)
    now, usual = _weekend(recent, weekend_recent), _weekend(before, weekend_before)
    return {
        "daily_weekend": now,
        "daily_weekend_change": now - usual,
        "daily_variation": _variation(recent),
        "daily_variation_change": _variation(recent) - _variation(before),
    }


def _weekend(daily: np.ndarray, weekend: np.ndarray) -> np.ndarray:
    return ratio(mean_of(np.where(weekend, daily, np.nan), 4), mean_of_days(np.where(weekend, np.nan, daily)))


def _variation(daily: np.ndarray) -> np.ndarray:
    return ratio(deviation_of(daily, ENOUGH_DAYS), mean_of_days(daily))
