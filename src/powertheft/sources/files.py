"""Finding the files that a profile names, and the reader for each. Rule of the room: rename nothing.

The registry of formats is `READERS`, from a file's ending to its reader; there is no other.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import cast

import polars as pl

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata

Reader = Callable[[Path], tuple[pl.DataFrame, FileMetadata]]

READERS: dict[str, str] = {
    ".csv": "powertheft.sources.delimited.read_delimited",
    ".csv.gz": "powertheft.sources.delimited.read_delimited",
    ".csv.zst": "powertheft.sources.delimited.read_delimited",
    ".parquet": "powertheft.sources.parquet.read_parquet",
    ".parq": "powertheft.sources.parquet.read_parquet",
}

ANY = "*"


def locate(
    data: Path | Sequence[Path],
    stems: Sequence[str],
    *,
    optional: Collection[str] = (),
    profile: str = "",
) -> dict[str, Path]:
    """Return the file of each stem in a folder, or among the files given; "*" is the only file there.

    A stem in `optional` may have none. Raises InputError where a file is missing or a stem has two.
    """
    files = _readable_files([data] if isinstance(data, Path) else data)
    found: dict[str, Path] = {}
    for stem in dict.fromkeys([*stems, *optional]):
        matches = files if stem == ANY else [file for file in files if _stem(file) == stem.casefold()]
        if len(matches) > 1:
            _refuse_two(stem, matches, profile)
        if matches:
            found[stem] = matches[0]
        elif stem in stems:
            _refuse_none(stem, files, stems=stems, data=data, profile=profile)
    return found


def read_files(found: Mapping[str, Path]) -> dict[str, tuple[pl.DataFrame, FileMetadata]]:
    """Read every file that was located."""
    return {stem: read_file(path) for stem, path in found.items()}


def read_file(path: Path) -> tuple[pl.DataFrame, FileMetadata]:
    """Read one file with the reader of its ending."""
    ending = _ending(path)
    if ending is None:
        raise InputError("is of a kind that is not read here", file=path, advice=_endings_advice())
    module, _, name = READERS[ending].rpartition(".")
    reader = cast("Reader", getattr(import_module(module), name))
    return reader(path)


def _readable_files(data: Iterable[Path]) -> list[Path]:
    files: dict[Path, None] = {}
    for place in data:
        files.update(dict.fromkeys(_files_at(place)))
    return list(files)


def _files_at(place: Path) -> list[Path]:
    try:
        if place.is_dir():
            return sorted(file for file in place.iterdir() if _ending(file) and file.is_file())
        found = place.exists()
    except OSError as error:
        raise InputError(
            f"may not be opened ({error.strerror})", file=place, advice="Ask for the right to read it."
        ) from error
    if not found:
        raise InputError("no such file or folder", file=place, advice="Check the path for a slip.")
    if _ending(place) is None:
        raise InputError("is of a kind that is not read here", file=place, advice=_endings_advice())
    return [place]


def _ending(path: Path) -> str | None:
    name = path.name.casefold()
    return next((ending for ending in READERS if name.endswith(ending) and name != ending), None)


def _stem(path: Path) -> str:
    name = path.name.casefold()
    return name.removesuffix(_ending(path) or "")


def _endings_advice() -> str:
    return f"Give a file that ends in one of {', '.join(READERS)}."


def _refuse_two(stem: str, matches: Sequence[Path], profile: str) -> None:
    names = ", ".join(file.name for file in matches)
    if stem == ANY:
        what = f"the profile {profile or 'chosen'} reads one file, but there are {len(matches)}: {names}"
        raise InputError(what, file=matches[0].parent, advice="Give the file itself instead of its folder.")
    raise InputError(
        f"there are {len(matches)} files for {stem}: {names}",
        file=matches[0].parent,
        advice="Move all but one away, or give the files themselves.",
    )


def _refuse_none(
    stem: str, files: Sequence[Path], *, stems: Sequence[str], data: Path | Sequence[Path], profile: str
) -> None:
    there = f"there is {', '.join(file.name for file in files)}" if files else "there is no file that can be read"
    whose = f"the profile {profile}" if profile else "the profile"
    wanted = "one file" if stem == ANY else f"a file {stem} ({', '.join(f'{stem}{ending}' for ending in READERS)})"
    all_stems = "" if stem == ANY or len(stems) == 1 else f"; in all it reads {', '.join(stems)}"
    raise InputError(
        f"{whose} expects {wanted}{all_stems}, but {there}",
        file=data if isinstance(data, Path) else None,
        advice="Is this the right folder, and the right profile? A file of another name needs a profile that names it.",
    )
