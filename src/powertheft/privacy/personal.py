"""Finding what identifies a person, by the name of a column and by what is in it.

Where both speak, the values have the last word: PHONE_VERIFIED with Y and N is no telephone number.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from powertheft.privacy import contents
from powertheft.privacy.words import is_of_network, is_of_things, named_as

# Values of a column that are looked at for what needs many of them to be told.
SAMPLE = 5_000
# Of a column's values, at least so many must be what its name promises.
ENOUGH_BESIDE_NAME = 0.3
# Of a column whose name promises nothing, at least so many must look like it.
ENOUGH_ALONE = 0.5
# Values that are looked for within longer texts are unmistakable, but one may be chance.
FEWEST_WITHIN_TEXTS = 2
_WITHOUT_TEXT: tuple[pl.DataType, ...] = (pl.Boolean(), pl.Null())
LATITUDES, LONGITUDES = (6.0, 38.0), (68.0, 98.0)


@dataclass(frozen=True, slots=True)
class PersonalColumn:
    """A column that identifies people: what it holds, how that was told, and the share of its values that look so."""

    column: str
    what: str
    how: str
    share: float


def find_personal(frame: pl.DataFrame) -> list[PersonalColumn]:
    """Return the columns of a table that hold what identifies a person, in the table's order."""
    texts = {name: _texts(frame.get_column(name)) for name in frame.columns}
    positions = _positions(texts)
    found = (_judged(frame.get_column(name), texts[name], name in positions) for name in frame.columns)
    return [column for column in found if column is not None]


def _judged(column: pl.Series, texts: pl.Series, is_position: bool) -> PersonalColumn | None:
    promised = named_as(column.name)
    if promised is not None:
        if column.null_count() == len(column):
            return PersonalColumn(column.name, promised, "name", 0.0)
        if promised == "person" and column.dtype.is_temporal():
            return PersonalColumn(column.name, promised, "name", 1.0)
        share = _mean(_PLAUSIBLE[promised](texts))
        if share >= ENOUGH_BESIDE_NAME:
            return PersonalColumn(column.name, promised, "name and values", share)
    if is_position:
        return PersonalColumn(column.name, "coordinates", "values", 1.0)
    for what, look in _ALONE.items():
        if not texts.is_empty() and (share := look(texts, column.name)):
            return PersonalColumn(column.name, what, "values", share)
    return None


def _texts(column: pl.Series) -> pl.Series:
    """Return a column's values as text, none for a column of dates or yes and no."""
    if column.dtype.is_temporal() or column.dtype in _WITHOUT_TEXT or column.dtype.is_nested():
        return pl.Series(column.name, [], dtype=pl.String)
    values = column.drop_nulls()
    if column.dtype.is_float():
        values = values.filter(values.is_finite())
        whole = values.cast(pl.Int64, strict=False)
        if (whole.cast(pl.Float64) == values.cast(pl.Float64)).all():
            values = whole
    texts = values.cast(pl.String).str.strip_chars()
    return texts.filter(texts != "")


def _sample(texts: pl.Series) -> pl.Series:
    return texts.gather_every(max(1, len(texts) // SAMPLE)).unique(maintain_order=True)


def _mean(flags: pl.Series) -> float:
    return int(flags.sum()) / len(flags) if len(flags) else 0.0


def _positions(texts: dict[str, pl.Series]) -> set[str]:
    """Return the columns that are latitudes and longitudes, where a table has both."""
    samples = {name: _sample(values) for name, values in texts.items()}

    def within(limits: tuple[float, float]) -> set[str]:
        shares = {name: _mean(contents.degrees_between(values, *limits)) for name, values in samples.items()}
        return {name for name, share in shares.items() if share >= 0.8}

    north, east = within(LATITUDES), within(LONGITUDES)
    return north | east if north and east else set()


def _matching(pattern: str) -> Callable[[pl.Series], pl.Series]:
    return lambda texts: texts.str.contains(pattern)


def _named_people(texts: pl.Series) -> pl.Series:
    lettered = texts.str.contains(r"[^\W\d_]{2}")
    distinct = texts.n_unique()
    is_code_list = distinct <= 12 and distinct < 0.2 * len(texts) and texts.str.contains(r"^[ -~]+$").all()
    if is_code_list and _mean(contents.names_of_people(_sample(texts))[0]) < ENOUGH_BESIDE_NAME:
        return lettered & False
    return lettered


def _more_than_codes(texts: pl.Series) -> pl.Series:
    distinct = texts.n_unique()
    return pl.repeat(distinct > 3 or distinct > 0.2 * len(texts), len(texts), dtype=pl.Boolean, eager=True)


def _degrees(texts: pl.Series) -> pl.Series:
    return texts.str.contains(contents.POSITION) | texts.str.contains(r"^-?\d{1,3}\.\d{3,}$")


# Letters, the number of a door, or a PIN code.
_PART_OF_ADDRESS = r"[^\W\d_]{2}|^\d{1,4}[A-Za-z]?(?:[/-]\w+)*$|^[1-9]\d{2} ?\d{3}$"

_PLAUSIBLE: dict[str, Callable[[pl.Series], pl.Series]] = {
    "name": _named_people,
    "address": lambda texts: texts.str.contains(_PART_OF_ADDRESS) & _more_than_codes(texts),
    "phone": _matching(r"(?:[\dXx*][ -]?){6,}"),
    "e-mail": _matching("@"),
    "aadhaar": _matching(r"^[\dXx*]{4}[ -]?[\dXx*]{4}[ -]?\d{4}(?:[ -]?\d{4})?$"),
    "pan": _matching(r"^[A-ZX*]{3,5}[0-9X*]{3,5}[A-Z0-9X*]$|" + contents.PAN),
    "document": lambda texts: texts.str.contains(r"\d") & _more_than_codes(texts),
    "person": lambda texts: pl.repeat(True, len(texts), dtype=pl.Boolean, eager=True),
    "coordinates": _degrees,
}


def _within_texts(pattern: str) -> Callable[[pl.Series, str], float]:
    def look(texts: pl.Series, _: str) -> float:
        found = texts.str.contains(pattern)
        return _mean(found) if found.sum() >= min(FEWEST_WITHIN_TEXTS, len(texts)) else 0.0

    return look


def _aadhaar(texts: pl.Series, _: str) -> float:
    """Random numbers of twelve digits pass the check one time in ten, so most of the candidates must."""
    sample = _sample(texts)
    could, passing = contents.aadhaar_numbers(sample)
    if passing >= 3 and passing >= 0.6 * could and could >= 0.1 * len(sample):
        return could / len(sample)
    grouped = texts.str.extract(f"({contents.AADHAAR_GROUPED})").drop_nulls()
    could, passing = contents.aadhaar_numbers(grouped)
    return could / len(texts) if passing >= FEWEST_WITHIN_TEXTS and passing >= 0.6 * could else 0.0


def _phone(texts: pl.Series, header: str) -> float:
    written = _within_texts(contents.PHONE_AS_WRITTEN)(texts, header)
    if written:
        return written
    sample = _sample(texts)
    if _mean(sample.str.contains(contents.LANDLINE)) >= ENOUGH_ALONE:
        return _mean(sample.str.contains(contents.LANDLINE))
    bare = sample.filter(sample.str.contains(contents.PHONE_BARE)).str.slice(-10)
    if len(bare) < max(5, 0.9 * len(sample)) or is_of_things(header):
        return 0.0
    # Numbers that an office gives out share their beginning or follow each other; those of telephones do neither.
    beginnings = bare.str.slice(0, 2).value_counts(normalize=True, sort=True, name="share")
    is_spread = len(beginnings) >= min(8, len(bare) // 2) and beginnings.item(0, "share") <= 0.5
    leading = bare.str.slice(0, 1).n_unique()
    return len(bare) / len(sample) if is_spread and leading >= 3 and not bare.is_sorted() else 0.0


def _position(texts: pl.Series, _: str) -> float:
    share = _mean(_sample(texts).str.contains(contents.POSITION))
    return share if share >= ENOUGH_ALONE else 0.0


def _address(texts: pl.Series, header: str) -> float:
    if is_of_network(header):
        return 0.0
    sample = _sample(texts)
    share = _mean(contents.addresses(sample))
    return share if share >= ENOUGH_BESIDE_NAME and len(sample) >= min(3, len(texts)) else 0.0


def _name(texts: pl.Series, header: str) -> float:
    if is_of_network(header):
        return 0.0
    sample = _sample(texts)
    by_list, by_initial = contents.names_of_people(sample)
    either = _mean(by_list | by_initial)
    is_told = (_mean(by_list) >= 0.2 and either >= 0.4) or _mean(by_initial) >= 0.6
    return either if is_told and len(sample) >= 5 else 0.0


_ALONE: dict[str, Callable[[pl.Series, str], float]] = {
    "aadhaar": _aadhaar,
    "document": _within_texts(contents.GST_NUMBER),
    "pan": _within_texts(contents.PAN),
    "e-mail": _within_texts(contents.MAIL),
    "phone": _phone,
    "coordinates": _position,
    "address": _address,
    "name": _name,
}
