"""What finds were assessed at against what their lists expected of them. Rule of the room: imports domain, panel."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FEWEST_FINDS = 10
RESAMPLES = 1000
TAIL = 0.025


@dataclass(frozen=True, slots=True)
class RecoveredPart:
    """By how much expectations come true: assessed over expected, of all finds together.

    Attributes
    ----------
    finds : int
        Finds with an assessment and an expectation.
    ratio, low, high : float
        The ratio of the sums and its 95 % interval.
    """

    finds: int
    ratio: float
    low: float
    high: float


def recovered_part(assessed: npt.NDArray[np.float64], expected: npt.NDArray[np.float64]) -> RecoveredPart | None:
    """Return what part of the expected amounts, or energies, finds were assessed at.

    Parameters
    ----------
    assessed, expected : ndarray of float, shape (n_finds,)
        In the same unit; those that are missing, or of which nothing was expected, are left out.

    Returns
    -------
    RecoveredPart or None
        None below ten finds: one large one would say it all.

    Notes
    -----
    The interval is the percentile interval of resamples of the finds, which are taken as independent. It holds for
    finds: what honest connections were expected to owe is no part of it.

    Examples
    --------
    >>> recovered_part(np.full(12, 80.0), np.full(12, 100.0))
    RecoveredPart(finds=12, ratio=0.8, low=0.8, high=0.8)
    >>> recovered_part(np.full(3, 80.0), np.full(3, 100.0)) is None
    True
    """
    known = np.isfinite(assessed) & np.isfinite(expected) & (expected > 0)
    told, hoped = assessed[known], expected[known]
    if told.size < FEWEST_FINDS:
        return None
    places = np.random.default_rng(0).integers(0, told.size, (RESAMPLES, told.size))
    ratios = told[places].sum(axis=1) / hoped[places].sum(axis=1)
    low, high = np.quantile(ratios, [TAIL, 1 - TAIL])
    return RecoveredPart(int(told.size), float(told.sum() / hoped.sum()), round(float(low), 9), round(float(high), 9))
