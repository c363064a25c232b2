"""The algorithms on offer. Rule of the room: the scikit-learn contract.

One explicit table, name to dotted path; a path is imported when its algorithm is asked for, because xgboost and
lightgbm take a second each to load.
"""

import inspect
from importlib import import_module
from typing import Any, cast

from powertheft.domain.errors import ChoiceError
from powertheft.models.classifier import TheftClassifier

DEFAULT_ALGORITHM = "lightgbm"

ALGORITHMS: dict[str, str] = {
    "lightgbm": "powertheft.models.boosted_lightgbm.LightGBMClassifier",
    "xgboost": "powertheft.models.boosted_xgboost.XGBoostClassifier",
    "random-forest": "powertheft.models.random_forest.ForestClassifier",
    "logistic-regression": "powertheft.models.logistic_regression.RegressionClassifier",
    "svm": "powertheft.models.support_vector_machine.SupportVectorClassifier",
    "svm-rbf": "powertheft.models.kernel_machine.KernelMachineClassifier",
    "mlp": "powertheft.models.multilayer_perceptron.PerceptronClassifier",
    "blend": "powertheft.models.blend.BlendClassifier",
    "catboost": "powertheft.models.boosted_catboost.CatBoostClassifier",
    "wide-deep": "powertheft.models.wide_deep.WideDeepClassifier",
}

DESCRIPTIONS: dict[str, str] = {
    "lightgbm": "Many small decision trees, each correcting the ones before; usually the best list, and fast.",
    "xgboost": "The same idea as lightgbm by other makers; about as good, takes longer.",
    "random-forest": "Many large decision trees that vote; robust, needs the most memory.",
    "logistic-regression": "One weight a feature, added up; the simplest to explain, misses what acts together.",
    "svm": "One weight a feature, set by the hardest cases (linear support vector machine).",
    "svm-rbf": "Compares with the hardest cases by likeness (radial kernel), learnt from a sample of 4,000 consumers.",
    "mlp": "A small neural network (multilayer perceptron); finds what acts together, hard to explain.",
    "blend": "The mean of two lightgbm and a catboost (an extra): a better list than either, takes as long as all.",
    "catboost": "Decision trees that ask one question a level; an extra: pip install 'powertheft[catboost]'.",
    "wide-deep": "A network that also reads use month by month as a picture; an extra: pip install 'powertheft[deep]'.",
}


def estimator_class(name: str) -> type[TheftClassifier]:
    """Return the class of an algorithm.

    Raises
    ------
    ChoiceError
        If there is no algorithm of that name.

    Examples
    --------
    >>> estimator_class("lightbgm")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: there is no algorithm 'lightbgm'. Choose one of: lightgbm, xgboost, ...
    """
    if name not in ALGORITHMS:
        msg = f"there is no algorithm {name!r}"
        raise ChoiceError(msg, advice=f"Choose one of: {', '.join(ALGORITHMS)}")
    module, _, attribute = ALGORITHMS[name].rpartition(".")
    return getattr(import_module(module), attribute)


def learns_areas(name: str) -> bool:
    """Return whether an algorithm can be told areas, see `area_encoding`."""
    return "areas" in inspect.signature(estimator_class(name).__init__).parameters


def reads_series(name: str) -> bool:
    """Return whether an algorithm makes something of series, which all others do without."""
    return estimator_class(name).reads_series


def make_estimator(
    name: str,
    *,
    seed: int,
    threads: int = 2,
    encoding: str | None = None,
    scaling: str | None = None,
    class_weight: str | None = None,
    **options: Any,
) -> TheftClassifier:
    """Return an unfitted estimator.

    Parameters
    ----------
    name : str
        One of `ALGORITHMS`.
    seed : int
        Seed of everything that is drawn.
    threads : int, default 2
        Threads to use.
    encoding : {"ordinal", "one-hot"}, optional
        How categories become numbers; each algorithm has its own default.
    scaling : {"standard", "min-max", "robust", "none"}, optional
        Scale of the numbers; each algorithm has its own default.
    class_weight : {"balanced", "none"}, optional
        Whether thieves as a whole weigh as much as the honest; each algorithm has its own default.
    **options
        The algorithm's own settings, see its class.

    Returns
    -------
    TheftClassifier

    Raises
    ------
    ChoiceError
        If the algorithm, a choice or a setting does not exist.

    Examples
    --------
    >>> make_estimator("lightgbm", seed=1, trees=200).trees
    200
    >>> make_estimator("lightgbm", seed=1, scaling="rank")
    Traceback (most recent call last):
    ...
    powertheft.domain.errors.ChoiceError: there is no scaling 'rank'. Choose one of: standard, min-max, robust, none
    """
    made = estimator_class(name)
    choices = {"encoding": encoding, "scaling": scaling, "class_weight": class_weight}
    for choice, value in choices.items():
        _check_choice(choice, value)
    settings = sorted(set(inspect.signature(made.__init__).parameters) - {"self", "seed", "threads"})
    for option in options:
        if option not in settings:
            msg = f"{name} has no setting {option!r}"
            raise ChoiceError(msg, advice=f"Choose among: {', '.join(settings)}")
    chosen = {choice: value for choice, value in choices.items() if value is not None}
    return cast("Any", made)(seed=seed, threads=threads, **chosen, **options)


_CHOICES: dict[str, tuple[str, ...]] = {
    "encoding": ("ordinal", "one-hot"),
    "scaling": ("standard", "min-max", "robust", "none"),
    "class_weight": ("balanced", "none"),
}


def _check_choice(choice: str, value: str | None) -> None:
    if value is not None and value not in _CHOICES[choice]:
        msg = f"there is no {choice.replace('_', ' ')} {value!r}"
        raise ChoiceError(msg, advice=f"Choose one of: {', '.join(_CHOICES[choice])}")
