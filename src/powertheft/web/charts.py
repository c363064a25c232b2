"""The pictures of data, lists and visits: the title is the question, the caption the answer.

Rule of the room: pure; words by gettext. Data in, as the use cases give them; a `Chart` out. What is not known is left
blank, never drawn as nought.
"""

from collections.abc import Sequence
from itertools import pairwise
from textwrap import wrap
from typing import Any

from flask_babel import gettext

from powertheft.web.chart_parts import (
    DIVERGING,
    QUIET,
    RISK,
    Chart,
    Json,
    axis,
    band,
    bars,
    chart,
    column,
    empty_chart,
    figure,
    heat,
    line,
    month,
    points,
    share,
)
from powertheft.web.explore_words import CLASS_WORDS, when_in_words
from powertheft.web.formats import day, number
from powertheft.web.words import lazy_gettext

USE = lazy_gettext("kWh a month")
BAR_HEIGHT, TWO_LINES = 24, 36
LINE, TICK = 60, 28
"""Characters of a line of a title and of a name beside an axis."""

WEEK, WEEKS_TOLD = 7 * 24 * 3600 * 1000, 8
"""A week in milliseconds, as axes of dates count, and how many are named below a plot."""

PARTS = (
    ("billed_kwh", lazy_gettext("billed")),
    ("unmetered_kwh", lazy_gettext("street light and other use without a bill")),
    ("technical_loss_kwh", lazy_gettext("technical loss (assumed)")),
    ("unexplained_kwh", lazy_gettext("unaccounted for")),
)


def distribution(data: Json, caption: str) -> Chart:
    """Draw how a feature is spread by class, as shares of each class: classes differ much in number."""
    title = gettext("Does “%(feature)s” tell theft from honest use?", feature=data["meaning"])
    if "levels" in data:
        return _levels(data, caption, title)
    edges = data["edges"]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    traces, table = [], list[dict[str, Any]]()
    for place, (kind, counts) in enumerate(data["counts"].items()):
        total, name = max(sum(counts), 1), str(CLASS_WORDS[kind])
        hover = [
            gettext(
                "%(class_)s<br>%(low)s to %(high)s %(unit)s<br>%(share)s (%(count)s)",
                class_=name,
                low=figure(low),
                high=figure(high),
                unit=data["unit"],
                share=share(count / total, 1),
                count=number(count),
            )
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ]
        traces.append(line(name, middles, [count / total for count in counts], hover, place=place, line_shape="hvh"))
        table += [
            {"class": name, "from": low, "to": high, "connections": count}
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ]
    named = axis(wrapped(data["meaning"]), data["unit"])
    sides = (named, axis(gettext("share of the class"), scale="share", rangemode="tozero"))
    return chart(title, caption, [_shaped(trace) for trace in traces], axes=sides, table=table)


def _shaped(trace: dict[str, Any]) -> dict[str, Any]:
    shape = trace.pop("line_shape", None)
    return trace if shape is None else {**trace, "line": {**trace["line"], "shape": shape}}


def _levels(data: Json, caption: str, title: str) -> Chart:
    traces, table = [], list[dict[str, Any]]()
    for place, (kind, counts) in enumerate(data["counts"].items()):
        total, name = max(sum(counts), 1), str(CLASS_WORDS[kind])
        shares = [count / total for count in counts]
        hover = [
            f"{level}, {name}<br>{share(part, 1)} ({number(count)})"
            for level, part, count in zip(data["levels"], shares, counts, strict=True)
        ]
        traces.append(bars(name, data["levels"], shares, hover, place=place))
        table += [
            {"class": name, "value": level, "connections": count}
            for level, count in zip(data["levels"], counts, strict=True)
        ]
    sides = (axis(wrapped(data["meaning"]), scale="category"), axis(gettext("share of the class"), scale="share"))
    return chart(title, caption, traces, axes=sides, table=table, barmode="group")


def use_distribution(data: Json, caption: str) -> Chart:
    """Draw how many bills state how much use; the axis is logarithmic, bills of nothing stand at its start."""
    title = gettext("How much do bills state?")
    if not data["bills"]:
        return empty_chart(title, caption)
    rows = list(zip(data["low"], data["high"], data["bills"], strict=True))
    hover = [
        gettext(
            "%(low)s to %(high)s kWh a day<br>%(count)s bills", low=figure(low), high=figure(high), count=number(count)
        )
        for low, high, count in rows
    ]
    middles = [(max(low, high / 1.1) * high) ** 0.5 for low, high, _ in rows]
    trace = bars(gettext("bills"), middles, data["bills"], hover)
    sides = (axis(gettext("use"), gettext("kWh a day"), scale="log", dtick=1), axis(gettext("bills")))
    table = [{"from_kwh_a_day": low, "to_kwh_a_day": high, "bills": count} for low, high, count in rows]
    return chart(title, caption, [trace], axes=sides, table=table, bargap=0.02)


def missing_map(data: Json, caption: str) -> Chart:
    """Draw which sections were not read in which months."""
    title = gettext("Where and when are readings missing?")
    if not data["sections"]:
        return empty_chart(title, caption)
    hover = "%{y}, %{x|%b %Y}<br>%{z:.1%} " + gettext("of days without a reading")
    known = [value for row in data["missing"] for value in row if value is not None]
    most = max([0.05, *known])
    trace = heat(
        data["months"], data["sections"], data["missing"], hover, title=gettext("share missing"), limits=(0.0, most)
    )
    sides = (axis(gettext("month"), scale="date"), axis(gettext("section"), scale="category", autorange="reversed"))
    table = [
        {"section": section, "month": when, "share_missing": value}
        for section, row in zip(data["sections"], data["missing"], strict=True)
        for when, value in zip(data["months"], row, strict=True)
    ]
    return chart(title, caption, [trace], axes=sides, table=table, height=_height(len(data["sections"])))


def consumption(data: Json, caption: str) -> Chart:
    """Draw the median use of the largest groups; the first one with its quartiles."""
    what = gettext("month of the year") if data["season"] else gettext("month")
    by = {"category": gettext("category"), "region": gettext("region")}[data["by"]]
    title = gettext("How much do connections use, by %(by)s and %(when)s?", by=by, when=what)
    lines = [group for group in data["groups"] if group["points"]]
    if not lines:
        return empty_chart(title, caption)
    traces, table = [], list[dict[str, Any]]()
    first = lines[0]["points"]
    traces += band(
        gettext("middle half of %(group)s", group=lines[0]["name"]),
        column(first, "when"),
        column(first, "low"),
        column(first, "high"),
    )
    for place, group in enumerate(lines):
        rows = group["points"]
        hover = [
            gettext(
                "%(group)s, %(when)s<br>median %(median)s<br>half between %(low)s and %(high)s<br>%(bills)s bills",
                group=group["name"],
                when=when_in_words(row["when"], season=data["season"]),
                median=figure(row["median"], str(USE)),
                low=figure(row["low"]),
                high=figure(row["high"]),
                bills=number(row["bills"]),
            )
            for row in rows
        ]
        traces.append(line(group["name"], column(rows, "when"), column(rows, "median"), hover, place=place))
        table += [{"group": group["name"], **row} for row in rows]
    whens = axis(what, dtick=1) if data["season"] else axis(what, scale="date")
    sides = (whens, axis(gettext("median use"), str(USE), rangemode="tozero"))
    return chart(title, caption, traces, axes=sides, table=table)


def balance(data: Json, caption: str) -> Chart:
    """Draw what became of the energy of transformers, the one with most unaccounted for at the top."""
    title = gettext("Which transformers supply energy that nobody is billed for?")
    rows = list(data["transformers"])
    if not rows:
        return empty_chart(title, caption)
    names = [str(row["transformer_id"]) for row in rows]
    traces = [
        bars(
            str(words),
            column(rows, part),
            names,
            [f"{name}<br>{words}: {figure(row[part], 'kWh')}" for name, row in zip(names, rows, strict=True)],
            place=place,
            orientation="h",
        )
        for place, (part, words) in enumerate(PARTS)
    ]
    for trace, colour in zip(traces, ("--series-1", "--series-5", QUIET, RISK), strict=True):
        trace["marker"] = {"color": colour}
    sides = (
        axis(gettext("energy of the last 12 known months"), "kWh"),
        axis(gettext("transformer"), scale="category", autorange="reversed"),
    )
    others = (
        []
        if data["others"] is None
        else [{"transformer_id": gettext("%(count)s others", count=data["others"]["count"]), **data["others"]}]
    )
    table = [*rows, *others]
    return chart(title, caption, traces, axes=sides, table=table, barmode="relative", height=_height(len(rows)))


def loss_by_month(months: Sequence[Json], caption: str) -> Chart:
    """Draw the share of the supply that is unaccounted for by month, and what finds assessed where it is known."""
    title = gettext("How much energy is unaccounted for, and what was recovered?")
    if not months:
        return empty_chart(title, caption)
    hover = [
        gettext(
            "%(month)s<br>%(share)s of %(supplied)s<br>%(energy)s unaccounted for",
            month=month(row["month"]),
            share=share(row["share"], 1),
            supplied=figure(row["supplied"], "kWh"),
            energy=figure(row["unexplained"], "kWh"),
        )
        for row in months
    ]
    traces = [line(gettext("unaccounted for"), column(months, "month"), column(months, "share"), hover)]
    found = [row for row in months if row.get("recovered")]
    if found:
        told = [
            gettext(
                "%(month)s<br>finds assessed %(energy)s",
                month=month(row["month"]),
                energy=figure(row["recovered"], "kWh"),
            )
            for row in found
        ]
        traces.append(points(gettext("finds recorded"), column(found, "month"), column(found, "share"), told, place=1))
    sides = (
        axis(gettext("month"), scale="date"),
        axis(gettext("share of the supply"), scale="share", rangemode="tozero"),
    )
    return chart(title, caption, traces, axes=sides, table=months)


def hit_rate_by_week(weeks: Sequence[Json], caption: str, *, promise: float | None = None) -> Chart:
    """Draw the share of visits that found theft, from the list and drawn at random, beside what the model promised."""
    title = gettext("How many visits find theft?")
    if not weeks:
        return empty_chart(title, caption)
    traces = []
    for place, (drawn_by, name) in enumerate(
        (("list", gettext("from the list")), ("random", gettext("drawn at random")))
    ):
        visits, finds = column(weeks, f"{drawn_by}_visits"), column(weeks, f"{drawn_by}_finds")
        rates = [found / made if made else None for found, made in zip(finds, visits, strict=True)]
        hover = [
            gettext(
                "week of %(day)s<br>%(name)s: %(finds)s of %(visits)s",
                day=day(row["week"]),
                name=name,
                finds=row[f"{drawn_by}_finds"],
                visits=row[f"{drawn_by}_visits"],
            )
            for row in weeks
        ]
        trace = line(name, column(weeks, "week"), rates, hover, place=place, mode="lines+markers")
        traces.append({**trace, "marker": {"symbol": ("circle", "square")[place]}})
    marks: dict[str, Any] = {}
    if promise is not None:
        level = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": promise, "y1": promise}
        note = {
            "x": 1,
            "xref": "paper",
            "y": promise,
            "text": gettext("promised: %(share)s", share=share(promise)),
            "showarrow": False,
        }
        marks = {
            "shapes": [{**level, "line": {"color": QUIET, "dash": "dot", "width": 1}}],
            "annotations": [{**note, "xanchor": "right", "yanchor": "bottom", "font": {"color": QUIET}}],
        }
    sides = (
        axis(gettext("week"), scale="date", tickformat="%-d %b", **_whole_weeks(weeks)),
        axis(gettext("visits that find theft"), scale="share", rangemode="tozero"),
    )
    return chart(title, caption, traces, axes=sides, table=weeks, **marks)


def _whole_weeks(weeks: Sequence[Json]) -> dict[str, Any]:
    """Return ticks on first days of weeks, eight or so: a plot of one week would name the same day several times."""
    return {"tick0": str(weeks[0]["week"]), "dtick": WEEK * -(-len(weeks) // WEEKS_TOLD)}


def pair_map(data: Json, caption: str) -> Chart:
    """Draw the share of thefts among inspected connections by two features; few connections are left blank."""
    one, other = (data[side]["meaning"] for side in ("x", "y"))
    title = gettext("Where do “%(one)s” and “%(other)s” meet in theft?", one=one, other=other)
    if not data["hit_rate"]:
        return empty_chart(title, caption)
    across, down = (_stretches(data[side]["edges"]) for side in ("x", "y"))
    hover = [
        [
            gettext(
                "%(one)s: %(across)s<br>%(other)s: %(down)s<br>%(share)s of %(count)s",
                one=wrapped(one),
                across=place,
                other=wrapped(other),
                down=level,
                share=share(rate),
                count=figure(count),
            )
            for place, rate, count in zip(across, rates, counts, strict=True)
        ]
        for level, rates, counts in zip(down, data["hit_rate"], data["inspected"], strict=True)
    ]
    most = max([0.05, *(rate for row in data["hit_rate"] for rate in row if rate is not None)])
    trace = heat(across, down, data["hit_rate"], hover, title=gettext("theft"), limits=(0.0, most))
    sides = tuple(axis(wrapped(data[side]["meaning"]), data[side]["unit"], scale="category") for side in ("x", "y"))
    table = [
        {data["x"]["feature"]: place, data["y"]["feature"]: level, "share_of_theft": rate, "inspected": count}
        for level, rates, counts in zip(down, data["hit_rate"], data["inspected"], strict=True)
        for place, rate, count in zip(across, rates, counts, strict=True)
    ]
    return chart(title, caption, [trace], axes=(sides[0], sides[1]), table=table)


def correlation(data: Json, caption: str) -> Chart:
    """Draw which features go together: the same colours as contributions, up and down; words beside, codes below."""
    names, meanings = data["features"], data["meanings"]
    hover = [
        [
            gettext(
                "%(one)s<br>and %(other)s<br>correlation %(value)s",
                one=wrapped(one),
                other=wrapped(other),
                value=figure(value),
            )
            for one, value in zip(meanings, row, strict=True)
        ]
        for other, row in zip(meanings, data["correlation"], strict=True)
    ]
    trace = heat(
        names,
        names,
        data["correlation"],
        hover,
        title=gettext("rank correlation"),
        limits=(-1.0, 1.0),
        colours=DIVERGING,
    )
    trace["colorbar"] = {**trace["colorbar"], "tickformat": ".1f"}
    named = axis(
        "", scale="category", autorange="reversed", tickvals=names, ticktext=[shortened(one) for one in meanings]
    )
    sides = (axis("", scale="category"), named)
    table = [
        {"feature": other, "with": one, "correlation": value}
        for other, row in zip(names, data["correlation"], strict=True)
        for one, value in zip(names, row, strict=True)
    ]
    title = gettext("Which features go together?")
    return chart(title, caption, [trace], axes=sides, table=table, height=140 + TWO_LINES * max(len(names), 4))


def places(data: Json, caption: str) -> Chart:
    """Draw where connections are, as large as they are many, as dark as visits found theft there."""
    title = gettext("Where are the connections, and where was theft found?")
    rows = list(data["places"])
    if not rows:
        return empty_chart(title, caption)
    rates = [row["thefts"] / row["inspected"] if row["inspected"] else 0.0 for row in rows]
    hover = [
        gettext(
            "%(count)s connections<br>%(thefts)s of %(inspected)s inspected: theft",
            count=number(row["connections"]),
            thefts=row["thefts"],
            inspected=row["inspected"],
        )
        for row in rows
    ]
    most = max(row["connections"] for row in rows)
    trace = points(gettext("places"), column(rows, "east"), column(rows, "north"), hover)
    trace["marker"] = {
        "size": [round(6 + 18 * (row["connections"] / most) ** 0.5, 1) for row in rows],
        "color": [round(rate, 4) for rate in rates],
        "cmin": 0,
        "cmax": max([0.05, *rates]),
        "colorscale": [[place / 4, f"--scale-{place + 1}"] for place in range(5)],
        "line": {"color": "--edge", "width": 1},
        "colorbar": {"title": {"text": gettext("theft found"), "side": "right"}, "tickformat": ".0%", "thickness": 12},
    }
    unit = gettext("degrees") if data["is_degrees"] else gettext("of the utility's grid")
    named = [axis(name, unit) for name in (gettext("east"), gettext("north"))]
    return chart(title, caption, [trace], axes=(named[0], {**named[1], "scaleanchor": "x"}), table=rows)


def _stretches(edges: Sequence[float]) -> list[str]:
    return [gettext("%(low)s to %(high)s", low=figure(low), high=figure(high)) for low, high in pairwise(edges)]


def wrapped(words: str) -> str:
    """Return long words on several lines.

    Examples
    --------
    >>> wrapped("Most months without any use in a row, of the last three years that are known of it")
    'Most months without any use in a row, of the last three<br>years that are known of it'
    """
    return "<br>".join(wrap(words, LINE))


def shortened(words: str) -> str:
    """Return long words on two lines, and no more of them.

    Examples
    --------
    >>> shortened("Most months without any use in a row, of the last three years that are known of it")
    'Most months without any use<br>in a row, of the last …'
    """
    return "<br>".join(wrap(words, TICK, max_lines=2, placeholder=" …"))


def _height(rows: int) -> int:
    return 140 + BAR_HEIGHT * max(rows, 4)
