"""The pictures of data, lists and visits: the title is the question, the caption the answer. Rule of the room: pure.

Data in, as the use cases give them; a `Chart` out. What is not known is left blank, never drawn as nought.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

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
from powertheft.web.formats import day, number

USE = "kWh a month"
BAR_HEIGHT = 24
WEEK, WEEKS_TOLD = 7 * 24 * 3600 * 1000, 8
"""A week in milliseconds, as axes of dates count, and how many are named below a plot."""

PARTS = (
    ("billed_kwh", "billed"),
    ("unmetered_kwh", "street light and other use without a bill"),
    ("technical_loss_kwh", "technical loss (assumed)"),
    ("unexplained_kwh", "unaccounted for"),
)


def distribution(data: Json, caption: str) -> Chart:
    """Draw how a feature is spread by class, as shares of each class: classes differ much in number."""
    title = f"Does “{data['meaning']}” tell theft from honest use?"
    if "levels" in data:
        return _levels(data, caption, title)
    edges = data["edges"]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    traces, table = [], list[dict[str, Any]]()
    for place, (name, counts) in enumerate(data["counts"].items()):
        total = max(sum(counts), 1)
        hover = [
            f"{name}<br>{figure(low)} to {figure(high)} {data['unit']}<br>{share(count / total, 1)} ({number(count)})"
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ]
        traces.append(line(name, middles, [count / total for count in counts], hover, place=place, line_shape="hvh"))
        table += [
            {"class": name, "from": low, "to": high, "connections": count}
            for low, high, count in zip(edges, edges[1:], counts, strict=False)
        ]
    sides = (axis(data["feature"], data["unit"]), axis("share of the class", scale="share", rangemode="tozero"))
    return chart(title, caption, [_shaped(trace) for trace in traces], axes=sides, table=table)


def _shaped(trace: dict[str, Any]) -> dict[str, Any]:
    shape = trace.pop("line_shape", None)
    return trace if shape is None else {**trace, "line": {**trace["line"], "shape": shape}}


def _levels(data: Json, caption: str, title: str) -> Chart:
    traces, table = [], list[dict[str, Any]]()
    for place, (name, counts) in enumerate(data["counts"].items()):
        total = max(sum(counts), 1)
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
    sides = (axis(data["feature"], scale="category"), axis("share of the class", scale="share"))
    return chart(title, caption, traces, axes=sides, table=table, barmode="group")


def use_distribution(data: Json, caption: str) -> Chart:
    """Draw how many bills state how much use; the axis is logarithmic, bills of nothing stand at its start."""
    title = "How much do bills state?"
    if not data["bills"]:
        return empty_chart(title, caption)
    rows = list(zip(data["low"], data["high"], data["bills"], strict=True))
    hover = [f"{figure(low)} to {figure(high)} kWh a day<br>{number(count)} bills" for low, high, count in rows]
    middles = [(max(low, high / 1.1) * high) ** 0.5 for low, high, _ in rows]
    trace = bars("bills", middles, data["bills"], hover)
    sides = (axis("use", "kWh a day", scale="log", dtick=1), axis("bills"))
    table = [{"from_kwh_a_day": low, "to_kwh_a_day": high, "bills": count} for low, high, count in rows]
    return chart(title, caption, [trace], axes=sides, table=table, bargap=0.02)


def missing_map(data: Json, caption: str) -> Chart:
    """Draw which sections were not read in which months."""
    title = "Where and when are readings missing?"
    if not data["sections"]:
        return empty_chart(title, caption)
    hover = "%{y}, %{x|%b %Y}<br>%{z:.1%} of days without a reading"
    known = [value for row in data["missing"] for value in row if value is not None]
    most = max([0.05, *known])
    trace = heat(data["months"], data["sections"], data["missing"], hover, title="share missing", limits=(0.0, most))
    sides = (axis("month", scale="date"), axis("section", scale="category", autorange="reversed"))
    table = [
        {"section": section, "month": when, "share_missing": value}
        for section, row in zip(data["sections"], data["missing"], strict=True)
        for when, value in zip(data["months"], row, strict=True)
    ]
    return chart(title, caption, [trace], axes=sides, table=table, height=_height(len(data["sections"])))


def consumption(data: Json, caption: str) -> Chart:
    """Draw the median use of the largest groups; the first one with its quartiles."""
    what = "month of the year" if data["season"] else "month"
    title = f"How much do connections use, by {data['by']} and {what}?"
    lines = [group for group in data["groups"] if group["points"]]
    if not lines:
        return empty_chart(title, caption)
    traces, table = [], list[dict[str, Any]]()
    first = lines[0]["points"]
    traces += band(
        f"middle half of {lines[0]['name']}", column(first, "when"), column(first, "low"), column(first, "high")
    )
    for place, group in enumerate(lines):
        rows = group["points"]
        hover = [
            f"{group['name']}, {_when(row['when'])}<br>median {figure(row['median'], USE)}<br>"
            f"half between {figure(row['low'])} and {figure(row['high'])}<br>{number(row['bills'])} bills"
            for row in rows
        ]
        traces.append(line(group["name"], column(rows, "when"), column(rows, "median"), hover, place=place))
        table += [{"group": group["name"], **row} for row in rows]
    whens = axis("month of the year", dtick=1) if data["season"] else axis("month", scale="date")
    return chart(title, caption, traces, axes=(whens, axis("median use", USE, rangemode="tozero")), table=table)


def _when(value: Any) -> str:
    return month(value) if hasattr(value, "year") else f"month {value}"


def balance(data: Json, caption: str) -> Chart:
    """Draw what became of the energy of transformers, the one with most unaccounted for at the top."""
    title = "Which transformers supply energy that nobody is billed for?"
    rows = list(data["transformers"])
    if not rows:
        return empty_chart(title, caption)
    names = [str(row["transformer_id"]) for row in rows]
    traces = [
        bars(
            words,
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
        axis("energy of the last 12 known months", "kWh"),
        axis("transformer", scale="category", autorange="reversed"),
    )
    others = (
        [] if data["others"] is None else [{"transformer_id": f"{data['others']['count']} others", **data["others"]}]
    )
    table = [*rows, *others]
    return chart(title, caption, traces, axes=sides, table=table, barmode="relative", height=_height(len(rows)))


def loss_by_month(months: Sequence[Json], caption: str) -> Chart:
    """Draw the share of the supply that is unaccounted for by month, and what finds assessed where it is known."""
    title = "How much energy is unaccounted for, and what was recovered?"
    if not months:
        return empty_chart(title, caption)
    hover = [
        f"{month(row['month'])}<br>{share(row['share'], 1)} of {figure(row['supplied'], 'kWh')}<br>"
        f"{figure(row['unexplained'], 'kWh')} unaccounted for"
        for row in months
    ]
    traces = [line("unaccounted for", column(months, "month"), column(months, "share"), hover)]
    found = [row for row in months if row.get("recovered")]
    if found:
        told = [f"{month(row['month'])}<br>finds assessed {figure(row['recovered'], 'kWh')}" for row in found]
        traces.append(points("finds recorded", column(found, "month"), column(found, "share"), told, place=1))
    sides = (axis("month", scale="date"), axis("share of the supply", scale="share", rangemode="tozero"))
    return chart(title, caption, traces, axes=sides, table=months)


def hit_rate_by_week(weeks: Sequence[Json], caption: str, *, promise: float | None = None) -> Chart:
    """Draw the share of visits that found theft, from the list and drawn at random, beside what the model promised."""
    title = "How many visits find theft?"
    if not weeks:
        return empty_chart(title, caption)
    traces = []
    for place, (drawn_by, name) in enumerate((("list", "from the list"), ("random", "drawn at random"))):
        visits, finds = column(weeks, f"{drawn_by}_visits"), column(weeks, f"{drawn_by}_finds")
        rates = [found / made if made else None for found, made in zip(finds, visits, strict=True)]
        hover = [
            f"week of {day(row['week'])}<br>{name}: {row[f'{drawn_by}_finds']} of {row[f'{drawn_by}_visits']}"
            for row in weeks
        ]
        trace = line(name, column(weeks, "week"), rates, hover, place=place, mode="lines+markers")
        traces.append({**trace, "marker": {"symbol": ("circle", "square")[place]}})
    marks: dict[str, Any] = {}
    if promise is not None:
        level = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": promise, "y1": promise}
        note = {"x": 1, "xref": "paper", "y": promise, "text": f"promised: {share(promise)}", "showarrow": False}
        marks = {
            "shapes": [{**level, "line": {"color": QUIET, "dash": "dot", "width": 1}}],
            "annotations": [{**note, "xanchor": "right", "yanchor": "bottom", "font": {"color": QUIET}}],
        }
    sides = (
        axis("week", scale="date", tickformat="%-d %b", **_whole_weeks(weeks)),
        axis("visits that find theft", scale="share", rangemode="tozero"),
    )
    return chart(title, caption, traces, axes=sides, table=weeks, **marks)


def _whole_weeks(weeks: Sequence[Json]) -> dict[str, Any]:
    """Return ticks on first days of weeks, eight or so: a plot of one week would name the same day several times."""
    return {"tick0": str(weeks[0]["week"]), "dtick": WEEK * -(-len(weeks) // WEEKS_TOLD)}


def pair_map(data: Json, caption: str) -> Chart:
    """Draw the share of thefts among inspected connections by two features; few connections are left blank."""
    title = f"Where do “{data['x']['feature']}” and “{data['y']['feature']}” meet in theft?"
    if not data["hit_rate"]:
        return empty_chart(title, caption)
    across, down = (_stretches(data[side]["edges"]) for side in ("x", "y"))
    hover = [
        [
            f"{data['x']['feature']}: {one}<br>{data['y']['feature']}: {other}<br>{share(rate)} of {figure(count)}"
            for one, rate, count in zip(across, rates, counts, strict=True)
        ]
        for other, rates, counts in zip(down, data["hit_rate"], data["inspected"], strict=True)
    ]
    most = max([0.05, *(rate for row in data["hit_rate"] for rate in row if rate is not None)])
    trace = heat(across, down, data["hit_rate"], hover, title="theft", limits=(0.0, most))
    sides = tuple(axis(data[side]["feature"], data[side]["unit"], scale="category") for side in ("x", "y"))
    table = [
        {data["x"]["feature"]: one, data["y"]["feature"]: other, "share_of_theft": rate, "inspected": count}
        for other, rates, counts in zip(down, data["hit_rate"], data["inspected"], strict=True)
        for one, rate, count in zip(across, rates, counts, strict=True)
    ]
    return chart(title, caption, [trace], axes=(sides[0], sides[1]), table=table)


def correlation(data: Json, caption: str) -> Chart:
    """Draw which features go together: the same colours as contributions, up and down."""
    names, hover = data["features"], "%{x} and %{y}<br>%{z:.2f}"
    trace = heat(
        names, names, data["correlation"], hover, title="rank correlation", limits=(-1.0, 1.0), colours=DIVERGING
    )
    trace["colorbar"] = {**trace["colorbar"], "tickformat": ".1f"}
    sides = (axis("", scale="category"), axis("", scale="category", autorange="reversed"))
    table = [
        {"feature": other, "with": one, "correlation": value}
        for other, row in zip(names, data["correlation"], strict=True)
        for one, value in zip(names, row, strict=True)
    ]
    return chart("Which features go together?", caption, [trace], axes=sides, table=table, height=_height(len(names)))


def places(data: Json, caption: str) -> Chart:
    """Draw where connections are, as large as they are many, as dark as visits found theft there."""
    title = "Where are the connections, and where was theft found?"
    rows = list(data["places"])
    if not rows:
        return empty_chart(title, caption)
    rates = [row["thefts"] / row["inspected"] if row["inspected"] else 0.0 for row in rows]
    hover = [
        f"{number(row['connections'])} connections<br>{row['thefts']} of {row['inspected']} inspected: theft"
        for row in rows
    ]
    most = max(row["connections"] for row in rows)
    trace = points("places", column(rows, "east"), column(rows, "north"), hover)
    trace["marker"] = {
        "size": [round(6 + 18 * (row["connections"] / most) ** 0.5, 1) for row in rows],
        "color": [round(rate, 4) for rate in rates],
        "cmin": 0,
        "cmax": max([0.05, *rates]),
        "colorscale": [[place / 4, f"--scale-{place + 1}"] for place in range(5)],
        "line": {"color": "--edge", "width": 1},
        "colorbar": {"title": {"text": "theft found", "side": "right"}, "tickformat": ".0%", "thickness": 12},
    }
    units = ("east", "degrees"), ("north", "degrees")
    named = [axis(name, unit if data["is_degrees"] else "of the utility's grid") for name, unit in units]
    return chart(title, caption, [trace], axes=(named[0], {**named[1], "scaleanchor": "x"}), table=rows)


def _stretches(edges: Sequence[float]) -> list[str]:
    return [f"{figure(low)} to {figure(high)}" for low, high in pairwise(edges)]


def _height(rows: int) -> int:
    return 140 + BAR_HEIGHT * max(rows, 4)
