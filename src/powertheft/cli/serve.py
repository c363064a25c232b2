"""The command that opens the pages. Rule of the room: options in, words out."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click

from powertheft.cli.display import say
from powertheft.cli.options import HOME
from powertheft.domain.errors import InputError

COMMAND = (sys.executable, "-c", "from powertheft.bootstrap import main; main()")
PAUSE = 0.2
SECONDS_TO_END = 15
SECONDS_BEFORE_AGAIN = 3
"""A worker that ended by itself (memory, mostly) is started again after so many; its job is not lost."""


@click.command()
@HOME
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen; 0.0.0.0 lets the network in.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="The port to listen on.")
@click.option("--only", type=click.Choice(["web"]), help="The pages alone; `powertheft worker` then runs elsewhere.")
@click.pass_context
def serve(context: click.Context, *, home: Path | None, host: str, port: int, only: str | None) -> None:
    """Open the pages in a browser, and do the background's work, until Ctrl-C.

    The first time a link is printed by which the first administrator chooses name and password.
    """
    if only:
        context.obj.run_web(home, host=host, port=port, say=say)
        return
    place = [] if home is None else ["--home", str(home)]
    web = [*COMMAND, "serve", "--only", "web", "--host", host, "--port", str(port), *place]
    # Nobody who waits before a page waits behind a training: the second takes nothing that lasts.
    _watch(web, [*COMMAND, "worker", *place], [*COMMAND, "worker", "--only", "short", *place])


class _Kept:
    """A process that is started again where it ended by itself."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self.process = _start(command)
        self._ended_at = 0.0

    def look(self) -> None:
        """Start it again, some seconds after it ended."""
        if self.process.poll() is None:
            return
        self._ended_at = self._ended_at or time.monotonic()
        if time.monotonic() - self._ended_at > SECONDS_BEFORE_AGAIN:
            self.process, self._ended_at = _start(self._command), 0.0


def _watch(web: list[str], *workers: list[str]) -> None:
    """Run all until Ctrl-C or SIGTERM, or until the pages end by themselves."""
    signal.signal(signal.SIGTERM, _stop)
    pages, kept = _start(web), [_Kept(worker) for worker in workers]
    try:
        while pages.poll() is None:
            time.sleep(PAUSE)
            for one in kept:
                one.look()
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        say("Stopping: what is being worked on is taken up again at the next start.")
    finally:
        _end(pages, *(one.process for one in kept))
    if pages.returncode > 0:
        msg = "the pages ended by themselves"
        raise InputError(msg, advice="The lines above say why; the port may be taken: choose another with --port.")


def _start(command: list[str]) -> "subprocess.Popen[bytes]":
    # A group of its own: Ctrl-C reaches us alone, and we end both in order.
    return subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL)


def _end(*processes: "subprocess.Popen[Any]") -> None:
    for process in processes:
        process.terminate()
    deadline = time.monotonic() + SECONDS_TO_END
    for process in processes:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
