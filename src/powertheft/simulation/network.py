"""Circles, divisions, sections, feeders and transformers of the made-up utility.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from powertheft.simulation.arrays import Floats, Integers
from powertheft.simulation.parameters import NetworkParameters


@dataclass(frozen=True, slots=True)
class Network:
    """The tree of supply, and what its places are like.

    `urban` (0 rural to 1 urban) and `theft_level` (1 on the whole) are a section's; arrays named `x_of_y` hold the
    number of the x that each y belongs to.
    """

    circle_of_section: Integers
    division_of_section: Integers
    urban: Floats
    theft_level: Floats
    section_of_transformer: Integers
    feeder_of_transformer: Integers
    section_of_consumer: Integers
    transformer_of_consumer: Integers

    @property
    def sections(self) -> int:
        """Return the number of sections."""
        return len(self.urban)

    @property
    def transformers(self) -> int:
        """Return the number of transformers."""
        return len(self.section_of_transformer)


def draw_network(consumers: int, parameters: NetworkParameters, random: Generator) -> Network:
    """Return a network for so many consumers, each with the transformer that truly supplies it.

    Parameters
    ----------
    consumers
        Number of connections.
    parameters
        Sizes and spreads.
    random
        The stream `network`.

    Returns
    -------
    Network
        Consumers are numbered section by section; within a section their order says nothing of the transformer.

    Examples
    --------
    >>> network = draw_network(6000, NetworkParameters(), np.random.default_rng(0))
    >>> network.sections, bool((np.bincount(network.transformer_of_consumer) > 20).all())
    (3, True)
    """
    sections = max(3, round(consumers / parameters.consumers_per_section))
    weights = random.uniform(0.6, 1.4, sections)
    ends = np.round(np.cumsum(weights) / weights.sum() * consumers).astype(np.int64)
    sizes = np.diff(ends, prepend=0)
    transformers = np.maximum(2, np.round(sizes / parameters.consumers_per_transformer)).astype(np.int64)
    first_transformer = np.concatenate([[0], np.cumsum(transformers)])
    section_of_transformer = np.repeat(np.arange(sections), transformers)
    within = np.arange(len(section_of_transformer)) - first_transformer[section_of_transformer]
    division = np.arange(sections) // parameters.sections_per_division
    supplied = [
        first_transformer[section] + _spread(int(sizes[section]), int(transformers[section]), random)
        for section in range(sections)
    ]
    return Network(
        circle_of_section=division // parameters.divisions_per_circle,
        division_of_section=division,
        urban=np.clip(random.beta(1.1, 0.9, sections), 0.02, 0.98),
        theft_level=np.exp(random.normal(0.0, parameters.theft_spread, sections)),
        section_of_transformer=section_of_transformer,
        feeder_of_transformer=_feeders(section_of_transformer, within // parameters.transformers_per_feeder),
        section_of_consumer=np.repeat(np.arange(sections), sizes),
        transformer_of_consumer=np.concatenate(supplied),
    )


def ledger_transformers(network: Network, parameters: NetworkParameters, random: Generator) -> Integers:
    """Return the transformer that the ledger names for each consumer: the true one, but for a few.

    Parameters
    ----------
    network
        The network with the true transformers.
    parameters
        Holds the share of wrong entries.
    random
        The stream `network`, after `draw_network`.

    Returns
    -------
    Integers
        Transformer of each consumer, shape `(n_consumers,)`; a wrong one is of the same section.

    Examples
    --------
    >>> random = np.random.default_rng(0)
    >>> network = draw_network(6000, NetworkParameters(), random)
    >>> named = ledger_transformers(network, NetworkParameters(), random)
    >>> round(float((named != network.transformer_of_consumer).mean()), 2)
    0.03
    """
    count = len(network.section_of_consumer)
    wrong = random.random(count) < parameters.wrong_transformer
    first = np.searchsorted(network.section_of_transformer, np.arange(network.sections))
    size = np.bincount(network.section_of_transformer, minlength=network.sections)[network.section_of_consumer]
    start = first[network.section_of_consumer]
    step = 1 + np.floor(random.random(count) * (size - 1)).astype(np.int64)
    other = start + (network.transformer_of_consumer - start + step) % size
    return np.where(wrong, other, network.transformer_of_consumer)


def _spread(consumers: int, transformers: int, random: Generator) -> Integers:
    weights = random.uniform(0.6, 1.4, transformers)
    ends = np.round(np.cumsum(weights) / weights.sum() * consumers).astype(np.int64)
    return random.permutation(np.repeat(np.arange(transformers), np.diff(ends, prepend=0)))


def _feeders(section_of_transformer: Integers, feeder_within: Integers) -> Integers:
    changes = np.diff(section_of_transformer, prepend=-1) | np.diff(feeder_within, prepend=-1)
    return np.cumsum(changes != 0) - 1
