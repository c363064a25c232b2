"""Photos of a visit, kept in the home folder and shown to whoever may see the case. Rule of the room: compute nothing.

A photo is drawn anew without what the phone wrote into it (place, time, owner): nothing of the file that came in stays.
"""

import hashlib
import io
import warnings
from pathlib import Path

from PIL import Image, ImageOps

from powertheft.actions.house import House
from powertheft.actions.inspections import get_case, list_history
from powertheft.domain.errors import ChoiceError
from powertheft.writing.whole import write_whole

LARGEST_PHOTO = 12_000_000
"""Bytes of a photo as it comes in: what a phone of today makes."""

MOST_PIXELS = 60_000_000
LONGEST_SIDE = 2048
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")


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


def read_photo(house: House, number: int, name: str) -> bytes:
    """Return a photo of a case, of what is recorded now or was before a correction."""
    house.check("inspection.read")
    known = {photo for step in list_history(house, number) for photo in step.details.get("photos", ())}
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
    return house.home.path / "inspections" / f"case-{number:06}"
