"""Uploads: files on their way to a dataset, in the steps of the pages. Rule of the room: knows the use cases only.

Files come as bytes in parts; no address or path of this machine is taken, so nobody reads a file of it by importing it.
"""

from typing import Annotated, Any, BinaryIO, Literal, cast

from apiflask import APIBlueprint
from flask import request
from flask.typing import ResponseReturnValue
from pydantic import Field

from powertheft.actions import intake_checks, intake_plans, intakes
from powertheft.actions.house import House
from powertheft.actions.intakes import Intake, PersonalChoice
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.once import ONCE, JobAnswer, JobTold, ask
from powertheft.api.shapes import Asked, Name, Part, Plain, Text, Told, Word, nothing, plain
from powertheft.domain.errors import StateError
from powertheft.domain.jobs import Job
from powertheft.domain.quality import repair_from_json

pages = APIBlueprint("intakes", __name__, url_prefix="/intakes", tag="Uploads")

LARGEST_PART = 64 << 20
"""Bytes of one part of a file."""

OCTETS = "application/octet-stream"
Bytes = Annotated[int, Field(ge=1, le=intakes.LARGEST)]


class IntakeTold(Told):
    """An upload: its files, how many bytes of each are here, what was agreed to, and the last job of each kind."""

    intake: str
    created_at: str
    sizes: dict[str, int]
    received: dict[str, int]
    layout: str
    columns: dict[str, dict[str, str]]
    privacy: Plain
    repairs: list[Plain]
    done: list[str]
    jobs: dict[str, int]


class IntakePart(Part):
    """The uploads of the token's owner, newest first."""

    items: list[IntakeTold]


class FileAsked(Asked):
    """A file that is to come: its name and its bytes."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    size: Bytes


class FileTold(Told):
    """The name that a file is kept under, and how many bytes are here: the next part begins there."""

    name: str
    received: int


class PlaceAsked(Asked):
    """Where in the file the part begins."""

    offset: Annotated[int, Field(ge=0, le=intakes.LARGEST)]


class ProposeAsked(Asked):
    """`layout` is a profile's name, "" to find it out, "propose" to use no known one; `kinds` a file's table."""

    layout: Annotated[str, Field(max_length=200)] | None = None
    kinds: dict[Word, Word] | None = None


class ColumnsAsked(Asked):
    """For each file what its columns are: `table.column` of ours, "~" to ride along, "-" to be left out."""

    columns: dict[Word, dict[Word, Word]]


class ChoiceAsked(Asked):
    """What becomes of a personal column; what is kept needs a reason."""

    how: Literal["drop", "pseudonymise", "keep"]
    reason: Annotated[str, Field(max_length=500)] = ""


class PrivacyAsked(Asked):
    """What becomes of personal columns, other than what is proposed."""

    privacy: dict[Word, ChoiceAsked]


class RepairAsked(Asked):
    """A repair of the quality report, with the numbers that it must be told."""

    name: Word
    table: Word
    column: Annotated[str, Field(max_length=200)] = ""
    parameters: dict[Word, float | Text] = Field(default_factory=dict)


class RepairsAsked(Asked):
    """The repairs that are to be made."""

    repairs: list[RepairAsked] = Field(default_factory=list)


class ImportAsked(Asked):
    """The dataset's name; `save_as` keeps the mapping as a profile, to be recognised the next time."""

    name: Name
    save_as: Annotated[str, Field(max_length=100)] = ""


@pages.get("")
@needs("dataset.import")
@pages.output(IntakePart)
def list_intakes() -> dict[str, Any]:
    """List one's own uploads that were not imported yet."""
    house = current_house()
    return {"items": [_told(house, one) for one in intakes.list_open(house)]}


@pages.post("")
@needs("dataset.import")
@pages.output(IntakeTold, status_code=201)
def start_intake() -> tuple[IntakeTold, dict[str, str]]:
    """Begin an upload; what is left alone for a day goes again."""
    house = current_house()
    begun = intakes.start(house)
    return _told(house, begun), {"Location": f"{request.script_root}/intakes/{begun.token}"}


@pages.get("/<intake>")
@needs("dataset.import")
@pages.output(IntakeTold)
def get_intake(intake: str) -> IntakeTold:
    """Look at an upload."""
    return _told(current_house(), _known(intake))


@pages.delete("/<intake>")
@needs("dataset.import")
@pages.output({}, status_code=204)
def abandon_intake(intake: str) -> ResponseReturnValue:
    """Remove an upload and its files; what works on it is called off."""
    intakes.abandon(current_house(), _known(intake).token)
    return nothing()


@pages.post("/<intake>/files")
@needs("dataset.import")
@pages.input(FileAsked)
@pages.output(FileTold, status_code=201)
def announce_file(intake: str, json_data: FileAsked) -> dict[str, Any]:
    """Announce a file; where it was begun before, the answer says how much of it is here."""
    token = _known(intake).token
    name, here = intakes.add_file(current_house(), token, name=json_data.name, size=json_data.size)
    return {"name": name, "received": here}


@pages.put("/<intake>/files/<name>")
@needs("dataset.import")
@pages.doc(extensions={"x-body": OCTETS})
@pages.input(PlaceAsked, location="query")
@pages.output(FileTold)
def send_part(intake: str, name: str, query_data: PlaceAsked) -> dict[str, Any]:
    """Send the next part of a file, 64 MB at most; a part that begins elsewhere is not taken."""
    token = _known(intake).token
    request.max_content_length = LARGEST_PART
    here = intakes.add_part(
        current_house(), token, name=name, offset=query_data.offset, stream=cast(BinaryIO, request.stream)
    )
    return {"name": name, "received": here}


@pages.delete("/<intake>/files/<name>")
@needs("dataset.import")
@pages.output({}, status_code=204)
def remove_file(intake: str, name: str) -> ResponseReturnValue:
    """Take a file out again."""
    intakes.remove_file(current_house(), _known(intake).token, name=name)
    return nothing()


@pages.post("/<intake>/propose")
@needs("dataset.import")
@pages.doc(extensions=ONCE)
@pages.input(ProposeAsked)
@pages.output(JobTold, status_code=202)
def propose(intake: str, json_data: ProposeAsked) -> JobAnswer:
    """Ask what the files are and what in them is personal."""
    token = _known(intake).token
    return ask(lambda house: intakes.propose(house, token, layout=json_data.layout, kinds=json_data.kinds))


@pages.get("/<intake>/plan")
@needs("dataset.import")
@pages.output({}, description="Files, columns, what is personal, a few rows as they will be kept, and what hinders.")
def read_plan(intake: str) -> Any:
    """Read how the import is planned, after it was looked at what the files are."""
    plan = intake_plans.read_plan(current_house(), _known(intake))
    if plan is None:
        raise _too_early("the files were not looked at yet", "Ask for it with propose, and wait for the job.")
    return plain(plan)


@pages.put("/<intake>/columns")
@needs("dataset.import")
@pages.input(ColumnsAsked)
@pages.output({}, description="The plan that follows.")
def choose_columns(intake: str, json_data: ColumnsAsked) -> Any:
    """Say what columns are, other than what is proposed."""
    return _chosen(intake, columns=json_data.columns)


@pages.put("/<intake>/privacy")
@needs("dataset.import")
@pages.input(PrivacyAsked)
@pages.output({}, description="The plan that follows.")
def choose_privacy(intake: str, json_data: PrivacyAsked) -> Any:
    """Say what becomes of personal columns, other than what is proposed."""
    wanted = {column: PersonalChoice(one.how, one.reason) for column, one in json_data.privacy.items()}
    return _chosen(intake, privacy=wanted)


@pages.post("/<intake>/check")
@needs("dataset.import")
@pages.doc(extensions=ONCE)
@pages.input(RepairsAsked)
@pages.output(JobTold, status_code=202)
def check(intake: str, json_data: RepairsAsked) -> JobAnswer:
    """Ask for the check of every row, as the import will read it."""
    token, repairs = _known(intake).token, tuple(repair_from_json(one.model_dump()) for one in json_data.repairs)

    def enqueue(house: House) -> Job:
        _check_planned(house, token)
        return intakes.check(house, token, repairs=repairs)

    return ask(enqueue)


@pages.get("/<intake>/quality")
@needs("dataset.import")
@pages.output({}, description="The report, and what each repair would do to the first rows.")
def read_quality(intake: str) -> Any:
    """Read what the check found."""
    found = intake_checks.read_check(current_house(), _known(intake))
    if found is None:
        raise _too_early("the rows were not checked yet", "Ask for it with check, and wait for the job.")
    return plain(found)


@pages.post("/<intake>/import")
@needs("dataset.import")
@pages.doc(extensions=ONCE)
@pages.input(ImportAsked)
@pages.output(JobTold, status_code=202)
def import_intake(intake: str, json_data: ImportAsked) -> JobAnswer:
    """Ask for the import as the next version of a dataset; the result names it, and the uploaded files go."""
    token, wanted = _known(intake).token, json_data
    return ask(lambda house: intake_checks.confirm_intake(house, token, name=wanted.name, save_as=wanted.save_as))


def _known(token: str) -> Intake:
    with absent_is_not_found():
        return intakes.get(current_house(), token)


def _chosen(token: str, **chosen: Any) -> Any:
    house = current_house()
    _check_planned(house, _known(token).token)
    intakes.choose(house, token, **chosen)
    return plain(intake_plans.plan_intake(house, token))


def _check_planned(house: House, token: str) -> None:
    if intake_plans.read_plan(house, intakes.get(house, token)) is None:
        raise _too_early("the files were not looked at yet", "Ask for it with propose, and wait for the job.")


def _too_early(what: str, advice: str) -> StateError:
    return StateError(what, advice=advice)


def _told(house: House, intake: Intake) -> IntakeTold:
    return IntakeTold(
        intake=intake.token,
        created_at=intake.created_at,
        sizes=dict(intake.sizes),
        received=intakes.received(house, intake),
        layout=intake.layout,
        columns={file: dict(told) for file, told in intake.columns.items()},
        privacy={column: {"how": one.how, "reason": one.reason} for column, one in intake.privacy.items()},
        repairs=[one.to_json() for one in intake.repairs],
        done=list(intake.done),
        jobs=dict(intake.jobs),
    )
