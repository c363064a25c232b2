"""Monitoring: what has moved since. Rule of the room: one URL, one view, one template."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext

from powertheft.actions.show_monitoring import WatchPage, may_see, show_monitoring, show_watch
from powertheft.actions.work_jobs import enqueue_watch
from powertheft.domain.errors import ChoiceError
from powertheft.domain.permissions import Permission
from powertheft.domain.watches import GROUPS, WATCHES, Standing, WatchName
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.monitoring_plots import history_plot, known_of, parts_plot, small_history
from powertheft.web.monitoring_words import (
    GROUP_WORDS,
    WORDS,
    answer,
    name_in_words,
    state_in_words,
    subject_in_words,
    tab_in_words,
)
from powertheft.web.rendering import render_page

pages = Blueprint("monitoring", __name__, url_prefix="/monitoring")
MOST_FEATURES = 25

Link = tuple[str, str, str]
"""What a button says, where it leads, its icon."""


@pages.get("/")
@needs("model.read")
def index() -> Response:
    """Show one line a thing watched, by group, what has moved first."""
    house = current_house()
    found = show_monitoring(house)
    return render_page(
        "monitoring/index.html",
        found=found,
        groups=[(GROUP_WORDS[group], _lines(found.standings, group, found.histories)) for group in GROUPS],
        hidden=[WORDS[name].name for name in WATCHES if not may_see(house.actor, name)],
    )


@pages.get("/<name>")
@needs("model.read")
def watch(name: str) -> Response:
    """Show one watch: its plot, what it says, what to do."""
    found = _found(name)
    words = WORDS[found.watch]
    drawn = None if found.shown is None else parts_plot(found.shown.newest, question=str(words.question))
    of = None if found.shown is None else found.shown.newest.subject
    standings, newest = found.standings, [one.newest for one in found.standings]
    return render_page(
        "monitoring/watch.html",
        found=found,
        words=words,
        watched=WATCHES[found.watch],
        answer=gettext("Nothing has been read yet.") if found.shown is None else answer(found.shown),
        state=None if found.shown is None else state_in_words(found.shown),
        subject=None if found.shown is None else subject_in_words(found.shown.newest),
        subjects=[
            (tab_in_words(one.newest, among=newest), state_in_words(one), one.newest.subject) for one in standings
        ],
        known=len(known_of(found.history)),
        plots=[
            (kind, url_for("monitoring.plot", name=name, kind=kind, of=of))
            for kind, is_there in (("history", len(known_of(found.history)) > 1), ("parts", drawn is not None))
            if is_there
        ],
        features=_features(found.shown),
        to_do=_to_do(found),
    )


@pages.get("/<name>/<any(history, parts):kind>.json")
@needs("model.read")
def plot(name: str, kind: str) -> Response:
    """Give a plot of a watch, its answer and its figures."""
    found = _found(name)
    question = str(WORDS[found.watch].question)
    if kind == "history":
        return jsonify(history_plot(found.shown, found.history, question=question))
    drawn = None if found.shown is None else parts_plot(found.shown.newest, question=question)
    return abort(404) if drawn is None else jsonify(drawn)


@pages.post("/now")
@needs("model.read")
def now() -> ResponseReturnValue:
    """Ask what has moved, now."""
    job = enqueue_watch(current_house())
    flash(gettext("Everything that is watched is looked at now, as job %(number)s.", number=job.number))
    return redirect(url_for("monitoring.index"))


def _found(name: str) -> WatchPage:
    try:
        return show_watch(current_house(), name, subject=request.args.get("of") or None)
    except ChoiceError:
        abort(404)


def _lines(standings: Sequence[Standing], group: str, histories: Any) -> list[dict[str, Any]]:
    order = {"moved": 0, "quiet": 1, "unknown": 1}
    of_group = [one for one in standings if WATCHES[one.newest.watch].group == group]
    return [
        {
            "name": name_in_words(one.newest),
            "subject": subject_in_words(one.newest),
            "state": state_in_words(one),
            "since": one.since,
            "answer": answer(one),
            "spark": small_history(histories[one.newest.watch, one.newest.subject]),
            "address": url_for("monitoring.watch", name=one.newest.watch, of=one.newest.subject),
        }
        for one in sorted(of_group, key=lambda one: (not one.is_told, order[one.newest.state]))
    ]


def _features(shown: Standing | None) -> list[dict[str, Any]]:
    """Return the features that moved most, of a watch that has some."""
    return [] if shown is None else list(shown.newest.details.get("features", ()))[:MOST_FEATURES]


def _to_do(found: WatchPage) -> list[Link]:
    """Return the pages on which something can be done about it, as far as the actor may open them."""
    if found.shown is None:
        return []
    subject = found.shown.newest.subject
    dataset = subject.partition("/")[2] if WATCHES[found.watch].group == "model" else subject.partition("/")[0]
    offered = _offers(found.watch, dataset=dataset, model=subject.partition("/")[0])
    return [link for permission, link in offered if current_actor().can(permission)]


def _offers(watch: WatchName, *, dataset: str, model: str) -> Sequence[tuple[Permission, Link]]:
    """Return what can be done about a watch, the first thing first, with what one must be allowed to do."""
    match watch:
        case "data_quality" | "data_volume" | "data_arrival":
            return [("dataset.read", _data(dataset)), ("dataset.import", _bring())]
        case "bill_signs":
            return [("dataset.read", _data(dataset)), ("dataset.read", _explore()), ("model.train", _train(dataset))]
        case "input_drift" | "score_drift" | "estimated_performance":
            return [("model.train", _train(dataset)), ("model.read", _model(model)), ("dataset.read", _explore())]
        case "hit_rate" | "calibration" | "segments":
            return [("model.train", _train("")), ("model.read", _model(model)), ("inspection.read", _visits())]
        case "quota_rate" | "recovered_value":
            return [("inspection.read", _visits()), ("inspection.assign", _plan())]


def _data(dataset: str) -> Link:
    return gettext("Look at the data"), url_for("data.dataset", name=dataset), "database"


def _bring() -> Link:
    return gettext("Bring in data"), url_for("data.new"), "upload"


def _explore() -> Link:
    return gettext("Explore the data"), url_for("explore.index"), "chart-line"


def _train(dataset: str) -> Link:
    return gettext("Train a challenger"), url_for("models.new", dataset=dataset or None), "boxes"


def _model(reference: str) -> Link:
    return gettext("Look at %(model)s", model=reference), url_for("models.report", reference=reference), "boxes"


def _visits() -> Link:
    return gettext("Look at the visits"), url_for("inspections.index"), "clipboard-check"


def _plan() -> Link:
    return gettext("Plan the week"), url_for("inspections.plan"), "calendar"
