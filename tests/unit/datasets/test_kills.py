"""A process that is killed at any moment leaves the last good version, and what it left behind is cleaned away.

Real processes, really killed (SIGKILL): at every step that they tell, and at moments spread over a whole run.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.unit.datasets.conftest import Parts, made

from powertheft.datasets.reading import read_version
from powertheft.domain.folders import remove_unfinished

PROVE = bool(os.environ.get("POWERTHEFT_PROVE"))
WRITER = """
import sys
from pathlib import Path
import polars as pl
from powertheft.datasets.partitioning import Partitioner
from powertheft.datasets.reading import remove_version
from powertheft.datasets.writing import write_version
from powertheft.domain.datasets import ManifestBase, Recipe

folder, scratch = Path(sys.argv[1]), Path(sys.argv[2])
number = pl.int_range(20_000).cast(pl.String)
frame = pl.select(consumer_id=number.str.zfill(5), position=number)

def told(parts):
    for number, part in enumerate(parts):
        print("part", number, flush=True)
        yield part
    print("last part", flush=True)

def base():
    print("base", flush=True)
    return ManifestBase(Recipe((), {}), {})

for number in range(2, 1000):
    print("begin", flush=True)
    partitioner = Partitioner(scratch / str(number), ["05000", "10000", "15000"])
    partitioner.add("consumers", frame)
    write_version(folder / str(number), told(partitioner.parts()), manifest_base=base)
    print("written", flush=True)
    if number > 2:
        remove_version(folder / str(number - 1))
        print("removed", flush=True)
"""
STEPS = ("begin", "part 0", "part 2", "last part", "base", "written", "removed")


def started(folder: Path, scratch: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), str(scratch)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def check_folder(folder: Path) -> None:
    """Whatever has a name is whole, and the good version is what it was; then nothing hidden is left."""
    for path in folder.glob("[0-9]*"):
        read_version(path, verify=True)
    assert read_version(folder / "1").manifest.rows == {"consumers": 3, "readings": 4}
    remove_unfinished(folder)
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_a_step_leaves_whole_versions_only(tmp_path: Path, parts: Parts, step: str) -> None:
    made(tmp_path / "versions" / "1", parts)
    process = started(tmp_path / "versions", tmp_path / "scratch")
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == step:
            break
    kill(process)
    check_folder(tmp_path / "versions")


def test_a_kill_at_any_moment_leaves_whole_versions_only(tmp_path: Path, parts: Parts) -> None:
    made(tmp_path / "versions" / "1", parts)
    moments = random.Random(3)
    for _ in range(40 if PROVE else 4):
        process = started(tmp_path / "versions", tmp_path / "scratch")
        assert process.stdout is not None
        process.stdout.readline()
        # A round of writing and removing takes some 50 ms.
        time.sleep(moments.uniform(0, 0.15))
        kill(process)
        check_folder(tmp_path / "versions")
        # The next process begins anew.
        for path in (tmp_path / "versions").glob("[0-9]*"):
            if path.name != "1":
                path.rename(tmp_path / f"{path.name}-{time.monotonic_ns()}")


def test_what_a_living_process_is_writing_is_left_alone(tmp_path: Path) -> None:
    process = started(tmp_path / "versions", tmp_path / "scratch")
    assert process.stdout is not None
    partial: list[Path] = []
    while not partial:
        # Stopped between two versions it has nothing in hand; it is let go on until it has.
        process.send_signal(signal.SIGCONT)
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        partial = list((tmp_path / "versions").glob(".*.partial"))
    assert remove_unfinished(tmp_path / "versions") == 0
    assert list((tmp_path / "versions").glob(".*.partial")) == partial
    kill(process)
    assert remove_unfinished(tmp_path / "versions") == 1
