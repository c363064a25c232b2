"""The settings of every algorithm, told once. Rule of the room: the scikit-learn contract.

The command line, the interface of programs and the forms read them here; a test holds them to the estimators' own
defaults.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from powertheft.domain.errors import ChoiceError
from powertheft.models.registry import estimator_class

Kind = Literal["whole number", "number", "choice", "list of whole numbers", "list of words"]


@dataclass(frozen=True, slots=True)
class Hyperparameter:
    """A setting: its name, what it does in a sentence, its range or choices, and its default.

    `is_tuned` settings are searched by `--tune`, within the range; `in_steps_of_size` on a logarithmic scale.
    """

    name: str
    meaning: str
    kind: Kind
    default: Any
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    is_tuned: bool = True
    in_steps_of_size: bool = False

    @property
    def range(self) -> str:
        """The range in words."""
        if self.choices:
            return ", ".join(self.choices)
        return f"{self.low:g} to {self.high:g}" if self.low is not None and self.high is not None else ""


def _count(name: str, meaning: str, default: int, limits: tuple[float, float], *, tuned: bool = True) -> Hyperparameter:
    low, high = limits
    return Hyperparameter(name, meaning, "whole number", default, low, high, is_tuned=tuned, in_steps_of_size=True)


def _share(name: str, meaning: str, default: float, low: float = 0.05) -> Hyperparameter:
    return Hyperparameter(name, meaning, "number", default, low, 1.0)


def _size(
    name: str, meaning: str, default: float, limits: tuple[float, float], *, tuned: bool = True
) -> Hyperparameter:
    low, high = limits
    return Hyperparameter(name, meaning, "number", default, low, high, is_tuned=tuned, in_steps_of_size=low > 0)


def _list(name: str, meaning: str, default: tuple[int, ...]) -> Hyperparameter:
    return Hyperparameter(name, meaning, "list of whole numbers", default, is_tuned=False)


def _choice(name: str, meaning: str, choices: tuple[str, ...]) -> Hyperparameter:
    return Hyperparameter(name, meaning, "choice", None, choices=choices, is_tuned=False)


def _until_no_better(*, epochs: int, patience: int) -> tuple[Hyperparameter, ...]:
    return (
        _count("epochs", "Times that all consumers are gone through, at most.", epochs, (1, 500), tuned=False),
        _count("patience", "Epochs without gain after which it ends.", patience, (1, 50), tuned=False),
        _share("inner_share", "Share of the consumers that say when to end.", 0.1),
    )


_STEP = "Share of each tree that is added: small steps need more trees and overfit less."
_PREPROCESSING = (
    _choice("encoding", "How categories become numbers.", ("ordinal", "one-hot")),
    _choice("scaling", "How numbers are scaled.", ("standard", "min-max", "robust", "none")),
    _choice("class_weight", "Whether thefts as a whole weigh as much as the honest.", ("balanced", "none")),
)

_BOOSTED = (
    _share("row_share", "Share of the consumers that each tree sees.", 0.8, low=0.3),
    _size("l2", "Penalty on what a leaf may say.", 5.0, (0.0, 100.0), tuned=False),
)
_LEAFWISE = (
    _size("l1", "Penalty that takes small leaf values to nothing.", 0.0, (0.0, 10.0), tuned=False),
    _size("smallest_gain", "Gain that a split must bring.", 0.0, (0.0, 10.0), tuned=False),
    _count("bins", "Bins a feature's values are put into.", 63, (15, 255), tuned=False),
)
_LINEAR = (
    _size("tolerance", "Slope at which the search ends.", 1e-4, (1e-6, 1e-2), tuned=False),
    _count("iterations", "Steps at most.", 1000, (50, 100_000), tuned=False),
)
CURVES = ("elu", "relu", "tanh")


HYPERPARAMETERS: Mapping[str, tuple[Hyperparameter, ...]] = {
    "lightgbm": (
        _count("trees", "Number of trees.", 900, (50, 5000)),
        _size("learning_rate", _STEP, 0.03, (0.005, 0.3)),
        _count("leaves", "Leaves a tree: how much may act together.", 31, (4, 255)),
        _count("smallest_leaf", "Consumers a leaf must hold.", 40, (5, 500)),
        _share("feature_share", "Share of the features that each tree may use.", 0.1),
        *_BOOSTED,
        *_LEAFWISE,
    ),
    "xgboost": (
        _count("trees", "Number of trees.", 400, (50, 5000)),
        _size("learning_rate", _STEP, 0.05, (0.005, 0.3)),
        _count("leaves", "Leaves a tree: how much may act together.", 48, (4, 255)),
        _size(
            "smallest_leaf_weight", "Weight (about a quarter of the consumers) that a leaf must hold.", 3.0, (0.1, 100)
        ),
        _share("feature_share", "Share of the features that each tree may use.", 0.3),
        *_BOOSTED,
        *_LEAFWISE,
    ),
    "random-forest": (
        _count("trees", "Number of trees.", 300, (50, 2000)),
        _count("smallest_leaf", "Consumers a leaf must hold: small leaves make deep trees.", 8, (1, 200)),
        _share("row_share", "Share of the consumers that each tree sees.", 0.4),
    ),
    "logistic-regression": (
        _size("strength", "Trust in the data over the penalty (scikit-learn's C).", 0.001, (1e-6, 100.0)),
        *_LINEAR,
    ),
    "svm": (
        _size("strength", "Trust in the data over the penalty (scikit-learn's C).", 0.0001, (1e-7, 10.0)),
        *_LINEAR,
    ),
    "svm-rbf": (
        _size("strength", "Trust in the data over the penalty (scikit-learn's C).", 1.0, (0.01, 1000.0)),
        _size("reach", "How fast likeness fades (gamma times the number of columns).", 1.0, (0.01, 100.0)),
        _count("sample", "Consumers that are learnt from at most.", 4000, (500, 50_000), tuned=False),
    ),
    "mlp": (
        _list("layers", "Neurons of each layer.", (64, 32)),
        _size("penalty", "Penalty on large weights.", 0.03, (1e-6, 10.0)),
        _size("learning_rate", "Size of a step.", 0.0005, (1e-5, 0.1)),
        _count("batch", "Consumers a step.", 1024, (16, 16_384), tuned=False),
        *_until_no_better(epochs=30, patience=3),
    ),
    "blend": (
        Hyperparameter("members", "Algorithms whose log-odds are averaged.", "list of words", None, is_tuned=False),
    ),
    "catboost": (
        _count("trees", "Number of trees.", 900, (50, 5000)),
        _size("learning_rate", _STEP, 0.06, (0.005, 0.3)),
        _count("depth", "Questions a tree.", 7, (2, 10)),
        _share("feature_share", "Share of the features that each question is chosen from.", 0.3),
        _share("row_share", "Share of the consumers that each tree sees.", 0.8, low=0.3),
        _size("l2", "Penalty on what a leaf may say.", 6.0, (0.0, 100.0), tuned=False),
        _count("bins", "Bins a feature's values are put into.", 64, (15, 255), tuned=False),
    ),
    "wide-deep": (
        _list("layers", "Neurons of each layer of the wide part.", (128, 64)),
        _list("filters", "Filters of each layer of the deep part.", (16,)),
        _count("kernel", "Height and width of a filter, in months and years or days and weeks.", 3, (1, 7)),
        _count("deep_layer", "Neurons that sum up what the filters say.", 32, (4, 512)),
        Hyperparameter(
            "activation", "What a neuron makes of its input.", "choice", "elu", choices=CURVES, is_tuned=False
        ),
        _size("penalty", "Penalty on large weights.", 0.0001, (0.0, 1.0), tuned=False),
        Hyperparameter("dropout", "Share of the neurons that each step leaves out.", "number", 0.3, 0.0, 0.9),
        _size("learning_rate", "Size of a step.", 0.0005, (1e-5, 0.1)),
        _count("batch", "Consumers a step.", 512, (16, 16_384), tuned=False),
        *_until_no_better(epochs=60, patience=6),
    ),
}


def hyperparameters(algorithm: str) -> tuple[Hyperparameter, ...]:
    """Return the settings of an algorithm, preprocessing included; raise ChoiceError where there is none like it."""
    made = estimator_class(algorithm)
    own = made().get_params()
    shared = tuple(_with_default(one, own[one.name]) for one in _PREPROCESSING)
    return (*(_with_default(one, own[one.name]) for one in HYPERPARAMETERS[algorithm]), *shared)


def parse_settings(algorithm: str, words: Iterable[str]) -> dict[str, Any]:
    """Return the settings that NAME=VALUE words state.

    Raises
    ------
    ChoiceError
        If a word has no =, the algorithm has no such setting, or the value is none or out of range.

    Examples
    --------
    >>> parse_settings("lightgbm", ["trees=200", "learning_rate=0.1"])
    {'trees': 200, 'learning_rate': 0.1}
    >>> parse_settings("lightgbm", ["trees=2"])
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: trees=2 is not on offer. Number of trees. Give a whole number from 50 to 5000.
    """
    known = {one.name: one for one in hyperparameters(algorithm)}
    settings: dict[str, Any] = {}
    for word in words:
        name, found, text = word.partition("=")
        name = name.strip().replace("-", "_")
        if not found or name not in known:
            msg = f"{algorithm} has no setting {name!r}" if found else f"{word!r} sets nothing"
            raise ChoiceError(msg, advice=f"Write NAME=VALUE, with one of {', '.join(known)}.")
        settings[name] = _parsed(known[name], text.strip())
    return settings


def _parsed(one: Hyperparameter, text: str) -> Any:
    try:
        value = _READERS[one.kind](text)
    except ValueError:
        raise _not_on_offer(one, text) from None
    if one.choices and value not in one.choices:
        raise _not_on_offer(one, text)
    if one.low is not None and one.high is not None and not one.low <= value <= one.high:
        raise _not_on_offer(one, text)
    for member in value if one.name == "members" else ():
        if estimator_class(member).score_kind != "log-odds":
            msg = f"scores of {member} are no log-odds, and only those can be averaged"
            raise ChoiceError(msg, advice="Choose among lightgbm, xgboost, catboost, logistic-regression and mlp.")
    return value


def _not_on_offer(one: Hyperparameter, text: str) -> ChoiceError:
    limits = f"one of {one.range}" if one.choices else f"a {one.kind}{f' from {one.range}' if one.range else ''}"
    return ChoiceError(f"{one.name}={text} is not on offer", advice=f"{one.meaning} Give {limits}.")


def _with_default(one: Hyperparameter, default: Any) -> Hyperparameter:
    return Hyperparameter(
        one.name, one.meaning, one.kind, default, one.low, one.high, one.choices, one.is_tuned, one.in_steps_of_size
    )


_READERS: Mapping[Kind, Any] = {
    "whole number": int,
    "number": float,
    "choice": str,
    "list of whole numbers": lambda text: tuple(int(part) for part in text.split(",")),
    "list of words": lambda text: tuple(part.strip() for part in text.split(",")),
}
