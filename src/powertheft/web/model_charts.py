"""The pictures of a model's report: how good the list is, where to cut it, what it looks at. Rule of the room: pure.

Drawn from an evaluation as the report holds it (`Evaluation.to_json`), the points of its curves (`curve_points`) and
what the model looks at (`model_page.gathered`).
"""

from collections.abc import Sequence
from typing import Any

from powertheft.web.chart_parts import (
    QUIET,
    Chart,
    Json,
    Trace,
    axis,
    band,
    bars,
    chart,
    column,
    diagonal,
    empty_chart,
    figure,
    line,
    points,
    share,
    upright,
)
from powertheft.web.formats import number

MOST_BARS = 20
BAR_HEIGHT = 26


def calibration(judged: Json, caption: str) -> Chart:
    """Draw what was found beside what the likelihoods promised; points as large as they are many."""
    rows = list(judged["calibration"])
    title = "Does a likelihood of 30 % mean 30 finds in 100 visits?"
    if not rows:
        return empty_chart(title, caption)
    hover = [
        f"promised {share(row['predicted'], 1)}<br>found {share(row['observed'], 1)}"
        f"<br>{number(row['count'])} connections"
        for row in rows
    ]
    trace = points("the model", column(rows, "predicted"), column(rows, "observed"), hover, mode="lines+markers")
    most = max(1e-6, *(max(row["predicted"], row["observed"]) for row in rows))
    largest = max(row["count"] for row in rows)
    trace["marker"] |= {"size": [round(6 + 10 * (row["count"] / largest) ** 0.5, 1) for row in rows]}
    sides = (_share_axis("theft promised", 1.08 * most), _share_axis("theft found", 1.08 * most))
    return chart(title, caption, [diagonal(1.08 * most), trace], axes=sides, table=rows)


def cutoffs(curve: Json, caption: str, *, cutoff: float) -> Chart:
    """Draw what stands above each cut-off: how many are suspected, and which share of visits and of theft that is."""
    lines, suspected, found = (curve["cutoffs"][name] for name in ("cutoff", "suspected", "found"))
    positives = max(curve["positives"], 1)
    rows = [
        {
            "cutoff": at,
            "suspected": many,
            "found": finds,
            "precision": finds / many if many else None,
            "recall": finds / positives,
        }
        for at, many, finds in zip(lines, suspected, found, strict=True)
    ]
    hover = [
        f"cut-off {share(row['cutoff'], 1)}<br>{number(row['suspected'])} suspected<br>"
        f"{share(row['precision'])} of visits find theft<br>{share(row['recall'])} of theft is found"
        for row in rows
    ]
    traces = [
        line("visits that find theft", lines, column(rows, "precision"), hover),
        line("theft that is found", lines, column(rows, "recall"), hover, place=1),
    ]
    mark, note = upright(cutoff, f"cut-off {share(cutoff, 1)}")
    sides = (_share_axis("cut-off: likelihood from which a visit is made", None), _share_axis("share"))
    title = "Where should the list be cut?"
    return chart(title, caption, traces, axes=sides, table=rows, shapes=[mark], annotations=[note])


def segments(groups: Sequence[Json], caption: str) -> Chart:
    """Draw how well the list serves each group, with its interval; groups that are not known are left out."""
    rows = [one for one in groups if one["roc_auc"]["value"] is not None]
    title = "Whom does the list serve well, and whom badly?"
    if not rows:
        return empty_chart(title, caption)
    names = [f"{one['segment']}: {one['group']}" for one in rows]
    values = [one["roc_auc"] for one in rows]
    hover = [
        f"{name}<br>ROC-AUC {value['value']:.2f} ({_interval(value)})"
        f"<br>{number(one['thieves'])} with theft, of {number(one['consumers'])}"
        for name, value, one in zip(names, values, rows, strict=True)
    ]
    trace = points("groups", column(values, "value"), names, hover)
    trace["error_x"] = {
        "type": "data",
        "symmetric": False,
        "array": [_beyond(value, "high") for value in values],
        "arrayminus": [_beyond(value, "low") for value in values],
        "color": QUIET,
    }
    table = [
        {"segment": one["segment"], "group": one["group"], **one["roc_auc"], "consumers": one["consumers"]}
        for one in rows
    ]
    sides = (axis("ROC-AUC within the group", range=[0, 1.02]), axis("", scale="category", autorange="reversed"))
    mark, note = upright(0.5, "a list at random", colour=QUIET)
    more: dict[str, Any] = {"shapes": [mark], "annotations": [note], "height": _height(len(rows))}
    return chart(title, caption, [trace], axes=sides, table=table, **more)


def importance(whole: Json, caption: str) -> Chart:
    """Draw which features move the scores most."""
    rows = list(whole["features"][:MOST_BARS])
    hover = [f"{row['feature']} ({row['family']})<br>{share(row['share'], 1)} of all movement" for row in rows]
    trace = bars("importance", column(rows, "share"), column(rows, "feature"), hover, orientation="h")
    sides = (_share_axis("share of what moves the scores", None), axis("", scale="category", autorange="reversed"))
    title = "What does the model look at?"
    return chart(title, caption, [trace], axes=sides, table=whole["features"], height=_height(len(rows)))


def dependence(one: Json, caption: str, *, unit: str) -> Chart:
    """Draw how the contribution of a feature hangs on its value, with the band of four fifths of the connections."""
    title = f"What does “{one['feature']}” do to the score?"
    rows = list(one["points"])
    if not rows:
        return empty_chart(title, caption)
    hover = [
        f"{_told(row['value'])}<br>{row['mean']:+.2f} on average<br>{number(row['consumers'])} connections"
        for row in rows
    ]
    traces: list[Trace] = []
    if one["kind"] == "category":
        traces.append(bars(one["feature"], column(rows, "value"), column(rows, "mean"), hover))
        across = axis(one["feature"], scale="category")
    else:
        values = column(rows, "value")
        traces += band("four fifths of the connections", values, column(rows, "low"), column(rows, "high"))
        traces.append(line("on average", values, column(rows, "mean"), hover))
        across = axis(one["feature"])
    level = {} if one["missing"] is None else _level(one["missing"]["mean"], "no value")
    return chart(title, caption, traces, axes=(across, axis("what it adds", unit)), table=rows, **level)


def net_value(curve: Json, caption: str, *, currency: str, capacity: int | None = None) -> Chart:
    """Draw what growing numbers of visits are expected to bring after their cost, and brought."""
    rows = list(curve["points"])
    hover = [
        f"{number(row['visits'])} visits<br>expected {figure(row['expected_net'], currency)}<br>"
        f"brought {figure(row['realised_net'], currency)}"
        for row in rows
    ]
    made = column(rows, "visits")
    traces = [line("expected", made, column(rows, "expected_net"), hover)]
    if any(row["realised_net"] is not None for row in rows):
        traces.append(line("brought", made, column(rows, "realised_net"), hover, place=1))
    marks: dict[str, Any] = {}
    if capacity is not None:
        mark, note = upright(capacity, f"capacity: {number(capacity)} visits")
        marks = {"shapes": [mark], "annotations": [note]}
    sides = (axis("visits, most worthwhile first"), axis("net value", currency))
    return chart("Down to where do visits pay?", caption, traces, axes=sides, table=rows, **marks)


def learning_curve(curve: Json, caption: str) -> Chart:
    """Draw how good the model is by how many outcomes it learnt from."""
    rows = list(curve["points"])
    traces = [
        line(
            words,
            column(rows, "consumers"),
            column(rows, name),
            [f"{number(row['consumers'])} outcomes<br>{words} {figure(row[name])}" for row in rows],
            place=place,
            mode="lines+markers",
        )
        for place, (name, words) in enumerate((("roc_auc", "ROC-AUC"), ("pr_auc", "PR-AUC")))
    ]
    sides = (axis("outcomes learnt from"), axis("", range=[0, 1.02]))
    return chart("Would more outcomes make it better?", caption, traces, axes=sides, table=rows)


def _share_axis(title: str, most: float | None = 1.02) -> dict[str, Any]:
    drawn = axis(title, scale="share")
    return drawn if most is None else {**drawn, "range": [0, most]}


def _level(at: float, text: str) -> dict[str, Any]:
    shape = {"type": "line", "x0": 0, "x1": 1, "xref": "paper", "y0": at, "y1": at}
    note = {"x": 1, "xref": "paper", "y": at, "text": text, "showarrow": False, "xanchor": "right", "yanchor": "bottom"}
    return {
        "shapes": [{**shape, "line": {"color": QUIET, "dash": "dot", "width": 1}}],
        "annotations": [{**note, "font": {"color": QUIET, "size": 12}}],
    }


def _interval(value: Json) -> str:
    return " to ".join("?" if value[end] is None else f"{value[end]:.2f}" for end in ("low", "high"))


def _beyond(value: Json, end: str) -> float:
    return 0.0 if value[end] is None else abs(value[end] - value["value"])


def _told(value: Any) -> str:
    return value if isinstance(value, str) else figure(value)


def _height(rows: int) -> int:
    return 140 + BAR_HEIGHT * max(rows, 4)
