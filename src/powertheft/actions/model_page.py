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
from powertheft.models.area_encoding import Area
from powertheft.models.bundle import library_versions
from powertheft.models.training import FittedModel

SWARM_STEPS = 40
"""Steps of the contribution that the consumers of a swarm are counted by."""

SHOWN_SWARMS = 12

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
    seen: Mapping[str, Any],
    recipe: FeatureRecipe,
    profile: Profile,
    data: Data,
    choices: Mapping[str, Any],
) -> str:
    """Return the page of a model as HTML; `seen` says what the model looks at."""
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
    return model_page(facts, report, seen)


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


def gathered(seen: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a model looks at with its swarms counted: steps of the contribution, and the mean place there."""
    swarms = [_gathered_swarm(one) for one in seen["swarms"][:SHOWN_SWARMS]]
    return {**seen, "swarms": swarms, "dependences": list(seen["dependences"][:SHOWN_SWARMS])}


def _gathered_swarm(swarm: Mapping[str, Any]) -> dict[str, Any]:
    worth = np.array(swarm["contributions"], dtype=float)
    place = np.array([np.nan if one is None else one for one in swarm["quantiles"]], dtype=float)
    low, high = (float(worth.min()), float(worth.max())) if worth.size else (0.0, 0.0)
    width = (high - low) / SWARM_STEPS or 1.0
    step = np.minimum(((worth - low) / width).astype(int), SWARM_STEPS - 1)
    points: list[dict[str, Any]] = []
    for one in np.unique(step):
        known = place[(step == one) & ~np.isnan(place)]
        points.append(
            {
                "contribution": round(low + (float(one) + 0.5) * width, 5),
                "consumers": int((step == one).sum()),
                "place": round(float(known.mean()), 3) if known.size else None,
            }
        )
    return {"feature": swarm["feature"], "points": points}


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


def _told_areas(areas: Sequence[Area]) -> str:
    names = dict.fromkeys(area for area, _, _ in areas)
    dates = {step: ", ".join(dict.fromkeys(date for _, date, of in areas if of == step)) for step in ("month", "day")}
    finer = [f"by {step} of {told}" for step, told in dates.items() if told]
    return f"of {', '.join(names)}{'; of each also ' if finer else ''}{', '.join(finer)}"


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
