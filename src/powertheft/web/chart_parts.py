"""What every picture is made of: axes with units, hovers in grouped digits, colours by name, a table of the same.

Figures are plain dictionaries for Plotly 4. Colours are names of `tokens.css` ("--series-1", with a share of opacity
"--series-1@0.2"); `scripts/plots.js` gives them the values of light or dark. Rule of the room: pure functions.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal, TypedDict

from powertheft.web.formats import NOTHING, number, per_cent

Json = Mapping[str, Any]
Trace = dict[str, Any]
Scale = Literal["number", "share", "date", "category", "log"]

ACCENT, QUIET, RISK, EDGE = "--accent", "--quiet", "--risk-2", "--line"
SERIES = ("--series-1", "--series-2", "--series-3", "--series-4", "--series-5", "--series-6")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
"""Lines are told apart by their dash too, for those who do not see the colours."""

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross")
SEQUENTIAL = ("--scale-1", "--scale-2", "--scale-3", "--scale-4", "--scale-5")
DIVERGING = ("--lowers", "--surface", "--raises")
MOST_POINTS = 5_000
DIGITS = 6
"""Significant digits of a figure that is sent: no picture shows more."""

TICKS: Mapping[Scale, str] = {"number": ",~r", "share": ".0%", "log": ",~r", "date": "%b %Y"}


class Chart(TypedDict):
    """A picture: the question it answers, the figure, the answer in a sentence, and the same as rows of a table."""

    title: str
    figure: dict[str, Any]
    caption: str
    table: list[dict[str, Any]]


def chart(
    title: str,
    caption: str,
    traces: Sequence[Trace],
    *,
    axes: tuple[Json, Json],
    table: Sequence[Json],
    **layout: Any,
) -> Chart:
    """Put a picture together; the horizontal axis comes first."""
    points = sum(_points(trace) for trace in traces)
    if points > MOST_POINTS:
        msg = f"the picture {title!r} has {points} points"
        raise ValueError(msg)
    horizontal, vertical = axes
    drawn = {
        "xaxis": dict(horizontal),
        "yaxis": dict(vertical),
        "showlegend": sum(1 for trace in traces if trace.get("showlegend", True) and trace.get("name")) > 1,
        "paper_bgcolor": "--surface",
        "plot_bgcolor": "--surface",
        "font": {"family": "--font", "size": 13, "color": "--text"},
        "hoverlabel": {"bgcolor": "--raised", "bordercolor": EDGE, "font": {"color": "--text"}, "align": "left"},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "bgcolor": "--surface"},
        "margin": {"l": 64, "r": 16, "t": 48, "b": 56},
        "meta": {"title": title, "caption": caption},
        **layout,
    }
    return {
        "title": title,
        "figure": {"data": list(traces), "layout": drawn},
        "caption": caption,
        "table": [plain(row) for row in table],
    }


def empty_chart(title: str, caption: str) -> Chart:
    """Return a picture of nothing, which says why there is nothing."""
    axes = ({"visible": False}, {"visible": False})
    note = {"text": caption, "showarrow": False, "xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
    return chart(title, caption, [], axes=axes, table=[], annotations=[{**note, "font": {"color": QUIET}}])


def axis(title: str, unit: str = "", *, scale: Scale = "number", **more: Any) -> dict[str, Any]:
    """Return an axis with its unit.

    Examples
    --------
    >>> axis("use", "kWh a month")["title"]["text"]
    'use [kWh a month]'
    """
    told = f"{title} [{unit}]" if unit else title
    drawn: dict[str, Any] = {
        "title": {"text": told, "standoff": 10},
        "gridcolor": EDGE,
        "linecolor": "--edge",
        "zerolinecolor": "--edge",
        "tickfont": {"color": QUIET},
        "automargin": True,
        "type": {"date": "date", "category": "category", "log": "log"}.get(scale, "linear"),
    }
    if scale in TICKS:
        drawn["tickformat"] = TICKS[scale]
    return {**drawn, **more}


def line(name: str, x: Sequence[Any], y: Sequence[Any], hover: Sequence[str], *, place: int = 0, **more: Any) -> Trace:
    """Return a line; its place among others decides colour and dash."""
    style = {"color": SERIES[place % len(SERIES)], "dash": DASHES[place % len(DASHES)], "width": 2}
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": plain_list(x),
        "y": plain_list(y),
        "line": style,
        **_hovering(hover),
        **more,
    }


def bars(name: str, x: Sequence[Any], y: Sequence[Any], hover: Sequence[str], *, place: int = 0, **more: Any) -> Trace:
    """Return bars."""
    return {
        "type": "bar",
        "name": name,
        "x": plain_list(x),
        "y": plain_list(y),
        "marker": {"color": SERIES[place % len(SERIES)]},
        **_hovering(hover),
        **more,
    }


def points(
    name: str, x: Sequence[Any], y: Sequence[Any], hover: Sequence[str], *, place: int = 0, **more: Any
) -> Trace:
    """Return points; their place among others decides colour and shape."""
    marker = {"color": SERIES[place % len(SERIES)], "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 9}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": plain_list(x),
        "y": plain_list(y),
        "marker": marker,
        **_hovering(hover),
        **more,
    }


def band(name: str, x: Sequence[Any], low: Sequence[Any], high: Sequence[Any], *, place: int = 0) -> list[Trace]:
    """Return the area between two lines as two traces; where nothing is known it is interrupted."""
    edge: Trace = {
        "type": "scatter",
        "mode": "lines",
        "x": plain_list(x),
        "line": {"width": 0},
        "hoverinfo": "skip",
        "connectgaps": False,
    }
    fill = f"{SERIES[place % len(SERIES)]}@0.18"
    below = {**edge, "y": plain_list(low), "showlegend": False}
    return [below, {**edge, "y": plain_list(high), "name": name, "fill": "tonexty", "fillcolor": fill}]


def heat(
    x: Sequence[Any],
    y: Sequence[Any],
    z: Sequence[Sequence[float | None]],
    hover: Sequence[Sequence[str]] | str,
    *,
    title: str,
    limits: tuple[float, float],
    colours: Sequence[str] = SEQUENTIAL,
) -> Trace:
    """Return a map of shares by colour; what is not known is left blank.

    Hovers are one text a cell, or of large maps one template for all.
    """
    scale = [[place / (len(colours) - 1), colour] for place, colour in enumerate(colours)]
    told: Trace = {"hovertemplate": f"{hover if isinstance(hover, str) else '%{text}'}<extra></extra>"}
    if not isinstance(hover, str):
        told["text"] = [list(row) for row in hover]
    return {
        "type": "heatmap",
        "x": plain_list(x),
        "y": plain_list(y),
        "z": [plain_list(row) for row in z],
        "zmin": limits[0],
        "zmax": limits[1],
        "colorscale": scale,
        "hoverongaps": False,
        "xgap": 1,
        "ygap": 1,
        "colorbar": {
            "title": {"text": title, "side": "right"},
            "tickformat": ".0%",
            "outlinewidth": 0,
            "thickness": 12,
        },
        **told,
    }


def upright(at: Any, text: str, *, colour: str = RISK) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a line across the picture at a place of the horizontal axis, and its name beside it."""
    shape = {
        "type": "line",
        "x0": at,
        "x1": at,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": colour, "width": 1},
    }
    note = {"x": at, "y": 1, "yref": "paper", "text": text, "showarrow": False, "xanchor": "left", "yanchor": "top"}
    return shape, {**note, "font": {"color": colour, "size": 12}}


def diagonal(most: float) -> Trace:
    """Return the line of equal sides, which says what would be chance, or right."""
    style = {"color": QUIET, "dash": "dot", "width": 1}
    sides: list[float] = [0, most]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": sides,
        "y": sides,
        "line": style,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def plain(row: Json) -> dict[str, Any]:
    """Return a row as JSON can hold it: days as 2026-03-12; numbers in full."""
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def plain_list(values: Sequence[Any]) -> list[Any]:
    """Return values as JSON can hold them."""
    return [_plain(value) for value in values]


def month(value: date) -> str:
    """Write a month.

    Examples
    --------
    >>> month(date(2026, 3, 1))
    'Mar 2026'
    """
    return f"{value:%b %Y}"


def figure(value: float | None, unit: str = "", digits: int = 0) -> str:
    """Write a figure with its unit: in groups from a hundred on, else with some digits.

    Examples
    --------
    >>> figure(123456.4, "kWh"), figure(2.5), figure(None, "kWh")
    ('1,23,456 kWh', '2.5', '–')
    """
    if value is None:
        return NOTHING
    told = number(value) if abs(value) >= 100 or digits else f"{value:.3g}"
    return f"{told} {unit}".strip()


def share(value: float | None, digits: int = 0) -> str:
    """Write a share."""
    return per_cent(value, digits)


def column(rows: Sequence[Json], name: str) -> list[Any]:
    """Return one column of rows."""
    return [row[name] for row in rows]


def _hovering(hover: Sequence[str]) -> Trace:
    return {"customdata": list(hover), "hovertemplate": "%{customdata}<extra></extra>"}


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.{DIGITS}g}")
    return value.isoformat() if isinstance(value, date) else value


def _points(trace: Trace) -> int:
    if trace["type"] == "heatmap":
        return sum(len(row) for row in trace["z"])
    return max(len(trace.get("x", ())), len(trace.get("y", ())))
