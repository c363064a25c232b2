"""Commands on the mirror of trainings in MLflow: where, sync. Rule of the room: options in, words out."""

from pathlib import Path

import click

from powertheft.cli.display import progress_bar, say
from powertheft.cli.options import HOME, house_of


@click.group()
def tracking() -> None:
    """MLflow shows every training as a run, and every version with its alias; our own register is the truth."""


@tracking.command()
@HOME
@click.pass_context
def where(context: click.Context, *, home: Path | None) -> None:
    """Say where trainings are mirrored, and how to look at them with your own MLflow."""
    from powertheft.actions.mirror_models import where_tracking  # late: keeps --help fast

    with house_of(context, home) as house:
        found = where_tracking(house)
    if found is None:
        say("Trainings are mirrored nowhere: POWERTHEFT_TRACKING is off.")
        return
    say(f"Trainings are mirrored in {found.place}")
    say(f"Next: {found.opened_by}")


@tracking.command()
@HOME
@click.pass_context
def sync(context: click.Context, *, home: Path | None) -> None:
    """Bring MLflow to what the register of models says; a worker does the same after each change."""
    from powertheft.actions.mirror_models import mirror_models, where_tracking  # late, as above

    with house_of(context, home) as house, progress_bar("Mirroring") as progress:
        done = mirror_models(house, progress=progress)
        found = where_tracking(house)
    if done.added:
        say(f"Added: {', '.join(done.added)}")
    if done.deleted:
        say(f"Deleted: {', '.join(done.deleted)}{'; ' if done.left else ''}{done.left}")
    if not done.added and not done.deleted:
        say(f"Nothing was missing; {done.changed} {'version' if done.changed == 1 else 'versions'} stood elsewhere.")
    if found is not None:
        say(f"Next: {found.opened_by}")
