"""Whether promises held, by band of likelihood and by segment. Rule of the room: numbers in, records out, no words.

A visit from the list was chosen by its likelihood and by nothing else, so within a band of it, or within a section, the
share of finds is to be the mean likelihood. Many bands are looked at: each must be surer than one alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from powertheft.domain.rates import CONFIDENCE, wilson_interval

BANDS = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
"""Ends of the bands of likelihood."""

FEWEST_VISITS = 20
"""Conclusive visits of a band or segment below which nothing is said of it."""

LEAST_APART = 0.1
"""Between the promise and the rate found: less is not worth a word."""


@dataclass(frozen=True, slots=True)
class Promised:
    """What was promised and found in one band or segment.

    Attributes
    ----------
    name : str
        Of the segment; of a band its ends, as "0.1-0.25".
    visits, found : int
        Conclusive visits, and those of them that found theft.
    promised : float
        Mean likelihood that the model gave them before.
    low, high : float
        Interval of the rate found, wide enough for all bands or segments together.
    has_moved : bool
        Whether the promise lies outside of it, and far enough from the rate; for a segment only below the promise.
    """

    name: str
    visits: int
    found: int
    promised: float
    low: float
    high: float
    has_moved: bool

    @property
    def rate(self) -> float:
        """Return the share of visits that found theft."""
        return self.found / self.visits

    @property
    def is_enough(self) -> bool:
        """Return whether there are visits enough to say something."""
        return self.visits >= FEWEST_VISITS


def by_band(promised: npt.NDArray[np.float64], found: npt.NDArray[np.bool_]) -> tuple[Promised, ...]:
    """Return what was promised and found in each band of likelihood that has visits.

    Parameters
    ----------
    promised : ndarray of float, shape (n_visits,)
        Likelihood that each conclusive visit had before.
    found : ndarray of bool, shape (n_visits,)
        Whether it found theft.

    Returns
    -------
    tuple of Promised
        By rising likelihood.

    Examples
    --------
    >>> bands = by_band(np.repeat([0.3, 0.9], 60), np.repeat([True, False, True, False], [20, 40, 20, 40]))
    >>> [(band.name, band.rate > 0.3, band.has_moved) for band in bands]
    [('0.25-0.5', True, False), ('0.75-1', True, True)]
    """
    places = np.clip(np.searchsorted(BANDS, promised, side="right") - 1, 0, len(BANDS) - 2)
    names = [f"{BANDS[place]:g}-{BANDS[place + 1]:g}" for place in range(len(BANDS) - 1)]
    present = [place for place in range(len(names)) if (places == place).any()]
    parts = [(names[place], places == place) for place in present]
    return tuple(_judged(name, promised[rows], found[rows], among=len(parts)) for name, rows in parts)


def by_segment(
    segments: Sequence[str], promised: npt.NDArray[np.float64], found: npt.NDArray[np.bool_]
) -> tuple[Promised, ...]:
    """Return what was promised and found in each segment, such as a section; those that fell short most come first.

    Parameters
    ----------
    segments : sequence of str, shape (n_visits,)
        Where each visit was.
    promised, found : ndarray, shape (n_visits,)
        As for `by_band`.

    Returns
    -------
    tuple of Promised

    Notes
    -----
    The confidence is divided among the segments that have visits enough (Bonferroni), so that one of many sections that
    has bad luck is not told.

    Examples
    --------
    >>> where = ["a"] * 60 + ["b"] * 60
    >>> parts = by_segment(where, np.full(120, 0.4), np.repeat([True, False, True, False], [4, 56, 24, 36]))
    >>> [(part.name, part.has_moved) for part in parts]
    [('a', True), ('b', False)]
    """
    named = np.array(segments, dtype=np.str_)
    parts = [(str(name), named == name) for name in np.unique(named)]
    among = sum(int(rows.sum()) >= FEWEST_VISITS for _, rows in parts)
    judged = [_judged(name, promised[rows], found[rows], among=among, only_below=True) for name, rows in parts]
    return tuple(sorted(judged, key=lambda one: (not one.is_enough, one.rate - one.promised, one.name)))


def _judged(
    name: str,
    promised: npt.NDArray[np.float64],
    found: npt.NDArray[np.bool_],
    *,
    among: int,
    only_below: bool = False,
) -> Promised:
    visits, finds, mean = len(found), int(found.sum()), float(promised.mean())
    low, high = wilson_interval(finds, visits, confidence=1 - (1 - CONFIDENCE) / max(among, 1))
    off = finds / visits - mean
    is_outside = mean > high or (mean < low and not only_below)
    has_moved = visits >= FEWEST_VISITS and is_outside and abs(off) >= LEAST_APART
    return Promised(name, visits, finds, mean, low, high, has_moved)
