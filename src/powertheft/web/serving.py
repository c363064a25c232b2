"""Serving the pages: gunicorn with threads, in this process. Rule of the room: knows the use cases, never the store."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.config import Config
from gunicorn.glogging import Logger

THREADS = 8
SECONDS_TO_FINISH = 10
TIMEOUT = 120
"""Seconds after which a request that still runs is given up; uploads come in parts that take less."""


class Lines(Logger):
    """What gunicorn says goes where everything else goes: its own words may quote an address."""

    def setup(self, cfg: Config) -> None:
        """Leave the writing to those who have set up the logs."""
        self.cfg = cfg
        self.error_log.propagate = True


class Pages(BaseApplication):
    """The pages as gunicorn runs them: the application is made in the process that answers."""

    def __init__(self, make: Callable[[], Flask], options: dict[str, Any]) -> None:
        self._make = make
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        """Hand over the options."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Return the application."""
        return self._make()


def serve_pages(make: Callable[[], Flask], *, host: str, port: int, ready: Callable[[], None]) -> None:
    """Answer browsers until the process is asked to end; `ready` is called once it does answer."""
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "worker_class": "gthread",
        "workers": 1,
        "threads": THREADS,
        "timeout": TIMEOUT,
        "graceful_timeout": SECONDS_TO_FINISH,
        "keepalive": 15,
        "logger_class": Lines,
        "when_ready": lambda _arbiter: ready(),
        "control_socket_disable": True,
    }
    Pages(make, options).run()
