"""Where rolling back a model leads: to the champion before this one.

A step back is not itself a step that one goes back over: who has gone from C to B is led on to A, never to C again.
Rule of the room: put the rooms together, compute nothing.
"""

from collections.abc import Sequence

from powertheft.actions.house import EVERY, House, split_reference
from powertheft.actions.mirror_models import CHANGED
from powertheft.actions.ports import AuditEvent


def rolls_back_to(house: House, reference: str) -> str | None:
    """Return the version that was champion before a champion, as NAME@number; None where there is none any more."""
    house.check("model.read")
    name, number = split_reference(reference)
    with house.read() as work:
        events = work.audit.list_events(action=CHANGED, last=EVERY)
        there = {one.number: one for one in work.models.list_versions(name)}
    if number not in there or there[number].state != "champion":
        return None
    before = [one for one in _line_of_champions(name, events) if one in there and one != number]
    return f"{name}@{before[-1]}" if before else None


def _line_of_champions(model: str, events: Sequence[AuditEvent]) -> list[int]:
    """Return the champions up to the present one, without those that were rolled back; events come newest first."""
    line: list[int] = []
    for event in reversed(events):
        name, _, number = event.subject.partition("@")
        if name == model and event.details.get("to") == "champion":
            version = int(number)
            line = [*(line[: line.index(version)] if version in line else line), version]
    return line
