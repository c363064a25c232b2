"""What the API is handed when it is put together. Rule of the room: knows the use cases, never the store."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g

from powertheft.actions.house import House
from powertheft.actions.ports import Store
from powertheft.domain.permissions import Actor
from powertheft.settings import WebSettings

EXTENSION = "powertheft"


def _count_nothing(_route: str | None, _method: str, _status: int, _seconds: float) -> None:
    """Nobody counts requests where the API stands alone."""


@dataclass(frozen=True, slots=True)
class ApiServices:
    """The house as somebody sees it, the store for looking a token up, the settings, and how often one may ask.

    `requests_a_minute` are those of one token, `refusals_a_minute` those of one address without a token that is known.
    `count` is told of each request its route, method, status and seconds.
    """

    house_for: Callable[[Actor], House]
    store: Store
    settings: WebSettings
    requests_a_minute: int = 600
    refusals_a_minute: int = 60
    count: Callable[[str | None, str, int, float], None] = _count_nothing


def keep_services(application: Flask, services: ApiServices) -> None:
    """Let the views find the services."""
    application.extensions[EXTENSION] = services


def services() -> ApiServices:
    """Return the services of the application that answers this request."""
    return cast(ApiServices, current_app.extensions[EXTENSION])


def reference_number() -> str:
    """Return what this request is called in the log and in an answer about an error."""
    return cast(str, g.get("reference_number", "none"))
