"""Lasting changes of the level of a daily series. Rule of the room: NumPy in, NumPy out.

The changes are those of PELT, the exact penalised segmentation; isolated days out of line are clipped before.
"""

import numpy as np
from numba import njit

SHORTEST = 7
"""Days that a level must last: a week has both kinds of days."""

PENALTY = 6.0
"""Cost of a change in units of noise variance x ln(days). BIC says 2; daily use of a home is correlated from day to
day, and its long-run variance is about three times that of neighbouring days (an assumption)."""

HAMPEL_DAYS = 7
"""Days on either side that say what is in line (Hampel's identifier)."""

HAMPEL_WIDTH = 3.0
"""Scaled median absolute deviations from the running median beyond which a day is clipped."""

SHIFT_COLUMNS = ("count", "largest_fall", "fall_age", "after_to_before", "last_to_first")
"""What `level_shifts` says of a row."""


def change_points(daily: np.ndarray, *, penalty: float = PENALTY, shortest: int = SHORTEST) -> np.ndarray:
    """Return the days on which a lasting new level begins.

    Parameters
    ----------
    daily : ndarray, shape (n_days,)
        Energy [kWh/day]; missing days (NaN) are passed over.
    penalty : float, default 6
        Cost of one change, in units of the noise variance times the logarithm of the number of days.
    shortest : int, default 7
        Fewest observed days of a level.

    Returns
    -------
    ndarray of int, shape (n_changes,)
        Place in `daily` of the first observed day of each new level, in order.

    Raises
    ------
    ValueError
        If `penalty` is not positive or `shortest` is below 1.

    Notes
    -----
    Minimises the sum of squared deviations from the levels' means plus the penalty for every change, exactly, in
    about linear time where changes are frequent. The noise is the scaled median absolute difference of neighbouring
    days. Days out of line with the seven on either side are clipped first, so that one odd day is no level.

    References
    ----------
    Killick, Fearnhead & Eckley (2012), https://doi.org/10.1080/01621459.2012.737745
    Hampel (1974), https://doi.org/10.1080/01621459.1974.10482962

    Examples
    --------
    >>> change_points(np.repeat([8.0, 3.0], 30)).tolist()
    [30]
    """
    if penalty <= 0 or shortest < 1:
        msg = f"penalty must be positive and shortest at least 1, not {penalty} and {shortest}"
        raise ValueError(msg)
    places = np.flatnonzero(np.isfinite(daily))
    values = _in_line(daily[places].astype(np.float64), HAMPEL_DAYS, HAMPEL_WIDTH)
    starts = _pelt(values, _noise(values) * penalty * np.log(max(values.size, 2)), shortest)
    return places[starts]


def level_shifts(daily: np.ndarray, *, penalty: float = PENALTY, shortest: int = SHORTEST) -> np.ndarray:
    """Say of each row how its level shifted.

    Parameters
    ----------
    daily : ndarray, shape (n_consumers, n_days)
        Energy [kWh/day], NaN where missing.
    penalty, shortest
        As of `change_points`.

    Returns
    -------
    ndarray, shape (n_consumers, 5)
        Columns of `SHIFT_COLUMNS`: number of changes; largest fall as a share of the level before it (0 where the
        level never falls); days from that fall to the last column; level after over level before that fall; last level
        over first level. NaN where fewer than two of the shortest levels are observed, or where there is no fall.

    Examples
    --------
    >>> level_shifts(np.repeat([8.0, 2.0], 30)[None]).tolist()
    [[1.0, 0.75, 29.0, 0.25, 0.25]]
    """
    return _shifts(daily.astype(np.float64), penalty, shortest, np.array([HAMPEL_DAYS, HAMPEL_WIDTH]))  # type: ignore[no-any-return]  # Numba states no types


@njit(cache=True)
def _in_line(values, reach, width):  # pyright: ignore  # a kernel: Numba infers the types
    clipped = values.copy()
    for place in range(values.size):
        near = np.sort(values[max(place - reach, 0) : min(place + reach + 1, values.size)])
        middle = np.median(near)
        allowed = width * 1.4826 * np.median(np.abs(near - middle))
        clipped[place] = min(max(values[place], middle - allowed), middle + allowed)
    return clipped


@njit(cache=True)
def _noise(values):  # pyright: ignore  # a kernel: Numba infers the types
    """Variance of a day about its level [(kWh/day)^2]; a floor keeps a constant series from having any change."""
    if values.size < 2:
        return 1.0
    scale = 1.4826 * np.median(np.abs(np.diff(values))) / np.sqrt(2.0)
    floor = 1e-3 * np.mean(np.abs(values)) + 1e-6
    return max(scale, floor) ** 2


@njit(cache=True)
def _read_back(previous):  # pyright: ignore  # a kernel: Numba infers the types
    """Starts of the levels after the first, in order, from where the best last level of each end began."""
    starts = np.empty(previous.size, dtype=np.int64)
    count = 0
    end = previous.size - 1
    while end > 0 and previous[end] > 0:
        starts[count] = previous[end]
        count += 1
        end = previous[end]
    return starts[:count][::-1].copy()


@njit(cache=True)
def _survivors(candidates, reached, beaten, now):  # pyright: ignore  # a kernel: Numba infers the types
    """Keep the candidates that may still win, in place; return how many. Now: end, its cost, shortest, kept."""
    end, cost, shortest, kept = now
    still = 0
    for which in range(int(kept)):
        start = candidates[which]
        if beaten[start] == 0 and reached[which] > cost:
            beaten[start] = int(end)
        # What beats a start begins here, and can be a level only when it has lasted: until then both are kept.
        if beaten[start] == 0 or end < beaten[start] + shortest:
            candidates[still] = start
            still += 1
    return still


@njit(cache=True)
def _pelt(values, cost_of_change, shortest):  # pyright: ignore  # a kernel: Numba infers the types
    size = values.size
    total = np.append(0.0, np.cumsum(values))
    square = np.append(0.0, np.cumsum(values**2))
    best = np.full(size + 1, np.inf)
    best[0] = -cost_of_change
    previous = np.zeros(size + 1, dtype=np.int64)
    candidates = np.zeros(size + 1, dtype=np.int64)
    beaten = np.zeros(size + 1, dtype=np.int64)
    reached = np.empty(size + 1)
    kept = 0
    for end in range(shortest, size + 1):
        # A level may begin where the one before it has lasted long enough.
        begin = end - shortest
        if begin == 0 or begin >= shortest:
            candidates[kept] = begin
            kept += 1
        for which in range(kept):
            start = candidates[which]
            mass = total[end] - total[start]
            spread = square[end] - square[start] - mass * mass / (end - start)
            reached[which] = best[start] + max(spread, 0.0)
            if reached[which] + cost_of_change < best[end]:
                best[end] = reached[which] + cost_of_change
                previous[end] = start
        kept = _survivors(candidates, reached, beaten, (end, best[end], shortest, kept))
    return _read_back(previous)


@njit(cache=True)
def _shifts(daily, penalty, shortest, hampel):  # pyright: ignore  # a kernel: Numba infers the types
    rows, days = daily.shape
    found = np.full((rows, 5), np.nan)
    for row in range(rows):
        places = np.flatnonzero(np.isfinite(daily[row]))
        if places.size < 2 * shortest:
            continue
        raw = daily[row][places]
        values = _in_line(raw, int(hampel[0]), hampel[1])
        starts = _pelt(values, _noise(values) * penalty * np.log(values.size), shortest)
        found[row, 0] = starts.size
        found[row, 1] = 0.0
        found[row, 4] = 1.0
        first = before = np.mean(values[: starts[0]]) if starts.size else 0.0
        for which in range(starts.size):
            end = starts[which + 1] if which + 1 < starts.size else values.size
            after = np.mean(values[starts[which] : end])
            if before > 0.0 and 1.0 - after / before > found[row, 1]:
                found[row, 1] = 1.0 - after / before
                found[row, 2] = days - 1 - places[starts[which]]
                found[row, 3] = after / before
            if which + 1 == starts.size:
                found[row, 4] = after / first if first > 0.0 else np.nan
            before = after
    return found
