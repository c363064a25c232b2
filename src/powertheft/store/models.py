"""The register of models in the database.

Rule of the room: implements actions.ports; the only place of SQLAlchemy beside sources.sql.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from powertheft.actions.ports import ModelVersion, NewModelVersion
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import ChoiceError, StateError
from powertheft.domain.model_versions import ModelAct, next_model_state
from powertheft.store.audit import SqlAuditTrail
from powertheft.store.counting import count_up
from powertheft.store.tables import model_versions, models

_COLUMNS = model_versions.c
_VERSIONS = sa.select(models.c.name.label("model"), *model_versions.c[1:]).join_from(models, model_versions)


class SqlModelRegister:
    """Implements `ModelRegister`."""

    def __init__(self, connection: sa.Connection, audit: SqlAuditTrail, actor: str) -> None:
        self._connection = connection
        self._audit = audit
        self._actor = actor

    def add_version(self, model: str, version: NewModelVersion) -> ModelVersion:
        """Register a bundle as a candidate under the model's next number (from 1)."""
        check_dataset_name(model)
        self._connection.execute(count_up(models, model, self._connection.dialect.name))
        row = self._connection.execute(sa.select(models).where(models.c.name == model)).one()
        added = ModelVersion(
            model=model,
            number=row.last_number,
            state="candidate",
            folder=version.folder,
            dataset=version.dataset,
            algorithm=version.algorithm,
            choices=dict(version.choices),
            figures=dict(version.figures),
            created_at=datetime.now(UTC),
            created_by=self._actor,
        )
        values = {column.name: getattr(added, column.name) for column in model_versions.c[1:]}
        self._connection.execute(sa.insert(model_versions).values(model_id=row.id, **values))
        details = {"dataset": added.dataset, "algorithm": added.algorithm}
        self._audit.record("model.version.added", added.reference, details)
        return added

    def get_version(self, model: str, number: int | None = None) -> ModelVersion:
        """Return a version that is not deleted; where no number is given the champion, else the last of them."""
        present = self.list_versions(model)
        wanted = [version for version in present if number in {None, version.number}]
        if not wanted:
            raise self._absent(model, number, [version.number for version in present])
        champions = [version for version in wanted if version.state == "champion"]
        return (champions or wanted)[-1]

    def list_models(self) -> Sequence[str]:
        """Return the names of the models that have a version, in order."""
        query = sa.select(models.c.name).join(model_versions).where(_COLUMNS.deleted_at.is_(None))
        return sorted(self._connection.scalars(query.distinct()))

    def list_versions(self, model: str | None = None, *, with_deleted: bool = False) -> Sequence[ModelVersion]:
        """Return the versions of one model or of all, by name and rising number."""
        query = _VERSIONS.order_by(models.c.name, _COLUMNS.number)
        if model is not None:
            query = query.where(models.c.name == model)
        if not with_deleted:
            query = query.where(_COLUMNS.deleted_at.is_(None))
        return [ModelVersion(**row) for row in self._connection.execute(query).mappings()]

    def change_state(self, model: str, number: int, act: ModelAct, *, reason: str) -> ModelVersion:
        """Take a step of a version's life; promoting one retires the champion before it in the same transaction."""
        self._hold(model)
        version = self.get_version(model, number)
        state = next_model_state(version.reference, state=version.state, act=act)
        replaced = [one for one in self.list_versions(model) if one.state == state == "champion"]
        for before in replaced:
            retired = next_model_state(before.reference, state=before.state, act="be retired")
            self._change(model, before.number, state=retired)
        self._change(model, number, state=state)
        details = {"to": state, "reason": reason, "replaced": [one.number for one in replaced]}
        self._audit.record("model.version.changed", version.reference, details)
        return self.get_version(model, number)

    def delete_version(self, model: str, number: int, *, reason: str) -> ModelVersion:
        """Mark a version as deleted, unless it is the champion; its folder is the caller's to remove."""
        self._hold(model)
        version = self.get_version(model, number)
        if version.state == "champion":
            advice = "Promote another version or retire this one first."
            raise StateError(f"{version.reference} is champion, so it cannot be deleted", advice=advice)
        self._change(model, number, deleted_at=datetime.now(UTC))
        self._audit.record("model.version.deleted", version.reference, {"reason": reason})
        return next(one for one in self.list_versions(model, with_deleted=True) if one.number == number)

    def _hold(self, model: str) -> None:
        """Write the model's row, which makes any other change of it wait for the end of this transaction."""
        here = models.c.name == model
        self._connection.execute(sa.update(models).where(here).values(last_number=models.c.last_number))

    def _change(self, model: str, number: int, **values: Any) -> None:
        owner = sa.select(models.c.id).where(models.c.name == model).scalar_subquery()
        here = (_COLUMNS.model_id == owner) & (_COLUMNS.number == number)
        self._connection.execute(sa.update(model_versions).where(here).values(**values))

    def _absent(self, model: str, number: int | None, present: Sequence[int]) -> ChoiceError:
        if present:
            there = ", ".join(map(str, present))
            return ChoiceError(f"model {model} has no version {number}", advice=f"Its versions are: {there}.")
        names = self.list_models()
        advice = f"There are: {', '.join(names)}." if names else "Train one first."
        return ChoiceError(f"there is no model called {model}", advice=advice)
