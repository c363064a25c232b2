"""Claim jobs and do them, one at a time, until told to end.

A job is held under a lease that a thread prolongs. Where this process is killed, the lease runs out and another worker
begins the job anew; what it registers, it registers in one transaction with the end of the job, and only while the job
is still its own. So nothing is lost and nothing comes twice.

Rule of the room: imports domain and actions; killing a worker loses nothing and doubles nothing.
"""

import logging
import os
import secrets
import socket
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event, Lock, Thread

from powertheft.actions.house import House
from powertheft.actions.job_alerts import alert_of_failure, settle_failure
from powertheft.actions.ports import Json, UnitOfWork
from powertheft.actions.schedules import keep_daily_watch
from powertheft.domain.errors import PowertheftError, StateError, UserError
from powertheft.domain.jobs import Job, Lane, kinds_of
from powertheft.domain.permissions import Actor
from powertheft.jobs.registry import find_task
from powertheft.jobs.schedule import enqueue_due
from powertheft.logs import frames_of, tell, tell_defect

LOG = logging.getLogger("powertheft.jobs")
LEASE_SECONDS = 60.0
POLL_SECONDS = 1.0
# What a page shows of a running job is at most this old.
BEAT_SECONDS = 2.0
BEATS_A_LEASE = 4
DEFECT = "this is a defect of powertheft, not a mistake of yours"
DEFECT_ADVICE = "Please report the lines of the job's log."


class JobStoppedError(Exception):
    """The job was called off, lost to another worker, or this worker is to end: nothing more is to be done of it."""


@dataclass(slots=True)
class Hand:
    """A job in hand: what the work says of itself, and whether it must stop."""

    job: Job
    ending: Event
    share: float = 0.0
    doing: str = ""
    is_lost: bool = False
    is_settled: bool = False
    lines: list[str] = field(default_factory=list[str])
    lock: Lock = field(default_factory=Lock)

    def progress(self, doing: str, share: float) -> None:
        """Hear what is being done; stop the work by raising where it has to stop."""
        if self.is_settled:
            return
        if self.is_lost or self.ending.is_set():
            raise JobStoppedError
        with self.lock:
            if doing != self.doing:
                self.lines.append(doing)
            self.doing, self.share = doing, share

    def settle(self, work: UnitOfWork, result: Json) -> None:
        """Set the job down as done in the transaction that registers what came of it."""
        work.jobs.finish(self.job, result)
        settle_failure(work, self.job)
        self.is_settled = True

    def taken_lines(self) -> list[str]:
        """Return the lines of the log that nobody has written yet."""
        with self.lock:
            lines, self.lines = self.lines, []
        return lines


def work_on(
    house: House,
    *,
    ending: Event,
    once: bool = False,
    lease_seconds: float = LEASE_SECONDS,
    lane: Lane | None = None,
) -> int:
    """Do what is queued, one job after another, until `ending` is set; with `once`, until nothing is left.

    Of a lane, or whatever comes where none is named.
    """
    worker, done = worker_name(), 0
    if not once:
        keep_daily_watch(house)
    while not ending.is_set():
        enqueue_due(house, datetime.now(UTC))
        if work_once(house, worker=worker, ending=ending, lease_seconds=lease_seconds, lane=lane) is not None:
            done += 1
        elif once:
            break
        else:
            ending.wait(POLL_SECONDS)
    return done


def work_once(
    house: House,
    *,
    worker: str,
    ending: Event | None = None,
    lease_seconds: float = LEASE_SECONDS,
    lane: Lane | None = None,
) -> Job | None:
    """Claim one job and do it; return it as it ended, None where there is nothing to do."""
    kinds = () if lane is None else kinds_of(lane)
    with house.begin() as work:
        job = work.jobs.claim(
            worker,
            lease_seconds=lease_seconds,
            kinds=kinds,
            given_up=lambda lost: alert_of_failure(work, lost, is_foreseen=False),
        )
    if job is None:
        return None
    tell(LOG, "job", job=job.number, kind=job.kind, state=job.state, attempt=job.attempt)
    hand = Hand(job, ending or Event(), lines=[f"begun by {worker}, attempt {job.attempt}"])
    try:
        with _beating(house, hand, lease_seconds):
            _do(house, hand)
    except KeyboardInterrupt:
        _put_back(house, hand)
        raise
    with house.begin() as work:
        ended = work.jobs.get_job(job.number)
    _tell_end(job, ended)
    return ended


def worker_name() -> str:
    """Return a name that no other worker has: the machine's, the process's, and a few digits."""
    return f"{socket.gethostname()[:100]}:{os.getpid()}:{secrets.token_hex(3)}"


def _tell_end(begun: Job, ended: Job) -> None:
    """Write what came of a job: its message is not told, which may quote a file."""
    took = datetime.now(UTC) - (begun.started_at or begun.created_at)
    level = logging.WARNING if ended.state == "failed" else logging.INFO
    told = {"job": begun.number, "kind": begun.kind, "state": ended.state, "attempt": begun.attempt}
    tell(LOG, "job", level=level, **told, duration_ms=round(took.total_seconds() * 1000))


def _do(house: House, hand: Hand) -> None:
    """Do a job as the one who asked for it: what they might do was checked when they asked."""
    job = hand.job
    asked = house.for_job(Actor(job.created_by, house.actor.permissions), hand.settle)
    try:
        result = find_task(job.kind)(asked, job.arguments, hand.progress)
        if not hand.is_settled:
            with asked.begin() as work:
                hand.settle(work, result)
    except JobStoppedError:
        if not hand.is_lost:
            _put_back(house, hand)
    except MemoryError:
        advice = "Choose less data or a shorter history, or use a larger machine."
        _fail(house, hand, "there is not enough memory", advice)
    except UserError as error:
        row = f"row {error.row}" if error.row is not None else ""
        column = f"column {error.column}" if error.column else ""
        where = ", ".join(part for part in (error.file, row, column) if part)
        told = f"{where}: {error.what}" if where else error.what
        _fail(house, hand, told, error.advice, is_foreseen=True)
    except Exception as error:  # whatever was not foreseen is a defect: the job ends, the worker goes on
        # Of the error only its kind: its words may quote a reading or a name.
        hand.lines += [*frames_of(error), type(error).__name__]
        tell_defect(LOG, error, job=job.number, kind=job.kind)
        _fail(house, hand, DEFECT, DEFECT_ADVICE)


def _fail(house: House, hand: Hand, message: str, advice: str, *, is_foreseen: bool = False) -> None:
    def fail(work: UnitOfWork) -> Job:
        failed = work.jobs.fail(hand.job, message=message, advice=advice)
        alert_of_failure(work, failed, is_foreseen=is_foreseen)
        return failed

    _end(house, fail)


def _put_back(house: House, hand: Hand) -> None:
    _end(house, lambda work: work.jobs.put_back(hand.job))


@contextmanager
def _beating(house: House, hand: Hand, lease_seconds: float) -> Generator[None]:
    """Prolong the lease in a thread of its own while the block runs, and tell what is being done."""
    over = Event()
    beat = min(BEAT_SECONDS, lease_seconds / BEATS_A_LEASE)

    def prolong() -> None:
        while not over.wait(beat):
            _beat(house, hand, lease_seconds)

    thread = Thread(target=prolong, name=f"job {hand.job.number}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        _write_log(house, hand)


def _beat(house: House, hand: Hand, lease_seconds: float) -> None:
    # A database that does not answer for a moment is no reason to stop: the lease is there to bridge that.
    with suppress(PowertheftError):
        with house.begin() as work:
            is_held = work.jobs.heartbeat(hand.job, hand.share, hand.doing, lease_seconds=lease_seconds)
        hand.is_lost = not is_held
        _write_log(house, hand)


def _write_log(house: House, hand: Hand) -> None:
    if lines := hand.taken_lines():
        with house.begin() as work:
            work.jobs.log(hand.job, lines)


def _end(house: House, end: Callable[[UnitOfWork], Job]) -> None:
    # A job that was called off, or that another worker has by now, ends there and not here.
    with suppress(StateError), house.begin() as work:
        end(work)
