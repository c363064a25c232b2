"""The consumer master as the billing system would export it: consumers.csv.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator

from powertheft.simulation.arrays import Integers
from powertheft.simulation.bills import dates
from powertheft.simulation.consumers import TARIFFS, Population
from powertheft.simulation.names import METER_MAKES, STREETS, people, picked, place_names
from powertheft.simulation.network import Network
from powertheft.simulation.parameters import CATEGORIES

# A corner of the Bay of Bengal: the places lie where nobody lives.
SOUTH, WEST = 9.0, 82.0
DEGREES_A_SECTION = 0.25


@dataclass(frozen=True, slots=True)
class Codes:
    """Names and codes of the places: one entry a circle, division, section, feeder and transformer."""

    circles: list[str]
    divisions: list[str]
    sections: list[str]
    feeders: list[str]
    transformers: list[str]


def draw_codes(network: Network, random: Generator) -> Codes:
    """Return invented names and codes for a network's places.

    Examples
    --------
    >>> from powertheft.simulation.network import draw_network
    >>> from powertheft.simulation.parameters import NetworkParameters
    >>> network = draw_network(500, NetworkParameters(), np.random.default_rng(0))
    >>> draw_codes(network, np.random.default_rng(1)).transformers[0]
    'D001-001'
    """
    sections = place_names(network.sections, random)
    section = network.section_of_transformer
    first = np.searchsorted(section, np.arange(network.sections))
    within = np.arange(network.transformers) - first[section]
    feeder_section = section[np.searchsorted(network.feeder_of_transformer, np.arange(_count(network)))]
    return Codes(
        circles=[f"{sections[place]} CIRCLE" for place in _first_of_each(network.circle_of_section)],
        divisions=[f"{sections[place]} DIVISION" for place in _first_of_each(network.division_of_section)],
        sections=[f"{number + 1:03d} {name}" for number, name in enumerate(sections)],
        feeders=[f"11KV {sections[place]} F{number + 1}" for number, place in enumerate(feeder_section)],
        transformers=[f"D{place + 1:03d}-{number + 1:03d}" for place, number in zip(section, within, strict=True)],
    )


def connection_numbers(network: Network) -> pl.Series:
    """Return the service connection number of each consumer: section, then a running number.

    Examples
    --------
    >>> from powertheft.simulation.network import draw_network
    >>> from powertheft.simulation.parameters import NetworkParameters
    >>> connection_numbers(draw_network(500, NetworkParameters(), np.random.default_rng(0)))[0]
    '001-00001'
    """
    section = network.section_of_consumer
    first = np.searchsorted(section, np.arange(network.sections))
    running = np.arange(len(section)) - first[section] + 1
    frame = pl.DataFrame({"section": section + 1, "running": running}).cast(pl.String)
    return frame.select(
        pl.concat_str(pl.col("section").str.zfill(3), pl.col("running").str.zfill(5), separator="-")
    ).to_series()


def consumers_frame(
    population: Population, network: Network, codes: Codes, *, numbers: pl.Series, random: Generator
) -> pl.DataFrame:
    """Return consumers.csv, in order of the service connection number.

    Parameters
    ----------
    population, network, codes
        The consumers, and where they live.
    numbers
        Service connection numbers, shape `(n_consumers,)`.
    random
        The stream `names`.

    Returns
    -------
    pl.DataFrame
        One row a consumer. NAME, ADDRESS and PHONE are invented; no profile reads them.

    Examples
    --------
    >>> from powertheft.simulation.utility import simulate_frames
    >>> simulate_frames(consumers=200, bills=8, seed=1)["consumers"].height
    200
    """
    size, section = population.size, population.section
    frame = pl.DataFrame(
        {
            "SC_NO": numbers,
            "NAME": people(size, random),
            "door": random.integers(1, 400, size),
            "street": picked(STREETS, random.integers(0, len(STREETS), size)),
            "SECTION": picked(codes.sections, section),
            "phone": random.integers(10_000, 100_000, size),
            "TARIFF": picked(TARIFFS, population.category),
            "CATEGORY": picked([traits.category for traits in CATEGORIES], population.category),
            "CIRCLE": picked(codes.circles, network.circle_of_section[section]),
            "DIVISION": picked(codes.divisions, network.division_of_section[section]),
            "FEEDER": picked(codes.feeders, network.feeder_of_transformer[population.transformer]),
            "DTR_CODE": picked(codes.transformers, population.transformer),
            "GRID_KM": _grid(network, random).gather(population.transformer),
            "SANC_LOAD_KW": population.load,
            "PHASE": population.phase,
            "DOC": dates(population.connected.astype(np.int64)),
            "METER_MAKE": picked(
                METER_MAKES, np.where(population.metered, random.integers(0, len(METER_MAKES), size), -1)
            ),
            "SMART_METER": picked(("N", "Y"), np.isfinite(population.smart_since).astype(np.int64)),
        }
    )
    place = pl.col("SECTION").str.slice(4)
    return frame.select(
        "SC_NO",
        "NAME",
        pl.format("{} {} Street, {}", pl.col("door"), pl.col("street"), place).alias("ADDRESS"),
        # Numbers that begin with five zeros cannot be dialled.
        pl.format("00000-{}", pl.col("phone")).alias("PHONE"),
        *("TARIFF", "CATEGORY", "CIRCLE", "DIVISION", "SECTION", "FEEDER", "DTR_CODE", "GRID_KM"),
        *("SANC_LOAD_KW", "PHASE", "DOC", "METER_MAKE", "SMART_METER"),
    )


def _grid(network: Network, random: Generator) -> pl.Series:
    """Position of each transformer, rounded to about a kilometre."""
    across = int(np.ceil(np.sqrt(network.sections)))
    section = network.section_of_transformer
    spread = random.uniform(0.0, 0.2, (2, network.transformers))
    frame = pl.DataFrame(
        {
            "latitude": SOUTH + DEGREES_A_SECTION * (section // across) + spread[0],
            "longitude": WEST + DEGREES_A_SECTION * (section % across) + spread[1],
        }
    )
    return frame.select(pl.format("{} {}", pl.col("latitude").round(2), pl.col("longitude").round(2))).to_series()


def _first_of_each(parent_of_section: Integers) -> Integers:
    return np.searchsorted(parent_of_section, np.arange(int(parent_of_section.max()) + 1))


def _count(network: Network) -> int:
    return int(network.feeder_of_transformer.max()) + 1
