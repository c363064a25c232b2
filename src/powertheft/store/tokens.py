"""The keys of programs, and the requests that carried a key of their own, in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from powertheft.actions.ports import Asked
from powertheft.domain.errors import ChoiceError
from powertheft.domain.permissions import Permission
from powertheft.domain.tokens import Token
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.tables import NAME_LENGTH, Moment, metadata, short_text

api_tokens = sa.Table(
    "api_tokens",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("token_hash", short_text(64), nullable=False, unique=True),
    sa.Column("name", short_text(NAME_LENGTH), nullable=False),
    sa.Column("owner", short_text(NAME_LENGTH), nullable=False, index=True),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("made_by", short_text(NAME_LENGTH), nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("revoked_at", Moment),
    sa.Column("used_at", Moment),
    sqlite_autoincrement=True,
)

asked_once = sa.Table(
    "asked_once",
    metadata,
    sa.Column("key_hash", short_text(64), primary_key=True),
    sa.Column("fingerprint", short_text(64), nullable=False),
    # Null only within the transaction that asks.
    sa.Column("job", sa.ForeignKey("jobs.number")),
    sa.Column("at", Moment, nullable=False),
)

_COLUMNS = (*(api_tokens.c[name] for name in Token.__slots__),)


class SqlTokens:
    """Implements `Tokens`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor[:NAME_LENGTH]

    def list_tokens(self, owner: str | None = None) -> Sequence[Token]:
        """Return the tokens of one person or of all, newest first, those too that can no longer be used."""
        query = sa.select(*_COLUMNS).order_by(api_tokens.c.number.desc())
        if owner is not None:
            query = query.where(api_tokens.c.owner == owner)
        return [_token(row) for row in self._connection.execute(query).mappings()]

    def get_token(self, key_hash: str) -> Token | None:
        """Return the token of a key, whether it can be used or not."""
        return self._find(api_tokens.c.token_hash == key_hash)

    def add_token(
        self, key_hash: str, *, name: str, owner: str, scopes: frozenset[Permission], expires_at: datetime
    ) -> Token:
        """Add a token of somebody's."""
        values: dict[str, Any] = {
            "name": name,
            "owner": owner,
            "scopes": sorted(scopes),
            "made_at": datetime.now(UTC),
            "made_by": self._actor,
            "expires_at": expires_at,
        }
        done = self._connection.execute(sa.insert(api_tokens).values(token_hash=key_hash, **values))
        number: int = (done.inserted_primary_key or (0,))[0]
        details = {"name": name, "owner": owner, "scopes": sorted(scopes), "until": expires_at.isoformat()}
        self._audit.record("token.made", f"token {number}", details)
        return _token({**values, "number": number, "revoked_at": None, "used_at": None})

    def revoke_token(self, number: int) -> Token:
        """Make a token useless."""
        here = (api_tokens.c.number == number) & api_tokens.c.revoked_at.is_(None)
        revoked = sa.update(api_tokens).where(here).values(revoked_at=datetime.now(UTC))
        if self._connection.execute(revoked).rowcount != 1:
            msg = f"there is no token {number} that can be used"
            raise ChoiceError(msg, advice="Nothing was changed.")
        (found,) = (token for token in self.list_tokens() if token.number == number)
        self._audit.record("token.revoked", f"token {number}", {"name": found.name, "owner": found.owner})
        return found

    def note_use(self, token: Token) -> None:
        """Set down that a token is used now."""
        here = api_tokens.c.number == token.number
        self._connection.execute(sa.update(api_tokens).where(here).values(used_at=datetime.now(UTC)))

    def _find(self, condition: sa.ColumnElement[bool]) -> Token | None:
        row = self._connection.execute(sa.select(*_COLUMNS).where(condition)).mappings().one_or_none()
        return None if row is None else _token(row)


class SqlAskedOnce:
    """Implements `AskedOnce`."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get_asked(self, key_hash: str) -> Asked | None:
        """Return what a key was used for."""
        columns = asked_once.c.fingerprint, asked_once.c.job
        row = self._connection.execute(sa.select(*columns).where(asked_once.c.key_hash == key_hash)).one_or_none()
        return None if row is None or row.job is None else Asked(row.fingerprint, row.job)

    def reserve(self, key_hash: str, fingerprint: str) -> bool:
        """Take a key within this transaction; False where another has it. Whoever takes it at once waits for us."""
        values = {"key_hash": key_hash, "fingerprint": fingerprint, "at": datetime.now(UTC)}
        try:
            with self._connection.begin_nested():
                self._connection.execute(sa.insert(asked_once).values(values))
        except IntegrityError:
            return False
        return True

    def settle(self, key_hash: str, job: int) -> None:
        """Set down which job a key has led to."""
        self._connection.execute(sa.update(asked_once).where(asked_once.c.key_hash == key_hash).values(job=job))


def _token(row: Any) -> Token:
    values: dict[str, Any] = {name: row[name] for name in Token.__slots__ if name != "scopes"}
    return Token(**values, scopes=frozenset(row["scopes"]))
