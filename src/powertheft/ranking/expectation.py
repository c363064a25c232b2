"""How much a connection should have used.

Rule of the room: imports domain and panel only; rows stay in order, NaN where nothing can be said.

A comparison with last year alone is near zero for old theft, so use is expected from three sides: the consumer's own
best year, similar neighbours, and the sanctioned load.
"""

from dataclasses import dataclass

import numpy as np

from powertheft.panel import kernels
from powertheft.panel.monthly import MonthlyPanel
from powertheft.ranking.pricing import category_words

QUANTILE = 0.75
"""Where among the three comparisons the expected use lies, from the least (0) to the greatest (1) (an assumption: in
two simulated utilities it brought the sum over all thieves within a tenth of what they stole)."""

LOAD_FACTOR_QUANTILE = 0.6
"""The category's load factor is that of a connection at this quantile, a little above the typical one (an assumption):
among those that use little for their load are the thieves."""

SPREAD = 0.2
"""Share by which the interval goes beyond the least and the greatest comparison (an assumption): each is itself
uncertain, and often there is only one."""

MINIMUM_GROUP = 20
"""Connections with a load that a category needs for a load factor of its own; a smaller one takes that of all."""

MONTH_DAYS = 30.4375
YEAR_MONTHS = 12
HOURS = 24.0

LOAD_EXCESS = 1.5
"""Times the sanctioned load that a connection may draw all day long before its expected use is cut (an assumption)."""

CATEGORY_EXCESS = 10.0
"""Where no load is known: times the best year that nine in ten of the category stay below, above which nothing is
expected (an assumption): a year of misreadings would otherwise lead the list."""

SPIKE = 3.0
"""Times the seventh greatest month above which a month is taken for a misreading and cut (an assumption)."""

REGULAR_RANK = 7
"""Rank, from the greatest, of the month that stands for a regular high one: a bill of half a year cannot move it."""


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """What each consumer was to be expected to use, and what was billed, over the last 12 observed months.

    Attributes
    ----------
    expected_daily, low_daily, high_daily : ndarray, shape (n_consumers,)
        Expected use and its interval [kWh/day], none below what was billed; NaN where nothing can be said.
    billed_daily : ndarray, shape (n_consumers,)
        Use billed [kWh/day]; NaN where no month is observed.
    days : ndarray, shape (n_consumers,)
        Days of those months: 365.25 for a whole year, fewer for a younger history.
    """

    expected_daily: np.ndarray
    low_daily: np.ndarray
    high_daily: np.ndarray
    billed_daily: np.ndarray
    days: np.ndarray

    @property
    def expected_kwh(self) -> np.ndarray:
        """Expected energy of those months [kWh]."""
        return self.expected_daily * self.days

    @property
    def billed_kwh(self) -> np.ndarray:
        """Energy billed in those months [kWh]."""
        return self.billed_daily * self.days

    @property
    def unbilled_kwh(self) -> np.ndarray:
        """Expected energy that was not billed [kWh], never below 0."""
        return (self.expected_daily - self.billed_daily) * self.days

    @property
    def unbilled_low_kwh(self) -> np.ndarray:
        """The same at the low end of the interval [kWh]."""
        return (self.low_daily - self.billed_daily) * self.days

    @property
    def unbilled_high_kwh(self) -> np.ndarray:
        """The same at the high end of the interval [kWh]."""
        return (self.high_daily - self.billed_daily) * self.days


def expected_use(
    panel: MonthlyPanel,
    peers: np.ndarray,
    *,
    sanctioned_load: np.ndarray,
    category: np.ndarray,
    quantile: float = QUANTILE,
) -> Expectation:
    """Expect each consumer's use from its own best year, its neighbours and its sanctioned load.

    Parameters
    ----------
    panel : MonthlyPanel
        Use by month, each row up to its own as-of date.
    peers : ndarray, shape (n_consumers, n_periods)
        Median use of similar neighbours in the same months [kWh/day], as `panel.groups.peer_medians` gives it.
    sanctioned_load : ndarray, shape (n_consumers,)
        Sanctioned load [kW]; NaN or 0 where it is not known.
    category : ndarray, shape (n_consumers,)
        Category of supply; None where it is not known.
    quantile : float, default QUANTILE
        Where among the three comparisons the expected use lies.

    Returns
    -------
    Expectation
        One entry a row of the panel.

    Notes
    -----
    The comparisons are the mean of the best 12 months in a row (months above `SPIKE` times a regular high one are cut
    to that), the neighbours' mean over the months that are compared, and the load times the load factor that the
    category's own bills show. What is missing is left out; of three, the quantile interpolates between the middle and
    the greatest. The interval runs from the least comparison less `SPREAD` to the greatest plus `SPREAD`; in the
    simulated utility it holds what five of six thieves stole. Unless it was billed, nothing is expected above
    `LOAD_EXCESS` times the sanctioned load, day and night, or without a load above `CATEGORY_EXCESS` times what is
    high in the category. An honest consumer below its neighbours is expected to use more, too: the figure is worth
    something only together with a probability of theft.

    Examples
    --------
    >>> energy = np.where(np.arange(24) < 12, 8.0, 2.0)[None, :].astype(np.float32)
    >>> panel = MonthlyPanel(energy, np.array([600]))
    >>> use = expected_use(panel, np.full((1, 24), 6.0), sanctioned_load=np.array([np.nan]), category=np.array(["I-A"]))
    >>> float(use.expected_daily[0]), float(use.billed_daily[0]), float(use.unbilled_kwh[0])
    (7.5, 2.0, 2008.875)
    """
    recent = _last_observed(panel.energy, YEAR_MONTHS)
    billed = kernels.mean_of(np.where(recent, panel.energy, np.nan))
    neighbours = kernels.mean_of(np.where(recent, peers, np.nan))
    load = np.where(sanctioned_load > 0, sanctioned_load, np.nan)
    by_load = load * HOURS * load_factors(billed, load=load, category=category)
    own = _own_best(panel)
    usual = _quantile_by_category(own, category, quantile=0.9)
    most = np.where(np.isfinite(load), load * HOURS * LOAD_EXCESS, np.nan_to_num(usual * CATEGORY_EXCESS, nan=np.inf))
    comparisons = np.stack([own, neighbours, by_load], axis=1)
    low, middle, high = (
        np.maximum(np.minimum(_quantile_of(comparisons, share) * factor, most), billed)
        for share, factor in ((0.0, 1 - SPREAD), (quantile, 1.0), (1.0, 1 + SPREAD))
    )
    return Expectation(middle, low, high, billed, recent.sum(axis=1) * MONTH_DAYS)


def load_factors(daily: np.ndarray, *, load: np.ndarray, category: np.ndarray) -> np.ndarray:
    """Load factor of each consumer's category, learnt from the use of all its connections with a load.

    Parameters
    ----------
    daily : ndarray, shape (n_consumers,)
        Use [kWh/day]; NaN where it is not known.
    load : ndarray, shape (n_consumers,)
        Sanctioned load [kW]; NaN where it is not known.
    category : ndarray, shape (n_consumers,)
        Category of supply; None where it is not known.

    Returns
    -------
    ndarray, shape (n_consumers,)
        Quantile `LOAD_FACTOR_QUANTILE` of use over what the load takes in 24 hours, at most 1; of all consumers
        where the category has fewer than `MINIMUM_GROUP` to learn from; NaN where all have fewer.

    Examples
    --------
    >>> factors = load_factors(np.full(20, 12.0), load=np.full(20, 2.0), category=np.full(20, "V"))
    >>> factors[0], load_factors(np.ones(3), load=np.ones(3), category=np.full(3, "V"))[0]
    (np.float64(0.25), np.float64(nan))
    """
    factor = np.minimum(daily / (load * HOURS), 1.0)
    return _quantile_by_category(factor, category, quantile=LOAD_FACTOR_QUANTILE)


def _quantile_by_category(values: np.ndarray, category: np.ndarray, *, quantile: float) -> np.ndarray:
    """Quantile of each row's category; of all rows where it is too small, NaN where all are too few."""
    known = np.isfinite(values)
    words = category_words(category)
    found = np.full(values.shape, np.nan)
    if known.sum() >= MINIMUM_GROUP:
        found[:] = np.quantile(values[known], quantile)
    names, counts = np.unique(words[known], return_counts=True)
    for name in names[counts >= MINIMUM_GROUP]:
        found[words == name] = np.quantile(values[known & (words == name)], quantile)
    return found


def _last_observed(energy: np.ndarray, months: int) -> np.ndarray:
    """Which cells are among the last so many that are observed in their row."""
    observed = np.isfinite(energy)
    from_end = np.cumsum(observed[:, ::-1], axis=1)[:, ::-1]
    return observed & (from_end <= months)


def _own_best(panel: MonthlyPanel) -> np.ndarray:
    """Mean of the best 12 months in a row, misreadings cut."""
    most = SPIKE * _regular_high(panel.energy)
    return kernels.best_daily(MonthlyPanel(np.minimum(panel.energy, most[:, None]), panel.last_month))


def _regular_high(energy: np.ndarray) -> np.ndarray:
    """Use in the month of rank `REGULAR_RANK` from the greatest, or in the middle month where few are observed."""
    count = np.isfinite(energy).sum(axis=1)
    falling = -np.sort(np.where(np.isfinite(energy), -energy, np.inf), axis=1)
    place = np.minimum(REGULAR_RANK - 1, count // 2)
    regular = np.take_along_axis(falling, np.minimum(place, energy.shape[1] - 1)[:, None], axis=1)[:, 0]
    return np.where(count > 0, regular, np.nan)


def _quantile_of(values: np.ndarray, share: float) -> np.ndarray:
    """Quantile of each row over what is finite, linear between neighbours; NaN where nothing is."""
    ordered = np.sort(np.where(np.isfinite(values), values, np.inf), axis=1)
    count = np.isfinite(values).sum(axis=1)
    place = share * np.maximum(count - 1, 0)
    below = np.floor(place).astype(np.int64)
    above = np.ceil(place).astype(np.int64)
    rows = np.arange(len(values))
    first, second = ordered[rows, below], ordered[rows, above]
    known = count > 0
    first, second = np.where(known, first, np.nan), np.where(known, second, np.nan)
    return first + (second - first) * (place - below)
