"""List the kinds of model for a reader. Rule of the room: compute nothing themselves."""

from powertheft.models.hyperparameters import hyperparameters
from powertheft.models.registry import DESCRIPTIONS


def list_models() -> list[tuple[str, str]]:
    """Return name and description of every model."""
    return list(DESCRIPTIONS.items())


def list_settings(algorithm: str) -> list[list[str]]:
    """Return name, default, range and meaning of every setting of a model."""
    return [[one.name, _told(one.default), one.range, one.meaning] for one in hyperparameters(algorithm)]


def _told(value: object) -> str:
    return (
        ",".join(map(str, value))
        if isinstance(value, tuple)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
