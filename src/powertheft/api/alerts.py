"""Alerts: what calls for somebody, acknowledged and resolved. Rule of the room: knows the use cases only."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import Field

from powertheft.actions import alerts
from powertheft.actions.house import EVERY
from powertheft.api.access import current_house, needs
from powertheft.api.errors import absent_is_not_found
from powertheft.api.shapes import Asked, Paging, Part, Plain, Told, part_of, plain
from powertheft.domain.alerts import Alert, AlertAct, AlertState, Severity

pages = APIBlueprint("alerts", __name__, url_prefix="/alerts", tag="Alerts")


class AlertTold(Told):
    """One cause: what it is, since when, how bad, what to do, and the path of the page to act on."""

    number: int
    rule: str
    severity: Severity
    state: AlertState
    what: str
    how_bad: str
    to_do: str
    link: str
    since: datetime
    seen_at: datetime
    times: int
    sent_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None
    resolved_by: str | None


class AlertPart(Part):
    """Alerts: those that call for somebody first, of these the worst."""

    items: list[AlertTold]


class EventTold(Told):
    """One step of an alert's history."""

    at: datetime
    actor: str
    action: str
    details: Plain


class WholeAlertTold(AlertTold):
    """One alert with its history."""

    history: list[EventTold]


class AlertsAsked(Paging):
    """Which alerts."""

    state: AlertState | None = None


class WordAsked(Asked):
    """A word why; it stays in the history."""

    reason: Annotated[str, Field(max_length=alerts.LONGEST_REASON, pattern=r"^[^\x00]*$")] = ""


@pages.get("")
@needs("job.read")
@pages.input(AlertsAsked, location="query")
@pages.output(AlertPart)
def list_alerts(query_data: AlertsAsked) -> Mapping[str, Any]:
    """List the alerts."""
    found = alerts.list_alerts(
        current_house(),
        states=[] if query_data.state is None else [query_data.state],
        last=min(query_data.place() + query_data.limit + 1, EVERY),
    )
    return part_of(found, query_data)


@pages.get("/<number:number>")
@needs("job.read")
@pages.output(WholeAlertTold)
def get_alert(number: int) -> Mapping[str, Any]:
    """Return one alert with its history."""
    with absent_is_not_found():
        found = alerts.get_alert(current_house(), number)
    told = {name: getattr(found.alert, name) for name in AlertTold.model_fields}
    history = [
        {"at": one.at, "actor": one.actor, "action": one.action, "details": plain(one.details)} for one in found.history
    ]
    return {**told, "history": history}


@pages.post("/<number:number>/acknowledge")
@needs("alert.settle")
@pages.input(WordAsked)
@pages.output(AlertTold)
def acknowledge_alert(number: int, json_data: WordAsked) -> Alert:
    """Say that somebody has seen it; it stays until its cause is gone."""
    return _answer(number, "be acknowledged", json_data)


@pages.post("/<number:number>/resolve")
@needs("alert.settle")
@pages.input(WordAsked)
@pages.output(AlertTold)
def resolve_alert(number: int, json_data: WordAsked) -> Alert:
    """Say that it is resolved; if its cause is found again, it is a new alert."""
    return _answer(number, "be resolved", json_data)


def _answer(number: int, act: AlertAct, asked: WordAsked) -> Alert:
    with absent_is_not_found():
        return alerts.answer_alert(current_house(), number, act, reason=asked.reason)
