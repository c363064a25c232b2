"""The life of a model version. Rule of the room: the standard library only."""

from collections.abc import Mapping
from typing import Literal

from powertheft.domain.states import next_state

ModelState = Literal["candidate", "challenger", "champion", "retired"]
ModelAct = Literal["challenge", "be promoted", "be retired"]

TRANSITIONS: Mapping[ModelState, Mapping[ModelAct, ModelState]] = {
    "candidate": {"challenge": "challenger", "be promoted": "champion", "be retired": "retired"},
    "challenger": {"be promoted": "champion", "be retired": "retired"},
    "champion": {"be retired": "retired"},
    # Rolling back is promoting the one that was champion before.
    "retired": {"challenge": "challenger", "be promoted": "champion"},
}
"""A model has one champion at most: promoting a version retires the one before it."""


def next_model_state(reference: str, *, state: ModelState, act: ModelAct) -> ModelState:
    """Return where an act leads a model version.

    Examples
    --------
    >>> next_model_state("lists@2", state="retired", act="be promoted")
    'champion'
    >>> next_model_state("lists@2", state="champion", act="challenge")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.StateError: lists@2 is champion, so it cannot challenge. What can be done with it now: ...
    """
    return next_state(TRANSITIONS, reference, state=state, act=act)
