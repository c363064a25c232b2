"""Where the line is drawn between suspected and not. Rule of the room: arrays in, frozen records out; domain only.

A cut-off is a probability; a consumer at or above it is suspected. It is chosen on predictions for consumers that the
model had not seen in fitting, and never on those that it is then judged by. The one by value hangs on the probabilities
alone, whose calibration was learnt from the same predictions: see `net_value.cutoff_by_value`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import ChoiceError
from powertheft.evaluation.capacity import Capacity

CutoffKind = Literal["f1", "capacity", "value"]
CUTOFF_KINDS: tuple[str, ...] = get_args(CutoffKind)
FITTED_KINDS: tuple[str, ...] = ("f1", "capacity")
"""Those that a model brings with it, since they are chosen by outcomes; the other follows from the user's amounts."""


@dataclass(frozen=True, slots=True)
class ConfusionMatrix:
    """How many consumers were suspected rightly, suspected wrongly, missed, and cleared rightly."""

    true_positive: int
    false_positive: int
    false_negative: int
    true_negative: int


def check_cutoff_kind(kind: str, among: Sequence[str] = CUTOFF_KINDS) -> CutoffKind:
    """Return the way of choosing a cut-off, or refuse a word that is none of those on offer.

    Raises
    ------
    ChoiceError
        If it is none of them.

    Examples
    --------
    >>> check_cutoff_kind("best")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: there is no cut-off 'best'. Choose one of: f1, capacity, value
    """
    if kind not in among:
        msg = f"there is no cut-off {kind!r}" if kind not in CUTOFF_KINDS else f"no cut-off {kind!r} is on offer here"
        raise ChoiceError(msg, advice=f"Choose one of: {', '.join(among)}")
    return cast("CutoffKind", kind)


def choose_cutoff(
    labels: npt.NDArray[Any],
    probabilities: npt.NDArray[np.float64],
    raw: npt.NDArray[np.float64],
    *,
    kind: str = "f1",
    capacity: Capacity,
) -> float:
    """Return the probability from which a consumer counts as suspected.

    Parameters
    ----------
    labels : ndarray of int, shape (n_rows,)
        1 for theft, 0 for honest.
    probabilities, raw : ndarray of float, shape (n_rows,)
        Calibrated probabilities and the raw scores that they were made from.
    kind : {"f1", "capacity"}
        The highest F1, or as many suspected as the squads can visit.
    capacity : Capacity
        What the squads can visit.

    Returns
    -------
    float
        Half-way between the last suspected and the first cleared consumer.

    Raises
    ------
    ChoiceError
        If `kind` is neither.

    Examples
    --------
    >>> chance = np.array([0.9, 0.6, 0.4, 0.1])
    >>> choose_cutoff(np.array([1, 1, 0, 0]), chance, chance, capacity=Capacity(count=1))
    0.5
    >>> choose_cutoff(np.array([1, 1, 0, 0]), chance, chance, kind="capacity", capacity=Capacity(count=1))
    0.75
    """
    kind = check_cutoff_kind(kind, FITTED_KINDS)
    order = np.lexsort((-raw, -probabilities))
    chances = probabilities[order].astype(np.float64)
    if kind == "capacity":
        return _below(chances, capacity.visits(len(chances)) - 1)
    found = np.cumsum(np.asarray(labels, dtype=np.float64)[order])
    suspected = np.arange(1, len(chances) + 1)
    f1 = 2 * found / (suspected + found[-1])
    # Only the end of a run of equal probabilities can be a cut-off: equals fall on the same side.
    f1[:-1][np.diff(chances) == 0] = -1.0
    return _below(chances, int(np.argmax(f1)))


def _below(chances: npt.NDArray[np.float64], last: int) -> float:
    suspected = float(chances[last])
    beyond = chances[chances < suspected]
    if len(beyond) == 0:
        return suspected
    middle = (suspected + float(beyond[0])) / 2
    # Between neighbouring floats there is no middle.
    return middle if middle > beyond[0] else suspected
