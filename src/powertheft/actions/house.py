"""What a use case of datasets is given: where things lie, who acts, the store. Rule of the room: compute nothing."""

import fcntl
import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from powertheft.actions.ports import RegisteredVersion, Store
from powertheft.datasets.reading import Version, read_version
from powertheft.domain.errors import InputError
from powertheft.domain.folders import locked_folder, remove_folder, remove_unfinished
from powertheft.privacy.keys import Key, make_key, read_key
from powertheft.privacy.vault import Vault
from powertheft.settings import Home

PENDING = ".pending"


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

    def last_version(self, name: str) -> Version | None:
        """Read the last version of a dataset, None where there is no such dataset yet."""
        with self.store.begin(self.actor) as work:
            exists = name in work.datasets.list_datasets()
        return self.version(name) if exists else None

    def named_version(self, reference: str) -> Version:
        """Read the version that a word names which is no file; refuse it where it is no dataset either."""
        name, _ = split_reference(reference)
        with self.store.begin(self.actor) as work:
            known = work.datasets.list_datasets()
        if name not in known:
            advice = f"The datasets are: {', '.join(known)}." if known else "Check the path for a slip."
            raise InputError("no such file or folder, and no dataset of this name", file=reference, advice=advice)
        return self.version(reference)

    def folder_of(self, registered: RegisteredVersion) -> Path:
        """Return where a version lies: below the home, wherever that has been moved to."""
        return self.home.datasets / registered.folder

    @contextmanager
    def new_version(self, dataset: str) -> Generator[Path, None, None]:
        """Give the folder, as the register names it, that a version is written to and registered under in the block.

        Where the block ends without a register that knows it, the folder goes again: now, or, where this process is
        killed, with the next command. Until then a file beside it, locked as long as this process lives, says so.
        """
        folder = Path(dataset) / f"v-{secrets.token_hex(4)}"
        pending = self.home.datasets / dataset / f".{folder.name}{PENDING}"
        pending.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(pending, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            self._settle(pending)
            os.close(handle)

    def tidy(self) -> None:
        """Remove what killed commands have left: versions that no register knows, deleted ones, scratch."""
        remove_unfinished(self.home.scratch)
        for dataset in sorted(self.home.datasets.iterdir()) if self.home.datasets.is_dir() else ():
            remove_unfinished(dataset)
            for pending in dataset.glob(f".v-*{PENDING}"):
                with suppress(OSError), pending.open("r+b") as handle:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    self._settle(pending)
            self._remove_deleted(dataset.name)

    def _settle(self, pending: Path) -> None:
        dataset, folder = pending.parent, pending.with_name(pending.name[1 : -len(PENDING)])
        place = folder.relative_to(self.home.datasets).as_posix()
        with self.store.begin(self.actor) as work:
            known = work.datasets.list_versions(dataset.name, with_deleted=True)
        if folder.exists() and place not in {version.folder for version in known}:
            remove_folder(folder)
        pending.unlink(missing_ok=True)
        with suppress(OSError):
            dataset.rmdir()

    def _remove_deleted(self, dataset: str) -> None:
        with self.store.begin(self.actor) as work:
            known = work.datasets.list_versions(dataset, with_deleted=True)
        for version in known:
            if version.deleted_at is not None and self.folder_of(version).exists():
                remove_folder(self.folder_of(version))

    @contextmanager
    def scratch(self) -> Generator[Path, None, None]:
        """Give a folder for what is thrown away: files as a utility sent them, names and all. Nothing of it stays."""
        self.home.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
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
