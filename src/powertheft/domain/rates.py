"""Shares of visits, and how well they are known. Rule of the room: the standard library only."""

from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


def wilson_interval(found: float, visits: float, *, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Return the interval of a share, from 0 to 1.

    Parameters
    ----------
    found, visits : float
        Hits, and the visits that they come from.
    confidence : float, default 0.95
        How often the interval holds the true share.

    Returns
    -------
    (float, float)
        Low and high end.

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
    if not 0 <= found <= visits or visits == 0:
        msg = f"{found} of {visits} is no share"
        raise ValueError(msg)
    share, square = found / visits, NormalDist().inv_cdf(0.5 + confidence / 2) ** 2
    middle = (share + square / (2 * visits)) / (1 + square / visits)
    half = sqrt(square * (share * (1 - share) / visits + square / (4 * visits**2))) / (1 + square / visits)
    # At either end the sum comes out a hair beside it.
    return middle - half if found else 0.0, middle + half if found < visits else 1.0
