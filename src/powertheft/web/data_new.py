"""Data, New: from files to a dataset in five steps. Rule of the room: one URL, one view, one template.

What is said between the steps is kept by the use cases, not here: another browser, or the same one a day later, goes on
where this one stopped.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from flask import Response as FlaskResponse
from flask import flash, jsonify, redirect, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from wtforms import ValidationError

from powertheft.actions import intake_checks, intake_plans, intakes
from powertheft.actions.intakes import LARGEST, STEPS, Intake, PersonalChoice, Step
from powertheft.domain.errors import ChoiceError, InputError, UserError
from powertheft.domain.jobs import Job
from powertheft.domain.quality import RULE, Repair, repair_from_json, report_from_json
from powertheft.web import data_words as words
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.data_blueprint import pages
from powertheft.web.job_words import shown_job
from powertheft.web.rendering import render_page

FORM_ALLOWANCE = 1 << 20
"""Bytes that a form may have beside its files."""
LARGEST_TEXT = 1 << 20
PART = 8 << 20
LARGEST_PART = 64 << 20
WORK_OF: dict[Step, str] = {"columns": "propose", "quality": "check", "confirm": "import"}
CHANGED = 422


def open_uploads() -> list[Intake]:
    """Return the uploads that who is signed in has not finished."""
    return intakes.list_open(current_house()) if current_actor().can("dataset.import") else []


@pages.get("/new")
@needs("dataset.import")
def new() -> Response:
    """Show the first step, before there is any file."""
    return render_page("data/new.html", **_nothing_yet(), uploads=open_uploads())


@pages.post("/new")
@needs("dataset.import")
def begin() -> ResponseReturnValue:
    """Begin an upload: with the files of a plain form, or with none, for the script that sends them in parts."""
    house = current_house()
    if request.mimetype != "multipart/form-data":
        _check_token(request.headers.get("X-CSRFToken", ""))
        intake = intakes.start(house)
        return jsonify(token=intake.token, address=url_for("data.upload", token=intake.token))
    intake = intakes.start(house)
    try:
        _take_form(intake.token)
    except (UserError, CSRFError, RequestEntityTooLarge) as error:
        intakes.abandon(house, intake.token)
        if isinstance(error, CSRFError):
            raise
        values: dict[str, Any] = {**_nothing_yet(), "uploads": open_uploads(), "trouble": _trouble(error)}
        return render_page("data/new.html", **values, status=CHANGED)
    return redirect(url_for("data.upload", token=intake.token))


@pages.get("/new/<token>")
@needs("dataset.import")
def upload(token: str) -> ResponseReturnValue:
    """Show how far an upload has come, and its next step."""
    intake = intakes.get(current_house(), token)
    job = _job_of(intake, "import")
    if job is not None and job.state == "done":
        name, _, number = str((job.result or {})["dataset"]).partition("@")
        return redirect(url_for("data.version", name=name, number=int(number)))
    return _page(intake)


@pages.post("/new/<token>/files")
@needs("dataset.import")
def add_files(token: str) -> ResponseReturnValue:
    """Add the files of a plain form."""
    intake = intakes.get(current_house(), token)
    try:
        _take_form(token)
    except (UserError, RequestEntityTooLarge) as error:
        return _page(intakes.get(current_house(), intake.token), trouble=_trouble(error), status=CHANGED)
    return _back(token, "files")


@pages.post("/new/<token>/announce")
@needs("dataset.import")
def announce(token: str) -> ResponseReturnValue:
    """Hear of a file that comes in parts; say under which name, and where to begin."""
    try:
        size = request.form.get("size", -1, type=int)
        name, here = intakes.add_file(current_house(), token, name=request.form.get("name", ""), size=size)
    except UserError as error:
        return jsonify(trouble=_sentence(error)), CHANGED
    return jsonify(name=name, received=here, part=PART)


@pages.post("/new/<token>/part")
@needs("dataset.import")
def add_part(token: str) -> ResponseReturnValue:
    """Take a part of a file, as it comes off the line; say where the next one begins."""
    _check_token(request.headers.get("X-CSRFToken", ""))
    request.max_content_length = LARGEST_PART
    try:
        name, offset = request.args.get("name", ""), request.args.get("offset", -1, type=int)
        here = intakes.add_part(current_house(), token, name=name, offset=offset, stream=cast(Any, request.stream))
    except UserError as error:
        return jsonify(trouble=_sentence(error)), CHANGED
    return jsonify(received=here)


@pages.post("/new/<token>/remove")
@needs("dataset.import")
def remove(token: str) -> ResponseReturnValue:
    """Take a file out."""
    intakes.remove_file(current_house(), token, name=request.form.get("name", ""))
    return _back(token, "files")


@pages.post("/new/<token>/look")
@needs("dataset.import")
def look(token: str) -> ResponseReturnValue:
    """Find out what the files are; with another layout, if one was chosen."""
    try:
        intakes.propose(current_house(), token, layout=request.form.get("layout"))
    except UserError as error:
        return _page(intakes.get(current_house(), token), trouble=_trouble(error), status=CHANGED)
    return _back(token, "columns")


@pages.post("/new/<token>/columns")
@needs("dataset.import")
def columns(token: str) -> ResponseReturnValue:
    """Keep what somebody says of the columns; with "agree", go on."""
    house = current_house()
    intake = intakes.get(house, token)
    plan = intake_plans.read_plan(house, intake)
    if plan is None:
        return _back(token, "columns")
    kinds = _said_kinds(plan)
    if kinds:
        intakes.choose(house, token, columns={s: c for s, c in intake.columns.items() if s not in kinds})
        intakes.propose(house, token, layout="propose", kinds={**intake.kinds, **kinds})
        return _back(token, "columns")
    said = _said_columns(plan)
    if said:
        merged = {stem: {**intake.columns.get(stem, {}), **told} for stem, told in said.items()}
        intakes.choose(house, token, columns={**intake.columns, **merged})
        plan = intake_plans.plan_intake(house, token)
    if "agree" in request.form and not plan["problem"]:
        intakes.agree(house, token, "columns")
        return _back(token, "privacy")
    if request.headers.get("HX-Request"):
        return _page(intakes.get(house, token), shown="columns", part="columns")
    return _back(token, "columns")


@pages.post("/new/<token>/privacy")
@needs("dataset.import")
def privacy(token: str) -> ResponseReturnValue:
    """Keep what becomes of personal columns, and go on to the check of every row."""
    house = current_house()
    intake = intakes.get(house, token)
    plan = intake_plans.read_plan(house, intake) or {"personal": []}
    said = _said_privacy(plan["personal"])
    lacking = [column for column, choice in said.items() if choice.how == "keep" and not choice.reason]
    if lacking:
        what = gettext("%(column)s identifies people and is kept without a reason.", column=lacking[0])
        told = {"step": "privacy", "what": what, "advice": gettext("Say why it must be kept, or choose another way.")}
        return _page(intake, shown="privacy", trouble=told, entered=said, status=CHANGED)
    if said != dict(intake.privacy):
        intakes.choose(house, token, privacy=said)
        plan = intake_plans.plan_intake(house, token)
        intakes.agree(house, token, "columns")
        if plan.get("problem"):
            return _page(intakes.get(house, token), shown="columns", status=CHANGED)
    agreed = intakes.agree(house, token, "privacy")
    if intake_checks.read_check(house, agreed) is None and not _is_running(_job_of(agreed, "check")):
        intakes.check(house, token)
    return _back(token, "quality")


@pages.post("/new/<token>/quality")
@needs("dataset.import")
def quality(token: str) -> ResponseReturnValue:
    """Keep the repairs that were chosen; check again with them, or go on."""
    house = current_house()
    found = intake_checks.read_check(house, intakes.get(house, token))
    try:
        chosen = _said_repairs(found) if found else ()
    except ChoiceError as error:
        return _page(intakes.get(house, token), shown="quality", trouble=_trouble(error, "quality"), status=CHANGED)
    if "again" in request.form or found is None:
        intakes.check(house, token, repairs=chosen)
        return _back(token, "quality")
    intakes.choose_repairs(house, token, chosen)
    intakes.agree(house, token, "quality")
    return _back(token, "confirm")


@pages.post("/new/<token>/confirm")
@needs("dataset.import")
def confirm(token: str) -> ResponseReturnValue:
    """Import the files as was agreed."""
    name, save_as = (request.form.get(field, "").strip() for field in ("name", "save_as"))
    try:
        intake_checks.confirm_intake(current_house(), token, name=name, save_as=save_as)
    except ChoiceError as error:
        told = _trouble(error, "confirm")
        entered = {"name": name, "save_as": save_as}
        return _page(
            intakes.get(current_house(), token), shown="confirm", trouble=told, entered=entered, status=CHANGED
        )
    return _back(token, "confirm")


@pages.post("/new/<token>/abandon")
@needs("dataset.import")
def abandon(token: str) -> ResponseReturnValue:
    """Remove an upload and its files."""
    intakes.abandon(current_house(), token)
    flash(gettext("The upload is removed, with its files."))
    return redirect(url_for("data.index"))


@pages.get("/new/<token>/work")
@needs("dataset.import")
def work(token: str) -> ResponseReturnValue:
    """Show how far the background is; when it is done, lead back to the page."""
    intake = intakes.get(current_house(), token)
    job = _job_of(intake, WORK_OF.get(_shown_step(intake), "propose"))
    if job is None or job.state not in {"queued", "running"}:
        # A reload, also where the address is the same but for its anchor.
        return FlaskResponse(status=204, headers={"HX-Redirect": url_for("data.upload", token=token)})
    return render_page("data/work.html", part="work", intake=intake, job=shown_job(job))


@pages.route("/new/<token>/rows", methods=["GET", "POST"])
@needs("dataset.import")
def rows(token: str) -> ResponseReturnValue:
    """Show some rows of the files; sent as a form, with what identifies people, for who may see it."""
    intake = intakes.get(current_house(), token)
    revealed = request.method == "POST"
    tables = intake_plans.rows_of(current_house(), intake, revealed=revealed)
    return render_page("data/rows.html", intake=intake, tables=tables, revealed=revealed)


def _page(
    intake: Intake,
    *,
    shown: Step | None = None,
    part: str | None = None,
    trouble: dict[str, str] | None = None,
    entered: Any = None,
    status: int = 200,
) -> Response:
    house = current_house()
    plan, found = intake_plans.read_plan(house, intake), intake_checks.read_check(house, intake)
    report = report_from_json(found["report"]) if found else None
    with house.read() as work_:
        names = list(work_.datasets.list_datasets())
    jobs = {step: _job_of(intake, kind) for step, kind in WORK_OF.items()}
    open_step = shown or cast(Step, request.args.get("step", "")) or _shown_step(intake)
    return render_page(
        "data/new.html",
        part=part,
        status=status,
        intake=intake,
        received=intakes.received(house, intake),
        plan=plan,
        found=found,
        report=report,
        findings=words.by_severity(report.findings) if report else [],
        offers=_offers(found),
        jobs={step: shown_job(job) for step, job in jobs.items() if job is not None},
        open_step=open_step if open_step in STEPS else _shown_step(intake),
        now=_shown_step(intake),
        trouble=trouble or {},
        entered=entered or {},
        options_for=intake_plans.options_for,
        layouts=intake_plans.layouts(house),
        names=names,
        largest=LARGEST,
        words=words,
    )


def _nothing_yet() -> dict[str, Any]:
    empty: dict[str, Any] = {"intake": None, "received": {}, "plan": None, "found": None, "report": None, "jobs": {}}
    values: dict[str, Any] = {"open_step": "files", "now": "files", "trouble": {}, "entered": {}}
    return {**empty, **values, "largest": LARGEST, "words": words}


def _shown_step(intake: Intake) -> Step:
    """Return the step that waits for somebody, or for the background."""
    return "confirm" if "import" in intake.jobs else intake.next_step()


def _job_of(intake: Intake, kind: str) -> Job | None:
    with suppress(ChoiceError):
        if kind in intake.jobs:
            with current_house().read() as work_:
                return work_.jobs.get_job(intake.jobs[cast(Any, kind)])
    return None


def _is_running(job: Job | None) -> bool:
    return job is not None and job.state in {"queued", "running"}


def _take_form(token: str) -> None:
    """Take the files of a plain form, each written to its place as it comes off the line."""
    house = current_house()
    request.max_content_length = LARGEST + FORM_ALLOWANCE
    written: list[Any] = []

    def place(**_told: object) -> Any:
        written.append(intakes.place_for_form(house, token).open("w+b"))
        return written[-1]

    parser = FormDataParser(stream_factory=cast(Any, place), max_form_memory_size=LARGEST_TEXT, max_form_parts=1000)
    try:
        stream, length = cast(Any, request.stream), request.content_length
        _, form, files = parser.parse(stream, request.mimetype, length, request.mimetype_params)
        _check_token(form.get("csrf_token", ""))
        sent = [file for file in files.getlist("files") if file.filename]
        if not sent:
            raise InputError(gettext("no file was chosen"), advice=gettext("Choose at least one."))
        for file in sent:
            file.stream.close()
            intakes.adopt_file(house, token, name=file.filename or "", place=Path(cast(Any, file.stream).name))
    finally:
        for file in written:
            file.close()
            Path(file.name).unlink(missing_ok=True)


def _check_token(token: str) -> None:
    try:
        validate_csrf(token)
    except ValidationError as error:
        raise CSRFError(str(error)) from error


def _said_kinds(plan: Any) -> dict[str, str]:
    """Return the tables that were chosen for files and are others than before."""
    told: dict[str, str] = {}
    for number, file in enumerate(plan["files"]):
        chosen = request.form.get(f"kind-{number}", file["table"])
        if chosen != file["table"] and chosen in words.TABLE_WORDS:
            told[file["stem"]] = chosen
    return told


def _said_columns(plan: Any) -> dict[str, dict[str, str]]:
    """Return what was chosen for columns and is other than before."""
    told: dict[str, dict[str, str]] = {}
    for number, file in enumerate(plan["files"]):
        for place, column in enumerate(file["columns"]):
            chosen = request.form.get(f"column-{number}-{place}", column["target"])
            if chosen != column["target"]:
                told.setdefault(file["stem"], {})[column["source"]] = chosen
    return told


def _said_privacy(personal: Any) -> dict[str, PersonalChoice]:
    told: dict[str, PersonalChoice] = {}
    for number, found in enumerate(personal):
        chosen, reason = (request.form.get(f"{field}-{number}", "").strip() for field in ("how", "reason"))
        if chosen in {"keep", "pseudonymise"} or (chosen == "drop" and found["what"] == "coordinates"):
            told[found["column"]] = PersonalChoice(cast(Any, chosen), reason if chosen == "keep" else "")
    return told


def _offers(found: Any) -> list[tuple[str, intake_checks.Offer]]:
    """Return every repair that can be chosen, with the finding that it mends as rule, table and column."""
    if not found:
        return []
    report = report_from_json(found["report"])
    findings = words.by_severity(report.findings)
    return [(f"{f.rule}/{f.table}/{f.column}", offer) for f in findings for offer in intake_checks.offers(f)]


def _said_repairs(found: Any) -> tuple[Repair, ...]:
    """Return the repairs that were ticked, with their numbers."""
    told: list[Repair] = []
    for number, (_, offer) in enumerate(_offers(found)):
        if f"repair-{number}" not in request.form:
            continue
        numbers = {name: request.form.get(f"{name}-{number}", "", type=_number) for name in offer.numbers}
        given = {name: value for name, value in numbers.items() if isinstance(value, float)}
        if offer.numbers and not given:
            what = gettext("%(what)s needs a number.", what=str(words.REPAIR_WORDS[offer.repair.name]))
            raise ChoiceError(what, advice=gettext("Write it beside the repair, in the unit of the column."))
        parameters = {**offer.repair.parameters, **given}
        told.append(Repair(offer.repair.name, offer.repair.table, offer.repair.column, parameters))
    return tuple(told)


def _number(text: str) -> float | str:
    return float(text.replace(",", "")) if text.strip() else ""


def _trouble(error: UserError | RequestEntityTooLarge, step: str = "files") -> dict[str, str]:
    if isinstance(error, RequestEntityTooLarge):
        limit = gettext("%(limit)s GB", limit=LARGEST >> 30)
        what = gettext("The files are too large: one upload may have %(limit)s.", limit=limit)
        return {"step": step, "what": what, "advice": gettext("Pack them (.csv.gz, .zip), or upload in several parts.")}
    what = f"{error.file}: {error.what}" if error.file else error.what[:1].upper() + error.what[1:]
    return {"step": step, "what": what, "advice": error.advice, "field": error.column or ""}


def _sentence(error: UserError) -> str:
    told = _trouble(error)
    stop = "" if told["what"].endswith((".", "!", "?")) else "."
    return f"{told['what']}{stop} {told['advice']}".strip()


def _back(token: str, step: Step) -> ResponseReturnValue:
    return redirect(url_for("data.upload", token=token, _anchor=step))


@pages.app_template_filter("parsed")
def parsed(moment: str) -> datetime:
    """Return the moment that a text stands for."""
    return datetime.fromisoformat(moment)


@pages.app_template_filter("taken")
def taken(repairs: Sequence[Repair], wanted: Repair) -> Repair | None:
    """Return a repair as it was chosen, with its numbers, None where it was not."""
    return next((one for one in repairs if _key(one) == _key(wanted)), None)


@pages.app_template_filter("previewed")
def previewed(previews: Sequence[Any], wanted: Repair) -> Any:
    """Return what a repair would do, None where it was not tried."""
    return next((one for one in previews if _key(repair_from_json(one["repair"])) == _key(wanted)), None)


def _key(repair: Repair) -> tuple[str, str, str, object]:
    return repair.name, repair.table, repair.column, repair.parameters.get(RULE)


def _exempt(state: BlueprintSetupState) -> None:
    # What streams checks its token itself: the usual check reads the whole form first.
    for view in (begin, add_files, add_part):
        state.app.extensions["csrf"].exempt(view)


pages.record_once(_exempt)
