"""Small pictures of one connection, drawn on the server as SVG: they need no script, print, and follow the theme.

Rule of the room: knows the use cases, never the store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from markupsafe import Markup, escape

from powertheft.domain.numbers import grouped
from powertheft.web.formats import day, per_cent
from powertheft.web.words import lazy_gettext

SPARK_WIDTH, SPARK_HEIGHT = 96, 24
WIDTH, HEIGHT = 920, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 12, 34, 28
DAYS = "days since 1970"
MARKS = {"visit": "▼", "event": "◆"}


@dataclass(frozen=True, slots=True)
class Scale:
    """Where months and values lie on a picture."""

    months: tuple[date, ...]
    highest: float
    lowest: float = 0.0

    @property
    def step(self) -> float:
        """Return the width of a month."""
        return (WIDTH - LEFT - RIGHT) / max(len(self.months), 1)

    def x(self, place: float) -> float:
        """Return where the middle of a month lies; `place` counts from 0."""
        return LEFT + (place + 0.5) * self.step

    def y(self, value: float) -> float:
        """Return where a value lies."""
        share = (value - self.lowest) / (self.highest - self.lowest)
        return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)

    def place_of(self, when: date) -> int | None:
        """Return the place of the month of a day, None where it is not shown."""
        month = when.replace(day=1)
        return self.months.index(month) if month in self.months else None


def sparkline(values: Sequence[float | None]) -> Markup:
    """Draw use of the last months as a line, the last known month marked.

    Examples
    --------
    >>> "1.0 to 3.0 kWh a day" in sparkline([1.0, None, 3.0])
    True
    """
    known = [value for value in values if value is not None]
    if not known:
        return Markup('<span class="quiet">–</span>')
    highest, last = max(known) or 1.0, max(place for place, value in enumerate(values) if value is not None)
    step = (SPARK_WIDTH - 6) / max(len(values) - 1, 1)
    points = [
        None if value is None else (3 + place * step, SPARK_HEIGHT - 3 - (value / highest) * (SPARK_HEIGHT - 6))
        for place, value in enumerate(values)
    ]
    end = points[last] or (0.0, 0.0)
    said = escape(
        lazy_gettext(
            "%(count)s months, %(least)s to %(most)s kWh a day, now %(now)s",
            count=len(values),
            least=_short(min(known)),
            most=_short(max(known)),
            now=_short(values[last] or 0.0),
        )
    )
    return Markup(
        f'<svg class="spark" viewBox="0 0 {SPARK_WIDTH} {SPARK_HEIGHT}" role="img" aria-label="{said}">'
        f'<path class="ground" d="M0 {SPARK_HEIGHT - 2.5}H{SPARK_WIDTH}"/><path d="{_path(points)}"/>'
        f'<circle cx="{end[0]:.1f}" cy="{end[1]:.1f}" r="2"/></svg>'
    )


def bills_picture(
    months: Sequence[Mapping[str, Any]],
    *,
    stretch: Mapping[str, Any] | None,
    marks: Sequence[tuple[str, date, str]],
) -> Markup:
    """Draw use by month as bars, a year before as a line, neighbours as a band; the suspicious stretch shaded.

    `marks` are (kind, day, words) of visits and events.
    """
    named = ("use", "a_year_before", "neighbours_high")
    highest = max((float(row[name]) for row in months for name in named if row[name] is not None), default=1.0)
    scale = Scale(tuple(row["month"] for row in months), 1.08 * highest or 1.0)
    drawn = [_grid(scale), _shade(scale, stretch), _band(months, scale), *_bars(months, scale, stretch)]
    drawn += [_line(months, scale, "neighbours", "middle"), _line(months, scale, "a_year_before", "before")]
    drawn += [_marks(scale, marks), _month_names(scale)]
    return _picture(drawn)


def balance_picture(months: Sequence[Mapping[str, Any]]) -> Markup:
    """Draw what a transformer supplied as a line, and what no bill accounts for as bars [kWh/day]."""
    known = [float(row[name]) for row in months for name in ("supplied", "unexplained") if row[name] is not None]
    scale = Scale(tuple(row["month"] for row in months), 1.08 * max([1.0, *known]), min([0.0, *known]))
    bars = [
        _bar(scale, place, float(row["unexplained"]), kind="lost" if row["unexplained"] > 0 else "found")
        for place, row in enumerate(months)
        if row["unexplained"] is not None
    ]
    return _picture([_grid(scale), *bars, _line(months, scale, "supplied", "before"), _month_names(scale)])


def waterfall_rows(waterfall: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row a step with its bar, which begins where the one before ended: they add up to the score."""
    steps = [*waterfall["steps"]]
    if waterfall["others"]:
        told = {"meaning": lazy_gettext("%(count)s others together", count=waterfall["others"]), "value": None}
        steps.append({**told, "unit": "", "feature": "", "contribution": waterfall["others_together"]})
    at, spans = float(waterfall["base_value"]), list[tuple[float, float]]()
    for step in steps:
        spans.append((at, at + step["contribution"]))
        at += step["contribution"]
    low, high = min(min(pair) for pair in spans), max(max(pair) for pair in spans)
    return [
        {**step, "shown": _told(step["value"], str(step["unit"])), "bar": _span(*pair, low=low, high=high)}
        for step, pair in zip(steps, spans, strict=True)
    ]


def _told(value: float | str | None, unit: str) -> str:
    """Write a feature's value as people do: a day as a day, a share as per cent."""
    if value is None or isinstance(value, str):
        return value or "–"
    if unit == DAYS:
        return day(date(1970, 1, 1) + timedelta(days=round(value)))
    if unit == "share":
        return per_cent(value, 0 if abs(value) >= 0.1 else 1)
    return f"{grouped(value) if abs(value) >= 100 else f'{value:.3g}'} {unit}".strip()


def _span(start: float, end: float, *, low: float, high: float) -> Markup:
    width = (high - low) or 1.0
    left, right = (100 * (value - low) / width for value in (min(start, end), max(start, end)))
    kind = "raises" if end >= start else "lowers"
    return Markup(
        '<svg class="step" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{kind}" x="{left:.2f}" y="1" width="{max(right - left, 0.6):.2f}" height="8"/></svg>'
    )


def _picture(drawn: Sequence[str]) -> Markup:
    inside = "".join(drawn)
    return Markup(f'<svg class="picture" viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{inside}</svg>')


def _grid(scale: Scale) -> str:
    gap = _round_gap((scale.highest - scale.lowest) / 4)
    lines = list[str]()
    value = gap * -(-scale.lowest // gap)
    while value <= scale.highest:
        y = scale.y(value)
        lines.append(
            f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>'
            f'<text class="axis end" x="{LEFT - 8}" y="{y + 4:.1f}">{grouped(value)}</text>'
        )
        value += gap
    return "".join(lines)


def _round_gap(about: float) -> float:
    size = 10.0 ** len(str(int(about))) / 10 if about >= 1 else 1.0
    return next((size * times for times in (1, 2, 5, 10) if size * times >= about), size * 10)


def _shade(scale: Scale, stretch: Mapping[str, Any] | None) -> str:
    if stretch is None:
        return ""
    first, last = (scale.place_of(stretch[name]) for name in ("from", "to"))
    if first is None or last is None:
        return ""
    left, right = LEFT + first * scale.step, LEFT + (last + 1) * scale.step
    less = f"{100 * (1 - stretch['used'] / stretch['expected']):.0f} %"
    said = escape(lazy_gettext("%(less)s less than before", less=less))
    ends = right > WIDTH - 200
    return (
        f'<rect class="stretch" x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{HEIGHT - TOP - BOTTOM}"/>'
        f'<text class="stretch-name{" end" if ends else ""}" x="{right - 6 if ends else left + 6:.1f}" '
        f'y="{TOP + 16}">{said}</text>'
    )


def _band(months: Sequence[Mapping[str, Any]], scale: Scale) -> str:
    known = [place for place, row in enumerate(months) if row["neighbours_low"] is not None]
    if len(known) < 2:
        return ""
    upper = [f"{scale.x(place):.1f} {scale.y(months[place]['neighbours_high']):.1f}" for place in known]
    lower = [f"{scale.x(place):.1f} {scale.y(months[place]['neighbours_low']):.1f}" for place in reversed(known)]
    return f'<path class="band" d="M{"L".join([*upper, *lower])}Z"/>'


def _bars(months: Sequence[Mapping[str, Any]], scale: Scale, stretch: Mapping[str, Any] | None) -> list[str]:
    def is_low(month: date) -> bool:
        return stretch is not None and stretch["from"] <= month <= stretch["to"]

    return [
        _bar(scale, place, float(row["use"]), kind="use low" if is_low(row["month"]) else "use")
        for place, row in enumerate(months)
        if row["use"] is not None
    ]


def _bar(scale: Scale, place: int, value: float, *, kind: str) -> str:
    top, bottom = sorted((scale.y(value), scale.y(0)))
    left, width = scale.x(place) - 0.34 * scale.step, 0.68 * scale.step
    return (
        f'<rect class="{kind}" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{max(bottom - top, 0.5):.1f}">'
        f"<title>{scale.months[place]:%b %Y}: {_short(value)} kWh</title></rect>"
    )


def _line(months: Sequence[Mapping[str, Any]], scale: Scale, name: str, kind: str) -> str:
    points = [
        None if row[name] is None else (scale.x(place), scale.y(float(row[name]))) for place, row in enumerate(months)
    ]
    return f'<path class="{kind}" d="{_path(points)}"/>'


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """A line through what is known; over what is not it breaks off."""
    drawn, pen = list[str](), "M"
    for point in points:
        if point is None:
            pen = "M"
            continue
        drawn.append(f"{pen}{point[0]:.1f} {point[1]:.1f}")
        pen = "L"
    return "".join(drawn)


def _marks(scale: Scale, marks: Sequence[tuple[str, date, str]]) -> str:
    drawn = list[str]()
    for kind, when, words in marks:
        place = scale.place_of(when)
        if place is not None:
            x = LEFT + (place + (when.day - 1) / 31) * scale.step
            drawn.append(
                f'<text class="mark {kind}" x="{x:.1f}" y="{TOP - 8}">{MARKS[kind]}'
                f"<title>{escape(words)}, {day(when)}</title></text>"
            )
    return "".join(drawn)


def _month_names(scale: Scale) -> str:
    every = 1 if len(scale.months) <= 12 else 3
    return "".join(
        f'<text class="axis middle" x="{scale.x(place):.1f}" y="{HEIGHT - 8}">{month:%b %y}</text>'
        for place, month in enumerate(scale.months)
        if (len(scale.months) - 1 - place) % every == 0
    )


def _short(value: float) -> str:
    return grouped(value) if abs(value) >= 10 else f"{value:.1f}"
