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
    "ap_at_100": "average precision of the top 100 (thieves only)",
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
    """Print the report of a training: all figures, the knowable-only ones beside them, what to distrust."""
    held_out, knowable = report["held_out"], report["knowable_only"]
    say(verdict(held_out))
    columns = [
        ("held-out consumers", "left"),
        (f"all {report['features']} features", "right"),
        ("95 % interval", "right"),
    ]
    if knowable:
        columns += [(f"{report['knowable_features']} knowable only", "right"), ("95 % interval", "right")]
    rows = [[WORDS[name], *_cells(held_out, name), *(_cells(knowable, name) if knowable else ())] for name in WORDS]
    show_table("\nHow good the list is, on consumers the model had not seen", columns, rows)
    say(
        "\nKnowable only: without what an inspection may have caused, the consumer master, and how long a consumer "
        "was observed. It is what a utility would live."
    )
    show_confusion(held_out)
    for note in report["notes"]:
        say(f"Note: {note}")


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


def show_confusion(evaluation: dict[str, Any]) -> None:
    """Print the confusion matrix at the cut-off."""
    counts = evaluation["confusion"]
    rows = [
        ["theft", grouped(counts["true_positive"]), grouped(counts["false_negative"])],
        ["honest", grouped(counts["false_positive"]), grouped(counts["true_negative"])],
    ]
    title = f"\nAt the cut-off {per_cent(evaluation['cutoff'], 1)} ({evaluation['cutoff_kind']})"
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
