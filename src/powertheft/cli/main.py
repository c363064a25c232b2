"""The command `powertheft` and how its errors end. Rule of the room: options in, words out."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module

import click

from powertheft import __version__
from powertheft.domain.errors import UserError

COMMANDS: dict[str, str] = {
    "demo": "powertheft.cli.demo.demo",
    "serve": "powertheft.cli.serve.serve",
    "simulate": "powertheft.cli.data.simulate",
    "check": "powertheft.cli.data.check",
    "dataset": "powertheft.cli.dataset.dataset",
    "collect": "powertheft.cli.people.collect",
    "key": "powertheft.cli.people.key",
    "reveal": "powertheft.cli.people.reveal",
    "looks": "powertheft.cli.people.looks",
    "profiles": "powertheft.cli.data.profiles",
    "features": "powertheft.cli.model.features",
    "models": "powertheft.cli.model.models",
    "rules": "powertheft.cli.rules.rules",
    "rank": "powertheft.cli.rules.rank",
    "train": "powertheft.cli.model.train",
    "evaluate": "powertheft.cli.model.evaluate",
    "compare": "powertheft.cli.compare.compare",
    "score": "powertheft.cli.model.score",
    "explain": "powertheft.cli.explain.explain",
    "worker": "powertheft.cli.jobs.worker",
    "jobs": "powertheft.cli.jobs.jobs",
    "token": "powertheft.cli.token.token",
    "tracking": "powertheft.cli.tracking.tracking",
    "rehearse": "powertheft.cli.rehearse.rehearse",
}

SUMMARIES: dict[str, str] = {
    "demo": "Make up a utility, train, print its list, and open the pages.",
    "serve": "Open the pages in a browser, and work in the background.",
    "simulate": "Write the export of a made-up utility.",
    "check": "Say what is wrong with a utility's files.",
    "dataset": "Import files as an immutable version without names; list, show, compare, rebuild.",
    "collect": "Fetch what is new at the utility's own places.",
    "key": "Rotate the key of the pseudonyms.",
    "reveal": "Say who a pseudonym is; each look is recorded.",
    "looks": "Read the record: who looked at whom, when and why.",
    "profiles": "List the profiles, or print one to copy and change.",
    "features": "Print the catalogue of features.",
    "models": "List the kinds of model.",
    "rules": "List the rules that a squad trusts; add, remove, check and try them.",
    "rank": "Rank connections without labels: rules, and how unusual each is.",
    "train": "Train a model and judge it on consumers it has not seen.",
    "evaluate": "Judge a model on consumers it has not seen.",
    "compare": "Say which of two models is better, on consumers that neither has seen.",
    "score": "Rank connections by how much they are worth a visit.",
    "explain": "Say of one connection why, and what would be otherwise.",
    "worker": "Do the work that was queued for the background.",
    "jobs": "List the work in the background; cancel it, or have it done again.",
    "token": "Make, list and revoke the tokens of the REST API.",
    "tracking": "Say where MLflow shows every training; bring that up to date.",
    "rehearse": "Live through years of a made-up utility, with the loop and without it.",
}

OURS = 1
USER_CAN_MEND = 2


class LazyGroup(click.Group):
    """Commands that are imported when they are called, so that --help answers at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """Return the commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].rpartition(".")
        return getattr(import_module(module), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  (click's signature)
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="powertheft")
def powertheft() -> None:
    """Find stolen electricity: billing ledgers in, a ranked and explained inspection list out.

    DATA is a folder with the files that the profile names, or the files themselves.
    """


def run(
    arguments: list[str] | None = None, *, container: object = None, stopped: Callable[[], bool] = lambda: False
) -> None:
    """Run a command; a person's error ends in one message and exit code 2, ours in exit code 1.

    `container` is what the commands find wired, `stopped` says whether Ctrl-C was pressed: whatever fails then has
    failed because of it.
    """
    try:
        _run(arguments, container, stopped)
    except click.exceptions.Exit as ending:
        sys.exit(ending.exit_code)
    except click.ClickException as error:
        _end(_usage(error), USER_CAN_MEND)
    except (click.Abort, KeyboardInterrupt):
        # Who is in a hurry presses it again; that must not cut off our answer.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # What a library had half made when it was stopped complains as it goes: nobody can mend that.
        sys.unraisablehook = lambda _: None
        _end("stopped; nothing unfinished is left behind.", 130)
    except UserError as error:
        _end(str(error), USER_CAN_MEND)
    except BrokenPipeError:
        # The reader of our output has gone (head, less): nothing more to say, and nothing to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except MemoryError:
        _end("there is not enough memory. Give fewer consumers or a shorter history, or use a larger machine.", 2)
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        _end(f"{place}{error.strerror or error}. Check the path, your rights and the room on the disk.", USER_CAN_MEND)
    except Exception:  # the last stop: whatever was not foreseen is a defect, and is shown as one
        traceback.print_exc()
        _end("this is a defect of powertheft, not a mistake of yours. Please report the lines above.", OURS)


def _run(arguments: list[str] | None, container: object, stopped: Callable[[], bool]) -> None:
    try:
        powertheft.main(args=arguments, prog_name="powertheft", standalone_mode=False, obj=container)
        sys.stdout.flush()
    except BaseException as error:  # a library's panic, too, is no Exception
        if stopped():
            raise KeyboardInterrupt from error
        raise


def _usage(error: click.ClickException) -> str:
    """Say in one line what was asked wrongly, and where the right words stand."""
    message = error.format_message().replace("\n", " ").rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    command = context.command_path if context else "powertheft"
    near = get_close_matches(sys.argv[1] if len(sys.argv) > 1 else "", COMMANDS) if command == "powertheft" else []
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"{message}.{meant} The words are in: {command} --help"


def _end(message: str, code: int) -> None:
    click.echo(f"powertheft: {message}", err=True)
    # What is left in a buffer for a full disk would raise once more at the interpreter's exit.
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(code)
