"""Payments, arrears, disconnections. Rule of the room: a feature is a definition, never a script."""

from collections.abc import Callable

import narwhals as nw

from powertheft.domain.numbers import grouped
from powertheft.features.definition import Aggregate, Feature, Sentence
from powertheft.features.derived import days_since_epoch
from powertheft.features.sentences import (
    AS_OF,
    count_of,
    dated,
    month,
    sentence,
    spoken,
)

FAMILY = "payment"


def _year(column: str) -> nw.Expr:
    return nw.when(nw.col("age_days") < 365.25).then(nw.col(column))


def _newest(column: str) -> nw.Expr:
    return nw.when(nw.col("from_end") < 2).then(nw.col(column))


def _passed(column: str) -> nw.Expr:
    """Days since a date; empty where it lies ahead: a payment's row may tell of a reconnection to come."""
    days = nw.col("as_of_day") - days_since_epoch(column)
    return nw.when(days >= 0).then(days)


Row = tuple[str, str, str, str, Callable[[], nw.Expr]]

TABLE: tuple[Row, ...] = (
    ("payments_12m", "", "Payments in the last 12 months", "paid_on", lambda: _year("one").sum()),
    ("payment_age", "days", "Days since the last payment", "paid_on", lambda: nw.col("age_days").min()),
    ("paid_12m", "currency", "Amount paid in the last 12 months", "amount", lambda: _year("amount").sum()),
    ("arrears_last", "currency", "Arrears after the last payment", "arrears", lambda: _newest("arrears").max()),
    ("arrears_max", "currency", "Greatest arrears ever", "arrears", lambda: nw.col("arrears").max()),
    ("arrears_mean_12m", "currency", "Mean arrears in the last 12 months", "arrears", lambda: _year("arrears").mean()),
    ("disconnections", "", "Disconnections so far", "disconnected_on", lambda: _passed("disconnected_on").count()),
    ("reconnections", "", "Reconnections so far", "reconnected_on", lambda: _passed("reconnected_on").count()),
    (
        "days_since_disconnection",
        "days",
        "Days since the last disconnection",
        "disconnected_on",
        lambda: _passed("disconnected_on").min(),
    ),
)
"""Name, unit, meaning, column needed, computation."""


def definitions() -> tuple[Feature, ...]:
    """Features of the payments table; rows later than the as-of date are removed before."""
    plain = (
        Feature(name, FAMILY, unit, meaning, frozenset({f"payments.{column}"}), Aggregate(expression, "payments"))
        for name, unit, meaning, column, expression in TABLE
    )
    return spoken(plain, SENTENCES)


def _arrears(*, as_of: float, arrears: float, age: float) -> str | None:
    if arrears <= 0:
        return None
    return f"Arrears of {grouped(arrears)} (in the bills' currency) after the last payment, {dated(as_of - age)}"


def _greatest_arrears(*, as_of: float, greatest: float, arrears: float) -> str | None:
    if greatest <= 0:
        return None
    return f"Arrears of up to {grouped(greatest)} (in the bills' currency), {grouped(arrears)} at last ({month(as_of)})"


def _disconnected(*, as_of: float, times: float, age: float, reconnected: float) -> str | None:
    if times < 1:
        return None
    back = f", reconnected {count_of(reconnected, 'time')}" if reconnected >= 1 else ", no reconnection on record"
    return f"Disconnected {count_of(times, 'time')}, last on {dated(as_of - age)}{back}"


DISCONNECTED = sentence(
    "disconnection",
    _disconnected,
    {
        "as_of": AS_OF,
        "times": "disconnections",
        "age": "days_since_disconnection",
        "reconnected": "reconnections",
    },
)
ARREARS = sentence("payment", _arrears, {"as_of": AS_OF, "arrears": "arrears_last", "age": "payment_age"})
GREATEST_ARREARS = sentence(
    "payment", _greatest_arrears, {"as_of": AS_OF, "greatest": "arrears_max", "arrears": "arrears_last"}
)

SENTENCES: dict[str, Sentence] = {
    "arrears_last": ARREARS,
    **dict.fromkeys(("arrears_max", "arrears_mean_12m"), GREATEST_ARREARS),
    **dict.fromkeys(("disconnections", "reconnections", "days_since_disconnection"), DISCONNECTED),
}
