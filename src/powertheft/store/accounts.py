"""The accounts and their one-time links in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from powertheft.domain.accounts import ADMINISTRATOR, LINK_LIFETIME, Account, AccountLink
from powertheft.domain.errors import ChoiceError
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import NAME_LENGTH, Moment, metadata, short_text

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", short_text(NAME_LENGTH), nullable=False, unique=True),
    sa.Column("full_name", short_text(NAME_LENGTH), nullable=False),
    sa.Column("is_active", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("password_hash", short_text(255), nullable=False),
    sa.Column("session_key", short_text(64), nullable=False, unique=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", short_text(NAME_LENGTH), nullable=False),
    sa.Column("signed_in_at", Moment),
)

account_roles = sa.Table(
    "account_roles",
    metadata,
    sa.Column("account_id", sa.ForeignKey("accounts.id"), primary_key=True),
    sa.Column("role", short_text(32), primary_key=True),
)

account_links = sa.Table(
    "account_links",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("token_hash", short_text(64), nullable=False, unique=True),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("account", short_text(NAME_LENGTH)),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("made_by", short_text(NAME_LENGTH), nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("used_at", Moment),
)

_ACCOUNT = (*(accounts.c[name] for name in Account.__slots__ if name != "roles"),)
_LINK = (*(account_links.c[name] for name in AccountLink.__slots__),)


class SqlAccounts:
    """Implements `Accounts`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor[:NAME_LENGTH]

    def list_accounts(self) -> Sequence[Account]:
        """Return everybody who has or had access, by name."""
        rows = self._connection.execute(sa.select(*_ACCOUNT, accounts.c.id).order_by(accounts.c.name)).mappings().all()
        roles: dict[int, set[str]] = {row["id"]: set() for row in rows}
        for account, role in self._connection.execute(sa.select(account_roles.c.account_id, account_roles.c.role)):
            roles[account].add(role)
        return [_account(row, roles[row["id"]]) for row in rows]

    def get_account(self, name: str) -> Account | None:
        """Return who has this sign-in name."""
        return self._find(accounts.c.name == name)

    def get_account_of_session(self, session_key: str) -> Account | None:
        """Return whose session this is."""
        return self._find(accounts.c.session_key == session_key)

    def get_link(self, token_hash: str) -> AccountLink | None:
        """Return the link of a token, used or not."""
        row = self._connection.execute(sa.select(*_LINK).where(account_links.c.token_hash == token_hash)).mappings()
        found = row.one_or_none()
        return None if found is None else _link(found)

    def list_open_links(self) -> Sequence[AccountLink]:
        """Return the links that can still be used, newest first."""
        rows = self._connection.execute(sa.select(*_LINK).where(_is_open()).order_by(account_links.c.number.desc()))
        return [_link(row) for row in rows.mappings()]

    def add_link(self, token_hash: str, *, roles: frozenset[str], account: str | None = None) -> AccountLink:
        """Add a link for a new account with these roles, or for a new password of `account`."""
        now = datetime.now(UTC)
        values: dict[str, Any] = {
            "roles": sorted(roles),
            "account": account,
            "made_at": now,
            "made_by": self._actor,
            "expires_at": now + LINK_LIFETIME,
        }
        done = self._connection.execute(sa.insert(account_links).values(token_hash=token_hash, **values))
        number: int = (done.inserted_primary_key or (0,))[0]
        self._audit.record("account.link_made", account or f"link {number}", {"roles": sorted(roles)})
        return _link({**values, "number": number, "used_at": None})

    def withdraw_link(self, number: int) -> None:
        """Let an open link expire now."""
        now = datetime.now(UTC)
        chosen = (account_links.c.number == number) & _is_open()
        if self._connection.execute(sa.update(account_links).where(chosen).values(expires_at=now)).rowcount != 1:
            msg = "this link can no longer be used"
            raise ChoiceError(msg, advice="Nothing was changed.")
        self._audit.record("account.link_withdrawn", f"link {number}")

    def join(self, token_hash: str, *, name: str, full_name: str, password_hash: str) -> Account:
        """Make an account by an open link, which is used up in the same transaction."""
        link = self._use_link(token_hash)
        values: dict[str, Any] = {
            "name": name,
            "full_name": full_name,
            "is_active": True,
            "password_hash": password_hash,
            "session_key": secrets.token_hex(32),
            "created_at": datetime.now(UTC),
            "created_by": link.made_by,
        }
        try:
            with self._connection.begin_nested():
                done = self._connection.execute(sa.insert(accounts).values(values))
        except IntegrityError:
            msg = f"somebody already signs in as {name}"
            raise ChoiceError(msg, advice="Choose another name.", column="name") from None
        self._write_roles((done.inserted_primary_key or (0,))[0], link.roles)
        self._audit.record("account.joined", name, {"roles": sorted(link.roles), "invited_by": link.made_by})
        return _account({**values, "signed_in_at": None}, set(link.roles))

    def replace_password(self, token_hash: str, *, password_hash: str) -> Account:
        """Set a new password by an open link, and end every session of the account."""
        link = self._use_link(token_hash)
        return self._set_password(self._known(link.account or ""), password_hash, "account.password_replaced")

    def change_password(self, name: str, *, password_hash: str) -> Account:
        """Set a new password and end every session of the account."""
        return self._set_password(self._known(name), password_hash, "account.password_changed")

    def change_roles(self, name: str, roles: frozenset[str]) -> Account:
        """Give an account other roles; the last administrator stays one."""
        before = self._known(name)
        if ADMINISTRATOR in before.roles - roles:
            self._check_not_last(name)
        number = self._connection.scalar(sa.select(accounts.c.id).where(accounts.c.name == name)) or 0
        self._connection.execute(sa.delete(account_roles).where(account_roles.c.account_id == number))
        self._write_roles(number, roles)
        self._audit.record("account.roles_changed", name, {"from": sorted(before.roles), "to": sorted(roles)})
        return self._known(name)

    def deactivate(self, name: str) -> Account:
        """Close an account and end its sessions; the last administrator stays."""
        if ADMINISTRATOR in self._known(name).roles:
            self._check_not_last(name)
        self._update(name, is_active=False, session_key=secrets.token_hex(32))
        self._audit.record("account.deactivated", name)
        return self._known(name)

    def activate(self, name: str) -> Account:
        """Open a closed account again."""
        self._known(name)
        self._update(name, is_active=True)
        self._audit.record("account.activated", name)
        return self._known(name)

    def sign_in(self, name: str) -> Account:
        """Note that somebody has signed in."""
        self._update(name, signed_in_at=datetime.now(UTC))
        self._audit.record("account.signed_in", name)
        return self._known(name)

    def _find(self, condition: sa.ColumnElement[bool]) -> Account | None:
        row = self._connection.execute(sa.select(*_ACCOUNT, accounts.c.id).where(condition)).mappings().one_or_none()
        if row is None:
            return None
        roles = self._connection.scalars(sa.select(account_roles.c.role).where(account_roles.c.account_id == row["id"]))
        return _account(row, set(roles))

    def _known(self, name: str) -> Account:
        found = self.get_account(name)
        if found is None:
            msg = f"nobody signs in as {name!r}"
            raise ChoiceError(msg, advice="See the page of users for the names.")
        return found

    def _use_link(self, token_hash: str) -> AccountLink:
        chosen = (account_links.c.token_hash == token_hash) & _is_open()
        used = sa.update(account_links).where(chosen).values(used_at=datetime.now(UTC))
        link = self.get_link(token_hash)
        if self._connection.execute(used).rowcount != 1 or link is None:
            msg = "this link was used before, was withdrawn or is older than a day"
            raise ChoiceError(msg, advice="Ask an administrator for a new one.")
        return link

    def _set_password(self, account: Account, password_hash: str, action: str) -> Account:
        self._update(account.name, password_hash=password_hash, session_key=secrets.token_hex(32))
        self._audit.record(action, account.name)
        return self._known(account.name)

    def _update(self, name: str, **values: object) -> None:
        self._connection.execute(sa.update(accounts).where(accounts.c.name == name).values(**values))

    def _write_roles(self, account: int, roles: frozenset[str]) -> None:
        rows = [{"account_id": account, "role": role} for role in sorted(roles)]
        self._connection.execute(sa.insert(account_roles), rows)

    def _check_not_last(self, name: str) -> None:
        # Locked: two administrators who take the role from each other at the same moment wait for one another.
        others = (
            sa.select(accounts.c.name)
            .join(account_roles)
            .where(account_roles.c.role == ADMINISTRATOR, accounts.c.is_active)
            .order_by(accounts.c.id)
            .with_for_update()
        )
        if set(self._connection.scalars(others)) <= {name}:
            msg = f"{name} is the last administrator"
            raise ChoiceError(msg, advice="Make somebody else administrator first.")


def _is_open() -> sa.ColumnElement[bool]:
    return account_links.c.used_at.is_(None) & (account_links.c.expires_at > datetime.now(UTC))


def _account(row: Any, roles: set[str]) -> Account:
    values = {name: row[name] for name in Account.__slots__ if name != "roles"}
    return Account(**values, roles=frozenset(roles))


def _link(row: Any) -> AccountLink:
    values: dict[str, Any] = {name: row[name] for name in AccountLink.__slots__ if name != "roles"}
    return AccountLink(**values, roles=frozenset(row["roles"]))
