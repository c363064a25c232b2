"""What visits found where a rule held. Rule of the room: imports domain and features only.

Whom somebody chose to visit is no random sample: a hit rate is that of the visited, and an indication for the others.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

CONFIDENT = 1.959963984540054
"""Standard deviations of a normal variable that leave 95 % between them."""


@dataclass(frozen=True, slots=True)
class HitRate:
    """Connections that a rule holds for today, and of those that it held for before their visit: visited and found.

    `hit_rate` with its 95 % interval and `lift`, the hit rate over that of all visits, are None where nobody was
    visited, or theft was found nowhere.
    """

    holds: int
    visited: int
    found: int
    hit_rate: float | None
    low: float | None
    high: float | None
    lift: float | None


def wilson_interval(found: int, visited: int) -> tuple[float, float]:
    """Return the 95 % interval of a share.

    Parameters
    ----------
    found, visited : int
        Hits, and visits that they come from.

    Returns
    -------
    (float, float)
        Low and high end, 0 to 1.

    Raises
    ------
    ValueError
        If there are no visits, or more hits than visits.

    Notes
    -----
    Assumes visits that are independent of each other. It holds for few visits and for shares near 0 or 1, where the
    usual interval does not.

    References
    ----------
    Wilson 1927, 10.1080/01621459.1927.10502953; Brown, Cai & DasGupta 2001, 10.1214/ss/1009213286.

    Examples
    --------
    >>> tuple(round(end, 4) for end in wilson_interval(7, 20))
    (0.1812, 0.5671)
    """
    if not 0 <= found <= visited or visited == 0:
        msg = f"{found} of {visited} is no share"
        raise ValueError(msg)
    share, square = found / visited, CONFIDENT**2
    middle = share + square / (2 * visited)
    half = CONFIDENT * math.sqrt(share * (1 - share) / visited + square / (4 * visited**2))
    whole = 1 + square / visited
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)


def hit_rates(
    holds: Mapping[str, np.ndarray], held: Mapping[str, np.ndarray], labels: np.ndarray
) -> dict[str, HitRate]:
    """Count for each rule whom it holds for, and what visits found where it held.

    Parameters
    ----------
    holds : mapping of str to ndarray of bool, shape (n_consumers,)
        By rule, for whom it holds today.
    held : mapping of str to ndarray of bool, shape (n_visited,)
        By rule, for which of the visited it held before the visit.
    labels : ndarray of int, shape (n_visited,)
        1 where the visit found theft, 0 where the consumer was honest.

    Returns
    -------
    dict of str to HitRate
        In the order of `holds`.

    Raises
    ------
    KeyError
        If `held` lacks a rule.

    Examples
    --------
    >>> today = {"low": np.array([True, True, False])}
    >>> before = {"low": np.array([True, True, False, False])}
    >>> found = hit_rates(today, before, np.array([1, 0, 0, 0]))["low"]
    >>> found.holds, found.visited, found.found, found.hit_rate, found.lift
    (2, 2, 1, 0.5, 2.0)
    """
    base = float(labels.mean()) if labels.size else 0.0
    return {name: _hit_rate(int(today.sum()), labels[held[name]], base) for name, today in holds.items()}


def _hit_rate(holds: int, labels: np.ndarray, base: float) -> HitRate:
    visited, found = labels.size, int(labels.sum())
    if not visited:
        return HitRate(holds, 0, 0, None, None, None, None)
    rate = found / visited
    return HitRate(holds, visited, found, rate, *wilson_interval(found, visited), lift=rate / base if base else None)
