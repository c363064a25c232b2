"""All that a page says of one connection of a scoring. Rule of the room: put the rooms together, compute nothing.

Nothing of other connections is computed again, and the model is not asked: what is needed lies in the scoring's folder.
What the model has to be asked for are use cases of their own (ask_about_consumer), which a page asks for afterwards.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.consumer_page import ConsumerPage
from powertheft.actions.explain_consumer import Case, likelihood_of, season_of
from powertheft.actions.house import House, split_reference
from powertheft.actions.listed_columns import read_columns
from powertheft.actions.read_list import REASONS
from powertheft.actions.scored_case import ScoredCase, read_case
from powertheft.actions.scored_months import RECENT_MONTHS, read_months
from powertheft.actions.scorings import TRANSFORMERS, get_scoring
from powertheft.domain.numbers import DAYS_A_MONTH, grouped
from powertheft.engines.local import READ_ON
from powertheft.explanation.stretch import Stretch, suspicious_stretch
from powertheft.features.peers import LADDER
from powertheft.privacy.thresholds import SMALLEST_GROUP

YEAR = 12
FEWEST_NEIGHBOURS = 20
MOST_NEIGHBOURS = 500
NEIGHBOURS_LISTED = 30
NEAR = ("transformer_id", "section")
NEIGHBOUR_COLUMNS = ("rank", "consumer_id", "category", "probability", "last_visit", "last_outcome")
KNOWN_NEIGHBOURS = 5
"""Neighbours of whom a month must be known for the band to show it."""

MOST_EVENTS = 200
BILL_COLUMNS = (
    "read_on",
    "period_days",
    "energy",
    "amount",
    "is_estimated",
    "meter_id",
    "meter_status",
    "reading_code",
)


def show_consumer(house: House, consumer_id: str, number: int | None = None) -> ConsumerPage:
    """Return the page of a connection of a scoring, of the last one where no number is given."""
    house.check("list.read")
    scored = read_case(house, get_scoring(house, number), consumer_id)
    case, scoring = scored.case, scored.scoring
    band = _neighbour_band(scored)
    months = _months(case, band)
    with house.read() as work:
        cases = work.inspections.list_cases(dataset=split_reference(scoring.dataset)[0], consumer_id=consumer_id)
    return ConsumerPage(
        scoring.number,
        scoring.dataset,
        scoring.model,
        consumer_id,
        scored.rank,
        scoring.rows,
        _head(scored),
        months,
        season_of(case)["in_words"],
        _stretch(months),
        _band_in_words(band),
        _rows_of(case, "readings", BILL_COLUMNS),
        _rows_of(case, "events", ("occurred_at", "event_code", "duration"))[-MOST_EVENTS:],
        _rows_of(case, "inspections", ("inspected_on", "outcome", "energy_assessed", "amount_assessed", "drawn_by")),
        listed_reasons(scored),
        _transformer(scored),
        _neighbours(scored),
        tuple(cases),
    )


def _head(scored: ScoredCase) -> dict[str, Any]:
    row = scored.row
    told = ("category", "tariff", "region", "district", "section", "feeder_id", "transformer_id", "as_of")
    worth = (
        "expected_energy_kwh",
        "expected_energy_low_kwh",
        "expected_energy_high_kwh",
        "expected_amount",
        "billed_kwh_a_day",
        "anomaly",
        "points",
        "last_visit",
        "last_outcome",
    )
    return {
        **likelihood_of(scored.case, float(row["raw_score"])),
        **{name: row.get(name) for name in (*told, *worth)},
        "currency": scored.scoring.details["currency"],
        "sanctioned_load": _of_master(scored.case, "sanctioned_load"),
        "phase": _of_master(scored.case, "phase"),
    }


def _of_master(case: Case, column: str) -> Any:
    master = case.prepared.tables.get("consumers")
    if master is None or column not in master.columns or master.is_empty():
        return None
    return master[column][0]


def _rows_of(case: Case, table: str, columns: Sequence[str]) -> tuple[Mapping[str, Any], ...]:
    frame = case.prepared.tables.get(table)
    if frame is None:
        return ()
    there = [name for name in columns if name in frame.columns]
    when = next((name for name in (READ_ON.get(table, ""), *there) if name in frame.columns), None)
    ordered = frame if when is None else frame.sort(when, nulls_last=True)
    if table == "readings" and "commodity" in frame.columns:
        ordered = ordered.filter(pl.col("commodity").fill_null("electricity") == "electricity")
    return tuple(ordered.select(there).iter_rows(named=True))


def listed_reasons(scored: ScoredCase) -> tuple[str, ...] | None:
    """Return the reasons that the list gives, None further down than it was explained."""
    told = tuple(word for name in REASONS if (word := scored.row.get(name)) is not None)
    return told if told or scored.rank <= int(scored.scoring.details["explained"]) else None


def _months(case: Case, band: np.ndarray | None) -> tuple[Mapping[str, Any], ...]:
    """Return the last three years by month, from the first one of which something is known."""
    use = DAYS_A_MONTH * case.table.panel.energy[case.row].astype(np.float64)
    last, count = int(case.table.panel.last_month[case.row]), min(RECENT_MONTHS, len(use))
    rows: list[dict[str, Any]] = []
    for back in reversed(range(count)):
        low, middle, high = (None, None, None) if band is None else (_plain(side[-1 - back]) for side in band)
        before = use[-1 - back - YEAR] if back + YEAR < len(use) else np.nan
        rows.append(
            {
                "month": np.datetime64(last - back, "M").astype("datetime64[D]").astype(date),
                "use": _plain(use[-1 - back]),
                "a_year_before": _plain(before),
                "neighbours_low": low,
                "neighbours": middle,
                "neighbours_high": high,
            }
        )
    first = next((place for place, row in enumerate(rows) if row["use"] is not None), len(rows))
    return tuple(rows[first:])


def _stretch(months: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    use = np.array([np.nan if row["use"] is None else row["use"] for row in months], dtype=np.float64)
    found: Stretch | None = suspicious_stretch(use, names=[f"{row['month']:%b %Y}" for row in months])
    if found is None:
        return None
    first, last = months[found.first]["month"], months[found.last]["month"]
    return {"from": first, "to": last, "used": found.used, "expected": found.expected, "in_words": found.sentence}


def _neighbour_band(scored: ScoredCase) -> np.ndarray | None:
    """Return the neighbours' lower quartile, median, upper quartile by month [kWh/month], (3, 36); None for too few."""
    ranks, shifts = _peers(scored)
    if len(ranks) < SMALLEST_GROUP:
        return None
    chosen = np.unique(np.linspace(0, len(ranks) - 1, min(MOST_NEIGHBOURS, len(ranks))).astype(np.int64))
    months = _aligned(read_months(scored.folder, ranks[chosen]), shifts[chosen])
    known = np.isfinite(months).sum(axis=0) >= KNOWN_NEIGHBOURS
    band = np.full((3, months.shape[1]), np.nan)
    band[:, known] = np.nanpercentile(months[:, known], (25, 50, 75), axis=0)
    return DAYS_A_MONTH * band


def _peers(scored: ScoredCase) -> tuple[np.ndarray, np.ndarray]:
    """Return ranks of the neighbours, of the narrowest group that is large enough, and how much later they end."""
    listed = read_columns(scored.folder)
    there, found = frozenset(listed.columns), listed.clear()
    for rung in LADDER:
        if not set(rung) <= there or any(scored.row[name] is None for name in rung):
            continue
        found = listed.lazy().filter(_same(scored, rung)).select("rank", "as_of").collect()
        if found.height >= FEWEST_NEIGHBOURS:
            break
    if found.is_empty() or scored.row["as_of"] is None:
        return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    own = scored.row["as_of"].year * YEAR + scored.row["as_of"].month
    ends = found.select(pl.col("as_of").dt.year().cast(pl.Int64) * YEAR + pl.col("as_of").dt.month().cast(pl.Int64))
    return found["rank"].to_numpy(), ends.to_series().fill_null(own).to_numpy() - own


def _same(scored: ScoredCase, names: Sequence[str]) -> pl.Expr:
    """Whether a row is another connection with the same words."""
    return pl.all_horizontal(pl.col("rank") != scored.rank, *(pl.col(name) == scored.row[name] for name in names))


def _aligned(months: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Move rows that end later or earlier, so that every column is one calendar month."""
    places = np.arange(months.shape[1])[None, :] - shifts[:, None]
    inside = (places >= 0) & (places < months.shape[1])
    moved = np.take_along_axis(months, np.clip(places, 0, months.shape[1] - 1), axis=1)
    return np.where(inside, moved, np.nan)


def _band_in_words(band: np.ndarray | None) -> str:
    if band is None or not np.isfinite(band[1, -YEAR:]).any():
        return "There are too few neighbours to compare with."
    low, middle, high = (float(np.nanmean(side[-YEAR:])) for side in band)
    return (
        f"Half of the neighbours used {grouped(low)} to {grouped(high)} kWh a month, the middle one {grouped(middle)}."
    )


def _transformer(scored: ScoredCase) -> dict[str, Any] | None:
    """Return what the transformer supplied and what no bill accounts for, by month [kWh/day], and its year."""
    panel, row = scored.case.table.panel, scored.case.row
    if panel.supplied is None or panel.lost is None or scored.row.get("transformer_id") is None:
        return None
    last, name = int(panel.last_month[row]), str(scored.row["transformer_id"])
    months = [
        {
            "month": np.datetime64(last - back, "M").astype("datetime64[D]").astype(date),
            "supplied": _plain(panel.supplied[row, -1 - back]),
            "unexplained": _plain(panel.lost[row, -1 - back]),
        }
        for back in reversed(range(RECENT_MONTHS))
    ]
    known = [one for one in months if one["supplied"] is not None]
    if not known:
        return None
    listed = pl.scan_parquet(scored.folder / TRANSFORMERS)
    found: list[dict[str, Any]] = []
    if "transformer_id" in listed.collect_schema():
        found = listed.filter(pl.col("transformer_id") == name).collect().to_dicts()
    total = found[0] if found else None
    return {"transformer_id": name, "months": known, "last_year": total, "in_words": _balance_in_words(total)}


def _balance_in_words(total: Mapping[str, Any] | None) -> str:
    if total is None or total["unexplained_share"] is None:
        return "Too few months of this transformer are known to add up a year."
    supplied, lost = grouped(total["supplied_kwh"]), total["unexplained_kwh"]
    these = f"{supplied} kWh that this transformer supplied in {total['months']} months"
    if lost <= 0:
        said = f"All of the {these} are billed or explained by technical loss"
        return f"{said}; the bills hold {grouped(-lost)} kWh more." if round(lost) < 0 else f"{said}."
    share = f"{total['unexplained_share']:.0%}".replace("%", " %")
    return f"Of {these}, {grouped(lost)} kWh ({share}) are on no bill and no technical loss explains them."


def _neighbours(scored: ScoredCase) -> tuple[Mapping[str, Any], ...]:
    """Return connections behind the same transformer, or else of the section, the likeliest first, with their use."""
    listed = read_columns(scored.folder)
    place = next((name for name in NEAR if scored.row.get(name) is not None), None)
    if place is None:
        return ()
    there = [name for name in NEIGHBOUR_COLUMNS if name in listed.columns]
    found = listed.lazy().filter(_same(scored, [place])).select(there).head(NEIGHBOURS_LISTED).collect()
    months = DAYS_A_MONTH * read_months(scored.folder, found["rank"].to_numpy()).astype(np.float64)
    return tuple(
        {**row, "use": _mean(use[-YEAR:]), "a_year_before": _mean(use[-2 * YEAR : -YEAR])}
        for row, use in zip(found.iter_rows(named=True), months, strict=True)
    )


def _mean(values: np.ndarray) -> float | None:
    known = values[np.isfinite(values)]
    return round(float(known.mean()), 1) if known.size else None


def _plain(value: Any) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None
