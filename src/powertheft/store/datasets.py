"""The register of datasets in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from powertheft.actions.ports import NewVersion, RegisteredVersion
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import ChoiceError
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.counting import count_up
from powertheft.store.tables import dataset_versions, datasets

_VERSIONS = sa.select(datasets.c.name.label("dataset"), *dataset_versions.c[1:]).join_from(datasets, dataset_versions)


class SqlDatasetRegister:
    """Implements `DatasetRegister`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def add_version(self, dataset: str, version: NewVersion) -> RegisteredVersion:
        """Register a version under the dataset's next number (from 1); the dataset begins with its first version."""
        check_dataset_name(dataset)
        self._connection.execute(count_up(datasets, dataset, self._connection.dialect.name))
        row = self._connection.execute(sa.select(datasets).where(datasets.c.name == dataset)).one()
        added = RegisteredVersion(
            dataset=dataset,
            number=row.last_number,
            content_hash=version.content_hash,
            folder=version.folder,
            rows=dict(version.rows),
            recipe=dict(version.recipe),
            key_id=version.key_id,
            created_at=datetime.now(UTC),
            created_by=self._actor,
        )
        values = {column.name: getattr(added, column.name) for column in dataset_versions.c[1:]}
        self._connection.execute(sa.insert(dataset_versions).values(dataset_id=row.id, **values))
        details = {"content_hash": added.content_hash, "rows": added.rows, "key_id": added.key_id}
        self._audit.record("dataset.version.added", f"{dataset}@{added.number}", details)
        return added

    def get_version(self, dataset: str, number: int | None = None) -> RegisteredVersion:
        """Return a version that is not deleted, the last of them where no number is given."""
        present = self.list_versions(dataset)
        wanted = [version for version in present if number in {None, version.number}]
        if not wanted:
            raise self._absent(dataset, number, [version.number for version in present])
        return wanted[-1]

    def list_datasets(self) -> Sequence[str]:
        """Return the names of the datasets that have a version, in order."""
        query = sa.select(datasets.c.name).join(dataset_versions).where(dataset_versions.c.deleted_at.is_(None))
        return sorted(self._connection.scalars(query.distinct()))

    def list_versions(self, dataset: str, *, with_deleted: bool = False) -> Sequence[RegisteredVersion]:
        """Return the versions of a dataset by rising number."""
        query = _VERSIONS.where(datasets.c.name == dataset).order_by(dataset_versions.c.number)
        if not with_deleted:
            query = query.where(dataset_versions.c.deleted_at.is_(None))
        return [RegisteredVersion(**row) for row in self._connection.execute(query).mappings()]

    def delete_version(self, dataset: str, number: int, *, reason: str) -> RegisteredVersion:
        """Mark a version as deleted: its numbers and recipe remain known, its folder is the caller's to remove."""
        self._change(dataset, number, deleted_at=datetime.now(UTC))
        self._audit.record("dataset.version.deleted", f"{dataset}@{number}", {"reason": reason})
        return next(v for v in self.list_versions(dataset, with_deleted=True) if v.number == number)

    def move_version(self, dataset: str, number: int, *, folder: str) -> RegisteredVersion:
        """Say that a version's folder, with the same content, now lies elsewhere."""
        self._change(dataset, number, folder=folder)
        self._audit.record("dataset.version.moved", f"{dataset}@{number}", {"folder": folder})
        return self.get_version(dataset, number)

    def _change(self, dataset: str, number: int, **values: Any) -> None:
        owner = sa.select(datasets.c.id).where(datasets.c.name == dataset).scalar_subquery()
        versions = dataset_versions.c
        here = (versions.dataset_id == owner) & (versions.number == number) & versions.deleted_at.is_(None)
        if self._connection.execute(sa.update(dataset_versions).where(here).values(**values)).rowcount != 1:
            raise self._absent(dataset, number, [version.number for version in self.list_versions(dataset)])

    def _absent(self, dataset: str, number: int | None, present: Sequence[int]) -> ChoiceError:
        if present:
            there = ", ".join(map(str, present))
            return ChoiceError(f"dataset {dataset} has no version {number}", advice=f"Its versions are: {there}.")
        names = self.list_datasets()
        advice = f"There are: {', '.join(names)}." if names else "Import one with: powertheft dataset import."
        return ChoiceError(f"there is no dataset called {dataset}", advice=advice)
