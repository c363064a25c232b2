"""What is set on this machine, and where each setting comes from. Rule of the room: compute nothing themselves.

A setting that may be a secret is told by where it comes from alone; where trainings are mirrored, without a password.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from powertheft.actions.house import House
from powertheft.privacy.thresholds import SMALLEST_GROUP
from powertheft.settings import SETTINGS, Setting, read_home

Origin = Literal["environment", "file", "command", "default"]


@dataclass(frozen=True, slots=True)
class ToldSetting:
    """A setting as it may be shown: `value` is None where it may be a secret."""

    setting: Setting
    origin: Origin
    value: str | None


def show_settings(house: House, environment: Mapping[str, str] | None = None) -> tuple[ToldSetting, ...]:
    """Return every setting, where it comes from, and its value where it is no secret."""
    house.check("setting.change")
    environment = os.environ if environment is None else environment
    return tuple(_told(house, setting, environment) for setting in SETTINGS)


def _told(house: House, setting: Setting, environment: Mapping[str, str]) -> ToldSetting:
    if setting.name == "home":
        return ToldSetting(setting, _origin_of_home(house, setting, environment), str(house.home.path))
    if setting.name == "tracking":
        place = "off" if house.tracker is None else house.tracker.place
        return ToldSetting(setting, _origin(setting, environment), place)
    origin = _origin(setting, environment)
    value = environment.get(setting.variable) if origin == "environment" and not setting.is_secret else None
    return ToldSetting(setting, origin, setting.default if origin == "default" else value)


def _origin(setting: Setting, environment: Mapping[str, str]) -> Origin:
    if environment.get(setting.variable):
        return "environment"
    return "file" if environment.get(f"{setting.variable}_FILE") else "default"


def smallest_group() -> int:
    """Return how many connections a group must have to be shown: what fewer share would point at one of them."""
    return SMALLEST_GROUP


def _origin_of_home(house: House, setting: Setting, environment: Mapping[str, str]) -> Origin:
    if read_home(None, environment).path != house.home.path:
        return "command"
    return "environment" if environment.get(setting.variable) else "default"
