"""The plots of a model's report with what each one says, by name. Rule of the room: pure.

Drawn by model_charts, or here where a plot needs intervals or what visits find without the model.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import sqrt
from typing import Any, cast

from flask_babel import gettext

from powertheft.actions.model_verdict import Baselines, at_cutoff, finds_within
from powertheft.actions.show_model import ModelReport
from powertheft.domain.rates import wilson_interval
from powertheft.web import model_charts
from powertheft.web.chart_parts import Chart, Trace, axis, chart
from powertheft.web.formats import money, number, per_cent

Layout = dict[str, Any]
FIRST, SECOND, THIRD, QUIET = "--series-1", "--series-2", "--series-3", "--series-5"
BAND = "--series-1@0.18"
RAISES, LOWERS = "--raises", "--lowers"
FEWEST_VISITS = 5
"""Visits at least that a share is drawn of: of fewer it says nothing but one outcome."""

OF_THE_PAGE = frozenset({"paper_bgcolor", "plot_bgcolor", "font", "hoverlabel", "meta", "height", "legend"})
MIDDLE = "55, 135, 141"

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
        (visits, found, found / points["positives"], *wilson_interval(found, visits))
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
        (visits, found / visits / base, *(end / base for end in wilson_interval(found, visits)))
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
        "Right of the line a value raises the score, left of it it lowers it, over %(consumers)s connections.",
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


def spread(feature: Mapping[str, Any]) -> Chart:
    """Return how a feature is spread among found thefts and honest connections."""
    shares = feature["shares"]
    kinds = [(gettext("theft"), shares.get("theft"), SECOND), (gettext("honest"), shares.get("honest"), FIRST)]
    if not any(values for _, values, _ in kinds):
        kinds = [(gettext("all connections"), shares.get("all"), FIRST)]
    edges = feature.get("edges") or []
    places = feature.get("levels") or [f"{low:.3g} – {high:.3g}" for low, high in pairwise(edges)]
    data = [
        {"type": "bar", "x": places, "y": values, "name": name, "marker": {"color": colour}}
        for name, values, colour in kinds
        if values
    ]
    layout = _layout(feature["name"], gettext("share of connections"))
    layout["xaxis"] = axis(feature["name"], feature["unit"], scale="category")
    layout["yaxis"] |= {"tickformat": ".0%"}
    alone = feature.get("alone")
    caption = (
        gettext(
            "By itself it puts theft and honest in order in %(share)s of pairs; 50 %% is chance. Each bin holds about "
            "as many of all connections.",
            share=per_cent(alone),
        )
        if alone is not None
        else gettext("Words are shown by themselves where ten connections or more have them.")
    )
    columns = [gettext("value"), *(name for name, values, _ in kinds if values)]
    rows = [[place, *(values[row] for _, values, _ in kinds if values)] for row, place in enumerate(places)]
    title = gettext("Does it tell theft from honest use?")
    return _plot(title, data, layout, caption=caption, columns=columns, rows=rows)


def _plot(
    title: str, data: Sequence[Trace], layout: Layout, *, caption: str, columns: Sequence[str], rows: Sequence[Any]
) -> Chart:
    rest = dict(layout)
    axes = rest.pop("xaxis"), rest.pop("yaxis")
    table = [dict(zip(columns, row, strict=True)) for row in rows]
    return chart(title, caption, data, axes=axes, table=table, **rest)


def _layout(x: str, y: str) -> Layout:
    return {"xaxis": axis(x), "yaxis": axis(y, scale="number" if y else "category"), "hovermode": "closest"}


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


def of_cutoffs(points: Mapping[str, Any], cutoff: float) -> Chart:
    """Return what stands above each cut-off."""
    at = at_cutoff(points, cutoff)
    caption = gettext(
        "At %(cutoff)s, %(suspected)s of %(all)s are suspected and %(found)s of %(thefts)s thefts are among them.",
        cutoff=per_cent(cutoff, 1), suspected=number(at["suspected"]), all=number(points["consumers"]),
        found=number(at["found"]), thefts=number(points["positives"]),
    )  # fmt: skip
    return model_charts.cutoffs(points, caption, cutoff=cutoff)


def of_calibration(judged: Mapping[str, Any]) -> Chart:
    """Return the share found by the likelihood promised."""
    last = judged["calibration"][-1]
    caption = gettext(
        "On average a likelihood is off by %(error)s points of 100; in the highest group it promised %(said)s and "
        "%(seen)s were found.",
        error=f"{100 * judged['calibration_error']:.1f}", said=per_cent(last["predicted"]),
        seen=per_cent(last["observed"]),
    )  # fmt: skip
    return model_charts.calibration(judged, caption)


def of_groups(groups: Sequence[Mapping[str, Any]]) -> Chart:
    """Return how well the list serves each group, with intervals."""
    shown = [group for group in groups if group["is_judged"]]
    badly = sum(group["is_served_badly"] for group in shown)
    caption = (
        gettext("%(badly)s of %(all)s groups are served badly.", badly=badly, all=len(shown))
        if badly
        else gettext("Of %(all)s groups none is served badly beyond chance.", all=len(shown))
    )
    return model_charts.segments(shown, caption)


def of_importance(seen: Mapping[str, Any]) -> Chart:
    """Return how much the strongest features move the score."""
    first, family = seen["features"][0], seen["families"][0]
    caption = gettext(
        "%(feature)s moves the score most (%(share)s of all); of the families %(family)s does (%(part)s).",
        feature=first["feature"], share=per_cent(first["share"], 1), family=family["family"],
        part=per_cent(family["share"]),
    )  # fmt: skip
    return model_charts.importance(seen, caption)


def of_dependence(one: Mapping[str, Any], unit: str) -> Chart:
    """Return how the contribution of a feature hangs on its value."""
    if not one["points"]:
        return model_charts.dependence(one, gettext("Too few connections have a value."), unit=unit)
    top = max(one["points"], key=lambda point: point["mean"])
    value = top["value"] if isinstance(top["value"], str) else model_charts.figure(top["value"])
    worth = f"{top['mean']:+.2f}"
    caption = gettext("The score is raised most, by %(worth)s, about the value %(value)s.", worth=worth, value=value)
    return model_charts.dependence(one, caption, unit=unit)


def of_money(report: ModelReport) -> Chart | None:
    """Return down to where visits pay, where it was said what they cost and bring."""
    told = (report.figures["net_value"] or {}).get(report.basis)
    if not told:
        return None
    caption = gettext(
        "The first %(visits)s visits are expected to pay, %(net)s after their cost.",
        visits=number(told["visits"]), net=money(told["expected_net"], report.currency or "INR"),
    )  # fmt: skip
    return model_charts.net_value(told["curve"], caption, currency=report.currency)


def of_learning(report: ModelReport) -> Chart | None:
    """Return whether more outcomes would help, where that was asked for."""
    curve = report.figures["learning_curve"]
    return None if curve is None else model_charts.learning_curve(curve, curve["sentence"])


Drawn = Callable[[ModelReport, Baselines], Chart | None]


def _of_points(draw_one: Callable[[Mapping[str, Any]], Chart]) -> Drawn:
    return lambda report, _: None if report.points is None else draw_one(report.points)


def _of_looks(draw_one: Callable[[Mapping[str, Any]], Chart]) -> Drawn:
    return lambda report, _: None if report.looked_at is None else draw_one(report.looked_at)


PLOTS: Mapping[str, Drawn] = {
    "visits": lambda report, without: None if report.points is None else by_visits(report.points, without),
    "cutoffs": lambda report, _: None if report.points is None else of_cutoffs(report.points, report.judged["cutoff"]),
    "money": lambda report, _: of_money(report),
    "precision-recall": _of_points(precision_recall),
    "lift": _of_points(lift),
    "calibration": lambda report, _: of_calibration(report.judged),
    "groups": lambda report, _: of_groups(report.figures["segments"][report.basis] or []),
    "importance": _of_looks(of_importance),
    "swarm": _of_looks(swarm),
    "learning": lambda report, _: of_learning(report),
}
"""The plots of a report by name; beside them `dependence-N`, of the N strongest features."""


def draw(report: ModelReport, name: str, without: Baselines) -> Chart | None:
    """Return a plot of a report by its name, None where there is none such."""
    if name in PLOTS:
        return PLOTS[name](report, without)
    kind, _, place = name.partition("-")
    seen = report.looked_at or {"dependences": [], "unit": ""}
    if kind != "dependence" or not place.isdigit() or int(place) >= len(seen["dependences"]):
        return None
    return of_dependence(seen["dependences"][int(place)], seen["unit"])


def payload_of(drawn: Chart) -> dict[str, Any]:
    """Return a plot as scripts/plots.js takes it: the page's own font, ground and size; columns and rows."""
    layout = {name: value for name, value in drawn["figure"]["layout"].items() if name not in OF_THE_PAGE}
    rows = drawn["table"]
    return {
        "figure": _coloured({"data": drawn["figure"]["data"], "layout": layout}),
        "caption": drawn["caption"],
        "table": {
            "columns": [name.replace("_", " ") for name in rows[0]] if rows else [],
            "rows": [list(row.values()) for row in rows],
        },
    }


def _coloured(part: Any) -> Any:
    """Return colours by token as a style names them; what is see-through in a middle tone, right in light and dark."""
    if isinstance(part, str) and part.startswith("--"):
        _, at, opacity = part.partition("@")
        return f"rgba({MIDDLE}, {opacity})" if at else f"var({part})"
    if isinstance(part, list):
        return [_coloured(one) for one in cast("list[Any]", part)]
    if isinstance(part, dict):
        return {name: _coloured(value) for name, value in cast("dict[str, Any]", part).items()}
    return part
