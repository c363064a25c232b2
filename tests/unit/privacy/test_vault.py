"""The vault: nothing readable without the key, nothing half done, nobody looked at unseen."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import time

import polars as pl
import pytest

from powertheft.domain.errors import InputError, OutputError
from powertheft.privacy import vault as vaults
from powertheft.privacy.keys import Key
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.privacy.vault import Vault

KEY, NEW = Key(bytes(range(32))), Key(bytes(range(1, 33)))
NUMBERS = [f"04-123-{place:04d}" for place in range(300)]


def names(key: Key = KEY) -> list[str]:
    return [Pseudonyms(key).one(number) for number in NUMBERS]


def records(key: Key = KEY) -> pl.DataFrame:
    told = {"number": NUMBERS, "name": [f"Aruvan {number}" for number in NUMBERS]}
    return pl.DataFrame({"pseudonym": names(key), **told, "phone": pl.Series([None] * 300, dtype=pl.String)})


def said_of(pseudonym: str, **told: str) -> pl.DataFrame:
    return pl.DataFrame({"pseudonym": [pseudonym], **told})


def unseen(pseudonyms: object) -> None:
    """A witness that has nothing to say."""


def bytes_below(folder) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def vault(tmp_path):
    made = Vault(tmp_path / "home" / "vault.db", KEY)
    made.put(records())
    return made


def test_what_is_put_in_is_found_by_its_pseudonym(vault):
    said = vault.look([names()[3], "0" * 32], witness=unseen)
    assert said == {names()[3]: {"number": NUMBERS[3], "name": f"Aruvan {NUMBERS[3]}"}}
    assert len(vault) == 300


def test_putting_the_same_again_changes_nothing_and_more_adds_to_it(vault):
    before = vault.path.read_bytes()
    assert vault.put(records()) == 0
    assert vault.path.read_bytes() == before
    both = {"phone": ["1", None], "name": [None, "Selvi"]}
    assert vault.put(pl.DataFrame({"pseudonym": [names()[0]] * 2, **both})) == 1
    said = vault.look(names()[:1], witness=unseen)
    assert said == {names()[0]: {"number": NUMBERS[0], "name": "Selvi", "phone": "1"}}


def test_many_are_put_and_read_in_parts(vault, monkeypatch):
    monkeypatch.setattr(vaults, "AT_ONCE", 7)
    assert vault.put(pl.DataFrame({"pseudonym": names(), "phone": [number[-4:] for number in NUMBERS]})) == 300
    assert sorted(record["phone"] for record in vault.look(names(), witness=unseen).values()) == [
        number[-4:] for number in NUMBERS
    ]
    assert vault.rotate(KEY, NEW) == 300
    assert vault.renaming(KEY, NEW).height == 300


def test_no_byte_on_disk_tells_a_name_or_number(vault):
    everything = bytes_below(vault.path.parent)
    assert names()[0].encode() in everything
    assert not any(word in everything for word in (b"Aruvan", b"04-123-", NUMBERS[7].encode()))
    assert stat.S_IMODE(vault.path.stat().st_mode) == 0o600


def test_the_same_record_is_never_sealed_the_same_way_twice(tmp_path):
    sealed = []
    for place in range(2):
        Vault(tmp_path / str(place), KEY).put(said_of("a", name="Selvi"))
        with sqlite3.connect(tmp_path / str(place)) as connection:
            sealed.append(connection.execute("SELECT nonce, sealed FROM records").fetchone())
        connection.close()
    assert sealed[0][0] != sealed[1][0]
    assert sealed[0][1] != sealed[1][1]


def test_another_key_opens_nothing_and_says_which_it_must_be(vault):
    with pytest.raises(InputError, match=f"another key \\({KEY.key_id}, not {NEW.key_id}\\)"):
        Vault(vault.path, NEW)


def test_a_record_that_was_moved_to_another_row_or_changed_does_not_open(vault):
    a, b = names()[:2]
    for change in (
        f"UPDATE records SET (nonce, sealed) = (SELECT nonce, sealed FROM records WHERE pseudonym = '{b}')",
        "UPDATE records SET sealed = randomblob(40)",
    ):
        with sqlite3.connect(vault.path) as connection:
            connection.execute(f"{change} WHERE pseudonym = '{a}'")
        connection.close()
        with pytest.raises(InputError, match="the vault is damaged"):
            vault.look([a], witness=unseen)


def test_the_witness_is_told_before_anything_is_opened_and_may_forbid_it(vault):
    seen = []
    vault.look(names()[:2], witness=seen.append)
    assert seen == [names()[:2]]

    def forbid(pseudonyms):
        msg = "not written down, not looked at"
        raise RuntimeError(msg)

    vault.path.write_bytes(b"not even a database: it must not be opened")
    with pytest.raises(RuntimeError, match="not written down"):
        vault.look(names()[:2], witness=forbid)


def test_a_deleted_record_is_gone_from_the_file(vault):
    with sqlite3.connect(vault.path) as connection:
        sealed = connection.execute("SELECT sealed FROM records WHERE pseudonym = ?", (names()[5],)).fetchone()[0]
    connection.close()
    assert sealed in bytes_below(vault.path.parent)
    assert vault.delete([names()[5], "0" * 32]) == 1
    assert vault.look([names()[5]], witness=unseen) == {}
    assert sealed not in bytes_below(vault.path.parent)
    assert names()[5].encode() not in bytes_below(vault.path.parent)


def test_rotation_changes_every_pseudonym_keeps_every_record_and_can_be_asked_for_again(vault):
    assert vault.rotate(KEY, NEW) == 300
    assert vault.rotate(KEY, NEW) == 300
    said = vault.look(names(NEW), witness=unseen)
    assert [said[name]["number"] for name in names(NEW)] == NUMBERS
    assert vault.look(names(KEY), witness=unseen) == {}
    assert not set(names(KEY)) & set(names(NEW))
    renaming = vault.renaming(KEY, NEW)
    assert dict(renaming.iter_rows()) == dict(zip(names(KEY), names(NEW), strict=True))
    with pytest.raises(InputError, match="another key"):
        Vault(vault.path, KEY)


def test_one_who_opened_it_before_the_rotation_cannot_write_under_the_old_key(vault):
    other = Vault(vault.path, KEY)
    vault.rotate(KEY, NEW)
    with pytest.raises(InputError, match="another key"):
        other.put(said_of("a", number="1"))


def test_the_renaming_is_the_same_before_and_after_the_rotation(vault):
    before = vault.renaming(KEY, NEW).sort("old")
    vault.rotate(KEY, NEW)
    assert vault.renaming(KEY, NEW).sort("old").equals(before)


def test_a_record_without_a_number_stops_the_rotation_and_leaves_everything_as_it_was(vault):
    vault.put(said_of("z" * 32, name="Selvi"))
    with pytest.raises(InputError, match="has no number"):
        vault.rotate(KEY, NEW)
    assert len(Vault(vault.path, KEY)) == 301


def test_a_file_that_is_no_vault_is_said(tmp_path):
    (tmp_path / "v").write_bytes(b"this is a letter and no database" * 100)
    with pytest.raises(InputError, match="is damaged"):
        Vault(tmp_path / "v", KEY)
    with pytest.raises(OutputError, match="cannot be opened"):
        Vault(tmp_path / "v" / "below", KEY)


@pytest.mark.parametrize("work", ["put", "rotate"])
def test_a_process_that_is_killed_leaves_what_was_before_or_what_was_to_be(vault, work):
    """Killed at several moments of its work; at 0 s it has hardly begun, at the last it has often ended."""
    script = textwrap.dedent(f"""
        import sys
        import polars
        from powertheft.privacy.keys import Key
        from powertheft.privacy.vault import Vault
        from powertheft.privacy import vault
        vault.AT_ONCE = 20
        old, new = Key(bytes(range(32))), Key(bytes(range(1, 33)))
        opened = Vault(__import__("pathlib").Path(sys.argv[1]), old)
        print("begun", flush=True)
        if {work!r} == "rotate":
            opened.rotate(old, new)
        else:
            many = range(5000)
            told = {{"pseudonym": [f"{{place:032d}}" for place in many], "number": [str(place) for place in many]}}
            opened.put(polars.DataFrame(told))
    """)
    for wait in (0, 0.005, 0.02, 0.05, 0.2):
        process = subprocess.Popen([sys.executable, "-c", script, str(vault.path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(wait)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        with sqlite3.connect(vault.path) as connection:
            key_id = connection.execute('SELECT key_id FROM "check"').fetchone()[0]
        connection.close()
        found = Vault(vault.path, KEY if key_id == KEY.key_id else NEW)
        assert len(found) in ({300, 5300} if work == "put" else {300})
        key = KEY if key_id == KEY.key_id else NEW
        assert len(found.look(names(key), witness=unseen)) == 300
        if key == NEW:
            return
