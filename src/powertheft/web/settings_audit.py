"""Settings: the audit trail, who did what to what. Rule of the room: one URL, one view, one template."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask.wrappers import Response

from powertheft.actions.read_trail import read_trail
from powertheft.web.access import current_house, needs
from powertheft.web.rendering import render_page
from powertheft.web.settings_blueprint import pages

SHOWN = 100
KNOWN = 500
"""Of how many last events the names are offered."""


@pages.get("/audit")
@needs("audit.read")
def audit() -> Response:
    """Show the last events, newest first, of one person, kind or thing where that is asked."""
    house = current_house()
    wanted = {name: request.args.get(name, "").strip() for name in ("actor", "action", "subject")}
    asked = {name: value or None for name, value in wanted.items()}
    before = request.args.get("before", type=int)
    events = read_trail(house, **asked, before=before, last=SHOWN + 1)
    known = read_trail(house, last=KNOWN)
    return render_page(
        "settings/audit.html",
        part="found",
        events=[(event, told(event.details)) for event in events[:SHOWN]],
        next_before=events[SHOWN - 1].number if len(events) > SHOWN else None,
        actors=sorted({event.actor for event in known}),
        actions=sorted({event.action for event in known}),
        actor_wanted=wanted["actor"],
        action=wanted["action"],
        subject=wanted["subject"],
    )


def told(details: Mapping[str, Any]) -> str:
    """Return what was set down with an event in one line.

    Examples
    --------
    >>> told({"roles": ["analyst", "manager"], "reason": "left", "rows": {"bills": 3}})
    'roles: analyst, manager; reason: left; rows: bills 3'
    """
    return "; ".join(
        f"{name.replace('_', ' ')}: {_value(value)}"
        for name, value in details.items()
        if value not in (None, "", [], {})
    )


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_value(one)}" for name, one in value.items())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  of JSON
    if isinstance(value, list):
        return ", ".join(_value(one) for one in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  of JSON
    return "–" if value is None else str(value)
