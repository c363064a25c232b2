"""Tamper events of smart meters (IS 15959: odd codes start, even codes end). Rule of the room: definitions only."""

from collections.abc import Callable

import narwhals as nw

from powertheft.features.definition import Aggregate, Feature, Sentence
from powertheft.features.sentences import AS_OF, count_of, dated, month, sentence, spoken

FAMILY = "events"

KINDS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("current_reversal", "current reversal", ("51", "53", "55")),
    ("current_bypass", "bypass of the current transformer", ("65",)),
    ("earth_loading", "earth loading", ("69",)),
    ("power_fail", "power failure", ("101",)),
    ("magnet", "magnetic disturbance", ("201",)),
    ("neutral_disturbance", "neutral disturbance", ("203",)),
    ("low_power_factor", "very low power factor", ("205",)),
    ("neutral_missing", "missing neutral", ("207",)),
    ("cover_open", "opening of the meter's cover", ("251",)),
    ("switched", "disconnection by the meter", ("301",)),
)
"""Kinds of events and the codes that begin them."""

HARMLESS = frozenset({"power_fail", "switched"})
"""Kinds that the network or the utility causes more often than a consumer does."""

TAMPER = tuple(code for name, _, codes in KINDS if name not in HARMLESS for code in codes)


def definitions() -> tuple[Feature, ...]:
    """Features of the events table; rows later than the as-of date are removed before."""
    plain = (
        *(_count(f"events_{name}", f"Events of {words} in the last 24 months", codes) for name, words, codes in KINDS),
        _count("tamper_events", "Tamper events of any kind in the last 24 months", TAMPER),
        _feature("tamper_recency", "days", "Days since the last tamper event", _recency),
        _feature("tamper_hours", "hours", "Duration of all tamper events", _hours, column="duration"),
    )
    return spoken(plain, SENTENCES)


def _of(codes: tuple[str, ...], column: str) -> nw.Expr:
    return nw.when(nw.col("event_code").is_in(codes)).then(nw.col(column))


def _recency() -> nw.Expr:
    return _of(TAMPER, "age_days").min()


def _hours() -> nw.Expr:
    return _of(TAMPER, "duration").sum()


def _count(name: str, meaning: str, codes: tuple[str, ...]) -> Feature:
    def expression() -> nw.Expr:
        return nw.when(nw.col("age_days") < 730.5).then(_of(codes, "one")).sum()

    return _feature(name, "", meaning, expression)


def _feature(
    name: str, unit: str, meaning: str, expression: Callable[[], nw.Expr], *, column: str = "event_code"
) -> Feature:
    return Feature(name, FAMILY, unit, meaning, frozenset({f"events.{column}"}), Aggregate(expression, "events"))


def _of_kind(words: str) -> Callable[..., str | None]:
    def said(*, as_of: float, number: float) -> str | None:
        if number < 1:
            return None
        return f"The meter reported {words} {count_of(number, 'time')} in the 24 months to {month(as_of)}"

    return said


def _tampered(*, as_of: float, number: float, recency: float) -> str | None:
    if number < 1:
        return None
    return (
        f"The meter reported {count_of(number, 'tamper event')} in the 24 months to {month(as_of)}, the last on "
        f"{dated(as_of - recency)}"
    )


ANY = sentence("events", _tampered, {"as_of": AS_OF, "number": "tamper_events", "recency": "tamper_recency"})

SENTENCES: dict[str, Sentence] = {
    **{
        f"events_{name}": sentence("events", _of_kind(words), {"as_of": AS_OF, "number": f"events_{name}"})
        for name, words, _ in KINDS
        if name not in HARMLESS
    },
    **dict.fromkeys(("tamper_events", "tamper_recency", "tamper_hours"), ANY),
}
