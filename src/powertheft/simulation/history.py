"""The history of the utility, period by period: meters count, bills are written, squads visit, and bills change.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.circumstances import Circumstances
from powertheft.simulation.consumers import Population
from powertheft.simulation.findings import (
    BILLING_ERROR,
    METER_DEFECT,
    NO_THEFT,
    POSITIVE_FINDINGS,
    Sight,
    draw_findings,
)
from powertheft.simulation.ledger import Ledger, Metering
from powertheft.simulation.meters import AVERAGED, LOCKED, MADE_UP, MISREAD, NORMAL, MeterPlan
from powertheft.simulation.parameters import VisitParameters
from powertheft.simulation.thefts import STUCK_METER, TARIFF_MISUSE, Thefts
from powertheft.simulation.visits import Draw, Squads

LEAST_FAULT_SEEN = 0.2
LEAST_VACANCY_SEEN = 0.5
NOT_A_THIEF = -1
LEAST_ACTIVE = 0.5


@dataclass(frozen=True, slots=True)
class Visits:
    """All visits, in order of their round and consumer, shape `(n_visits,)`; `bill` is the last bill known before."""

    who: Integers
    bill: Integers
    day: Integers
    reason: Integers
    probability: Floats
    finding: Integers


class History:
    """The state of the utility while its history is played.

    Visits change what comes after: a theft that is found stops (and may begin again), a fault is mended, a meter
    is replaced, a wrong bill is put right.

    Parameters
    ----------
    population, bounds, circumstances, plan, thefts
        Consumers, their reading days, and what is planned for them.
    use
        What each draws from the network [kWh], shape `(n_consumers, n_bills)`. It is copied.
    tampering
        Whether the meter reported tampering in the period, shape `(n_consumers, n_bills)`.
    parameters
        Of the visits.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility, tempt, run_history
    >>> honest = draw_honest_utility(consumers=2000, bills=12, seed=3, parameters=TAMIL_NADU)
    >>> history = run_history(honest, tempt(honest, TAMIL_NADU), TAMIL_NADU)
    >>> bool((history.stolen() <= history.use).all())
    True
    """

    def __init__(
        self,
        population: Population,
        bounds: Integers,
        *,
        circumstances: Circumstances,
        plan: MeterPlan,
        thefts: Thefts,
        use: Floats,
        tampering: Flags,
        parameters: VisitParameters,
    ) -> None:
        self.population = population
        self.bounds = bounds
        self.circumstances = circumstances
        self.thefts = thefts
        self.parameters = parameters
        self.use = use.copy()
        self.lost = plan.lost.copy()
        self.replaced = plan.replaced.copy()
        self.reading = plan.reading.copy()
        self.plan = plan
        self.tampering = tampering
        self.active: Floats = np.ones_like(thefts.stolen)
        self.thief: Integers = np.full(population.size, NOT_A_THIEF, dtype=np.int64)
        self.thief[thefts.who] = np.arange(len(thefts.who))
        self.use[thefts.who] *= thefts.use_factor
        self.ledger = Ledger(
            population,
            plan.first_index,
            bounds[:, 0],
            expected=use[:, 0] / np.diff(bounds[:, :2])[:, 0],
            bills=use.shape[1],
        )
        self._visits: list[Visits] = []

    @property
    def visits(self) -> Visits:
        """Return all visits so far."""
        nothing = np.empty(0, dtype=np.int64)
        first = Visits(nothing, nothing, nothing, nothing, np.empty(0), nothing)
        rounds = [first, *self._visits]
        return Visits(
            who=np.concatenate([visits.who for visits in rounds]),
            bill=np.concatenate([visits.bill for visits in rounds]),
            day=np.concatenate([visits.day for visits in rounds]),
            reason=np.concatenate([visits.reason for visits in rounds]),
            probability=np.concatenate([visits.probability for visits in rounds]),
            finding=np.concatenate([visits.finding for visits in rounds]),
        )

    def stolen(self) -> Floats:
        """Return the energy [kWh] that thieves used past the meter, shape `(n_consumers, n_bills)`."""
        stolen = np.zeros_like(self.use)
        stolen[self.thefts.who] = self.use[self.thefts.who] * self.thefts.stolen * self.active
        return stolen

    def play(self, squads: Squads, streams: tuple[Generator, Generator], *, quota: Callable[[int], int]) -> None:
        """Play all periods: write the bills of each, then visit.

        Parameters
        ----------
        squads
            Who draws the visits.
        streams
            The streams `findings` and `visits`.
        quota
            How many visits follow each bill.
        """
        bills = self.use.shape[1]
        for bill in range(bills):
            self.write(bill)
            if bill < bills - 1 and quota(bill) > 0:
                self.visit_by_practice(bill, squads, streams, quota=quota(bill))

    def write(self, bill: int, due: Flags | None = None) -> None:
        """Read the meters of those who are due, of all unless said, and write their bills."""
        energy = self.use[:, bill] * (1.0 - self.lost[:, bill])
        who = self.thefts.who
        energy[who] *= 1.0 - self.thefts.stolen[:, bill] * self.active[:, bill]
        self.ledger.write(
            bill,
            Metering(
                energy=energy,
                replaced=self.replaced[:, bill],
                reading=self._read(bill),
                misread=self.plan.misread[:, bill],
                guess=self.plan.guess,
                read_on=self.bounds[:, bill + 1],
                due=due,
            ),
        )

    def _read(self, bill: int) -> Integers:
        """How the readings of a bill go; a thief who locks the door does so until somebody comes to see."""
        reading = self.reading[:, bill].copy()
        by_hand = self.bounds[self.thefts.who, bill + 1] < self.population.smart_since[self.thefts.who]
        locked = self.thefts.locks[:, bill] & (self.active[:, bill] > LEAST_ACTIVE) & by_hand
        reading[self.thefts.who[locked]] = LOCKED
        return reading

    def visit_by_practice(self, bill: int, squads: Squads, streams: tuple[Generator, Generator], *, quota: int) -> None:
        """Visit those whom the squads choose after a bill."""
        findings, timing = streams
        stealing = np.zeros(self.population.size, dtype=np.bool_)
        stealing[self.thefts.who] = self.goes_on(bill)
        lately = self.tampering[:, max(0, bill - 2) : bill + 1].max(axis=1)
        draw = squads.draw(bill, quota, self.ledger, stealing=stealing, tampering=lately)
        begun, ends = self.bounds[draw.who, bill + 1], self.bounds[draw.who, bill + 2]
        # Draws of full size keep a visit's luck independent of how many others there are.
        place = timing.uniform(0.05, 0.9, self.population.size)[draw.who]
        day = begun + 1 + np.floor(place * (ends - begun - 1)).astype(np.int64)
        self.visit(draw, bill, day, findings)

    def visit(self, draw: Draw, bill: int, day: Integers, random: Generator) -> Integers:
        """Visit connections, let what is found change what comes after, and return it.

        Parameters
        ----------
        draw
            Whom, why and with what chance.
        bill
            The last one that was written before.
        day
            Of each visit, shape `(n_visits,)`, after that bill was read and before the next.
        random
            The stream `findings`.

        Returns
        -------
        Integers
            Places in `FINDINGS`.
        """
        who = draw.who
        finding = draw_findings(self._sight(who, bill), self.parameters, random)
        self._visits.append(Visits(who, np.full_like(who, bill), day, draw.reason, draw.probability, finding))
        begun, ends = self.bounds[who, bill + 1], self.bounds[who, bill + 2]
        self._put_right(who, bill + 1, finding, place=(day - begun) / (ends - begun), random=random)
        return finding

    def goes_on(self, bill: int) -> Flags:
        """Which thieves steal in the period of a bill, shape `(n_thieves,)`."""
        acting = (self.thefts.stolen[:, bill] > 0.0) | (self.thefts.use_factor[:, bill] > 1.0)
        return acting & (self.active[:, bill] > 0.0)

    def _sight(self, who: Integers, bill: int) -> Sight:
        thief = self.thief[who]
        acting = self.goes_on(bill) & self.goes_on(bill + 1)
        steals = np.append(acting, False)[thief]
        kind = np.where(steals, np.append(self.thefts.kind, NO_THEFT)[thief], NO_THEFT)
        wrong = (self.reading[who, bill + 1] == MADE_UP) | np.isin(
            self.reading[who, bill], np.array([MISREAD, MADE_UP])
        )
        return Sight(
            kind=kind,
            faulty=(self.lost[who, bill] > LEAST_FAULT_SEEN) & (self.lost[who, bill + 1] > 0.0),
            wrongly_billed=wrong,
            vacant=self.circumstances.vacant[who, bill + 1] > LEAST_VACANCY_SEEN,
        )

    def _put_right(self, who: Integers, bill: int, finding: Integers, *, place: Floats, random: Generator) -> None:
        size = self.population.size
        change, relapses, pause, thrift = random.random((4, size))
        caught = np.isin(finding, np.array(POSITIVE_FINDINGS))
        broken = finding == METER_DEFECT
        kind = np.append(self.thefts.kind, NO_THEFT)[self.thief[who]]
        ends = caught | (broken & (kind == STUCK_METER))
        self._stop_thefts(who[ends], bill, place[ends])
        # Misuse does not come back: its use was taken out of the meter.
        back = caught & (relapses[who] < self.parameters.relapse) & (kind != TARIFF_MISUSE)
        self._start_again(who[back], bill, after=3 + np.floor(pause[who[back]] * 4).astype(np.int64))
        low, high = self.parameters.use_after
        self.use[who[caught], bill + 1 :] *= (low + (high - low) * thrift[who[caught]])[:, None]
        self.lost[who[broken], bill] *= place[broken]
        self.lost[who[broken], bill + 1 :] = 0.0
        self.replaced[who[broken], bill:] = np.nan
        repaired = who[broken][:, None], np.arange(bill, self.use.shape[1])
        self.reading[repaired] = np.where(self.reading[repaired] == AVERAGED, NORMAL, self.reading[repaired])
        new_meter = broken | (caught & (change[who] < self.parameters.replaced_after_theft))
        self.replaced[who[new_meter], bill] = np.minimum(place[new_meter] + 0.02, 0.98)
        corrected = who[finding == BILLING_ERROR][:, None], np.arange(bill, self.use.shape[1])
        self.reading[corrected] = np.where(self.reading[corrected] == MADE_UP, NORMAL, self.reading[corrected])

    def _stop_thefts(self, who: Integers, bill: int, place: Floats) -> None:
        rows = self.thief[who]
        stops = rows != NOT_A_THIEF
        self.active[rows[stops], bill] = place[stops]
        self.active[rows[stops], bill + 1 :] = 0.0
        # A business that goes back to its own tariff leaves the domestic meter.
        later = self.thefts.use_factor[rows[stops], bill + 1 :]
        self.use[who[stops], bill + 1 :] /= later

    def _start_again(self, who: Integers, bill: int, *, after: Integers) -> None:
        """Let thieves steal again so many bills later."""
        thieves = self.thief[who] != NOT_A_THIEF
        rows = self.thief[who[thieves]]
        again = np.arange(self.use.shape[1])[None, :] >= bill + after[thieves, None]
        self.active[rows] = np.where(again, 1.0, self.active[rows])
