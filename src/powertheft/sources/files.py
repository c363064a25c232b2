"""Finding the files that a profile names, and reading them whole: the direct path of a command.

Rule of the room: rename nothing. The registry of formats is `READERS` in endings.py.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from powertheft.domain.errors import InputError
from powertheft.domain.files import FileMetadata
from powertheft.sources.endings import READERS, without_ending
from powertheft.sources.families import base_of, order_of
from powertheft.sources.opening import open_found
from powertheft.sources.places import files_at, found_at, split_sheet
from powertheft.sources.scratch import Scratch
from powertheft.sources.tables import tables_of

ANY = "*"
STRICT = True
"""Whether a command refuses text in UTF-16 and Windows-1252, which an import reads."""

Located = Path | tuple[Path, ...]
"""A file, or the files that are one table."""


def locate(
    data: Path | Sequence[Path],
    stems: Sequence[str],
    *,
    optional: Collection[str] = (),
    profile: str = "",
) -> dict[str, Located]:
    """Return the file of each stem in a folder, or among the files given; "*" is the only file there.

    A stem in `optional` may have none. Raises InputError where a file is missing or a stem has two.
    """
    files = _readable_files([data] if isinstance(data, Path) else data)
    found: dict[str, Located] = {}
    for stem in dict.fromkeys([*stems, *optional]):
        matches = files if stem == ANY else [file for file in files if _stem(file) == stem.casefold()]
        if len(matches) > 1:
            _refuse_two(stem, matches, profile)
        if matches:
            found[stem] = matches[0]
        elif several := _family(stem, files):
            found[stem] = several[0] if len(several) == 1 else tuple(several)
        elif stem in stems:
            _refuse_none(stem, files, stems=stems, data=data, profile=profile)
    return found


def read_files(found: Mapping[str, Located]) -> dict[str, tuple[pl.DataFrame, FileMetadata]]:
    """Read every file that was located."""
    return {stem: read_file(path) for stem, path in found.items()}


def read_file(path: Located) -> tuple[pl.DataFrame, FileMetadata]:
    """Read one file, or the files that are one table, with the reader of its ending."""
    scratch = Scratch()
    try:
        paths = [path] if isinstance(path, Path) else path
        opened = [pair for one in paths for pair in open_found(found_at(one, scratch, strict=STRICT))]
        tables = tables_of(opened)
        if len(tables) > 1:
            names = ", ".join(table.parts[0].name for table in tables)
            advice = "Unpack it and give the files, or the folder."
            raise InputError(f"holds {len(tables)} tables where one is wanted: {names}", file=paths[0], advice=advice)
        return tables[0].frame.collect(engine="streaming"), tables[0].metadata
    finally:
        scratch.remove()


def _readable_files(data: Iterable[Path]) -> list[Path]:
    files: dict[Path, None] = {}
    for place in data:
        files.update(dict.fromkeys(files_at(place)))
    return list(files)


def _stem(path: Path) -> str:
    return without_ending(split_sheet(path)[0].name)


def _family(stem: str, files: Sequence[Path]) -> list[Path]:
    """Return the files of a table that is kept in several, `bills_2024_01.csv` and so on, in their order."""
    members = [file for file in files if _stem(file) != base_of(_stem(file)) == stem.casefold()]
    return sorted(members, key=lambda file: order_of(file.name))


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
