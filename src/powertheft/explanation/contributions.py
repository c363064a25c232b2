"""What each feature adds to a consumer's score, whatever the model. Rule of the room: one door, and every row adds up.

Estimators that know their own contributions are asked. For the others they are taken from what the estimator is made
of, which is exact in the sum and takes seconds where sampling explainers take minutes: along the paths of a forest,
and by differences from typical consumers through the layers of a network. A blend is the sum of its parts. What is
none of these, such as a machine with a kernel, is walked to from typical consumers, feature by feature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.sparse import csr_matrix

from powertheft.explanation.kernel_lines import line_contributions
from powertheft.explanation.sampled_shapley import sampled_shapley
from powertheft.explanation.tree_paths import TreePaths, path_contributions, read_lightgbm, read_xgboost
from powertheft.models.classifier import FloatArray, TheftClassifier
from powertheft.models.kernel_machine import KernelMachineClassifier
from powertheft.models.multilayer_perceptron import PerceptronClassifier
from powertheft.models.random_forest import ForestClassifier

BACKGROUND_ROWS = 100
"""Typical consumers that a network's scores are compared with."""

REFERENCES = 16
"""Typical consumers from whom a model of no known kind is walked to, each in an order and its reverse."""

MANY = 200
"""Consumers from which on laying out a booster's paths pays."""

OFF = 1e-4
"""How far a row of contributions may be from its raw score."""

SMALL = 1e-9
"""Difference of a neuron's input below which its slope is taken instead of the ratio of differences."""


@runtime_checkable
class Blend(Protocol):
    """An estimator whose raw score is the weighted sum of the raw scores of others, which read the same table."""

    def parts(self) -> Sequence[tuple[float, TheftClassifier]]:
        """Return the weights and the fitted estimators that they belong to."""
        ...


@runtime_checkable
class Network(Protocol):
    """An estimator that can follow its raw score back through its layers to the columns of its matrix."""

    def multipliers(self, matrix: Any, reference: Any) -> FloatArray:
        """Return the change of the raw score per change of each column from a reference, (n_consumers, n_columns)."""
        ...

    def scores_of(self, matrix: Any) -> FloatArray:
        """Return the raw scores of a matrix, (n_consumers,)."""
        ...

    def sum_by_feature(self, by_column: Any) -> FloatArray:
        """Return figures a column summed onto the features, (n_consumers, n_features)."""
        ...


@dataclass(frozen=True, slots=True)
class Contributions:
    """What features add to raw scores.

    Attributes
    ----------
    values : ndarray, shape (n_consumers, n_features)
        Contributions, in the unit of the model's raw score (`score_kind`).
    base_value : float
        What they start from: with it each row adds up to its raw score.
    """

    values: FloatArray
    base_value: float


def contributions(model: TheftClassifier, X: pl.DataFrame, *, background: pl.DataFrame) -> FloatArray:
    """Return what each feature adds to the raw scores, shape (n_consumers, n_features): `explain` without its base."""
    return explain(model, X, background=background).values


def explain(model: TheftClassifier, X: pl.DataFrame, *, background: pl.DataFrame) -> Contributions:
    """Split the raw scores of consumers into contributions of the features.

    Parameters
    ----------
    model : TheftClassifier
        A fitted estimator: of the registry, a `Blend`, or any other.
    X : DataFrame, shape (n_consumers, n_features)
        The consumers.
    background : DataFrame, shape (n_others, n_features)
        Consumers that a network compares them with; of many, `BACKGROUND_ROWS` at even steps of the score are taken,
        so the order of the rows does not matter. An estimator of no known kind takes `REFERENCES`. Others need none.

    Returns
    -------
    Contributions

    Raises
    ------
    ValueError
        If a blend's parts do not add up to its raw score, or a background is needed and empty.

    Notes
    -----
    Boosters follow TreeSHAP (of many consumers their trees are followed by `tree_paths`, to the same figures up to
    rounding), linear models multiply weights by differences from the mean. A forest is followed down
    its paths: each split adds the change of the node's share of theft to the feature that it asks (this favours
    features near the leaves a little, unlike Shapley values, which take minutes a hundred consumers on trees of
    thousands of leaves). A network is followed by the rescale rule of DeepLIFT from each typical consumer, and the
    results are averaged; so is a network of grids, from fewer of them. A radial kernel machine is followed along
    straight lines from typical consumers (`kernel_lines`). The contributions of a blend are the weighted sum of those
    of its parts, and so is the base. Any other estimator is explained by sampled Shapley values (`sampled_shapley`),
    which cost 32 x (n_features - 1) scores a consumer: for the consumers of a list, not for a utility. All of them add
    up to the raw score.

    References
    ----------
    Palczewska et al. (2014), https://doi.org/10.1007/978-3-319-04717-1_9
    Shrikumar, Greenside & Kundaje (2017), https://doi.org/10.48550/arXiv.1704.02685

    Examples
    --------
    >>> X = pl.DataFrame({"energy": np.arange(80.0)})
    >>> model = ForestClassifier(trees=10, smallest_leaf=2).fit(X, np.arange(80) > 40)
    >>> found = explain(model, X, background=X)
    >>> bool(np.allclose(found.base_value + found.values.sum(axis=1), model.raw_scores(X)))
    True
    """
    if isinstance(model, Blend):
        return _of_parts(model, model.parts(), X, background=background)
    if model.has_own_contributions:
        return _own(model, X)
    if isinstance(model, ForestClassifier):
        return _along_paths(model, model.transformed(X))
    return _from_typical(model, X, _typical(model, background, _COMPARED.get(type(model), REFERENCES)))


def _from_typical(model: TheftClassifier, X: pl.DataFrame, typical: pl.DataFrame) -> Contributions:
    if isinstance(model, PerceptronClassifier):
        return _through_layers(model, model.transformed(X), typical=model.transformed(typical).astype(np.float64))
    if isinstance(model, Network):
        return _back_through_layers(model, model.transformed(X), typical=model.transformed(typical))
    if isinstance(model, KernelMachineClassifier):
        return _along_lines(model, model.transformed(X), typical=model.transformed(typical))
    names = _features_of(model, X)
    values = sampled_shapley(model.raw_scores, X.select(names), references=typical.select(names))
    return Contributions(values, float(model.raw_scores(typical).mean()))


_COMPARED: dict[type[TheftClassifier], int] = {PerceptronClassifier: BACKGROUND_ROWS, KernelMachineClassifier: 4}
"""How many typical consumers a consumer is compared with, by what that costs."""


def _features_of(model: TheftClassifier, X: pl.DataFrame) -> list[str]:
    """Names of the features that an estimator was fitted to, in its order; those of the table where it keeps none."""
    return [str(name) for name in getattr(model, "feature_names_in_", X.columns)]


def _own(model: TheftClassifier, X: pl.DataFrame) -> Contributions:
    paths = _paths(getattr(model, "booster_", None)) if X.height >= MANY else None
    if paths is not None:
        matrix = model.transformed(X)
        values = model.sum_by_feature(path_contributions(paths, matrix, threads=model.threads))
        # What a later release of a booster means otherwise would show here, and then it is asked after all.
        if np.abs(model.base_value_ + values.sum(axis=1) - model.raw_scores(X)).max() <= OFF:
            return Contributions(values, model.base_value_)
    return Contributions(model.contributions(X), model.base_value_)


def _paths(booster: Any) -> TreePaths | None:
    """Lay out a booster's trees, told by what it can write: to import both boosters takes seconds."""
    if hasattr(booster, "model_to_string"):
        return read_lightgbm(booster.model_to_string())
    if hasattr(booster, "save_raw"):
        return read_xgboost(bytes(booster.save_raw("json")))
    return None


def _of_parts(
    model: TheftClassifier, parts: Sequence[tuple[float, TheftClassifier]], X: pl.DataFrame, *, background: pl.DataFrame
) -> Contributions:
    names = _features_of(model, X)
    place = {name: number for number, name in enumerate(names)}
    values, base = np.zeros((X.height, len(names))), 0.0
    for weight, part in parts:
        found = explain(part, X, background=background)
        values[:, [place[name] for name in _features_of(part, X)]] += weight * found.values
        base += weight * found.base_value
    off = np.abs(base + values.sum(axis=1) - model.raw_scores(X)).max(initial=0.0)
    if not off <= OFF:
        msg = f"the parts of {type(model).__name__} miss its raw score by {off:.2g}"
        raise ValueError(msg)
    return Contributions(values, base)


def _along_paths(model: ForestClassifier, matrix: npt.NDArray[np.floating]) -> Contributions:
    columns = np.zeros((len(matrix), matrix.shape[1]))
    base = 0.0
    seen = matrix.astype(np.float32)
    trees = model.estimator_.estimators_
    for tree in trees:
        share, steps = _steps_of_tree(tree.tree_, matrix.shape[1])
        columns += (tree.decision_path(seen) @ steps).toarray()
        base += share
    return Contributions(model.encoder_.sum_by_feature(columns / len(trees)), base / len(trees))


def _steps_of_tree(tree: Any, width: int) -> tuple[float, csr_matrix]:
    """Share of theft at the root, and the change of it on entering each node by the column that its parent asks."""
    votes: FloatArray = tree.value[:, 0, :]
    share = votes[:, 1] / votes.sum(axis=1)
    branching = np.flatnonzero(tree.children_left >= 0)
    parents = np.concatenate([branching, branching])
    children = np.concatenate([tree.children_left[branching], tree.children_right[branching]])
    change = share[children] - share[parents]
    return float(share[0]), csr_matrix((change, (children, tree.feature[parents])), shape=(len(share), width))


def _typical(model: TheftClassifier, background: pl.DataFrame, count: int) -> pl.DataFrame:
    """Return so many of the others at even steps of the score, or all of fewer, lowest score first."""
    if background.height == 0:
        msg = f"{type(model).__name__} needs typical consumers to be explained by"
        raise ValueError(msg)
    order = np.argsort(model.raw_scores(background), kind="stable")
    count = min(count, background.height)
    middle = (np.arange(count) + 0.5) / count
    return background[order[(middle * background.height).astype(np.int64)]]


def _through_layers(
    model: PerceptronClassifier, matrix: npt.NDArray[np.floating], *, typical: FloatArray
) -> Contributions:
    network = _Network.of(model)
    seen = matrix.astype(np.float64)
    inputs = network.inputs(seen)
    total = np.zeros_like(seen)
    for row in typical:
        total += network.multipliers(inputs, network.inputs(row[None, :])) * (seen - row)
    columns = total / len(typical)
    return Contributions(model.encoder_.sum_by_feature(columns), float(network.scores(typical).mean()))


def _back_through_layers(
    model: Network, matrix: npt.NDArray[np.floating], *, typical: npt.NDArray[np.floating]
) -> Contributions:
    seen = matrix.astype(np.float64)
    columns = np.zeros_like(seen)
    for row in typical.astype(np.float64)[:, None, :]:
        columns += model.multipliers(seen, row) * (seen - row)
    return Contributions(model.sum_by_feature(columns / len(typical)), float(model.scores_of(typical).mean()))


def _along_lines(
    model: KernelMachineClassifier, matrix: npt.NDArray[np.floating], *, typical: npt.NDArray[np.floating]
) -> Contributions:
    machine: Any = model.machine_
    columns = line_contributions(
        matrix.astype(np.float64),
        typical.astype(np.float64),
        vectors=np.asarray(machine.support_vectors_, dtype=np.float64),
        weights=np.asarray(machine.dual_coef_[0], dtype=np.float64),
        gamma=model.reach / matrix.shape[1],
    )
    scores = np.asarray(machine.decision_function(typical), dtype=np.float64)
    return Contributions(model.sum_by_feature(columns), float(scores.mean()))


@dataclass(frozen=True, slots=True)
class _Network:
    """Weights (n_in, n_out) and intercepts (n_out,) of each layer; rectified but for the last, which has one neuron."""

    weights: list[FloatArray]
    intercepts: list[FloatArray]

    @classmethod
    def of(cls, model: PerceptronClassifier) -> "_Network":
        layers = model.estimator_
        return cls(
            [np.asarray(part, dtype=np.float64) for part in layers.coefs_],
            [np.asarray(part, dtype=np.float64) for part in layers.intercepts_],
        )

    def inputs(self, values: FloatArray) -> list[FloatArray]:
        """What enters the neurons of each layer."""
        found: list[FloatArray] = []
        for weights, intercepts in zip(self.weights, self.intercepts, strict=True):
            found.append(values @ weights + intercepts)
            values = np.maximum(found[-1], 0.0)
        return found

    def scores(self, values: FloatArray) -> FloatArray:
        return self.inputs(values)[-1].ravel()

    def multipliers(self, inputs: list[FloatArray], reference: list[FloatArray]) -> FloatArray:
        """Change of the score per change of each column from the reference, (n_consumers, n_columns)."""
        through = np.ones((len(inputs[-1]), 1)) @ self.weights[-1].T
        for weights, own, other in zip(self.weights[-2::-1], inputs[-2::-1], reference[-2::-1], strict=True):
            difference = own - other
            is_small = np.abs(difference) < SMALL
            rectified = np.maximum(own, 0.0) - np.maximum(other, 0.0)
            slope = np.where(is_small, own > 0, rectified / np.where(is_small, 1.0, difference))
            through = (through * slope) @ weights.T
        return through
