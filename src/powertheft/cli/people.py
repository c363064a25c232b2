"""Commands on persons and on fetching: key, reveal, collect. Rule of the room: options in, words out."""

from pathlib import Path
from typing import Any

import click

from powertheft.cli.display import grouped, progress_bar, say, show_table
from powertheft.cli.options import HOME, JSON, house_of
from powertheft.domain.errors import ChoiceError


@click.command()
@click.option("--once", is_flag=True, required=True, help="Fetch once and end; a timer of the system repeats it.")
@HOME
@click.pass_context
def collect(context: click.Context, *, once: bool, home: Path | None) -> None:  # noqa: ARG001  (asked for, so that a later one may run on)
    """Fetch what is new at the places that HOME/collections.toml names; new bills become a new version, once."""
    from powertheft.actions.collect_data import collect_once  # late: keeps --help fast

    with house_of(context, home) as house, progress_bar("collecting") as progress:
        done = collect_once(house, progress=progress)
    rows = [
        [one.collection.source, f"{one.version.dataset}@{one.version.number}" if one.version else "nothing new"]
        for one in done
    ]
    show_table("Collected", [("from", "left"), ("into", "left")], rows)
    for one in done:
        if one.unread:
            say(
                f"Not read, because the profile {one.collection.profile} makes no table of it: {', '.join(one.unread)}."
            )


@click.group()
def key() -> None:
    """The key of the pseudonyms: whoever has it and the vault can say who a consumer is."""


@key.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@HOME
@click.pass_context
def rotate(context: click.Context, *, yes: bool, home: Path | None) -> None:
    """Make a new key: every pseudonym changes, the last version of each dataset is written anew, older ones go."""
    from powertheft.actions.rotate_key import rotate_key  # late: keeps --help fast

    with house_of(context, home) as house, progress_bar("rotating") as progress:
        if not yes:
            click.confirm("Older versions of every dataset are deleted. Rotate the key?", abort=True)
        written = rotate_key(house, progress=progress)
    for version in written:
        say(f"{version.dataset}@{version.number} is under the new key {version.key_id}.")


@click.command()
@click.argument("pseudonyms", nargs=-1, required=True)
@click.option("--reason", required=True, help="Why; it stays in the audit trail.")
@HOME
@click.pass_context
def reveal(context: click.Context, *, pseudonyms: tuple[str, ...], reason: str, home: Path | None) -> None:
    """Say who PSEUDONYMS are. Needs the key; each look is recorded with its reason."""
    from powertheft.actions.reveal_consumers import reveal_consumers  # late: keeps --help fast

    with house_of(context, home) as house:
        found = reveal_consumers(house, pseudonyms, reason=reason)
    if not found:
        advice = "See whether the key was rotated since the list was written."
        raise ChoiceError("none of them is in the vault", advice=advice)
    rows = [
        [name, *(record.get(what, "") for what in ("number", "name", "address", "phone"))]
        for name, record in found.items()
    ]
    columns = [("pseudonym", "left"), ("number", "left"), ("name", "left"), ("address", "left"), ("phone", "left")]
    show_table("Who they are", columns, rows)
    unknown = [name for name in pseudonyms if name not in found]
    if unknown:
        say(f"Not in the vault: {', '.join(unknown)}")


@click.command()
@click.option("--last", default=100, show_default=True, type=click.IntRange(min=1), help="How many, the newest first.")
@HOME
@JSON
@click.pass_context
def looks(context: click.Context, *, last: int, home: Path | None, json_file: Path | None) -> None:
    """Read the record of looks into the vault: who looked at whom (by pseudonym), when and why."""
    from powertheft.actions.keep_figures import check_place, keep_figures
    from powertheft.actions.reveal_consumers import list_looks  # late: keeps --help fast

    check_place(json_file)
    with house_of(context, home) as house:
        found = list_looks(house, last=last)
    if found:
        columns = [("when (UTC)", "left"), ("who", "left"), ("why", "left"), ("consumers", "right"), ("whom", "left")]
        rows = [
            [f"{look.at:%Y-%m-%d %H:%M}", look.actor, look.reason, grouped(look.consumers), _whom(look)]
            for look in found
        ]
        show_table("Looks into the vault, the newest first", columns, rows)
    else:
        say("Nobody has looked into the vault.")
    keep_figures(json_file, {"looks": [look.to_json() for look in found]})


def _whom(look: Any) -> str:
    more = look.consumers - len(look.first)
    return "\n".join([*look.first, *([f"and {grouped(more)} more"] if more > 0 else [])])
