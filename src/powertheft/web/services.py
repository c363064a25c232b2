"""What the pages are handed when they are put together. Rule of the room: knows the use cases, never the store."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app, g

from powertheft.actions.house import House
from powertheft.actions.ports import Store
from powertheft.domain.permissions import Actor
from powertheft.settings import WebSettings

EXTENSION = "powertheft"


@dataclass(frozen=True, slots=True)
class Services:
    """The house as somebody sees it, the store for what happens before anybody has signed in, and the settings."""

    house_for: Callable[[Actor], House]
    store: Store
    settings: WebSettings


def keep_services(application: Flask, services: Services) -> None:
    """Let the views find the services."""
    application.extensions[EXTENSION] = services


def services() -> Services:
    """Return the services of the application that answers this request."""
    return cast(Services, current_app.extensions[EXTENSION])


def request_id() -> str:
    """Return what this request is called in the log and on a page about an error."""
    return cast(str, g.get("request_id", "none"))
