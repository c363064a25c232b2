"""Transformers close the energy balance; events and payments say what happened."""

from dataclasses import replace

import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from powertheft.simulation import simulate_frames
from powertheft.simulation.parameters import TAMIL_NADU


def test_what_a_transformer_supplies_is_what_goes_where():
    exact = replace(TAMIL_NADU.transformers, meter_noise=0.0, metered_share=1.0, missing=0.0)
    frames = simulate_frames(consumers=1500, bills=10, seed=2, parameters=replace(TAMIL_NADU, transformers=exact))
    supplied = frames["transformer_readings"].group_by("DTR_CODE").agg(pl.col("SUPPLIED_KWH").sum(), pl.len())
    parts = pl.sum_horizontal("USED_KWH", "HOOKED_KWH", "STREET_LIGHT_KWH", "LOST_KWH")
    both = frames["truth_transformers"].join(supplied, on="DTR_CODE").with_columns(parts.alias("parts"))
    assert both.height == frames["truth_transformers"].height
    # A reading is rounded to a kWh, so ten of them are off by five at most, and each of the four parts by a half.
    assert ((both["SUPPLIED_KWH"] - both["parts"]).abs() <= 0.5 * both["len"] + 2).all()


def test_unexplained_energy_points_at_the_transformers_with_hooks(frames):
    billed = frames["bills"].join(frames["consumers"].select("SC_NO", "DTR_CODE"), on="SC_NO")
    billed = billed.group_by("DTR_CODE").agg(pl.col("KWH").sum())
    readings = (
        frames["transformer_readings"].group_by("DTR_CODE").agg(pl.col("SUPPLIED_KWH", "STREET_LIGHT_KWH").mean() * 18)
    )
    both = frames["truth_transformers"].join(readings, on="DTR_CODE", suffix="_READ").join(billed, on="DTR_CODE")
    unexplained = (both["SUPPLIED_KWH"] - both["STREET_LIGHT_KWH_READ"] - both["KWH"]) / both["SUPPLIED_KWH"]
    # Not all of them: a large consumer who is entered under a neighbour's transformer looks the same.
    assert 0.65 < roc_auc_score(both["HOOKED_KWH"] > 0, unexplained) < 0.98


def test_technical_losses_are_a_few_per_cent(frames):
    truth = frames["truth_transformers"]
    assert truth["LOST_KWH"].sum() / truth["USED_KWH"].sum() == pytest.approx(0.042, abs=0.01)


def test_transformers_are_read_within_days_of_their_consumers(frames):
    consumers = frames["consumers"].select("SC_NO", "DTR_CODE")
    last = frames["bills"].join(consumers, on="SC_NO").group_by("DTR_CODE").agg(pl.col("BILL_DATE").max())
    readings = frames["transformer_readings"].group_by("DTR_CODE").agg(pl.col("READ_DATE").max())
    days = last.join(readings, on="DTR_CODE").select((pl.col("BILL_DATE") - pl.col("READ_DATE")).dt.total_days().abs())
    assert days.to_series().median() <= 4


def test_a_few_in_a_hundred_consumers_are_entered_under_another_transformer_of_their_section(frames):
    both = frames["consumers"].join(frames["truth"].select("SC_NO", "TRUE_DTR_CODE"), on="SC_NO")
    wrong = both.filter(pl.col("DTR_CODE") != pl.col("TRUE_DTR_CODE"))
    assert 0.02 <= wrong.height / both.height <= 0.04
    assert (wrong["DTR_CODE"].str.head(4) == wrong["TRUE_DTR_CODE"].str.head(4)).all()


def test_events_come_from_the_smart_metered_minority(frames):
    smart = frames["consumers"].filter(pl.col("SMART_METER") == "Y")["SC_NO"]
    assert 0.05 <= len(smart) / frames["consumers"].height <= 0.30
    assert set(frames["meter_events"]["SC_NO"]) <= set(smart)


def test_thieves_report_more_tampering_than_others_who_report_some_too(frames):
    tampering = frames["meter_events"].filter(pl.col("EVENT_CODE") != 101).group_by("SC_NO").len()
    smart = frames["consumers"].filter(pl.col("SMART_METER") == "Y").select("SC_NO")
    counts = smart.join(tampering, on="SC_NO", how="left").join(frames["truth"], on="SC_NO").fill_null(0)
    thieves, others = (counts.filter(pl.col("STEALS") == word)["len"] for word in "YN")
    assert thieves.mean() > 2 * others.mean()
    assert 0.2 < (others > 0).mean() < 0.8


def test_events_have_odd_codes_and_a_duration(frames):
    assert (frames["meter_events"]["EVENT_CODE"] % 2 == 1).all()
    assert (frames["meter_events"]["DURATION_HRS"] > 0).all()


def test_no_event_of_a_theft_follows_its_discovery():
    events = replace(TAMIL_NADU.events, false_rate=0.0, power_fail_rate=0.0, theft_rate=20.0, theft_shows=1.0)
    visits = replace(TAMIL_NADU.visits, relapse=0.0)
    parameters = replace(
        TAMIL_NADU,
        events=events,
        visits=visits,
        population=replace(TAMIL_NADU.population, smart_share=1.0),
    )
    frames = simulate_frames(consumers=3000, bills=12, seed=8, parameters=parameters)
    found = frames["inspections"].filter(pl.col("FINDING").is_in(["THEFT", "TAMPER"]))
    caught = frames["truth"].filter(pl.col("STEALS") == "Y")["SC_NO"].implode()
    after = frames["meter_events"].join(found.filter(pl.col("SC_NO").is_in(caught)), on="SC_NO")
    assert after.height > 500
    assert after.filter(pl.col("OCCURRED_AT").dt.date() > pl.col("INSP_DATE")).is_empty()


def test_payments_follow_their_bills_and_leave_arrears_where_bills_were_not_paid(frames):
    payments = frames["payments"]
    assert (payments["PAID_RS"] > 0).all()
    assert (payments["ARREARS_RS"] >= 0).all()
    billed, paid = frames["bills"]["AMOUNT_RS"].sum(), payments["PAID_RS"].sum()
    assert 0.95 <= paid / billed <= 1.0


def test_a_disconnected_consumer_is_connected_again_after_paying(frames):
    cut = frames["payments"].filter(pl.col("DISC_DATE").is_not_null())
    assert cut.height > 100
    assert (cut["DISC_DATE"] < cut["RECON_DATE"]).all()
    assert (cut["PAID_ON"] <= cut["RECON_DATE"]).all()
    assert (cut["PAID_ON"] >= cut["DISC_DATE"]).all()
    assert (cut["ARREARS_RS"] == 0).all()
