"""One case and the visit: address, checks, outcome, photos. Rule of the room: one URL, one view, one template."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from wtforms import DateField, MultipleFileField, RadioField, SelectField, TextAreaField
from wtforms.validators import AnyOf, Length, Optional

from powertheft.actions import inspections
from powertheft.actions.inspection_photos import LARGEST_PHOTO, add_photo, photos_there, read_photo
from powertheft.actions.reveal_consumers import reveal_for_visit
from powertheft.domain.errors import ChoiceError
from powertheft.domain.inspections import Case, Finding
from powertheft.domain.numbers import read_amount, written
from powertheft.domain.visit_checks import VisitCheck, checks_for
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.forms import Form, Required, StringField
from powertheft.web.inspections_file import LARGEST_FILE
from powertheft.web.inspections_words import ACT_WORDS, OUTCOME_WORDS, case_words
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

MOST_PHOTOS = 4
LARGEST = {"inspections.record": MOST_PHOTOS * LARGEST_PHOTO + (1 << 20), "inspections.outcomes": LARGEST_FILE}
"""Bytes of what a view takes, beyond what a form may hold."""

LATELY = timedelta(days=14)


class FindingForm(Form):
    """What a visit found."""

    outcome = RadioField(
        lazy_gettext("What did you find?"),
        [Required, AnyOf(list(OUTCOME_WORDS))],
        choices={name: name for name in OUTCOME_WORDS},
        validate_choice=False,
    )
    inspected_on = DateField(lazy_gettext("Day of the visit"), [Required])
    energy_assessed = StringField(
        lazy_gettext("Energy not billed (kWh)"),
        description=lazy_gettext("As you assess it; leave it out where there is none."),
        render_kw={"inputmode": "decimal", "autocomplete": "off"},
    )
    amount_assessed = StringField(
        lazy_gettext("Amount assessed"), render_kw={"inputmode": "decimal", "autocomplete": "off"}
    )
    note = TextAreaField(
        lazy_gettext("Note"),
        [Length(max=2000)],
        description=lazy_gettext("What was seen and done. No names, no phone numbers."),
    )
    photos = MultipleFileField(
        lazy_gettext("Photos"),
        description=lazy_gettext("Up to 4, of at most 12 MB each. Place, time and phone are taken out of the file."),
        render_kw={"accept": "image/jpeg,image/png,image/webp"},
    )


class NoteForm(Form):
    """Why something is taken back or opened again."""

    note = StringField(lazy_gettext("Why"), [Required, Length(max=500)], render_kw={"maxlength": 500})


class HandForm(Form):
    """Who goes, and when; the choices are set when it is shown."""

    to = SelectField(lazy_gettext("Hand to"), [Required], choices=[])
    planned_on = DateField(lazy_gettext("Visit on"), [Optional()])


def own_cases() -> Response:
    """Show somebody's own visits: what is to be done in the order of the route, then what was recorded lately."""
    house = current_house()
    mine = inspections.list_cases(house, assigned_to=house.actor.name)
    waiting = inspections.in_route_order([case for case in mine if case.state in inspections.WAITING])
    begun = [case for case in waiting if case.state == "started"]
    since = date.today() - LATELY
    done = [case for case in mine if case.state in {"recorded", "closed"} and _found_on(case) >= since]
    route = [*begun, *(case for case in waiting if case.state != "started")]
    cards = [(case, checks_of(case)) for case in route]
    return render_page("inspections/mine.html", cards=cards, done=done, today=date.today(), **case_words())


@needs("inspection.record")
def mine() -> Response:
    """Show the own visits to somebody who sees all cases, too."""
    return own_cases()


@needs("inspection.read")
def case(number: int) -> Response:
    """Show one case."""
    return _page(case_of(number))


@needs("inspection.record")
def address(number: int) -> Response:
    """Show where a visit goes, after the look was recorded."""
    found = case_of(number)
    return _page(found, part="place", place=reveal_for_visit(current_house(), number))


@needs("inspection.record")
def start(number: int) -> ResponseReturnValue:
    """Begin a visit."""
    case_of(number)
    inspections.start_case(current_house(), number)
    return redirect(url_for("inspections.case", number=number, _anchor="found"))


@needs("inspection.record")
def record(number: int) -> ResponseReturnValue:
    """Set down what a visit found, and go on to the next one."""
    found, house, form = case_of(number), current_house(), FindingForm()
    # All that is wrong is said at once; the photos that came in are kept whatever else has to be mended.
    form.validate()
    kept = _with_new_photos(number, form, photos_there(house, number, request.form.getlist("kept")))
    finding = _finding(form, kept)
    for fault in inspections.faults_of_finding(house, number, finding):
        form.blame(fault)
    if form.errors:
        return _page(found, form=form, kept=kept, status=422)
    inspections.record_finding(house, number, finding)
    flash(gettext("Case %(number)s is recorded.", number=number))
    return redirect(_next_after(found))


@needs("inspection.record")
def correct(number: int) -> ResponseReturnValue:
    """Open what was recorded once more; what was recorded stays in the history."""
    return _with_note(number, inspections.correct_finding, anchor="found")


@needs("inspection.assign")
def withdraw(number: int) -> ResponseReturnValue:
    """Take a case back."""
    return _with_note(number, inspections.withdraw_case, anchor=None)


@needs("inspection.assign")
def propose_again(number: int) -> ResponseReturnValue:
    """Undo a withdrawal."""
    case_of(number)
    inspections.propose_again(current_house(), number)
    flash(gettext("The case is open again."))
    return redirect(url_for("inspections.case", number=number))


@needs("inspection.assign")
def close(number: int) -> ResponseReturnValue:
    """Close a recorded case."""
    case_of(number)
    inspections.close_case(current_house(), number)
    flash(gettext("The case is closed: nothing of it changes any more."))
    return redirect(url_for("inspections.case", number=number))


@needs("inspection.assign")
def hand_over(number: int) -> ResponseReturnValue:
    """Hand one case to an inspector."""
    found, form = case_of(number), hand_form()
    if not form.validate_on_submit():
        return _page(found, hand=form, status=422)
    inspections.assign_cases(current_house(), [number], to=form.to.data, planned_on=form.planned_on.data)
    flash(gettext("The case is handed to %(name)s.", name=form.to.data))
    return redirect(url_for("inspections.case", number=number))


@needs("inspection.read")
def photo(number: int, name: str) -> Response:
    """Send a photo to whoever may see the case."""
    try:
        content = read_photo(current_house(), number, name)
    except ChoiceError:
        abort(404)
    return Response(content, mimetype="image/jpeg")


View = Callable[..., ResponseReturnValue]
RULES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/mine", mine),
    ("GET", "/<int:number>", case),
    ("POST", "/<int:number>/address", address),
    ("POST", "/<int:number>/start", start),
    ("POST", "/<int:number>/record", record),
    ("POST", "/<int:number>/correct", correct),
    ("POST", "/<int:number>/withdraw", withdraw),
    ("POST", "/<int:number>/propose-again", propose_again),
    ("POST", "/<int:number>/close", close),
    ("POST", "/<int:number>/hand-over", hand_over),
    ("GET", "/<int:number>/photos/<name>", photo),
)
"""The addresses of one case, below those of all of them."""


def add_rules(pages: Blueprint) -> None:
    """Put the addresses of one case into the group of pages."""
    for method, rule, view in RULES:
        pages.add_url_rule(rule, view_func=view, methods=[method])
    pages.url_value_preprocessor(_let_files_in)


def reasons_of(case: Case) -> list[str]:
    """Return the reasons that the list gave."""
    return [str(case.about[name]) for name in ("reason_1", "reason_2", "reason_3") if case.about.get(name)]


def checks_of(case: Case) -> tuple[VisitCheck, ...]:
    """Return what to look at on a visit."""
    if case.drawn_by == "random":
        return checks_for([])  # what is looked at must not depend on what a list believes
    rules = str(case.about.get("rules") or "")
    return checks_for(reasons_of(case), rules.split(", ") if rules else ())


def hand_form() -> HandForm:
    """Return the form with those who can be sent, and how many visits wait with each."""
    form = HandForm()
    people = inspections.list_inspectors(current_house())
    waiting = {
        one.name: gettext("%(name)s (%(count)s waiting)", name=one.full_name, count=one.waiting) for one in people
    }
    form.to.choices = {"": gettext("choose an inspector"), **waiting}
    return form


def _let_files_in(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Before the form is read for its token, which is before any view.
    if endpoint in LARGEST:
        request.max_content_length = LARGEST[endpoint]


def case_of(number: int) -> Case:
    """Return a case; one of somebody else is as little there for an inspector as one that never was."""
    try:
        return inspections.get_case(current_house(), number)
    except ChoiceError:
        abort(404)


def _page(
    found: Case,
    *,
    part: str | None = None,
    status: int = 200,
    form: FindingForm | None = None,
    kept: Sequence[str] = (),
    hand: HandForm | None = None,
    note: NoteForm | None = None,
    place: Any = None,
) -> Response:
    house, actor = current_house(), current_actor()
    may_assign = actor.can("inspection.assign")
    before = found.finding
    values = {
        "case": found,
        "reasons": reasons_of(found),
        "checks": checks_of(found),
        "history": inspections.list_history(house, found.number),
        "form": form or (_filled(before) if found.state == "started" and actor.can("inspection.record") else None),
        "kept": kept or (before.photos if before and form is None else ()),
        "hand": (hand or hand_form()) if may_assign and found.state in {"proposed", *inspections.WAITING} else None,
        "note": note or NoteForm(),
        "place": place,
        "is_own": found.assigned_to == actor.name,
        "may_look": found.state in inspections.WAITING
        and actor.can("inspection.record")
        and (found.assigned_to == actor.name or actor.can("person.reveal")),
        "act_words": ACT_WORDS,
        **case_words(),
    }
    return render_page("inspections/case.html", part=part, status=status, **values)


def _found_on(case: Case) -> date:
    return case.finding.inspected_on if case.finding else date.min


def _filled(before: Finding | None) -> FindingForm:
    """Return the form with what was recorded before a correction, else with today."""
    if before is None:
        return FindingForm(formdata=None, data={"inspected_on": date.today()})
    told = {"outcome": before.outcome, "inspected_on": before.inspected_on, "note": before.note}
    numbers = {"energy_assessed": before.energy_assessed, "amount_assessed": before.amount_assessed}
    digits = {name: written(value) for name, value in numbers.items() if value is not None}
    return FindingForm(formdata=None, data={**told, **digits})


def _with_new_photos(number: int, form: FindingForm, kept: list[str]) -> list[str]:
    """Keep the photos that came in, so that they are there when the form comes back with something to mend."""
    came = [file for file in form.photos.data or [] if file and file.filename]
    if len(kept) + len(came) > MOST_PHOTOS:
        what = gettext("there are more than %(most)s photos", most=MOST_PHOTOS)
        form.blame(ChoiceError(what, column="photos", advice=gettext("Choose those that show it best.")))
        return kept
    for file in came:
        try:
            name = add_photo(current_house(), number, file.stream.read(LARGEST_PHOTO + 1))
        except ChoiceError as error:
            form.blame(error)
        else:
            kept = kept if name in kept else [*kept, name]
    return kept


def _finding(form: FindingForm, photos: Sequence[str]) -> Finding:
    """Return what the form says; what it leaves out or says wrongly is blamed, and stands in for nothing here."""
    return Finding(
        form.outcome.data or "",
        form.inspected_on.data or date.today(),
        energy_assessed=_number(form, form.energy_assessed),
        amount_assessed=_number(form, form.amount_assessed),
        note=(form.note.data or "").strip(),
        photos=tuple(photos),
    )


def _number(form: FindingForm, field: StringField) -> float | None:
    try:
        return read_amount(field.data or "", column=field.name)
    except ChoiceError as error:
        form.blame(error)
        return None


def _next_after(done: Case) -> str:
    """Return the next visit of who has just recorded one, else the list."""
    house = current_house()
    if done.assigned_to != house.actor.name:
        return url_for("inspections.case", number=done.number)
    mine = inspections.list_cases(house, states=inspections.WAITING, assigned_to=house.actor.name)
    route = inspections.in_route_order(mine)
    return url_for("inspections.case", number=route[0].number) if route else url_for("inspections.index")


def _with_note(number: int, step: Callable[..., Case], *, anchor: str | None) -> ResponseReturnValue:
    found, form = case_of(number), NoteForm()
    if not form.validate_on_submit():
        return _page(found, note=form, status=422)
    try:
        step(current_house(), number, note=form.note.data or "")
    except ChoiceError as error:
        form.blame(error)
        return _page(found, note=form, status=422)
    return redirect(url_for("inspections.case", number=number, _anchor=anchor))
