"""What is watched and where it stands, and one watch with its history. Rule of the room: compute nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from powertheft.actions.house import House
from powertheft.actions.watched_subjects import watched_subjects
from powertheft.domain.errors import ChoiceError
from powertheft.domain.permissions import Actor
from powertheft.domain.watches import WATCH_NAMES, WATCHES, Reading, Standing, WatchName, quiet_since, standing_of

HISTORY = 60
"""Readings of a subject that a page shows; the newest."""

EVERY_SUBJECT = 2000


@dataclass(frozen=True, slots=True)
class Monitoring:
    """Everything that is watched: where each subject stands, its last readings, since when nothing has moved.

    `histories` are the readings of a watch and subject, the oldest first; `read_at` is when it was looked at last.
    """

    standings: tuple[Standing, ...]
    histories: dict[tuple[WatchName, str], tuple[Reading, ...]]
    quiet_since: date | None
    read_at: datetime | None

    @property
    def moved(self) -> tuple[Standing, ...]:
        """Return what has moved, however long."""
        return tuple(one for one in self.standings if one.newest.state == "moved")


@dataclass(frozen=True, slots=True)
class WatchPage:
    """One watch: its subjects, and the one that is shown with its history, the oldest first."""

    watch: WatchName
    standings: tuple[Standing, ...]
    shown: Standing | None
    history: tuple[Reading, ...]


def show_monitoring(house: House) -> Monitoring:
    """Return where everything stands that the actor may see."""
    house.check("model.read")
    histories: dict[tuple[WatchName, str], tuple[Reading, ...]] = {}
    with house.read() as work:
        is_watched = watched_subjects(work)
        for watch in WATCH_NAMES:
            if may_see(house.actor, watch):
                found = _by_subject(work.watches.list_history(watch, last=EVERY_SUBJECT))
                histories |= {(watch, subject): one for subject, one in found.items() if is_watched(subject)}
    standings = tuple(standing_of(readings) for readings in histories.values())
    read = [one.at for readings in histories.values() for one in readings]
    return Monitoring(standings, histories, quiet_since(standings), max(read, default=None))


def show_watch(house: House, name: str, *, subject: str | None = None) -> WatchPage:
    """Return one watch, and of it the subject that is named, else the one that needs a look first."""
    house.check("model.read")
    watch = watch_named(name)
    _check_may_see(house, watch)
    with house.read() as work:
        found, is_watched = _by_subject(work.watches.list_history(watch, last=EVERY_SUBJECT)), watched_subjects(work)
    # What is retired is read under its own address, from an alert of then, and offered no more.
    histories = {name: one for name, one in found.items() if is_watched(name) or name == subject}
    standings = tuple(standing_of(readings) for readings in histories.values())
    if subject is not None and subject not in histories:
        raise ChoiceError(f"nothing is watched under {subject!r}", advice="Choose one of those that are offered.")
    chosen = subject or _first(standings)
    shown = next((one for one in standings if one.newest.subject == chosen), None)
    return WatchPage(watch, standings, shown, histories.get(chosen or "", ()))


def watch_named(name: str) -> WatchName:
    """Return a watch by its name; raises ChoiceError where there is none."""
    if name not in WATCH_NAMES:
        raise ChoiceError(f"nothing is watched as {name!r}", advice=f"The watches are: {', '.join(WATCH_NAMES)}.")
    return name


def may_see(actor: Actor, watch: WatchName) -> bool:
    """Return whether the actor may see a watch: what visits found is for those who read cases."""
    return WATCHES[watch].group != "visits" or actor.can("inspection.read")


def _check_may_see(house: House, watch: WatchName) -> None:
    if WATCHES[watch].group == "visits":
        house.check("inspection.read")


def _first(standings: Sequence[Standing]) -> str | None:
    order = {"moved": 0, "quiet": 1, "unknown": 2}
    ranked = sorted(standings, key=lambda one: (not one.is_told, order[one.newest.state], one.newest.subject))
    return ranked[0].newest.subject if ranked else None


def _by_subject(readings: Sequence[Reading]) -> dict[str, tuple[Reading, ...]]:
    found: dict[str, list[Reading]] = {}
    for reading in reversed(readings):
        found.setdefault(reading.subject, []).append(reading)
    return {subject: tuple(found[subject][-HISTORY:]) for subject in sorted(found)}
