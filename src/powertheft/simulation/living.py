"""A made-up utility that is lived through month by month: it answers whom one visits, and goes on from there.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import polars as pl

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.bills import dates
from powertheft.simulation.events import POWER_FAIL, draw_events
from powertheft.simulation.findings import FINDINGS, POSITIVE_FINDINGS
from powertheft.simulation.history import History
from powertheft.simulation.master import connection_numbers
from powertheft.simulation.stories import Story, days_since_1970
from powertheft.simulation.streams import random_streams
from powertheft.simulation.utility import HonestUtility, change_over, draw_honest_utility, export_frames, tempt
from powertheft.simulation.visits import LISTED, RANDOM, Draw, Squads

DATED = {
    "bills": "BILL_DATE",
    "payments": "PAID_ON",
    "meter_events": "OCCURRED_AT",
    "transformer_readings": "READ_DATE",
    "inspections": "INSP_DATE",
}
VISITED_WITHIN = (2, 26)
"""Days after the list until a connection on it is visited (an assumption)."""
FIRST_VISITED_BILL = 3
PRACTICE = 3.0
"""Times as many visits as the loop has that squads made by their own practice before it (an assumption): what the first
model is taught by."""


class LivingUtility:
    """A utility in the middle of its story.

    It has been lived through until the loop begins, squads choosing whom to visit; from there on `live_until` writes
    the bills of a month and `visit` is told whom to visit.

    Parameters
    ----------
    story
        What changes.
    consumers, seed
        As in `simulate_frames`.

    Raises
    ------
    ChoiceError
        If there are too few or too many consumers, or the seed is negative.

    Examples
    --------
    >>> from powertheft.simulation.stories import STORIES
    >>> utility = LivingUtility(STORIES["still"], consumers=400, seed=1)
    >>> utility.months[0].isoformat(), len(utility.months)
    ('2023-02-28', 41)
    >>> found = utility.visit(np.array([3, 5]), is_random=np.array([False, True]), chance=np.array([1.0, 0.1]))
    >>> found.columns
    ['consumer', 'inspected_on', 'finding', 'is_random', 'chance']
    """

    def __init__(self, story: Story, *, consumers: int, seed: int) -> None:
        self.story, self.seed = story, seed
        self._honest: HonestUtility = draw_honest_utility(
            consumers=consumers, bills=story.bills, seed=seed, parameters=story.parameters, story=story
        )
        honest, parameters = self._honest, story.parameters
        thefts = change_over(honest, tempt(honest, parameters), story, seed=seed)
        self._events = draw_events(
            honest.population, honest.bounds, thefts, parameters=parameters.events, random=honest.streams["events"]
        )
        tampering = np.zeros(honest.use.shape, dtype=np.bool_)
        told = self._events.code != POWER_FAIL
        tampering[self._events.who[told], self._events.bill[told]] = True
        self._history = History(
            honest.population,
            honest.bounds,
            circumstances=honest.circumstances,
            plan=honest.plan,
            thefts=thefts,
            use=honest.use,
            tampering=tampering,
            parameters=parameters.visits,
        )
        self._written: Integers = np.zeros(consumers, dtype=np.int64)
        self._random = honest.streams["loop"]
        self._practise()
        self.months = _months(honest.bounds, story.loop_from)
        self.today = self.months[0]
        self.live_until(self.today)

    @property
    def numbers(self) -> pl.Series:
        """Return the service connection number of each consumer, in the order of all places given and returned."""
        return connection_numbers(self._honest.network)

    @property
    def visits_a_month(self) -> int:
        """Return how many visits the squads can do in a month."""
        return max(1, round(self.story.visits_a_thousand * len(self._written) / 1000))

    def live_until(self, day: date) -> None:
        """Read the meters that are due until the end of a day, and write their bills."""
        bounds, end = self._history.bounds, days_since_1970(day)
        last = bounds.shape[1] - 2
        while True:
            next_bill = np.minimum(self._written, last)
            due = (self._written <= last) & (bounds[np.arange(len(bounds)), next_bill + 1] <= end)
            if not due.any():
                break
            bill = int(self._written[due].min())
            now = due & (self._written == bill)
            self._history.write(bill, now)
            self._written += now
        self.today = day

    def can_be_visited(self) -> Flags:
        """Return which consumers have a bill behind them and another before them."""
        return (self._written > 0) & (self._written < self._history.bounds.shape[1] - 1)

    def visit(self, places: Integers, *, is_random: Flags, chance: Floats) -> pl.DataFrame:
        """Visit consumers after today, and return what was found.

        Parameters
        ----------
        places
            Who, by place; they must be able to be visited.
        is_random, chance
            Whether each was drawn at random, and with what chance.

        Returns
        -------
        pl.DataFrame
            In order of the place: consumer, inspected_on, finding (a word of the ledger), is_random, chance.
        """
        history, today = self._history, days_since_1970(self.today)
        after = self._random.integers(*VISITED_WITHIN, len(self._written))
        found: list[pl.DataFrame] = []
        for bill in np.unique(self._written[places]) - 1:
            rows = np.flatnonzero(self._written[places] == bill + 1)
            who = places[rows]
            day = np.minimum(today + after[who], history.bounds[who, bill + 2] - 1)
            reason = np.where(is_random[rows], RANDOM, LISTED)
            finding = history.visit(Draw(who, reason, chance[rows]), int(bill), day, self._random)
            found.append(
                pl.DataFrame(
                    {
                        "consumer": who,
                        "inspected_on": dates(day),
                        "finding": [FINDINGS[place] for place in finding],
                        "is_random": is_random[rows],
                        "chance": chance[rows],
                    }
                )
            )
        return pl.concat(found).sort("consumer")

    def stealing(self) -> Flags:
        """Return who steals in the period that is running, which no utility knows."""
        thefts = self._history.thefts
        bill = np.minimum(self._written[thefts.who], self._history.bounds.shape[1] - 2)
        rows = np.arange(len(thefts.who))
        acts = (thefts.stolen[rows, bill] > 0.0) | (thefts.use_factor[rows, bill] > 1.0)
        stealing = np.zeros(len(self._written), dtype=np.bool_)
        stealing[thefts.who] = acts & (self._history.active[rows, bill] > 0.0)
        return stealing

    def frames(self) -> dict[str, pl.DataFrame]:
        """Return what the utility could export today, in the layout of the profile `tneb`; no truth is among it.

        Outcomes are in it once their delay is over.
        """
        # The same streams again: what does not change between two months is the same in both.
        afresh = replace(self._honest, streams=random_streams(self.seed))
        frames = export_frames(afresh, self._history, self._events, parameters=self.story.parameters, story=self.story)
        known = {name: frame for name, frame in frames.items() if not name.startswith("truth")}
        for name, column in DATED.items():
            until = self.today - timedelta(days=self.story.label_delay if name == "inspections" else 0)
            known[name] = known[name].filter(pl.col(column).cast(pl.Date) <= until)
        return known

    def _practise(self) -> None:
        """Live until the loop begins, with squads who choose as they always did."""
        honest, story, history = self._honest, self.story, self._history
        streams = honest.streams["findings"], honest.streams["visits"]
        squads = Squads(honest.population, honest.network.theft_level, story.parameters.visits, streams[1])
        for bill in range(story.loop_from):
            history.write(bill)
            if FIRST_VISITED_BILL <= bill < story.loop_from - 1:
                history.visit_by_practice(bill, squads, streams, quota=round(PRACTICE * 2 * self.visits_a_month))
        self._written[:] = story.loop_from


def is_theft(findings: pl.Series) -> Flags:
    """Return which words of the ledger stand for theft in any of its forms.

    Examples
    --------
    >>> is_theft(pl.Series(["TAMPER", "VACANT"])).tolist()
    [True, False]
    """
    return findings.is_in([FINDINGS[place] for place in POSITIVE_FINDINGS]).to_numpy()


def _months(bounds: Integers, first: int) -> tuple[date, ...]:
    """Return the last days of the months from when all have their bill before `first` until the last can be visited."""
    start = np.datetime64(int(bounds[:, first].max()), "D").astype("datetime64[M]")
    end = np.datetime64(int(bounds[:, -1].min()), "D").astype("datetime64[M]")
    months = np.arange(start, end)
    return tuple((month + 1).astype("datetime64[D]").astype(date) - timedelta(days=1) for month in months)
