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
    "alert.settle",
    "metrics.read",
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
        "alert.settle",
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
        "alert.settle",
    ),
    "auditor": _granted(*_READING, "audit.read"),
    "administrator": _granted(
        "account.manage",
        "setting.change",
        "key.rotate",
        "audit.read",
        "job.read",
        "job.cancel",
        "schedule.change",
        "alert.settle",
        "metrics.read",
    ),
}
"""What each role may do. Nobody has all of it: who makes accounts does not see lists, who audits changes nothing."""


ACTS: Mapping[Permission, str] = {
    "dataset.import": "Bringing in data",
    "dataset.read": "Looking at data",
    "dataset.export": "Exporting data, lists and outcomes",
    "dataset.delete": "Deleting data",
    "person.reveal": "Looking up who a connection is",
    "model.train": "Training models",
    "model.read": "Looking at models",
    "model.promote": "Deciding which model makes the lists",
    "model.delete": "Deleting models",
    "score.run": "Making lists",
    "list.read": "Reading lists",
    "inspection.assign": "Planning visits and handing out cases",
    "inspection.record": "Recording outcomes",
    "inspection.read": "Reading cases",
    "job.read": "Looking at jobs",
    "job.cancel": "Calling off jobs",
    "schedule.change": "Changing schedules",
    "account.manage": "Inviting people and giving roles",
    "setting.change": "Changing settings",
    "key.rotate": "Changing the key of the pseudonyms",
    "audit.read": "Reading who did what and who has which role",
    "rule.write": "Writing rules",
    "feedback.write": "Saying what is wrong with a list",
    "alert.settle": "Answering alerts",
    "metrics.read": "Reading the service's figures",
}
"""What a permission lets one do, as a refusal says it."""


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


def roles_with(permission: Permission) -> tuple[str, ...]:
    """Return the roles that allow something, in the order of the alphabet.

    Examples
    --------
    >>> roles_with("inspection.record")
    ('inspector', 'manager')
    """
    return tuple(sorted(role for role, allowed in ROLES.items() if permission in allowed))


def check_can(actor: Actor, permission: Permission) -> None:
    """Refuse an actor what they may not do, and say in words what it is and who could.

    Examples
    --------
    >>> check_can(Actor("ana", ROLES["auditor"]), "model.promote")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.AccessError: Deciding which model makes the lists is for managers. Ask one of them, or an \
administrator for the role.
    """
    if actor.can(permission):
        return
    *others, last = (f"{role}s" for role in roles_with(permission))
    whom = f"{', '.join(others)} and {last}" if others else last
    advice = "Ask one of them." if whom == "administrators" else "Ask one of them, or an administrator for the role."
    raise AccessError(f"{ACTS[permission]} is for {whom}", advice=advice)
