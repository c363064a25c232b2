"""One connection of a scoring as its model, rules and reasons read it, from what the scoring keeps of it.

What cannot change is read once: a dataset version, a model's bundle, the columns of a list that every page asks. What
is the same for all connections of a list, such as the invented ones of a second opinion, is computed once and kept.
Rule of the room: compute nothing.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import polars as pl

from powertheft.actions.explain_consumer import Case
from powertheft.actions.feature_recipe import recipe_from_json
from powertheft.actions.house import House
from powertheft.actions.known_rules import own_rules
from powertheft.actions.listed_columns import rank_among
from powertheft.actions.ports import Scoring
from powertheft.actions.prepare_data import Prepared
from powertheft.actions.rules_beside import RulesBeside, rules_of
from powertheft.actions.scored_rows import read_offered, read_row, read_typical
from powertheft.actions.scorings import LIST, scoring_folder
from powertheft.datasets.reading import Version, read_consumer, read_version
from powertheft.domain.profiles import Profile
from powertheft.domain.quality import QualityReport, report_from_json
from powertheft.explanation.contributions import Contributions
from powertheft.explanation.contributions import explain as split_score
from powertheft.explanation.second_opinion import Surroundings, surroundings
from powertheft.features.definition import Feature
from powertheft.labels.labelling import SCHEMA
from powertheft.models.bundle import Bundle, check_contract, read_bundle
from powertheft.profiles.serialising import profile_from_json
from powertheft.rules.applying import features_of
from powertheft.rules.definition import Rule


@dataclass(frozen=True, slots=True, eq=False)
class ScoredCase:
    """A connection of a scoring: its row of the list, the case that explanations read, features and rules.

    `features` are all that the scoring keeps: those of the model, the rules and the reasons.
    """

    scoring: Scoring
    folder: Path
    row: dict[str, Any]
    case: Case
    features: tuple[Feature, ...]
    rules: RulesBeside
    places: "_Places"

    @property
    def consumer_id(self) -> str:
        """The connection's pseudonym."""
        return str(self.row["consumer_id"])

    @property
    def rank(self) -> int:
        """Where it stands on the list."""
        return int(self.row["rank"])


def read_case(house: House, scoring: Scoring, consumer_id: str) -> ScoredCase:
    """Return one connection of a scoring; refuse one that is not on its list."""
    house.check("list.read")
    folder = scoring_folder(house, scoring)
    with house.read() as work:
        name, _, number = scoring.model.partition("@")
        model = work.models.get_version(name, int(number))
    places = _Places(
        folder, house.folder_of(house.registered(scoring.dataset)), house.home.models / model.folder, consumer_id
    )
    row, case = _case(places)
    own = house.home.rules
    changed = own.stat().st_mtime_ns if own.exists() else None
    features, rules = _features_and_rules(folder, house.home.path, changed)
    return ScoredCase(scoring, folder, row, case, features, rules, places)


def contributions_of(scored: ScoredCase) -> Contributions:
    """Return what each feature adds to the connection's score; kept for who asks again."""
    return _contributions(scored.places)


def surroundings_of(scored: ScoredCase) -> Surroundings:
    """Return the invented connections of a second opinion, of the list's model: made once a list, for all on it."""
    return _surroundings(scored.places.folder, scored.places.model)


@dataclass(frozen=True, slots=True)
class _Places:
    """Where what is said of a connection lies; nothing of it ever changes."""

    folder: Path
    data: Path
    model: Path
    consumer_id: str


@lru_cache(maxsize=32)
def _case(places: _Places) -> tuple[dict[str, Any], Case]:
    """Return a connection's row of the list and its case: sliders ask about one again and again."""
    folder, consumer_id = places.folder, places.consumer_id
    rank = rank_among(folder, consumer_id)
    row = pl.scan_parquet(folder / LIST).slice(rank - 1, 1).collect().row(0, named=True)
    version, profile, quality = _data(places.data)
    bundle, table = _bundle(places.model), read_row(folder, rank)
    prepared = Prepared(
        profile,
        {name: frame for name, frame in read_consumer(version, consumer_id).items() if name in _TABLES},
        pl.DataFrame(schema=SCHEMA),
        quality,
        version.manifest.recipe.key_id,
    )
    seen = pl.concat([check_contract(table.features, bundle), _typical(folder, places.model)], how="vertical_relaxed")
    return row, Case(prepared, bundle, _read_by(places.model), table, seen, 0)


@lru_cache(maxsize=32)
def _contributions(places: _Places) -> Contributions:
    _, case = _case(places)
    return split_score(case.bundle.model.estimator, case.seen[case.rows], background=case.seen)


@lru_cache(maxsize=2)
def _surroundings(folder: Path, model: Path) -> Surroundings:
    return surroundings(_bundle(model).model.raw_scores, _typical(folder, model))


@lru_cache(maxsize=4)
def _typical(folder: Path, model: Path) -> pl.DataFrame:
    return check_contract(read_typical(folder), _bundle(model))


_TABLES = frozenset({"consumers", "readings", "intervals", "inspections", "payments", "events"})


@lru_cache(maxsize=4)
def _features_and_rules(folder: Path, home: Path, _changed: int | None) -> tuple[tuple[Feature, ...], RulesBeside]:
    """Return what a scoring's rows hold, and the rules that ask for it; read again when the file of rules changes."""
    offered = read_offered(folder)
    return offered.features(), _answerable(rules_of(offered.columns, own_rules(None, home)), offered.names)


@lru_cache(maxsize=4)
def _read_by(model: Path) -> tuple[Feature, ...]:
    return recipe_from_json(_bundle(model).recipe).features()


def _answerable(rules: RulesBeside, known: tuple[str, ...]) -> RulesBeside:
    """Leave out rules that were written after the list and ask for what it does not keep."""
    names = frozenset(known)
    chosen = tuple(rule for rule in rules.asked if _needs(rule) <= names)
    features = tuple(feature for feature in rules.features if feature.name in names)
    return replace(rules, asked=chosen, features=features)


def _needs(rule: Rule) -> frozenset[str]:
    return frozenset(features_of([rule])) | frozenset(rule.says)


@lru_cache(maxsize=4)
def _data(folder: Path) -> tuple[Version, Profile, QualityReport]:
    """Return what a version is, its profile and its report; a version never changes."""
    version = read_version(folder)
    return version, profile_from_json(version.profile), report_from_json(version.quality)


@lru_cache(maxsize=3)
def _bundle(folder: Path) -> Bundle:
    """Return a model, all sums checked the first time; a registered bundle never changes."""
    return read_bundle(folder)
