"""What was paid and what was not: payments.csv.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

import numpy as np
import polars as pl
from numpy.random import Generator

from powertheft.simulation.arrays import Floats, Integers
from powertheft.simulation.bills import dates
from powertheft.simulation.consumers import LATE, Population
from powertheft.simulation.history import History

PROMPT_DAYS = (2, 19)
LATE_DAYS = (12, 46)
PART_PAYMENTS = 0.01
CUT_OFF_AFTER = 0.15


def payments_frame(history: History, numbers: pl.Series, *, amount: Floats, random: Generator) -> pl.DataFrame:
    """Return payments.csv, in order of consumer and date.

    Parameters
    ----------
    history
        The history after it was played.
    numbers
        Service connection numbers, shape `(n_consumers,)`.
    amount
        Amounts billed [Rs], shape `(n_consumers, n_bills)`.
    random
        The stream `payments`.

    Returns
    -------
    pl.DataFrame
        One row a payment: what was paid, what is still owed, and the disconnection that it ended.

    Notes
    -----
    A bill of Rs 0 needs no payment. An unpaid bill is added to the next; a disconnected consumer pays all that is
    owed to be connected again.

    Examples
    --------
    >>> from powertheft.simulation.utility import simulate_frames
    >>> payments = simulate_frames(consumers=200, bills=8, seed=1)["payments"]
    >>> bool((payments["PAID_RS"] > 0).all())
    True
    """
    paid, owed, settled = _settle(history, amount, random)
    after = _days_after_bill(history.population, amount.shape, random)
    day = np.minimum(history.bounds[:, 1:] + after, history.bounds[:, -1:])
    cut, back = _disconnections(history)
    regular, urgent = np.nonzero(paid > 0.0), np.nonzero(settled > 0.0)
    who = np.concatenate([regular[0], urgent[0]])
    paid_on = np.concatenate([day[regular], back[urgent] - 1])
    nothing = np.full(len(regular[0]), np.iinfo(np.int32).min)
    frame = pl.DataFrame(
        {
            "SC_NO": numbers.gather(who),
            "PAID_ON": dates(paid_on),
            "PAID_RS": np.concatenate([paid[regular], settled[urgent]]).round(2),
            "ARREARS_RS": np.concatenate([owed[regular], np.zeros(len(urgent[0]))]).round(2),
            "DISC_DATE": np.concatenate([nothing, cut[urgent]]).astype(np.int32),
            "RECON_DATE": np.concatenate([nothing, back[urgent]]).astype(np.int32),
        }
    )
    order = np.lexsort((paid_on, who))
    return frame[order].with_columns(
        pl.when(pl.col(name) > 0).then(pl.col(name)).cast(pl.Date).alias(name) for name in ("DISC_DATE", "RECON_DATE")
    )


def _settle(history: History, amount: Floats, random: Generator) -> tuple[Floats, Floats, Floats]:
    """What is paid on each bill, owed after it, and paid during its period to be connected again."""
    circumstances, written = history.circumstances, history.ledger.written
    paid, owed, settled = np.zeros_like(amount), np.zeros_like(amount), np.zeros_like(amount)
    arrears = np.zeros(len(amount))
    part = np.where(random.random(amount.shape) < PART_PAYMENTS, 0.5, 1.0)
    for bill in range(amount.shape[1]):
        cut_off = (circumstances.disconnected[:, bill] > 0.0) & (arrears > 0.0)
        settled[:, bill] = np.where(cut_off, arrears, 0.0)
        due = np.where(cut_off, 0.0, arrears) + np.where(written[:, bill], amount[:, bill], 0.0)
        pays = ~circumstances.unpaid[:, bill] & written[:, bill]
        paid[:, bill] = np.where(pays, np.round(due * part[:, bill], 2), 0.0)
        arrears = np.round(due - paid[:, bill], 2)
        owed[:, bill] = arrears
    return paid, owed, settled


def _days_after_bill(population: Population, shape: tuple[int, ...], random: Generator) -> Integers:
    late = (population.payer >= LATE)[:, None]
    return np.where(late, random.integers(*LATE_DAYS, shape), random.integers(*PROMPT_DAYS, shape))


def _disconnections(history: History) -> tuple[Integers, Integers]:
    begun = history.bounds[:, :-1]
    length = np.diff(history.bounds, axis=1)
    cut = begun + np.floor(CUT_OFF_AFTER * length).astype(np.int64)
    back = cut + np.maximum(2, np.ceil(history.circumstances.disconnected * length)).astype(np.int64)
    return cut, np.minimum(back, begun + length - 1)
