"""What changes in a utility over five years, as stories: a new way to steal, a dearer tariff, a roll-out of meters.

Rule of the room: a utility that does not exist, and the thefts in it; imports domain only, NumPy and Polars besides.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
from numpy.random import Generator

from powertheft.domain.errors import ChoiceError
from powertheft.simulation.arrays import Floats, Integers
from powertheft.simulation.consumers import NEVER, TARIFFS, Population
from powertheft.simulation.cycles import share_of_period
from powertheft.simulation.parameters import TAMIL_NADU, DirtParameters, Parameters, Range
from powertheft.simulation.streams import chosen, random_streams
from powertheft.simulation.thefts import PARTIAL_BYPASS, Thefts

DAYS_OF_A_MONTH = 30.4375
BILLS_OF_A_YEAR = 6
LEAST_PRESENT = 0.5


@dataclass(frozen=True, slots=True)
class NewMethod:
    """Theft moves: the old ways end over some months, and others begin to keep the door locked when the reader comes.

    Bills are then estimated from what was read before, so nothing seems to fall; `stolen` is the share that goes past
    the meter meanwhile, `locked` the share of bills with a locked door, and `followers` how many take it up for each
    who stole before (all assumptions). To the first model a locked door says that nobody is at home.
    """

    begins: date
    months: int
    stolen: Range = (0.35, 0.75)
    locked: float = 0.5
    followers: float = 0.6


@dataclass(frozen=True, slots=True)
class DearerTariff:
    """Energy costs `price` times as much from a day on, and consumers save: `saving` is the share of their use.

    The range of an elasticity of 0.1 to 0.6 at such a rise (an assumption); `payers` are the tariffs that rise.
    """

    begins: date
    price: float = 1.35
    saving: Range = (0.04, 0.22)
    payers: tuple[str, ...] = ("I-A", "II-B", "III-A1", "III-A2", "III-B", "V")


@dataclass(frozen=True, slots=True)
class RollOut:
    """So many meters are replaced by smart ones, section by section, from a day on."""

    begins: date
    months: int
    share: float


@dataclass(frozen=True, slots=True)
class Story:
    """What becomes of a utility, and how the loop works in it.

    `loop_from` is the first bill after which the loop chooses whom to visit (before, squads do as they always did),
    `visits_a_thousand` how many visits a month there are for a thousand connections, and `label_delay` the days until
    an outcome is known to the system.
    """

    name: str
    tells: str
    parameters: Parameters
    bills: int = 5 * BILLS_OF_A_YEAR
    loop_from: int = 9
    visits_a_thousand: float = 6.0
    label_delay: int = 20
    new_method: NewMethod | None = None
    dearer_tariff: DearerTariff | None = None
    roll_out: RollOut | None = None

    def begins(self) -> Mapping[str, date]:
        """Return when each of its changes begins, by the name of the change.

        Examples
        --------
        >>> sorted(STORIES["changing"].begins())
        ['dearer_tariff', 'new_method', 'roll_out']
        """
        changes = {name: getattr(self, name) for name in ("new_method", "dearer_tariff", "roll_out")}
        return {name: change.begins for name, change in changes.items() if change is not None}


# More theft begins than in the export of `simulate`: five years of visits must not empty the utility of thieves.
_THEFTS = replace(TAMIL_NADU.thefts, share=0.16, before_history=0.30, give_up=0.15)
# No meters are rolled out but those of a story.
_POPULATION = replace(TAMIL_NADU.population, smart_share=0.0)
_DIRT = DirtParameters(0.0, 0.0, 0.0, 0.0, 0.0)
_PARAMETERS = replace(TAMIL_NADU, population=_POPULATION, thefts=_THEFTS, dirt=_DIRT)

STORIES: Mapping[str, Story] = {
    "still": Story("still", "Five years in which nothing changes.", _PARAMETERS),
    "changing": Story(
        "changing",
        "Theft moves to a new method in year 3, energy becomes dearer in year 4, meters are replaced in year 5.",
        _PARAMETERS,
        new_method=NewMethod(begins=date(2024, 1, 1), months=3),
        dearer_tariff=DearerTariff(begins=date(2025, 1, 1)),
        roll_out=RollOut(begins=date(2025, 11, 1), months=5, share=0.6),
    ),
}
"""Histories end in August 2026, so that the third year is from September 2023 to August 2024."""


def story_of(name: str) -> Story:
    """Return a story by its name.

    Raises
    ------
    ChoiceError
        If there is none of that name.

    Examples
    --------
    >>> story_of("still").bills
    30
    """
    if name not in STORIES:
        raise ChoiceError(f"there is no story {name!r}", advice=f"Choose one of: {', '.join(STORIES)}.")
    return STORIES[name]


def with_new_meters(population: Population, roll_out: RollOut | None, *, seed: int) -> Population:
    """Return the consumers with the meters that the roll-out gives them.

    Examples
    --------
    >>> from powertheft.simulation.utility import draw_honest_utility
    >>> people = draw_honest_utility(consumers=400, bills=12, seed=1, parameters=TAMIL_NADU).population
    >>> later = with_new_meters(people, RollOut(date(2025, 9, 1), months=4, share=1.0), seed=1)
    >>> bool(np.isfinite(later.smart_since[people.metered]).all())
    True
    """
    if roll_out is None:
        return population
    random = random_streams(seed)["story"]
    sections = int(population.section.max()) + 1
    first = random.permutation(sections) / sections * roll_out.months
    month = first[population.section] + random.uniform(0.0, max(1.0, roll_out.months / sections), population.size)
    day = days_since_1970(roll_out.begins) + np.floor(month * DAYS_OF_A_MONTH)
    given = (random.random(population.size) < roll_out.share) & population.metered & np.isinf(population.smart_since)
    return replace(population, smart_since=np.where(given, day, population.smart_since))


def savings(population: Population, bounds: Integers, tariff: DearerTariff | None, *, seed: int) -> Floats:
    """Return by what the use of each bill is multiplied once energy has become dearer, shape `(n_consumers, n_bills)`.

    Examples
    --------
    >>> from powertheft.simulation.utility import draw_honest_utility
    >>> honest = draw_honest_utility(consumers=400, bills=12, seed=1, parameters=TAMIL_NADU)
    >>> factor = savings(honest.population, honest.bounds, DearerTariff(begins=date(2026, 1, 1)), seed=1)
    >>> float(factor[:, 0].min()), bool(factor[:, -1].min() < 0.85)
    (1.0, True)
    """
    if tariff is None:
        return np.ones((population.size, bounds.shape[1] - 1))
    saved = random_streams(seed)["saving"].uniform(*tariff.saving, population.size)
    pays = np.isin(population.category, np.array([TARIFFS.index(name) for name in tariff.payers]))
    after = bounds[:, 1:] > days_since_1970(tariff.begins)
    return 1.0 - after * (saved * pays)[:, None]


def price_factors(bounds: Integers, tariff: DearerTariff | None) -> Floats:
    """Return by what the amount of each bill is multiplied, shape `(n_consumers, n_bills)`.

    Examples
    --------
    >>> price_factors(np.array([[20000, 20060, 20120]]), DearerTariff(begins=date(2025, 1, 1), price=2.0))
    array([[1., 2.]])
    """
    if tariff is None:
        return np.ones((len(bounds), bounds.shape[1] - 1))
    return np.where(bounds[:, 1:] > days_since_1970(tariff.begins), tariff.price, 1.0)


def changed_over(thefts: Thefts, bounds: Integers, inclination: Floats, method: NewMethod, *, seed: int) -> Thefts:
    """Return the thefts once theft has moved: old ones end, and as many others begin with the new method.

    Parameters
    ----------
    thefts
        As they would have gone on.
    bounds
        Reading days of all consumers, `(n_consumers, n_bills + 1)`.
    inclination
        How much more than others each consumer tends to steal, `(n_consumers,)`.
    method
        Since when, and how.
    seed
        Of the utility.

    Returns
    -------
    Thefts
        In order of their consumer.

    Examples
    --------
    >>> from powertheft.simulation.thefts import inclinations
    >>> from powertheft.simulation.utility import draw_honest_utility, tempt
    >>> honest = draw_honest_utility(consumers=2000, bills=12, seed=1, parameters=TAMIL_NADU)
    >>> before = tempt(honest, TAMIL_NADU)
    >>> inclined = inclinations(honest.population, honest.network)
    >>> method = NewMethod(begins=date(2026, 1, 1), months=1)
    >>> after = changed_over(before, honest.bounds, inclined, method, seed=1)
    >>> bool(after.locks[:, -1].any()), bool(after.locks[:, 5].any()), len(after.who) > len(before.who)
    (True, False, True)
    """
    random: Generator = random_streams(seed)["moving"]
    begins, ends = days_since_1970(method.begins), float(bounds.max())
    old = _ended(thefts, bounds, begins + random.uniform(0.0, method.months * DAYS_OF_A_MONTH, len(thefts.who)))
    moved = (thefts.start < begins + method.months * DAYS_OF_A_MONTH) & (thefts.end > begins)
    later = thefts.start >= begins + method.months * DAYS_OF_A_MONTH
    free = inclination.copy()
    free[thefts.who] = 0.0
    who = chosen(random, free, round(method.followers * (moved.sum() + later.sum())))
    at_once = random.random(len(who)) < moved.sum() / max(1, moved.sum() + later.sum())
    start = begins + random.uniform(0.0, method.months * DAYS_OF_A_MONTH, len(who))
    start = np.floor(np.where(at_once, start, random.uniform(begins, ends, len(who))))
    present = share_of_period(bounds[who], start, np.full(len(who), NEVER))
    shape = present.shape
    new = Thefts(
        who=who,
        kind=np.full(len(who), PARTIAL_BYPASS),
        start=start,
        end=np.full(len(who), NEVER),
        present=present,
        stolen=present * random.uniform(*method.stolen, (shape[0], 1)),
        use_factor=np.ones(shape),
        locks=(present > LEAST_PRESENT) & (random.random(shape) < method.locked),
    )
    return _joined(old, new)


def _ended(thefts: Thefts, bounds: Integers, day: Floats) -> Thefts:
    """The same thefts, each over by a day of its own, those that begin later never begun."""
    end = np.minimum(thefts.end, np.maximum(day, thefts.start))
    present = share_of_period(bounds[thefts.who], thefts.start, end)
    kept = np.divide(present, thefts.present, out=np.zeros_like(present), where=thefts.present > 0)
    factor = 1.0 + (thefts.use_factor - 1.0) * kept
    return replace(thefts, end=end, present=present, stolen=thefts.stolen * kept, use_factor=factor)


def _joined(first: Thefts, second: Thefts) -> Thefts:
    order = np.argsort(np.concatenate([first.who, second.who]), kind="stable")
    parts = {field.name: (getattr(first, field.name), getattr(second, field.name)) for field in fields(Thefts)}
    return Thefts(**{name: np.concatenate(both)[order] for name, both in parts.items()})


def days_since_1970(day: date) -> int:
    """Return a date as the days that the simulation counts in.

    Examples
    --------
    >>> days_since_1970(date(1970, 1, 3))
    2
    """
    return int(np.datetime64(day, "D").astype(np.int64))
