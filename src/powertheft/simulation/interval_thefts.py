"""Thefts as they look in half-hourly readings: what the meter would have reported.

Every theft takes the true use `(n_days, n_slots)` [kWh], a stream of random numbers, a strength and an onset, and
returns what is reported: float64, the same shape, missing where the true use is missing, never negative. Before the
onset, counted in days from the first, nothing is changed. Strength goes from 0 (nothing) to 1; what it means is said
by each theft and, in a clause, by `THEFTS`.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.

References
----------
h1 to h6: Jokar, Arianpoo & Leung (2016), "Electricity theft detection in AMI using customers' consumption patterns",
https://doi.org/10.1109/TSG.2015.2425222
Further kinds: Punmiya & Choe (2019), https://doi.org/10.1109/TSG.2019.2892595
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Floats

Energies = npt.NDArray[np.floating[Any]]
Theft = Callable[[Energies, Generator, float, int], Floats]

JITTER = 0.35
"""Half the width of the random factor of h3 and h4: with strength 0.55 it is the paper's U(0.1, 0.8)."""

SHORTEST_OFF = 1 / 6
"""Least share of a day without readings in h2: four hours, as in the paper."""

SLOPE = (0.05, 0.10)
"""Share of the use that a progressive theft adds every day, until it takes its whole share."""

PEAK, NIGHT = (16, 21), (0, 5)
"""Hours between which a peak shift moves use."""

BLOCKS = 8
"""Parts of a day, of three hours, that intermittent zeros switch off."""


def scaled(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """h1: every reading is multiplied by the same 1 - strength.

    Examples
    --------
    >>> scaled(np.ones((2, 2)), np.random.default_rng(1), 0.25, 1).tolist()
    [[1.0, 1.0], [0.75, 0.75]]
    """
    del random
    return _reported(use, use * (1.0 - strength), onset)


def switched_off(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """h2: zero in one contiguous interval a day, strength x the day long and at least four hours, at a random time.

    Examples
    --------
    >>> (switched_off(np.ones((3, 24)), np.random.default_rng(1), 0.5, 0) == 0).sum(axis=1).tolist()
    [12, 12, 12]
    """
    days, slots = use.shape
    length = max(round(max(strength, SHORTEST_OFF) * slots), 1)
    first = random.integers(0, slots - length + 1, days)[:, None]
    slot = np.arange(slots)[None, :]
    return _reported(use, np.where((slot >= first) & (slot < first + length), 0.0 * use, use), onset)


def randomly_scaled(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """h3: every reading is multiplied by its own factor around 1 - strength.

    Examples
    --------
    >>> reported = randomly_scaled(np.ones((50, 24)), np.random.default_rng(1), 0.55, 0)
    >>> round(float(reported.min()), 1), round(float(reported.max()), 1)
    (0.1, 0.8)
    """
    return _reported(use, use * _factors(use, random, strength), onset)


def random_mean(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """h4: every reading is the day's mean times its own factor around 1 - strength.

    Examples
    --------
    >>> reported = random_mean(np.array([[0.0, 2.0] * 12]), np.random.default_rng(1), 0.55, 0)
    >>> bool(reported.min() >= 0.1 and reported.max() <= 0.8)
    True
    """
    return _reported(use, _day_mean(use) * _factors(use, random, strength), onset)


def flattened(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """h5: every reading is the day's mean, on a share of days that is the strength; the day's total is unchanged.

    Examples
    --------
    >>> flattened(np.array([[0.0, 2.0]]), np.random.default_rng(1), 1.0, 0).tolist()
    [[1.0, 1.0]]
    """
    return _reported(use, np.where(_some_days(use, random, strength), _day_mean(use) + 0.0 * use, use), onset)


def mirrored(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """h6: the day runs backwards, on a share of days that is the strength; the day's total is unchanged.

    Examples
    --------
    >>> mirrored(np.array([[1.0, 2.0, 3.0]]), np.random.default_rng(1), 1.0, 0).tolist()
    [[3.0, 2.0, 1.0]]
    """
    return _reported(use, np.where(_some_days(use, random, strength), use[:, ::-1], use), onset)


def capped(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """Nothing above 1 - strength of the highest reading is reported (0.6 of it with strength 0.4).

    Examples
    --------
    >>> capped(np.array([[1.0, 5.0]]), np.random.default_rng(1), 0.4, 0).tolist()
    [[1.0, 3.0]]
    """
    del random
    highest = np.nanmax(use) if np.isfinite(use).any() else 0.0
    return _reported(use, np.minimum(use, (1.0 - strength) * highest), onset)


def excess(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """A constant load, strength x the mean use, passes the meter by: max(use - constant, 0).

    Examples
    --------
    >>> excess(np.array([[1.0, 3.0]]), np.random.default_rng(1), 0.75, 0).tolist()
    [[0.0, 1.5]]
    """
    del random
    usual = np.nanmean(use) if np.isfinite(use).any() else 0.0
    return _reported(use, np.maximum(use - strength * usual, 0.0), onset)


def progressive(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """The share taken grows by 5 to 10 % a day from the onset, up to the strength.

    Examples
    --------
    >>> reported = progressive(np.ones((30, 1)), np.random.default_rng(1), 0.5, 10)[:, 0]
    >>> float(reported[9]), bool(0.9 <= reported[10] <= 0.95), float(reported[29])
    (1.0, True, 0.5)
    """
    since = np.arange(use.shape[0])[:, None] - onset + 1
    taken = np.clip(random.uniform(*SLOPE) * since, 0.0, strength)
    return _reported(use, use * (1.0 - taken), onset)


def peak_shifted(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """A share of the use between 16 and 21 o'clock is reported between 0 and 5; the day's total is unchanged.

    Examples
    --------
    >>> shifted = peak_shifted(np.ones((1, 24)), np.random.default_rng(1), 0.5, 0)
    >>> float(shifted[0, 18]), float(shifted[0, 2]), float(shifted.sum())
    (0.5, 1.5, 24.0)
    """
    del random
    peak, night = _hours(use, PEAK), _hours(use, NIGHT) & np.isfinite(use)
    moved = np.nansum(np.where(peak, use, 0.0), axis=1, keepdims=True) * strength
    places = night.sum(axis=1, keepdims=True)
    possible = places > 0
    lowered = np.where(peak & possible, use * (1.0 - strength), use)
    return _reported(use, lowered + np.where(night, moved / np.maximum(places, 1), 0.0), onset)


def intermittent(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
    """Spells of three hours are reported as zero, each with a chance that is the strength.

    Examples
    --------
    >>> intermittent(np.ones((1, 8)), np.random.default_rng(4), 0.5, 0).tolist()
    [[1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]]
    """
    days, slots = use.shape
    off = random.random((days, BLOCKS)) < strength
    return _reported(use, np.where(off[:, np.arange(slots) * BLOCKS // slots], 0.0 * use, use), onset)


def swapped_with(smaller: Energies) -> Theft:
    """Return the theft of a consumer whose meter is exchanged with a smaller one's.

    Parameters
    ----------
    smaller
        Use of other consumers on the same days, shape `(n_others, n_days, n_slots)` [kWh].

    Returns
    -------
    Theft
        Reports the use of the one among them whose mean use is nearest to 1 - strength of the consumer's own; where
        none of them uses less, nothing is changed.

    Examples
    --------
    >>> swap = swapped_with(np.array([[[1.0, 1.0]], [[3.0, 3.0]]]))
    >>> swap(np.array([[4.0, 2.0]]), np.random.default_rng(1), 0.6, 0).tolist()
    [[1.0, 1.0]]
    """
    usual = np.array([np.nanmean(other) if np.isfinite(other).any() else np.nan for other in smaller])

    def swapped(use: Energies, random: Generator, strength: float, onset: int) -> Floats:
        del random
        own = np.nanmean(use) if np.isfinite(use).any() else np.nan
        distance = np.where(usual < own, np.abs(usual - (1.0 - strength) * own), np.inf)
        if not np.isfinite(distance).any():
            return use.astype(np.float64)
        return _reported(use, smaller[int(np.argmin(distance))], onset)

    return swapped


@dataclass(frozen=True, slots=True)
class IntervalTheft:
    """A kind of theft: what it is and what its strength means, in words, and the strengths in which it is planted."""

    meaning: str
    strength: str
    strengths: tuple[float, ...]
    lowers_the_bill: bool = True


THEFTS: Mapping[str, IntervalTheft] = {
    "h1": IntervalTheft("all readings scaled alike", "share not reported", (0.2, 0.4, 0.6, 0.8)),
    "h2": IntervalTheft("off for a spell every day", "share of the day", (0.2, 0.35, 0.5, 0.75)),
    "h3": IntervalTheft("every reading scaled at random", "average share not reported", (0.35, 0.45, 0.55, 0.65)),
    "h4": IntervalTheft("the mean, scaled at random", "average share not reported", (0.35, 0.45, 0.55, 0.65)),
    "h5": IntervalTheft("the mean", "share of days", (0.25, 0.5, 0.75, 1.0), lowers_the_bill=False),
    "h6": IntervalTheft("the day runs backwards", "share of days", (0.25, 0.5, 0.75, 1.0), lowers_the_bill=False),
    "cap": IntervalTheft("nothing above a ceiling", "share of the highest cut off", (0.2, 0.4, 0.6, 0.8)),
    "excess": IntervalTheft("a constant load passes by", "load by mean use", (0.2, 0.4, 0.6, 0.8)),
    "progressive": IntervalTheft("a growing share taken", "share at the end", (0.2, 0.4, 0.6, 0.8)),
    "peak_shift": IntervalTheft("peak reported as night", "share moved", (0.2, 0.4, 0.6, 0.8), lowers_the_bill=False),
    "swap": IntervalTheft("a smaller consumer's meter", "share less", (0.2, 0.4, 0.6, 0.8)),
    "intermittent": IntervalTheft("spells of zero", "chance of a spell", (0.1, 0.2, 0.4, 0.6)),
}
"""Every kind by its short name, with the strengths of the benchmark, from weak to strong."""

_FUNCTIONS: Mapping[str, Theft] = {
    "h1": scaled,
    "h2": switched_off,
    "h3": randomly_scaled,
    "h4": random_mean,
    "h5": flattened,
    "h6": mirrored,
    "cap": capped,
    "excess": excess,
    "progressive": progressive,
    "peak_shift": peak_shifted,
    "intermittent": intermittent,
}


def interval_theft(kind: str, *, others: Energies | None = None) -> Theft:
    """Return the theft of a kind.

    Parameters
    ----------
    kind
        A name in `THEFTS`.
    others
        Use of other consumers on the same days, `(n_others, n_days, n_slots)` [kWh]; a swap needs them.

    Returns
    -------
    Theft
        A pure function from (use, random, strength, onset) to what is reported.

    Raises
    ------
    ValueError
        If there is no such kind, or a swap is asked for without others.

    Examples
    --------
    >>> interval_theft("h1")(np.ones((1, 2)), np.random.default_rng(1), 0.5, 0).tolist()
    [[0.5, 0.5]]
    """
    if kind == "swap" and others is not None:
        return swapped_with(others)
    if kind not in _FUNCTIONS:
        msg = "a swap needs the use of others" if kind == "swap" else f"there is no theft {kind!r}; see THEFTS"
        raise ValueError(msg)
    return _FUNCTIONS[kind]


def _reported(use: Energies, changed: Energies, onset: int) -> Floats:
    """Return the change from the onset on, missing where the true use is: what moves out of a gap moves nothing."""
    after = np.arange(use.shape[0])[:, None] >= onset
    return np.where(after & np.isfinite(use) & np.isfinite(changed), changed, use).astype(np.float64)


def _factors(use: Energies, random: Generator, strength: float) -> Floats:
    kept = 1.0 - strength
    return random.uniform(max(kept - JITTER, 0.0), min(kept + JITTER, 1.0), use.shape)


def _day_mean(use: Energies) -> Floats:
    observed = np.isfinite(use).sum(axis=1, keepdims=True)
    total = np.nansum(use, axis=1, keepdims=True, dtype=np.float64)
    return np.where(observed > 0, total / np.maximum(observed, 1), np.nan)


def _some_days(use: Energies, random: Generator, strength: float) -> Flags:
    return random.random((use.shape[0], 1)) < strength


def _hours(use: Energies, hours: tuple[int, int]) -> Flags:
    hour = np.arange(use.shape[1]) * 24 / use.shape[1]
    chosen: Flags = (hour >= hours[0]) & (hour < hours[1])
    return np.broadcast_to(chosen[None, :], use.shape)
