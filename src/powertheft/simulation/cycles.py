"""When meters are read: bi-monthly cycles, staggered by section and by the reader's route.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.random import Generator

from powertheft.domain.errors import ChoiceError
from powertheft.simulation.arrays import Floats, Integers

HISTORY_ENDS = date(2026, 8, 31)
"""No reading is later. Fixed, so that a seed gives the same dates whenever it is run."""

FEWEST_BILLS = 8
MOST_BILLS = 60


@dataclass(frozen=True, slots=True)
class Cycles:
    """Reading days of each transformer's route, as days since 1970-01-01, shape `(n_transformers, n_bills + 1)`.

    Bill `k` covers the days from `bounds[:, k]` to `bounds[:, k + 1]`.
    """

    bounds: Integers

    @property
    def bills(self) -> int:
        """Return the number of bills of the history."""
        return self.bounds.shape[1] - 1


def draw_cycles(section_of_transformer: Integers, bills: int, random: Generator) -> Cycles:
    """Return the reading days: one two-month cycle a section, one day of it a route.

    Parameters
    ----------
    section_of_transformer
        Section of each transformer, shape `(n_transformers,)`.
    bills
        Bills of the history, each of about two months.
    random
        The stream `cycles`.

    Returns
    -------
    Cycles
        The last reading of each route lies in July or August 2026.

    Raises
    ------
    ChoiceError
        If `bills` is not from `FEWEST_BILLS` to `MOST_BILLS`.

    Notes
    -----
    Assumption: half of the sections are read in odd months and half in even ones; a route is read on about the same
    day of the month, two days early to two days late.

    Examples
    --------
    >>> bounds = draw_cycles(np.zeros(3, dtype=np.int64), 18, np.random.default_rng(0)).bounds
    >>> bool(((np.diff(bounds) >= 54) & (np.diff(bounds) <= 68)).all())
    True
    """
    if not FEWEST_BILLS <= bills <= MOST_BILLS:
        raise ChoiceError(f"{bills} bills cannot be simulated", advice=f"Choose {FEWEST_BILLS} to {MOST_BILLS}.")
    sections = int(section_of_transformer.max()) + 1
    parity = random.permutation(np.arange(sections) % 2)
    section_day = random.integers(2, 12, sections)
    route_day = random.integers(0, 15, len(section_of_transformer))
    jitter = random.integers(-2, 3, (len(section_of_transformer), bills + 1))
    last_month = np.datetime64(HISTORY_ENDS, "M") - parity
    months = last_month[section_of_transformer][:, None] - 2 * np.arange(bills, -1, -1)[None, :]
    days = months.astype("datetime64[D]").astype(np.int64)
    return Cycles(days + (section_day[section_of_transformer] + route_day)[:, None] + jitter)


def share_of_period(bounds: Integers, start: Floats, end: Floats) -> Floats:
    """Return the share of each billing period that lies between two days.

    Parameters
    ----------
    bounds
        Reading days of each consumer, shape `(n_consumers, n_bills + 1)`.
    start, end
        First day and the day after the last, shape `(n_consumers,)`; infinite is allowed.

    Returns
    -------
    Floats
        From 0 to 1, shape `(n_consumers, n_bills)`.

    Examples
    --------
    >>> share_of_period(np.array([[0, 60, 120]]), np.array([30.0]), np.array([np.inf]))
    array([[0.5, 1. ]])
    """
    latest_start = np.maximum(start[:, None], bounds[:, :-1])
    earliest_end = np.minimum(end[:, None], bounds[:, 1:])
    return np.clip(earliest_end - latest_start, 0.0, None) / np.diff(bounds)
