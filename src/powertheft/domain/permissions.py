"""Who may do what: permissions, the roles that bundle them, the actor. Rule of the room: the standard library only."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from powertheft.domain.errors import AccessError

Permission = Literal[
    "dataset.import",
    "dataset.read",
    "dataset.export",
    "dataset.delete",
    "person.reveal",
    "model.train",
    "model.read",
    "model.promote",
    "model.delete",
    "score.run",
    "list.read",
    "inspection.assign",
    "inspection.record",
    "inspection.read",
    "job.read",
    "job.cancel",
    "schedule.change",
    "account.manage",
    "setting.change",
    "key.rotate",
    "audit.read",
    "rule.write",
    "feedback.write",
]
PERMISSIONS: frozenset[Permission] = frozenset(get_args(Permission))

_READING: frozenset[Permission] = frozenset({"dataset.read", "model.read", "list.read", "inspection.read", "job.read"})


def _granted(*permissions: Permission) -> frozenset[Permission]:
    return frozenset(permissions)


ROLES: Mapping[str, frozenset[Permission]] = {
    # What the visit needs, and only the own cases: `inspection.read` without `inspection.assign`.
    "inspector": _granted("inspection.read", "inspection.record", "feedback.write"),
    "analyst": _granted(
        *_READING,
        "dataset.import",
        "dataset.export",
        "model.train",
        "score.run",
        "inspection.assign",
        "job.cancel",
        "schedule.change",
        "rule.write",
        "feedback.write",
    ),
    "manager": _granted(
        *_READING,
        "dataset.export",
        "dataset.delete",
        "person.reveal",
        "model.promote",
        "model.delete",
        "inspection.assign",
        "inspection.record",
        "job.cancel",
        "feedback.write",
    ),
    "auditor": _granted(*_READING, "audit.read"),
    "administrator": _granted(
        "account.manage", "setting.change", "key.rotate", "audit.read", "job.read", "job.cancel", "schedule.change"
    ),
}
"""What each role may do. Nobody has all of it: who makes accounts does not see lists, who audits changes nothing."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts, and all that they may do.

    Examples
    --------
    >>> Actor("ana", ROLES["analyst"]).can("person.reveal")
    False
    """

    name: str
    permissions: frozenset[Permission]

    def can(self, permission: Permission) -> bool:
        """Return whether the actor may do this."""
        return permission in self.permissions


def actor_of_roles(name: str, roles: frozenset[str]) -> Actor:
    """Return the actor who has these roles: what any of them allows is allowed."""
    return Actor(name, frozenset[Permission]().union(*(ROLES[role] for role in roles)))


def check_can(actor: Actor, permission: Permission) -> None:
    """Refuse an actor what they may not do, and say who could.

    Examples
    --------
    >>> check_can(Actor("ana", ROLES["auditor"]), "model.promote")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.AccessError: ana may not do this (model.promote). Ask somebody who is manager.
    """
    if actor.can(permission):
        return
    roles = " or ".join(sorted(role for role, allowed in ROLES.items() if permission in allowed))
    raise AccessError(f"{actor.name} may not do this ({permission})", advice=f"Ask somebody who is {roles}.")
