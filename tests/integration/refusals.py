"""What a refusal must look like from outside: exit code 2, one clear message, and everything as it was before."""

import csv
import hashlib
import itertools
import os
import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.integration.warm import Ended, Warm

NUMBERS = re.compile(r"\b\d{3}-\d{5}\b|\bc\d{5}\b")
"""Consumer numbers, as the simulation and the table below write them."""


def content(folder: Path) -> dict[str, tuple[str, int, str]]:
    """What stands under a folder: path -> kind, mode, sum of the bytes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode):
            found[str(path.relative_to(folder))] = ("link", mode, str(path.readlink()))
        elif stat.S_ISDIR(mode):
            found[str(path.relative_to(folder))] = ("folder", mode, "")
        else:
            found[str(path.relative_to(folder))] = ("file", mode, hashlib.sha256(path.read_bytes()).hexdigest())
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of one test's own, where commands run: what they write, wherever it be, is seen in it."""

    root: Path
    warm: Warm

    @property
    def work(self) -> Path:
        """The folder that the command runs in."""
        return self.root / "work"

    def copy(self, of: Path) -> Path:
        """A copy of a folder or file, to be spoilt."""
        to = self.root / of.name
        if of.is_dir():
            shutil.copytree(of, to)
        else:
            shutil.copyfile(of, to)
        return to

    def conditions(self, given: dict[str, object]) -> dict[str, object]:
        return {"folder": self.work, "scratch": self.root / "scratch", **given}

    def run(self, *arguments: object, **given: object) -> Ended:
        return self.warm.run(*arguments, **self.conditions(given))

    def refused(self, *arguments: object, says: tuple[object, ...] = (), may_name: str = "", **given: object) -> str:
        """Run a command that must be refused; returns its message."""
        before = content(self.root)
        run = self.run(*arguments, **given)
        message = check_message(run, may_name=may_name)
        lacking = [str(word) for word in says if str(word).lower() not in message.lower()]
        assert not lacking, f"the message lacks {lacking}: {message}"
        after = content(self.root)
        new = sorted(set(after) - set(before))
        assert not new, f"left behind: {new}"
        assert after == before, "something that was there has changed"
        return message


def check_message(run: Ended, *, may_name: str = "") -> str:
    """Exit code 2 and one message in plain words on standard error."""
    shown = f"exit code {run.code}, standard error:\n{run.err}"
    assert "Traceback" not in run.err + run.out, shown
    assert run.code == 2, shown
    lines = [line for line in run.err.splitlines() if line.strip()]
    assert len(lines) == 1, f"not exactly one message: {shown}"
    message = lines[0]
    assert message.startswith("powertheft: "), shown
    # "powertheft:", what is wrong, what to do.
    assert len(re.split(r"(?<=[.:?])\s", message)) >= 3, f"what is wrong, but not what to do: {message}"
    assert not re.search(r"Errno|Error\(|Exception|polars|0x[0-9a-f]{6}|\bNone\b|(?<!')\bnan\b", message), message
    named = [number for number in NUMBERS.findall(message) if number != may_name]
    assert not named, f"the message names consumers: {message}"
    return message


def lines_of(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def write_lines(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n", "utf-8")


def cells_of(path: Path) -> list[list[str]]:
    """The cells of a CSV file, the header first."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def write_cells(path: Path, rows: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def set_cell(path: Path, row: int, column: str, value: str) -> str:
    """Put a value into a cell; rows are counted as in the file, the header being row 1. Returns the row's consumer."""
    rows = cells_of(path)
    rows[row - 1][rows[0].index(column)] = value
    write_cells(path, rows)
    return rows[row - 1][0]


def set_column(path: Path, column: str, value: str) -> None:
    header, *rows = cells_of(path)
    at = header.index(column)
    write_cells(path, [header, *([*row[:at], value, *row[at + 1 :]] for row in rows)])


def drop_column(path: Path, column: str) -> None:
    rows = cells_of(path)
    at = rows[0].index(column)
    write_cells(path, [row[:at] + row[at + 1 :] for row in rows])


def rename_column(path: Path, column: str, to: str) -> None:
    header, *rows = cells_of(path)
    write_cells(path, [[to if name == column else name for name in header], *rows])


class Places:
    """Makes a place for each test, under a folder that user nobody can reach."""

    def __init__(self, root: Path, warm: Warm) -> None:
        self._root, self._warm, self._count = root, warm, itertools.count()

    def make(self) -> Iterator[Place]:
        place = Place(self._root / f"place-{next(self._count)}", self._warm)
        for folder in (place.root, place.work, place.root / "scratch"):
            folder.mkdir()
        (place.root / "scratch").chmod(0o1777)
        yield place
        for folder, _, _ in os.walk(place.root):
            Path(folder).chmod(0o755)
        shutil.rmtree(place.root)


DATA_COMMANDS = ("check", "rank", "train", "evaluate", "score", "explain")
JUDGING = ("evaluate", "score", "explain")


def words(command: str, data: object, *, profile: object, model: Path) -> list[object]:
    """The words of a command over data, with all that it demands."""
    given: list[object] = [command, data, "--profile", profile]
    if command in JUDGING:
        given += ["--model", model]
    if command == "train":
        given += ["--out", "model", "--threads", 1, "--folds", 1]
    if command in {"rank", "score"}:
        given += ["--out", "ranked.csv"]
    if command == "explain":
        given += ["--consumer", "c00444" if profile == "table" else "001-00105"]
    return given
