"""All that a page says of one connection of a scoring. Rule of the room: put the rooms together, compute nothing.

Nothing of other connections is computed again: what is needed of them lies in the scoring's folder. The second opinion
and what-if ask the model some thousand times, so they are use cases of their own, which a page asks for afterwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.explain_consumer import (
    DIGITS,
    Case,
    Versions,
    likelihood_of,
    opinion_on,
    reasons_told,
    rules_around,
    season_of,
    waterfall_of,
    what_if_of,
)
from powertheft.actions.house import House, split_reference
from powertheft.actions.ports import AuditEvent, CaseStep
from powertheft.actions.ports import Case as InspectionCase
from powertheft.actions.read_list import REASONS
from powertheft.actions.reveal_consumers import LOOKED
from powertheft.actions.scored_case import ScoredCase, read_case
from powertheft.actions.scored_rows import RECENT_MONTHS, read_months
from powertheft.actions.scorings import LIST, TRANSFORMERS, get_scoring
from powertheft.domain.errors import ChoiceError
from powertheft.domain.numbers import grouped
from powertheft.engines.local import READ_ON
from powertheft.explanation.contributions import Contributions
from powertheft.explanation.contributions import explain as split_score
from powertheft.explanation.stretch import Stretch, suspicious_stretch
from powertheft.explanation.what_if import DAYS_A_MONTH, had_been_times, had_used_in_months
from powertheft.features.peers import LADDER
from powertheft.privacy.thresholds import SMALLEST_GROUP

STEPS = 12
"""Contributions that are told one by one; the rest are added up."""

YEAR = 12
FEWEST_NEIGHBOURS = 20
MOST_NEIGHBOURS = 500
NEIGHBOURS_LISTED = 30
NEAR = ("transformer_id", "section")
NEIGHBOUR_COLUMNS = ("rank", "consumer_id", "category", "probability", "last_visit", "last_outcome")
KNOWN_NEIGHBOURS = 5
"""Neighbours of whom a month must be known for the band to show it."""

MOST_EVENTS = 200
MOST_LOOKS = 1_000
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


@dataclass(frozen=True, slots=True)
class ConsumerPage:
    """What a page shows of a connection, each part as plain data (days as days), ready to be drawn or told.

    `head`: likelihood, worth, places, last visit. `months`: use by month [kWh], a year before, the neighbours' lower
    quartile, median and upper quartile. `stretch`: the suspicious months, or None. `bills`, `events`, `visits`: rows.
    `waterfall`: the base, the strongest contributions and the rest, which add up to the raw score.
    """

    scoring: int
    dataset: str
    model: str
    consumer_id: str
    rank: int
    listed: int
    head: Mapping[str, Any]
    months: tuple[Mapping[str, Any], ...]
    season_in_words: str
    stretch: Mapping[str, Any] | None
    neighbours_in_words: str
    bills: tuple[Mapping[str, Any], ...]
    events: tuple[Mapping[str, Any], ...]
    visits: tuple[Mapping[str, Any], ...]
    reasons: tuple[str, ...]
    waterfall: Mapping[str, Any]
    rules: Mapping[str, Any]
    transformer: Mapping[str, Any] | None
    neighbours: tuple[Mapping[str, Any], ...]
    cases: tuple[InspectionCase, ...]


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """What became of a connection's cases, and who looked at who it is; None where the actor may not see that."""

    steps: Mapping[int, tuple[CaseStep, ...]]
    looks: tuple[AuditEvent, ...] | None


@dataclass(frozen=True, slots=True)
class WhatIfAnswer:
    """What the likelihood would be; `level` says where that stands to the model's cut-offs."""

    before: float
    after: float
    level: str
    level_in_words: str
    sentence: str


def show_consumer(house: House, consumer_id: str, number: int | None = None) -> ConsumerPage:
    """Return the page of a connection of a scoring, of the last one where no number is given."""
    house.check("list.read")
    scored = read_case(house, get_scoring(house, number), consumer_id)
    case, scoring = scored.case, scored.scoring
    parts = split_score(case.bundle.model.estimator, case.seen[case.rows], background=case.seen)
    around = _around(scored)
    band = _neighbour_band(scored, around)
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
        _reasons(scored, parts),
        waterfall_of(case, parts, steps=STEPS),
        rules_around(case, scored.rules, known=scored.features),
        _transformer(scored),
        _neighbours(scored, around),
        tuple(cases),
    )


def show_history(house: House, consumer_id: str, number: int | None = None) -> CaseHistory:
    """Return the steps of a connection's cases, and to whoever reads the trail or the vault, who looked at it."""
    house.check("list.read")
    scoring = get_scoring(house, number)
    sees_looks = house.actor.can("audit.read") or house.actor.can("person.reveal")
    with house.read() as work:
        cases = work.inspections.list_cases(dataset=split_reference(scoring.dataset)[0], consumer_id=consumer_id)
        steps = {case.number: tuple(work.inspections.list_history(case.number)) for case in cases}
        looks = work.audit.list_events(action=LOOKED, last=MOST_LOOKS) if sees_looks else None
    seen = None if looks is None else tuple(one for one in looks if consumer_id in one.details["first"])
    return CaseHistory(steps, seen)


def ask_second_opinion(
    house: House, consumer_id: str, number: int | None = None, *, seed: int = 0
) -> Mapping[str, Any]:
    """Return what a simple model around the connection names, and how far it agrees with the contributions."""
    house.check("list.read")
    scored = read_case(house, get_scoring(house, number), consumer_id)
    own = scored.case.seen[scored.case.rows]
    parts = split_score(scored.case.bundle.model.estimator, own, background=scored.case.seen)
    return opinion_on(scored.case, parts, seed=seed)


def ask_smallest_change(
    house: House, consumer_id: str, number: int | None = None, *, cutoff: str = "f1"
) -> Mapping[str, Any]:
    """Return what would be had the last bills been as a year before, and the least change that would clear it."""
    house.check("list.read")
    scored = read_case(house, get_scoring(house, number), consumer_id)
    cutoffs = scored.case.bundle.model.cutoffs
    if cutoff not in cutoffs:
        raise ChoiceError(f"the model has no cut-off {cutoff}", advice=f"Choose one of: {', '.join(cutoffs)}.")
    return what_if_of(scored.case, scored.features, cutoffs[cutoff])


def ask_what_if(
    house: House,
    consumer_id: str,
    number: int | None = None,
    *,
    months: Mapping[str, float] | None = None,
    factor: float | None = None,
    bills: int = 6,
    features: Mapping[str, float | None] | None = None,
) -> WhatIfAnswer:
    """Return the likelihood with other use in some months ("2026-03": kWh), or with the last bills times a factor.

    `features` are then set to other values, whatever the bills say.
    """
    house.check("list.read")
    scored = read_case(house, get_scoring(house, number), consumer_id)
    case, otherwise = scored.case, dict(features or {})
    _check_features(case, otherwise)
    readings = case.prepared.tables.get("readings", pl.DataFrame())
    if (months or factor is not None) and readings.is_empty():
        raise ChoiceError("there are no bills that could have been others", advice="Change a feature instead.")

    def score(versions: pl.DataFrame) -> np.ndarray:
        # The first version is the connection as it is: it keeps its own values.
        changed = versions.with_columns(_set(versions, name, value) for name, value in otherwise.items())
        return case.probabilities(changed)

    compute = Versions(case, scored.features)
    if months:
        answer = had_used_in_months(readings, _added(case, months), compute=compute, score=score)
    elif factor is not None:
        answer = had_been_times(readings, factor, compute=compute, score=score, bills=bills)
    else:
        own = case.table.features[case.rows]
        after = float(score(pl.concat([own, own]))[1])
        return _answer(case, float(case.probabilities(own)[0]), after, _sentence(case, otherwise, after))
    now = float(case.probabilities(case.table.features[case.rows])[0])
    return _answer(case, now, answer.after, answer.sentence)


def _answer(case: Case, before: float, after: float, sentence: str) -> WhatIfAnswer:
    cutoffs = case.bundle.model.cutoffs
    above = [name for name, cutoff in cutoffs.items() if after >= cutoff]
    level = "high" if len(above) == len(cutoffs) else "raised" if above else "low"
    listed = " and ".join(f"{100 * cutoff:.1f} % ({name})" for name, cutoff in cutoffs.items())
    where = {"high": "at or above", "raised": "between", "low": "under"}[level]
    words = f"{level.capitalize()}: {where} the model's cut-offs of {listed}"
    return WhatIfAnswer(round(before, DIGITS), round(after, DIGITS), level, words, sentence)


def _sentence(case: Case, otherwise: Mapping[str, float | None], after: float) -> str:
    now = float(case.probabilities(case.table.features[case.rows])[0])
    if not otherwise:
        return f"Nothing was changed: {now:.2f}."
    named = " and ".join(otherwise)
    return f"With other values of {named}, {now:.2f} would be {after:.2f}."


def _check_features(case: Case, otherwise: Mapping[str, float | None]) -> None:
    known = {feature.name: feature for feature in case.features}
    for name, value in otherwise.items():
        if name not in known or known[name].kind == "category":
            raise ChoiceError(f"{name} is no number that the model reads", advice="Take one of the contributions.")
        if value is not None and not np.isfinite(value):
            raise ChoiceError(f"{value} is no value for {name}", advice="Give a number.")


def _set(versions: pl.DataFrame, name: str, value: float | None) -> pl.Expr:
    new = pl.lit(value, dtype=versions.schema[name])
    return pl.when(pl.int_range(pl.len()) == 0).then(pl.col(name)).otherwise(new).alias(name)


def _added(case: Case, months: Mapping[str, float]) -> dict[date, float]:
    """Return by month what is added to the use that is known of it [kWh/day]."""
    use, last = case.table.panel.energy[case.row], int(case.table.panel.last_month[case.row])
    added: dict[date, float] = {}
    for word, energy in months.items():
        if not np.isfinite(energy) or energy < 0:
            raise ChoiceError(f"{energy} is no use of a month", advice="Give kWh, 0 or more.")
        try:
            month = np.datetime64(word, "M")
        except ValueError as error:
            raise ChoiceError(f"{word} is no month", advice="Write it as 2026-03.") from error
        back = last - int(month.astype(np.int64))
        if not (0 <= back < len(use)) or not np.isfinite(use[-1 - back]):
            raise ChoiceError(f"nothing is known of {word}", advice="Choose a month that has a bill.")
        added[month.astype("datetime64[D]").astype(date)] = energy / DAYS_A_MONTH - float(use[-1 - back])
    return added


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
        **likelihood_of(scored.case),
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


def _reasons(scored: ScoredCase, parts: Contributions) -> tuple[str, ...]:
    """Return the reasons that the list gives; further down, where it gives none, they are put into words now."""
    told = tuple(word for name in REASONS if (word := scored.row.get(name)) is not None)
    return told or reasons_told(scored.case, parts, scored.rules)


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


def _neighbour_band(scored: ScoredCase, around: pl.DataFrame) -> np.ndarray | None:
    """Return the neighbours' lower quartile, median, upper quartile by month [kWh/month], (3, 36); None for too few."""
    ranks, shifts = _peers(scored, around)
    if len(ranks) < SMALLEST_GROUP:
        return None
    chosen = np.unique(np.linspace(0, len(ranks) - 1, min(MOST_NEIGHBOURS, len(ranks))).astype(np.int64))
    months = _aligned(read_months(scored.folder, ranks[chosen]), shifts[chosen])
    known = np.isfinite(months).sum(axis=0) >= KNOWN_NEIGHBOURS
    band = np.full((3, months.shape[1]), np.nan)
    band[:, known] = np.nanpercentile(months[:, known], (25, 50, 75), axis=0)
    return DAYS_A_MONTH * band


def _peers(scored: ScoredCase, around: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return ranks of the neighbours, of the narrowest group that is large enough, and how much later they end."""
    there, found = frozenset(around.columns), around.clear()
    for rung in LADDER:
        if not set(rung) <= there or any(scored.row[name] is None for name in rung):
            continue
        # Wider than what was read around the connection lies the whole list.
        listed = around.lazy() if set(rung) & set(NEAR) else pl.scan_parquet(scored.folder / LIST)
        others = listed.filter(*(pl.col(name) == scored.row[name] for name in rung))
        found = others.filter(pl.col("rank") != scored.rank).select("rank", "as_of").collect()
        if found.height >= FEWEST_NEIGHBOURS:
            break
    if found.is_empty() or scored.row["as_of"] is None:
        return np.array([], dtype=np.int64), np.array([], dtype=np.int64)
    own = scored.row["as_of"].year * YEAR + scored.row["as_of"].month
    ends = found.select(pl.col("as_of").dt.year().cast(pl.Int64) * YEAR + pl.col("as_of").dt.month().cast(pl.Int64))
    return found["rank"].to_numpy(), ends.to_series().fill_null(own).to_numpy() - own


def _around(scored: ScoredCase) -> pl.DataFrame:
    """Return the rows of the list behind the same transformer and of the same section, in one reading of it."""
    listed = pl.scan_parquet(scored.folder / LIST)
    there = listed.collect_schema().names()
    known = [name for name in NEAR if name in there and scored.row[name] is not None]
    columns = [name for name in (*NEIGHBOUR_COLUMNS, "as_of", "region", "district", *NEAR) if name in there]
    same = pl.any_horizontal(pl.lit(value=False), *(pl.col(name) == scored.row[name] for name in known))
    return listed.filter(same.fill_null(value=False)).select(columns).collect()


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
    share = f"{total['unexplained_share']:.0%}".replace("%", " %")
    return (
        f"Of {grouped(total['supplied_kwh'])} kWh that this transformer supplied in {total['months']} months, "
        f"{grouped(total['unexplained_kwh'])} kWh ({share}) are on no bill and no technical loss explains them."
    )


def _neighbours(scored: ScoredCase, around: pl.DataFrame) -> tuple[Mapping[str, Any], ...]:
    """Return connections behind the same transformer, or else of the section, the likeliest first, with their use."""
    place = next((name for name in NEAR if scored.row.get(name) is not None), None)
    if place is None:
        return ()
    there = [name for name in NEIGHBOUR_COLUMNS if name in around.columns]
    others = around.filter((pl.col(place) == scored.row[place]) & (pl.col("rank") != scored.rank))
    found = others.select(there).sort("rank").head(NEIGHBOURS_LISTED)
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
