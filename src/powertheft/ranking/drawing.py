"""Choose whom the squads visit: most from the top of the list, some at random. Rule of the room: imports domain, panel.

Visits from the top alone teach a model only what it believes already, and no rate of theft can be estimated from them.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import ChoiceError

BANDS = 5


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """Who is visited, as places in the ranked list (0 first), how each was drawn, and with what chance.

    Attributes
    ----------
    places : ndarray of int, shape (n_visits,)
    is_random : ndarray of bool, shape (n_visits,)
    inclusion_probability : ndarray of float, shape (n_visits,)
    """

    places: npt.NDArray[np.intp]
    is_random: npt.NDArray[np.bool_]
    inclusion_probability: npt.NDArray[np.float64]


def draw_visits(listed: int, *, visits: int, random_share: float = 0.1, seed: int = 0) -> Draw:
    """Take the top of a ranked list and draw the rest of the visits at random below it, by bands of rank.

    Parameters
    ----------
    listed : int
        Connections in the list, best first.
    visits : int
        How many the squads can do; all of the list where it is shorter.
    random_share : float, default 0.1
        Share of the visits that is drawn at random, 0 to 0.5.
    seed : int, default 0
        Same seed, same draw: it goes by rank, so that no pseudonym decides anything.

    Returns
    -------
    Draw
        In the order of the list.

    Raises
    ------
    ChoiceError
        If `visits` is below 1 or `random_share` outside of 0 to 0.5.

    Notes
    -----
    Below the top, the list is cut into `BANDS` bands of equal size, and each gives the same number of visits, so that
    every score is met with. The chance of a connection in a band is the band's visits over its size: what a weighted
    estimate (Horvitz and Thompson) divides by. A connection of the top is visited for sure.

    References
    ----------
    D. G. Horvitz and D. J. Thompson, A generalization of sampling without replacement from a finite universe, JASA 47
    (1952), https://doi.org/10.1080/01621459.1952.10483446

    Examples
    --------
    >>> found = draw_visits(1000, visits=50)
    >>> found.places.size, int(found.is_random.sum()), found.inclusion_probability.min().round(4)
    (50, 5, np.float64(0.0052))
    """
    if visits < 1:
        raise ChoiceError(f"{visits} visits are no visits", advice="Give the number that the squads can do.")
    if not 0 <= random_share <= 0.5:
        raise ChoiceError("the share of random visits is 0 to 0.5", advice="Give 0.1 for one in ten.")
    drawn = round(visits * random_share) if visits < listed else 0
    top = min(visits, listed) - drawn
    chance = np.ones(listed)
    chosen = [np.arange(top)]
    random = np.random.default_rng(seed)
    bands = min(BANDS, drawn)
    for band, size in zip(np.array_split(np.arange(top, listed), max(bands, 1)), _shared(drawn, bands), strict=False):
        chosen.append(np.sort(random.choice(band, size=min(size, band.size), replace=False)))
        chance[band] = size / band.size if band.size else 1.0
    places = np.concatenate(chosen).astype(np.intp)
    return Draw(places, places >= top, np.minimum(chance[places], 1.0))


def _shared(visits: int, bands: int) -> list[int]:
    """Return how many of the visits each band gets: the same, the first ones one more where it does not come out."""
    return [visits // bands + (band < visits % bands) for band in range(bands)]
