"""The ledger as the billing system would export it: bills.csv.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

import numpy as np
import polars as pl
from numpy.random import Generator

from powertheft.simulation.arrays import Floats, Integers
from powertheft.simulation.history import History
from powertheft.simulation.ledger import NO_INDEX
from powertheft.simulation.meters import AVERAGED, LOCKED
from powertheft.simulation.names import picked
from powertheft.simulation.pricing import PriceBook

STATUSES = ("OK", "DF", "MC", "NM")
READ_CODES = ("N", "DL", "AB", "AS")
DEMAND_METERED_FROM_KW = 10.0
POWER_FACTOR_FROM_KW = 18.6
FIRST_METER_NUMBER = 70_000_001


def amounts(history: History, exported: Floats, book: PriceBook) -> Floats:
    """Return the amount of every bill [Rs], shape `(n_consumers, n_bills)`; exported energy is set off (net metering).

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.pricing import profile_tariffs
    >>> from powertheft.simulation.utility import draw_honest_utility, tempt, run_history
    >>> honest = draw_honest_utility(consumers=500, bills=8, seed=3, parameters=TAMIL_NADU)
    >>> history = run_history(honest, tempt(honest, TAMIL_NADU), TAMIL_NADU)
    >>> bool((amounts(history, honest.exported, PriceBook(profile_tariffs())) >= 0).all())
    True
    """
    ledger = history.ledger
    set_off = np.where(history.circumstances.exporting[:, None], exported, 0.0)
    energy = np.maximum(0.0, ledger.energy - np.round(set_off))
    category = np.repeat(history.population.category, energy.shape[1])
    priced = book.amounts(category, history.bounds[:, 1:].ravel(), energy.ravel(), ledger.days.ravel())
    return priced.reshape(energy.shape)


def bills_frame(
    history: History, numbers: pl.Series, *, amount: Floats, exported: Floats, random: Generator
) -> pl.DataFrame:
    """Return bills.csv, in order of consumer and date.

    Parameters
    ----------
    history, numbers
        The history after it was played; service connection numbers, shape `(n_consumers,)`.
    amount, exported
        Amounts [Rs] and energy fed into the network [kWh], shape `(n_consumers, n_bills)`.
    random
        The stream `demand`, for demands and the numbers of the meters.

    Returns
    -------
    pl.DataFrame
        One row a bill.

    Examples
    --------
    >>> from powertheft.simulation.utility import simulate_frames
    >>> simulate_frames(consumers=200, bills=8, seed=1)["bills"].columns[:6]
    ['SC_NO', 'BILL_DATE', 'DAYS', 'METER_NO', 'MTR_STATUS', 'READ_CODE']
    """
    ledger, population = history.ledger, history.population
    demand, power_factor = _demand(history, random)
    meter = _meter_numbers(ledger.meter, random)
    who, bill = np.nonzero(ledger.written)
    at = who, bill
    metered = population.metered[who]
    reading = ledger.reading[at]
    status = np.where(ledger.replaced[at], 2, np.where(reading == AVERAGED, 1, 0))
    code = np.where(reading == LOCKED, 1, np.where(reading == AVERAGED, 2, 0))
    estimated = (code > 0) | ~metered
    fed_in = np.where(history.circumstances.exporting[who], np.round(exported[at]), np.nan)
    frame = pl.DataFrame(
        {
            "SC_NO": numbers.gather(who),
            "BILL_DATE": dates(history.bounds[who, bill + 1]),
            "DAYS": ledger.days[at],
            "METER_NO": np.where(metered, meter[at], NO_INDEX),
            "MTR_STATUS": picked(STATUSES, np.where(metered, status, 3)),
            "READ_CODE": picked(READ_CODES, np.where(metered, code, 3)),
            "ESTIMATED": picked(("N", "Y"), estimated.astype(np.int64)),
            "IR": ledger.initial[at],
            "FR": ledger.final[at],
            "MF": population.multiplier[who],
            "OLD_METER_KWH": np.where(metered, ledger.old_energy[at], 0),
            "ADJ_KWH": ledger.adjustment[at],
            "KWH": ledger.energy[at],
            "RMD_KW": pl.Series(demand[at], nan_to_null=True),
            "PF": pl.Series(power_factor[at], nan_to_null=True),
            "EXPORT_KWH": pl.Series(fed_in, nan_to_null=True).cast(pl.Int64),
            "AMOUNT_RS": amount[at],
        }
    )
    unmetered = (pl.when(pl.col(name) != NO_INDEX).then(pl.col(name)).alias(name) for name in ("METER_NO", "IR", "FR"))
    return frame.with_columns(*unmetered).with_columns(pl.col("METER_NO").cast(pl.String))


def dates(days: Integers) -> pl.Series:
    """Return days from 1970-01-01 as dates.

    Examples
    --------
    >>> dates(np.array([20697])).to_list()
    [datetime.date(2026, 9, 1)]
    """
    return pl.Series(days.astype(np.int32)).cast(pl.Date)


def _meter_numbers(meter: Integers, random: Generator) -> Integers:
    """A number for each meter that a consumer ever had; numbers say nothing of order."""
    most = int(meter.max()) + 1
    numbers = FIRST_METER_NUMBER + random.permutation(meter.shape[0] * most).reshape(-1, most)
    return np.take_along_axis(numbers, meter, axis=1)


def _demand(history: History, random: Generator) -> tuple[Floats, Floats]:
    """Maximum demand [kW] and power factor of large consumers, NaN for the others."""
    ledger, load = history.ledger, history.population.load
    size = history.population.size
    demand = np.full(ledger.energy.shape, np.nan)
    power_factor = np.full(ledger.energy.shape, np.nan)
    use_of_maximum = random.uniform(0.12, 0.45, size)
    usual_factor = random.uniform(0.86, 0.98, size)
    noise = random.normal(1.0, 0.08, ledger.energy.shape)
    rows = np.flatnonzero((load >= DEMAND_METERED_FROM_KW) & history.population.metered)
    mean = ledger.energy[rows] / np.maximum(ledger.days[rows], 1) / 24.0
    peak = mean / use_of_maximum[rows, None] * noise[rows]
    demand[rows] = np.round(np.clip(peak, 0.0, 1.4 * load[rows, None]), 1)
    rows = np.flatnonzero((load >= POWER_FACTOR_FROM_KW) & history.population.metered)
    wobble = usual_factor[rows, None] + 0.15 * (noise[rows] - 1.0)
    power_factor[rows] = np.round(np.clip(wobble, 0.5, 1.0), 2)
    return demand, power_factor
