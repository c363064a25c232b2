"""From what a person names (files, folders, addresses) to the files behind it. Rule of the room: rename nothing."""

import os
from collections.abc import Iterable
from pathlib import Path

from powertheft.domain.errors import InputError
from powertheft.sources.addresses import BUCKETS, SQL, scheme_of, shown
from powertheft.sources.endings import ENDINGS, endings_advice, is_data, without_ending
from powertheft.sources.opened import Found
from powertheft.sources.scratch import Scratch


def split_sheet(place: Path) -> tuple[Path, str]:
    """Return a workbook and the sheet named behind the #, if one is."""
    if "#" not in place.name:
        return place, ""
    try:
        if place.exists():
            return place, ""
    except OSError:
        return place, ""
    name, _, sheet = place.name.rpartition("#")
    return place.with_name(name) if name else place, sheet


def files_at(place: Path) -> list[Path]:
    """Return the files of a folder that are read here, or the file itself."""
    path, _ = split_sheet(place)
    try:
        if path.is_dir():
            return sorted(file for file in path.iterdir() if file.is_file() and is_data(file))
        found = path.exists()
    except OSError as error:
        raise InputError(
            f"may not be opened ({error.strerror})", file=place, advice="Ask for the right to read it."
        ) from error
    if not found:
        raise InputError("no such file or folder", file=place, advice="Check the path for a slip.")
    if not is_data(path, named=True):
        raise InputError("is of a kind that is not read here", file=place, advice=endings_advice())
    return [place]


def absolute(place: str) -> str:
    """Return a place as it is found from any folder; an address is that already."""
    return place if scheme_of(place) else os.path.abspath(place)  # noqa: PTH100 a link must stay the place named


def found_at(place: Path, scratch: Scratch, *, strict: bool = False) -> Found:
    """Return one file as what a reader opens."""
    path, sheet = split_sheet(place)
    return Found(path, str(place), path.name, scratch, sheet=sheet, strict=strict)


def find_all(places: Iterable[Path | str], scratch: Scratch, parameters: dict[str, object]) -> list[Found]:
    """Return every file behind the places, those of buckets copied; a database's is its address."""
    found: list[Found] = []
    for place in places:
        scheme = scheme_of(str(place)) if isinstance(place, str) else ""
        if scheme in SQL:
            label = shown(str(place))
            found.append(Found(Path(str(place)), label, str(place), scratch, parameters=parameters))
        elif scheme in BUCKETS:
            found.extend(_fetched(str(place), scratch))
        elif scheme:
            what = "is an address of a kind that is not read here"
            kinds = ", ".join(f"{kind}://" for kind in (*BUCKETS, "postgresql", "mysql", "sqlite"))
            raise InputError(what, file=shown(str(place)), advice=f"There is {kinds}; else download it first.")
        else:
            found.extend(found_at(file, scratch) for file in files_at(Path(place)))
    return found


def _fetched(address: str, scratch: Scratch) -> list[Found]:
    # Late: object stores bring heavy libraries, which most runs do not need.
    from powertheft.sources.buckets import fetch

    place, _, sheet = address.partition("#")
    asked = Found(Path(place), shown(place), place, scratch, sheet=sheet)
    return fetch(asked, place, ENDINGS)


def table_stem(found: Found, label: str) -> str:
    """Return what a file's table is called: its name without its ending, or the table of a database."""
    if scheme_of(found.name) in SQL:
        place, _, fragment = label.partition("#")
        return fragment.rpartition(".")[2] or place.rsplit("/", 1)[-1]
    return without_ending(found.name)
