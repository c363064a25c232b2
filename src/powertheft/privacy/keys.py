"""The secret that makes pseudonyms: one file outside the data, and the keys that are derived from it.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

import base64
import binascii
import contextlib
import errno
import hashlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from powertheft.domain.errors import InputError, OutputError

KEY_BYTES = 32
KEY_ID_DIGITS = 8
_MOST_BYTES_OF_A_FILE = 200


@dataclass(frozen=True, slots=True)
class Key:
    """One secret of 32 bytes. Its text shows its id and never the secret."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            msg = f"a key has {KEY_BYTES} bytes, not {len(self.secret)}"
            raise ValueError(msg)

    @property
    def key_id(self) -> str:
        """Return what names the key without giving it away: the first 8 hexadecimal digits of its SHA-256."""
        return hashlib.sha256(self.secret).hexdigest()[:KEY_ID_DIGITS]

    def derived(self, purpose: str) -> bytes:
        """Return the 32 bytes of one purpose (HKDF-SHA-256), so that no two uses share a key."""
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=purpose.encode()).derive(self.secret)

    def __repr__(self) -> str:
        return f"Key({self.key_id})"


def make_key(path: Path) -> Key:
    """Write a new random key into a file that only its owner may read; an existing file is never overwritten."""
    key = Key(secrets.token_bytes(KEY_BYTES))
    text = base64.b64encode(key.secret) + b"\n"
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(partial, text)
        _put_in_place(partial, path)
        _sync(path.parent)
    except OSError as error:
        msg = f"the key cannot be written here ({error.strerror})"
        raise OutputError(msg, file=path, advice="Choose another place, or ask for permission.") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()
    return key


def read_key(path: Path) -> Key:
    """Return the key in a file, which nobody but its owner should be able to read."""
    try:
        with path.open("rb") as stream:
            _check_private(path, os.fstat(stream.fileno()).st_mode)
            text = stream.read(_MOST_BYTES_OF_A_FILE + 1)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        secret = base64.b64decode(text.strip(), validate=True)
        return Key(secret)
    except (binascii.Error, ValueError) as error:
        msg = f"is not a key: a key is {KEY_BYTES} bytes in base64, on one line"
        raise InputError(msg, file=path, advice="Name the file that powertheft wrote.") from error


def _check_private(path: Path, mode: int) -> None:
    # A secret that somebody else mounted for us (Docker, Kubernetes) cannot be changed by us and is theirs to protect.
    if mode & 0o077 and os.access(path, os.W_OK):
        msg = "others may read or write this key, and with it every pseudonym can be undone"
        raise InputError(msg, file=path, advice=f"Run: chmod 600 {path}")


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _put_in_place(partial: Path, path: Path) -> None:
    # A link fails where a file is, and appears with its content complete: two that start at once share no half key.
    try:
        os.link(partial, path)
    except FileExistsError as error:
        msg = "a key is here already, and whoever replaces it loses the way back to the consumers"
        raise OutputError(msg, file=path, advice="Choose another place, or rotate the key.") from error


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unreadable(path: Path, error: OSError) -> InputError:
    if error.errno == errno.ENOENT:
        advice = "Say where it is with POWERTHEFT_KEY_FILE, or make one."
        return InputError("there is no key here", file=path, advice=advice)
    msg = f"the key cannot be read ({error.strerror})"
    return InputError(msg, file=path, advice="Ask whoever keeps the key for permission.")
