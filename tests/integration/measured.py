"""Running the command as a user does, and measuring what it took."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Run:
    """A finished command: exit code, what it printed, wall time [s] and peak memory [bytes] of the process."""

    code: int
    out: str
    err: str
    seconds: float
    peak: int


def powertheft(*arguments: object, folder: Path) -> Run:
    """Run `powertheft` in a process of its own; its output is kept in `folder`."""
    out, err = folder / "stdout.txt", folder / "stderr.txt"
    start = time.monotonic()
    with out.open("wb") as stdout, err.open("wb") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", "from powertheft.bootstrap import main; main()", *map(str, arguments)],
            stdout=stdout,
            stderr=stderr,
        )
        _, status, usage = os.wait4(process.pid, 0)
    # wait4 has reaped the child behind Popen's back: tell it, or it would warn.
    process.returncode = os.waitstatus_to_exitcode(status)
    return Run(
        process.returncode,
        out.read_text("utf-8"),
        err.read_text("utf-8"),
        time.monotonic() - start,
        usage.ru_maxrss * 1024,
    )
