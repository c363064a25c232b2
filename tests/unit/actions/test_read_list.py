"""A screen of a list is what its filters and its order say, and so is the file of it."""

import csv
from dataclasses import replace
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from powertheft.actions.house import House
from powertheft.actions.inspections import preview_cases
from powertheft.actions.read_list import (
    ListFilter,
    export_list,
    list_choices,
    list_columns,
    read_area_page,
    read_page,
    read_transformer_page,
    totals_of,
)
from powertheft.actions.scorings import read_list
from powertheft.domain.errors import AccessError, ChoiceError
from powertheft.domain.permissions import ROLES, Actor
from powertheft.privacy.thresholds import SMALLEST_GROUP


@pytest.fixture(scope="module")
def whole(scored: House) -> pl.DataFrame:
    return read_list(scored, 1).collect()


def test_the_first_page_is_the_top_of_the_list_and_says_what_it_is_worth(scored, whole):
    page = read_page(scored, limit=20)
    assert [row["rank"] for row in page.rows] == list(range(1, 21))
    assert (page.total, page.all_rows) == (2000, 2000)
    worth = whole["expected_energy_kwh"]
    assert page.energy_kwh == worth.filter(worth > 0).sum()
    assert "2,000 of 2,000 connections" in page.sentence


def test_each_row_brings_the_use_of_twelve_months(scored):
    page = read_page(scored, limit=5)
    assert [len(months) for months in page.months] == [12] * 5
    assert any(value is not None and value > 0 for months in page.months for value in months)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (ListFilter(category="DOMESTIC"), pl.col("category") == "DOMESTIC"),
        (ListFilter(probability_over=0.2), pl.col("probability") > 0.2),
        (ListFilter(amount_over=100.0), pl.col("expected_amount") > 100),
        (
            ListFilter(not_visited_since=date(2026, 1, 1)),
            pl.col("last_visit").is_null() | (pl.col("last_visit") < date(2026, 1, 1)),
        ),
        (
            ListFilter(reason="MONTHS"),
            pl.any_horizontal(pl.col(f"reason_{one}").str.to_lowercase().str.contains("months") for one in (1, 2, 3)),
        ),
        (ListFilter(rule="lasting-step-down"), pl.col("rules").str.split(", ").list.contains("lasting-step-down")),
        (ListFilter(pseudonym="A"), pl.col("consumer_id").str.starts_with("a")),
    ],
    ids=["category", "likelihood", "amount", "visit", "reason", "rule", "pseudonym"],
)
def test_a_filter_leaves_the_rows_that_it_names_and_adds_them_up(scored, whole, filters, expected):
    page, wanted = read_page(scored, filters=filters, limit=1000), whole.filter(expected)
    assert 0 < wanted.height < whole.height
    assert [row["rank"] for row in page.rows] == wanted["rank"].head(1000).to_list()
    assert page.total == wanted.height


def test_a_pseudonym_may_be_written_with_a_dash(scored, whole):
    name = whole["consumer_id"][3]
    page = read_page(scored, filters=ListFilter(pseudonym=f"{name[:4].upper()}-{name[4:8]}"))
    assert [row["consumer_id"] for row in page.rows] == [name]


def test_a_page_counts_what_the_model_learnt_from_under_its_filters(scored, whole):
    learnt = pl.col("used_in_fitting")
    assert read_page(scored).learnt_from == whole.filter(learnt).height > 0
    few = read_page(scored, filters=ListFilter(category="DOMESTIC"))
    assert few.learnt_from == whole.filter(learnt & (pl.col("category") == "DOMESTIC")).height
    assert read_page(scored, filters=ListFilter(learnt_from=False)).learnt_from == 0
    assert read_page(scored, filters=ListFilter(learnt_from=True)).total == whole.filter(learnt).height
    assert read_page(scored, filters=ListFilter(pseudonym="zz")).learnt_from == 0


def test_where_a_key_was_rotated_nobody_says_how_many_were_learnt_from(scored, whole, tmp_path):
    whole.with_columns(used_in_fitting=pl.lit(None, dtype=pl.Boolean)).write_parquet(tmp_path / "list.parquet")
    assert totals_of(tmp_path, ListFilter()).learnt_from is None


def test_a_plan_promises_no_more_of_what_the_model_learnt_from_than_held_out_visits_found(scored, whole):
    plan = preview_cases(scored, 1, visits=100, random_share=0)
    top = whole.head(100)
    seen = top.filter("used_in_fitting")
    assert plan.promise.learnt_from == seen.height > 0
    assert plan.promise.is_held_out
    unseen = top.filter(~pl.col("used_in_fitting"))["probability"].sum()
    assert unseen <= plan.promise.expected_finds <= unseen + seen["probability"].sum()


def test_no_row_is_said_in_words(scored):
    assert "None of the 2,000" in read_page(scored, filters=ListFilter(amount_over=1e12)).sentence


@pytest.mark.parametrize("descending", [True, False])
def test_pages_of_an_order_follow_each_other_with_the_unknown_at_the_end(scored, whole, descending):
    wanted = whole.sort(["last_visit", "rank"], descending=[descending, False], nulls_last=True)["rank"].to_list()
    pages = [
        read_page(scored, sort="last_visit", descending=descending, offset=offset, limit=700)
        for offset in (0, 700, 1400)
    ]
    assert [row["rank"] for page in pages for row in page.rows] == wanted


def test_far_down_an_order_the_rows_are_the_same(scored, monkeypatch):
    asked = {"sort": "expected_amount", "descending": True, "offset": 300, "limit": 7}
    near = read_page(scored, **asked).rows
    monkeypatch.setattr("powertheft.actions.read_list.NEAR", 0)
    assert read_page(scored, **asked).rows == near


def test_columns_can_be_chosen_and_raw_scores_are_none(scored):
    page = read_page(scored, columns=("consumer_id", "district", "raw_score"), limit=1)
    assert page.columns == ("consumer_id", "district")
    assert "raw_score" not in list_columns(scored)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [({"sort": "raw_score"}, "no column raw_score"), ({"limit": 5000}, "1 to 1,000"), ({"offset": -1}, "1 to 1,000")],
    ids=["order", "too many", "before the first"],
)
def test_what_a_page_cannot_be_is_refused(scored, wrong, says):
    with pytest.raises(ChoiceError, match=says):
        read_page(scored, **wrong)


def test_choices_count_the_rows_that_they_would_leave(scored):
    choices = list_choices(scored)
    for column in ("category", "section"):
        word, count = choices[column][0]
        assert read_page(scored, filters=replace(ListFilter(), **{column: word})).total == count
    rule, count = next(one for one in choices["rule"] if one[1])
    assert read_page(scored, filters=ListFilter(rule=rule)).total == count


def test_transformers_come_by_unexplained_energy_with_their_section(scored):
    rows, total = read_transformer_page(scored, limit=5)
    assert total > 5
    assert [row["unexplained_kwh"] for row in rows] == sorted((row["unexplained_kwh"] for row in rows), reverse=True)
    section = rows[0]["section"]
    assert all(row["section"] == section for row in read_transformer_page(scored, section=section)[0])


def test_areas_add_up_to_the_list(scored):
    assert sum(row["connections"] for row in read_area_page(scored, by="section")) == 2000
    with pytest.raises(ChoiceError, match="does not know tariff"):
        read_area_page(scored, by="tariff")


def test_a_file_holds_the_rows_under_the_filter_in_their_order(scored, tmp_path):
    filters = ListFilter(category="DOMESTIC")
    done = export_list(scored, out=tmp_path / "list.csv", filters=filters, sort="expected_amount", descending=True)
    with done.path.open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    page = read_page(scored, filters=filters, sort="expected_amount", descending=True, limit=1000)
    assert [int(row["rank"]) for row in rows][:1000] == [row["rank"] for row in page.rows]
    assert done.rows == len(rows) == page.total
    assert {(row["dataset"], row["model"]) for row in rows} == {("bills@1", "theft@1")}


@pytest.mark.parametrize("sort", ["rank", "section"])
def test_a_file_that_is_written_piece_by_piece_is_the_same_file(scored, tmp_path, monkeypatch, sort):
    filters = ListFilter(category="DOMESTIC")
    at_once = export_list(scored, out=tmp_path / "one.csv", filters=filters, sort=sort)
    monkeypatch.setattr("powertheft.actions.read_list.ROWS_A_PIECE", 7)
    in_pieces = export_list(scored, out=tmp_path / "other.csv", filters=filters, sort=sort)
    assert in_pieces.path.read_bytes() == at_once.path.read_bytes()
    assert (in_pieces.rows, in_pieces.blurred) == (at_once.rows, at_once.blurred)


def test_a_file_of_no_rows_has_its_head(scored, tmp_path):
    done = export_list(
        scored, out=tmp_path / "none.csv", filters=ListFilter(pseudonym="zz"), columns=("rank", "section")
    )
    assert done.path.read_text("utf-8-sig").split() == ["rank,section"]


def test_a_workbook_holds_numbers_days_and_texts_as_what_they_are(scored, tmp_path):
    columns = ("rank", "consumer_id", "probability", "last_visit")
    done = export_list(scored, out=tmp_path / "list.xlsx", file_format="xlsx", columns=columns, sort="last_visit")
    sheet = openpyxl.load_workbook(done.path).active
    head, first, *_ = sheet.iter_rows(values_only=True)
    assert head == columns
    assert isinstance(first[0], int)
    assert isinstance(first[1], str)
    assert first[3].date() == date(2026, 8, 10)


def test_what_one_sheet_cannot_hold_goes_on_with_its_head_on_the_next(scored, whole, tmp_path, monkeypatch):
    monkeypatch.setattr("powertheft.reports.spreadsheets.MOST_ROWS", 900)
    monkeypatch.setattr("powertheft.actions.read_list.ROWS_A_PIECE", 400)
    said: list[float] = []
    export_list(
        scored,
        out=tmp_path / "list.xlsx",
        file_format="xlsx",
        columns=("rank", "consumer_id"),
        progress=lambda _what, share: said.append(share),
    )
    book = openpyxl.load_workbook(tmp_path / "list.xlsx")
    assert book.sheetnames == ["List", "List 2", "List 3"]
    sheets = [list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets]
    assert {sheet[0] for sheet in sheets} == {("rank", "consumer_id")}
    assert [len(sheet) - 1 for sheet in sheets] == [900, 900, 200]
    assert [row[1] for sheet in sheets for row in sheet[1:]] == whole["consumer_id"].to_list()
    assert said == [0.0, 0.2, 0.4, 0.6, 0.8]


def test_no_cell_is_run_as_a_formula(scored, tmp_path):
    from powertheft.reports.spreadsheets import write_rows_as_csv, write_rows_as_workbook  # late: of this test alone

    risky = pl.DataFrame({"name": ["=1+1", "+49", "-5", "@x", "plain"]})
    write_rows_as_csv(tmp_path / "a.csv", risky)
    write_rows_as_workbook(tmp_path / "a.xlsx", risky)
    told = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert told[1:] == ["'=1+1", "'+49", "'-5", "'@x", "plain"]
    cells = [cell for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows(min_row=2) for cell in row]
    assert [(cell.value, cell.data_type) for cell in cells[:2]] == [("=1+1", "s"), ("+49", "s")]


def test_a_kind_of_supply_that_points_at_few_is_emptied_in_a_file_and_the_place_stays(scored, whole, tmp_path):
    done = export_list(scored, out=tmp_path / "list.csv", columns=("consumer_id", "section", "category"))
    rows = pl.read_csv(done.path)
    small = whole.group_by("section", "category").len().filter(pl.col("len") < SMALLEST_GROUP)
    assert small.height
    assert done.blurred >= small["len"].sum()
    shown = rows.drop_nulls("category").group_by("section", "category").len()
    assert shown["len"].min() >= SMALLEST_GROUP
    assert rows["section"].null_count() == 0


def test_a_file_is_set_down_in_the_trail_without_the_pseudonym_that_was_asked_for(scored, whole, tmp_path):
    name = whole["consumer_id"][0]
    export_list(scored, out=tmp_path / "one.csv", filters=ListFilter(pseudonym=name))
    with scored.begin() as work:
        event = work.audit.list_events(action="list.exported", last=1)[0]
    assert event.details == {"format": "csv", "rows": 1, "filters": {"pseudonym": True}}


def test_an_inspector_reads_no_list_and_an_auditor_takes_none_along(scored, tmp_path: Path):
    with pytest.raises(AccessError):
        read_page(scored.for_actor(Actor("ins", ROLES["inspector"])))
    with pytest.raises(AccessError):
        export_list(scored.for_actor(Actor("aud", ROLES["auditor"])), out=tmp_path / "list.csv")
