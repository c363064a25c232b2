"""What an inspection can find, and what that says about theft. Rule of the room: the standard library only."""

POSITIVE = frozenset({"theft", "tamper", "unauthorised_use"})
NEGATIVE = frozenset({"normal", "vacant", "meter_fault", "billing_error"})
INCONCLUSIVE = frozenset({"no_access"})
OUTCOMES = POSITIVE | NEGATIVE | INCONCLUSIVE


def label_of(outcome: str | None) -> int | None:
    """Return 1 for theft in any of its forms, 0 for an honest finding, None where nothing is known.

    Examples
    --------
    >>> [label_of(outcome) for outcome in ("tamper", "vacant", "no_access", None)]
    [1, 0, None, None]
    """
    if outcome in POSITIVE:
        return 1
    return 0 if outcome in NEGATIVE else None
