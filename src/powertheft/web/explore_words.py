"""What the pictures of a dataset show, in sentences. Rule of the room: figures in, words out; all through gettext."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from powertheft.web.chart_parts import figure, month
from powertheft.web.data_words import TABLE_WORDS
from powertheft.web.formats import number, per_cent
from powertheft.web.words import lazy_gettext

Figures = Mapping[str, Any]

CLASS_WORDS: Mapping[str, str] = {
    "theft": lazy_gettext("theft found"),
    "honest": lazy_gettext("honest"),
    "not inspected": lazy_gettext("not inspected"),
}
MONTH_NAMES = (
    lazy_gettext("January"),
    lazy_gettext("February"),
    lazy_gettext("March"),
    lazy_gettext("April"),
    lazy_gettext("May"),
    lazy_gettext("June"),
    lazy_gettext("July"),
    lazy_gettext("August"),
    lazy_gettext("September"),
    lazy_gettext("October"),
    lazy_gettext("November"),
    lazy_gettext("December"),
)
GROUPS_TOLD = 2


def spread_in_words(data: Figures) -> str:
    """Say between which values the middle half of each class lies, or which word is the most frequent."""
    if "levels" in data:
        return _most_frequent(data)
    missing = data["missing"] / data["rows"] if data["rows"] else 0.0
    if not data["told"]:
        few = gettext("Too few connections have a value to compare.")
        return f"{few} {_without(missing)}".strip()
    parts = [
        gettext("%(low)s to %(high)s (%(class_)s)", low=figure(low), high=figure(high), class_=str(CLASS_WORDS[name]))
        for name, (low, high) in data["told"].items()
    ]
    unit = f" {data['unit']}" if data["unit"] else ""
    said = gettext("The middle half of each lies between: %(parts)s%(unit)s.", parts=", ".join(parts), unit=unit)
    return f"{said} {_without(missing)}".strip()


def _most_frequent(data: Figures) -> str:
    told = data["told"]
    if told is None:
        return gettext("There are no values.")
    return gettext("%(word)s is the most frequent (%(share)s).", word=told["word"], share=per_cent(told["share"]))


def _without(missing: float) -> str:
    return gettext("%(share)s have no value.", share=per_cent(missing)) if missing else ""


def bills_in_words(data: Figures) -> str:
    """Say what most bills state."""
    told = data["told"]
    if told is None:
        return gettext("There is no bill under these filters.")
    return gettext(
        "Half of the %(bills)s bills state %(low)s to %(high)s kWh a day, the middle one %(middle)s; "
        "%(none)s state none.",
        bills=number(told["bills"]),
        low=figure(told["low"]),
        high=figure(told["high"]),
        middle=figure(told["middle"]),
        none=per_cent(told["none"]),
    )


def missing_in_words(data: Figures) -> str:
    """Say how many days no reading covers, and where most."""
    told = data["told"]
    if told is None:
        return gettext("There are no readings under these filters.")
    return gettext(
        "%(share)s of the days between first and last bill are not covered by a reading of the meter; most in "
        "%(where)s (%(most)s).",
        share=per_cent(told["missing"], 1),
        where=told["worst"],
        most=per_cent(told["worst_missing"], 1),
    )


def consumption_in_words(data: Figures) -> str:
    """Say when the largest groups use most and least."""
    told = [_ends(group, season=data["season"]) for group in data["groups"][:GROUPS_TOLD] if group["points"]]
    return f"{'; '.join(told)}." if told else gettext("There are too few bills under these filters.")


def _ends(group: Figures, *, season: bool) -> str:
    most, least = (choose(group["points"], key=lambda one: one["median"]) for choose in (max, min))
    return gettext(
        "%(group)s: most in %(most_when)s (%(most)s kWh a month), least in %(least_when)s (%(least)s)",
        group=group["name"],
        most_when=when_in_words(most["when"], season=season),
        most=number(most["median"]),
        least_when=when_in_words(least["when"], season=season),
        least=number(least["median"]),
    )


def when_in_words(when: Any, *, season: bool) -> str:
    """Name a month, of a year or of any."""
    return str(MONTH_NAMES[when - 1]) if season else month(when)


def transformers_in_words(data: Figures) -> str:
    """Say how much of the supply nothing explains, and whether it is in few places."""
    told = data["told"]
    if told is None:
        return gettext("These data do not tell what transformers supplied.")
    return gettext(
        "Of %(supplied)s kWh that %(count)s transformers supplied in their last 12 known months, %(share)s are on no "
        "bill and no technical loss explains them; a tenth of the transformers has %(tenth)s of it.",
        supplied=number(told["supplied_kwh"]),
        count=number(told["transformers"]),
        share=per_cent(told["unexplained"], 1),
        tenth=per_cent(told["of_a_tenth"]),
    )


def loss_in_words(data: Figures) -> str:
    """Say how much of the last year's supply is unaccounted for."""
    told = data["told"]
    if told is None:
        return gettext("These data do not tell what transformers supplied.")
    return gettext(
        "In the last %(months)s known months %(share)s of what transformers supplied is unaccounted for "
        "(%(energy)s kWh).",
        months=told["months"],
        share=per_cent(told["unexplained"], 1),
        energy=number(told["unexplained_kwh"]),
    )


def pair_in_words(data: Figures) -> str:
    """Say how many visits found theft, and where two features point at it most."""
    told = data["told"]
    if told is None:
        return gettext("No inspected connection has both values.")
    found = {"share": per_cent(data["base_rate"]), "count": number(told["inspected"])}
    if told["most"] is None:
        return gettext(
            "%(share)s of %(count)s inspected connections were theft; no part of the map has enough of them.", **found
        )
    where = [
        gettext(
            "“%(feature)s” is %(low)s to %(high)s",
            feature=data[side]["meaning"],
            low=figure(told["most"][side][0]),
            high=figure(told["most"][side][1]),
        )
        for side in ("x", "y")
    ]
    return gettext(
        "%(share)s of %(count)s inspected connections were theft; most, %(most)s, where %(one)s and %(other)s.",
        **found,
        most=per_cent(told["most"]["rate"]),
        one=where[0],
        other=where[1],
    )


def together_in_words(data: Figures) -> str:
    """Say which two features go together most."""
    told = data["told"]
    if told is None:
        return gettext("No two of these features go together.")
    return gettext(
        "“%(one)s” and “%(other)s” go together most (correlation %(value)s), over %(count)s connections.",
        one=data["meanings"][told["first"]],
        other=data["meanings"][told["second"]],
        value=f"{told['correlation']:.2f}".replace("-", "−"),
        count=number(told["connections"]),
    )


def history_in_words(data: Figures) -> str:
    """Say how much is known of a connection."""
    counts = [
        gettext("%(count)s %(table)s", count=number(len(rows)), table=str(TABLE_WORDS.get(name, name)))
        for name, rows in data["tables"].items()
        if name != "consumers"
    ]
    return f"{', '.join(counts)}." if counts else gettext("It has no readings.")


def places_in_words(data: Figures) -> str:
    """Say how many connections stand on the map, and how many places are left out."""
    told = data["told"]
    if told is None:
        return gettext("These data have no positions.")
    if not told["places"]:
        return gettext("No place has enough connections.")
    said = gettext(
        "%(connections)s connections at %(places)s places of about a square kilometre.",
        connections=number(told["connections"]),
        places=number(told["places"]),
    )
    if not told["hidden"]:
        return said
    few = gettext("%(count)s places with fewer connections are left out.", count=number(told["hidden"]))
    return f"{said} {few}"
