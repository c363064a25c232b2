"""Overview: where we stand and what to do next. Rule of the room: one URL, one view, one template."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext

from powertheft.actions.house import House
from powertheft.actions.model_versions import get_model_version
from powertheft.actions.show_overview import Attention, Overview, show_overview
from powertheft.actions.work_jobs import enqueue_simulation
from powertheft.domain.errors import UserError
from powertheft.domain.permissions import Permission, roles_with
from powertheft.web.access import current_actor, current_house, needs, signed_in
from powertheft.web.charts import hit_rate_by_week, loss_by_month
from powertheft.web.formats import energy, money, number, per_cent
from powertheft.web.job_words import shown_job
from powertheft.web.people import ROLE_WORDS
from powertheft.web.rendering import render_page
from powertheft.web.words import lazy_gettext

pages = Blueprint("overview", __name__)

SIMULATED_CONSUMERS = 20_000

STEPS: Mapping[str, tuple[str, str, str, Permission]] = {
    "import data": (lazy_gettext("Bring in data"), "data.index", "upload", "dataset.import"),
    "train a model": (lazy_gettext("Train a model"), "models.index", "boxes", "model.train"),
    "score a dataset": (lazy_gettext("Make a list"), "predictions.index", "list-ordered", "score.run"),
    "choose visits": (lazy_gettext("Choose visits"), "predictions.index", "target", "inspection.assign"),
    "hand out cases": (lazy_gettext("Hand out cases"), "inspections.index", "users", "inspection.assign"),
    "look at cases": (lazy_gettext("To the inspections"), "inspections.index", "clipboard-check", "inspection.read"),
}
"""The next step: its words, where it leads, its icon, and what one must be allowed to do for it."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the way to the first list: what it is, what one must be allowed to do for it, and its page."""

    title: str
    words: str
    needed: Permission
    endpoint: str
    label: str


WAY: tuple[Stage, ...] = (
    Stage(
        lazy_gettext("Bring in data"),
        lazy_gettext("Ledgers, readings and inspection results, as your utility exports them."),
        needed="dataset.import",
        endpoint="data.index",
        label=lazy_gettext("Data"),
    ),
    Stage(
        lazy_gettext("Train a model"),
        lazy_gettext("It learns from connections that were visited and whose outcome is known."),
        needed="model.train",
        endpoint="models.index",
        label=lazy_gettext("Models"),
    ),
    Stage(
        lazy_gettext("Make a list"),
        lazy_gettext("Every connection, ranked by what a visit is worth, with reasons in words."),
        needed="score.run",
        endpoint="predictions.index",
        label=lazy_gettext("Predictions"),
    ),
    Stage(
        lazy_gettext("Send the squads"),
        lazy_gettext("Choose how many visits they can make, hand out cases, record what they find."),
        needed="inspection.assign",
        endpoint="inspections.index",
        label=lazy_gettext("Inspections"),
    ),
    Stage(
        lazy_gettext("Train again"),
        lazy_gettext("What was found teaches the next model; Monitoring says when it is time."),
        needed="model.train",
        endpoint="models.index",
        label=lazy_gettext("Models"),
    ),
)

WAITING: Mapping[str, tuple[str, str]] = {
    "failed jobs": (lazy_gettext("jobs failed in the last week"), lazy_gettext("See why")),
    "outcomes overdue": (lazy_gettext("visits are overdue: their outcome is missing"), lazy_gettext("Look at them")),
    "cases that nobody has": (lazy_gettext("cases wait for an inspector"), lazy_gettext("Hand them out")),
    "to compare with the champion": (lazy_gettext("is ready to be compared"), lazy_gettext("Compare")),
    "newer data that are not scored": (lazy_gettext("is newer than the last list"), lazy_gettext("Make a list")),
}
"""What waits for somebody: the words after the count or the name, and what to press."""


@pages.get("/")
@signed_in
def index() -> Response:
    """Show where we stand, as far as one may know."""
    house = current_house()
    if not house.actor.can("job.read"):
        return render_page("overview/visits.html")
    found = show_overview(house)
    return render_page(
        "overview/index.html",
        found=found,
        figures=_figures(found),
        plots=_plots(house, found),
        waiting=[_waiting(one) for one in found.attention],
        running=[shown_job(job) for job in found.jobs],
        step=_step(found),
        way=[_on_the_way(stage) for stage in WAY],
    )


@pages.get("/plots/<name>.json")
@needs("job.read")
def plot(name: str) -> Response:
    """Give one plot of the overview, as far as one may know."""
    house = current_house()
    drawn = _plots(house, show_overview(house)).get(name)
    if drawn is None:
        abort(404)
    return jsonify(drawn)


@pages.post("/simulate")
@needs("dataset.import")
def simulate() -> ResponseReturnValue:
    """Ask for a made-up utility to try everything with."""
    job = enqueue_simulation(current_house(), consumers=SIMULATED_CONSUMERS)
    flash(gettext("A utility is being made up. It then is a dataset like any other."))
    return redirect(url_for("jobs.job", number=job.number))


def _step(found: Overview) -> tuple[str, str, str] | None:
    """Return the next step where it is this person's to take."""
    label, endpoint, mark, permission = STEPS[found.next_step]
    if not current_actor().can(permission):
        return None
    if found.next_step == "choose visits" and found.scoring is not None:
        return label, url_for("predictions.scored", number=found.scoring.number), mark
    return label, url_for(endpoint), mark


def _on_the_way(stage: Stage) -> dict[str, str]:
    """Return one step, with its page for whoever may take it and with who takes it for everybody else."""
    told = {"title": stage.title, "words": stage.words}
    if current_actor().can(stage.needed):
        return {**told, "address": url_for(stage.endpoint), "label": stage.label}
    return {**told, "whose": ", ".join(str(ROLE_WORDS[role][0]) for role in roles_with(stage.needed))}


def _figures(found: Overview) -> list[dict[str, Any]]:
    """Return the four figures; one that this person may not see is left out."""
    told = [
        (gettext("Energy unaccounted for"), found.loss, lambda value: per_cent(value, 1), _change(found)),
        (
            gettext("Recovered this year"), found.recovered,
            lambda value: money(value, found.currency or "INR"), _recovered(found),
        ),
        (gettext("Hit rate, last 8 weeks"), found.hit_rate, per_cent, _quota(found)),
        (gettext("Worth a visit now"), found.worth, number, _amount(found)),
    ]  # fmt: skip
    return [
        {
            "label": label,
            "value": None if one.value is None else shown(one.value),
            "note": more if one.value is not None and more else one.words,
        }
        for label, one, shown, more in told
        if one is not None
    ]


def _change(found: Overview) -> str:
    if found.loss_change is None:
        return ""
    points, way = 100 * abs(found.loss_change), gettext("up") if found.loss_change > 0 else gettext("down")
    return gettext("of the energy supplied; %(way)s %(points)s points since last", way=way, points=f"{points:.1f}")


def _recovered(found: Overview) -> str:
    told = found.recovered.words if found.recovered else ""
    return f"{told}, {energy(found.recovered_energy)}" if found.recovered_energy else told


def _quota(found: Overview) -> str:
    told = found.hit_rate.words if found.hit_rate else ""
    random = found.random_hit_rate
    if random is None or random.value is None:
        return told
    return gettext("%(told)s; at random: %(rate)s", told=told, rate=per_cent(random.value))


def _amount(found: Overview) -> str:
    if found.worth is None or found.worth_amount is None:
        return ""
    amount = money(found.worth_amount, found.currency or "INR")
    return gettext("%(amount)s a year if all were found; %(told)s", amount=amount, told=found.worth.words)


def _plots(house: House, found: Overview) -> dict[str, Any]:
    """Return the two plots; without figures there is none."""
    plots: dict[str, Any] = {}
    known = [row for row in found.months if row["share"] is not None]
    if known:
        most, least = (choose(known, key=lambda row: row["share"]) for choose in (max, min))
        caption = gettext(
            "Most in %(most)s (%(high)s), least in %(least)s (%(low)s). Bills of two months make it swing.",
            most=f"{most['month']:%b %Y}", high=per_cent(most["share"], 1),
            least=f"{least['month']:%b %Y}", low=per_cent(least["share"], 1),
        )  # fmt: skip
        plots["loss"] = loss_by_month(found.months, caption)
    if found.weeks:
        caption = found.hit_rate.words if found.hit_rate else ""
        plots["hits"] = hit_rate_by_week(found.weeks, f"{caption}.", promise=_promise(house, found))
    return plots


def _promise(house: House, found: Overview) -> float | None:
    """Return the share of finds that the model of the last list promised at its capacity."""
    if found.scoring is None or not house.actor.can("model.read"):
        return None
    try:
        figures = get_model_version(house, found.scoring.model).figures
    except UserError:
        return None
    promised = figures.get("precision_at_capacity")
    return float(promised) if isinstance(promised, int | float) else None


def _waiting(one: Attention) -> dict[str, Any]:
    what, press = WAITING[one.what]
    state = "failed" if one.what == "failed jobs" else None
    address = url_for(f"{one.page}.index", state=state)
    return {"lead": one.name or number(one.count), "what": what, "press": press, "address": address}
