"""Commands on rules, for who has no labels yet. Rule of the room: options in, words out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from powertheft.cli.display import grouped, per_cent, progress_bar, say, show_table
from powertheft.cli.options import DATA, HOME, JSON, MAP, PROFILE, SEED, data_of, identities_of, mapping_of
from powertheft.domain.errors import ChoiceError, InputError

COMMON = 0.2
"""Share of connections above which a rule that holds leads nobody (an assumption)."""

RULES = click.option(
    "--rules",
    "rules_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Your own rules (.toml) as well; else HOME/rules.toml, where there is one.",
)
INTO = click.option(
    "--rules",
    "rules_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The file; else HOME/rules.toml.",
)
COLUMNS_OF = click.option("--profile", metavar="P", help="Rules may also name this profile's further columns.")


@click.group(invoke_without_command=True)
@RULES
@COLUMNS_OF
@HOME
@click.pass_context
def rules(context: click.Context, *, rules_file: Path | None, profile: str | None, home: Path | None) -> None:
    """List the rules: what each looks at, from which threshold it fires, what it needs, where it comes from."""
    if context.invoked_subcommand is not None:
        return
    from powertheft.actions.known_rules import (
        list_rules,  # late: keeps --help fast
        own_rules,
    )

    found = list_rules(own_rules(rules_file, home), profile=profile)
    for rule in found:
        say(f"{rule['name']} (weight {rule['weight']}): {rule['title']}")
        say(f"  may mean   {rule['points_at']}")
        say(f"  fires      {rule['fires']}")
        say(f"  needs      {rule['needs']}")
        say(f"  source     {rule['source']}\n")
    say(f"{len(found)} rules. What they find is an indication, not proof.")
    say("Next: powertheft rank DATA --profile P --out CSV")


@rules.command()
@click.option("--name", required=True, help="Small letters and hyphens.")
@click.option("--feature", required=True, help="What it looks at; see: powertheft features.")
@click.option("--is", "comparison", required=True, help="below, at most, at least, above; one of, for words.")
@click.option("--threshold", required=True, metavar="NUMBER", help="In the feature's unit; words with commas.")
@click.option("--sentence", required=True, help="What it sees, told where it holds.")
@click.option("--source", required=True, help="A law, a standard, a paper with its DOI, or practice.")
@click.option("--weight", default="2", show_default=True, help="3 a squad would go for this alone, 1 a hint.")
@click.option("--may-mean", default="", help="What that may mean, for the squads.")
@click.option("--replace", is_flag=True, help="Put it in the place of your rule of that name.")
@INTO
@COLUMNS_OF
@HOME
def add(*, rules_file: Path | None, profile: str | None, replace: bool, home: Path | None, **fields: Any) -> None:
    """Write a rule of one condition into your file of rules; several conditions are written into the file by hand."""
    from powertheft.actions.write_rule import RuleForm, own_file, write_rule  # late: keeps --help fast

    file = own_file(rules_file, home)
    rule = write_rule(RuleForm(**fields), file=file, profile=profile, replace=replace)
    say(f"The rule {rule.name} is in {file}.")
    named = "" if rules_file is None else f" --rules {file}"
    say(f"Next: powertheft rules try DATA --profile P{named}")


@rules.command()
@click.argument("name")
@INTO
@HOME
def remove(*, name: str, rules_file: Path | None, home: Path | None) -> None:
    """Take a rule out of your file of rules; nothing else in it changes."""
    from powertheft.actions.write_rule import own_file, remove_rule  # late: keeps --help fast

    file = own_file(rules_file, home)
    if remove_rule(name, file=file):
        say(f"The rule {name} is no longer in {file}.")
    else:
        say(f"The rule {name} was the last one: {file} is gone, and the built-in rules are asked.")


@rules.command()
@click.argument("file", type=click.Path(path_type=Path))
@COLUMNS_OF
def check(*, file: Path, profile: str | None) -> None:
    """Say of each rule in a file what is wrong with it."""
    from powertheft.actions.write_rule import check_rules_file  # late: keeps --help fast

    found = check_rules_file(file, profile=profile)
    for fault in found.faults:
        say(str(fault))
    if found.faults:
        what = f"{len(found.faults)} of {len(found.names)} rules cannot be asked"
        raise InputError(what, file=file, advice="Correct what is said above.")
    say(f"{len(found.names)} rules, and all of them can be asked where the data have what they need.")
    if found.replaced:
        say(f"They take the place of built-in ones: {', '.join(found.replaced)}.")
    if not found.with_built_in:
        say("The built-in rules are left out (built_in = false).")


@rules.command("try")
@DATA
@PROFILE
@RULES
@MAP
@HOME
@JSON
@click.pass_context
def try_(
    context: click.Context,
    *,
    data: tuple[Path, ...],
    rules_file: Path | None,
    home: Path | None,
    json_file: Path | None,
    **options: Any,
) -> None:
    """Count for whom each rule holds, and, where there are outcomes, what visits found where it held."""
    from powertheft.actions.keep_figures import check_place, keep_figures  # late: keeps --help fast
    from powertheft.actions.known_rules import own_rules
    from powertheft.actions.try_rules import try_rules

    options["mapping"] = mapping_of(options["mapping"])
    check_place(json_file, *data, *([] if rules_file is None else [rules_file]))
    with progress_bar("trying") as progress:
        read = data_of(context, data, home)
        found = try_rules(read, rules=own_rules(rules_file, home), progress=progress, **options).to_json()
    show_tried(found)
    keep_figures(json_file, found)


def show_tried(found: Mapping[str, Any]) -> None:
    """Print for each rule whom it holds for, and what visits found."""
    columns = [
        ("rule", "left"),
        ("holds for", "right"),
        ("visited", "right"),
        ("found", "right"),
        ("hit rate", "right"),
        ("95 % interval", "right"),
        ("lift", "right"),
    ]
    rows = [
        [
            rule["rule"],
            grouped(rule["holds"]),
            grouped(rule["visited"]),
            grouped(rule["found"]),
            per_cent(rule["hit_rate"], 1),
            "" if rule["low"] is None else f"{per_cent(rule['low'], 1)} to {per_cent(rule['high'], 1)}",
            "" if rule["lift"] is None else f"{rule['lift']:.1f}",
        ]
        for rule in found["rules"]
    ]
    show_table(f"Rules on {grouped(found['connections'])} connections", columns, rows)
    if not found["visited"]:
        say("\nThe data have no outcomes of visits: nothing can be said of what the rules find.")
    else:
        share = per_cent(found["found"] / found["visited"], 1)
        say(f"\nAll visits together: {grouped(found['found'])} of {grouped(found['visited'])} found theft ({share}).")
        say("Whom somebody chose to visit is no random sample: a hit rate is that of the visited.")
        seen = (
            "as of the day before" if found["are_dated"] else "as of the last reading, since their visits have no date"
        )
        say(f"The visited are seen {seen}.")
    _show_common(found)
    show_not_asked(found["not_asked"])


def _show_common(found: Mapping[str, Any]) -> None:
    for rule in found["rules"]:
        share = rule["holds"] / found["connections"]
        # What stands without thresholds is not one rule but all of them together.
        if rule["fires"] and share > COMMON:
            say(f"{rule['rule']} holds for {per_cent(share)} of connections: too many for it to lead anybody.")


def show_not_asked(found: Mapping[str, Sequence[str]]) -> None:
    """Print the rules that the data cannot answer."""
    for name, lacking in found.items():
        say(f"Not asked: {name}; the data lack {', '.join(lacking)}.")


@click.command()
@DATA
@PROFILE
@click.option("--out", required=True, type=click.Path(path_type=Path), metavar="CSV", help="File for the ranked list.")
@RULES
@click.option("--explain", default=500, show_default=True, type=click.IntRange(min=0), help="Reasons for the top N.")
@click.option("--reveal", metavar="REASON", help="Of a dataset: write numbers instead of pseudonyms, and say why.")
@SEED
@MAP
@HOME
@click.pass_context
def rank(
    context: click.Context,
    *,
    data: tuple[Path, ...],
    out: Path,
    rules_file: Path | None,
    reveal: str | None,
    home: Path | None,
    **options: Any,
) -> None:
    """Rank every connection without labels, by rules and by how unusual it is, with the rules in words."""
    from powertheft.actions.keep_figures import check_place
    from powertheft.actions.known_rules import own_rules
    from powertheft.actions.rank_by_rules import rank_by_rules  # late: keeps --help fast

    options["mapping"] = mapping_of(options["mapping"])
    check_place(out, *data, *([] if rules_file is None else [rules_file]))
    with progress_bar("ranking") as progress, identities_of(context, home, reveal) as names:
        read = data_of(context, data, home)
        if reveal is not None and isinstance(read, (Path, tuple)):
            raise ChoiceError("--reveal is for datasets: files give the consumers' own numbers", advice="Leave it out.")
        own = own_rules(rules_file, home)
        found = rank_by_rules(read, out=out, rules=own, names=names, progress=progress, **options)
    show_ruled(found.ranked, count=10)
    say(f"\n{grouped(found.ranked.height)} connections are ranked in {out}, by {len(found.asked)} rules.")
    show_not_asked(found.not_asked)


def show_ruled(ranked: Any, *, count: int) -> None:
    """Print the top of a list by rules."""
    columns = [("#", "right"), ("connection", "left"), ("points", "right"), ("anomaly", "right"), ("why", "left")]
    rows = [
        [
            str(row["rank"]),
            row["consumer_id"],
            f"{row['points']:g}",
            f"{row['anomaly']:.2f}",
            "\n".join(row[f"reason_{place}"] for place in (1, 2, 3) if row[f"reason_{place}"]),
        ]
        for row in ranked.head(count).iter_rows(named=True)
    ]
    show_table("Worth a look first, without labels (an indication, not proof)", columns, rows)
