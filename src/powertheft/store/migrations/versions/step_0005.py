"""The loop: what is watched, alerts, what users say is wrong, policies, trials of challengers.

Each statement can be run again: MariaDB commits after every one, so a process that is killed leaves a step half taken.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import sqlalchemy as sa
from alembic import op

from powertheft.store.tables import Moment, short_text

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    _watching()
    _alerting()
    _listening()
    _trying()
    for table, column in (
        ("alerts", "cause"),
        ("alerts", "state"),
        ("feedback", "subject"),
        ("feedback", "state"),
        ("trials", "model"),
    ):
        op.create_index(f"ix_{table}_{column}", table, [column], if_not_exists=True)


def downgrade() -> None:
    """Take the step back: what was watched, said and tried is lost, and nothing else."""
    for table in ("trials", "policies", "feedback", "alerts", "watch_readings"):
        op.drop_table(table, if_exists=True)


def _watching() -> None:
    op.create_table(
        "watch_readings",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("watch", short_text(50), nullable=False),
        sa.Column("subject", short_text(250), nullable=False),
        sa.Column("period", sa.Date, nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("state", short_text(20), nullable=False),
        sa.Column("value", sa.Double, quote=True),
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Column("expected", sa.Double),
        sa.Column("counted", sa.Integer, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.UniqueConstraint("watch", "subject", "period", name="uq_watch_readings_period"),
        if_not_exists=True,
        sqlite_autoincrement=True,
    )


def _alerting() -> None:
    op.create_table(
        "alerts",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("cause", short_text(300), nullable=False),
        sa.Column("rule", short_text(50), nullable=False),
        sa.Column("severity", short_text(20), nullable=False),
        sa.Column("state", short_text(20), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("link", short_text(1000), nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.Column("seen_at", Moment, nullable=False),
        sa.Column("times", sa.Integer, nullable=False),
        sa.Column("sent_at", Moment),
        sa.Column("acknowledged_at", Moment),
        sa.Column("acknowledged_by", short_text(200)),
        sa.Column("resolved_at", Moment),
        sa.Column("resolved_by", short_text(200)),
        sa.Column("open_for", short_text(300), unique=True),
        if_not_exists=True,
        sqlite_autoincrement=True,
    )


def _listening() -> None:
    op.create_table(
        "feedback",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", short_text(50), nullable=False),
        sa.Column("subject", short_text(500), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("state", short_text(20), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", short_text(200), nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("answered_at", Moment),
        sa.Column("answered_by", short_text(200)),
        if_not_exists=True,
        sqlite_autoincrement=True,
    )


def _trying() -> None:
    op.create_table(
        "policies",
        sa.Column("name", short_text(250), primary_key=True),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("changed_at", Moment, nullable=False),
        sa.Column("changed_by", short_text(200), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "trials",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("model", short_text(200), nullable=False),
        sa.Column("champion", short_text(220), nullable=False),
        sa.Column("challenger", short_text(220), nullable=False),
        sa.Column("state", short_text(20), nullable=False),
        sa.Column("looks", sa.Integer, nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("begun_at", Moment, nullable=False),
        sa.Column("begun_by", short_text(200), nullable=False),
        sa.Column("ended_at", Moment),
        sa.Column("open_for", short_text(200), unique=True),
        if_not_exists=True,
        sqlite_autoincrement=True,
    )
