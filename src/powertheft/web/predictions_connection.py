"""One connection of a list: its bills, why, what if, around. Rule of the room: one URL, one view, one template."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from wtforms.validators import Length

from powertheft.actions.consumer_page import ConsumerPage, ConsumerWhy, WhatIfAnswer, show_history
from powertheft.actions.inspections import open_case, set_aside
from powertheft.actions.reveal_consumers import reveal_consumers
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.domain.inspections import OPEN
from powertheft.domain.numbers import likelihoods
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.forms import Form, Required, StringField
from powertheft.web.inspections_words import ACT_WORDS, case_words
from powertheft.web.predictions_pictures import DAYS, balance_picture, bills_picture, waterfall_rows
from powertheft.web.predictions_words import worth_words
from powertheft.web.rendering import render_page, wants_part
from powertheft.web.words import lazy_gettext

TEMPLATE = "predictions/connection.html"
SLIDING_MONTHS = 6
SLIDING_FEATURES = 3
LEAST_FACTOR, MOST_FACTOR = 0.5, 5.0


class AsideForm(Form):
    """Why a connection needs no visit."""

    why = StringField(
        lazy_gettext("Why not?"),
        [Required, Length(max=500)],
        description=lazy_gettext("What you know that the data do not: empty since May, a shop that closed. No names."),
        render_kw={"maxlength": 500},
    )


class LookForm(Form):
    """Why one looks at who it is."""

    reason = StringField(
        lazy_gettext("Why you look"), [Required, Length(max=200)], render_kw={"maxlength": 200, "autocomplete": "off"}
    )


@needs("list.read")
def connection(number: int, consumer_id: str) -> Response:
    """Show all that is said of a connection."""
    return _page(number, consumer_id)


@needs("list.read")
def why(number: int, consumer_id: str) -> Response:
    """Say what raised and lowered the score, and with it, what of it can be set otherwise."""
    if not wants_part():
        return _whole(number, consumer_id)
    asked = _why(number, consumer_id)
    address = {"number": number, "consumer_id": consumer_id}
    return render_page(TEMPLATE, part="why", **_told(asked), address=address, opinion=None, oob=True)


@needs("list.read")
def second_opinion(number: int, consumer_id: str) -> Response:
    """Say whether another method names the same features."""
    from powertheft.actions.ask_about_consumer import ask_second_opinion  # late: it brings the models, 200 MB

    return _part(number, consumer_id, "opinion", opinion=ask_second_opinion(current_house(), consumer_id, number))


@needs("list.read")
def smallest_change(number: int, consumer_id: str) -> Response:
    """Say what would have to be otherwise for the connection to fall under the cut-off."""
    from powertheft.actions.ask_about_consumer import ask_smallest_change  # late, as above

    return _part(number, consumer_id, "smallest", smallest=ask_smallest_change(current_house(), consumer_id, number))


@needs("list.read")
def what_if(number: int, consumer_id: str) -> Response:
    """Say how likely it would be with other bills or other values."""
    try:
        answer, trouble = _asked_otherwise(number, consumer_id), ""
    except ChoiceError as error:
        answer, trouble = None, f"{error.what[:1].upper()}{error.what[1:]}. {error.advice}"
    status = 422 if trouble else 200
    now_then = ("", "") if answer is None else likelihoods(answer.before, answer.after)
    told = {"answer": answer, "now_then": now_then, "moved": _moved_anything(), "trouble": trouble}
    return _part(number, consumer_id, "answer", status=status, **told)


@needs("inspection.assign")
def send(number: int, consumer_id: str) -> ResponseReturnValue:
    """Open a case of the connection."""
    _known(number, consumer_id)
    opened = open_case(current_house(), number, consumer_id)
    flash(gettext("Case %(number)s is open. Next: hand it to an inspector.", number=opened.number))
    return redirect(url_for("inspections.case", number=opened.number))


@needs("inspection.assign")
def not_worth(number: int, consumer_id: str) -> ResponseReturnValue:
    """Set the connection aside, with the reason."""
    form = AsideForm()
    if form.validate_on_submit():
        try:
            set_aside(current_house(), number, consumer_id, why=form.why.data or "")
        except ChoiceError as error:
            form.blame(error)
        else:
            flash(gettext("Set aside: it is passed over when visits are chosen from this list."))
            return redirect(url_for("predictions.connection", number=number, consumer_id=consumer_id))
    return _page(number, consumer_id, aside=form, status=422)


@needs("person.reveal")
def reveal(number: int, consumer_id: str) -> Response:
    """Show who the connection is, after the look was recorded."""
    _known(number, consumer_id)
    form = LookForm()
    if not form.validate_on_submit():
        return _page(number, consumer_id, part="person", look=form, status=422)
    try:
        found = reveal_consumers(current_house(), [consumer_id], reason=form.reason.data or "")
    except UserError as error:
        form.blame(error)
        return _page(number, consumer_id, part="person", look=form, status=422)
    return _page(number, consumer_id, part="person", look=form, person_found=found.get(consumer_id, {}))


View = Callable[..., ResponseReturnValue]
RULES: tuple[tuple[str, str, View], ...] = (
    ("GET", "", connection),
    ("GET", "/why", why),
    ("GET", "/second-opinion", second_opinion),
    ("GET", "/smallest-change", smallest_change),
    ("GET", "/what-if", what_if),
    ("POST", "/send", send),
    ("POST", "/not-worth", not_worth),
    ("POST", "/reveal", reveal),
)
"""The addresses of one connection, below those of its list."""


def add_rules(pages: Blueprint) -> None:
    """Put the addresses of one connection into the group of pages."""
    for method, rule, view in RULES:
        pages.add_url_rule(f"/<int:number>/connections/<consumer_id>{rule}", view_func=view, methods=[method])


def _known(number: int, consumer_id: str) -> ConsumerPage:
    from powertheft.actions.show_consumer import show_consumer  # late, as above

    try:
        return show_consumer(current_house(), consumer_id, number)
    except ChoiceError:
        abort(404)


def _part(number: int, consumer_id: str, part: str, *, status: int = 200, **given: Any) -> Response:
    """Return what htmx asks for, which needs nothing else of the page; or the page with it."""
    if wants_part():
        return render_page(TEMPLATE, part=part, status=status, **given)
    return _whole(number, consumer_id, status=status, **given)


def _whole(number: int, consumer_id: str, *, status: int = 200, **given: Any) -> Response:
    """Return the page with what a script would have asked for after it: without one it would never come."""
    return _page(number, consumer_id, status=status, **_told(_why(number, consumer_id)), **given)


def _why(number: int, consumer_id: str) -> ConsumerWhy:
    from powertheft.actions.ask_about_consumer import ask_why  # late, as above

    try:
        return ask_why(current_house(), consumer_id, number)
    except ChoiceError:
        abort(404)


def _told(asked: ConsumerWhy) -> dict[str, Any]:
    """Return why a connection stands where it does, as the page shows it."""
    return {"why": asked, "waterfall": waterfall_rows(asked.waterfall), "feature_sliders": _feature_sliders(asked)}


def _page(number: int, consumer_id: str, *, part: str | None = None, status: int = 200, **given: Any) -> Response:
    shown = _known(number, consumer_id)
    open_cases = [case for case in shown.cases if case.state in OPEN]
    set_aside_now = any(case.state == "withdrawn" and case.about.get("set_aside") for case in shown.cases)
    values: dict[str, Any] = {
        "shown": shown,
        "head": shown.head,
        "picture": bills_picture(shown.months, stretch=shown.stretch, marks=_marks(shown)),
        "address": {"number": number, "consumer_id": consumer_id},
        "why": None,
        "feature_sliders": (),
        "worth": worth_words(shown.head, shown.head["currency"] or "INR"),
        "balance": balance_picture(shown.transformer["months"]) if shown.transformer else None,
        "history": show_history(current_house(), consumer_id, number),
        "open_case": open_cases[0] if open_cases else None,
        "is_set_aside": set_aside_now and not open_cases,
        "sliders": _sliders(shown),
        "may_assign": current_actor().can("inspection.assign"),
        "may_look": current_actor().can("person.reveal"),
        "aside": AsideForm(formdata=None),
        "look": LookForm(formdata=None),
        "opinion": None,
        "smallest": None,
        "answer": None,
        "moved": False,
        "trouble": "",
        "person_found": None,
        "act_words": ACT_WORDS,
        **case_words(),
    }
    return render_page(TEMPLATE, part=part, status=status, **{**values, **given})


def _marks(shown: ConsumerPage) -> list[tuple[str, date, str]]:
    visits = [("visit", row["inspected_on"], str(row["outcome"])) for row in shown.visits if row["inspected_on"]]
    events = [
        ("event", _day(row["occurred_at"]), gettext("event %(code)s", code=row["event_code"]))
        for row in shown.events
        if row["occurred_at"]
    ]
    return [*visits, *events]


def _day(when: date) -> date:
    return when.date() if isinstance(when, datetime) else when


def _sliders(shown: ConsumerPage) -> Mapping[str, Any]:
    """Return what can be set otherwise: the last bills together, months one by one."""
    known = [row for row in shown.months if row["use"] is not None][-SLIDING_MONTHS:]
    seen = [row[name] for row in shown.months for name in ("use", "neighbours_high") if row[name] is not None]
    most = round(max([10.0, *seen]) * 1.2)
    asked = request.args
    months = [
        {
            "name": f"month-{row['month']:%Y-%m}",
            "label": f"{row['month']:%b %Y}",
            "now": round(row["use"]),
            "value": asked.get(f"month-{row['month']:%Y-%m}", round(row["use"]), type=float),
            "most": most,
        }
        for row in known
    ]
    return {
        "months": months,
        "factor": asked.get("factor", 1.0, type=float),
        "least_factor": LEAST_FACTOR,
        "most_factor": MOST_FACTOR,
    }


def _feature_sliders(asked: ConsumerWhy) -> list[dict[str, Any]]:
    """Return the features that count most, as they can be set otherwise; days and words cannot."""
    steps = asked.waterfall["steps"]
    numbers = [step for step in steps if isinstance(step["value"], int | float) and step["unit"] != DAYS]
    return [_feature_slider(step) for step in numbers[:SLIDING_FEATURES]]


def _feature_slider(step: Mapping[str, Any]) -> dict[str, Any]:
    now = round(float(step["value"]), 3)
    reach = max(2 * abs(now), 1.0)
    return {
        "name": f"feature-{step['feature']}",
        "label": step["meaning"],
        "unit": step["unit"],
        "now": now,
        "value": request.args.get(f"feature-{step['feature']}", now, type=float),
        "least": round(-reach, 3) if now < 0 else 0,
        "most": round(reach, 3),
    }


def _asked_otherwise(number: int, consumer_id: str) -> WhatIfAnswer:
    """Ask for what the sliders say that differs from what is: each brings along where it stood."""
    from powertheft.actions.ask_about_consumer import ask_what_if  # late, as above

    months, features = _moved("month-"), _moved("feature-")
    factor = request.args.get("factor", 1.0, type=float)
    if not LEAST_FACTOR <= factor <= MOST_FACTOR:
        raise ChoiceError(f"{factor:g} times is too far from the bills", advice="Choose 0.5 to 5 times.")
    return ask_what_if(
        current_house(),
        consumer_id,
        number,
        months=months or None,
        factor=None if months or factor == 1.0 else factor,
        features=features or None,
    )


def _moved(kind: str) -> dict[str, float]:
    values = {name: request.args.get(name, type=float) for name in request.args if name.startswith(kind)}
    moved = {
        name: value
        for name, value in values.items()
        if value is not None and value != request.args.get(f"was-{name}", type=float)
    }
    return {name.removeprefix(kind): value for name, value in moved.items()}


def _moved_anything() -> bool:
    return request.args.get("factor", 1.0, type=float) != 1.0 or bool(_moved("month-") or _moved("feature-"))
