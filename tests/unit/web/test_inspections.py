"""The week is planned, handed out, visited and recorded by the pages; an inspector sees the own cases alone."""

import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from flask import Flask
from PIL import Image
from tests.unit.web.conftest import PASSWORD, Person

from powertheft.actions import accounts, inspections
from powertheft.actions.house import House
from powertheft.actions.inspection_photos import LARGEST_PHOTO, drawn_anew
from powertheft.actions.ports import NewScoring
from powertheft.domain.errors import ChoiceError
from powertheft.domain.inspections import NewCase
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.privacy.pseudonyms import Pseudonyms
from powertheft.settings import WebSettings, read_home
from powertheft.store.work import SqlStore, open_store
from powertheft.web.application import create_application
from powertheft.web.services import Services

HERE = "Rock Street 4, Neithalnallur"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
ROOT = Actor("root", PERMISSIONS)
PEOPLE = {"mala": "manager", "ida": "inspector", "uma": "inspector"}
IDENTIFYING = ("990001", HERE, "Kannan Ravi", "98400 11111")


@dataclass(frozen=True)
class Office:
    """A home folder to be copied, and the cookies of who is signed in."""

    home: Path
    cookies: dict[str, str]


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Office:
    """A home with a list of 200 connections in two sections; the vault knows who each is; three people came in."""
    home = read_home(tmp_path_factory.mktemp("office") / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, ROOT)
        _score_and_name(house)
        made = create_application(Services(house.for_actor, store, WebSettings("k" * 32, ("localhost",))))
        made.test_client_class = Person
        return Office(home.path, {name: _sign_up(made, store, name, role) for name, role in PEOPLE.items()})


@pytest.fixture
def store(office, tmp_path) -> Iterator[SqlStore]:
    """The office's database, copied for one test."""
    shutil.copytree(office.home, tmp_path / "home")
    with open_store(read_home(tmp_path / "home", {}).database) as opened:
        yield opened


@pytest.fixture
def house(tmp_path, store) -> House:
    return House(read_home(tmp_path / "home", {}), store, ROOT)


@pytest.fixture
def enter(office, application) -> Callable[[str], Person]:
    """Let somebody of the office go on where they were signed in."""

    def enter(name: str) -> Person:
        person = application.test_client()
        person.set_cookie("powertheft", office.cookies[name])
        return person

    return enter


@pytest.fixture
def manager(enter):
    return enter("mala")


@pytest.fixture
def ida(enter):
    return enter("ida")


@pytest.fixture
def uma(enter):
    return enter("uma")


def _sign_up(made: Flask, store: SqlStore, name: str, role: str) -> str:
    person = made.test_client()
    token = accounts.invite(store, ROOT, (role,))
    person.send(f"/join/{token}", full_name=name.title(), name=name, password=PASSWORD)
    return person.get_cookie("powertheft").value


def _score_and_name(house: House) -> None:
    names = [Pseudonyms(house.key()).one(f"{990000 + number}") for number in range(200)]
    listed = pl.DataFrame(
        {
            "rank": range(1, 201),
            "consumer_id": names,
            "probability": [1 - number / 200 for number in range(200)],
            "expected_energy_kwh": [1000.0] * 200,
            "expected_amount": [5000.0] * 200,
            "reason_1": ["Used 72 % less than in the same months a year before"] * 200,
            "rules": ["year-on-year-fall, register-stuck"] * 200,
            "section": [f"Section {number % 2}" for number in range(200)],
        }
    )
    with house.new_scoring() as folder:
        place = house.home.scorings / folder
        place.mkdir()
        listed.write_parquet(place / "list.parquet")
        with house.begin() as work:
            details = {"currency": "INR", "rank_by": "probability"}
            work.scorings.add_scoring(NewScoring(folder.as_posix(), "bills@1", "theft@1", 200, details))
    told = {"name": "Kannan Ravi", "address": HERE, "phone": "98400 11111"}
    numbers = [f"{990000 + number}" for number in range(200)]
    house.vault().put(
        pl.DataFrame({"pseudonym": names, "number": numbers}).with_columns(**{k: pl.lit(v) for k, v in told.items()})
    )


@pytest.fixture
def handed(house, manager, ida, uma) -> House:
    """Twenty cases: 1 and 2 are with Ida, 3 is with Uma."""
    inspections.propose_cases(house, 1, visits=20)
    inspections.assign_cases(house, [1, 2], to="ida", planned_on=date.today())
    inspections.assign_cases(house, [3], to="uma")
    return house


def photo(**details: object) -> bytes:
    """A photo as a phone takes it: lying on its side, with the place and the owner written into it."""
    picture = Image.new("RGB", (640, 480), "orange")
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Phone of Kannan Ravi"
    exif.get_ifd(0x8825).update({1: "N", 2: (13.0, 5.0, 24.0)})
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=exif, **details)
    return made.getvalue()


def token(person, page: str) -> str:
    return TOKEN.search(person.get(page).text)[1]


def content(answer) -> str:
    """What a page says, without its frame; the number by which the log knows a request is another one each time."""
    said = re.search(r"<main>.*</main>", answer.text, re.DOTALL)[0]
    return re.sub(r"this number: [\w-]+", "this number: ...", said)


def record(person, number: int, files: tuple[bytes, ...] = (), **values: object):
    told = {"outcome": "theft", "inspected_on": date.today().isoformat(), **values}
    photos = [(io.BytesIO(content), f"p{place}.jpg") for place, content in enumerate(files)]
    data = {"csrf_token": token(person, f"/inspections/{number}"), **told, "photos": photos}
    return person.post(f"/inspections/{number}/record", data=data, content_type="multipart/form-data")


def test_without_a_case_the_page_says_what_to_do(manager, ida):
    assert "Plan the week" in manager.get("/inspections/").text
    assert "Nothing is waiting for you" in ida.get("/inspections/").text


def test_a_plan_says_how_many_are_drawn_at_random_and_opens_nothing(house, manager):
    shown = manager.get("/inspections/plan?scoring=1&visits=20&share=0.1").text
    assert "18 from the top of the list, 2 drawn at random" in shown
    assert "Open these 20 cases" in shown
    assert "Expected to confirm" in shown
    assert inspections.list_cases(house) == []


def test_a_plan_opens_what_it_showed_and_the_next_one_passes_over_it(house, manager):
    answer = manager.send("/inspections/plan", scoring=1, visits=20, share="0.1", section="")
    assert answer.location.startswith("/inspections/?which=proposed")
    cases = inspections.list_cases(house)
    assert len(cases) == 20
    assert sum(case.drawn_by == "random" for case in cases) == 2
    assert "20 connections are passed over" in manager.get("/inspections/plan?scoring=1&visits=5").text


def test_a_plan_of_a_section_that_is_not_there_gives_nobody(house, manager):
    shown = manager.get("/inspections/plan?scoring=1&visits=5&section=Section+9")
    assert "Nobody is left to visit there" in shown.text


def test_a_plan_that_cannot_be_is_said_beside_it(house, manager):
    shown = manager.get("/inspections/plan?scoring=1&visits=0")
    assert shown.status_code == 422
    assert "0 visits are no visits" in shown.text


def test_cases_are_told_apart_by_how_they_were_drawn(handed, manager):
    shown = manager.get("/inspections/?drawn_by=random").text
    assert "chance 1 in 91" in shown
    assert "2 cases, in the order of the route" in shown


def test_chosen_cases_are_handed_out(handed, manager):
    answer = manager.send("/inspections/assign", page="/inspections/", case=["4", "5"], to="uma", planned_on="")
    assert answer.status_code == 302
    assert [inspections.get_case(handed, number).assigned_to for number in (4, 5, 6)] == ["uma", "uma", None]


def test_all_cases_of_a_filter_are_handed_out_at_once(handed, manager):
    manager.send("/inspections/assign?which=proposed&section=Section+1", page="/inspections/", all="1", to="uma")
    with_uma = inspections.list_cases(handed, assigned_to="uma")
    assert {case.about["section"] for case in with_uma if case.number != 3} == {"Section 1"}
    assert len(with_uma) > 5


def test_nobody_is_handed_a_case_who_is_no_inspector(handed, manager):
    answer = manager.send("/inspections/assign", page="/inspections/", case="4", to="mala")
    assert answer.status_code == 422
    assert "Not a valid choice" in answer.text


def test_after_all_were_handed_out_those_are_shown(handed, manager):
    answer = manager.send("/inspections/assign?which=proposed", page="/inspections/", all="1", to="uma")
    assert answer.location == "/inspections/?which=assigned"
    shown = manager.get("/inspections/?which=proposed").text
    assert "No case is like that." in shown
    assert "Show all open cases" in shown


def test_a_case_of_the_list_without_a_reason_is_not_said_to_be_drawn_at_random(handed, manager):
    with handed.begin() as work:
        new = [
            NewCase("steg", name, drawn, 1.0, about={"rules": "register-stuck"})
            for name, drawn in (("a", "list"), ("b", "random"))
        ]
        listed, random = (case.number for case in work.inspections.propose(new))
    shown = manager.get(f"/inspections/{listed}").text
    assert "No single reason stands out" in shown
    assert "Drawn at random" not in shown
    assert "Bypass" not in shown
    shown = manager.get(f"/inspections/{random}").text
    assert "Drawn at random: no reason, look at everything." in shown
    assert "Bypass" in shown


def test_handing_out_nothing_is_said(handed, manager):
    answer = manager.send("/inspections/assign", page="/inspections/", to="uma")
    assert answer.status_code == 422
    assert "No case is chosen" in answer.text


def test_an_inspector_sees_the_own_cards_with_what_to_look_at(handed, ida):
    shown = ida.get("/inspections/").text
    assert "Case 1" in shown
    assert "Case 3" not in shown
    assert "Look at: Bypass, Does the meter count, Seals, Meter" in shown
    assert "Next: case" in shown


@pytest.mark.parametrize("path", ["", "/photos/" + "0" * 24 + ".jpg"])
def test_a_guessed_address_shows_no_case_of_somebody_else(handed, ida, path):
    answer, never = ida.get(f"/inspections/3{path}"), ida.get(f"/inspections/777{path}")
    assert answer.status_code == never.status_code == 404
    assert content(answer) == content(never)


@pytest.mark.parametrize("step", ["address", "start", "record", "correct", "withdraw", "close", "hand-over"])
def test_a_guessed_address_changes_no_case_of_somebody_else(handed, ida, step):
    values = {"outcome": "normal", "inspected_on": "2026-03-01", "note": "x", "to": "ida"}
    answer = ida.send(f"/inspections/3/{step}", page="/inspections/1", **values)
    never = ida.send(f"/inspections/777/{step}", page="/inspections/1", **values)
    assert answer.status_code == never.status_code == (403 if step in {"withdraw", "close", "hand-over"} else 404)
    assert content(answer) == content(never)
    assert not any(word in answer.text for word in IDENTIFYING)
    assert inspections.get_case(handed, 3).state == "assigned"


@pytest.mark.parametrize(
    "page", ["plan", "export", "labels", "sheets?which=all", "sheets?case=1", "?which=all&to=uma", "1", "mine", ""]
)
def test_no_page_of_an_inspector_says_who_somebody_is_or_tells_of_other_cases(handed, ida, page):
    shown = ida.get(f"/inspections/{page}").text
    assert not any(word in shown for word in IDENTIFYING)
    assert "Case 3" not in shown


def test_sheets_of_somebody_else_are_not_printed(handed, ida):
    assert ida.get("/inspections/sheets?case=3").status_code == 404
    assert ida.get("/inspections/sheets?case=777").status_code == 404


def test_the_address_of_an_own_visit_is_shown_on_asking_and_the_look_is_recorded(handed, ida, manager):
    shown = ida.send("/inspections/1/address", page="/inspections/1").text
    assert HERE in shown
    assert "Kannan Ravi" not in shown
    assert "98400" not in shown
    with handed.begin() as work:
        look = work.audit.list_events(action="vault.looked")[0]
    assert (look.actor, look.details["reason"]) == ("ida", "visit of case 1")


def test_the_address_is_not_shown_once_the_visit_is_recorded(handed, ida):
    ida.send("/inspections/1/start", page="/inspections/1")
    record(ida, 1)
    answer = ida.send("/inspections/1/address", page="/inspections/1")
    assert answer.status_code == 409
    assert HERE not in answer.text


def test_a_visit_is_begun_and_recorded_and_the_next_one_opens(handed, ida):
    assert "What did you find?" not in ida.get("/inspections/1").text
    ida.send("/inspections/1/start", page="/inspections/1")
    answer = record(ida, 1, energy_assessed="1,250.5", amount_assessed="12,000", note="loop behind the board")
    assert answer.location == "/inspections/2"
    finding = inspections.get_case(handed, 1).finding
    assert finding is not None
    assert (finding.outcome, finding.energy_assessed, finding.amount_assessed) == ("theft", 1250.5, 12000.0)
    assert "loop behind the board" in ida.get("/inspections/1").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"outcome": ""}, "Please fill this in"),
        ({"energy_assessed": "a lot"}, "A lot is no number"),
        ({"amount_assessed": "900,50"}, "900,50 is no number"),
        ({"energy_assessed": "-3"}, "-3 is no amount"),
        ({"inspected_on": (date.today() + timedelta(days=3)).isoformat()}, "is in the future"),
        ({"inspected_on": (date.today() - timedelta(days=2)).isoformat()}, "is before the case was handed out, on"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_rest_is_kept(handed, ida, values, words):
    ida.send("/inspections/1/start", page="/inspections/1")
    answer = record(ida, 1, (photo(),), **{"note": "kept as written", **values})
    assert answer.status_code == 422
    assert words in answer.text
    assert "kept as written" in answer.text
    assert answer.text.count('name="kept"') == 1
    assert inspections.get_case(handed, 1).state == "started"


def test_everything_that_is_wrong_is_said_at_once_beside_its_field(handed, ida):
    ida.send("/inspections/1/start", page="/inspections/1")
    early = (date.today() - timedelta(days=2)).isoformat()
    wrong = {"outcome": "", "energy_assessed": "a lot", "amount_assessed": "900,50", "inspected_on": early}
    shown = record(ida, 1, (photo(), b"no photo"), **wrong).text
    told = dict(re.findall(r'id="(\w+)-trouble">.*?<span>(.*?)</span>', shown))
    assert told["outcome"] == "Please fill this in."
    assert told["energy_assessed"].startswith("A lot is no number")
    assert told["amount_assessed"].startswith("900,50 is no number")
    assert "before the case was handed out" in told["inspected_on"]
    assert told["photos"].startswith("The file is no photo")
    assert shown.count('name="kept"') == 1


def test_a_case_without_a_section_says_its_district_or_its_region(handed, manager):
    def where(**about: str) -> str:
        with handed.begin() as work:
            new = NewCase("steg", f"c-{len(about)}", "list", 1.0, about=about)
            number = work.inspections.propose([new])[0].number
        return re.search(r'class="lead">(.*?)</p>', manager.get(f"/inspections/{number}").text)[1]

    assert where(region="101", district="60") == "district 60"
    assert where(region="101") == "region 101"
    assert where() == "place not known"
    listed = manager.get("/inspections/?which=all").text
    assert re.search(r'class="scope small">district 60<', listed)
    assert re.search(r'class="scope small">region 101<', listed)


def test_a_photo_is_kept_upright_without_what_the_phone_wrote_into_it(handed, ida, uma, tmp_path):
    ida.send("/inspections/1/start", page="/inspections/1")
    record(ida, 1, (photo(),))
    name = inspections.get_case(handed, 1).finding.photos[0]
    sent = ida.get(f"/inspections/1/photos/{name}")
    assert sent.mimetype == "image/jpeg"
    assert b"Kannan" not in sent.data
    with Image.open(io.BytesIO(sent.data)) as picture:
        assert picture.size == (480, 640)
        assert not dict(picture.getexif())
    assert (tmp_path / "home" / "inspections" / "case-000001" / name).read_bytes() == sent.data
    assert uma.get(f"/inspections/1/photos/{name}").status_code == 404


def test_what_is_no_photo_is_refused_beside_the_field(handed, ida):
    ida.send("/inspections/1/start", page="/inspections/1")
    answer = record(ida, 1, (b"<svg onload=alert(1)>",))
    assert answer.status_code == 422
    assert "The file is no photo that can be read" in answer.text


def test_a_photo_of_more_than_12_mb_is_refused_and_one_below_gets_in():
    with pytest.raises(ChoiceError, match="more than 12 MB"):
        drawn_anew(photo() + b"\0" * LARGEST_PHOTO)
    large = Image.effect_noise((2500, 1500), 90).convert("RGB")
    made = io.BytesIO()
    large.save(made, "PNG")
    assert len(made.getvalue()) > 1 << 20
    with Image.open(io.BytesIO(drawn_anew(made.getvalue()))) as picture:
        assert max(picture.size) == 2048


def test_a_photo_name_that_was_made_up_is_not_kept(handed, ida):
    ida.send("/inspections/1/start", page="/inspections/1")
    record(ida, 1, kept="../../keys/pseudonyms.key")
    assert inspections.get_case(handed, 1).finding.photos == ()
    assert ida.get("/inspections/1/photos/..%2F..%2Fkeys%2Fpseudonyms.key").status_code == 404


def test_a_correction_keeps_what_was_recorded_before(handed, ida, manager):
    ida.send("/inspections/1/start", page="/inspections/1")
    record(ida, 1, energy_assessed="900")
    ida.send("/inspections/1/correct", page="/inspections/1", note="it was the house next door")
    assert 'value="900"' in ida.get("/inspections/1").text
    record(ida, 1, outcome="normal", energy_assessed="")
    shown = manager.get("/inspections/1").text
    assert "it was the house next door" in shown
    assert "900 kWh" in shown
    assert inspections.get_case(handed, 1).finding.outcome == "normal"


def test_a_large_amount_comes_back_for_a_correction_with_every_digit(handed, ida):
    ida.send("/inspections/1/start", page="/inspections/1")
    record(ida, 1, energy_assessed="12,50,000.5", amount_assessed="1,23,45,678")
    ida.send("/inspections/1/correct", page="/inspections/1", note="the day")
    shown = ida.get("/inspections/1").text
    assert 'value="1250000.5"' in shown
    assert 'value="12345678"' in shown


def test_a_case_is_withdrawn_with_a_reason_only_and_opened_again(handed, manager):
    assert manager.send("/inspections/4/withdraw", page="/inspections/4", note="").status_code == 422
    manager.send("/inspections/4/withdraw", page="/inspections/4", note="visited last week")
    assert "visited last week" in manager.get("/inspections/4").text
    manager.send("/inspections/4/propose-again", page="/inspections/4")
    assert inspections.get_case(handed, 4).state == "proposed"


def test_a_closed_case_can_no_longer_be_changed(handed, manager, ida):
    ida.send("/inspections/1/start", page="/inspections/1")
    record(ida, 1)
    manager.send("/inspections/1/close", page="/inspections/1")
    answer = ida.send("/inspections/1/correct", page="/inspections/2", note="no")
    assert answer.status_code == 409
    assert "Case 1 is closed" in answer.text


def test_hit_rates_of_list_and_random_are_told_apart(handed, manager, ida):
    inspections.assign_cases(handed, [20], to="ida")
    for number, outcome in ((1, "theft"), (2, "no_access"), (20, "normal")):
        ida.send(f"/inspections/{number}/start", page=f"/inspections/{number}")
        record(ida, number, outcome=outcome)
    shown = manager.get("/inspections/").text
    assert "1 of 1 visits" in shown
    assert "0 of 1: what visits without a list find" in shown


def test_sheets_show_addresses_to_a_manager_who_says_why(handed, manager):
    assert HERE not in manager.get("/inspections/sheets?case=1").text
    assert manager.send("/inspections/sheets?case=1", reason="").status_code == 422
    shown = manager.send("/inspections/sheets?case=1", reason="squad without phones").text
    assert HERE in shown
    assert "Follow the service wire" in shown


def test_an_inspector_prints_the_own_sheets_with_addresses_without_names(handed, ida):
    shown = ida.send("/inspections/sheets", reason="no network there").text
    assert shown.count(HERE) == 2
    assert "Kannan Ravi" not in shown


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_cases_are_exported_by_pseudonym(handed, manager, kind):
    sent = manager.get(f"/inspections/export?format={kind}&which=open")
    assert f"cases.{kind}" in sent.headers["Content-Disposition"]
    if kind == "csv":
        assert pl.read_csv(io.BytesIO(sent.data)).height == 20
    else:
        assert openpyxl.load_workbook(io.BytesIO(sent.data)).worksheets[0].max_row == 21
    assert b"990001" not in sent.data


def test_outcomes_become_labels_with_how_they_were_drawn(handed, manager, ida):
    assert "Nothing is recorded yet" in manager.get("/inspections/labels").text
    ida.send("/inspections/1/start", page="/inspections/1")
    record(ida, 1, energy_assessed="900")
    sent = manager.send("/inspections/labels", dataset="bills", numbers="1", reason="labels for the next training")
    rows = pl.read_csv(io.BytesIO(sent.data))
    assert rows.columns[:4] == ["consumer_id", "inspected_on", "sequence", "outcome"]
    assert rows["consumer_id"].to_list() == [990000]
    assert rows.select("outcome", "drawn_by", "inclusion_probability").row(0) == ("theft", "list", 1.0)
    by_pseudonym = manager.send("/inspections/labels", dataset="bills")
    assert b"990000" not in by_pseudonym.data
    refused = manager.send("/inspections/labels", dataset="bills", numbers="1", reason="")
    assert refused.status_code == 422
    assert "needs a reason" in refused.text


def test_an_auditor_reads_and_changes_nothing(handed, sign_up):
    auditor = sign_up("otto", "auditor")
    shown = auditor.get("/inspections/").text
    assert "Case 3" in shown or "/inspections/3" in shown
    assert "Hand out" not in shown
    assert auditor.send("/inspections/assign", page="/inspections/1", case="4", to="uma").status_code == 403


def bring(person, content: str, name: str = "outcomes.csv", act: str = "record"):
    data = {
        "csrf_token": token(person, "/inspections/outcomes"),
        "act": act,
        "file": (io.BytesIO(content.encode()), name),
    }
    return person.post("/inspections/outcomes", data=data, content_type="multipart/form-data")


def test_outcomes_come_from_a_file_and_refused_rows_are_told_by_line(handed, manager):
    head, today = "case,outcome,inspected_on\n", date.today()
    assert "Outcomes from a file" in manager.get("/inspections/").text
    shown = bring(manager, f"{head}1,theft,{today}\n2,rain,{today}\n", act="check").text
    assert "1 outcome can be recorded." in shown
    assert inspections.get_case(handed, 1).state == "assigned"
    shown = bring(manager, f"{head}1,theft,{today}\n2,rain,{today}\n").text
    assert "1 outcome is recorded." in shown
    assert re.search(r'class="number">3</th><td>&#39;rain&#39; is no outcome</td>', shown)
    assert inspections.get_case(handed, 1).finding.outcome == "theft"
    answer = bring(manager, f"{head}1,theft,{today}\n2,normal,{today}\n")
    assert answer.location == "/inspections/?which=recorded"


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        ("a,b\n1,2\n", "outcomes.csv", "has no column outcome"),
        ("x", "outcomes.pdf", "A file of this kind is not read here"),
        ("", "", "No file is chosen"),
    ],
)
def test_a_file_that_is_none_is_said_beside_the_field(handed, manager, content, name, words):
    answer = bring(manager, content, name)
    assert answer.status_code == 422
    assert words in answer.text


def test_an_inspector_brings_outcomes_and_an_analyst_does_not(handed, ida, sign_up):
    assert (
        "1 outcome is recorded"
        in ida.get(bring(ida, f"case,outcome,inspected_on\n1,theft,{date.today()}").location).text
    )
    assert inspections.get_case(handed, 1).state == "recorded"
    refused = sign_up("anna", "analyst").get("/inspections/outcomes")
    assert refused.status_code == 403
    assert "Recording outcomes is for inspectors and managers" in refused.text
