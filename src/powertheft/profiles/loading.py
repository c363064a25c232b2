"""Built-in profiles and a user's own. Rule of the room: a utility is described in data, never in code.

The registry of built-in profiles is `BUILT_IN`; there is no other.
"""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

from powertheft.domain.errors import ProfileError
from powertheft.domain.profiles import Profile
from powertheft.profiles.entries import choice_advice
from powertheft.profiles.parsing import parse_profile

BUILT_IN: dict[str, str] = {
    "tneb": "tneb.toml",
    "steg": "steg.toml",
    "table": "table.toml",
    "sgcc": "sgcc.toml",
    "smart-meter": "smart_meter.toml",
}


def load_profile(name_or_path: str) -> Profile:
    """Return a built-in profile by its name, or a user's own by the path of its .toml file."""
    if name_or_path in BUILT_IN:
        return _parse(profile_text(name_or_path), file=BUILT_IN[name_or_path])
    path = Path(name_or_path)
    if path.suffix.casefold() != ".toml":
        advice = f"{choice_advice(name_or_path, BUILT_IN)} Or give the path of a profile of your own (.toml)."
        raise ProfileError(f"there is no profile {name_or_path!r}", advice=advice)
    return _parse(_read_text(path), file=name_or_path)


def profile_text(name: str) -> str:
    """Return the TOML of a built-in profile, to copy and change."""
    if name not in BUILT_IN:
        raise ProfileError(f"there is no built-in profile {name!r}", advice=choice_advice(name, BUILT_IN))
    return files("powertheft.profiles").joinpath(BUILT_IN[name]).read_text("utf-8")


def _read_text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise ProfileError("no such profile", file=path, advice="Check the path for a slip.") from error
    except UnicodeDecodeError as error:
        raise ProfileError("is not text in UTF-8", file=path, advice="Save it as UTF-8.") from error
    except OSError as error:
        raise ProfileError(f"cannot be read ({error.strerror})", file=path, advice="Check your rights.") from error


def _parse(text: str, *, file: str) -> Profile:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"\(at line (\d+)", str(error))
        what = f"is not valid TOML: {re.sub(r' *[(]at .*', '', str(error)).lower()}"
        row = int(line.group(1)) if line else None
        raise ProfileError(what, file=file, row=row, advice="Correct that line.") from error
    return parse_profile(document, file=file)
