"""Tell people outside of what is open, as the policy says: one message for one cause, several causes in one message.

What is due is told by a job; a message that reached nobody is tried again, later each time. Of two workers one sends.

Rule of the room: put the rooms together, compute nothing.
"""

import fcntl
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from powertheft.actions.accounts import HOUSE
from powertheft.actions.alerts import ask_to_send, raise_alert, read_policy, settle_alert
from powertheft.actions.house import House
from powertheft.actions.loop_ports import Messenger
from powertheft.actions.ports import Json, UnitOfWork
from powertheft.actions.progress import Progress, no_progress
from powertheft.domain.alerts import SEVERITIES, UNSETTLED, Alert, AlertPolicy
from powertheft.domain.errors import OutputError
from powertheft.domain.jobs import Job
from powertheft.settings import read_address

NOT_TOLD = "messages"
DISK = "disk"
LEAST_FREE, FREE_AGAIN = 0.05, 0.08
"""Shares of the disk: below the first somebody is called, above the second the cause is gone."""

TRY_AGAIN_AFTER = timedelta(minutes=10)
LONGEST_WAIT = timedelta(days=1)
LOOKED_AT = 10
MOST_OPEN = 1000


def send_alerts(house: House, progress: Progress = no_progress) -> Json:
    """Tell people of every alert that is due, in one message; raises OutputError where it did not reach everybody."""
    with _alone(house) as is_alone:
        if not is_alone or house.messenger is None:
            return {"told": 0}
        with house.read() as work:
            policy = read_policy(work)
            due = _due(work, policy, datetime.now(UTC))
        if not due:
            return {"told": 0}
        progress("telling people", 0.1)
        failed = house.messenger.tell(*message_of(due, policy, read_address()))
        _settle(house, house.messenger, due, failed)
        return {"told": len(due)}


def send_test(house: House) -> Json:
    """Send a message that says that it is a test; raises OutputError where it did not reach everybody."""
    house.check("setting.change")
    if house.messenger is None:
        return {"told": 0}
    text = f"{house.actor.name} sends this from powertheft to see that its alerts arrive here. Nothing is to be done."
    failed = house.messenger.tell("powertheft: a test message", text)
    if failed:
        raise _refusal(failed)
    with house.begin() as work:
        settle_alert(work, cause=NOT_TOLD)
    return {"told": len(house.messenger.kinds()), "kinds": list(house.messenger.kinds())}


def ask_for_what_is_due(house: House, now: datetime) -> bool:
    """Queue a job where something is due and none is on its way: quiet hours have ended, or a message did not arrive.

    One look a pass of a worker: a query that finds nothing where nothing is open.
    """
    with house.read() as work:
        found = work.alerts.list_alerts(states=sorted(UNSETTLED), last=MOST_OPEN)
        policy = read_policy(work) if found else AlertPolicy()
        # Where there is no channel a message is sent to nobody, and would be due again at once.
        has_channel = house.messenger is not None and bool(house.messenger.kinds())
        is_due = has_channel and any(policy.is_due(alert, now) for alert in found)
        is_time = is_due and _may_be_tried(work.jobs.list_jobs(kinds=["alert.send"], last=LOOKED_AT), now)
    _look_at_disk(house, found)
    if is_time:
        with house.store.begin(HOUSE) as work:
            ask_to_send(work)
    return is_time


def message_of(due: Sequence[Alert], policy: AlertPolicy, address: str) -> tuple[str, str]:
    """Return the subject and the text of one message: of each what, since when, how bad, what to do, and the link."""
    ordered = sorted(due, key=lambda alert: (-SEVERITIES.index(alert.severity), alert.since))
    zone = ZoneInfo(policy.quiet.zone) if policy.quiet.zone else None
    worst = ordered[0]
    subject = f"powertheft, {worst.severity}: {worst.what}"
    if len(ordered) > 1:
        subject = f"powertheft: {len(ordered)} alerts, the worst {worst.severity}: {worst.what}"
    return subject, "\n\n".join(_told(alert, zone, address) for alert in ordered)


def _told(alert: Alert, zone: tzinfo | None, address: str) -> str:
    since = alert.since.astimezone(zone)
    times = f", found {alert.times} times" if alert.times > 1 else ""
    how_bad = f". {alert.how_bad}" if alert.how_bad else ""
    lines = [
        alert.what,
        f"Since: {since.day} {since:%b %Y, %H:%M %Z}{times}",
        f"How bad: {alert.severity}{how_bad}",
        f"What to do: {alert.to_do}",
        f"Act here: {address}{alert.link}",
        f"Say that you have seen it: {address}/alerts/{alert.number}",
    ]
    return "\n".join(lines)


def _due(work: UnitOfWork, policy: AlertPolicy, now: datetime) -> list[Alert]:
    return [alert for alert in work.alerts.list_alerts(states=["open"], last=MOST_OPEN) if policy.is_due(alert, now)]


def _settle(house: House, messenger: Messenger, due: Sequence[Alert], failed: Sequence[str]) -> None:
    """Set down what was told, and say in the application what could not be."""
    with house.begin() as work:
        # Where one channel of several fails, the others have the message, and it is not sent to them twice.
        if len(failed) < len(messenger.kinds()):
            work.alerts.mark_sent([alert.number for alert in due])
        if not failed:
            settle_alert(work, cause=NOT_TOLD)
        else:
            how_bad = "; ".join(failed)
            raise_alert(work, cause=NOT_TOLD, rule="not_told", details={"how_bad": how_bad}, link="/settings/alerts")
    if failed:
        raise _refusal(failed)


def _refusal(failed: Sequence[str]) -> OutputError:
    what = f"a message could not be sent to {'; '.join(failed)}"
    return OutputError(what, advice="Then send a test message from the settings of the alerts.")


def _may_be_tried(jobs: Sequence[Job], now: datetime) -> bool:
    """Return whether the next try is due: the jobs are those before, newest first."""
    if any(job.state in {"queued", "running"} for job in jobs):
        return False
    failed = 0
    for job in jobs:
        if job.state != "failed":
            break
        failed += 1
    if not failed or jobs[0].ended_at is None:
        return True
    return now - jobs[0].ended_at >= min(TRY_AGAIN_AFTER * 2 ** (failed - 1), LONGEST_WAIT)


def _look_at_disk(house: House, found: Sequence[Alert]) -> None:
    usage = shutil.disk_usage(house.home.path)
    free, is_open = usage.free / usage.total, any(alert.cause == DISK for alert in found)
    if free < LEAST_FREE and not is_open:
        how_bad = f"{100 * free:.1f} % is free: {usage.free / 2**30:.1f} of {usage.total / 2**30:.0f} GB"
        with house.store.begin(HOUSE) as work:
            raise_alert(work, cause=DISK, rule="disk_nearly_full", details={"how_bad": how_bad}, link="/data/")
    elif free > FREE_AGAIN and is_open:
        with house.store.begin(HOUSE) as work:
            settle_alert(work, cause=DISK)


@contextmanager
def _alone(house: House) -> Generator[bool]:
    """Say whether nobody else sends at this moment; a lock that the system gives back where a process is killed."""
    handle = os.open(house.home.path / ".messages.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
