"""Ask for work with a key of one's own: the same key gives the same job. Rule of the room: compute nothing themselves.

A program that does not know whether its request arrived sends it again; a second training would cost hours. The key
and the job are written in one transaction, and whoever sends the same key at the same moment waits for its end.
"""

import hashlib
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from powertheft.actions.house import House
from powertheft.actions.ports import UnitOfWork
from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.jobs import Job

LONGEST_KEY = 200


@dataclass(frozen=True, slots=True)
class _Within:
    """A store whose transactions are all part of one that is open."""

    work: UnitOfWork

    @contextmanager
    def begin(self, _actor: str) -> Generator[UnitOfWork, None, None]:
        """Give the open transaction."""
        yield self.work

    read = begin


def ask_once(house: House, key: str, ask: Callable[[House], Job], *, fingerprint: str) -> Job:
    """Return the job that a key of the actor's has led to, else the one that is asked for now.

    `fingerprint` says what is asked for: a key that comes again with something else is refused.
    """
    if not 1 <= len(key) <= LONGEST_KEY or not key.isprintable():
        what = f"the key is not 1 to {LONGEST_KEY} characters"
        raise ChoiceError(what, column="Idempotency-Key", advice="Send a new random one for each piece of work.")
    mark, asked = _hash(f"{house.actor.name}\n{key}"), _hash(fingerprint)
    with house.begin() as work:
        if work.asked.reserve(mark, asked):
            job = ask(replace(house, store=_Within(work)))
            work.asked.settle(mark, job.number)
            return job
    with house.begin() as work:
        known = work.asked.get_asked(mark)
        if known is None:
            raise StateError("the same request is being answered", advice="Send it again in a moment.")
        if known.fingerprint != asked:
            what = "this key was used for another request"
            raise ChoiceError(what, column="Idempotency-Key", advice="Send a new one for each piece of work.")
        return work.jobs.get_job(known.job)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
