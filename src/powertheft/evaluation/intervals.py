"""How far a measure could be off by chance. Rule of the room: arrays in, frozen records out; domain only."""

import numpy as np

from powertheft.evaluation.measures import MEASURES, RankedList, all_measures, tally

CONFIDENCE = 0.95
RESAMPLES = 200


def bootstrap_intervals(
    ranked: RankedList, *, cutoff: float, visits: int, seed: int, resamples: int = RESAMPLES
) -> dict[str, tuple[float, float]]:
    """Return the 95 % percentile interval of every measure, by drawing consumers with replacement.

    Parameters
    ----------
    ranked : RankedList
        The judged consumers.
    cutoff : float
        Probability from which a consumer counts as suspected; the same in every resample.
    visits : int
        Visits that the squads can make; the same in every resample.
    seed : int
        Seed of the draws.
    resamples : int, default 200
        Number of draws.

    Returns
    -------
    dict of str to (float, float)
        Low and high end of each measure.

    Raises
    ------
    ValueError
        If `resamples` is below 2.

    Notes
    -----
    Consumers are drawn, not rows: all rows of a consumer come together. The list is sorted once; a draw is a vector
    of counts (multinomial weights), so each resample is one linear pass. Resamples without a thief are left out.

    References
    ----------
    Efron & Tibshirani (1986), https://doi.org/10.1214/ss/1177013815

    Examples
    --------
    >>> from powertheft.evaluation.measures import rank
    >>> score = np.linspace(0, 1, 200)
    >>> ranked = rank([str(i) for i in range(200)], (score > 0.7).astype(int), score, score)
    >>> bootstrap_intervals(ranked, cutoff=0.5, visits=10, seed=1)["roc_auc"]
    (1.0, 1.0)
    """
    if resamples < 2:
        msg = f"resamples must be at least 2, not {resamples}"
        raise ValueError(msg)
    draws = np.random.default_rng(seed)
    size = ranked.n_consumers
    values = np.empty((resamples, len(MEASURES)))
    for row in range(resamples):
        counts = np.bincount(draws.integers(0, size, size), minlength=size).astype(np.float64)
        drawn = tally(ranked, counts[ranked.consumers])
        values[row] = list(all_measures(drawn, cutoff=cutoff, visits=visits).values())
    complete = values[np.isfinite(values).all(axis=1)]
    if len(complete) == 0:
        return dict.fromkeys(MEASURES, (float("nan"), float("nan")))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(complete, [tail, 1 - tail], axis=0)
    return {name: (float(low[i]), float(high[i])) for i, name in enumerate(MEASURES)}
