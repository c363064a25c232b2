"""Judge on other data, compare two, and watch work that runs. Rule of the room: one URL, one view, one template.

What a judgement or a comparison found is the result of its job, and is kept as long as the job is.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from wtforms import SelectField, StringField

from powertheft.actions.model_verdict import Baselines, baselines
from powertheft.actions.model_versions import get_model_version, list_model_versions
from powertheft.actions.show_model import read_report
from powertheft.actions.work_jobs import (
    cancel_job,
    enqueue_compare,
    enqueue_evaluate,
    get_job,
    list_jobs,
    read_log,
    retry_job,
)
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.domain.jobs import Job, JobKind, time_left
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.chart_parts import Chart
from powertheft.web.forms import Form
from powertheft.web.model_plots import by_visits, lift, of_calibration, of_cutoffs, precision_recall
from powertheft.web.models_blueprint import CUTOFF_WORDS, MEASURE_WORDS, SHARES, dataset_choices, fill_in, words_of
from powertheft.web.models_report import looks_of, send_plot, tools_of
from powertheft.web.rendering import render_page, wants_part
from powertheft.web.words import lazy_gettext

KINDS: Mapping[JobKind, str] = {
    "model.train": lazy_gettext("Training"),
    "model.tune": lazy_gettext("Search for settings, then training"),
    "model.retrain": lazy_gettext("Training anew"),
    "model.evaluate": lazy_gettext("Judging"),
    "model.compare": lazy_gettext("Comparing"),
    "feature.measure": lazy_gettext("Measuring features"),
}
LOG_SHOWN = 12
COMPARED_SHOWN = 100


@needs("job.read")
def work(number: int) -> ResponseReturnValue:
    """Show how far a piece of work is; where it is done, what came of it."""
    job = get_job(current_house(), number)
    if job.kind not in KINDS:
        abort(404)
    done = _result_of(job)
    response = render_page(
        "models/work.html",
        part="state",
        job=job,
        kind=KINDS[job.kind],
        done=done,
        left=_left(job),
        log=read_log(current_house(), number)[-LOG_SHOWN:],
    )
    if done and wants_part():
        response.headers["HX-Redirect"] = done
    return response


def _result_of(job: Job) -> str | None:
    """Return the address of what came of a job."""
    if job.state != "done" or job.result is None:
        return None
    if job.kind in {"model.train", "model.tune", "model.retrain"}:
        return url_for("models.report", reference=job.result["model"])
    if job.kind == "feature.measure":
        return url_for("features.index", dataset=job.result["dataset"])
    return url_for("models.judged" if job.kind == "model.evaluate" else "models.compared", number=job.number)


def _left(job: Job) -> float | None:
    if job.state != "running" or job.started_at is None:
        return None
    left = time_left(job.started_at, datetime.now(UTC), job.progress)
    return None if left is None else left.total_seconds()


@needs("job.cancel")
def cancel(number: int) -> ResponseReturnValue:
    """Call off a piece of work."""
    cancel_job(current_house(), number)
    return redirect(url_for("models.work", number=number))


@needs("job.read")
def again(number: int) -> ResponseReturnValue:
    """Have a piece of work done again that failed or was called off."""
    retry_job(current_house(), number)
    return redirect(url_for("models.work", number=number))


class JudgeForm(Form):
    """What a judgement may be told."""

    dataset = SelectField(
        lazy_gettext("Data with known outcomes"),
        description=lazy_gettext("Connections that the model was fitted on are left out by themselves."),
        validate_choice=False,
    )
    capacity = StringField(
        lazy_gettext("What the squads can visit"),
        default="1%",
        description=lazy_gettext("A share of the list (1%) or a number of visits (250)."),
    )
    cutoff = SelectField(
        lazy_gettext("Cut-off"), choices=lambda: words_of(CUTOFF_WORDS), default="f1", validate_choice=False
    )
    visit_cost = StringField(lazy_gettext("What a visit costs"), render_kw={"inputmode": "decimal"})
    value_found = StringField(lazy_gettext("What a found theft brings"), render_kw={"inputmode": "decimal"})


@needs("model.read")
def judge(reference: str) -> ResponseReturnValue:
    """Ask on which data a version is to be judged, and begin."""
    version = get_model_version(current_house(), reference)
    form = JudgeForm()
    form.dataset.choices = dict(dataset_choices())
    if not form.is_submitted():
        return render_page("models/judge.html", form=form, version=version)
    try:
        job = enqueue_evaluate(
            current_house(),
            form.dataset.data or "",
            model=version.reference,
            capacity=form.capacity.data or "",
            cutoff=form.cutoff.data or "",
            visit_cost=_amount(form, "visit_cost"),
            value_found=_amount(form, "value_found"),
        )
    except UserError as error:
        form.blame(_placed(error))
        return render_page("models/judge.html", form=form, version=version, status=422)
    return redirect(url_for("models.work", number=job.number))


def _amount(form: JudgeForm, name: str) -> float | None:
    text = (getattr(form, name).data or "").replace(",", "").strip()
    try:
        return float(text) if text else None
    except ValueError:
        advice = "Write digits, with a point for parts."
        raise ChoiceError(f"{text!r} is no number", advice=advice, column=name) from None


def _placed(error: UserError) -> UserError:
    """Return an error with the field that it is about, as far as its words tell."""
    about = {"capacity": "capacity", "cut-off": "cutoff", "amounts": "visit_cost", "dataset": "dataset"}
    field = error.column or next((field for word, field in about.items() if word in error.what), None)
    advice = error.advice.replace("--visit-cost", "what a visit costs").replace("--value-found", "what a theft brings")
    return ChoiceError(error.what, advice=advice, column=field)


@needs("model.read")
def judged(number: int) -> ResponseReturnValue:
    """Show what a judgement found."""
    job = _finished(number, "model.evaluate")
    told = dict(job.result or {})
    evaluation, amounts = told["evaluation"], told["net_value"] or {}
    without = _without(told)
    tools = tools_of(
        told["points"],
        told["practice"],
        without=without,
        cost=amounts.get("visit_cost"),
        value=amounts.get("value_found") or told["practice"]["amount_a_find"],
        cutoff=evaluation["cutoff"],
        capacity=evaluation["visits"],
    )
    rows = [
        {"label": label, "meaning": meaning, "first": evaluation["measures"][name], "other": None, **looks_of(name)}
        for name, (label, meaning) in MEASURE_WORDS.items() if name in evaluation["measures"]
    ]  # fmt: skip
    return render_page(
        "models/judged.html",
        job=job,
        told=told,
        evaluation=evaluation,
        tools=tools,
        measures=rows,
        plots=_plots(told),
        currency=_currency(job.arguments["model"]),
    )


def _currency(reference: str) -> str:
    """Return the currency that a model was trained in; nothing where it has been deleted since."""
    try:
        return read_report(current_house(), reference).currency
    except UserError:
        return ""


def _without(told: Mapping[str, Any]) -> Baselines:
    # Of which scope the outcomes are is the dataset's; the visits that they come from tell as much as is needed.
    scope = "inspected" if told["practice"]["by"] else "everybody"
    return baselines(told["practice"], label_scope=scope)


@needs("model.read")
def judged_plot(number: int, name: str) -> ResponseReturnValue:
    """Send one plot of a judgement."""
    told = dict(_finished(number, "model.evaluate").result or {})
    return send_plot(_plots(told).get(name))


def _plots(told: Mapping[str, Any]) -> dict[str, Chart]:
    points = told["points"]
    return {
        "visits": by_visits(points, _without(told)),
        "precision-recall": precision_recall(points),
        "lift": lift(points),
        "calibration": of_calibration(told["evaluation"]),
        "cutoffs": of_cutoffs(points, told["evaluation"]["cutoff"]),
    }


class CompareForm(Form):
    """Which two versions are compared, and on which data."""

    first = SelectField(lazy_gettext("A"), validate_choice=False)
    second = SelectField(lazy_gettext("B"), validate_choice=False)
    dataset = SelectField(
        lazy_gettext("Data with known outcomes"),
        description=lazy_gettext("Judged on connections that neither was fitted on: bring outcomes that came later."),
        validate_choice=False,
    )
    capacity = StringField(
        lazy_gettext("What the squads can visit"),
        default="1%",
        description=lazy_gettext("A share of the list (1%) or a number of visits (250)."),
    )


@needs("model.read")
def compare() -> ResponseReturnValue:
    """Put two versions side by side as they were judged in training; on other data they are compared pair by pair."""
    versions = list_model_versions(current_house())
    names = [one.reference for one in versions]
    form = CompareForm() if request.method == "POST" else CompareForm(formdata=request.args)
    form.first.choices = form.second.choices = {name: name for name in names}
    form.dataset.choices = dict(dataset_choices())
    fill_in(form.capacity)
    _choose_two(form, names)
    if not form.is_submitted():
        return _compare_page(form, versions)
    try:
        job = enqueue_compare(
            current_house(),
            form.dataset.data or "",
            first=form.first.data or "",
            second=form.second.data or "",
            capacity=form.capacity.data or "",
        )
    except UserError as error:
        form.blame(_placed(error))
        return _compare_page(form, versions, status=422)
    return redirect(url_for("models.work", number=job.number))


def _choose_two(form: CompareForm, names: list[str]) -> None:
    if len(names) < 2:
        return
    form.first.data = form.first.data or names[-2]
    form.second.data = form.second.data or next(name for name in reversed(names) if name != form.first.data)


def _compare_page(form: CompareForm, versions: Any, *, status: int = 200) -> Response:
    by_name = {one.reference: one for one in versions}
    pair = [by_name.get(str(name)) for name in (form.first.data, form.second.data)]
    rows = [(name, *MEASURE_WORDS[name]) for name in MEASURE_WORDS if name in _shown_of(pair[0])]
    return render_page(
        "models/compare.html",
        part="beside",
        status=status,
        form=form,
        count=len(versions),
        pair=pair if all(pair) else None,
        rows=rows,
        shares=SHARES,
        earlier=_earlier(),
    )


def _shown_of(version: Any) -> Mapping[str, Any]:
    return {} if version is None else version.figures


def _earlier() -> list[Job]:
    if not current_actor().can("job.read"):
        return []
    jobs = list_jobs(current_house(), states=("done",), last=COMPARED_SHOWN)
    return [job for job in jobs if job.kind == "model.compare"]


@needs("model.read")
def compared(number: int) -> ResponseReturnValue:
    """Show what a comparison found."""
    job = _finished(number, "model.compare")
    told = dict(job.result or {})
    rows = [(name, *MEASURE_WORDS[name]) for name in MEASURE_WORDS if name in told["a"]["evaluation"]["measures"]]
    return render_page("models/compared.html", job=job, told=told, rows=rows, shares=SHARES)


def _finished(number: int, kind: JobKind) -> Job:
    # Whoever may read models may read what was found about them; `job.read` is for the list of all work.
    with current_house().read() as work:
        job = work.jobs.get_job(number)
    if job.kind != kind or job.state != "done":
        abort(404)
    return job
