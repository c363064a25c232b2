"""An intake: files on their way to a dataset, from the first upload until they are imported or abandoned.

It lives in a folder of the home's scratch and in jobs, so that it survives a restart of everything; whoever began it
alone sees it. Its files name people: they go with the import, and of an abandoned intake after a day.

Rule of the room: put the rooms together, compute nothing themselves.
"""

import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO, Literal, cast

from powertheft.actions.house import House
from powertheft.actions.plan_import import ImportChoices
from powertheft.domain.errors import ChoiceError, InputError, StateError
from powertheft.domain.folders import refusal, remove_folder
from powertheft.domain.jobs import Job
from powertheft.domain.quality import Repair, repair_from_json
from powertheft.reports.writing import write_json

Step = Literal["files", "columns", "privacy", "quality", "confirm"]
Work = Literal["propose", "check", "import"]
STEPS: tuple[Step, ...] = ("files", "columns", "privacy", "quality", "confirm")

LARGEST = 2 << 30
"""Bytes of all files of an intake together."""
MOST_FILES = 200
LONGEST_NAME = 180
KEPT = timedelta(days=1)
PIECE = 1 << 20
ALONG, LEFT_OUT = "~", "-"
"""What a column is that is none of ours: it rides along, or it is left out."""
STATE, FILES, LOCK = "intake.json", "files", "lock"
PROPOSAL, HEADS, PLAN, MAPPING, QUALITY = "proposal.json", "heads", "plan.json", "mapping.toml", "quality.json"
_TOKEN = re.compile(r"[0-9a-f]{24}")
# What a place may hold that is more than a name: a sheet, a pattern, a folder, a control character.
_STRANGE = re.compile(r"[\x00-\x1f\x7f/\\#?*\[\]:|<>\"]")


@dataclass(frozen=True, slots=True)
class PersonalChoice:
    """What somebody wants of a personal column, other than what is proposed; what is kept says why."""

    how: Literal["drop", "pseudonymise", "keep"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Intake:
    """Everything that was said so far.

    `sizes` are the files and how many bytes each is to have. `layout` is "" where it is to be found out, "propose"
    where no known one shall be used, else a profile's name. `kinds` gives a file's table where somebody said it,
    `columns` what a file's column is (table.column of ours, "~" for riding along, "-" for left out), `privacy` what
    becomes of a personal column. `done` are the steps that were agreed to, `jobs` the last job of each kind.
    """

    token: str
    owner: str
    created_at: str
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])
    layout: str = ""
    kinds: Mapping[str, str] = field(default_factory=dict[str, str])
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])
    privacy: Mapping[str, PersonalChoice] = field(default_factory=dict[str, PersonalChoice])
    repairs: tuple[Repair, ...] = ()
    checked: tuple[Repair, ...] = ()
    done: tuple[Step, ...] = ()
    jobs: Mapping[str, int] = field(default_factory=dict[str, int])
    name: str = ""
    save_as: str = ""

    def next_step(self) -> Step:
        """Return the first step that nobody has agreed to."""
        left: list[Step] = [step for step in STEPS if step not in self.done]
        return left[0] if left else "confirm"


def intakes_folder(house: House) -> Path:
    """Return where the intakes of a home lie."""
    house.check("dataset.import")
    return house.home.scratch / "intakes"


def folder_of(house: House, token: str) -> Path:
    """Return where an intake lies."""
    house.check("dataset.import")
    return intakes_folder(house) / token


def files_of(house: House, intake: Intake) -> list[Path]:
    """Return the files of an intake."""
    house.check("dataset.import")
    return [folder_of(house, intake.token) / FILES / name for name in sorted(intake.sizes)]


def start(house: House) -> Intake:
    """Begin an intake; abandoned ones go."""
    house.check("dataset.import")
    remove_abandoned(house)
    intake = Intake(secrets.token_hex(12), house.actor.name, datetime.now(UTC).isoformat())
    folder = folder_of(house, intake.token)
    try:
        (folder / FILES).mkdir(parents=True, mode=0o700)
    except OSError as error:
        raise refusal(folder, error) from error
    for part in (house.home.scratch, intakes_folder(house), folder):
        part.chmod(0o700)
    _write(house, intake)
    return intake


def get(house: House, token: str) -> Intake:
    """Return an intake of the actor's."""
    house.check("dataset.import")
    path = folder_of(house, token) / STATE
    found = _from_json(json.loads(path.read_text("utf-8"))) if _TOKEN.fullmatch(token) and path.is_file() else None
    if found is None or found.owner != house.actor.name:
        what = "there is no such upload any more: it was imported, removed, or left for more than a day"
        raise InputError(what, advice="Begin a new one under Data, New.")
    return found


def list_open(house: House) -> list[Intake]:
    """Return the actor's intakes that hold files and were not imported, the newest first."""
    house.check("dataset.import")
    there = intakes_folder(house)
    found = [_from_json(json.loads(path.read_text("utf-8"))) for path in there.glob(f"*/{STATE}")]
    own = [one for one in found if one.owner == house.actor.name and one.sizes and (there / one.token / FILES).is_dir()]
    return sorted(own, key=lambda one: one.created_at, reverse=True)


def received(house: House, intake: Intake) -> dict[str, int]:
    """Return how many bytes of each file are here."""
    house.check("dataset.import")
    return {path.name: path.stat().st_size if path.is_file() else 0 for path in files_of(house, intake)}


def plain_name(name: str) -> str:
    """Return the name that a file is kept under: its own, without folders and what a place might mistake.

    Examples
    --------
    >>> plain_name("C:\\\\exports\\\\Bills #3.csv")
    'Bills _3.csv'
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1].strip()
    kept = _STRANGE.sub("_", last).lstrip(".~")
    if not kept or len(kept.encode()) > LONGEST_NAME:
        raise InputError(
            "has no name that a file can be kept under",
            file=last[:60] or None,
            advice=f"Give it a name of 1 to {LONGEST_NAME} letters and an ending, such as bills.csv.",
        )
    return kept


def add_file(house: House, token: str, *, name: str, size: int) -> tuple[str, int]:
    """Announce a file of so many bytes; return the name it is kept under, and how much of it is here already."""
    house.check("dataset.import")
    kept = plain_name(name)
    with changing(house, token) as (intake, write):
        others = {one: its for one, its in intake.sizes.items() if one != kept}
        _check_room(kept, size=size, others=others)
        path = folder_of(house, token) / FILES / kept
        if intake.sizes.get(kept) != size:
            path.unlink(missing_ok=True)
            write(_files_changed(replace(intake, sizes={**others, kept: size})))
        return kept, path.stat().st_size if path.is_file() else 0


def add_part(house: House, token: str, *, name: str, offset: int, stream: BinaryIO) -> int:
    """Append a part that begins at an offset; return how much of the file is here, which is where the next begins.

    A part that begins elsewhere is not taken: whoever sends it learns where to go on.
    """
    house.check("dataset.import")
    intake = get(house, token)
    if name not in intake.sizes:
        raise InputError("was not announced", file=name, advice="Choose the file again.")
    path, size = folder_of(house, token) / FILES / name, intake.sizes[name]
    with _one_writer(path):
        here = path.stat().st_size
        if offset != here:
            return here
        try:
            here = _append(path, stream, most=size - here)
        except OSError as error:
            raise refusal(Path(name), error) from error
    if here > size:
        os.truncate(path, offset)
        raise InputError("is longer than was announced", file=name, advice="It changed meanwhile: choose it again.")
    return here


def place_for_form(house: House, token: str) -> Path:
    """Return where a file is written that a plain form sends: it has no name before it is whole."""
    house.check("dataset.import")
    get(house, token)
    return folder_of(house, token) / FILES / f".{secrets.token_hex(8)}"


def adopt_file(house: House, token: str, *, name: str, place: Path) -> str:
    """Take a file that a plain form has sent as a whole under its name."""
    house.check("dataset.import")
    kept = plain_name(name)
    with changing(house, token) as (intake, write):
        others = {one: its for one, its in intake.sizes.items() if one != kept}
        size = place.stat().st_size
        _check_room(kept, size=size, others=others)
        place.replace(folder_of(house, token) / FILES / kept)
        write(_files_changed(replace(intake, sizes={**others, kept: size})))
    return kept


def remove_file(house: House, token: str, *, name: str) -> None:
    """Take a file out again."""
    house.check("dataset.import")
    with changing(house, token) as (intake, write):
        left = {one: size for one, size in intake.sizes.items() if one != name}
        if len(left) == len(intake.sizes):
            return
        write(_files_changed(replace(intake, sizes=left)))
        (folder_of(house, token) / FILES / name).unlink(missing_ok=True)


def abandon(house: House, token: str) -> None:
    """Remove an intake and all that it holds; what works on it is called off."""
    house.check("dataset.import")
    intake = get(house, token)
    for number in intake.jobs.values():
        with suppress(StateError), house.begin() as work:
            work.jobs.cancel(number)
    remove_folder(folder_of(house, token))


def propose(house: House, token: str, *, layout: str | None = None, kinds: Mapping[str, str] | None = None) -> Job:
    """Ask for a look at the files: what they are, and what is personal in them."""
    house.check("dataset.import")
    with changing(house, token) as (intake, write):
        here = received(house, intake)
        if not here:
            raise ChoiceError("there is no file yet", advice="Choose at least one.")
        lacking = [name for name, size in intake.sizes.items() if here[name] < size]
        if lacking:
            raise ChoiceError(f"{lacking[0]} has not arrived in full", advice="Choose it again to go on, or remove it.")
        told = replace(
            _files_changed(intake),
            done=("files",),
            layout=intake.layout if layout is None else layout,
            kinds=intake.kinds if kinds is None else dict(kinds),
        )
        with house.begin() as work:
            title = f"Look at {len(here)} file{'s' if len(here) > 1 else ''}"
            job = work.jobs.enqueue("dataset.propose", {"intake": token}, title=title)
        write(replace(told, jobs={"propose": job.number}))
    return job


def choose(house: House, token: str, **chosen: Any) -> Intake:
    """Keep what was chosen for columns or privacy; what was found out with other choices is forgotten."""
    house.check("dataset.import")
    with changing(house, token) as (intake, write):
        changed = replace(intake, **chosen)
        if changed != intake:
            (folder_of(house, token) / QUALITY).unlink(missing_ok=True)
            later = {"check", "import"}
            changed = replace(
                changed,
                done=tuple(step for step in intake.done if step == "files"),
                repairs=(),
                checked=(),
                jobs={work: number for work, number in intake.jobs.items() if work not in later},
            )
            write(changed)
        return changed


def agree(house: House, token: str, step: Step) -> Intake:
    """Set down that a step is as it should be."""
    house.check("dataset.import")
    with changing(house, token) as (intake, write):
        agreed = replace(intake, done=tuple(one for one in STEPS if one == step or one in intake.done))
        write(agreed)
        return agreed


def check(house: House, token: str, *, repairs: Sequence[Repair] = ()) -> Job:
    """Ask for the check of every row, with the repairs that were chosen."""
    house.check("dataset.import")
    with changing(house, token) as (intake, write):
        with house.begin() as work:
            job = work.jobs.enqueue("dataset.check", {"intake": token}, title="Check every row")
        (folder_of(house, token) / QUALITY).unlink(missing_ok=True)
        done = tuple(step for step in intake.done if step not in {"quality", "confirm"})
        jobs = {**intake.jobs, "check": job.number}
        write(replace(intake, repairs=tuple(repairs), checked=tuple(repairs), done=done, jobs=jobs))
    return job


def choose_repairs(house: House, token: str, repairs: Sequence[Repair]) -> Intake:
    """Keep the repairs that the import shall make beyond those of every import."""
    house.check("dataset.import")
    with changing(house, token) as (intake, write):
        chosen = replace(intake, repairs=tuple(repairs))
        write(chosen)
        return chosen


def note_import(house: House, token: str, job: Job, *, name: str, save_as: str) -> None:
    """Set down which job imports the intake."""
    house.check("dataset.import")
    with changing(house, token) as (intake, write):
        jobs = {**intake.jobs, "import": job.number}
        write(replace(intake, name=name, save_as=save_as, jobs=jobs, done=STEPS))


def choices_of(house: House, intake: Intake) -> ImportChoices:
    """Return what the command line would be told: the mapping as a profile of its own, privacy, repairs."""
    house.check("dataset.import")
    privacy = intake.privacy.items()
    left_out = (column for told in intake.columns.values() for column, target in told.items() if target == LEFT_OUT)
    dropped = [*(column for column, choice in privacy if choice.how == "drop"), *left_out]
    return ImportChoices(
        profile=str(folder_of(house, intake.token) / MAPPING),
        keep={column: choice.reason for column, choice in privacy if choice.how == "keep"},
        drop=tuple(dict.fromkeys(dropped)),
        pseudonymise=tuple(column for column, choice in privacy if choice.how == "pseudonymise"),
        repairs=intake.repairs,
    )


def release(house: House, files: Sequence[Path]) -> None:
    """Remove what an intake holds once its files are imported; that it was there remains until it is a day old."""
    house.check("dataset.import")
    for folder in {file.parent.parent for file in files if file.parent.name == FILES}:
        if folder.parent == intakes_folder(house) and folder.is_dir():
            for found in folder.iterdir():
                if found.is_dir():
                    remove_folder(found)
                elif found.name not in {STATE, LOCK}:
                    found.unlink(missing_ok=True)


def remove_abandoned(house: House, *, now: datetime | None = None) -> int:
    """Remove the intakes and downloads that nobody has touched for a day and no job works on; return how many."""
    house.check("dataset.import")
    count, before = 0, ((now or datetime.now(UTC)) - KEPT).timestamp()
    for folder in intakes_folder(house).glob("*"):
        with suppress(OSError, StateError):
            state = folder / STATE
            last = max((path.stat().st_mtime for path in folder.rglob("*")), default=folder.stat().st_mtime)
            if last < before and not (state.is_file() and _is_worked_on(house, state)):
                remove_folder(folder)
                count += 1
    for file in (house.home.scratch / "downloads").glob("*"):
        with suppress(OSError):
            if file.stat().st_mtime < before:
                file.unlink()
                count += 1
    return count


@contextmanager
def changing(house: House, token: str) -> Generator[tuple[Intake, Any], None, None]:
    """Give an intake and what writes it back, while nobody else can change it."""
    house.check("dataset.import")
    get(house, token)
    folder = folder_of(house, token)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield get(house, token), lambda intake: _write(house, intake)
    finally:
        os.close(handle)


def _files_changed(intake: Intake) -> Intake:
    """Forget what was found out about other files; what was said of columns by name stays."""
    return replace(intake, done=(), jobs={}, repairs=(), checked=())


def _check_room(name: str, *, size: int, others: Mapping[str, int]) -> None:
    limit = f"{LARGEST >> 30} GB"
    if size + sum(others.values()) > LARGEST:
        raise InputError(
            f"is too large: all files of one upload together may have {limit}",
            file=name,
            advice="Pack it (.csv.gz, .zip), upload in several parts, or import it with `powertheft dataset import`.",
        )
    if size == 0:
        raise InputError("is empty: it has no bytes", file=name, advice="Export it again.")
    if len(others) >= MOST_FILES:
        raise InputError(
            f"is one file too many: {MOST_FILES} can be uploaded together", file=name, advice="Pack them into a .zip."
        )


def _append(path: Path, stream: BinaryIO, *, most: int) -> int:
    """Write what comes to the end of a file, one byte more than `most` at most; return its length."""
    written = 0
    with path.open("ab") as file:
        while written <= most and (piece := stream.read(min(PIECE, most + 1 - written))):
            file.write(piece)
            written += len(piece)
        return file.tell()


@contextmanager
def _one_writer(path: Path) -> Generator[None, None, None]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        advice = "Wait until the other one is done, or close it."
        raise StateError(f"{path.name} is being uploaded in another window", advice=advice) from error
    finally:
        os.close(handle)


def _is_worked_on(house: House, state: Path) -> bool:
    intake = _from_json(json.loads(state.read_text("utf-8")))
    with house.read() as work:
        states = {work.jobs.get_job(number).state for number in intake.jobs.values()}
    return bool(states & {"queued", "running"})


def _write(house: House, intake: Intake) -> None:
    folder = folder_of(house, intake.token)
    write_json(folder / STATE, asdict(intake))


def _from_json(told: Mapping[str, Any]) -> Intake:
    read: dict[str, Any] = {"done": tuple(cast("list[Step]", told["done"]))}
    read |= {name: tuple(map(repair_from_json, told[name])) for name in ("repairs", "checked")}
    read["privacy"] = {column: PersonalChoice(**choice) for column, choice in told["privacy"].items()}
    return Intake(**{**told, **read})


def forget(folder: Path) -> None:
    """Remove what an earlier look at the files found."""
    for name in (PROPOSAL, PLAN, MAPPING, QUALITY):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / HEADS, ignore_errors=True)
