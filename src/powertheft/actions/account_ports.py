"""What the use cases of accounts need of the world outside, as Protocols: people and the keys of their programs.

As in `ports`: every method here that changes something writes an audit event in the same transaction.

Rule of the room: put the rooms together, compute nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from powertheft.domain.accounts import Account, AccountLink
from powertheft.domain.permissions import Permission
from powertheft.domain.tokens import Token


class Accounts(Protocol):
    """Who can sign in, and the one-time links by which people come in. The last administrator stays one.

    Methods raise `ChoiceError` where an account or an open link is asked for that is not there.
    """

    def list_accounts(self) -> Sequence[Account]:
        """Return everybody who has or had access, by name."""
        ...

    def get_account(self, name: str) -> Account | None:
        """Return who has this sign-in name."""
        ...

    def get_account_of_session(self, session_key: str) -> Account | None:
        """Return whose session this is."""
        ...

    def get_link(self, token_hash: str) -> AccountLink | None:
        """Return the link of a token, used or not."""
        ...

    def list_open_links(self) -> Sequence[AccountLink]:
        """Return the links that can still be used, newest first."""
        ...

    def add_link(self, token_hash: str, *, roles: frozenset[str], account: str | None = None) -> AccountLink:
        """Add a link for a new account with these roles, or for a new password of `account`."""
        ...

    def withdraw_link(self, number: int) -> None:
        """Let an open link expire now."""
        ...

    def join(self, token_hash: str, *, name: str, full_name: str, password_hash: str) -> Account:
        """Make an account by an open link, which is used up in the same transaction."""
        ...

    def replace_password(self, token_hash: str, *, password_hash: str) -> Account:
        """Set a new password by an open link, and end every session of the account."""
        ...

    def change_password(self, name: str, *, password_hash: str) -> Account:
        """Set a new password and end every session of the account."""
        ...

    def change_roles(self, name: str, roles: frozenset[str]) -> Account:
        """Give an account other roles."""
        ...

    def deactivate(self, name: str) -> Account:
        """Close an account and end its sessions."""
        ...

    def activate(self, name: str) -> Account:
        """Open a closed account again."""
        ...

    def sign_in(self, name: str) -> Account:
        """Note that somebody has signed in."""
        ...


class Tokens(Protocol):
    """The keys by which programs act for people; of a key its SHA-256 is kept. A revoked token stays known."""

    def list_tokens(self, owner: str | None = None) -> Sequence[Token]:
        """Return the tokens of one person or of all, newest first, those too that can no longer be used."""
        ...

    def get_token(self, key_hash: str) -> Token | None:
        """Return the token of a key, whether it can be used or not."""
        ...

    def add_token(
        self, key_hash: str, *, name: str, owner: str, scopes: frozenset[Permission], expires_at: datetime
    ) -> Token:
        """Add a token of somebody's."""
        ...

    def revoke_token(self, number: int) -> Token:
        """Make a token useless; raises ChoiceError where there is no open one of this number."""
        ...

    def note_use(self, token: Token) -> None:
        """Set down that a token is used now."""
        ...
