"""Photos of a visit, kept in the home folder and shown to whoever may see the case. Rule of the room: compute nothing.

A photo is drawn anew without what the phone wrote into it (place, time, owner): nothing of the file that came in stays.
"""

import hashlib
import io
import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from PIL import Image, ImageOps

from powertheft.actions.house import EVERY, House
from powertheft.actions.inspections import get_case, list_history
from powertheft.domain.errors import ChoiceError
from powertheft.domain.inspections import CaseStep
from powertheft.writing.whole import write_whole

LARGEST_PHOTO = 12_000_000
"""Bytes of a photo as it comes in: what a phone of today makes."""

MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2048
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
PHOTOS = "inspections"
"""Where the photos lie below the home, a folder a case."""
KEPT = timedelta(days=7)
"""How long a photo may wait for its outcome."""
PHOTO = re.compile(r"[0-9a-f]{24}\.jpg")


def add_photo(house: House, number: int, content: bytes) -> str:
    """Keep a photo of a case and return its name, which a finding then holds."""
    house.check("inspection.record")
    get_case(house, number)
    drawn = drawn_anew(content)
    name = f"{hashlib.sha256(drawn).hexdigest()[:24]}.jpg"
    folder = _folder(house, number)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / name).exists():
        write_whole({folder / name: lambda place: place.write_bytes(drawn)})
    return name


def photos_there(house: House, number: int, names: Sequence[str]) -> list[str]:
    """Return those of some names that are photos of a case which were kept."""
    house.check("inspection.record")
    get_case(house, number)
    return [name for name in names if PHOTO.fullmatch(name) and (_folder(house, number) / name).is_file()]


def remove_stray_photos(house: House, *, now: datetime | None = None) -> int:
    """Remove photos that no case has come to hold within a week, and return how many.

    One comes in before its outcome is recorded, so that it is there while something else of the form is mended; who
    gives up leaves it behind. What was recorded, be it corrected since, stays.
    """
    house.check("inspection.record")
    root, before = house.home.path / PHOTOS, ((now or datetime.now(UTC)) - KEPT).timestamp()
    old = [file for file in root.glob("case-*/*.jpg") if file.stat().st_mtime < before] if root.is_dir() else []
    if not old:
        return 0
    with house.read() as work:
        cases = {case.number: case for case in work.inspections.list_cases(last=EVERY)}
        found = {number: set(case.finding.photos if case.finding else ()) for number, case in cases.items()}
        strays = [file for file in old if file.name not in found.get(_number_of(file), set())]
        for number in {_number_of(file) for file in strays} & set(cases):
            found[number] |= _photos_of(work.inspections.list_history(number))
    strays = [file for file in strays if file.name not in found.get(_number_of(file), set())]
    for file in strays:
        file.unlink(missing_ok=True)
        with suppress(OSError):  # others lie beside it
            file.parent.rmdir()
    return len(strays)


def read_photo(house: House, number: int, name: str) -> bytes:
    """Return a photo of a case, of what is recorded now or was before a correction."""
    house.check("inspection.read")
    known = _photos_of(list_history(house, number))
    path = _folder(house, number) / name
    if name not in known or not path.is_file():
        raise ChoiceError(f"case {number} has no such photo", advice="Open the case again.")
    return path.read_bytes()


def drawn_anew(content: bytes) -> bytes:
    """Return a photo as JPEG, upright and at most 2048 pixels long, with nothing in it but the picture."""
    if len(content) > LARGEST_PHOTO:
        raise _refused("the photo has more than 12 MB", "Take it with a smaller size set in the camera.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise _refused("the photo has more than 60 million pixels", "Take it with a smaller size.")
                picture = ImageOps.exif_transpose(opened).convert("RGB")
    # Whatever a damaged or made-up file does to a decoder: it is no photo.
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise _refused("the file is no photo that can be read", "Take a JPEG, PNG or WebP picture.") from error
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    bare = Image.frombytes("RGB", picture.size, picture.tobytes())
    made = io.BytesIO()
    bare.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


def _refused(what: str, advice: str) -> ChoiceError:
    return ChoiceError(what, column="photos", advice=advice)


def _folder(house: House, number: int) -> Path:
    return house.home.path / PHOTOS / f"case-{number:06}"


def _number_of(file: Path) -> int:
    digits = file.parent.name.removeprefix("case-")
    return int(digits) if digits.isdigit() else 0


def _photos_of(history: Sequence[CaseStep]) -> set[str]:
    return {photo for step in history for photo in step.details.get("photos", ())}
