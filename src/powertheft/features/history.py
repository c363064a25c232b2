"""Earlier visits and what they found. Rule of the room: a feature is a definition, never a script."""

from collections.abc import Callable

import narwhals as nw

from powertheft.domain.outcomes import POSITIVE
from powertheft.features.definition import Aggregate, Feature, Sentence
from powertheft.features.sentences import AS_OF, count_of, dated, sentence, spoken

FAMILY = "history"
NEEDS = frozenset({"inspections.inspected_on", "inspections.outcome"})


def _found(column: str) -> nw.Expr:
    return nw.when(nw.col("outcome").is_in(sorted(POSITIVE))).then(nw.col(column))


TABLE: tuple[tuple[str, str, str, Callable[[], nw.Expr]], ...] = (
    ("visits", "", "Earlier visits", lambda: nw.col("one").sum()),
    ("findings", "", "Earlier visits that found theft", lambda: _found("one").sum()),
    ("days_since_visit", "days", "Days since the last visit", lambda: nw.col("age_days").min()),
    ("days_since_finding", "days", "Days since theft was last found", lambda: _found("age_days").min()),
)
"""Name, unit, meaning, computation."""


def definitions() -> tuple[Feature, ...]:
    """Features of earlier inspections; the visit that gave the label and all later ones are removed before."""
    plain = (
        Feature(name, FAMILY, unit, meaning, NEEDS, Aggregate(expression, "inspections"))
        for name, unit, meaning, expression in TABLE
    )
    return spoken(plain, SENTENCES)


def _findings(*, as_of: float, visits: float, findings: float, age: float) -> str | None:
    if findings < 1:
        return None
    found = f"{count_of(findings, 'finding')} of theft, the last on {dated(as_of - age)}"
    return f"{count_of(visits, 'earlier visit')}, {found}"


FOUND = sentence(
    "history",
    _findings,
    {"as_of": AS_OF, "visits": "visits", "findings": "findings", "age": "days_since_finding"},
)

SENTENCES: dict[str, Sentence] = dict.fromkeys(("visits", "findings", "days_since_visit", "days_since_finding"), FOUND)
