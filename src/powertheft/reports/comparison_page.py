"""Two models beside each other as a page that can be printed. Rule of the room: show what it is given.

One file: no script, nothing from outside, and nothing of one consumer.
"""

from collections.abc import Mapping
from html import escape
from typing import Any

from powertheft.domain.numbers import grouped
from powertheft.reports.model_page import FOOTER, MEASURES
from powertheft.reports.model_pictures import draw_curves, draw_visits
from powertheft.reports.page_parts import big_figure, bullets, definitions, page, paragraphs, picture
from powertheft.reports.page_tables import table

MEANINGS = (
    ("difference", "A less B, on the same consumers; its interval holds it in 95 of 100 draws of as many consumers."),
    ("p", "How often chance alone would make such a difference or a larger one; under 0.05 it counts as shown."),
    ("could have shown", "The smallest difference that as many consumers would have shown four times in five."),
)


def comparison_page(found: Mapping[str, Any]) -> str:
    """Return the page of a comparison, given as plain data, as HTML."""
    title = f"Which model is better, A ({found['a']['folder']}) or B ({found['b']['folder']})?"
    both = [
        (f"A {found['a']['folder']}", found["a"]["evaluation"]),
        (f"B {found['b']['folder']}", found["b"]["evaluation"]),
    ]
    visits = picture(draw_visits(both), "Precision and recall by the number of visits, of both models.")
    curves = picture(draw_curves(both), "ROC curve, precision by recall, and calibration, of both models.")
    names = list(found["paired"]["measures"])
    parts = [
        _head(found, title),
        f"<h2>What they are</h2>{definitions(_is_what(found))}",
        f"<h2>How good the lists are</h2>{_measures(found)}{visits}{curves}",
        _groups(found),
        f"<h2>To bear in mind</h2>{bullets(found['notes'])}" if found["notes"] else "",
        f"<h2>What the measures mean</h2>{definitions([*(MEASURES[name] for name in names), *MEANINGS])}",
    ]
    return page(title, parts, FOOTER)


def _head(found: Mapping[str, Any], title: str) -> str:
    places, paired = found["top_places"], found["paired"]
    figures = [
        big_figure(grouped(paired["consumers"]), "consumers that neither has seen", "good"),
        big_figure(f"{grouped(places['shared'])} of {grouped(places['places'])}", "first places shared"),
        big_figure(grouped(found["left_out_because_used_in_fitting"]), "left out: used in fitting"),
    ]
    return (
        f"<header><h1>{escape(title)}</h1></header><p class='verdict ok'>{escape(found['verdict'])}.</p>"
        f"<div class=figures>{''.join(figures)}</div>{paragraphs(found['in_words'])}"
    )


def _is_what(found: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [
        (f"{letter} {model['folder']}", f"{model['algorithm']} on {model['features']} features")
        for letter, model in (("A", found["a"]), ("B", found["b"]))
    ]


def _measures(found: Mapping[str, Any]) -> str:
    heading = ("", "#A", "#B", "#difference", "#95 % interval", "#p", "#could have shown")
    rows = [(MEASURES[name][0], *measure_cells(seen)) for name, seen in found["paired"]["measures"].items()]
    told = f"Capacity: {found['paired']['capacity']}, {grouped(found['paired']['visits'])} visits."
    return f"{paragraphs([told], kind='quiet')}{table(heading, rows)}"


def measure_cells(seen: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a measure of both lists as words: both values, difference, interval, p-value, what could be shown."""
    low, high, detectable = seen["low"], seen["high"], seen["detectable"]
    return (
        f"{seen['first']:.3f}",
        f"{seen['second']:.3f}",
        f"{seen['difference']:+.3f}",
        "" if low is None or high is None else f"{low:+.3f} to {high:+.3f}",
        f"{seen['p_value']:.3g}",
        "" if detectable is None else f"{detectable:.3f}",
    )


def _groups(found: Mapping[str, Any]) -> str:
    if not found["segments"]:
        return ""
    heading = ("by", "group", "#consumers", "#theft", "#ROC-AUC of A", "#of B", "#difference", "#95 % interval", "")
    rows = [
        (
            group["segment"],
            group["group"],
            grouped(group["consumers"]),
            grouped(group["thieves"]),
            *measure_cells(group["roc_auc"])[:4],
            f"{group['worse']} is worse" if group["worse"] else "",
        )
        for group in found["segments"]
    ]
    told = "Marked where the difference lies beyond what one of so many groups would show by chance."
    return f"<h2>Group by group</h2>{paragraphs([told], kind='quiet')}{table(heading, rows)}"
