"""Tokens of the REST API, and the requests that carried a key of their own.

Each statement can be run again: MariaDB commits after every one, so a process that is killed leaves a step half taken.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import sqlalchemy as sa
from alembic import op

from powertheft.store.tables import Moment, short_text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "api_tokens",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("token_hash", short_text(64), nullable=False, unique=True),
        sa.Column("name", short_text(200), nullable=False),
        sa.Column("owner", short_text(200), nullable=False),
        sa.Column("scopes", sa.JSON, nullable=False),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("made_by", short_text(200), nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("revoked_at", Moment),
        sa.Column("used_at", Moment),
        if_not_exists=True,
        sqlite_autoincrement=True,
    )
    op.create_index("ix_api_tokens_owner", "api_tokens", ["owner"], if_not_exists=True)
    op.create_table(
        "asked_once",
        sa.Column("key_hash", short_text(64), primary_key=True),
        sa.Column("fingerprint", short_text(64), nullable=False),
        sa.Column("job", sa.Integer, sa.ForeignKey("jobs.number")),
        sa.Column("at", Moment, nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take the step back: no program can ask any more, and nothing else is lost."""
    for table in ("asked_once", "api_tokens"):
        op.drop_table(table, if_exists=True)
