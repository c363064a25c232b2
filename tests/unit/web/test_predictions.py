"""A list and its connections by the pages: by pseudonym, under filters, with reasons, what-if and the way to a case."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl
import pytest
from tests.scored_utility import make_scored
from tests.unit.web.conftest import PASSWORD, Person

from powertheft.actions import accounts
from powertheft.actions.house import House
from powertheft.actions.inspections import list_cases, preview_cases
from powertheft.actions.scorings import read_list
from powertheft.actions.work_jobs import list_jobs
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import open_store
from powertheft.web.application import create_application
from powertheft.web.predictions_pictures import sparkline, waterfall_rows
from powertheft.web.services import Services

LINK = re.compile(r'href="(/predictions/1/connections/[0-9a-f]{32})"')
ROOT = Actor("root", frozenset({"account.manage"}))


@dataclass(frozen=True)
class Utility:
    """A scored utility, its list, and who is signed in."""

    house: House
    listed: pl.DataFrame
    people: dict[str, Person]

    @property
    def first(self) -> str:
        return f"/predictions/1/connections/{self.listed['consumer_id'][0]}"


@pytest.fixture(scope="module")
def utility(tmp_path_factory) -> Iterator[Utility]:
    root = tmp_path_factory.mktemp("utility")
    home = read_home(root / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("root", PERMISSIONS))
        make_scored(house, root / "export")
        made = create_application(Services(house.for_actor, store, WebSettings("k" * 32, ("localhost",))))
        made.test_client_class = Person
        people = {}
        for role in ("analyst", "manager", "auditor", "inspector"):
            token = accounts.invite(store, ROOT, (role,))
            people[role] = made.test_client()
            people[role].send(f"/join/{token}", full_name=role.title(), name=f"the-{role}", password=PASSWORD)
        yield Utility(house, read_list(house, 1).collect(), people)


@pytest.fixture
def manager(utility) -> Person:
    return utility.people["manager"]


@pytest.fixture
def analyst(utility) -> Person:
    return utility.people["analyst"]


def links(text: str) -> list[str]:
    return list(dict.fromkeys(LINK.findall(text)))


def test_without_a_list_the_page_says_what_it_needs(sign_up):
    person = sign_up("ben", "analyst")
    assert "No list is made yet" in person.get("/predictions/").text
    assert "Bring in data" in person.get("/predictions/new").text


def test_lists_are_shown_with_data_model_and_order(utility, manager):
    shown = manager.get("/predictions/").text
    assert 'href="/predictions/1/"' in shown
    assert "bills@1" in shown
    assert "theft@1" in shown
    assert "How likely" in shown


def test_a_list_is_asked_for_made_in_the_background_and_its_progress_shown(utility, analyst):
    form = analyst.get("/predictions/new").text
    assert 'value="theft@1"' in form
    answer = analyst.send("/predictions/new", dataset="bills@1", model="theft@1", rank_by="recovery")
    assert answer.location == "/predictions/"
    assert "waits for its turn" in analyst.get("/predictions/").text
    assert list_jobs(utility.house)[0].arguments["rank_by"] == "recovery"
    assert work_once(utility.house, worker="w1") is not None
    assert 'href="/predictions/2/"' in analyst.get("/predictions/").text


def test_a_list_of_what_is_not_there_is_refused_beside_the_field(utility, analyst):
    answer = analyst.send("/predictions/new", dataset="other@9", model="theft@1", rank_by="probability")
    assert answer.status_code == 422
    assert "Not a valid choice" in answer.text


def test_a_list_shows_fifty_by_pseudonym_with_a_picture_each(utility, manager):
    answer = manager.get("/predictions/1/")
    expected = [f"/predictions/1/connections/{name}" for name in utility.listed["consumer_id"][:50]]
    assert links(answer.text) == expected
    assert answer.text.count('class="spark"') == 50
    assert "2,000 of 2,000 connections" in answer.text
    assert "Select 60 for this week" in answer.text
    assert len(answer.data) < 500_000


def test_a_list_is_filtered_sorted_and_turned_over(utility, manager):
    section = utility.listed["section"].drop_nulls()[0]
    there = utility.listed.filter(pl.col("section") == section)
    shown = manager.get("/predictions/1/", query_string={"section": section, "page": 2}).text
    assert links(shown)[0].endswith(there["consumer_id"][50])
    assert "51 to 100" in shown
    dearest = utility.listed.sort("expected_amount", descending=True, nulls_last=True)
    shown = manager.get("/predictions/1/?sort=expected_amount&order=down").text
    assert links(shown)[0].endswith(dearest["consumer_id"][0])
    assert 'aria-sort="descending"' in shown
    start = utility.listed["consumer_id"][7][:8]
    assert len(links(manager.get(f"/predictions/1/?pseudonym={start[:4]}-{start[4:]}").text)) == 1


def test_filters_that_nobody_fits_offer_the_way_back(utility, manager):
    assert "No connection fits" in manager.get("/predictions/1/?reason=no+such+words").text


def test_columns_are_chosen_and_kept_by_the_address(utility, manager):
    answer = manager.get("/predictions/1/?column=points&column=rules&sort=points&order=down")
    assert answer.status_code == 302
    assert "columns=points%2Crules" in answer.location
    shown = manager.get(answer.location).text
    assert "Points of rules" in shown
    assert ">Category<" not in shown.partition("<thead>")[2].partition("</thead>")[0]


def test_htmx_gets_the_rows_alone(utility, manager):
    part = manager.get("/predictions/1/?page=2", headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
    assert "<html" not in part
    assert len(links(part)) == 50


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_what_is_filtered_is_exported(utility, manager, kind):
    sent = manager.get(f"/predictions/1/export?format={kind}&reason=neighbours")
    assert f"list-1.{kind}" in sent.headers["Content-Disposition"]
    if kind == "csv":
        rows = pl.read_csv(io.BytesIO(sent.data))
        told = utility.listed.filter(
            pl.any_horizontal(pl.col(f"reason_{place}").str.contains("(?i)neighbours") for place in (1, 2, 3))
        )
        assert rows["consumer_id"].to_list() == told["consumer_id"].to_list()
    else:
        assert sent.data.startswith(b"PK")


def test_an_excel_file_that_would_take_minutes_is_not_begun_and_the_page_says_what_else_to_do(manager, monkeypatch):
    monkeypatch.setattr("powertheft.web.predictions.MOST_IN_WORKBOOK", 3)
    sent = manager.get("/predictions/1/export?format=xlsx&reason=neighbours", follow_redirects=True)
    assert sent.request.path == "/predictions/1/"
    assert sent.request.args.to_dict() == {"reason": "neighbours"}
    assert "takes minutes. Filter the list, or take CSV." in sent.text


def test_transformers_and_bills_to_correct_have_their_views(utility, manager):
    assert "Unexplained (kWh)" in manager.get("/predictions/1/transformers").text
    rule = "register-ahead-of-bills"
    shown = manager.get(f"/predictions/1/bills?rule={rule}").text
    count = utility.listed.filter(pl.col("rules").str.contains(rule)).height
    assert f"{count} of 2,000 connections" in shown or "No bill is like that" in shown


@pytest.mark.parametrize("address", ["/predictions/99/", "/predictions/1/connections/" + "0" * 32])
def test_what_is_not_there_is_not_found(utility, manager, address):
    assert manager.get(address).status_code == 404


def test_a_connection_tells_its_bills_reasons_rules_and_neighbours(utility, manager):
    row = utility.listed.row(0, named=True)
    answer = manager.get(utility.first)
    assert row["reason_1"] in answer.text
    assert f"{100 * row['probability']:.0f} %" in answer.text
    assert '<rect class="use' in answer.text
    for title in ("The bills", "Why", "What if", "Around", "History"):
        assert f"</span>{title}</h2>" in answer.text
    assert len(answer.data) < 500_000


def test_contributions_begin_where_the_ones_before_ended(utility):
    told = {"base_value": -2.0, "others": 3, "others_together": -0.5, "steps": []}
    told["steps"] = [{"meaning": "a", "value": 0.25, "unit": "share", "feature": "a", "contribution": 1.5}]
    first, rest = waterfall_rows(told)
    assert first["shown"] == "25 %"
    assert 'class="raises" x="0.00" y="1" width="100.00"' in first["bar"]
    assert 'class="lowers" x="66.67" y="1" width="33.33"' in rest["bar"]


def test_a_small_picture_breaks_off_where_nothing_is_known():
    assert sparkline([1.0, None, 2.0, 3.0]).count("M") == 3
    assert "–" in sparkline([None, None])


def test_what_if_asks_the_model_with_what_was_moved(utility, manager):
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    shown = manager.get(f"{utility.first}/what-if?factor=3&month-2026-05=7&was-month-2026-05=7", headers=part).text
    assert "Had the last six bills been 3" in shown
    assert "→" in shown
    assert "Nothing was changed" in manager.get(f"{utility.first}/what-if?factor=1", headers=part).text
    refused = manager.get(f"{utility.first}/what-if?factor=90", headers=part)
    assert refused.status_code == 422
    assert "too far from the bills" in refused.text


def test_a_second_opinion_and_the_smallest_change_work_without_a_script(utility, manager):
    assert "Second opinion." in manager.get(f"{utility.first}/second-opinion").text
    shown = manager.get(f"{utility.first}/smallest-change").text
    assert "What is the smallest plausible change" not in shown
    assert "</span>The bills</h2>" in shown


def test_who_a_connection_is_is_shown_with_a_reason_and_to_whoever_may(utility, manager, analyst):
    assert "Who is it?" not in analyst.get(utility.first).text
    assert analyst.send(f"{utility.first}/reveal", page="/predictions/new", reason="curious").status_code == 403
    assert manager.send(f"{utility.first}/reveal", page=utility.first, reason="").status_code == 422
    shown = manager.send(f"{utility.first}/reveal", page=utility.first, reason="call from the section office").text
    assert "Your look is recorded." in shown
    assert "call from the section office" in manager.get(utility.first).text


def test_a_connection_is_sent_to_inspection_once(utility, manager):
    target = f"/predictions/1/connections/{utility.listed['consumer_id'][5]}"
    answer = manager.send(f"{target}/send", page=target)
    assert answer.location.startswith("/inspections/")
    shown = manager.get(target).text
    assert "is open" in shown
    assert "Send to inspection" not in shown


def test_a_connection_is_set_aside_with_a_reason_and_passed_over(utility, manager):
    name = utility.listed["consumer_id"][9]
    target, before = f"/predictions/1/connections/{name}", preview_cases(utility.house, 1, visits=5).passed_over
    assert manager.send(f"{target}/not-worth", page=target, why="").status_code == 422
    manager.send(f"{target}/not-worth", page=target, why="empty since May")
    shown = manager.get(target).text
    assert "empty since May" in shown
    assert "Set aside" in shown
    assert preview_cases(utility.house, 1, visits=5).passed_over == before + 1
    assert list_cases(utility.house, states=["withdrawn"])[0].consumer_id == name


def test_an_inspector_sees_no_list_and_no_connection(utility):
    inspector = utility.people["inspector"]
    for address in ("/predictions/", "/predictions/1/", utility.first, f"{utility.first}/what-if"):
        assert inspector.get(address).status_code == 403
    assert inspector.send(f"{utility.first}/send", page="/inspections/").status_code in {400, 403}


def test_an_auditor_reads_and_sends_nobody(utility):
    auditor = utility.people["auditor"]
    shown = auditor.get(utility.first).text
    assert "Send to inspection" not in shown
    assert "Who looked at who it is" in shown
    assert auditor.send(f"{utility.first}/send", page="/settings/").status_code == 403
