"""Rules about a meter's own history, each by rows that it finds and rows next to them that it leaves alone."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import polars as pl

from powertheft.domain.profiles import Profile
from powertheft.domain.quality import Finding
from powertheft.domain.tables import CanonicalTable
from powertheft.quality.checking import check_tables

Make = Callable[..., CanonicalTable[pl.DataFrame]]
TODAY = date(2024, 1, 1)
FIRST = date(2020, 1, 1)


def bills(make: Make, days: list[int], **columns: list) -> CanonicalTable[pl.DataFrame]:
    """Bills of one meter, read so many days after the first."""
    height = len(days)
    start = {
        "consumer_id": ["a"] * height,
        "meter_id": ["m"] * height,
        "read_on": [FIRST + timedelta(days=day) for day in days],
    }
    return make("readings", start | columns)


def found(profile: Profile, rule: str, *tables: CanonicalTable[pl.DataFrame]) -> Finding | None:
    _, report = check_tables({table.name: table for table in tables}, profile, today=TODAY)
    findings = report.of_rule(rule)
    assert len(findings) <= 1
    return findings[0] if findings else None


def rows(profile: Profile, rule: str, *tables: CanonicalTable[pl.DataFrame]) -> tuple[int, ...]:
    finding = found(profile, rule, *tables)
    return finding.example_rows if finding else ()


def test_days_that_no_bill_of_the_meter_covers_are_a_gap(table: Make, profile: Profile) -> None:
    # Bills of 60 days after 60, 74 and 90 days: 0, 14 and 30 days are not covered; 15, a quarter of 60, are let pass.
    made = bills(table, [0, 60, 134, 224], period_days=[60.0] * 4)
    gap = found(profile, "gap", made)
    assert gap is not None
    assert (gap.example_rows, gap.count, gap.detail) == ((5,), 1, "30 days")


def test_another_meter_begins_without_a_gap(table: Make, profile: Profile) -> None:
    assert not rows(profile, "gap", bills(table, [0, 500], meter_id=["m", "n"], period_days=[60.0] * 2))


def test_days_that_two_bills_cover_overlap(table: Make, profile: Profile) -> None:
    # The bill of 60 days comes 30 days after the one before; the next comes 50 days after, which is let pass.
    made = bills(table, [0, 30, 80, 80], period_days=[60.0] * 4, energy=[1.0, 2.0, 3.0, 4.0])
    overlapping = found(profile, "overlapping_bill", made)
    assert overlapping is not None
    assert (overlapping.example_rows, overlapping.detail) == ((3,), "30 days")


def test_a_hole_between_intervals_is_told_by_the_consumers_own_step(table: Make, profile: Profile) -> None:
    hours = [0, 1, 2, 5, 6, 7, 8]
    start = [datetime(2020, 1, 1) + timedelta(hours=hour) for hour in hours]
    daily = [datetime(2020, 1, 1) + timedelta(days=day) for day in range(7)]
    made = table("intervals", {"consumer_id": ["a"] * 7 + ["b"] * 7, "start": start + daily, "energy": [1.0] * 14})
    missing = found(profile, "missing_interval", made)
    assert missing is not None
    # Between 02:00 and 05:00 there should be 03:00 and 04:00.
    assert (missing.example_rows, missing.detail) == ((5,), "2 intervals")


def test_estimates_are_shown_and_told_from_estimates_for_long(table: Make, profile: Profile) -> None:
    said = [True, True, False, True, True, True, None]
    made = bills(table, [60 * n for n in range(7)], is_estimated=said)
    estimated, for_long = found(profile, "estimated_reading", made), found(profile, "estimated_for_long", made)
    assert estimated is not None
    assert for_long is not None
    assert (estimated.count, estimated.example_rows) == (5, (2, 3, 5))
    assert (for_long.count, for_long.example_rows) == (3, (5, 6, 7))


def test_a_register_that_stands_still_is_one_that_had_moved(table: Make, profile: Profile) -> None:
    days = [60 * n for n in range(8)]
    still = bills(
        table, days, previous_index=[10.0, 10.0, 10.0, 10.0, 10.0, 20.0, 30.0, 30.0],
        current_index=[10.0, 10.0, 10.0, 10.0, 20.0, 30.0, 30.0, 30.0],
    )  # fmt: skip
    stuck = found(profile, "stuck_register", still)
    assert stuck is not None
    assert (stuck.count, stuck.example_rows) == (4, (2, 3, 4))
    never = bills(table, days, previous_index=[0.0] * 8, current_index=[0.0] * 8)
    assert not rows(profile, "stuck_register", never)


def test_a_bill_begins_where_the_one_before_ended(table: Make, profile: Profile) -> None:
    made = bills(
        table, [0, 60, 120, 180], meter_id=["m", "m", "m", "n"], previous_index=[0.0, 10.0, 25.0, 0.0],
        current_index=[10.0, 20.0, 30.0, 5.0],
    )  # fmt: skip
    assert rows(profile, "register_break", made) == (4,)


def test_a_bill_far_from_the_meters_own_others_is_an_outlier_whatever_others_use(table: Make, profile: Profile) -> None:
    use = [60.0, 62.0, 58.0, 61.0, 59.0, 60.0, 63.0, 57.0, 60.0]
    days = [60 * n for n in range(9)]
    house = [*use[:4], 900.0, *use[5:]]
    factory = [one * 100 for one in use]
    made = bills(table, days * 2, consumer_id=["a"] * 9 + ["b"] * 9, energy=house + factory, period_days=[60.0] * 18)
    assert rows(profile, "hampel_outlier", made) == (6,)
    few = bills(table, days[:7], energy=house[:7], period_days=[60.0] * 7)
    assert not rows(profile, "hampel_outlier", few)


def test_wh_for_kwh_is_a_slip_and_a_month_away_from_home_is_not(table: Make, profile: Profile) -> None:
    use = [600.0, 620.0, 580.0, 610.0, 590.0, 600.0, 0.612, 1.0, 0.0]
    made = bills(table, [60 * n for n in range(9)], energy=use, period_days=[60.0] * 9)
    slip = found(profile, "unit_slip", made)
    assert slip is not None
    assert (slip.example_rows, slip.detail) == ((8,), "0 a thousand times too much, 1 a thousandth")
    small = [6.0, 6.2, 5.8, 6.1, 5.9, 6.0, 6100.0, 6.0, 60.0]
    made = bills(table, [6 * n for n in range(9)], energy=small, period_days=[6.0] * 9)
    slip = found(profile, "unit_slip", made)
    assert slip is not None
    assert (slip.example_rows, slip.detail) == ((8,), "1 a thousand times too much, 0 a thousandth")


def test_a_bill_without_the_meters_factor_is_a_slip_and_a_meter_with_a_factor_is_none(
    table: Make, profile: Profile
) -> None:
    steps = [30.0 + n for n in range(9)]
    ends = [sum(steps[: n + 1]) for n in range(9)]
    starts = [0.0, *ends[:-1]]
    energy = [40 * step for step in steps]
    plain = bills(table, [60 * n for n in range(9)], previous_index=starts, current_index=ends, energy=energy)
    assert not rows(profile, "factor_slip", plain)
    # The factor is 40: one bill without it, one with a tenth of it.
    energy[3], energy[5] = steps[3], 4 * steps[5]
    wrong = bills(table, [60 * n for n in range(9)], previous_index=starts, current_index=ends, energy=energy)
    assert rows(profile, "factor_slip", wrong) == (5, 7)


def test_a_bill_before_the_connection_is_shown(table: Make, profile: Profile) -> None:
    consumers = table("consumers", {"consumer_id": ["a", "b"], "connected_on": [date(2020, 2, 1), None]})
    made = bills(table, [0, 31, 60], consumer_id=["a", "a", "b"])
    assert rows(profile, "bill_before_connection", consumers, made) == (2,)


def test_energy_above_the_sanctioned_load_day_and_night_is_shown(table: Make, profile: Profile) -> None:
    consumers = table("consumers", {"consumer_id": ["a"], "sanctioned_load": [2.0]})
    # 2 kW x 24 h x 30 days = 1,440 kWh.
    made = bills(table, [0, 30], energy=[1440.0, 1441.0], period_days=[30.0, 30.0])
    assert rows(profile, "above_sanctioned_load", consumers, made) == (3,)


def test_a_reconnection_before_the_disconnection_is_shown(table: Make, profile: Profile) -> None:
    days = {
        "disconnected_on": [date(2020, 3, 1), date(2020, 3, 1)],
        "reconnected_on": [date(2020, 2, 1), date(2020, 4, 1)],
    }
    made = table("payments", {"consumer_id": ["a", "b"], "paid_on": [FIRST] * 2, **days})
    assert rows(profile, "reconnected_before_disconnected", made) == (2,)
