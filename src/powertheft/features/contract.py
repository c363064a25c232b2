"""The contract: who is connected, since when, with what load. Rule of the room: definitions only."""

from collections.abc import Callable

import narwhals as nw

from powertheft.features.definition import Feature, Flag, Lookup, Sentence
from powertheft.features.derived import days_since_epoch
from powertheft.features.sentences import AS_OF, figure, month, percent, sentence, spoken
from powertheft.panel.kernels import MONTH_DAYS

FAMILY = "contract"
REGISTRY: frozenset[Flag] = frozenset({"registry"})
CATEGORIES = (
    ("category", "Category of supply"),
    ("tariff", "Tariff"),
    ("region", "Region or circle"),
    ("district", "District or division"),
    ("section", "Section office"),
    ("phase", "Single or three phase"),
)
SANCTIONED = frozenset({"consumers.sanctioned_load"})
CONNECTED = frozenset({"consumers.connected_on"})

HARDLY_USED = 0.05
"""Share of the sanctioned load, taken day and night, below which use is told of (an assumption)."""

OVERUSED = 0.6
"""The same share from which it is: few connections draw their load for most of the day (an assumption)."""


def definitions() -> tuple[Feature, ...]:
    """Features of the consumer master.

    `recent_daily` [kWh/day] and `as_of_day` are joined to it before these are looked up.
    """
    plain = (
        *(_category(name, meaning) for name, meaning in CATEGORIES),
        _number("sanctioned_load", "kW", "Sanctioned load", needs=SANCTIONED, expression=_load),
        _number("connected_day", "days since 1970", "Date of connection", needs=CONNECTED, expression=_connected),
        _number("connection_age", "years", "Years since the connection", needs=CONNECTED, expression=_age),
        _number(
            "load_use",
            "share",
            "Use in the last 12 months over what the sanctioned load could take",
            needs=SANCTIONED | {"readings.energy"},
            expression=_load_use,
        ),
    )
    return spoken(plain, SENTENCES)


def _load() -> nw.Expr:
    return nw.col("sanctioned_load")


def _connected() -> nw.Expr:
    return days_since_epoch("connected_on")


def _age() -> nw.Expr:
    return (nw.col("as_of_day") - days_since_epoch("connected_on")) / 365.25


def _load_use() -> nw.Expr:
    usable = nw.when(nw.col("sanctioned_load") > 0).then(nw.col("sanctioned_load"))
    return nw.col("recent_daily") / (usable * 24.0)


def _category(name: str, meaning: str) -> Feature:
    def expression() -> nw.Expr:
        return nw.col(name)

    return Feature(
        name, FAMILY, "", meaning, frozenset({f"consumers.{name}"}), Lookup(expression), REGISTRY, kind="category"
    )


def _number(name: str, unit: str, meaning: str, *, needs: frozenset[str], expression: Callable[[], nw.Expr]) -> Feature:
    return Feature(name, FAMILY, unit, meaning, needs, Lookup(expression), REGISTRY)


def _for_its_load(*, as_of: float, load: float, share: float) -> str | None:
    if load <= 0 or HARDLY_USED < share < OVERUSED:
        return None
    use = share * load * 24 * MONTH_DAYS
    kilowatts = f"{load:.1f}".removesuffix(".0")
    return (
        f"Used {figure(use)} kWh a month in the 12 months to {month(as_of)}: {percent(share)} of what the sanctioned "
        f"load of {kilowatts} kW could take day and night"
    )


SENTENCES: dict[str, Sentence] = {
    "load_use": sentence("load", _for_its_load, {"as_of": AS_OF, "load": "sanctioned_load", "share": "load_use"})
}
