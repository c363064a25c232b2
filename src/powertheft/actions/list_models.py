"""List the kinds of model for a reader. Rule of the room: compute nothing themselves."""

from dataclasses import dataclass
from importlib.util import find_spec

from powertheft.domain.errors import ChoiceError
from powertheft.models.hyperparameters import hyperparameters, parse_settings
from powertheft.models.registry import DESCRIPTIONS

LIBRARIES = {"catboost": "catboost", "blend": "catboost", "wide-deep": "keras"}
"""Libraries of extras, by the algorithm that needs them."""


def list_models() -> list[tuple[str, str]]:
    """Return name and description of every model."""
    return list(DESCRIPTIONS.items())


def list_settings(algorithm: str) -> list[list[str]]:
    """Return name, default, range and meaning of every setting of a model."""
    return [[one.name, _told(one.default), one.range, one.meaning] for one in hyperparameters(algorithm)]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a model as a form shows it; `choices` where only these words are on offer."""

    name: str
    meaning: str
    default: str
    range: str
    choices: tuple[str, ...]
    is_tuned: bool


def settings_of(algorithm: str) -> list[Setting]:
    """Return every setting of a model; an algorithm that is not installed refuses."""
    return [
        Setting(one.name, one.meaning, _told(one.default), one.range, one.choices, one.is_tuned)
        for one in hyperparameters(algorithm)
    ]


def check_setting(algorithm: str, name: str, text: str) -> None:
    """Refuse a value that a setting does not take; the error names the setting."""
    try:
        parse_settings(algorithm, [f"{name}={text}"])
    except ChoiceError as error:
        raise ChoiceError(error.what, advice=error.advice, column=name) from None


def absent_library(algorithm: str) -> str | None:
    """Return the library that an algorithm needs and that is not installed here, None where nothing is missing."""
    library = LIBRARIES.get(algorithm)
    return library if library and find_spec(library) is None else None


def _told(value: object) -> str:
    return (
        ",".join(map(str, value))
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
