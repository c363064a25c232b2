"""The command that compares two models. Rule of the room: options in, words out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from powertheft.cli.display import grouped, progress_bar, say, show_table
from powertheft.cli.figures import WORDS
from powertheft.cli.options import CAPACITY, DATA, HOME, JSON, MAP, PAGE, PROFILE, SEED, data_of, mapping_of


@click.command()
@click.argument("model_a", type=click.Path(path_type=Path))
@click.argument("model_b", type=click.Path(path_type=Path))
@DATA
@PROFILE
@CAPACITY
@MAP
@SEED
@HOME
@JSON
@PAGE
@click.pass_context
def compare(
    context: click.Context,
    *,
    model_a: Path,
    model_b: Path,
    data: tuple[Path, ...],
    home: Path | None,
    json_file: Path | None,
    page: Path | None,
    **options: Any,
) -> None:
    """Say which of two models is better, on labelled consumers that were used in fitting neither."""
    from powertheft.actions.compare_models import compare_models  # late: keeps --help fast
    from powertheft.actions.keep_figures import check_place, keep_figures

    options["mapping"] = mapping_of(options["mapping"])
    check_place(json_file, *data, model_a, model_b)
    check_place(page, *data, model_a, model_b, *((json_file,) if json_file else ()))
    with progress_bar("comparing") as progress:
        read = data_of(context, data, home)
        found = compare_models(read, models=(model_a, model_b), page=page, progress=progress, **options).to_json()
    show_comparison(found)
    keep_figures(json_file, found)


def show_comparison(found: Mapping[str, Any]) -> None:
    """Print which of two models is better, why, and how sure that is."""
    say(f"{found['verdict']}.")
    for letter in ("a", "b"):
        model = found[letter]
        say(f"  {letter.upper()}: {model['folder']}, {model['algorithm']} on {model['features']} features")
    for sentence in found["in_words"]:
        say(sentence)
    if found["left_out_because_used_in_fitting"]:
        left_out = grouped(found["left_out_because_used_in_fitting"])
        say(f"Left out: {left_out} consumers that were used in fitting one of them.")
    paired = found["paired"]
    columns = [
        (f"{grouped(paired['consumers'])} consumers", "left"), ("A", "right"), ("B", "right"), ("difference", "right"),
        ("95 % interval", "right"), ("p", "right"), ("could have shown", "right"),
    ]  # fmt: skip
    rows = [[WORDS[name], *_cells(seen)] for name, seen in paired["measures"].items()]
    show_table(f"\nOn the same consumers, {grouped(paired['visits'])} visits ({paired['capacity']})", columns, rows)
    _show_groups(found["segments"])
    for note in found["notes"]:
        say(f"Note: {note}")


def _cells(seen: Mapping[str, Any]) -> tuple[str, ...]:
    low, high, detectable = seen["low"], seen["high"], seen["detectable"]
    return (
        f"{seen['first']:.3f}",
        f"{seen['second']:.3f}",
        f"{seen['difference']:+.3f}",
        "" if low is None or high is None else f"{low:+.3f} to {high:+.3f}",
        f"{seen['p_value']:.3g}",
        "" if detectable is None else f"{detectable:.3f}",
    )


def _show_groups(groups: list[dict[str, Any]]) -> None:
    if not groups:
        return
    columns = [
        ("by", "left"), ("group", "left"), ("consumers", "right"), ("theft", "right"), ("ROC-AUC of A", "right"),
        ("of B", "right"), ("difference", "right"), ("95 % interval", "right"), ("", "left"),
    ]  # fmt: skip
    rows = [
        [
            group["segment"],
            group["group"],
            grouped(group["consumers"]),
            grouped(group["thieves"]),
            *_cells(group["roc_auc"])[:4],
            f"{group['worse']} is worse" if group["worse"] else "",
        ]
        for group in groups
    ]
    show_table("\nGroup by group", columns, rows)
