"""The drawings of a model's page. Rule of the room: show what it is given.

They are drawn from aggregates alone: points of curves, ranks of values, means of groups.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from powertheft.domain.numbers import grouped

INK, QUIET, ACCENT, RISK, PALE = "#1f2933", "#7b8794", "#0b7285", "#c2410c", "#cbd2d9"
LOW_TO_HIGH = LinearSegmentedColormap.from_list("low to high", ["#1c6dd0", "#b9b3c9", "#d6336c"])
WIDTH = 9.6
MOST_BARS, MOST_SWARMS, MOST_DEPENDENCES, MOST_LEVELS = 20, 15, 6, 8
FIRST_VISITS = 5
SWARM_BINS = 120
KNOWABLE, ALL = "knowable only", "all features"

Both = Sequence[tuple[str, dict[str, Any]]]
"""Name and figures of the evaluations that are drawn, the knowable ones first."""


def draw_visits(both: Both) -> Figure:
    """Draw precision and recall by the number of visits."""
    figure, (left, right) = _axes(1, 2, height=3.4)
    for place, (name, seen) in enumerate(both):
        points = [point for point in seen["top_of_list"] if point["visits"] >= FIRST_VISITS]
        visits = [point["visits"] for point in points]
        for axes, what in ((left, "precision"), (right, "recall")):
            axes.plot(visits, [point[what] for point in points], label=name, **_line(place))
    seen = both[0][1]
    left.axhline(seen["base_rate"], color=QUIET, linewidth=1, linestyle=":")
    left.annotate(
        f"visits at random: {seen['base_rate']:.1%}", (1, seen["base_rate"]), xycoords=("axes fraction", "data"),
        xytext=(-2, -3), textcoords="offset points", ha="right", va="top", fontsize=8, color=QUIET,
    )  # fmt: skip
    for axes, words in ((left, "visits that find theft"), (right, "theft that is found")):
        axes.axvline(seen["visits"], color=RISK, linewidth=1)
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: grouped(value)))
        axes.set_ylim(0, 1.02)
        _dress(axes, words[0].upper() + words[1:], "visits, from the top of the list", "share")
    right.annotate(
        f"the squads' capacity: {seen['capacity']}", (seen["visits"], 0.96), xytext=(5, 0), textcoords="offset points",
        fontsize=8, color=RISK, va="top",
    )  # fmt: skip
    left.legend(frameon=False, fontsize=8)
    return figure


def draw_curves(both: Both) -> Figure:
    """Draw the ROC curve, precision by recall, and what was found by what was promised."""
    figure, (roc, pr, calibration) = _axes(1, 3, height=3.2)
    for place, (name, seen) in enumerate(both):
        honest = max(1, seen["rows"] - seen["positives"])
        points = seen["top_of_list"]
        recall = [point["recall"] for point in points]
        alarms = [(point["visits"] - point["found"]) / honest for point in points]
        roc.plot([0, *alarms], [0, *recall], label=name, **_line(place))
        pr.plot(recall, [point["precision"] for point in points], label=name, **_line(place))
        bins = seen["calibration"]
        calibration.plot(
            [b["predicted"] for b in bins], [b["observed"] for b in bins], label=name, marker="o", ms=3, **_line(place)
        )
    roc.plot([0, 1], [0, 1], color=PALE, linewidth=1, zorder=0)
    most = 1.08 * max(b[side] for _, seen in both for b in seen["calibration"] for side in ("predicted", "observed"))
    calibration.plot([0, most], [0, most], color=PALE, linewidth=1, zorder=0)
    calibration.set(xlim=(0, most), ylim=(0, most))
    for axes in (roc, pr):
        axes.set(xlim=(0, 1.01), ylim=(0, 1.02))
    _dress(roc, "ROC", "honest that are visited", "theft that is found")
    _dress(pr, "Precision and recall", "theft that is found", "visits that find theft")
    _dress(calibration, "Calibration", "theft promised", "theft found")
    for axes in (roc, pr, calibration):
        axes.xaxis.set_major_formatter(FuncFormatter(_per_cent))
    roc.legend(frameon=False, fontsize=8, loc="lower right")
    return figure


def draw_importance(whole: dict[str, Any]) -> Figure:
    """Draw what moves the scores: by feature, and by family."""
    features, families = whole["features"][:MOST_BARS], whole["families"]
    figure, (left, right) = _axes(1, 2, height=0.4 + 0.25 * max(len(features), len(families), 6), widths=(1.25, 1))
    _bars(left, [row["feature"] for row in features], [row["share"] for row in features], "By feature")
    words = [f"{row['family']} ({row['features']})" for row in families]
    _bars(right, words, [row["share"] for row in families], "By family (how many features)")
    return figure


def draw_swarms(whole: dict[str, Any]) -> Figure:
    """Draw what each consumer's value does to the score, by where the value stands among all."""
    swarms = whole["swarms"][:MOST_SWARMS]
    figure, axes = _axes(1, 1, height=1.0 + 0.34 * len(swarms))
    for place, swarm in enumerate(swarms):
        values = np.array(swarm["contributions"])
        stands = np.array([np.nan if one is None else one for one in swarm["quantiles"]], dtype=np.float64)
        heights = -place + _spread(values)
        known = np.isfinite(stands)
        axes.scatter(values[~known], heights[~known], s=4, color=PALE, linewidths=0)
        drawn = axes.scatter(
            values[known], heights[known], s=4, c=stands[known], cmap=LOW_TO_HIGH, vmin=0, vmax=1, linewidths=0
        )
        if place == 0:
            bar = figure.colorbar(drawn, ax=axes, aspect=30, pad=0.01, fraction=0.03, ticks=[0, 1])
            bar.ax.set_yticklabels(["low", "high"], fontsize=8, color=INK)
            bar.set_label("the value, among all consumers", fontsize=8, color=INK)
            bar.outline.set_visible(False)
    axes.axvline(0, color=QUIET, linewidth=0.8, zorder=0)
    axes.set_yticks(-np.arange(len(swarms)), [swarm["feature"] for swarm in swarms])
    axes.set_ylim(-len(swarms) + 0.4, 0.6)
    _dress(axes, "", f"what it adds to the score [{whole['unit']}]; to the right: more suspicious", "", shares=False)
    return figure


def draw_dependences(whole: dict[str, Any]) -> Figure:
    """Draw how the score hangs on the values of the strongest features."""
    found = whole["dependences"][:MOST_DEPENDENCES]
    rows = max(1, -(-len(found) // 3))
    figure, axes = _axes(rows, 3, height=2.5 * rows)
    for place, one in enumerate(found):
        _draw_dependence(axes[place], one)
        _dress(axes[place], one["feature"], "", whole["unit"] if place % 3 == 0 else "", shares=False)
    for unused in axes[len(found) :]:
        unused.set_visible(False)
    return figure


def draw_net_value(both: Both, *, currency: str) -> Figure:
    """Draw what growing numbers of visits are expected to bring, and brought, after their cost."""
    figure, every = _axes(1, len(both), height=3.0)
    for axes, (name, seen) in zip(every, both, strict=True):
        points = seen["curve"]["points"]
        visits = [point["visits"] for point in points]
        axes.plot(visits, [point["expected_net"] for point in points], color=ACCENT, label="expected")
        brought = [np.nan if point["realised_net"] is None else point["realised_net"] for point in points]
        axes.plot(visits, brought, color=RISK, linestyle="--", label="brought")
        axes.axhline(0, color=PALE, linewidth=1, zorder=0)
        axes.axvline(seen["visits"], color=QUIET, linewidth=1, linestyle=":")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: grouped(value)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: grouped(value)))
        _dress(axes, name, "visits, from the top of the list", f"net value [{currency}]", shares=False)
    every[0].legend(frameon=False, fontsize=8)
    return figure


def draw_learning(curve: dict[str, Any]) -> Figure:
    """Draw how good the model is by how many outcomes it learnt from."""
    figure, axes = _axes(1, 2, height=2.8)
    consumers = [point["consumers"] for point in curve["points"]]
    for one, what, title in ((axes[0], "roc_auc", "ROC-AUC"), (axes[1], "pr_auc", "PR-AUC")):
        one.plot(consumers, [point[what] for point in curve["points"]], color=ACCENT, marker="o", ms=4)
        one.xaxis.set_major_formatter(FuncFormatter(lambda value, _: grouped(value)))
        _dress(one, title, "consumers learnt from", "", shares=False)
    return figure


def _draw_dependence(axes: Axes, one: dict[str, Any]) -> None:
    points = one["points"]
    axes.axhline(0, color=PALE, linewidth=1, zorder=0)
    if one["kind"] == "category":
        points = sorted(points, key=lambda point: -point["consumers"])[:MOST_LEVELS]
        places = np.arange(len(points))
        axes.bar(places, [point["mean"] for point in points], color=ACCENT, width=0.7)
        axes.set_xticks(places, [str(point["value"])[:12] for point in points], rotation=35, ha="right")
    elif points:
        values = [point["value"] for point in points]
        low, high = ([point[end] for point in points] for end in ("low", "high"))
        axes.fill_between(values, low, high, color=ACCENT, alpha=0.16, linewidth=0)
        axes.plot(values, [point["mean"] for point in points], color=ACCENT, linewidth=1.6, marker=".", ms=4)
        axes.xaxis.set_major_locator(MaxNLocator(4))
    if one["missing"] is not None:
        axes.axhline(one["missing"]["mean"], color=RISK, linewidth=1, linestyle=":")
        axes.annotate(
            "no value", (1, one["missing"]["mean"]), xycoords=("axes fraction", "data"), xytext=(0, 2),
            textcoords="offset points", ha="right", fontsize=7, color=RISK,
        )  # fmt: skip


def _spread(values: np.ndarray) -> np.ndarray:
    """Heights at which points of about one value do not cover each other, within 0.4 of the middle."""
    if not len(values):
        return values
    edges = np.linspace(values.min(), values.max() + 1e-12, SWARM_BINS + 1)
    bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, SWARM_BINS - 1)
    order = np.argsort(bins, kind="stable")
    counts = np.bincount(bins, minlength=SWARM_BINS)
    first = np.concatenate([[0], np.cumsum(counts)[:-1]])
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values)) - first[bins[order]]
    # To and fro from the middle: 0, 1, -1, 2, -2, ...
    steps = (rank + 1) // 2 * np.where(rank % 2, 1, -1)
    return 0.4 * steps / max(1, int(counts.max()) // 2)


def _bars(axes: Axes, words: Sequence[str], shares: Sequence[float], title: str) -> None:
    places = -np.arange(len(words))
    axes.barh(places, shares, color=ACCENT, height=0.72)
    axes.set_yticks(places, words)
    axes.set_ylim(-max(len(words), 6) + 0.4, 0.6)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=None))
    axes.xaxis.set_major_locator(MaxNLocator(5))
    _dress(axes, title, "share of what moves the scores", "", shares=False)


def _axes(rows: int, columns: int, *, height: float, widths: Sequence[float] | None = None) -> tuple[Figure, Any]:
    figure = Figure(figsize=(WIDTH, height), facecolor="white", layout="constrained")
    every = figure.subplots(rows, columns, squeeze=False, width_ratios=widths).ravel()
    return figure, every if rows * columns > 1 else every[0]


def _line(place: int) -> dict[str, Any]:
    return {"color": (ACCENT, QUIET)[place % 2], "linestyle": ("-", "--")[place % 2], "linewidth": 1.8}


def _per_cent(share: float, _place: int | None = None) -> str:
    return f"{share:.0%}"


def _dress(axes: Axes, title: str, x: str, y: str, *, shares: bool = True) -> None:
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.set_xlabel(x, color=INK, fontsize=8.5)
    axes.set_ylabel(y, color=INK, fontsize=8.5)
    if shares:
        axes.yaxis.set_major_formatter(FuncFormatter(_per_cent))
    axes.tick_params(colors=INK, labelsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
