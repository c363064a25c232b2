"""The command that explains one connection. Rule of the room: options in, words out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from powertheft.cli.display import per_cent, progress_bar, say, show_table
from powertheft.cli.model import MODEL
from powertheft.cli.options import DATA, HOME, JSON, MAP, PROFILE, SEED, data_of, house_of, mapping_of
from powertheft.cli.rules import RULES
from powertheft.domain.errors import ChoiceError
from powertheft.domain.numbers import grouped


@click.command()
@DATA
@PROFILE
@MODEL
@click.option("--consumer", required=True, metavar="NUMBER", help="The connection; of a dataset its pseudonym.")
@click.option(
    "--cutoff",
    type=click.Choice(["f1", "capacity"]),
    default="f1",
    show_default=True,
    help="Which of the model's cut-offs what-if gets under.",
)
@RULES
@click.option("--reveal", metavar="REASON", help="Of a dataset: ask and answer by the utility's number, and say why.")
@SEED
@MAP
@HOME
@JSON
@click.pass_context
def explain(
    context: click.Context,
    *,
    data: tuple[Path, ...],
    model: Path,
    consumer: str,
    rules_file: Path | None,
    reveal: str | None,
    home: Path | None,
    json_file: Path | None,
    **options: Any,
) -> None:
    """Say of one connection why it is likely or not, what the rules say, and what would be otherwise."""
    from powertheft.actions.explain_consumer import explain_consumer  # late: keeps --help fast
    from powertheft.actions.keep_figures import check_place, keep_figures
    from powertheft.actions.known_rules import own_rules
    from powertheft.actions.reveal_consumers import find_consumer

    options["mapping"] = mapping_of(options["mapping"])
    check_place(json_file, *data, model, *([] if rules_file is None else [rules_file]))
    with progress_bar("explaining") as progress:
        read, number = data_of(context, data, home), consumer
        if reveal is not None:
            if isinstance(read, (Path, tuple)):
                raise ChoiceError(
                    "--reveal is for datasets: files give the consumers' own numbers", advice="Leave it out."
                )
            with house_of(context, home) as house:
                consumer, number = find_consumer(house, consumer, reason=reveal)
        own = own_rules(rules_file, home)
        found = explain_consumer(
            read, model=model, consumer=consumer, named=number, rules=own, progress=progress, **options
        ).to_json()
    show_explanation(found)
    keep_figures(json_file, found)


def show_explanation(found: Mapping[str, Any]) -> None:
    """Print all that is said of one connection."""
    seen = f", seen as of {found['as_of']}" if found["as_of"] else ""
    say(f"Connection {found['consumer_id']}{seen}")
    say(f"Likelihood {per_cent(found['probability'], 1)}. {found['level_in_words']}.")
    if found["used_in_fitting"]:
        say("The model was fitted to this connection and knows it by heart: the likelihood flatters.")
    say("\nWhy")
    for number, reason in enumerate(found["reasons"], start=1):
        say(f"  {number}. {reason}")
    if not found["reasons"]:
        say("  Nothing that can be put into words raises its score.")
    show_waterfall(found["waterfall"])
    show_rules(found["rules"])
    show_second_opinion(found["second_opinion"])
    say("\nWhat if")
    for sentence in found["what_if"]["in_words"]:
        say(f"  {sentence}")
    show_season(found["season"])
    say(f"\n{found['caution']}")


def show_waterfall(found: Mapping[str, Any]) -> None:
    """Print the way from the base value to the probability."""
    columns = [("adds", "right"), ("feature", "left"), ("value", "right"), ("meaning", "left")]
    steps = [
        [f"{step['contribution']:+.3f}", step["feature"], _value(step["value"], step["unit"]), step["meaning"]]
        for step in found["steps"]
    ]
    rows = [
        [f"{found['base_value']:.3f}", "base value", "", "what the model starts from"],
        *steps,
        [f"{found['others_together']:+.3f}", f"{found['others']} others", "", "together"],
        [f"{found['raw_score']:.3f}", "raw score", "", f"calibrated: {per_cent(found['probability'], 1)}"],
    ]
    say()
    show_table(f"How the score comes about ({found['unit']})", columns, rows)


def _value(value: float | str | None, unit: str) -> str:
    if value is None:
        return "not known"
    return value if isinstance(value, str) else f"{value:.4g} {unit}".rstrip()


def show_rules(found: Mapping[str, Any]) -> None:
    """Print the rules that hold, in words, those that nearly do, and the others, with thresholds and sources."""
    say(f"\nRules: {found['points']:g} points, {len(found['fired'])} of {found['asked']} fire")
    for rule in found["fired"]:
        say(f"  {rule['rule']} (weight {rule['weight']:g}): {rule['in_words']}")
        say(f"    may mean: {rule['may_mean']}")
        _show_threshold(rule)
    if found["nearly"]:
        say("  Nearly, but not")
    for rule in found["nearly"]:
        title = rule["in_words"]
        say(f"  {rule['rule']} (weight {rule['weight']:g}) would say: {title[0].lower()}{title[1:]}")
        _show_threshold(rule)
    if found["others"]:
        columns = [("rule", "left"), ("fires", "left"), ("here", "left"), ("source", "left")]
        rows = [[rule[key] for key in ("rule", "fires", "here", "source")] for rule in found["others"]]
        show_table("  Not", columns, rows)
    if found["not_asked"]:
        say(f"  Not asked, since the data lack what they need: {', '.join(found['not_asked'])}")


def _show_threshold(rule: Mapping[str, Any]) -> None:
    say(f"    fires: {rule['fires']}; here: {rule['here']}")
    say(f"    source: {rule['source']}")


def show_second_opinion(found: Mapping[str, Any]) -> None:
    """Print what the second opinion names first, and how far it agrees."""
    named = ", ".join(f"{one['feature']} ({one['weight']:+.2f})" for one in found["strongest"])
    say("\nSecond opinion (a simple model around this connection)")
    say(f"  It names {named}." if named else "  It names no feature.")
    say(f"  It explains {per_cent(max(found['fit'], 0.0))} of how scores vary around it. {found['in_words']}")


def show_season(found: Mapping[str, Any]) -> None:
    """Print the months of the last year beside those of a year before."""
    columns = [("month", "left"), ("use", "right"), ("a year before", "right"), ("neighbours", "right")]
    numbers = ("use", "a_year_before", "neighbours")
    rows = [
        [month["month"], *("" if month[name] is None else grouped(month[name]) for name in numbers)]
        for month in found["months"]
    ]
    say()
    if rows:
        show_table(f"The same season a year before ({found['unit']})", columns, rows)
    else:
        say("The same season a year before")
    say(f"  {found['in_words']}")
