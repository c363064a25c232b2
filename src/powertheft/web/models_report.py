"""A model's report: the verdict first, then why. Rule of the room: one URL, one view, one template."""

from collections.abc import Mapping
from typing import Any

from flask import abort, jsonify, make_response, request
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from powertheft.actions.feedback import count_wrong_reasons
from powertheft.actions.model_verdict import Baselines, at_cutoff, finds_within, verdict
from powertheft.actions.roll_back import rolls_back_to
from powertheft.actions.show_model import ModelReport, pack_bundle, read_report_page
from powertheft.actions.work_jobs import list_jobs
from powertheft.domain.jobs import Job
from powertheft.domain.model_versions import TRANSITIONS
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.chart_parts import Chart
from powertheft.web.model_plots import PLOTS, draw, payload_of
from powertheft.web.models_blueprint import (
    CUTOFF_WORDS,
    MEASURE_WORDS,
    SHARES,
    STATE_WORDS,
    known_report,
)
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

FEWEST_VISITS, MOST_VISITS = 10, 1000
JUDGED_SHOWN = 200
DEPENDENCES = 6
USUAL_COST = 500.0
ACT_WORDS: Mapping[str, tuple[str, str]] = {
    "be promoted": (
        lazy_gettext("Use this version"),
        lazy_gettext("New lists are made with it; the version that was used until now retires and can come back."),
    ),
    "challenge": (
        lazy_gettext("Let it challenge"),
        lazy_gettext("It is watched beside the one that is used, and changes nothing yet."),
    ),
    "be retired": (
        lazy_gettext("Retire it"),
        lazy_gettext("It is not used any more. Its report stays, and it can come back."),
    ),
    "delete": (
        lazy_gettext("Delete it"),
        lazy_gettext("Its files go and cannot be brought back. That it was there, and why it went, remains on record."),
    ),
}


@needs("model.read")
def report(reference: str) -> ResponseReturnValue:
    """Show a version's report."""
    return show(reference)


def show(reference: str, *, trouble: Mapping[str, str] | None = None, status: int = 200) -> Response:
    """Return the page of a version; `trouble` says what was wrong with an act that was asked for."""
    found, without = known_report(reference)
    good, capacity, doubt = verdict(found.figures, basis=found.basis, label_scope=found.label_scope)
    return render_page(
        "models/report.html",
        status=status,
        report=found,
        version=found.version,
        verdict=(good, capacity, doubt),
        tools=_tools(found, without),
        measures=measure_rows(found.figures, found.basis),
        groups=found.figures["segments"][found.basis] or [],
        plots=_plots(found, without),
        selection=(found.figures["selection"] or {}).get(found.basis),
        calibration=found.figures["calibration"][found.basis],
        judgements=_judgements(found),
        wrong_reasons=count_wrong_reasons(current_house(), found.version.reference),
        acts=_acts(found),
        before=_before(found),
        act_words=ACT_WORDS,
        state_words=STATE_WORDS,
        cutoff_words=CUTOFF_WORDS,
        trouble=trouble,
    )


def _plots(found: ModelReport, without: Baselines) -> dict[str, Chart]:
    """Return the plots of the page by name, those of the strongest features' dependence among them."""
    names = [*PLOTS, *(f"dependence-{place}" for place in range(DEPENDENCES))]
    drawn = {name: draw(found, name, without) for name in names}
    return {name: one for name, one in drawn.items() if one is not None}


def _acts(found: ModelReport) -> list[str]:
    """Return what can be done with the version now, by whom looks at it."""
    actor, state = current_actor(), found.version.state
    acts: list[str] = list(TRANSITIONS[state]) if actor.can("model.promote") else []
    return [*acts, "delete"] if actor.can("model.delete") and state != "champion" else acts


def _before(found: ModelReport) -> str | None:
    """Return the version that whoever looks at a champion can go back to."""
    is_theirs = found.version.state == "champion" and current_actor().can("model.promote")
    return rolls_back_to(current_house(), found.version.reference) if is_theirs else None


def _tools(found: ModelReport, without: Baselines) -> dict[str, Any] | None:
    """Return the sliders' start: with what a visit costs and a find brings as said in training, else as assessed."""
    told, practice = found.figures["net_value"] or {}, found.figures.get("practice", {})
    return tools_of(
        found.points,
        practice,
        without=without,
        cost=told.get("visit_cost"),
        value=told.get("value_found") or practice.get("amount_a_find"),
        cutoff=found.judged["cutoff"],
        capacity=found.judged["visits"],
    )


def tools_of(
    points: Mapping[str, Any] | None,
    practice: Mapping[str, Any],
    *,
    without: Baselines,
    cost: float | None,
    value: float | None,
    cutoff: float,
    capacity: int,
) -> dict[str, Any] | None:
    """Return what the two sliders start from and move along; None of a bundle without points.

    The week's starts at the capacity that the model was trained or judged for, and reaches it wherever it lies.
    """
    if points is None:
        return None
    most = min(max(MOST_VISITS, capacity), points["consumers"])
    fewest = min(FEWEST_VISITS, capacity, most)
    visits = _asked("visits", min(capacity, most), low=fewest, high=most)
    cost, value = _asked("cost", cost if cost is not None else USUAL_COST), _asked("value", value or 0.0)
    line = _asked("cutoff", cutoff, high=1.0)
    told = {
        "visits": points["visits"]["visits"],
        "found": points["visits"]["found"],
        "cutoffs": points["cutoffs"],
        "consumers": points["consumers"],
        "positives": points["positives"],
        "practice": without.practice,
        "random": without.random,
        "energy": practice.get("energy_a_find"),
    }
    found = finds_within(points, round(visits))
    return {
        "points": told,
        "fewest": fewest,
        "most": most,
        "visits": round(visits),
        "cost": cost,
        "value": value,
        "found": found,
        "practice": None if without.practice is None else without.practice * visits,
        "random": None if without.random is None else without.random * visits,
        "random_visits": without.random_visits,
        "energy": None if not practice.get("energy_a_find") else found * practice["energy_a_find"],
        "cutoff": line,
        "at": at_cutoff(points, line),
    }


def _asked(name: str, default: float, *, low: float = 0.0, high: float = 1e12) -> float:
    """Return a number of the address, as far as it is one."""
    try:
        return min(max(float(request.args.get(name, default)), low), high)
    except ValueError:
        return default


def measure_rows(figures: Mapping[str, Any], basis: str) -> list[dict[str, Any]]:
    """Return the measures for a table: those of the features known before a visit first, those of all beside."""
    is_other = basis == "knowable_only" and figures["knowable_features"] != figures["features"]
    rows: list[dict[str, Any]] = []
    for name, (label, meaning) in MEASURE_WORDS.items():
        first = figures[basis]["measures"].get(name)
        if first is None:
            continue
        other = figures["held_out"]["measures"].get(name) if is_other else None
        rows.append({"name": name, "label": label, "meaning": meaning, "first": first, "other": other})
    return [{**row, **looks_of(row["name"])} for row in rows]


def looks_of(name: str) -> dict[str, Any]:
    """Return how a measure is written."""
    return {"is_share": name in SHARES, "digits": 1 if name == "lift_at_capacity" else 3}


def _judgements(found: ModelReport) -> list[Job]:
    """Return where the version was judged on other data; the last ones, newest first."""
    if not current_actor().can("job.read"):
        return []
    jobs = list_jobs(current_house(), last=JUDGED_SHOWN)
    return [job for job in jobs if job.kind == "model.evaluate" and job.arguments["model"] == found.version.reference]


@needs("model.read")
def plot(reference: str, name: str) -> ResponseReturnValue:
    """Send one plot."""
    found, without = known_report(reference)
    return send_plot(draw(found, name, without))


def send_plot(drawn: Chart | None) -> Response:
    """Send a plot, or say that there is none such."""
    if drawn is None:
        abort(404)
    return jsonify(payload_of(drawn))


def send_file(content: bytes, name: str, kind: str) -> Response:
    """Send something to be saved."""
    response = make_response(content)
    response.mimetype = kind
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@needs("model.read")
def page(reference: str) -> ResponseReturnValue:
    """Send the report as one page that can be kept and printed."""
    return send_file(read_report_page(current_house(), reference).encode(), f"{reference}.html", "text/html")


@needs("model.read")
def bundle(reference: str) -> ResponseReturnValue:
    """Send the whole bundle."""
    return send_file(pack_bundle(current_house(), reference), f"{reference}.zip", "application/zip")
