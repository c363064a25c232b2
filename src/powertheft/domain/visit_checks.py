"""What a squad looks at on a visit, from the reasons that sent it there. Rule of the room: the standard library only.

A check is asked for by the names of rules that hold and by words of the reasons; two are made on every visit.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VisitCheck:
    """Something to look at: its name, what to do, and the rules and words of reasons that ask for it."""

    name: str
    todo: str
    rules: frozenset[str] = frozenset()
    words: tuple[str, ...] = ()


ALWAYS = (
    VisitCheck("Seals", "Compare the seal numbers with the meter card; look for cut, glued or missing seals."),
    VisitCheck("Meter", "Note the meter number and the register as it stands; take a photo of both."),
)

ASKED_FOR = (
    VisitCheck(
        "Bypass",
        "Follow the service wire from the pole to the meter: joints, a second wire, a loop behind the meter board.",
        frozenset({"year-on-year-fall", "half-year-fall", "lasting-step-down", "fell-behind-neighbours"}),
        ("less than", "fell", "dropped", "stepped", "fall"),
    ),
    VisitCheck(
        "Does the meter count",
        "Put a known load on for five minutes and compare the register or the pulses with what it takes.",
        frozenset({"no-use-at-a-used-supply", "hardly-any-use-for-long", "register-stuck", "reconnected-without-use"}),
        ("no use", "nothing", "zero", "stands still", "not moved", "hardly"),
    ),
    VisitCheck(
        "Neutral",
        "Measure the current in phase and neutral with a clamp: they must be the same.",
        frozenset({"low-behind-a-lossy-transformer", "falls-as-the-transformer-loses"}),
        ("transformer", "neutral", "power factor"),
    ),
    VisitCheck(
        "Register",
        "Compare the register with the last bills; look for scratches, a turned-back counter, another meter.",
        frozenset({"register-set-back", "register-ahead-of-bills", "not-read-three-times"}),
        ("register", "index", "estimated", "locked", "not read"),
    ),
    VisitCheck(
        "Load",
        "List what is connected, with its kW, and compare with the sanctioned load and the category.",
        frozenset({"far-below-neighbours", "load-hardly-used", "more-than-the-load"}),
        ("neighbours", "sanctioned load", "load"),
    ),
    VisitCheck(
        "Cover and magnet",
        "Look for an opened cover, marks of a magnet, foreign parts inside; read the events out of the meter.",
        frozenset({"tamper-events-recent", "tamper-events-repeated"}),
        ("tamper", "magnet", "cover", "event"),
    ),
    VisitCheck(
        "What was found before",
        "Look first at what the earlier visit found: it is often done again in the same way.",
        frozenset({"theft-found-before"}),
        ("earlier visit", "found theft"),
    ),
)


AFTER_A_FIND = frozenset({"What was found before"})
"""Checks that make no sense without their reason."""


def checks_for(reasons: Sequence[str], rules: Collection[str] = ()) -> tuple[VisitCheck, ...]:
    """Return what to look at, in the order of the tables: what the reasons ask for, then what is always looked at.

    Where there is no reason, as at a visit that was drawn at random, all is looked at.

    Examples
    --------
    >>> [check.name for check in checks_for(["used 72 % less than in the same months a year before"])]
    ['Bypass', 'Seals', 'Meter']
    >>> [check.name for check in checks_for([], ["register-stuck"])]
    ['Does the meter count', 'Seals', 'Meter']
    >>> len(checks_for([]))
    8
    """
    if not reasons and not rules:
        return (*(check for check in ASKED_FOR if check.name not in AFTER_A_FIND), *ALWAYS)
    said = " ".join(reasons).casefold()
    asked = (check for check in ASKED_FOR if check.rules & set(rules) or any(word in said for word in check.words))
    return (*asked, *ALWAYS)
