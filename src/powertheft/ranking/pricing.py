"""What energy that was not billed would have cost, as the difference of two bills.

Rule of the room: imports domain and panel only; rows stay in order, NaN where nothing can be said.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np

from powertheft.domain.tariffs import Schedule, Tariff

DAYS_OF_YEAR = 365.25


def price_difference(
    *,
    expected_kwh: np.ndarray,
    billed_kwh: np.ndarray,
    category: np.ndarray,
    on: date,
    tariffs: Sequence[Tariff],
    days: np.ndarray | float = DAYS_OF_YEAR,
) -> np.ndarray:
    """Price the bill that was to be expected less the bill that was written, on the schedule in force.

    Parameters
    ----------
    expected_kwh, billed_kwh : ndarray, shape (n_consumers,)
        Energy that was to be expected and energy billed, over `days` [kWh].
    category : ndarray, shape (n_consumers,)
        Category or tariff code of each consumer, in the tariffs' words; None where it is not known.
    on : date
        The day whose tariffs hold.
    tariffs : sequence of Tariff
        Dated tariffs; of several that name a category, the newest that is valid on the day counts.
    days : ndarray, shape (n_consumers,), or float, default a year
        Days that both energies cover.

    Returns
    -------
    ndarray, shape (n_consumers,)
        Difference of the bills over those days [currency], never below 0; 0 for free supply; NaN where an energy is
        not known, or no tariff of the category is valid on the day.

    Notes
    -----
    Spreads each energy evenly over the billing periods of the tariff, prices one period on the schedule that its total
    chooses, and multiplies by the number of periods. So a season does not show, and the amount is a comparison of two
    even years. It is neither an assessment under the law nor the sum that the utility will recover.

    Examples
    --------
    >>> from powertheft.domain.tariffs import Slab
    >>> slabs = (Slab(100, 0.0), Slab(float("inf"), 5.0))
    >>> tariff = Tariff(("I-A",), date(2025, 7, 1), 60.875, (Schedule(float("inf"), slabs),))
    >>> price_difference(expected_kwh=np.array([1800.0, 1800.0]), billed_kwh=np.array([900.0, 900.0]),
    ...                  category=np.array(["I-A", "V"]), on=date(2026, 1, 1), tariffs=[tariff])
    array([4500.,   nan])
    """
    words = category_words(category)
    length = np.broadcast_to(np.asarray(days, dtype=np.float64), words.shape)
    amount = np.full(words.shape, np.nan)
    for name, tariff in tariffs_on(tariffs, on).items():
        chosen = (words == name) & (length > 0)
        periods = length[chosen] / tariff.period_days
        expected = bill(tariff.schedules, expected_kwh[chosen] / periods)
        billed = bill(tariff.schedules, billed_kwh[chosen] / periods)
        # A schedule that charges less for more would make theft a favour; nobody is paid for having stolen.
        amount[chosen] = np.maximum(expected - billed, 0.0) * periods
    return amount


def amounts_asked(
    *, energy: np.ndarray, days: np.ndarray, category: np.ndarray, read_on: np.ndarray, tariffs: Sequence[Tariff]
) -> np.ndarray:
    """Price bills on the tariffs that were in force on their days.

    Parameters
    ----------
    energy, days : ndarray, shape (n_bills,)
        Energy billed [kWh], and the days that each bill covers.
    category : ndarray, shape (n_bills,)
        As in `price_difference`.
    read_on : ndarray of datetime64[D], shape (n_bills,)
        Day of each bill; before the first tariff that one counts.
    tariffs : sequence of Tariff
        Dated tariffs.

    Returns
    -------
    ndarray, shape (n_bills,)
        Energy charges [currency]; NaN where no tariff names the category, or the energy is not known. A bill over two
        periods (the first after locked doors) is priced as two.

    Examples
    --------
    >>> from powertheft.domain.tariffs import Slab
    >>> old, new = (Tariff(("V",), date(year, 1, 1), 60.0, (Schedule(float("inf"), (Slab(float("inf"), rate),)),))
    ...             for year, rate in ((2025, 5.0), (2026, 6.0)))
    >>> amounts_asked(energy=np.array([10.0, 10.0]), days=np.array([60, 60]), category=np.array(["V", "V"]),
    ...               read_on=np.array(["2025-05-01", "2026-05-01"], dtype="datetime64[D]"), tariffs=[old, new])
    array([50., 60.])
    """
    words, amount = category_words(category), np.full(energy.shape, np.nan)
    begins = sorted({tariff.valid_from for tariff in tariffs})
    version = np.searchsorted(np.array(begins[1:], dtype="datetime64[D]"), read_on, side="right")
    for place, begin in enumerate(begins):
        for name, tariff in tariffs_on(tariffs, begin).items():
            chosen = (version == place) & (words == name)
            periods = np.maximum(1.0, np.round(days[chosen] / tariff.period_days))
            amount[chosen] = bill(tariff.schedules, energy[chosen] / periods) * periods
    return amount


def tariffs_on(tariffs: Sequence[Tariff], on: date) -> dict[str, Tariff]:
    """Return the tariff of each category that is valid on a day: of several, the newest.

    Examples
    --------
    >>> whole = (Schedule(float("inf"), ()),)
    >>> old, new = Tariff(("V",), date(2022, 9, 10), 60.0, whole), Tariff(("V",), date(2025, 7, 1), 60.0, whole)
    >>> tariffs_on([new, old], date(2024, 1, 1))["V"] is old, tariffs_on([new, old], date(2020, 1, 1))
    (True, {})
    """
    valid = sorted((tariff for tariff in tariffs if tariff.valid_from <= on), key=lambda tariff: tariff.valid_from)
    return {category: tariff for tariff in valid for category in tariff.categories}


def bill(schedules: Sequence[Schedule], energy: np.ndarray) -> np.ndarray:
    """Price the energy of one billing period, each on the schedule that its total chooses.

    Parameters
    ----------
    schedules : sequence of Schedule
        In rising order of the totals that they hold for; above the last total the last schedule holds.
    energy : ndarray, shape (n_consumers,)
        Energy of one period [kWh]; below 0 counts as 0.

    Returns
    -------
    ndarray, shape (n_consumers,)
        Amounts [currency], not rounded; NaN where the energy is.

    Examples
    --------
    >>> from powertheft.domain.tariffs import Slab
    >>> bill((Schedule(500, (Slab(500, 2.0),)), Schedule(float("inf"), (Slab(float("inf"), 3.0),))),
    ...      np.array([500.0, 501.0]))
    array([1000., 1503.])
    """
    ends = np.array([schedule.total_up_to for schedule in schedules])
    which = np.minimum(np.searchsorted(ends, energy, side="left"), len(schedules) - 1)
    amount = np.zeros(energy.shape)
    for number, schedule in enumerate(schedules):
        on_it = which == number
        amount[on_it] = _price(schedule, energy[on_it])
    return np.where(np.isnan(energy), np.nan, amount)


def category_words(category: np.ndarray) -> np.ndarray:
    """Return the categories as text, empty where there is none.

    Examples
    --------
    >>> category_words(np.array(["I-A", None], dtype=object)).tolist()
    ['I-A', '']
    """
    nothing = np.array(None, dtype=np.object_)
    return np.where(np.equal(category, nothing), "", category).astype(np.str_)


def _price(schedule: Schedule, energy: np.ndarray) -> np.ndarray:
    amount = np.zeros(energy.shape)
    start = 0.0
    for slab in schedule.slabs:
        amount += np.clip(np.minimum(energy, slab.up_to) - start, 0.0, None) * slab.rate
        start = slab.up_to
    return amount
