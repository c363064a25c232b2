"""Say who a pseudonym is, to whoever holds the key; each look is recorded. Rule of the room: compute nothing."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from powertheft.actions.house import House
from powertheft.actions.inspections import WAITING, get_case
from powertheft.domain.errors import AccessError, ChoiceError, StateError
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.privacy.thresholds import PSEUDONYM_DIGITS

LOOKED, VAULT = "vault.looked", "vault"
NAMED = 20
"""Pseudonyms of a look that are recorded one by one: a list names thousands."""

NEEDED_FOR_VISIT = ("number", "address", "coordinates")
"""Of what the vault holds: no name, no phone."""

PSEUDONYM = re.compile(f"[0-9a-f]{{{PSEUDONYM_DIGITS}}}")


@dataclass(frozen=True, slots=True)
class Look:
    """Who looked into the vault, when, why, and at how many consumers; the pseudonyms of the first of them."""

    at: datetime
    actor: str
    reason: str
    consumers: int
    first: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the same as plain data."""
        return {
            "at": self.at.isoformat(),
            "actor": self.actor,
            "reason": self.reason,
            "consumers": self.consumers,
            "first": list(self.first),
        }


def list_looks(house: House, *, last: int = 100) -> tuple[Look, ...]:
    """Return the last looks into the vault, newest first; they hold no number and no name."""
    house.check("audit.read")
    with house.read() as work:
        events = work.audit.list_events(action=LOOKED, last=last)
    return tuple(
        Look(event.at, event.actor, event.details["reason"], event.details["consumers"], tuple(event.details["first"]))
        for event in events
    )


def find_consumer(house: House, consumer: str, *, reason: str) -> tuple[str, str]:
    """Return the pseudonym and the number of a consumer that is asked for by either, after the look was recorded."""
    house.check("person.reveal")
    # Only pseudonyms may stand in the trail, so a number becomes one before anything is recorded.
    pseudonym = consumer if PSEUDONYM.fullmatch(consumer) else Pseudonyms(house.key()).one(consumer)
    found = reveal_consumers(house, [pseudonym], reason=reason)
    if pseudonym not in found:
        raise ChoiceError(
            "nobody in the vault has the number of --consumer",
            advice="Write it as the utility's files do, noughts in front and dashes too.",
        )
    return pseudonym, found[pseudonym].get("number", pseudonym)


def numbers_of(house: House, pseudonyms: Sequence[str], *, reason: str) -> dict[str, str]:
    """Return the consumers' own numbers, after the look was recorded; who is not in the vault keeps the pseudonym."""
    house.check("person.reveal")
    found = reveal_consumers(house, pseudonyms, reason=reason)
    return {name: found[name].get("number", name) if name in found else name for name in pseudonyms}


def reveal_consumers(house: House, pseudonyms: Sequence[str], *, reason: str) -> dict[str, Mapping[str, str]]:
    """Return the records of the vault, after the look was written into the audit trail."""
    house.check("person.reveal")
    if not reason.strip():
        raise ChoiceError(
            "looking at who somebody is needs a reason", column="reason", advice="Say why, in a few words."
        )
    return _look(house, pseudonyms, reason=reason)


def reveal_for_visit(house: House, number: int) -> Mapping[str, str]:
    """Return what an inspector needs to find the place of an own case that is to be visited; the look is recorded.

    Whoever may look up anybody may do it for every case. Nothing is shown of a case that is not to be visited now.
    """
    house.check("inspection.record")
    case = get_case(house, number)
    if case.assigned_to != house.actor.name and not house.actor.can("person.reveal"):
        raise AccessError(f"case {number} is not one of {house.actor.name}'s", advice="Ask whoever assigns the cases.")
    if case.state not in WAITING:
        raise StateError(f"case {number} is {case.state}, so nobody is on the way to it", advice="Assign it first.")
    found = _look(house, [case.consumer_id], reason=f"visit of case {number}").get(case.consumer_id, {})
    return {name: found[name] for name in NEEDED_FOR_VISIT if found.get(name)}


def _look(house: House, pseudonyms: Sequence[str], *, reason: str) -> dict[str, Mapping[str, str]]:
    def witness(looked_at: Sequence[str]) -> None:
        with house.begin() as work:
            # Which consumers: their pseudonyms, which say nothing to those who may read the trail and not the vault.
            details = {"reason": reason, "consumers": len(looked_at), "first": list(looked_at[:NAMED])}
            work.audit.record(LOOKED, VAULT, details)

    return house.vault().look(pseudonyms, witness=witness)
