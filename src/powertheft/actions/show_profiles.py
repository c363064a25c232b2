"""Show the built-in profiles. Rule of the room: compute nothing themselves."""

from powertheft.profiles.loading import BUILT_IN, load_profile, profile_text


def built_in_profiles() -> list[tuple[str, str]]:
    """Return name and title of every built-in profile."""
    return [(name, load_profile(name).title) for name in BUILT_IN]


def profile_source(name: str) -> str:
    """Return the text of a built-in profile."""
    return profile_text(name)
