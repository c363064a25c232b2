"""Times that come again: from what one chooses to the words of crontab, and back. Rule of the room: pure."""

import re
from collections.abc import Mapping

from flask_babel import gettext

from powertheft.web.words import lazy_gettext

RHYTHMS: Mapping[str, str] = {
    "hour": lazy_gettext("every hour"),
    "day": lazy_gettext("every day"),
    "week": lazy_gettext("every week"),
    "month": lazy_gettext("every month, on the first"),
}
WEEKDAYS: Mapping[str, str] = {
    "1": lazy_gettext("Monday"),
    "2": lazy_gettext("Tuesday"),
    "3": lazy_gettext("Wednesday"),
    "4": lazy_gettext("Thursday"),
    "5": lazy_gettext("Friday"),
    "6": lazy_gettext("Saturday"),
    "0": lazy_gettext("Sunday"),
}
_CLOCK = re.compile(r"(\d{1,2}) (\d{1,2}) (\S+) (\S+) (\S+)")


def cron_of(rhythm: str, *, hour: int, weekday: str) -> str:
    """Return the five words of crontab for what was chosen.

    Examples
    --------
    >>> cron_of("week", hour=2, weekday="1"), cron_of("month", hour=6, weekday="1")
    ('0 2 * * 1', '0 6 1 * *')
    """
    if rhythm == "hour":
        return "0 * * * *"
    day, when = ("1", "*") if rhythm == "month" else ("*", weekday if rhythm == "week" else "*")
    return f"0 {hour} {day} * {when}"


def in_words(cron: str) -> str:
    """Return the five words of crontab as people say them; what is more intricate stays as it is."""
    if cron == "0 * * * *":
        return gettext("every hour")
    found = _CLOCK.fullmatch(cron)
    if found is None:
        return gettext("at the times %(cron)s", cron=cron)
    minute, hour, day, month, weekday = found.groups()
    clock = f"{int(hour):02}:{int(minute):02}"
    if (day, month, weekday) == ("*", "*", "*"):
        return gettext("every day at %(clock)s", clock=clock)
    if (day, month) == ("*", "*") and weekday in WEEKDAYS:
        return gettext("every %(day)s at %(clock)s", day=str(WEEKDAYS[weekday]), clock=clock)
    if (month, weekday) == ("*", "*") and day == "1":
        return gettext("on the first of every month at %(clock)s", clock=clock)
    return gettext("at the times %(cron)s", cron=cron)
