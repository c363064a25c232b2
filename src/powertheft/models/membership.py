"""Which consumers a model was fitted to, without their numbers. Rule of the room: the scikit-learn contract.

A model must not be judged on consumers it has seen. It keeps a keyed hash of each, so that it can recognise a number
that it is shown but gives none away to a reader of the file who does not already have the numbers to try.
"""

import hmac
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import BundleError
from powertheft.evaluation.splits import texts_of

KEY_BYTES = 32
MARK_BYTES = 12
_MAGIC = b"powertheft used consumers 1\n"


@dataclass(frozen=True, slots=True)
class Membership:
    """The consumers used in fitting: a key, and the first 12 bytes of each number's HMAC-SHA-256 under it.

    Examples
    --------
    >>> used = Membership.of(["04-123-001", "04-123-002"])
    >>> used.was_used(["04-123-002", "04-999-999"]).tolist(), len(used)
    ([True, False], 2)
    """

    key: bytes
    marks: frozenset[bytes]

    @classmethod
    def of(cls, consumer_ids: Iterable[object], *, key: bytes | None = None) -> Self:
        """Return the membership of these consumers, under a new random key unless one is given."""
        key = key or secrets.token_bytes(KEY_BYTES)
        return cls(key, frozenset(_marks(key, consumer_ids)))

    def __len__(self) -> int:
        return len(self.marks)

    def was_used(self, consumer_ids: Iterable[object]) -> npt.NDArray[np.bool_]:
        """Return for each number, shape (n_consumers,), whether the model was fitted to that consumer."""
        return np.fromiter((mark in self.marks for mark in _marks(self.key, consumer_ids)), dtype=np.bool_)

    def to_bytes(self) -> bytes:
        """Return the file: a heading, the key, and the marks in rising order."""
        return b"".join([_MAGIC, self.key, *sorted(self.marks)])

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Return the membership that `to_bytes` wrote.

        Raises
        ------
        BundleError
            If it is not such a file.
        """
        start = len(_MAGIC) + KEY_BYTES
        if not data.startswith(_MAGIC) or len(data) < start or (len(data) - start) % MARK_BYTES:
            msg = "the list of consumers used in fitting cannot be read"
            raise BundleError(msg, advice="Train the model again.")
        marks = (data[place : place + MARK_BYTES] for place in range(start, len(data), MARK_BYTES))
        return cls(data[len(_MAGIC) : start], frozenset(marks))


def _marks(key: bytes, consumer_ids: Iterable[object]) -> Iterable[bytes]:
    return (hmac.digest(key, text.encode(), "sha256")[:MARK_BYTES] for text in texts_of(consumer_ids))
