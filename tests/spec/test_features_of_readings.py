"""Cases of every feature that adds up bills: what a person gets from one house's bills with a pencil.

The bills are below as a table. For each quantity its values are written out bill by bill, as read off that table; the
statistics of a window are then Python's own.
"""

import statistics
from collections.abc import Callable, Sequence
from datetime import date

import polars as pl
import pytest

from powertheft.engines.local import compute_features
from powertheft.features import attributes
from powertheft.features.catalogue import catalogue
from powertheft.features.definition import Aggregate, Feature

AS_OF = date(2020, 3, 1)
MONTH = 30.4375

# read_on, commodity, meter, days, energy, register before, register, estimated, volts, code
BILLS = (
    (date(2017, 6, 1), "electricity", "11", 30, 300, 0, 300, False, 230.0, "a"),
    (date(2018, 1, 1), "electricity", "11", 214, 1712, 300, 2012, False, 231.0, "a"),
    (date(2018, 6, 1), "electricity", "11", 151, 0, 2012, 2012, True, 229.0, "b"),
    (date(2019, 2, 1), "electricity", "11", None, 490, 2032, 2522, False, 232.0, "a"),
    (date(2019, 7, 1), "electricity", "12", 60, 360, 0, 400, False, None, None),
    (date(2020, 3, 1), "electricity", "12", 244, 732, 400, 1132, False, 233.0, "a"),
    (date(2019, 3, 1), "gas", "00", 30, 30, 5, 35, False, None, "c"),
    (date(2020, 2, 1), "gas", "77", 337, 0, 0, 0, False, None, "c"),
)
COLUMNS = (
    "read_on",
    "commodity",
    "meter_id",
    "period_days",
    "energy",
    "previous_index",
    "current_index",
    "is_estimated",
    "volts",
    "code",
)

# Which bills of electricity and of gas (by place, from 0) a window holds, by the ending of a feature's name.
# Ages at 1 March 2020: electricity 1004, 790, 639, 394, 244 and 0 days; gas 366 and 29 days.
WINDOWS: dict[str, tuple[Sequence[int], Sequence[int]]] = {
    "": (range(6), range(2)),
    "_12m": ((4, 5), (1,)),
    "_12m_before": ((2, 3), (0,)),
    "_24m": ((2, 3, 4, 5), (0, 1)),
    "_older": ((0, 1), ()),
    "_last": ((5,), (1,)),
    "_last3": ((3, 4, 5), (0, 1)),
    "_first": ((0,), (0,)),
}

Values = list[float | None]


def days(*dates: date) -> Values:
    return [float((on - date(1970, 1, 1)).days) for on in dates]


# The bill of February 2019 begins 20 above the one before: 490 + 20 kWh passed the register in 245 days.
CAUGHT_UP = 510 / 245

# Values of each quantity bill by bill: electricity, then gas. A missing period is the time since the reading before.
QUANTITIES: dict[str, tuple[Values, Values]] = {
    "daily_use": ([10, 8, 0, CAUGHT_UP, 6, 3], [1, 0]),
    "bill": ([300, 1712, 0, 490, 360, 732], [30, 0]),
    "bill_ratio": ([None, 0.8, 0, None, 6 / CAUGHT_UP, 0.5], [None, 0]),
    "bill_step": ([None, -2, -8, CAUGHT_UP, 6 - CAUGHT_UP, -3], [None, -1]),
    "zero_bills": ([0, 0, 1, 0, 0, 0], [0, 1]),
    "index_difference": ([300, 1712, 0, 490, 400, 732], [30, 0]),
    "index_gap": ([None, 0, 0, 20, None, 0], [None, None]),
    "index_excess": ([0, 0, 0, 0, 40, 0], [0, 0]),
    "index": ([300, 2012, 2012, 2522, 400, 1132], [35, 0]),
    "index_previous": ([0, 300, 2012, 2032, 0, 400], [5, 0]),
    "exchanges": ([None, 0, 0, 0, 1, 0], [None, 1]),
    "exchange_date": ([None, None, None, None, *days(date(2019, 7, 1)), None], [None, *days(date(2020, 2, 1))]),
    "meter_number": ([11, 11, 11, 11, 12, 12], [0, 77]),
    "period": ([30, 214, 151, 245, 60, 244], [30, 337]),
    "reading_gap": ([None, 214, 151, 245, 150, 244], [None, 337]),
    "period_excess": ([None, 0, 0, 0, -90, 0], [None, 0]),
    "estimated": ([0, 0, 1, 0, 0, 0], [0, 0]),
    "bills": ([1, 1, 1, 1, 1, 1], [1, 1]),
    "reading_date": (
        days(*(row[0] for row in BILLS if row[1] == "electricity")),
        days(*(row[0] for row in BILLS if row[1] == "gas")),
    ),
    "volts": ([230, 231, 229, 232, None, 233], [None, None]),
}

# What is not a quantity in a window.
OTHERS: dict[str, float | str | None] = {
    # The steepest step on one meter between bills that cover the time since the reading before and begin where that
    # ended: 8 to 0; the rise from 0 to 2 begins 20 above, so the least fall is the greatest climb.
    "bill_fall_from": 8 * MONTH,
    "bill_fall_to": 0,
    "bill_fall_age": 639,
    "bill_climb_from": 10 * MONTH,
    "bill_climb_to": 8 * MONTH,
    "bill_climb_age": 790,
    "zero_bill_age": 639,
    "gas_zero_bill_age": 29,
    "index_gap_age": 394,
    "gas_index_gap_age": None,
    "index_excess_age": 244,
    "gas_index_excess_age": 29,
    "index_excess_billed": 360,
    "gas_index_excess_billed": 0,
    "reading_gap_age": 394,
    "gas_reading_gap_age": 29,
    "meters": 2,
    # A number of noughts is none.
    # The one has a number of noughts, the other shows nothing.
    "gas_meters": 0,
    "parallel_bills": 0,
    "gas_parallel_bills": 0,
    "newest_meter_age": 244,
    "gas_newest_meter_age": None,
    # 490 kWh in 245 days; then 360 and 732 kWh in 60 and 244 days.
    "use_before_exchange": 2 * MONTH,
    "use_since_exchange": (360 + 732) / (60 + 244) * MONTH,
    "gas_use_before_exchange": None,
    "gas_use_since_exchange": None,
    "code_last": "a",
    "gas_code_last": "c",
    "code_different": 2,
    "gas_code_different": 1,
    "code_a_share": 0.8,
    "gas_code_a_share": 0,
}


def between(values: list[float], share: float) -> float | None:
    """The value below which that share lies: on the straight line between its two neighbours in order."""
    if not values:
        return None
    ordered, place = sorted(values), share * (len(values) - 1)
    low, high = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return low + (high - low) * (place - int(place))


STATISTICS: dict[str, Callable[[list[float]], float | None]] = {
    "mean": lambda values: statistics.mean(values) if values else None,
    "std": lambda values: statistics.stdev(values) if len(values) > 1 else None,
    "min": lambda values: min(values, default=None),
    "max": lambda values: max(values, default=None),
    "sum": sum,
    "tenth": lambda values: between(values, 0.1),
    "quarter": lambda values: between(values, 0.25),
    "upper_quarter": lambda values: between(values, 0.75),
    "upper_tenth": lambda values: between(values, 0.9),
}


def expected() -> dict[str, float | str | None]:
    found = dict(OTHERS)
    for stem, values in QUANTITIES.items():
        for place, prefix in enumerate(("", "gas_")):
            for ending, bills in WINDOWS.items():
                chosen = [value for bill in bills[place] if (value := values[place][bill]) is not None]
                for statistic, reduce in STATISTICS.items():
                    single = ending in {"_last", "_first"}
                    name = f"{prefix}{stem}{'' if single else f'_{statistic}'}{ending}"
                    found[name] = reduce(chosen) if not single else (chosen[0] if chosen else None)
    return found


def definitions() -> tuple[Feature, ...]:
    found = [
        *catalogue(),
        *attributes.reading_number("volts"),
        *attributes.reading_category("code", ["a"]),
    ]
    return tuple(
        feature
        for feature in found
        if isinstance(feature.computation, Aggregate) and feature.computation.table == "readings"
    )


def computed(bills: Sequence[tuple[object, ...]]) -> dict[str, float | str | None]:
    readings = pl.DataFrame(bills, schema=list(COLUMNS), orient="row", infer_schema_length=None).with_columns(
        pl.col("period_days", "energy", "previous_index", "current_index").cast(pl.Float64),
        consumer_id=pl.lit("house"),
        sequence=0,
    )
    as_of = pl.DataFrame({"consumer_id": ["house"], "as_of": [AS_OF]})
    table = compute_features({"readings": readings}, definitions(), as_of=as_of)
    return table.features.to_dicts()[0]


COMPUTED = computed(BILLS)


@pytest.mark.parametrize("name", [feature.name for feature in definitions()])
def test_a_feature_of_bills_is_what_a_pencil_gives(name: str) -> None:
    case = expected()
    assert name in case, "every definition has a case"
    value = case[name]
    assert COMPUTED[name] == (value if value is None or isinstance(value, str) else pytest.approx(value, rel=1e-6))


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert computed(BILLS[::-1]) == COMPUTED


def test_bills_after_the_as_of_date_are_not_read() -> None:
    later = (date(2020, 3, 2), "electricity", "13", 1, 9999, 0, 9999, True, 1.0, "z")
    assert computed((*BILLS, later)) == COMPUTED


def test_two_meters_that_are_billed_on_the_same_days_are_seen_as_such() -> None:
    second = [
        (on, commodity, "99", period, energy, before + 7000, now + 7000, *rest)
        for on, commodity, _, period, energy, before, now, *rest in BILLS
        if commodity == "electricity"
    ]
    both = computed([*BILLS, *second])
    assert both["parallel_bills"] == 6
    # What one meter shows after the other is no step of use.
    assert both["bill_fall_from"] is None
