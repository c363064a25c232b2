"""What the tests of refusals share: a warm process, and a small world of good data and a good model to spoil."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.desks import (
    ADDRESS,
    BILLS,
    CONNECTIONS,
    NAME,
    PHONE,
    TRUTH,
    Desk,
)
from tests.integration.refusals import Place, Places, lines_of, set_cell, write_lines
from tests.integration.warm import Ended, Warm

CONSUMERS = 500
LABELLED = 300


@dataclass(frozen=True, slots=True)
class World:
    """Good data of a made-up utility, good data of one row a consumer, and a good model of each."""

    export: Path
    others: Path
    model: Path
    table: Path
    other_table: Path
    table_model: Path


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A folder that any user can reach, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="powertheft-refusals-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def warm(open_folder: Path) -> Iterator[Warm]:
    captures = open_folder / "captures"
    captures.mkdir()
    captures.chmod(0o777)
    with Warm(captures) as process:
        yield process


@pytest.fixture(scope="session")
def command(warm: Warm) -> Callable[..., Ended]:
    """Runs `powertheft` in a process of its own that need not load the libraries, for work of a minute at most."""

    def run(*arguments: object, folder: Path) -> Ended:
        return warm.run(*arguments, folder=folder, scratch=folder, patience=240)

    return run


@pytest.fixture(scope="session")
def places(open_folder: Path, warm: Warm) -> Places:
    return Places(open_folder, warm)


@pytest.fixture
def place(places: Places) -> Iterator[Place]:
    yield from places.make()


@pytest.fixture(scope="session")
def world(open_folder: Path, warm: Warm) -> World:
    folder = open_folder / "world"
    folder.mkdir()
    made = World(*(folder / name for name in ("export", "others", "model", "t.csv", "u.csv", "table-model")))

    def run(*arguments: object) -> None:
        ended = warm.run(*arguments, folder=folder, scratch=folder)
        assert ended.code == 0, ended.err

    run("simulate", made.export, "--consumers", CONSUMERS, "--bills", 12, "--seed", 5)
    for name in ("truth.csv", "truth_transformers.csv"):
        (made.export / name).unlink()
    shutil.copytree(made.export, made.others)
    write_outcomes(made.export, range(LABELLED))
    write_outcomes(made.others, range(LABELLED, CONSUMERS))
    write_table(made.table, range(400))
    write_table(made.other_table, range(400, 700))
    thrifty = ("--threads", 1, "--folds", 1)
    run("train", made.export, "--profile", "tneb", "--out", made.model, *thrifty)
    run("train", made.table, "--profile", "table", "--out", made.table_model, *thrifty)
    return made


@pytest.fixture(scope="session")
def utility(places: Places) -> Iterator[Path]:
    """An export of a made-up utility; the names, address, telephone and number of one consumer are known."""
    made = places.make()
    place = next(made)
    folder = place.root / "utility"
    ended = place.run("simulate", folder, "--consumers", CONNECTIONS, "--bills", BILLS, "--seed", 4)
    assert ended.code == 0, ended.err
    for name in TRUTH:
        (folder / name).unlink()
    for column, value in (("NAME", NAME), ("ADDRESS", ADDRESS), ("PHONE", PHONE)):
        set_cell(folder / "consumers.csv", 5, column, value)
    yield folder
    next(made, None)


@pytest.fixture(scope="session")
def imported(places: Places, utility: Path) -> Iterator[Desk]:
    """The home where the utility is imported as bills@1. Not to be changed."""
    made = places.make()
    place = next(made)
    desk = Desk(place, place.root / "home")
    desk.take(utility)
    yield desk
    next(made, None)


@pytest.fixture
def desk(place: Place, imported: Desk) -> Desk:
    """A copy of that home."""
    shutil.copytree(imported.home, place.root / "home")
    return Desk(place, place.root / "home")


@pytest.fixture
def empty_desk(place: Place) -> Desk:
    return Desk(place, place.root / "home")


def write_outcomes(export: Path, who: range) -> None:
    """Every consumer in `who` inspected near the end of the bills, every third a thief."""
    numbers = [line.split(",")[0] for line in lines_of(export / "consumers.csv")[1:]]
    header, *_ = lines_of(export / "inspections.csv")
    findings = {True: "THEFT", False: "NORMAL"}
    rows = [f"{numbers[one]},{one % 28 + 1:02}-06-2026,SQUAD,AREA,,{findings[one % 3 == 0]},," for one in who]
    write_lines(export / "inspections.csv", [header, *rows])


def write_table(path: Path, who: range) -> None:
    """One row a consumer; thieves use less than before, mostly."""
    rows = []
    for one in who:
        thief = one % 3 == 0
        before, noise = 80 + one * 37 % 61, one * 53 % 47
        last = before - 30 * thief + noise
        rows.append(f"c{one:05},{thief:d},{last},{before},{'home' if one % 2 else 'shop'},2025-{one % 12 + 1:02}-15")
    write_lines(path, ["consumer_id,label,usage_last,usage_before,kind,seen_on", *rows])
