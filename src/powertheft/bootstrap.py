"""The only place where objects are wired. Rule of the room: load lazily, so that --help answers at once."""

import gc
import getpass
import os
import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.writing.interrupts import watch_interrupts

if TYPE_CHECKING:  # importing the house brings Polars, which --help does without
    from flask import Flask

    from powertheft.actions.house import House
    from powertheft.actions.loop_ports import ExperimentTracker, Messenger
    from powertheft.domain.jobs import Lane
    from powertheft.settings import Home


@dataclass(frozen=True, slots=True)
class Container:
    """What the commands are handed: what opens the house at a place, the default one where none is named."""

    @contextmanager
    def open_house(self, place: Path | None = None) -> "Generator[House, None, None]":
        """Open the store on a home folder, as the user of the operating system."""
        from powertheft.actions.house import House  # late: most commands need no house
        from powertheft.actions.tidy_house import tidy_house
        from powertheft.settings import read_home
        from powertheft.store.work import open_store

        group_numbers()
        home = read_home(place)
        home.make()
        with open_store(home.database) as store:
            house = House(home, store, Actor(getpass.getuser(), PERMISSIONS), tracker=make_tracker(home))
            tidy_house(house)
            yield house

    def run_web(self, place: Path | None, *, host: str, port: int, say: Callable[[str], None]) -> None:
        """Serve the pages until the system asks to end; say the address, and the first link while it is needed."""
        from powertheft.actions.accounts import first_link  # late, as above
        from powertheft.logs import set_up_logs
        from powertheft.settings import read_home, read_log, read_web_settings
        from powertheft.store.work import open_store
        from powertheft.web.serving import serve_pages
        from powertheft.web.static_files import PROBLEM, is_complete

        home = read_home(place)
        home.make()
        read_web_settings(home, host)
        set_up_logs(read_log())
        group_numbers()
        shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
        address = f"http://{shown}:{port}"

        def ready() -> None:
            if not is_complete():
                say(
                    PROBLEM.read_text("utf-8")
                    if PROBLEM.is_file()
                    else "The front-end files are missing: make front-end"
                )
            with open_store(home.database) as store:
                token = first_link(store)
            say(f"powertheft answers at {address}  (Ctrl-C stops it)")
            if token:
                say(f"Nobody has an account yet. The first administrator's link, for a day: {address}/join/{token}")

        def make() -> "Flask":
            application = self.make_web(home, host)
            # Beside the first answers: whoever looks at the newest list first does not wait for what it is read into.
            Thread(target=self.warm_web, args=(home,), name="warm", daemon=True).start()
            return application

        serve_pages(make, host=host, port=port, ready=ready)

    def warm_web(self, home: "Home") -> None:
        """Read once what the first person at the pages would wait for."""
        from powertheft.actions.accounts import HOUSE  # late, as above
        from powertheft.actions.house import House
        from powertheft.actions.warm_pages import warm_pages
        from powertheft.store.work import open_store

        with open_store(home.database) as store:
            warm_pages(House(home, store, Actor(HOUSE, frozenset({"list.read"}))))

    def make_web(self, home: "Home", host: str) -> "Flask":
        """Return the pages on a home folder, with the API beside them, as the process that answers needs them."""
        from werkzeug.middleware.dispatcher import DispatcherMiddleware  # late, as above

        from powertheft.actions.house import House
        from powertheft.api.application import PLACE, create_api
        from powertheft.api.services import ApiServices
        from powertheft.settings import read_web_settings
        from powertheft.store.work import open_store
        from powertheft.web.application import create_application
        from powertheft.web.measuring import meter_of
        from powertheft.web.services import Services

        store = open_store(home.database)
        house = House(home, store, Actor("nobody", frozenset()), tracker=make_tracker(home))
        settings = read_web_settings(home, host)
        application = create_application(Services(house.for_actor, store, settings))
        api = create_api(ApiServices(house.for_actor, store, settings, count=meter_of(application).note))
        # Beside the pages, not within them: their sessions and forms are nothing to the API, which takes tokens alone.
        application.wsgi_app = DispatcherMiddleware(application.wsgi_app, {PLACE: api})
        return application

    def run_worker(
        self, place: Path | None = None, *, once: bool, lease_seconds: float, lane: "Lane | None" = None
    ) -> int:
        """Do the background's work until the system asks to end (SIGTERM), or what there is of it; return how many."""
        from powertheft.jobs.worker import work_on  # late, as above
        from powertheft.logs import set_up_logs
        from powertheft.settings import read_log

        set_up_logs(read_log())
        ending = Event()
        signal.signal(signal.SIGTERM, lambda _number, _frame: ending.set())
        with self.open_house(place) as opened:
            house = replace(opened, messenger=make_messenger())
            return work_on(house, ending=ending, once=once, lease_seconds=lease_seconds, lane=lane)


def make_messenger() -> "Messenger":
    """Return how people outside are told: by the channels of the environment, else in the worker's own lines."""
    from powertheft.services.apprise_messenger import AppriseMessenger  # late, as above
    from powertheft.services.console_messenger import ConsoleMessenger
    from powertheft.settings import read_alert_urls

    addresses = read_alert_urls()
    return AppriseMessenger(addresses) if addresses else ConsoleMessenger()


def make_tracker(home: "Home") -> "ExperimentTracker | None":
    """Return what mirrors trainings, None where it is off; MLflow itself is loaded when the first is asked of it."""
    from powertheft.services.mlflow_tracker import MlflowTracker  # late, as above
    from powertheft.settings import read_tracking

    address = read_tracking(home)
    return None if address is None else MlflowTracker(address, home.tracked_files)


def group_numbers() -> None:
    """Write numbers as the environment says, everywhere in this process; refuse a word that says nothing."""
    from powertheft.domain.numbers import group_as  # late, as above
    from powertheft.settings import read_number_grouping

    group_as(read_number_grouping())


def main() -> None:
    """Run the command line."""
    stopped = watch_interrupts()
    # Threads of the boosters that wait by spinning take the processor from those that work: on a machine with other
    # work, fits took ten times as long. Read when their runtime is loaded, so it is set before anything else.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    # Looking for circles after every 700 objects took a fifth of the time to start; our data are not Python's objects.
    gc.set_threshold(100_000, 20, 20)
    # Polars gives memory back to the system at once, and takes it again at once: imports took a sixth longer.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "background_thread:true,dirty_decay_ms:3000,muzzy_decay_ms:3000")
    from powertheft.cli.main import run  # late: the library's users need no command line
    from powertheft.domain.errors import UserError

    # A wrong word is refused where a house is opened, with a message; commands that need none go on without.
    with suppress(UserError):
        group_numbers()
    run(container=Container(), stopped=stopped)
