"""Accounts, their roles, and one-time links.

Each statement can be run again: MariaDB commits after every one, so a process that is killed leaves a step half taken.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import sqlalchemy as sa
from alembic import op

from powertheft.store.tables import Moment, short_text

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", short_text(200), nullable=False, unique=True),
        sa.Column("full_name", short_text(200), nullable=False),
        sa.Column("is_active", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("password_hash", short_text(255), nullable=False),
        sa.Column("session_key", short_text(64), nullable=False, unique=True),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", short_text(200), nullable=False),
        sa.Column("signed_in_at", Moment),
        if_not_exists=True,
    )
    op.create_table(
        "account_roles",
        sa.Column("account_id", sa.Integer, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("role", short_text(32), primary_key=True),
        if_not_exists=True,
    )
    op.create_table(
        "account_links",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("token_hash", short_text(64), nullable=False, unique=True),
        sa.Column("roles", sa.JSON, nullable=False),
        sa.Column("account", short_text(200)),
        sa.Column("made_at", Moment, nullable=False),
        sa.Column("made_by", short_text(200), nullable=False),
        sa.Column("expires_at", Moment, nullable=False),
        sa.Column("used_at", Moment),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take the step back: nobody can sign in any more, and nothing else is lost."""
    for table in ("account_links", "account_roles", "accounts"):
        op.drop_table(table, if_exists=True)
