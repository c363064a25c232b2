"""Where Alembic is told which connection to use: the one it is given.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from alembic import context
from sqlalchemy import Connection

from powertheft.store.tables import VERSION_TABLE, metadata


def run(connection: Connection) -> None:
    """Take the steps that are missing; whoever calls has begun the transaction, holds the lock, and commits."""
    context.configure(connection=connection, target_metadata=metadata, version_table=VERSION_TABLE)
    with context.begin_transaction():
        context.run_migrations()


# Alembic runs this file within its environment; whatever else imports it (tests of docstrings) has none.
if hasattr(context, "config"):
    run(context.config.attributes["connection"])
