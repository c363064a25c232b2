"""How features of intervals speak. Rule of the room: a sentence states what the readings show, and compares two spells.

The last four weeks are set beside the twelve weeks before, and where it is known beside the same weeks a year before.
"""

import math
from collections.abc import Callable, Iterable, Mapping

from powertheft.features.definition import Sentence
from powertheft.features.sentences import AS_OF, FALL, LITTLE, RISE, dated, figure, percent, sentence

LITTLE_A_DAY = LITTLE / 30.4375
"""Use [kWh/day] below which a change is of no matter (an assumption): a lamp and a television."""

LITTLE_AN_INTERVAL = 0.02
"""Use [kWh] of an interval below which a change is of no matter: the step of many meters (an assumption)."""

FEW = 0.1
"""Share of days or of the time below which something is not worth a word (an assumption)."""

CLEARLY = 0.05
"""Difference of two shares below which they are about the same (an assumption)."""

MOVED = 0.07
"""Share of a day's use that must have moved into or out of some hours to be told (an assumption): seasons move less."""

STAYED = 1.3
"""Times what a fall left of the level up to which use has stayed where it fell to (an assumption)."""

ENDINGS = ("", "_change", "_odd", "_half", "_older", "_unusual")
NOW, BEFORE = "in the last 4 weeks", "in the 12 weeks before"


def share_of(share: float) -> str:
    """Write a share; what never was is 0 %.

    Examples
    --------
    >>> share_of(0.31), share_of(0.004), share_of(-1e-9)
    ('31 %', '0.4 %', '0 %')
    """
    return percent(share) if share >= 5e-4 else "0 %"


def fine(energy: float) -> str:
    """Write the energy of one interval [kWh].

    Examples
    --------
    >>> fine(0.621), fine(12.3)
    ('0.62', '12')
    """
    return f"{energy:.2f}" if energy < 9.95 else figure(energy)


def _differ(now: float, before: float) -> bool:
    fallen = before >= LITTLE_A_DAY and now <= FALL * before
    return fallen or (now >= LITTLE_A_DAY and now >= RISE * before)


def _used(now: float) -> str:
    return (
        f"Used {figure(now)} kWh a day {NOW}" if figure(now) != "0" else f"Used {'next to ' * (now > 0)}nothing {NOW}"
    )


def _a_day(now: float, before: float) -> str:
    """Write what was used before, after what is used now, which may be nothing."""
    return figure(before) if figure(now) != "0" else f"{figure(before)} kWh a day"


def _level(*, now: float, before: float, year: float) -> str | None:
    if not _differ(now, before):
        return None
    said = f"{_used(now)}, {_a_day(now, before)} {BEFORE}"
    return said if math.isnan(year) else f"{said} and {figure(year)} in the same weeks a year before"


def _year(*, now: float, year: float) -> str | None:
    if not _differ(now, year):
        return None
    return f"{_used(now)}, {_a_day(now, year)} in the same weeks a year before"


def _fall(*, as_of: float, fall: float, age: float, total: float, before: float) -> str | None:
    # A fall that was undone since is no news.
    if fall < 1 - FALL or not 0 <= total <= STAYED * (1 - fall) + CLEARLY or before < LITTLE_A_DAY * total:
        return None
    left = f"the latest level is {share_of(total)} of the earliest"
    return f"The level of use fell by {percent(fall)} around {dated(as_of - age)}; {left}"


def _shares(words: str, *, least: float = FEW, clearly: float = CLEARLY) -> Callable[..., str | None]:
    """Say a share that has grown; `words` have places for what it is now and what it was."""

    def said(*, now: float, change: float) -> str | None:
        if now < least or change < clearly:
            return None
        return words.format(now=share_of(now), before=share_of(now - change))

    return said


def _moved(hours: str) -> Callable[..., str | None]:
    """Say that use moved into or out of some hours of the day."""

    def said(*, now: float, change: float) -> str | None:
        if abs(change) < MOVED or abs(change) < 0.4 * (now - change):
            return None
        was = share_of(now - change)
        return f"On average {share_of(now)} of a day's use was between {hours} o'clock {NOW}, {was} {BEFORE}"

    return said


def _low_days(*, share: float, usual: float) -> str | None:
    if share < 2 * FEW or usual < LITTLE_A_DAY:
        return None
    low = f"Under a quarter of the usual day ({figure(usual)} kWh, mean of the 12 weeks before)"
    return f"{low} on {percent(share)} of the days of the last 4 weeks"


def _idle_hours(*, now: float, change: float) -> str | None:
    if now < 1 or change < 1:
        return None
    stretch = f"{figure(now)} hours of a day at a stretch (average of the last 4 weeks)"
    return f"Without use for {stretch}, {figure(max(now - change, 0.0))} {BEFORE}"


def _ceiling(*, share: float, change: float, highest: float) -> str | None:
    if share < CLEARLY or change < CLEARLY or highest < LITTLE_AN_INTERVAL:
        return None
    return (
        f"{share_of(share)} of the readings of the last 4 weeks are within 1 % of the highest of them "
        f"({fine(highest)} kWh); {BEFORE} {share_of(share - change)} were at theirs"
    )


def _lower_ceiling(*, highest: float, ratio: float) -> str | None:
    if not 0 < ratio <= 0.6 or highest / ratio < 10 * LITTLE_AN_INTERVAL:
        return None
    return f"No reading above {fine(highest)} kWh {NOW}, up to {fine(highest / ratio)} kWh before"


def _base_load(*, now: float, ratio: float) -> str | None:
    if not 0 < ratio <= 0.5 or now / ratio < LITTLE_AN_INTERVAL:
        return None
    least = "next to nothing" if now < 0.005 else f"{fine(now)} kWh or less"
    return f"One in twenty readings is of {least} {NOW}, of {fine(now / ratio)} kWh or less {BEFORE}"


def _jumps(*, now: float, change: float) -> str | None:
    if change < 0.1 or change < 0.3 * (now - change):
        return None
    was = share_of(now - change)
    return f"From one reading to the next use changed by {share_of(now)} of its mean {NOW}, {was} {BEFORE}"


def _missing(*, now: float, whole: float) -> str | None:
    if now < FEW or now < whole + CLEARLY:
        return None
    return f"No reading for {share_of(now)} of the last 4 weeks; for {share_of(whole)} of all time since the first one"


def _change_of(theme: str, words: Callable[..., str | None], stem: str) -> Sentence:
    return sentence(theme, words, {"now": stem, "change": f"{stem}_change"})


def _each(spoken: Sentence, names: Iterable[str]) -> dict[str, Sentence]:
    return dict.fromkeys(names, spoken)


def _with_endings(*stems: str) -> tuple[str, ...]:
    return tuple(f"{stem}{ending}" for stem in stems for ending in ENDINGS)


OF_LEVEL = sentence(
    "daily-level",
    _level,
    {"now": "daily_level", "before": "daily_level_before"},
    optional={"year": "daily_level_year_before"},
)
OF_YEAR = sentence("daily-level", _year, {"now": "daily_level", "year": "daily_level_year_before"})
OF_FALL = sentence(
    "daily-fall",
    _fall,
    {
        "as_of": AS_OF,
        "fall": "daily_largest_fall",
        "age": "daily_fall_age",
        "total": "daily_shift_total",
        "before": "daily_level_before",
    },
)
IDLE_DAYS = _shares(f"No use on {{now}} of the days of the last 4 weeks, {{before}} {BEFORE}")

LEVELS: Mapping[str, Sentence] = {
    **_each(
        OF_LEVEL,
        ("daily_level", "daily_level_to_month", "daily_level_to_before", "daily_level_to_usual", "daily_level_odd"),
    ),
    **_each(OF_YEAR, ("daily_level_to_year",)),
    **_each(OF_FALL, ("daily_largest_fall", "daily_fall_age", "daily_fall_ratio", "daily_shift_total")),
    **_each(
        _change_of("idle-days", IDLE_DAYS, "daily_zero_share"),
        ("daily_zero_share", "daily_zero_share_change", "daily_zero_run"),
    ),
    "daily_low_share": sentence("low-days", _low_days, {"share": "daily_low_share", "usual": "daily_level_before"}),
}
"""Sentences of the level of days, by feature."""

IDLE_TIME = _shares(f"No use for {{now}} of the day on average {NOW}, {{before}} {BEFORE}")
FLAT_DAYS = _shares(f"The same use all day long on {{now}} of the days with use {NOW}, {{before}} {BEFORE}")
MIRRORED = _shares(
    f"On {{now}} of the days of the last 4 weeks use ran more like the usual day backwards, {{before}} {BEFORE}",
    least=2 * FEW,
    clearly=2 * FEW,
)

DAYS: Mapping[str, Sentence] = {
    **_each(_change_of("idle-hours", _idle_hours, "interval_zero_hours"), _with_endings("interval_zero_hours")),
    **_each(_change_of("idle-hours", IDLE_TIME, "interval_zero_share"), _with_endings("interval_zero_share")),
    **_each(_change_of("flat-days", FLAT_DAYS, "interval_constant"), _with_endings("interval_constant")),
    **_each(_change_of("hours", _moved("0 and 5"), "interval_night_share"), _with_endings("interval_night_share")),
    **_each(
        _change_of("hours", _moved("16 and 21"), "interval_evening_share"), _with_endings("interval_evening_share")
    ),
    **_each(_change_of("jumps", _jumps, "interval_roughness"), _with_endings("interval_roughness")),
    **_each(
        _change_of("mirrored", MIRRORED, "interval_mirrored"),
        (
            *_with_endings("interval_mirrored", "interval_mirror_lead"),
            "interval_profile_before_mirror",
            "interval_profile_before_lead",
        ),
    ),
}
"""Sentences of how a day runs, by feature."""

AT_CEILING = sentence(
    "ceiling",
    _ceiling,
    {"share": "interval_at_ceiling", "change": "interval_at_ceiling_change", "highest": "interval_max"},
)
LOWER_CEILING = sentence("ceiling", _lower_ceiling, {"highest": "interval_max", "ratio": "interval_ceiling_to_highest"})
BASE_LOAD = sentence("base-load", _base_load, {"now": "interval_p05", "ratio": "interval_p05_ratio"})

SPREAD: Mapping[str, Sentence] = {
    **_each(AT_CEILING, ("interval_at_ceiling", "interval_at_ceiling_change", "interval_ceiling")),
    **_each(LOWER_CEILING, ("interval_max_ratio", "interval_max_older", "interval_ceiling_to_highest")),
    **_each(BASE_LOAD, ("interval_p05", "interval_p05_ratio", "interval_p05_older", "interval_p05_to_mean")),
    **_each(OF_LEVEL, ("interval_mean",)),
}
"""Sentences of how large the intervals are, by feature."""

MISSING: Mapping[str, Sentence] = _each(
    sentence("missing", _missing, {"now": "interval_missing_share", "whole": "interval_missing_share_all"}),
    ("interval_missing_share", "interval_longest_gap"),
)
"""Sentences of what was not measured, by feature."""
