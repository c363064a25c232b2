"""A home with a worker's house on it, and a small file to import."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from powertheft.actions.house import House
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import read_home
from powertheft.store.work import open_store


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    home = read_home(tmp_path / "home", environment={})
    home.make()
    with open_store(home.database) as store:
        yield House(home, store, Actor("worker", PERMISSIONS))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """One row a consumer, with labels."""
    path = tmp_path / "consumers.csv"
    rows = [f"c{one:03},{one % 3 == 0:d},{80 + one % 7},2025-{one % 12 + 1:02}-15" for one in range(60)]
    path.write_text("\n".join(["consumer_id,label,usage,seen_on", *rows]) + "\n", "utf-8")
    return path
