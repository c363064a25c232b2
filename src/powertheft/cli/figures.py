"""How the figures of a model are shown on a terminal. Rule of the room: options in, words out."""

from typing import Any

from powertheft.cli.display import grouped, per_cent, say, show_table

SHARES = {
    "accuracy",
    "precision",
    "recall",
    "f1",
    "precision_at_capacity",
    "recall_at_capacity",
}
WORDS: dict[str, str] = {
    "precision_at_capacity": "precision within capacity",
    "lift_at_capacity": "lift within capacity",
    "recall_at_capacity": "recall within capacity",
    "ap_at_100": "average precision of the top 100 (thefts only)",
    "roc_auc": "ROC-AUC",
    "pr_auc": "PR-AUC",
    "precision": "precision at the cut-off",
    "recall": "recall at the cut-off",
    "f1": "F1 at the cut-off",
    "accuracy": "accuracy at the cut-off",
    "brier": "Brier score",
}
"""Measures in the order in which they are shown: what squads would live first."""


def show_training(report: dict[str, Any]) -> None:
    """Print the report of a training: whether to trust it, the knowable-only figures, all figures beside them."""
    held_out, knowable = report["held_out"], report["knowable_only"]
    say(f"Audit for leaks: {report['audit']['verdict']}")
    say(f"(judged {report['audit']['judged_by']})\n")
    say(verdict(knowable or held_out) + (" (knowable features only)" if knowable else ""))
    named = [(f"{report['knowable_features']} knowable only", knowable)] if knowable else []
    named.append((f"all {report['features']} features", held_out))
    columns = [("held-out consumers", "left")]
    for heading, _ in named:
        columns += [(heading, "right"), ("95 % interval", "right")]
    rows = [[WORDS[name], *(cell for _, seen in named for cell in _cells(seen, name))] for name in WORDS]
    show_table("\nHow good the list is, on consumers the model had not seen", columns, rows)
    say(
        "\nKnowable only: without what an inspection may have caused, the consumer master, and how long a consumer "
        "was observed. It is what a utility would live."
    )
    if knowable and report["knowable_features"] < report["features"]:
        show_confusion(knowable, "knowable only")
    show_confusion(held_out, "all features")
    _show_calibration(report["calibration"])
    _show_segments(report)
    _show_further(report)
    for note in report["notes"]:
        say(f"Note: {note}")


def _show_calibration(calibration: dict[str, Any]) -> None:
    named = [("knowable only", calibration["knowable_only"]), ("all features", calibration["held_out"])]
    known = [(words, one) for words, one in named if one]
    tops = list(known[0][1]["observed_over_predicted"])
    columns = [("", "left"), ("calibration error", "right"), *((f"found/promised, top {top}", "right") for top in tops)]
    rows = [
        [
            words,
            f"{one['expected_calibration_error']:.4f}",
            *(_ratio(one["observed_over_predicted"][top]) for top in tops),
        ]
        for words, one in known
    ]
    show_table("\nDoes a likelihood mean what it says?", columns, rows)


def _show_segments(report: dict[str, Any]) -> None:
    """Print whom the list serves badly: what a utility would live first, once where both are the same."""
    knowable, held_out = (report["segments"][part] for part in ("knowable_only", "held_out"))
    if knowable is not None:
        _show_groups(knowable, "knowable only")
    if knowable is None or report["knowable_features"] < report["features"]:
        _show_groups(held_out, "all features")


def _show_groups(groups: list[dict[str, Any]], of: str) -> None:
    """Print the groups that are large enough to be judged, and how many are not."""
    judged = [group for group in groups if group["is_judged"]]
    columns = [
        ("by", "left"), ("group", "left"), ("consumers", "right"), ("theft", "right"), ("ROC-AUC", "right"),
        ("found/promised", "right"), ("", "left"),
    ]  # fmt: skip
    rows = [
        [
            group["segment"],
            group["group"],
            grouped(group["consumers"]),
            per_cent(group["base_rate"], 1),
            f"{group['roc_auc']['value']:.3f}",
            _ratio(group["observed_over_predicted"]["value"]),
            group["words"] if group["is_served_badly"] else "",
        ]
        for group in judged
    ]
    if rows:
        show_table(f"\nWhom the list serves badly ({of})", columns, rows)
    if len(judged) < len(groups):
        say(f"{len(groups) - len(judged)} more groups are too small to judge.")


def _show_further(report: dict[str, Any]) -> None:
    selection, value, curve = report["selection"], report["net_value"], report["learning_curve"]
    for part, words in (("knowable_only", "knowable only"), ("held_out", "all features")):
        if selection and selection[part]:
            say(f"\nWho gets inspected ({words}): {selection[part]['sentence']}")
    if selection:
        say(f"({selection['told_by']})")
    for part, words in (("knowable_only", "knowable only"), ("held_out", "all features")):
        if value and value[part]:
            of = grouped(value[part]["consumers"])
            say(f"\nNet value ({words}): of {of} held-out consumers, {value[part]['sentence']}")
    if curve:
        say(f"\nLearning curve: {curve['sentence']}")


def _ratio(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def show_evaluation(judgement: dict[str, Any]) -> None:
    """Print the figures of a model on new consumers."""
    evaluation = judgement["evaluation"]
    left_out = judgement["left_out_because_used_in_fitting"]
    say(verdict(evaluation))
    if left_out:
        say(f"Left out: {grouped(left_out)} consumers that were used in fitting this model.")
    rows = [[WORDS[name], *_cells(evaluation, name)] for name in WORDS]
    columns = [("judged consumers", "left"), ("value", "right"), ("95 % interval", "right")]
    show_table("\nHow good the list is, on consumers the model had not seen", columns, rows)
    show_confusion(evaluation)
    value = judgement["net_value"]
    if value:
        say(f"\nNet value: of {grouped(value['consumers'])} judged consumers, {value['sentence']}")
        if value["visits"]:
            say(f"With what was found they would have brought {grouped(value['curve']['best']['realised_net'])}.")
    for note in judgement["notes"]:
        say(f"Note: {note}")


def verdict(evaluation: dict[str, Any]) -> str:
    """Say in a sentence what the squads would find."""
    precision = evaluation["measures"]["precision_at_capacity"]
    return (
        f"Of {grouped(evaluation['consumers'])} held-out consumers, {grouped(evaluation['positives'])} "
        f"({per_cent(evaluation['base_rate'], 1)}) were theft. With {grouped(evaluation['visits'])} visits "
        f"({evaluation['capacity']}) from the top of the list, {per_cent(precision['value'])} would find theft "
        f"({per_cent(precision['low'])} to {per_cent(precision['high'])}); at random, "
        f"{per_cent(evaluation['base_rate'], 1)}."
    )


def show_confusion(evaluation: dict[str, Any], of: str = "") -> None:
    """Print the confusion matrix at the cut-off."""
    counts = evaluation["confusion"]
    rows = [
        ["theft", grouped(counts["true_positive"]), grouped(counts["false_negative"])],
        ["honest", grouped(counts["false_positive"]), grouped(counts["true_negative"])],
    ]
    title = (
        f"\nAt the cut-off {per_cent(evaluation['cutoff'], 1)} ({evaluation['cutoff_kind']}{', ' + of if of else ''})"
    )
    show_table(title, [("found", "left"), ("above it", "right"), ("below it", "right")], rows)


def _cells(evaluation: dict[str, Any], name: str) -> tuple[str, str]:
    measure = evaluation["measures"][name]
    if measure["value"] is None:
        return "", ""
    low, high = measure["low"], measure["high"]
    span = "" if low is None or high is None else f"{_written(name, low)} to {_written(name, high)}"
    return _written(name, measure["value"]), span


def _written(name: str, value: float) -> str:
    if name in SHARES:
        return per_cent(value, 1)
    return f"{value:.1f}" if name == "lift_at_capacity" else f"{value:.4f}" if name == "brier" else f"{value:.3f}"
