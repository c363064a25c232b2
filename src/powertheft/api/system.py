"""What runs here: health, who asks, the audit trail, the settings. Rule of the room: knows the use cases only."""

from datetime import datetime
from typing import Any, Literal

from apiflask import APIBlueprint

from powertheft.actions.accounts import NOBODY
from powertheft.actions.read_trail import read_trail
from powertheft.actions.show_settings import show_settings
from powertheft.api.access import any_token, current_house, current_token, needs, public
from powertheft.api.services import services
from powertheft.api.shapes import Paging, Part, Plain, Told, Word, cursor_at, plain

pages = APIBlueprint("system", __name__, tag="This powertheft")


class HealthTold(Told):
    """That the process answers and its database does."""

    status: Literal["ok"]


class MeTold(Told):
    """Whose token this is, what it may do, and until when."""

    owner: str
    token: str
    scopes: list[str]
    allowed: list[str]
    expires_at: datetime


class EventTold(Told):
    """Who did what to what, and when."""

    number: int
    at: datetime
    actor: str
    action: str
    subject: str
    details: Plain


class EventPart(Part):
    """Events, newest first."""

    items: list[EventTold]


class EventsAsked(Paging):
    """Which events."""

    actor: Word | None = None
    action: Word | None = None
    subject: Word | None = None


class SettingTold(Told):
    """A setting, where it is read from, and its value; a secret's is not told."""

    name: str
    variable: str
    default: str
    help: str
    is_secret: bool
    origin: Literal["environment", "file", "command", "default"]
    value: str | None


class SettingPart(Part):
    """Settings."""

    items: list[SettingTold]


@pages.get("/healthz")
@public
@pages.output(HealthTold)
def healthz() -> dict[str, str]:
    """Say whether the process and its database answer."""
    with services().store.read(NOBODY) as work:
        work.jobs.list_jobs(last=1)
    return {"status": "ok"}


@pages.get("/me")
@any_token
@pages.output(MeTold)
def me() -> dict[str, Any]:
    """Say whose token this is: `allowed` is what both its scopes and its owner's roles allow now."""
    token, actor = current_token(), current_house().actor
    told = {"owner": token.owner, "token": token.name, "expires_at": token.expires_at}
    return {**told, "scopes": sorted(token.scopes), "allowed": sorted(actor.permissions)}


@pages.get("/audit")
@needs("audit.read")
@pages.input(EventsAsked, location="query")
@pages.output(EventPart)
def list_events(query_data: EventsAsked) -> dict[str, Any]:
    """Read the audit trail."""
    asked, before = query_data, query_data.place() or None
    found = read_trail(
        current_house(),
        actor=asked.actor,
        action=asked.action,
        subject=asked.subject,
        before=before,
        last=asked.limit + 1,
    )
    shown, parts = found[: asked.limit], EventTold.model_fields
    told = [{**{name: getattr(event, name) for name in parts}, "details": plain(event.details)} for event in shown]
    return {"items": told, "next": cursor_at(shown[-1].number) if len(found) > len(shown) else None}


@pages.get("/settings")
@needs("setting.change")
@pages.output(SettingPart)
def list_settings() -> dict[str, Any]:
    """Read the settings of this powertheft."""
    own = ("name", "variable", "default", "help", "is_secret")
    told = show_settings(current_house())
    return {
        "items": [
            {**{name: getattr(one.setting, name) for name in own}, "origin": one.origin, "value": one.value}
            for one in told
        ]
    }
