"""A forest of decision trees that vote. Rule of the room: the scikit-learn contract."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestClassifier

from powertheft.models.classifier import ClassWeight, FloatArray, ScoreKind, TheftClassifier
from powertheft.models.preprocessing import Encoding, FeatureEncoder, FloatMatrix, Scaling


class ForestClassifier(TheftClassifier):
    """Deep decision trees, each grown on its own draw of consumers and features, that vote.

    Parameters
    ----------
    trees : int, default 300
        Number of trees.
    smallest_leaf : int, default 8
        Consumers a leaf must hold.
    feature_share : float or {"sqrt", "log2"}, default "sqrt"
        How many features each split may choose from.
    row_share : float, default 0.4
        Size of each tree's draw (with replacement), as a share of the consumers.
    encoding, scaling, class_weight, seed, threads
        See `TheftClassifier`. Thieves as a whole weigh as much as the honest.

    Attributes
    ----------
    estimator_ : sklearn.ensemble.RandomForestClassifier
        The fitted trees, on `transformed(X)`.

    Notes
    -----
    The raw score is the trees' mean probability, between 0 and 1, of consumers weighted as above. Contributions come
    from the explanation room, which follows the paths of `estimator_` and sums by `encoder_.sum_by_feature`.

    References
    ----------
    Breiman (2001), https://doi.org/10.1023/A:1010933404324

    Examples
    --------
    >>> X = np.arange(80.0).reshape(-1, 1)
    >>> model = ForestClassifier(trees=10, smallest_leaf=2).fit(X, X.ravel() > 40)
    >>> model.raw_scores(X)[[0, -1]].tolist()
    [0.0, 1.0]
    """

    has_own_contributions: ClassVar[bool] = False
    score_kind: ClassVar[ScoreKind] = "probability"

    estimator_: RandomForestClassifier

    def __init__(
        self,
        *,
        trees: int = 300,
        smallest_leaf: int = 8,
        feature_share: float | str = "sqrt",
        row_share: float = 0.4,
        encoding: Encoding = "ordinal",
        scaling: Scaling = "none",
        class_weight: ClassWeight = "balanced",
        seed: int = 0,
        threads: int = 2,
    ) -> None:
        self.trees: int = trees
        self.smallest_leaf: int = smallest_leaf
        self.feature_share: float | str = feature_share
        self.row_share: float = row_share
        self.encoding: Encoding = encoding
        self.scaling: Scaling = scaling
        self.class_weight: ClassWeight = class_weight
        self.seed: int = seed
        self.threads: int = threads

    def read_native_files(self, files: Mapping[str, bytes]) -> None:  # noqa: ARG002 skops has read them
        """Refuse trees whose branches lead out of the tree or ask for a column that is not there."""
        columns = len(self.feature_of_column_)
        for tree in self.estimator_.estimators_:
            _check_tree(tree.tree_, columns)

    def _encoder(self) -> FeatureEncoder:
        return FeatureEncoder(encoding=self.encoding, scaling=self.scaling, missing="fill")

    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        forest = RandomForestClassifier(
            self.trees,
            min_samples_leaf=self.smallest_leaf,
            max_features=cast("Any", self.feature_share),
            max_samples=None if self.row_share == 1 else max(1, round(self.row_share * len(matrix))),
            random_state=self.seed,
            n_jobs=self.threads,
        )
        self.estimator_ = forest.fit(matrix, is_theft, sample_weight=weights)
        # Several threads would add the trees' votes in any order, and so change the last digit from run to run.
        self.estimator_.n_jobs = 1

    def _score(self, matrix: FloatMatrix) -> FloatArray:
        parts = np.array_split(matrix, min(self.threads, len(matrix)))
        with ThreadPoolExecutor(self.threads) as pool:
            return np.concatenate(list(pool.map(self._vote, parts)))

    def _vote(self, matrix: FloatMatrix) -> FloatArray:
        return cast("FloatArray", self.estimator_.predict_proba(matrix))[:, 1]


def _check_tree(tree: Any, columns: int) -> None:
    for child in (tree.children_left, tree.children_right):
        # A child always follows its parent; a leaf has none.
        inside = (child > np.arange(tree.node_count)) & (child < tree.node_count)
        if not (inside | (child == -1)).all():
            msg = "a tree of the forest has a branch that leads nowhere"
            raise ValueError(msg)
    is_leaf = tree.children_left == -1
    known = (tree.feature >= 0) & (tree.feature < columns)
    if not ((tree.children_right == -1) == is_leaf).all() or not (known | is_leaf).all():
        msg = "a tree of the forest asks for a column that is not there"
        raise ValueError(msg)
