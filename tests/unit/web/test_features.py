"""Features: the catalogue in words, how each is spread, and sets of them."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.plan_import import ImportChoices
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.jobs.worker import work_once
from powertheft.settings import read_home
from powertheft.store.work import SqlStore


@pytest.fixture
def house(tmp_path: Path, store: SqlStore) -> Iterator[House]:
    rows = [
        f"c{one:03},{one % 4 == 0:d},{40 + one % 9 if one % 4 == 0 else 45 + one % 30},{one % 7}" for one in range(120)
    ]
    path = tmp_path / "people.csv"
    path.write_text("\n".join(["consumer_id,label,usage,rooms", *rows]) + "\n", "utf-8")
    opened = House(read_home(tmp_path / "home", {}), store, Actor("worker", PERMISSIONS))
    import_dataset(opened, [path], name="people", choices=ImportChoices(profile="table"))
    return opened


@pytest.fixture
def analyst(sign_up):
    return sign_up("ben", "analyst")


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("&#39;", "'").split())


def test_without_data_the_catalogue_says_what_each_feature_means(analyst):
    text = analyst.get("/features/").text
    assert "Mean use a day over the whole history" in text
    assert "may leak" in text
    assert len(text) < 500_000


def test_the_catalogue_is_filtered_by_family_and_by_words(analyst):
    text = analyst.get("/features/?family=zeros").text
    assert set(re.findall(r'<tr data-family="(\w+)"', text)) == {"zeros"}
    assert re.findall(r'name="features" value="(\w+)"', analyst.get("/features/?q=step_strength").text) == [
        "step_strength"
    ]
    assert "No feature is like that" in analyst.get("/features/?q=nothing-at-all").text


def test_a_dataset_is_measured_in_the_background_and_shown_then(analyst, house):
    before = analyst.get("/features/?dataset=people@1")
    assert "has not been measured yet" in before.text
    at = analyst.send("/features/measure", page="/features/?dataset=people@1", dataset="people@1").location
    assert "waiting for its turn" in analyst.get("/features/?dataset=people@1").text
    assert work_once(house, worker="w1").state == "done"
    part = analyst.get(at, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
    assert part.headers["HX-Redirect"] == "/features/?dataset=people@1"
    text = plain(analyst.get("/features/?dataset=people@1").text)
    assert "Measured on 120 connections, 30 with theft found and 90 found honest" in text
    assert "Train on these data" in text


def test_one_feature_has_its_own_page_with_a_plot(analyst, house):
    analyst.send("/features/measure", page="/features/?dataset=people@1", dataset="people@1")
    work_once(house, worker="w1")
    text = analyst.get("/features/of/people@1/usage").text
    assert "Does it tell theft from honest use?" in text
    address = re.search(r'data-plot="([^"]+)"', text)[1]
    told = analyst.get(address).json
    assert [trace["name"] for trace in told["figure"]["data"]] == ["theft", "honest"]
    assert told["table"]["columns"] == ["value", "theft", "honest"]
    assert analyst.get("/features/of/people@1/nothing").status_code == 404


def test_a_set_is_saved_used_and_deleted(analyst):
    values = {"name": "pilot", "note": "for section 0432", "features": ["use_12m", "step_strength"]}
    answer = analyst.send("/features/sets", page="/features/", **values)
    assert answer.location == "/features/sets/pilot"
    assert "step_strength" in analyst.get("/features/sets/pilot").text
    assert "2 features. for section 0432" in plain(analyst.get("/models/new").text)
    assert 'value="set:pilot" checked' in analyst.get("/models/new?features=set:pilot").text
    analyst.send("/features/sets/pilot/delete", page="/features/sets/pilot")
    assert "No set is saved yet" in analyst.get("/features/sets").text


def test_a_set_without_features_or_with_a_taken_name_is_refused_and_the_choice_stays(analyst):
    empty = analyst.send("/features/sets", page="/features/", name="pilot", note="")
    assert empty.status_code == 422
    assert "No feature is chosen" in empty.text
    analyst.send("/features/sets", page="/features/", name="pilot", note="", features=["use_12m"])
    taken = analyst.send("/features/sets", page="/features/", name="pilot", note="again", features=["step_strength"])
    assert taken.status_code == 422
    assert "There is a feature set called pilot already" in taken.text
    assert re.search(r'value="step_strength"[^>]* checked', taken.text)
    assert 'value="again"' in taken.text


def test_who_only_reads_sees_the_catalogue_without_boxes(sign_up):
    auditor = sign_up("otto", "auditor")
    text = auditor.get("/features/").text
    assert 'name="features"' not in text
    assert auditor.send("/features/sets", page="/people/", name="x", features="use_12m").status_code in {400, 403}


def test_a_set_with_features_that_the_data_lack_is_told_before_hours_of_work(analyst, house):
    analyst.send("/features/sets", page="/features/", name="bills", note="", features=["use_12m"])
    values = {"dataset": "people@1", "features": "set:bills", "algorithm": "logistic-regression", "name": "theft"}
    at = analyst.send("/models/new", **values).location
    assert work_once(house, worker="w1").state == "failed"
    assert "use_12m" in plain(analyst.get(at).text)
