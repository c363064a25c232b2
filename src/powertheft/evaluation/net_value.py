"""How many visits pay, at the utility's own costs. Rule of the room: arrays in, frozen records out; domain only.

A visit is worth the chance of theft times what a theft brings, less what the visit costs. Money is in whatever currency
the utility gives it in.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import ChoiceError
from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import CURVE_POINTS
from powertheft.evaluation.measures import FloatArray, IntArray
from powertheft.evaluation.plain_records import to_plain


@dataclass(frozen=True, slots=True)
class NetValuePoint:
    """What the first `visits` of the list are expected to bring and, where all their outcomes are known, brought.

    Attributes
    ----------
    visits : int
        Depth of the list.
    expected_thieves : float
        Sum of the probabilities.
    expected_net, realised_net : float [currency]
        Value of the thefts less the cost of the visits; realised is not a number where an outcome is unknown.
    """

    visits: int
    expected_thieves: float
    expected_net: float
    realised_net: float


@dataclass(frozen=True, slots=True)
class NetValueCurve:
    """Net value of the list by its depth, most worthwhile visits first, with the depth of the highest expectation."""

    points: tuple[NetValuePoint, ...]
    best: NetValuePoint

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain dictionaries and numbers; None where a number is undefined."""
        return to_plain(self)


@dataclass(frozen=True, slots=True)
class ValueChoice:
    """How far down the list visits pay.

    Attributes
    ----------
    visits : int
        Visits that pay, within the capacity where one is given.
    cutoff : float
        Probability from which a visit is made. Not a number where values or costs differ from consumer to consumer,
        and where none pays.
    expected_thieves, expected_net : float, float [currency]
        What those visits are expected to find, and to bring after their cost.
    is_bound_by_capacity : bool
        Whether more visits would pay than the squads can make.
    sentence : str
        The same in words.
    """

    visits: int
    cutoff: float
    expected_thieves: float
    expected_net: float
    is_bound_by_capacity: bool
    sentence: str

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain numbers and words; None where a number is undefined."""
        return to_plain(self)


def net_value_curve(
    probabilities: npt.NDArray[Any],
    value_if_theft: float | npt.NDArray[Any],
    visit_cost: float | npt.NDArray[Any],
    *,
    labels: npt.NDArray[Any] | None = None,
) -> NetValueCurve:
    """Return what a growing number of visits is worth.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n_rows,)
        Calibrated probabilities of theft.
    value_if_theft, visit_cost : float, or ndarray of float, shape (n_rows,) [currency]
        What is recovered from a thief, and what a visit costs; the same for all, or by consumer.
    labels : ndarray of float, shape (n_rows,), optional
        1 for theft, 0 for honest, not a number where it is not known.

    Returns
    -------
    NetValueCurve
        Up to 60 points, densest at the top, and the best one.

    Raises
    ------
    ChoiceError
        If a value or cost is missing, negative or endless.
    ValueError
        If there is no row, or a probability is not between 0 and 1.

    Notes
    -----
    Visits are ordered by their expected net value, which is the order of the probabilities where values and costs are
    the same for all. Expectations are as good as the calibration is.

    Examples
    --------
    >>> curve = net_value_curve(np.array([0.1, 0.9, 0.5]), 1000.0, 200.0, labels=np.array([0, 1, 0]))
    >>> curve.best
    NetValuePoint(visits=2, expected_thieves=1.4, expected_net=1000.0, realised_net=600.0)
    """
    chances, values, costs = _checked(probabilities, value_if_theft, visit_cost)
    order = _most_worthwhile_first(chances * values - costs, chances)
    found = np.full(len(chances), np.nan) if labels is None else np.asarray(labels, dtype=np.float64)[order]
    chances, values, costs = chances[order], values[order], costs[order]
    thieves, expected = np.cumsum(chances), np.cumsum(chances * values - costs)
    realised = np.cumsum(found * values - costs)
    best = int(np.argmax(expected)) + 1
    depths = np.geomspace(1, len(chances), CURVE_POINTS).round().astype(np.int64)
    points = {
        int(k): NetValuePoint(int(k), float(thieves[k - 1]), float(expected[k - 1]), float(realised[k - 1]))
        for k in np.union1d(depths, [best])
    }
    nothing = NetValuePoint(0, 0.0, 0.0, 0.0)
    return NetValueCurve(tuple(points.values()), points[best] if expected[best - 1] > 0 else nothing)


def choose_by_value(
    probabilities: npt.NDArray[Any],
    value_if_theft: float | npt.NDArray[Any],
    visit_cost: float | npt.NDArray[Any],
    *,
    capacity: Capacity | None = None,
) -> ValueChoice:
    """Return how many visits pay, and the probability from which they do.

    Parameters
    ----------
    probabilities : ndarray of float, shape (n_rows,)
        Calibrated probabilities of theft.
    value_if_theft, visit_cost : float, or ndarray of float, shape (n_rows,) [currency]
        What is recovered from a thief, and what a visit costs.
    capacity : Capacity, optional
        What the squads can visit at most.

    Returns
    -------
    ValueChoice

    Raises
    ------
    ChoiceError
        If a value or cost is missing, negative or endless.
    ValueError
        If there is no row, or a probability is not between 0 and 1.

    Notes
    -----
    With one value and one cost a visit pays above the probability cost / value (Elkan); the cut-off is that, or higher
    where the capacity ends sooner.

    References
    ----------
    Elkan (2001), The foundations of cost-sensitive learning, Proceedings of IJCAI 17, pages 973 to 978

    Examples
    --------
    >>> chosen = choose_by_value(np.array([0.1, 0.9, 0.5]), 1000.0, 200.0)
    >>> chosen.visits, chosen.cutoff
    (2, 0.2)
    >>> choose_by_value(np.array([0.1]), -5.0, 1.0)
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: the value of a theft is not an amount of money. Give a number of at least 0.
    """
    chances, values, costs = _checked(probabilities, value_if_theft, visit_cost)
    net = chances * values - costs
    order = _most_worthwhile_first(net, chances)
    paying = int((net > 0).sum())
    most = len(net) if capacity is None else capacity.visits(len(net))
    visits = min(paying, most)
    chosen = order[:visits]
    is_uniform = np.ndim(value_if_theft) == 0 and np.ndim(visit_cost) == 0
    cutoff = _cutoff(chances[order], visits, float(costs[0] / values[0])) if is_uniform and visits else float("nan")
    thieves, worth = float(chances[chosen].sum()), float(net[chosen].sum())
    return ValueChoice(
        visits=visits,
        cutoff=cutoff,
        expected_thieves=thieves,
        expected_net=worth,
        is_bound_by_capacity=paying > most,
        sentence=_sentence(paying, most, thieves, worth),
    )


def check_amounts(visit_cost: float | None, value_found: float | None) -> tuple[float, float] | None:
    """Return what a visit costs and what a theft brings, None where neither was said.

    Parameters
    ----------
    visit_cost, value_found : float, optional [currency]
        What a visit costs, and what a theft brings that it finds.

    Raises
    ------
    ChoiceError
        If one is given without the other, or is negative or endless.

    Examples
    --------
    >>> check_amounts(500.0, 12_000.0), check_amounts(None, None)
    ((500.0, 12000.0), None)
    """
    if visit_cost is None and value_found is None:
        return None
    if visit_cost is None or value_found is None:
        raise ChoiceError(
            "what visits are worth hangs on two amounts, and one is given",
            advice="Give both --visit-cost and --value-found, in the same currency, or neither.",
        )
    if not all(0 <= amount < float("inf") for amount in (visit_cost, value_found)):
        raise ChoiceError("a cost or a value is not an amount of money", advice="Give a number of at least 0.")
    return visit_cost, value_found


def cutoff_by_value(amounts: tuple[float, float] | None) -> float:
    """Return the probability from which a visit is expected to bring more than it costs.

    Parameters
    ----------
    amounts : (float, float), optional [currency]
        What a visit costs, and what a theft brings that it finds, as `check_amounts` returns them.

    Returns
    -------
    float
        Cost over value: no other cut-off has a higher expected net value, whoever is on the list.

    Raises
    ------
    ChoiceError
        If the amounts are missing, or a visit costs as much as a theft brings.

    Notes
    -----
    It is as good as the calibration is, which was learnt from consumers left out of the fits that scored them, as the
    other cut-offs were. No outcome of the judged consumers has a part in it.

    References
    ----------
    Elkan (2001), The foundations of cost-sensitive learning, Proceedings of IJCAI 17, pages 973 to 978

    Examples
    --------
    >>> cutoff_by_value((500.0, 12_500.0))
    0.04
    >>> cutoff_by_value((500.0, 400.0))
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: no visit can pay: it costs as much as a theft brings, or more. Check ...
    """
    if amounts is None:
        raise ChoiceError(
            "a cut-off by value hangs on what a visit costs and what a theft brings, and neither is given",
            advice="Give --visit-cost and --value-found, in the same currency; or choose the cut-off f1 or capacity.",
        )
    visit_cost, value_found = amounts
    if visit_cost >= value_found:
        raise ChoiceError(
            "no visit can pay: it costs as much as a theft brings, or more",
            advice="Check --visit-cost and --value-found.",
        )
    return visit_cost / value_found


def _checked(
    probabilities: npt.NDArray[Any], value_if_theft: float | npt.NDArray[Any], visit_cost: float | npt.NDArray[Any]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    chances = np.asarray(probabilities, dtype=np.float64)
    if chances.size == 0 or not ((chances >= 0) & (chances <= 1)).all():
        msg = "every probability must be a number between 0 and 1, and there must be one"
        raise ValueError(msg)
    amounts: list[FloatArray] = []
    for what, amount in (("value of a theft", value_if_theft), ("cost of a visit", visit_cost)):
        numbers = np.asarray(amount, dtype=np.float64)
        if not (np.isfinite(numbers) & (numbers >= 0)).all():
            msg = f"the {what} is not an amount of money"
            raise ChoiceError(msg, advice="Give a number of at least 0.")
        amounts.append(np.broadcast_to(numbers, chances.shape))
    return chances, amounts[0], amounts[1]


def _most_worthwhile_first(net: FloatArray, chances: FloatArray) -> IntArray:
    return np.lexsort((-chances, -net)).astype(np.int64)


def _cutoff(chances: FloatArray, visits: int, break_even: float) -> float:
    last = float(chances[visits - 1])
    following = float(chances[visits]) if visits < len(chances) else 0.0
    # Where capacity ends the list, half-way to the first who is left out, as the cut-off by capacity is.
    return break_even if following < break_even < last else min(last, (last + following) / 2)


def _sentence(paying: int, most: int, thieves: float, worth: float) -> str:
    if paying == 0:
        return "No visit pays: none is expected to bring more than it costs."
    promise = f"they are expected to find {thieves:,.1f} thefts and to bring {worth:,.0f} after their cost"
    if paying > most:
        return f"{paying:,} visits would pay and the squads can make {most:,}: {promise}."
    return f"{paying:,} visits pay: {promise}."
