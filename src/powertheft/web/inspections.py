"""Inspections: plan the week, hand cases out, follow them. Rule of the room: one URL, one view, one template."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext, ngettext

from powertheft.actions import inspections
from powertheft.actions.inspection_outcomes import export_cases, export_labels, list_labelled
from powertheft.actions.read_list import FileFormat
from powertheft.actions.reveal_consumers import reveal_consumers, reveal_for_visit
from powertheft.actions.scorings import get_scoring, list_scorings
from powertheft.domain.errors import UserError
from powertheft.domain.inspections import OPEN, Case, CaseState
from powertheft.web import inspections_file, inspections_visit
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.forms import Form, Required, StringField
from powertheft.web.inspections_visit import HandForm, checks_of, hand_form
from powertheft.web.inspections_words import STATE_WORDS, case_words
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

pages = Blueprint("inspections", __name__, url_prefix="/inspections")

MOST_CASES = 5_000
ROWS = 100
MOST_SHEETS = 200
VISITS, MOST_VISITS = 60, 5_000
SHARES: dict[str, str] = {
    "0.1": lazy_gettext("1 in 10 at random"),
    "0.05": lazy_gettext("1 in 20 at random"),
    "0.2": lazy_gettext("1 in 5 at random"),
    "0": lazy_gettext("none at random"),
}
WHICH: dict[str, tuple[CaseState, ...]] = {
    "open": tuple(sorted(OPEN)),
    "proposed": ("proposed",),
    "assigned": ("assigned",),
    "started": ("started",),
    "recorded": ("recorded",),
    "closed": ("closed",),
    "withdrawn": ("withdrawn",),
    "all": (),
}


class ReasonForm(Form):
    """Why one looks."""

    reason = StringField(lazy_gettext("Why you look"), [Required], render_kw={"maxlength": 200})


@dataclass(frozen=True, slots=True)
class Asked:
    """Which cases are asked for, as the address says it."""

    which: str
    section: str
    to: str
    drawn_by: str
    scoring: int | None

    @property
    def told(self) -> dict[str, Any]:
        """Return what an address says to ask for the same."""
        said = {"which": self.which, "section": self.section, "to": self.to, "drawn_by": self.drawn_by}
        return {name: value for name, value in {**said, "scoring": self.scoring}.items() if value}

    def takes(self, case: Case) -> bool:
        """Return whether a case is among them."""
        return (
            self.section in {"", str(case.about.get("section", ""))}
            and self.to in {"", case.assigned_to or ""}
            and self.drawn_by in {"", case.drawn_by}
        )


@pages.get("/")
@needs("inspection.read")
def index() -> Response:
    """Show all cases to whoever plans, and the own visits to whoever goes."""
    return _all_cases() if _sees_all() else inspections_visit.own_cases()


@pages.post("/assign")
@needs("inspection.assign")
def assign() -> ResponseReturnValue:
    """Hand the chosen cases to an inspector."""
    form = hand_form()
    numbers = _chosen()
    if not form.validate_on_submit():
        return _all_cases(form, status=422)
    if not numbers:
        form.form_errors.append(gettext("No case is chosen. Tick the cases, or tick all of them."))
        return _all_cases(form, status=422)
    done = inspections.assign_cases(current_house(), numbers, to=form.to.data, planned_on=form.planned_on.data)
    several = "%(num)s cases are handed to %(name)s."
    flash(ngettext("%(num)s case is handed to %(name)s.", several, len(done), name=form.to.data))
    asked = _listed()[0]
    # Who looked at those to hand out would see none of them any more; the next step is to print their sheets.
    then = replace(asked, which="assigned") if asked.which == "proposed" else asked
    return redirect(url_for("inspections.index", **then.told))


@pages.route("/plan", methods=["GET", "POST"])
@needs("inspection.assign")
def plan() -> ResponseReturnValue:
    """Choose how many the squads can visit this week; see what that gives, then open the cases."""
    house, lists = current_house(), list_scorings(current_house(), last=30)
    if all(one.is_shadow for one in lists):
        return render_page("inspections/plan.html", part="preview", lists=lists)
    asked = _plan_asked(get_scoring(house).number)
    try:
        if request.method == "POST":
            opened = inspections.propose_cases(house, **asked)
            words = ngettext("%(num)s case is open.", "%(num)s cases are open.", len(opened))
            flash(f"{words} {gettext('Next: hand them out.')}")
            # During a trial the cases are of two lists.
            of_one = {case.scoring for case in opened} <= {asked["scoring"]}
            which = {"scoring": asked["scoring"]} if of_one else {}
            return redirect(url_for("inspections.index", which="proposed", **which))
        preview, trouble = inspections.preview_cases(house, **asked), None
    except UserError as error:
        preview, trouble = None, f"{error.what[:1].upper()}{error.what[1:]}. {error.advice}"
    values = {"lists": lists, "asked": asked, "shares": SHARES, "preview": preview, "trouble": trouble}
    return render_page("inspections/plan.html", part="preview", status=422 if trouble else 200, **values)


@pages.route("/sheets", methods=["GET", "POST"])
@needs("inspection.read")
def sheets() -> Response:
    """Show a sheet a case, to be printed; with numbers and addresses only where somebody says why."""
    cases = _sheet_cases()
    form = ReasonForm()
    if not form.validate_on_submit():
        return _sheets(cases, form, {}, status=422 if form.is_submitted() else 200)
    house = current_house()
    if current_actor().can("person.reveal"):
        by_name = reveal_consumers(house, [case.consumer_id for case in cases], reason=form.reason.data or "")
        found = {case.number: by_name.get(case.consumer_id, {}) for case in cases}
    else:
        found = {case.number: reveal_for_visit(house, case.number) for case in cases if _waits(case)}
    return _sheets(cases, form, found)


@pages.get("/export")
@needs("dataset.export")
def export() -> Response:
    """Send the cases that are asked for as a spreadsheet."""
    file_format: FileFormat = "xlsx" if request.args.get("format") == "xlsx" else "csv"
    house, (_, cases) = current_house(), _listed()
    with house.scratch() as folder:
        place = export_cases(house, cases, out=folder / f"cases.{file_format}", file_format=file_format)
        return download(place)


@pages.route("/labels", methods=["GET", "POST"])
@needs("dataset.export")
def labels() -> Response:
    """Give what was found as a file for the next import."""
    house = current_house()
    datasets = list_labelled(house)
    if request.method == "GET":
        return render_page("inspections/labels.html", datasets=datasets, trouble="", reason="")
    reason = request.form.get("reason", "").strip() if request.form.get("numbers") else None
    dataset = request.form.get("dataset", "")
    try:
        with house.scratch() as folder:
            made = export_labels(house, dataset, out=folder / f"inspections-{dataset}.csv", reason=reason)
            return download(made.path)
    except UserError as error:
        trouble = f"{error.what[:1].upper()}{error.what[1:]}. {error.advice}"
        values: dict[str, Any] = {"datasets": datasets, "trouble": trouble, "reason": reason or ""}
        return render_page("inspections/labels.html", status=422, **values)


def download(path: Path) -> Response:
    """Return a file as what a browser saves."""
    kinds = {".csv": "text/csv", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    response = Response(path.read_bytes(), mimetype=kinds[path.suffix])
    response.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return response


def _sees_all() -> bool:
    return current_actor().can("inspection.assign") or current_actor().can("list.read")


def _waits(case: Case) -> bool:
    return case.state in inspections.WAITING


def _all_cases(form: HandForm | None = None, *, status: int = 200) -> Response:
    asked, cases = _listed()
    page = max(1, request.args.get("page", 1, type=int))
    house, may_assign = current_house(), current_actor().can("inspection.assign")
    every = inspections.list_cases(house, last=MOST_CASES)
    values: dict[str, Any] = {
        "asked": asked,
        "cases": cases[(page - 1) * ROWS : page * ROWS],
        "total": len(cases),
        "every": len(every),
        "page": page,
        "size": ROWS,
        "figures": inspections.count_cases(house, every),
        "sections": sorted({str(case.about["section"]) for case in every if case.about.get("section")}),
        "people": sorted({case.assigned_to for case in every if case.assigned_to}),
        "form": (form or hand_form()) if may_assign else None,
        "lists": sorted({case.scoring for case in every if case.scoring}, reverse=True),
        "today": date.today(),
        "which_words": _which_words(),
        **case_words(),
    }
    return render_page("inspections/index.html", part="cases", status=status, **values)


def _listed() -> tuple[Asked, list[Case]]:
    """Return which cases are asked for, and those cases in the order of a route, the ones that wait first."""
    taken = request.args
    which = taken.get("which", "open")
    asked = Asked(
        which if which in WHICH else "open",
        taken.get("section", ""),
        taken.get("to", ""),
        taken.get("drawn_by", ""),
        taken.get("scoring", type=int),
    )
    found = inspections.list_cases(
        current_house(), states=WHICH[asked.which], scoring=asked.scoring, last=MOST_CASES
    )  # fmt: skip
    return asked, inspections.in_route_order([case for case in found if asked.takes(case)])


def _chosen() -> list[int]:
    if not request.form.get("all"):
        return sorted({int(word) for word in request.form.getlist("case") if word.isdigit()})
    _, cases = _listed()
    return [case.number for case in cases if case.state in {"proposed", *inspections.WAITING}]


def _plan_asked(newest: int) -> dict[str, Any]:
    told = request.values
    share = told.get("share", "0.1")
    return {
        "scoring": told.get("scoring", newest, type=int),
        "visits": min(told.get("visits", VISITS, type=int), MOST_VISITS),
        "random_share": float(share if share in SHARES else "0.1"),
        "section": told.get("section") or None,
    }


def _sheet_cases() -> Sequence[Case]:
    house = current_house()
    one = request.args.get("case", type=int)
    if one is not None:
        return [inspections_visit.case_of(one)]
    if _sees_all():
        return [case for case in _listed()[1] if case.state in OPEN][:MOST_SHEETS]
    return inspections.in_route_order(inspections.list_cases(house, states=inspections.WAITING))[:MOST_SHEETS]


def _sheets(cases: Sequence[Case], form: ReasonForm, found: dict[int, Any], *, status: int = 200) -> Response:
    told = [(case, checks_of(case), found.get(case.number, {})) for case in cases]
    values: dict[str, Any] = {
        "sheets": told,
        "form": form,
        "revealed": bool(found),
        "most": MOST_SHEETS,
        **case_words(),
    }
    return render_page("inspections/sheets.html", status=status, **values)


def _which_words() -> dict[str, str]:
    return {
        "open": gettext("Open"),
        **{name: str(words_and_kind[0]).capitalize() for name, words_and_kind in STATE_WORDS.items()},
        "all": gettext("All"),
    }


inspections_visit.add_rules(pages)
inspections_file.add_rule(pages)
