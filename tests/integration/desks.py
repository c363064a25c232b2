"""A desk at which datasets are made, with a home of its own, and the search for what must be in no byte of it."""

import json
import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from tests.integration.refusals import (
    Place,
    cells_of,
    check_message,
)
from tests.integration.warm import Ended

CONNECTIONS, BILLS = 165, 8
TRUTH = ("truth.csv", "truth_transformers.csv")
NAME, ADDRESS, PHONE = "Xanthippa Quillvasan", "17 Zyzzyva Street, Ooskanagar", "98401 73519"
NUMBER_FORM = re.compile(rb"\d{3}-\d{5}")
"""How the simulation writes consumer numbers."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A place to work at with a home of its own."""

    place: Place
    home: Path

    def run(self, *arguments: object, code: int = 0) -> Ended:
        """Run a command that takes --home; it must end with that exit code."""
        ended = self.place.run(*arguments, "--home", self.home)
        assert ended.code == code, ended.err + ended.out
        return ended

    def refused(self, *arguments: object, says: tuple[object, ...] = ()) -> str:
        message = check_message(self.place.run(*arguments, "--home", self.home))
        lacking = [str(word) for word in says if str(word) not in message]
        assert not lacking, f"the message lacks {lacking}: {message}"
        return message

    def take(self, *data: object, name: str = "bills", words: tuple[object, ...] = ()) -> Ended:
        return self.run("dataset", "import", *data, "--name", name, "--yes", *words)

    def shown(self, reference: str) -> dict:
        return json.loads(self.run("dataset", "show", reference, "--verify", "--json").out)

    def hash_of(self, reference: str) -> str:
        return self.shown(reference)["content_hash"]

    def versions(self, name: str) -> list[str]:
        """The versions that the list names."""
        return re.findall(rf"^{re.escape(name)}@\d+", self.run("dataset", "list", name).out, re.MULTILINE)

    def folders(self) -> set[str]:
        """Whatever lies among the versions, finished or not."""
        return {path.relative_to(self.home).as_posix() for path in (self.home / "datasets").glob("*/*")}

    def registered(self) -> set[str]:
        """The folders of the versions that the register knows."""
        with sqlite3.connect(self.home / "powertheft.db") as base:
            rows = base.execute("select folder from dataset_versions where deleted_at is null").fetchall()
        return {f"datasets/{folder}" for (folder,) in rows}

    def table(self, name: str, dataset: str = "bills") -> pl.DataFrame:
        """A table of the newest version of a dataset, as it lies on disk."""
        with sqlite3.connect(self.home / "powertheft.db") as base:
            query = "select folder from dataset_versions where folder like ? order by number desc limit 1"
            (folder,) = base.execute(query, [f"{dataset}/%"]).fetchone()
        return pl.read_parquet(self.home / "datasets" / folder / "tables" / name / "*.parquet")

    def audit(self, action: str) -> list[dict]:
        with sqlite3.connect(self.home / "powertheft.db") as base:
            rows = base.execute("select details from audit_events where action = ?", [action]).fetchall()
        return [json.loads(details) for (details,) in rows]


def frames_of(folder: Path) -> dict[str, pl.DataFrame]:
    return {path.stem: pl.read_csv(path, infer_schema=False) for path in sorted(folder.glob("*.csv"))}


def numbers_of(folder: Path) -> set[bytes]:
    """Every consumer number of an export, from its list of consumers."""
    return {row[0].encode() for row in cells_of(folder / "consumers.csv")[1:]}


def persons_of(folder: Path) -> set[str]:
    """Every name, address and telephone of an export."""
    frame = pl.read_csv(folder / "consumers.csv", infer_schema=False)
    return {cell for column in ("NAME", "ADDRESS", "PHONE") for cell in frame[column].drop_nulls()}


def files_of(root: Path) -> list[Path]:
    return [path for path in sorted(root.rglob("*")) if path.is_file()]


def texts_of(path: Path) -> bytes:
    """The bytes of a file, and, where it is Parquet, whatever text its packed pages hold."""
    content = path.read_bytes()
    if path.suffix != ".parquet":
        return content
    texts = pl.read_parquet(path).select(pl.all().cast(pl.String)).unpivot()["value"].drop_nulls().unique()
    return content + "\n".join(texts.to_list()).encode()


def leaks(content: bytes, export: Path, *, also: tuple[str, ...] = ()) -> set[bytes]:
    """The numbers, names, addresses and telephones of an export that stand in some bytes."""
    found = set(NUMBER_FORM.findall(content)) & numbers_of(export)
    return found | {word.encode() for word in (*persons_of(export), *also) if word.encode() in content}
