"""No right to read or write, a full disk, a place of the wrong kind, Ctrl-C: what stood there still stands there."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

import powertheft
from tests.integration.conftest import World
from tests.integration.refusals import DATA_COMMANDS, JUDGING, Place, content, words

ROOT = os.geteuid() == 0
NOBODY = {"user": "nobody"} if ROOT else {}
"""Rights do not bind the root user: it runs the command as nobody. Others are bound as they are."""

FULL = Path("/dev/full")
full_disk = pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
every_command = pytest.mark.parametrize("command", DATA_COMMANDS)


def table_words(command: str, world: World) -> list[object]:
    data = world.other_table if command in JUDGING else world.table
    return words(command, data, profile="table", model=world.table_model)


def with_out(given: list[object], out: object) -> list[object]:
    at = given.index("--out") + 1
    return [*given[:at], out, *given[at + 1 :]]


@pytest.fixture
def outsider(place: Place) -> Place:
    """A place where a user without rights runs commands."""
    folder = Path(powertheft.__file__).parent
    if ROOT and not all(parent.stat().st_mode & 0o001 for parent in [folder, *folder.parents]):
        pytest.skip(f"user nobody cannot reach {folder}")
    place.work.chmod(0o777)
    return place


@pytest.fixture
def locked(outsider: Place) -> Path:
    folder = outsider.root / "locked"
    folder.mkdir()
    folder.chmod(0o555)
    return folder


class TestNoRightToRead:
    @every_command
    def test_a_file(self, outsider: Place, world: World, command: str) -> None:
        data = outsider.copy(world.other_table if command in JUDGING else world.table)
        before = data.read_bytes()
        data.chmod(0)
        given = words(command, data, profile="table", model=world.table_model)
        check_unread(outsider, given, data)
        data.chmod(0o644)
        assert data.read_bytes() == before

    @every_command
    def test_a_folder(self, outsider: Place, world: World, command: str) -> None:
        data = outsider.copy(world.others if command in JUDGING else world.export)
        data.chmod(0)
        check_unread(outsider, words(command, data, profile="tneb", model=world.model), data)

    @pytest.mark.parametrize("command", JUDGING)
    @pytest.mark.parametrize("name", ["", "manifest.json", "booster.txt", "attachments"])
    def test_a_model(self, outsider: Place, world: World, command: str, name: str) -> None:
        model = outsider.copy(world.table_model)
        (model / name).chmod(0)
        given = words(command, world.other_table, profile="table", model=model)
        check_unread(outsider, given, model / name)

    @every_command
    def test_a_profile(self, outsider: Place, world: World, command: str) -> None:
        profile = outsider.root / "mine.toml"
        profile.write_text('name = "mine"\n')
        profile.chmod(0)
        check_unread(outsider, words(command, world.table, profile=profile, model=world.table_model), profile)


def check_unread(place: Place, given: list[object], path: Path) -> None:
    """The refusal, where this process itself may not be able to look at what is locked."""
    if ROOT:
        place.refused(*given, says=(path,), **NOBODY)
        return
    run = place.run(*given)
    assert run.code == 2
    assert str(path) in run.err
    assert list(place.work.iterdir()) == []


class TestNoRightToWrite:
    def test_a_model(self, outsider: Place, world: World, locked: Path) -> None:
        outsider.refused(*with_out(table_words("train", world), locked / "model"), says=(locked,), **NOBODY)

    def test_a_list(self, outsider: Place, world: World, locked: Path) -> None:
        outsider.refused(*with_out(table_words("score", world), locked / "ranked.csv"), says=(locked,), **NOBODY)

    def test_a_list_over_an_earlier_one(self, outsider: Place, world: World, locked: Path) -> None:
        locked.chmod(0o755)
        (locked / "ranked.csv").write_text("an earlier list\n")
        locked.chmod(0o555)
        outsider.refused(*with_out(table_words("score", world), locked / "ranked.csv"), says=(locked,), **NOBODY)

    def test_a_simulation(self, outsider: Place, locked: Path) -> None:
        outsider.refused("simulate", locked / "made", "--consumers", 100, "--bills", 8, says=(locked,), **NOBODY)

    def test_a_simulation_into_a_locked_folder(self, outsider: Place, locked: Path) -> None:
        outsider.refused("simulate", locked, "--consumers", 100, "--bills", 8, says=(locked,), **NOBODY)

    def test_a_demonstration(self, outsider: Place, locked: Path) -> None:
        outsider.refused("demo", "--home", locked / "demo", "--consumers", 3000, says=(locked,), **NOBODY)

    @pytest.mark.parametrize("command", ["check", "train", "evaluate", "features"])
    def test_figures(self, outsider: Place, world: World, locked: Path, command: str) -> None:
        given = ["features"] if command == "features" else table_words(command, world)
        outsider.refused(*given, "--json", locked / "figures.json", says=(locked,), **NOBODY)


class TestAFullDisk:
    @full_disk
    def test_a_list(self, place: Place, world: World) -> None:
        place.refused(*with_out(table_words("score", world), FULL), says=(FULL, "full"))

    @full_disk
    @pytest.mark.parametrize("command", ["check", "evaluate", "features"])
    def test_figures(self, place: Place, world: World, command: str) -> None:
        given = ["features"] if command == "features" else table_words(command, world)
        place.refused(*given, "--json", FULL, says=(FULL, "full"))

    @full_disk
    def test_figures_of_training(self, place: Place, world: World) -> None:
        """The model may be there, since the figures come after minutes of work; but then it is whole."""
        run = place.run(*table_words("train", world), "--json", FULL)
        assert run.code == 2, run.err
        assert "full" in run.err
        assert {path.name for path in place.work.iterdir()} <= {"model"}
        assert list((place.root / "scratch").iterdir()) == []
        if (place.work / "model").exists():
            judged = place.run(*words("evaluate", world.other_table, profile="table", model=place.work / "model"))
            assert judged.code == 0, judged.err

    @full_disk
    @pytest.mark.parametrize("command", ["check", "evaluate", "features", "models", "profiles", "--help", "--version"])
    def test_standard_output(self, place: Place, world: World, command: str) -> None:
        given = table_words(command, world) if command in DATA_COMMANDS else [command]
        place.refused(*given, says=("space",), stdout=FULL)

    @pytest.mark.parametrize("limit", [2_000, 20_000, 200_000])
    def test_while_a_model_is_written(self, place: Place, world: World, limit: int) -> None:
        booster = (world.table_model / "booster.txt").stat().st_size
        assert limit < booster, "the limit would not be met"
        place.refused(*table_words("train", world), says=("model",), file_limit=limit)

    @pytest.mark.parametrize("limit", [2_000, 50_000])
    def test_an_earlier_model_survives(self, place: Place, world: World, limit: int) -> None:
        shutil.copytree(world.table_model, place.work / "model")
        place.refused(*table_words("train", world), says=("model",), file_limit=limit)

    @pytest.mark.parametrize("limit", [2_000, 10_000])
    @pytest.mark.parametrize("earlier", [False, True])
    def test_while_a_list_is_written(self, place: Place, world: World, limit: int, earlier: bool) -> None:
        if earlier:
            (place.work / "ranked.csv").write_text("an earlier list\n")
            (place.work / "ranked.transformers.csv").write_text("an earlier list\n")
        given = words("score", world.others, profile="tneb", model=world.model)
        place.refused(*given, says=("ranked",), file_limit=limit)

    @pytest.mark.parametrize("limit", [5_000, 50_000])
    @pytest.mark.parametrize("earlier", [False, True])
    def test_while_a_utility_is_written(self, place: Place, limit: int, earlier: bool) -> None:
        simulate = ("simulate", "made", "--consumers", 1000, "--bills", 8)
        if earlier:
            assert place.run(*simulate, "--seed", 1).code == 0
        place.refused(*simulate, says=("made",), file_limit=limit)

    @pytest.mark.parametrize("limit", [5_000, 200_000])
    def test_while_a_demonstration_is_written(self, place: Place, limit: int) -> None:
        place.refused("demo", "--home", "made", "--consumers", 3000, says=("made",), file_limit=limit)

    @pytest.mark.parametrize("earlier", [False, True])
    def test_while_figures_are_written(self, place: Place, earlier: bool) -> None:
        if earlier:
            (place.work / "figures.json").write_text("{}\n")
        place.refused("features", "--json", "figures.json", says=("figures.json",), file_limit=4_000, stdout=os.devnull)


class TestAPlaceOfTheWrongKind:
    @pytest.mark.parametrize("out", ["note.txt", "note.txt/model", "others", ".", "", "/dev/full", "/"])
    def test_for_a_model(self, place: Place, world: World, out: str) -> None:
        others(place)
        place.refused(*with_out(table_words("train", world), out), says=(out,))

    def test_a_model_over_the_data(self, place: Place, world: World) -> None:
        data = place.copy(world.export)
        given = words("train", data, profile="tneb", model=world.model)
        place.refused(*with_out(given, data), says=(data,))

    def test_a_model_over_a_model_with_a_note_beside(self, place: Place, world: World) -> None:
        shutil.copytree(world.table_model, place.work / "model")
        (place.work / "model" / "notes.txt").write_text("what we learnt in March\n")
        place.refused(*table_words("train", world), says=("model",))

    @pytest.mark.parametrize("out", ["nowhere/ranked.csv", "others", ".", "", "note.txt/ranked.csv"])
    def test_for_a_list(self, place: Place, world: World, out: str) -> None:
        others(place)
        place.refused(*with_out(table_words("score", world), out), says=(out,))

    def test_a_list_over_the_data(self, place: Place, world: World) -> None:
        data = place.copy(world.other_table)
        given = words("score", data, profile="table", model=world.table_model)
        place.refused(*with_out(given, data), says=(data,))

    def test_a_list_over_a_file_of_the_export(self, place: Place, world: World) -> None:
        data = place.copy(world.others)
        given = words("score", data, profile="tneb", model=world.model)
        place.refused(*with_out(given, data / "bills.csv"), says=(data / "bills.csv",))

    def test_a_list_into_the_model(self, place: Place, world: World) -> None:
        model = place.copy(world.table_model)
        given = words("score", world.other_table, profile="table", model=model)
        place.refused(*with_out(given, model / "manifest.json"), says=(model,))

    @pytest.mark.parametrize("folder", ["note.txt", "others", "note.txt/made", "/dev/full"])
    @pytest.mark.parametrize("command", [("simulate",), ("demo", "--home")])
    def test_for_a_utility(self, place: Place, command: tuple[str, ...], folder: str) -> None:
        others(place)
        place.refused(*command, folder, "--consumers", 100, says=(folder,))

    @pytest.mark.parametrize("command", [("simulate",), ("demo", "--home")])
    def test_for_a_utility_over_a_real_export(self, place: Place, world: World, command: tuple[str, ...]) -> None:
        """It has the files of a simulation, but for the truth, which no utility has."""
        data = place.copy(world.export)
        place.refused(*command, data, "--consumers", 100, says=(data,))

    def test_for_a_utility_over_a_simulation_with_a_note_beside(self, place: Place) -> None:
        assert place.run("simulate", "made", "--consumers", 100, "--bills", 8).code == 0
        (place.work / "made" / "notes.txt").write_text("what we learnt in March\n")
        place.refused("simulate", "made", "--consumers", 100, "--bills", 8, says=("made",))

    @pytest.mark.parametrize("out", ["nowhere/figures.json", "others", ".", "", "note.txt/figures.json"])
    @pytest.mark.parametrize("command", ["check", "train"])
    def test_for_figures(self, place: Place, world: World, command: str, out: str) -> None:
        others(place)
        place.refused(*table_words(command, world), "--json", out, says=(out,))

    @pytest.mark.parametrize("command", ["check", "train", "evaluate"])
    def test_figures_over_the_data(self, place: Place, world: World, command: str) -> None:
        data = place.copy(world.other_table if command in JUDGING else world.table)
        given = words(command, data, profile="table", model=world.table_model)
        place.refused(*given, "--json", data, says=(data,))


def others(place: Place) -> None:
    """Things of somebody else's, that must stay as they are."""
    (place.work / "note.txt").write_text("mine\n")
    (place.work / "others").mkdir()
    (place.work / "others" / "photo.jpg").write_bytes(b"\xff\xd8")


class TestADemonstrationThatCannotEnd:
    def test_too_few_thieves_for_training(self, place: Place) -> None:
        place.refused("demo", "--home", "made", "--consumers", 100, says=("--consumers",))


class TestCtrlC:
    """Stopped at several moments: the exit code says so, and nothing is left."""

    @pytest.mark.parametrize("part", [0.2, 0.6])
    @pytest.mark.parametrize("earlier", [False, True])
    def test_in_training(self, place: Place, world: World, part: float, earlier: bool) -> None:
        if earlier:
            shutil.copytree(world.table_model, place.work / "model")
        stop_on_the_way(place, table_words("train", world), part)

    def test_while_a_model_is_written(self, place: Place, world: World) -> None:
        stop(place, table_words("train", world), something_new(place))

    @pytest.mark.parametrize("earlier", [False, True])
    def test_while_a_utility_is_written(self, place: Place, earlier: bool) -> None:
        simulate = ["simulate", "made", "--consumers", 3000, "--bills", 24]
        if earlier:
            assert place.run("simulate", "made", "--consumers", 100, "--bills", 8).code == 0
        stop(place, simulate, something_new(place))

    @pytest.mark.prove
    @pytest.mark.parametrize("earlier", [False, True])
    def test_at_many_moments(self, place: Place, earlier: bool) -> None:
        """Pressed once to four times, every other time while it writes: the old or the new is there, to the byte."""
        simulate = ["simulate", "made", "--consumers", 300, "--bills", 8]
        random = Random(earlier)
        if earlier:
            assert place.run(*simulate, "--seed", 1).code == 0
        old = content(place.work)
        assert place.run(*simulate).code == 0
        new = content(place.work)
        runs, stopped, longest = (150 if os.environ.get("POWERTHEFT_PROVE") == "1" else 16), 0, 1.0
        for run in range(runs):
            shutil.rmtree(place.work / "made", ignore_errors=True)
            if earlier:
                assert place.run(*simulate, "--seed", 1).code == 0
            begun = something_new(place) if run % 2 else lambda: None
            began = time.monotonic()
            with place.warm.started(*simulate, **place.conditions({})) as command:
                begun()
                time.sleep(random.uniform(0, 0.03 if run % 2 else longest))
                command.interrupt()
                for _ in range(random.randrange(4)):
                    time.sleep(random.expovariate(1000))
                    command.interrupt()
                ended = command.wait()
            assert ended.code in {0, 130, -2}, ended.err
            # Libraries may add lines of their own, where Ctrl-C meets Python code that they call.
            assert "defect" not in ended.err, ended.err
            assert content(place.work) in ([new] if ended.code == 0 else [old, new])
            stopped += ended.code != 0
            if ended.code == 0:
                longest = min(longest, time.monotonic() - began)
        print(f"{stopped} of {runs} were stopped on the way")
        assert stopped >= runs / 4

    def test_while_a_utility_is_made(self, place: Place) -> None:
        simulate = ["simulate", "made", "--consumers", 3000, "--bills", 24]
        stop_on_the_way(place, simulate, 0.3)

    def test_in_scoring(self, place: Place, world: World) -> None:
        given = words("score", world.others, profile="tneb", model=world.model)
        stop_on_the_way(place, given, 0.5)

    def test_in_a_demonstration(self, place: Place) -> None:
        stop(place, ["demo", "--home", "made", "--consumers", 3000], something_new(place))

    @pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs /proc")
    def test_while_the_libraries_are_loading(self, place: Place, world: World) -> None:
        before = content(place.root)
        process = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "from powertheft.bootstrap import main; main()",
                *map(str, table_words("train", world)),
            ],
            cwd=place.work,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        while process.poll() is None and "polars" not in Path(f"/proc/{process.pid}/maps").read_text():
            time.sleep(0.01)
        process.send_signal(2)
        _, err = process.communicate(timeout=60)
        assert process.returncode in {130, -2}, err
        assert "Traceback" not in err
        assert content(place.root) == before


def stop_on_the_way(place: Place, given: list[object], part: float) -> None:
    """Measure the command once in a folder aside, and stop it after a part of that."""
    aside = place.root / "aside"
    aside.mkdir()
    start = time.monotonic()
    assert place.run(*given, folder=aside).code == 0
    seconds = (time.monotonic() - start) * part
    shutil.rmtree(aside)
    stop(place, given, lambda: time.sleep(seconds))


def something_new(place: Place) -> Callable[[], None]:
    """Wait until the command has begun to write."""

    def names() -> set[str]:
        return {str(path) for path in place.root.rglob("*")}

    before = names()

    def wait() -> None:
        until = time.monotonic() + 20
        while names() == before and time.monotonic() < until:
            time.sleep(0.001)

    return wait


def stop(place: Place, given: list[object], moment: Callable[[], None]) -> None:
    before = content(place.root)
    with place.warm.started(*given, **place.conditions({})) as command:
        moment()
        command.interrupt()
        ended = command.wait()
    if ended.code == 0:
        pytest.skip("it ended before it could be stopped: the machine was busier when it was measured")
    shown = f"exit code {ended.code}, standard error:\n{ended.err}"
    assert ended.code in {130, -2}, shown
    assert "Traceback" not in ended.err, shown
    assert len([line for line in ended.err.splitlines() if line.strip()]) <= 1, shown
    after = content(place.root)
    if after != before:
        # Stopped after the last step, while it was telling what it had done: then all is there, as if it were not.
        assert place.run(*given).code == 0
        assert sorted(content(place.root)) == sorted(after)


def test_a_list_is_written_whole_or_not_at_all(place: Place, world: World) -> None:
    """The list and the transformers beside it belong together."""
    data = place.copy(world.others)
    (place.work / "ranked.transformers.csv").mkdir()
    given = words("score", data, profile="tneb", model=world.model)
    place.refused(*given, says=("ranked.transformers.csv",))
