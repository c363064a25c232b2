"""Columns whose names are dates, months or times of day. Rule of the room: a utility is data, never code."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from powertheft.profiles.wide import moment

DAYS = ("%m/%d/%Y", "%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%m-%d-%Y", "%d/%m/%y", "%Y_%m_%d", "%d_%m_%Y", "%m/%d/%y")  # fmt: skip
MONTHS = ("%Y-%m", "%m-%Y", "%m/%Y", "%Y%m", "%b-%Y", "%b-%y", "%b %Y", "%b_%Y", "%b_%y", "%B %Y", "%b%Y", "%b%y", "%Y_%m", "%b'%y", "%b %y", "%Y/%m", "%Y-%b", "%m_%Y", "%B-%Y", "%B_%Y", "%Y_%b", "%b/%y", "%b/%Y")  # fmt: skip
TIMES = ("%H:%M", "%H:%M:%S", "%H%M")
FEWEST = 4
_NUMBERED = re.compile(
    r"^(?P<stem>(?:d|day|m|month|h|hr|hour|t|slot|ip|block|w|week|interval|hh)[_ ]?)(?P<number>\d{1,3})$", re.IGNORECASE
)
_BARE_MONTHS = re.compile(r"^(?:[a-z]+[_ -])?(jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec|january|february|march|april|june|july|august|september|october|november|december)(?:[_ -][a-z]+)?$", re.IGNORECASE)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WideNames:
    """The columns of a file whose names are moments, and the format of those names ("" where they are none of a calendar)."""

    columns: tuple[str, ...] = ()
    form: str = ""
    monthly: bool = False


def wide_names(columns: Sequence[str]) -> WideNames:
    """Return the columns that are one a day, month or time of day; none where there are fewer than four."""
    prefix, suffix = _around(columns)
    before, after = prefix.replace("%", "%%"), suffix.replace("%", "%%")
    found = [
        WideNames(tuple(name for name in columns if moment(name, form)), form, monthly)
        for pattern, monthly in [*((form, False) for form in (*DAYS, *TIMES)), *((form, True) for form in MONTHS)]
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
    """Return what most names with a digit have in common before and after it."""
    parts = [
        match.groups()
        for name in columns
        if (match := re.match(r"^(\D*?[_ -])[\dA-Z].*?\d([_ -]?[^\d]*)$", name, re.IGNORECASE))
    ]
    if len(parts) < FEWEST:
        return "", ""
    most = max(set(parts), key=parts.count)
    return (most[0], most[1]) if parts.count(most) >= FEWEST else ("", "")
