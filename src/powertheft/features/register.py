"""The meter's register: continuity, exchange, and energy against index. Rule of the room: definitions only."""

from collections.abc import Callable

import narwhals as nw

from powertheft.domain.numbers import grouped
from powertheft.features.aggregates import Quantity, aggregates, different, where
from powertheft.features.definition import Aggregate, Feature, Flag, Sentence
from powertheft.features.level import spread
from powertheft.features.sentences import (
    AS_OF,
    LONG_AGO,
    PARALLEL,
    count_of,
    dated,
    month,
    sentence,
    spoken,
)
from powertheft.features.windows import ALL, COMMODITIES, FIRST, LAST, YEAR
from powertheft.panel.kernels import MONTH_DAYS

FAMILY = "register"
INDEX = ("readings.previous_index", "readings.current_index")
REGISTER: frozenset[Flag] = frozenset({"register"})
EXCHANGED: frozenset[Flag] = frozenset({"register", "not-knowable"})
METER_ID = ("readings.meter_id",)

USED = Quantity("index_used", "index_difference", "difference of the register over a bill", "kWh", INDEX, REGISTER)
GAP = Quantity("index_gap", "index_gap", "gap from the last register to the next bill's first", "kWh", INDEX, REGISTER)
EXCESS = Quantity(
    "index_excess",
    "index_excess",
    "register difference less energy billed",
    "kWh",
    (*INDEX, "readings.energy"),
    REGISTER,
)
# A new meter begins near zero: where the register stands tells of an exchange as plainly as its date.
CURRENT = Quantity("current_index", "index", "register", "kWh", INDEX, EXCHANGED)
PREVIOUS = Quantity("previous_index", "index_previous", "register before", "kWh", INDEX, EXCHANGED)
EXCHANGE = Quantity("exchanged", "exchanges", "exchanges of the meter", "", METER_ID, EXCHANGED)
EXCHANGE_DAY = Quantity(
    "exchange_day", "exchange_date", "date of an exchange of the meter", "days since 1970", METER_ID, EXCHANGED
)
METER = Quantity(
    "meter_number",
    "meter_number",
    "number of the meter, where it is a number",
    "",
    METER_ID,
    frozenset({"registry", "not-knowable"}),
)
YEAR_DAYS = 366.0
FIRST_BILLS = 100.0
"""Days for which a meter must be on the bills before its level is told of (an assumption)."""

GAP_AGE = Quantity("age_days", "index_gap_age", "days since the greatest gap of the register", "days", INDEX, REGISTER)
EXCESS_AGE = Quantity(
    "age_days",
    "index_excess_age",
    "days since the bill of the greatest register difference less energy billed",
    "days",
    EXCESS.needs,
    REGISTER,
)
EXCESS_BILLED = Quantity(
    "energy",
    "index_excess_billed",
    "energy on the bill of the greatest register difference less energy billed",
    "kWh",
    EXCESS.needs,
    REGISTER,
)


def definitions() -> tuple[Feature, ...]:
    """Register features of electricity and gas."""
    features = (
        *aggregates(FAMILY, USED, statistics=("mean", "std", "min", "max"), windows=(ALL, YEAR)),
        *aggregates(FAMILY, USED, statistics=("max",), windows=(LAST,)),
        *aggregates(FAMILY, GAP, statistics=("mean", "std", "min", "max")),
        *where(FAMILY, GAP_AGE, "at_index_gap"),
        *aggregates(FAMILY, EXCESS, statistics=("mean", "std", "min", "max"), windows=(ALL, YEAR)),
        *where(FAMILY, EXCESS_AGE, "at_index_excess"),
        *where(FAMILY, EXCESS_BILLED, "at_index_excess"),
        *aggregates(FAMILY, CURRENT, statistics=("min", "max", "mean", "std")),
        *aggregates(FAMILY, CURRENT, statistics=("max",), windows=(LAST,)),
        *aggregates(FAMILY, PREVIOUS, statistics=("max",), windows=(FIRST,)),
        *aggregates(FAMILY, EXCHANGE, statistics=("sum", "mean"), windows=(ALL,)),
        *aggregates(FAMILY, EXCHANGE, statistics=("sum",), windows=(YEAR,)),
        *aggregates(FAMILY, EXCHANGE_DAY, statistics=("min", "max")),
        *aggregates(FAMILY, METER, statistics=("min", "max", "mean")),
        *aggregates(FAMILY, METER, statistics=("max",), windows=(LAST, FIRST)),
        *(feature for commodity in COMMODITIES for feature in _meters(commodity)),
    )
    return spoken(features, SENTENCES)


def _meters(commodity: str) -> tuple[Feature, ...]:
    def number() -> nw.Expr:
        return different(ALL.of(nw.col("known_meter"), commodity))

    def newest_age() -> nw.Expr:
        return ALL.of(nw.col("age_days") + nw.col("exchange_days"), commodity).max()

    def parallel() -> nw.Expr:
        return ALL.of(nw.col("parallel"), commodity).sum()

    def feature(name: str, unit: str, meaning: str, expression: Callable[[], nw.Expr]) -> Feature:
        needs = {*METER_ID} | ({"readings.commodity"} if commodity == "gas" else set[str]())
        full = f"{COMMODITIES[commodity]}{name}"
        return Feature(
            full, FAMILY, unit, f"{meaning} ({commodity})", frozenset(needs), Aggregate(expression), EXCHANGED
        )

    return (
        feature("meters", "", "Number of different meters", number),
        feature("parallel_bills", "", "Bills of one day from another meter than the bill before", parallel),
        feature("newest_meter_age", "days", "Days since the first bill of the newest meter", newest_age),
        feature(
            "use_before_exchange",
            "kWh/month",
            "Use on older meters' bills of the year before the newest meter's first",
            _use(commodity, since=False),
        ),
        feature(
            "use_since_exchange",
            "kWh/month",
            "Use on the newest meter's bills of the year from its first",
            _use(commodity, since=True),
        ),
    )


def _use(commodity: str, *, since: bool) -> Callable[[], nw.Expr]:
    """Energy over days of the bills within a year of the newest meter's first bill, on that meter or the older ones."""

    def expression() -> nw.Expr:
        days = nw.col("exchange_days")
        is_newest = nw.col("meter_since") == nw.col("newest_meter_since")
        # The old meter's last bill is often of the same day as the new one's first.
        near = (days >= 0) & (days < YEAR_DAYS) & is_newest if since else days.is_between(-YEAR_DAYS, 0) & ~is_newest
        billed = nw.when(near & ~nw.col("daily").is_null())
        energy = ALL.of(billed.then(nw.col("energy")), commodity)
        period = ALL.of(billed.then(nw.col("period")), commodity)
        return energy.sum() / period.sum() * MONTH_DAYS

    return expression


def _exchange(*, as_of: float, meters: float, age: float, exchanges: float, parallel: float) -> str | None:
    if meters < 2 or exchanges < 1:
        return None
    # How many there were is left to the bills: a number that shows nothing, or is miswritten, may be a meter or none.
    if parallel > PARALLEL:
        return f"Several meters at once: {count_of(parallel, 'bill')} of the same day as another meter's"
    return f"Another meter than before, on the bills since {month(as_of - age)} (an exchange may itself follow a visit)"


def _set_back(*, last: float, highest: float, on: float, meters: float) -> str | None:
    # One meter's register begins anew when it has run through all its digits: nothing to speak of.
    if last > 0.5 * highest or highest < 500 or not meters >= 2:
        return None
    stands = f"The register stands at {grouped(last)} on the last bill, of {dated(on)}"
    return f"{stands}, and once stood at {grouped(highest)} (another meter)"


def _gap(*, as_of: float, gap: float, backwards: float, age: float) -> str | None:
    # Bills in the wrong order jump back as far as they jump ahead: then nothing is missing.
    if gap < 50 or backwards < 0 or age > LONG_AGO:
        return None
    return (
        f"On the bill of {dated(as_of - age)} the register starts {grouped(gap)} above where it ended the bill before "
        f"(same meter; a bill may be missing)"
    )


def _excess(*, as_of: float, excess: float, billed: float, age: float) -> str | None:
    if excess < 50 or excess < 0.1 * (billed + excess) or age > LONG_AGO:
        return None
    return (
        f"On the bill of {dated(as_of - age)} the register moves on by {grouped(billed + excess)}, and "
        f"{grouped(billed)} kWh are billed"
    )


SPOKEN_BY: dict[str, tuple[str, ...]] = {
    "set back": ("index_last", "index_min", "index_max", "index_mean", "index_std", "index_previous_first"),
    "exchange": (
        "exchanges_sum",
        "exchanges_mean",
        "exchanges_sum_12m",
        "exchange_date_min",
        "exchange_date_max",
        "meters",
        "newest_meter_age",
        "use_before_exchange",
        "use_since_exchange",
    ),
    "gap": ("index_gap_max", "index_gap_mean", "index_gap_std", "index_gap_age"),
    "excess": (
        "index_excess_max",
        "index_excess_mean",
        "index_excess_std",
        "index_excess_age",
        "index_excess_billed",
    ),
}
"""Which features each of the sentences below speaks for."""


def _of(commodity: str) -> dict[str, Sentence]:
    prefix = COMMODITIES[commodity]

    def named(**numbers: str) -> dict[str, str]:
        return {word: name if name == AS_OF else f"{prefix}{name}" for word, name in numbers.items()}

    said = {
        "set back": sentence(
            "exchange",
            _set_back,
            named(last="index_last", highest="index_max", on="reading_date_max", meters="meters"),
            commodity=commodity,
            meters="one",
        ),
        "exchange": sentence(
            "exchange",
            _exchange,
            named(as_of=AS_OF, meters="meters", age="newest_meter_age", exchanges="exchanges_sum"),
            optional=named(parallel="parallel_bills"),
            commodity=commodity,
        ),
        "gap": sentence(
            "register",
            _gap,
            named(as_of=AS_OF, gap="index_gap_max", backwards="index_gap_min", age="index_gap_age"),
            commodity=commodity,
        ),
        "excess": sentence(
            "register",
            _excess,
            named(as_of=AS_OF, excess="index_excess_max", billed="index_excess_billed", age="index_excess_age"),
            commodity=commodity,
        ),
    }
    return {f"{prefix}{name}": said[which] for which, names in SPOKEN_BY.items() for name in names}


SENTENCES: dict[str, Sentence] = {
    **_of("electricity"),
    **_of("gas"),
    "index_difference_std": spread(ALL),
    "index_difference_std_12m": spread(YEAR),
}
