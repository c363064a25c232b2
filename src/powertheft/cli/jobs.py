"""Commands on work in the background: worker, jobs. Rule of the room: options in, words out."""

from pathlib import Path
from typing import Any, Literal

import click

from powertheft.cli.display import per_cent, say, show_table
from powertheft.cli.options import HOME, house_of


@click.command()
@click.option("--once", is_flag=True, help="Do what is queued, then end.")
@click.option(
    "--lease",
    "lease_seconds",
    default=60.0,
    show_default=True,
    type=click.FloatRange(1, 3600),
    metavar="SECONDS",
    help="How long a job stays with a worker that says nothing more, before another takes it.",
)
@click.option(
    "--only",
    "lane",
    type=click.Choice(["short"]),
    help="Only what somebody waits for: proposing columns, checks, exports, explanations.",
)
@HOME
@click.pass_context
def worker(
    context: click.Context, *, once: bool, lease_seconds: float, lane: Literal["short"] | None, home: Path | None
) -> None:
    """Do the work that was queued for the background, one job after another, until it is told to end."""
    done = context.find_root().obj.run_worker(home, once=once, lease_seconds=lease_seconds, lane=lane)
    say(f"{done} {'job was' if done == 1 else 'jobs were'} worked on.")


@click.command()
@click.option("--last", default=20, show_default=True, type=click.IntRange(min=1), help="How many, the newest first.")
@click.option("--log", "number", type=int, metavar="NUMBER", help="The log of one job instead.")
@click.option("--cancel", "cancelled", type=int, metavar="NUMBER", help="Call off a job first.")
@click.option("--retry", "retried", type=int, metavar="NUMBER", help="Queue a job again that failed or was cancelled.")
@HOME
@click.pass_context
def jobs(
    context: click.Context,
    *,
    last: int,
    number: int | None,
    cancelled: int | None,
    retried: int | None,
    home: Path | None,
) -> None:
    """List the work in the background, or read the log of a job; cancel one, or have it done again."""
    from powertheft.actions.work_jobs import cancel_job, list_jobs, read_log, retry_job  # late: keeps --help fast

    with house_of(context, home) as house:
        if cancelled is not None:
            cancel_job(house, cancelled)
        if retried is not None:
            retry_job(house, retried)
        if number is not None:
            for line in read_log(house, number):
                say(f"{line.at:%Y-%m-%d %H:%M:%S}  {line.text}")
            return
        found = list_jobs(house, last=last)
    if not found:
        say("Nothing was queued yet.")
        return
    columns = [("#", "right"), ("what", "left"), ("by", "left"), ("state", "left"), ("done", "right"), ("", "left")]
    show_table("Jobs, the newest first", columns, [_row(job) for job in found])


def _row(job: Any) -> list[str]:
    told = job.doing or (f"{job.message}. {job.advice}" if job.message else "")
    return [str(job.number), job.title, job.created_by, job.state, per_cent(job.progress), told]
