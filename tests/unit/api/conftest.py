"""The API on a home folder, people with every role in it, and programs that act for them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from tests.scored_utility import make_scored

from powertheft.actions.house import House
from powertheft.actions.tokens import NewToken, make_token
from powertheft.api.application import create_api
from powertheft.api.services import ApiServices
from powertheft.domain.accounts import token_hash
from powertheft.domain.permissions import PERMISSIONS, ROLES, Actor
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import SqlStore, open_store


class Program(FlaskClient):
    """A program that sends its token with everything."""

    key = ""

    def open(self, *args: Any, **kwargs: Any):
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        return super().open(*args, **{**kwargs, "headers": {**headers, **kwargs.pop("headers", {})}})


def join(store: SqlStore, name: str, *roles: str) -> Actor:
    """Let somebody have an account, without a password that anybody knows."""
    with store.begin("test") as work:
        work.accounts.add_link(token_hash(name), roles=frozenset(roles))
        return work.accounts.join(token_hash(name), name=name, full_name=name.title(), password_hash="none").actor()


def make_api(house: House, **settings: Any) -> APIFlask:
    chosen = WebSettings(secret_key="k" * 32, hosts=("localhost",), https=settings.pop("https", False))
    made = create_api(ApiServices(house.for_actor, house.store, chosen, **settings))
    made.test_client_class = Program
    return made


def program(api: APIFlask, store: SqlStore, name: str, *scopes: str) -> Program:
    """A program of somebody's, with these scopes or all that they may do."""
    with store.begin("test") as work:
        actor = work.accounts.get_account(name).actor()
    made = api.test_client()
    made.key, _ = make_token(store, actor, NewToken("test", scopes or sorted(actor.permissions), 1))
    return made


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    home = read_home(tmp_path / "home", {})
    home.make()
    with open_store(home.database) as opened:
        yield House(home, opened, Actor("nobody", frozenset()))


@pytest.fixture
def store(house) -> SqlStore:
    for role in ROLES:
        join(house.store, f"the-{role}", role)
    return house.store


@pytest.fixture
def api(house) -> APIFlask:
    return make_api(house)


@pytest.fixture
def program_of(api, store) -> Callable[..., Program]:
    return lambda role, *scopes: program(api, store, f"the-{role}", *scopes)


@pytest.fixture(scope="session")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[APIFlask, House]]:
    """A house with a scored utility in it, and people of every role; tests read it, and change what is their own."""
    root = tmp_path_factory.mktemp("scored")
    home = read_home(root / "home", {})
    home.make()
    with open_store(home.database) as opened:
        house = House(home, opened, Actor("root", PERMISSIONS))
        make_scored(house, root / "export")
        for role in ROLES:
            join(opened, f"the-{role}", role)
        yield make_api(house), house


@pytest.fixture
def scored_program(scored) -> Callable[..., Program]:
    api, house = scored
    return lambda role, *scopes: program(api, house.store, f"the-{role}", *scopes)
