"""What a use case of datasets is given: where things lie, who acts, the store. Rule of the room: compute nothing."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from powertheft.actions.ports import RegisteredVersion, Store
from powertheft.datasets.reading import Version, read_version
from powertheft.domain.errors import InputError
from powertheft.domain.folders import locked_folder, remove_unfinished
from powertheft.privacy.keys import Key, make_key, read_key
from powertheft.privacy.vault import Vault
from powertheft.settings import Home


@dataclass(frozen=True, slots=True)
class House:
    """The home folder, the store that is open on it, and the actor: for now the user of the operating system."""

    home: Home
    store: Store
    actor: str

    def key(self) -> Key:
        """Return the key of the pseudonyms; the first time it is made."""
        return read_key(self.home.key_file) if self.home.key_file.exists() else make_key(self.home.key_file)

    def vault(self) -> Vault:
        """Return the vault, opened with the key."""
        return Vault(self.home.vault, self.key())

    def registered(self, reference: str) -> RegisteredVersion:
        """Return the version that NAME or NAME@number names."""
        name, number = split_reference(reference)
        with self.store.begin(self.actor) as work:
            return work.datasets.get_version(name, number)

    def version(self, reference: str, *, verify: bool = False) -> Version:
        """Read the version that NAME or NAME@number names."""
        return read_version(self.folder_of(self.registered(reference)), verify=verify)

    def named_version(self, reference: str) -> Version | None:
        """Read the version that NAME or NAME@number names; None where there is no dataset of that name."""
        name, _ = split_reference(reference)
        with self.store.begin(self.actor) as work:
            known = name in work.datasets.list_datasets()
        return self.version(reference) if known else None

    def folder_of(self, registered: RegisteredVersion) -> Path:
        """Return where a version lies: below the home, wherever that has been moved to."""
        return self.home.datasets / registered.folder

    @contextmanager
    def scratch(self) -> Generator[Path, None, None]:
        """Give a folder for what is thrown away, and remove what commands that were killed have left there.

        It holds files as a utility sent them, names and all, so nothing of it may stay.
        """
        self.home.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        remove_unfinished(self.home.scratch)
        with locked_folder(self.home.scratch / "work") as folder:
            yield folder


def split_reference(reference: str) -> tuple[str, int | None]:
    """Return the name and the number of NAME or NAME@number.

    Examples
    --------
    >>> split_reference("bills@3"), split_reference("bills")
    (('bills', 3), ('bills', None))
    """
    name, at, number = reference.partition("@")
    if at and not number.isdigit():
        raise InputError(f"{reference!r} names no version", advice="Write NAME, or NAME@2 for the second version.")
    return name, int(number) if at else None
