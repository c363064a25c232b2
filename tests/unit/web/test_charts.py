"""Each picture asks a question, answers it, names its units, and is a table too; none is too large for a page."""

import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from powertheft.evaluation.capacity import Capacity
from powertheft.evaluation.evaluation import evaluate_scores
from powertheft.web import charts, model_charts, static_files
from powertheft.web.chart_parts import MOST_POINTS, axis, chart, line

CAPTION = "What it shows, with 12 numbers."
MONTHS = [date(2025 + month // 12, month % 12 + 1, 1) for month in range(18)]


def judged() -> dict[str, Any]:
    """An evaluation of 400 connections of whom the last tenth are mostly thieves."""
    import numpy as np  # late: of this test's data alone

    score = np.linspace(0.001, 0.6, 400)
    labels = ((np.arange(400) > 340) & (np.arange(400) % 3 > 0)).astype(int)
    ids = [f"{number:04}" for number in range(400)]
    capacity = Capacity(share=0.1)
    return evaluate_scores(
        consumer_ids=ids, labels=labels, raw_scores=score, probabilities=score, capacity=capacity, resamples=5
    ).to_json()


CURVE = {
    "consumers": 400,
    "positives": 40,
    "visits": {"visits": [1, 10, 100, 400], "found": [1, 8, 30, 40], "promised": [0.6, 5.5, 28.0, 41.0]},
    "cutoffs": {"cutoff": [0.0, 0.1, 0.5], "suspected": [400, 120, 0], "found": [40, 33, 0]},
}
WHOLE = {
    "unit": "log-odds",
    "features": [{"feature": "drop", "family": "change", "mean_size": 0.4, "share": 0.6}],
    "swarms": [
        {
            "feature": "drop",
            "points": [
                {"contribution": -0.5, "consumers": 3, "place": 0.9},
                {"contribution": 0.4, "consumers": 1, "place": None},
            ],
        }
    ],
}
DEPENDENCE = {
    "feature": "drop",
    "kind": "number",
    "points": [{"value": 0.5, "consumers": 90, "mean": 0.4, "low": 0.1, "high": 0.9}],
    "missing": {"value": "missing", "consumers": 3, "mean": -0.1, "low": -0.2, "high": 0.0},
}
SIDE = {"feature": "use", "meaning": "use of a year", "unit": "kWh/day", "edges": [0.0, 1.0, 2.0]}
SPREAD = {
    "feature": "use",
    "meaning": "use of a year",
    "unit": "kWh/day",
    "edges": [0.0, 1.0, 2.0],
    "counts": {"theft": [30, 10], "honest": [100, 300]},
    "missing": 3,
    "rows": 443,
}
BALANCE = {
    "transformer_id": "D1",
    "supplied_kwh": 200000.0,
    "billed_kwh": 150000.0,
    "unmetered_kwh": 1000.0,
    "technical_loss_kwh": 8000.0,
    "unexplained_kwh": 41000.0,
}
LOSS = [
    {"month": month, "supplied": 1e6, "unexplained": 1e5, "share": 0.1, "recovered": 5e3 if place == 4 else None}
    for place, month in enumerate(MONTHS)
]
WEEKS = [
    {"week": date(2026, 9, 7), "list_visits": 10, "list_finds": 3, "random_visits": 0, "random_finds": 0},
    {"week": date(2026, 9, 14), "list_visits": 8, "list_finds": 1, "random_visits": 2, "random_finds": 1},
]
PLACE = {"north": 9.03, "east": 82.17, "connections": 120, "inspected": 10, "thefts": 2}
GROUPS = [
    {
        "segment": "category",
        "group": "HUT",
        "consumers": 90,
        "thieves": 9,
        "roc_auc": {"value": 0.8, "low": 0.7, "high": None},
    }
]
NET = {"points": [{"visits": 10, "expected_thieves": 3.0, "expected_net": 5e5, "realised_net": 4e5}]}
LEARNING = {
    "points": [{"consumers": 100, "roc_auc": 0.7, "pr_auc": 0.2}, {"consumers": 400, "roc_auc": 0.8, "pr_auc": 0.3}]
}

DRAWN = {
    "distribution": lambda: charts.distribution(SPREAD, CAPTION),
    "levels": lambda: charts.distribution({**SPREAD, "levels": ["HUT", "DOMESTIC"]}, CAPTION),
    "use": lambda: charts.use_distribution({"low": [0, 0.01], "high": [0.01, 0.011], "bills": [5, 200000]}, CAPTION),
    "missing": lambda: charts.missing_map(
        {"sections": ["001", "all others"], "months": MONTHS[:2], "missing": [[0.1, None], [0.0, 0.02]]}, CAPTION
    ),
    "consumption": lambda: charts.consumption(
        {
            "by": "category",
            "season": False,
            "groups": [{"name": "HUT", "points": [{"when": MONTHS[0], "bills": 20, "low": 1, "median": 2, "high": 3}]}],
        },
        CAPTION,
    ),
    "season": lambda: charts.consumption(
        {
            "by": "region",
            "season": True,
            "groups": [{"name": "N", "points": [{"when": 3, "bills": 20, "low": 1, "median": 2, "high": 3}]}],
        },
        CAPTION,
    ),
    "balance": lambda: charts.balance({"transformers": [BALANCE], "others": {**BALANCE, "count": 7}}, CAPTION),
    "loss": lambda: charts.loss_by_month(LOSS, CAPTION),
    "weeks": lambda: charts.hit_rate_by_week(WEEKS, CAPTION, promise=0.3),
    "pair": lambda: charts.pair_map(
        {"x": SIDE, "y": SIDE, "hit_rate": [[0.1, None], [0.3, 0.2]], "inspected": [[20, None], [15, 11]]}, CAPTION
    ),
    "correlation": lambda: charts.correlation(
        {"features": ["a", "b"], "meanings": ["Use", "Fall"], "correlation": [[1, -0.5], [-0.5, 1]]}, CAPTION
    ),
    "places": lambda: charts.places({"places": [PLACE], "is_degrees": True, "left_out": 0}, CAPTION),
    "calibration": lambda: model_charts.calibration(judged(), CAPTION),
    "cutoffs": lambda: model_charts.cutoffs(CURVE, CAPTION, cutoff=0.1),
    "segments": lambda: model_charts.segments(GROUPS, CAPTION),
    "importance": lambda: model_charts.importance(WHOLE, CAPTION),
    "dependence": lambda: model_charts.dependence(DEPENDENCE, CAPTION, unit="log-odds"),
    "net value": lambda: model_charts.net_value(NET, CAPTION, currency="INR", capacity=10),
    "learning": lambda: model_charts.learning_curve(LEARNING, CAPTION),
}


@pytest.fixture(params=DRAWN)
def drawn(request: pytest.FixtureRequest) -> Any:
    return DRAWN[request.param]()


def texts(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    inside = part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return [text for one in inside for text in texts(one)]


def test_the_title_asks_and_the_caption_answers(drawn):
    assert drawn["title"].endswith("?")
    assert drawn["caption"] == CAPTION
    assert drawn["figure"]["layout"]["meta"] == {"title": drawn["title"], "caption": CAPTION}


def test_a_picture_is_plain_json_and_a_table_with_the_same_columns_throughout(drawn):
    json.dumps(drawn, allow_nan=False)
    assert drawn["table"]
    assert all(isinstance(row, dict) and row for row in drawn["table"])


def test_colours_are_names_that_the_style_sheet_has(drawn):
    tokens = (Path(static_files.FOLDER) / "style" / "tokens.css").read_text("utf-8")
    known = set(re.findall(r"^\s+(--[a-z0-9-]+):", tokens, re.MULTILINE))
    named = {text.split("@")[0] for text in texts(drawn["figure"]) if re.fullmatch(r"--[a-z0-9-]+(@[0-9.]+)?", text)}
    assert named
    assert named <= known
    written = [text for text in texts(drawn["figure"]) if re.search(r"#[0-9a-fA-F]{3,8}\b|rgba?\(", text)]
    assert written == []


def test_every_axis_has_a_title_or_names_of_its_own(drawn):
    for side in ("xaxis", "yaxis"):
        one = drawn["figure"]["layout"][side]
        assert one["title"]["text"] or one["type"] == "category" or one.get("range")


def test_hovers_speak_without_names_of_the_code(drawn):
    hovers = [
        text
        for trace in drawn["figure"]["data"]
        for text in texts([trace.get("customdata", []), trace.get("text", []), trace.get("hovertemplate", "")])
    ]
    assert hovers
    assert not any("None" in text or "nan" in text for text in hovers)


def test_figures_in_hovers_have_indian_digits():
    hover = charts.balance({"transformers": [BALANCE], "others": None}, CAPTION)["figure"]["data"][0]["customdata"][0]
    assert "1,50,000 kWh" in hover


def test_a_week_without_visits_has_no_rate():
    random = DRAWN["weeks"]()["figure"]["data"][1]
    assert random["y"] == [None, 0.5]


def test_lines_differ_in_more_than_colour():
    lines = DRAWN["learning"]()["figure"]["data"]
    assert len({trace["line"]["dash"] for trace in lines}) == len(lines)


@pytest.mark.parametrize(
    "empty",
    [
        lambda: charts.use_distribution({"low": [], "high": [], "bills": []}, CAPTION),
        lambda: charts.missing_map({"sections": [], "months": [], "missing": []}, CAPTION),
        lambda: charts.balance({"transformers": [], "others": None}, CAPTION),
        lambda: charts.loss_by_month([], CAPTION),
        lambda: charts.hit_rate_by_week([], CAPTION),
        lambda: charts.places({"places": []}, CAPTION),
        lambda: model_charts.segments([], CAPTION),
    ],
)
def test_where_there_is_nothing_the_picture_says_why(empty):
    nothing = empty()
    assert nothing["figure"]["data"] == []
    assert nothing["figure"]["layout"]["annotations"][0]["text"] == CAPTION


def test_a_picture_that_is_too_large_for_a_page_is_a_defect():
    many = list(range(MOST_POINTS + 1))
    trace = line("many", many, many, ["" for _ in many])
    with pytest.raises(ValueError, match="5001 points"):
        chart("How many?", CAPTION, [trace], axes=(axis("x"), axis("y")), table=[])


@pytest.mark.parametrize(("count", "apart"), [(1, 1), (8, 1), (26, 4)])
def test_below_the_hit_rate_days_are_named_once_each_and_begin_weeks(count: int, apart: int):
    first = date(2026, 3, 2)
    weeks = [{**WEEKS[0], "week": first + timedelta(weeks=place)} for place in range(count)]
    named = charts.hit_rate_by_week(weeks, CAPTION)["figure"]["layout"]["xaxis"]
    assert named["tick0"] == "2026-03-02"
    assert timedelta(milliseconds=named["dtick"]) == timedelta(weeks=apart)
