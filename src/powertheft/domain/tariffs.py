"""Dated tariffs as data, and the bill they give. Rule of the room: the standard library only.

A schedule is chosen by the total of the billing period; within it each slab has its own rate. Amounts are in the
profile's currency, energies in kWh, slabs for one billing period of `period_days`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import cast

from powertheft.domain.errors import ProfileError


@dataclass(frozen=True, slots=True)
class Slab:
    """A slab of a schedule: the energy at which it ends [kWh a period] (infinite for the last) and its rate."""

    up_to: float
    rate: float


@dataclass(frozen=True, slots=True)
class Schedule:
    """The slabs that hold for bills whose total does not exceed `total_up_to` [kWh a period]."""

    total_up_to: float
    slabs: tuple[Slab, ...]


@dataclass(frozen=True, slots=True)
class Tariff:
    """The schedules of some categories or tariff codes from a date on, for billing periods of `period_days`."""

    categories: tuple[str, ...]
    valid_from: date
    period_days: float
    schedules: tuple[Schedule, ...]


def price(schedule: Schedule, energy: float) -> float:
    """Return the amount [currency] of one period's energy [kWh] on one schedule.

    Examples
    --------
    >>> price(Schedule(500, (Slab(100, 0.0), Slab(200, 2.35), Slab(500, 4.70))), 250)
    470.0
    """
    ends = [0.0, *(slab.up_to for slab in schedule.slabs)]
    parts = (
        max(0.0, min(energy, end) - start) * slab.rate
        for (start, end), slab in zip(pairwise(ends), schedule.slabs, strict=True)
    )
    return round(sum(parts), 2)


def tariffs_from_tables(tables: Sequence[Mapping[str, object]]) -> tuple[Tariff, ...]:
    """Return the tariffs that a profile's `[[tariffs]]` tables state, as `tomllib` reads them.

    Raises ProfileError where a key is missing or mistyped, or where slabs or schedules do not rise.

    Examples
    --------
    >>> table = {"categories": ["I-A"], "valid_from": date(2025, 7, 1), "period_days": 60.875,
    ...          "schedules": [{"total_up_to": float("inf"), "slabs": [[100, 0.0], [float("inf"), 2.35]]}]}
    >>> tariffs_from_tables([table])[0].schedules[0].slabs
    (Slab(up_to=100.0, rate=0.0), Slab(up_to=inf, rate=2.35))
    >>> tariffs_from_tables([{**table, "valid_from": "soon"}])
    Traceback (most recent call last):
    powertheft.domain.errors.ProfileError: tariff 1 needs valid_from: a date. Write it as 2025-07-01, without quotes.
    """
    return tuple(_tariff(table, where=f"tariff {number}") for number, table in enumerate(tables, start=1))


def _tariff(table: Mapping[str, object], *, where: str) -> Tariff:
    unknown = sorted(set(table) - {"categories", "valid_from", "period_days", "schedules"})
    if unknown:
        raise ProfileError(f"{where} has the unknown key {unknown[0]!r}", advice="Correct or remove it.")
    categories = tuple(_items(table, "categories", where=where))
    if not all(isinstance(category, str) for category in categories):
        raise ProfileError(f"{where} needs categories: a list of words", advice='Write it as ["I-A"].')
    valid_from = table.get("valid_from")
    if not isinstance(valid_from, date) or isinstance(valid_from, datetime):
        raise ProfileError(f"{where} needs valid_from: a date", advice="Write it as 2025-07-01, without quotes.")
    schedules = tuple(
        _schedule(entry, where=f"{where}, schedule {number}")
        for number, entry in enumerate(_items(table, "schedules", where=where), start=1)
    )
    _check_rising([schedule.total_up_to for schedule in schedules], where=f"{where}: total_up_to of the schedules")
    return Tariff(
        tuple(str(category) for category in categories),
        valid_from,
        _number(table.get("period_days"), where=f"{where}, period_days"),
        schedules,
    )


def _schedule(entry: object, *, where: str) -> Schedule:
    if not isinstance(entry, Mapping):
        raise ProfileError(f"{where} is not a table", advice="It needs total_up_to and slabs.")
    table = cast("Mapping[str, object]", entry)
    slabs = tuple(_slab(pair, where=f"{where}, slabs") for pair in _items(table, "slabs", where=where))
    _check_rising([slab.up_to for slab in slabs], where=f"{where}: the ends of the slabs")
    total_up_to = _number(table.get("total_up_to"), where=f"{where}, total_up_to")
    if slabs[-1].up_to < total_up_to:
        raise ProfileError(
            f"{where} holds up to {total_up_to:g} kWh, but its last slab ends at {slabs[-1].up_to:g}",
            advice="Let the last slab end where the schedule does.",
        )
    return Schedule(total_up_to, slabs)


def _slab(pair: object, *, where: str) -> Slab:
    entries = cast("Sequence[object]", pair) if isinstance(pair, (list, tuple)) else ()
    if len(entries) != 2:
        raise ProfileError(f"{where}: a slab is not [up to kWh, rate]", advice="Write it as [200, 2.35].")
    rate = _number(entries[1], where=where, zero=True)
    return Slab(_number(entries[0], where=where), rate)


def _items(table: Mapping[str, object], key: str, *, where: str) -> Sequence[object]:
    value = table.get(key)
    if not isinstance(value, (list, tuple)) or not value:
        raise ProfileError(f"{where} needs {key}: a list with at least one entry", advice=f"Add {key} = [...].")
    return cast("Sequence[object]", value)


def _number(value: object, *, where: str, zero: bool = False) -> float:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not (value > 0 or (zero and value == 0)):
        kind = "a number, zero or more" if zero else "a number above zero"
        raise ProfileError(f"{where} needs {kind}, not {value!r}", advice="Correct it (inf is allowed for no end).")
    return float(value)


def _check_rising(ends: Sequence[float], *, where: str) -> None:
    if any(later <= earlier for earlier, later in pairwise(ends)):
        raise ProfileError(f"{where} do not rise: {[*ends]}", advice="Order them from low to high, each once.")
