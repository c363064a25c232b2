"""The command demo. Rule of the room: options in, words out."""

from pathlib import Path

import click

from powertheft.cli.display import grouped, progress_bar, say, show_table
from powertheft.cli.figures import show_training
from powertheft.cli.model import show_ranked
from powertheft.cli.options import SEED


@click.command()
@click.option("--consumers", default=20_000, show_default=True, type=int, help="Service connections to make up.")
@click.option(
    "--home",
    default="powertheft-demo",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Folder for everything the demo makes.",
)
@SEED
def demo(*, consumers: int, home: Path, seed: int) -> None:
    """Make up a utility, train on its inspections, and print the inspection list."""
    from powertheft.actions.run_demo import run_demo  # late: keeps --help fast

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
