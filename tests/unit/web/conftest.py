"""The pages on an empty home folder, and somebody of each role who is signed in."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from powertheft.actions import accounts
from powertheft.actions.house import House
from powertheft.domain.permissions import ROLES, Actor
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import SqlStore, open_store
from powertheft.web.application import create_application
from powertheft.web.services import Services

PASSWORD = "transformer-lantern-mango"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class Person(FlaskClient):
    """A browser that sends forms as people do: with the token of the page that they are on."""

    def send(self, address: str, page: str | None = None, **values: object):
        token = TOKEN.search(self.get(page or address).text)
        return self.post(address, data={"csrf_token": token[1] if token else "", **values})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    with open_store(read_home(tmp_path / "home", {}).database) as opened:
        yield opened


@pytest.fixture
def make_application(tmp_path: Path, store: SqlStore) -> Callable[..., Flask]:
    def make(**settings: object) -> Flask:
        house = House(read_home(tmp_path / "home", {}), store, Actor("nobody", frozenset()))
        chosen = WebSettings(**{"secret_key": "k" * 32, "hosts": ("localhost",), **settings})
        made = create_application(Services(house.for_actor, store, chosen))
        made.test_client_class = Person
        return made

    return make


@pytest.fixture
def application(make_application) -> Flask:
    return make_application()


@pytest.fixture
def visitor(application) -> Person:
    return application.test_client()


@pytest.fixture
def sign_up(application, store) -> Callable[..., Person]:
    """Let somebody come in by a link with these roles; the first one by the link that is printed at the start."""

    def sign_up(name: str, *roles: str) -> Person:
        token = accounts.first_link(store)
        if token is None or roles:
            token = accounts.invite(store, Actor("root", frozenset({"account.manage"})), roles or ("analyst",))
        person = application.test_client()
        answer = person.send(f"/join/{token}", full_name=name.title(), name=name, password=PASSWORD)
        assert answer.status_code == 302, answer.text
        return person

    return sign_up


@pytest.fixture
def administrator(sign_up) -> Person:
    return sign_up("ana")


@pytest.fixture(params=sorted(ROLES))
def anybody(request, sign_up) -> tuple[str, Person]:
    return request.param, sign_up(f"the-{request.param}", request.param)
