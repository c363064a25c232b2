"""What a use case of datasets is given: where things lie, who acts, the store. Rule of the room: compute nothing."""

import fcntl
import os
import re
import secrets
from collections.abc import Callable, Collection, Generator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from powertheft.actions.loop_ports import ExperimentTracker, Messenger
from powertheft.actions.ports import Json, RegisteredVersion, Store, UnitOfWork
from powertheft.datasets.reading import Version, read_version
from powertheft.domain.errors import InputError
from powertheft.domain.folders import locked_folder, remove_folder, remove_unfinished
from powertheft.domain.permissions import Actor, Permission, check_can
from powertheft.privacy.keys import Key, make_key, read_key
from powertheft.privacy.vault import Vault
from powertheft.settings import Home

PENDING = ".pending"
EXPLORATIONS = "explorations"
"""Where the sums lie that looking at a version needs, below the home."""

EVERY = 2**31 - 1
REFERENCE = re.compile(r"\w[\w.-]*(@\d+)?")


Settle = Callable[[UnitOfWork, Json], None]


def _settle_nothing(_work: UnitOfWork, _result: Json) -> None:
    """Nobody waits for the result of this use case but its caller."""


@dataclass(frozen=True, slots=True)
class House:
    """The home folder, the store that is open on it, and the actor: who asks for what is done.

    `settle` is called with the result in the transaction that registers it. Where a job asked for it, that sets the
    job down as done: both become true together, or, where the job was lost to another worker, neither does.
    `tracker` mirrors trainings, where they are mirrored.
    """

    home: Home
    store: Store
    actor: Actor
    settle: Settle = _settle_nothing
    # How people outside are told; the worker has one, nobody else needs it.
    messenger: Messenger | None = None
    tracker: ExperimentTracker | None = None

    def check(self, permission: Permission) -> None:
        """Refuse what the actor may not do."""
        check_can(self.actor, permission)

    def for_actor(self, actor: Actor) -> "House":
        """Return the same house for somebody else."""
        return replace(self, actor=actor)

    def for_job(self, actor: Actor, settle: Settle) -> "House":
        """Return the same house for a job of somebody's."""
        return replace(self, actor=actor, settle=settle)

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction of the actor's: committed where the block ends well, rolled back where it raises."""
        return self.store.begin(self.actor.name)

    def read(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that only reads: it waits for nobody who writes, and nobody waits for it."""
        return self.store.read(self.actor.name)

    def key(self) -> Key:
        """Return the key of the pseudonyms; the first time it is made."""
        return read_key(self.home.key_file) if self.home.key_file.exists() else make_key(self.home.key_file)

    def vault(self) -> Vault:
        """Return the vault, opened with the key."""
        return Vault(self.home.vault, self.key())

    def registered(self, reference: str) -> RegisteredVersion:
        """Return the version that NAME or NAME@number names."""
        name, number = split_reference(reference)
        with self.read() as work:
            return work.datasets.get_version(name, number)

    def version(self, reference: str, *, verify: bool = False) -> Version:
        """Read the version that NAME or NAME@number names."""
        return read_version(self.folder_of(self.registered(reference)), verify=verify)

    def last_version(self, name: str) -> Version | None:
        """Read the last version of a dataset, None where there is no such dataset yet."""
        with self.read() as work:
            exists = name in work.datasets.list_datasets()
        return self.version(name) if exists else None

    def named_version(self, reference: str) -> Version:
        """Read the version that a word names which is no file; refuse it where it is no dataset either."""
        name, _ = split_reference(reference)
        with self.read() as work:
            known = work.datasets.list_datasets()
        if name not in known:
            advice = f"The datasets are: {', '.join(known)}." if known else "Check the path for a slip."
            raise InputError("no such file or folder, and no dataset of this name", file=reference, advice=advice)
        return self.version(reference)

    def folder_of(self, registered: RegisteredVersion) -> Path:
        """Return where a version lies: below the home, wherever that has been moved to."""
        return self.home.datasets / registered.folder

    def new_version(self, dataset: str) -> AbstractContextManager[Path]:
        """Give the folder, as the register names it, that a version is written to and registered under in the block.

        Where the block ends without a register that knows it, the folder goes again: now, or, where this process is
        killed, with the next command. Until then a file beside it, locked as long as this process lives, says so.
        """
        return self._pending(self.home.datasets, f"{dataset}/v-{secrets.token_hex(4)}")

    def new_model(self, model: str) -> AbstractContextManager[Path]:
        """Give the folder that a model version is written to and registered under; else it goes again, as above."""
        return self._pending(self.home.models, f"{model}/v-{secrets.token_hex(4)}")

    def new_scoring(self) -> AbstractContextManager[Path]:
        """Give the folder that a scoring is written to and registered under; else it goes again, as above."""
        return self._pending(self.home.scorings, f"s-{secrets.token_hex(4)}")

    @contextmanager
    def _pending(self, root: Path, name: str) -> Generator[Path, None, None]:
        folder = root / name
        pending = folder.with_name(f".{folder.name}{PENDING}")
        pending.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(pending, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        try:
            yield Path(name)
        finally:
            self._settle(root, pending)
            os.close(handle)

    def tidy(self) -> None:
        """Remove what killed commands have left: folders that no register knows, deleted ones, scratch."""
        remove_unfinished(self.home.scratch)
        for folder in (self.home.path / EXPLORATIONS).glob("*/*"):
            remove_unfinished(folder)
        for root in (self.home.datasets, self.home.models, self.home.scorings):
            within = [root, *sorted(root.iterdir())] if root.is_dir() else []
            for parent in (one for one in within if one.is_dir()):
                remove_unfinished(parent)
                for pending in parent.glob(f".?-*{PENDING}"):
                    with suppress(OSError), pending.open("r+b") as handle:
                        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                        self._settle(root, pending)
        for folder in self._folders(are_deleted=True):
            if folder.exists():
                remove_folder(folder)

    def _settle(self, root: Path, pending: Path) -> None:
        folder = pending.with_name(pending.name[1 : -len(PENDING)])
        if folder not in self._folders():
            # What its writer keeps beside it under its name (half a bundle, a search for settings) is nobody's either.
            for left in [*folder.parent.glob(f"{folder.name}*"), *folder.parent.glob(f".{folder.name}.*")]:
                if left.is_dir():
                    remove_folder(left)
        pending.unlink(missing_ok=True)
        if folder.parent != root:
            with suppress(OSError):
                folder.parent.rmdir()

    def _folders(self, *, are_deleted: bool = False) -> Collection[Path]:
        """Return the folders that a register knows, or those of them that it knows as deleted."""
        with self.read() as work:
            versions = [
                (self.folder_of(version), version.deleted_at)
                for dataset in self._dataset_folders()
                for version in work.datasets.list_versions(dataset, with_deleted=True)
            ]
            models = work.models.list_versions(with_deleted=True)
            scorings = work.scorings.list_scorings(with_deleted=True, last=EVERY)
        known = [
            *versions,
            *((self.home.models / one.folder, one.deleted_at) for one in models),
            *((self.home.scorings / one.folder, one.deleted_at) for one in scorings),
        ]
        return {folder for folder, deleted_at in known if not are_deleted or deleted_at is not None}

    def _dataset_folders(self) -> list[str]:
        """Return the names of datasets that have a folder: of one whose versions are all deleted, only that is left."""
        there = self.home.datasets
        return [folder.name for folder in there.iterdir() if folder.is_dir()] if there.is_dir() else []

    @contextmanager
    def scratch(self) -> Generator[Path, None, None]:
        """Give a folder for what is thrown away: files as a utility sent them, names and all. Nothing of it stays."""
        self.home.scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        with locked_folder(self.home.scratch / "work") as folder:
            yield folder


def names_dataset(word: str) -> bool:
    """Whether a word may name a version of a dataset: it is of the form NAME[@VERSION], and no file's or folder's."""
    return REFERENCE.fullmatch(word) is not None and not Path(word).exists()


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
