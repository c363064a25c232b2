"""A connection's page says what the list says, adds up, and computes nothing of others again."""

import json
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from powertheft.actions.ask_about_consumer import ask_second_opinion, ask_smallest_change, ask_what_if, ask_why
from powertheft.actions.consumer_page import ConsumerPage, ConsumerWhy, show_history
from powertheft.actions.explain_consumer import explain_consumer
from powertheft.actions.house import House
from powertheft.actions.inspections import assign_cases, open_case
from powertheft.actions.reveal_consumers import numbers_of
from powertheft.actions.scored_months import read_months
from powertheft.actions.scored_rows import read_row
from powertheft.actions.scorings import read_list, scoring_folder
from powertheft.actions.show_consumer import show_consumer
from powertheft.domain.errors import AccessError, ChoiceError
from powertheft.domain.permissions import ROLES, Actor


@pytest.fixture(scope="module")
def listed(scored: House) -> pl.DataFrame:
    return read_list(scored, 1).collect()


@pytest.fixture(scope="module")
def page(scored: House, listed: pl.DataFrame) -> ConsumerPage:
    return show_consumer(scored, listed["consumer_id"][0])


@pytest.fixture(scope="module")
def why(scored: House, page: ConsumerPage) -> ConsumerWhy:
    return ask_why(scored, page.consumer_id)


def test_the_head_is_the_row_of_the_list(page, listed):
    row = listed.row(0, named=True)
    assert page.rank == 1
    assert page.head["probability"] == pytest.approx(row["probability"], abs=1e-6)
    assert page.head["expected_amount"] == row["expected_amount"]
    assert page.head["level"] == "high"


@pytest.mark.parametrize("place", [0, 700, 1999])
def test_what_is_kept_of_a_row_gives_the_likelihood_of_the_list(scored, listed, place):
    told = ask_why(scored, listed["consumer_id"][place]).waterfall
    assert told["raw_score"] == pytest.approx(listed["raw_score"][place], abs=1e-5)
    assert told["probability"] == pytest.approx(listed["probability"][place], abs=1e-5)


def test_contributions_and_the_rest_add_up_to_the_raw_score(why):
    parts = why.waterfall
    total = parts["base_value"] + sum(step["contribution"] for step in parts["steps"]) + parts["others_together"]
    assert len(parts["steps"]) == 12
    assert total == pytest.approx(parts["raw_score"], abs=1e-6)


def test_reasons_are_those_of_the_list(page, why, listed):
    assert page.reasons == tuple(listed[f"reason_{one}"][0] for one in (1, 2, 3) if listed[f"reason_{one}"][0])
    assert why.reasons == page.reasons


def test_further_down_reasons_are_the_same_as_the_long_way_round(scored, listed):
    consumer = listed["consumer_id"][40]
    with scored.begin() as work:
        model = work.models.get_version("theft")
    long_way = explain_consumer(
        scored.version("bills"), profile=None, model=scored.home.models / model.folder, consumer=consumer
    )
    assert show_consumer(scored, consumer).reasons is None
    why = ask_why(scored, consumer)
    assert why.reasons == long_way.reasons
    assert [rule["rule"] for rule in why.rules["fired"]] == [rule["rule"] for rule in long_way.rules["fired"]]
    assert ask_smallest_change(scored, consumer)["in_words"] == long_way.what_if["in_words"]


def test_months_stand_beside_a_year_before_and_the_neighbours(page):
    by_month = {row["month"]: row for row in page.months}
    last = page.months[-1]["month"]
    before = last.replace(year=last.year - 1)
    assert by_month[last]["a_year_before"] == pytest.approx(by_month[before]["use"], abs=0.01)
    band = [row for row in page.months if row["neighbours"] is not None]
    assert band
    assert all(row["neighbours_low"] <= row["neighbours"] <= row["neighbours_high"] for row in band)
    assert "Half of the neighbours used" in page.neighbours_in_words


def test_the_band_is_that_of_the_neighbours_own_months(scored, listed, page):
    """Against all of the narrowest group of 20 at least, computed from the panels one by one."""
    row = listed.row(0, named=True)
    same = (pl.col("transformer_id") == row["transformer_id"]) & (pl.col("category") == row["category"])
    wider = (pl.col("section") == row["section"]) & (pl.col("category") == row["category"])
    others = [listed.filter(one & (pl.col("rank") != 1)) for one in (same, wider)]
    peers = next(one for one in others if one.height >= 20)
    with scored.begin() as work:
        folder = scoring_folder(scored, work.scorings.get_scoring(1))
    month = page.months[-6]["month"]
    used: list[float] = []
    for rank in peers["rank"]:
        panel = read_row(folder, rank).panel
        back = int(panel.last_month[0]) - (month.year - 1970) * 12 - month.month + 1
        used.append(float(panel.energy[0, -1 - back]) * 365.25 / 12)
    assert page.months[-6]["neighbours"] == pytest.approx(float(np.nanmedian(used)), abs=0.01)


def test_a_suspicious_stretch_is_named_and_lies_within_the_months(scored, listed):
    pages = [show_consumer(scored, name) for name in listed["consumer_id"].head(15)]
    found = [page for page in pages if page.stretch is not None]
    assert found
    for page in found:
        assert page.months[0]["month"] <= page.stretch["from"] < page.stretch["to"] <= page.months[-1]["month"]
        assert page.stretch["used"] < page.stretch["expected"]
        assert "less than in the same season before" in page.stretch["in_words"]


def test_bills_come_oldest_first_and_visits_with_their_outcome(scored, listed):
    visited = listed.filter(pl.col("last_outcome") == "theft")["consumer_id"][0]
    page = show_consumer(scored, visited)
    days = [bill["read_on"] for bill in page.bills]
    assert days == sorted(days)
    assert page.visits[-1]["outcome"] == "theft"


def test_neighbours_hang_on_the_same_transformer(scored, listed, page):
    transformer = listed["transformer_id"][0]
    wanted = listed.filter((pl.col("transformer_id") == transformer) & (pl.col("rank") > 1))
    assert [row["rank"] for row in page.neighbours] == wanted["rank"].head(30).to_list()
    assert page.transformer["transformer_id"] == transformer
    assert "kWh that this transformer supplied" in page.transformer["in_words"]


def test_last_months_of_a_row_are_those_beside_the_list(scored):
    with scored.begin() as work:
        folder = scoring_folder(scored, work.scorings.get_scoring(1))
    whole = read_row(folder, 3).panel.energy[0, -36:]
    np.testing.assert_array_equal(read_months(folder, [3])[0], whole)


def test_a_page_is_plain_data(page, why):
    json.dumps([page.head, why.waterfall, why.rules, page.months, page.transformer], default=str, allow_nan=False)


def test_a_second_opinion_counts_what_both_methods_name(scored, listed):
    opinion = ask_second_opinion(scored, listed["consumer_id"][0])
    assert opinion["in_words"].startswith("The two methods name")
    assert set(opinion["agreement"]["in_common"]) <= {one["feature"] for one in opinion["strongest"]}


def test_more_use_in_the_last_months_answers_with_another_likelihood(scored, page):
    known = [row for row in page.months if row["use"] is not None]
    months = {f"{row['month']:%Y-%m}": 4 * row["use"] + 200 for row in known[-4:]}
    answer = ask_what_if(scored, page.consumer_id, months=months)
    assert answer.before == pytest.approx(page.head["probability"], abs=1e-5)
    assert answer.after != answer.before
    assert "would be" in answer.sentence


def test_use_as_it_was_changes_nothing(scored, page):
    known = [row for row in page.months if row["use"] is not None]
    answer = ask_what_if(scored, page.consumer_id, months={f"{known[-1]['month']:%Y-%m}": known[-1]["use"]})
    assert answer.after == pytest.approx(answer.before, abs=0.02)


def test_last_bills_times_one_change_nothing(scored, page):
    answer = ask_what_if(scored, page.consumer_id, factor=1.0)
    assert answer.after == pytest.approx(answer.before, abs=1e-6)


def test_another_value_of_a_feature_is_the_models_own_answer(scored, page, why):
    step = next(step for step in why.waterfall["steps"] if isinstance(step["value"], float))
    same = ask_what_if(scored, page.consumer_id, features={step["feature"]: step["value"]})
    other = ask_what_if(scored, page.consumer_id, features={step["feature"]: None})
    assert same.after == pytest.approx(same.before, abs=1e-6)
    assert other.sentence.startswith(f"With “{step['meaning']}” not known instead of ")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"months": {"2001-01": 5.0}}, "nothing is known of 2001-01"),
        ({"months": {"spring": 5.0}}, "spring is no month"),
        ({"months": {"2026-05": -1.0}}, "no use of a month"),
        ({"features": {"nonsense": 1.0}}, "no number that the model reads"),
        ({"features": {"daily_use_mean": float("inf")}}, "no value for"),
    ],
    ids=["no bill", "no month", "below nought", "no feature", "no number"],
)
def test_what_cannot_be_asked_is_refused(scored, page, asked, says):
    with pytest.raises(ChoiceError, match=says):
        ask_what_if(scored, page.consumer_id, **asked)


def test_history_tells_cases_and_to_those_who_may_who_looked(scored, listed):
    consumer = listed["consumer_id"][5]
    case = open_case(scored, 1, consumer)
    assign_cases(scored, [case.number], to="ravi", planned_on=date.today() + timedelta(days=3))
    numbers_of(scored, [consumer], reason="the route of Monday")
    history = show_history(scored, consumer)
    assert [step.act for step in history.steps[case.number]][-1] == "be assigned"
    assert [look.details["reason"] for look in history.looks or ()] == ["the route of Monday"]
    assert show_history(scored.for_actor(Actor("ana", ROLES["analyst"])), consumer).looks is None
    assert show_consumer(scored, consumer).cases[0].assigned_to == "ravi"


def test_a_connection_that_is_not_on_the_list_is_refused(scored):
    with pytest.raises(ChoiceError, match="not on this list"):
        show_consumer(scored, "f" * 32)


def test_an_inspector_does_not_read_a_connections_page(scored, page):
    with pytest.raises(AccessError):
        show_consumer(scored.for_actor(Actor("ins", ROLES["inspector"])), page.consumer_id)
