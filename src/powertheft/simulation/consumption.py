"""What consumers truly use: season, weather, growth and chance.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from powertheft.simulation.arrays import Floats, Integers
from powertheft.simulation.consumers import Population
from powertheft.simulation.cycles import Cycles
from powertheft.simulation.network import Network
from powertheft.simulation.parameters import PopulationParameters

# Shapes of the Tamil Nadu year, January to December (assumptions): heat peaks in May, the north-east monsoon
# waters the fields from October on, shops and looms rest at Pongal and Deepavali.
COOLING = (0.12, 0.25, 0.60, 0.90, 1.00, 0.88, 0.72, 0.66, 0.60, 0.42, 0.20, 0.10)
IRRIGATION = (0.90, 1.00, 1.00, 0.90, 0.70, 0.60, 0.60, 0.55, 0.50, 0.20, 0.10, 0.40)
BUSINESS = (-0.35, 0.05, 0.10, 0.0, 0.0, 0.05, 0.05, 0.05, 0.15, 0.20, -0.30, 0.0)
WEATHER_NOISE = 0.12


@dataclass(frozen=True, slots=True)
class Seasons:
    """Mean of each seasonal curve over each billing period, shape `(n_transformers, n_bills)`."""

    cooling: Floats
    irrigation: Floats
    business: Floats


def draw_seasons(network: Network, cycles: Cycles, random: Generator) -> Seasons:
    """Return the seasons as each reading route sees them, the heat with a circle's own weather.

    Parameters
    ----------
    network
        Says which circle a transformer belongs to.
    cycles
        The billing periods.
    random
        The stream `weather`.

    Returns
    -------
    Seasons
        Cooling varies by 12 % (one standard deviation, assumption) between circles and periods.

    Examples
    --------
    >>> from powertheft.simulation.cycles import draw_cycles
    >>> from powertheft.simulation.network import draw_network
    >>> from powertheft.simulation.parameters import NetworkParameters
    >>> network = draw_network(1000, NetworkParameters(), np.random.default_rng(0))
    >>> cycles = draw_cycles(network.section_of_transformer, 12, np.random.default_rng(1))
    >>> draw_seasons(network, cycles, np.random.default_rng(2)).cooling.shape == (network.transformers, 12)
    True
    """
    circle = network.circle_of_section[network.section_of_transformer]
    weather = random.normal(1.0, WEATHER_NOISE, (int(circle.max()) + 1, cycles.bills))
    return Seasons(
        cooling=period_mean(COOLING, cycles.bounds) * np.clip(weather, 0.5, 1.5)[circle],
        irrigation=period_mean(IRRIGATION, cycles.bounds),
        business=period_mean(BUSINESS, cycles.bounds),
    )


def period_mean(monthly: Sequence[float], bounds: Integers) -> Floats:
    """Return the mean of a yearly curve over each period.

    Parameters
    ----------
    monthly
        The curve at the middle of each month, January first; linear between them.
    bounds
        First days of the periods and the day after the last, shape `(n_rows, n_periods + 1)`, from 1970-01-01.

    Returns
    -------
    Floats
        Shape `(n_rows, n_periods)`, in the unit of the curve.

    Examples
    --------
    >>> period_mean([2.0] * 12, np.array([[0, 60, 125]])).round(6).tolist()
    [[2.0, 2.0]]
    """
    first, last = int(bounds.min()), int(bounds.max())
    days = np.arange(first, last)
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64)
    into_month = days - months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    place = (months % 12) + (into_month + 0.5) / 30.4375 - 0.5
    daily = np.interp(place, np.arange(12), np.asarray(monthly, dtype=np.float64), period=12)
    running = np.concatenate([[0.0], np.cumsum(daily)])[bounds - first]
    return np.diff(running, axis=1) / np.diff(bounds, axis=1)


def true_use(
    population: Population, cycles: Cycles, seasons: Seasons, *, parameters: PopulationParameters, random: Generator
) -> Floats:
    """Return what each consumer would use if nothing happened to it.

    Parameters
    ----------
    population
        The consumers.
    cycles
        The billing periods.
    seasons
        The seasons over them.
    parameters
        Persistence of the noise, and how often a bill is out of the ordinary.
    random
        The stream `use`.

    Returns
    -------
    Floats
        Energy [kWh], shape `(n_consumers, n_bills)`, zero before the connection.

    Notes
    -----
    Base use x season x growth x noise. The noise is lognormal with a first-order autocorrelation between bills.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility
    >>> honest = draw_honest_utility(consumers=500, bills=12, seed=3, parameters=TAMIL_NADU)
    >>> honest.use.shape, bool((honest.use >= 0).all())
    ((500, 12), True)
    """
    transformer = population.transformer
    season = 1.0 + population.cooling[:, None] * seasons.cooling[transformer]
    season += population.irrigation[:, None] * seasons.irrigation[transformer]
    season += population.business[:, None] * seasons.business[transformer]
    years = (np.arange(cycles.bills) - cycles.bills / 2) / 6.0
    logarithm = _noise(population.noise, cycles.bills, parameters=parameters, random=random)
    logarithm += population.growth[:, None] * years
    bounds = cycles.bounds[transformer]
    days = np.maximum(0.0, bounds[:, 1:] - np.maximum(bounds[:, :-1], population.connected[:, None]))
    return population.base_use[:, None] * days * np.maximum(season, 0.05) * np.exp(logarithm)


def _noise(spread: Floats, bills: int, *, parameters: PopulationParameters, random: Generator) -> Floats:
    persistence = parameters.noise_persistence
    noise = random.normal(size=(len(spread), bills))
    noise[:, 1:] *= np.sqrt(1.0 - persistence**2)
    for bill in range(1, bills):
        noise[:, bill] += persistence * noise[:, bill - 1]
    noise *= spread[:, None]
    odd = random.random(noise.shape) < parameters.outlier_share
    noise[odd] += random.normal(0.0, parameters.outlier_spread, int(odd.sum()))
    return noise
