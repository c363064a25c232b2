"""Outcomes from a file: bring it, see what would become of each row, record. Rule: one URL, one view, one template."""

from pathlib import PurePath
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from wtforms import FileField

from powertheft.actions.bring_outcomes import COLUMNS, MOST_ROWS, Brought, bring_outcomes
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.web.access import current_house, needs
from powertheft.web.forms import Form
from powertheft.web.inspections_words import OUTCOME_WORDS
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

LARGEST_FILE = 8 << 20
ENDINGS = (".csv", ".xlsx", ".tsv", ".txt", ".ods")
MOST_SHOWN = 200


class OutcomesForm(Form):
    """The file with the outcomes."""

    file = FileField(
        lazy_gettext("File with the outcomes"),
        description=lazy_gettext("CSV or Excel, at most 8 MB; a row a visit."),
        render_kw={"accept": ",".join(ENDINGS)},
    )


@needs("inspection.record")
def outcomes() -> ResponseReturnValue:
    """Take outcomes from a file; what is refused is told by its line, and the rest is recorded."""
    form = OutcomesForm()
    if not form.is_submitted():
        return _page(form, None)
    only_check = request.form.get("act") == "check"
    try:
        brought = _bring(form, only_check=only_check)
    except UserError as error:
        form.blame(ChoiceError(str(error), column="file"))
        return _page(form, None, status=422)
    if brought.refused or only_check or not brought.recorded:
        return _page(form, brought, only_check=only_check)
    count = len(brought.recorded)
    flash(ngettext("%(num)s outcome is recorded.", "%(num)s outcomes are recorded.", count))
    return redirect(url_for("inspections.index", which="recorded"))


def add_rule(pages: Blueprint) -> None:
    """Put the address into the group of pages."""
    pages.add_url_rule("/outcomes", view_func=outcomes, methods=["GET", "POST"])


def _bring(form: OutcomesForm, *, only_check: bool) -> Brought:
    came = form.file.data
    if not came or not came.filename:
        raise ChoiceError(gettext("no file is chosen"), advice=gettext("Choose the file with the outcomes."))
    ending, house = PurePath(came.filename).suffix.casefold(), current_house()
    if ending not in ENDINGS:
        advice = gettext("Save it as CSV or Excel (.xlsx).")
        raise ChoiceError(gettext("a file of this kind is not read here"), advice=advice)
    with house.scratch() as folder:
        place = folder / f"outcomes{ending}"
        came.save(place)
        return bring_outcomes(house, place, only_check=only_check)


def _page(
    form: OutcomesForm, brought: Brought | None, *, only_check: bool = False, status: int = 200
) -> ResponseReturnValue:
    values: dict[str, Any] = {
        "form": form,
        "brought": brought,
        "only_check": only_check,
        "columns": list(COLUMNS),
        "outcomes": [str(label) for label, _ in OUTCOME_WORDS.values()],
        "most": MOST_ROWS,
        "shown": MOST_SHOWN,
    }
    return render_page("inspections/outcomes.html", status=status, **values)
