"""Predictions: make a list, read it, act on it. Rule of the room: one URL, one view, one template."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import IO, Any
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from wtforms import RadioField, SelectField

from powertheft.actions.dataset_versions import list_versions
from powertheft.actions.download_list import ListAsked, ask_for_list
from powertheft.actions.model_versions import list_model_versions
from powertheft.actions.ports import ModelVersion, Scoring
from powertheft.actions.read_list import (
    AMOUNT,
    ENERGY,
    LEARNT_FROM,
    PLACES,
    FileFormat,
    ListFilter,
    export_list,
    list_choices,
    list_columns,
    read_page,
    read_transformer_page,
)
from powertheft.actions.scorings import get_scoring, list_scorings
from powertheft.actions.work_jobs import enqueue_score, list_jobs
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.domain.jobs import Job, JobState
from powertheft.domain.numbers import grouped
from powertheft.web import predictions_connection, rules
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.forms import Form, Required
from powertheft.web.predictions_pictures import sparkline
from powertheft.web.predictions_words import BILLING_RULES, COLUMN_WORDS, RANK_WORDS, STARTING_COLUMNS
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

pages = Blueprint("predictions", __name__, url_prefix="/predictions")

ROWS = 50
THIS_WEEK = 60
MOST_AT_ONCE = 10_000
"""Rows of a workbook that one waits for; a larger one is made in the background."""

A_PIECE = 1 << 20
"""Bytes of a file that are read and sent at once."""

SINCE = {
    "90": lazy_gettext("not in the last 3 months"),
    "365": lazy_gettext("not in the last year"),
    "36500": lazy_gettext("never"),
}
AMOUNTS = (500, 1_000, 5_000, 10_000, 50_000, 100_000)
AT_WORK: tuple[JobState, ...] = ("queued", "running")
FAILED_LATELY = timedelta(days=1)


class ScoreForm(Form):
    """What is to be scored with which model, and by what the list is ranked."""

    dataset = SelectField(
        lazy_gettext("Data"),
        [Required],
        choices=[],
        description=lazy_gettext("The last version of each dataset comes first."),
    )
    model = SelectField(
        lazy_gettext("Model"), [Required], choices=[], description=lazy_gettext("The champion is the one you trust.")
    )
    rank_by = RadioField(
        lazy_gettext("Rank by"), [Required], choices={name: name for name in RANK_WORDS}, default="probability"
    )


@pages.get("/")
@needs("list.read")
def index() -> Response:
    """Show the lists that there are, and those that are being made."""
    lists = list_scorings(current_house())
    jobs = _score_jobs() if current_actor().can("job.read") else []
    return render_page("predictions/index.html", part="lists", lists=lists, jobs=jobs, rank_words=RANK_WORDS)


@pages.route("/new", methods=["GET", "POST"])
@needs("score.run")
def new() -> ResponseReturnValue:
    """Choose data and model, and have a list made."""
    form = _score_form()
    values: dict[str, Any] = {"form": form, "rank_words": RANK_WORDS}
    if not form.validate_on_submit():
        return render_page("predictions/new.html", status=422 if form.is_submitted() else 200, **values)
    try:
        enqueue_score(current_house(), form.dataset.data, model=form.model.data, rank_by=form.rank_by.data)
    except UserError as error:
        form.blame(error)
        return render_page("predictions/new.html", status=422, **values)
    flash(gettext("The list is being made. You can leave this page; it goes on."))
    return redirect(url_for("predictions.index"))


@pages.get("/<int:number>/")
@needs("list.read")
def scored(number: int) -> ResponseReturnValue:
    """Show a list: fifty connections, under filters, in an order."""
    chosen = request.args.getlist("column")
    if chosen:
        kept = _kept("column")
        return redirect(f"{request.path}?{urlencode({**kept, 'columns': ','.join(chosen)})}")
    scoring, there = _scoring(number), list_columns(current_house(), number)
    return _list_page(scoring, there, _filters(), template="predictions/list.html", extra={})


@pages.get("/<int:number>/bills")
@needs("list.read")
def bills(number: int) -> ResponseReturnValue:
    """Show connections whose bills and registers disagree: they want a corrected bill, and perhaps no visit."""
    scoring, there = _scoring(number), list_columns(current_house(), number)
    counted = dict(list_choices(current_house(), number).get("rule", ()))
    rules = [(name, *BILLING_RULES[name], counted.get(name, 0)) for name in BILLING_RULES]
    rule = request.args.get("rule", "")
    if rule not in BILLING_RULES:
        rule = max(BILLING_RULES, key=lambda name: counted.get(name, 0))
    filters = ListFilter(rule=rule, section=request.args.get("section") or None)
    return _list_page(scoring, there, filters, template="predictions/bills.html", extra={"rules": rules, "rule": rule})


@pages.get("/<int:number>/transformers")
@needs("list.read")
def transformers(number: int) -> ResponseReturnValue:
    """Show transformers by the energy that no bill accounts for."""
    scoring, page = _scoring(number), _page_number()
    sections = list_choices(current_house(), number).get("section", ())
    section = request.args.get("section") or None
    rows, total = read_transformer_page(
        current_house(), number, offset=(page - 1) * ROWS, limit=ROWS, section=section
    )  # fmt: skip
    values: dict[str, Any] = {"scoring": scoring, "rows": rows, "total": total, "page": page, "size": ROWS}
    return render_page(
        "predictions/transformers.html", part="rows", sections=sections, section=section, tab="transformers", **values
    )


@pages.get("/<int:number>/export")
@needs("dataset.export")
def export(number: int) -> ResponseReturnValue:
    """Send the rows under the filters as CSV or Excel, by pseudonym."""
    file_format: FileFormat = "xlsx" if request.args.get("format") == "xlsx" else "csv"
    kinds = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    sort, descending = _order(list_columns(current_house(), _scoring(number).number))
    house, filters = current_house(), _filters()
    if file_format == "xlsx" and read_page(house, number, filters=filters, limit=1).total > MOST_AT_ONCE:
        said = "An Excel file of more than %(most)s rows takes minutes: press Excel here, and it is made meanwhile."
        flash(gettext(said, most=grouped(MOST_AT_ONCE)))
        return redirect(f"{url_for('predictions.scored', number=number)}?{urlencode(_kept('format'))}")
    with house.scratch() as folder:
        place = folder / f"list-{number}.{file_format}"
        export_list(
            house, number, out=place, file_format=file_format, filters=filters, sort=sort, descending=descending
        )
        # Open, it can be read after its folder has gone, and nothing of it stays where we are killed.
        file = place.open("rb")
    response = Response(_in_pieces(file), mimetype=kinds[file_format])
    # Also where nobody has read to the end.
    response.call_on_close(file.close)
    response.headers["Content-Disposition"] = f'attachment; filename="{place.name}"'
    return response


@pages.post("/<int:number>/export")
@needs("dataset.export")
def make_file(number: int) -> ResponseReturnValue:
    """Have the rows under the filters written as an Excel file in the background."""
    house, scoring = current_house(), _scoring(number)
    sort, descending = _order(list_columns(house, number))
    job = ask_for_list(house, ListAsked(scoring.number, _filters(), sort, descending))
    if current_actor().can("job.read"):
        return redirect(url_for("jobs.job", number=job.number))
    flash(gettext("The file is being made. Ask somebody who may see jobs for it."))
    return redirect(url_for("predictions.scored", number=number))


def _in_pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(A_PIECE):
            yield piece


def _kept(*gone: str) -> dict[str, str]:
    return {name: value for name, value in request.args.to_dict().items() if name not in gone}


def _list_page(
    scoring: Scoring, there: tuple[str, ...], filters: ListFilter, *, template: str, extra: Mapping[str, Any]
) -> ResponseReturnValue:
    number, page = scoring.number, _page_number()
    sort, descending = _order(there)
    columns = _columns(there)
    try:
        found = read_page(
            current_house(),
            number,
            filters=filters,
            offset=(page - 1) * ROWS,
            limit=ROWS,
            sort=sort,
            descending=descending,
            columns=tuple(dict.fromkeys(("rank", "consumer_id", *columns, ENERGY, LEARNT_FROM))),
        )
    except ChoiceError as error:
        # A filter of another list, in an address that somebody kept.
        flash(f"{error.what[:1].upper()}{error.what[1:]}. {error.advice}")
        return redirect(url_for("predictions.scored", number=number))
    values: dict[str, Any] = {
        "scoring": scoring,
        "found": found,
        "rows": list(zip(found.rows, map(sparkline, found.months), strict=True)),
        "filters": filters,
        "choices": list_choices(current_house(), number),
        "columns": [name for name in columns if name in found.columns],
        "offered": [name for name in COLUMN_WORDS if name in there],
        "column_words": COLUMN_WORDS,
        "places": [name for name in PLACES if name in there],
        "since_words": SINCE,
        "amounts": AMOUNTS,
        "amount_name": AMOUNT if found.amount is not None else ENERGY,
        "sort": sort,
        "descending": descending,
        "page": page,
        "size": ROWS,
        "tab": "bills" if extra else "connections",
        "visits": min(THIS_WEEK, scoring.rows),
        "asked": request.args.to_dict(),
        "query": urlencode({**_kept("page", "format"), **({"rule": filters.rule} if filters.rule else {})}),
        "most_at_once": MOST_AT_ONCE,
        **extra,
    }
    return render_page(template, part="rows", **values)


def _score_form() -> ScoreForm:
    form, house = ScoreForm(), current_house()
    last = list_versions(house)
    older = [one for version in last for one in list_versions(house, version.dataset) if one.number != version.number]
    named = [f"{one.dataset}@{one.number}" for one in (*last, *reversed(older))]
    form.dataset.choices = {name: name for name in named}
    models = sorted(list_model_versions(house), key=lambda one: (one.state != "champion", one.model, -one.number))
    form.model.choices = {one.reference: _model_words(one) for one in models}
    for field in (form.dataset, form.model):
        wanted = request.args.get(field.name)
        if not form.is_submitted() and wanted in (field.choices or ()):
            field.data = wanted
    return form


def _model_words(version: ModelVersion) -> str:
    return f"{version.reference} ({version.state}, {version.algorithm})"


def _score_jobs() -> list[Job]:
    """Return the jobs that make a list now, and those that lately failed to."""
    jobs = [
        job for job in list_jobs(current_house(), states=(*AT_WORK, "failed"), last=50) if job.kind == "model.score"
    ]
    newest = max((job.number for job in jobs), default=0)
    return [job for job in jobs if job.state in AT_WORK or job.number == newest]


def _scoring(number: int) -> Scoring:
    try:
        return get_scoring(current_house(), number)
    except ChoiceError:
        abort(404)


def _page_number() -> int:
    return max(1, request.args.get("page", 1, type=int))


def _order(there: tuple[str, ...]) -> tuple[str, bool]:
    sort = request.args.get("sort", "rank")
    return (sort, request.args.get("order") == "down") if sort in there else ("rank", False)


def _columns(there: tuple[str, ...]) -> list[str]:
    wanted = request.args.get("columns", "").split(",")
    chosen = [name for name in COLUMN_WORDS if name in wanted and name in there]
    return chosen or [name for name in STARTING_COLUMNS if name in there]


def _filters() -> ListFilter:
    told = request.args
    places: dict[str, Any] = {name: told.get(name) or None for name in (*PLACES, "reason", "rule")}
    days = told.get("since", type=int)
    return ListFilter(
        **places,
        amount_over=told.get("amount_over", type=float),
        energy_over=told.get("energy_over", type=float),
        not_visited_since=None if days is None else max(date.min, date.today() - timedelta(days=min(days, 36_500))),
        pseudonym=told.get("pseudonym") or None,
        learnt_from={"yes": True, "no": False}.get(told.get("learnt", "")),
    )


predictions_connection.add_rules(pages)
rules.add_rules(pages)
