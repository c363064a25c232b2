"""The public Python API: from frames or files to a ranked list in ten lines.

Rule of the room: takes and returns pandas, Polars and Arrow; the actions do the work.

Examples
--------
>>> from powertheft import library
>>> data = library.simulate(consumers=400, bills=8, seed=1)
>>> sorted(data)[:3]
['bills', 'consumers', 'inspections']
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import polars as pl

from powertheft.actions import (
    check_data,
    evaluate_model,
    explain_consumer,
    list_features,
    rank_by_rules,
    score_consumers,
    simulate_data,
    train_model,
)
from powertheft.domain.errors import ChoiceError

Frames = Literal["polars", "pandas", "arrow"]
Data = str | Path | Sequence[str | Path] | Mapping[str, Any]
"""A folder, files, or frames (pandas, Polars, Arrow) by the name of the file that each stands for."""

TABLES_OF_ONE: Mapping[str, Mapping[str, Any]] = {
    "steps": {
        "feature": pl.String(),
        "meaning": pl.String(),
        "value": pl.String(),
        "unit": pl.String(),
        "contribution": pl.Float64(),
    },
    "fired": {
        "rule": pl.String(),
        "weight": pl.Float64(),
        "in_words": pl.String(),
        "fires": pl.String(),
        "may_mean": pl.String(),
        "source": pl.String(),
    },
    "months": {
        "month": pl.String(),
        "use": pl.Float64(),
        "a_year_before": pl.Float64(),
        "neighbours": pl.Float64(),
    },
}
"""The tables of `explain`; a value is written as a word, since some features are words."""


def simulate(*, consumers: int, bills: int = 18, seed: int = 0, returns: Frames = "polars") -> dict[str, Any]:
    """Return the export of a made-up utility, a frame a file, in the layout of the profile tneb."""
    frames = simulate_data.simulate_in_memory(consumers=consumers, bills=bills, seed=seed)
    return {name: _given_back(frame, returns) for name, frame in frames.items()}


def check(data: Data, *, profile: str, mapping: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return the quality report of the data as plain data."""
    return check_data.check_data(_taken(data), profile=profile, mapping=mapping).to_json()


def features(profile: str | None = None, *, returns: Frames = "polars") -> Any:
    """Return the catalogue of features as a frame: name, family, unit, meaning, kind, flags."""
    return _given_back(pl.DataFrame(list_features.list_features(profile)), returns)


def rank(
    data: Data,
    *,
    profile: str,
    rules: str | Path | None = None,
    explain: int = 500,
    seed: int = 0,
    mapping: Mapping[str, str] | None = None,
    returns: Frames | None = None,
) -> Any:
    """Return the list by rules and by how unusual each connection is, which needs no labels and no model, as a frame.

    `rules` is a file of your own rules, asked as well.
    """
    found = rank_by_rules.rank_by_rules(
        _taken(data),
        profile=profile,
        rules=None if rules is None else Path(rules),
        explain=explain,
        seed=seed,
        mapping=mapping,
    )
    return _given_back(found.ranked, returns or _kind(data))


def train(
    data: Data,
    *,
    profile: str,
    out: str | Path,
    capacity: str | float = "1%",
    mapping: Mapping[str, str] | None = None,
    **choices: Any,
) -> dict[str, Any]:
    """Train a model into the folder `out` and return the report: figures of held-out consumers as plain data.

    `choices` are those of the command: algorithm, features, without, seed, cutoff, folds, encoding, scaling,
    class_weight, threads, split, learning_curve, visit_cost, value_found.
    """
    known = train_model.TrainingChoices.__dataclass_fields__
    for name in choices:
        if name not in known:
            raise ChoiceError(f"train has no choice {name!r}", advice=f"Choose among: {', '.join(known)}.")
    for several in ("features", "without"):
        words = choices.get(several, ())
        choices[several] = (words,) if isinstance(words, str) else tuple(words)
    chosen = train_model.TrainingChoices(capacity=capacity, **choices)
    _, report = train_model.train_model(_taken(data), profile=profile, out=Path(out), choices=chosen, mapping=mapping)
    return report.to_json()


def evaluate(
    data: Data,
    *,
    profile: str,
    model: str | Path,
    capacity: str | float = "1%",
    cutoff: str = "f1",
    mapping: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Judge a model on labelled consumers that it was not fitted on; return the figures as plain data."""
    return evaluate_model.evaluate_model(
        _taken(data),
        profile=profile,
        model=Path(model),
        capacity=capacity,
        cutoff=cutoff,
        mapping=mapping,
    ).to_json()


def score(
    data: Data,
    *,
    profile: str,
    model: str | Path,
    rank_by: str = "probability",
    explain: int = 500,
    mapping: Mapping[str, str] | None = None,
    returns: Frames | None = None,
) -> Any:
    """Return the ranked list as a frame of the kind that was given (Polars for files), or of the kind asked for."""
    scored = score_consumers.score_consumers(
        _taken(data), profile=profile, model=Path(model), rank_by=rank_by, explain=explain, mapping=mapping
    )
    return _given_back(scored.ranked, returns or _kind(data))


def explain(
    data: Data,
    *,
    profile: str,
    model: str | Path,
    consumer: str,
    cutoff: str = "f1",
    rules: str | Path | None = None,
    seed: int = 0,
    mapping: Mapping[str, str] | None = None,
    returns: Frames | None = None,
) -> dict[str, Any]:
    """Return all that is said of one connection as plain data, but its tables as frames of the kind that was given.

    Tables are the steps of the waterfall, the rules that fire and the months beside those of a year before.
    """
    found = explain_consumer.explain_consumer(
        _taken(data),
        profile=profile,
        model=Path(model),
        consumer=consumer,
        cutoff=cutoff,
        rules=None if rules is None else Path(rules),
        seed=seed,
        mapping=mapping,
    ).to_json()
    for part, name in (("waterfall", "steps"), ("rules", "fired"), ("season", "months")):
        found[part][name] = _given_back(_table(found[part][name], TABLES_OF_ONE[name]), returns or _kind(data))
    return found


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Any]) -> pl.DataFrame:
    """Return rows as a frame whose columns have the same kinds, whoever it is of; a word is no number."""
    return pl.DataFrame(rows, schema=columns, strict=False)


def _taken(data: Data) -> Path | tuple[Path, ...] | Mapping[str, Any]:
    if isinstance(data, Mapping):
        return data
    return Path(data) if isinstance(data, str | Path) else tuple(Path(place) for place in data)


def _kind(data: Data) -> Frames:
    if not isinstance(data, Mapping) or not data:
        return "polars"
    given = nw.from_native(next(iter(data.values())), eager_only=True).implementation
    if given.is_pandas():
        return "pandas"
    return "arrow" if given.is_pyarrow() else "polars"


def _given_back(frame: pl.DataFrame, kind: Frames) -> Any:
    if kind == "pandas":
        return frame.to_pandas()
    if kind == "arrow":
        return frame.to_arrow()
    if kind == "polars":
        return frame
    raise ChoiceError(f"there is no frame {kind!r}", advice="Choose one of: polars, pandas, arrow.")
