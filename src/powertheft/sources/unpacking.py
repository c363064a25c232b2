"""Compressed files, unpacked into scratch with a bound on what comes out. Rule of the room: rename nothing."""

import lzma
import zipfile
import zlib
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

import pyarrow as pa

from powertheft.domain.errors import InputError
from powertheft.sources.limits import CHUNK, GIB, MOST_BYTES, MOST_MEMBERS, MOST_RATIO, RATIO_FROM
from powertheft.sources.opened import Found

COMPRESSIONS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
PACKED = (".gz", ".zst")
ARCHIVES = (".zip", ".gz", ".zst", ".7z", ".rar", ".tar", ".bz2", ".xz")
JUNK = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")


class Readable(Protocol):
    """What gives bytes."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes."""
        ...


class Bound:
    """Counts what comes out of a packed file, and refuses when it is more than any export is."""

    def __init__(self, found: Found, packed: int) -> None:
        self._found, self._packed, self._total = found, max(packed, 1), 0

    def count(self, size: int) -> None:
        """Take note of so many bytes more."""
        self._total += size
        advice = "It is damaged, or a trap. Unpack it yourself and give the file inside."
        if self._total > MOST_BYTES:
            raise self._found.refusal(f"expands to more than {MOST_BYTES // GIB} GiB", advice)
        if self._total > RATIO_FROM and self._total > MOST_RATIO * self._packed:
            raise self._found.refusal(f"expands to more than {MOST_RATIO} times its size", advice)


def compression_of(path: Path) -> str | None:
    """Return how a file is compressed, by its first bytes."""
    with path.open("rb") as stream:
        head = stream.read(4)
    return next((name for magic, name in COMPRESSIONS.items() if head.startswith(magic)), None)


def unpack(found: Found) -> Found:
    """Return the file with its bytes unpacked; as it is, where it is not compressed."""
    compression = compression_of(found.path)
    if compression is None:
        return found
    name = found.name
    for ending in PACKED:
        name = name[: -len(ending)] if name.casefold().endswith(ending) else name
    target = found.scratch.new("." + name.rsplit(".", 1)[-1])
    bound = Bound(found, found.path.stat().st_size)
    with _refusing_damage(found), pa.input_stream(str(found.path), compression=compression) as raw:
        copy_bounded(raw, target, bound=bound, found=found)
    return found.at(target, name)


def copy_bounded(source: Readable, target: Path, *, bound: Bound, found: Found) -> None:
    """Copy a stream into a file of ours, counting."""
    with found.scratch.writing():
        stream = target.open("wb")
    with stream:
        while chunk := source.read(CHUNK):
            bound.count(len(chunk))
            with found.scratch.writing():
                stream.write(chunk)


def unzip(found: Found, endings: Iterable[str]) -> list[Found]:
    """Return the members of a ZIP that end as files do that are read here, unpacked under names of our own."""
    bound = Bound(found, found.path.stat().st_size)
    members: list[Found] = []
    with _refusing_damage(found), zipfile.ZipFile(found.path) as archive:
        for info in _members(found, archive, tuple(endings)):
            name = PurePosixPath(info.filename.replace("\\", "/")).name
            target = found.scratch.new("." + name.rsplit(".", 1)[-1].casefold())
            with archive.open(info) as source:
                copy_bounded(source, target, bound=bound, found=found)
            member = found.at(target, name)
            members.append(_labelled(member, f"{found.label}/{name}"))
    return members


def _labelled(found: Found, label: str) -> Found:
    return Found(found.path, label, found.name, found.scratch, found.sheet, found.strict, found.parameters)


def _members(found: Found, archive: zipfile.ZipFile, endings: tuple[str, ...]) -> list[zipfile.ZipInfo]:
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_junk(info.filename)]
    if len(infos) > MOST_MEMBERS:
        raise found.refusal(f"holds more than {MOST_MEMBERS:,} files", "Unpack it yourself and give the files.")
    names = [info.filename.casefold() for info in infos]
    nested = next((info.filename for info, name in zip(infos, names, strict=True) if name.endswith(ARCHIVES)), None)
    if nested is not None:
        inner = PurePosixPath(nested).name
        raise found.refusal(
            f"holds a packed file in its turn ({inner})", "Unpack it yourself and give the files inside."
        )
    wanted = [info for info, name in zip(infos, names, strict=True) if name.endswith(endings)]
    if not wanted:
        raise found.refusal("holds no file that can be read", f"It must hold files that end in {', '.join(endings)}.")
    if any(info.flag_bits & 1 for info in wanted):
        raise found.refusal("is locked with a password", "Unpack it yourself and give the files inside.")
    return sorted(wanted, key=lambda info: info.filename)


def _is_junk(name: str) -> bool:
    return any(junk in name.casefold() for junk in JUNK)


@contextmanager
def _refusing_damage(found: Found) -> Generator[None, None, None]:
    try:
        yield
    except InputError:
        raise
    except zipfile.BadZipFile as error:
        raise found.refusal("is a ZIP file that is cut short or damaged", "Copy it again, in full.") from error
    except NotImplementedError as error:
        raise found.refusal("is packed in a way that is not read here", "Pack it again as a plain ZIP.") from error
    except (OSError, EOFError, zlib.error, lzma.LZMAError, pa.ArrowException, ValueError, RuntimeError) as error:
        what = "is a compressed file that is cut short or damaged"
        raise found.refusal(what, "Copy it again, in full.") from error
