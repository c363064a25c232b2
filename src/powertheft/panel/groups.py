"""Medians of groups of neighbours, month by month. Rule of the room: NumPy in, NumPy out."""

from collections.abc import Sequence

import numpy as np
from numba import njit

from powertheft.panel.monthly import MonthlyPanel

MINIMUM_GROUP = 20
"""A group under this size widens to the next (DESIGN.md, rule 1)."""


def peer_medians(panel: MonthlyPanel, ladder: Sequence[np.ndarray]) -> np.ndarray:
    """Median use of each row's neighbours in the same calendar month, from the narrowest group that is large enough.

    Parameters
    ----------
    panel : MonthlyPanel
        Rows of all consumers, also those without a label: they are neighbours too.
    ladder : sequence of ndarray, shape (n_consumers,)
        Group codes from narrow to wide; -1 where a row belongs to no group of that rung.

    Returns
    -------
    ndarray, shape (n_consumers, n_periods)
        Median use [kWh/day] of the group in that month; NaN where every rung is too small.

    Notes
    -----
    A row is a member of its own group. Only months up to the row's own as-of month are ever read.

    Examples
    --------
    >>> panel = MonthlyPanel(np.ones((25, 2), dtype=np.float32), np.zeros(25, dtype=np.int64))
    >>> float(peer_medians(panel, [np.zeros(25, dtype=np.int64)])[0, 1])
    1.0
    """
    medians = np.full(panel.energy.shape, np.nan, dtype=np.float32)
    for codes in ladder:
        rung = _group_medians(panel.energy, panel.last_month.astype(np.int64), codes.astype(np.int64), MINIMUM_GROUP)
        medians = np.where(np.isnan(medians), rung, medians)
    return medians


def _group_medians(energy: np.ndarray, last_month: np.ndarray, codes: np.ndarray, minimum: int) -> np.ndarray:
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.diff(codes[order], prepend=np.int64(-2)))
    starts = np.append(starts, codes.size)
    return _medians_of_runs(energy, last_month, codes, order, starts, minimum)  # type: ignore[no-any-return]  # Numba states no types


@njit(cache=True)
def _medians_of_runs(energy, last_month, codes, order, starts, minimum):  # noqa: PLR0917  # pyright: ignore  # Numba infers the types
    periods = energy.shape[1]
    medians = np.full(energy.shape, np.nan, dtype=np.float32)
    for group in range(starts.size - 1):
        members = order[starts[group] : starts[group + 1]]
        if codes[members[0]] < 0 or members.size < minimum:
            continue
        newest = oldest = last_month[members[0]]
        for member in members:
            newest, oldest = max(newest, last_month[member]), min(oldest, last_month[member])
        buffer = np.empty(members.size, dtype=np.float32)
        for month in range(oldest - periods + 1, newest + 1):
            count = 0
            for member in members:
                column = month - last_month[member] + periods - 1
                if 0 <= column < periods and not np.isnan(energy[member, column]):
                    buffer[count] = energy[member, column]
                    count += 1
            if count < minimum:
                continue
            median = np.median(buffer[:count])
            for member in members:
                column = month - last_month[member] + periods - 1
                if 0 <= column < periods:
                    medians[member, column] = median
    return medians
