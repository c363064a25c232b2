"""The only place where objects are wired. Rule of the room: load lazily, so that --help answers at once."""

import os

from powertheft.writing.interrupts import watch_interrupts


def main() -> None:
    """Run the command line."""
    stopped = watch_interrupts()
    # Threads of the boosters that wait by spinning take the processor from those that work: on a machine with other
    # work, fits took ten times as long. Read when their runtime is loaded, so it is set before anything else.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from powertheft.cli.main import run  # late: the library's users need no command line

    run(stopped=stopped)
