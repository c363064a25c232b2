"""The key file: made once, private, and never shown."""

import base64
import hashlib
import os
import re
import stat

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from powertheft.domain.errors import InputError, OutputError
from powertheft.privacy.keys import KEY_BYTES, Key, make_key, read_key


def test_a_key_that_was_made_is_read_again_and_only_its_owner_may(tmp_path):
    path = tmp_path / "keys" / "pseudonyms.key"
    key = make_key(path)
    assert read_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(base64.b64decode(path.read_bytes())) == KEY_BYTES
    assert [found.name for found in path.parent.iterdir()] == ["pseudonyms.key"]


def test_two_keys_are_never_the_same(tmp_path):
    assert make_key(tmp_path / "a") != make_key(tmp_path / "b")


def test_a_key_is_not_overwritten(tmp_path):
    key = make_key(tmp_path / "key")
    with pytest.raises(OutputError, match="a key is here already"):
        make_key(tmp_path / "key")
    assert read_key(tmp_path / "key") == key
    assert [found.name for found in tmp_path.iterdir()] == ["key"]


def test_the_id_is_the_beginning_of_the_keys_sum_and_nothing_shows_the_key():
    key = Key(bytes(range(32)))
    assert key.key_id == hashlib.sha256(bytes(range(32))).hexdigest()[:8]
    assert repr(key) == str(key) == f"Key({key.key_id})"


def test_each_purpose_has_its_own_key_after_rfc_5869():
    # HKDF with an empty salt, by hand: extract with 32 zero bytes, then one block of expansion.
    secret, info = bytes(range(32)), b"vault"
    extracted = _hmac(bytes(32), secret)
    assert Key(secret).derived("vault") == _hmac(extracted, info + b"\x01")
    assert Key(secret).derived("pseudonyms") != Key(secret).derived("vault")
    AESGCM(Key(secret).derived("vault"))


def _hmac(key: bytes, message: bytes) -> bytes:
    block = key.ljust(64, b"\0")
    inside = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + message).digest()
    return hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inside).digest()


@pytest.mark.parametrize("content", [b"", b"hello", b"!!!!", base64.b64encode(b"short"), b"A" * 4_000, b"\xff\xfe\0"])
def test_what_is_no_key_is_refused_without_showing_it(tmp_path, content):
    path = tmp_path / "key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InputError, match="is not a key") as caught:
        read_key(path)
    assert not content or content.decode("latin-1") not in str(caught.value)


def test_an_absent_key_says_how_to_get_one(tmp_path):
    with pytest.raises(InputError, match=r"there is no key here.*POWERTHEFT_KEY_FILE"):
        read_key(tmp_path / "nowhere")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622])
def test_a_key_that_others_may_read_is_refused_where_it_can_be_mended(tmp_path, mode):
    path = tmp_path / "key"
    make_key(path)
    path.chmod(mode)
    with pytest.raises(InputError, match=re.escape(f"chmod 600 {path}")):
        read_key(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_to_is_said(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot be written"):
        make_key(tmp_path / "key")


def test_a_place_below_a_file_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        make_key(tmp_path / "file" / "key")
