"""How a day runs: its shape, zeros, likeness to others. Rule of the room: a feature is a definition, never a script.

Each statistic of a day is averaged over the four weeks judged and set beside the twelve weeks before.
"""

import numpy as np
from numba import njit

from powertheft.features.definition import Feature
from powertheft.features.interval_definition import (
    BEFORE,
    ENOUGH_DAYS,
    LEAST_SPREAD,
    RECENT,
    Computed,
    deviation_of,
    earlier_months,
    interval_features,
    mean_of_days,
    older,
    usual_and_recent,
)
from powertheft.features.interval_sentences import DAYS
from powertheft.features.sentences import spoken
from powertheft.panel.intervals import MINIMUM_SLOTS, IntervalPanel
from powertheft.panel.kernels import mean_of

FAMILY = "interval_days"

STATISTICS = (
    ("flatness", "", "variation within a day (standard deviation over mean; 0: the same all day)"),
    ("constant", "share", "days whose profile is constant"),
    ("zero_hours", "hours", "longest spell without use in a day"),
    ("zero_share", "share", "share of a day without use"),
    ("zero_spells", "", "number of spells without use in a day"),
    ("night_share", "share", "share of a day's use between 0 and 5 o'clock"),
    ("evening_share", "share", "share of a day's use between 16 and 21 o'clock"),
    ("night_flatness", "", "variation between 0 and 5 o'clock (standard deviation over mean)"),
    ("roughness", "", "mean step from one interval to the next over the mean"),
    ("memory", "", "correlation of an interval with the next one of the day"),
    ("floor", "", "lowest tenth of a day's intervals over its mean"),
    ("peak", "", "highest interval of a day over its mean"),
    ("ties", "share", "share of a day's intervals within 1 % of its highest"),
    ("skew", "", "whether use rises faster than it falls (negative: a day that runs backwards)"),
    ("own_profile", "", "correlation of a day with the usual day"),
    ("mirror_profile", "", "correlation of a day with the usual day run backwards"),
    ("mirror_lead", "", "how much more a day is like the usual day run backwards than like the usual day"),
    ("mirrored", "share", "days clearly more like the usual day run backwards than like the usual day"),
    ("week_before", "", "correlation of a day with the same weekday a week before"),
)
"""Name, unit and meaning of what is said of one day, in the order of `day_statistics`."""

WINDOWS = (
    ("", "average of the last 4 weeks"),
    ("_change", "last 4 weeks minus the 12 weeks before"),
    ("_odd", "change against the 12 weeks before in units of their day-to-day spread"),
    ("_half", "last 2 weeks minus the 2 weeks before"),
    ("_older", "last 4 weeks minus all that is older than 16 weeks"),
    ("_unusual", "last 4 weeks against all earlier 4 weeks, by their spread"),
)

PROFILES = (
    ("before", "own", "Correlation of the mean day of the last 4 weeks with that of the 12 weeks before"),
    ("before", "mirror", "The same with that of the 12 weeks before run backwards"),
    ("before", "lead", "The second minus the first"),
    ("older", "own", "Correlation of the mean day of the last 4 weeks with that of all older than 16 weeks"),
    ("older", "mirror", "The same with that of all older than 16 weeks run backwards"),
    ("older", "lead", "The second minus the first"),
    ("half", "own", "Correlation of the mean day of the last 2 weeks with that of the 14 weeks before"),
    ("half", "mirror", "The same with that of the 14 weeks before run backwards"),
    ("half", "lead", "The second minus the first"),
)
"""What is said of mean days, in which the chances of single days cancel: compared with, statistic, meaning."""

CLEARLY = 0.2
"""Lead of the mirrored correlation from which a day counts as mirrored (an assumption)."""

CONSTANT = 0.02
"""Standard deviation over mean below which a day's profile is constant (an assumption)."""

FEWEST_SLOTS = 8
"""Slots that a day must have to have a shape."""


def definitions() -> tuple[Feature, ...]:
    """Return features of the shape of days."""
    profiles = ((f"interval_profile_{window}_{statistic}", "", meaning) for window, statistic, meaning in PROFILES)
    statistics = (
        (
            f"interval_{name}{ending}",
            "" if ending in {"_odd", "_unusual"} else unit,
            f"{meaning[0].upper()}{meaning[1:]}: {words}",
        )
        for name, unit, meaning in STATISTICS
        for ending, words in WINDOWS
    )
    return spoken(interval_features(FAMILY, compute, (*profiles, *statistics)), DAYS)


def compute(panel: IntervalPanel) -> Computed:
    """Compute the family.

    Parameters
    ----------
    panel : IntervalPanel
        Shape (n_units, n_days, n_slots) [kWh].

    Returns
    -------
    mapping of str to ndarray, shape (n_units,)
        By name of feature; NaN where fewer than seven days say something, everywhere for days of fewer than 8 slots.

    Examples
    --------
    >>> found = compute(IntervalPanel(np.ones((1, 112, 24)), np.array([0])))
    >>> float(found["interval_constant"][0]), round(float(found["interval_night_share"][0]), 3)
    (1.0, 0.208)
    """
    energy = panel.energy.astype(np.float64)
    found = _profiles(energy)
    statistics = day_statistics(energy)
    for column, (name, _, _) in enumerate(STATISTICS):
        found |= {f"interval_{name}{ending}": values for ending, values in _windows(statistics[:, :, column]).items()}
    return found


def _windows(daily: np.ndarray) -> Computed:
    """Set a statistic of days, (n_units, n_days), beside what was before, by the endings of `WINDOWS`."""
    before, recent = usual_and_recent(daily)
    usual, now, months = mean_of_days(before), mean_of_days(recent), earlier_months(daily)
    half = RECENT // 2
    return {
        "": now,
        "_change": now - usual,
        "_odd": (now - usual) / np.maximum(deviation_of(before, ENOUGH_DAYS), LEAST_SPREAD),
        "_half": mean_of_days(recent[:, -half:]) - mean_of_days(recent[:, :-half]),
        "_older": now - mean_of_days(older(daily)),
        "_unusual": (now - mean_of(months, 3)) / np.maximum(deviation_of(months, 3), LEAST_SPREAD),
    }


def _profiles(energy: np.ndarray) -> dict[str, np.ndarray]:
    if energy.shape[2] < FEWEST_SLOTS:
        return {f"interval_profile_{window}_{name}": np.full(len(energy), np.nan) for window, name, _ in PROFILES}
    half = RECENT // 2
    before, recent = usual_and_recent(energy)
    pairs = {
        "before": (recent, before),
        "older": (recent, older(energy)),
        "half": (energy[:, -half:], energy[:, -RECENT - BEFORE : -half]),
    }
    found: dict[str, np.ndarray] = {}
    for window, (now, then) in pairs.items():
        own, mirror = _likeness(mean_day(now), mean_day(then)).T
        found |= {f"interval_profile_{window}_own": own, f"interval_profile_{window}_mirror": mirror}
        found[f"interval_profile_{window}_lead"] = mirror - own
    return found


def mean_day(energy: np.ndarray) -> np.ndarray:
    """Mean of each slot over the days, NaN where fewer than seven are observed, (n_units, n_slots).

    Examples
    --------
    >>> mean_day(np.full((1, 8, 2), 3.0)).tolist()
    [[3.0, 3.0]]
    """
    count = np.isfinite(energy).sum(axis=1)
    return np.where(count >= ENOUGH_DAYS, np.nansum(energy, axis=1) / np.maximum(count, 1), np.nan)


def day_statistics(energy: np.ndarray) -> np.ndarray:
    """Say what `STATISTICS` names of each day.

    Parameters
    ----------
    energy : ndarray, shape (n_units, n_days, n_slots)
        Energy [kWh], NaN where missing.

    Returns
    -------
    ndarray, shape (n_units, n_days, 19)
        One value a day; NaN where fewer than three quarters of its slots are observed or it has no use at all (its
        zeros are counted all the same).

    Notes
    -----
    The usual day is the mean day of the twelve weeks before the four weeks judged.

    Examples
    --------
    >>> day_statistics(np.zeros((1, 5, 24)))[0, 0, 2:5].tolist()
    [24.0, 1.0, 1.0]
    """
    slots = energy.shape[2]
    if slots < FEWEST_SLOTS:
        return np.full((*energy.shape[:2], len(STATISTICS)), np.nan)
    usual = mean_day(usual_and_recent(energy)[0])
    sizes = (len(STATISTICS), MINIMUM_SLOTS * slots, CONSTANT)
    return _statistics(energy.astype(np.float64), usual, sizes)  # type: ignore[no-any-return]  # Numba states no types


@njit(cache=True)
def _likeness(now, then):  # pyright: ignore  # a kernel: Numba infers the types
    found = np.empty((now.shape[0], 2))
    for row in range(now.shape[0]):
        found[row, 0] = _correlation(now[row], then[row])
        found[row, 1] = _correlation(now[row], then[row][::-1].copy())
    return found


@njit(cache=True)
def _correlation(left, right):  # pyright: ignore  # a kernel: Numba infers the types
    count = 0
    sums = np.zeros(5)
    for slot in range(left.size):
        one, other = left[slot], right[slot]
        if np.isnan(one) or np.isnan(other):
            continue
        count += 1
        sums += np.array([one, other, one * one, other * other, one * other])
    if count < FEWEST_SLOTS:
        return np.nan
    sums /= count
    product = (sums[2] - sums[0] ** 2) * (sums[3] - sums[1] ** 2)
    # A day without variation is like no other.
    return (sums[4] - sums[0] * sums[1]) / np.sqrt(product) if product > 1e-16 else 0.0


@njit(cache=True)
def _zeros(values, hours, found):  # pyright: ignore  # a kernel: Numba infers the types
    run = longest = total = spells = 0
    for value in values:
        if np.isnan(value):
            continue
        run = run + 1 if value <= 0.0 else 0
        longest = max(longest, run)
        total += value <= 0.0
        spells += run == 1
    found[2] = longest * hours
    found[3] = total / np.isfinite(values).sum()
    found[4] = spells


@njit(cache=True)
def _between(values, first, last):  # pyright: ignore  # a kernel: Numba infers the types
    part = values[int(first * values.size / 24) : int(last * values.size / 24)]
    return part[np.isfinite(part)]


@njit(cache=True)
def _steps(values, mean, found):  # pyright: ignore  # a kernel: Numba infers the types
    """Roughness, memory and skew: what the steps from one slot to the next say."""
    total = square = cube = 0.0
    count = 0
    for slot in range(1, values.size):
        step = values[slot] - values[slot - 1]
        if np.isfinite(step):
            total += abs(step)
            square += step**2
            cube += step**3
            count += 1
    if count > 0:
        found[8] = total / count / mean
        found[13] = cube / count / (square / count) ** 1.5 if square > 0.0 else 0.0
    found[9] = _correlation(values[1:], values[:-1])


@njit(cache=True)
def _shape(values, limit, found):  # pyright: ignore  # a kernel: Numba infers the types
    known = np.sort(values[np.isfinite(values)])
    mean = known.mean()
    if mean <= 0.0:
        return
    found[0] = known.std() / mean
    found[1] = 1.0 if found[0] < limit else 0.0
    night = _between(values, 0, 5)
    evening = _between(values, 16, 21)
    found[5] = night.sum() / known.sum()
    found[6] = evening.sum() / known.sum()
    if night.size > 1 and night.sum() > 0.0:
        found[7] = night.std() / night.mean()
    _steps(values, mean, found)
    found[10] = known[: max(known.size // 10, 1)].mean() / mean
    found[11] = known[-1] / mean
    found[12] = (known >= 0.99 * known[-1]).mean()


@njit(cache=True)
def _statistics(last, usual, sizes):  # pyright: ignore  # a kernel: Numba infers the types
    rows, days, slots = last.shape
    width, least, limit = sizes
    found = np.full((rows, days, width), np.nan)
    for row in range(rows):
        mirror = usual[row][::-1].copy()
        for day in range(days):
            values = last[row, day]
            if np.isfinite(values).sum() < least:
                continue
            one = found[row, day]
            _zeros(values, 24.0 / slots, one)
            _shape(values, limit, one)
            one[14] = _correlation(values, usual[row])
            one[15] = _correlation(values, mirror)
            one[16] = one[15] - one[14]
            one[17] = one[16] if np.isnan(one[16]) else 1.0 * (one[16] > CLEARLY)
            if day >= 7:
                one[18] = _correlation(values, last[row, day - 7])
    return found
