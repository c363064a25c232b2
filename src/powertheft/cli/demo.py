"""The command demo. Rule of the room: options in, words out."""

import os
from pathlib import Path

import click

from powertheft.cli.display import grouped, progress_bar, say, show_table
from powertheft.cli.figures import show_training
from powertheft.cli.model import show_ranked
from powertheft.cli.options import SEED
from powertheft.cli.serve import serve

ELSEWHERE = ("POWERTHEFT_DATABASE", "POWERTHEFT_DATABASE_FILE", "POWERTHEFT_KEY_FILE", "POWERTHEFT_KEY_FILE_FILE")
"""Settings that would let the demo write into somebody's real database or use a real key."""


@click.command()
@click.option("--consumers", default=20_000, show_default=True, type=int, help="Service connections to make up.")
@click.option(
    "--home",
    default="powertheft-demo",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for everything the demo makes.",
)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Where the pages answer.")
@click.option("--no-serve", is_flag=True, help="End with the list; do not open the pages.")
@SEED
@click.pass_context
def demo(context: click.Context, *, consumers: int, home: Path, port: int, no_serve: bool, seed: int) -> None:
    """Make up a utility, train on its inspections, print the inspection list, and open the pages with all of it."""
    from powertheft.actions.run_demo import HOUSE, is_opened  # late: keeps --help fast

    if is_opened(home) and not no_serve:
        say(f"The demo in {home} is opened as you left it. To begin anew, remove that folder.")
    else:
        _run(home, consumers=consumers, seed=seed)
    if not no_serve:
        _fill(context, home, seed=seed)
        context.invoke(serve, home=home / HOUSE, host="127.0.0.1", port=port, only=None)


def _run(home: Path, *, consumers: int, seed: int) -> None:
    from powertheft.actions.run_demo import run_demo  # late, as above

    with progress_bar("demo") as progress:
        made = run_demo(home, consumers=consumers, seed=seed, progress=progress)
    show_training(made.report.to_json())
    say()
    show_ranked(made.scored.ranked, currency=made.scored.currency, count=10)
    say(
        f"\nThis utility is made up, so the truth is known: of the first {made.checked} connections that no visit "
        f"had taught the model, {made.truly_stealing} really steal. This says nothing of real theft."
    )
    show_table(
        "\nWhere all is",
        [("what", "left"), ("place", "left")],
        [(what, str(place)) for what, place in made.places.items()],
    )
    say(f"\n{grouped(made.scored.ranked.height)} connections are ranked. Next: open the list, or put your own export")
    say("through the same steps: powertheft check DATA --profile tneb, then train, then score.")


def _fill(context: click.Context, home: Path, *, seed: int) -> None:
    """Put the made-up utility into a house of its own, whatever the environment says of others."""
    from powertheft.actions.fill_house import fill_house  # late, as above
    from powertheft.actions.run_demo import HOUSE, PLACES

    for name in ELSEWHERE:
        os.environ.pop(name, None)
    with context.obj.open_house(home / HOUSE) as house, progress_bar("pages") as progress:
        fill_house(house, home / PLACES["export of the utility"], seed=seed, progress=progress)
    say(f"\nThe same utility is on the pages: a dataset, a model in use and its list, all in {home / HOUSE}.")
