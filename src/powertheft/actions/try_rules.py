"""Try rules on data: for whom each holds, and what visits found where it held. Rule of the room: compute nothing.

A connection that was visited is seen as of the day before: whatever it did since hangs on the visit. Who has an outcome
without a date is seen as of the last reading.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.house import House
from powertheft.actions.known_rules import own_rules
from powertheft.actions.prepare_data import Data, Prepared, check_rows_are_left, prepare_data, profile_for
from powertheft.actions.progress import Progress, no_progress, part_of
from powertheft.actions.rules_beside import RulesBeside, check_form, rules_for
from powertheft.domain.errors import ChoiceError
from powertheft.engines.local import FeatureTable, compute_features
from powertheft.rules.applying import apply_rules
from powertheft.rules.definition import threshold_of
from powertheft.rules.hit_rates import HitRate, hit_rates
from powertheft.rules.reading import OwnRules

ANY = "any of them"


@dataclass(frozen=True, slots=True)
class TriedRules:
    """What each rule found, all of them together under `ANY`, and of how many connections, visits and thefts.

    `fires` holds the thresholds; `are_dated` says whether the visits have dates, so that what was done since is unseen.
    """

    rates: Mapping[str, HitRate]
    fires: Mapping[str, str]
    consumers: int
    visited: int
    found: int
    are_dated: bool
    not_asked: Mapping[str, tuple[str, ...]]

    def rows(self) -> list[dict[str, Any]]:
        """Return a row a rule as plain data."""
        return [{"rule": name, "fires": self.fires[name], **asdict(rate)} for name, rate in self.rates.items()]

    def to_json(self) -> dict[str, Any]:
        """Return plain lists, texts and numbers."""
        counts = {"connections": self.consumers, "visited": self.visited, "found": self.found}
        not_asked = {name: list(lacking) for name, lacking in self.not_asked.items()}
        return {**counts, "are_dated": self.are_dated, "rules": self.rows(), "not_asked": not_asked}


def try_rules(
    data: Data,
    *,
    profile: str | None,
    rules: OwnRules | None = None,
    mapping: Mapping[str, str] | None = None,
    progress: Progress = no_progress,
) -> TriedRules:
    """Count for each rule the connections that it holds for, and, where there are outcomes, what visits found there."""
    check_form(rules)
    settled, reading = profile_for(data, profile), part_of(progress, 0.0, 0.3)
    prepared = prepare_data(data, profile=settled, mapping=mapping, progress=reading)
    check_rows_are_left(prepared)
    beside = rules_for(prepared, rules)
    if not beside.asked:
        lacking = sorted({column for columns in beside.not_asked.values() for column in columns})
        advice = f"They need: {', '.join(lacking)}." if lacking else "Write one: powertheft rules add."
        raise ChoiceError("none of the rules can be asked of these data", advice=advice)
    now = compute_features(prepared.tables, beside.features, progress=part_of(progress, 0.3, 0.6))
    holds = _held(beside, now)
    held, labels, dated = _visited(prepared, beside, now, progress=part_of(progress, 0.6, 0.95))
    progress("tried", 1.0)
    return TriedRules(
        rates=hit_rates(holds, held, labels),
        fires={**{r.name: " and ".join(map(threshold_of, r.conditions)) for r in beside.asked}, ANY: ""},
        consumers=len(now.consumer_ids),
        visited=labels.size,
        found=int(labels.sum()),
        are_dated=dated,
        not_asked=beside.not_asked,
    )


def try_house_rules(house: House, dataset: str, *, progress: Progress = no_progress) -> dict[str, Any]:
    """Try the rules of the house on a version of a dataset; return what was found as plain data."""
    house.check("dataset.read")
    rules = own_rules(None, house.home.path)
    return try_rules(house.version(dataset), profile=None, rules=rules, progress=progress).to_json()


def _held(beside: RulesBeside, table: FeatureTable) -> dict[str, np.ndarray]:
    fired = apply_rules(beside.asked, table.features)["fired"]
    each = {rule.name: fired.list.contains(rule.name).to_numpy() for rule in beside.asked}
    return {**each, ANY: (fired.list.len() > 0).to_numpy()}


def _visited(
    prepared: Prepared, beside: RulesBeside, now: FeatureTable, *, progress: Progress
) -> tuple[dict[str, np.ndarray], np.ndarray, bool]:
    """Return for which of the visited each rule held before the visit, what was found, and whether visits are dated."""
    known = prepared.labels
    dated = bool(known["is_dated"].any())
    then = now
    if dated:
        as_of = known.select("consumer_id", "as_of")
        then = compute_features(prepared.tables, beside.features, as_of=as_of, progress=progress)
    everybody = pl.DataFrame({"consumer_id": then.consumer_ids})
    labels = everybody.join(known.select("consumer_id", "label"), on="consumer_id", how="left", maintain_order="left")
    there = labels["label"].is_not_null().to_numpy()
    held = {name: rows[there] for name, rows in _held(beside, then).items()}
    return held, labels["label"].drop_nulls().to_numpy(), dated
