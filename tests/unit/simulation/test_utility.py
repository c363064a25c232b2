"""The export as a whole: its layout, its shares, that a seed fixes it, and that wrong numbers are refused."""

import tomllib
from dataclasses import replace
from datetime import date
from importlib.resources import files
from time import perf_counter

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from powertheft.domain.errors import ChoiceError
from powertheft.simulation import simulate_frames
from powertheft.simulation.parameters import TAMIL_NADU, DirtParameters
from powertheft.simulation.summary import summarise

POSITIVE = ("THEFT", "TAMPER", "MISUSE")
PROFILE = tomllib.loads((files("powertheft") / "profiles" / "tneb.toml").read_text(encoding="utf-8"))


def columns_of(table: dict) -> dict[str, dict]:
    short = {target: spec for target, spec in table["columns"].items() if isinstance(spec, str)}
    return {target: {"source": spec} for target, spec in short.items()} | {
        target: spec for target, spec in table["columns"].items() if isinstance(spec, dict)
    }


def share(frame: pl.DataFrame, condition: pl.Expr) -> float:
    return frame.filter(condition).height / frame.height


def test_every_column_that_the_profile_names_is_in_the_export(frames):
    for table in PROFILE["tables"]:
        named = {spec["source"] for spec in columns_of(table).values()} | set(table.get("attributes", {}))
        assert named <= set(frames[table["file"]].columns), table["file"]


def test_every_word_of_the_export_is_known_to_the_profile_but_for_the_soiled_ones(frames):
    for table in PROFILE["tables"]:
        for spec in columns_of(table).values():
            known = set(spec.get("codes", {})) | set(spec.get("valid", ()))
            if known:
                found = set(frames[table["file"]][spec["source"]].drop_nulls().cast(pl.String))
                assert found - known <= {"X9"}, spec["source"]


def test_names_addresses_and_telephone_numbers_are_exported_and_read_by_no_profile(frames):
    personal = {"NAME", "ADDRESS", "PHONE"}
    assert personal <= set(frames["consumers"].columns)
    for table in PROFILE["tables"]:
        assert not personal & {spec["source"] for spec in columns_of(table).values()}
        assert not personal & set(table.get("attributes", {}))
        assert not table["keep_others"]


def test_the_same_seed_gives_the_same_utility_and_another_seed_another():
    first = simulate_frames(consumers=400, bills=8, seed=5)
    again = simulate_frames(consumers=400, bills=8, seed=5)
    other = simulate_frames(consumers=400, bills=8, seed=6)
    for name, frame in first.items():
        assert_frame_equal(frame, again[name])
    assert not first["bills"].equals(other["bills"])


def test_changing_one_aspect_leaves_the_others_as_they_were():
    spotless = replace(TAMIL_NADU, dirt=DirtParameters(**dict.fromkeys(DirtParameters.__dataclass_fields__, 0.0)))
    honest = replace(spotless, thefts=replace(TAMIL_NADU.thefts, share=0.0))
    with_theft = simulate_frames(consumers=1500, bills=12, seed=3, parameters=spotless)
    without = simulate_frames(consumers=1500, bills=12, seed=3, parameters=honest)
    assert_frame_equal(with_theft["consumers"], without["consumers"])
    causes = ["SC_NO", "INNOCENT_CAUSE", "INNOCENT_SINCE", "TRUE_DTR_CODE"]
    assert_frame_equal(with_theft["truth"].select(causes), without["truth"].select(causes))
    # Visits change what comes after them, so only bills before the first visit can be the same.
    first_visit = min(frames["inspections"]["INSP_DATE"].min() for frames in (with_theft, without))
    thieves = with_theft["truth"].filter(pl.col("KIND").is_not_null())["SC_NO"].implode()
    early = (pl.col("BILL_DATE") < first_visit) & ~pl.col("SC_NO").is_in(thieves)
    kept = [frames["bills"].filter(early).drop("METER_NO") for frames in (with_theft, without)]
    assert kept[0].height > 5000
    assert_frame_equal(kept[0], kept[1])


def test_history_ends_on_the_fixed_day_and_no_table_goes_beyond_it(frames):
    ends = date(2026, 8, 31)
    last = frames["bills"].group_by("SC_NO").agg(pl.col("BILL_DATE").max())
    # But for those whose last bill was soiled, all are billed to the end.
    assert share(last, pl.col("BILL_DATE") >= date(2026, 7, 1)) > 0.997
    assert frames["bills"]["BILL_DATE"].max() <= ends
    assert frames["inspections"]["INSP_DATE"].max() <= ends
    assert frames["payments"]["PAID_ON"].max() <= ends
    assert frames["transformer_readings"]["READ_DATE"].max() <= ends
    assert frames["meter_events"]["OCCURRED_AT"].max().date() <= ends


def test_sections_are_read_on_different_days(frames):
    bills = frames["bills"].join(frames["consumers"].select("SC_NO", "SECTION"), on="SC_NO")
    months = bills.group_by("SECTION").agg(pl.col("BILL_DATE").dt.month().mod(2).mode().first().alias("parity"))
    assert set(months["parity"]) == {0, 1}


def test_categories_have_the_shares_of_a_tamil_nadu_utility(frames):
    consumers = frames["consumers"]
    assert share(consumers, pl.col("TARIFF") == "I-A") == pytest.approx(0.70, abs=0.06)
    assert share(consumers, pl.col("TARIFF") == "V") == pytest.approx(0.12, abs=0.05)
    assert set(consumers["TARIFF"]) == {"I-A", "I-B", "II-A", "II-B", "III-A1", "III-A2", "III-B", "IV", "V", "VI"}
    assert (consumers["SANC_LOAD_KW"] > 0).all()


def test_transformers_supply_about_forty_to_a_hundred_consumers(frames):
    sizes = frames["consumers"].group_by("DTR_CODE").len()["len"]
    assert sizes.quantile(0.05) >= 35
    assert sizes.quantile(0.95) <= 105


def test_domestic_use_is_higher_in_summer_than_in_winter(frames):
    domestic = frames["consumers"].filter(pl.col("TARIFF") == "I-A")["SC_NO"].implode()
    monthly = (
        frames["bills"]
        .filter(pl.col("SC_NO").is_in(domestic))
        .group_by(pl.col("BILL_DATE").dt.month().alias("month"))
        .agg((pl.col("KWH").sum() / pl.col("DAYS").sum()).alias("rate"))
    )
    rate = dict(monthly.iter_rows())
    assert rate[6] > 1.3 * rate[2]


def test_thefts_are_three_to_five_in_a_hundred_and_a_third_began_before_the_history(frames):
    truth = frames["truth"]
    thieves = truth.filter(pl.col("STEALS") == "Y")
    assert 0.03 <= thieves.height / truth.height <= 0.05
    assert share(thieves, pl.col("BEFORE_HISTORY") == "Y") == pytest.approx(1 / 3, abs=0.03)
    assert thieves["KIND"].n_unique() == 9


def test_innocent_drops_outnumber_thefts_five_to_one(frames):
    summary = summarise(frames, seconds=1.0)
    assert summary.innocent_drops >= 5 * summary.thefts


def test_honest_causes_show_in_the_bills(frames, clean_bills):
    left = frames["truth"].filter(pl.col("INNOCENT_CAUSE") == "left").select("SC_NO", "INNOCENT_SINCE")
    bills = clean_bills.filter(pl.col("ESTIMATED") == "N").join(left, on="SC_NO")
    rate = pl.col("KWH").sum() / pl.col("DAYS").sum()
    before = bills.filter(pl.col("BILL_DATE") <= pl.col("INNOCENT_SINCE")).select(rate).item()
    after = bills.filter(pl.col("BILL_DATE") > pl.col("INNOCENT_SINCE") + pl.duration(days=130)).select(rate).item()
    assert after < 0.15 * before


def test_the_summary_counts_what_the_frames_hold(frames):
    summary = summarise(frames, seconds=2.5)
    assert summary.consumers == frames["truth"].height == 12_000
    assert summary.bills == frames["bills"].height
    assert sum(summary.thefts_by_kind.values()) == summary.thefts
    assert summary.hits == frames["inspections"].filter(pl.col("FINDING").is_in(POSITIVE)).height
    assert summary.energy_stolen == frames["truth"]["KWH_STOLEN"].sum() > 0
    assert summary.first_bill == frames["bills"]["BILL_DATE"].min()


def test_progress_is_told_in_rising_shares():
    told: list[float] = []
    simulate_frames(consumers=200, bills=8, seed=1, progress=lambda _, share_done: told.append(share_done))
    assert told == sorted(told)
    assert told[0] == 0.0
    assert len(told) >= 3


@pytest.mark.parametrize(
    ("consumers", "bills", "seed", "said"),
    [
        (99, 12, 1, "99 consumers cannot be simulated"),
        (200, 7, 1, "7 bills cannot be simulated"),
        (200, 61, 1, "Choose 8 to 60"),
        (200, 12, -1, "the seed -1 is negative"),
    ],
)
def test_impossible_numbers_are_refused_with_what_to_choose(consumers, bills, seed, said):
    with pytest.raises(ChoiceError, match=said):
        simulate_frames(consumers=consumers, bills=bills, seed=seed)


@pytest.mark.parametrize(("consumers", "bills"), [(100, 8), (150, 60), (2500, 9)])
def test_small_and_long_utilities_are_simulated_too(consumers, bills):
    frames = simulate_frames(consumers=consumers, bills=bills, seed=0)
    assert frames["consumers"].height == consumers
    assert frames["bills"].group_by("SC_NO").len()["len"].max() <= bills + 2
    assert frames["inspections"].height > 0


def test_a_tenth_of_the_demanded_size_takes_less_than_a_tenth_of_the_demanded_time():
    began = perf_counter()
    simulate_frames(consumers=10_000, bills=18, seed=2)
    assert perf_counter() - began < 2.0 * 3  # three times the budget: other work may share the machine
