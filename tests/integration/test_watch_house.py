"""A utility that watches itself: what is read after an import, a list and outcomes, and what a changed month shows."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from threading import Event

import polars as pl
import pytest

from powertheft.actions import inspections
from powertheft.actions.alerts import list_alerts
from powertheft.actions.house import House
from powertheft.actions.import_dataset import import_dataset
from powertheft.actions.ports import NewScoring
from powertheft.actions.scorings import LIST, SPREADS, delete_scoring, get_scoring, read_list, scoring_folder
from powertheft.actions.show_monitoring import show_monitoring, show_watch
from powertheft.actions.simulate_data import simulate_data
from powertheft.actions.watch_data import watch_data
from powertheft.actions.watch_house import watch_house
from powertheft.actions.watch_scorings import watch_scoring
from powertheft.domain.inspections import Case, Finding
from powertheft.domain.permissions import PERMISSIONS, Actor
from powertheft.domain.watches import Standing
from powertheft.jobs.worker import work_on
from powertheft.settings import read_home
from powertheft.store.work import open_store
from tests.scored_utility import make_scored


@pytest.fixture(scope="module")
def watched(tmp_path_factory) -> Iterator[House]:
    """A scored utility whose worker has watched it once; the first ten visits of its list have outcomes."""
    root = tmp_path_factory.mktemp("watched")
    home = read_home(root / "home", {})
    home.make()
    with open_store(home.database) as store:
        house = House(home, store, Actor("root", PERMISSIONS))
        make_scored(house, root / "export")
        cases = inspections.propose_cases(house, 1, visits=10, random_share=0.2)
        inspections.assign_cases(house, [case.number for case in cases], to="root")
        for case in cases:
            outcome = "theft" if case.number % 2 else "normal"
            found = Finding(outcome, date.today(), energy_assessed=1500.0 if case.number % 2 else None)
            inspections.record_finding(house, case.number, found)
        work_on(house, ending=Event(), once=True)
        yield house


def standings(house: House) -> dict[tuple[str, str], str]:
    return {(one.newest.watch, one.newest.subject): one.newest.state for one in show_monitoring(house).standings}


def test_an_import_a_list_and_outcomes_ask_for_one_look_and_it_reads_everything(watched):
    with watched.read() as work:
        asked = [job for job in work.jobs.list_jobs(last=100) if job.kind == "house.watch"]
    assert [job.state for job in asked] == ["done"]
    seen = standings(watched)
    assert {watch for watch, _ in seen} == {
        "data_quality", "data_arrival", "data_volume", "bill_signs", "input_drift", "score_drift",
        "estimated_performance", "hit_rate", "quota_rate", "calibration", "segments", "recovered_value",
    }  # fmt: skip
    # Ten visits prove nothing, and there is no list of a year before.
    assert seen["hit_rate", "theft"] == seen["input_drift", "theft@1/bills"] == "unknown"
    told = show_watch(watched, "hit_rate").shown
    assert told is not None
    assert told.newest.counted == 8
    assert told.newest.details["needed"] == 60
    recovered = show_watch(watched, "recovered_value").shown
    assert recovered is not None
    assert recovered.newest.value == 7500.0


def a_year_before(house: House, *, other_feature: str | None = None) -> int:
    """Register list 1 once more as one of a year before, perhaps with one feature that was low for everybody."""
    first = get_scoring(house, 1)
    with house.new_scoring() as folder:
        place = house.home.scorings / folder
        shutil.copytree(scoring_folder(house, first), place)
        listed = pl.read_parquet(place / LIST)
        listed.with_columns(pl.col("as_of").dt.offset_by("-365d")).write_parquet(place / LIST)
        told = json.loads((place / SPREADS).read_text("utf-8"))
        if other_feature is not None:
            counts = told["numbers"][other_feature]["counts"]
            counts[:] = [sum(counts), *[0] * (len(counts) - 1)]
        (place / SPREADS).write_text(json.dumps(told), "utf-8")
        with house.begin() as work:
            new = NewScoring(folder.as_posix(), first.dataset, first.model, first.rows, first.details)
            return work.scorings.add_scoring(new).number


def test_a_list_is_compared_with_that_of_a_year_before_and_the_feature_that_moved_is_named(watched):
    before = a_year_before(watched)
    same = {one.watch: one for one in watch_scoring(watched, get_scoring(watched, 1))}
    assert same["input_drift"].state == same["score_drift"].state == "quiet"
    assert same["input_drift"].details["list"] == before
    assert same["input_drift"].value == 0.0
    delete_scoring(watched, before, reason="another follows")

    other = a_year_before(watched, other_feature="daily_use_last")
    moved = next(one for one in watch_scoring(watched, get_scoring(watched, 1)) if one.watch == "input_drift")
    assert moved.state == "moved"
    assert moved.details["features"][0]["name"] == "daily_use_last"
    delete_scoring(watched, other, reason="it was made up")


def test_an_estimate_says_how_far_it_was_off_on_visits_whose_outcomes_came(watched):
    scoring = get_scoring(watched, 1)
    top = read_list(watched, 1).head(160).collect()
    visits = [
        Case(
            place, "bills", row["consumer_id"], "list", 1.0, 1, row["rank"], {}, "recorded", None, None,
            Finding("no_access" if place < 10 else "theft" if place % 3 else "normal", date(2026, 9, 1)),
            scoring.created_at, "root",
        )
        for place, row in enumerate(top.iter_rows(named=True))
    ]  # fmt: skip
    found = next(one for one in watch_scoring(watched, scoring, cases=visits) if one.watch == "estimated_performance")
    [pair] = found.details["compared"]
    assert (pair["visits"], pair["found"]) == (150, 100)
    # Outcomes that have nothing to do with the order of the list: a true ROC-AUC of a half.
    assert pair["true"] == pytest.approx(0.5, abs=0.05)
    assert found.details["past"]["mean"] == pytest.approx(abs(pair["estimated"] - pair["true"]), abs=1e-5)
    assert "past_error" in found.details["doubts"]
    assert found.state == "unknown"


def test_data_that_were_brought_in_once_are_not_overdue_and_two_monthly_bills_are_of_the_usual_volume(watched):
    seen = standings(watched)
    assert seen["data_arrival", "bills"] == "unknown"
    assert seen["data_volume", "bills"] == "quiet"


@pytest.fixture(scope="module")
def exported(watched, tmp_path_factory) -> Path:
    """The bills as they were, to be changed and brought in again."""
    export = tmp_path_factory.mktemp("exported") / "export"
    simulate_data(export, consumers=2000, bills=18, seed=5)
    for name in ("truth.csv", "truth_transformers.csv"):
        (export / name).unlink()
    return export


def bring_in(house: House, export: Path, column: str, factor: float) -> None:
    """Bring the bills in with a column of the last hundred days multiplied, and watch."""
    kept = export / "bills.csv"
    bills = pl.read_csv(kept, infer_schema=False)
    day, amount = pl.col("BILL_DATE").str.to_date("%d-%m-%Y"), pl.col(column).cast(pl.Float64)
    is_recent = (pl.lit(bills.select(day.max()).item()) - day).dt.total_days() < 100
    changed = pl.when(is_recent).then(amount * factor).otherwise(amount).round(2)
    bills.with_columns(changed.cast(pl.String).alias(column)).write_csv(kept)
    try:
        import_dataset(house, export, name="bills")
    finally:
        bills.write_csv(kept)
    watch_house(house)


def price_of(house: House) -> Standing:
    found = show_watch(house, "bill_signs", subject="bills/price").shown
    assert found is not None
    return found


def alerts_of_price(house: House) -> list[tuple[str, str]]:
    return [(one.state, one.link) for one in list_alerts(house) if one.cause == "watch/bill_signs/bills/price"]


def test_doubled_prices_show_as_moved_are_told_the_second_time_and_settled_when_they_are_as_before(watched, exported):
    assert price_of(watched).newest.state == "quiet"
    bring_in(watched, exported, "AMOUNT_RS", 2.0)
    price = price_of(watched)
    assert price.newest.state == "moved"
    assert price.newest.details["now"] == pytest.approx(2 * price.newest.details["before"], rel=0.2)
    assert standings(watched)["bill_signs", "bills/use"] == "quiet"
    # One period is not told yet; with the one before it, it is.
    assert alerts_of_price(watched) == []
    with watched.begin() as work:
        work.watches.keep([replace(price.newest, period=price.newest.period - timedelta(days=60))])
    watch_house(watched)
    assert price_of(watched).is_told
    assert alerts_of_price(watched) == [("open", "/monitoring/bill_signs?of=bills%2Fprice")]

    bring_in(watched, exported, "AMOUNT_RS", 1.0)
    assert price_of(watched).newest.state == "quiet"
    assert [state for state, _ in alerts_of_price(watched)] == ["resolved"]


def test_data_that_come_again_can_be_overdue(watched):
    for today, state in ((date(2026, 9, 1), "quiet"), (date(2026, 12, 1), "moved")):
        due = next(one for one in watch_data(watched, "bills", today=today) if one.watch == "data_arrival")
        assert due.state == state
