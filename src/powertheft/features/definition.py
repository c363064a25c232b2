"""What a feature is. Rule of the room: a feature is a definition, never a script."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import narwhals as nw
import numpy as np

if TYPE_CHECKING:  # the panels bring Numba, 60 MB, which who only names features does without
    from powertheft.panel.intervals import IntervalPanel
    from powertheft.panel.monthly import MonthlyPanel

Flag = Literal["not-knowable", "registry", "exposure", "register"]
FLAGS: Mapping[Flag, str] = {
    "not-knowable": "may have been caused by an inspection, so it is not known before one",
    "registry": "comes from the consumer master, not from behaviour",
    "exposure": "says how long or how often a consumer was observed",
    "register": "comes from the meter's register",
}
Kind = Literal["number", "category"]
Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A Narwhals expression that reduces one consumer's rows of a table, derived by features.derived, to one value."""

    expression: Callable[[], nw.Expr]
    table: str = "readings"


@dataclass(frozen=True, slots=True)
class Kernel:
    """A NumPy function from the panel, rows (n_consumers, n_periods), to one value a row."""

    function: "Callable[[MonthlyPanel], np.ndarray]"


@dataclass(frozen=True, slots=True)
class Grouped:
    """A group table: the first pass aggregates over `peers`, the second compares each row with its group.

    The function gets the panel and the peers' median, (n_consumers, n_periods) [kWh/day], row by row.
    """

    function: "Callable[[MonthlyPanel, np.ndarray], np.ndarray]"


@dataclass(frozen=True, slots=True)
class Lookup:
    """A Narwhals expression over the consumer's own row of the consumer master."""

    expression: Callable[[], nw.Expr]


@dataclass(frozen=True, slots=True)
class OfIntervals:
    """A NumPy function from the panel of days and slots, (n_units, n_days, n_slots) [kWh], to values by feature's name.

    The features of a family share their function, which the engine calls once for all of them.
    """

    function: "Callable[[IntervalPanel], Mapping[str, np.ndarray]]"


Computation = Aggregate | Kernel | Grouped | Lookup | OfIntervals


@dataclass(frozen=True, slots=True)
class Sentence:
    """How a feature speaks as a reason: one clause with its numbers, or None where it has nothing notable to say.

    `numbers` names the features whose values `say` reads, `quoted` those of them without which it is silent; `theme`
    keeps two reasons from saying the same thing.
    """

    theme: str
    numbers: tuple[str, ...]
    quoted: tuple[str, ...]
    say: Callable[[Numbers], str | None]


@dataclass(frozen=True, slots=True)
class Feature:
    """One definition: name, family, unit, meaning in words, kind, flags, the columns it needs, how it is computed."""

    name: str
    family: str
    unit: str
    meaning: str
    needs: frozenset[str]
    computation: Computation
    flags: frozenset[Flag] = field(default_factory=frozenset[Flag])
    kind: Kind = "number"
    sentence: Sentence | None = None
