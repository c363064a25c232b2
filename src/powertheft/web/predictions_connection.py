"""One connection of a list: its bills, why, what if, around. Rule of the room: one URL, one view, one template."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response
from flask_babel import gettext
from wtforms.validators import Length

from powertheft.actions.inspections import open_case, set_aside
from powertheft.actions.reveal_consumers import reveal_consumers
from powertheft.actions.show_consumer import (
    ConsumerPage,
    WhatIfAnswer,
    ask_second_opinion,
    ask_smallest_change,
    ask_what_if,
    show_consumer,
    show_history,
)
from powertheft.domain.errors import ChoiceError, UserError
from powertheft.domain.inspections import OPEN
from powertheft.web.access import current_actor, current_house, needs
from powertheft.web.forms import Form, Required, StringField
from powertheft.web.inspections_words import ACT_WORDS, case_words
from powertheft.web.predictions_pictures import DAYS, balance_picture, bills_picture, waterfall_rows
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
def second_opinion(number: int, consumer_id: str) -> Response:
    """Say whether another method names the same features."""
    return _part(number, consumer_id, "opinion", opinion=ask_second_opinion(current_house(), consumer_id, number))


@needs("list.read")
def smallest_change(number: int, consumer_id: str) -> Response:
    """Say what would have to be otherwise for the connection to fall under the cut-off."""
    return _part(number, consumer_id, "smallest", smallest=ask_smallest_change(current_house(), consumer_id, number))


@needs("list.read")
def what_if(number: int, consumer_id: str) -> Response:
    """Say how likely it would be with other bills or other values."""
    try:
        answer, trouble = _asked_otherwise(number, consumer_id), ""
    except ChoiceError as error:
        answer, trouble = None, f"{error.what[:1].upper()}{error.what[1:]}. {error.advice}"
    status = 422 if trouble else 200
    return _part(number, consumer_id, "answer", answer=answer, trouble=trouble, status=status)


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
    try:
        return show_consumer(current_house(), consumer_id, number)
    except ChoiceError:
        abort(404)


def _part(number: int, consumer_id: str, part: str, *, status: int = 200, **given: Any) -> Response:
    """Return what htmx asks for, which needs nothing else of the page; or the page with it."""
    if wants_part():
        return render_page(TEMPLATE, part=part, status=status, **given)
    return _page(number, consumer_id, status=status, **given)


def _page(number: int, consumer_id: str, *, part: str | None = None, status: int = 200, **given: Any) -> Response:
    shown = _known(number, consumer_id)
    open_cases = [case for case in shown.cases if case.state in OPEN]
    set_aside_now = any(case.state == "withdrawn" and case.about.get("set_aside") for case in shown.cases)
    values: dict[str, Any] = {
        "shown": shown,
        "head": shown.head,
        "picture": bills_picture(shown.months, stretch=shown.stretch, marks=_marks(shown)),
        "waterfall": waterfall_rows(shown.waterfall),
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
    """Return what can be set otherwise: the last bills together, months one by one, the features that count."""
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
    numbers = [
        step for step in shown.waterfall["steps"] if isinstance(step["value"], int | float) and step["unit"] != DAYS
    ]
    features = [_feature_slider(step) for step in numbers[:SLIDING_FEATURES]]
    return {
        "months": months,
        "features": features,
        "factor": asked.get("factor", 1.0, type=float),
        "least_factor": LEAST_FACTOR,
        "most_factor": MOST_FACTOR,
    }


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
    told = request.args
    values = {name: told.get(name, type=float) for name in told if name.startswith(kind)}
    moved = {
        name: value for name, value in values.items() if value is not None and told.get(f"was-{name}") != told[name]
    }
    return {name.removeprefix(kind): value for name, value in moved.items()}
