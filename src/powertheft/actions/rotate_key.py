"""Replace the key: every pseudonym changes, in the vault and in all datasets. Rule of the room: compute nothing.

Each step can be taken again, so a crash between two of them is mended by asking once more: the new key lies beside the
old one until the last step, which exchanges the two files. Of each dataset the last version is written anew; the older
ones are deleted, since whoever has the old key could still undo their pseudonyms.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import polars as pl

from powertheft.actions.house import House
from powertheft.actions.import_dataset import even_boundaries, register
from powertheft.actions.ports import RegisteredVersion
from powertheft.actions.progress import Progress, no_progress
from powertheft.datasets.partitioning import Partitioner
from powertheft.datasets.reading import read_version, remove_version
from powertheft.datasets.writing import write_version
from powertheft.domain.datasets import ManifestBase
from powertheft.domain.errors import InputError
from powertheft.domain.tables import SOURCE_ROW, TABLES
from powertheft.privacy.keys import Key, make_key, read_key
from powertheft.profiles.ordering import in_order

BESIDE = ".new"
CONSUMER = "consumer_id"
REASON = "the key was rotated"


def rotate_key(house: House, *, progress: Progress = no_progress) -> list[RegisteredVersion]:
    """Make a new key and write the last version of every dataset anew under it; return these versions."""
    house.check("key.rotate")
    old = read_key(house.home.key_file)
    beside = house.home.key_file.with_name(house.home.key_file.name + BESIDE)
    new = read_key(beside) if beside.exists() else make_key(beside)
    with house.scratch() as scratch:
        names = house.vault().renaming(old, new)
        with house.read() as work:
            latest = [work.datasets.get_version(name) for name in work.datasets.list_datasets()]
        written: list[RegisteredVersion] = []
        for place, version in enumerate(latest):
            progress(version.dataset, place / len(latest))
            is_done = version.key_id == new.key_id
            written.append(version if is_done else _renamed(house, version, names, new=new, scratch=scratch))
        for version in written:
            _forget_older(house, version)
    house.vault().rotate(old, new)
    beside.replace(house.home.key_file)
    with house.begin() as work:
        work.audit.record("key.rotated", new.key_id, {"from": old.key_id, "datasets": len(written)})
    return written


def _renamed(
    house: House, registered: RegisteredVersion, names: pl.DataFrame, *, new: Key, scratch: Path
) -> RegisteredVersion:
    before = read_version(house.folder_of(registered))
    rows = max(registered.rows.values(), default=0)
    partitioner = Partitioner(scratch / registered.dataset, even_boundaries(rows))
    for table, frame in before.tables.items():
        for batch in frame.collect_batches(maintain_order=True):
            partitioner.add(table, _with_new_names(batch, names))
    recipe = replace(before.manifest.recipe, key_id=new.key_id)
    with house.new_version(registered.dataset) as folder:
        manifest = write_version(
            house.home.datasets / folder,
            _in_order(partitioner),
            manifest_base=lambda: ManifestBase(recipe, before.quality, before.summary),
        )
        return register(house, registered.dataset, folder=folder, manifest=manifest)[0]


def _with_new_names(batch: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    if CONSUMER not in batch.columns:
        return batch
    found = batch[CONSUMER].to_frame("old").join(names, on="old", how="left", maintain_order="left")["new"]
    strange = found.null_count() - batch[CONSUMER].null_count()
    if strange:
        raise InputError(
            f"the vault does not know {strange:,} rows' consumers, so they cannot be given new pseudonyms",
            advice="Restore the vault that belongs to the datasets, or import the files again.",
        )
    return batch.with_columns(found.alias(CONSUMER))


def _in_order(partitioner: Partitioner) -> Iterator[Mapping[str, pl.DataFrame]]:
    for part in partitioner.parts():
        # Rows were numbered when they were read; the file's own rows are not known any more.
        yield {
            name: in_order(frame.with_columns(pl.lit(0).alias(SOURCE_ROW)), TABLES[name], has_own_sequence=True)
            for name, frame in part.items()
        }


def _forget_older(house: House, kept: RegisteredVersion) -> None:
    with house.begin() as work:
        older = [one for one in work.datasets.list_versions(kept.dataset) if one.number < kept.number]
        for version in older:
            work.datasets.delete_version(version.dataset, version.number, reason=REASON)
    for version in older:
        if house.folder_of(version).exists():
            remove_version(house.folder_of(version))
