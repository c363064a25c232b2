"""Features: the catalogue, how each is spread in a dataset, and named choices. Rule of the room: one URL, one view."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext

from powertheft.actions.estimate_training import estimate_training
from powertheft.actions.explored_sums import read_statistics
from powertheft.actions.feature_sets import delete_feature_set, get_feature_set, list_feature_sets, save_feature_set
from powertheft.actions.work_jobs import dataset_reference, enqueue_measure, list_jobs
from powertheft.domain.errors import ChoiceError
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.model_plots import spread
from powertheft.web.models_blueprint import dataset_choices
from powertheft.web.models_report import send_plot
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

pages = Blueprint("features", __name__, url_prefix="/features")

FLAG_WORDS: Mapping[str, tuple[str, str, str]] = {
    "not-knowable": (
        lazy_gettext("may leak"),
        "warn",
        lazy_gettext("An inspection may have caused it, so it is not known before one."),
    ),
    "registry": (lazy_gettext("registry"), "", lazy_gettext("From the consumer master, not from behaviour.")),
    "exposure": (
        lazy_gettext("exposure"),
        "",
        lazy_gettext("Says how long or how often a connection was observed, which visits hang on too."),
    ),
    "register": (lazy_gettext("register"), "", lazy_gettext("From the meter's register.")),
}
"""Word, look and meaning of each flag."""

FAMILY_WORDS: Mapping[str, str] = {
    "level": lazy_gettext("how much is used"),
    "change": lazy_gettext("drops, steps and slopes"),
    "season": lazy_gettext("the same months a year before"),
    "zeros": lazy_gettext("runs of no use"),
    "register": lazy_gettext("the meter's register"),
    "cadence": lazy_gettext("rhythm of reading and billing"),
    "peers": lazy_gettext("against similar neighbours"),
    "balance": lazy_gettext("against the transformer"),
    "contract": lazy_gettext("who is connected, since when"),
    "payment": lazy_gettext("how bills are paid"),
    "events": lazy_gettext("what the meter noticed"),
    "history": lazy_gettext("earlier visits"),
    "interval_levels": lazy_gettext("level within the day"),
    "interval_days": lazy_gettext("shape of days"),
    "interval_spread": lazy_gettext("spread within days"),
    "interval_missing": lazy_gettext("gaps in intervals"),
    "series": lazy_gettext("use period by period, for networks"),
    "attribute": lazy_gettext("further columns of your files"),
}
SUSPICIOUS = 0.9
"""Share of pairs that a feature alone puts in order from which it is too good to be behaviour."""

WIDTH, HEIGHT = 96, 24


@pages.get("/")
@needs("dataset.read")
def index() -> Response:
    """Show the catalogue, or how it is spread in the dataset that was chosen."""
    return _catalogue()


def _catalogue(*, entered: Mapping[str, Any] | None = None, trouble: ChoiceError | None = None) -> Response:
    from powertheft.actions.list_features import list_features  # late: the catalogue takes 100 MB to load

    datasets = dataset_choices()
    chosen = request.values.get("dataset", "")
    chosen = dataset_reference(current_house(), chosen) if chosen else ""
    told = read_statistics(current_house(), chosen) if chosen else None
    features = told["features"] if told else list_features()
    return render_page(
        "features/index.html",
        status=422 if trouble else 200,
        datasets=datasets,
        chosen=chosen,
        told=told,
        measuring=_measuring(chosen),
        estimate=estimate_training(current_house(), chosen, algorithm="") if chosen and told is None else None,
        rows=[_row(one) for one in _filtered(features)],
        families=Counter(one["family"] for one in features).most_common(),
        family_words=FAMILY_WORDS,
        flag_words=FLAG_WORDS,
        total=len(features),
        picked=set((entered or {}).get("features", ())),
        entered=entered or {},
        trouble=trouble,
        sets=list_feature_sets(current_house()),
    )


def _measuring(chosen: str) -> object | None:
    """Return the job that measures this dataset's features now, if there is one."""
    if not chosen or not current_actor().can("job.read"):
        return None
    running = list_jobs(current_house(), states=("queued", "running"))
    mine = (job for job in running if job.kind == "feature.measure" and job.arguments["dataset"] == chosen)
    return next(mine, None)


def _filtered(features: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    wanted, family = request.args.get("q", "").strip().casefold(), request.args.get("family", "")
    return [
        one
        for one in features
        if (not wanted or wanted in one["name"] or wanted in one["meaning"].casefold())
        and family in {"", one["family"]}
    ]


def _row(feature: Mapping[str, Any]) -> dict[str, Any]:
    shares = feature.get("shares") or {}
    curves = {kind: outline(shares[kind]) for kind in ("theft", "honest") if shares.get(kind)}
    if not curves and shares.get("all"):
        curves = {"honest": outline(shares["all"])}
    return {**feature, "curves": curves, "is_suspicious": (feature.get("alone") or 0) >= SUSPICIOUS}


def outline(shares: Sequence[float]) -> str:
    """Return the way of a line over bins, for a picture of 96 by 24.

    Examples
    --------
    >>> outline([0.0, 1.0])
    'M0 24L96 1'
    """
    most = max(shares) or 1.0
    step = WIDTH / max(len(shares) - 1, 1)
    return "M" + "L".join(
        f"{round(place * step)} {round(HEIGHT - (HEIGHT - 1) * share / most)}" for place, share in enumerate(shares)
    )


@pages.post("/measure")
@needs("dataset.read")
def measure() -> ResponseReturnValue:
    """Have the features of a dataset measured in the background."""
    job = enqueue_measure(current_house(), request.form.get("dataset", ""))
    return redirect(url_for("models.work", number=job.number))


@pages.get("/of/<dataset>/<name>")
@needs("dataset.read")
def feature(dataset: str, name: str) -> Response:
    """Show one feature of a dataset."""
    found = _found(dataset, name)
    return render_page(
        "features/feature.html",
        dataset=dataset,
        feature=_row(found),
        picture=spread(found) if found.get("shares") else None,
        flag_words=FLAG_WORDS,
        family_words=FAMILY_WORDS,
    )


@pages.get("/of/<dataset>/<name>/spread.json")
@needs("dataset.read")
def plot(dataset: str, name: str) -> ResponseReturnValue:
    """Send a feature's plot."""
    return send_plot(spread(_found(dataset, name)))


def _found(dataset: str, name: str) -> Mapping[str, Any]:
    told = read_statistics(current_house(), dataset)
    features = told["features"] if told else []
    found = next((one for one in features if one["name"] == name), None)
    if found is None:
        abort(404)
    return found


@pages.get("/sets")
@needs("dataset.read")
def sets() -> Response:
    """Show the named choices."""
    return render_page("features/sets.html", sets=list_feature_sets(current_house()))


@pages.post("/sets")
@needs("model.train")
def save() -> ResponseReturnValue:
    """Save a choice under a name."""
    name, note = request.form.get("name", "").strip(), request.form.get("note", "").strip()
    features = request.form.getlist("features")
    try:
        made = save_feature_set(current_house(), name, features, note=note)
    except ChoiceError as error:
        return _catalogue(entered={"name": name, "note": note, "features": features}, trouble=error)
    words = gettext("%(name)s is saved with %(count)s features.", name=made.name, count=len(made.features))
    flash(words)
    return redirect(url_for("features.one_set", name=made.name))


@pages.get("/sets/<name>")
@needs("dataset.read")
def one_set(name: str) -> Response:
    """Show a named choice."""
    from powertheft.actions.list_features import list_features  # late, as above

    found = get_feature_set(current_house(), name)
    known = {one["name"]: one for one in list_features()}
    return render_page("features/set.html", found=found, known=known)


@pages.post("/sets/<name>/delete")
@needs("model.train")
def delete(name: str) -> ResponseReturnValue:
    """Delete a named choice."""
    gone = delete_feature_set(current_house(), name)
    flash(gettext("The feature set %(name)s is deleted; models trained with it stay as they are.", name=gone.name))
    return redirect(url_for("features.sets"))
