"""Save a confirmed mapping, to be recognised the next time. Rule of the room: compute nothing themselves."""

from dataclasses import replace
from pathlib import Path

from powertheft.actions.house import House
from powertheft.actions.plan_import import Plan
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import OutputError
from powertheft.domain.profiles import TableMapping
from powertheft.profiles.writing import profile_to_toml
from powertheft.reports.writing import write_text


def save_plan_profile(house: House, plan: Plan, name: str) -> Path:
    """Write the profile that an import has followed into the home folder; an older one of that name stays."""
    house.check("dataset.import")
    check_dataset_name(name)
    path = house.home.profiles / f"{name}.toml"
    if path.exists():
        raise OutputError("there is a profile of this name", file=path, advice="Choose another name, or remove it.")
    house.home.profiles.mkdir(parents=True, exist_ok=True)
    tables = tuple(_without_persons(table, plan) for table in plan.profile.tables)
    write_text(path, profile_to_toml(replace(plan.profile, name=name, tables=tables)))
    return path


def _without_persons(table: TableMapping, plan: Plan) -> TableMapping:
    """Leave out the columns that hold persons: through a profile they would ride along into a model."""
    dropped = {column for column, treatment in plan.treatments(table.file).items() if treatment.how == "drop"}
    kept = {
        name: kind for name, kind in table.attributes.items() if table.attribute_sources.get(name, name) not in dropped
    }
    sources = {name: source for name, source in table.attribute_sources.items() if name in kept}
    styles = {name: style for name, style in table.attribute_styles.items() if name in kept}
    return replace(table, attributes=kept, attribute_sources=sources, attribute_styles=styles)
