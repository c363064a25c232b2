"""People who sign in: their names, passwords and one-time links. Rule of the room: the standard library only."""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from powertheft.domain.errors import ChoiceError
from powertheft.domain.permissions import ROLES, Actor, actor_of_roles

ADMINISTRATOR = "administrator"
FIRST_ROLES = frozenset({ADMINISTRATOR, "analyst", "manager"})
"""What the first person may do: on one laptop one person does everything. Roles can be handed over later."""

LINK_LIFETIME = timedelta(hours=24)
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
_NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in. `session_key` is in the cookie of each session: a new one ends them all."""

    name: str
    full_name: str
    roles: frozenset[str]
    is_active: bool
    password_hash: str = field(repr=False)
    session_key: str = field(repr=False)
    created_at: datetime
    created_by: str
    signed_in_at: datetime | None = None

    def actor(self) -> Actor:
        """Return what this person is and may do in the house."""
        return actor_of_roles(self.name, self.roles)


@dataclass(frozen=True, slots=True)
class AccountLink:
    """A one-time link: for a new account with these roles, or for a new password of `account`."""

    number: int
    roles: frozenset[str]
    account: str | None
    made_at: datetime
    made_by: str
    expires_at: datetime
    used_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Return whether the link can still be used."""
        return self.used_at is None and now < self.expires_at


def make_token() -> str:
    """Return what stands in a link: 256 bits that nobody can guess."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """Return what the database keeps of a token: who reads it there cannot use it."""
    return hashlib.sha256(token.encode()).hexdigest()


def account_name(written: str) -> str:
    """Return a sign-in name as it is kept, whatever its capitals.

    Examples
    --------
    >>> account_name(" Ana.Rao@tneb.in ")
    'ana.rao@tneb.in'
    """
    name = unicodedata.normalize("NFKC", written).strip().casefold()
    if not _NAME.fullmatch(name):
        msg = "is not 2 to 64 letters, digits, dots, hyphens, underlines or @, with a letter or digit first"
        raise ChoiceError(msg, advice="An e-mail address will do.", column="name")
    return name


def check_password(password: str, name: str) -> None:
    """Refuse a password that would be guessed.

    Examples
    --------
    >>> check_password("meter-meter-meter", "ana")
    >>> check_password("password", "ana")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: column password: has fewer than 12 characters. Take three or four words.
    """
    trouble = ""
    if len(password) < SHORTEST_PASSWORD:
        trouble = f"has fewer than {SHORTEST_PASSWORD} characters"
    elif len(password) > LONGEST_PASSWORD:
        trouble = f"has more than {LONGEST_PASSWORD} characters"
    elif len(set(password)) < 5:
        trouble = "repeats the same few characters"
    elif name and name in password.casefold() and len(password) - len(name) < SHORTEST_PASSWORD // 2:
        trouble = "is little more than the name"
    if trouble:
        raise ChoiceError(trouble, advice="Take three or four words.", column="password")


def check_roles(roles: Collection[str]) -> frozenset[str]:
    """Return roles that exist, at least one."""
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        what = f"there is no role {unknown[0]!r}" if unknown else "no role is chosen"
        raise ChoiceError(what, advice=f"Choose among {', '.join(ROLES)}.", column="roles")
    return frozenset(roles)
