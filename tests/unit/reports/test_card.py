"""The picture of a list: its words stand where they can be read."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from matplotlib.figure import Figure

from powertheft.reports import card


def evaluation(curve: Any, *, visits: int, width: float) -> dict[str, Any]:
    """A list of 3,000 whose first visits find what a curve says."""
    places = np.unique(np.geomspace(1, 3000, 60).round().astype(int))
    at = curve(visits)
    return {
        "top_of_list": [{"visits": int(one), "precision": float(curve(one))} for one in places],
        "base_rate": float(curve(3000)),
        "visits": visits,
        "capacity": "1 %",
        "measures": {"precision_at_capacity": {"value": at, "low": max(at - width, 0.0), "high": min(at + width, 1.0)}},
    }


CURVES = {
    "falling": lambda n: max(0.05, 1 - 0.28 * math.log10(n)),
    "flat and low": lambda n: 0.07 + 0.12 * math.exp(-n / 300),
    "near all": lambda n: 0.99 - 0.01 * math.log10(n),
    "rising then falling": lambda n: 0.3 + 0.5 * math.exp(-((math.log(n) - 5) ** 2)),
}


@pytest.mark.parametrize("name", CURVES)
@pytest.mark.parametrize("visits", [8, 30, 300])
def test_the_label_of_the_curve_stands_off_the_curve_and_within_the_picture(name, visits):
    figure = Figure(figsize=(12, 9.2), dpi=110, layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[0.75, 1], width_ratios=[1.5, 1])
    axes = figure.add_subplot(grid[0, 0])
    card._draw_findings(axes, evaluation(CURVES[name], visits=visits, width=0.08))
    figure.draw_without_rendering()
    label = next(text for text in axes.texts if "find theft" in text.get_text()).get_window_extent()
    curve = axes.transData.transform(np.column_stack(axes.lines[0].get_data()))
    steps = np.linspace(0, 1, 50)[:, None]
    ways = [curve[one] + steps * (curve[one + 1] - curve[one]) for one in range(len(curve) - 1)]
    inside = [label.contains(x, y) for x, y in np.concatenate(ways)]
    assert not any(inside)
    frame = axes.get_window_extent()
    assert frame.y0 <= label.y0 < label.y1 <= frame.y1 + 1


def test_the_footnote_stands_below_the_last_row_also_where_each_has_three_reasons():
    row = {"rank": 1, "consumer_id": "004-00943", "probability": 0.4}
    row |= {"expected_energy_kwh": 1732.0, "expected_amount": 5710.0}
    rows = [{**row, **{f"reason_{place}": "used less than a year before " * 6 for place in (1, 2, 3)}}] * card.TOP
    figure = Figure(figsize=(12, 9.2), dpi=110, layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=[0.75, 1], width_ratios=[1.5, 1])
    axes = figure.add_subplot(grid[1, :])
    card._draw_list(axes, pl.DataFrame(rows), "INR", "An indication, not proof.")
    figure.draw_without_rendering()
    *others, footnote = (text.get_window_extent() for text in axes.texts)
    assert not any(footnote.overlaps(one) for one in others)
