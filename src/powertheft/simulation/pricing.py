"""What a bill costs, on the dated tariffs of the profile `tneb`.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.

The slabs are stated once, in the data file of the profiles room; this module reads that file as data.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import cast

import numpy as np

from powertheft.domain.tariffs import Schedule, Tariff, tariffs_from_tables
from powertheft.simulation.arrays import Floats, Integers
from powertheft.simulation.consumers import TARIFFS

PROFILE = "tneb"


def profile_tariffs() -> tuple[Tariff, ...]:
    """Return the tariffs that the packaged profile `tneb` states.

    Raises
    ------
    ProfileError
        If the packaged file states a tariff that cannot be.

    Examples
    --------
    >>> sorted({category for tariff in profile_tariffs() for category in tariff.categories})[:3]
    ['I-A', 'I-B', 'II-A']
    """
    text = (files("powertheft") / "profiles" / f"{PROFILE}.toml").read_text(encoding="utf-8")
    return tariffs_from_tables(cast("Sequence[Mapping[str, object]]", tomllib.loads(text)["tariffs"]))


@dataclass(frozen=True, slots=True)
class PriceBook:
    """The tariffs that bills are priced on."""

    tariffs: tuple[Tariff, ...]

    def amounts(self, category: Integers, read_on: Integers, energy: Floats, days: Integers) -> Floats:
        """Return the amount of each bill [Rs].

        Parameters
        ----------
        category
            Category of each bill's consumer, a place in `CATEGORIES`, shape `(n_bills,)`.
        read_on
            Day of the bill, from 1970-01-01.
        energy
            Energy billed [kWh], zero or more.
        days
            Days that the bill covers.

        Returns
        -------
        Floats
            Shape `(n_bills,)`, to the paisa. The version in force on the day of the bill holds for the whole bill;
            a day before the first version is priced on the first.

        Notes
        -----
        A bill over about two periods (the first after locked doors) is priced as two bills of half the energy.
        Energy charges only: no fixed charge, no tax.

        Examples
        --------
        >>> book = PriceBook(profile_tariffs())
        >>> day = int(np.datetime64("2023-01-01").astype(np.int64))
        >>> book.amounts(np.array([0]), np.array([day]), np.array([500.0]), np.array([61])).tolist()
        [1725.0]
        """
        amounts = np.zeros(len(energy))
        for number, name in enumerate(TARIFFS):
            rows = np.flatnonzero(category == number)
            versions = sorted((t for t in self.tariffs if name in t.categories), key=lambda tariff: tariff.valid_from)
            begins = np.array([_day(version.valid_from) for version in versions[1:]], dtype=np.int64)
            version_of_row = np.searchsorted(begins, read_on[rows], side="right")
            for place, version in enumerate(versions):
                chosen = rows[version_of_row == place]
                amounts[chosen] = _amounts(version, energy[chosen], days[chosen])
        return np.round(amounts, 2)


def _amounts(tariff: Tariff, energy: Floats, days: Integers) -> Floats:
    periods = np.maximum(1.0, np.round(days / tariff.period_days))
    share = energy / periods
    ends = np.array([schedule.total_up_to for schedule in tariff.schedules])
    schedule_of_row = np.minimum(np.searchsorted(ends, share, side="left"), len(ends) - 1)
    amounts = np.zeros(len(energy))
    for place, schedule in enumerate(tariff.schedules):
        rows = schedule_of_row == place
        amounts[rows] = _on_schedule(schedule, share[rows])
    return amounts * periods


def _on_schedule(schedule: Schedule, energy: Floats) -> Floats:
    ends = np.array([slab.up_to for slab in schedule.slabs])
    rates = np.array([slab.rate for slab in schedule.slabs])
    starts = np.concatenate([[0.0], ends[:-1]])
    before = np.concatenate([[0.0], np.cumsum((ends[:-1] - starts[:-1]) * rates[:-1])])
    slab = np.minimum(np.searchsorted(ends, energy, side="left"), len(ends) - 1)
    return before[slab] + (energy - starts[slab]) * rates[slab]


def _day(day: date) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))
