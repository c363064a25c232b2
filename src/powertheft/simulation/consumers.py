"""The consumers of the made-up utility: category, use, load, meter, habits of paying.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.network import Network
from powertheft.simulation.parameters import CATEGORIES, PopulationParameters

PROMPT, LATE, DEFAULTER = 0, 1, 2
SMART_SINCE_EVER = -1.0e9
NEVER = np.inf
DAYS_OF_TWO_MONTHS = 60.875
THREE_PHASE_FROM_KW = 4.0
CT_METERED_FROM_KW = 50.0
AIR_CONDITIONING = (0.4, 1.3)

TARIFFS = tuple(traits.tariff for traits in CATEGORIES)
DOMESTIC = TARIFFS.index("I-A")
HUT = TARIFFS.index("I-B")
AGRICULTURE = TARIFFS.index("IV")
COMMERCIAL = TARIFFS.index("V")
FREE_TARIFFS = (HUT, AGRICULTURE)


@dataclass(frozen=True, slots=True)
class Population:
    """Every consumer, arrays of shape `(n_consumers,)`.

    `category` is a place in `CATEGORIES`; `base_use` is in kWh a day without season; `cooling`, `irrigation` and
    `business` are the strengths of the seasons; `growth` is a year's logarithmic change; `load` is in kW; days are
    counted from 1970-01-01; `smart_since` is infinite without a smart meter; `transformer` is the ledger's.
    """

    category: Integers
    base_use: Floats
    cooling: Floats
    irrigation: Floats
    business: Floats
    growth: Floats
    noise: Floats
    load: Floats
    phase: Integers
    connected: Floats
    metered: Flags
    smart_since: Floats
    multiplier: Integers
    payer: Integers
    locked: Floats
    section: Integers
    transformer: Integers
    air_conditioned: Flags

    @property
    def size(self) -> int:
        """Return the number of consumers."""
        return len(self.category)


def traits(name: str) -> Floats:
    """Return one trait of all categories, in their order.

    Examples
    --------
    >>> traits("median_load").tolist()[:2]
    [2.0, 0.2]
    """
    return np.array([getattr(category, name) for category in CATEGORIES], dtype=np.float64)


def draw_population(
    network: Network,
    transformer: Integers,
    history: tuple[int, int],
    *,
    parameters: PopulationParameters,
    random: Generator,
) -> Population:
    """Return the consumers of a network.

    Parameters
    ----------
    network, transformer
        Where they live, and the ledger's transformer of each, shape `(n_consumers,)`.
    history
        First and last day of the history.
    parameters, random
        Shares and spreads; the stream `population`.

    Returns
    -------
    Population
        In order of the section.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility
    >>> draw_honest_utility(consumers=500, bills=12, seed=3, parameters=TAMIL_NADU).population.size
    500
    """
    count, urban = len(network.section_of_consumer), network.urban[network.section_of_consumer]
    category = _categories(urban, random)
    standing = random.normal(size=count)
    town = np.where(category == DOMESTIC, 0.35 * (urban - 0.5), 0.0)
    use = traits("median_use")[category] * np.exp(traits("use_spread")[category] * standing + town)
    load = _loads(category, standing, parameters=parameters, random=random)
    air_conditioned = random.random(count) < _chance_of_air_conditioning(category, standing, urban)
    cooling = _cooling(category, air_conditioned, random)
    return Population(
        category=category,
        base_use=use / DAYS_OF_TWO_MONTHS,
        cooling=cooling,
        irrigation=traits("irrigation")[category] * random.uniform(0.7, 1.3, count),
        business=traits("business")[category] * random.uniform(0.3, 1.7, count),
        growth=random.normal(parameters.growth_mean, parameters.growth_spread, count),
        noise=traits("noise")[category] * np.exp(random.normal(0.0, parameters.noise_spread, count)),
        load=load,
        phase=np.where((load >= THREE_PHASE_FROM_KW) | (category == AGRICULTURE), 3, 1),
        connected=_connections(history, count, parameters=parameters, random=random),
        metered=(category != AGRICULTURE) | (random.random(count) >= parameters.agriculture_unmetered),
        smart_since=_smart_meters(network, history, parameters=parameters, random=random),
        multiplier=np.where(load >= CT_METERED_FROM_KW, random.choice(np.array([10, 20, 40]), count), 1),
        payer=_payers(count, parameters=parameters, random=random),
        locked=np.exp(random.normal(0.0, 1.0, count)),
        section=network.section_of_consumer,
        transformer=transformer,
        air_conditioned=air_conditioned,
    )


def _categories(urban: Floats, random: Generator) -> Integers:
    shares = urban[:, None] * traits("urban_share") + (1.0 - urban[:, None]) * traits("rural_share")
    ends = np.cumsum(shares, axis=1)
    return (random.random(len(urban))[:, None] > ends[:, :-1]).sum(axis=1)


def _chance_of_air_conditioning(category: Integers, standing: Floats, urban: Floats) -> Floats:
    eligible = (category == DOMESTIC) | (category == COMMERCIAL)
    return eligible / (1.0 + np.exp(-(1.6 * standing + 1.2 * urban - 1.9)))


def _cooling(category: Integers, air_conditioned: Flags, random: Generator) -> Floats:
    low, high = np.array([pair.cooling for pair in CATEGORIES]).T
    fans = random.uniform(low[category], high[category])
    return fans + air_conditioned * random.uniform(*AIR_CONDITIONING, len(category))


def _loads(category: Integers, standing: Floats, *, parameters: PopulationParameters, random: Generator) -> Floats:
    """Sanctioned loads [kW]: declared years ago, so that a small bill for a large load is a weak sign only."""
    logarithm = (
        np.log(traits("median_load")[category])
        + parameters.load_follows_use * traits("use_spread")[category] * standing
        + random.normal(0.0, parameters.load_spread, len(category))
    )
    load = np.clip(np.exp(logarithm), 0.05, 150.0)
    hut = np.clip(np.round(load, 1), 0.1, 0.4)
    return np.where(category == HUT, hut, np.maximum(0.5, np.round(load * 2) / 2))


def _connections(
    history: tuple[int, int], count: int, *, parameters: PopulationParameters, random: Generator
) -> Floats:
    first, last = history
    age = first - 90 - np.floor(365.25 * 38 * random.beta(1.1, 2.0, count))
    young = np.floor(random.uniform(first, last - 120, count))
    return np.where(random.random(count) < parameters.new_share, young, age)


def _smart_meters(
    network: Network, history: tuple[int, int], *, parameters: PopulationParameters, random: Generator
) -> Floats:
    """Smart meters come by section, at least one section of each kind, more likely where it is urban."""
    sections = network.sections
    count = max(1, round(parameters.smart_share * sections))
    order = np.argsort(-(network.urban + random.normal(0.0, 0.4, sections)))
    since = np.full(sections, NEVER)
    rollout = random.uniform(history[0] + 60, history[1] - 240, sections)
    since[order[:count]] = np.where(np.arange(count) % 2 == 0, SMART_SINCE_EVER, rollout[:count])
    weeks = random.uniform(0.0, 100.0, len(network.section_of_consumer))
    of_consumer = since[network.section_of_consumer]
    covered = random.random(len(of_consumer)) < 0.92
    return np.where(covered & np.isfinite(of_consumer), of_consumer + weeks, NEVER)


def _payers(count: int, *, parameters: PopulationParameters, random: Generator) -> Integers:
    draw = random.random(count)
    late = parameters.defaulters + parameters.late_payers
    return np.where(draw < parameters.defaulters, DEFAULTER, np.where(draw < late, LATE, PROMPT))
