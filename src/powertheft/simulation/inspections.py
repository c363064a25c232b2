"""What the squads write down: inspections.csv.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

import numpy as np
import polars as pl
from numpy.random import Generator

from powertheft.simulation.arrays import Floats, Integers
from powertheft.simulation.bills import dates
from powertheft.simulation.findings import FINDINGS, POSITIVE_FINDINGS
from powertheft.simulation.history import History, Visits
from powertheft.simulation.names import picked
from powertheft.simulation.parameters import VisitParameters
from powertheft.simulation.pricing import PriceBook
from powertheft.simulation.visits import BILLS_OF_A_YEAR, RANDOM, REASON_WORDS

LEAST_ASSESSED_KWH = 60.0
DAYS_OF_A_YEAR = 365.0
PENALTY = 2.0


def inspections_frame(
    history: History, numbers: pl.Series, *, book: PriceBook, parameters: VisitParameters, random: Generator
) -> pl.DataFrame:
    """Return inspections.csv, in order of date and consumer.

    Parameters
    ----------
    history
        The history after it was played.
    numbers
        Service connection numbers, shape `(n_consumers,)`.
    book
        Prices for the assessment.
    parameters
        Hours of use that an assessment assumes.
    random
        The stream `findings`, after the history.

    Returns
    -------
    pl.DataFrame
        One row a visit. DRAWN_BY is RANDOM or SQUAD; INCL_PROB is filled for random visits.

    Notes
    -----
    Assessed: sanctioned load x hours a day x 365 days, less what was billed in the last year; at twice the tariff
    (DOMAIN: section 126; the formula is the usual one of Indian regulations, the hours are an assumption).

    Examples
    --------
    >>> from powertheft.simulation.utility import simulate_frames
    >>> simulate_frames(consumers=500, bills=10, seed=1)["inspections"]["DRAWN_BY"].unique().sort().to_list()
    ['RANDOM', 'SQUAD']
    """
    visits = history.visits
    positive = np.isin(visits.finding, np.array(POSITIVE_FINDINGS))
    energy, amount = _assessed(history, visits, book=book, parameters=parameters, random=random)
    frame = pl.DataFrame(
        {
            "SC_NO": numbers.gather(visits.who),
            "INSP_DATE": dates(visits.day),
            "DRAWN_BY": picked(("SQUAD", "RANDOM"), (visits.reason == RANDOM).astype(np.int64)),
            "REASON": picked(REASON_WORDS, visits.reason),
            "INCL_PROB": pl.Series(visits.probability.round(6), nan_to_null=True),
            "FINDING": picked(FINDINGS, visits.finding),
            "ASSESSED_KWH": pl.Series(np.where(positive, energy, np.nan), nan_to_null=True).cast(pl.Int64),
            "ASSESSED_RS": pl.Series(np.where(positive, amount, np.nan), nan_to_null=True),
        }
    )
    return frame[np.lexsort((visits.who, visits.day))]


def _assessed(
    history: History, visits: Visits, *, book: PriceBook, parameters: VisitParameters, random: Generator
) -> tuple[Floats, Floats]:
    population, who = history.population, visits.who
    billed = _billed_last_year(history, who, visits.bill)
    hours = random.uniform(*parameters.assessed_hours, len(who))
    owed = np.round(np.maximum(population.load[who] * hours * DAYS_OF_A_YEAR - billed, LEAST_ASSESSED_KWH))
    a_bill = book.amounts(population.category[who], visits.day, owed / BILLS_OF_A_YEAR, np.full(len(who), 61))
    return owed, np.round(PENALTY * BILLS_OF_A_YEAR * a_bill, 2)


def _billed_last_year(history: History, who: Integers, bill: Integers) -> Floats:
    ledger = history.ledger
    running = np.cumsum(ledger.energy * ledger.written, axis=1)
    before = np.where(bill >= BILLS_OF_A_YEAR, running[who, np.maximum(bill - BILLS_OF_A_YEAR, 0)], 0)
    return (running[who, bill] - before).astype(np.float64)
