"""How far features and scores moved. Rule of the room: arrays and counts in, frozen records out.

With a million consumers every difference is significant, with a few hundred every bin differs. So a drift has a size,
and counts only where chance alone would not give as much. Compare with the same season a year before: bills of May
differ from bills of December every year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import jensenshannon
from scipy.stats import chi2, wasserstein_distance

from powertheft.domain.spreads import CategorySpread, NumberSpread, Spreads
from powertheft.evaluation.plain_records import to_plain
from powertheft.monitoring.spreads import is_constant

SOME_DRIFT = 0.1
LARGE_DRIFT = 0.25
"""Population stability indices from which a shift is called moderate and large (Siddiqi 2006)."""
FEWEST_ROWS = 200
"""Tables of fewer consumers never drift."""
FEWEST_EXPECTED = 10.0
"""Bins in which fewer are to be expected are taken together: below, chance gives more than its formula says."""
SMALLEST_SHARE = 1e-4
"""Of an empty bin: else the index would be infinite, and hang on how many rows there are."""
CHANCE = 0.01
"""How often one of the features would pass what chance gives, had nothing moved."""
SCORE = "raw_score"

DriftSize = Literal["none", "some", "large"]
DRIFT_SIZES: tuple[DriftSize, ...] = get_args(DriftSize)

FloatArray = npt.NDArray[np.float64]
Spread = NumberSpread | CategorySpread


@dataclass(frozen=True, slots=True)
class Drift:
    """How far one feature, or the raw score, moved.

    Attributes
    ----------
    name : str
        Of the feature.
    psi : float
        Population stability index, 0 for no change.
    jensen_shannon : float
        Jensen-Shannon distance to base 2, from 0 (the same) to 1 (nothing in common).
    wasserstein : float or None
        How far values moved on average, in standard deviations of those before; None for a category, and where all had
        one value before.
    psi_by_chance : float
        What the index stays below in 99 of 100 periods in which nothing moves, for all features of the table together.
    rows_before, rows_now : int
        Consumers compared.
    share_missing_before, share_missing_now : float
        Of them without a value.
    size : {"none", "some", "large"}
        None also where chance could give as much, or there are fewer than 200 consumers.
    """

    name: str
    psi: float
    jensen_shannon: float
    wasserstein: float | None
    psi_by_chance: float
    rows_before: int
    rows_now: int
    share_missing_before: float
    share_missing_now: float
    size: DriftSize

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain numbers and words."""
        return to_plain(self)


def drifts(before: Spreads, now: Spreads) -> tuple[Drift, ...]:
    """Return how far every feature moved, the largest first.

    Parameters
    ----------
    before : Spreads
        Of the period compared with: best the same season a year before, counted in the bins of the reference.
    now : Spreads
        In the same bins; see `monitoring.spreads.spreads_like`.

    Returns
    -------
    tuple of Drift
        By size, then by index.

    Raises
    ------
    ValueError
        If the two are not of the same features and bins, or one is of no rows.

    Notes
    -----
    What is missing is a bin of its own. The more features a table has, the higher lies what chance gives: one in a
    hundred periods in which nothing moves shows a drift, not one in a hundred features. The spread of consumers that a
    model was fitted to is that of inspected ones, who are no random sample: all consumers differ from them from the
    first day.

    References
    ----------
    Siddiqi (2006), Credit Risk Scorecards, Wiley

    Yurdakul & Naranjo (2020), Statistical properties of the population stability index, Journal of Risk Model
    Validation, RePEc:rsk:journ5:7725371

    Examples
    --------
    >>> bins = NumberSpread((0.0, 1.0, 2.0), (5000, 5000), 0.0)
    >>> moved = NumberSpread((0.0, 1.0, 2.0), (2000, 8000), 0.0)
    >>> found = drifts(Spreads(10_000, bins, {"drop": bins}), Spreads(10_000, bins, {"drop": moved}))
    >>> found[0].size, round(found[0].psi, 3), round(found[0].wasserstein, 3)
    ('large', 0.416, 0.6)
    """
    earlier: Mapping[str, Spread] = {**before.numbers, **before.categories}
    later: Mapping[str, Spread] = {**now.numbers, **now.categories}
    if earlier.keys() != later.keys():
        different = ", ".join(sorted(earlier.keys() ^ later.keys()))
        msg = f"the two spreads are not of the same features: {different}"
        raise ValueError(msg)
    rows = (before.rows, now.rows)
    found = [_drift(name, (earlier[name], later[name]), rows, features=len(earlier)) for name in earlier]
    return tuple(sorted(found, key=lambda one: (-DRIFT_SIZES.index(one.size), -one.psi, one.name)))


def score_drift(before: Spreads, now: Spreads) -> Drift:
    """Return how far the raw scores moved, under the name `raw_score`.

    Parameters
    ----------
    before, now : Spreads
        As for `drifts`.

    Returns
    -------
    Drift

    Raises
    ------
    ValueError
        If the two are not of the same bins, or one is of no rows.

    Examples
    --------
    >>> bins = NumberSpread((0.0, 1.0, 2.0), (5000, 5000), 0.0)
    >>> score_drift(Spreads(10_000, bins), Spreads(10_000, bins)).size
    'none'
    """
    return _drift(SCORE, (before.scores, now.scores), (before.rows, now.rows), features=1)


def population_stability_index(before: FloatArray, now: FloatArray, *, smallest: float = SMALLEST_SHARE) -> float:
    """Return the sum over bins of the difference of shares times the logarithm of their ratio.

    Parameters
    ----------
    before, now : ndarray of float, shape (n_bins,)
        Consumers in each bin.
    smallest : float, default 0.0001
        No share counts as less.

    Returns
    -------
    float
        At least 0.

    Notes
    -----
    An empty bin has the share of half a consumer, or the smallest.

    References
    ----------
    Kullback & Leibler (1951), https://doi.org/10.1214/aoms/1177729694 (their divergence J)

    Examples
    --------
    >>> round(population_stability_index(np.array([900.0, 100.0]), np.array([800.0, 200.0])), 4)
    0.0811
    """
    first, second = (np.maximum(counts / counts.sum(), max(smallest, 0.5 / counts.sum())) for counts in (before, now))
    return float((first - second) @ np.log(first / second))


def index_by_chance(bins: int, rows_before: float, rows_now: float, *, features: int = 1) -> float:
    """Return what the population stability index stays below in 99 of 100 cases in which nothing moved.

    Parameters
    ----------
    bins : int
        Bins compared, missing among them.
    rows_before, rows_now : float
        Consumers compared; at least 1.
    features : int, default 1
        How many are looked at together.

    Returns
    -------
    float
        0 where there is one bin.

    Notes
    -----
    Over `1 / rows_before + 1 / rows_now` the index follows a chi-square distribution of `bins - 1` degrees of freedom,
    hence its mean is that many times the former. Holds where each bin has some ten consumers or more.

    References
    ----------
    Yurdakul & Naranjo (2020), Journal of Risk Model Validation, RePEc:rsk:journ5:7725371

    Examples
    --------
    >>> round(index_by_chance(20, 100_000, 500), 3), round(index_by_chance(20, 100_000, 100_000), 5)
    (0.073, 0.00072)
    """
    if bins < 2:
        return 0.0
    return float(chi2.isf(CHANCE / features, bins - 1) * (1 / rows_before + 1 / rows_now))


def _drift(name: str, spreads: tuple[Spread, Spread], rows: tuple[int, int], *, features: int) -> Drift:
    if min(rows) < 1:
        msg = f"{name}: a spread of no rows cannot be compared"
        raise ValueError(msg)
    before, now = spreads
    counts = _with_missing(before, now, rows, name)
    first, second = _without_rare(*counts)
    index = population_stability_index(first, second)
    by_chance = index_by_chance(len(first), first.sum(), second.sum(), features=features)
    return Drift(
        name=name,
        psi=index,
        # Rounding may leave the square root of less than nothing.
        jensen_shannon=float(np.nan_to_num(jensenshannon(first, second, base=2))),
        wasserstein=_way(before, now),
        psi_by_chance=by_chance,
        rows_before=rows[0],
        rows_now=rows[1],
        share_missing_before=before.share_missing,
        share_missing_now=now.share_missing,
        size=_size(index, by_chance, min(rows)),
    )


def _size(index: float, by_chance: float, rows: int) -> DriftSize:
    if rows < FEWEST_ROWS or index < SOME_DRIFT or index <= by_chance:
        return "none"
    return "large" if index >= LARGE_DRIFT else "some"


def _with_missing(before: Spread, now: Spread, rows: tuple[int, int], name: str) -> tuple[FloatArray, FloatArray]:
    """Return consumers in each bin, those without a value last; in one bin all who have one where there are none."""
    one, other = _counts(before), _counts(now)
    if isinstance(before, NumberSpread) and is_constant(before):
        # Who has another value than all before is counted in a second bin, which was empty before.
        one = [*one, 0] if len(other) == 2 else one
    if not _same_bins(before, now) or len(one) != len(other):
        msg = f"{name}: the two spreads are not of the same bins"
        raise ValueError(msg)
    first, second = (
        [*(counts or [all_rows * (1 - spread.share_missing)]), all_rows * spread.share_missing]
        for counts, spread, all_rows in ((one, before, rows[0]), (other, now, rows[1]))
    )
    return np.array(first, dtype=np.float64), np.array(second, dtype=np.float64)


def _counts(spread: Spread) -> list[int]:
    return list(spread.counts) if isinstance(spread, NumberSpread) else [*spread.counts.values(), spread.others]


def _same_bins(before: Spread, now: Spread) -> bool:
    if isinstance(before, NumberSpread) and isinstance(now, NumberSpread):
        return before.edges == now.edges or (is_constant(before) and before.edges == now.edges[:2])
    if isinstance(before, CategorySpread) and isinstance(now, CategorySpread):
        return list(before.counts) == list(now.counts)
    return False


def _without_rare(before: FloatArray, now: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Take bins together in which the smaller table would have few; drop those that are empty in both."""
    share = (before + now) / (before.sum() + now.sum())
    rare = share * min(before.sum(), now.sum()) < FEWEST_EXPECTED
    first, second = (np.append(counts[~rare], counts[rare].sum()) for counts in (before, now))
    used = (first + second) > 0
    return first[used], second[used]


def _way(before: Spread, now: Spread) -> float | None:
    """Return the Wasserstein distance in standard deviations before, with values in the middle of their bins."""
    if not (isinstance(before, NumberSpread) and isinstance(now, NumberSpread)):
        return None
    if len(before.counts) != len(now.counts) or not sum(before.counts) or not sum(now.counts):
        return None
    edges = np.array(before.edges)
    middles = (edges[:-1] + edges[1:]) / 2
    deviation = float(np.sqrt(np.cov(middles, fweights=before.counts, ddof=0))) if len(middles) > 1 else 0.0
    if deviation == 0:
        return None
    return float(wasserstein_distance(middles, middles, before.counts, now.counts)) / deviation
