"""What can be said of a monthly series. Rule of the room: NumPy in, NumPy out; NaN where nothing can be said.

Every kernel takes a `MonthlyPanel` and returns one value a row, float64 of shape `(n_consumers,)`; energies are
[kWh/day].
"""

import warnings
from collections.abc import Callable
from typing import Literal

import numpy as np
from numba import njit

from powertheft.panel.monthly import MonthlyPanel

Kernel = Callable[[MonthlyPanel], np.ndarray]

ENOUGH = 3
"""Months that must be observed on both sides of a comparison."""

FLOOR = 0.05
"""Use [kWh/day] under which a ratio to it says nothing."""

MONTH_DAYS = 30.4375
"""Days of a month on average: what turns [kWh/day] into [kWh/month]."""


def mean_of(values: np.ndarray, minimum: int = 1) -> np.ndarray:
    """Mean of each row over what is observed; NaN where fewer than `minimum` months are."""
    count = np.isfinite(values).sum(axis=1)
    total = np.nansum(values, axis=1, dtype=np.float64)
    return np.where(count >= minimum, total / np.maximum(count, 1), np.nan)


def ratio_of(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """Ratio where the denominator says something, else NaN."""
    safe = np.where(denominator > FLOOR, denominator, np.nan)
    return numerator / safe


def recent(months: int) -> Kernel:
    """Mean use over the last months."""
    return lambda panel: mean_of(panel.energy[:, -months:], min(ENOUGH, months))


def use_in_month(back: int) -> Kernel:
    """Use in the month that lies so many before that of the as-of date."""
    return lambda panel: panel.energy[:, panel.energy.shape[1] - 1 - back].astype(np.float64)


def half_of(months: int) -> int:
    """Half of the months of a spell: what a mean needs to say something."""
    return (months + 1) // 2


def nearly_all(months: int) -> int:
    """Months of a spell that must be observed before its mean may be quoted: 10 of 12, 5 of 6, 2 of 3.

    The month of the as-of date is rarely whole, and half of a year is one season's.
    """
    return months - max(months // 6, 1)


def use_over(months: int, *, skipping: int = 0, minimum: int | None = None) -> Kernel:
    """Mean use over the months before the last `skipping`; nearly all of them, or `minimum`, must be observed."""
    least = nearly_all(months) if minimum is None else minimum

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        end = panel.energy.shape[1] - skipping
        return mean_of(panel.energy[:, max(end - months, 0) : end], least)

    return kernel


def per_month(kernel: Kernel) -> Kernel:
    """The same in [kWh/month]."""
    return lambda panel: kernel(panel) * MONTH_DAYS


def _paired(panel: MonthlyPanel, months: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """Last months and the same months `lag` before, kept only where both are observed."""
    now = panel.energy[:, -months:].astype(np.float64)
    before = panel.energy[:, -months - lag : -lag].astype(np.float64)
    both = np.isfinite(now) & np.isfinite(before)
    return np.where(both, now, np.nan), np.where(both, before, np.nan)


def same_season_ratio(months: int, lag: int = 12) -> Kernel:
    """Use over the last months divided by the same calendar months `lag` months before."""
    least = min(ENOUGH, nearly_all(months))

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        now, before = _paired(panel, months, lag)
        return ratio_of(mean_of(now, least), mean_of(before, least))

    return kernel


def same_season_use(months: int, lag: int, *, apart: int = 12) -> Kernel:
    """Use in the months that `same_season_ratio` compares, nearly all of them: lag 0 gives the recent ones."""

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        now, before = _paired(panel, months, apart)
        return mean_of(before if lag else now, nearly_all(months))

    return kernel


def same_season_loss(panel: MonthlyPanel) -> np.ndarray:
    """Sum over the last 12 months of the difference to the same month a year before [kWh], a month as 30.44 days."""
    now, before = _paired(panel, 12, 12)
    difference = now - before
    observed = np.isfinite(difference).sum(axis=1)
    return np.where(observed >= ENOUGH, np.nansum(difference, axis=1) * 30.4375, np.nan)


def _rolling_mean(values: np.ndarray, months: int, least: int | None = None) -> np.ndarray:
    """Mean over each window of months, (n, periods - months + 1), NaN where half of the window is not observed.

    With `least`, NaN where fewer months than that are.
    """
    return _window_means(values, months, half_of(months) if least is None else least)


def _least(values: np.ndarray) -> np.ndarray:
    return _quiet(np.nanmin, values)


def _greatest(values: np.ndarray) -> np.ndarray:
    return _quiet(np.nanmax, values)


def _quiet(reduce: Callable[..., np.ndarray], values: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        # A row without any observation is NaN, which is what is meant.
        warnings.simplefilter("ignore", RuntimeWarning)
        return reduce(values, axis=1)


def _age_of(values: np.ndarray, find: Callable[..., np.ndarray]) -> np.ndarray:
    """Columns from the place that `find` picks to the last; NaN where no column is finite."""
    fill = np.inf if find is np.argmin else -np.inf
    place = find(np.where(np.isfinite(values), values, fill), axis=1)
    age = (values.shape[1] - 1 - place).astype(np.float64)
    return np.where(np.isfinite(values).any(axis=1), age, np.nan)


def _at(values: np.ndarray, find: Callable[..., np.ndarray], wanted: np.ndarray) -> np.ndarray:
    """What `wanted` holds at the place that `find` picks from `values`; NaN where no column is finite."""
    fill = np.inf if find is np.argmin else -np.inf
    place = find(np.where(np.isfinite(values), values, fill), axis=1)
    found = wanted[np.arange(values.shape[0]), place]
    return np.where(np.isfinite(values).any(axis=1), found, np.nan)


def _half_years_apart(panel: MonthlyPanel, least: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Mean use of every six months and of the same six a year before, where `least` of them are observed in both."""
    now, before = _paired(panel, panel.energy.shape[1] - 12, 12)
    return _rolling_mean(now, 6, least), _rolling_mean(before, 6, least)


def same_season_least(panel: MonthlyPanel) -> np.ndarray:
    """Least ratio of six months, nearly all observed, to the same six a year before, anywhere in the history."""
    return _least(ratio_of(*_half_years_apart(panel, nearly_all(6))))


def same_season_worst_age(panel: MonthlyPanel) -> np.ndarray:
    """Months since the six months, all observed, with the least year-on-year ratio ended."""
    return _age_of(ratio_of(*_half_years_apart(panel)), np.argmin)


def same_season_worst_use(lag: int) -> Kernel:
    """Use in the six months with the least year-on-year ratio (lag 0), or in the same six a year before."""

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        now, before = _half_years_apart(panel)
        return _at(ratio_of(now, before), np.argmin, before if lag else now)

    return kernel


def half_year_use(months: int, *, summer: bool) -> Kernel:
    """Use in April to September, or in October to March, over the last months; nearly all must be observed."""

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        return mean_of(_half_year(panel, months, summer=summer), nearly_all(months // 2))

    return kernel


def half_year_ratio(months: int) -> Kernel:
    """Use in April to September over use in October to March, over the last months."""

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        warm, cool = (_half_year(panel, months, summer=summer) for summer in (True, False))
        return ratio_of(mean_of(warm, ENOUGH), mean_of(cool, ENOUGH))

    return kernel


def _half_year(panel: MonthlyPanel, months: int, *, summer: bool) -> np.ndarray:
    calendar = panel.calendar_month[:, -months:]
    in_summer = (calendar >= 3) & (calendar <= 8)
    return np.where(in_summer == summer, panel.energy[:, -months:], np.nan)


def calendar_swing(months: int) -> Kernel:
    """Use in the calendar month with the most over that with the least; every calendar month must be observed."""

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        by_month = _means_by_calendar(panel, months)[0]
        # A month that is missing would make NaN of both, which is what is meant.
        return ratio_of(by_month.max(axis=1), by_month.min(axis=1))

    return kernel


def _means_by_calendar(panel: MonthlyPanel, months: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean use in each calendar month of the last `months` (whole years), (n, 12), and how many of it are observed."""
    years = months // 12
    # The column of the first January, February, ... of the spell; the same of the next years lie twelve columns on.
    first = (np.arange(12) - panel.calendar_month[:, -months, None]) % 12
    columns = first[:, :, None] + 12 * np.arange(years) + panel.energy.shape[1] - months
    energy = panel.energy[np.arange(len(panel.energy))[:, None, None], columns].reshape(-1, years)
    return mean_of(energy).reshape(-1, 12), np.isfinite(energy).sum(axis=1).reshape(-1, 12)


def season_strength(panel: MonthlyPanel) -> np.ndarray:
    """Share of the variance of monthly use that the calendar month explains (eta squared); needs 24 months."""
    energy = panel.energy.astype(np.float64)
    mean = mean_of(energy, 24)[:, None]
    by_month, count = _means_by_calendar(panel, panel.energy.shape[1])
    between = np.nansum(count * (by_month - mean) ** 2, axis=1)
    total = np.nansum((energy - mean) ** 2, axis=1)
    return np.where(np.isfinite(mean[:, 0]) & (total > 0), between / np.where(total > 0, total, 1.0), np.nan)


def autocorrelation(lag: int) -> Kernel:
    """Correlation of monthly use with itself `lag` months before; needs 12 pairs."""

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        return correlation(panel.energy[:, lag:], panel.energy[:, :-lag], minimum=12)

    return kernel


def correlation(first: np.ndarray, second: np.ndarray, *, minimum: int) -> np.ndarray:
    """Pearson correlation by row over the cells that both observe; NaN under `minimum` pairs or without spread."""
    both = np.isfinite(first) & np.isfinite(second)
    a = np.where(both, first, np.nan).astype(np.float64)
    b = np.where(both, second, np.nan).astype(np.float64)
    a = a - mean_of(a)[:, None]
    b = b - mean_of(b)[:, None]
    spread = np.sqrt(np.nansum(a * a, axis=1) * np.nansum(b * b, axis=1))
    usable = (both.sum(axis=1) >= minimum) & (spread > 1e-9)
    return np.where(usable, np.nansum(a * b, axis=1) / np.where(usable, spread, 1.0), np.nan)


def slope(months: int) -> Kernel:
    """Least-squares slope of monthly use over the last months [kWh/day a month]."""

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        energy = panel.energy[:, -months:].astype(np.float64)
        observed = np.isfinite(energy)
        time = np.where(observed, np.arange(energy.shape[1], dtype=np.float64), np.nan)
        time = time - mean_of(time)[:, None]
        spread = np.nansum(time * time, axis=1)
        usable = (observed.sum(axis=1) >= ENOUGH) & (spread > 0)
        covariance = np.nansum(time * np.where(observed, energy, 0.0), axis=1)
        return np.where(usable, covariance / np.where(usable, spread, 1.0), np.nan)

    return kernel


def variation(months: int) -> Kernel:
    """Standard deviation over mean of monthly use over the last months."""

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        energy = panel.energy[:, -months:].astype(np.float64)
        mean = mean_of(energy, ENOUGH)
        deviation = np.sqrt(mean_of((energy - mean[:, None]) ** 2))
        return ratio_of(deviation, mean)

    return kernel


def best_daily(panel: MonthlyPanel) -> np.ndarray:
    """Mean use over the best 12 months of the panel."""
    return _greatest(_rolling_mean(panel.energy, 12))


def best_age(panel: MonthlyPanel) -> np.ndarray:
    """Months since the best 12 months ended."""
    return _age_of(_rolling_mean(panel.energy, 12), np.argmax)


BEST_YEAR = 11
"""Months of a best year that must be observed before its use may be quoted: fewer are another spell."""


def best_year_use(panel: MonthlyPanel) -> np.ndarray:
    """Mean use over the best 12 months of which eleven are observed."""
    return _greatest(_rolling_mean(panel.energy, 12, BEST_YEAR))


def best_year_age(panel: MonthlyPanel) -> np.ndarray:
    """Months since the best 12 months of which eleven are observed ended."""
    return _age_of(_rolling_mean(panel.energy, 12, BEST_YEAR), np.argmax)


def least_month(months: int) -> Kernel:
    """Use in the month with the least, over the last months."""
    return lambda panel: _least(panel.energy[:, -months:]).astype(np.float64)


def greatest_month(months: int) -> Kernel:
    """Use in the month with the most, over the last months."""
    return lambda panel: _greatest(panel.energy[:, -months:]).astype(np.float64)


def median_use(panel: MonthlyPanel) -> np.ndarray:
    """Median of monthly use."""
    return _quiet(np.nanmedian, panel.energy).astype(np.float64)


def last_month_age(panel: MonthlyPanel) -> np.ndarray:
    """Months since the last one that is observed."""
    return _age_of(np.where(np.isfinite(panel.energy), np.arange(panel.energy.shape[1]), np.nan), np.argmax)


def first_month_age(panel: MonthlyPanel) -> np.ndarray:
    """Months since the first one of the panel that is observed."""
    return _age_of(np.where(np.isfinite(panel.energy), np.arange(panel.energy.shape[1]), np.nan), np.argmin)


def months_observed(months: int) -> Kernel:
    """How many of the last months are observed."""
    return lambda panel: np.isfinite(panel.energy[:, -months:]).sum(axis=1).astype(np.float64)


def recent_to_best(panel: MonthlyPanel) -> np.ndarray:
    """Use over the last 12 months divided by the best 12 months."""
    return ratio_of(recent(12)(panel), best_daily(panel))


def recent_to_all(months: int) -> Kernel:
    """Use over the last months divided by the mean of the panel."""
    return lambda panel: ratio_of(recent(months)(panel), mean_of(panel.energy, ENOUGH))


def _half_year_ratios(panel: MonthlyPanel) -> np.ndarray:
    rolling = _rolling_mean(panel.energy, 6)
    return ratio_of(rolling[:, 6:], rolling[:, :-6])


def largest_drop(panel: MonthlyPanel) -> np.ndarray:
    """Least ratio of six months' use to the six months before."""
    return _least(_half_year_ratios(panel))


def largest_rise(panel: MonthlyPanel) -> np.ndarray:
    """Greatest ratio of six months' use to the six months before."""
    return _greatest(_half_year_ratios(panel))


def largest_turn(turn: Literal["drop", "rise"], part: Literal["before", "after", "year", "age"]) -> Kernel:
    """Of the largest fall or rise in kWh: use in the six months before, after, a year before those after; its age."""
    find = np.argmin if turn == "drop" else np.argmax

    def kernel(panel: MonthlyPanel) -> np.ndarray:
        # A missing month would move the turn to another: `largest_drop` is content with three of six.
        rolling = _rolling_mean(panel.energy, 6, 6)
        turns = rolling[:, 6:] - rolling[:, :-6]
        if part == "age":
            # The age is that of the later half-year's end; its first month lies five months before.
            return _age_of(turns, find) + 5
        year = np.full(turns.shape, np.nan)
        year[:, 6:] = rolling[:, :-12]
        return _at(turns, find, {"before": rolling[:, :-6], "after": rolling[:, 6:], "year": year}[part])

    return kernel


def halvings(panel: MonthlyPanel) -> np.ndarray:
    """Months with less than half the mean of the six months before."""
    before = _rolling_mean(panel.energy, 6)[:, :-1]
    now = panel.energy[:, 6:]
    return ((now < 0.5 * before) & (before > FLOOR)).sum(axis=1).astype(np.float64)


def _run_lengths(flag: np.ndarray, observed: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    longest, current, end = _runs(flag, observed)
    empty = ~observed.any(axis=1)
    age = np.where(end >= 0, flag.shape[1] - 1 - end, np.nan)
    return np.where(empty, np.nan, longest), np.where(empty, np.nan, current), age


def _zero(panel: MonthlyPanel) -> tuple[np.ndarray, np.ndarray]:
    return panel.energy <= 0, np.isfinite(panel.energy)


def _low(panel: MonthlyPanel) -> tuple[np.ndarray, np.ndarray]:
    observed = np.isfinite(panel.energy)
    median = _quiet(np.nanmedian, panel.energy)
    return (panel.energy < 0.25 * median[:, None]) & (median[:, None] > FLOOR), observed


def longest_zero_run(panel: MonthlyPanel) -> np.ndarray:
    """Longest run of months without use; months that are not observed are passed over."""
    return _run_lengths(*_zero(panel))[0]


def zero_run_now(panel: MonthlyPanel) -> np.ndarray:
    """Run of months without use that lasts up to the as-of date."""
    return _run_lengths(*_zero(panel))[1]


def zero_run_age(panel: MonthlyPanel) -> np.ndarray:
    """Months since the longest run of months without use ended; NaN where there is none."""
    return _run_lengths(*_zero(panel))[2]


def low_run_age(panel: MonthlyPanel) -> np.ndarray:
    """Months since the longest run of months under a quarter of the own median ended; NaN where there is none."""
    return _run_lengths(*_low(panel))[2]


def longest_low_run(panel: MonthlyPanel) -> np.ndarray:
    """Longest run of months under a quarter of the own median."""
    return _run_lengths(*_low(panel))[0]


def low_run_now(panel: MonthlyPanel) -> np.ndarray:
    """Run of months under a quarter of the own median that lasts up to the as-of date."""
    return _run_lengths(*_low(panel))[1]


def low_share(panel: MonthlyPanel) -> np.ndarray:
    """Share of months under a quarter of the own median."""
    flag, observed = _low(panel)
    return np.where(observed.any(axis=1), flag.sum(axis=1) / np.maximum(observed.sum(axis=1), 1), np.nan)


def step_ratio(panel: MonthlyPanel) -> np.ndarray:
    """Use after the sharpest step over use before it."""
    found = _steps(panel.energy)
    return ratio_of(found[:, 1], found[:, 0])


def step_before(panel: MonthlyPanel) -> np.ndarray:
    """Mean use before the sharpest step."""
    return _steps(panel.energy)[:, 0]


def step_after(panel: MonthlyPanel) -> np.ndarray:
    """Mean use after the sharpest step."""
    return _steps(panel.energy)[:, 1]


def step_age(panel: MonthlyPanel) -> np.ndarray:
    """Months since the sharpest step."""
    return _steps(panel.energy)[:, 2]


def step_strength(panel: MonthlyPanel) -> np.ndarray:
    """Share of the squared deviation that one step in level takes away (two-segment least squares)."""
    return _steps(panel.energy)[:, 3]


@njit(cache=True)
def _window_means(values, months, least):  # pyright: ignore  # a kernel: Numba infers the types
    rows, periods = values.shape
    means = np.full((rows, max(periods - months + 1, 0)), np.nan)
    for row in range(rows):
        for start in range(means.shape[1]):
            total = 0.0
            count = 0
            for column in range(start, start + months):
                value = values[row, column]
                if np.isfinite(value):
                    total += value
                    count += 1
            if count >= least:
                means[row, start] = total / count
    return means


@njit(cache=True)
def _runs(flag, observed):  # pyright: ignore  # a kernel: Numba infers the types
    longest = np.zeros(flag.shape[0])
    current = np.zeros(flag.shape[0])
    end = np.full(flag.shape[0], -1)
    for row in range(flag.shape[0]):
        run = 0
        for column in range(flag.shape[1]):
            if not observed[row, column]:
                continue
            run = run + 1 if flag[row, column] else 0
            if run > longest[row]:
                longest[row] = run
                end[row] = column
        current[row] = run
    return longest, current, end


@njit(cache=True)
def _steps(energy):  # pyright: ignore  # a kernel: Numba infers the types
    rows, periods = energy.shape
    found = np.full((rows, 4), np.nan)
    values = np.empty(periods)
    places = np.empty(periods, dtype=np.int64)
    for row in range(rows):
        count = 0
        total = 0.0
        square = 0.0
        for column in range(periods):
            value = energy[row, column]
            if not np.isnan(value):
                values[count] = value
                places[count] = column
                total += value
                square += value * value
                count += 1
        if count < 12:
            continue
        spread = square - total * total / count
        best = 0.0
        left = 0.0
        for cut in range(1, count):
            left += values[cut - 1]
            if cut < 4 or count - cut < 4:
                continue
            right = total - left
            gain = left * left / cut + right * right / (count - cut) - total * total / count
            if gain > best:
                best = gain
                found[row, 0] = left / cut
                found[row, 1] = right / (count - cut)
                found[row, 2] = periods - places[cut]
        if best > 0.0 and spread > 0.0:
            found[row, 3] = best / spread
    return found
