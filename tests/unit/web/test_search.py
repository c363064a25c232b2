"""Search finds connections, cases, models and data, each of them for those who may see it."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import pytest
from tests.unit.web.conftest import PASSWORD, Person

from powertheft.actions import accounts, inspections
from powertheft.actions.find_by_name import find_connections
from powertheft.actions.house import House
from powertheft.actions.ports import NewModelVersion, NewScoring
from powertheft.actions.scorings import LIST
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import open_store
from powertheft.web.application import create_application
from powertheft.web.services import Services

ROOT = Actor("root", PERMISSIONS)
ROLES = {"ana": "analyst", "ida": "inspector", "uma": "inspector", "ada": "administrator"}
FIRST, SECOND = "17f391ce" + "a" * 24, "17f3aaaa" + "b" * 24
OTHER = "99999999" + "c" * 24


@dataclass(frozen=True)
class Office:
    """A house with a list of three connections, two cases and a model, and who is signed in."""

    house: House
    people: dict[str, Person]

    def search(self, who: str, wanted: str) -> str:
        answer = self.people[who].get("/search/", query_string={"q": wanted})
        assert answer.status_code == 200
        return answer.text


def add_list(house: House, dataset: str, consumers: list[str]) -> int:
    listed = {"rank": range(1, len(consumers) + 1), "consumer_id": consumers, "probability": 0.5, "section": "East"}
    with house.begin() as work:
        scoring = work.scorings.add_scoring(NewScoring(f"{dataset}-list", dataset, "theft@1", len(consumers), {}))
    folder = house.home.scorings / scoring.folder
    folder.mkdir(parents=True)
    pl.DataFrame(listed).write_parquet(folder / LIST)
    return scoring.number


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    home = read_home(tmp_path_factory.mktemp("office") / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, ROOT)
        made = create_application(Services(house.for_actor, store, WebSettings("k" * 32, ("localhost",))))
        made.test_client_class = Person
        people = {name: made.test_client() for name in ROLES}
        for name, role in ROLES.items():
            token = accounts.invite(store, ROOT, (role,))
            people[name].send(f"/join/{token}", full_name=name, name=name, password=PASSWORD)
        version = NewModelVersion("theft-1", "bills@1", "lightgbm", {}, {})
        with house.begin() as work:
            work.models.add_version("theft", version)
        number = add_list(house, "bills@1", [SECOND, FIRST, OTHER])
        for consumer, inspector in ((FIRST, "ida"), (OTHER, "uma")):
            case = inspections.open_case(house, number, consumer)
            inspections.assign_cases(house, [case.number], to=inspector)
        yield Office(house, people)


def test_a_connection_is_found_by_the_beginning_that_lists_show(office):
    page = office.search("ana", "17F3-91ce")
    assert f"/predictions/1/connections/{FIRST}" in page
    assert "rank 2 of list 1" in page
    assert SECOND not in page


def test_of_many_the_likeliest_come_first(office):
    page = office.search("ana", "17f3")
    assert 0 < page.index(f"connections/{SECOND}") < page.index(f"connections/{FIRST}")
    assert f"connections/{OTHER}" not in page


@pytest.mark.parametrize("wanted", ["17", "Domestic", "17f3' or 1=1", "%"])
def test_what_is_no_pseudonym_finds_no_connection_and_no_case_by_it(office, wanted):
    page = office.search("ana", wanted)
    assert "/connections/" not in page
    assert "/inspections/1" not in page


@pytest.mark.parametrize("wanted", ["2", "case 2", "#2"])
def test_a_case_is_found_by_its_number(office, wanted):
    page = office.search("ana", wanted)
    assert 'href="/inspections/2"' in page
    assert "9999-9999, handed out" in page


def test_an_inspector_finds_the_own_cases_alone(office):
    assert 'href="/inspections/1"' in office.search("ida", "1")
    assert 'href="/inspections/1"' in office.search("ida", "17f3")
    for wanted in ("2", "9999"):
        assert 'href="/inspections/2"' not in office.search("ida", wanted)
        assert "/connections/" not in office.search("ida", wanted)
    assert 'href="/inspections/2"' in office.search("uma", "9999")


def test_a_model_is_found_by_its_name(office):
    assert 'href="/models/theft@1"' in office.search("ana", "thef")
    for who in ("ida", "ada"):
        assert "/models/theft" not in office.search(who, "theft")


def test_an_administrator_finds_neither_connections_nor_cases(office):
    for wanted in ("1", "17f3"):
        page = office.search("ada", wanted)
        assert "/connections/" not in page
        assert "/inspections/1" not in page


def test_the_newest_list_of_each_dataset_is_looked_through(office):
    # The last of this file: it adds to the office.
    newer, elsewhere = add_list(office.house, "bills@2", [OTHER]), add_list(office.house, "south@1", [OTHER])
    found = find_connections(office.house, "9999")
    assert {one.scoring.number for one in found} == {newer, elsewhere}
    assert find_connections(office.house, "17f3") == []
