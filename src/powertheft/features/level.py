"""Level of use: how much a connection takes. Rule of the room: a feature is a definition, never a script."""

from powertheft.features.aggregates import Quantity, aggregates
from powertheft.features.definition import Feature, Kernel, Sentence
from powertheft.features.peers import LEVEL
from powertheft.features.sentences import (
    AS_OF,
    LITTLE,
    SEASONAL,
    compared,
    dated,
    figure,
    has_fallen,
    has_risen,
    month,
    percent,
    sentence,
    spoken,
)
from powertheft.features.windows import (
    ALL,
    FIRST,
    LAST,
    LAST_THREE,
    OLDER,
    QUANTILES,
    TWO_YEARS,
    YEAR,
    YEAR_BEFORE,
    Window,
)
from powertheft.panel import kernels

FAMILY = "level"
DAILY = Quantity("daily", "daily_use", "use a day", "kWh/day")
BILL = Quantity("energy", "bill", "energy a bill", "kWh")

PANEL = (
    ("use_6m", "Use in the last 6 months", kernels.use_over(6)),
    ("use_12m", "Use in the last 12 months", kernels.use_over(12)),
    ("use_older", "Use more than two and up to six years ago", kernels.use_over(48, skipping=24, minimum=12)),
    ("use_all", "Use over up to six years", kernels.use_over(72, minimum=12)),
)


def definitions() -> tuple[Feature, ...]:
    """Level features of electricity (panel and bills) and gas (bills)."""
    features = (
        *aggregates(FAMILY, DAILY, statistics=("mean", "std", "min", "max"), windows=(ALL, YEAR, TWO_YEARS, OLDER)),
        *aggregates(FAMILY, DAILY, statistics=("mean", "max"), windows=(YEAR_BEFORE, LAST_THREE)),
        *aggregates(FAMILY, DAILY, statistics=("max",), windows=(LAST, FIRST)),
        *aggregates(FAMILY, BILL, statistics=("mean", "std", "min", "max", "sum")),
        *aggregates(FAMILY, BILL, statistics=tuple(QUANTILES)),
        *aggregates(FAMILY, BILL, statistics=("max",), windows=(LAST,)),
        *(
            Feature(
                name, FAMILY, "kWh/month", meaning, frozenset({"readings.energy"}), Kernel(kernels.per_month(function))
            )
            for name, meaning, function in PANEL
        ),
    )
    return spoken(features, SENTENCES)


def _older(*, as_of: float, now: float, before: float) -> str | None:
    return compared(
        before, now, "on average two to six years ago", when=f"12 months to {month(as_of)}", fall=0.7, rise=1.75
    )


def _average(spell: str) -> Sentence:
    def words(*, as_of: float, now: float, whole: float) -> str | None:
        return compared(
            whole, now, "on average over up to six years", when=f"{spell} months to {month(as_of)}", fall=0.7, rise=1.75
        )

    numbers = {"as_of": AS_OF, "now": f"use_{spell}m", "whole": "use_all"}
    return sentence("past", words, numbers, meters="together")


SEASON = {"season": "season_strength"}
SEASON_OF_YEARS = "; in up to six years the calendar month explains {} of the variation"


def spread(window: Window) -> Sentence:
    """The least and the greatest bill of a window, where they lie far apart."""

    def words(
        *, as_of: float, least: float, greatest: float, mean: float, deviation: float, season: float
    ) -> str | None:
        if mean * kernels.MONTH_DAYS < LITTLE or (deviation < 0.6 * mean and greatest < 2.5 * mean):
            return None
        low, high, middle = (figure(value * kernels.MONTH_DAYS) for value in (least, greatest, mean))
        # The season is that of up to six years, and says nothing of an older spell.
        of_it = "" if window is OLDER or not season > SEASONAL else SEASON_OF_YEARS.format(percent(season))
        # "Two years ago" is counted from the last bill, which may itself be old.
        when = f"up to {month(as_of, 24)}" if window is OLDER else window.words
        return f"Bills go from {low} to {high} kWh a month {when} (average {middle}{of_it})"

    statistics = {"least": "min", "greatest": "max", "mean": "mean", "deviation": "std"}
    numbers = {word: f"daily_use_{statistic}{window.ending}" for word, statistic in statistics.items()}
    return sentence("variation", words, {"as_of": AS_OF, **numbers}, optional=SEASON, meters="one")


def _last_bill(*, last: float, mean: float, on: float, season: float) -> str | None:
    now, usual = last * kernels.MONTH_DAYS, mean * kernels.MONTH_DAYS
    if season > SEASONAL or not (has_fallen(usual, now, to=0.35) or has_risen(usual, now, to=2.5)):
        return None
    return f"The last bill, of {dated(on)}, is of {figure(now)} kWh a month; bills average {figure(usual)}"


LAST_BILL = sentence(
    "last-bill",
    _last_bill,
    {"last": "daily_use_last", "mean": "daily_use_mean", "on": "reading_date_max"},
    optional=SEASON,
    meters="one",
)
OLDER_USE = sentence("past", _older, {"as_of": AS_OF, "now": "use_12m", "before": "use_older"}, meters="together")
AVERAGE_USE = _average("12")
RECENT_AVERAGE_USE = _average("6")
SENTENCES: dict[str, Sentence] = {
    **dict.fromkeys(("daily_use_mean_12m", "daily_use_mean_24m", "use_12m", "use_6m", "bill_mean"), LEVEL),
    **dict.fromkeys(("daily_use_mean_older", "use_older", "use_all", "daily_use_mean"), OLDER_USE),
    **dict.fromkeys(("daily_use_mean_last3",), RECENT_AVERAGE_USE),
    **{
        f"daily_use_{statistic}{window.ending}": spread(window)
        for window in (ALL, YEAR, TWO_YEARS, OLDER)
        for statistic in ("std", "min", "max")
    },
    **dict.fromkeys(("bill_std", "bill_min", "bill_max"), spread(ALL)),
    **dict.fromkeys(("daily_use_last", "bill_last"), LAST_BILL),
}
