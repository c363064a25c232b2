"""Gradient-boosted trees with XGBoost. Rule of the room: the scikit-learn contract."""

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import xgboost

from powertheft.models.area_encoding import Area
from powertheft.models.classifier import ClassWeight, FloatArray, TheftClassifier
from powertheft.models.preprocessing import Encoding, FeatureEncoder, FloatMatrix, Scaling

BOOSTER_FILE = "booster.ubj"


class XGBoostClassifier(TheftClassifier):
    """Gradient-boosted trees, grown leaf by leaf on binned features.

    Parameters
    ----------
    trees : int, default 400
        Number of trees.
    learning_rate : float, default 0.05
        Share of each tree that is added.
    leaves : int, default 48
        Leaves a tree.
    smallest_leaf_weight : float, default 3
        Sum of second derivatives that a leaf must hold.
    feature_share : float, default 0.3
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
    booster_ : xgboost.Booster
        The fitted trees.

    Notes
    -----
    Missing values go to the side of a split where they fit better. XGBoost works in single precision: contributions
    add up to the raw score within about 1e-5.

    References
    ----------
    Chen & Guestrin (2016), https://doi.org/10.1145/2939672.2939785

    Examples
    --------
    >>> X = np.arange(80.0).reshape(-1, 1)
    >>> model = XGBoostClassifier(trees=20, threads=1).fit(X, X.ravel() > 40)
    >>> bool(model.raw_scores(X)[-1] > model.raw_scores(X)[0])
    True
    """

    native_attributes: ClassVar[tuple[str, ...]] = ("booster_",)

    booster_: xgboost.Booster
    base_: float

    def __init__(
        self,
        *,
        trees: int = 400,
        learning_rate: float = 0.05,
        leaves: int = 48,
        smallest_leaf_weight: float = 3.0,
        feature_share: float = 0.3,
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
        self.smallest_leaf_weight: float = smallest_leaf_weight
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
        """Return XGBoost's own binary file of the trees."""
        return {BOOSTER_FILE: bytes(self.booster_.save_raw("ubj"))}

    def read_native_files(self, files: Mapping[str, bytes]) -> None:
        """Read XGBoost's own binary file of the trees."""
        self.booster_ = xgboost.Booster({"nthread": self.threads})
        self.booster_.load_model(bytearray(files[BOOSTER_FILE]))

    def _encoder(self) -> FeatureEncoder:
        return FeatureEncoder(encoding=self.encoding, scaling=self.scaling)

    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        data = xgboost.QuantileDMatrix(matrix, label=is_theft, weight=weights, max_bin=self.bins, nthread=self.threads)
        self.booster_ = xgboost.train(self._settings(), data, num_boost_round=self.trees)
        self.base_ = float(self._explain(matrix[:1])[0, -1])

    def _settings(self) -> dict[str, Any]:
        return {
            "objective": "binary:logistic",
            "tree_method": "hist",
            "grow_policy": "lossguide",
            "max_depth": 0,
            "max_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "min_child_weight": self.smallest_leaf_weight,
            "colsample_bytree": self.feature_share,
            "subsample": self.row_share,
            "reg_alpha": self.l1,
            "reg_lambda": self.l2,
            "gamma": self.smallest_gain,
            "max_bin": self.bins,
            "seed": self.seed,
            "nthread": self.threads,
            "verbosity": 0,
        }

    def _score(self, matrix: FloatMatrix) -> FloatArray:
        return self.booster_.predict(self._data(matrix), output_margin=True).astype(np.float64)

    def _contribute(self, matrix: FloatMatrix) -> FloatArray:
        return self._explain(matrix)[:, :-1]

    def _explain(self, matrix: FloatMatrix) -> FloatArray:
        return self.booster_.predict(self._data(matrix), pred_contribs=True).astype(np.float64)

    def _data(self, matrix: FloatMatrix) -> xgboost.DMatrix:
        return xgboost.DMatrix(matrix, nthread=self.threads)
