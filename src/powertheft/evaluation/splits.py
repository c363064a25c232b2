"""Who is learnt from and who is judged on, by consumer. Rule of the room: arrays in, frozen records out; domain only.

A consumer's part depends on its number (and a seed) alone, never on the order of the rows, so that a file that was
sorted differently, or grew, leaves everybody where they were.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]


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
