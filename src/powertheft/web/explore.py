"""Explore: what a dataset looks like. Rule of the room: one URL, one view, one template."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext

from powertheft.actions.explore_dataset import ExploreFilter, explore_choices, show_history, show_map
from powertheft.actions.explored_sums import is_explored
from powertheft.actions.house import House
from powertheft.actions.work_jobs import enqueue_exploration
from powertheft.domain.errors import UserError
from powertheft.web.access import current_house, needs
from powertheft.web.chart_parts import month, plain
from powertheft.web.data_words import TABLE_WORDS
from powertheft.web.explore_plots import LOOKS, Asked, Look, chosen_pair, draw, month_end, told_apart
from powertheft.web.explore_words import history_in_words, places_in_words
from powertheft.web.formats import per_cent
from powertheft.web.rendering import render_page

pages = Blueprint("explore", __name__, url_prefix="/explore")
FIRST_LOOK = "use"
FILTERS = ("category", "region", "from", "to")
CHOICES = ("feature", "second", "family", "consumer")


@pages.get("/")
@needs("dataset.read")
def index() -> ResponseReturnValue:
    """Go on to the newest data, or say what will be here."""
    found = _versions(current_house())
    if not found:
        return render_page("explore/index.html")
    wanted = request.args.get("data", found[0])
    return redirect(_address(wanted, request.args.get("look", FIRST_LOOK)))


@pages.get("/<name>/<int:number>/<look>")
@needs("dataset.read")
def look(name: str, number: int, look: str) -> Response:
    """Show one look at a version of a dataset."""
    if look not in LOOKS:
        abort(404)
    house, reference, chosen = current_house(), f"{name}@{number}", LOOKS[look]
    house.registered(reference)
    is_ready = chosen.part == "neither" or is_explored(house, reference)[chosen.part]
    return render_page(
        "explore/look.html",
        part="found",
        reference=reference,
        versions=_versions(house),
        look=chosen,
        look_tabs=[(one.label, _address(reference, one.name), one is chosen) for one in LOOKS.values()],
        is_ready=is_ready,
        plots=_plots(name, number, chosen),
        **(_offered(house, reference, chosen) if is_ready else {}),
    )


@pages.get("/<name>/<int:number>/plots/<plot>.json")
@needs("dataset.read")
def plot(name: str, number: int, plot: str) -> Response:
    """Give one plot, its answer and its figures."""
    chart = draw(plot, Asked(current_house(), f"{name}@{number}", _filters(), **_chosen()))
    if chart is None:
        abort(404)
    return jsonify(chart)


@pages.get("/<name>/<int:number>/places.json")
@needs("dataset.read")
def places(name: str, number: int) -> Response:
    """Give the places of the map."""
    data = show_map(current_house(), f"{name}@{number}", filters=_filters())
    return jsonify({**data, "caption": places_in_words(data)})


@pages.post("/<name>/<int:number>/prepare")
@needs("dataset.read")
def prepare(name: str, number: int) -> ResponseReturnValue:
    """Ask for the sums of a large version."""
    job = enqueue_exploration(current_house(), f"{name}@{number}")
    flash(gettext("The readings are being added up. This page has them when that is done."))
    return redirect(url_for("jobs.job", number=job.number))


def _versions(house: House) -> list[str]:
    """Return the last version of every dataset, the newest first, and the one before it."""
    with house.read() as work:
        every = [version for name in work.datasets.list_datasets() for version in work.datasets.list_versions(name)]
    ordered = sorted(every, key=lambda version: version.created_at, reverse=True)
    return [f"{version.dataset}@{version.number}" for version in ordered]


def _address(reference: str, look: str) -> str:
    name, _, number = reference.partition("@")
    if not number.isdigit() or look not in LOOKS:
        abort(404)
    return url_for("explore.look", name=name, number=int(number), look=look)


def _plots(name: str, number: int, look: Look) -> list[tuple[str, str]]:
    """Return each plot's name and address, under the filters of this page."""
    kept = urlencode({key: value for key, value in request.args.items() if key in (*FILTERS, *CHOICES) and value})
    addresses = [(plot, url_for("explore.plot", name=name, number=number, plot=plot)) for plot in look.plots]
    return [(plot, f"{address}?{kept}" if kept else address) for plot, address in addresses]


def _chosen() -> dict[str, str]:
    return {name: request.args.get(name, "").strip() for name in CHOICES}


def _filters() -> ExploreFilter:
    start, end = (_month(request.args.get(name, "")) for name in ("from", "to"))
    return ExploreFilter(
        category=request.args.get("category") or None,
        region=request.args.get("region") or None,
        start=start,
        end=None if end is None else month_end(end),
    )


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if text else None
    except ValueError:
        return None


def _offered(house: House, reference: str, look: Look) -> dict[str, Any]:
    """Return what can be chosen on the page, and what was."""
    offered: dict[str, Any] = {"asked": request.args.to_dict(), **_chosen()}
    if look.name == "connection":
        return {**offered, **_history(house, reference, offered["consumer"])}
    if look.part == "measured":
        offered |= _features(house, reference, look, offered)
    ready = is_explored(house, reference)["bills"]
    return {**offered, "filters": _filter_choices(explore_choices(house, reference)) if ready else None}


def _features(house: House, reference: str, look: Look, offered: Mapping[str, Any]) -> dict[str, Any]:
    features = told_apart(house, reference)
    if not features:
        return {"is_without_numbers": True}
    if look.name == "pair":
        first, second = chosen_pair(features, offered["feature"], offered["second"])
        return {"feature_options": _options(features), "feature": first, "second": second}
    families = [(name, name) for name in sorted({one["family"] for one in features})]
    chosen = {"feature": offered["feature"] or features[0]["name"], "families": families}
    return {**chosen, "features": features, "feature_options": _options(features)}


def _options(features: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Name features in words, with their code, and how many thefts of a hundred have the higher value."""
    told = [(one["name"], f"{one['meaning']} ({one['name']})", one["higher"]) for one in features]
    return [(name, words if share is None else f"{words} · {per_cent(share)}") for name, words, share in told]


def _filter_choices(choices: Mapping[str, Any]) -> dict[str, Any]:
    first, last = choices["first"], choices["last"]
    months: list[tuple[str, str]] = []
    if first is not None and last is not None:
        count = (last.year - first.year) * 12 + last.month - first.month + 1
        days = [
            date(first.year + (first.month - 1 + at) // 12, (first.month - 1 + at) % 12 + 1, 1) for at in range(count)
        ]
        months = [(f"{one:%Y-%m}", month(one)) for one in days]
    areas = {name: [(word, word) for word in choices[name]] for name in ("category", "region")}
    return {**areas, "months": months}


def _history(house: House, reference: str, consumer: str) -> dict[str, Any]:
    if not consumer:
        return {"history": None, "trouble": ""}
    try:
        found = show_history(house, reference, consumer)
    except UserError as error:
        return {"history": None, "trouble": f"{error.what[:1].upper()}{error.what[1:]}. {error.advice}"}
    tables: dict[str, Sequence[Mapping[str, Any]]] = {
        name: [plain(row) for row in reversed(rows)] for name, rows in found["tables"].items()
    }
    return {"history": tables, "table_words": TABLE_WORDS, "sentence": history_in_words(found), "trouble": ""}
