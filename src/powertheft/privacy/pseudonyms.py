"""A name for every consumer that says nothing, and is the same in every file.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

import hashlib
from collections.abc import Callable

import polars as pl

from powertheft.privacy.keys import Key
from powertheft.privacy.thresholds import PSEUDONYM_DIGITS

PURPOSE = "powertheft pseudonyms 1"
CONSUMER = "consumer"
# About 100 MB. What would grow beyond is begun anew, which costs time and changes nothing.
MOST_KEPT = 1_000_000
_VALUE, _NAME = "value", "name"
_NOBODY = pl.DataFrame(schema={_VALUE: pl.String, _NAME: pl.String})

_BLOCK = hashlib.sha256().block_size


class Pseudonyms:
    """HMAC-SHA-256 of a kind and a value, cut to 128 bits: without the key, trying every number leads nowhere.

    >>> Pseudonyms(Key(bytes(32))).of(pl.Series(["04-123-001", None])).to_list()
    ['0d4491981eeb90401023c51fa7f7b865', None]
    """

    def __init__(self, key: Key) -> None:
        self.key_id = key.key_id
        self._key = key.derived(PURPOSE)
        self._known: dict[str, pl.DataFrame] = {}

    def of(self, series: pl.Series, kind: str = CONSUMER) -> pl.Series:
        """Return for every value 32 hexadecimal digits; a missing one stays missing."""
        values = _as_text(series).alias(_VALUE).to_frame()
        known = self._known.get(kind, _NOBODY)
        named = values.join(known, on=_VALUE, how="left", maintain_order="left")
        new = named.filter(pl.col(_NAME).is_null() & pl.col(_VALUE).is_not_null())[_VALUE].unique()
        if len(new):
            name = _named(self._key, kind)
            added = pl.DataFrame({_VALUE: new, _NAME: list(map(name, new.to_list()))}, schema=_NOBODY.schema)
            known = pl.concat((known, added))
            named = values.join(known, on=_VALUE, how="left", maintain_order="left")
            self._known[kind] = known if known.height <= MOST_KEPT else added.head(MOST_KEPT)
        return named[_NAME].alias(series.name)

    def one(self, value: str, kind: str = CONSUMER) -> str:
        """Return the pseudonym of one value."""
        return _named(self._key, kind)(value)


def _named(key: bytes, kind: str) -> Callable[[str], str]:
    """Return the HMAC of one kind with its key worked in beforehand: a third of the time of one call to hmac each."""
    block = key.ljust(_BLOCK, b"\0")
    begun_inside = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + kind.encode() + b"\0").copy
    begun_outside = hashlib.sha256(bytes(byte ^ 0x5C for byte in block)).copy

    def name(value: str) -> str:
        inside = begun_inside()
        inside.update(value.encode())
        outside = begun_outside()
        outside.update(inside.digest())
        return outside.hexdigest()[:PSEUDONYM_DIGITS]

    return name


def _as_text(series: pl.Series) -> pl.Series:
    if series.dtype.is_float():
        # A workbook or a database may hold the numbers of connections as 4123001.0; a text file holds 4123001.
        whole = series.cast(pl.Int64, strict=False)
        if ((whole.cast(pl.Float64) == series.cast(pl.Float64)) | series.is_null()).all():
            return whole.cast(pl.String)
    return series.cast(pl.String)
