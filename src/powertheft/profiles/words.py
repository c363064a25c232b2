"""The words, values and formats of words.toml. Rule of the room: a utility is described in data, never in code."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, cast


@cache
def words() -> Mapping[str, Any]:
    """Return the document of words.toml."""
    text = files("powertheft.profiles").joinpath("words.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(text))


def listed(section: str, name: str) -> tuple[str, ...]:
    """Return a list of texts of a section."""
    return tuple(cast("list[str]", words()[section][name]))


def coded(target: str) -> dict[str, str]:
    """Return what the words of a column of codes are in ours, empty where nothing is known of that column."""
    codes = cast("Mapping[str, Mapping[str, str]]", words()["codes"])
    return dict(codes.get(target, {}))
