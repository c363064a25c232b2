"""Say of one connection why its likelihood is what it is. Rule of the room: put the rooms together, compute nothing.

What is said is an indication, not proof. A model reads a connection among all others, so all data are read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.feature_recipe import check_recipe, recipe_from_json
from powertheft.actions.prepare_data import Data, Prepared, check_rows_are_left, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.quoted_numbers import with_quoted
from powertheft.actions.rules_beside import RulesBeside, check_form, reasons_of, rules_for
from powertheft.domain.errors import ChoiceError
from powertheft.domain.numbers import DAYS_A_MONTH, grouped, likelihoods
from powertheft.engines.local import (
    FeatureTable,
    as_of_dates,
    build_panel,
    compute_features,
    derived_readings,
    features_otherwise,
)
from powertheft.evaluation.cutoffs import FITTED_KINDS, check_cutoff_kind
from powertheft.explanation.contributions import Contributions
from powertheft.explanation.contributions import explain as split_score
from powertheft.explanation.second_opinion import SecondOpinion, agreement, second_opinion
from powertheft.explanation.what_if import had_been_as_a_year_before, smallest_change
from powertheft.features.definition import Feature, Lookup
from powertheft.models.bundle import Bundle, check_contract, read_bundle
from powertheft.panel.registers import follow_registers
from powertheft.rules.applying import apply_rules, tell_rules
from powertheft.rules.definition import Rule, threshold_of
from powertheft.rules.nearness import Nearness, nearness_of, values_here
from powertheft.rules.reading import OwnRules

CAUTION = "An indication, not proof: it says what the data show, and only a visit finds out."

STEPS = 10
"""Contributions that are told one by one; the rest are added up."""

DIGITS = 6
"""Of what a second opinion weighs: the last ones hang on how many threads add it up."""

YEAR = 12

CUTOFF_WORDS = {"f1": "finds and wasted visits in balance", "capacity": "as many visits as the squads can make"}
"""What the model's cut-offs are chosen for."""


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
class Case:
    """One connection among all others: the data, the model and its features, and the row that is asked about.

    `seen` are the rows that the connection is compared with; it may hold fewer than all others, behind its own.
    """

    prepared: Prepared
    bundle: Bundle
    features: tuple[Feature, ...]
    table: FeatureTable
    seen: pl.DataFrame
    row: int

    @property
    def rows(self) -> np.ndarray:
        """The row as an index of one."""
        return np.array([self.row])

    def probabilities(self, features: pl.DataFrame) -> np.ndarray:
        """Return the probabilities of theft of versions of the connection."""
        return self.bundle.model.probabilities(check_contract(features, self.bundle))


def explain_consumer(
    data: Data,
    *,
    profile: str | None,
    model: Path,
    consumer: str,
    named: str | None = None,
    cutoff: str = "f1",
    rules: OwnRules | None = None,
    seed: int = 0,
    mapping: Mapping[str, str] | None = None,
    progress: Progress = no_progress,
) -> ConsumerExplanation:
    """Explain what a model, the rules and a second opinion say of one connection as of its last reading.

    `cutoff` names the model's cut-off that what-if tries to get under; `seed` is that of the second opinion's draws. Of
    a dataset `consumer` is a pseudonym; `named` is what the answer calls it instead, to whoever may know.
    """
    check_cutoff_kind(cutoff, FITTED_KINDS)
    check_form(rules)
    bundle, reading = read_bundle(model), part_of(progress, 0.0, 0.25)
    prepared = prepare_data(data, profile=profile_for(data, profile, bundle), mapping=mapping, progress=reading)
    check_rows_are_left(prepared)
    _check_is_there(prepared, consumer)
    recipe = recipe_from_json(bundle.recipe)
    check_recipe(recipe, prepared.tables)
    features, beside = recipe.features(), rules_for(prepared, rules)
    wanted = beside.among(with_quoted(features, prepared))
    table = compute_features(prepared.tables, wanted, progress=part_of(progress, 0.25, 0.7))
    row = int(np.flatnonzero(table.consumer_ids == consumer)[0])
    case = Case(prepared, bundle, features, table, check_contract(table.features, bundle), row)
    found = explain_case(case, wanted, rules=beside, cutoff=cutoff, seed=seed, progress=progress)
    return found if named is None else replace(found, consumer_id=named)


def explain_case(
    case: Case,
    wanted: Sequence[Feature],
    *,
    rules: RulesBeside,
    cutoff: str,
    seed: int,
    progress: Progress,
) -> ConsumerExplanation:
    """Say all that is said of a connection, part by part."""
    estimator, own = case.bundle.model.estimator, case.seen[case.rows]
    progress("splitting the score", 0.7)
    parts = split_score(estimator, own, background=case.seen)
    progress("asking for a second opinion", 0.8)
    second = opinion_told(second_opinion(case.bundle.model.raw_scores, own, background=case.seen, seed=seed), parts)
    progress("asking what would be otherwise", 0.9)
    what_if = what_if_of(case, wanted, case.bundle.model.cutoffs[cutoff])
    progress("explained", 1.0)
    as_of = case.table.as_of[case.row]
    return ConsumerExplanation(
        consumer_id=str(case.table.consumer_ids[case.row]),
        as_of=None if np.isnat(as_of) else str(as_of.astype("datetime64[D]")),
        likelihood=likelihood_of(case),
        reasons=reasons_told(case, parts, rules),
        waterfall=waterfall_of(case, parts),
        rules=rules_around(case, rules, known=wanted),
        second_opinion=second,
        what_if=what_if,
        season=season_of(case),
    )


def _check_is_there(prepared: Prepared, consumer: str) -> None:
    there = as_of_dates(prepared.tables, None)["consumer_id"]
    if (there == consumer).any():
        return
    if prepared.known_by:
        advice = (
            "In a dataset connections go by their pseudonyms: take one from the list of powertheft score, or say why "
            "you look with --reveal and give the utility's number."
        )
    else:
        advice = "Write it as the files do, noughts in front and dashes too."
    raise ChoiceError(f"none of the {grouped(there.len())} connections has the number of --consumer", advice=advice)


def likelihood_of(case: Case, raw: float | None = None) -> dict[str, Any]:
    """Return the probability, where it stands to the cut-offs, and whether the model knows the connection by heart.

    `raw` is the model's score where it is known already.
    """
    model = case.bundle.model
    raw = float(model.raw_scores(case.seen[case.rows])[0]) if raw is None else raw
    probability = float(model.calibration.probabilities(np.array([raw]))[0])
    known = case.bundle.known_by == case.prepared.known_by
    used = bool(case.bundle.used.was_used(case.table.consumer_ids[case.rows])[0]) if known else None
    return {
        "probability": probability,
        "raw_score": raw,
        **level_of(probability, model.cutoffs),
        "used_in_fitting": used,
    }


def level_of(probability: float, cutoffs: Mapping[str, float]) -> dict[str, Any]:
    """Say where a probability stands to the model's cut-offs, whoever else is on the list."""
    above = [name for name, cutoff in cutoffs.items() if probability >= cutoff]
    level = "high" if len(above) == len(cutoffs) else "raised" if above else "low"
    written = likelihoods(*cutoffs.values())
    listed = " and ".join(
        f"{told} ({CUTOFF_WORDS.get(name, name)})" for name, told in zip(cutoffs, written, strict=True)
    )
    where = {"high": "at or above", "raised": "between", "low": "under"}[level]
    sentence = f"{level.capitalize()}: {where} the model's cut-offs of {listed}"
    return {"level": level, "level_in_words": sentence, "cutoffs": dict(cutoffs)}


def reasons_told(case: Case, parts: Contributions, rules: RulesBeside) -> tuple[str, ...]:
    """Return the reasons that the list of `score` gives, which every reading of the bills must bear out."""
    worth = parts.values
    told = reasons_of(case.prepared, case.table, case.rows, contributions=worth, features=case.features, rules=rules)
    return tuple(filter(None, told[0]))


def waterfall_of(case: Case, parts: Contributions, *, steps: int = STEPS) -> dict[str, Any]:
    """Return the way from the base value over the strongest contributions to the raw score and the probability."""
    worth, own = parts.values[0], case.seen[case.row]
    order = np.argsort(-np.abs(worth), kind="stable")
    told = [int(place) for place in order[:steps] if worth[place] != 0]
    raw = float(case.bundle.model.raw_scores(own)[0])
    listed = [
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
        "steps": listed,
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


def rules_around(case: Case, rules: RulesBeside, *, known: Sequence[Feature]) -> dict[str, Any]:
    """Return the rules by how near they are: those that hold, that nearly do, and the others."""
    numbers = case.table.features[case.rows]
    near = nearness_of(rules.asked, numbers)
    by_name = {rule.name: rule for rule in rules.asked}
    found = apply_rules(rules.asked, numbers)
    told = {name: _one_rule(by_name[name], numbers, known=known) for name in by_name}
    for name in found["fired"][0]:
        words = " ".join(tell_rules(rules.asked, [[name]], numbers, known=known)[0])
        told[name] = {**told[name], "in_words": words}

    def those(wanted: Nearness) -> list[dict[str, Any]]:
        return [told[name] for name, nearness in near.items() if nearness == wanted]

    return {
        "points": float(found["points"][0]),
        "asked": len(rules.asked),
        "fired": [told[name] for name in found["fired"][0]],
        "nearly": those("nearly"),
        "others": those("no"),
        "not_asked": list(rules.not_asked),
    }


def _one_rule(rule: Rule, numbers: pl.DataFrame, *, known: Sequence[Feature]) -> dict[str, Any]:
    features = {feature.name: feature for feature in known}
    return {
        "rule": rule.name,
        "weight": rule.weight,
        "in_words": rule.title,
        "fires": " and ".join(map(threshold_of, rule.conditions)),
        "here": values_here(rule, numbers.row(0, named=True), features),
        "may_mean": rule.points_at,
        "source": rule.source,
    }


def opinion_told(opinion: SecondOpinion, parts: Contributions) -> dict[str, Any]:
    """Return what a simple model around the connection names, and how far that agrees with the contributions."""
    agreed = agreement(parts.values[0].tolist(), opinion.weights, names=opinion.features)
    strongest = sorted(zip(opinion.features, opinion.weights, strict=True), key=lambda pair: -abs(pair[1]))
    return {
        "strongest": [{"feature": name, "weight": round(weight, DIGITS)} for name, weight in strongest[: agreed.top]],
        "fit": round(opinion.fit, DIGITS),
        "agreement": agreed.to_json(),
        "in_words": agreed.sentence,
    }


def what_if_of(case: Case, wanted: Sequence[Feature], cutoff: float) -> dict[str, Any]:
    """Ask what the probability would be had the last bills been others; what cannot be asked is said."""
    found: dict[str, Any] = {"as_a_year_before": None, "smallest_change": None}
    consumer = case.table.consumer_ids[case.row]
    bills = case.prepared.tables.get("readings", pl.DataFrame({"consumer_id": []}, schema={"consumer_id": pl.String}))
    own = bills.filter(pl.col("consumer_id") == consumer)
    if own.is_empty():
        return {**found, "in_words": ["There are no bills of it that could have been others."]}
    compute, said = Versions(case, wanted), list[str]()
    try:
        asked = had_been_as_a_year_before(own, compute=compute, score=case.probabilities)
        found["as_a_year_before"] = asked.to_json()
        said.append(asked.sentence)
    except ChoiceError as error:
        said.append(f"What if the last bills had been as a year before: {error.what}.")
    now = float(case.probabilities(case.table.features[case.rows])[0])
    if now < cutoff:
        here, under = likelihoods(now, cutoff)
        said.append(f"{here} is under the model's cut-off of {under} as it is: no change is looked for.")
        return {**found, "in_words": said}
    least = smallest_change(
        own, cutoff=cutoff, compute=compute, score=case.probabilities, neighbours=_neighbours_use(case)
    )
    if least is None:
        (under,) = likelihoods(cutoff)
        said.append(f"No plausible rise of the last bills brings it under the model's cut-off of {under}.")
        return {**found, "in_words": said}
    return {**found, "smallest_change": least.to_json(), "in_words": [*said, least.sentence]}


def _neighbours_use(case: Case) -> float | None:
    """Mean use of the neighbours in the last year [kWh/day], None where none are known."""
    months = case.table.neighbours[case.row, -YEAR:]
    known = months[np.isfinite(months)]
    return float(known.mean()) if known.size else None


@dataclass(frozen=True, slots=True, eq=False)
class Versions:
    """The features of several versions of one connection's bills at once, through the local engine.

    The versions stand side by side as consumers of their own, before the same neighbours, visits and events; what is
    billed more is unexplained less behind the transformer.
    """

    case: Case
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
        tables = {"readings": bills}
        if "consumers" in self.case.prepared.tables:
            master = self.case.prepared.tables["consumers"].filter(own).drop("consumer_id")
            tables["consumers"] = pl.DataFrame({"consumer_id": names}).join(master, how="cross")
        as_of = pl.DataFrame({"consumer_id": names, "as_of": table.as_of})
        return compute_features(tables, looked_up, as_of=as_of).features


def season_of(case: Case) -> dict[str, Any]:
    """Return use of the last twelve months beside that of a year before and of the neighbours [kWh/month]."""
    panel, tables = case.table.panel, case.prepared.tables
    known = "measured" if "intervals" in tables and "readings" not in tables else "billed"
    if not np.isfinite(panel.energy[case.row, -2 * YEAR :]).any():
        return {"unit": "kWh a month", "months": [], "in_words": f"No month of the last two years is {known}."}
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
        return {"unit": "kWh a month", "months": months, "in_words": f"No month is {known} in both years."}
    words = f"{grouped(now)} kWh, a year before {grouped(before)} kWh"
    counted = f"{both.sum()} of the last {YEAR} months are {known} in both years"
    return {"unit": "kWh a month", "months": months, "in_words": f"{counted}: {words}."}
