"""The rules of quality, as data. Rule of the room: no row disappears unsaid.

They are applied in the order in which they stand: first all that set rows aside, then repairs, then what is only shown,
then what shows only in all rows at once. A row that several rules would set aside is set aside by the first. To add a
rule: its function in one of the modules beside this one, its line here, its test.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import polars as pl

from powertheft.domain.quality import Dimension, Severity
from powertheft.quality import histories, observing, outliers, repairing, setting_aside, wholes
from powertheft.quality.scene import Hit, Scene
from powertheft.quality.wholes import Whole

CheckT_co = TypeVar("CheckT_co", covariant=True)

OF_CONSUMERS = ("readings", "intervals", "inspections", "payments", "events")
DATED = ("readings", "intervals", "payments", "transformer_readings", "events")
MEASURED = ("readings", "intervals", "transformer_readings")
ALL = ("consumers", *OF_CONSUMERS, "transformer_readings")


@dataclass(frozen=True, slots=True)
class Rule(Generic[CheckT_co]):
    """A rule: what it asks, of which tables, how grave it is, what it means and does in plain words, its check.

    `repairs` are the steps that can mend what it finds. Rules that are not run `at_import` are in the full report only.
    """

    name: str
    dimension: Dimension
    tables: tuple[str, ...]
    severity: Severity
    meaning: str
    effect: str
    check: CheckT_co
    repairs: tuple[str, ...] = ()
    at_import: bool = True


SETTING_ASIDE: tuple[Rule[Callable[[Scene], pl.Series]], ...] = (
    Rule(
        "missing_consumer",
        "completeness",
        ("consumers", *OF_CONSUMERS),
        "error",
        "The row does not say which consumer it is of.",
        "The row is set aside: it belongs to nobody.",
        setting_aside.missing_consumer,
        repairs=("drop",),
    ),
    Rule(
        "missing_transformer",
        "completeness",
        ("transformer_readings",),
        "error",
        "The row does not say which transformer it is of.",
        "The row is set aside: it belongs to no balance.",
        setting_aside.missing_transformer,
        repairs=("drop",),
    ),
    Rule(
        "missing_date",
        "completeness",
        DATED,
        "error",
        "The row has no date.",
        "The row is set aside: it cannot be put in order.",
        setting_aside.missing_date,
        repairs=("drop",),
    ),
    Rule(
        "impossible_date",
        "validity",
        DATED,
        "error",
        "The date lies in the future beyond 2100 (such as 31-12-9999), or before 1900: a place-holder.",
        "The row is set aside: nothing can be put in order by it.",
        setting_aside.impossible_date,
        repairs=("drop",),
    ),
    Rule(
        "orphan",
        "consistency",
        OF_CONSUMERS,
        "error",
        "The row is of a consumer who is not in the list of consumers.",
        "The row is set aside. Many of them mean that the two files are not of the same export.",
        setting_aside.orphan,
        repairs=("drop",),
    ),
    Rule(
        "duplicate_consumer",
        "uniqueness",
        ("consumers",),
        "error",
        "The consumer is in the list more than once.",
        "The first row in the file is used, the later ones are set aside.",
        setting_aside.duplicate_consumer,
        repairs=("drop",),
    ),
    Rule(
        "exact_duplicate",
        "uniqueness",
        ("readings", "intervals", "inspections", "transformer_readings", "events"),
        "warning",
        "The row repeats another in every column.",
        "One of them is used, the others are set aside: the energy would count twice.",
        setting_aside.exact_duplicate,
        repairs=("drop",),
    ),
)

REPAIRING: tuple[Rule[Callable[[Scene], list[Hit]]], ...] = (
    Rule(
        "unknown_code",
        "validity",
        ALL,
        "warning",
        "The word is not in the profile's list for this column.",
        "It is read as missing. If it is a word of yours, add it to the profile.",
        repairing.unknown_code,
    ),
    Rule(
        "negative_energy",
        "validity",
        MEASURED,
        "error",
        "The energy is below zero.",
        "It is read as missing: a correction of another bill says nothing about use in this period.",
        repairing.negative_energy,
        repairs=(
            "mark_missing",
            "clip",
            "interpolate",
            "same_season_fill",
            "drop",
        ),
    ),
    Rule(
        "missing_period",
        "completeness",
        ("readings", "transformer_readings"),
        "warning",
        "The row does not say how many days it covers.",
        "The days since the bill before are used instead, or nothing where there is none.",
        repairing.missing_period,
        repairs=("period_from_dates",),
    ),
    Rule(
        "impossible_period",
        "validity",
        ("readings", "transformer_readings"),
        "error",
        "No bill covers so many, or so few, days.",
        "The days since the bill before are used instead, or nothing where there is none.",
        repairing.impossible_period,
        repairs=(
            "period_from_dates",
            "mark_missing",
            "drop",
        ),
    ),
    Rule(
        "impossible_value",
        "validity",
        ALL,
        "error",
        "The number is outside what the profile says it can be.",
        "It is read as missing.",
        repairing.impossible_value,
        repairs=(
            "mark_missing",
            "clip",
            "rescale",
            "drop",
        ),
    ),
)

SHOWING: tuple[Rule[Callable[[Scene], list[Hit]]], ...] = (
    Rule(
        "rebilled_day",
        "uniqueness",
        ("readings", "transformer_readings"),
        "note",
        "The same meter has several bills of one day that differ.",
        "All are used, in the order of what they hold.",
        observing.rebilled_day,
        repairs=("merge_duplicates",),
    ),
    Rule(
        "rollover",
        "plausibility",
        ("readings",),
        "note",
        "The register went past its last digit and began again at zero; the bill counts this rightly.",
        "Used as it is.",
        observing.rollover,
        repairs=("unroll_register",),
    ),
    Rule(
        "index_backwards",
        "consistency",
        ("readings",),
        "warning",
        "The register ends lower than it began, and the bill does not explain it by a full turn.",
        "Used as it is: it can be a slip, an exchanged meter, or a register that was turned back.",
        observing.index_backwards,
        repairs=(
            "mark_missing",
            "drop",
        ),
    ),
    Rule(
        "index_against_energy",
        "consistency",
        ("readings",),
        "note",
        "The energy billed is not the difference of the register (by more than 1 and by more than 1 %).",
        "Used as it is: meter factors, estimates and corrections do this, and so does a register set by hand.",
        observing.index_against_energy,
        repairs=("mark_missing",),
    ),
    Rule(
        "missing_energy",
        "completeness",
        MEASURED,
        "warning",
        "The row has no energy, or none that can be.",
        "The row is used without it: it still shows that a bill was written.",
        observing.missing_energy,
        repairs=(
            "interpolate",
            "same_season_fill",
            "carry_forward",
            "drop",
        ),
    ),
    Rule(
        "future_date",
        "timeliness",
        ALL,
        "warning",
        "The date lies in the future.",
        "Used as it is: it makes the whole file look newer than it is. Correct it at its source.",
        observing.future_date,
        repairs=(
            "mark_missing",
            "drop",
        ),
    ),
    Rule(
        "ancient_date",
        "validity",
        ALL,
        "warning",
        "The date lies before 1950.",
        "Used as it is: it is mostly a place-holder for a date that nobody knew.",
        observing.ancient_date,
        repairs=(
            "mark_missing",
            "drop",
        ),
    ),
    Rule(
        "consumer_without_bill",
        "completeness",
        ("consumers",),
        "warning",
        "The consumer has no bill.",
        "Nothing is known of their use: they are ranked by what the list of consumers says alone.",
        observing.consumer_without_bill,
        repairs=("drop",),
    ),
    Rule(
        "missing_outcome",
        "completeness",
        ("inspections",),
        "note",
        "The inspection has no outcome that is known.",
        "It is no label: neither theft nor honest.",
        observing.missing_outcome,
        repairs=("drop",),
    ),
    Rule(
        "undated_inspection",
        "completeness",
        ("inspections",),
        "note",
        "The inspection has no date.",
        "The whole history is read with it, also what came after the visit; every figure says so.",
        observing.undated_inspection,
        repairs=("drop",),
    ),
    Rule(
        "inspection_before_bills",
        "timeliness",
        ("inspections",),
        "warning",
        "The inspection was before the consumer's first bill.",
        "The outcome counts, but there is no history to learn from.",
        observing.inspection_before_bills,
        repairs=("drop",),
    ),
    Rule(
        "gap",
        "completeness",
        ("readings",),
        "warning",
        "Days before the bill are covered by no bill of the meter (by more than 10 days and a quarter of its period).",
        "Used as it is: the use of these days is unknown, and a month without a bill looks like a month without use.",
        histories.gap,
        repairs=("period_from_dates",),
    ),
    Rule(
        "overlapping_bill",
        "consistency",
        ("readings",),
        "warning",
        "The bill covers days that the bill before of the same meter covers too.",
        "Used as it is: the energy of these days may count twice, and energy a day reads too low.",
        histories.overlapping_bill,
        repairs=("period_from_dates", "drop"),
    ),
    Rule(
        "missing_interval",
        "completeness",
        ("intervals",),
        "warning",
        "Before the interval others are missing, by the step that the consumer's intervals usually have.",
        "Used as it is: sums over a day or a month read too low.",
        histories.missing_interval,
    ),
    Rule(
        "estimated_reading",
        "plausibility",
        ("readings",),
        "note",
        "The bill was estimated, or written at a locked door.",
        "Used as it is: an estimate says what the utility expected, not what was used.",
        histories.estimated_reading,
        repairs=("mark_missing", "interpolate", "same_season_fill"),
    ),
    Rule(
        "estimated_for_long",
        "plausibility",
        ("readings",),
        "warning",
        "The meter was estimated, or its door locked, at three or more bills in a row.",
        "Used as it is: nobody has seen the register for long, and a change in use would not show.",
        histories.estimated_for_long,
        repairs=("mark_missing", "same_season_fill"),
    ),
    Rule(
        "stuck_register",
        "plausibility",
        ("readings",),
        "note",
        "A register that had moved stands still over four or more bills in a row.",
        "Used as it is: a stopped meter, an empty house, or a reader who does not go. Rank it, do not repair it.",
        histories.stuck_register,
        repairs=("mark_missing",),
    ),
    Rule(
        "register_break",
        "consistency",
        ("readings",),
        "warning",
        "The bill begins at another index than the one where the bill before of the same meter ended.",
        "Used as it is: a bill is missing between them, or the register was set.",
        histories.register_break,
        repairs=("carry_forward",),
    ),
    Rule(
        "hampel_outlier",
        "plausibility",
        ("readings",),
        "note",
        "The energy a day lies over 6 scaled median deviations from the median of the meter's own bills (Hampel).",
        "Used as it is: one slip of a digit can outweigh years of bills; so can a hot summer or a real theft found.",
        outliers.hampel_outlier,
        repairs=("clip", "mark_missing", "interpolate", "same_season_fill"),
    ),
    Rule(
        "unit_slip",
        "validity",
        ("readings",),
        "error",
        "The energy a day is a thousand times, or a thousandth of, the median of the meter's own bills: Wh for kWh.",
        "Used as it is: it ruins every sum and mean that it is in.",
        outliers.unit_slip,
        repairs=("rescale", "mark_missing"),
    ),
    Rule(
        "factor_slip",
        "consistency",
        ("readings",),
        "warning",
        "The energy is the register's difference without the meter's usual factor, or with one ten times another.",
        "Used as it is: the bill is too low or too high by the whole factor.",
        outliers.factor_slip,
        repairs=("rescale", "mark_missing"),
    ),
    Rule(
        "bill_before_connection",
        "timeliness",
        ("readings",),
        "note",
        "The bill is from before the day on which the consumer was connected.",
        "Used as it is: the date of connection is that of a new contract, or wrong; ages of connections are then too.",
        histories.bill_before_connection,
        repairs=("drop",),
        at_import=False,
    ),
    Rule(
        "above_sanctioned_load",
        "plausibility",
        ("readings",),
        "note",
        "The energy would need more than the sanctioned load day and night.",
        "Used as it is: a wrong load, a wrong bill, or more drawn than was allowed.",
        histories.above_sanctioned_load,
        at_import=False,
    ),
    Rule(
        "reconnected_before_disconnected",
        "consistency",
        ("payments",),
        "warning",
        "The reconnection lies before the disconnection.",
        "Used as it is: use while disconnected cannot be told.",
        histories.reconnected_before_disconnected,
        repairs=("mark_missing",),
    ),
)

SHOWING_OF_ALL: tuple[Rule[Callable[[Whole], list[Hit]]], ...] = (
    Rule(
        "early_reading",
        "timeliness",
        ("readings",),
        "note",
        "The reading lies before the year in which 99 % of the readings begin.",
        "Used as it is: a few early bills of few consumers say little about the rest.",
        wholes.early_reading,
    ),
    Rule(
        "thin_month",
        "timeliness",
        ("readings",),
        "warning",
        "A month has under 30 % of the bills of the months around it: its delivery is missing, or a part of it.",
        "Used as it is: a file that was left out looks like consumers who used nothing.",
        wholes.thin_month,
    ),
    Rule(
        "consumer_stopped",
        "timeliness",
        ("readings",),
        "note",
        "The last bill of a consumer lies more than 400 days before the last bill of all.",
        "Used as it is: the connection was closed, or is no longer billed while current flows.",
        wholes.consumer_stopped,
    ),
    Rule(
        "consumer_without_transformer",
        "consistency",
        ("consumers",),
        "note",
        "The consumer's transformer has no reading.",
        "No energy balance can be made for them.",
        wholes.consumer_without_transformer,
    ),
    Rule(
        "transformer_without_consumer",
        "consistency",
        ("transformer_readings",),
        "note",
        "The transformer supplies none of the consumers in the list.",
        "Its balance would be all loss; it is left out of the list of transformers.",
        wholes.transformer_without_consumer,
    ),
    Rule(
        "overbilled_transformer",
        "consistency",
        ("transformer_readings",),
        "warning",
        "The consumers of the transformer were billed over 10 % more than it supplied: its total does not close.",
        "Used as it is: consumers are assigned to the wrong transformer, or its meter or factor is wrong.",
        wholes.overbilled_transformer,
        at_import=False,
    ),
    Rule(
        "unexplained_transformer",
        "plausibility",
        ("transformer_readings",),
        "note",
        "More than half of what the transformer supplied was billed to nobody: its total does not close.",
        "Used as it is: theft, or consumers who are assigned to another transformer. Look at the list first.",
        wholes.unexplained_transformer,
        at_import=False,
    ),
    Rule(
        "empty_column",
        "completeness",
        ALL,
        "note",
        "The column is empty from top to bottom.",
        "Nothing is made of it. Check that it is not another column of the file that was meant.",
        wholes.empty_column,
    ),
    Rule(
        "mostly_empty_column",
        "completeness",
        ALL,
        "note",
        "More than half of the rows have nothing in this column.",
        "Used where it is: what is made of it is known of few consumers.",
        wholes.mostly_empty_column,
    ),
    Rule(
        "constant_column",
        "plausibility",
        ALL,
        "note",
        "Every row has the same in this column.",
        "Used as it is: it tells no consumer from another.",
        wholes.constant_column,
    ),
    Rule(
        "label_balance",
        "plausibility",
        ("inspections",),
        "warning",
        "Under 1 %, or over 50 %, of the outcomes are theft.",
        "Training weighs them; every lift must be read against this share, and not against a usual one.",
        wholes.label_balance,
    ),
    Rule(
        "small_class",
        "plausibility",
        ("inspections",),
        "warning",
        "Theft, or its absence, was found fewer than 50 times.",
        "A model learns little from so few, and its figures have wide intervals.",
        wholes.small_class,
    ),
    Rule(
        "shift",
        "timeliness",
        ALL,
        "warning",
        "The values are spread otherwise than in the last version (population stability index over 0.25).",
        "Used as it is: a model of the last version may not hold. Look for another unit or code list first.",
        wholes.shift,
    ),
    Rule(
        "shrunk_table",
        "completeness",
        ALL,
        "warning",
        "The table has over 5 % fewer rows than in the last version.",
        "Used as it is: a part of the export may be missing.",
        wholes.shrunk_table,
    ),
)

MENDED_BY = {
    "negative_energy": "mark_missing",
    "missing_period": "period_from_dates",
    "impossible_period": "period_from_dates",
    "impossible_value": "mark_missing",
}
"""The step by which the default recipe mends what a rule of `REPAIRING` finds."""
