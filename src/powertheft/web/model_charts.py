"""Plots of a model as Plotly figures: the title is the question, the caption its answer. Rule of the room: no fits.

Put together as all our pictures are, see chart_parts; all points were counted before.
"""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt
from typing import Any

from flask_babel import gettext

from powertheft.actions.model_verdict import Baselines, finds_within
from powertheft.actions.show_model import ModelReport
from powertheft.web.chart_parts import Chart, Trace, axis, chart
from powertheft.web.formats import number, per_cent

Layout = dict[str, Any]
FIRST, SECOND, THIRD, QUIET = "--series-1", "--series-2", "--series-3", "--series-5"
BAND = "--series-1@0.18"
RAISES, LOWERS = "--raises", "--lowers"
NORMAL = 1.96
FEWEST_VISITS = 5
"""Visits at least that a share is drawn of: of fewer it says nothing but one outcome."""

MOST_BARS = 15
MOST_ROWS = 10


def by_visits(points: Mapping[str, Any], without: Baselines) -> Chart:
    """Return how many thefts growing numbers of visits find, against visits without the model."""
    visits, found = points["visits"]["visits"], points["visits"]["found"]
    lines = [_line(visits, found, gettext("this list"), FIRST)]
    columns, rows = (
        [gettext("visits"), gettext("found by this list")],
        [[v, f] for v, f in zip(visits, found, strict=True)],
    )
    for rate, name, colour in (
        (without.practice, gettext("visits as until now"), SECOND),
        (without.random, gettext("visits drawn at random"), QUIET),
    ):
        if rate is None:
            continue
        expected = [round(rate * one, 1) for one in visits]
        lines.append(_line(visits, expected, name, colour, dash="dash"))
        columns.append(name)
        rows = [[*row, one] for row, one in zip(rows, expected, strict=True)]
    at = min(100, points["consumers"])
    caption = gettext(
        "The first %(visits)s visits find %(found)s of %(all)s thefts.",
        visits=number(at), found=number(finds_within(points, at)), all=number(points["positives"]),
    )  # fmt: skip
    layout = _layout(gettext("visits, from the top of the list"), gettext("thefts found"))
    title = gettext("How many thefts do growing numbers of visits find?")
    return _plot(title, lines, layout, caption=caption, columns=columns, rows=rows)


def precision_recall(points: Mapping[str, Any]) -> Chart:
    """Return precision by recall, with the 95 % interval of each share."""
    told = [
        (visits, found, found / points["positives"], *wilson(found, visits))
        for visits, found in zip(points["visits"]["visits"], points["visits"]["found"], strict=True)
        if visits >= FEWEST_VISITS
    ]
    recall = [one[2] for one in told]
    precision = [found / visits for visits, found, *_ in told]
    base = points["positives"] / points["consumers"]
    data = [
        *_band(recall, [one[3] for one in told], [one[4] for one in told]),
        _line(recall, precision, gettext("this list"), FIRST),
        _line([0, 1], [base, base], gettext("visits without it"), QUIET, dash="dash"),
    ]
    half = next((one for one in told if one[2] >= 0.5), None)
    caption = (
        gettext(
            "To find half of all theft, %(visits)s visits are needed, of which %(share)s find theft.",
            visits=number(half[0]), share=per_cent(half[1] / half[0]),
        )
        if half
        else gettext("The list never reaches half of all theft.")
    )  # fmt: skip
    rows = [[v, round(r, 4), round(f / v, 4), round(low, 4), round(high, 4)] for v, f, r, low, high in told]
    columns = [gettext("visits"), gettext("recall"), gettext("precision"), gettext("from"), gettext("to")]
    layout = _layout(gettext("share of all theft that is found"), gettext("share of visits that find theft"))
    layout["xaxis"] |= {"tickformat": ".0%", "range": [0, 1]}
    layout["yaxis"] |= {"tickformat": ".0%"}
    title = gettext("How pure is the list, the deeper one goes?")
    return _plot(title, data, layout, caption=caption, columns=columns, rows=rows)


def lift(points: Mapping[str, Any]) -> Chart:
    """Return how many times better than visits without it the list is, by share of the list."""
    base, whole = points["positives"] / points["consumers"], points["consumers"]
    told = [
        (visits, found / visits / base, *(end / base for end in wilson(found, visits)))
        for visits, found in zip(points["visits"]["visits"], points["visits"]["found"], strict=True)
        if visits >= FEWEST_VISITS
    ]
    shares = [one[0] / whole for one in told]
    data = [
        *_band(shares, [one[2] for one in told], [one[3] for one in told]),
        _line(shares, [one[1] for one in told], gettext("this list"), FIRST),
        _line([shares[0], 1], [1, 1], gettext("visits without it"), QUIET, dash="dash"),
    ]
    tenth = finds_within(points, max(1, round(whole / 10))) / (whole / 10) / base
    caption = gettext("In the first tenth of the list theft is %(times)s times as frequent.", times=f"{tenth:.1f}")
    columns = [gettext("visits"), gettext("share of the list"), gettext("lift"), gettext("from"), gettext("to")]
    rows = [[one[0], round(share, 4), *(round(v, 2) for v in one[1:])] for one, share in zip(told, shares, strict=True)]
    layout = _layout(gettext("share of the list that is visited"), gettext("times as much theft as without it"))
    layout["xaxis"] |= {"tickformat": ".0%", "type": "log"}
    layout["yaxis"] |= {"rangemode": "tozero"}
    title = gettext("How much better than visits without it?")
    return _plot(title, data, layout, caption=caption, columns=columns, rows=rows)


def calibration(judged: Mapping[str, Any]) -> Chart:
    """Return the share found by the likelihood promised."""
    bins = judged["calibration"]
    told = [(one["predicted"], one["observed"], *wilson(one["observed"] * one["count"], one["count"])) for one in bins]
    predicted = [one[0] for one in told]
    top = max([*predicted, *(one[3] for one in told)])
    bars = {
        "type": "data",
        "symmetric": False,
        "array": [one[3] - one[1] for one in told],
        "arrayminus": [max(one[1] - one[2], 0) for one in told],
        "color": FIRST,
        "thickness": 1,
    }
    points = {
        "type": "scatter", "mode": "markers", "name": gettext("connections of similar likelihood"), "x": predicted,
        "y": [one[1] for one in told], "error_y": bars, "marker": {"color": FIRST, "size": 8},
    }  # fmt: skip
    data = [_line([0, top], [0, top], gettext("as promised"), QUIET, dash="dash"), points]
    caption = gettext(
        "On average a likelihood is off by %(error)s points of 100; in the highest group it promised %(said)s and "
        "%(seen)s were found.",
        error=f"{100 * judged['calibration_error']:.1f}", said=per_cent(bins[-1]["predicted"]),
        seen=per_cent(bins[-1]["observed"]),
    )  # fmt: skip
    columns = [gettext("promised"), gettext("found"), gettext("from"), gettext("to"), gettext("connections")]
    rows = [[*(round(v, 4) for v in one), row["count"]] for one, row in zip(told, bins, strict=True)]
    layout = _layout(gettext("likelihood promised"), gettext("share found"))
    layout["xaxis"] |= {"tickformat": ".0%", "rangemode": "tozero"}
    layout["yaxis"] |= {"tickformat": ".0%", "rangemode": "tozero"}
    title = gettext("Does a likelihood mean what it says?")
    return _plot(title, data, layout, caption=caption, columns=columns, rows=rows)


def importance(seen: Mapping[str, Any]) -> Chart:
    """Return how much the strongest features move the score."""
    shown = seen["features"][:MOST_BARS]
    bar = {
        "type": "bar", "orientation": "h", "y": [one["feature"] for one in shown][::-1],
        "x": [one["share"] for one in shown][::-1], "marker": {"color": FIRST},
        "hovertemplate": "%{y}: %{x:.1%}<extra></extra>",
    }  # fmt: skip
    family = seen["families"][0]
    caption = gettext(
        "%(feature)s moves the score most (%(share)s of all); of the families %(family)s does (%(part)s).",
        feature=shown[0]["feature"], share=per_cent(shown[0]["share"], 1), family=family["family"],
        part=per_cent(family["share"]),
    )  # fmt: skip
    layout = _layout(gettext("share of what moves the scores"), "")
    layout["xaxis"] |= {"tickformat": ".0%"}
    layout |= {"height": 80 + 24 * len(shown)}
    rows = [
        [one["feature"], one["family"], round(one["share"], 4), round(one["mean_size"], 5)] for one in seen["features"]
    ]
    columns = [
        gettext("feature"),
        gettext("family"),
        gettext("share"),
        gettext("mean size ({unit})").format(unit=seen["unit"]),
    ]
    title = gettext("Which features move the score most?")
    return _plot(title, [bar], layout, caption=caption, columns=columns, rows=rows)


def swarm(seen: Mapping[str, Any]) -> Chart:
    """Return how consumers spread over the contributions of the strongest features, coloured by the value's place."""
    shown = seen["swarms"][:MOST_ROWS]
    x: list[float] = []
    y: list[str] = []
    sizes: list[float] = []
    places: list[float | None] = []
    hover: list[str] = []
    for one in reversed(shown):
        for point in one["points"]:
            x.append(point["contribution"])
            y.append(one["feature"])
            sizes.append(round(4 + 1.2 * sqrt(point["consumers"]), 1))
            places.append(point["place"])
            hover.append(_hover(point))
    marker = {
        "size": sizes, "color": [0.5 if place is None else place for place in places], "cmin": 0, "cmax": 1,
        "colorscale": [[0, LOWERS], [0.5, QUIET], [1, RAISES]], "opacity": 0.85,
        "colorbar": {"title": {"text": gettext("value"), "side": "right"}, "thickness": 10, "tickvals": [0, 1],
                     "ticktext": [gettext("low"), gettext("high")]},
    }  # fmt: skip
    data = [
        {"type": "scatter", "mode": "markers", "x": x, "y": y, "marker": marker, "text": hover, "hoverinfo": "text+y"}
    ]
    caption = gettext(
        "Right of the line a value raises the score, left of it it lowers it; dots stand for %(consumers)s connections.",
        consumers=number(seen["consumers"]),
    )
    layout = _layout(gettext("contribution to the score (%(unit)s)", unit=seen["unit"]), "")
    layout["xaxis"] |= {"zeroline": True}
    layout |= {"height": 90 + 36 * len(shown), "showlegend": False}
    rows = [
        [one["feature"], point["contribution"], point["consumers"], "" if point["place"] is None else point["place"]]
        for one in shown
        for point in one["points"]
    ]
    columns = [
        gettext("feature"),
        gettext("contribution"),
        gettext("connections"),
        gettext("mean place of the value (0 to 1)"),
    ]
    title = gettext("Which way does each value push?")
    return _plot(title, data, layout, caption=caption, columns=columns, rows=rows)


def _hover(point: Mapping[str, Any]) -> str:
    return gettext(
        "%(consumers)s connections, contribution %(worth)s",
        consumers=number(point["consumers"]), worth=f"{point['contribution']:+.2f}",
    )  # fmt: skip


def dependence(one: Mapping[str, Any], unit: str) -> Chart:
    """Return how the contribution of a feature hangs on its value."""
    points = one["points"]
    values = [point["value"] for point in points]
    mean = [point["mean"] for point in points]
    low, high = [point["low"] for point in points], [point["high"] for point in points]
    layout = _layout(one["feature"], gettext("contribution (%(unit)s)", unit=unit))
    if one["kind"] == "number":
        data = [*_band(values, low, high), _line(values, mean, gettext("mean contribution"), FIRST)]
    else:
        bars = {
            "type": "data", "symmetric": False, "color": QUIET, "thickness": 1,
            "array": [top - middle for top, middle in zip(high, mean, strict=True)],
            "arrayminus": [middle - end for end, middle in zip(low, mean, strict=True)],
        }  # fmt: skip
        layout["xaxis"] = axis(one["feature"], scale="category")
        data = [{"type": "bar", "x": values, "y": mean, "error_y": bars, "marker": {"color": FIRST}}]
    caption = gettext("Too few connections have a value.") if not points else _turn(one)
    layout |= {"height": 260, "showlegend": False}
    columns = [one["feature"], gettext("connections"), gettext("mean"), gettext("10 %"), gettext("90 %")]
    rows = [[p["value"], p["consumers"], *(round(p[end], 4) for end in ("mean", "low", "high"))] for p in points]
    title = gettext("How does the score hang on %(feature)s?", feature=one["feature"])
    return _plot(title, data, layout, caption=caption, columns=columns, rows=rows)


def _turn(one: Mapping[str, Any]) -> str:
    top = max(one["points"], key=lambda point: point["mean"])
    value = top["value"] if isinstance(top["value"], str) else f"{top['value']:.3g}"
    return gettext(
        "The score is raised most, by %(worth)s, about the value %(value)s.", worth=f"{top['mean']:+.2f}", value=value
    )


def segments(groups: Sequence[Mapping[str, Any]]) -> Chart:
    """Return how well the list serves each group, with intervals."""
    shown = [group for group in groups if group["is_judged"] and group["roc_auc"]["value"] is not None][::-1]
    names = [f"{group['segment']}: {group['group']}" for group in shown]
    values = [group["roc_auc"]["value"] for group in shown]
    bars = {
        "type": "data", "symmetric": False, "thickness": 1, "color": QUIET,
        "array": [(g["roc_auc"]["high"] or v) - v for g, v in zip(shown, values, strict=True)],
        "arrayminus": [v - (g["roc_auc"]["low"] or v) for g, v in zip(shown, values, strict=True)],
    }  # fmt: skip
    colours = [SECOND if group["is_served_badly"] else FIRST for group in shown]
    symbols = ["diamond" if group["is_served_badly"] else "circle" for group in shown]
    marker = {"color": colours, "symbol": symbols, "size": 9}
    data = [{"type": "scatter", "mode": "markers", "x": values, "y": names, "error_x": bars, "marker": marker}]
    badly = sum(group["is_served_badly"] for group in shown)
    caption = (
        gettext("%(badly)s of %(all)s groups are served badly (diamonds).", badly=badly, all=len(shown))
        if badly
        else gettext("Of %(all)s groups none is served badly beyond chance.", all=len(shown))
    )
    layout = _layout(gettext("chance that theft stands above an honest connection (ROC-AUC)"), "")
    layout["xaxis"] |= {"range": [0.3, 1]}
    layout |= {"height": 80 + 22 * len(shown), "showlegend": False}
    columns = [
        gettext("by"),
        gettext("group"),
        gettext("connections"),
        gettext("share of theft"),
        "ROC-AUC",
        gettext("on the list"),
    ]
    rows = [
        [
            g["segment"],
            g["group"],
            g["consumers"],
            _rounded(g["base_rate"]),
            _rounded(g["roc_auc"]["value"]),
            g["on_list"],
        ]
        for g in groups
    ]
    title = gettext("Whom does it serve badly?")
    return _plot(title, data, layout, caption=caption, columns=columns, rows=rows)


def spread(feature: Mapping[str, Any]) -> Chart:
    """Return how a feature is spread among found thefts and honest connections."""
    shares = feature["shares"]
    kinds = [(gettext("theft"), shares.get("theft"), SECOND), (gettext("honest"), shares.get("honest"), FIRST)]
    if not any(values for _, values, _ in kinds):
        kinds = [(gettext("all connections"), shares.get("all"), FIRST)]
    edges = feature.get("edges") or []
    places = feature.get("levels") or [round((a + b) / 2, 6) for a, b in zip(edges, edges[1:], strict=False)]
    data = [
        {"type": "bar", "x": places, "y": values, "name": name, "marker": {"color": colour}}
        for name, values, colour in kinds
        if values
    ]
    layout = _layout(feature["name"], gettext("share of connections"))
    layout["xaxis"] = axis(feature["name"], feature["unit"], scale="category" if feature.get("levels") else "number")
    layout["yaxis"] |= {"tickformat": ".0%"}
    alone = feature.get("alone")
    caption = (
        gettext(
            "By itself it puts theft and honest in order in %(share)s of pairs; 50 %% is chance.", share=per_cent(alone)
        )
        if alone is not None
        else gettext("Words are shown by themselves where ten connections or more have them.")
    )
    columns = [gettext("value"), *(name for name, values, _ in kinds if values)]
    rows = [[place, *(values[row] for _, values, _ in kinds if values)] for row, place in enumerate(places)]
    title = gettext("Does it tell theft from honest use?")
    return _plot(title, data, layout, caption=caption, columns=columns, rows=rows)


def wilson(found: float, visits: float) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953).

    Examples
    --------
    >>> [round(end, 3) for end in wilson(5, 10)]
    [0.237, 0.763]
    """
    share, spread_of = found / visits, NORMAL**2 / visits
    middle = (share + spread_of / 2) / (1 + spread_of)
    half = NORMAL * sqrt(share * (1 - share) / visits + spread_of / (4 * visits)) / (1 + spread_of)
    return max(middle - half, 0.0), min(middle + half, 1.0)


def _plot(
    title: str, data: Sequence[Trace], layout: Layout, *, caption: str, columns: Sequence[str], rows: Sequence[Any]
) -> Chart:
    rest = dict(layout)
    axes = rest.pop("xaxis"), rest.pop("yaxis")
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    return chart(title, caption, data, axes=axes, table=table, **rest)


def _layout(x: str, y: str) -> Layout:
    named = {"scale": "category"} if not y else {}
    return {"xaxis": axis(x), "yaxis": axis(y, **named), "hovermode": "closest"}


def _line(x: Sequence[Any], y: Sequence[float], name: str, colour: str, *, dash: str = "solid") -> Trace:
    return {
        "type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "name": name,
        "line": {"color": colour, "width": 2, "dash": dash},
    }  # fmt: skip


def _band(x: Sequence[Any], low: Sequence[float], high: Sequence[float]) -> list[Trace]:
    outline = {"type": "scatter", "mode": "lines", "x": list(x), "line": {"width": 0}, "hoverinfo": "skip"}
    return [
        {**outline, "y": list(low), "showlegend": False},
        {**outline, "y": list(high), "fill": "tonexty", "fillcolor": BAND, "name": gettext("95 % interval")},
    ]


def _rounded(value: float | None) -> float | str:
    return "" if value is None else round(value, 3)


Drawn = Callable[[ModelReport, Baselines], Chart | None]


def _of_points(draw_one: Callable[[Mapping[str, Any]], Chart]) -> Drawn:
    return lambda report, _: None if report.points is None else draw_one(report.points)


def _of_looks(draw_one: Callable[[Mapping[str, Any]], Chart]) -> Drawn:
    return lambda report, _: None if report.looked_at is None else draw_one(report.looked_at)


PLOTS: Mapping[str, Drawn] = {
    "visits": lambda report, without: None if report.points is None else by_visits(report.points, without),
    "precision-recall": _of_points(precision_recall),
    "lift": _of_points(lift),
    "calibration": lambda report, _: calibration(report.judged),
    "segments": lambda report, _: segments(report.figures["segments"][report.basis] or []),
    "importance": _of_looks(importance),
    "swarm": _of_looks(swarm),
}
"""The plots of a report by name; beside them `dependence-N`, of the N strongest features."""


def draw(report: ModelReport, name: str, without: Baselines) -> Chart | None:
    """Return a plot of a report by its name, None where there is none such."""
    if name in PLOTS:
        return PLOTS[name](report, without)
    kind, _, place = name.partition("-")
    shown = (report.looked_at or {}).get("dependences", [])
    if kind != "dependence" or not place.isdigit() or int(place) >= len(shown):
        return None
    return dependence(shown[int(place)], report.looked_at["unit"] if report.looked_at else "")
