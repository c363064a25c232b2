"""Whom the squads visit: where bills fall, use is low, an area is searched, somebody talks; and a few at random.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.consumers import Population
from powertheft.simulation.ledger import Ledger
from powertheft.simulation.parameters import CATEGORIES, VisitParameters
from powertheft.simulation.streams import chosen

REASONS = ("random", "tip", "events", "large_load", "drop", "low_use", "area")
RANDOM = REASONS.index("random")
AREA = REASONS.index("area")
LISTED = len(REASONS)
REASON_WORDS = (*(name.replace("_", " ").upper() for name in REASONS), "LIST")
"""What the ledger calls them; the last is for those whom no squad chose: they stood on a model's list."""
BILLS_OF_A_YEAR = 6
SECTIONS_SEARCHED = 0.15
NEVER_VISITED = -1000


@dataclass(frozen=True, slots=True)
class Draw:
    """Consumers drawn for a visit, arrays of the same order.

    `reason` is a place in `REASON_WORDS`; `probability` is the chance with which a random visit was
    drawn, NaN for others.
    """

    who: Integers
    reason: Integers
    probability: Floats


class Squads:
    """The vigilance squads, who remember whom they have visited.

    Parameters
    ----------
    population
        The consumers.
    theft_level
        What the squads believe of each section, shape `(n_sections,)`.
    parameters
        Shares and thresholds.
    random
        The stream `visits`.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility
    >>> honest = draw_honest_utility(consumers=500, bills=12, seed=3, parameters=TAMIL_NADU)
    >>> squads = Squads(honest.population, honest.network.theft_level, TAMIL_NADU.visits, np.random.default_rng(0))
    >>> bool((squads.visited == NEVER_VISITED).all())
    True
    """

    def __init__(
        self, population: Population, theft_level: Floats, parameters: VisitParameters, random: Generator
    ) -> None:
        self.population = population
        self.parameters = parameters
        self.visited: Integers = np.full(population.size, NEVER_VISITED, dtype=np.int64)
        self._theft_level = theft_level
        self._random = random

    def draw(self, bill: int, quota: int, ledger: Ledger, *, stealing: Flags, tampering: Flags) -> Draw:
        """Return whom to visit in the period after a bill.

        Parameters
        ----------
        bill
            The last bill that is known.
        quota
            How many visits there are.
        ledger
            The bills so far.
        stealing
            Who steals now, shape `(n_consumers,)`; only those who tell on their neighbours know.
        tampering
            Whose meter reported tampering lately, shape `(n_consumers,)`.

        Returns
        -------
        Draw
            In order of the consumer.
        """
        able = ledger.written[:, bill] & self.population.metered
        able &= self.visited < bill - self.parameters.rest_bills
        weights = self._weights(bill, ledger, stealing, tampering)
        probability = np.full(len(able), np.nan)
        reason = np.full(len(able), -1)
        for number, name in enumerate(REASONS):
            left = quota - int((reason >= 0).sum())
            count = left if number == AREA else min(left, round(quota * float(getattr(self.parameters, name))))
            free = able & (reason < 0)
            drawn = chosen(self._random, weights[number] * free, count)
            reason[drawn] = number
            if number == RANDOM:
                probability[drawn] = len(drawn) / max(1, int(free.sum()))
        who = np.flatnonzero(reason >= 0)
        self.visited[who] = bill
        return Draw(who, reason[who], probability[who])

    def _weights(self, bill: int, ledger: Ledger, stealing: Flags, tampering: Flags) -> list[Floats]:
        """One row a reason, in the order of `REASONS`: zero where the reason does not hold."""
        parameters, size = self.parameters, self.population.size
        fall = _fall(ledger, bill)
        sections = len(self._theft_level)
        searched = chosen(self._random, self._theft_level**2, max(1, round(SECTIONS_SEARCHED * sections)))
        return [
            np.ones(size),
            np.where(stealing, parameters.tip_weight, 1.0),
            tampering.astype(np.float64),
            (self.population.load > parameters.load_above).astype(np.float64),
            (fall < parameters.drop_below).astype(np.float64),
            (self._low_use(bill, ledger) < parameters.low_use_below).astype(np.float64),
            np.isin(self.population.section, searched) + 0.02,
        ]

    def _low_use(self, bill: int, ledger: Ledger) -> Floats:
        """Use of the last year a kilowatt of load, relative to the median of the category."""
        first = max(0, bill - BILLS_OF_A_YEAR + 1)
        use = _mean_rate(ledger, first, bill + 1) / self.population.load
        relative = np.full(len(use), np.nan)
        for category in range(len(CATEGORIES)):
            rows = (self.population.category == category) & np.isfinite(use)
            if rows.any():
                relative[rows] = use[rows] / max(float(np.median(use[rows])), 1e-9)
        return relative


def _fall(ledger: Ledger, bill: int) -> Floats:
    """Use of the last three bills against the same three a year before, or all before where there is no year."""
    recent = _mean_rate(ledger, bill - 2, bill + 1)
    full_year = bill - 2 - BILLS_OF_A_YEAR >= 0
    first, last = (bill - 2 - BILLS_OF_A_YEAR, bill + 1 - BILLS_OF_A_YEAR) if full_year else (0, bill - 2)
    before = _mean_rate(ledger, first, last)
    return np.where(before > 0.5, recent / np.maximum(before, 1e-9), np.nan)


def _mean_rate(ledger: Ledger, first: int, last: int) -> Floats:
    """Energy billed a day [kWh] over bills `first` to `last - 1`; NaN without a bill."""
    first = max(0, first)
    written = ledger.written[:, first:last]
    days = (ledger.days[:, first:last] * written).sum(axis=1)
    energy = (ledger.energy[:, first:last] * written).sum(axis=1)
    return np.where(days > 0, energy / np.maximum(days, 1), np.nan)
