"""The order of the list. Rule of the room: imports domain and panel only; the same rows give the same order.

By probability, or by what a visit may recover: probability times expected amount.
"""

from typing import Literal

import numpy as np

from powertheft.domain.errors import ChoiceError

RankBy = Literal["probability", "recovery"]
RANK_BY: tuple[RankBy, ...] = ("probability", "recovery")


def rank(
    *,
    probability: np.ndarray,
    raw_score: np.ndarray,
    consumer_id: np.ndarray,
    expected_energy: np.ndarray,
    expected_amount: np.ndarray,
    by: str,
) -> np.ndarray:
    """Return the rows in the order in which they should be visited.

    Parameters
    ----------
    probability : ndarray, shape (n_consumers,)
        Calibrated probability of theft.
    raw_score : ndarray, shape (n_consumers,)
        Uncalibrated score, which breaks ties of the probability.
    consumer_id : ndarray of str, shape (n_consumers,)
        Numbers of the connections, which break the ties that remain, in the order of their text.
    expected_energy : ndarray, shape (n_consumers,)
        Energy that may have been stolen [kWh]; NaN where it is not known.
    expected_amount : ndarray, shape (n_consumers,)
        Its price [currency]; NaN where it is not known.
    by : {"probability", "recovery"}
        What to rank by.

    Returns
    -------
    ndarray of int, shape (n_consumers,)
        Row numbers, the first to be visited first.

    Raises
    ------
    ChoiceError
        If `by` is another word.

    Notes
    -----
    Under recovery, consumers with an amount come first, by probability times amount; then those with an energy only,
    by probability times energy; then the others, by probability. So where a utility has no tariff at all, the whole
    list is by energy. Rows of equal recovery, as those of free supply, are ordered as under probability.

    References
    ----------
    Coma-Puig & Carmona 2022, "Non-technical losses detection in energy consumption focusing on energy recovery and
    explainability", Machine Learning 111, 10.1007/s10994-021-06051-1.

    Examples
    --------
    >>> chances, ids = np.array([0.9, 0.5, 0.5]), np.array(["a", "c", "b"])
    >>> values = dict(probability=chances, raw_score=chances, consumer_id=ids,
    ...               expected_energy=np.array([10.0, 90.0, 90.0]), expected_amount=np.array([50.0, 450.0, np.nan]))
    >>> rank(**values, by="probability").tolist(), rank(**values, by="recovery").tolist()
    ([0, 2, 1], [1, 0, 2])
    >>> rank(**values, by="risk")
    Traceback (most recent call last):
    powertheft.domain.errors.ChoiceError: cannot rank by 'risk'. Choose probability or recovery.
    """
    check_rank_by(by)
    chance = _or_last(probability)
    keys = [consumer_id.astype(np.str_), -_or_last(raw_score), -chance]
    if by == "recovery":
        keys += _recovery_keys(probability, expected_energy, expected_amount)
    return np.lexsort(keys)


def check_rank_by(by: str) -> None:
    """Raise ChoiceError unless a list can be ranked by that word.

    Examples
    --------
    >>> check_rank_by("recovery")
    """
    if by not in RANK_BY:
        raise ChoiceError(f"cannot rank by {by!r}", advice=f"Choose {' or '.join(RANK_BY)}.")


def _recovery_keys(probability: np.ndarray, energy: np.ndarray, amount: np.ndarray) -> list[np.ndarray]:
    """What is recovered, most first, and before it what kind of worth is known: money, energy, none."""
    money, use = probability * amount, probability * energy
    kind = np.where(np.isfinite(money), 0, np.where(np.isfinite(use), 1, 2))
    worth = np.select([kind == 0, kind == 1], [money, use], 0.0)
    return [-worth, kind]


def _or_last(values: np.ndarray) -> np.ndarray:
    """Numbers as they are; what is missing below them all."""
    return np.where(np.isnan(values), -np.inf, values)
