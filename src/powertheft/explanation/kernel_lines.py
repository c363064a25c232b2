"""What each column adds to the score of a radial kernel machine. Rule of the room: every row adds up.

The slope of the score is followed along the straight line from a typical consumer to the one that is explained.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

STEPS = 16
"""Places on the line at which the slope is taken, in the middle of as many equal pieces."""


def line_contributions(
    matrix: FloatArray, typical: FloatArray, *, vectors: FloatArray, weights: FloatArray, gamma: float
) -> FloatArray:
    """Split the scores of a radial kernel machine into contributions of its columns.

    Parameters
    ----------
    matrix : ndarray, shape (n_consumers, n_columns)
        The consumers, as the machine sees them.
    typical : ndarray, shape (n_typical, n_columns)
        Consumers that they are compared with; the results are averaged.
    vectors : ndarray, shape (n_vectors, n_columns)
        Support vectors.
    weights : ndarray, shape (n_vectors,)
        Their dual coefficients.
    gamma : float
        Of the kernel exp(-gamma * squared distance).

    Returns
    -------
    ndarray, shape (n_consumers, n_columns)
        Each row adds up to its score less the mean score of the typical ones.

    Notes
    -----
    Integrated gradients. Sixteen steps leave a little of the difference over, which is added to the columns in
    proportion to their size, so that rows add up.

    References
    ----------
    Sundararajan, Taly & Yan (2017), https://doi.org/10.48550/arXiv.1703.01365

    Examples
    --------
    >>> found = line_contributions(np.array([[1.0, 0.0]]), np.zeros((1, 2)), vectors=np.array([[1.0, 0.0]]),
    ...                            weights=np.array([2.0]), gamma=1.0)
    >>> found.round(4).tolist(), round(2 * (1 - float(np.exp(-1))), 4)
    ([[1.2642, 0.0]], 1.2642)
    """
    squares = (vectors**2).sum(axis=1)

    def kernel(points: FloatArray) -> FloatArray:
        distance = (points**2).sum(axis=1)[:, None] + squares - 2 * points @ vectors.T
        return np.exp(-gamma * np.maximum(distance, 0.0)) * weights

    places = (np.arange(STEPS) + 0.5)[:, None] / STEPS
    scores, starts = kernel(matrix).sum(axis=1), kernel(typical).sum(axis=1)
    total = np.zeros_like(matrix)
    for row, consumer in enumerate(matrix):
        for start, begin in zip(starts, typical, strict=True):
            points = begin + places * (consumer - begin)
            near = kernel(points)
            slope = -2 * gamma * (points * near.sum(axis=1)[:, None] - near @ vectors).mean(axis=0)
            total[row] += _adding_up(slope * (consumer - begin), scores[row] - start)
    return total / len(typical)


def _adding_up(parts: FloatArray, whole: float) -> FloatArray:
    left, sizes = whole - parts.sum(), np.abs(parts)
    return parts + left * (sizes / sizes.sum() if sizes.sum() else np.full(len(parts), 1 / len(parts)))
