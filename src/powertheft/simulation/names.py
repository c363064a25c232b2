"""Invented people and places. No name, address or number is taken from anybody.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.random import Generator

from powertheft.simulation.arrays import Integers

# Made of syllables in the manner of Tamil names; a likeness to anybody is chance.
FIRST_PARTS = ("Aru", "Kala", "Ezhi", "Thama", "Vela", "Malar", "Nila", "Kani", "Pavi", "Sola", "Tami", "Yaazhi")
LAST_PARTS = ("van", "selvi", "mozhi", "rasan", "kodi", "vizhi", "nathan", "priyan", "mani", "devan", "mathi", "oli")
INITIALS = "ABCDEGIJKMNPRSTV"
PLACE_STARTS = ("Ilan", "Kurinji", "Mullai", "Neithal", "Paalai", "Marutha", "Thenral", "Vaadai", "Kuyil", "Anjana")
PLACE_ENDS = ("pettai", "kuppam", "patti", "nallur", "puram", "kulam", "cheri", "medu", "palayam", "thurai")
STREETS = ("Lake", "Temple", "Market", "Well", "Banyan", "Tank Bund", "Mill", "School", "North Car", "South Car")
METER_MAKES = ("Aravalli", "Bhavani", "Cauvery", "Dhruva", "Ennore")


def place_names(count: int, random: Generator) -> list[str]:
    """Return invented names of places, each once.

    Parameters
    ----------
    count
        How many.
    random
        The stream `names`.

    Returns
    -------
    list[str]
        Past a hundred names they carry a number.

    Examples
    --------
    >>> names = place_names(250, np.random.default_rng(0))
    >>> len(set(names))
    250
    """
    names = [start + end for start in PLACE_STARTS for end in PLACE_ENDS]
    order = random.permutation(len(names))
    rounds = [names[order[number % len(names)]] for number in range(count)]
    return [name if number < len(names) else f"{name} {number // len(names) + 1}" for number, name in enumerate(rounds)]


def people(count: int, random: Generator) -> pl.Series:
    """Return invented names of people or firms, shape `(count,)`.

    Examples
    --------
    >>> people(1, np.random.default_rng(0)).str.contains("^[A-Z] [A-Z][a-z]+$").to_list()
    [True]
    """
    names = [f"{initial} {first}{last}" for initial in INITIALS for first in FIRST_PARTS for last in LAST_PARTS]
    return picked(names, random.integers(0, len(names), count))


def picked(words: Sequence[str], places: Integers) -> pl.Series:
    """Return the word at each place, null where the place is negative.

    Examples
    --------
    >>> picked(["OK", "DF"], np.array([1, 0, -1])).to_list()
    ['DF', 'OK', None]
    """
    series = pl.Series(values=[*words, None], dtype=pl.String)
    return series.gather(np.where(places < 0, len(words), places))
