"""For whom rules hold, from what lists and trials have kept, in an instant. Rule of the room: compute nothing.

A list keeps the features of its connections: a rule that is being written is asked of them, and none is computed
again. What visits found where a rule held says a job (try_rules), which sees each connection before its visit.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from powertheft.actions.house import House
from powertheft.actions.known_rules import features_of_profile, own_rules
from powertheft.actions.ports import Scoring
from powertheft.actions.scored_months import ROWS
from powertheft.actions.scorings import list_scorings, scoring_folder
from powertheft.domain.jobs import Job
from powertheft.features.definition import Feature
from powertheft.rules.applying import holds_where
from powertheft.rules.definition import Condition, Rule, threshold_of
from powertheft.rules.reading import names_of, read_rules, rules_of_others, text_of
from powertheft.rules.writing import FieldFault, RuleForm, form_condition, form_faults

COMPARED = frozenset({"feature", "comparison", "threshold"})
"""Fields of a form without which a rule cannot be tried."""

LOOKED_AT = 500
"""Jobs among which the newest trial is looked for."""

SPREAD = {"low": 0.05, "middle": 0.5, "high": 0.95}


@dataclass(frozen=True, slots=True)
class RuleShown:
    """A rule, whether it is the house's own, for how many it holds, and what visits found where it held.

    `holds` and `connections` are None where neither a list nor a trial of the dataset can say; `found` is a row of a
    trial (see `TriedRules`), None where there is none of the rule as it is now.
    """

    rule: Rule
    is_own: bool
    fires: str
    holds: int | None
    found: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class RulesShown:
    """All rules on one dataset: its list, its newest trial, and one that is under way.

    `others` are the house's own rules that ask for columns which only some files have, with what they ask for.
    """

    dataset: str
    scoring: Scoring | None
    rules: tuple[RuleShown, ...]
    others: Mapping[str, tuple[str, ...]]
    trial: Job | None
    at_work: Job | None


@dataclass(frozen=True, slots=True)
class FormTried:
    """What a form would give: faults of what is compared, else for how many of a list it holds.

    `spread` says where low, middling and high values of the feature lie, or the most frequent words with their counts;
    `holds` is None where the list does not keep the feature.
    """

    feature: Feature | None
    faults: tuple[FieldFault, ...]
    scoring: Scoring | None
    holds: int | None
    spread: Mapping[str, float | None]


def datasets_of_lists(house: House) -> tuple[str, ...]:
    """Return the dataset versions that have a list, the newest list first."""
    house.check("list.read")
    return tuple(dict.fromkeys(one.dataset for one in list_scorings(house)))


def show_rules(house: House, dataset: str) -> RulesShown:
    """Return every rule that is asked here, with what is known of it on a dataset version; "" is no dataset."""
    house.check("model.read")
    known = features_of_profile(None)
    own = own_rules(None, house.home.path)
    scoring = _list_of(house, dataset)
    trial, at_work = _trials(house, dataset)
    rows = {row["rule"]: row for row in (trial.result or {}).get("rules", ())} if trial else {}
    names = () if own is None else names_of(text_of(house.home.rules), file=str(house.home.rules))
    shown: list[RuleShown] = []
    for rule in read_rules(own, known):
        fires = " and ".join(map(threshold_of, rule.conditions))
        # A trial of the rule as it was before it was written anew says nothing of it.
        row = rows.get(rule.name)
        found = row if row is not None and row["fires"] == fires else None
        listed = None if scoring is None else _count(scoring_folder(house, scoring), rule.conditions)
        holds = listed if listed is not None or found is None else int(found["holds"])
        shown.append(RuleShown(rule, rule.name in names, fires, holds, found))
    return RulesShown(dataset, scoring, tuple(shown), rules_of_others(own, known), trial, at_work)


def rule_features() -> tuple[Feature, ...]:
    """Return every feature that a rule of the house may name."""
    return features_of_profile(None)


def try_form(house: House, form: RuleForm, dataset: str) -> FormTried:
    """Say for how many connections of a dataset's list a rule would hold; nothing is written."""
    house.check("rule.write")
    known = {feature.name: feature for feature in rule_features()}
    feature = known.get(form.feature.strip())
    scoring = _list_of(house, dataset)
    faults = tuple(one for one in form_faults(form, known=known, taken=frozenset()) if one.field in COMPARED)
    folder = None if scoring is None else scoring_folder(house, scoring)
    spread = {} if folder is None or feature is None else _spread(folder, feature.name)
    if faults or folder is None:
        return FormTried(feature, faults, scoring, None, spread)
    return FormTried(feature, (), scoring, _count(folder, (form_condition(form),)), spread)


def _list_of(house: House, dataset: str) -> Scoring | None:
    if not dataset or not house.actor.can("list.read"):
        return None
    return next((one for one in list_scorings(house) if one.dataset == dataset), None)


def _trials(house: House, dataset: str) -> tuple[Job | None, Job | None]:
    """Return the newest trial of the rules on a dataset version, and the one that is queued or running."""
    with house.read() as work:
        done = work.jobs.list_jobs(states=["done"], last=LOOKED_AT)
        open_ = work.jobs.list_jobs(states=["queued", "running"], last=LOOKED_AT)
    return _first(done, dataset), _first(open_, dataset)


def _first(jobs: Sequence[Job], dataset: str) -> Job | None:
    return next((job for job in jobs if job.kind == "rule.try" and job.arguments["dataset"] == dataset), None)


@lru_cache(maxsize=1024)
def _count(folder: Path, conditions: tuple[Condition, ...]) -> int | None:
    """Return for how many connections of a list conditions hold, None where it does not keep what they compare."""
    rows = _rows(folder)
    if not {condition.feature for condition in conditions} <= set(rows.collect_schema().names()):
        return None
    return int(rows.select(holds_where(conditions).sum()).collect().item())


@lru_cache(maxsize=256)
def _spread(folder: Path, feature: str) -> Mapping[str, float | None]:
    rows = _rows(folder)
    kind = rows.collect_schema().get(feature)
    if kind is None:
        return {}
    if not kind.is_numeric():
        counted = rows.drop_nulls(feature).group_by(feature).len().sort(["len", feature], descending=[True, False])
        return {str(word): float(count) for word, count in counted.head(8).collect().iter_rows()}
    value = pl.col(feature).cast(pl.Float64).fill_nan(None)
    found = rows.select(value.quantile(share).alias(name) for name, share in SPREAD.items()).collect()
    return found.row(0, named=True)


def _rows(folder: Path) -> pl.LazyFrame:
    return pl.scan_parquet(folder / ROWS / "*.parquet")
