"""The sums that looking at a dataset version needs: where they lie, and reading them. Rule: compute nothing.

Reading is apart from adding up (prepare_exploration, measure_features), so that who shows them need not load what
computes features, which takes some hundred MB.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from powertheft.actions.house import EXPLORATIONS, House
from powertheft.actions.ports import RegisteredVersion
from powertheft.actions.progress import no_progress
from powertheft.domain.errors import ChoiceError, OutputError
from powertheft.domain.folders import new_folder, remove_folder
from powertheft.domain.numbers import grouped

BILLS, MEASURED = "bills", "measured"
"""The two parts: what bills add up to, and the features, measured and kept of a sample."""

MONTHS, COVER, TRANSFORMERS, BALANCE = "months.parquet", "cover.parquet", "transformers.parquet", "balance.parquet"
TABLE, ABOUT = "table.parquet", "about.json"
AREAS = ("category", "region", "section")

MOST_INLINE: Mapping[str, int] = {BILLS: 5_000_000, MEASURED: 500_000}
"""Rows of bills up to which each part is added up while a page waits; of more a job does it beforehand."""

BINS_A_DECADE = 25
LEAST_USE = 0.01
"""Use from which a bin begins [kWh/day]; what is less, and no use at all, is bin 0."""


@dataclass(frozen=True, slots=True)
class Explored:
    """Where the sums of a version lie, and which version that is; its rows are not opened to read them."""

    registered: RegisteredVersion
    folder: Path

    @property
    def reference(self) -> str:
        """How a person names the version."""
        return f"{self.registered.dataset}@{self.registered.number}"


def find_explored(house: House, reference: str) -> Explored:
    """Return where the sums of a version lie, or would lie."""
    house.check("dataset.read")
    registered = house.registered(reference)
    return Explored(registered, house.home.path / EXPLORATIONS / registered.folder)


def is_explored(house: House, reference: str) -> Mapping[str, bool]:
    """Return which parts of a version can be looked at without waiting."""
    house.check("dataset.read")
    registered = house.registered(reference)
    folder, size = house.home.path / EXPLORATIONS / registered.folder, _size(registered)
    return {part: (folder / part).is_dir() or size <= most for part, most in MOST_INLINE.items()}


def forget_exploration(house: House, registered: RegisteredVersion) -> None:
    """Remove the sums of a version that is deleted."""
    house.check("dataset.delete")
    folder = house.home.path / EXPLORATIONS / registered.folder
    if folder.exists():
        remove_folder(folder)


def explored_bills(house: House, reference: str) -> Explored:
    """Return the sums of a version's bills; of a large one they must have been prepared."""
    house.check("dataset.read")
    explored = find_explored(house, reference)
    _check_size(explored, BILLS)
    if not (explored.folder / BILLS).is_dir():
        from powertheft.actions.prepare_exploration import add_up_bills  # late: it brings the science, 150 MB

        add_up_bills(explored, house.version(reference), no_progress)
    return explored


def explored_features(house: House, reference: str) -> Explored:
    """Return the features of a version; of a large one they must have been prepared."""
    house.check("dataset.read")
    explored = find_explored(house, reference)
    _check_size(explored, MEASURED)
    if not (explored.folder / MEASURED).is_dir():
        from powertheft.actions.measure_features import keep_features  # late, as above

        keep_features(explored, house.version(reference), no_progress)
    return explored


def read_statistics(house: House, reference: str) -> Mapping[str, Any] | None:
    """Return how each feature of a version is spread, None where nobody has asked for it yet."""
    house.check("dataset.read")
    folder = house.home.path / EXPLORATIONS / house.registered(reference).folder
    return read_about(folder, MEASURED) if (folder / MEASURED).is_dir() else None


def bin_edges(number: int) -> tuple[float, float]:
    """Return from where to where a bin of use reaches [kWh/day].

    Examples
    --------
    >>> bin_edges(0), tuple(round(edge, 3) for edge in bin_edges(51))
    ((0.0, 0.01), (1.0, 1.096))
    """
    if number == 0:
        return 0.0, LEAST_USE
    return tuple(LEAST_USE * 10 ** ((number - 1 + side) / BINS_A_DECADE) for side in (0, 1))  # pyright: ignore[reportReturnType]  # of two


def write_sums(folder: Path, tables: Mapping[str, pl.DataFrame], about: Mapping[str, Any]) -> None:
    """Keep the tables of a part and what is set down beside them, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with new_folder(folder) as place:
            for name, frame in tables.items():
                frame.write_parquet(place / name)
            (place / ABOUT).write_text(json.dumps(about, ensure_ascii=False, allow_nan=False), "utf-8")
    except OutputError:
        # Somebody who asked at the same moment was faster, with the same sums.
        if not folder.is_dir():
            raise


@lru_cache(maxsize=16)
def read_sums(folder: Path, part: str, name: str) -> pl.DataFrame:
    """Return one of the kept tables; none of them ever changes."""
    return pl.read_parquet(folder / part / name)


@lru_cache(maxsize=16)
def read_about(folder: Path, part: str) -> Mapping[str, Any]:
    """Return what was set down beside the tables of a part."""
    return json.loads((folder / part / ABOUT).read_text("utf-8"))


def _size(registered: RegisteredVersion) -> int:
    return registered.rows.get("readings", 0) + registered.rows.get("intervals", 0)


def _check_size(explored: Explored, part: str) -> None:
    size = _size(explored.registered)
    if size > MOST_INLINE[part] and not (explored.folder / part).is_dir():
        raise ChoiceError(
            f"{explored.reference} has {grouped(size)} readings, which are not added up yet",
            advice="Prepare it for exploring; that runs in the background and says when it is done.",
        )
