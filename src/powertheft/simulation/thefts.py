"""Who steals, how, since when, and how much of each bill.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.consumers import DEFAULTER, DOMESTIC, HUT, NEVER, Population, traits
from powertheft.simulation.cycles import share_of_period
from powertheft.simulation.network import Network
from powertheft.simulation.parameters import TheftParameters
from powertheft.simulation.streams import chosen

KINDS = (
    "direct_tap",
    "step",
    "ramp",
    "partial_bypass",
    "stuck_meter",
    "zero",
    "cap",
    "seasonal",
    "tariff_misuse",
)
(DIRECT_TAP, STEP, RAMP, PARTIAL_BYPASS, STUCK_METER, ZERO, CAP, SEASONAL, TARIFF_MISUSE) = range(len(KINDS))
# Kinds that may have begun before the history; the others are seen by their change.
LONG_STANDING = (STEP, PARTIAL_BYPASS, CAP, SEASONAL, TARIFF_MISUSE)
DEFAULTERS_STEAL_MORE = 1.8
LEAST_USE_KWH_A_DAY = 0.8


@dataclass(frozen=True, slots=True)
class Thefts:
    """Every thief: rows of the same order, shape `(n_thieves,)` unless said otherwise.

    `who` is the consumer, `kind` a place in `KINDS`, `start` and `end` days (minus infinity: before the history).
    `stolen` is the share of the true use that no meter sees, `(n_thieves, n_bills)`; `use_factor` multiplies the true
    use (commercial use on a domestic tariff), `(n_thieves, n_bills)`; `present` is the share of each period; `locks`
    are the bills for which the reader finds a locked door, `(n_thieves, n_bills)`.
    """

    who: Integers
    kind: Integers
    start: Floats
    end: Floats
    present: Floats
    stolen: Floats
    use_factor: Floats
    locks: Flags

    @property
    def before_history(self) -> Flags:
        """Return which thefts began before the first bill."""
        return np.isneginf(self.start)


def draw_thefts(
    population: Population,
    network: Network,
    bounds: Integers,
    *,
    use: Floats,
    cooling: Floats,
    parameters: TheftParameters,
    random: Generator,
) -> Thefts:
    """Return the thieves of the utility and what they would steal if nobody stopped them.

    Parameters
    ----------
    population, network
        The consumers and where they live.
    bounds
        Reading days of each consumer, shape `(n_consumers, n_bills + 1)`.
    use
        What they draw from the network [kWh], shape `(n_consumers, n_bills)`.
    cooling
        The heat over each bill, shape `(n_consumers, n_bills)`.
    parameters
        Shares, kinds and strengths.
    random
        The stream `thefts`.

    Returns
    -------
    Thefts
        Thieves in order of their consumer.

    References
    ----------
    Jokar, Arianpoo & Leung 2016, "Electricity theft detection in AMI using customers' consumption patterns",
    10.1109/TSG.2015.2425222.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility, tempt
    >>> honest = draw_honest_utility(consumers=2000, bills=12, seed=3, parameters=TAMIL_NADU)
    >>> thefts = tempt(honest, TAMIL_NADU)
    >>> round(float(thefts.before_history.mean()), 2)
    0.33
    """
    inclination = inclinations(population, network) * (population.connected < bounds[:, 0])
    who = chosen(random, inclination, round(parameters.share * population.size))
    kind = _kinds(population, who, parameters=parameters, random=random)
    start, end = _spans(bounds[who], kind, parameters=parameters, random=random)
    present = share_of_period(bounds[who], start, end)
    strength = _Strengths(bounds=bounds[who], use=use[who], cooling=cooling[who], start=start, parameters=parameters)
    stolen = np.zeros_like(present)
    for number, share in enumerate(strength.by_kind(random)):
        rows = kind == number
        stolen[rows] = share[rows]
    misuse = np.where(kind == TARIFF_MISUSE, random.uniform(*parameters.misuse_factor, len(who)), 1.0)
    return Thefts(
        who, kind, start, end, present, present * stolen, 1.0 + present * (misuse[:, None] - 1.0), present < 0.0
    )


def inclinations(population: Population, network: Network) -> Floats:
    """Return how much more than others each consumer tends to steal; zero without a meter, or with next to no use.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility
    >>> honest = draw_honest_utility(consumers=500, bills=12, seed=3, parameters=TAMIL_NADU)
    >>> bool((inclinations(honest.population, honest.network)[~honest.population.metered] == 0).all())
    True
    """
    return (
        traits("theft")[population.category]
        * network.theft_level[population.section]
        * np.where(population.payer == DEFAULTER, DEFAULTERS_STEAL_MORE, 1.0)
        * (population.metered & (population.base_use > LEAST_USE_KWH_A_DAY))
    )


def _kinds(population: Population, who: Integers, *, parameters: TheftParameters, random: Generator) -> Integers:
    shares = np.array([getattr(parameters, name) for name in KINDS])
    category = population.category[who]
    fits = np.ones((len(who), len(KINDS)), dtype=np.bool_)
    fits[:, SEASONAL] = population.air_conditioned[who]
    fits[:, TARIFF_MISUSE] = np.isin(category, np.array([DOMESTIC, HUT]))
    # Rare kinds are drawn more often where they can occur, so that their share holds over all thieves.
    able = np.maximum(fits.mean(axis=0), 0.05) if len(who) else np.ones(len(KINDS))
    weights = fits * shares / able
    weights[weights.sum(axis=1) == 0.0, STEP] = 1.0
    ends = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    return (random.random(len(who))[:, None] > ends[:, :-1]).sum(axis=1)


def _spans(
    bounds: Integers, kind: Integers, *, parameters: TheftParameters, random: Generator
) -> tuple[Floats, Floats]:
    count = len(kind)
    start = np.floor(random.uniform(bounds[:, 1], bounds[:, -2]))
    wanted = round(parameters.before_history * count) - int((kind == DIRECT_TAP).sum())
    long_standing = chosen(random, np.isin(kind, np.array(LONG_STANDING)).astype(np.float64), wanted)
    start[kind == DIRECT_TAP] = -NEVER
    start[long_standing] = -NEVER
    gives_up = random.random(count) < parameters.give_up
    end = np.where(gives_up, random.uniform(np.maximum(start, bounds[:, 1]), bounds[:, -1]), NEVER)
    lasts = random.uniform(*parameters.zero_days, count)
    return start, np.where(kind == ZERO, np.minimum(end, start + lasts), end)


@dataclass(frozen=True, slots=True)
class _Strengths:
    """The share of the use that each kind would steal, `(n_thieves, n_bills)`, for every thief."""

    bounds: Integers
    use: Floats
    cooling: Floats
    start: Floats
    parameters: TheftParameters

    def by_kind(self, random: Generator) -> list[Floats]:
        parameters, shape = self.parameters, self.use.shape
        column = (shape[0], 1)
        ones = np.ones(shape)
        wobble = 1.0 + random.normal(0.0, 0.05, shape)
        return [
            np.clip(random.uniform(*parameters.tap_stolen, column) * wobble, 0.0, 0.95),
            np.clip(random.uniform(*parameters.step_stolen, column) * wobble, 0.0, 0.95),
            self._ramp(random.uniform(*parameters.ramp_slope, column)),
            np.clip(
                random.uniform(*parameters.bypass_stolen, column) + random.normal(0.0, parameters.bypass_wobble, shape),
                0.02,
                0.9,
            ),
            ones,
            ones,
            self._cap(),
            random.uniform(*parameters.seasonal_stolen, column) * (self.cooling > parameters.seasonal_from),
            np.zeros(shape),
        ]

    def _ramp(self, slope: Floats) -> Floats:
        bills_since = np.clip((self.bounds[:, 1:] - self.start[:, None]) / 60.875, 0.0, None)
        return np.minimum(slope * bills_since, self.parameters.ramp_most)

    def _cap(self) -> Floats:
        ceiling = self.parameters.cap_of_maximum * self.use.max(axis=1, keepdims=True)
        return 1.0 - np.minimum(self.use, ceiling) / np.maximum(self.use, 1e-9)
