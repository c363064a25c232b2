"""Tokens of the REST API: make, list, revoke, and who acts by one. Rule of the room: put the rooms together.

Somebody's own tokens need no permission: a token never may more than its owner. For somebody else they take
`account.manage`, and nobody hands out what they may not do themselves.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from powertheft.actions.accounts import NOBODY
from powertheft.actions.ports import Store
from powertheft.domain.accounts import account_name, token_hash
from powertheft.domain.errors import ChoiceError
from powertheft.domain.permissions import Actor, Permission, check_can
from powertheft.domain.tokens import (
    MOST_TOKENS,
    NOTED_AGAIN,
    Token,
    check_days,
    check_scopes,
    check_token_name,
    make_key,
)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token as somebody wishes it; without an owner it is the actor's own."""

    name: str
    scopes: Collection[str]
    days: int
    owner: str | None = None


def make_token(store: Store, actor: Actor, wish: NewToken) -> tuple[str, Token]:
    """Return a new key and its token; the key is told now and never again."""
    name, life, key = check_token_name(wish.name), check_days(wish.days), make_key()
    owner = actor.name if wish.owner is None else account_name(wish.owner)
    with store.begin(actor.name) as work:
        account = work.accounts.get_account(owner)
        if account is None or not account.is_active:
            known = ", ".join(one.name for one in work.accounts.list_accounts() if one.is_active)
            advice = f"Accounts that are open: {known}." if known else "Make the first account: powertheft serve."
            raise ChoiceError(f"{owner!r} has no account that is open", column="owner", advice=advice)
        scopes = check_scopes(wish.scopes, account.actor().permissions)
        if owner != actor.name:
            _check_may_hand_out(actor, scopes)
        now = datetime.now(UTC)
        if sum(token.is_open(now) for token in work.tokens.list_tokens(owner)) >= MOST_TOKENS:
            advice = "Revoke those that no program uses."
            raise ChoiceError(f"{owner} has {MOST_TOKENS} tokens already", column="name", advice=advice)
        token = work.tokens.add_token(token_hash(key), name=name, owner=owner, scopes=scopes, expires_at=now + life)
    return key, token


def list_tokens(store: Store, actor: Actor, *, everybody: bool = False) -> Sequence[Token]:
    """Return the actor's own tokens, or everybody's, newest first."""
    if everybody:
        check_can(actor, "account.manage")
    with store.read(actor.name) as work:
        return work.tokens.list_tokens(None if everybody else actor.name)


def revoke_token(store: Store, actor: Actor, number: int) -> Token:
    """Make a token useless, from the next request on."""
    with store.begin(actor.name) as work:
        own = {token.number for token in work.tokens.list_tokens(actor.name)}
        if number not in own:
            check_can(actor, "account.manage")
        return work.tokens.revoke_token(number)


def scopes_for(actor: Actor) -> list[Permission]:
    """Return what a token of the actor's own could be allowed."""
    return sorted(actor.permissions)


def find_bearer(store: Store, key: str) -> tuple[Token, Actor] | None:
    """Return the token of a key and who acts by it; None where it is unknown, over, or its owner has gone."""
    with store.read(NOBODY) as work:
        token = work.tokens.get_token(token_hash(key))
        now = datetime.now(UTC)
        if token is None or not token.is_open(now):
            return None
        account = work.accounts.get_account(token.owner)
    if account is None or not account.is_active:
        return None
    if token.used_at is None or now - token.used_at > NOTED_AGAIN:
        with store.begin(NOBODY) as work:
            work.tokens.note_use(token)
    return token, token.actor(account)


def _check_may_hand_out(actor: Actor, scopes: Collection[Permission]) -> None:
    check_can(actor, "account.manage")
    for scope in sorted(scopes):
        check_can(actor, scope)
