"""Watch everything that is watched, keep what was read, and tell of what has moved. Rule of the room: compute nothing.

Each part is kept as soon as it is read, with its alerts in the same transaction: a job that is killed loses a part, and
the next one reads it again.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from powertheft.actions.alerts import raise_alert, settle_alert
from powertheft.actions.house import EVERY, House
from powertheft.actions.ports import Scoring, UnitOfWork
from powertheft.actions.progress import Progress, no_progress
from powertheft.actions.watch_data import watch_data
from powertheft.actions.watch_outcomes import watch_outcomes
from powertheft.actions.watch_scorings import subject_of, watch_scoring
from powertheft.actions.watched_subjects import watched_subjects
from powertheft.domain.watches import WATCHES, Reading, Standing, cause_of, in_numbers, standing_of

RECORDED = ("recorded", "closed")
MOST_LOOKED_BACK = 60


def watch_house(house: House, *, today: date | None = None, progress: Progress = no_progress) -> list[Reading]:
    """Watch every dataset, the newest list of every model, and all outcomes."""
    house.check("model.read")
    with house.read() as work:
        datasets = list(work.datasets.list_datasets())
        every = work.scorings.list_scorings(last=EVERY, with_deleted=True)
        cases = [one for one in work.inspections.list_cases(states=RECORDED, last=EVERY) if one.finding is not None]
    newest = _newest([one for one in every if one.deleted_at is None])
    parts, found = len(datasets) + len(newest) + 1, list[Reading]()
    for place, dataset in enumerate(datasets):
        progress(f"watching {dataset}", place / parts)
        found += _kept(house, watch_data(house, dataset, today=today))
    for place, scoring in enumerate(newest):
        progress(f"watching {scoring.model}", (len(datasets) + place) / parts)
        found += _kept(house, watch_scoring(house, scoring, cases=cases))
    progress("watching outcomes", 1 - 1 / parts)
    scorings: Mapping[int, Scoring] = {one.number: one for one in every}
    found += _kept(house, watch_outcomes(house, cases, scorings))
    _settle_gone(house)
    return found


def _newest(scorings: Sequence[Scoring]) -> list[Scoring]:
    """Return the newest list of each model on each dataset."""
    newest: dict[str, Scoring] = {}
    for scoring in scorings:
        newest.setdefault(subject_of(scoring), scoring)
    return list(newest.values())


def _kept(house: House, readings: Sequence[Reading]) -> Sequence[Reading]:
    """Keep what was read of all that is still watched, and tell of it."""
    with house.begin() as work:
        is_watched = watched_subjects(work)
        current = [one for one in readings if is_watched(one.subject)]
        work.watches.keep(current)
        for reading in {(one.watch, one.subject): one for one in current}.values():
            _tell(work, reading)
    return current


def _settle_gone(house: House) -> None:
    """Settle the alerts of what is watched no more."""
    with house.begin() as work:
        is_watched = watched_subjects(work)
        for reading in work.watches.list_newest():
            if not is_watched(reading.subject):
                settle_alert(work, cause=cause_of(reading))


def _tell(work: UnitOfWork, reading: Reading) -> None:
    """Raise the alert of what has moved for long enough; settle it when it is quiet again."""
    history = work.watches.list_history(reading.watch, subject=reading.subject, last=MOST_LOOKED_BACK)
    found = standing_of(history)
    if found.is_told:
        _raise(work, found)
    elif found.newest.state == "quiet" and WATCHES[reading.watch].told_after:
        settle_alert(work, cause=cause_of(reading))


def _raise(work: UnitOfWork, found: Standing) -> None:
    reading, watch = found.newest, WATCHES[found.newest.watch]
    raise_alert(
        work,
        cause=cause_of(reading),
        rule=watch.rule,
        severity=watch.severity,
        details={
            "what": f"{watch.moved} ({reading.subject}, since {found.since.isoformat()})",
            "how_bad": in_numbers(reading),
            "periods": found.in_a_row,
        },
        link=f"/monitoring/{reading.watch}?{urlencode({'of': reading.subject})}",
    )
