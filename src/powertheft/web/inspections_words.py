"""What states, outcomes and draws are called on pages. Rule of the room: knows the use cases, never the store."""

from typing import Any

from powertheft.web.words import lazy_gettext

STATE_WORDS: dict[str, tuple[str, str]] = {
    "proposed": (lazy_gettext("to hand out"), "warn"),
    "assigned": (lazy_gettext("handed out"), ""),
    "started": (lazy_gettext("visit begun"), ""),
    "recorded": (lazy_gettext("recorded"), "good"),
    "closed": (lazy_gettext("closed"), "off"),
    "withdrawn": (lazy_gettext("withdrawn"), "off"),
}
"""What a state is called, and the kind of its tag."""

DRAWN_WORDS: dict[str, str] = {"list": lazy_gettext("from the list"), "random": lazy_gettext("at random")}

OUTCOME_WORDS: dict[str, tuple[str, str]] = {
    "theft": (lazy_gettext("Theft"), lazy_gettext("supply taken past the meter")),
    "tamper": (lazy_gettext("Tampered meter"), lazy_gettext("meter, seal or wiring interfered with")),
    "unauthorised_use": (lazy_gettext("Unauthorised use"), lazy_gettext("other purpose, load or premises")),
    "meter_fault": (lazy_gettext("Meter fault"), lazy_gettext("defective, nobody's doing")),
    "billing_error": (lazy_gettext("Billing error"), lazy_gettext("the bill was wrong")),
    "vacant": (lazy_gettext("Vacant"), lazy_gettext("nobody uses the supply")),
    "no_access": (lazy_gettext("No access"), lazy_gettext("nobody opened: nothing is known")),
    "normal": (lazy_gettext("Normal"), lazy_gettext("looked at, nothing wrong")),
}
"""The eight outcomes in the order of the buttons: what each is called and means."""

ACT_WORDS: dict[str, str] = {
    "be proposed": lazy_gettext("opened"),
    "be assigned": lazy_gettext("handed out"),
    "be started": lazy_gettext("visit begun"),
    "be recorded": lazy_gettext("outcome recorded"),
    "be corrected": lazy_gettext("opened for a correction"),
    "be closed": lazy_gettext("closed"),
    "be withdrawn": lazy_gettext("withdrawn"),
    "be proposed again": lazy_gettext("opened again"),
}


def case_words() -> dict[str, Any]:
    """Return what templates look the words of a case up in."""
    return {"state_words": STATE_WORDS, "drawn_words": DRAWN_WORDS, "outcome_words": OUTCOME_WORDS}
