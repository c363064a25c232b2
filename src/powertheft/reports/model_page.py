"""A model's report as a page that can be printed. Rule of the room: show what it is given.

One file: no script, nothing from outside, and nothing of one consumer. What a utility would live comes first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from powertheft.domain.numbers import grouped
from powertheft.reports.model_pictures import (
    ALL,
    KNOWABLE,
    MOST_BARS,
    draw_curves,
    draw_dependences,
    draw_importance,
    draw_learning,
    draw_net_value,
    draw_swarms,
    draw_visits,
)
from powertheft.reports.page_parts import (
    big_figure,
    bullets,
    definitions,
    page,
    paragraphs,
    picture,
)
from powertheft.reports.page_tables import table

SHARES = frozenset({"accuracy", "precision", "recall", "f1", "precision_at_capacity", "recall_at_capacity"})
MEASURES: Mapping[str, tuple[str, str]] = {
    "precision_at_capacity": (
        "precision within capacity", "Of the visits that the squads can make, the share that finds theft."
    ),
    "lift_at_capacity": ("lift within capacity", "How many times as much theft those visits find as visits at random."),
    "recall_at_capacity": ("recall within capacity", "The share of all theft that those visits find."),
    "ap_at_100": (
        "average precision of the top 100",
        "Precision after each theft found among the first hundred, averaged; thefts only.",
    ),
    "roc_auc": ("ROC-AUC", "The chance that a theft stands above an honest consumer on the list; 0.5 is chance."),
    "pr_auc": ("PR-AUC", "Precision averaged over all depths of the list; the share of theft is chance."),
    "precision": ("precision at the cut-off", "The share of theft among those above the cut-off."),
    "recall": ("recall at the cut-off", "The share of all theft that stands above the cut-off."),
    "f1": ("F1 at the cut-off", "One figure for both: the harmonic mean of precision and recall."),
    "accuracy": (
        "accuracy at the cut-off",
        "The share put on the right side; high by itself where theft is rare, so it says little.",
    ),
    "brier": ("Brier score", "Mean squared distance of the likelihood from what was found; lower is better."),
}  # fmt: skip
"""Our names of the measures, their names for a reader and what each says, squads' first."""

GLOSSARY = (
    ("95 % interval", "Where the figure lies in 95 of 100 draws of as many consumers."),
    (
        "calibration error",
        "Mean distance between the likelihood promised and the share found, over twenty equal parts.",
    ),
    ("observed over predicted", "Theft found for each theft that the likelihoods promise; 1 is right."),
    (
        "knowable only",
        "Without what an inspection may have caused, the consumer master, and the length of observation.",
    ),
    ("effective size", "As many consumers drawn at random would tell as much as the weighted ones."),
    ("share of what moves the scores", "Mean size of a feature's contributions, of the sum over all features."),
)
WORDS_OF_SEVERITY = {"ok": "nothing found", "look": "look at this", "leak": "leak"}
FOOTER = "An indication, not proof: a person decides on a visit, and only a visit shows what is there."


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a page says of a model beside its figures: title, pairs of words and values, limits of its use."""

    title: str
    made_on: str
    is_what: tuple[tuple[str, str], ...]
    families: tuple[tuple[str, str, str], ...]
    limits: tuple[str, ...]
    currency: str


def model_page(facts: ModelFacts, report: Mapping[str, Any], whole: Mapping[str, Any]) -> str:
    """Return the page of a model as HTML: its report and what it looks at, both as plain data."""
    both = _both(report)
    parts = [
        _head(facts, report, both),
        _is_what(facts),
        _figures(report, both),
        _curves(both),
        _confusion(both),
        _calibration(report["calibration"]),
        _segments(report),
        _selection(report["selection"]),
        _net_value(report["net_value"], facts.currency),
        _learning(report["learning_curve"]),
        _looked_at(dict(whole)),
        _audit(report["audit"]),
        f"<h2>Limits of use</h2>{bullets([*facts.limits, *report['notes']])}",
        f"<h2>What the measures mean</h2>{definitions([*MEASURES.values(), *GLOSSARY])}",
    ]
    return page(facts.title, parts, FOOTER)


def _both(report: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the evaluations, the knowable ones first; one only where all features are knowable."""
    knowable, held_out = report["knowable_only"], report["held_out"]
    if knowable is None or report["knowable_features"] == report["features"]:
        return [(KNOWABLE if knowable else ALL, held_out)]
    return [(KNOWABLE, knowable), (ALL, held_out)]


def _head(facts: ModelFacts, report: Mapping[str, Any], both: Sequence[tuple[str, dict[str, Any]]]) -> str:
    audit, (name, seen) = report["audit"], both[0]
    at = seen["measures"]["precision_at_capacity"]
    figures = [
        big_figure(_share(at["value"]), f"of {grouped(seen['visits'])} visits find theft, {name}", "good"),
        big_figure(_share(seen["base_rate"]), "find theft at random"),
        big_figure(_written("roc_auc", seen["measures"]["roc_auc"]["value"]), f"ROC-AUC, {name}"),
        big_figure(grouped(report["labelled_consumers"]), f"outcomes, {grouped(report['positives'])} of them theft"),
    ]
    return (
        f"<header><h1>{escape(facts.title)}</h1><p class=quiet>A model and how far to trust it, {facts.made_on}."
        f'</p></header><p class="verdict {escape(audit["severity"])}">{escape(audit["verdict"])}</p>'
        f"<div class=figures>{''.join(figures)}</div>"
    )


def _is_what(facts: ModelFacts) -> str:
    heading = ("family", "#features", "known only after a visit, registry, exposure")
    return f"<h2>What it is</h2>{definitions(facts.is_what)}{table(heading, facts.families)}"


def _figures(report: Mapping[str, Any], both: Sequence[tuple[str, dict[str, Any]]]) -> str:
    counts = {KNOWABLE: report["knowable_features"], ALL: report["features"]}
    heading = ["held-out consumers"]
    for name, _ in both:
        heading += [f"#{name} ({counts[name]})", "#95 % interval"]
    rows = [
        [words, *(cell for _, seen in both for cell in _cells(seen, name))] for name, (words, _) in MEASURES.items()
    ]
    seen = both[0][1]
    told = (
        f"On {grouped(seen['consumers'])} consumers that the model had not seen (held out by {report['split']}: "
        f"{report['held_out_folds']}). The knowable-only figures are what a utility would live."
    )
    return f"<h2>How good the list is</h2><p class=quiet>{escape(told)}</p>{table(heading, rows)}"


def _cells(seen: Mapping[str, Any], name: str) -> tuple[str, str]:
    measure = seen["measures"][name]
    value, low, high = (measure[end] for end in ("value", "low", "high"))
    span = "" if low is None or high is None else f"{_written(name, low)} to {_written(name, high)}"
    return _written(name, value), span


def _curves(both: list[tuple[str, dict[str, Any]]]) -> str:
    visits = picture(draw_visits(both), "Precision and recall by the number of visits.")
    curves = picture(draw_curves(both), "ROC curve, precision by recall, and calibration.")
    return f"<h3>By the number of visits</h3>{visits}<h3>Curves</h3>{curves}"


def _confusion(both: Sequence[tuple[str, dict[str, Any]]]) -> str:
    parts: list[str] = []
    for name, seen in both:
        counts = seen["confusion"]
        rows = [
            ("theft", grouped(counts["true_positive"]), grouped(counts["false_negative"])),
            ("honest", grouped(counts["false_positive"]), grouped(counts["true_negative"])),
        ]
        title = f"{name}: cut-off {_share(seen['cutoff'])} ({seen['cutoff_kind']})"
        parts.append(
            f"<div><h3>{escape(title)}</h3>{table(('found', '#above it', '#below it'), rows, kind='matrix')}</div>"
        )
    return f"<h2>At the cut-off</h2><div class=pair>{''.join(parts)}</div>"


def _calibration(calibration: Mapping[str, Any]) -> str:
    named = [(words, calibration[name]) for name, words in (("knowable_only", KNOWABLE), ("held_out", ALL))]
    known = [(words, one) for words, one in named if one is not None]
    tops = list(known[0][1]["observed_over_predicted"])
    heading = ("", "#calibration error", *(f"#observed over predicted, top {top}" for top in tops))
    rows = [
        (
            words,
            f"{one['expected_calibration_error']:.4f}",
            *(_ratio(one["observed_over_predicted"][top]) for top in tops),
        )
        for words, one in known
    ]
    return f"<h2>Does a likelihood mean what it says?</h2>{table(heading, rows)}"


def _segments(report: Mapping[str, Any]) -> str:
    told = report["segments"]
    if report["knowable_features"] == report["features"] or told["knowable_only"] is None:
        named = [(KNOWABLE if told["knowable_only"] else ALL, told["held_out"])]
    else:
        named = [(KNOWABLE, told["knowable_only"]), (ALL, told["held_out"])]
    parts = [_groups(words, groups) for words, groups in named if groups]
    return f"<h2>Whom it serves badly</h2>{''.join(parts)}" if parts else ""


def _groups(words: str, groups: Sequence[Mapping[str, Any]]) -> str:
    heading = ("by", "group", "#consumers", "#theft", "#ROC-AUC", "#listed", "#observed over predicted", "")
    rows: list[tuple[str, ...]] = []
    by = ""
    for group in groups:
        rows.append(("" if group["segment"] == by else group["segment"], *_segment_row(group)))
        by = group["segment"]
    badly = [group for group in groups if group["is_served_badly"]]
    told = (
        f"{len(badly)} of {len(groups)} groups are served badly."
        if badly
        else "No group is served badly beyond chance."
    )
    warnings = bullets(f"{group['segment']}, {group['group']}: {group['words']}" for group in badly) if badly else ""
    quiet = paragraphs(
        ["Listed are those within the squads' capacity. Groups under fifty are put together."],
        kind="quiet",
    )
    title = f"<h3>With {escape(words)}</h3>"
    return f"{title}{paragraphs([told])}{warnings}{quiet}{table(heading, rows)}"


def _segment_row(group: Mapping[str, Any]) -> tuple[str, ...]:
    is_judged = group["is_judged"]
    return (
        group["group"],
        grouped(group["consumers"]),
        _share(group["base_rate"]) if is_judged else "",
        _written("roc_auc", group["roc_auc"]["value"]) if is_judged else "",
        grouped(group["on_list"]),
        _ratio(group["observed_over_predicted"]["value"]) if is_judged else "",
        "served badly" if group["is_served_badly"] else "" if is_judged else "too small to judge",
    )


def _selection(selection: Mapping[str, Any] | None) -> str:
    if selection is None:
        return ""
    parts = [(KNOWABLE, selection["knowable_only"]), (ALL, selection["held_out"])]
    known = [(words, one) for words, one in parts if one is not None]
    heading = ("", "measure", "#on the inspected", "#weighted for everybody", "#effective size")
    rows = [
        (
            words,
            MEASURES[name][0] if name in MEASURES else name.replace("_", " "),
            f"{measure['inspected']:.3f}",
            f"{measure['weighted']:.3f}",
            f"{grouped(one['effective_size'])} of {grouped(one['rows'])}",
        )
        for words, one in known
        for name, measure in one["measures"].items()
    ]
    told = [known[0][1]["sentence"], f"By {selection['told_by']}."]
    return f"<h2>Who gets inspected</h2>{paragraphs(told)}{table(heading, rows)}"


def _net_value(value: Mapping[str, Any] | None, currency: str) -> str:
    if value is None:
        return ""
    parts = [(KNOWABLE, value["knowable_only"]), (ALL, value["held_out"])]
    known = [(words, one) for words, one in parts if one is not None]
    told = [
        f"A visit costs {currency} {grouped(value['visit_cost'])}, a theft found brings {currency} "
        f"{grouped(value['value_found'])}; on {grouped(known[0][1]['consumers'])} held-out consumers.",
        *(f"With {words}: {one['sentence']}" for words, one in known),
    ]
    drawn = picture(draw_net_value(known, currency=currency), "Net value by the number of visits.")
    return f"<h2>How many visits pay</h2>{paragraphs(told)}{drawn}"


def _learning(curve: Mapping[str, Any] | None) -> str:
    if curve is None:
        return ""
    drawn = picture(draw_learning(dict(curve)), "How good the model is by the number of outcomes.")
    return f"<h2>Would more outcomes help?</h2>{paragraphs([curve['sentence']])}{drawn}"


def _looked_at(whole: dict[str, Any]) -> str:
    told = (
        f"From {grouped(whole['consumers'])} labelled consumers: how much each feature moves the score. "
        "A feature that moves it need not be a cause."
    )
    shown = "Each dot is a consumer; its colour says where the value stands among all, grey where there is none."
    hangs = (
        "Mean contribution by value, each point of ten consumers or more; the band holds 80 % of them. "
        "The dotted line is that of consumers without a value."
    )
    return (
        f"<h2>What it looks at</h2>{paragraphs([told], kind='quiet')}"
        f"{picture(draw_importance(whole), f'Importance of the {MOST_BARS} strongest features, and of families.')}"
        f"<h3>What each value does</h3>{paragraphs([shown], kind='quiet')}"
        f"{picture(draw_swarms(whole), 'Contributions of the strongest features, consumer by consumer.')}"
        f"<h3>How the score hangs on the strongest features</h3>{paragraphs([hangs], kind='quiet')}"
        f"{picture(draw_dependences(whole), 'Contribution of the six strongest features by their value.')}"
    )


def _audit(audit: Mapping[str, Any]) -> str:
    rows = [
        (finding["name"], WORDS_OF_SEVERITY[finding["severity"]], finding["sentence"]) for finding in audit["findings"]
    ]
    told = paragraphs([f"Judged {audit['judged_by']}."], kind="quiet")
    return f"<h2>The audit for leaks</h2>{told}{table(('check', 'found', 'in words'), rows)}"


def _share(share: float) -> str:
    return f"{100 * share:.1f} %"


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _written(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name in SHARES:
        return _share(value)
    return f"{value:.1f}" if name == "lift_at_capacity" else f"{value:.4f}" if name == "brier" else f"{value:.3f}"
