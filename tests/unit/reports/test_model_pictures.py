"""Drawings of a model's page can be drawn of little."""

import io
from typing import Any

import pytest
from matplotlib.figure import Figure

from powertheft.reports.model_pictures import draw_dependences, draw_importance, draw_swarms


def whole(**changed: Any) -> dict[str, Any]:
    point = {"value": 1.0, "consumers": 12, "mean": 0.2, "low": 0.1, "high": 0.3}
    plain: dict[str, Any] = {
        "consumers": 12,
        "unit": "log-odds",
        "features": [{"feature": "fall", "family": "change", "mean_size": 1.0, "share": 1.0}],
        "families": [{"family": "change", "features": 1, "mean_size": 1.0, "share": 1.0}],
        "swarms": [{"feature": "fall", "contributions": [0.1, 0.1, -0.2], "quantiles": [0.5, 1.0, None]}],
        "dependences": [{"feature": "fall", "kind": "number", "points": [point], "missing": point}],
    }
    return plain | changed


def drawn(figure: Figure) -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png")
    return held.getvalue()


def test_one_feature_is_enough() -> None:
    for draw in (draw_importance, draw_swarms, draw_dependences):
        assert drawn(draw(whole())).startswith(b"\x89PNG")


@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_feature_without_points_is_drawn_empty(kind: str) -> None:
    empty = whole(dependences=[{"feature": "fall", "kind": kind, "points": [], "missing": None}])
    assert drawn(draw_dependences(empty)).startswith(b"\x89PNG")


def test_levels_are_bars_with_their_words() -> None:
    points = [{"value": word, "consumers": 12, "mean": 0.2, "low": 0.1, "high": 0.3} for word in ("home", "shop")]
    figure = draw_dependences(
        whole(dependences=[{"feature": "kind", "kind": "category", "points": points, "missing": None}])
    )
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["home", "shop"]
