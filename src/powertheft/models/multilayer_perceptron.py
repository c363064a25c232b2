"""A small neural network. Rule of the room: the scikit-learn contract."""

from typing import Any, ClassVar, cast

import numpy as np
import numpy.typing as npt
from sklearn.neural_network import MLPClassifier

from powertheft.models.classifier import ClassWeight, FloatArray, TheftClassifier
from powertheft.models.early_stopping import inner_split, weighted_log_loss
from powertheft.models.preprocessing import Encoding, FeatureEncoder, FloatMatrix, Scaling


class PerceptronClassifier(TheftClassifier):
    """Multilayer perceptron with early stopping on an inner split.

    Parameters
    ----------
    layers : tuple of int, default (64, 32)
        Neurons of each hidden layer.
    penalty : float, default 0.03
        Quadratic penalty on the weights, against the mean loss of a consumer.
    learning_rate : float, default 0.0005
        Step of the search (Adam).
    batch : int, default 1024
        Consumers a step.
    epochs : int, default 30
        Passes over the data at most.
    patience : int, default 3
        Passes without a better result on the inner split after which the search ends.
    inner_share : float, default 0.1
        Share of the consumers of each class that the inner split takes away from fitting.
    encoding, scaling, class_weight, seed, threads
        See `TheftClassifier`. Thieves as a whole weigh as much as the honest. The number of threads is NumPy's.

    Attributes
    ----------
    estimator_ : sklearn.neural_network.MLPClassifier
        The network at its best pass, on `transformed(X)`.
    losses_ : ndarray of float, shape (n_epochs,)
        Weighted log-loss on the inner split after each pass.

    Notes
    -----
    scikit-learn's own early stopping watches accuracy, which says nothing where one consumer in twenty is a thief;
    this one watches the weighted log-loss. The raw score is the last layer before its logistic function. Contributions
    come from the explanation room.

    References
    ----------
    Kingma & Ba (2015), https://doi.org/10.48550/arXiv.1412.6980

    Examples
    --------
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> model = PerceptronClassifier(learning_rate=0.05, batch=20).fit(X, X.ravel() > 100)
    >>> bool(model.raw_scores(X)[-1] > 0 > model.raw_scores(X)[0])
    True
    """

    has_own_contributions: ClassVar[bool] = False

    estimator_: MLPClassifier
    losses_: FloatArray

    def __init__(
        self,
        *,
        layers: tuple[int, ...] = (64, 32),
        penalty: float = 0.03,
        learning_rate: float = 0.0005,
        batch: int = 1024,
        epochs: int = 30,
        patience: int = 3,
        inner_share: float = 0.1,
        encoding: Encoding = "one-hot",
        scaling: Scaling = "standard",
        class_weight: ClassWeight = "balanced",
        seed: int = 0,
        threads: int = 2,
    ) -> None:
        self.layers: tuple[int, ...] = layers
        self.penalty: float = penalty
        self.learning_rate: float = learning_rate
        self.batch: int = batch
        self.epochs: int = epochs
        self.patience: int = patience
        self.inner_share: float = inner_share
        self.encoding: Encoding = encoding
        self.scaling: Scaling = scaling
        self.class_weight: ClassWeight = class_weight
        self.seed: int = seed
        self.threads: int = threads

    def _encoder(self) -> FeatureEncoder:
        return FeatureEncoder(encoding=self.encoding, scaling=self.scaling, missing="fill", tails="compress")

    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        weights = np.ones(len(matrix)) if weights is None else weights
        inner = inner_split(is_theft, share=self.inner_share, seed=self.seed)
        watched = inner if inner.any() else ~inner
        fitted = (matrix[~inner], is_theft[~inner], weights[~inner])
        seen = matrix[watched]
        self.estimator_ = self._network(len(fitted[0]))
        losses: list[float] = []
        best: list[FloatMatrix] = []
        for _ in range(self.epochs):
            self.estimator_.partial_fit(fitted[0], fitted[1], sample_weight=fitted[2], classes=[0, 1])
            losses.append(weighted_log_loss(self._score(seen), is_theft[watched], weights[watched]))
            if losses[-1] == min(losses):
                best = [part.copy() for part in (*self.estimator_.coefs_, *self.estimator_.intercepts_)]
            if len(losses) - 1 - int(np.argmin(losses)) >= self.patience:
                break
        self.losses_ = np.array(losses)
        depth = len(self.layers) + 1
        self.estimator_.coefs_, self.estimator_.intercepts_ = best[:depth], best[depth:]
        # What only further fitting would need, and no file should hold.
        for attribute in ("_optimizer", "_random_state"):
            vars(self.estimator_).pop(attribute)

    def _network(self, rows: int) -> MLPClassifier:
        step = min(self.batch, rows)
        return MLPClassifier(
            hidden_layer_sizes=self.layers,
            # scikit-learn divides its penalty by the consumers of a step.
            alpha=self.penalty * step,
            batch_size=cast("Any", step),
            learning_rate_init=self.learning_rate,
            random_state=self.seed,
        )

    def _score(self, matrix: FloatMatrix) -> FloatArray:
        # In double precision, so that a consumer's score does not depend on who else is scored in the same call.
        values = matrix.astype(np.float64)
        *hidden, last = zip(self.estimator_.coefs_, self.estimator_.intercepts_, strict=True)
        for weights, intercepts in hidden:
            values = np.maximum(values @ weights.astype(np.float64) + intercepts, 0.0)
        return (values @ last[0].astype(np.float64) + last[1]).ravel()
