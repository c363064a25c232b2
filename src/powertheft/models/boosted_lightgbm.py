"""Gradient-boosted trees with LightGBM, the default. Rule of the room: the scikit-learn contract."""

from collections.abc import Mapping
from typing import Any, ClassVar

import lightgbm
import numpy as np
import numpy.typing as npt

from powertheft.models.area_encoding import Area
from powertheft.models.classifier import ClassWeight, FloatArray, TheftClassifier
from powertheft.models.preprocessing import Encoding, FeatureEncoder, FloatMatrix, Scaling

BOOSTER_FILE = "booster.txt"

WORTH_THREADS = 4_000_000
"""Cells of a matrix from which more than one thread pays (measured: 1 million cells took twice as long on two)."""


class LightGBMClassifier(TheftClassifier):
    """Gradient-boosted trees, grown leaf by leaf on binned features.

    Parameters
    ----------
    trees : int, default 900
        Number of trees.
    learning_rate : float, default 0.03
        Share of each tree that is added.
    leaves : int, default 31
        Leaves a tree.
    smallest_leaf : int, default 40
        Consumers a leaf must hold.
    feature_share : float, default 0.1
        Share of the features that each tree may use.
    row_share : float, default 0.8
        Share of the consumers that each tree sees, drawn anew every tree.
    l1, l2 : float, defaults 0 and 5
        Penalties on leaf values.
    smallest_gain : float, default 0
        Gain that a split must bring.
    bins : int, default 63
        Bins a feature.
    areas : tuple of (str, str, str), default ()
        Areas, alone and by dates, of which the share of theft becomes a column, see `AreaEncoder`.
    encoding, scaling, class_weight, seed, threads
        See `TheftClassifier`. Class weights are off: they distort log-odds, and calibration follows anyway.

    Attributes
    ----------
    booster_ : lightgbm.Booster
        The fitted trees.

    Notes
    -----
    Missing values go to the side of a split where they fit better. The same seed gives the same trees to the byte,
    whatever the number of threads.

    References
    ----------
    Ke et al. (2017), LightGBM: a highly efficient gradient boosting decision tree, NeurIPS 30

    Examples
    --------
    >>> X = np.arange(80.0).reshape(-1, 1)
    >>> model = LightGBMClassifier(trees=20, smallest_leaf=5, threads=1).fit(X, X.ravel() > 40)
    >>> bool(model.raw_scores(X)[-1] > model.raw_scores(X)[0])
    True
    """

    native_attributes: ClassVar[tuple[str, ...]] = ("booster_",)

    booster_: lightgbm.Booster
    base_: float

    def __init__(
        self,
        *,
        trees: int = 900,
        learning_rate: float = 0.03,
        leaves: int = 31,
        smallest_leaf: int = 40,
        feature_share: float = 0.1,
        row_share: float = 0.8,
        l1: float = 0.0,
        l2: float = 5.0,
        smallest_gain: float = 0.0,
        bins: int = 63,
        areas: tuple[Area, ...] = (),
        encoding: Encoding = "ordinal",
        scaling: Scaling = "none",
        class_weight: ClassWeight = "none",
        seed: int = 0,
        threads: int = 2,
    ) -> None:
        self.trees: int = trees
        self.learning_rate: float = learning_rate
        self.leaves: int = leaves
        self.smallest_leaf: int = smallest_leaf
        self.feature_share: float = feature_share
        self.row_share: float = row_share
        self.l1: float = l1
        self.l2: float = l2
        self.smallest_gain: float = smallest_gain
        self.bins: int = bins
        self.areas: tuple[Area, ...] = areas
        self.encoding: Encoding = encoding
        self.scaling: Scaling = scaling
        self.class_weight: ClassWeight = class_weight
        self.seed: int = seed
        self.threads: int = threads

    @property
    def base_value_(self) -> float:
        """Mean raw score over the consumers of the fit [log-odds]."""
        return self.base_

    def native_files(self) -> dict[str, bytes]:
        """Return LightGBM's own text file of the trees."""
        return {BOOSTER_FILE: self.booster_.model_to_string().encode()}

    def read_native_files(self, files: Mapping[str, bytes]) -> None:
        """Read LightGBM's own text file of the trees."""
        self.booster_ = lightgbm.Booster(model_str=files[BOOSTER_FILE].decode())

    def _encoder(self) -> FeatureEncoder:
        return FeatureEncoder(encoding=self.encoding, scaling=self.scaling)

    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        # Threads that share little work wait for each other longer than they work.
        settings = self._settings() | {"num_threads": self.threads if matrix.size >= WORTH_THREADS else 1}
        data = lightgbm.Dataset(matrix, label=is_theft, weight=weights, params=settings)
        self.booster_ = lightgbm.train(settings, data, num_boost_round=self.trees)
        self.base_ = float(self._explain(matrix[:1])[0, -1])

    def _settings(self) -> dict[str, Any]:
        return {
            "objective": "binary",
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.smallest_leaf,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1 if self.row_share < 1 else 0,
            "lambda_l1": self.l1,
            "lambda_l2": self.l2,
            "min_gain_to_split": self.smallest_gain,
            "max_bin": self.bins,
            "seed": self.seed,
            "num_threads": self.threads,
            "deterministic": True,
            "force_col_wise": True,
            "feature_pre_filter": False,
            "verbosity": -1,
        }

    def _score(self, matrix: FloatMatrix) -> FloatArray:
        return np.asarray(self.booster_.predict(matrix, raw_score=True, num_threads=self.threads), dtype=np.float64)

    def _contribute(self, matrix: FloatMatrix) -> FloatArray:
        return self._explain(matrix)[:, :-1]

    def _explain(self, matrix: FloatMatrix) -> FloatArray:
        return np.asarray(self.booster_.predict(matrix, pred_contrib=True, num_threads=self.threads), dtype=np.float64)
