"""Say of one connection why its likelihood is what it is. Rule of the room: put the rooms together, compute nothing.

What is said is an indication, not proof. A model reads a connection among all others, so all data are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.feature_recipe import check_recipe, offered_columns, recipe_from_json
from powertheft.actions.prepare_data import Data, Prepared, check_rows_are_left, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.quoted_numbers import quoted_otherwise, with_quoted
from powertheft.actions.rank_by_rules import features_for_rules
from powertheft.domain.errors import ChoiceError
from powertheft.domain.numbers import grouped
from powertheft.engines.local import (
    FeatureTable,
    as_of_dates,
    build_panel,
    compute_features,
    derived_readings,
    features_otherwise,
)
from powertheft.evaluation.cutoffs import check_cutoff_kind
from powertheft.explanation.contributions import Contributions
from powertheft.explanation.contributions import explain as split_score
from powertheft.explanation.reasons import REASONS, reasons
from powertheft.explanation.second_opinion import agreement, second_opinion
from powertheft.explanation.what_if import DAYS_A_MONTH, had_been_as_a_year_before, smallest_change
from powertheft.features.catalogue import catalogue
from powertheft.features.definition import Feature, Lookup
from powertheft.models.bundle import Bundle, check_contract, read_bundle
from powertheft.panel.registers import follow_registers
from powertheft.rules.applying import apply_rules, asked, numbers_of, tell_rules
from powertheft.rules.definition import Rule, threshold_of
from powertheft.rules.reading import read_rules

CAUTION = "An indication, not proof: it says what the data show, and only a visit finds out."

STEPS = 10
"""Contributions that are told one by one; the rest are added up."""

DIGITS = 6
"""Of what a second opinion weighs: the last ones hang on how many threads add it up."""

YEAR = 12


@dataclass(frozen=True, slots=True)
class ConsumerExplanation:
    """All that is said of one connection, as plain data; `to_json` names the parts."""

    consumer_id: str
    as_of: str | None
    likelihood: Mapping[str, Any]
    reasons: tuple[str, ...]
    waterfall: Mapping[str, Any]
    rules: Mapping[str, Any]
    second_opinion: Mapping[str, Any]
    what_if: Mapping[str, Any]
    season: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, texts and numbers."""
        return {
            "caution": CAUTION,
            "consumer_id": self.consumer_id,
            "as_of": self.as_of,
            **self.likelihood,
            "reasons": list(self.reasons),
            "waterfall": dict(self.waterfall),
            "rules": dict(self.rules),
            "second_opinion": dict(self.second_opinion),
            "what_if": dict(self.what_if),
            "season": dict(self.season),
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """One connection among all others: the data, the model and its features, and the row that is asked about."""

    prepared: Prepared
    bundle: Bundle
    features: tuple[Feature, ...]
    table: FeatureTable
    seen: pl.DataFrame
    row: int

    @property
    def rows(self) -> np.ndarray:
        return np.array([self.row])

    def probabilities(self, features: pl.DataFrame) -> np.ndarray:
        return self.bundle.model.probabilities(check_contract(features, self.bundle))


def explain_consumer(
    data: Data,
    *,
    profile: str | None,
    model: Path,
    consumer: str,
    cutoff: str = "f1",
    rules: Path | None = None,
    seed: int = 0,
    mapping: Mapping[str, str] | None = None,
    progress: Progress = no_progress,
) -> ConsumerExplanation:
    """Explain what a model, the rules and a second opinion say of one connection as of its last reading.

    `cutoff` names the model's cut-off that what-if tries to get under; `seed` is that of the second opinion's draws. Of
    a dataset `consumer` is a pseudonym.
    """
    check_cutoff_kind(cutoff)
    bundle, reading = read_bundle(model), part_of(progress, 0.0, 0.25)
    prepared = prepare_data(data, profile=profile_for(data, profile, bundle), mapping=mapping, progress=reading)
    check_rows_are_left(prepared)
    _check_is_there(prepared, consumer)
    recipe = recipe_from_json(bundle.recipe)
    check_recipe(recipe, prepared.tables)
    chosen, lacking = _rules(prepared, rules)
    features = recipe.features()
    wanted = _wanted(features, chosen, prepared)
    table = compute_features(prepared.tables, wanted, progress=part_of(progress, 0.25, 0.7))
    row = int(np.flatnonzero(table.consumer_ids == consumer)[0])
    case = _Case(prepared, bundle, features, table, check_contract(table.features, bundle), row)
    return _explained(case, wanted, rules=(chosen, lacking), cutoff=cutoff, seed=seed, progress=progress)


def _explained(
    case: _Case,
    wanted: Sequence[Feature],
    *,
    rules: tuple[Sequence[Rule], tuple[str, ...]],
    cutoff: str,
    seed: int,
    progress: Progress,
) -> ConsumerExplanation:
    estimator, own = case.bundle.model.estimator, case.seen[case.rows]
    progress("splitting the score", 0.7)
    parts = split_score(estimator, own, background=case.seen)
    progress("asking for a second opinion", 0.8)
    second = _second_opinion(case, parts, seed=seed)
    progress("asking what would be otherwise", 0.9)
    what_if = _what_if(case, wanted, case.bundle.model.cutoffs[cutoff])
    progress("explained", 1.0)
    as_of = case.table.as_of[case.row]
    return ConsumerExplanation(
        consumer_id=str(case.table.consumer_ids[case.row]),
        as_of=None if np.isnat(as_of) else str(as_of.astype("datetime64[D]")),
        likelihood=_likelihood(case),
        reasons=_reasons(case, parts),
        waterfall=_waterfall(case, parts),
        rules=_ruled(case, *rules, known=wanted),
        second_opinion=second,
        what_if=what_if,
        season=_season(case),
    )


def _check_is_there(prepared: Prepared, consumer: str) -> None:
    there = as_of_dates(prepared.tables, None)["consumer_id"]
    if (there == consumer).any():
        return
    if prepared.known_by:
        advice = "In a dataset connections go by their pseudonyms: take one from the list of powertheft score."
    else:
        advice = "Write it as the files do, noughts in front and dashes too."
    raise ChoiceError(f"none of the {grouped(there.len())} connections has the number of --consumer", advice=advice)


def _rules(prepared: Prepared, rules: Path | None) -> tuple[tuple[Rule, ...], tuple[str, ...]]:
    """Return the rules that the data can answer, and the names of the others."""
    there, known = features_for_rules(prepared)
    every = read_rules(rules, known)
    chosen = asked(every, there)
    return chosen, tuple(rule.name for rule in every if rule not in chosen)


def _wanted(features: Sequence[Feature], rules: Sequence[Rule], prepared: Prepared) -> tuple[Feature, ...]:
    """Return the model's features, and those that the reasons quote or the rules read."""
    found = {feature.name: feature for feature in with_quoted(features, prepared)}
    there = catalogue(offered_columns(prepared.tables))
    ruled = numbers_of(rules, there)
    for feature in there:
        if feature.name in ruled:
            found.setdefault(feature.name, feature)
    return tuple(found.values())


def _likelihood(case: _Case) -> dict[str, Any]:
    model = case.bundle.model
    raw = float(model.raw_scores(case.seen[case.rows])[0])
    probability = float(model.calibration.probabilities(np.array([raw]))[0])
    known = case.bundle.known_by == case.prepared.known_by
    used = bool(case.bundle.used.was_used(case.table.consumer_ids[case.rows])[0]) if known else None
    return {
        "probability": probability,
        "raw_score": raw,
        **_level(probability, model.cutoffs),
        "used_in_fitting": used,
    }


def _level(probability: float, cutoffs: Mapping[str, float]) -> dict[str, Any]:
    """Say where a probability stands to the model's cut-offs, whoever else is on the list."""
    above = [name for name, cutoff in cutoffs.items() if probability >= cutoff]
    level = "high" if len(above) == len(cutoffs) else "raised" if above else "low"
    listed = " and ".join(f"{100 * cutoff:.1f} % ({name})" for name, cutoff in cutoffs.items())
    where = {"high": "at or above", "raised": "between", "low": "under"}[level]
    sentence = f"{level.capitalize()}: {where} the model's cut-offs of {listed}"
    return {"level": level, "level_in_words": sentence, "cutoffs": dict(cutoffs)}


def _reasons(case: _Case, parts: Contributions) -> tuple[str, ...]:
    """Return the reasons that the list of `score` gives, which every reading of the bills must bear out."""
    told = reasons(
        contributions=parts.values,
        features=case.features,
        numbers=case.table.features[case.rows],
        otherwise=quoted_otherwise(case.prepared, case.table, case.rows, features=case.features),
        count=REASONS,
    )
    return tuple(filter(None, told[0]))


def _waterfall(case: _Case, parts: Contributions) -> dict[str, Any]:
    """Return the way from the base value over the strongest contributions to the raw score and the probability."""
    worth, own = parts.values[0], case.seen[case.row]
    order = np.argsort(-np.abs(worth), kind="stable")
    told = [int(place) for place in order[:STEPS] if worth[place] != 0]
    raw = float(case.bundle.model.raw_scores(own)[0])
    steps = [
        {
            "feature": feature.name,
            "meaning": feature.meaning,
            "value": _plain(own[feature.name][0]),
            "unit": feature.unit,
            "contribution": float(worth[place]),
        }
        for place in told
        for feature in [case.features[place]]
    ]
    return {
        "unit": case.bundle.model.estimator.score_kind,
        "base_value": parts.base_value,
        "steps": steps,
        "others": len(worth) - len(told),
        "others_together": float(worth.sum() - worth[told].sum()),
        "raw_score": raw,
        "probability": float(case.bundle.model.calibration.probabilities(np.array([raw]))[0]),
    }


def _plain(value: Any) -> float | str | None:
    """Return a number, a word, or nothing where a number is missing."""
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value


def _ruled(case: _Case, rules: Sequence[Rule], lacking: tuple[str, ...], *, known: Sequence[Feature]) -> dict[str, Any]:
    numbers = case.table.features[case.rows]
    found = apply_rules(rules, numbers)
    by_name = {rule.name: rule for rule in rules}
    fired: list[str] = found["fired"][0].to_list()
    told = [
        {
            "rule": name,
            "weight": by_name[name].weight,
            "in_words": " ".join(tell_rules(rules, [[name]], numbers, known=known)[0]),
            "fires": " and ".join(map(threshold_of, by_name[name].conditions)),
            "may_mean": by_name[name].points_at,
            "source": by_name[name].source,
        }
        for name in fired
    ]
    return {"points": float(found["points"][0]), "asked": len(rules), "fired": told, "not_asked": list(lacking)}


def _second_opinion(case: _Case, parts: Contributions, *, seed: int) -> dict[str, Any]:
    own = case.seen[case.rows]
    opinion = second_opinion(case.bundle.model.raw_scores, own, background=case.seen, seed=seed)
    agreed = agreement(parts.values[0].tolist(), opinion.weights, names=opinion.features)
    strongest = sorted(zip(opinion.features, opinion.weights, strict=True), key=lambda pair: -abs(pair[1]))
    return {
        "strongest": [{"feature": name, "weight": round(weight, DIGITS)} for name, weight in strongest[: agreed.top]],
        "fit": round(opinion.fit, DIGITS),
        "agreement": agreed.to_json(),
        "in_words": agreed.sentence,
    }


def _what_if(case: _Case, wanted: Sequence[Feature], cutoff: float) -> dict[str, Any]:
    """Ask what the probability would be had the last bills been others; what cannot be asked is said."""
    found: dict[str, Any] = {"as_a_year_before": None, "smallest_change": None}
    consumer = case.table.consumer_ids[case.row]
    bills = case.prepared.tables.get("readings", pl.DataFrame({"consumer_id": []}, schema={"consumer_id": pl.String}))
    own = bills.filter(pl.col("consumer_id") == consumer)
    if own.is_empty():
        return {**found, "in_words": ["There are no bills of it that could have been others."]}
    compute, said = _Versions(case, wanted), list[str]()
    try:
        asked = had_been_as_a_year_before(own, compute=compute, score=case.probabilities)
        found["as_a_year_before"] = asked.to_json()
        said.append(asked.sentence)
    except ChoiceError as error:
        said.append(f"What if the last bills had been as a year before: {error.what}.")
    now = float(case.probabilities(case.table.features[case.rows])[0])
    if now < cutoff:
        said.append(f"{now:.3f} is under the model's cut-off of {cutoff:.3f} as it is: no change is looked for.")
        return {**found, "in_words": said}
    least = smallest_change(
        own, cutoff=cutoff, compute=compute, score=case.probabilities, neighbours=_neighbours_use(case)
    )
    if least is None:
        said.append(f"No plausible rise of the last bills brings it under the model's cut-off of {cutoff:.3f}.")
        return {**found, "in_words": said}
    return {**found, "smallest_change": least.to_json(), "in_words": [*said, least.sentence]}


def _neighbours_use(case: _Case) -> float | None:
    """Mean use of the neighbours in the last year [kWh/day], None where none are known."""
    months = case.table.neighbours[case.row, -YEAR:]
    known = months[np.isfinite(months)]
    return float(known.mean()) if known.size else None


@dataclass(frozen=True, slots=True, eq=False)
class _Versions:
    """The features of several versions of one connection's bills at once, through the local engine.

    The versions stand side by side as consumers of their own, before the same neighbours, visits and events; what is
    billed more is unexplained less behind the transformer.
    """

    case: _Case
    features: Sequence[Feature]

    def __call__(self, versions: Sequence[pl.DataFrame]) -> pl.DataFrame:
        """Return the features, one row a version, in order."""
        names = [f"{number:06}" for number in range(len(versions))]
        bills = pl.concat(
            [bill.with_columns(consumer_id=pl.lit(name)) for name, bill in zip(names, versions, strict=True)],
            how="vertical_relaxed",
        )
        table = self._side_by_side(names, bills)
        rows = np.arange(len(names))
        found = features_otherwise({"readings": bills}, table, rows, features=self.features, follow=follow_registers)
        return found.with_columns(self._of_master(names, bills, table).iter_columns())

    def _side_by_side(self, names: Sequence[str], bills: pl.DataFrame) -> FeatureTable:
        whole, row = self.case.table, np.full(len(names), self.case.row)
        cases = pl.DataFrame({"consumer_id": names, "as_of": whole.as_of[row]})
        panel = build_panel({}, derived_readings({"readings": bills}, cases), cases)
        if whole.panel.supplied is not None and whole.panel.lost is not None:
            more = np.nan_to_num(panel.energy - whole.panel.energy[row])
            panel = replace(panel, supplied=whole.panel.supplied[row], lost=whole.panel.lost[row] - more)
        return FeatureTable(np.array(names), whole.as_of[row], whole.features[row], panel, whole.neighbours[row])

    def _of_master(self, names: Sequence[str], bills: pl.DataFrame, table: FeatureTable) -> pl.DataFrame:
        """Return the features that read the consumer master: some hold what is used against what may be."""
        looked_up = [feature for feature in self.features if isinstance(feature.computation, Lookup)]
        if not looked_up:
            return pl.DataFrame()
        own = pl.col("consumer_id") == self.case.table.consumer_ids[self.case.row]
        master = self.case.prepared.tables["consumers"].filter(own).drop("consumer_id")
        tables = {"consumers": pl.DataFrame({"consumer_id": names}).join(master, how="cross"), "readings": bills}
        as_of = pl.DataFrame({"consumer_id": names, "as_of": table.as_of})
        return compute_features(tables, looked_up, as_of=as_of).features


def _season(case: _Case) -> dict[str, Any]:
    """Return use of the last twelve months beside that of a year before and of the neighbours [kWh/month]."""
    panel = case.table.panel
    if not np.isfinite(panel.energy[case.row, -2 * YEAR :]).any():
        return {"unit": "kWh a month", "months": [], "in_words": "No month of the last two years is billed."}
    use, others = (DAYS_A_MONTH * each[case.row].astype(np.float64) for each in (panel.energy, case.table.neighbours))
    last = int(panel.last_month[case.row])
    months = [
        {
            "month": str(np.datetime64(last - back, "M")),
            "use": _plain(float(use[-1 - back])),
            "a_year_before": _plain(float(use[-1 - back - YEAR])),
            "neighbours": _plain(float(others[-1 - back])),
        }
        for back in reversed(range(YEAR))
    ]
    both = np.isfinite(use[-YEAR:]) & np.isfinite(use[-2 * YEAR : -YEAR])
    now, before = (float(each[both].sum()) for each in (use[-YEAR:], use[-2 * YEAR : -YEAR]))
    if not both.any():
        return {"unit": "kWh a month", "months": months, "in_words": "No month is billed in both years."}
    words = f"{grouped(now)} kWh, a year before {grouped(before)} kWh"
    counted = f"{both.sum()} of the last {YEAR} months are billed in both years"
    return {"unit": "kWh a month", "months": months, "in_words": f"{counted}: {words}."}
