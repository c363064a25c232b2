"""Looking at data by the pages: every look draws, filters hold, large data are added up first, a map hides the few."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

import pytest
from tests.unit.web.conftest import PASSWORD, Person

from powertheft.actions import accounts, explored_sums
from powertheft.actions.dataset_versions import list_versions
from powertheft.actions.explore_dataset import explore_choices
from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.plan_import import ImportChoices
from powertheft.actions.simulate_data import simulate_dataset
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once
from powertheft.privacy.thresholds import SMALLEST_GROUP
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import open_store
from powertheft.web.application import create_application
from powertheft.web.explore_plots import LOOKS, PLOTS
from powertheft.web.services import Services

PLOT = re.compile(r'data-plot="(/explore/[^"]+)"')
CODE = re.compile(r"[a-z0-9]_[a-z0-9]")
PLACE = "/explore/simulated-utility/1"
ROOT = Actor("root", frozenset({"account.manage"}))


@dataclass(frozen=True)
class Utility:
    """A made-up utility that was imported, and who is signed in."""

    house: House
    analyst: Person
    administrator: Person


@pytest.fixture(scope="module")
def utility(tmp_path_factory) -> Iterator[Utility]:
    home = read_home(tmp_path_factory.mktemp("utility") / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("root", PERMISSIONS))
        simulate_dataset(house, consumers=1500, seed=5)
        made = create_application(Services(house.for_actor, store, WebSettings("k" * 32, ("localhost",))))
        made.test_client_class = Person
        people = []
        for role in ("analyst", "administrator"):
            token = accounts.invite(store, ROOT, (role,))
            people.append(made.test_client())
            people[-1].send(f"/join/{token}", full_name=role.title(), name=f"the-{role}", password=PASSWORD)
        yield Utility(house, *people)


def drawn(person: Person, address: str) -> list[dict]:
    page = person.get(address)
    assert page.status_code == 200, page.text
    answers = [person.get(unescape(plot)) for plot in PLOT.findall(page.text)]
    assert {answer.status_code for answer in answers} <= {200}
    return [answer.get_json() for answer in answers]


def test_without_data_the_page_says_what_will_be_here(sign_up):
    page = sign_up("ana").get("/explore/")
    assert "There is nothing to look at yet" in page.text
    assert "/data/" in page.text


def test_the_first_page_is_the_newest_data(utility):
    answer = utility.analyst.get("/explore/")
    assert answer.headers["Location"].endswith(f"{PLACE}/use")


@pytest.mark.parametrize("look", [name for name in LOOKS if name != "connection"])
def test_every_look_asks_a_question_answers_it_in_a_sentence_and_gives_the_figures(utility, look):
    plots = drawn(utility.analyst, f"{PLACE}/{look}")
    assert plots
    for plot in plots:
        assert plot["title"].endswith("?")
        assert not CODE.search(plot["title"] + plot["caption"]), "a code where people read words"
        assert plot["caption"].endswith(".")
        assert plot["figure"]["data"], plot["title"]
        assert plot["table"]


def test_every_plot_belongs_to_a_look():
    assert {plot for look in LOOKS.values() for plot in look.plots} == set(PLOTS)


def test_filters_hold_for_the_plots_and_stay_chosen(utility):
    words = explore_choices(utility.house, "simulated-utility")
    assert len(words["category"]) > 1
    page = utility.analyst.get(f"{PLACE}/use?category=DOMESTIC&from=2025-01&to=2025-06")
    assert '<option value="DOMESTIC" selected>' in page.text
    assert '<option value="2025-06" selected>' in page.text
    plot = drawn(utility.analyst, f"{PLACE}/use?category=DOMESTIC&from=2025-01&to=2025-06")[0]
    assert {row["group"] for row in plot["table"]} == {"DOMESTIC"}
    assert {row["when"] for row in plot["table"]} == {f"2025-0{month}-01" for month in range(1, 7)}


def test_filters_that_leave_nothing_say_so(utility):
    plot = drawn(utility.analyst, f"{PLACE}/use?category=NOSUCH")[0]
    assert plot["caption"] == "There are too few bills under these filters."


def test_a_feature_is_explained_beside_its_plot(utility):
    page = utility.analyst.get(f"{PLACE}/feature?feature=use_6m")
    assert "kWh/month" in page.text
    assert "have no value" in page.text


def test_a_feature_that_is_not_there_is_refused_in_words(utility):
    answer = utility.analyst.get(f"{PLACE}/plots/feature.json?feature=nosuch")
    assert answer.status_code == 422
    assert "no feature nosuch" in answer.text


def test_two_features_of_the_first_look_measure_different_things(utility):
    plot = drawn(utility.analyst, f"{PLACE}/pair")[0]
    axes = plot["figure"]["layout"]
    assert axes["xaxis"]["title"]["text"] != axes["yaxis"]["title"]["text"]


def test_the_map_shows_no_place_of_few_connections(utility):
    page = utility.analyst.get(f"{PLACE}/map")
    address = re.search(r'data-map="([^"]+)"', page.text)
    assert address is not None
    places = utility.analyst.get(address[1]).get_json()
    assert places["places"]
    assert min(place["connections"] for place in places["places"]) >= SMALLEST_GROUP
    assert "connections at" in places["caption"]
    words = re.search(r'data-words="([^"]+)"', page.text)
    assert words is not None
    assert json.loads(unescape(words[1]))["connections"] == "connections"


def test_one_connection_is_shown_with_everything_that_is_known_of_it(utility):
    # Of one that has paid: not everybody has, and pseudonyms come in another order in each house.
    consumer = utility.house.version("simulated-utility").tables["payments"].head(1).collect()["consumer_id"][0]
    page = utility.analyst.get(f"{PLACE}/connection?consumer={consumer}")
    for table in ("Connections", "Bills and readings", "Payments"):
        assert f"<summary>{table}" in page.text
    for written in (consumer, f"{consumer[:4]}-{consumer[4:8]}"):
        plot = drawn(utility.analyst, f"{PLACE}/connection?consumer={written}")[0]
        assert plot["table"]
    assert "readings from" in plot["caption"]
    assert all(row["read_on"] for row in plot["table"])


def test_a_connection_that_is_not_there_is_said_beside_the_field(utility):
    page = utility.analyst.get(f"{PLACE}/connection?consumer=k7f3")
    assert page.status_code == 200
    assert "K7f3 is not in simulated-utility@1" in page.text
    assert 'value="k7f3"' in page.text


@pytest.mark.parametrize("look", ["feature", "pair", "together"])
def test_data_without_a_number_say_so(utility, tmp_path_factory, look):
    if not any(one.dataset == "bare" for one in list_versions(utility.house)):
        place = tmp_path_factory.mktemp("bare") / "consumers.csv"
        place.write_text("\n".join(["consumer_id,label", *(f"c{one:03},{one % 2}" for one in range(30))]), "utf-8")
        import_dataset(utility.house, place, name="bare", choices=ImportChoices(profile="table"))
    page = utility.analyst.get(f"/explore/bare/1/{look}")
    assert page.status_code == 200
    assert "no feature that is a number" in page.text


def test_htmx_gets_the_plots_without_the_frame(utility):
    part = utility.analyst.get(f"{PLACE}/use", headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert "data-plot" in part.text
    assert "<nav" not in part.text
    assert "HX-Request" in part.headers["Vary"]


def test_large_data_are_added_up_in_the_background_first(utility, monkeypatch):
    monkeypatch.setattr(explored_sums, "MOST_INLINE", {"bills": 1, "measured": 1})
    explored_sums.forget_exploration(utility.house, utility.house.registered("simulated-utility"))
    page = utility.analyst.get(f"{PLACE}/use")
    assert "These data are large" in page.text
    assert "data-plot" not in page.text
    answer = utility.analyst.send(f"{PLACE}/prepare", f"{PLACE}/use")
    assert "/jobs/" in answer.headers["Location"]
    done = work_once(utility.house, worker="w1")
    assert done is not None
    assert done.state == "done", done.message
    assert drawn(utility.analyst, f"{PLACE}/use")[0]["table"]


@pytest.mark.parametrize("address", [f"{PLACE}/nosuch", f"{PLACE}/plots/nosuch.json", "/explore/?data=x&look=use"])
def test_what_is_not_there_is_not_found(utility, address):
    assert utility.analyst.get(address).status_code == 404


def test_who_may_not_read_data_sees_none(utility):
    assert utility.administrator.get(f"{PLACE}/use").status_code == 403
    assert utility.administrator.get(f"{PLACE}/plots/by-month.json").status_code == 403
