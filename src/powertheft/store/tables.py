"""The tables of the database as the code reads them; the migrations make them.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

VERSION_TABLE = "schema_version"
NAME_LENGTH = 200
TEXT_LENGTH = 1000


def short_text(length: int) -> sa.types.TypeEngine[str]:
    """Return a text of bounded length that compares by its characters, on MariaDB too (where a equals A otherwise)."""
    exact = mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin")
    return sa.String(length).with_variant(exact, "mysql", "mariadb")


class Moment(sa.types.TypeDecorator[datetime]):
    """A moment in UTC to the microsecond, kept without a zone: no two databases agree on zones."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Return MariaDB's type with its six digits, else the common one."""
        precise = mysql.DATETIME(fsp=6) if dialect.name in {"mysql", "mariadb"} else sa.DateTime()
        return dialect.type_descriptor(precise)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 theirs
        """Return what is written."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 theirs
        """Return what is read."""
        return None if value is None else value.replace(tzinfo=UTC)


metadata = sa.MetaData()

datasets = sa.Table(
    "datasets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", short_text(NAME_LENGTH), nullable=False, unique=True),
    # Counted up, so that a number is given once, whatever is deleted.
    sa.Column("last_number", sa.Integer, nullable=False),
)

dataset_versions = sa.Table(
    "dataset_versions",
    metadata,
    sa.Column("dataset_id", sa.ForeignKey("datasets.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("content_hash", short_text(64), nullable=False),
    sa.Column("folder", short_text(TEXT_LENGTH), nullable=False),
    sa.Column("rows", sa.JSON, nullable=False, quote=True),
    sa.Column("recipe", sa.JSON, nullable=False),
    sa.Column("key_id", short_text(64), nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", short_text(NAME_LENGTH), nullable=False),
    sa.Column("deleted_at", Moment),
)

audit_events = sa.Table(
    "audit_events",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", short_text(NAME_LENGTH), nullable=False),
    sa.Column("action", short_text(NAME_LENGTH), nullable=False, index=True),
    sa.Column("subject", short_text(NAME_LENGTH), nullable=False, index=True),
    sa.Column("details", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)

high_water_marks = sa.Table(
    "high_water_marks",
    metadata,
    # A source's address may be long; it is found by its SHA-256.
    sa.Column("source_hash", short_text(64), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("mark", sa.JSON, nullable=False),
    sa.Column("version", short_text(NAME_LENGTH + 20), nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("moves", sa.Integer, nullable=False),
)
