"""What every state machine of ours does: follow its table, and refuse in words. Rule of the room: standard library."""

from collections.abc import Mapping
from typing import TypeVar

from powertheft.domain.errors import StateError

StateT = TypeVar("StateT", bound=str)
ActT = TypeVar("ActT", bound=str)

Transitions = Mapping[StateT, Mapping[ActT, StateT]]
"""From each state: the acts that are open, and where they lead."""


def next_state(transitions: Transitions[StateT, ActT], what: str, *, state: StateT, act: ActT) -> StateT:
    """Return where an act leads from a state.

    Raises StateError where the table does not allow it, with what is open instead.
    """
    found = transitions[state]
    if act in found:
        return found[act]
    are_open = ", ".join(found)
    advice = f"What can be done with it now: {are_open}." if are_open else "Nothing more can be done with it."
    raise StateError(f"{what} is {state}, so it cannot {act}", advice=advice)


def states_before(transitions: Transitions[StateT, ActT], act: ActT) -> frozenset[StateT]:
    """Return the states from which an act is open."""
    return frozenset(state for state, acts in transitions.items() if act in acts)
