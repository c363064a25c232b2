"""The only place where objects are wired. Rule of the room: load lazily, so that --help answers at once."""

import gc
import getpass
import os
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from powertheft.writing.interrupts import watch_interrupts

if TYPE_CHECKING:  # importing the house brings Polars, which --help does without
    from powertheft.actions.house import House


@dataclass(frozen=True, slots=True)
class Container:
    """What the commands are handed: what opens the house at a place, the default one where none is named."""

    @contextmanager
    def open_house(self, place: Path | None = None) -> "Generator[House, None, None]":
        """Open the store on a home folder, as the user of the operating system."""
        from powertheft.actions.house import House  # late: most commands need no house
        from powertheft.settings import read_home
        from powertheft.store.work import open_store

        home = read_home(place)
        home.make()
        with open_store(home.database) as store:
            house = House(home, store, getpass.getuser())
            house.tidy()
            yield house


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

    run(container=Container(), stopped=stopped)
