"""What visits are expected to confirm, without what a model knows by heart. Rule of the room: imports domain, panel.

A connection that the model learnt from is ranked by an outcome that it has seen: its likelihood says what was found
there, and not what the next visit finds.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

WINDOW = 2.0
"""A place on the held-out list is judged by what lies between it over this and it times this."""

FEWEST = 50
"""Held-out connections that a share of finds comes from at least (an assumption): of fewer it is chance."""


@dataclass(frozen=True, slots=True)
class HeldOutList:
    """What the first visits of the list of held-out connections found: `found` after each number of `visits`."""

    visits: Sequence[float]
    found: Sequence[float]


def confirmations(
    probability: np.ndarray,
    *,
    was_learnt: np.ndarray,
    place: np.ndarray,
    learnt: int,
    held_out: HeldOutList | None,
) -> np.ndarray:
    """Return the chance that a visit confirms the indication, of each connection that is to be visited.

    Parameters
    ----------
    probability : ndarray, shape (n_visits,)
        The model's calibrated likelihood.
    was_learnt : ndarray of bool, shape (n_visits,)
        Whether the model was fitted to the connection.
    place : ndarray of int, shape (n_visits,)
        Place among the learnt connections of the whole list, 1 first; not read where `was_learnt` is false.
    learnt : int
        Learnt connections on the whole list.
    held_out : HeldOutList or None
        What visits found among connections that were kept from the model; None where it is not known.

    Returns
    -------
    ndarray, shape (n_visits,)
        The likelihood itself of what the model has not seen. Of what it has seen the share of finds at the same place
        of the held-out list where that is less, 0 where no held-out list is known.

    Notes
    -----
    Held-out connections were chosen for a visit as the learnt ones were, so the same share of either list is compared.
    The share of finds at a place is that of the held-out connections from half to twice the place, `FEWEST` at least.

    Examples
    --------
    >>> held_out = HeldOutList(visits=(1, 50, 100), found=(1, 20, 25))
    >>> likely, seen = np.array([0.9, 0.9, 0.05]), np.array([False, True, True])
    >>> confirmations(likely, was_learnt=seen, place=np.array([0, 1, 100]), learnt=100, held_out=held_out).round(2)
    array([0.9 , 0.39, 0.05])
    """
    chance = np.where(was_learnt, 0.0, probability)
    if held_out is not None and learnt:
        judged = held_out.visits[-1]
        chance[was_learnt] = np.minimum(
            probability[was_learnt], _share_found(held_out, place[was_learnt] / learnt * judged)
        )
    return chance


def _share_found(held_out: HeldOutList, place: np.ndarray) -> np.ndarray:
    """Share of finds around places of the held-out list."""
    judged = held_out.visits[-1]
    last = np.minimum(np.maximum(place * WINDOW, place / WINDOW + FEWEST), judged)
    first = np.maximum(np.minimum(place / WINDOW, last - FEWEST), 0.0)
    visits, found = (0.0, *held_out.visits), (0.0, *held_out.found)
    return (np.interp(last, visits, found) - np.interp(first, visits, found)) / (last - first)
