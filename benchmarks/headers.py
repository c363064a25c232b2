"""How well a mapping is proposed for files that nobody described: first guesses against what their makers say.

Two corpora of headers with their files: the one that the rules were written beside, and one that was written by
somebody who had not seen the rules, and frozen by its sum before it was first used. Only totals are printed, so that
nobody is led to write a rule for a header of the second.
"""

import hashlib
import sys
import tomllib
from pathlib import Path

import polars as pl

from powertheft.profiles.suggesting import suggest

CORPORA = Path(__file__).parents[1] / "tests" / "corpora" / "headers"
SURE = 0.9
FROZEN = "79d853adaa55bae29500239a3316b48f31e29779cda1170befa215eab3d467e7"
"""SHA-256 of the unseen corpus, file after file in the order of their names, before it was first used."""


def main() -> None:
    if _sum(CORPORA / "unseen") != FROZEN:
        sys.exit("the unseen corpus is not the one that was frozen, so what it tells is worth nothing")
    for name in ("visible", "unseen"):
        print(f"{name}: {_measured(CORPORA / name)}")


def _measured(folder: Path) -> str:
    files = columns = right = sure = sure_and_wrong = tables = 0
    for path in sorted(folder.glob("*.csv")):
        truth = tomllib.loads(path.with_suffix(".toml").read_text("utf-8"))
        # The file is always called export: headers and values must tell.
        (found,) = suggest({"export": pl.read_csv(path, infer_schema=False)}).files
        files += 1
        tables += (found.table, found.shape) == (truth["table"], truth["shape"])
        for column in found.columns:
            if column.source not in truth["columns"]:
                continue
            is_right = column.target == truth["columns"][column.source]
            columns, right, sure = columns + 1, right + is_right, sure + (column.confidence >= SURE)
            sure_and_wrong += not is_right and column.confidence >= SURE
    return (
        f"{right} of {columns} first guesses right ({right / columns:.1%}), of {sure} sure ones {sure_and_wrong} wrong "
        f"({sure_and_wrong / columns:.1%} of all), {tables} of {files} files known for their table"
    )


def _sum(folder: Path) -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(folder.iterdir()))).hexdigest()
