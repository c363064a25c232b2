"""Numbers that are given once: of datasets and of models.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql, sqlite


def count_up(table: sa.Table, name: str, dialect: str) -> sa.Insert:
    """Return one statement that begins a name's numbers or counts them up: two that ask at once get two numbers."""
    first = {"name": name, "last_number": 1}
    counted = {"last_number": table.c.last_number + 1}
    if dialect in {"mysql", "mariadb"}:
        return mysql.insert(table).values(first).on_duplicate_key_update(counted)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(table).values(first).on_conflict_do_update(index_elements=["name"], set_=counted)
