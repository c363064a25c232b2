"""What columns, rankings and rules of lists are called on pages. Rule of the room: knows the use cases only."""

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
