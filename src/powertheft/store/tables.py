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

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", short_text(50), nullable=False),
    sa.Column("title", short_text(TEXT_LENGTH), nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("state", short_text(20), nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", short_text(NAME_LENGTH), nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("worker", short_text(NAME_LENGTH)),
    sa.Column("lease_until", Moment),
    sa.Column("started_at", Moment),
    sa.Column("ended_at", Moment),
    sa.Column("progress", sa.Double, nullable=False),
    sa.Column("doing", short_text(TEXT_LENGTH), nullable=False),
    sa.Column("result", sa.JSON(none_as_null=True)),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("advice", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

job_logs = sa.Table(
    "job_logs",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("job", sa.ForeignKey("jobs.number"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("text", sa.Text, nullable=False, quote=True),
    sqlite_autoincrement=True,
)

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", short_text(50), nullable=False),
    sa.Column("title", short_text(TEXT_LENGTH), nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("cron", short_text(NAME_LENGTH), nullable=False),
    sa.Column("next_at", Moment, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", short_text(NAME_LENGTH), nullable=False),
    sqlite_autoincrement=True,
)

models = sa.Table(
    "models",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", short_text(NAME_LENGTH), nullable=False, unique=True),
    # Counted up, as for datasets. Whoever changes a model's champion writes this row first, so one does at a time.
    sa.Column("last_number", sa.Integer, nullable=False),
)

model_versions = sa.Table(
    "model_versions",
    metadata,
    sa.Column("model_id", sa.ForeignKey("models.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", short_text(20), nullable=False),
    sa.Column("folder", short_text(TEXT_LENGTH), nullable=False),
    sa.Column("dataset", short_text(NAME_LENGTH + 20), nullable=False),
    sa.Column("algorithm", short_text(NAME_LENGTH), nullable=False),
    sa.Column("choices", sa.JSON, nullable=False),
    sa.Column("figures", sa.JSON, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", short_text(NAME_LENGTH), nullable=False),
    sa.Column("deleted_at", Moment),
)

scorings = sa.Table(
    "scorings",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("folder", short_text(TEXT_LENGTH), nullable=False),
    sa.Column("dataset", short_text(NAME_LENGTH + 20), nullable=False),
    sa.Column("model", short_text(NAME_LENGTH + 20), nullable=False),
    sa.Column("rows", sa.Integer, nullable=False, quote=True),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", short_text(NAME_LENGTH), nullable=False),
    sa.Column("deleted_at", Moment),
    sqlite_autoincrement=True,
)

inspections = sa.Table(
    "inspections",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("dataset", short_text(NAME_LENGTH), nullable=False),
    sa.Column("consumer_id", short_text(NAME_LENGTH), nullable=False),
    sa.Column("drawn_by", short_text(20), nullable=False),
    sa.Column("inclusion_probability", sa.Double, nullable=False),
    sa.Column("scoring", sa.ForeignKey("scorings.number")),
    sa.Column("rank", sa.Integer, quote=True),
    sa.Column("about", sa.JSON, nullable=False),
    sa.Column("state", short_text(20), nullable=False, index=True),
    # DATASET/CONSUMER while the case is open, null afterwards: one open case a connection, whoever asks at once.
    sa.Column("open_for", short_text(2 * NAME_LENGTH + 1), unique=True),
    sa.Column("assigned_to", short_text(NAME_LENGTH), index=True),
    sa.Column("planned_on", sa.Date),
    sa.Column("outcome", short_text(50)),
    sa.Column("inspected_on", sa.Date),
    sa.Column("energy_assessed", sa.Double),
    sa.Column("amount_assessed", sa.Double),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("photos", sa.JSON, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", short_text(NAME_LENGTH), nullable=False),
    sa.Index("ix_inspections_consumer", "dataset", "consumer_id"),
    sqlite_autoincrement=True,
)

inspection_steps = sa.Table(
    "inspection_steps",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("inspection", sa.ForeignKey("inspections.number"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", short_text(NAME_LENGTH), nullable=False),
    sa.Column("act", short_text(50), nullable=False),
    sa.Column("state", short_text(20), nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)

watch_readings = sa.Table(
    "watch_readings",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("watch", short_text(50), nullable=False),
    sa.Column("subject", short_text(NAME_LENGTH + 50), nullable=False),
    sa.Column("period", sa.Date, nullable=False),
    sa.Column("at", Moment, nullable=False),
    sa.Column("state", short_text(20), nullable=False),
    sa.Column("value", sa.Double, quote=True),
    sa.Column("low", sa.Double),
    sa.Column("high", sa.Double),
    sa.Column("expected", sa.Double),
    sa.Column("counted", sa.Integer, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    # One reading a thing and period: watched again, it is replaced.
    sa.UniqueConstraint("watch", "subject", "period", name="uq_watch_readings_period"),
    sqlite_autoincrement=True,
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("cause", short_text(NAME_LENGTH + 100), nullable=False, index=True),
    sa.Column("rule", short_text(50), nullable=False),
    sa.Column("severity", short_text(20), nullable=False),
    sa.Column("state", short_text(20), nullable=False, index=True),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("link", short_text(TEXT_LENGTH), nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("seen_at", Moment, nullable=False),
    sa.Column("times", sa.Integer, nullable=False),
    sa.Column("sent_at", Moment),
    sa.Column("acknowledged_at", Moment),
    sa.Column("acknowledged_by", short_text(NAME_LENGTH)),
    sa.Column("resolved_at", Moment),
    sa.Column("resolved_by", short_text(NAME_LENGTH)),
    # The cause while it is open, null afterwards: one message for one cause, whoever finds it at once.
    sa.Column("open_for", short_text(NAME_LENGTH + 100), unique=True),
    sqlite_autoincrement=True,
)

feedback = sa.Table(
    "feedback",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", short_text(50), nullable=False),
    sa.Column("subject", short_text(500), nullable=False, index=True),
    sa.Column("words", sa.Text, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("state", short_text(20), nullable=False, index=True),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("created_by", short_text(NAME_LENGTH), nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
    sa.Column("answered_at", Moment),
    sa.Column("answered_by", short_text(NAME_LENGTH)),
    sqlite_autoincrement=True,
)

policies = sa.Table(
    "policies",
    metadata,
    sa.Column("name", short_text(NAME_LENGTH + 50), primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("changed_at", Moment, nullable=False),
    sa.Column("changed_by", short_text(NAME_LENGTH), nullable=False),
)

trials = sa.Table(
    "trials",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("model", short_text(NAME_LENGTH), nullable=False, index=True),
    sa.Column("champion", short_text(NAME_LENGTH + 20), nullable=False),
    sa.Column("challenger", short_text(NAME_LENGTH + 20), nullable=False),
    sa.Column("state", short_text(20), nullable=False),
    sa.Column("looks", sa.Integer, nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("begun_at", Moment, nullable=False),
    sa.Column("begun_by", short_text(NAME_LENGTH), nullable=False),
    sa.Column("ended_at", Moment),
    # The model while its trial runs: one trial a model.
    sa.Column("open_for", short_text(NAME_LENGTH), unique=True),
    sqlite_autoincrement=True,
)
