"""Every setting, in one table, and the home folder that they lead to. Rule of the room: imports domain and logs only.

A setting is read from its environment variable; one that may be a secret also from the file that VARIABLE_FILE names.
"""

import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from powertheft.domain.errors import ChoiceError, InputError, OutputError
from powertheft.domain.numbers import GROUPINGS, Grouping
from powertheft.logs import LOG_KINDS, LogKind


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
    Setting(
        "secret_key",
        "POWERTHEFT_SECRET_KEY",
        "HOME/keys/sessions.key",
        "What the pages' sessions are signed with: at least 32 characters; made at the first start.",
        is_secret=True,
    ),
    Setting(
        "hosts",
        "POWERTHEFT_HOSTS",
        "localhost, 127.0.0.1 and what --host names",
        "Names by which browsers may call the pages, with commas between.",
    ),
    Setting(
        "https",
        "POWERTHEFT_HTTPS",
        "no",
        "Write yes where a server before this one speaks HTTPS: cookies then travel no other way.",
    ),
    Setting(
        "tracking",
        "POWERTHEFT_TRACKING",
        "sqlite:///HOME/tracking.db",
        "Where MLflow shows every training: a database, the address of an MLflow server, or off.",
        is_secret=True,
    ),
    Setting(
        "number_grouping",
        "POWERTHEFT_NUMBER_GROUPING",
        "indian",
        "How numbers are written: indian (1,23,456; lakh and crore) or western (123,456; million and billion).",
    ),
    Setting(
        "log",
        "POWERTHEFT_LOG",
        "off",
        "What serve and worker write to the error stream: json (for machines) or console, a line a request and a step "
        "of a job; off: warnings and defects alone.",
    ),
    Setting(
        "address",
        "POWERTHEFT_ADDRESS",
        "none: a path alone",
        "Address at which people open the pages, as https://powertheft.example; messages link there.",
    ),
    Setting(
        "alert_urls",
        "POWERTHEFT_ALERT_URLS",
        "none: the worker's log",
        "Where alerts are sent, as apprise writes addresses (mailto://, json://, slack://); spaces or lines between.",
        is_secret=True,
    ),
)

SHORTEST_SECRET = 32
TRACKERS = ("http://", "https://", "sqlite://", "postgresql", "mysql")


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
    def models(self) -> Path:
        """Return the folder of the model versions."""
        return self.path / "models"

    @property
    def scorings(self) -> Path:
        """Return the folder of the scorings: ranked lists and what belongs to them."""
        return self.path / "scorings"

    @property
    def profiles(self) -> Path:
        """Return the folder of the profiles that a user has confirmed."""
        return self.path / "profiles"

    @property
    def rules(self) -> Path:
        """Return the file of the squads' own rules."""
        return self.path / "rules.toml"

    @property
    def vault(self) -> Path:
        """Return the file of the vault."""
        return self.path / "vault.db"

    @property
    def tracking(self) -> Path:
        """Return the database in which MLflow mirrors trainings."""
        return self.path / "tracking.db"

    @property
    def tracked_files(self) -> Path:
        """Return the folder of the files that are mirrored with them."""
        return self.path / "tracking"

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


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the pages are served with. The key signs sessions and is not shown; no host means every host."""

    secret_key: str = field(repr=False)
    hosts: tuple[str, ...] = ()
    https: bool = False


def read_web_settings(home: Home, host: str, environment: Mapping[str, str] | None = None) -> WebSettings:
    """Return the settings of the pages that are to be served on `host`; the key is made where there is none yet."""
    environment = os.environ if environment is None else environment
    said = {setting.name: _said(setting, environment) for setting in SETTINGS}
    https = (said["https"] or "no").casefold()
    if https not in {"yes", "no"}:
        raise ChoiceError(f"POWERTHEFT_HTTPS is {https!r}", advice="Write yes or no.")
    secret_key = said["secret_key"] or _kept_secret(home.path / "keys" / "sessions.key")
    if len(secret_key) < SHORTEST_SECRET:
        msg = f"POWERTHEFT_SECRET_KEY has fewer than {SHORTEST_SECRET} characters"
        raise ChoiceError(msg, advice="Leave it out, and a good one is made and kept in the home folder.")
    hosts = tuple(name.strip() for name in (said["hosts"] or "").split(",") if name.strip())
    own = () if host in {"0.0.0.0", "::"} else ("localhost", "127.0.0.1", "[::1]", host)
    return WebSettings(secret_key, hosts or own, https == "yes")


def read_tracking(home: Home, environment: Mapping[str, str] | None = None) -> str | None:
    """Return the address at which trainings are mirrored, None where they are not to be."""
    environment = os.environ if environment is None else environment
    setting = next(one for one in SETTINGS if one.name == "tracking")
    said = _said(setting, environment) or f"sqlite:///{quote(str(home.tracking))}"
    if said.casefold() == "off":
        return None
    if not said.startswith(TRACKERS):
        # Not what was said: it may hold a password.
        advice = f"Write off, or an address that begins with {', '.join(TRACKERS)}."
        raise ChoiceError(f"{setting.variable} is no address of an MLflow server or database", advice=advice)
    return said


def read_number_grouping(environment: Mapping[str, str] | None = None) -> Grouping:
    """Return how numbers are to be written."""
    environment = os.environ if environment is None else environment
    setting = next(one for one in SETTINGS if one.name == "number_grouping")
    said = (_said(setting, environment) or setting.default).casefold()
    for grouping in GROUPINGS:
        if said == grouping:
            return grouping
    raise ChoiceError(f"{setting.variable} is {said!r}", advice=f"Write {' or '.join(GROUPINGS)}.")


def read_log(environment: Mapping[str, str] | None = None) -> LogKind:
    """Return how the service's lines are to be written."""
    environment = os.environ if environment is None else environment
    setting = next(one for one in SETTINGS if one.name == "log")
    said = (_said(setting, environment) or setting.default).casefold()
    for kind in LOG_KINDS:
        if said == kind:
            return kind
    raise ChoiceError(f"{setting.variable} is {said!r}", advice=f"Write one of {', '.join(LOG_KINDS)}.")


def read_address(environment: Mapping[str, str] | None = None) -> str:
    """Return the address at which people open the pages, without a slash at its end; nothing where it is not set.

    Examples
    --------
    >>> read_address({"POWERTHEFT_ADDRESS": "https://powertheft.example/"})
    'https://powertheft.example'
    """
    said = (_said_of("address", environment) or "").rstrip("/")
    if said and not said.startswith(("https://", "http://")):
        raise ChoiceError("POWERTHEFT_ADDRESS is no address", advice="Write it as in https://powertheft.example.")
    return said


def read_alert_urls(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return where alerts are sent. These are secrets: show and log no more than what kind of channel each is.

    Examples
    --------
    >>> len(read_alert_urls({"POWERTHEFT_ALERT_URLS": "json://localhost:9/a  mailto://ana:secret@mail.example"}))
    2
    """
    return tuple((_said_of("alert_urls", environment) or "").split())


def _said_of(name: str, environment: Mapping[str, str] | None) -> str | None:
    setting = next(one for one in SETTINGS if one.name == name)
    return _said(setting, os.environ if environment is None else environment)


def _kept_secret(file: Path) -> str:
    """Read the key of the sessions, for its owner alone; the first time it is made."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError):
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as opened:
                opened.write(secrets.token_urlsafe(48))
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        msg = "the key of the sessions cannot be read or made"
        raise InputError(
            msg, file=file, advice="See that you may write to the home folder, or delete the file."
        ) from error


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
