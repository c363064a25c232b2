"""A process that has loaded powertheft and forks for every command: hundreds of commands in the time of a few.

The forked child is a process of its own, with its own signals, limits and user, and ends as the command `powertheft`
ends. Run as a script it is that process: it reads one request a line from standard input, and answers with the child's
number and with its exit code.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import pwd
import resource
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

SINGLE = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",
}
"""One thread: what is refused needs no speed, and the machine may be shared."""

PATIENCE = 40
"""Seconds after which a command is killed, unless the test allows more: most take about one."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: exit code (negative: killed by that signal), and what it printed."""

    code: int
    out: str
    err: str


class Warm:
    """The pytest side: starts the process and hands it the commands."""

    def __init__(self, captures: Path) -> None:
        self.captures = captures
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(captures / "modules.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **SINGLE, "MPLCONFIGDIR": str(captures), "HOME": str(captures)},
            # Its own session: a Ctrl-C at pytest's terminal is not for the commands under test.
            start_new_session=True,
        )
        self._stdin, self._stdout = self._process.stdin, self._process.stdout

    def __enter__(self) -> "Warm":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stdin.close()
        self._process.wait(30)
        self._stdout.close()

    def _answer(self) -> dict[str, int]:
        line = self._stdout.readline()
        assert line, "the warm process has ended"
        return json.loads(line)

    @contextlib.contextmanager
    def started(self, *arguments: object, **conditions: object) -> Iterator["Started"]:
        """Start a command; `conditions`: folder, scratch, user, file_limit [bytes], stdout, patience [s]."""
        patience = float(str(conditions.pop("patience", PATIENCE)))
        out, err = self.captures / "out.txt", self.captures / "err.txt"
        request = {"arguments": [str(word) for word in arguments], "stdout": str(out), "stderr": str(err)}
        request |= {name: str(value) if isinstance(value, Path) else value for name, value in conditions.items()}
        self._stdin.write(json.dumps(request) + "\n")
        self._stdin.flush()
        yield Started(self._answer()["pid"], self, Path(str(request["stdout"])), err, patience)

    def run(self, *arguments: object, **conditions: object) -> Ended:
        with self.started(*arguments, **conditions) as command:
            return command.wait()


@dataclass(frozen=True, slots=True)
class Started:
    """A command under way."""

    pid: int
    warm: Warm
    out: Path
    err: Path
    patience: float

    def wait(self) -> Ended:
        # A command that does not end fails its own test, and not all that come after it.
        alarm = threading.Timer(self.patience, self.interrupt, [signal.SIGKILL])
        alarm.start()
        code = self.warm._answer()["code"]
        alarm.cancel()
        out = self.out.read_text("utf-8") if self.out.is_file() else ""
        return Ended(code, out, self.err.read_text("utf-8"))

    def interrupt(self, by: int = signal.SIGINT) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, by)


def _become(request: dict, modules: Path) -> None:
    """Turn this forked child into the process of the command."""
    for descriptor, path, flags in (
        (0, os.devnull, os.O_RDONLY),
        (1, request["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, request["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        opened = os.open(path, flags, 0o644)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.chdir(request["folder"])
    os.environ["TMPDIR"] = request["scratch"]
    tempfile.tempdir = None
    if request.get("file_limit") is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_limit"],) * 2)
    if request.get("user"):
        user = pwd.getpwnam(request["user"])
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
    sys.argv = ["powertheft", *request["arguments"]]


def _serve(modules: Path) -> None:
    """Fork for each request; returns in the child, never in the parent."""
    answers = os.fdopen(os.dup(1), "w")
    # Not through sys.stdin: a child must not inherit half-read requests.
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    while line := requests.readline():
        request = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _become(request, modules)
            return
        print(json.dumps({"pid": pid}), file=answers, flush=True)
        _, status = os.waitpid(pid, 0)
        _learn(modules)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), file=answers, flush=True)
    os._exit(0)


def _learn(modules: Path) -> None:
    """Load what the child has loaded: the next starts warmer, and user nobody need not read the libraries."""
    if modules.exists():
        for name in json.loads(modules.read_text()):
            with contextlib.suppress(Exception):
                importlib.import_module(name)
        modules.unlink()


def _tell(known: frozenset[str], modules: Path) -> None:
    with contextlib.suppress(OSError):
        # Under another name first: Ctrl-C may come, or the disk be full, in the middle of it.
        unfinished = modules.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps([name for name in list(sys.modules) if name not in known]))
        unfinished.replace(modules)


def _main() -> None:
    modules = Path(sys.argv[1])
    import powertheft.bootstrap  # late: only this process loads it

    for found in pkgutil.walk_packages(powertheft.__path__, "powertheft."):
        with contextlib.suppress(ImportError):
            importlib.import_module(found.name)
    # The codec of names in zip files, read at its first use: user nobody may not reach the standard library.
    "".encode("cp437")
    # Else the first collection in every child copies all that the parent has loaded.
    gc.freeze()
    _serve(modules)
    known = frozenset(sys.modules)
    code = _code_of(powertheft.bootstrap.main)
    _tell(known, modules)
    _end(code)


def _code_of(main: Callable[[], object]) -> int:
    """The exit code that Python makes of what the command returns or raises."""
    try:
        sys.exit(main())
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
    except KeyboardInterrupt:
        traceback.print_exc()
        return 130
    except BaseException:
        traceback.print_exc()
    return 1


def _end(code: int) -> None:
    """End as Python does, but for taking down module by module what the parent had loaded, which takes a second."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
    except OSError as fault:
        print(f"Exception ignored in sys.stdout: {fault!r}", file=sys.stderr)
        code = 120
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _main()
