"""Save a confirmed mapping, to be recognised the next time. Rule of the room: compute nothing themselves."""

from dataclasses import replace
from pathlib import Path

from powertheft.actions.house import House
from powertheft.actions.plan_import import Plan
from powertheft.domain.datasets import check_dataset_name
from powertheft.domain.errors import OutputError
from powertheft.profiles.writing import profile_to_toml
from powertheft.reports.writing import write_text


def save_plan_profile(house: House, plan: Plan, name: str) -> Path:
    """Write the profile that an import has followed into the home folder; an older one of that name stays."""
    check_dataset_name(name)
    path = house.home.profiles / f"{name}.toml"
    if path.exists():
        raise OutputError("there is a profile of this name", file=path, advice="Choose another name, or remove it.")
    house.home.profiles.mkdir(parents=True, exist_ok=True)
    write_text(path, profile_to_toml(replace(plan.profile, name=name)))
    return path
