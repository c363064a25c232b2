"""The stretch of a history that speaks most for theft. Rule of the room: months in, a record and a sentence out."""

from dataclasses import dataclass

import numpy as np

from powertheft.domain.numbers import grouped
from powertheft.models.classifier import FloatArray

YEAR = 12
LOW = 0.7
"""Share of the same season before under which a month counts as fallen (an assumption: weather stays above it)."""

SHORTEST = 3
"""Months that a fall must last: two bills of a bi-monthly round."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Months of much less use than in the same season before.

    Attributes
    ----------
    first, last : int
        Places of the first and the last month.
    used, expected : float
        Use in those months, and in the same months before the stretch began [kWh].
    sentence : str
        The same in words.
    """

    first: int
    last: int
    used: float
    expected: float
    sentence: str


def suspicious_stretch(use: FloatArray, *, names: list[str]) -> Stretch | None:
    """Find the months that fell furthest behind the same season before.

    Parameters
    ----------
    use : ndarray, shape (n_months,)
        Use by month [kWh/month], oldest first; NaN where nothing is known.
    names : list of str, length n_months
        What the months are called in words.

    Returns
    -------
    Stretch or None
        None where no `SHORTEST` months in a row are that low, or the history is shorter than a year.

    Raises
    ------
    ValueError
        If there is not a name a month.

    Notes
    -----
    A stretch begins in a month with less than `LOW` of what was used a year before, and goes on as long as each month
    is as low beside the last same month before the stretch: so a theft of two years is one stretch, and does not end
    where its own first year becomes the comparison. Unknown months neither begin nor end one. Of several, the one
    with the most energy missing counts. Assumes that the season repeats from year to year.

    Examples
    --------
    >>> use = np.array([100.0] * 14 + [20.0] * 4)
    >>> suspicious_stretch(use, names=[f"month {number}" for number in range(1, 19)]).sentence
    'month 15 to month 18: 80 % less than in the same season before (100 kWh a month, then 20)'
    """
    if len(names) != len(use):
        msg = f"{len(use)} months have {len(names)} names"
        raise ValueError(msg)
    found: Stretch | None = None
    month = YEAR
    while month < len(use):
        low = _low_from(use, month)
        if len(low) >= SHORTEST and (found is None or _missing(use, month, low) > found.expected - found.used):
            found = _told(use, month, low, names)
        month = low[-1] + 1 if low else month + 1
    return found


def _low_from(use: FloatArray, start: int) -> list[int]:
    """The low months from `start` on, until the first that is not."""
    low: list[int] = []
    for month in range(start, len(use)):
        before = _before(use, month, start)
        if not (np.isfinite(use[month]) and np.isfinite(before) and before > 0):
            if not low:
                break
            continue
        if use[month] >= LOW * before:
            break
        low.append(month)
    return low


def _before(use: FloatArray, month: int, start: int) -> float:
    """Use in the last same calendar month that lies before the stretch."""
    place = month - YEAR * (-(-(month - start + 1) // YEAR))
    return float(use[place]) if place >= 0 else float("nan")


def _missing(use: FloatArray, start: int, low: list[int]) -> float:
    return sum(_before(use, month, start) - float(use[month]) for month in low)


def _told(use: FloatArray, start: int, low: list[int], names: list[str]) -> Stretch:
    used = sum(float(use[month]) for month in low)
    expected = used + _missing(use, start, low)
    less = f"{1 - used / expected:.0%}".replace("%", " %")
    a_month = f"{grouped(expected / len(low))} kWh a month, then {grouped(used / len(low))}"
    sentence = f"{names[low[0]]} to {names[low[-1]]}: {less} less than in the same season before ({a_month})"
    return Stretch(low[0], low[-1], used, expected, sentence)
