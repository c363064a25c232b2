"""Every setting, in one table, and the home folder that they lead to. Rule of the room: imports domain only.

A setting is read from its environment variable; one that may be a secret also from the file that VARIABLE_FILE names.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from powertheft.domain.errors import ChoiceError, InputError, OutputError


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its name, environment variable, default in words, help, and whether it may be a secret."""

    name: str
    variable: str
    default: str
    help: str
    is_secret: bool = False


SETTINGS: tuple[Setting, ...] = (
    Setting("home", "POWERTHEFT_HOME", "~/.powertheft", "Folder for datasets, profiles, the vault and the database."),
    Setting("key_file", "POWERTHEFT_KEY_FILE", "HOME/keys/pseudonyms.key", "File with the key of the pseudonyms."),
    Setting(
        "database",
        "POWERTHEFT_DATABASE",
        "sqlite:///HOME/powertheft.db",
        "Address of the database: SQLite, PostgreSQL or MariaDB.",
        is_secret=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Home:
    """Where everything lies that outlives a command. The database's address may hold a password and is not shown."""

    path: Path
    key_file: Path
    database: str

    @property
    def datasets(self) -> Path:
        """Return the folder of the dataset versions."""
        return self.path / "datasets"

    @property
    def profiles(self) -> Path:
        """Return the folder of the profiles that a user has confirmed."""
        return self.path / "profiles"

    @property
    def vault(self) -> Path:
        """Return the file of the vault."""
        return self.path / "vault.db"

    @property
    def scratch(self) -> Path:
        """Return the folder for what is thrown away again."""
        return self.path / "scratch"

    def make(self) -> None:
        """Make the folder, for its owner alone, where it is not there yet."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            msg = f"the home folder cannot be made ({error.strerror})"
            raise OutputError(msg, file=self.path, advice="Name another with --home or POWERTHEFT_HOME.") from error

    def __repr__(self) -> str:
        return f"Home({str(self.path)!r})"


def read_home(path: Path | None = None, environment: Mapping[str, str] | None = None) -> Home:
    """Return the home folder that was named, else that of the environment, else the default; nothing is created."""
    environment = os.environ if environment is None else environment
    said = {setting.name: _said(setting, environment) for setting in SETTINGS}
    home = _absolute(path or Path(said["home"] or "~/.powertheft"))
    key_file = said["key_file"]
    return Home(
        path=home,
        key_file=_absolute(Path(key_file)) if key_file else home / "keys" / "pseudonyms.key",
        database=said["database"] or f"sqlite:///{quote(str(home / 'powertheft.db'))}",
    )


def _said(setting: Setting, environment: Mapping[str, str]) -> str | None:
    value, file = environment.get(setting.variable), environment.get(f"{setting.variable}_FILE")
    if not setting.is_secret or not file:
        return value or None
    if value:
        msg = f"{setting.variable} and {setting.variable}_FILE are both set"
        raise ChoiceError(msg, advice="Keep one of them.")
    try:
        return Path(file).read_text(encoding="utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        msg = f"{setting.variable}_FILE names a file that cannot be read"
        raise InputError(msg, file=file, advice="Correct the path, or ask for permission.") from error


def _absolute(path: Path) -> Path:
    try:
        return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 a link must stay the place that was named
    except RuntimeError as error:
        msg = "there is no home folder of the user"
        raise ChoiceError(msg, file=path, advice="Name a folder with POWERTHEFT_HOME.") from error
