"""Commands on tokens of the REST API: make, list, revoke. Rule of the room: options in, words out."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from powertheft.cli.display import say, show_table
from powertheft.cli.options import HOME, house_of


@click.group()
def token() -> None:
    """Keys by which programs use the REST API: each acts for one account, and may no more than that."""


@token.command()
@click.option("--name", required=True, help="Which program uses it.")
@click.option(
    "--scopes", required=True, multiple=True, metavar="SCOPE", help="What it may do; several with commas, or repeated."
)
@click.option("--owner", metavar="ACCOUNT", help="Whose it is; else the account of your name on this machine.")
@click.option("--days", default=90, show_default=True, type=click.IntRange(1, 366), help="How long it lives.")
@HOME
@click.pass_context
def make(
    context: click.Context, *, name: str, scopes: tuple[str, ...], owner: str | None, days: int, home: Path | None
) -> None:
    """Make a token and print it, once: only a fingerprint of it is kept."""
    from powertheft.actions.tokens import NewToken, make_token  # late: keeps --help fast

    words = [word.strip() for said in scopes for word in said.split(",") if word.strip()]
    with house_of(context, home) as house:
        key, made = make_token(house.store, house.actor, NewToken(name, words, days, owner))
    say(key)
    say(f"Token {made.number} acts for {made.owner} until {made.expires_at:%Y-%m-%d}. It is not shown again.")
    say('Next: curl -H "Authorization: Bearer TOKEN" http://127.0.0.1:8000/api/v1/me')


@token.command("list")
@HOME
@click.pass_context
def list_(context: click.Context, *, home: Path | None) -> None:
    """List everybody's tokens, the newest first."""
    from powertheft.actions.tokens import list_tokens  # late: keeps --help fast

    with house_of(context, home) as house:
        found = list_tokens(house.store, house.actor, everybody=True)
    if not found:
        say("There are no tokens. Next: powertheft token make --name N --scopes S --owner ACCOUNT")
        return
    columns = [
        ("#", "right"),
        ("for", "left"),
        ("acts for", "left"),
        ("may", "left"),
        ("state", "left"),
        ("used", "left"),
    ]
    show_table("Tokens, the newest first", columns, _rows(found))


@token.command()
@click.argument("number", type=int)
@HOME
@click.pass_context
def revoke(context: click.Context, *, number: int, home: Path | None) -> None:
    """Make a token useless, from the next request on."""
    from powertheft.actions.tokens import revoke_token  # late: keeps --help fast

    with house_of(context, home) as house:
        gone = revoke_token(house.store, house.actor, number)
    say(f"Token {gone.number} ({gone.name}, of {gone.owner}) opens nothing any more.")


def _rows(found: Sequence[Any]) -> list[list[str]]:
    now = datetime.now(UTC)
    return [
        [
            str(one.number),
            one.name,
            one.owner,
            ", ".join(sorted(one.scopes)),
            f"until {one.expires_at:%Y-%m-%d}" if one.is_open(now) else "revoked" if one.revoked_at else "over",
            "never" if one.used_at is None else f"{one.used_at:%Y-%m-%d %H:%M}",
        ]
        for one in found
    ]
