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
from contextlib import AbstractContextManager, ExitStack
from dataclasses import MISSING
from functools import partial
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import polars as pl

from powertheft.actions import (
    check_data,
    compare_models,
    evaluate_model,
    explain_consumer,
    known_rules,
    list_features,
    rank_by_rules,
    reveal_consumers,
    score_consumers,
    simulate_data,
    train_model,
)
from powertheft.actions import try_rules as try_rules_action
from powertheft.actions import write_rule as write_rule_action
from powertheft.actions.house import House, names_dataset
from powertheft.bootstrap import Container
from powertheft.domain.errors import ChoiceError

Frames = Literal["polars", "pandas", "arrow"]
Data = str | Path | Sequence[str | Path] | Mapping[str, Any]
"""A folder, files, frames (pandas, Polars, Arrow) by the name of the file that each stands for, or NAME[@VERSION]: a
version of a dataset in the home folder, which knows its own profile."""
Home = str | Path | None
"""Folder of datasets, vault and database; else POWERTHEFT_HOME, else ~/.powertheft."""

RULE_TOLD: Mapping[str, Any] = {
    "rule": pl.String(),
    "weight": pl.Float64(),
    "in_words": pl.String(),
    "fires": pl.String(),
    "here": pl.String(),
    "may_mean": pl.String(),
    "source": pl.String(),
}
TRIED: Mapping[str, Any] = {
    "rule": pl.String(),
    "fires": pl.String(),
    "holds": pl.Int64(),
    "visited": pl.Int64(),
    "found": pl.Int64(),
    "hit_rate": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "lift": pl.Float64(),
}
TABLES_OF_ONE: Mapping[str, Mapping[str, Any]] = {
    "steps": {
        "feature": pl.String(),
        "meaning": pl.String(),
        "value": pl.String(),
        "unit": pl.String(),
        "contribution": pl.Float64(),
    },
    "fired": RULE_TOLD,
    "nearly": RULE_TOLD,
    "others": RULE_TOLD,
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


def check(
    data: Data, *, profile: str | None = None, mapping: Mapping[str, str] | None = None, home: Home = None
) -> dict[str, Any]:
    """Return the quality report of the data as plain data."""
    return check_data.check_data(_taken(data, home), profile=profile, mapping=mapping).to_json()


def features(profile: str | None = None, *, returns: Frames = "polars") -> Any:
    """Return the catalogue of features as a frame: name, family, unit, meaning, kind, flags."""
    return _given_back(pl.DataFrame(list_features.list_features(profile)), returns)


def rank(
    data: Data,
    *,
    profile: str | None = None,
    rules: str | Path | None = None,
    explain: int = 500,
    seed: int = 0,
    mapping: Mapping[str, str] | None = None,
    home: Home = None,
    returns: Frames | None = None,
) -> Any:
    """Return the list by rules and by how unusual each connection is, which needs no labels and no model, as a frame.

    `rules` is a file of your own rules, asked as well; without one it is that of the home folder, where there is one.
    """
    found = rank_by_rules.rank_by_rules(
        _taken(data, home),
        profile=profile,
        rules=_own_rules(rules, home),
        explain=explain,
        seed=seed,
        mapping=mapping,
    )
    return _given_back(found.ranked, returns or _kind(data))


def try_rules(
    data: Data,
    *,
    profile: str | None = None,
    rules: str | Path | None = None,
    mapping: Mapping[str, str] | None = None,
    home: Home = None,
    returns: Frames | None = None,
) -> Any:
    """Return for each rule whom it holds for and what visits found where it held, as a frame."""
    found = try_rules_action.try_rules(
        _taken(data, home), profile=profile, rules=_own_rules(rules, home), mapping=mapping
    )
    return _given_back(_table(found.rows(), TRIED), returns or _kind(data))


def write_rule(
    *,
    rules: str | Path | None = None,
    profile: str | None = None,
    replace: bool = False,
    home: Home = None,
    **form: str,
) -> Path:
    """Write a rule of one condition into a file of your own rules, else that of the home folder; return the file.

    `form` has name, feature, comparison, threshold, sentence and source, and may have weight and may_mean.
    """
    known = write_rule_action.RuleForm.__dataclass_fields__
    strange = [name for name in form if name not in known]
    missing = [name for name, field in known.items() if name not in form and field.default is MISSING]
    if strange or missing:
        what = f"a rule has no field {strange[0]!r}" if strange else f"a rule lacks its {missing[0]}"
        raise ChoiceError(what, advice=f"Its fields: {', '.join(known)}.")
    file = write_rule_action.own_file(_path(rules), _path(home))
    filled = write_rule_action.RuleForm(**{name: str(text) for name, text in form.items()})
    write_rule_action.write_rule(filled, file=file, profile=profile, replace=replace)
    return file


def remove_rule(name: str, *, rules: str | Path | None = None, home: Home = None) -> bool:
    """Take a rule out of a file of your own rules, else that of the home folder; return whether others are left."""
    return write_rule_action.remove_rule(name, file=write_rule_action.own_file(_path(rules), _path(home)))


def train(
    data: Data,
    *,
    profile: str | None = None,
    out: str | Path,
    capacity: str | float = "1%",
    mapping: Mapping[str, str] | None = None,
    home: Home = None,
    **choices: Any,
) -> dict[str, Any]:
    """Train a model into the folder `out` and return the report: figures of held-out consumers as plain data.

    `choices` are those of the command: algorithm, features, without, seed, cutoff, folds, encoding, scaling,
    class_weight, threads, split, half_life, learning_curve, visit_cost, value_found.
    """
    known = train_model.TrainingChoices.__dataclass_fields__
    for name in choices:
        if name not in known:
            raise ChoiceError(f"train has no choice {name!r}", advice=f"Choose among: {', '.join(known)}.")
    for several in ("features", "without"):
        words = choices.get(several, ())
        choices[several] = (words,) if isinstance(words, str) else tuple(words)
    chosen = train_model.TrainingChoices(capacity=capacity, **choices)
    _, report = train_model.train_model(
        _taken(data, home), profile=profile, out=Path(out), choices=chosen, mapping=mapping
    )
    return report.to_json()


def evaluate(
    data: Data,
    *,
    profile: str | None = None,
    model: str | Path,
    capacity: str | float = "1%",
    cutoff: str = "f1",
    visit_cost: float | None = None,
    value_found: float | None = None,
    seed: int = 0,
    mapping: Mapping[str, str] | None = None,
    home: Home = None,
) -> dict[str, Any]:
    """Judge a model on labelled consumers that it was not fitted on; return the figures as plain data."""
    return evaluate_model.evaluate_model(
        _taken(data, home),
        profile=profile,
        model=Path(model),
        capacity=capacity,
        cutoff=cutoff,
        visit_cost=visit_cost,
        value_found=value_found,
        seed=seed,
        mapping=mapping,
    ).to_json()


def compare(
    data: Data,
    *,
    profile: str | None = None,
    models: tuple[str | Path, str | Path],
    capacity: str | float = "1%",
    seed: int = 0,
    mapping: Mapping[str, str] | None = None,
    home: Home = None,
) -> dict[str, Any]:
    """Say which of two models is better, A (the first) or B, on labelled consumers that neither was fitted on.

    Returns the verdict and the figures as plain data.
    """
    first, second = models
    return compare_models.compare_models(
        _taken(data, home),
        profile=profile,
        models=(Path(first), Path(second)),
        capacity=capacity,
        mapping=mapping,
        seed=seed,
    ).to_json()


def score(
    data: Data,
    *,
    profile: str | None = None,
    model: str | Path,
    rank_by: str = "probability",
    explain: int = 500,
    rules: str | Path | None = None,
    reveal: str | None = None,
    mapping: Mapping[str, str] | None = None,
    home: Home = None,
    returns: Frames | None = None,
) -> Any:
    """Return the ranked list as a frame of the kind that was given (Polars for files), or of the kind asked for.

    `rules` is a file of your own rules, as for `rank`; they change no score. `reveal` is the reason for which a
    dataset's consumers are written by their own numbers; it is recorded.
    """
    taken = _taken(data, home)
    _check_reveal(taken, reveal)
    with ExitStack() as opened:
        names = None
        if reveal is not None:
            house = opened.enter_context(_open_house(home))
            names = partial(reveal_consumers.numbers_of, house, reason=reveal)
        scored = score_consumers.score_consumers(
            taken,
            profile=profile,
            model=Path(model),
            rank_by=rank_by,
            explain=explain,
            rules=_own_rules(rules, home),
            mapping=mapping,
            names=names,
        )
    return _given_back(scored.ranked, returns or _kind(data))


def explain(
    data: Data,
    *,
    profile: str | None = None,
    model: str | Path,
    consumer: str,
    reveal: str | None = None,
    cutoff: str = "f1",
    rules: str | Path | None = None,
    seed: int = 0,
    mapping: Mapping[str, str] | None = None,
    home: Home = None,
    returns: Frames | None = None,
) -> dict[str, Any]:
    """Return all that is said of one connection as plain data, but its tables as frames of the kind that was given.

    Tables are the steps of the waterfall, the rules that fire, nearly do and do not, and the months beside those of a
    year before. Of a dataset `consumer` is a pseudonym; with `reveal`, the reason for looking, which is recorded, the
    utility's number.
    """
    taken, pseudonym, number = _taken(data, home), consumer, consumer
    _check_reveal(taken, reveal)
    if reveal is not None:
        with _open_house(home) as house:
            pseudonym, number = reveal_consumers.find_consumer(house, consumer, reason=reveal)
    found = explain_consumer.explain_consumer(
        taken,
        profile=profile,
        model=Path(model),
        consumer=pseudonym,
        named=number,
        cutoff=cutoff,
        rules=_own_rules(rules, home),
        seed=seed,
        mapping=mapping,
    ).to_json()
    tables = [
        ("waterfall", "steps"),
        ("season", "months"),
        *(("rules", kind) for kind in ("fired", "nearly", "others")),
    ]
    for part, name in tables:
        found[part][name] = _given_back(_table(found[part][name], TABLES_OF_ONE[name]), returns or _kind(data))
    return found


def _path(place: str | Path | None) -> Path | None:
    return None if place is None else Path(place)


def _own_rules(named: str | Path | None, home: Home) -> Any:
    return known_rules.own_rules(_path(named), _path(home))


def _table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, Any]) -> pl.DataFrame:
    """Return rows as a frame whose columns have the same kinds, whoever it is of; a word is no number."""
    return pl.DataFrame(rows, schema=columns, strict=False)


def _taken(data: Data, home: Home) -> Any:
    if isinstance(data, Mapping):
        return data
    if not isinstance(data, str | Path):
        return tuple(Path(place) for place in data)
    if not names_dataset(str(data)):
        return Path(data)
    with _open_house(home) as house:
        return house.named_version(str(data))


def _open_house(home: Home) -> AbstractContextManager[House]:
    return Container().open_house(None if home is None else Path(home))


def _check_reveal(taken: Any, reveal: str | None) -> None:
    if reveal is not None and isinstance(taken, Path | tuple | Mapping):
        raise ChoiceError("reveal is for datasets: files give the consumers' own numbers", advice="Leave it out.")


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
