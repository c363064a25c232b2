"""Independent streams of random numbers, one an aspect of the utility.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Mapping

import numpy as np
from numpy.random import PCG64, Generator, SeedSequence

from powertheft.domain.errors import ChoiceError
from powertheft.simulation.arrays import Integers

# Append only: a stream belongs to its place in this list, so a new aspect at the end changes no other.
ASPECTS = (
    "network",
    "cycles",
    "population",
    "names",
    "weather",
    "use",
    "circumstances",
    "thefts",
    "faults",
    "events",
    "readings",
    "visits",
    "findings",
    "payments",
    "transformers",
    "dirt",
    "demand",
    "story",
    "saving",
    "moving",
    "loop",
)


def random_streams(seed: int) -> Mapping[str, Generator]:
    """Return one generator an aspect, all from one seed.

    Parameters
    ----------
    seed
        Zero or a positive integer.

    Returns
    -------
    Mapping[str, Generator]
        PCG64 generators by the names in `ASPECTS`, statistically independent.

    Raises
    ------
    ChoiceError
        If the seed is negative.

    References
    ----------
    O'Neill 2014, "PCG: A family of simple fast space-efficient statistically good algorithms for random number
    generation", Harvey Mudd College HMC-CS-2014-0905.

    Examples
    --------
    >>> random_streams(1)["use"].random() == random_streams(1)["use"].random()
    True
    """
    if seed < 0:
        raise ChoiceError(f"the seed {seed} is negative", advice="Choose zero or a positive whole number.")
    children = SeedSequence(seed).spawn(len(ASPECTS))
    return {aspect: Generator(PCG64(child)) for aspect, child in zip(ASPECTS, children, strict=True)}


def chosen(random: Generator, weights: np.ndarray, count: int) -> Integers:
    """Return the places of `count` entries drawn without replacement, in rising order.

    Parameters
    ----------
    random
        The stream to draw from. It is read `len(weights)` times whatever `count` is.
    weights
        Relative chances, shape `(n,)`, zero or more. An entry of weight zero is never drawn.
    count
        How many to draw; fewer are returned where fewer have a weight above zero.

    Returns
    -------
    Integers
        Places, shape `(at most count,)`.

    References
    ----------
    Efraimidis & Spirakis 2006, "Weighted random sampling with a reservoir", 10.1016/j.ipl.2005.11.003.

    Examples
    --------
    >>> chosen(np.random.default_rng(0), np.array([0.0, 1.0, 1.0, 0.0]), 3).tolist()
    [1, 2]
    """
    draws = random.random(len(weights))
    count = min(count, int(np.count_nonzero(weights > 0)))
    if count <= 0:
        return np.empty(0, dtype=np.int64)
    with np.errstate(divide="ignore"):
        keys = np.where(weights > 0, np.log(draws) / weights, -np.inf)
    return np.sort(np.argpartition(-keys, count - 1)[:count]).astype(np.int64)
