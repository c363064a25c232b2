"""Datasets, their versions, the audit trail and the high-water marks.

Each statement can be run again: MariaDB commits after every one, so a process that is killed leaves a step half taken.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import sqlalchemy as sa
from alembic import op

from powertheft.store.tables import Moment, short_text

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_REFUSAL = "audit events are never changed"


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "datasets",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", short_text(200), nullable=False, unique=True),
        sa.Column("last_number", sa.Integer, nullable=False),
        if_not_exists=True,
    )
    _create_dataset_versions()
    _create_audit_events()
    _create_high_water_marks()


def _create_dataset_versions() -> None:
    op.create_table(
        "dataset_versions",
        sa.Column("dataset_id", sa.Integer, sa.ForeignKey("datasets.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content_hash", short_text(64), nullable=False),
        sa.Column("folder", short_text(1000), nullable=False),
        sa.Column("rows", sa.JSON, nullable=False, quote=True),
        sa.Column("recipe", sa.JSON, nullable=False),
        sa.Column("key_id", short_text(64), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", short_text(200), nullable=False),
        sa.Column("deleted_at", Moment),
        if_not_exists=True,
    )


def _create_high_water_marks() -> None:
    op.create_table(
        "high_water_marks",
        sa.Column("source_hash", short_text(64), primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("mark", sa.JSON, nullable=False),
        sa.Column("version", short_text(220), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("moves", sa.Integer, nullable=False),
        if_not_exists=True,
    )


def _create_audit_events() -> None:
    op.create_table(
        "audit_events",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("at", Moment, nullable=False),
        sa.Column("actor", short_text(200), nullable=False),
        sa.Column("action", short_text(200), nullable=False),
        sa.Column("subject", short_text(200), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    for column in ("action", "subject"):
        op.create_index(f"ix_audit_events_{column}", "audit_events", [column], if_not_exists=True)
    for statement in _refusing_triggers(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def _refusing_triggers(dialect: str) -> list[str]:
    """Return what makes the database itself refuse to change or remove an event."""
    if dialect == "postgresql":
        return [
            "CREATE OR REPLACE FUNCTION refuse_change_of_audit_events() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$",
            "DROP TRIGGER IF EXISTS audit_events_append_only ON audit_events",
            "CREATE TRIGGER audit_events_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_events()",
        ]
    refusal = f"SELECT RAISE(ABORT, '{_REFUSAL}');" if dialect == "sqlite" else _signal()
    return [
        f"CREATE TRIGGER IF NOT EXISTS audit_events_no_{change} BEFORE {change} ON audit_events "
        f"FOR EACH ROW BEGIN {refusal} END"
        for change in ("update", "delete")
    ]


def _signal() -> str:
    return f"SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_REFUSAL}';"
