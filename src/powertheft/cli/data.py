"""Commands on data: simulate, check, profiles. Rule of the room: options in, words out."""

from pathlib import Path

import click

from powertheft.cli.display import grouped, progress_bar, say, show_table
from powertheft.cli.options import (
    DATA,
    HOME,
    JSON,
    MAP,
    PAGE,
    PROFILE,
    REPAIR,
    SEED,
    data_of,
    mapping_of,
    repairs_of,
)
from powertheft.cli.quality import show_previews, show_quality


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--consumers", default=20_000, show_default=True, type=int, help="Service connections.")
@click.option("--bills", default=18, show_default=True, type=int, help="Two-month bills a connection.")
@click.option("--years", type=click.IntRange(2, 10), help="Years of the history, instead of --bills.")
@click.option("--story", help="What changes in it: still (nothing) or changing.")
@SEED
def simulate(*, directory: Path, consumers: int, bills: int, years: int | None, story: str | None, seed: int) -> None:
    """Write the export of a utility that does not exist into DIRECTORY, in the layout of the profile tneb."""
    from powertheft.actions.simulate_data import bills_of, simulate_data  # late: keeps --help fast

    length = bills if years is None else bills_of(years)
    with progress_bar("simulating") as progress:
        summary = simulate_data(directory, consumers=consumers, bills=length, seed=seed, story=story, progress=progress)
    rows = [(name, grouped(count)) for name, count in summary.rows.items()]
    show_table(f"A made-up utility in {directory}", [("file", "left"), ("rows", "right")], rows)
    say(f"\nNext: powertheft check {directory} --profile tneb")


@click.command()
@DATA
@PROFILE
@MAP
@REPAIR
@HOME
@JSON
@PAGE
@click.pass_context
def check(
    context: click.Context,
    *,
    data: tuple[Path, ...],
    profile: str | None,
    mapping: tuple[str, ...],
    repairs: tuple[str, ...],
    home: Path | None,
    json_file: Path | None,
    page: Path | None,
) -> None:
    """Say what is wrong with a utility's files: what was found, how often, and what became of it.

    With --repair it also shows what further steps would do, on real rows; none of them is taken.
    """
    from powertheft.actions.check_data import check_data  # late: keeps --help fast
    from powertheft.actions.keep_figures import check_place, keep_figures

    for place in (json_file, page):
        check_place(place, *data)
    steps = repairs_of(repairs)
    with progress_bar("checking") as progress:
        checked = check_data(
            data_of(context, data, home),
            profile=profile,
            mapping=mapping_of(mapping),
            repairs=steps,
            page=page,
            progress=progress,
        )
    show_quality(checked.quality)
    show_previews(checked.previews)
    keep_figures(json_file, checked.to_json())
    if page is not None:
        say(f"\nThe page to print is {page}")


@click.command()
@click.argument("name", required=False)
def profiles(*, name: str | None) -> None:
    """List the profiles, or print the one of that NAME, to copy and change."""
    from powertheft.actions.show_profiles import built_in_profiles, profile_source  # late: keeps --help fast

    if name:
        say(profile_source(name))
        return
    show_table("Profiles", [("name", "left"), ("what it reads", "left")], built_in_profiles())
    say("\nA profile of your own: powertheft profiles tneb > mine.toml, change it, and give --profile mine.toml")
