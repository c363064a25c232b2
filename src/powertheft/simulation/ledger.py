"""The billing ledger, written bill by bill: registers, readings, estimates and their later correction.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from powertheft.simulation.arrays import Flags, Floats, Integers
from powertheft.simulation.consumers import Population
from powertheft.simulation.meters import AVERAGED, LOCKED, MADE_UP, MISREAD, NORMAL

FEWEST_DAYS = 10
UNMETERED_HOURS_A_DAY = 5.3
NO_INDEX = -1


@dataclass(frozen=True, slots=True)
class Metering:
    """What reaches the meters and the reader in one period, arrays of shape `(n_consumers,)`.

    `energy` is what the meter counts [kWh]; `replaced` the place in the period of a change of meter, NaN for none;
    `reading` how the reading goes; `misread` and `guess` as in `MeterPlan`; `read_on` the day of the reading; `due`
    are those that are read now, all unless said.
    """

    energy: Floats
    replaced: Floats
    reading: Integers
    misread: Floats
    guess: Floats
    read_on: Integers
    due: Flags | None = None


class Ledger:
    """Bills of shape `(n_consumers, n_bills)`, written one period at a time.

    Every bill satisfies KWH = (FR - IR) x MF + OLD_METER_KWH + ADJ_KWH, where FR and IR are the register now and
    before, OLD_METER_KWH is what a meter counted before it was changed, and ADJ_KWH is an estimate, or less what an
    earlier estimate had already billed.

    Parameters
    ----------
    population
        The consumers.
    first_index
        Where each register stands at the beginning, shape `(n_consumers,)`.
    opened_on
        First day of the history of each consumer, shape `(n_consumers,)`.
    expected
        Use a day [kWh] that an estimate assumes before anything was read, shape `(n_consumers,)`.
    bills
        Number of bills.

    Examples
    --------
    >>> from powertheft.simulation.parameters import TAMIL_NADU
    >>> from powertheft.simulation.utility import draw_honest_utility, tempt, run_history
    >>> honest = draw_honest_utility(consumers=500, bills=12, seed=3, parameters=TAMIL_NADU)
    >>> bills = run_history(honest, tempt(honest, TAMIL_NADU), TAMIL_NADU).ledger
    >>> counted = (bills.final - bills.initial) * honest.population.multiplier[:, None]
    >>> read = bills.written & (bills.final >= 0)
    >>> bool((bills.energy == counted + bills.old_energy + bills.adjustment)[read].all())
    True
    """

    def __init__(
        self, population: Population, first_index: Floats, opened_on: Integers, *, expected: Floats, bills: int
    ) -> None:
        shape = (population.size, bills)
        self.population = population
        self.written: Flags = np.zeros(shape, dtype=np.bool_)
        self.initial: Integers = np.zeros(shape, dtype=np.int64)
        self.final: Integers = np.zeros(shape, dtype=np.int64)
        self.energy: Integers = np.zeros(shape, dtype=np.int64)
        self.old_energy: Integers = np.zeros(shape, dtype=np.int64)
        self.adjustment: Integers = np.zeros(shape, dtype=np.int64)
        self.days: Integers = np.zeros(shape, dtype=np.int64)
        self.meter: Integers = np.zeros(shape, dtype=np.int64)
        self.reading: Integers = np.zeros(shape, dtype=np.int64)
        self.replaced: Flags = np.zeros(shape, dtype=np.bool_)
        self._position = first_index.copy()
        self._book = np.floor(first_index).astype(np.int64)
        self._owed = np.zeros(population.size, dtype=np.int64)
        self._average = expected.copy()
        self._billed_until = np.maximum(opened_on, population.connected).astype(np.int64)
        self._meter = np.zeros(population.size, dtype=np.int64)

    def write(self, bill: int, metering: Metering) -> None:
        """Write one period's bills of those that are due; consumers connected for less than ten days get none."""
        factor = self.population.multiplier
        due = np.ones(self.population.size, dtype=np.bool_) if metering.due is None else metering.due
        changed = np.isfinite(metering.replaced) & due
        used = np.where(due, metering.energy, 0.0)
        before = used * np.where(changed, metering.replaced, 1.0)
        self._position += before / factor
        old_energy = np.where(changed, (np.floor(self._position).astype(np.int64) - self._book) * factor, 0)
        self._position = np.where(changed, (used - before) / factor, self._position)
        self._book = np.where(changed, 0, self._book)
        self._meter += changed
        reading = np.where(changed, NORMAL, metering.reading)
        days = metering.read_on - self._billed_until
        average = np.round(self._average * days).astype(np.int64)
        final = self._final(reading, metering, average)
        counted = (final - self._book) * factor + old_energy
        estimated = (reading == LOCKED) | (reading == AVERAGED)
        energy = np.where(estimated, average, np.maximum(0, counted - self._owed))
        written = (days >= FEWEST_DAYS) & due
        bills = {"reading": reading, "final": final, "energy": energy, "adjustment": energy - counted, "days": days}
        self._record(bill, due, {**bills, "written": written})
        self.old_energy[due, bill] = old_energy[due]
        self.replaced[due, bill] = changed[due]
        owed = np.where(
            reading == LOCKED,
            self._owed + average,
            np.where(estimated, self._owed, np.maximum(0, self._owed - counted)),
        )
        self._owed = np.where(written, owed, self._owed)
        self._book = np.where(written, final, self._book)
        self._billed_until = np.where(written, metering.read_on, self._billed_until)
        # A bill of zero teaches nothing: an estimate assumes that the meter stood still, not the consumer.
        learns = written & ~estimated & (reading != MADE_UP) & (energy > 0)
        self._average = np.where(learns, 0.6 * self._average + 0.4 * energy / np.maximum(days, 1), self._average)

    def _final(self, reading: Integers, metering: Metering, average: Integers) -> Integers:
        """What is written down as the register's reading; never below the last, as the billing system demands."""
        shown = np.floor(self._position).astype(np.int64)
        misread = np.round((shown - self._book) * (1.0 + metering.misread)).astype(np.int64)
        guessed = np.round(average * metering.guess / self.population.multiplier).astype(np.int64)
        final = np.where(reading == MISREAD, self._book + misread, shown)
        final = np.where(reading == MADE_UP, np.minimum(self._book + guessed, shown), final)
        final = np.where((reading == LOCKED) | (reading == AVERAGED), self._book, final)
        return np.maximum(final, self._book)

    def _record(self, bill: int, due: Flags, columns: Mapping[str, Integers | Flags]) -> None:
        metered = self.population.metered
        unmetered_use = np.round(self.population.load * UNMETERED_HOURS_A_DAY * columns["days"]).astype(np.int64)
        recorded = {
            **columns,
            "initial": np.where(metered, self._book, NO_INDEX),
            "final": np.where(metered, columns["final"], NO_INDEX),
            "energy": np.where(metered, columns["energy"], unmetered_use),
            "adjustment": np.where(metered, columns["adjustment"], 0),
            "meter": self._meter,
        }
        for name, values in recorded.items():
            getattr(self, name)[due, bill] = values[due]
