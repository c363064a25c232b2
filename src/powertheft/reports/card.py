"""The card of a list: what squads would find, whether the probabilities hold, and the top of the list, as a picture.

Rule of the room: show what it is given, compute nothing but its picture.
"""

import math
import textwrap
from pathlib import Path
from typing import Any, Literal

import polars as pl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from powertheft.domain.numbers import grouped
from powertheft.reports.writing import write_files

INK, QUIET, ACCENT, RISK = "#1f2933", "#7b8794", "#0b7285", "#c2410c"
TOP = 8
FOOT = -0.06
"""Where the footnote lies: below the last row also where each has three reasons."""

REASON_WIDTH = 104
LABEL_WIDTH, LABEL_TALL, LABEL_GAP = 0.35, 0.06, 0.02
"""What a label in the first picture takes of its width and height, and how far it keeps off the curve."""


def write_card(
    path: Path, *, evaluation: dict[str, Any], ranked: pl.DataFrame, title: str, currency: str, footnote: str = ""
) -> None:
    """Draw the card of a training and its list as a PNG."""
    figure = Figure(figsize=(12, 9.2), dpi=110, facecolor="white", layout="constrained")
    figure.suptitle(title, x=0.012, ha="left", fontsize=15, fontweight="bold", color=INK)
    grid = figure.add_gridspec(2, 2, height_ratios=[0.75, 1], width_ratios=[1.5, 1])
    _draw_findings(figure.add_subplot(grid[0, 0]), evaluation)
    _draw_calibration(figure.add_subplot(grid[0, 1]), evaluation)
    _draw_list(figure.add_subplot(grid[1, :]), ranked, currency, footnote)
    write_files({path: lambda place: figure.savefig(place, format="png")})


def _draw_findings(axes: Axes, evaluation: dict[str, Any]) -> None:
    points = [point for point in evaluation["top_of_list"] if point["visits"] >= 5]
    base = evaluation["base_rate"]
    axes.plot([p["visits"] for p in points], [p["precision"] for p in points], color=ACCENT, linewidth=2)
    axes.axhline(base, color=QUIET, linewidth=1, linestyle="--")
    # Beside the picture: within it the curve comes down to this line.
    beside = axes.text(1.01, base, f"at random:\n{base:.1%}", transform=axes.get_yaxis_transform(), va="center")
    beside.set(color=QUIET, fontsize=9)
    at = evaluation["measures"]["precision_at_capacity"]
    axes.errorbar(
        [evaluation["visits"]],
        [at["value"]],
        yerr=[[at["value"] - at["low"]], [at["high"] - at["value"]]],
        fmt="o",
        color=RISK,
        capsize=4,
        markersize=6,
    )
    axes.set_xscale("log")
    height, side = _label_height(axes, points, at, visits=evaluation["visits"])
    words = f"{evaluation['capacity']}: {at['value']:.0%} find theft"
    axes.text(evaluation["visits"], height, words, va=side, color=RISK, fontsize=10)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda visits, _: grouped(visits)))
    axes.set_ylim(0, 1)
    _dress(
        axes, "What share of the visits would find theft?", "visits, from the top of the list", "visits that find theft"
    )


def _label_height(
    axes: Axes, points: list[dict[str, Any]], at: dict[str, float], *, visits: int
) -> tuple[float, Literal["bottom", "top"]]:
    """Return where a label that begins at a number of visits crosses neither the curve nor the interval.

    It stands above both where there is room, else below.
    """
    first, last = (math.log(end) for end in axes.get_xlim())
    end = math.log(visits) + LABEL_WIDTH * (last - first)
    near = [p["precision"] for p in points if math.log(visits) - 0.5 <= math.log(p["visits"]) <= end]
    above = max([*near, at["high"]]) + LABEL_GAP
    if above + LABEL_TALL <= 1:
        return above, "bottom"
    return max(min([*near, at["low"]]) - LABEL_GAP, LABEL_TALL), "top"


def _draw_calibration(axes: Axes, evaluation: dict[str, Any]) -> None:
    bins = evaluation["calibration"]
    predicted, observed = [b["predicted"] for b in bins], [b["observed"] for b in bins]
    most = max(*predicted, *observed, 0.01) * 1.08
    axes.plot([0, most], [0, most], color=QUIET, linewidth=1, linestyle="--")
    axes.plot(predicted, observed, "o-", color=ACCENT, linewidth=1.5, markersize=5)
    axes.set_xlim(0, most)
    axes.set_ylim(0, most)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    _dress(axes, "Does a likelihood mean what it says?", "likelihood promised", "theft found")


def _dress(axes: Axes, title: str, x: str, y: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, color=INK)
    axes.set_xlabel(x, color=INK, fontsize=9)
    axes.set_ylabel(y, color=INK, fontsize=9)
    axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{share:.0%}"))
    axes.tick_params(colors=INK, labelsize=9)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _draw_list(axes: Axes, ranked: pl.DataFrame, currency: str, footnote: str) -> None:
    axes.axis("off")
    axes.set_xlim(0, 1)
    axes.set_ylim(FOOT, 1)
    unit = "Rs" if currency == "INR" else currency
    places = {"#": 0.0, "connection": 0.02, "likely": 0.15, "unbilled a year": 0.25, "worth": 0.325, "why": 0.345}
    for heading, x in places.items():
        side = "left" if heading in {"#", "connection", "why"} else "right"
        axes.text(x, 0.98, heading, color=QUIET, fontsize=9, ha=side, va="top")
    y = 0.925
    for row in ranked.head(TOP).iter_rows(named=True):
        lines = _reason_lines(row)
        _draw_row(axes, row, places=places, y=y, unit=unit)
        axes.text(places["why"], y, "\n".join(lines), color=INK, fontsize=8.4, ha="left", va="top", linespacing=1.25)
        y -= 0.0335 * len(lines) + 0.016
    axes.text(0.0, FOOT, footnote, color=QUIET, fontsize=8.5, va="bottom")


def _draw_row(axes: Axes, row: dict[str, Any], *, places: dict[str, float], y: float, unit: str) -> None:
    worth = "" if row["expected_amount"] is None else f"{unit} {grouped(row['expected_amount'])}"
    energy = "" if row["expected_energy_kwh"] is None else f"{grouped(row['expected_energy_kwh'])} kWh"
    cells = {
        "#": str(row["rank"]),
        "connection": str(row["consumer_id"]),
        "likely": f"{row['probability']:.0%}",
        "unbilled a year": energy,
        "worth": worth,
    }
    for heading, text in cells.items():
        side = "left" if heading in {"#", "connection"} else "right"
        colour = RISK if heading == "likely" else INK
        axes.text(places[heading], y, text, color=colour, fontsize=9, ha=side, va="top")


def _reason_lines(row: dict[str, Any]) -> list[str]:
    said = [row[f"reason_{place}"] for place in (1, 2, 3) if row[f"reason_{place}"]]
    return [textwrap.shorten(reason, REASON_WIDTH, placeholder=" ...") for reason in said] or [""]
