"""The layouts that are known: built in, or confirmed by somebody here. Rule of the room: compute nothing."""

from pathlib import Path

from powertheft.domain.profiles import Profile
from powertheft.profiles.loading import BUILT_IN, load_profile


def known_profiles(folder: Path) -> tuple[Profile, ...]:
    """Return the confirmed profiles of a folder, then the built-in ones."""
    confirmed = sorted(folder.glob("*.toml")) if folder.is_dir() else []
    return (*(load_profile(str(path)) for path in confirmed), *(load_profile(name) for name in BUILT_IN))
