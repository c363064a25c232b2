"""What really happened, which no utility knows: truth.csv, and truth_transformers.csv beside it.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Mapping

import numpy as np
import polars as pl

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.bills import dates
from powertheft.simulation.findings import POSITIVE_FINDINGS
from powertheft.simulation.history import History
from powertheft.simulation.names import picked
from powertheft.simulation.thefts import KINDS, TARIFF_MISUSE

UNKNOWN_DAY = np.iinfo(np.int32).min


def truth_frame(history: History, numbers: pl.Series, true_transformers: pl.Series) -> pl.DataFrame:
    """Return truth.csv: one row a consumer.

    Parameters
    ----------
    history
        The history after it was played.
    numbers
        Service connection numbers, shape `(n_consumers,)`.
    true_transformers
        Code of the transformer that truly supplies each consumer, shape `(n_consumers,)`.

    Returns
    -------
    pl.DataFrame
        STEALS (Y: at any time in the history), STEALS_AT_END, KIND, BEFORE_HISTORY, FIRST_BILL (date of the first bill
        that the theft touches), KWH_STOLEN, MISUSED_KWH (use on a wrong tariff: paid, but too little), CAUGHT,
        INNOCENT_CAUSE (the first honest reason for a fall), INNOCENT_SINCE, TRUE_DTR_CODE.

    Examples
    --------
    >>> from powertheft.simulation.utility import simulate_frames
    >>> truth = simulate_frames(consumers=1000, bills=8, seed=1)["truth"]
    >>> truth.filter(truth["STEALS"] == "Y").height
    42
    """
    thefts, who = history.thefts, history.thefts.who
    touched = _touched(history)
    steals: Flags = touched.max(axis=1, initial=False)
    energy = history.stolen()[who].sum(axis=1)
    misuse = thefts.kind == TARIFF_MISUSE
    misused = np.where(misuse, (history.use[who] * history.thefts.present * history.active).sum(axis=1), 0.0)
    caught = np.isin(who, history.visits.who[np.isin(history.visits.finding, np.array(POSITIVE_FINDINGS))])
    first = np.where(steals, history.bounds[who, 1 + touched.argmax(axis=1)], UNKNOWN_DAY)
    size = history.population.size
    causes = {**history.circumstances.causes, **history.plan.causes}
    cause, since = _first_cause(causes, history.population.metered)
    frame = pl.DataFrame(
        {
            "SC_NO": numbers,
            "STEALS": _flag(size, who, steals),
            "STEALS_AT_END": _flag(size, who, touched[:, -1]),
            "KIND": picked(KINDS, _placed(size, who, np.where(steals, thefts.kind, -1), -1)),
            "BEFORE_HISTORY": _flag(size, who, steals & thefts.before_history),
            "FIRST_BILL": _placed(size, who, first, UNKNOWN_DAY).astype(np.int32),
            "KWH_STOLEN": _placed(size, who, _whole(energy), 0),
            "MISUSED_KWH": _placed(size, who, _whole(misused), 0),
            "CAUGHT": _flag(size, who, caught),
            "INNOCENT_CAUSE": cause,
            "INNOCENT_SINCE": since,
            "TRUE_DTR_CODE": true_transformers,
        }
    )
    known = pl.col("FIRST_BILL") != UNKNOWN_DAY
    return frame.with_columns(pl.when(known).then(pl.col("FIRST_BILL")).cast(pl.Date).alias("FIRST_BILL"))


def _touched(history: History) -> Flags:
    """Which bills a theft touches, `(n_thieves, n_bills)`: energy past the meter, or use on a wrong tariff."""
    thefts = history.thefts
    acting = ((thefts.stolen > 0.0) | (thefts.use_factor > 1.0)) & (history.active > 0.0)
    return acting & history.ledger.written[thefts.who]


def _placed(size: int, who: Integers, values: Integers, other: int) -> Integers:
    column = np.full(size, other, dtype=np.int64)
    column[who] = values
    return column


def _flag(size: int, who: Integers, values: Flags) -> pl.Series:
    return picked(("N", "Y"), _placed(size, who, values.astype(np.int64), 0))


def _whole(values: Floats) -> Integers:
    return np.round(values).astype(np.int64)


def _first_cause(causes: Mapping[str, Floats], metered: Flags) -> tuple[pl.Series, pl.Series]:
    """The first honest reason for a fall, and its day; nothing falls on a bill without a meter."""
    days = np.stack(list(causes.values()), axis=1)
    first = days.argmin(axis=1)
    begins = np.take_along_axis(days, first[:, None], axis=1)[:, 0]
    happens = np.isfinite(begins) & metered
    since = dates(np.where(happens, begins, 0).astype(np.int64))
    none = pl.Series(~happens)
    return picked(list(causes), np.where(happens, first, -1)), since.set(none, None)
