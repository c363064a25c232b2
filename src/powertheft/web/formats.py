"""Numbers, money, dates and shares as people write them. Rule of the room: knows the use cases, never the store."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

from flask import Flask

from powertheft.domain.numbers import amount, grouped, grouping

NOTHING = "–"


def number(value: float | None) -> str:
    """Write a whole number, grouped as the house is set to: in the Indian way unless it says otherwise.

    Examples
    --------
    >>> number(123456), number(None)
    ('1,23,456', '–')
    """
    return NOTHING if value is None else grouped(value)


def energy(value: float | None) -> str:
    """Write an energy [kWh].

    Examples
    --------
    >>> energy(123456.4)
    '1,23,456 kWh'
    """
    return NOTHING if value is None else f"{grouped(value)} kWh"


def money(value: float | None, currency: str = "INR") -> str:
    """Write an amount; large ones in lakh and crore, or million and billion, as the house is set to.

    Examples
    --------
    >>> money(68700), money(12_400_000), money(-250_000), money(68700, "TND")
    ('Rs 68,700', 'Rs 1.2 crore', 'Rs -2.5 lakh', 'TND 68,700')
    """
    return NOTHING if value is None else amount(value, currency)


def number_locale() -> str:
    """Return the locale by which scripts of a page write numbers as its server does."""
    return "en-IN" if grouping() == "indian" else "en-GB"


def per_cent(share: float | None, digits: int = 0) -> str:
    """Write a share as per cent.

    Examples
    --------
    >>> per_cent(0.812), per_cent(0.099, 1)
    ('81 %', '9.9 %')
    """
    return NOTHING if share is None else f"{100 * share:.{digits}f} %"


def day(value: date | None) -> str:
    """Write a day.

    Examples
    --------
    >>> day(date(2026, 3, 2))
    '2 Mar 2026'
    """
    return NOTHING if value is None else f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    """Write a moment in the time of this machine."""
    if value is None:
        return NOTHING
    here = value.astimezone()
    return f"{day(here)}, {here:%H:%M}"


def ago(value: datetime | None) -> str:
    """Write how long ago a moment was.

    Examples
    --------
    >>> from datetime import timedelta
    >>> ago(datetime.now(UTC) - timedelta(minutes=5)), ago(datetime.now(UTC))
    ('5 min ago', 'just now')
    """
    if value is None:
        return NOTHING
    seconds = (datetime.now(UTC) - value).total_seconds()
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{int(seconds // 60)} min ago"
    return f"{int(seconds // 3600)} h ago" if seconds < 86400 else moment(value)


def duration(seconds: float | None) -> str:
    """Write how long something takes.

    Examples
    --------
    >>> duration(42), duration(200), duration(7500)
    ('42 s', '3 min', '2 h 5 min')
    """
    if seconds is None:
        return NOTHING
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def size(count: float | None) -> str:
    """Write a number of bytes.

    Examples
    --------
    >>> size(512), size(2_500_000)
    ('512 B', '2.5 MB')
    """
    if count is None:
        return NOTHING
    for power, unit in ((9, "GB"), (6, "MB"), (3, "kB")):
        if count >= 10**power:
            return f"{count / 10**power:.1f} {unit}"
    return f"{count:.0f} B"


FILTERS: Mapping[str, Callable[..., str]] = {
    "number": number,
    "energy": energy,
    "money": money,
    "per_cent": per_cent,
    "day": day,
    "moment": moment,
    "ago": ago,
    "duration": duration,
    "size": size,
}


def install(application: Flask) -> None:
    """Let templates use them."""
    application.jinja_env.filters.update(FILTERS)
    application.add_template_global(number_locale)
