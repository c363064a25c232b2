"""What stands around a page: navigation, search, person, theme. Rule of the room: knows the use cases only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request

from powertheft.domain.alerts import SEVERITIES, Severity
from powertheft.domain.permissions import Permission
from powertheft.web.access import account, may_open
from powertheft.web.services import services
from powertheft.web.static_files import is_complete
from powertheft.web.words import lazy_gettext

THEMES = ("system", "light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the navigation: a group of pages, its icon, and what one must be allowed to do to see it."""

    group: str
    label: str
    icon: str
    permission: Permission | None = None
    on_phone: bool = False

    @property
    def endpoint(self) -> str:
        """Return the group's first page."""
        return f"{self.group}.index"


MAIN = (
    Entry("overview", lazy_gettext("Overview"), "house", on_phone=True),
    Entry("data", lazy_gettext("Data"), "database", "dataset.read"),
    Entry("explore", lazy_gettext("Explore"), "chart-line", "dataset.read"),
    Entry("features", lazy_gettext("Features"), "list-checks", "dataset.read"),
    Entry("models", lazy_gettext("Models"), "boxes", "model.read"),
    Entry("predictions", lazy_gettext("Predictions"), "list-ordered", "list.read"),
    Entry("inspections", lazy_gettext("Inspections"), "clipboard-check", "inspection.read", on_phone=True),
    Entry("monitoring", lazy_gettext("Monitoring"), "activity", "model.read"),
)
BELOW = (
    Entry("jobs", lazy_gettext("Jobs"), "history", "job.read"),
    Entry("help", lazy_gettext("Help"), "circle-help"),
    Entry("settings", lazy_gettext("Settings"), "settings"),
)


def install(application: Flask) -> None:
    """Give every template what the frame shows."""
    application.context_processor(_frame)
    application.add_template_global(may_open, "may_open")
    application.add_template_global(here, "here")
    application.add_template_global(here_plain, "here_plain")


def here(**changes: object) -> str:
    """Return this page's address with other values in it; None takes a value out."""
    values = {**request.args.to_dict(), **changes}
    kept = urlencode({name: value for name, value in values.items() if value is not None})
    return f"{request.path}?{kept}" if kept else request.path


def here_plain() -> str:
    """Return this page's address without any values."""
    return request.path


def theme() -> str:
    """Return the theme that this browser was set to."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in THEMES else THEMES[0]


def entries(group: tuple[Entry, ...]) -> list[Entry]:
    """Return the entries that who is signed in may see."""
    found = account()
    if found is None:
        return []
    actor = found.actor()
    return [entry for entry in group if entry.permission is None or actor.can(entry.permission)]


def running_jobs() -> int:
    """Return how many jobs are at work or wait for it, as far as who is signed in may know."""
    found = account()
    if found is None or not found.actor().can("job.read"):
        return 0
    with services().store.read(found.name) as work:
        return len(work.jobs.list_jobs(states=["queued", "running"]))


def open_alerts() -> Mapping[Severity, int]:
    """Return how many alerts call for somebody, by severity, as far as who is signed in may know."""
    found = account()
    if found is None or not found.actor().can("job.read"):
        return dict.fromkeys(SEVERITIES, 0)
    with services().store.read(found.name) as work:
        return work.alerts.get_counts()


def _frame() -> dict[str, Any]:
    person = account()
    return {
        "person": person,
        "actor": person.actor() if person else None,
        "main_entries": entries(MAIN),
        "below_entries": entries(BELOW),
        "group": request.blueprint or "",
        "theme": theme(),
        "running_jobs": running_jobs(),
        "open_alerts": open_alerts(),
        "front_end_complete": is_complete(),
    }
