"""What is looked at before an import is what is in the files, with a proposal that says why."""

from pathlib import Path

import pytest

from powertheft.actions.plan_import import ImportChoices
from powertheft.actions.preview_data import preview_files, preview_version
from powertheft.domain.errors import AccessError, ChoiceError
from powertheft.domain.permissions import ROLES, Actor


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger of no layout that is known, with names in it."""
    path = tmp_path / "ledger.csv"
    rows = [
        f"{1000 + one // 4},Person {one // 4} Kumar,2024-0{one % 4 + 1}-15,{100 + one % 37},hello {one}"
        for one in range(400)
    ]
    path.write_text("\n".join(["service_no,customer_name,bill_date,kwh_consumed,remark", *rows]) + "\n", "utf-8")
    return path


def test_an_unknown_file_gets_a_proposal_with_reasons(house, ledger):
    seen = preview_files(house, [ledger])
    assert seen.how == "suggested"
    (file,) = seen.files
    columns = {one.column: one for one in file.columns}
    assert (columns["kwh_consumed"].target, columns["kwh_consumed"].unit) == ("energy", "kWh")
    assert columns["kwh_consumed"].evidence
    assert 0 < columns["kwh_consumed"].confidence <= 1
    assert columns["kwh_consumed"].examples == ("100", "101", "102")
    assert columns["bill_date"].target == "read_on"


def test_a_column_that_names_people_says_what_becomes_of_it(house, ledger):
    columns = {one.column: one for one in preview_files(house, [ledger]).files[0].columns}
    assert columns["customer_name"].personal is not None
    assert columns["customer_name"].personal.treatment.how != "keep"
    assert columns["kwh_consumed"].personal is None


def test_what_is_none_of_ours_comes_last(house, ledger):
    targets = [bool(one.target) for one in preview_files(house, [ledger]).files[0].columns]
    assert targets == sorted(targets, reverse=True)


def test_first_rows_are_the_first_and_drawn_ones_are_of_the_whole_file(house, ledger):
    rows = preview_files(house, [ledger], rows=10).files[0].rows
    lines = ledger.read_text("utf-8").splitlines()[1:]
    assert rows.rows == 400
    assert [",".join(map(str, row)) for row in rows.first] == lines[:10]
    assert [",".join(map(str, row)) for row in rows.drawn] == [lines[number - 1] for number in rows.drawn_numbers]
    assert max(rows.drawn_numbers) > 10
    assert rows == preview_files(house, [ledger], rows=10).files[0].rows


def test_a_known_layout_is_named(house, tmp_path, scored):
    export = scored.home.path.parent / "export"
    seen = preview_files(house, [export], rows=3)
    assert (seen.profile, seen.how) == ("tneb", "recognised")
    columns = {one.column: one for file in seen.files for one in file.columns if "bills" in file.file}
    assert columns["KWH"].target == "energy"
    assert "layout" in columns["KWH"].evidence[0]
    assert "identif" in seen.sentence


def test_a_word_of_the_user_counts(house, ledger):
    choices = ImportChoices(drop=("remark",))
    columns = {one.column: one for one in preview_files(house, [ledger], choices=choices).files[0].columns}
    assert columns["remark"].personal.treatment.how == "drop"


def test_nothing_of_a_preview_stays(house, ledger):
    preview_files(house, [ledger])
    assert [path for path in house.home.scratch.rglob("*") if path.is_file()] == []


def test_rows_of_a_version_come_by_pseudonym(scored):
    rows = preview_version(scored, "bills", "consumers", rows=5)
    assert rows.columns[0] == "consumer_id"
    assert (len(rows.first), len(rows.drawn), rows.rows) == (5, 5, 2000)
    assert all(len(row[0]) == 32 for row in (*rows.first, *rows.drawn))


def test_what_is_not_there_is_refused_with_what_is(scored, house, ledger):
    with pytest.raises(ChoiceError, match="consumers, events"):
        preview_version(scored, "bills", "nonsense")
    with pytest.raises(ChoiceError, match="1 to 200"):
        preview_files(house, [ledger], rows=0)
    with pytest.raises(ChoiceError, match="no file"):
        preview_files(house, [])


def test_whoever_may_not_import_sees_no_file(house, ledger):
    with pytest.raises(AccessError):
        preview_files(house.for_actor(Actor("aud", ROLES["auditor"])), [ledger])
