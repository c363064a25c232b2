"""Commands on rules, for who has no labels yet. Rule of the room: options in, words out."""

from pathlib import Path
from typing import Any

import click

from powertheft.cli.display import grouped, progress_bar, say, show_table
from powertheft.cli.options import DATA, HOME, MAP, PROFILE, SEED, data_of, identities_of, mapping_of
from powertheft.domain.errors import ChoiceError

RULES = click.option(
    "--rules", "rules_file", type=click.Path(path_type=Path), metavar="FILE", help="Your own rules (.toml) as well."
)


@click.command()
@RULES
@click.option("--profile", metavar="P", help="Rules may also name this profile's further columns.")
def rules(*, rules_file: Path | None, profile: str | None) -> None:
    """List the rules: what each looks at, from which threshold it fires, what it needs, where it comes from."""
    from powertheft.actions.rank_by_rules import list_rules  # late: keeps --help fast

    found = list_rules(rules_file, profile=profile)
    for rule in found:
        say(f"{rule['name']} (weight {rule['weight']}): {rule['title']}")
        say(f"  may mean   {rule['points_at']}")
        say(f"  fires      {rule['fires']}")
        say(f"  needs      {rule['needs']}")
        say(f"  source     {rule['source']}\n")
    say(f"{len(found)} rules. What they find is an indication, not proof.")
    say("Next: powertheft rank DATA --profile P --out CSV")


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
    from powertheft.actions.rank_by_rules import rank_by_rules  # late: keeps --help fast

    options["mapping"] = mapping_of(options["mapping"])
    check_place(out, *data, *([] if rules_file is None else [rules_file]))
    with progress_bar("ranking") as progress, identities_of(context, home, reveal) as names:
        read = data_of(context, data, home)
        if reveal is not None and isinstance(read, (Path, tuple)):
            raise ChoiceError("--reveal is for datasets: files give the consumers' own numbers", advice="Leave it out.")
        found = rank_by_rules(read, out=out, rules=rules_file, names=names, progress=progress, **options)
    show_ruled(found.ranked, count=10)
    say(f"\n{grouped(found.ranked.height)} connections are ranked in {out}, by {len(found.asked)} rules.")
    for name, lacking in found.not_asked.items():
        say(f"Not asked: {name}; the data lack {', '.join(lacking)}.")


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
