"""Whether finds are worth what they were. Rule of the room: arrays in, frozen records out, no words."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.stats import mannwhitneyu

FEWEST_FINDS = 20
"""With an energy, now and before, below which nothing is said."""

LEAST_FALL = 0.5
"""Share of what a find was worth that must be missing: a season alone moves it by a third."""

SURE = 0.01
"""Chance of finds that are as small by chance, above which nobody is told."""


@dataclass(frozen=True, slots=True)
class RecoveryVerdict:
    """What a find is worth now, and what it was before.

    Attributes
    ----------
    state : {"quiet", "fallen", "unknown"}
    typical, before : float
        Median energy that a find assessed, in the window and before it [kWh]; NaN without finds.
    p_value : float
        Chance of finds as small as those of the window, were they as large as before; NaN where nothing is said.
    """

    state: Literal["quiet", "fallen", "unknown"]
    typical: float
    before: float
    p_value: float


def judge_recovery(recent: npt.NDArray[np.float64], before: npt.NDArray[np.float64]) -> RecoveryVerdict:
    """Say whether finds assess less energy each than they did.

    Parameters
    ----------
    recent, before : ndarray of float, shape (n_finds,)
        Energy that each find assessed, in the window that is judged and in the time before it [kWh].

    Returns
    -------
    RecoveryVerdict

    Notes
    -----
    How many finds there are is the hit rate's question; this one is how large they are. Energies are far from normal,
    so medians are compared, and ranks tell how sure that is (Mann and Whitney, one-sided).

    References
    ----------
    H. B. Mann and D. R. Whitney, On a test of whether one of two random variables is stochastically larger than the
    other, Annals of Mathematical Statistics 18 (1947), https://doi.org/10.1214/aoms/1177730491

    Examples
    --------
    >>> large, small = np.linspace(500, 1500, 40), np.linspace(100, 600, 40)
    >>> judge_recovery(large, large).state, judge_recovery(small, large).state, judge_recovery(small[:5], large).state
    ('quiet', 'fallen', 'unknown')
    """
    typical, usual = (float(np.median(one)) if one.size else float("nan") for one in (recent, before))
    if min(recent.size, before.size) < FEWEST_FINDS:
        return RecoveryVerdict("unknown", typical, usual, float("nan"))
    p_value = float(mannwhitneyu(recent, before, alternative="less").pvalue)
    has_fallen = p_value < SURE and typical < (1 - LEAST_FALL) * usual
    return RecoveryVerdict("fallen" if has_fallen else "quiet", typical, usual, p_value)
