"""Columns whose names are dates, months or times of day. Rule of the room: a utility is data, never code."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from powertheft.profiles.wide import moment
from powertheft.profiles.words import listed

FEWEST = 4
_NUMBERED = re.compile(
    r"^(?P<stem>(?:d|day|m|month|h|hr|hour|t|slot|ip|block|w|week|interval|hh)[_ ]?)(?P<number>\d{1,3})$", re.IGNORECASE
)
_MONTH = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?"
)
_CORE = re.compile(
    rf"(?<![a-z])(?:\d{{1,4}}[-_/.' ]*)?(?:{_MONTH})(?:[-_/.' ]*\d{{2,4}})?(?![a-z\d])"
    r"|\d{1,4}(?:[-_/.:]\d{1,4}){1,2}|\d{6,8}|\d{4}",
    re.IGNORECASE,
)
"""A date, a month or a time of day within a name."""
_BARE_MONTHS = re.compile(rf"^(?:[a-z]+[_ -])?(?:{_MONTH})(?:[_ -][a-z]+)?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class WideNames:
    """The columns of a file whose names are moments, and the format of those names ("" where it is no calendar's)."""

    columns: tuple[str, ...] = ()
    form: str = ""
    monthly: bool = False


def wide_names(columns: Sequence[str]) -> WideNames:
    """Return the columns that are one a day, month or time of day; none where there are fewer than four."""
    prefix, suffix = _around(columns)
    before, after = prefix.replace("%", "%%"), suffix.replace("%", "%%")
    daily, monthly_forms = ("day_names", "time_names"), listed("formats", "month_names")
    patterns = [(form, False) for name in daily for form in listed("formats", name)]
    patterns += [(form, True) for form in monthly_forms]
    found = [
        WideNames(tuple(name for name in columns if moment(name, form)), form, monthly)
        for pattern, monthly in patterns
        for form in dict.fromkeys((pattern, before + pattern + after))
    ]
    best = max(found, key=lambda one: len(one.columns))
    if len(best.columns) >= FEWEST:
        return best
    numbered = tuple(name for name in columns if _NUMBERED.match(name.strip()))
    if len(numbered) >= 2 * FEWEST:
        return WideNames(numbered, "", numbered[0].strip().casefold().startswith("m"))
    months = tuple(name for name in columns if _BARE_MONTHS.match(name.strip()))
    return WideNames(months, "", monthly=True) if len(months) >= FEWEST else WideNames()


def _around(columns: Sequence[str]) -> tuple[str, str]:
    """Return what most names with a date or month in them have in common before and after it."""
    parts = [(name[: core.start()], name[core.end() :]) for name in columns if (core := _CORE.search(name))]
    if len(parts) < FEWEST:
        return "", ""
    most = max(set(parts), key=parts.count)
    return most if parts.count(most) >= FEWEST else ("", "")
