"""Gradient-boosted symmetrical trees with CatBoost, an extra. Rule of the room: the scikit-learn contract."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import ChoiceError
from powertheft.models.area_encoding import Area
from powertheft.models.classifier import ClassWeight, FloatArray, TheftClassifier
from powertheft.models.preprocessing import Encoding, FeatureEncoder, FloatMatrix, Scaling

try:
    import catboost
except ImportError as error:
    msg = "the algorithm catboost is an extra that is not installed"
    raise ChoiceError(msg, advice="Install it with: pip install 'powertheft[catboost]', or choose lightgbm.") from error

BOOSTER_FILE = "booster.cbm"


class CatBoostClassifier(TheftClassifier):
    """Gradient-boosted trees that ask the same question at every node of a level.

    Parameters
    ----------
    trees : int, default 900
        Number of trees.
    learning_rate : float, default 0.06
        Share of each tree that is added.
    depth : int, default 7
        Questions a tree.
    feature_share : float, default 0.3
        Share of the features that each question is chosen from.
    row_share : float, default 0.8
        Share of the consumers that each tree sees.
    l2 : float, default 6
        Penalty on leaf values.
    bins : int, default 64
        Bins a feature.
    areas : tuple of (str, str, str), default ()
        Areas, alone and by dates, of which the share of theft becomes a column, see `AreaEncoder`.
    encoding, scaling, class_weight, seed, threads
        See `TheftClassifier`. Class weights are off, as with the other boosters.

    Attributes
    ----------
    booster_ : catboost.CatBoost
        The fitted trees.

    Notes
    -----
    Missing values count as smaller than all others. Contributions are exact (TreeSHAP).

    References
    ----------
    Prokhorenkova et al. (2018), https://doi.org/10.48550/arXiv.1706.09516

    Examples
    --------
    >>> X = np.arange(80.0).reshape(-1, 1)
    >>> model = CatBoostClassifier(trees=20, threads=1).fit(X, X.ravel() > 40)
    >>> bool(model.raw_scores(X)[-1] > model.raw_scores(X)[0])
    True
    """

    native_attributes: ClassVar[tuple[str, ...]] = ("booster_",)

    booster_: Any
    base_: float

    def __init__(
        self,
        *,
        trees: int = 900,
        learning_rate: float = 0.06,
        depth: int = 7,
        feature_share: float = 0.3,
        row_share: float = 0.8,
        l2: float = 6.0,
        bins: int = 64,
        areas: tuple[Area, ...] = (),
        encoding: Encoding = "ordinal",
        scaling: Scaling = "none",
        class_weight: ClassWeight = "none",
        seed: int = 0,
        threads: int = 2,
    ) -> None:
        self.trees: int = trees
        self.learning_rate: float = learning_rate
        self.depth: int = depth
        self.feature_share: float = feature_share
        self.row_share: float = row_share
        self.l2: float = l2
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
        """Return CatBoost's own binary file of the trees."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / BOOSTER_FILE
            self.booster_.save_model(str(path))
            return {BOOSTER_FILE: path.read_bytes()}

    def read_native_files(self, files: Mapping[str, bytes]) -> None:
        """Read CatBoost's own binary file of the trees."""
        self.booster_ = catboost.CatBoost()
        self.booster_.load_model(blob=files[BOOSTER_FILE])

    def _encoder(self) -> FeatureEncoder:
        return FeatureEncoder(encoding=self.encoding, scaling=self.scaling)

    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        data = catboost.Pool(matrix, label=is_theft, weight=weights)
        self.booster_ = catboost.CatBoost(self._settings()).fit(data)
        self.base_ = float(self._explain(matrix[:1])[0, -1])

    def _settings(self) -> dict[str, Any]:
        return {
            "loss_function": "Logloss",
            "iterations": self.trees,
            "learning_rate": self.learning_rate,
            "depth": self.depth,
            "rsm": self.feature_share,
            "bootstrap_type": "Bernoulli",
            "subsample": self.row_share,
            "l2_leaf_reg": self.l2,
            "border_count": self.bins,
            "random_seed": self.seed,
            "thread_count": self.threads,
            "allow_writing_files": False,
            "verbose": False,
        }

    def _score(self, matrix: FloatMatrix) -> FloatArray:
        raw = self.booster_.predict(matrix, prediction_type="RawFormulaVal", thread_count=self.threads)
        return np.asarray(raw, dtype=np.float64)

    def _contribute(self, matrix: FloatMatrix) -> FloatArray:
        return self._explain(matrix)[:, :-1]

    def _explain(self, matrix: FloatMatrix) -> FloatArray:
        found = self.booster_.get_feature_importance(
            catboost.Pool(matrix), type="ShapValues", thread_count=self.threads
        )
        return np.asarray(found, dtype=np.float64)
