"""Commands on data: simulate, check, profiles. Rule of the room: options in, words out."""

from pathlib import Path

import click

from powertheft.cli.display import grouped, progress_bar, say, show_table
from powertheft.cli.options import DATA, HOME, JSON, MAP, PROFILE, SEED, data_of, mapping_of
from powertheft.cli.quality import show_quality


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--consumers", default=20_000, show_default=True, type=int, help="Service connections.")
@click.option("--bills", default=18, show_default=True, type=int, help="Two-month bills a connection.")
@SEED
def simulate(*, directory: Path, consumers: int, bills: int, seed: int) -> None:
    """Write the export of a utility that does not exist into DIRECTORY, in the layout of the profile tneb."""
    from powertheft.actions.simulate_data import simulate_data  # late: keeps --help fast

    with progress_bar("simulating") as progress:
        summary = simulate_data(directory, consumers=consumers, bills=bills, seed=seed, progress=progress)
    rows = [(name, grouped(count)) for name, count in summary.rows.items()]
    show_table(f"A made-up utility in {directory}", [("file", "left"), ("rows", "right")], rows)
    say(f"\nNext: powertheft check {directory} --profile tneb")


@click.command()
@DATA
@PROFILE
@MAP
@HOME
@JSON
@click.pass_context
def check(
    context: click.Context,
    *,
    data: tuple[Path, ...],
    profile: str | None,
    mapping: tuple[str, ...],
    home: Path | None,
    json_file: Path | None,
) -> None:
    """Say what is wrong with a utility's files: what was found, how often, and what became of it."""
    from powertheft.actions.check_data import check_data  # late: keeps --help fast
    from powertheft.actions.keep_figures import check_place, keep_figures

    check_place(json_file, *data)
    with progress_bar("checking") as progress:
        report = check_data(
            data_of(context, data, home), profile=profile, mapping=mapping_of(mapping), progress=progress
        )
    show_quality(report)
    keep_figures(json_file, report.to_json())


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
