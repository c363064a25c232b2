"""Meters that stick, run slow and are replaced, and readers who err: what is planned before anybody inspects.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.consumers import NEVER, Population
from powertheft.simulation.cycles import share_of_period
from powertheft.simulation.parameters import MeterParameters

NORMAL, LOCKED, AVERAGED, MISREAD, MADE_UP = range(5)
"""How a reading goes: read, door locked, defective meter billed on the average, misread, a guess written down."""

HIGHEST_FIRST_INDEX = 40_000


@dataclass(frozen=True, slots=True)
class MeterPlan:
    """What happens to meters and readings, shape `(n_consumers, n_bills)` unless said otherwise.

    `lost` is the share of the energy that a fault does not count; `replaced` is the place within the period (0 to 1)
    at which the meter is changed, NaN where it is not; `reading` is how the reading goes; `misread` is by which share
    of the bill a reader errs; `guess` is the share of the average that a reader writes down, `(n_consumers,)`;
    `first_index` is where the register stands at the beginning; `causes` maps a cause of a wrong bill to the day it
    begins, infinite where it never does.
    """

    lost: Floats
    replaced: Floats
    reading: Integers
    misread: Floats
    guess: Floats
    first_index: Floats
    causes: Mapping[str, Floats]


def plan_meters(
    population: Population,
    bounds: Integers,
    vacant: Floats,
    *,
    parameters: MeterParameters,
    streams: tuple[Generator, Generator],
) -> MeterPlan:
    """Return the faults, replacements and misreadings of the history.

    Parameters
    ----------
    population, bounds
        The consumers and their reading days, shape `(n_consumers, n_bills + 1)`.
    vacant
        Share of each period with nobody there, shape `(n_consumers, n_bills)`.
    parameters
        Shares and lengths.
    streams
        The streams `faults` and `readings`.

    Returns
    -------
    MeterPlan
        The causes are `stuck_fault`, `slow_fault`, `misread` (too low) and `made_up`. Assumption: a smart meter is read
        from afar, so that it is never locked, misread or made up.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility
    >>> plan = draw_honest_utility(consumers=500, bills=12, seed=3, parameters=TAMIL_NADU).plan
    >>> bool(plan.lost.max() <= 1.0)
    True
    """
    of_faults, of_readings = streams
    faults = _draw_faults(population, bounds, parameters=parameters, random=of_faults)
    replaced = _replacements(population, bounds, faults.mended, parameters=parameters, random=of_faults)
    reading, misread, made_up = _readings(population, bounds, vacant, parameters=parameters, random=of_readings)
    reading = np.where(faults.defective, AVERAGED, reading)
    low = (reading == MISREAD) & (misread < 0.0)
    guess = of_readings.uniform(*parameters.made_up_guess, population.size)
    index = of_readings.uniform(50.0, HIGHEST_FIRST_INDEX, population.size)
    return MeterPlan(
        lost=faults.lost,
        replaced=replaced,
        reading=reading,
        misread=misread,
        guess=guess,
        first_index=np.where(population.connected > bounds[:, 0], 1.0, index),
        causes={
            "stuck_fault": faults.stuck,
            "slow_fault": faults.slow,
            "misread": np.where(low.any(axis=1), bounds[np.arange(len(low)), low.argmax(axis=1)], NEVER),
            "made_up": made_up,
        },
    )


@dataclass(frozen=True, slots=True)
class _Faults:
    """Days on which meters stick, run slow and are mended, and what that does to the bills."""

    stuck: Floats
    slow: Floats
    mended: Floats
    lost: Floats
    defective: Flags


def _draw_faults(
    population: Population, bounds: Integers, *, parameters: MeterParameters, random: Generator
) -> _Faults:
    size = population.size
    stuck = _begins(bounds, parameters.stuck_share, random) + np.where(population.metered, 0.0, NEVER)
    noticed = stuck + random.uniform(*parameters.stuck_noticed, size)
    mended = noticed + random.uniform(*parameters.replaced_after, size)
    slow = _begins(bounds, parameters.slow_share, random) + np.where(population.metered, 0.0, NEVER)
    slow_lost = random.uniform(*parameters.slow_lost, size)
    lost = np.zeros((size, bounds.shape[1] - 1))
    for start, end, strength in ((slow, np.full(size, NEVER), slow_lost), (stuck, mended, np.ones(size))):
        who = np.flatnonzero(np.isfinite(start))
        share = share_of_period(bounds[who], start[who], end[who]) * strength[who, None]
        lost[who] = np.maximum(lost[who], share)
    defective = (bounds[:, 1:] >= noticed[:, None]) & (bounds[:, 1:] < mended[:, None])
    return _Faults(stuck, slow, mended, lost, defective)


def _begins(bounds: Integers, share: float, random: Generator) -> Floats:
    count = len(bounds)
    start = np.floor(random.uniform(bounds[:, 0], bounds[:, -1] - 60.0))
    return np.where(random.random(count) < share, start, NEVER)


def _replacements(
    population: Population, bounds: Integers, mended: Floats, *, parameters: MeterParameters, random: Generator
) -> Floats:
    """Changes of a mended meter, of the smart-meter rollout and of routine, each within its period."""
    routine = _begins(bounds, parameters.routine_replacement, random)
    replaced = np.full((len(bounds), bounds.shape[1] - 1), np.nan)
    rollout = np.where(population.smart_since > bounds[:, 0], population.smart_since, NEVER)
    for day in (routine, rollout, mended):
        inside = (day[:, None] > bounds[:, :-1]) & (day[:, None] < bounds[:, 1:]) & population.metered[:, None]
        rows, bills = np.nonzero(inside & (bounds[:, :-1] >= population.connected[:, None]))
        begun = bounds[rows, bills]
        replaced[rows, bills] = (day[rows] - begun) / (bounds[rows, bills + 1] - begun)
    return replaced


def _readings(
    population: Population, bounds: Integers, vacant: Floats, *, parameters: MeterParameters, random: Generator
) -> tuple[Integers, Floats, Floats]:
    shape = vacant.shape
    by_hand = bounds[:, 1:] < population.smart_since[:, None]
    locked_chance = parameters.locked_share * population.locked[:, None] + parameters.locked_while_away * vacant
    locked = (random.random(shape) < locked_chance) & by_hand
    misread = (random.random(shape) < parameters.misread_bills) & by_hand
    low = random.uniform(*parameters.misread_low, shape)
    share = np.where(
        random.random(shape) < parameters.low_misreads, low, random.uniform(*parameters.misread_high, shape)
    )
    begins = np.where(population.metered, _begins(bounds, parameters.made_up, random), NEVER)
    ends = begins + random.uniform(*parameters.made_up_days, len(bounds))
    made_up = (bounds[:, 1:] >= begins[:, None]) & (bounds[:, 1:] < ends[:, None]) & by_hand
    reading = np.where(made_up, MADE_UP, np.where(misread, MISREAD, NORMAL))
    begins = np.where(made_up.any(axis=1), begins, NEVER)
    return np.where(locked, LOCKED, reading), np.where(misread, share, 0.0), begins
