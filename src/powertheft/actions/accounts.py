"""Who can sign in: first administrator, invitations, roles, passwords. Rule of the room: put the rooms together.

What somebody does who is not signed in yet (following a link, signing in) needs no permission: the link or the
password is it. Reading who there is needs `audit.read`, everything else `account.manage`. Every change is an audit
event, and so is a refused sign-in.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from powertheft.actions.ports import Store
from powertheft.domain.accounts import (
    FIRST_ROLES,
    Account,
    AccountLink,
    account_name,
    check_password,
    check_roles,
    make_token,
    token_hash,
)
from powertheft.domain.errors import ChoiceError
from powertheft.domain.permissions import Actor, check_can

NOBODY = "nobody"
"""The actor of what happens before anybody has signed in."""

HOUSE = "powertheft"
"""The actor of what the product does by itself."""

Hash = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class NewPerson:
    """What somebody who follows an invitation writes."""

    name: str
    full_name: str
    password: str


def first_link(store: Store) -> str | None:
    """Return the token of a new link for the first administrator, None once somebody has an account.

    Links that were printed before and not used are withdrawn: the one on the screen is the one that holds.
    """
    with store.begin(HOUSE) as work:
        if work.accounts.list_accounts():
            return None
        for link in work.accounts.list_open_links():
            work.accounts.withdraw_link(link.number)
        token = make_token()
        work.accounts.add_link(token_hash(token), roles=FIRST_ROLES)
    return token


def find_link(store: Store, token: str) -> AccountLink | None:
    """Return the link of a token, used or not."""
    with store.read(NOBODY) as work:
        return work.accounts.get_link(token_hash(token))


def join(store: Store, token: str, person: NewPerson, hash_password: Hash) -> Account:
    """Make an account by a link."""
    name, full_name = account_name(person.name), " ".join(person.full_name.split())
    if not 1 <= len(full_name) <= 100:
        msg = "has no characters, or more than 100"
        raise ChoiceError(msg, advice="Write your name as colleagues know it.", column="full_name")
    check_password(person.password, name)
    with store.begin(name) as work:
        return work.accounts.join(
            token_hash(token), name=name, full_name=full_name, password_hash=hash_password(person.password)
        )


def replace_password(store: Store, token: str, password: str, hash_password: Hash) -> Account:
    """Set a new password by a link that an administrator made for it."""
    link = find_link(store, token)
    account = link.account if link else None
    check_password(password, account or "")
    with store.begin(account or NOBODY) as work:
        return work.accounts.replace_password(token_hash(token), password_hash=hash_password(password))


def find_account(store: Store, name: str) -> Account | None:
    """Return who signs in with what was written as a name."""
    try:
        wanted = account_name(name)
    except ChoiceError:
        return None
    with store.read(NOBODY) as work:
        return work.accounts.get_account(wanted)


def find_session(store: Store, session_key: str) -> Account | None:
    """Return whose session this is."""
    with store.read(NOBODY) as work:
        return work.accounts.get_account_of_session(session_key)


def note_sign_in(store: Store, account: Account) -> Account:
    """Record that somebody has signed in."""
    with store.begin(account.name) as work:
        return work.accounts.sign_in(account.name)


def note_refusal(store: Store, account: Account) -> None:
    """Record that a sign-in was refused. A name that nobody has is not kept: it may be a password."""
    with store.begin(NOBODY) as work:
        work.audit.record("account.sign_in_refused", account.name)


def note_sign_out(store: Store, actor: Actor) -> None:
    """Record that somebody has signed out."""
    with store.begin(actor.name) as work:
        work.audit.record("account.signed_out", actor.name)


def change_password(store: Store, actor: Actor, password: str, hash_password: Hash) -> Account:
    """Set the actor's own new password; every session of theirs ends."""
    check_password(password, actor.name)
    with store.begin(actor.name) as work:
        return work.accounts.change_password(actor.name, password_hash=hash_password(password))


def list_accounts(store: Store, actor: Actor) -> tuple[Sequence[Account], Sequence[AccountLink]]:
    """Return everybody with an account, and the links that are still open: who audits may know who has which role."""
    check_can(actor, "audit.read")
    with store.read(actor.name) as work:
        return work.accounts.list_accounts(), work.accounts.list_open_links()


def read_account(store: Store, actor: Actor, name: str) -> Account | None:
    """Return somebody's account, None where there is none of this name."""
    check_can(actor, "audit.read")
    return find_account(store, name)


def invite(store: Store, actor: Actor, roles: Collection[str]) -> str:
    """Return the token of a link by which somebody new gets these roles."""
    check_can(actor, "account.manage")
    chosen, token = check_roles(roles), make_token()
    with store.begin(actor.name) as work:
        work.accounts.add_link(token_hash(token), roles=chosen)
    return token


def renew_password(store: Store, actor: Actor, name: str) -> str:
    """Return the token of a link by which somebody who forgot the password sets a new one."""
    check_can(actor, "account.manage")
    token = make_token()
    with store.begin(actor.name) as work:
        account = work.accounts.get_account(name)
        if account is None or not account.is_active:
            msg = f"{name!r} has no account that is open"
            raise ChoiceError(msg, advice="Activate the account first, or invite somebody new.")
        work.accounts.add_link(token_hash(token), roles=account.roles, account=name)
    return token


def withdraw_link(store: Store, actor: Actor, number: int) -> None:
    """Make an open link useless."""
    check_can(actor, "account.manage")
    with store.begin(actor.name) as work:
        work.accounts.withdraw_link(number)


def change_roles(store: Store, actor: Actor, name: str, roles: Collection[str]) -> Account:
    """Give somebody other roles; they hold from the next click on."""
    check_can(actor, "account.manage")
    chosen = check_roles(roles)
    with store.begin(actor.name) as work:
        return work.accounts.change_roles(name, chosen)


def set_active(store: Store, actor: Actor, name: str, *, active: bool) -> Account:
    """Close somebody's account and end their sessions, or open it again."""
    check_can(actor, "account.manage")
    with store.begin(actor.name) as work:
        return work.accounts.activate(name) if active else work.accounts.deactivate(name)
