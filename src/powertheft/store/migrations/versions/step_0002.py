"""Jobs with their logs and schedules, models and their versions, scorings, inspections with their history.

Each statement can be run again: MariaDB commits after every one, so a process that is killed leaves a step half taken.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import sqlalchemy as sa
from alembic import op

from powertheft.store.tables import Moment, short_text

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    _create_jobs()
    _create_job_logs()
    _create_schedules()
    _create_models()
    _create_model_versions()
    _create_scorings()
    _create_inspections()
    _create_inspection_steps()


def downgrade() -> None:
    """Take the step back: what was in these tables is gone."""
    for table in (
        "inspection_steps",
        "inspections",
        "scorings",
        "model_versions",
        "models",
        "schedules",
        "job_logs",
        "jobs",
    ):
        op.drop_table(table, if_exists=True)


def _create_jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", short_text(50), nullable=False),
        sa.Column("title", short_text(1000), nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("state", short_text(20), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", short_text(200), nullable=False),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("worker", short_text(200)),
        sa.Column("lease_until", Moment),
        sa.Column("started_at", Moment),
        sa.Column("ended_at", Moment),
        sa.Column("progress", sa.Double, nullable=False),
        sa.Column("doing", short_text(1000), nullable=False),
        sa.Column("result", sa.JSON(none_as_null=True)),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("advice", sa.Text, nullable=False),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("ix_jobs_state", "jobs", ["state"], if_not_exists=True)


def _create_job_logs() -> None:
    op.create_table(
        "job_logs",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("job", sa.Integer, sa.ForeignKey("jobs.number"), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("text", sa.Text, nullable=False, quote=True),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("ix_job_logs_job", "job_logs", ["job"], if_not_exists=True)


def _create_schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("kind", short_text(50), nullable=False),
        sa.Column("title", short_text(1000), nullable=False),
        sa.Column("arguments", sa.JSON, nullable=False),
        sa.Column("cron", short_text(200), nullable=False),
        sa.Column("next_at", Moment, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", short_text(200), nullable=False),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )


def _create_models() -> None:
    op.create_table(
        "models",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", short_text(200), nullable=False, unique=True),
        sa.Column("last_number", sa.Integer, nullable=False),
        if_not_exists=True,
    )


def _create_model_versions() -> None:
    op.create_table(
        "model_versions",
        sa.Column("model_id", sa.Integer, sa.ForeignKey("models.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("state", short_text(20), nullable=False),
        sa.Column("folder", short_text(1000), nullable=False),
        sa.Column("dataset", short_text(220), nullable=False),
        sa.Column("algorithm", short_text(200), nullable=False),
        sa.Column("choices", sa.JSON, nullable=False),
        sa.Column("figures", sa.JSON, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", short_text(200), nullable=False),
        sa.Column("deleted_at", Moment),
        if_not_exists=True,
    )


def _create_scorings() -> None:
    op.create_table(
        "scorings",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("folder", short_text(1000), nullable=False),
        sa.Column("dataset", short_text(220), nullable=False),
        sa.Column("model", short_text(220), nullable=False),
        sa.Column("rows", sa.Integer, nullable=False, quote=True),
        sa.Column("details", sa.JSON, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", short_text(200), nullable=False),
        sa.Column("deleted_at", Moment),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )


def _create_inspections() -> None:
    op.create_table(
        "inspections",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("dataset", short_text(200), nullable=False),
        sa.Column("consumer_id", short_text(200), nullable=False),
        sa.Column("drawn_by", short_text(20), nullable=False),
        sa.Column("inclusion_probability", sa.Double, nullable=False),
        sa.Column("scoring", sa.Integer, sa.ForeignKey("scorings.number")),
        sa.Column("rank", sa.Integer, quote=True),
        sa.Column("about", sa.JSON, nullable=False),
        sa.Column("state", short_text(20), nullable=False),
        sa.Column("open_for", short_text(401), unique=True),
        sa.Column("assigned_to", short_text(200)),
        sa.Column("planned_on", sa.Date),
        sa.Column("outcome", short_text(50)),
        sa.Column("inspected_on", sa.Date),
        sa.Column("energy_assessed", sa.Double),
        sa.Column("amount_assessed", sa.Double),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("photos", sa.JSON, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", short_text(200), nullable=False),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("ix_inspections_state", "inspections", ["state"], if_not_exists=True)
    op.create_index("ix_inspections_assigned_to", "inspections", ["assigned_to"], if_not_exists=True)
    op.create_index("ix_inspections_consumer", "inspections", ["dataset", "consumer_id"], if_not_exists=True)


def _create_inspection_steps() -> None:
    op.create_table(
        "inspection_steps",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("inspection", sa.Integer, sa.ForeignKey("inspections.number"), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("actor", short_text(200), nullable=False),
        sa.Column("act", short_text(50), nullable=False),
        sa.Column("state", short_text(20), nullable=False),
        sa.Column("details", sa.JSON, nullable=False),
        sqlite_autoincrement=True,
        if_not_exists=True,
    )
    op.create_index("ix_inspection_steps_inspection", "inspection_steps", ["inspection"], if_not_exists=True)
