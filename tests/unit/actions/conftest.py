"""A house on an empty home, with an actor who may do everything."""

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
        yield House(home, store, Actor("ana", PERMISSIONS))
