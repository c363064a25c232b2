"""The vault: who a pseudonym is, in a SQLite file of its own where every record is sealed with AES-GCM.

    check     one sealed word, which tells a wrong key before anything else is tried
    records   pseudonym, nonce, sealed record (its pseudonym is bound in: a record moved to another row does not open)

Readable without the key: how many records there are, their pseudonyms, and about how long they are. A look names a
witness, which is told before anything is opened; if it raises, nothing is.

Rule of the room: what identifies a person is replaced before anything else sees it; imports domain only.
"""

import contextlib
import json
import os
import secrets
import sqlite3
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import polars as pl
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from powertheft.domain.errors import InputError, OutputError
from powertheft.privacy.keys import Key
from powertheft.privacy.pseudonyms import Pseudonyms

PURPOSE = "powertheft vault 1"
NUMBER, KIND, PSEUDONYM = "number", "kind", "pseudonym"
_KNOWN = ", known"
NONCE_BYTES = 12
AT_ONCE = 10_000
# Seconds that one process waits for another that is writing.
PATIENCE = 60
CACHE_KIB = 64_000

Record = Mapping[str, str]
Witness = Callable[[Sequence[str]], None]

_CHECK = b"powertheft vault"
# Made once: json.dumps makes one for every call that wants its letters as they are.
_JSON = json.JSONEncoder(ensure_ascii=False).encode
_CHECKS = (
    'CREATE TABLE IF NOT EXISTS "check" (one INTEGER PRIMARY KEY CHECK (one = 1), key_id TEXT, nonce BLOB, sealed BLOB)'
)
_RECORDS = """CREATE TABLE IF NOT EXISTS records
(pseudonym TEXT PRIMARY KEY, nonce BLOB NOT NULL, sealed BLOB NOT NULL) WITHOUT ROWID"""


class _Seal:
    """AES-256-GCM under one key: a new random nonce for each record, its pseudonym as associated data."""

    def __init__(self, key: Key) -> None:
        self._cipher = AESGCM(key.derived(PURPOSE))

    def closed(self, content: bytes, bound: str) -> tuple[bytes, bytes]:
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce, self._cipher.encrypt(nonce, content, bound.encode())

    def all_closed(self, contents: Sequence[str], bound: Sequence[str]) -> Iterator[tuple[str, bytes, bytes]]:
        """Give what it seals with each content; asking the system once for all nonces takes a tenth of the time."""
        nonces, encrypt = memoryview(secrets.token_bytes(NONCE_BYTES * len(contents))), self._cipher.encrypt
        for place, (name, content) in enumerate(zip(bound, contents, strict=True)):
            nonce = bytes(nonces[place * NONCE_BYTES : (place + 1) * NONCE_BYTES])
            yield name, nonce, encrypt(nonce, content.encode(), name.encode())

    def opened(self, nonce: bytes, sealed: bytes, bound: str) -> bytes:
        return self._cipher.decrypt(nonce, sealed, bound.encode())


class Vault:
    """Records by pseudonym: `number`, and whatever of name, address, phone and position the utility's files hold."""

    def __init__(self, path: Path, key: Key) -> None:
        self.path = path
        self._key = key
        self._seal = _Seal(key)
        with self._transaction():
            pass

    def put(self, records: pl.DataFrame) -> int:
        """Add what records say to what is known of their pseudonyms, all or nothing; return how many changed.

        A record has its `pseudonym` and, in other columns, what is known; of several of one the last word counts.
        """
        new = records.group_by(PSEUDONYM).agg(pl.all().drop_nulls().last()).sort(PSEUDONYM)
        changed = 0
        with self._transaction() as connection:
            is_empty = connection.execute("SELECT 1 FROM records LIMIT 1").fetchone() is None
            for part in new.iter_slices(AT_ONCE):
                more = part if is_empty else self._more(connection, part)
                texts = more.select(pl.struct(pl.all().exclude(PSEUDONYM)).struct.json_encode()).to_series()
                _write(connection, self._seal, more[PSEUDONYM].to_list(), texts.to_list())
                changed += more.height
        return changed

    def _more(self, connection: sqlite3.Connection, new: pl.DataFrame) -> pl.DataFrame:
        """Return the records that are not known, or not all of them, with what is known of them already."""
        read = [{PSEUDONYM: name, **record} for name, record in self._read(connection, new[PSEUDONYM].to_list())]
        if not read:
            return new
        fields = dict.fromkeys(field for record in read for field in record)
        known = pl.DataFrame(read, schema=dict.fromkeys(fields, pl.String))
        both = new.join(known, on=PSEUDONYM, how="left", suffix=_KNOWN, maintain_order="left")
        twice = [name for name in new.columns if f"{name}{_KNOWN}" in both.columns]
        is_news = [pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(f"{name}{_KNOWN}")) for name in twice]
        is_news += [pl.col(name).is_not_null() for name in new.columns if name not in {*twice, PSEUDONYM}]
        united = both.filter(pl.any_horizontal(is_news))
        united = united.with_columns(pl.coalesce(name, f"{name}{_KNOWN}") for name in twice)
        return united.drop(f"{name}{_KNOWN}" for name in twice)

    def look(self, pseudonyms: Sequence[str], *, witness: Witness) -> dict[str, Record]:
        """Return the records of pseudonyms (those that are here), after the witness has been told who is looked at."""
        witness(pseudonyms)
        with self._transaction() as connection:
            return dict(self._read(connection, pseudonyms))

    def delete(self, pseudonyms: Iterable[str]) -> int:
        """Remove records and overwrite what they held; return how many were here."""
        with self._transaction() as connection:
            before = connection.total_changes
            connection.executemany("DELETE FROM records WHERE pseudonym = ?", ((name,) for name in pseudonyms))
            return connection.total_changes - before

    def rotate(self, old: Key, new: Key) -> int:
        """Seal every record anew under a new key and its new pseudonym, all or nothing; return how many there are.

        Once done it may be asked for again (after a crash in what follows) and changes nothing.
        """
        with self._transaction(checked=False) as connection:
            present = connection.execute('SELECT key_id FROM "check"').fetchone()[0]
            self._use(new if present == new.key_id else old)
            self._check_key(connection)
            if present != new.key_id:
                self._seal_anew(connection, new)
        self._use(new)
        return len(self)

    def _seal_anew(self, connection: sqlite3.Connection, new: Key) -> None:
        connection.execute("ALTER TABLE records RENAME TO before")
        connection.execute(_RECORDS)
        names, seal = Pseudonyms(new), _Seal(new)
        for rows in _batches(connection, "before"):
            opened = map(self._opened, rows)
            renamed = sorted((_renamed(names, record, name), _JSON(record)) for name, record in opened)
            _write(connection, seal, [name for name, _ in renamed], [record for _, record in renamed])
        connection.execute("DROP TABLE before")
        _write_check(connection, seal, new)

    def renaming(self, old: Key, new: Key) -> pl.DataFrame:
        """Return `old` and `new` pseudonym of every record, whichever of both keys the vault is under."""
        was, will_be = Pseudonyms(old), Pseudonyms(new)
        columns: tuple[list[str], list[str]] = ([], [])
        with self._transaction() as connection:
            for rows in _batches(connection, "records"):
                for name, record in map(self._opened, rows):
                    columns[0].append(_renamed(was, record, name))
                    columns[1].append(_renamed(will_be, record, name))
        return pl.DataFrame({"old": columns[0], "new": columns[1]}, schema={"old": pl.String, "new": pl.String})

    def __len__(self) -> int:
        with self._transaction() as connection:
            return connection.execute("SELECT count(*) FROM records").fetchone()[0]

    def _use(self, key: Key) -> None:
        self._key, self._seal = key, _Seal(key)

    @contextlib.contextmanager
    def _transaction(self, *, checked: bool = True) -> Generator[sqlite3.Connection]:
        """One transaction in one connection: a process that is killed leaves what was before."""
        try:
            _make_private(self.path)
            with contextlib.closing(_connected(self.path)) as connection:
                connection.execute("BEGIN IMMEDIATE")
                if checked:
                    self._check_key(connection)
                yield connection
                connection.execute("COMMIT")
        except (OSError, sqlite3.OperationalError) as error:
            msg = f"the vault cannot be opened or written ({error})"
            advice = "See that the folder may be written to, has room, and that no other powertheft is at work."
            raise OutputError(msg, file=self.path, advice=advice) from error
        except (sqlite3.DatabaseError, InvalidTag) as error:
            msg = "the vault is damaged: something in it is not as it was written"
            raise InputError(msg, file=self.path, advice="Put back the copy that you kept of it.") from error

    def _check_key(self, connection: sqlite3.Connection) -> None:
        connection.execute(_CHECKS)
        connection.execute(_RECORDS)
        row = connection.execute('SELECT key_id, nonce, sealed FROM "check"').fetchone()
        if row is None:
            _write_check(connection, self._seal, self._key)
            return
        try:
            right = row[0] == self._key.key_id and self._seal.opened(row[1], row[2], row[0]) == _CHECK
        except InvalidTag:
            right = False
        if not right:
            msg = f"the vault was sealed with another key ({row[0]}, not {self._key.key_id})"
            raise InputError(msg, file=self.path, advice="Say where that key is with POWERTHEFT_KEY_FILE.")

    def _read(self, connection: sqlite3.Connection, pseudonyms: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
        query = "SELECT pseudonym, nonce, sealed FROM records WHERE pseudonym IN (SELECT value FROM json_each(?))"
        for start in range(0, len(pseudonyms), AT_ONCE):
            asked = json.dumps(list(pseudonyms[start : start + AT_ONCE]))
            yield from map(self._opened, connection.execute(query, (asked,)))

    def _opened(self, row: tuple[str, bytes, bytes]) -> tuple[str, dict[str, str]]:
        record = json.loads(self._seal.opened(row[1], row[2], row[0]))
        return row[0], {field: value for field, value in record.items() if value is not None}


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    # What is deleted or replaced is overwritten with zeros. Pseudonyms come in no order: pages are kept at hand.
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    return connection


def _write(connection: sqlite3.Connection, seal: _Seal, names: Sequence[str], records: Sequence[str]) -> None:
    """Write records, best in the order of their pseudonyms: the pages of the file are then filled one after another."""
    connection.executemany("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", seal.all_closed(records, names))


def _write_check(connection: sqlite3.Connection, seal: _Seal, key: Key) -> None:
    sealed = seal.closed(_CHECK, key.key_id)
    connection.execute('INSERT OR REPLACE INTO "check" VALUES (1, ?, ?, ?)', (key.key_id, *sealed))


def _batches(connection: sqlite3.Connection, table: str) -> Iterator[list[tuple[str, bytes, bytes]]]:
    cursor = connection.execute(f"SELECT pseudonym, nonce, sealed FROM {table} ORDER BY pseudonym")
    while rows := cursor.fetchmany(AT_ONCE):
        yield rows


def _renamed(names: Pseudonyms, record: Record, pseudonym: str) -> str:
    if NUMBER not in record:
        msg = f"the record of {pseudonym} has no number, so it cannot have a new pseudonym"
        raise InputError(msg, advice="Import the consumers' file again, or delete the record.")
    return names.one(record[NUMBER], record.get(KIND, "consumer"))


def _make_private(path: Path) -> None:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
