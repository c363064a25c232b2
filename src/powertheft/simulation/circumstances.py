"""Honest reasons for a fall in use: away, left, using less, rooftop solar, disconnected for arrears.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.consumers import (
    COMMERCIAL,
    DEFAULTER,
    DOMESTIC,
    FREE_TARIFFS,
    LATE,
    NEVER,
    TARIFFS,
    Population,
)
from powertheft.simulation.cycles import share_of_period
from powertheft.simulation.parameters import CircumstanceParameters

# Chance that a bill stays unpaid until the next one, by habit (assumption: about 97 of 100 are paid before the next).
UNPAID = {LATE: 0.04, DEFAULTER: 0.45}
UNPAID_PROMPT = 0.001
BILLED_FROM_KWH = 120.0
SOLAR_FROM_KW = 2.0
OWN_USE_OF_SOLAR = 0.45
USE_OF_EMPTY_HOUSES = (0.0, 0.07)


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What happens to honest consumers, per consumer and bill, shape `(n_consumers, n_bills)`.

    `factor` multiplies the use; `vacant` is the share of the period with nobody there; `unpaid` marks bills that are
    not paid before the next; `disconnected` is the share of the period without supply; `solar` is the energy the
    roof makes [kWh], `exporting` whether it has an export register. `causes` maps a cause to the day it begins,
    shape `(n_consumers,)`, infinite where it never does.
    """

    factor: Floats
    vacant: Floats
    unpaid: Flags
    disconnected: Floats
    solar: Floats
    exporting: Flags
    causes: Mapping[str, Floats]


def draw_circumstances(
    population: Population, bounds: Integers, *, parameters: CircumstanceParameters, random: Generator
) -> Circumstances:
    """Return what happens to honest consumers (and to thieves as well: they are people too).

    Parameters
    ----------
    population
        The consumers.
    bounds
        Reading days of each consumer, shape `(n_consumers, n_bills + 1)`.
    parameters
        Shares and lengths.
    random
        The stream `circumstances`.

    Returns
    -------
    Circumstances
        The causes are `away`, `left`, `less`, `solar` and `disconnected`.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility
    >>> honest = draw_honest_utility(consumers=500, bills=12, seed=3, parameters=TAMIL_NADU)
    >>> sorted(honest.circumstances.causes)
    ['away', 'disconnected', 'left', 'less', 'solar']
    """
    count = population.size
    for_good = np.full(count, NEVER)
    away = _begins(bounds, parameters.away_share, random)
    shortest, longest = np.log(parameters.away_days)
    length = np.exp(random.uniform(shortest, longest, count))
    left = _begins(bounds, parameters.left_share, random)
    residue = random.uniform(*USE_OF_EMPTY_HOUSES, count)
    less = _begins(bounds, parameters.less_share, random)
    remains = random.uniform(*parameters.less_factor, count)
    vacant = np.maximum(_shares(bounds, away, away + length), _shares(bounds, left, for_good))
    factor = 1.0 - vacant * (1.0 - residue[:, None])
    factor *= 1.0 - _shares(bounds, less, for_good) * (1.0 - remains[:, None])
    solar_since, solar = _solar(population, bounds, parameters=parameters, random=random)
    unpaid, disconnected = _arrears(population, factor.shape, parameters=parameters, random=random)
    factor *= 1.0 - disconnected
    cut_off = np.where(disconnected.any(axis=1), bounds[np.arange(count), disconnected.argmax(axis=1)], NEVER)
    return Circumstances(
        factor=factor,
        vacant=vacant,
        unpaid=unpaid,
        disconnected=disconnected,
        solar=solar,
        exporting=np.isfinite(solar_since) & (random.random(count) >= parameters.unreported_solar),
        causes={"away": away, "left": left, "less": less, "solar": solar_since, "disconnected": cut_off},
    )


def drawn_from_network(use: Floats, circumstances: Circumstances) -> tuple[Floats, Floats]:
    """Return what consumers draw from the network and what they feed into it.

    Parameters
    ----------
    use
        What they would use if nothing happened [kWh], shape `(n_consumers, n_bills)`.
    circumstances
        What happens.

    Returns
    -------
    tuple[Floats, Floats]
        Energy drawn and energy exported [kWh], both `(n_consumers, n_bills)`.

    Notes
    -----
    Assumption: at most 45 % of the use falls into the hours in which the roof makes energy.

    Examples
    --------
    >>> nothing = np.zeros((1, 1))
    >>> sunny = Circumstances(factor=nothing + 1.0, vacant=nothing, unpaid=nothing > 0, disconnected=nothing,
    ...                       solar=nothing + 300.0, exporting=np.array([True]), causes={})
    >>> [float(energy[0, 0]) for energy in drawn_from_network(nothing + 400.0, sunny)]
    [220.0, 120.0]
    """
    needed = use * circumstances.factor
    own = np.minimum(OWN_USE_OF_SOLAR * needed, circumstances.solar)
    return needed - own, circumstances.solar - own


def _begins(bounds: Integers, share: float, random: Generator) -> Floats:
    """A first day within the history for a share of the consumers, infinite for the others."""
    count = len(bounds)
    start = random.uniform(bounds[:, 0] - 30.0, bounds[:, -1] - 30.0)
    return np.where(random.random(count) < share, np.floor(start), NEVER)


def _shares(bounds: Integers, start: Floats, end: Floats) -> Floats:
    """The share of each period between two days, `(n_consumers, n_bills)`, worked out only where it begins at all."""
    shares = np.zeros((len(bounds), bounds.shape[1] - 1))
    who = np.flatnonzero(np.isfinite(start))
    shares[who] = share_of_period(bounds[who], start[who], end[who])
    return shares


def _solar(
    population: Population, bounds: Integers, *, parameters: CircumstanceParameters, random: Generator
) -> tuple[Floats, Floats]:
    kinds = np.array([DOMESTIC, COMMERCIAL, TARIFFS.index("III-B")])
    eligible = np.isin(population.category, kinds) & (population.load >= SOLAR_FROM_KW) & population.metered
    share = parameters.solar_share / max(float(eligible.mean()), parameters.solar_share)
    since = np.where(eligible, _begins(bounds, share, random), NEVER)
    size = np.clip(population.load * random.uniform(0.4, 1.0, population.size), 1.0, 50.0)
    days = _shares(bounds, since, np.full(population.size, NEVER)) * np.diff(bounds)
    return since, size[:, None] * parameters.solar_per_kilowatt * days


def _arrears(
    population: Population, shape: tuple[int, ...], *, parameters: CircumstanceParameters, random: Generator
) -> tuple[Flags, Floats]:
    chance = np.full(population.size, UNPAID_PROMPT)
    for habit, likelihood in UNPAID.items():
        chance[population.payer == habit] = likelihood
    unpaid = random.random(shape) < chance[:, None]
    charged = ~np.isin(population.category, np.array(FREE_TARIFFS)) & (population.base_use * 60.875 > BILLED_FROM_KWH)
    cut = unpaid[:, :-1] & (random.random((shape[0], shape[1] - 1)) < parameters.disconnection) & charged[:, None]
    disconnected = np.zeros(shape)
    disconnected[:, 1:] = np.where(cut, random.uniform(0.1, 0.6, cut.shape), 0.0)
    return unpaid, disconnected
