"""What a squad reads: exact sentences for numbers that a reader can check, and silence where nothing is to be said."""

import math
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from powertheft.features import sentences
from powertheft.features.catalogue import catalogue

NAN = math.nan
MONTH = 30.4375
AS_OF = float((date(2019, 3, 15) - date(1970, 1, 1)).days)
SPOKEN = {feature.name: feature.sentence for feature in catalogue() if feature.sentence}

LOW = {"as_of_date": AS_OF, "median_use": 240.0, "last_month_age": 1.0}
METERS = {"meters": 2.0, "newest_meter_age": 400.0, "exchanges_sum": 1.0, "parallel_bills": 1.0}
DROP = {"drop_age": 13.0, "drop_before": 412.0, "drop_after": 115.0, "use_all": 300.0}
BILL_FALL = {
    "bill_fall_from": 410.0,
    "bill_fall_to": 40.0,
    "bill_fall_age": 31.0,
    "bill_step_min": -370.0 / MONTH,
    "bill_ratio_min": 40.0 / 410.0,
    "daily_use_mean": 300.0 / MONTH,
}
BILL_CLIMB = {
    "bill_climb_from": 50.0,
    "bill_climb_to": 640.0,
    "bill_climb_age": 31.0,
    "bill_step_max": 590.0 / MONTH,
    "daily_use_mean": 200.0 / MONTH,
}
STEP = {"step_strength": 0.6, "step_age": 49.0, "first_month_age": 71.0, "step_before": 412.0, "step_after": 115.0}
BILLS = {"daily_use_min": 0.0, "daily_use_max": 20.0, "daily_use_mean": 5.0, "daily_use_std": 4.0}

TOLD: list[tuple[str, dict[str, float], str]] = [
    (
        "same_season_ratio_12m",
        {"same_season_now_12m": 115.0, "same_season_before_12m": 412.0},
        "Used 72 % less than in the same months a year before: 412 kWh a month, now 115 (12 months to Mar 2019)",
    ),
    (
        "same_season_ratio_2y",
        {"same_season_now_2y": 412.0, "same_season_before_2y": 115.0},
        "Used 3.6 times as much as in the same months two years before: 115 kWh a month, now 412 "
        "(12 months to Mar 2019)",
    ),
    (
        "same_season_ratio_3m",
        {"same_season_now_3m": 0.0, "same_season_before_3m": 412.0},
        "Used nothing, against 412 kWh a month in the same months a year before (3 months to Mar 2019)",
    ),
    (
        "same_season_least",
        {"same_season_worst_age": 5.0, "same_season_worst_now": 40.0, "same_season_worst_before": 320.0},
        "In the 6 months to Oct 2018 used 88 % less than in the same months a year before: 320 kWh a month, then 40",
    ),
    (
        "same_season_least",
        {"same_season_worst_age": 5.0, "same_season_worst_now": 0.0, "same_season_worst_before": 320.0},
        "In the 6 months to Oct 2018 used nothing, against 320 kWh a month in the same months a year before",
    ),
    (
        "change_to_peers",
        {"own_change": 0.4, "peers_change": 0.95, "same_season_before_12m": 300.0},
        "Used 60 % less than in the same months a year before, similar neighbours 5 % less (12 months to Mar 2019)",
    ),
    (
        "change_to_peers",
        {"own_change": 1.8, "peers_change": 1.0, "same_season_before_12m": 300.0},
        "Used 80 % more than in the same months a year before, similar neighbours the same (12 months to Mar 2019)",
    ),
    (
        "fall_against_peers",
        {"relative_now": 0.42, "relative_best": 1.83, "relative_best_age": 55.0, "months_observed_12m": 12.0},
        "Used 0.4 times the median of similar neighbours in the 12 months to Mar 2019, but 1.8 times in the 12 months "
        "to Aug 2014",
    ),
    (
        "to_peers_12m",
        {"to_peers_12m": 0.33, "peers_daily_12m": 180.0 / MONTH, "use_12m": 60.0},
        "Used 67 % less than the median of similar neighbours: 59 kWh a month against 180 (12 months to Mar 2019)",
    ),
    (
        "use_12m",
        {"to_peers_12m": 3.0, "peers_daily_12m": 1000.0 / MONTH, "use_12m": 3000.0},
        "Used 3 times as much as the median of similar neighbours: 3,000 kWh a month against 1,000 "
        "(12 months to Mar 2019)",
    ),
    (
        "to_peers_all",
        {"to_peers_all": 0.0, "peers_daily_all": 180.0 / MONTH, "use_all": 0.0},
        "Used nothing; the median of similar neighbours is 180 kWh a month (up to six years to Mar 2019)",
    ),
    (
        "likeness_to_peers",
        {"likeness_to_peers": -0.42, "peers_swing": 1.9},
        "Use runs against that of similar neighbours from month to month (correlation −0.42 over 36 months to "
        "Mar 2019)",
    ),
    (
        "season_strength",
        {"calendar_swing": 1.2, "peers_swing": 2.1},
        "Hardly any season: the month with the most use has 1.2 times that of the month with the least, for similar "
        "neighbours 2.1 times (36 months to Mar 2019)",
    ),
    (
        "summer_to_winter",
        {"summer_use": 240.0, "winter_use": 90.0, "peers_summer_to_winter": 1.1},
        "Used 240 kWh a month in April to September and 90 in October to March (24 months to Mar 2019), a "
        "ratio of 2.7; "
        "that of similar neighbours is 1.1",
    ),
    (
        "step_size",
        {**STEP, "use_12m": 120.0},
        "Use stepped down in Mar 2015: 412 kWh a month on average from Apr 2013 until then, 115 since (72 % less)",
    ),
    (
        "step_size",
        {**STEP, "use_12m": 390.0},
        "Use stepped down in Mar 2015: 412 kWh a month on average from Apr 2013 until then, 115 since (72 % "
        "less); 390 in "
        "the last 12 months",
    ),
    (
        "step_age",
        {**STEP, "step_before": 0.3},
        "Use stepped up in Mar 2015: 0.3 kWh a month on average from Apr 2013 until then, 115 since",
    ),
    (
        "largest_drop",
        DROP,
        "Use fell around Feb 2018: 412 kWh a month in the six months before, 115 in the six from then",
    ),
    (
        "largest_rise",
        {"rise_age": 13.0, "rise_before": 115.0, "rise_after": 412.0, "use_all": 200.0, "use_12m": 150.0},
        "Use rose around Feb 2018: 115 kWh a month in the six months before, 412 in the six "
        "from then; "
        "150 in the last 12 months",
    ),
    (
        "drops_over_half",
        {**DROP, "drops_over_half": 14.0},
        "In 14 months of up to six years use was less than half the mean of the six months before; one fall around "
        "Feb 2018, from 412 to 115 kWh a month (six months each)",
    ),
    (
        "bill_step_min",
        BILL_FALL,
        "Fall from one bill to the next: 410 to 40 kWh a month, bill of 12 Feb 2019; bills average 300",
    ),
    (
        "bill_ratio_min",
        BILL_FALL,
        "Fall from one bill to the next: 410 to 40 kWh a month, bill of 12 Feb 2019; bills average 300",
    ),
    (
        "bill_step_max",
        BILL_CLIMB,
        "Climb from one bill to the next: 50 to 640 kWh a month, bill of 12 Feb 2019; bills average 200",
    ),
    (
        "recent_to_best",
        {"best_year_age": 55.0, "best_year_use": 412.0, "use_12m": 115.0},
        "Used 72 % less than in the best 12 months of up to six years, those to Aug 2014: 412 kWh a month, now 115 "
        "(12 months to Mar 2019)",
    ),
    (
        "recent_12m_to_all",
        {"use_12m": 96.0, "use_all": 240.0},
        "Used 60 % less than on average over up to six years: 240 kWh a month, now 96 (12 months to Mar 2019)",
    ),
    (
        "daily_use_mean_older",
        {"use_12m": 154.0, "use_older": 0.2},
        "Used 154 kWh a month, against next to nothing on average two to six years ago (12 months to Mar 2019)",
    ),
    (
        "variation",
        {"least_month": 12.0, "greatest_month": 890.0, "use_all": 240.0, "variation": 0.8},
        "Use varies from 12 to 890 kWh a month (average 240, up to six years to Mar 2019)",
    ),
    (
        "variation",
        {"least_month": 0.0, "greatest_month": 890.0, "use_all": 240.0, "variation": 0.8, "season_strength": 0.62},
        "Use varies from 0 to 890 kWh a month (average 240, up to six years to Mar 2019; the calendar month explains "
        "62 % of it)",
    ),
    (
        "variation",
        {"least_month": 198.0, "greatest_month": 230.0, "use_all": 211.0, "variation": 0.05},
        "Use is nearly the same all the time, between 198 and 230 kWh a month (average 211, up to six years to "
        "Mar 2019)",
    ),
    ("daily_use_std", BILLS, "Bills go from 0 to 609 kWh a month over the whole history (average 152)"),
    (
        "daily_use_last",
        {"daily_use_last": 1.0, "daily_use_mean": 10.0, "reading_date_max": AS_OF},
        "The last bill, of 15 Mar 2019, is of 30 kWh a month; bills average 304",
    ),
    (
        "bill_step_last",
        {"bill_step_last": -3.0, "daily_use_last": 1.0, "reading_date_max": AS_OF},
        "The last bill, of 15 Mar 2019, is of 30 kWh a month, the bill before of 122",
    ),
    (
        "zero_bills_mean",
        {"zero_bills_sum": 5.0, "bills_sum": 40.0, "zero_bill_age": 3.0},
        "5 of 40 bills are of zero, the last of 12 Mar 2019",
    ),
    (
        "zero_bills_sum",
        {"zero_bills_sum": 9.0, "bills_sum": 9.0, "zero_bill_age": 0.0},
        "None of 9 bills shows any use",
    ),
    (
        "zero_run",
        {**LOW, "zero_run": 14.0, "zero_run_age": 79.0},
        "No use for 14 months in a row, the last Aug 2012; the median month is 240 kWh",
    ),
    (
        # Two years were observed: what was before them nobody knows.
        "zero_run",
        {**LOW, "zero_run": 14.0, "zero_run_age": 10.0, "first_month_age": 23.0},
        "No use for at least 14 months in a row, the last May 2018; the median month is 240 kWh",
    ),
    (
        "zero_run_now",
        {**LOW, "zero_run_now": 9.0},
        "No use for 9 months up to Feb 2019 (the premises may be vacant); the median month is 240 kWh",
    ),
    (
        "low_run_now",
        {**LOW, "low_run_now": 7.0},
        "Under a quarter of the median of up to six years (240 kWh a month) for 7 months in a row, the last Feb 2019",
    ),
    (
        "low_share",
        {**LOW, "low_share": 0.31},
        "31 % of months under a quarter of the own median (240 kWh a month, up to six years to Feb 2019)",
    ),
    (
        "exchange_date_max",
        METERS,
        "Another meter than before, on the bills since Feb 2018 (an exchange may itself follow a visit)",
    ),
    (
        "meters",
        {**METERS, "parallel_bills": 38.0},
        "Several meters at once: 38 bills of the same day as another meter's",
    ),
    (
        "index_last",
        {"index_last": 895.0, "index_max": 132703.0, "reading_date_max": AS_OF, "meters": 2.0},
        "The register stands at 895 on the last bill, of 15 Mar 2019, and once stood at 1,32,703 (another meter)",
    ),
    (
        "index_gap_max",
        {"index_gap_max": 771.0, "index_gap_min": 0.0, "index_gap_age": 0.0},
        "On the bill of 15 Mar 2019 the register starts 771 above where it ended the bill before (same "
        "meter; a bill may "
        "be missing)",
    ),
    (
        "index_excess_max",
        {"index_excess_max": 1498.0, "index_excess_billed": 2698.0, "index_excess_age": 0.0},
        "On the bill of 15 Mar 2019 the register moves on by 4,196, and 2,698 kWh are billed",
    ),
    (
        "reading_gap_max",
        {"reading_gap_max": 365.0, "reading_gap_mean": 125.0, "reading_gap_age": 100.0},
        "Electricity: 12 months from one bill to the next, 5 Dec 2017 to 5 Dec 2018; on average 4.1",
    ),
    (
        "estimated_mean",
        {"estimated_sum": 9.0, "bills_sum": 18.0},
        "9 of 18 bills estimated or read at a locked door (whole history to Mar 2019)",
    ),
    (
        "estimated_sum_last3",
        {"estimated_sum_12m": 3.0, "bills_sum_12m": 6.0},
        "3 of 6 bills estimated or read at a locked door (12 months to Mar 2019)",
    ),
    (
        "transformer_loss_share",
        {"transformer_supplied": 40000.0, "transformer_lost": 9200.0, "transformer_loss_before": 0.08},
        "Of 40,000 kWh a month supplied through the transformer, 9,200 are on no bill (23 %, 8 % a year "
        "before; 12 months "
        "known by Mar 2019)",
    ),
    (
        "transformer_loss_likeness",
        {"transformer_loss_likeness": -0.61},
        "When less is billed here, more of the transformer's energy is on no bill (correlation −0.61 over 36 months to "
        "Mar 2019)",
    ),
    (
        "load_use",
        {"sanctioned_load": 5.0, "load_use": 0.01},
        "Used 37 kWh a month in the 12 months to Mar 2019: 1 % of what the sanctioned load of 5 kW could take day and "
        "night",
    ),
    (
        "arrears_last",
        {"arrears_last": 123456.0, "payment_age": 14.0},
        "Arrears of 1,23,456 (in the bills' currency) after the last payment, 1 Mar 2019",
    ),
    (
        "arrears_max",
        {"arrears_max": 9000.0, "arrears_last": 0.0},
        "Arrears of up to 9,000 (in the bills' currency), 0 at last (Mar 2019)",
    ),
    (
        "disconnections",
        {"disconnections": 2.0, "days_since_disconnection": 15.0, "reconnections": 1.0},
        "Disconnected 2 times, last on 28 Feb 2019, reconnected 1 time",
    ),
    (
        "reconnections",
        {"disconnections": 1.0, "days_since_disconnection": 15.0, "reconnections": 0.0},
        "Disconnected 1 time, last on 28 Feb 2019, no reconnection on record",
    ),
    (
        "events_magnet",
        {"events_magnet": 2.0},
        "The meter reported magnetic disturbance 2 times in the 24 months to Mar 2019",
    ),
    (
        "tamper_recency",
        {"tamper_events": 3.0, "tamper_recency": 45.0},
        "The meter reported 3 tamper events in the 24 months to Mar 2019, the last on 29 Jan 2019",
    ),
    (
        "findings",
        {"visits": 3.0, "findings": 1.0, "days_since_finding": 1461.0},
        "3 earlier visits, 1 finding of theft, the last on 15 Mar 2015",
    ),
    (
        "gas_zero_bills_mean",
        {"gas_zero_bills_sum": 5.0, "gas_bills_sum": 40.0, "gas_zero_bill_age": 3.0},
        "Gas: 5 of 40 bills are of zero, the last of 12 Mar 2019",
    ),
    # Two meters at once: months are the sum of both, and the reason says so.
    (
        "same_season_ratio_12m",
        {"same_season_now_12m": 115.0, "same_season_before_12m": 412.0, "parallel_bills": 9.0},
        "Used 72 % less than in the same months a year before: 412 kWh a month, now 115 (12 months to Mar 2019) "
        "(all meters together)",
    ),
    # A fall that the season explains in part.
    (
        "largest_drop",
        {**DROP, "season_strength": 0.3},
        "Use fell around Feb 2018: 412 kWh a month in the six months before, 115 in the six from then"
        "; the calendar month explains 30 % of the variation",
    ),
    (
        "daily_level_to_before",
        {"daily_level": 2.1, "daily_level_before": 8.9},
        "Used 2.1 kWh a day in the last 4 weeks, 8.9 in the 12 weeks before",
    ),
    (
        "daily_level_to_month",
        {"daily_level": 0.0, "daily_level_before": 8.9, "daily_level_year_before": 7.0},
        "Used nothing in the last 4 weeks, 8.9 kWh a day in the 12 weeks before and 7 in the same weeks a year before",
    ),
    (
        "daily_level_to_year",
        {"daily_level": 0.01, "daily_level_year_before": 12.0},
        "Used next to nothing in the last 4 weeks, 12 kWh a day in the same weeks a year before",
    ),
    (
        "daily_largest_fall",
        {"daily_largest_fall": 0.6, "daily_fall_age": 14.0, "daily_shift_total": 0.42, "daily_level_before": 8.9},
        "The level of use fell by 60 % around 1 Mar 2019; the latest level is 42 % of the earliest",
    ),
    (
        "daily_zero_share",
        {"daily_zero_share": 12 / 28, "daily_zero_share_change": 12 / 28},
        "No use on 43 % of the days of the last 4 weeks, 0 % in the 12 weeks before",
    ),
    (
        "daily_low_share",
        {"daily_low_share": 0.5, "daily_level_before": 8.9},
        "Under a quarter of the usual day (8.9 kWh, mean of the 12 weeks before) "
        "on 50 % of the days of the last 4 weeks",
    ),
    (
        "interval_zero_hours_odd",
        {"interval_zero_hours": 6.3, "interval_zero_hours_change": 6.2},
        "Without use for 6.3 hours of a day at a stretch (average of the last 4 weeks), 0.1 in the 12 weeks before",
    ),
    (
        "interval_zero_share",
        {"interval_zero_share": 0.47, "interval_zero_share_change": 0.45},
        "No use for 47 % of the day on average in the last 4 weeks, 2 % in the 12 weeks before",
    ),
    (
        "interval_constant",
        {"interval_constant": 0.75, "interval_constant_change": 0.75},
        "The same use all day long on 75 % of the days with use in the last 4 weeks, 0 % in the 12 weeks before",
    ),
    (
        "interval_night_share_change",
        {"interval_night_share": 0.27, "interval_night_share_change": 0.19},
        "On average 27 % of a day's use was between 0 and 5 o'clock in the last 4 weeks, 8 % in the 12 weeks before",
    ),
    (
        "interval_evening_share",
        {"interval_evening_share": 0.12, "interval_evening_share_change": -0.19},
        "On average 12 % of a day's use was between 16 and 21 o'clock in the last 4 weeks, 31 % in the 12 weeks before",
    ),
    (
        "interval_profile_before_lead",
        {"interval_mirrored": 0.7, "interval_mirrored_change": 0.67},
        "On 70 % of the days of the last 4 weeks use ran more like the usual day backwards, 3 % in the 12 weeks before",
    ),
    (
        "interval_roughness",
        {"interval_roughness": 0.61, "interval_roughness_change": 0.26},
        "From one reading to the next use changed by 61 % of its mean in the last 4 weeks, 35 % in the 12 weeks before",
    ),
    (
        "interval_at_ceiling",
        {"interval_at_ceiling": 0.2, "interval_at_ceiling_change": 0.199, "interval_max": 0.621},
        "20 % of the readings of the last 4 weeks are within 1 % of the highest of them (0.62 kWh); "
        "in the 12 weeks before 0.1 % were at theirs",
    ),
    (
        "interval_max_ratio",
        {"interval_max": 0.62, "interval_ceiling_to_highest": 0.2},
        "No reading above 0.62 kWh in the last 4 weeks, up to 3.10 kWh before",
    ),
    (
        "interval_p05_ratio",
        {"interval_p05": 0.02, "interval_p05_ratio": 0.25},
        "One in twenty readings is of 0.02 kWh or less in the last 4 weeks, of 0.08 kWh or less in the 12 weeks before",
    ),
    (
        "interval_p05",
        {"interval_p05": 0.001, "interval_p05_ratio": 0.02},
        "One in twenty readings is of next to nothing in the last 4 weeks, of 0.05 kWh or less in the 12 weeks before",
    ),
    (
        "interval_missing_share",
        {"interval_missing_share": 0.31, "interval_missing_share_all": 0.03},
        "No reading for 31 % of the last 4 weeks; for 3 % of all time since the first one",
    ),
]

UNSAID: list[tuple[str, dict[str, float]]] = [
    # As much as before; a fall from next to nothing.
    ("daily_level_to_before", {"daily_level": 8.0, "daily_level_before": 8.9}),
    ("daily_level_to_before", {"daily_level": 0.0, "daily_level_before": 0.2}),
    # A fall that was undone since, as after a holiday.
    (
        "daily_largest_fall",
        {"daily_largest_fall": 0.9, "daily_fall_age": 90.0, "daily_shift_total": 0.95, "daily_level_before": 8.9},
    ),
    # No more than before: it was always so.
    ("daily_zero_share", {"daily_zero_share": 0.5, "daily_zero_share_change": 0.0}),
    ("interval_constant", {"interval_constant": 1.0, "interval_constant_change": 0.0}),
    ("interval_zero_hours", {"interval_zero_hours": 9.0, "interval_zero_hours_change": 0.2}),
    ("interval_at_ceiling", {"interval_at_ceiling": 1.0, "interval_at_ceiling_change": 0.9, "interval_max": 0.0}),
    ("interval_missing_share", {"interval_missing_share": 0.31, "interval_missing_share_all": 0.3}),
    # Nothing notable.
    ("same_season_ratio_12m", {"same_season_now_12m": 390.0, "same_season_before_12m": 412.0}),
    # A fall from next to nothing, a rise to next to nothing.
    ("same_season_ratio_12m", {"same_season_now_12m": 1.0, "same_season_before_12m": 12.0}),
    ("same_season_ratio_12m", {"same_season_now_12m": 12.0, "same_season_before_12m": 1.0}),
    ("same_season_ratio_12m", {"same_season_now_12m": NAN, "same_season_before_12m": 412.0}),
    # Bills of two meters at once are those of neither.
    ("daily_use_std", {**BILLS, "parallel_bills": 9.0}),
    # Everybody used less.
    ("change_to_peers", {"own_change": 0.4, "peers_change": 0.42, "same_season_before_12m": 300.0}),
    ("to_peers_12m", {"to_peers_12m": 0.8, "peers_daily_12m": 6.0, "use_12m": 0.8 * 6.0 * MONTH}),
    ("summer_to_winter", {"summer_use": 240.0, "winter_use": 90.0, "peers_summer_to_winter": 2.5}),
    ("season_strength", {"calendar_swing": 1.2, "peers_swing": 1.3}),
    # A step that does not stand out; one that the panel's edge has cut off; a season's.
    ("step_size", {**STEP, "step_strength": 0.05}),
    ("step_size", {**STEP, "first_month_age": 52.0}),
    ("step_size", {**STEP, "season_strength": 0.6}),
    # The last half-year is back where it was before.
    ("step_size", {**STEP, "use_6m": 390.0}),
    # Another number on a register that runs on is no exchange.
    ("meters", {**METERS, "exchanges_sum": 0.0}),
    # Half a year is not known by season where a bill covers eight months.
    (
        "same_season_ratio_6m",
        {"same_season_now_6m": 115.0, "same_season_before_6m": 412.0, "reading_gap_max_24m": 245.0},
    ),
    # The same months of the year before were as low, or as high.
    ("largest_drop", {**DROP, "drop_year_before": 120.0}),
    # Back from a peak to what is usual; a fall of every year.
    ("largest_drop", {**DROP, "use_all": 120.0}),
    ("largest_drop", {**DROP, "season_strength": 0.6}),
    ("bill_step_min", {**BILL_FALL, "daily_use_mean": 45.0 / MONTH}),
    # The quoted bills are not those of the feature; or of ten years ago.
    ("bill_step_min", {**BILL_FALL, "bill_step_min": -999.0 / MONTH}),
    ("bill_step_min", {**BILL_FALL, "bill_fall_age": 3650.0}),
    ("daily_use_std", {**BILLS, "daily_use_max": 6.0, "daily_use_std": 0.5}),
    ("zero_bills_mean", {"zero_bills_sum": 0.0, "bills_sum": 40.0, "zero_bill_age": NAN}),
    ("zero_bills_mean", {"zero_bills_sum": 1.0, "bills_sum": 12.0, "zero_bill_age": 0.0}),
    ("zero_bills_mean", {"zero_bills_sum": 2.0, "bills_sum": 101.0, "zero_bill_age": 0.0}),
    # A gas supply that was never used.
    ("gas_zero_bills_mean", {"gas_zero_bills_sum": 9.0, "gas_bills_sum": 9.0, "gas_zero_bill_age": 3.0}),
    ("zero_run", {**LOW, "zero_run": 1.0, "zero_run_age": 3.0}),
    ("meters", {**METERS, "meters": 1.0}),
    ("index_last", {"index_last": 1200.0, "index_max": 1200.0, "reading_date_max": AS_OF, "meters": 2.0}),
    # One meter that has run through all its digits.
    ("index_last", {"index_last": 3430.0, "index_max": 95120.0, "reading_date_max": AS_OF, "meters": 1.0}),
    # Half a year is not set against a whole one, nor the months that neighbours have against others.
    (
        "fall_against_peers",
        {"relative_now": 0.42, "relative_best": 1.83, "relative_best_age": 55.0, "months_observed_12m": 6.0},
    ),
    ("to_peers_12m", {"to_peers_12m": 0.33, "peers_daily_12m": 180.0 / MONTH, "use_12m": 160.0}),
    # Bills in the wrong order jump back as well.
    ("index_gap_max", {"index_gap_max": 771.0, "index_gap_min": -771.0, "index_gap_age": 0.0}),
    ("index_excess_max", {"index_excess_max": 60.0, "index_excess_billed": 2698.0, "index_excess_age": 0.0}),
    ("reading_gap_max", {"reading_gap_max": 130.0, "reading_gap_mean": 125.0, "reading_gap_age": 100.0}),
    ("estimated_mean", {"estimated_sum": 1.0, "bills_sum": 18.0}),
    ("transformer_loss_share", {"transformer_supplied": 40000.0, "transformer_lost": 900.0}),
    ("load_use", {"sanctioned_load": 5.0, "load_use": 0.1}),
    ("arrears_last", {"arrears_last": 0.0, "payment_age": 14.0}),
    ("disconnections", {"disconnections": 0.0, "days_since_disconnection": NAN, "reconnections": 0.0}),
    ("events_magnet", {"events_magnet": 0.0}),
    ("visits", {"visits": 3.0, "findings": 0.0, "days_since_finding": NAN}),
]


@pytest.mark.parametrize(
    ("name", "numbers", "said"), TOLD, ids=[f"{case[0]}-{place}" for place, case in enumerate(TOLD)]
)
def test_a_sentence_says_exactly_this(name: str, numbers: dict[str, float], said: str) -> None:
    sentence = SPOKEN[name]
    assert set(numbers) <= set(sentence.numbers) | {"as_of_date", "last_month_age"} | set(METERS) | set(STEP) | set(
        BILL_FALL
    ), "a case gives only what the sentence reads"
    assert sentence.say({"as_of_date": AS_OF, "last_month_age": 0.0, **numbers}) == said


@pytest.mark.parametrize(("name", "numbers"), UNSAID, ids=[f"{case[0]}-{place}" for place, case in enumerate(UNSAID)])
def test_there_is_silence_where_nothing_is_to_be_said(name: str, numbers: dict[str, float]) -> None:
    assert SPOKEN[name].say({"as_of_date": AS_OF, **numbers}) is None


@pytest.mark.parametrize("name", SPOKEN)
def test_nothing_is_said_without_numbers(name: str) -> None:
    assert SPOKEN[name].say({}) is None
    assert SPOKEN[name].say(dict.fromkeys(SPOKEN[name].numbers, NAN)) is None


def test_every_theme_has_a_sentence_among_the_cases() -> None:
    told = {SPOKEN[name].theme.removeprefix("gas-") for name, _, _ in TOLD}
    assert told == {sentence.theme.removeprefix("gas-") for sentence in SPOKEN.values()}


@given(st.data(), st.sampled_from(sorted(SPOKEN)))
def test_no_numbers_make_a_sentence_fail_or_accuse(data: st.DataObject, name: str) -> None:
    sizes = st.one_of(st.just(NAN), st.floats(-2, 2, width=32), st.floats(0, 9000, width=32), st.integers(0, 9000))
    numbers = {number: float(data.draw(sizes)) for number in SPOKEN[name].numbers}
    if "as_of_date" in numbers:
        numbers["as_of_date"] = AS_OF
    if "reading_date_max" in numbers:
        numbers["reading_date_max"] = AS_OF
    said = SPOKEN[name].say(numbers)
    assert said is None or (said.strip() == said and not re.search(r"nan|inf\b|thief|steal|stole|fraud", said))


@given(st.integers(-(10**9), 10**9))
def test_grouping_only_adds_commas(value: int) -> None:
    written = sentences.grouped(value)
    assert int(written.replace(",", "")) == value
    assert re.fullmatch(r"-?\d{1,3}|-?\d{1,2}(,\d\d)*,\d{3}", written)


@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(0, 71))
def test_months_are_counted_back_as_a_calendar_does(day: date, back: int) -> None:
    number = (day - date(1970, 1, 1)).days
    months = day.year * 12 + day.month - 1 - back
    assert sentences.month(number, back) == f"{date(months // 12, months % 12 + 1, 1):%b %Y}"


def test_a_fall_is_never_rounded_to_nothing_left() -> None:
    assert sentences.less(412.0, 0.9) == "99 % less"
