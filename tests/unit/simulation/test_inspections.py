"""Whom the squads visit, what they find, and what changes because of it."""

import numpy as np
import polars as pl
import pytest

from powertheft.simulation.findings import FINDINGS, NO_THEFT, Sight, draw_findings
from powertheft.simulation.parameters import VisitParameters
from powertheft.simulation.thefts import DIRECT_TAP, STUCK_METER, TARIFF_MISUSE

POSITIVE = ("THEFT", "TAMPER", "MISUSE")
CERTAIN = VisitParameters(
    found=1.0,
    tap_found=1.0,
    fault_found=1.0,
    error_found=1.0,
    vacancy_seen=1.0,
    no_access=0.0,
    no_access_vacant=0.0,
    false_alarm=0.0,
)


def hit_rate(visits: pl.DataFrame) -> float:
    saw = visits.filter(pl.col("FINDING") != "NO ACCESS")
    return saw.filter(pl.col("FINDING").is_in(POSITIVE)).height / saw.height


def found(kind: int = NO_THEFT, *, faulty=False, wrongly_billed=False, vacant=False, parameters=CERTAIN) -> set[str]:
    def flags(value):
        return np.full(200, value)

    sight = Sight(np.full(200, kind), flags(faulty), flags(wrongly_billed), flags(vacant))
    return {FINDINGS[place] for place in draw_findings(sight, parameters, np.random.default_rng(0))}


def test_a_visit_finds_what_there_is_to_see():
    assert found() == {"NORMAL"}
    assert found(DIRECT_TAP) == {"THEFT"}
    assert found(TARIFF_MISUSE) == {"MISUSE"}
    assert found(faulty=True) == {"METER DEFECT"}
    assert found(wrongly_billed=True) == {"BILLING ERROR"}
    assert found(vacant=True) == {"VACANT"}


def test_theft_goes_before_a_fault_and_a_fault_before_an_empty_house():
    assert found(DIRECT_TAP, faulty=True, vacant=True) == {"THEFT"}
    assert found(faulty=True, vacant=True) == {"METER DEFECT"}


def test_a_meter_that_a_thief_stopped_is_sometimes_taken_for_a_broken_one():
    assert found(STUCK_METER) == {"TAMPER", "METER DEFECT"}


def test_a_closed_door_hides_everything():
    assert found(DIRECT_TAP, parameters=VisitParameters(no_access=1.0)) == {"NO ACCESS"}


def test_a_tenth_or_more_of_the_consumers_were_visited_and_few_visits_hit(frames):
    visits = frames["inspections"]
    assert 0.10 <= visits["SC_NO"].n_unique() / frames["consumers"].height <= 0.15
    assert 0.05 <= hit_rate(visits) <= 0.12


def test_all_outcomes_occur(frames):
    assert set(frames["inspections"]["FINDING"]) == set(FINDINGS)


def test_squads_hit_more_often_where_they_choose_than_at_random(frames):
    visits = frames["inspections"]
    chosen = visits.filter(pl.col("REASON").is_in(["TIP", "LOW USE", "DROP", "EVENTS"]))
    random = visits.filter(pl.col("DRAWN_BY") == "RANDOM")
    assert hit_rate(chosen) > 1.5 * hit_rate(random)


def test_random_visits_state_the_chance_with_which_they_were_drawn(frames):
    visits = frames["inspections"]
    random, chosen = visits.filter(pl.col("DRAWN_BY") == "RANDOM"), visits.filter(pl.col("DRAWN_BY") == "SQUAD")
    assert 0.05 <= random.height / visits.height <= 0.10
    assert random["INCL_PROB"].is_between(0.0, 0.01, closed="none").all()
    assert chosen["INCL_PROB"].null_count() == chosen.height
    # Horvitz and Thompson: the inverse chances of one round add up to the consumers who could have been drawn.
    per_round = (1.0 / random["INCL_PROB"]).sum() / 10
    assert per_round == pytest.approx(frames["consumers"].height, rel=0.15)


def test_visits_lie_in_the_later_part_of_the_history_and_before_the_last_bill(frames):
    bills = frames["bills"].group_by("SC_NO").agg(pl.col("BILL_DATE").max().alias("last"), pl.len().alias("bills"))
    visits = frames["inspections"].join(bills, on="SC_NO")
    assert (visits["INSP_DATE"] < visits["last"]).all()
    earlier = frames["bills"].join(frames["inspections"].select("SC_NO", "INSP_DATE"), on="SC_NO")
    known = earlier.filter(pl.col("BILL_DATE") < pl.col("INSP_DATE")).group_by("SC_NO", "INSP_DATE").len()
    assert known["len"].min() >= 1
    assert known["len"].median() >= 8


def test_bills_rise_after_theft_was_found(frames, clean_bills):
    caught = frames["inspections"].filter(pl.col("FINDING").is_in(["THEFT", "TAMPER"]))
    bills = clean_bills.join(caught.select("SC_NO", "INSP_DATE"), on="SC_NO")
    days = (pl.col("BILL_DATE") - pl.col("INSP_DATE")).dt.total_days()
    rate = pl.col("KWH").sum() / pl.col("DAYS").sum()
    before = bills.filter(days.is_between(-365, 0)).select(rate).item()
    after = bills.filter(days.is_between(65, 240)).select(rate).item()
    assert after > 1.25 * before


def test_meters_are_replaced_because_theft_or_a_fault_was_found(frames):
    changed = frames["bills"].filter(pl.col("MTR_STATUS") == "MC").select("SC_NO", "BILL_DATE")
    visits = frames["inspections"].join(changed, on="SC_NO", how="left")
    days = (pl.col("BILL_DATE") - pl.col("INSP_DATE")).dt.total_days()
    replaced = visits.with_columns(days.is_between(0, 75).fill_null(value=False).alias("replaced"))
    by_visit = replaced.group_by("SC_NO", "INSP_DATE", "FINDING").agg(pl.col("replaced").any())
    share = dict(by_visit.group_by("FINDING").agg(pl.col("replaced").mean()).iter_rows())
    assert share["METER DEFECT"] > 0.9
    assert 0.4 < share["THEFT"] < 0.8
    assert share["NORMAL"] < 0.05


def test_assessments_are_of_the_size_that_tangedco_reports(frames):
    # DOMAIN.md: about 5,400 kWh and Rs 12.7 a kWh a case.
    hits = frames["inspections"].filter(pl.col("FINDING").is_in(POSITIVE))
    others = frames["inspections"].filter(~pl.col("FINDING").is_in(POSITIVE))
    assert hits["ASSESSED_KWH"].mean() == pytest.approx(5400, rel=0.5)
    assert hits["ASSESSED_RS"].sum() / hits["ASSESSED_KWH"].sum() == pytest.approx(12.7, rel=0.35)
    assert others["ASSESSED_KWH"].null_count() == others.height
