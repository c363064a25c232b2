"""A rehearsal of the loop as a picture and a table. Rule of the room: show what it is given."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from powertheft.reports.model_pictures import ACCENT, INK, PALE, QUIET, RISK
from powertheft.reports.writing import write_files

SMOOTHED = 3
"""Months of which a drawn rate is the mean: one month of visits is a matter of luck."""


@dataclass(frozen=True, slots=True)
class DrawnRehearsal:
    """What is drawn: the months with the rate of each way of working, the changes of the story, what the loop did.

    `alarms` and `promotions` are months in which one began, with what it is called.
    """

    months: Sequence[date]
    with_loop: Sequence[float]
    without_loop: Sequence[float]
    hindsight: Sequence[float] | None
    changes: Mapping[str, date]
    alarms: Sequence[tuple[date, str]]
    promotions: Sequence[tuple[date, str]]


def draw_rehearsal(drawn: DrawnRehearsal) -> Figure:
    """Draw what visits from the list are worth, month by month, with the loop, without it, and with hindsight."""
    figure = Figure(figsize=(9.6, 5.2), layout="constrained")
    rates, marks = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1.3))
    lines = [
        (drawn.without_loop, "without the loop", {"color": QUIET, "linestyle": "--"}),
        (drawn.with_loop, "with the loop", {"color": ACCENT}),
    ]
    if drawn.hindsight is not None:
        lines.insert(0, (drawn.hindsight, "a model that knows all outcomes", {"color": INK, "linestyle": ":"}))
    for values, label, style in lines:
        rates.plot(_days(drawn.months), _smooth(values), label=label, linewidth=2, **style)
    for name, day in drawn.changes.items():
        for axes in (rates, marks):
            axes.axvline(float(date2num(day)), color=PALE, linewidth=1, zorder=0)
        rates.annotate(
            name, (float(date2num(day)), 1.0), xycoords=("data", "axes fraction"), xytext=(4, -4),
            textcoords="offset points", va="top", fontsize=8, color=QUIET,
        )  # fmt: skip
    # Room for what the changes are called, above all lines.
    rates.set_ylim(0, 1.12 * rates.get_ylim()[1])
    rates.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    rates.set_title("Does the list stay as good while the utility changes?", loc="left", fontsize=11, color=INK)
    rates.set_ylabel(f"theft among visits from the list\n(mean of {SMOOTHED} months)", fontsize=9)
    rates.legend(frameon=False, fontsize=8, loc="lower left")
    _mark(marks, drawn)
    for axes in (rates, marks):
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(labelsize=8, colors=INK)
    return figure


def write_rehearsal(figure: Figure, months: pl.DataFrame, *, out: Path) -> tuple[Path, Path]:
    """Write the picture and the table of months into a folder, both or neither."""
    picture, table = out / "rehearsal.png", out / "months.csv"
    out.mkdir(parents=True, exist_ok=True)
    write_files(
        {
            picture: lambda place: figure.savefig(place, format="png", dpi=150),
            table: months.write_csv,
        }
    )
    return picture, table


def _mark(axes: Axes, drawn: DrawnRehearsal) -> None:
    rows = [("alarm", drawn.alarms, RISK, "v"), ("new champion,\nby number", drawn.promotions, ACCENT, "^")]
    for place, (_, marks, colour, shape) in enumerate(rows):
        axes.plot(_days([day for day, _ in marks]), np.full(len(marks), -place), shape, color=colour, ms=7)
        for number, (day, words) in enumerate(marks):
            axes.annotate(
                words, (float(date2num(day)), -place), xytext=(5, 4 if number % 2 else -8), textcoords="offset points",
                fontsize=7, color=colour,
            )  # fmt: skip
    axes.set_yticks([-place for place in range(len(rows))], [name for name, *_ in rows])
    axes.set_ylim(-len(rows) + 0.4, 0.6)
    axes.xaxis_date()


def _days(months: Sequence[date]) -> np.ndarray:
    return np.array([float(date2num(month)) for month in months])


def _smooth(values: Sequence[float]) -> np.ndarray:
    known = np.asarray(values, dtype=np.float64)
    sums = np.cumsum(np.insert(known, 0, 0.0))
    starts = np.maximum(np.arange(len(known)) + 1 - SMOOTHED, 0)
    ends = np.arange(len(known)) + 1
    return (sums[ends] - sums[starts]) / (ends - starts)
