"""A list and its connections by the pages: by pseudonym, under filters, with reasons, what-if and the way to a case."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

import openpyxl
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
from powertheft.web.predictions_words import worth_words
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


def test_an_excel_file_that_takes_minutes_is_made_by_a_job_and_taken_from_its_page(utility, manager, monkeypatch):
    monkeypatch.setattr("powertheft.web.predictions.MOST_AT_ONCE", 3)
    asked = "reason=neighbours&sort=expected_amount&order=down"
    shown = manager.get(f"/predictions/1/?{asked}").text
    target = f"/predictions/1/export?{asked}"
    assert f'action="{target.replace("&", "&amp;")}"' in shown
    answer = manager.send(target, page=f"/predictions/1/?{asked}")
    assert answer.location.startswith("/jobs/")
    done = work_once(utility.house, worker="w1")
    assert done is not None
    assert done.state == "done", done.message
    place = re.search(r'href="(/data/downloads/list-1-[0-9a-f]{8}\.xlsx)"', manager.get(answer.location).text)
    assert place is not None
    with manager.get(place[1]) as sent:
        sheet = openpyxl.load_workbook(io.BytesIO(sent.data)).active
    head, *rows = sheet.iter_rows(values_only=True)
    told = utility.listed.filter(
        pl.any_horizontal(pl.col(f"reason_{one}").str.contains("(?i)neighbours") for one in (1, 2, 3))
    ).sort("expected_amount", descending=True, nulls_last=True, maintain_order=True)
    assert [row[head.index("consumer_id")] for row in rows] == told["consumer_id"].to_list()
    assert [row[head.index("used_in_fitting")] for row in rows] == told["used_in_fitting"].to_list()


def test_an_address_that_asks_for_so_large_a_file_at_once_leads_back_to_the_list(manager, monkeypatch):
    monkeypatch.setattr("powertheft.web.predictions.MOST_AT_ONCE", 3)
    sent = manager.get("/predictions/1/export?format=xlsx&reason=neighbours", follow_redirects=True)
    assert sent.request.path == "/predictions/1/"
    assert sent.request.args.to_dict() == {"reason": "neighbours"}
    assert "press Excel here, and it is made meanwhile" in sent.text


def test_an_auditor_has_no_file_made(utility):
    assert utility.people["auditor"].send("/predictions/1/export", page="/settings/").status_code == 403


def test_a_list_says_how_many_of_it_the_model_learnt_from_and_shows_the_others_alone(utility, manager):
    learnt = int(utility.listed["used_in_fitting"].sum())
    assert 0 < learnt < utility.listed.height
    shown = manager.get("/predictions/1/").text
    assert f"{learnt:,} of the 2,000 connections here were in the data the model learnt from" in shown
    marked = shown.count(">learnt from</span>")
    assert marked == int(utility.listed["used_in_fitting"][:50].sum())
    others = manager.get("/predictions/1/?learnt=no").text
    unseen = utility.listed.filter(~pl.col("used_in_fitting"))
    assert links(others) == [f"/predictions/1/connections/{name}" for name in unseen["consumer_id"][:50]]
    assert "in the data the model learnt from" not in others
    assert ">learnt from</span>" not in others
    assert len(links(manager.get("/predictions/1/?learnt=yes&page=1").text)) == min(50, learnt)


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
    nothing = manager.get(f"{utility.first}/what-if?factor=1", headers=part).text
    assert "As it is." in nothing
    assert "→" not in nothing
    refused = manager.get(f"{utility.first}/what-if?factor=90", headers=part)
    assert refused.status_code == 422
    assert "too far from the bills" in refused.text


def test_the_model_is_asked_after_the_page_and_without_a_script_by_a_link(utility, manager):
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    first = manager.get(utility.first).text
    assert f'hx-get="{utility.first}/why"' in first
    assert 'aria-label="Contributions"' not in first
    whole = manager.get(f"{utility.first}/why").text
    later = manager.get(f"{utility.first}/why", headers=part).text
    for shown in (whole, later):
        assert 'aria-label="Contributions"' in shown
        assert "Rules that hold" in shown
        assert 'name="feature-' in shown
        assert f'hx-get="{utility.first}/second-opinion"' in shown
    assert "</span>The bills</h2>" in whole
    assert "</span>The bills</h2>" not in later
    assert manager.get("/predictions/1/connections/" + "0" * 32 + "/why", headers=part).status_code == 404


def test_the_likelihood_is_said_to_come_of_the_score_by_calibration(utility, manager):
    told = re.sub(r"\s+", " ", manager.get(f"{utility.first}/why").text)
    likely = f"{100 * utility.listed['probability'][0]:.0f} %"
    assert (
        f"The raw score only ranks: what such scores have meant where visits found theft or not (the calibration) "
        f"turns it into the likelihood of {likely}." in told
    )


def test_likelihoods_are_written_one_way_whatever_was_moved(utility, manager):
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    for asked in ("factor=3", "month-2026-05=900&was-month-2026-05=7"):
        shown = manager.get(f"{utility.first}/what-if?{asked}", headers=part).text
        assert len(set(re.findall(r"(\d[\d.]* %) (?:→|would be)", shown))) == 1
        assert not re.search(r"\b0\.\d\d would be", shown)


def test_sliders_that_were_not_moved_are_not_asked(utility, manager):
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    same = manager.get(f"{utility.first}/what-if?factor=1.0&month-2026-05=7&was-month-2026-05=7.0", headers=part).text
    assert "As it is." in same
    assert "→" not in same


@pytest.mark.parametrize(
    ("energy", "high", "amount", "value", "says"),
    [
        (None, None, None, None, "cannot be told from these data"),
        (0.0, 0.0, 0.0, None, "no loss can be told from these bills"),
        (0.0, 434.0, 0.0, None, "At most 434 kWh"),
        (356.0, 900.0, 0.0, "Rs 0", "at its tariff that costs nothing"),
        (356.0, 900.0, None, "356 kWh", "0 to 900 kWh"),
        (356.0, 900.0, 1200.0, "Rs 1,200", "356 kWh not billed, 0 to 900 kWh"),
    ],
)
def test_a_worth_of_nothing_is_said_in_words(utility, manager, energy, high, amount, value, says):
    low = None if high is None else 0.0
    head = {
        "expected_energy_kwh": energy,
        "expected_energy_low_kwh": low,
        "expected_energy_high_kwh": high,
        "expected_amount": amount,
    }
    with manager.application.test_request_context():
        told = worth_words(head, "INR")
    assert told["value"] == value
    assert says in str(told["note"])


def test_a_list_says_where_no_loss_is_told(utility, manager):
    nothing = utility.listed.filter(pl.col("expected_energy_kwh") < 1)
    assert nothing.height
    page = (nothing["rank"][0] - 1) // 50 + 1
    assert "no loss told" in manager.get("/predictions/1/", query_string={"page": page}).text


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
