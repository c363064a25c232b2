"""How features speak: numbers, months, comparisons in words. Rule of the room: a sentence states what the bills show.

Energies arrive as [kWh/month] and dates as days since 1970. A sentence compares one spell of bills with another, says
which, and leaves it to the reader what it means: nobody is called a thief here.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from powertheft.domain.numbers import grouped
from powertheft.features.definition import Feature, Numbers, Sentence
from powertheft.features.windows import COMMODITIES

EPOCH = date(1970, 1, 1)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

FALL = 0.75
"""A change to this share of what was before, or less, is worth a sentence (an assumption)."""

RISE = 1.5
"""A change to this many times what was before, or more, is worth a sentence (an assumption)."""

LITTLE = 20.0
"""Use [kWh/month] below which a change is of no matter (an assumption): a lamp and a television."""

AS_OF = "as_of_date"
NOTHING: Mapping[str, str] = MappingProxyType({})

LONG_AGO = 6 * 365.25
"""Days after which a single bill is no news any more (an assumption): as far as the panel reaches."""

SEASONAL = 0.4
"""Share of the variation explained by the calendar month from which a half-year's fall or rise is a season's."""

PARTLY_SEASONAL = 0.2
"""The same share from which a fall or rise is told with its season (an assumption)."""

PARALLEL = 4.0
"""Bills of one day from another meter than the bill before, above which a consumer has several meters at once: the day
of an exchange leaves up to three."""

Meters = Literal["any", "one", "together"]


def figure(value: float) -> str:
    """Write an amount with no more digits than it deserves: one decimal below ten, else none.

    Examples
    --------
    >>> figure(7.35), figure(0.04), figure(41.7), figure(123456.0)
    ('7.3', '0', '42', '1,23,456')
    """
    if value >= 9.95:
        return grouped(value)
    return f"{value:.1f}".removesuffix(".0")


def percent(share: float) -> str:
    """Write a share.

    Examples
    --------
    >>> percent(0.724), percent(0.004)
    ('72 %', '0.4 %')
    """
    return f"{share:.0%}".replace("%", " %") if share >= 0.0095 else f"{share:.1%}".replace("%", " %")


def times(ratio: float) -> str:
    """Write a ratio above one.

    Examples
    --------
    >>> times(3.42), times(12.4), times(2.0)
    ('3.4 times', '12 times', '2 times')
    """
    return f"{figure(ratio)} times"


def count_of(number: float, one: str, many: str | None = None) -> str:
    """Write a number of things.

    Examples
    --------
    >>> count_of(1, "month"), count_of(14, "month"), count_of(2, "reading", "readings")
    ('1 month', '14 months', '2 readings')
    """
    return f"{grouped(number)} {one if round(number) == 1 else many or one + 's'}"


def month(day: float, back: float = 0.0) -> str:
    """Write the month of a day number, or the one so many months before it; as many as are not known are none.

    Examples
    --------
    >>> month(17226), month(17226, 3)
    ('Mar 2017', 'Dec 2016')
    """
    on = EPOCH + timedelta(days=round(day))
    years, place = divmod(on.year * 12 + on.month - 1 - (0 if math.isnan(back) else round(back)), 12)
    return f"{MONTHS[place]} {years}"


def dated(day: float) -> str:
    """Write a day number as a date.

    Examples
    --------
    >>> dated(17226)
    '1 Mar 2017'
    """
    on = EPOCH + timedelta(days=round(day))
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}"


def less(before: float, now: float) -> str:
    """Write a fall; what is left is never rounded away.

    Examples
    --------
    >>> less(412, 115), less(1000, 1), less(1000, 0)
    ('72 % less', '99 % less', '100 % less')
    """
    share = round(100 * (1 - now / before))
    return f"{share if now <= 0 else min(share, 99)} % less"


def has_fallen(before: float, now: float, *, to: float = FALL) -> bool:
    """Return whether use fell enough, from enough, to speak of."""
    return before >= LITTLE and now <= to * before


def has_risen(before: float, now: float, *, to: float = RISE) -> bool:
    """Return whether use rose enough, to enough, to speak of."""
    return now >= LITTLE and now >= to * before


def compared(
    before: float, now: float, than: str, *, when: str = "", fall: float = FALL, rise: float = RISE
) -> str | None:
    """Say how use differs from an earlier spell, or nothing where it hardly does.

    Examples
    --------
    >>> compared(412, 115, "in the same months a year before")
    'Used 72 % less than in the same months a year before: 412 kWh a month, now 115'
    >>> compared(115, 412, "in 2016", when="12 months to Mar 2017")
    'Used 3.6 times as much as in 2016: 115 kWh a month, now 412 (12 months to Mar 2017)'
    >>> compared(412, 0, "in 2016")
    'Used nothing, against 412 kWh a month in 2016'
    >>> compared(412, 400, "in 2016")
    """
    after = f" ({when})" if when else ""
    if has_fallen(before, now, to=fall):
        if figure(now) == "0":
            return f"Used nothing, against {figure(before)} kWh a month {than}{after}"
        return f"Used {less(before, now)} than {than}: {figure(before)} kWh a month, now {figure(now)}{after}"
    if has_risen(before, now, to=rise):
        if before < 1:
            return f"Used {figure(now)} kWh a month, against next to nothing {than}{after}"
        return f"Used {times(now / before)} as much as {than}: {figure(before)} kWh a month, now {figure(now)}{after}"
    return None


def with_season(season: float) -> str:
    """Add how much of the variation is the season's, where that is much.

    Examples
    --------
    >>> with_season(0.62), with_season(0.1), with_season(float("nan"))
    ('; the calendar month explains 62 % of it', '', '')
    """
    return f"; the calendar month explains {percent(season)} of it" if season > SEASONAL else ""


def of_season(season: float) -> str:
    """Add to a fall or rise how much of the variation of use is the season's, where that is some of it.

    Examples
    --------
    >>> of_season(0.31), of_season(0.1), of_season(float("nan"))
    ('; the calendar month explains 31 % of the variation', '', '')
    """
    return f"; the calendar month explains {percent(season)} of the variation" if season > PARTLY_SEASONAL else ""


def today(before: float, after: float, recent: float) -> str:
    """Add what is used of late, where a reader could take a change that was undone for one that lasts.

    Examples
    --------
    >>> today(412, 115, 390)
    '; 390 in the last 12 months'
    >>> today(412, 115, 120), today(412, 115, float("nan"))
    ('', '')
    """
    if math.isnan(recent) or abs(recent - after) <= 0.25 * abs(before - after):
        return ""
    return f"; {figure(recent)} in the last 12 months"


def sentence(
    theme: str,
    words: Callable[..., str | None],
    numbers: Mapping[str, str],
    *,
    optional: Mapping[str, str] = NOTHING,
    commodity: str = "electricity",
    meters: Meters = "any",
) -> Sentence:
    """Return a sentence whose `words` get the values of features by the names that `numbers` and `optional` give them.

    Nothing is said where one of `numbers` is missing; a missing optional one arrives as NaN. `meters` is what several
    meters billed at once mean to it: nothing ("any"), that nothing can be said ("one": it mixes their bills), or that
    it adds them up, which it then says ("together").

    Examples
    --------
    >>> said = sentence("past", lambda now, before: compared(before, now, "in 2016"), {"now": "a", "before": "b"})
    >>> said.say({"a": 100.0, "b": 400.0})
    'Used 75 % less than in 2016: 400 kWh a month, now 100'
    >>> said.say({"a": 100.0})
    """
    prefix = COMMODITIES[commodity]
    parallel = f"{prefix}parallel_bills"

    def say(values: Numbers) -> str | None:
        given = {word: values.get(name, math.nan) for word, name in numbers.items()}
        several = values.get(parallel, 0.0) > PARALLEL
        if any(map(math.isnan, given.values())) or (several and meters == "one"):
            return None
        said = words(**given, **{word: values.get(name, math.nan) for word, name in optional.items()})
        if said and several and meters == "together":
            said = f"{said} (all meters together)"
        return said if said is None or commodity == "electricity" else f"Gas: {said[0].lower()}{said[1:]}"

    read = (*numbers.values(), *optional.values(), *(() if meters == "any" else (parallel,)))
    return Sentence(f"{prefix.replace('_', '-')}{theme}", read, tuple(numbers.values()), say)


def spoken(features: Iterable[Feature], sentences: Mapping[str, Sentence]) -> tuple[Feature, ...]:
    """Give the features of those names their sentences."""
    return tuple(replace(feature, sentence=sentences.get(feature.name)) for feature in features)


def theme_of(feature: Feature) -> str:
    """Return the theme of a feature's sentence, or its family where it has none."""
    return feature.sentence.theme if feature.sentence else feature.family
