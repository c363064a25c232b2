"""List the kinds of model for a reader. Rule of the room: compute nothing themselves."""

from powertheft.models.registry import DESCRIPTIONS


def list_models() -> list[tuple[str, str]]:
    """Return name and description of every model."""
    return list(DESCRIPTIONS.items())
