"""Models: which there are, which one is used, what becomes of each. Rule of the room: one URL, one view, one template.

The addresses of the group are listed below; its views stand in this module and in models_form, models_report,
models_trials and trials.
"""

from collections.abc import Sequence
from typing import Any, cast

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext

from powertheft.actions.dataset_versions import list_versions
from powertheft.actions.model_versions import change_model_version, delete_model_version, list_model_versions
from powertheft.actions.ports import ModelVersion
from powertheft.actions.work_jobs import list_jobs
from powertheft.domain.errors import ChoiceError
from powertheft.domain.model_versions import TRANSITIONS, ModelAct
from powertheft.web import models_form, models_report, models_trials, trials
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.models_blueprint import STATE_WORDS
from powertheft.web.rendering import render_page

pages = Blueprint("models", __name__, url_prefix="/models")
TRAINING = ("model.train", "model.tune", "model.retrain")


@needs("model.read")
def index() -> Response:
    """Show every version, the ones that are used first in mind."""
    versions = list_model_versions(current_house())
    shown = _sorted(_filtered(versions))
    return render_page(
        "models/index.html",
        part="board",
        versions=shown,
        count=len(versions),
        champions=[one for one in versions if one.state == "champion"],
        datasets=_datasets() if not versions else [],
        training=_training(),
        state_words=STATE_WORDS,
        algorithms=sorted({one.algorithm for one in versions}),
        sort=request.args.get("sort", ""),
        order=request.args.get("order", "down"),
    )


def _datasets() -> Sequence[object]:
    return list_versions(current_house()) if current_actor().can("dataset.read") else []


def _training() -> Sequence[object]:
    if not current_actor().can("job.read"):
        return []
    running = list_jobs(current_house(), states=("queued", "running"))
    return [job for job in running if job.kind in TRAINING]


def _filtered(versions: Sequence[ModelVersion]) -> list[ModelVersion]:
    wanted = request.args.get("q", "").strip().casefold()
    state, algorithm = request.args.get("state", ""), request.args.get("algorithm", "")
    return [
        one
        for one in versions
        if (not wanted or wanted in one.reference.casefold() or wanted in one.dataset.casefold())
        and state in {"", one.state}
        and algorithm in {"", one.algorithm}
    ]


SORTS: dict[str, Any] = {
    "version": lambda one: (one.model, one.number),
    "state": lambda one: one.state,
    "algorithm": lambda one: one.algorithm,
    "data": lambda one: one.dataset,
    "finds": lambda one: _figure(one, "precision_at_capacity"),
    "pr_auc": lambda one: _figure(one, "pr_auc"),
    "roc_auc": lambda one: _figure(one, "roc_auc"),
    "when": lambda one: one.created_at,
}


def _sorted(versions: list[ModelVersion]) -> list[ModelVersion]:
    """Sort by what was asked for; else the one that is used first, then by the deciding figure."""
    wanted = SORTS.get(request.args.get("sort", ""))
    if wanted is None:
        return sorted(versions, key=lambda one: (one.state != "champion", -_figure(one, "pr_auc")))
    return sorted(versions, key=wanted, reverse=request.args.get("order", "down") == "down")


def _figure(version: ModelVersion, name: str) -> float:
    value = version.figures.get(name, {}).get("value")
    return -1.0 if value is None else float(value)


@needs("model.promote")
def change(reference: str) -> ResponseReturnValue:
    """Let a version challenge, be used or be retired."""
    act = request.form.get("act", "")
    if act not in {name for acts in TRANSITIONS.values() for name in acts}:
        raise ChoiceError(f"nothing is called {act!r}", advice="Go back and use the buttons of the page.")
    reason = request.form.get("reason", "")
    try:
        changed = change_model_version(current_house(), reference, cast(ModelAct, act), reason=reason)
    except ChoiceError as error:
        return _asked_again(reference, act, error)
    flash(gettext("%(model)s is %(state)s now.", model=changed.reference, state=STATE_WORDS[changed.state][0]))
    return redirect(url_for("models.report", reference=reference))


@needs("model.delete")
def delete(reference: str) -> ResponseReturnValue:
    """Delete a version that is not used."""
    try:
        gone = delete_model_version(current_house(), reference, reason=request.form.get("reason", ""))
    except ChoiceError as error:
        return _asked_again(reference, "delete", error)
    flash(gettext("%(model)s is deleted; the audit trail keeps that it was there, and why.", model=gone.reference))
    return redirect(url_for("models.index"))


def _asked_again(reference: str, act: str, error: ChoiceError) -> Response:
    said = f"{error.what[:1].upper()}{error.what[1:]}. {error.advice}"
    return models_report.show(reference, trouble={"act": act, "said": said}, status=422)


ROUTES: Sequence[tuple[str, str, Any, tuple[str, ...]]] = (
    ("/", "index", index, ("GET",)),
    ("/new", "new", models_form.new, ("GET", "POST")),
    ("/work/<int:number>", "work", models_trials.work, ("GET",)),
    ("/work/<int:number>/cancel", "cancel", models_trials.cancel, ("POST",)),
    ("/work/<int:number>/again", "again", models_trials.again, ("POST",)),
    ("/compare", "compare", models_trials.compare, ("GET", "POST")),
    ("/compared/<int:number>", "compared", models_trials.compared, ("GET",)),
    ("/judged/<int:number>", "judged", models_trials.judged, ("GET",)),
    ("/judged/<int:number>/plots/<name>.json", "judged_plot", models_trials.judged_plot, ("GET",)),
    ("/<model>/trial", "trial", trials.trial, ("GET",)),
    ("/<model>/trial/plot.json", "trial_plot", trials.trial_plot, ("GET",)),
    ("/<model>/trial/begin", "trial_begin", trials.begin, ("POST",)),
    ("/<model>/trial/end", "trial_end", trials.end, ("POST",)),
    ("/<model>/trial/promotion", "trial_promotion", trials.promotion, ("POST",)),
    ("/<model>/trial/retraining", "trial_retraining", trials.retraining, ("POST",)),
    ("/<reference>", "report", models_report.report, ("GET",)),
    ("/<reference>/plots/<name>.json", "plot", models_report.plot, ("GET",)),
    ("/<reference>/report.html", "page", models_report.page, ("GET",)),
    ("/<reference>/bundle.zip", "bundle", models_report.bundle, ("GET",)),
    ("/<reference>/judge", "judge", models_trials.judge, ("GET", "POST")),
    ("/<reference>/change", "change", change, ("POST",)),
    ("/<reference>/delete", "delete", delete, ("POST",)),
)
"""Every address of the group: where, its name, its view, how it may be asked."""

for _where, _name, _view, _methods in ROUTES:
    pages.add_url_rule(_where, _name, _view, methods=list(_methods))
