"""Cadence: how regularly a connection was read, and how long it was observed. Rule of the room: definitions only."""

from collections.abc import Callable

import narwhals as nw

from powertheft.features.aggregates import Quantity, aggregates, where
from powertheft.features.definition import Feature, Flag, Kernel, Lookup, Sentence
from powertheft.features.sentences import AS_OF, LONG_AGO, count_of, dated, month, sentence, spoken
from powertheft.features.windows import ALL, COMMODITIES, FIRST, LAST, LAST_THREE, TWO_YEARS, YEAR
from powertheft.panel import kernels

FAMILY = "cadence"
READ = ("readings.read_on",)
PERIOD_NEEDS = ("readings.period_days",)
EXPOSURE: frozenset[Flag] = frozenset({"exposure"})

PERIOD = Quantity("period", "period", "days that a bill covers", "days", PERIOD_NEEDS)
GAP = Quantity("gap_days", "reading_gap", "days from one reading to the next", "days", READ)
GAP_AGE = Quantity("age_days", "reading_gap_age", "days since the longest time without a reading ended", "days", READ)
PERIOD_EXCESS = Quantity(
    "period_excess", "period_excess", "days billed beyond the days since the last reading", "days", PERIOD_NEEDS
)
ESTIMATED = Quantity(
    "estimated", "estimated", "estimated or locked readings (1 where so)", "share", ("readings.is_estimated",)
)
COUNT = Quantity("one", "bills", "bills", "", READ, EXPOSURE)
DAY = Quantity("read_day", "reading_date", "date of a reading", "days since 1970", READ, EXPOSURE)

PANEL = (
    ("last_month_age", "Months since the last month that bills cover", kernels.last_month_age),
    ("months_observed_12m", "How many of the last 12 months bills cover", kernels.months_observed(12)),
    ("first_month_age", "Months since the first month, of up to six years, that bills cover", kernels.first_month_age),
)

LONG = 2.0
"""Times the mean time between readings that the longest must be to be told (an assumption)."""


def definitions() -> tuple[Feature, ...]:
    """Cadence and exposure features of electricity and gas."""
    features = (
        *aggregates(FAMILY, PERIOD, statistics=("mean", "std", "min", "max")),
        *aggregates(FAMILY, PERIOD, statistics=("max",), windows=(LAST, FIRST)),
        *aggregates(FAMILY, GAP, statistics=("mean", "std", "min", "max"), windows=(ALL,)),
        *aggregates(FAMILY, GAP, statistics=("mean", "max"), windows=(YEAR,)),
        *aggregates(FAMILY, GAP, statistics=("max",), windows=(TWO_YEARS,)),
        *aggregates(FAMILY, GAP, statistics=("max",), windows=(LAST,)),
        *where(FAMILY, GAP_AGE, "at_reading_gap"),
        *aggregates(FAMILY, PERIOD_EXCESS, statistics=("mean", "std", "min", "max")),
        *aggregates(FAMILY, ESTIMATED, statistics=("mean", "sum"), windows=(ALL, YEAR)),
        *aggregates(FAMILY, ESTIMATED, statistics=("sum",), windows=(LAST_THREE,)),
        *aggregates(FAMILY, COUNT, statistics=("sum",), windows=(ALL, YEAR)),
        *aggregates(FAMILY, DAY, statistics=("min", "max", "mean")),
        _as_of(),
        *(
            Feature(name, FAMILY, "months", meaning, frozenset({"readings.energy"}), Kernel(function), EXPOSURE)
            for name, meaning, function in PANEL
        ),
    )
    return spoken(features, SENTENCES)


def _as_of() -> Feature:
    def expression() -> nw.Expr:
        return nw.col("as_of_day")

    return Feature(
        "as_of_date",
        FAMILY,
        "days since 1970",
        "The as-of date: nothing later was read",
        frozenset(READ),
        Lookup(expression),
        EXPOSURE,
    )


def _long_gap(supply: str) -> Callable[..., str | None]:
    def words(*, as_of: float, longest: float, mean: float, age: float) -> str | None:
        if longest < 120 or longest < LONG * mean or age > LONG_AGO:
            return None
        ended = as_of - age
        months, usual = count_of(longest / kernels.MONTH_DAYS, "month"), f"{mean / kernels.MONTH_DAYS:.1f}"
        # The later bill may hold all of it: that nobody came to read for so long is what is told.
        spell = f"{supply}{months} from one bill to the next, {dated(ended - longest)} to {dated(ended)}"
        return f"{spell}; on average {usual.removesuffix('.0')}"

    return words


def _estimated(spell: str) -> Sentence:
    ending = "_12m" if spell else ""

    def words(*, as_of: float, estimated: float, bills: float) -> str | None:
        if estimated < 1 or estimated < 0.2 * bills:
            return None
        when = f"{spell} to {month(as_of)}" if spell else f"whole history to {month(as_of)}"
        return f"{estimated:.0f} of {count_of(bills, 'bill')} estimated or read at a locked door ({when})"

    counts = {"estimated": f"estimated_sum{ending}", "bills": f"bills_sum{ending}"}
    return sentence("estimated", words, {"as_of": AS_OF, **counts})


def _gap_sentence(commodity: str) -> Sentence:
    stem = f"{COMMODITIES[commodity]}reading_gap"
    numbers = {"as_of": AS_OF, "longest": f"{stem}_max", "mean": f"{stem}_mean", "age": f"{stem}_age"}
    # Who is billed for gas too may have had bills of that all the time.
    words = _long_gap("Electricity: " if commodity == "electricity" else "")
    return sentence("cadence", words, numbers, commodity=commodity, meters="one")


SENTENCES: dict[str, Sentence] = {
    **{
        f"{prefix}reading_gap_{ending}": _gap_sentence(commodity)
        for commodity, prefix in COMMODITIES.items()
        for ending in ("mean", "std", "max", "age")
    },
    **dict.fromkeys(("estimated_sum", "estimated_mean"), _estimated("")),
    **dict.fromkeys(("estimated_sum_12m", "estimated_mean_12m", "estimated_sum_last3"), _estimated("12 months")),
}
