"""A wide-and-deep network in NumPy: its scores, and how they hang on each column.

Rule of the room: the scikit-learn contract. Scores are worked out here in double precision from the weights that were
learnt elsewhere, so that a consumer's score depends neither on who else is scored nor on the threads.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from powertheft.models.classifier import FloatArray
from powertheft.models.preprocessing import FloatMatrix
from powertheft.models.series_encoding import Grid

ROWS_AT_ONCE = 1024
"""Consumers that are scored in one go: a few hundred megabytes at the largest grid."""

SMALL = 1e-9
"""Difference of a neuron's input below which its slope is taken instead of the ratio of differences."""

Curve = Callable[[FloatArray], FloatArray]

ACTIVATIONS: dict[str, tuple[Curve, Curve]] = {
    "relu": (lambda x: np.maximum(x, 0.0), lambda x: (x > 0).astype(np.float64)),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0.0))), lambda x: np.exp(np.minimum(x, 0.0))),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
}
"""What neurons make of their input, and its slope."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a network is built of, and how it learns; see `WideDeepClassifier`."""

    layers: Sequence[int]
    filters: Sequence[int]
    kernel: int
    deep_layer: int
    activation: str
    penalty: float
    dropout: float
    learning_rate: float
    batch: int
    epochs: int
    patience: int
    seed: int


@dataclass(frozen=True, slots=True)
class Layer:
    """A linear layer: weights (n_in, n_out), or those of a filter (height, width, n_in, n_out) that keeps the grid."""

    weights: FloatArray
    intercepts: FloatArray

    def forward(self, values: FloatArray) -> FloatArray:
        """Return what enters the neurons; a grid's cells are laid in a row for a layer that is no filter."""
        if self.weights.ndim == 2:
            return values.reshape(len(values), -1) @ self.weights + self.intercepts
        before = [(size - 1) // 2 for size in self.weights.shape[:2]]
        return _slid(values, self.weights, before) + self.intercepts

    def backward(self, slopes: FloatArray, shape: tuple[int, ...]) -> FloatArray:
        """Return slopes by input, of its shape, from those by output."""
        if self.weights.ndim == 2:
            return (slopes @ self.weights.T).reshape(shape)
        before = [size - 1 - (size - 1) // 2 for size in self.weights.shape[:2]]
        return _slid(slopes, self.weights[::-1, ::-1].transpose(0, 1, 3, 2), before)


@dataclass(frozen=True, slots=True)
class Trace:
    """What entered each layer of a branch, what came out of its linear part, and what the branch gave."""

    entered: list[FloatArray]
    made: list[FloatArray]
    given: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class GridNetwork:
    """A wide branch over all columns but the grids', a deep one over each grid, and one neuron that adds them up.

    Attributes
    ----------
    grids : sequence of Grid
        Where grids stand in the matrix.
    wide : sequence of Layer
        Layers of the wide branch.
    deep : sequence of sequence of Layer
        Layers of each grid's branch, filters first.
    last : Layer
        From what the branches give to the log-odds.
    activation : str
        One of `ACTIVATIONS`.

    Examples
    --------
    >>> one = Layer(np.array([[2.0]]), np.array([1.0]))
    >>> network = GridNetwork((), (one,), (), one, "relu")
    >>> network.scores(np.array([[3.0], [-3.0]])).tolist()
    [15.0, 1.0]
    """

    grids: Sequence[Grid]
    wide: Sequence[Layer]
    deep: Sequence[Sequence[Layer]]
    last: Layer
    activation: str

    def scores(self, matrix: FloatMatrix) -> FloatArray:
        """Return log-odds, of shape (n_consumers,), of a matrix of shape (n_consumers, n_columns)."""
        parts = [self._scored(matrix[first : first + ROWS_AT_ONCE]) for first in range(0, len(matrix), ROWS_AT_ONCE)]
        return np.concatenate(parts)

    def multipliers(self, matrix: FloatMatrix, reference: FloatMatrix) -> FloatArray:
        """Return the change of the score per change of each column from a reference, (n_consumers, n_columns).

        Notes
        -----
        The rescale rule of DeepLIFT: times the differences from the reference, a row adds up to that of the scores.

        References
        ----------
        Shrikumar, Greenside & Kundaje (2017), https://doi.org/10.48550/arXiv.1704.02685
        """
        first = range(0, len(matrix), ROWS_AT_ONCE)
        parts = [self._multiplied(matrix[start : start + ROWS_AT_ONCE], reference) for start in first]
        return np.concatenate(parts)

    def split(self, matrix: FloatMatrix) -> list[FloatArray]:
        """Return what each branch reads: all columns but the grids', then each grid."""
        return [self._ordinary(matrix), *(grid.of(matrix).astype(np.float64) for grid in self.grids)]

    def _ordinary(self, matrix: FloatMatrix) -> FloatArray:
        return matrix[:, self._is_ordinary(matrix.shape[1])].astype(np.float64)

    def _is_ordinary(self, width: int) -> npt.NDArray[np.bool_]:
        ordinary = np.ones(width, dtype=np.bool_)
        for grid in self.grids:
            ordinary[grid.first : grid.end] = False
        return ordinary

    def _traces(self, matrix: FloatMatrix) -> list[Trace]:
        branches = (self.wide, *self.deep)
        return [self._followed(layers, values) for layers, values in zip(branches, self.split(matrix), strict=True)]

    def _followed(self, layers: Sequence[Layer], values: FloatArray) -> Trace:
        activate, _ = ACTIVATIONS[self.activation]
        entered: list[FloatArray] = []
        made: list[FloatArray] = []
        for layer in layers:
            entered.append(values)
            made.append(layer.forward(values))
            values = activate(made[-1])
        return Trace(entered, made, values)

    def _scored(self, matrix: FloatMatrix) -> FloatArray:
        given = np.hstack([trace.given for trace in self._traces(matrix)])
        return self.last.forward(given).ravel()

    def _multiplied(self, matrix: FloatMatrix, reference: FloatMatrix) -> FloatArray:
        found = np.empty(matrix.shape)
        begin, by_branch = 0, list[FloatArray]()
        for layers, own, other in zip(
            (self.wide, *self.deep), self._traces(matrix), self._traces(reference), strict=True
        ):
            end = begin + own.given.shape[1]
            through = np.repeat(self.last.weights[begin:end].T, len(matrix), axis=0)
            by_branch.append(self._back(layers, own, other=other, through=through))
            begin = end
        found[:, self._is_ordinary(matrix.shape[1])] = by_branch[0]
        for grid, slopes in zip(self.grids, by_branch[1:], strict=True):
            found[:, grid.first : grid.end] = slopes.transpose(0, 3, 1, 2).reshape(len(matrix), -1)
        return found

    def _back(self, layers: Sequence[Layer], own: Trace, *, other: Trace, through: FloatArray) -> FloatArray:
        activate, slope_of = ACTIVATIONS[self.activation]
        for place in reversed(range(len(layers))):
            mine, theirs = own.made[place], other.made[place]
            difference = mine - theirs
            is_small = np.abs(difference) < SMALL
            ratio = (activate(mine) - activate(theirs)) / np.where(is_small, 1.0, difference)
            slope = np.where(is_small, slope_of(mine), ratio)
            through = layers[place].backward(through.reshape(mine.shape) * slope, own.entered[place].shape)
        return through


def _slid(values: FloatArray, weights: FloatArray, before: Sequence[int]) -> FloatArray:
    """Slide weights (height, width, n_in, n_out) over grids (n, rows, columns, n_in), nothing around them."""
    height, width = weights.shape[:2]
    _, rows, columns, _ = values.shape
    edges = [(0, 0), (before[0], height - 1 - before[0]), (before[1], width - 1 - before[1]), (0, 0)]
    padded = np.pad(values, edges)
    total = np.zeros((*values.shape[:3], weights.shape[3]))
    for down in range(height):
        for right in range(width):
            total += padded[:, down : down + rows, right : right + columns] @ weights[down, right]
    return total
