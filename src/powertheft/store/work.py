"""Units of work: one transaction of one actor's.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

import contextlib
from collections.abc import Generator
from typing import Self

import sqlalchemy as sa
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from powertheft.store.accounts import SqlAccounts
from powertheft.store.alerts import SqlAlerts
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.datasets import SqlDatasetRegister
from powertheft.store.feedback import SqlFeedbackBook
from powertheft.store.inspections import SqlInspectionBook
from powertheft.store.jobs import SqlJobQueue
from powertheft.store.marks import SqlHighWaterMarks
from powertheft.store.models import SqlModelRegister
from powertheft.store.opening import HEAD, READING, open_engine, refusal, revision_of
from powertheft.store.policies import SqlPolicies
from powertheft.store.schedules import SqlSchedules
from powertheft.store.scorings import SqlScoringRegister
from powertheft.store.tokens import SqlAskedOnce, SqlTokens
from powertheft.store.trials import SqlTrials
from powertheft.store.watches import SqlWatchBook


class SqlUnitOfWork:
    """Implements `UnitOfWork` on one connection."""

    def __init__(self, connection: sa.Connection, actor: str) -> None:
        self.audit = SqlAuditTrail(connection, actor)
        self.datasets = SqlDatasetRegister(connection, self.audit, actor)
        self.marks = SqlHighWaterMarks(connection, self.audit)
        self.jobs = SqlJobQueue(connection, self.audit, actor)
        self.schedules = SqlSchedules(connection, self.audit, actor)
        self.models = SqlModelRegister(connection, self.audit, actor)
        self.scorings = SqlScoringRegister(connection, self.audit, actor)
        self.inspections = SqlInspectionBook(connection, self.audit, actor)
        self.accounts = SqlAccounts(connection, self.audit, actor)
        self.tokens = SqlTokens(connection, self.audit, actor)
        self.asked = SqlAskedOnce(connection)
        self.watches = SqlWatchBook(connection, self.audit)
        self.policies = SqlPolicies(connection, self.audit, actor)
        self.trials = SqlTrials(connection, self.audit, actor)
        self.alerts = SqlAlerts(connection, self.audit, actor)
        self.feedback = SqlFeedbackBook(connection, self.audit, actor)


class SqlStore:
    """Implements `Store`. SQLite, PostgreSQL and MariaDB alike."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self._reading = engine.execution_options(**{READING: True})

    @contextlib.contextmanager
    def begin(self, actor: str) -> Generator[SqlUnitOfWork]:
        """Open a transaction of an actor's: committed where the block ends well, rolled back where it raises."""
        with self._transaction(self._engine, actor) as work:
            yield work

    @contextlib.contextmanager
    def read(self, actor: str) -> Generator[SqlUnitOfWork]:
        """Open a transaction that only reads: it waits for nobody who writes, and nobody waits for it."""
        with self._transaction(self._reading, actor) as work:
            yield work

    def is_current(self) -> bool:
        """Return whether the database has the tables that this powertheft works on; raise where it does not answer."""
        try:
            return revision_of(self._reading) == HEAD
        except SQLAlchemyError as error:
            raise refusal(self._engine.url, error) from error

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _transaction(self, engine: sa.Engine, actor: str) -> Generator[SqlUnitOfWork]:
        try:
            with engine.begin() as connection:
                yield SqlUnitOfWork(connection, actor)
        except (InterfaceError, OperationalError) as error:
            raise refusal(self._engine.url, error) from error


def open_store(address: str) -> SqlStore:
    """Return the store at a database's address, with its tables brought up to date."""
    return SqlStore(open_engine(address))
