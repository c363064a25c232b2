"""Who is learnt from and who is judged on, by consumer. Rule of the room: arrays in, frozen records out; domain only.

A consumer's part depends on its number (and a seed) alone, never on the order of the rows, so that a file that was
sorted differently, or grew, leaves everybody where they were.
"""

import hashlib
from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import ChoiceError, LabelError

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def texts_of(consumer_ids: Iterable[object]) -> list[str]:
    """Return the consumers' numbers as plain text, whatever array or series they came in."""
    values: list[object] = consumer_ids.tolist() if isinstance(consumer_ids, np.ndarray) else list(consumer_ids)
    return [value if type(value) is str else str(value) for value in values]


def fold_of(consumer_ids: Iterable[object], folds: int = 5) -> IntArray:
    """Return each consumer's fold: SHA-256 of its number, as an integer, modulo the number of folds.

    Parameters
    ----------
    consumer_ids : iterable of str, shape (n_consumers,)
        Numbers of the connections as the utility gives them, hashed as UTF-8.
    folds : int, default 5
        Number of folds.

    Returns
    -------
    ndarray of int, shape (n_consumers,)
        Fold of each consumer, from 0 to `folds` - 1.

    Raises
    ------
    ValueError
        If `folds` is below 2.

    Notes
    -----
    Folds are equal in size up to chance, and know nothing of the labels.

    Examples
    --------
    >>> fold_of(["train_Client_0", "train_Client_1", "train_Client_2"]).tolist()
    [1, 2, 4]
    """
    if folds < 2:
        msg = f"folds must be at least 2, not {folds}"
        raise ValueError(msg)
    sha256 = hashlib.sha256
    numbers = (int.from_bytes(sha256(text.encode()).digest(), "big") % folds for text in texts_of(consumer_ids))
    return np.fromiter(numbers, dtype=np.int64)


def inner_folds(consumer_ids: Iterable[object], y: npt.NDArray[Any], *, folds: int = 3, seed: int) -> IntArray:
    """Return folds inside the training data, of equal size and with equal shares of thieves.

    Parameters
    ----------
    consumer_ids : iterable of str, shape (n_rows,)
        Numbers of the connections; rows of one consumer share a fold.
    y : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest. A consumer with any theft counts as a thief.
    folds : int, default 3
        Number of folds.
    seed : int
        Another seed gives other folds.

    Returns
    -------
    ndarray of int, shape (n_rows,)
        Fold of each row, from 0 to `folds` - 1.

    Raises
    ------
    ValueError
        If `folds` is below 2.

    Notes
    -----
    Consumers are dealt out like cards: sorted by a keyed hash of their number within each class, then one to each
    fold in turn. The order of the rows plays no part.

    Examples
    --------
    >>> numbers = np.array([f"consumer {i}" for i in range(9)])
    >>> y = np.array([1, 1, 1, 0, 0, 0, 0, 0, 0])
    >>> part = inner_folds(numbers, y, seed=7)
    >>> [int(y[part == k].sum()) for k in range(3)], np.bincount(part).tolist()
    ([1, 1, 1], [3, 3, 3])
    """
    if folds < 2:
        msg = f"folds must be at least 2, not {folds}"
        raise ValueError(msg)
    unique, row_of = np.unique(np.asarray(texts_of(consumer_ids), dtype=np.str_), return_inverse=True)
    is_thief = np.zeros(len(unique), dtype=np.int64)
    np.maximum.at(is_thief, row_of, np.asarray(y).astype(np.int64))
    shuffle = np.array([hashlib.sha256(f"{seed}|{text}".encode()).digest() for text in unique.tolist()], dtype="V32")
    # A void array has no order of its own: its four big-endian words sort as the digest does.
    words = shuffle.view(">u8").reshape(-1, 4)
    order = np.lexsort((words[:, 3], words[:, 2], words[:, 1], words[:, 0], is_thief))
    part = np.empty(len(unique), dtype=np.int64)
    part[order] = np.arange(len(unique)) % folds
    return part[row_of]


def group_fold_of(groups: Iterable[object], consumer_ids: Iterable[object], folds: int = 5) -> IntArray:
    """Return each consumer's fold so that a neighbourhood, or a transformer, lies in one fold as a whole.

    Parameters
    ----------
    groups : iterable of str or None, shape (n_consumers,)
        Names of the groups; a consumer whose group is None, empty or not a number is a group of its own.
    consumer_ids : iterable of str, shape (n_consumers,)
        Numbers of the connections.
    folds : int, default 5
        Number of folds.

    Returns
    -------
    ndarray of int, shape (n_consumers,)
        Fold of each consumer, from 0 to `folds` - 1.

    Raises
    ------
    ValueError
        If `folds` is below 2, or there are not as many groups as consumers.

    Notes
    -----
    The hash is the one of `fold_of`, of the group's name: without groups the folds are those of the consumers. A few
    large groups make folds of unequal size.

    Examples
    --------
    >>> group_fold_of(["DT-7", "DT-7", None], ["a", "b", "train_Client_0"]).tolist()
    [0, 0, 1]
    """
    names: list[object] = groups.tolist() if isinstance(groups, np.ndarray) else list(groups)
    numbers = texts_of(consumer_ids)
    # A missing group arrives as None, as not-a-number (pandas) or as an empty text, by the file it came from.
    lone = [name is None or name != name or str(name) == "" for name in names]  # noqa: PLR0124 (NaN is unlike itself)
    own = [number if alone else str(name) for name, number, alone in zip(names, numbers, lone, strict=True)]
    return fold_of(own, folds)


def forward_split(dates: Iterable[date | np.datetime64 | None], share: float = 0.2) -> BoolArray:
    """Return which rows are judged when learning looks back and judging looks forward: the latest of them.

    Parameters
    ----------
    dates : iterable of date or None, shape (n_rows,)
        Day of each outcome; an array of datetime64 too.
    share : float, default 0.2
        Share of the rows that is judged, above 0 and below 1.

    Returns
    -------
    ndarray of bool, shape (n_rows,)
        True for rows that are judged; every one of them is later than every row that is learnt from.

    Raises
    ------
    LabelError
        If a row has no date, or all rows have the same.
    ChoiceError
        If the share is not between 0 and 1.

    Notes
    -----
    A day is never cut in two. Judged are the latest days whose rows make up at least the share, as long as a day is
    left to learn from, so more than the share is judged where many outcomes fall on one day.

    Examples
    --------
    >>> forward_split([date(2024, 1, 1), date(2024, 5, 1), date(2024, 3, 1), date(2024, 2, 1)], share=0.25).tolist()
    [False, True, False, False]
    >>> forward_split([date(2024, 1, 1), None])
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.LabelError: labels without a date cannot be split in time: 1 of 2 has none. ...
    """
    if not 0 < share < 1:
        msg = f"a share of {share:g} to judge by is not between 0 and 1"
        raise ChoiceError(msg, advice="Give a share such as 0.2.")
    days = _days_of(dates)
    known, counts = np.unique(days, return_counts=True)
    if len(known) < 2:
        msg = f"all {len(days)} labels are of one day: they cannot be split in time"
        raise LabelError(msg, advice="Split by consumer, or give outcomes of more than one day.")
    later = np.cumsum(counts[::-1])[::-1]
    first = max(1, int(np.flatnonzero(later >= share * len(days))[-1]))
    return days >= known[first]


def _days_of(dates: Iterable[date | np.datetime64 | None]) -> npt.NDArray[np.datetime64]:
    values: list[object] = dates.tolist() if isinstance(dates, np.ndarray) else list(dates)
    days = np.array(values, dtype="datetime64[D]")
    missing = int(np.isnat(days).sum())
    if missing or not len(days):
        verb = "has" if missing == 1 else "have"
        msg = f"labels without a date cannot be split in time: {missing:,} of {len(days):,} {verb} none"
        raise LabelError(msg, advice="Give the inspections' dates, or split by consumer.")
    return days
