"""Compact ways to define aggregates: quantity x statistic x window x commodity. Rule of the room: definitions only."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import narwhals as nw

from powertheft.features.definition import Aggregate, Feature, Flag
from powertheft.features.windows import ALL, COMMODITIES, QUANTILES, STATISTICS, Window

EXPOSURE: frozenset[Flag] = frozenset({"exposure"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """A derived column of readings: its column, the stem of a feature's name, words, unit and the columns it needs."""

    column: str
    stem: str
    words: str
    unit: str
    needs: tuple[str, ...] = ("readings.energy",)
    flags: frozenset[Flag] = field(default_factory=frozenset[Flag])


def aggregates(
    family: str,
    quantity: Quantity,
    *,
    statistics: Iterable[str],
    windows: Iterable[Window] = (ALL,),
    commodities: Iterable[str] = ("electricity", "gas"),
) -> tuple[Feature, ...]:
    """Define one feature for each commodity, window and statistic of a quantity."""
    windows, statistics = tuple(windows), tuple(statistics)
    return tuple(
        _aggregate(family, quantity, statistic=statistic, window=window, commodity=commodity)
        for commodity in commodities
        for window in windows
        for statistic in statistics
    )


def where(
    family: str,
    quantity: Quantity,
    flag: str,
    *,
    statistic: str = "max",
    scale: float = 1.0,
    commodities: Iterable[str] = ("electricity", "gas"),
) -> tuple[Feature, ...]:
    """Define, for each commodity, one feature that reduces a quantity over the readings with a flag of derived."""
    return tuple(
        _where(family, quantity, flag, statistic=statistic, scale=scale, commodity=commodity)
        for commodity in commodities
    )


def _where(family: str, quantity: Quantity, flag: str, *, statistic: str, scale: float, commodity: str) -> Feature:
    def expression() -> nw.Expr:
        flagged = nw.when(nw.col(flag)).then(nw.col(quantity.column) * scale)
        return getattr(ALL.of(flagged, commodity), statistic)()

    return Feature(
        name=f"{COMMODITIES[commodity]}{quantity.stem}",
        family=family,
        unit=quantity.unit,
        meaning=_sentence_case(quantity.words, commodity),
        needs=_needs(quantity, commodity),
        computation=Aggregate(expression),
        flags=quantity.flags,
    )


def different(expression: nw.Expr) -> nw.Expr:
    """Number of different values that are known: rows outside of a window, which are empty, are no value."""
    return expression.n_unique() - expression.is_null().cast(nw.Int64).max()


def _needs(quantity: Quantity, commodity: str) -> frozenset[str]:
    return frozenset({*quantity.needs} | ({"readings.commodity"} if commodity == "gas" else set[str]()))


def _sentence_case(words: str, commodity: str) -> str:
    return words[0].upper() + words[1:] + (" (gas)" if commodity == "gas" else "")


def _reduced(values: nw.Expr, statistic: str) -> object:
    if statistic in QUANTILES:
        return values.quantile(QUANTILES[statistic], interpolation="linear")
    return getattr(values, statistic)()


def _aggregate(family: str, quantity: Quantity, *, statistic: str, window: Window, commodity: str) -> Feature:
    def expression() -> nw.Expr:
        reduced = _reduced(window.of(nw.col(quantity.column), commodity), statistic)
        return reduced if isinstance(reduced, nw.Expr) else nw.lit(None)

    # A single reading has no spread to speak of: its name says which it is, without a statistic.
    single = window.ending in {"_last", "_first"}
    name = f"{COMMODITIES[commodity]}{quantity.stem}{'' if single else '_' + statistic}{window.ending}"
    words = quantity.words if single else f"{STATISTICS[statistic]} {quantity.words}"
    return Feature(
        name=name,
        family=family,
        unit=quantity.unit,
        meaning=_sentence_case(f"{words} {window.words}", commodity),
        needs=_needs(quantity, commodity),
        computation=Aggregate(expression),
        # A sum over the whole history grows with how long a consumer was observed.
        flags=quantity.flags | EXPOSURE if statistic == "sum" and window is ALL else quantity.flags,
    )
