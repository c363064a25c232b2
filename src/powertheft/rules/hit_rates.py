"""What visits found where a rule held. Rule of the room: imports domain and features only.

Whom somebody chose to visit is no random sample: a hit rate is that of the visited, and an indication for the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from powertheft.domain.rates import wilson_interval

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
