"""The pictures of what is watched: a small line by a name, and a plot with its limits. Rule of the room: pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask_babel import gettext
from markupsafe import Markup, escape

from powertheft.domain.watches import Reading, Standing
from powertheft.web.chart_parts import (
    QUIET,
    RISK,
    Chart,
    Json,
    Scale,
    Trace,
    axis,
    band,
    chart,
    empty_chart,
    line,
    points,
)
from powertheft.web.formats import day
from powertheft.web.monitoring_words import STATE_WORDS, WORDS, answer, told_value

WIDTH, HEIGHT, EDGE = 96, 24, 3
SHARES = frozenset({"data_quality", "hit_rate", "quota_rate", "calibration", "segments"})
MOST_PARTS = 24
FEWEST_DRAWN = 2
MONTHS_ON_THE_AXIS = timedelta(days=150)


def known_of(readings: Sequence[Reading]) -> list[Reading]:
    """Return the readings that have a value, which are those that can be drawn."""
    return [one for one in readings if one.value is not None]


def small_history(readings: Sequence[Reading]) -> Markup:
    """Draw the last readings as a line, the newest marked; by its shape too where it has moved."""
    known = [(place, one.value) for place, one in enumerate(readings) if one.value is not None]
    if not known:
        return Markup('<span class="quiet">–</span>')
    newest = readings[-1]
    values = [value for _, value in known]
    least, most = min(values), max(values)
    step, reach = (WIDTH - 2 * EDGE) / max(len(readings) - 1, 1), (most - least) or 1.0
    drawn = [
        (
            EDGE + place * step,
            HEIGHT - EDGE - (value - least) / reach * (HEIGHT - 2 * EDGE) if most > least else HEIGHT / 2,
        )
        for place, value in known
    ]
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn)
    x, y = drawn[-1]
    mark = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2"/>'
    if newest.state == "moved":
        mark = f'<path class="moved" d="M{x:.1f} {y - 4:.1f}l4 7h-8z"/>'
    said = escape(
        gettext(
            "%(count)s readings, %(least)s to %(most)s, now %(now)s",
            count=len(readings),
            least=told_value(newest.watch, least),
            most=told_value(newest.watch, most),
            now=told_value(newest.watch, known[-1][1]),
        )
    )
    return Markup(
        f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{said}">'
        f'<path d="{path}"/>{mark}</svg>'
    )


def history_plot(found: Standing | None, history: Sequence[Reading], *, question: str) -> Chart:
    """Draw the readings of one subject over time, with the limits within which it is quiet and what was expected."""
    known = known_of(history)
    if found is None or len(known) < FEWEST_DRAWN:
        return empty_chart(question, gettext("Nothing can be drawn yet.") if found is None else answer(found))
    watch, days = found.newest.watch, [one.period for one in known]
    traces: list[Trace] = []
    if any("interval" in one.details for one in known):
        ends = [one.details.get("interval") or [None, None] for one in known]
        traces += band(gettext("95 % interval"), days, [end[0] for end in ends], [end[1] for end in ends])
    traces.append(line(gettext("found"), days, [one.value for one in known], [_hover(one) for one in known]))
    traces += _states(known)
    for name, words, colour in (
        ("expected", gettext("to be expected"), QUIET),
        ("low", gettext("lower limit"), RISK),
        ("high", gettext("upper limit"), RISK),
    ):
        values = [getattr(one, name) for one in known]
        if any(value is not None for value in values):
            hover = [f"{words}: {told_value(watch, value)}" for value in values]
            traces.append(line(words, days, values, hover, place=2))
            traces[-1]["line"] = {"color": colour, "dash": "dash", "width": 1}
    scale: Scale = "share" if watch in SHARES else "number"
    # Between readings of a few weeks the axis would name the same month again and again.
    of_days = {"tickformat": "%-d %b %Y"} if days[-1] - days[0] < MONTHS_ON_THE_AXIS else {}
    sides = (
        axis(gettext("period"), scale="date", **of_days),
        axis(str(WORDS[watch].axis), scale=scale, rangemode="tozero"),
    )
    return chart(question, answer(found), traces, axes=sides, table=[_row(one) for one in history])


def _states(known: Sequence[Reading]) -> list[Trace]:
    """Return the readings as points, told apart by shape: a circle is quiet, a square has moved, a diamond unknown."""
    traces: list[Trace] = []
    for place, state in enumerate(("quiet", "moved", "unknown")):
        of_state = [one for one in known if one.state == state]
        if of_state:
            values, hover = [one.value for one in of_state], [_hover(one) for one in of_state]
            name = str(STATE_WORDS[of_state[0].state][0])
            traces.append(points(name, [one.period for one in of_state], values, hover, place=place))
    return traces


def parts_plot(newest: Reading, *, question: str) -> Chart | None:
    """Draw what was promised and found by band, section or category; None where a watch has no such parts."""
    parts: Sequence[Json] = newest.details.get("parts") or ()
    parts = [one for one in parts if one["visits"]][:MOST_PARTS]
    if not parts:
        return None
    names = [_part_name(newest, one["name"]) for one in parts]
    rates = [one["found"] / one["visits"] for one in parts]
    said = [
        gettext("%(name)s: %(found)s of %(visits)s visits", name=name, found=one["found"], visits=one["visits"])
        for name, one in zip(names, parts, strict=True)
    ]
    found = points(gettext("found, with its interval"), rates, names, said)
    found["error_x"] = {
        "type": "data",
        "symmetric": False,
        "array": [one["high"] - rate for one, rate in zip(parts, rates, strict=True)],
        "arrayminus": [rate - one["low"] for one, rate in zip(parts, rates, strict=True)],
    }
    promised = points(gettext("promised"), [one["promised"] for one in parts], names, said, place=2)
    sides = (
        axis(gettext("share of visits"), scale="share", rangemode="tozero"),
        axis("", scale="category", autorange="reversed"),
    )
    table: list[dict[str, Any]] = [
        {"part": name, **{key: one[key] for key in ("visits", "found", "promised", "low", "high")}}
        for name, one in zip(names, parts, strict=True)
    ]
    moved = [name for name, one in zip(names, parts, strict=True) if one["moved"]]
    caption = gettext("Promises hold in all %(count)s that have visits.", count=len(parts))
    if moved:
        caption = gettext("Promises fail in %(names)s.", names=", ".join(moved))
    return chart(question, caption, [found, promised], axes=sides, table=table)


def _part_name(newest: Reading, name: str) -> str:
    if newest.watch != "calibration":
        return name
    low, high = (round(100 * float(end)) for end in name.split("-"))
    return gettext("%(low)s to %(high)s %% likely", low=low, high=high)


def _hover(one: Reading) -> str:
    return f"{day(one.period)}<br>{told_value(one.watch, one.value)}<br>{STATE_WORDS[one.state][0]}"


def _row(one: Reading) -> dict[str, Any]:
    return {
        "period": one.period,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "expected": one.expected,
        "counted": one.counted,
        "state": one.state,
    }
