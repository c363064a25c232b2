"""What a model's page is told. Rule of the room: compute nothing themselves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from powertheft.actions.feature_recipe import FeatureRecipe
from powertheft.actions.prepare_data import Data
from powertheft.datasets.reading import Version
from powertheft.domain.profiles import Profile
from powertheft.explanation.contributions import contributions
from powertheft.explanation.whole_model import WholeModel, whole_model
from powertheft.features.definition import Feature
from powertheft.models.bundle import library_versions
from powertheft.models.training import FittedModel

REPORT_FILE = "report.html"
"""Name of the page among a bundle's attachments."""

MOST_EXPLAINED = 2_000
MOST_WALKED = 60
"""Consumers whose contributions a page sums up; of a model that must be walked to, value by value, fewer."""

WALKED = frozenset({"svm-rbf"})
QUESTIONABLE = ("not-knowable", "registry", "exposure")
HASH_SHOWN = 12
UNTOLD = ("seed", "threads")


def page_of(
    model: FittedModel,
    report: Mapping[str, Any],
    *,
    table: pl.DataFrame,
    recipe: FeatureRecipe,
    profile: Profile,
    data: Data,
    choices: Mapping[str, Any],
) -> str:
    """Return the page of a model as HTML; `table` holds the features of the consumers that it was fitted to."""
    from powertheft.reports.model_page import ModelFacts, model_page  # late: Matplotlib takes a second to load

    features = recipe.features()
    now = datetime.now(UTC)
    facts = ModelFacts(
        title=f"Theft model: {model.algorithm} on {profile.title or profile.name}",
        made_on=f"{now:%d %B %Y}",
        is_what=_is_what(model, report, profile=profile, data=data, choices=choices, when=now),
        families=_families(features),
        limits=_limits(profile, report),
        currency=profile.currency,
    )
    return model_page(facts, report, looked_at(model, table, features).to_json())


def looked_at(model: FittedModel, table: pl.DataFrame, features: Sequence[Feature]) -> WholeModel:
    """Return what the model looks at, over some of the consumers."""
    most = MOST_WALKED if model.algorithm in WALKED else MOST_EXPLAINED
    seen = table.select(model.features)
    if seen.height > most:
        chosen = np.sort(np.random.default_rng(model.seed).choice(seen.height, most, replace=False))
        some = seen[chosen]
    else:
        some = seen
    worth = contributions(model.estimator, some, background=seen)
    families = {feature.name: feature.family for feature in features}
    return whole_model(worth, some, families=families, unit=model.estimator.score_kind)


def _is_what(
    model: FittedModel,
    report: Mapping[str, Any],
    *,
    profile: Profile,
    data: Data,
    choices: Mapping[str, Any],
    when: datetime,
) -> tuple[tuple[str, str], ...]:
    settings = model.estimator.get_params()
    areas = settings.get("areas", ())
    return (
        ("algorithm", model.algorithm),
        ("its settings", _listed({name: settings[name] for name in settings if name not in {*UNTOLD, "areas"}})),
        *((("learns the share of theft", _told_areas(areas)),) if areas else ()),
        ("choices in training", _listed(choices)),
        ("features", f"{report['features']}, {report['knowable_features']} of them knowable before a visit"),
        ("data", told_data(data)),
        ("profile", f"{profile.name}: {profile.title}" if profile.title else profile.name),
        ("trained", f"{when:%Y-%m-%d %H:%M} UTC"),
        ("with", ", ".join(f"{library} {told}" for library, told in library_versions().items())),
    )


def _told_areas(areas: Sequence[tuple[str, str]]) -> str:
    names, dates = (tuple(dict.fromkeys(pair[side] for pair in areas if pair[side])) for side in (0, 1))
    by_month = f"; of each alone and by month of {', '.join(dates)}" if dates else ""
    return f"of {', '.join(names)}{by_month}"


def told_data(data: Data) -> str:
    """Return where the data came from, in words; folders above the last one are nobody's business."""
    if isinstance(data, Version):
        content = data.manifest.content_hash[:HASH_SHOWN]
        return f"dataset {data.folder.parent.name}, version of the content {content}"
    if isinstance(data, Path):
        return f"files of {data.name}"
    return f"files {', '.join(Path(one).name for one in data)}"


def _families(features: Sequence[Feature]) -> tuple[tuple[str, str, str], ...]:
    counts = Counter(feature.family for feature in features)
    return tuple(
        (family, str(counts[family]), _flags([feature for feature in features if feature.family == family]))
        for family in sorted(counts, key=lambda name: (-counts[name], name))
    )


def _flags(features: Sequence[Feature]) -> str:
    counts = {flag: sum(flag in feature.flags for feature in features) for flag in QUESTIONABLE}
    return ", ".join(f"{flag} {count}" for flag, count in counts.items() if count)


def _limits(profile: Profile, report: Mapping[str, Any]) -> tuple[str, ...]:
    limits = [
        "A likelihood is an indication and not proof. It must not be used to bill, to fine, to disconnect or to accuse "
        "anybody: it says where a visit is worth it.",
        "It holds for consumers like those it was trained on, of this utility, at this time. Train again after a "
        "change of meters, tariffs or billing, and once a year.",
        "What was never found in inspections it has not learnt to see.",
    ]
    if profile.label_scope == "inspected":
        limits.append("It learnt from inspected consumers only. Somebody chose these, so the figures are theirs.")
    if report["audit"]["severity"] == "leak":
        limits.insert(0, "The audit found a leak. Do not use this model before the leak is closed.")
    return tuple(limits)


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {_word(value)}" for name, value in values.items())


def _word(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " + ".join(map(str, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)
