"""From files to a dataset by the pages: in five steps, with or without JavaScript, and with files that are wrong."""

import io
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from powertheft.actions import intakes
from powertheft.actions.house import House
from powertheft.actions.simulate_data import simulate_data
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once
from powertheft.settings import read_home

PASSWORD = "transformer-lantern-mango"
UPLOAD = re.compile(r"/data/new/([0-9a-f]{24})")
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture(scope="module")
def utility(tmp_path_factory) -> Path:
    """The export of a small utility that does not exist."""
    folder = tmp_path_factory.mktemp("utility") / "export"
    simulate_data(folder, consumers=100, bills=8, seed=5)
    for name in ("truth.csv", "truth_transformers.csv"):
        (folder / name).unlink()
    return folder


@pytest.fixture
def house(tmp_path, store) -> House:
    return House(read_home(tmp_path / "home", {}), store, Actor("root", PERMISSIONS))


@pytest.fixture
def ana(sign_up):
    return sign_up("ana", "analyst", "manager")


@pytest.fixture
def work(house):
    """Lets the background do what is queued; returns the jobs as they ended, but for what follows an import."""

    def work():
        done = []
        while (job := work_once(house, worker="w1")) is not None:
            with house.begin() as opened:
                print(*(line.text for line in opened.jobs.list_log(job.number)), sep="\n")
            if job.kind not in {"dataset.explore", "house.watch", "alert.send"}:
                done.append(job)
        return done

    return work


def token_of(person, page="/data/new") -> str:
    return TOKEN.search(person.get(page).text)[1]


def send_form(person, files, address="/data/new"):
    """Send files as a browser without JavaScript does."""
    data = {"csrf_token": token_of(person), "files": [(io.BytesIO(content), name) for name, content in files]}
    return person.post(address, data=data, content_type="multipart/form-data")


def begun(person, folder: Path) -> str:
    """Upload all files of a folder by the plain form; return the address of the upload."""
    answer = send_form(person, [(file.name, file.read_bytes()) for file in sorted(folder.iterdir())])
    assert answer.status_code == 302, answer.text
    return answer.location


def looked(person, folder: Path, work) -> str:
    address = begun(person, folder)
    assert person.send(f"{address}/look", address).status_code == 302
    (job,) = work()
    assert job.state == "done", job.message
    return address


def checked(person, folder: Path, work) -> str:
    address = looked(person, folder, work)
    person.send(f"{address}/columns", address, agree="1")
    person.send(f"{address}/privacy", address)
    (job,) = work()
    assert job.state == "done", job.message
    return address


def imported(person, folder: Path, work, name: str = "bills", **more: str) -> str:
    """Go the whole way; return the address of the version."""
    address = checked(person, folder, work)
    person.send(f"{address}/quality", address)
    answer = person.send(f"{address}/confirm", address, name=name, **more)
    assert answer.status_code == 302, answer.text
    (job,) = work()
    assert job.state == "done", job.message
    return person.get(address).location


def test_the_way_from_files_to_a_version_without_a_profile(ana, utility, work, house):
    place = imported(ana, utility, work)
    assert place == "/data/sets/bills/1"
    page = ana.get(place).text
    assert "bills@1" in page
    assert ">100<" in page
    assert "Train a model" in page
    assert "Make a list" in page
    assert "bills" in ana.get("/data/").text
    # What the files said of people is gone with them.
    assert [path.name for path in (house.home.scratch / "intakes").rglob("*") if path.is_file()] != []
    left = [path for path in house.home.scratch.rglob("*") if path.is_file()]
    assert {path.name for path in left} == {"intake.json", "lock"}


def small(folder: Path, **files: str) -> Path:
    """Write small files of a made-up utility whose layout nobody knows."""
    folder.mkdir()
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@pytest.fixture
def strange(tmp_path) -> Path:
    rows = [f"A{n:04},{month:02}-01-2025,{100 + 3 * n + month},Kumar {n}" for n in range(30) for month in range(1, 7)]
    return small(tmp_path / "strange", ledger="\n".join(["ACCOUNT,BILL_DATE,UNITS,HOLDER_NAME", *rows]) + "\n")


def test_every_column_is_proposed_with_how_sure_and_why_and_people_are_hidden(ana, strange, work):
    page = ana.get(looked(ana, strange, work)).text
    assert "No known layout fits" in page
    assert re.search(r"<code>UNITS</code>.*?value=\"energy\" selected", page, re.DOTALL)
    assert "identifies people" in page
    assert "Xxxxx 9" in page
    assert "Kumar" not in page
    assert ">A0001<" not in page


def test_what_is_personal_is_shown_to_who_may_look_people_up_and_that_is_recorded(ana, sign_up, strange, work, store):
    address = looked(ana, strange, work)
    assert "Kumar" not in ana.get(f"{address}/rows").text
    assert "Kumar" in ana.send(f"{address}/rows", f"{address}/rows").text
    with store.begin("test") as opened:
        assert opened.audit.list_events(action="dataset.upload.revealed")
    ben = sign_up("ben", "analyst")
    own = looked(ben, strange, work)
    assert "Show the values" not in ben.get(f"{own}/rows").text
    assert ben.send(f"{own}/rows", f"{own}/rows").status_code == 403


def test_a_column_can_be_told_to_be_another(ana, strange, work):
    address = looked(ana, strange, work)
    answer = ana.send(f"{address}/columns", address, **{"column-0-2": "amount"})
    page = ana.get(address).text
    assert answer.status_code == 302
    assert re.search(r"<code>UNITS</code>.*?value=\"amount\" selected", page, re.DOTALL)
    assert "you said so" in page


def test_a_change_is_planned_at_once_and_comes_as_a_part_of_the_page(ana, strange, work):
    address = looked(ana, strange, work)
    asked = {"HX-Request": "true", "HX-Request-Type": "partial"}
    values = {"csrf_token": token_of(ana, address), "column-0-2": "amount"}
    part = ana.post(f"{address}/columns", data=values, headers=asked)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert "you said so" in part.text


def test_a_mapping_that_lacks_what_must_be_there_says_so_and_cannot_be_agreed_to(ana, strange, work):
    address = looked(ana, strange, work)
    ana.send(f"{address}/columns", address, **{"column-0-0": "-"}, agree="1")
    page = ana.get(address).text
    assert "It cannot be imported like this yet" in page
    assert "no column of the file is likely to be the consumer_id of readings" in page
    assert "disabled" in re.search(r"<button[^>]*name=\"agree\"[^>]*>", page)[0]


def test_the_kind_of_table_can_be_changed(ana, strange, work):
    address = looked(ana, strange, work)
    ana.send(f"{address}/columns", address, **{"kind-0": "payments"})
    work()
    page = ana.get(address).text
    assert re.search(r'id="kind-0".*?value="payments" selected', page, re.DOTALL)


def test_a_personal_column_is_kept_only_with_a_reason(ana, strange, work, house):
    address = looked(ana, strange, work)
    ana.send(f"{address}/columns", address, agree="1")
    refused = ana.send(f"{address}/privacy", address, **{"how-0": "keep", "reason-0": " "})
    assert refused.status_code == 422
    assert "is kept without a reason" in refused.text
    ana.send(f"{address}/privacy", address, **{"how-0": "keep", "reason-0": "asked for by the regulator"})
    work()
    ana.send(f"{address}/quality", address)
    ana.send(f"{address}/confirm", address, name="kept")
    work()
    made = ana.get("/data/sets/kept/1?show=made").text
    assert "asked for by the regulator" in made


def test_a_repair_shows_before_and_after_and_is_taken_when_chosen(ana, utility, work):
    address = checked(ana, utility, work)
    page = ana.get(address).text
    number = re.search(r'name="repair-(\d+)"', page)[1]
    assert "before" in page
    ana.send(f"{address}/quality", address, **{f"repair-{number}": "on"})
    confirm = ana.get(address).text
    assert "those of every import" not in confirm
    ana.send(f"{address}/confirm", address, name="mended")
    (job,) = work()
    assert job.state == "done"
    assert len(job.arguments["choices"]["repairs"]) == 1


def test_a_mapping_is_saved_and_recognised_the_next_time(ana, strange, work):
    imported(ana, strange, work, "first", save_as="our-ledger")
    again = looked(ana, strange, work)
    assert "Recognised by its columns" in ana.get(again).text
    ana.send(f"{again}/columns", again, agree="1")
    ana.send(f"{again}/privacy", again)
    work()
    ana.send(f"{again}/quality", again)
    taken = ana.send(f"{again}/confirm", again, name="second", save_as="our-ledger")
    assert taken.status_code == 422
    assert re.search(r'id="save-trouble".*there is a layout of this name', taken.text, re.IGNORECASE)


@pytest.mark.parametrize("name", ["", "bad name!", "x" * 101, "-first"])
def test_a_wrong_name_stands_beside_its_field_and_what_was_entered_stays(ana, strange, work, name):
    address = checked(ana, strange, work)
    ana.send(f"{address}/quality", address)
    answer = ana.send(f"{address}/confirm", address, name=name, save_as="mine")
    assert answer.status_code == 422
    assert 'id="name-trouble"' in answer.text
    assert 'value="mine"' in answer.text
    assert work() == []


# -- parts -------------------------------------------------------------------------------------------------------------


def begin_parts(person) -> tuple[str, dict[str, str]]:
    headers = {"X-CSRFToken": token_of(person)}
    told = person.post("/data/new", json={}, headers=headers).json
    return told["address"], headers


def send_part(person, address, headers, *, name, offset, content):
    query = {"name": name, "offset": offset}
    return person.post(f"{address}/part", query_string=query, data=content, headers=headers)


def announce(person, address, headers, *, name, size):
    return person.post(f"{address}/announce", data={"name": name, "size": size}, headers=headers)


def test_a_file_arrives_in_parts_and_goes_on_where_it_broke_off(ana, house):
    address, headers = begin_parts(ana)
    content = os.urandom(3_000_000)
    assert announce(ana, address, headers, name="b.csv", size=len(content)).json["received"] == 0
    assert send_part(ana, address, headers, name="b.csv", offset=0, content=content[:2_000_000]).json == {
        "received": 2_000_000
    }
    # The same part again, after its answer was lost, changes nothing.
    assert send_part(ana, address, headers, name="b.csv", offset=0, content=content[:2_000_000]).json == {
        "received": 2_000_000
    }
    assert "2.0 MB of 3.0 MB arrived" in ana.get(address).text
    refused = ana.send(f"{address}/look", address)
    assert refused.status_code == 422
    assert "has not arrived in full" in refused.text
    assert announce(ana, address, headers, name="b.csv", size=len(content)).json["received"] == 2_000_000
    send_part(ana, address, headers, name="b.csv", offset=2_000_000, content=content[2_000_000:])
    (kept,) = house.home.scratch.rglob("b.csv")
    assert kept.read_bytes() == content


def test_more_than_was_announced_is_refused_and_not_kept(ana, house):
    address, headers = begin_parts(ana)
    announce(ana, address, headers, name="b.csv", size=10)
    answer = send_part(ana, address, headers, name="b.csv", offset=0, content=b"x" * 11)
    assert answer.status_code == 422
    assert "longer than was announced" in answer.json["trouble"]
    (kept,) = house.home.scratch.rglob("b.csv")
    assert kept.stat().st_size == 0


@pytest.mark.parametrize(
    ("name", "size", "says"),
    [
        ("big.csv", intakes.LARGEST + 1, "all files of one upload together may have 2 GB"),
        ("none.csv", 0, "it has no bytes"),
        ("", 5, "no name"),
        ("..", 5, "no name"),
        ("x" * 300 + ".csv", 5, "no name"),
    ],
)
def test_an_announcement_that_cannot_be_is_refused(ana, name, size, says):
    address, headers = begin_parts(ana)
    answer = announce(ana, address, headers, name=name, size=size)
    assert answer.status_code == 422
    assert says in answer.json["trouble"]


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "C:\\secret\\a.csv", "/etc/a.csv", ".hidden.csv", "a#b?.csv"])
def test_a_name_leads_nowhere_else(ana, name, house):
    address, headers = begin_parts(ana)
    kept = announce(ana, address, headers, name=name, size=5).json["name"]
    send_part(ana, address, headers, name=kept, offset=0, content=b"a,b\n1")
    (file,) = list(house.home.scratch.rglob("*.csv"))
    assert file.parent.name == "files"
    assert not file.name.startswith(".")
    answer = send_part(ana, address, headers, name="../intake.json", offset=0, content=b"x")
    assert answer.status_code == 422


@pytest.mark.parametrize("way", ["begin", "part", "form"])
def test_what_streams_checks_the_token_itself(ana, way):
    address, _headers = begin_parts(ana)
    answers = {
        "begin": lambda: ana.post("/data/new", json={}),
        "part": lambda: ana.post(f"{address}/part", query_string={"name": "a", "offset": 0}, data=b"1"),
        "form": lambda: ana.post("/data/new", data={"files": (io.BytesIO(b"a,b"), "a.csv")}),
    }
    assert answers[way]().status_code == 400


def test_a_form_that_is_refused_leaves_nothing(ana, house):
    ana.post("/data/new", data={"files": (io.BytesIO(b"a,b"), "a.csv")})
    assert send_form(ana, [("", b"")]).status_code == 422
    assert [path for path in house.home.scratch.rglob("*") if path.is_file()] == []


# -- whose it is, and how long -----------------------------------------------------------------------------------------


def test_nobody_else_sees_an_upload(ana, sign_up, strange):
    address = begun(ana, strange)
    ben = sign_up("ben", "analyst")
    assert ben.get(address).status_code == 422
    assert "no such upload" in ben.get(address).text
    assert "not finished" not in ben.get("/data/").text
    assert "not finished" in ana.get("/data/").text


@pytest.mark.parametrize("role", ["manager", "auditor", "inspector", "administrator"])
def test_only_who_may_import_uploads(sign_up, role):
    person = sign_up("ida", role)
    assert person.get("/data/new").status_code == 403
    assert person.post("/data/new", json={}).status_code in {400, 403}


def test_an_upload_goes_on_after_a_restart_of_everything(make_application, ana, strange, work, sign_up):
    address = looked(ana, strange, work)
    again = make_application().test_client()
    again.send("/sign-in", name="ana", password=PASSWORD)
    assert "No known layout fits" in again.get(address).text


def test_an_upload_that_is_given_up_is_gone_with_its_files(ana, strange, house, work):
    address = begun(ana, strange)
    ana.send(f"{address}/look", address)
    ana.send(f"{address}/abandon", address)
    assert list((house.home.scratch / "intakes").iterdir()) == []
    assert work() == []
    assert ana.get(address).status_code == 422


def test_an_upload_is_kept_for_a_day_and_no_longer(ana, strange, house):
    begun(ana, strange)
    assert intakes.remove_abandoned(house, now=datetime.now(UTC) + timedelta(hours=23)) == 0
    assert intakes.remove_abandoned(house, now=datetime.now(UTC) + timedelta(hours=25)) == 1
    assert list((house.home.scratch / "intakes").iterdir()) == []


def test_an_upload_that_a_job_works_on_is_kept(ana, strange, house):
    address = begun(ana, strange)
    ana.send(f"{address}/look", address)
    assert intakes.remove_abandoned(house, now=datetime.now(UTC) + timedelta(hours=25)) == 0


def test_the_progress_is_a_part_of_the_page_and_leads_back_when_it_is_done(ana, strange, work):
    address = begun(ana, strange)
    ana.send(f"{address}/look", address)
    asked = {"HX-Request": "true", "HX-Request-Type": "partial"}
    part = ana.get(f"{address}/work", headers=asked)
    assert "waiting for its turn" in part.text
    assert "<html" not in part.text
    work()
    assert ana.get(f"{address}/work", headers=asked).headers["HX-Redirect"] == address


# -- versions ----------------------------------------------------------------------------------------------------------


def test_a_version_says_what_it_holds_how_good_it_is_and_how_it_was_made(ana, utility, work):
    place = imported(ana, utility, work)
    quality, made = (ana.get(f"{place}?show={tab}").text for tab in ("quality", "made"))
    assert "rows can be used" in quality
    assert "consumers.csv" in made
    assert "SHA-256" in made
    assert "scratch" not in made
    assert "This is the only version" in ana.get(f"{place}?show=compare").text
    printed = ana.get(f"{place}/quality.html")
    assert printed.headers["Content-Disposition"].startswith("attachment")


def test_two_versions_are_compared_in_words(ana, strange, work):
    imported(ana, strange, work)
    lines = (strange / "ledger.csv").read_text().splitlines()
    (strange / "ledger.csv").write_text("\n".join(lines[:-20]) + "\n")
    place = imported(ana, strange, work)
    assert place == "/data/sets/bills/2"
    assert "readings: 0 added, 20 removed" in ana.get(f"{place}?show=compare").text
    assert "bills@1" in ana.get("/data/sets/bills").text


def test_a_download_is_packed_in_the_background_and_is_there_for_a_day(ana, strange, work, house):
    place = imported(ana, strange, work)
    answer = ana.send(f"{place}/download", place, format="csv")
    (job,) = work()
    assert job.state == "done", job.message
    page = ana.get(answer.location).text
    with ana.get(re.search(r'href="(/data/downloads/[^"]+)"', page)[1]) as found:
        assert found.data[:2] == b"PK"
    assert intakes.remove_abandoned(house, now=datetime.now(UTC) + timedelta(hours=25)) == 2
    assert ana.get("/data/downloads/bills-1-csv.zip").status_code == 422


def test_a_version_is_deleted_with_a_reason_and_not_without(ana, strange, work):
    place = imported(ana, strange, work)
    refused = ana.send("/data/sets/bills/delete", place, number="1", reason=" ")
    assert refused.status_code == 422
    assert "Please fill this in" in refused.text or "reason" in refused.text
    assert ana.get(place).status_code == 200
    assert ana.send("/data/sets/bills/delete", place, number="1", reason="the wrong month").location == "/data/"
    assert ana.get(place).status_code == 422


def test_an_analyst_deletes_nothing(sign_up, strange, work):
    ben = sign_up("ben", "analyst")
    place = imported(ben, strange, work)
    assert "Delete this version" not in ben.get(place).text
    assert ben.send("/data/sets/bills/delete", place, number="1", reason="x").status_code == 403


def test_a_large_file_arrives_unchanged_by_the_plain_form(ana, house):
    content = os.urandom(5_000_000)
    assert send_form(ana, [("large.csv", content)]).status_code == 302
    (kept,) = house.home.scratch.rglob("large.csv")
    assert kept.read_bytes() == content
