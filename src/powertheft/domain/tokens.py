"""Keys by which programs act for a person: the tokens of the REST API. Rule of the room: the standard library only."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from powertheft.domain.accounts import Account
from powertheft.domain.errors import ChoiceError
from powertheft.domain.permissions import PERMISSIONS, Actor, Permission

PREFIX = "pt_"
"""How a token begins, so that whoever finds one in a file knows what it is."""

LONGEST_LIFE = timedelta(days=366)
USUAL_DAYS = 90
LONGEST_TOKEN_NAME = 100
MOST_TOKENS = 50
"""Open tokens of one person."""

NOTED_AGAIN = timedelta(minutes=1)
"""How long after a use was set down the next one is: a program that asks every second writes once a minute."""


@dataclass(frozen=True, slots=True)
class Token:
    """A key of a program: what it is for, whose it is, what it may do, how long. The key itself is nowhere kept."""

    number: int
    name: str
    owner: str
    scopes: frozenset[Permission]
    made_at: datetime
    made_by: str
    expires_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Return whether the token can be used."""
        return self.revoked_at is None and now < self.expires_at

    def actor(self, account: Account) -> Actor:
        """Return who acts by this token: its owner, with what both the token and the owner's roles allow."""
        return Actor(account.name, self.scopes & account.actor().permissions)


def make_key() -> str:
    """Return a new key: 256 bits that nobody can guess."""
    return PREFIX + secrets.token_urlsafe(32)


def check_token_name(name: str) -> str:
    """Return what a token is called, without spaces at its ends.

    Examples
    --------
    >>> check_token_name(" nightly import ")
    'nightly import'
    """
    kept = " ".join(name.split())
    if not 1 <= len(kept) <= LONGEST_TOKEN_NAME or not kept.isprintable():
        what = f"is not 1 to {LONGEST_TOKEN_NAME} characters"
        raise ChoiceError(what, column="name", advice="Say which program uses it, such as: nightly import.")
    return kept


def check_days(days: int) -> timedelta:
    """Return how long a token is to live.

    Examples
    --------
    >>> check_days(90)
    datetime.timedelta(days=90)
    >>> check_days(4000)
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: column days: a token cannot live 4000 days. Give 1 to 366; ...
    """
    if not 1 <= days <= LONGEST_LIFE.days:
        advice = f"Give 1 to {LONGEST_LIFE.days}; make a new one then."
        raise ChoiceError(f"a token cannot live {days} days", column="days", advice=advice)
    return timedelta(days=days)


def check_scopes(scopes: Collection[str], allowed: Collection[str]) -> frozenset[Permission]:
    """Return what a token is to be allowed: at least one permission, and none beyond those that are allowed.

    Examples
    --------
    >>> check_scopes(["model.promote"], {"model.read"})
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: column scopes: its owner may not do model.promote. Choose among: model.read.
    """
    there = ", ".join(sorted(allowed))
    unknown = sorted(set(scopes) - PERMISSIONS)
    if unknown:
        what = f"there is no permission {unknown[0]!r}"
        raise ChoiceError(what, column="scopes", advice=f"Choose among: {there}.")
    beyond = sorted(set(scopes) - set(allowed))
    if beyond:
        what = f"its owner may not do {', '.join(beyond)}"
        raise ChoiceError(what, column="scopes", advice=f"Choose among: {there}." if there else "Ask for a role first.")
    if not scopes:
        raise ChoiceError("nothing is chosen that it may do", column="scopes", advice=f"Choose among: {there}.")
    return frozenset(cast("Collection[Permission]", scopes))
