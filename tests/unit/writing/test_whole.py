"""Whole or not there, whenever Ctrl-C comes: at each byte code in turn, once, and at each that follows, too."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from powertheft.writing import interrupts, whole
from powertheft.writing.whole import write_whole

IN_FULL = os.environ.get("POWERTHEFT_PROVE") == "1"
OURS = {interrupts.__file__, whole.__file__, shutil.__file__, __file__}
State = dict[str, str | None]


def state(folder: Path) -> State:
    """Path -> text; a folder has none."""
    return {
        path.relative_to(folder).as_posix(): None if path.is_dir() else path.read_text()
        for path in sorted(folder.rglob("*"))
    }


def fill(folder: Path) -> None:
    folder.mkdir()
    (folder / "below").mkdir()
    (folder / "below" / "bills.csv").write_text("new")
    (folder / "consumers.csv").write_text("new")


def earlier(folder: Path) -> None:
    """What stands there before: a folder, and one of two files."""
    (folder / "made").mkdir()
    (folder / "made" / "consumers.csv").write_text("old")
    (folder / "a.csv").write_text("old")


def nothing(folder: Path) -> None:
    """An empty place."""


def write_all(folder: Path) -> None:
    write_whole({folder / "made": fill})
    write_whole({folder / name: lambda place: place.write_text("new") for name in ("a.csv", "b.csv")})


def write_nested(folder: Path) -> None:
    """As the demo does: what is written whole is made of what is written whole, under a folder that is not there."""

    def fill_home(home: Path) -> None:
        write_whole({home / "made": fill})
        write_whole({home / "a.csv": lambda place: place.write_text("new")})

    write_whole({folder / "deep" / "home": fill_home})


def good_states(folder: Path, before: Callable[[Path], None], write: Callable[[Path], None]) -> list[State]:
    """What may be seen: each of the two writings has happened as a whole or not at all, in their order."""
    folder.mkdir()
    before(folder)
    found = [state(folder)]
    if write is write_all:
        write_whole({folder / "made": fill})
        found.append(state(folder))
    write(folder)
    return [*found, state(folder)]


class Hammer:
    """Sends SIGINT at the n-th byte code that our modules run; `again`: at each that follows, too."""

    def __init__(self, at: int, *, again: bool) -> None:
        self.at, self.again, self.seen = at, again, 0

    def __call__(self, frame: FrameType, event: str, _: Any) -> "Hammer | None":
        if frame.f_code.co_filename not in OURS:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            self.seen += 1
            if self.seen == self.at or (self.again and self.seen > self.at):
                signal.raise_signal(signal.SIGINT)
        return self


@pytest.fixture(autouse=True)
def _trace() -> Iterator[None]:
    traced = sys.gettrace()
    yield
    sys.settrace(traced)


def interrupted(write: Callable[[], None], at: int, *, again: bool = False) -> tuple[bool, int]:
    """Whether KeyboardInterrupt was raised, and how many byte codes were seen."""
    hammer = Hammer(at, again=again)
    sys.settrace(hammer)
    try:
        write()
    except KeyboardInterrupt:
        return True, hammer.seen
    finally:
        sys.settrace(None)
    return False, hammer.seen


@pytest.mark.prove
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("write", [write_all, write_nested])
@pytest.mark.parametrize("before", [nothing, earlier])
def test_at_each_byte_code_in_turn(
    tmp_path: Path, before: Callable[[Path], None], write: Callable[[Path], None], again: bool
) -> None:
    good = good_states(tmp_path / "undisturbed", before, write)
    step = 1 if IN_FULL else 97
    at, raised, seen = 1, True, 0
    while raised:
        folder = tmp_path / str(at)
        folder.mkdir()
        before(folder)
        raised, seen = interrupted(lambda: write(folder), at, again=again)  # noqa: B023 called at once
        assert state(folder) in good, f"interrupted at byte code {at}"
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
        shutil.rmtree(folder)
        at += step
    # The loop has ended because the writing did, before the signal was due, and not because a signal was lost.
    assert at - step > seen > 1000


def test_what_fails_leaves_all_as_it_was(tmp_path: Path) -> None:
    earlier(tmp_path)
    before = state(tmp_path)

    def fail(place: Path) -> None:
        place.write_text("half")
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        write_whole({tmp_path / "made": fill, tmp_path / "new" / "folder" / "a.csv": fail})
    assert state(tmp_path) == before


def test_a_move_that_fails_takes_back_those_before_it(tmp_path: Path) -> None:
    earlier(tmp_path)
    before = state(tmp_path)
    with pytest.raises(FileNotFoundError):
        write_whole({tmp_path / "a.csv": lambda place: place.write_text("new"), tmp_path / "made": lambda place: None})
    assert state(tmp_path) == before


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    earlier(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "made")
    write_whole({tmp_path / "link": fill})
    assert not (tmp_path / "link").is_symlink()
    assert state(tmp_path)["link/consumers.csv"] == "new"
    assert state(tmp_path)["made/consumers.csv"] == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "link", "made"]


def test_a_handler_of_somebody_elses_is_told_when_nothing_can_break_any_more(tmp_path: Path) -> None:
    told: list[bool] = []
    original = signal.signal(signal.SIGINT, lambda number, frame: told.append((tmp_path / "made").exists()))
    try:
        interrupts.held(lambda: (signal.raise_signal(signal.SIGINT), write_whole({tmp_path / "made": fill})))()
    finally:
        mine = signal.signal(signal.SIGINT, original)
    # The writers are stoppable, so it is told when the first begins: nothing is in place then.
    assert told == [False]
    assert mine is not interrupts._on_interrupt
    assert state(tmp_path)["made/consumers.csv"] == "new"


def test_an_ignored_interrupt_stays_ignored(tmp_path: Path) -> None:
    """As under nohup."""
    original = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        write_whole({tmp_path / "made": lambda place: (signal.raise_signal(signal.SIGINT), fill(place))})
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, original)
    assert state(tmp_path)["made/consumers.csv"] == "new"


def test_a_thread_can_write(tmp_path: Path) -> None:
    thread = threading.Thread(target=write_all, args=[tmp_path])
    thread.start()
    thread.join()
    assert state(tmp_path)["made/consumers.csv"] == "new"


STOPPED_QUERY = """
import os, signal, sys, threading, time
from pathlib import Path
import polars as pl
from powertheft.writing.interrupts import held
from powertheft.writing.whole import write_whole

write_whole({Path(sys.argv[1]): lambda place: place.write_text("new")})
long = pl.LazyFrame({"a": range(30_000)}).join(pl.LazyFrame({"b": range(30_000)}), how="cross")
long = long.filter((pl.col("a") * pl.col("b")).sin() > 2).select(pl.len())

@held
def query():
    '''Python's own KeyboardInterrupt is held back here: what ends the query is Polars' alone.'''
    try:
        long.collect()
    except KeyboardInterrupt:
        print("stopped")
    else:
        print("ran to its end")

threading.Timer(0.3, os.kill, [os.getpid(), signal.SIGINT]).start()
try:
    query()
except KeyboardInterrupt:
    print("and told")
"""


def test_a_long_query_can_still_be_stopped_midway(tmp_path: Path) -> None:
    """Polars has a handler of its own below Python's, which must not be lost when Python's is exchanged."""
    command = [sys.executable, "-c", STOPPED_QUERY, str(tmp_path / "a.csv")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert run.stdout == "stopped\nand told\n", run.stderr
