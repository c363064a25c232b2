"""The rules of quality, as data. Rule of the room: no row disappears unsaid.

They are applied in the order in which they stand: first all that set rows aside, then repairs, then what is only shown.
A row that several rules would set aside is set aside by the first. To add a rule: its function in `setting_aside`,
`repairing` or `observing`, its line here, its test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import polars as pl

from powertheft.domain.quality import Severity
from powertheft.quality import observing, repairing, setting_aside
from powertheft.quality.scene import Hit, Scene

CheckT_co = TypeVar("CheckT_co", covariant=True)

OF_CONSUMERS = ("readings", "intervals", "inspections", "payments", "events")
DATED = ("readings", "intervals", "payments", "transformer_readings", "events")
MEASURED = ("readings", "intervals", "transformer_readings")
ALL = ("consumers", *OF_CONSUMERS, "transformer_readings")


@dataclass(frozen=True, slots=True)
class Rule(Generic[CheckT_co]):
    """A rule: its name, the tables it is for, how grave it is, what it means and does in plain words, its check."""

    name: str
    tables: tuple[str, ...]
    severity: Severity
    meaning: str
    effect: str
    check: CheckT_co


SETTING_ASIDE: tuple[Rule[Callable[[Scene], pl.Series]], ...] = (
    Rule(
        "missing_consumer",
        ("consumers", *OF_CONSUMERS),
        "error",
        "The row does not say which consumer it is of.",
        "The row is set aside: it belongs to nobody.",
        setting_aside.missing_consumer,
    ),
    Rule(
        "missing_transformer",
        ("transformer_readings",),
        "error",
        "The row does not say which transformer it is of.",
        "The row is set aside: it belongs to no balance.",
        setting_aside.missing_transformer,
    ),
    Rule(
        "missing_date",
        DATED,
        "error",
        "The row has no date.",
        "The row is set aside: it cannot be put in order.",
        setting_aside.missing_date,
    ),
    Rule(
        "impossible_date",
        DATED,
        "error",
        "The date lies in the future beyond 2100 (such as 31-12-9999), or before 1900: a place-holder.",
        "The row is set aside: nothing can be put in order by it.",
        setting_aside.impossible_date,
    ),
    Rule(
        "orphan",
        OF_CONSUMERS,
        "error",
        "The row is of a consumer who is not in the list of consumers.",
        "The row is set aside. Many of them mean that the two files are not of the same export.",
        setting_aside.orphan,
    ),
    Rule(
        "duplicate_consumer",
        ("consumers",),
        "error",
        "The consumer is in the list more than once.",
        "The first row in the file is used, the later ones are set aside.",
        setting_aside.duplicate_consumer,
    ),
    Rule(
        "exact_duplicate",
        ("readings", "intervals", "inspections", "transformer_readings", "events"),
        "warning",
        "The row repeats another in every column.",
        "One of them is used, the others are set aside: the energy would count twice.",
        setting_aside.exact_duplicate,
    ),
)

REPAIRING: tuple[Rule[Callable[[Scene], repairing.Repaired]], ...] = (
    Rule(
        "unknown_code",
        ALL,
        "warning",
        "The word is not in the profile's list for this column.",
        "It is read as missing. If it is a word of yours, add it to the profile.",
        repairing.unknown_code,
    ),
    Rule(
        "negative_energy",
        MEASURED,
        "error",
        "The energy is below zero.",
        "It is read as missing: a correction of another bill says nothing about use in this period.",
        repairing.negative_energy,
    ),
    Rule(
        "missing_period",
        ("readings", "transformer_readings"),
        "warning",
        "The row does not say how many days it covers.",
        "The days since the bill before are used instead, or nothing where there is none.",
        repairing.missing_period,
    ),
    Rule(
        "impossible_period",
        ("readings", "transformer_readings"),
        "error",
        "No bill covers so many, or so few, days.",
        "The days since the bill before are used instead, or nothing where there is none.",
        repairing.impossible_period,
    ),
    Rule(
        "impossible_value",
        ALL,
        "error",
        "The number is outside what the profile says it can be.",
        "It is read as missing.",
        repairing.impossible_value,
    ),
)

SHOWING: tuple[Rule[Callable[[Scene], list[Hit]]], ...] = (
    Rule(
        "rebilled_day",
        ("readings", "transformer_readings"),
        "note",
        "The same meter has several bills of one day that differ.",
        "All are used, in the order of what they hold.",
        observing.rebilled_day,
    ),
    Rule(
        "rollover",
        ("readings",),
        "note",
        "The register went past its last digit and began again at zero; the bill counts this rightly.",
        "Used as it is.",
        observing.rollover,
    ),
    Rule(
        "index_backwards",
        ("readings",),
        "warning",
        "The register ends lower than it began, and the bill does not explain it by a full turn.",
        "Used as it is: it can be a slip, an exchanged meter, or a register that was turned back.",
        observing.index_backwards,
    ),
    Rule(
        "index_against_energy",
        ("readings",),
        "note",
        "The energy billed is not the difference of the register (by more than 1 and by more than 1 %).",
        "Used as it is: meter factors, estimates and corrections do this, and so does a register set by hand.",
        observing.index_against_energy,
    ),
    Rule(
        "missing_energy",
        MEASURED,
        "warning",
        "The row has no energy, or none that can be.",
        "The row is used without it: it still shows that a bill was written.",
        observing.missing_energy,
    ),
    Rule(
        "future_date",
        ALL,
        "warning",
        "The date lies in the future.",
        "Used as it is: it makes the whole file look newer than it is. Correct it at its source.",
        observing.future_date,
    ),
    Rule(
        "ancient_date",
        ALL,
        "warning",
        "The date lies before 1950.",
        "Used as it is: it is mostly a place-holder for a date that nobody knew.",
        observing.ancient_date,
    ),
    Rule(
        "early_reading",
        ("readings",),
        "note",
        "The reading lies before the year in which 99 % of the readings begin.",
        "Used as it is: a few early bills of few consumers say little about the rest.",
        observing.early_reading,
    ),
    Rule(
        "consumer_without_bill",
        ("consumers",),
        "warning",
        "The consumer has no bill.",
        "Nothing is known of their use: they are ranked by what the list of consumers says alone.",
        observing.consumer_without_bill,
    ),
    Rule(
        "consumer_without_transformer",
        ("consumers",),
        "note",
        "The consumer's transformer has no reading.",
        "No energy balance can be made for them.",
        observing.consumer_without_transformer,
    ),
    Rule(
        "transformer_without_consumer",
        ("transformer_readings",),
        "note",
        "The transformer supplies none of the consumers in the list.",
        "Its balance would be all loss; it is left out of the list of transformers.",
        observing.transformer_without_consumer,
    ),
    Rule(
        "missing_outcome",
        ("inspections",),
        "note",
        "The inspection has no outcome that is known.",
        "It is no label: neither theft nor honest.",
        observing.missing_outcome,
    ),
    Rule(
        "undated_inspection",
        ("inspections",),
        "note",
        "The inspection has no date.",
        "The whole history is read with it, also what came after the visit; every figure says so.",
        observing.undated_inspection,
    ),
    Rule(
        "inspection_before_bills",
        ("inspections",),
        "warning",
        "The inspection was before the consumer's first bill.",
        "The outcome counts, but there is no history to learn from.",
        observing.inspection_before_bills,
    ),
)
