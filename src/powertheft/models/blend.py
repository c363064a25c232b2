"""Several models as one: the mean of their log-odds. Rule of the room: the scikit-learn contract."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from powertheft.models.area_encoding import Area
from powertheft.models.classifier import ClassWeight, FeatureTable, FloatArray, TheftClassifier
from powertheft.models.preprocessing import Encoding, FeatureEncoder, FloatMatrix, Scaling

# Their scores are log-odds, so that a mean of them is one. Two that err alike (lightgbm and xgboost) gain nothing.
MEMBERS = ("lightgbm", "lightgbm", "catboost")
SEED_STEP = 1000


class BlendClassifier(TheftClassifier):
    """The mean of the log-odds of several models, each with its own defaults and seed.

    Parameters
    ----------
    members : tuple of str, default ("lightgbm", "lightgbm", "catboost")
        Algorithms of the registry whose scores are log-odds; one that is named twice is fitted with two seeds.
    areas : tuple of (str, str, str), default ()
        Areas, alone and by dates, of which the share of theft becomes a column, see `AreaEncoder`.
    encoding, scaling, class_weight, seed, threads
        See `TheftClassifier`; the parts are given the same.

    Attributes
    ----------
    parts_ : list of TheftClassifier
        The fitted parts.

    Notes
    -----
    Every part weighs the same: weights that are learnt follow the noise of the consumers that they are learnt from.
    Contributions are the mean of the parts' own, so they add up to the mean of the log-odds.

    Examples
    --------
    >>> X = np.arange(160.0).reshape(-1, 1)
    >>> model = BlendClassifier(members=("lightgbm", "lightgbm"), threads=1).fit(X, X.ravel() > 80)
    >>> bool(np.allclose(model.base_value_ + model.contributions(X).sum(axis=1), model.raw_scores(X)))
    True
    """

    native_attributes: ClassVar[tuple[str, ...]] = ("parts_",)

    parts_: list[TheftClassifier]

    def __init__(
        self,
        *,
        members: tuple[str, ...] = MEMBERS,
        areas: tuple[Area, ...] = (),
        encoding: Encoding = "ordinal",
        scaling: Scaling = "none",
        class_weight: ClassWeight = "none",
        seed: int = 0,
        threads: int = 2,
    ) -> None:
        self.members: tuple[str, ...] = members
        self.areas: tuple[Area, ...] = areas
        self.encoding: Encoding = encoding
        self.scaling: Scaling = scaling
        self.class_weight: ClassWeight = class_weight
        self.seed: int = seed
        self.threads: int = threads

    @property
    def base_value_(self) -> float:
        """Mean of the parts' base values [log-odds]."""
        return float(np.mean([part.base_value_ for part in self.parts_]))

    def parts(self) -> list[tuple[float, TheftClassifier]]:
        """Return every fitted part with its weight."""
        return [(1 / len(self.parts_), part) for part in self.parts_]

    def set_params(self, **params: Any) -> Self:
        """Set settings; the threads are those of the fitted parts, too."""
        super().set_params(**params)
        for part in getattr(self, "parts_", ()) if "threads" in params else ():
            part.set_params(threads=params["threads"])
        return self

    def native_files(self) -> dict[str, bytes]:
        """Return the files of every part, with its place before their names."""
        from powertheft.models.serialisation import estimator_to_files  # late: it reads blends, too

        return {
            f"part{place}.{name}": content
            for place, part in enumerate(self.parts_)
            for name, content in estimator_to_files(part).items()
        }

    def read_native_files(self, files: Mapping[str, bytes]) -> None:
        """Read the files of every part."""
        from powertheft.models.serialisation import estimator_from_files  # late: it reads blends, too

        self.parts_ = []
        for place, algorithm in enumerate(self.members):
            begin = f"part{place}."
            own = {name.removeprefix(begin): content for name, content in files.items() if name.startswith(begin)}
            self.parts_.append(estimator_from_files(algorithm, own))

    def raw_scores(self, X: FeatureTable) -> FloatArray:
        """Return the mean of the parts' log-odds, of shape (n_consumers,)."""
        check_is_fitted(self, "encoder_")
        return np.mean([part.raw_scores(X) for part in self.parts_], axis=0)

    def contributions(self, X: FeatureTable) -> FloatArray:
        """Return the mean of the parts' contributions, of shape (n_consumers, n_features)."""
        check_is_fitted(self, "encoder_")
        return np.mean([part.contributions(X) for part in self.parts_], axis=0)

    def fit(self, X: FeatureTable, y: npt.ArrayLike | None, sample_weight: npt.ArrayLike | None = None) -> Self:
        """Learn every part from a feature table; see `TheftClassifier.fit`."""
        super().fit(X, y, sample_weight)
        self.parts_ = [part.fit(X, y, sample_weight) for part in self._unfitted()]
        return self

    def _unfitted(self) -> list[TheftClassifier]:
        from powertheft.models.registry import estimator_class  # late: the registry names this module

        same: dict[str, Any] = {
            "areas": self.areas,
            "encoding": self.encoding,
            "scaling": self.scaling,
            "class_weight": self.class_weight,
        }
        made: list[TheftClassifier] = []
        for place, name in enumerate(self.members):
            part: Any = estimator_class(name)
            made.append(part(seed=self.seed + SEED_STEP * place, threads=self.threads, **same))
        return made

    def _area_encoder(self) -> None:
        """Leave the areas to the parts."""

    def _encoder(self) -> FeatureEncoder:
        return FeatureEncoder(encoding=self.encoding, scaling=self.scaling)

    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        """Leave the learning to the parts, which read the table themselves."""

    def _score(self, matrix: FloatMatrix) -> FloatArray:
        return np.mean([part.raw_scores(matrix) for part in self.parts_], axis=0)
