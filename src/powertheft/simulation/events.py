"""Events that smart meters report: tampering, and the many that mean nothing.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.consumers import Population
from powertheft.simulation.history import History
from powertheft.simulation.parameters import EventParameters
from powertheft.simulation.thefts import KINDS, Thefts

POWER_FAIL = 101
# What a theft may leave in the meter (IS 15959 codes, DOMAIN); a tap before the meter and a wrong tariff leave nothing.
THEFT_CODES = {
    "direct_tap": (),
    "step": (65, 69, 203, 207),
    "ramp": (201, 205, 251),
    "partial_bypass": (65, 69, 207),
    "stuck_meter": (201, 251),
    "zero": (51, 203, 207),
    "cap": (51, 69, 205),
    "seasonal": (69, 207),
    "tariff_misuse": (67,),
}
FALSE_CODES = (51, 65, 67, 69, 201, 203, 205, 207, 251)
FALSE_CHANCES = (0.05, 0.03, 0.22, 0.12, 0.06, 0.14, 0.22, 0.08, 0.08)


@dataclass(frozen=True, slots=True)
class Events:
    """Events in order of consumer and time, shape `(n_events,)`.

    `bill` is the bill in whose period an event falls, `minute` counts minutes from 1970-01-01, `hours` is the
    duration, `of_theft` marks what a theft caused.
    """

    who: Integers
    bill: Integers
    minute: Integers
    code: Integers
    hours: Floats
    of_theft: Flags


def draw_events(
    population: Population, bounds: Integers, thefts: Thefts, *, parameters: EventParameters, random: Generator
) -> Events:
    """Return the events of the history, as if nobody stopped the thieves.

    Parameters
    ----------
    population
        Says who has a smart meter, and since when.
    bounds
        Reading days of each consumer, shape `(n_consumers, n_bills + 1)`.
    thefts
        The thieves.
    parameters
        Rates and durations.
    random
        The stream `events`.

    Returns
    -------
    Events
        Only from meters that were smart when the period began.

    Notes
    -----
    Assumption: a little over half of the thefts on a smart meter show in its events, and honest meters report
    tampering about once in four years.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility, tempt
    >>> honest = draw_honest_utility(consumers=2000, bills=12, seed=3, parameters=TAMIL_NADU)
    >>> events = draw_events(honest.population, honest.bounds, tempt(honest, TAMIL_NADU),
    ...                      parameters=TAMIL_NADU.events, random=np.random.default_rng(0))
    >>> bool((events.code % 2 == 1).all())
    True
    """
    smart = bounds[:, :-1] >= np.maximum(population.smart_since, population.connected)[:, None]
    of_theft = _theft_events(smart, thefts, parameters=parameters, random=random)
    false = _scattered(smart * parameters.false_rate, random)
    fails = _scattered(smart * parameters.power_fail_rate, random)
    false_code = random.choice(np.array(FALSE_CODES), len(false[0]), p=FALSE_CHANCES)
    who = np.concatenate([of_theft[0], false[0], fails[0]])
    bill = np.concatenate([of_theft[1], false[1], fails[1]])
    code = np.concatenate([of_theft[2], false_code, np.full(len(fails[0]), POWER_FAIL)])
    caused = np.arange(len(who)) < len(of_theft[0])
    begun, length = bounds[who, bill], bounds[who, bill + 1] - bounds[who, bill]
    minute = begun * 1440 + np.floor(random.random(len(who)) * length * 1440).astype(np.int64)
    mean_hours = np.where(caused, parameters.theft_hours, parameters.false_hours)
    hours = np.round(np.maximum(0.1, random.exponential(mean_hours)), 1)
    order = np.lexsort((code, minute, who))
    return Events(who[order], bill[order], minute[order], code[order], hours[order], caused[order])


def _scattered(rates: Floats, random: Generator) -> tuple[Integers, Integers]:
    rows = np.flatnonzero(rates.any(axis=1))
    counts = random.poisson(rates[rows])
    place, bill = np.nonzero(counts)
    times = counts[place, bill]
    return np.repeat(rows[place], times), np.repeat(bill, times)


def _theft_events(
    smart: Flags, thefts: Thefts, *, parameters: EventParameters, random: Generator
) -> tuple[Integers, Integers, Integers]:
    able = np.array([len(THEFT_CODES[kind]) for kind in KINDS])
    shows = (random.random(len(thefts.who)) < parameters.theft_shows) & (able[thefts.kind] > 0)
    acting = (thefts.stolen > 0.0) | (thefts.use_factor > 1.0)
    thief, bill = _scattered(parameters.theft_rate * (smart[thefts.who] & acting & shows[:, None]), random)
    table = np.array([[*THEFT_CODES[kind], *([0] * 4)][:4] for kind in KINDS])
    kind = thefts.kind[thief]
    return thefts.who[thief], bill, table[kind, np.floor(random.random(len(thief)) * able[kind]).astype(np.int64)]


def events_frame(events: Events, history: History, numbers: pl.Series) -> pl.DataFrame:
    """Return meter_events.csv, in order of consumer and time: without what a theft would have caused after its end.

    Parameters
    ----------
    events
        As if nobody had stopped the thieves.
    history
        The history after it was played.
    numbers
        Service connection numbers, shape `(n_consumers,)`.

    Returns
    -------
    pl.DataFrame
        One row an event.

    Examples
    --------
    >>> from powertheft.simulation.utility import simulate_frames
    >>> simulate_frames(consumers=500, bills=8, seed=1)["meter_events"].columns
    ['SC_NO', 'OCCURRED_AT', 'EVENT_CODE', 'DURATION_HRS']
    """
    begun, ends = history.bounds[events.who, events.bill], history.bounds[events.who, events.bill + 1]
    place = (events.minute / 1440.0 - begun) / (ends - begun)
    thief = history.thief[events.who]
    active = np.append(history.active, np.zeros((1, history.active.shape[1])), axis=0)[thief, events.bill]
    kept = ~events.of_theft | (place < active)
    return pl.DataFrame(
        {
            "SC_NO": numbers.gather(events.who[kept]),
            "OCCURRED_AT": pl.Series(events.minute[kept] * 60_000_000).cast(pl.Datetime("us")),
            "EVENT_CODE": events.code[kept],
            "DURATION_HRS": events.hours[kept],
        }
    )
