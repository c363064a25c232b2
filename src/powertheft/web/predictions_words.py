"""What columns, rankings and rules of lists are called on pages. Rule of the room: knows the use cases only."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from powertheft.web.formats import energy, money, number
from powertheft.web.words import lazy_gettext

RANK_WORDS: dict[str, tuple[str, str]] = {
    "probability": (
        lazy_gettext("How likely"),
        lazy_gettext("The most certain indications first: the squads find most often."),
    ),
    "recovery": (
        lazy_gettext("What a visit may recover"),
        lazy_gettext("Likelihood times what it is worth: fewer finds, larger ones."),
    ),
}

COLUMN_WORDS: dict[str, tuple[str, str]] = {
    "probability": (lazy_gettext("Likely"), "share"),
    "expected_amount": (lazy_gettext("Worth a year"), "money"),
    "expected_energy_kwh": (lazy_gettext("Not billed a year (kWh)"), "number"),
    "reason_1": (lazy_gettext("Why (first reason)"), "text"),
    "reason_2": (lazy_gettext("Second reason"), "text"),
    "reason_3": (lazy_gettext("Third reason"), "text"),
    "points": (lazy_gettext("Points of rules"), "number"),
    "rules": (lazy_gettext("Rules that hold"), "words"),
    "anomaly": (lazy_gettext("More unusual than"), "share"),
    "billed_kwh_a_day": (lazy_gettext("Billed a day (kWh)"), "decimal"),
    "category": (lazy_gettext("Category"), "text"),
    "tariff": (lazy_gettext("Tariff"), "text"),
    "region": (lazy_gettext("Circle"), "text"),
    "district": (lazy_gettext("Division"), "text"),
    "section": (lazy_gettext("Section"), "text"),
    "feeder_id": (lazy_gettext("Feeder"), "text"),
    "transformer_id": (lazy_gettext("Transformer"), "text"),
    "last_visit": (lazy_gettext("Last visit"), "day"),
    "last_outcome": (lazy_gettext("Last outcome"), "text"),
    "as_of": (lazy_gettext("Data to"), "day"),
    "used_in_fitting": (lazy_gettext("Learnt from"), "yes"),
}
"""Columns in the order of the page: what each is called, and how its values are written."""

STARTING_COLUMNS = ("probability", "expected_amount", "reason_1", "category", "section", "last_visit", "last_outcome")

BILLING_RULES: dict[str, tuple[str, str]] = {
    "register-ahead-of-bills": (
        lazy_gettext("The register moved on without a bill"),
        lazy_gettext("Energy between two bills is on neither: a bill is missing, or a reading was kept low."),
    ),
    "register-set-back": (
        lazy_gettext("The register starts lower than it ended"),
        lazy_gettext("Set back, run through all its digits, or written down wrongly: compare the meter card."),
    ),
    "register-stuck": (
        lazy_gettext("The register does not move"),
        lazy_gettext("The bills are too low whoever is at fault: test or exchange the meter, then bill an average."),
    ),
    "not-read-three-times": (
        lazy_gettext("Three bills without a reading"),
        lazy_gettext("Estimated or locked: have it read, then correct what was estimated."),
    ),
}
"""Rules that speak of bills and registers: what is called for is first a look at the bill."""


def worth_words(head: Mapping[str, Any], currency: str) -> dict[str, str | None]:
    """Say what a connection is expected to be worth, or why that cannot be told: nothing is no finding."""
    told = {"label": gettext("Worth a year"), "value": None}
    expected, amount = head["expected_energy_kwh"], head["expected_amount"]
    if expected is None:
        return {**told, "note": gettext("what is not billed cannot be told from these data")}
    high = head["expected_energy_high_kwh"]
    if expected < 1:
        said = gettext("It used as much as expected: no loss can be told from these bills.")
        return {**told, "note": f"{said} {gettext('At most %(high)s.', high=energy(high))}" if high >= 1 else said}
    low = number(head["expected_energy_low_kwh"])
    between = gettext("%(low)s to %(high)s", low=low, high=energy(high))
    if amount is None:
        return {"label": gettext("Not billed a year"), "value": energy(expected), "note": between}
    note = gettext("%(energy)s not billed, %(between)s", energy=energy(expected), between=between)
    if amount < 1:
        note = gettext("%(note)s; at its tariff that costs nothing", note=note)
    return {**told, "value": money(amount, currency), "note": note}
