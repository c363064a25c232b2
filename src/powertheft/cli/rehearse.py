"""The command that rehearses the loop on a made-up utility. Rule of the room: options in, words out."""

from pathlib import Path

import click

from powertheft.cli.display import per_cent, progress_bar, say, show_table
from powertheft.cli.options import SEED


@click.command()
@click.argument("story", default="changing")
@click.option("--consumers", default=12_000, show_default=True, type=int, help="Service connections.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the picture and the table of months.")
@click.option("--threads", default=2, show_default=True, type=click.IntRange(1), help="Threads to use.")
@SEED
def rehearse(*, story: str, consumers: int, out: Path | None, threads: int, seed: int) -> None:
    """Live through a STORY (changing or still) of a made-up utility, with the loop and without it.

    Month by month: make the list, visit, learn, watch, train, try the challenger, promote.
    """
    from powertheft.actions.compare_rehearsals import compare_rehearsals  # late: keeps --help fast

    with progress_bar("living through five years") as progress:
        found = compare_rehearsals(story, consumers=consumers, seed=seed, out=out, threads=threads, progress=progress)
    columns = [
        ("month", "left"),
        ("stealing", "right"),
        ("with the loop", "right"),
        ("without the loop", "right"),
        ("with hindsight", "right"),
        ("model", "right"),
        ("what happened", "left"),
    ]
    rows = [
        (
            f"{row['month']:%b %Y}",
            per_cent(row["stealing"]),
            per_cent(row["true_rate"]),
            per_cent(row["true_rate_without_loop"]),
            per_cent(row["true_rate_with_hindsight"]),
            str(row["champion"]),
            row["what_happened"] or "",
        )
        for row in found.months.to_dicts()
    ]
    show_table(found.with_loop.story.tells, columns, rows)
    if found.picture is not None:
        say(f"\nThe picture is {found.picture}, the table of months {found.table}.")
