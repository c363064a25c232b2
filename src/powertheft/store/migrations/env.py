"""Where Alembic is told which connection to use: the one it is given.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from alembic import context

from powertheft.store.tables import VERSION_TABLE, metadata

# Whoever calls has begun the transaction and holds the lock, and commits.
context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=VERSION_TABLE
)
with context.begin_transaction():
    context.run_migrations()
