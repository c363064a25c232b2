"""A wide-and-deep convolutional network, an extra. Rule of the room: the scikit-learn contract."""

from collections.abc import Mapping
from dataclasses import fields
from importlib.util import find_spec
from typing import ClassVar, Literal, cast

import numpy as np
import numpy.typing as npt

from powertheft.domain.errors import ChoiceError
from powertheft.models.area_encoding import Area
from powertheft.models.classifier import ClassWeight, FloatArray, TheftClassifier
from powertheft.models.early_stopping import inner_split
from powertheft.models.grid_network import GridNetwork, Plan
from powertheft.models.preprocessing import Encoding, FloatMatrix, Scaling
from powertheft.models.series_encoding import Grid, SeriesEncoder

if not (find_spec("keras") and find_spec("tensorflow")):
    msg = "the algorithm wide-deep is an extra that is not installed"
    raise ChoiceError(msg, advice="Install it with: pip install 'powertheft[deep]', or choose mlp or lightgbm.")

Activation = Literal["elu", "relu", "tanh"]


class WideDeepClassifier(TheftClassifier):
    """A network that reads all features side by side, and series of use as grids under filters.

    Parameters
    ----------
    layers : tuple of int, default (128, 64)
        Neurons of each layer of the wide part.
    filters : tuple of int, default (16,)
        Filters of each convolution over a grid.
    kernel : int, default 3
        Height and width of a filter, in cells.
    deep_layer : int, default 32
        Neurons that sum up a grid.
    activation : {"elu", "relu", "tanh"}
        What a neuron makes of its input. Rectified neurons that all rest give many consumers the same score.
    penalty : float, default 0.0001
        Quadratic penalty on the weights, against the mean loss of a consumer.
    dropout : float, default 0.3
        Share of the neurons that each step leaves out.
    learning_rate : float, default 0.0005
        Step of the search (Adam).
    batch : int, default 512
        Consumers a step.
    epochs : int, default 60
        Passes over the data at most.
    patience : int, default 6
        Passes without a better result on the inner split after which the search ends.
    inner_share : float, default 0.1
        Share of the consumers of each class that the inner split takes away from fitting.
    areas : tuple of (str, str, str), default ()
        Areas, alone and by dates, of which the share of theft becomes a column, see `AreaEncoder`.
    encoding, scaling, class_weight, seed, threads
        See `TheftClassifier`. Thieves as a whole weigh as much as the honest. A fit runs on one thread.

    Attributes
    ----------
    network_ : GridNetwork
        The network at its best pass.
    losses_ : ndarray of float, shape (n_epochs,)
        Weighted log-loss on the inner split after each pass.

    Notes
    -----
    Grids are the last 36 months, a year a row, and the last 26 weeks, a week a row; a second channel marks what is
    missing. The paper's network differs in its pooling, which is left out here: its grid is 148 weeks long. A table
    without series leaves the wide part alone. Contributions come from the explanation room.

    References
    ----------
    Zheng et al. (2018), https://doi.org/10.1109/TII.2017.2785963

    Examples
    --------
    >>> X = np.arange(200.0).reshape(-1, 1)
    >>> model = WideDeepClassifier(learning_rate=0.02, batch=20, epochs=5).fit(X, X.ravel() > 100)
    >>> bool(model.raw_scores(X)[-1] > 0 > model.raw_scores(X)[0])
    True
    """

    has_own_contributions: ClassVar[bool] = False
    native_attributes: ClassVar[tuple[str, ...]] = ("network_",)
    reads_series: ClassVar[bool] = True

    network_: GridNetwork
    losses_: FloatArray

    def __init__(
        self,
        *,
        layers: tuple[int, ...] = (128, 64),
        filters: tuple[int, ...] = (16,),
        kernel: int = 3,
        deep_layer: int = 32,
        activation: Activation = "elu",
        penalty: float = 0.0001,
        dropout: float = 0.3,
        learning_rate: float = 0.0005,
        batch: int = 512,
        epochs: int = 60,
        patience: int = 6,
        inner_share: float = 0.1,
        areas: tuple[Area, ...] = (),
        encoding: Encoding = "one-hot",
        scaling: Scaling = "standard",
        class_weight: ClassWeight = "balanced",
        seed: int = 0,
        threads: int = 2,
    ) -> None:
        self.layers: tuple[int, ...] = layers
        self.filters: tuple[int, ...] = filters
        self.kernel: int = kernel
        self.deep_layer: int = deep_layer
        self.activation: Activation = activation
        self.penalty: float = penalty
        self.dropout: float = dropout
        self.learning_rate: float = learning_rate
        self.batch: int = batch
        self.epochs: int = epochs
        self.patience: int = patience
        self.inner_share: float = inner_share
        self.areas: tuple[Area, ...] = areas
        self.encoding: Encoding = encoding
        self.scaling: Scaling = scaling
        self.class_weight: ClassWeight = class_weight
        self.seed: int = seed
        self.threads: int = threads

    def multipliers(self, matrix: FloatMatrix, reference: FloatMatrix) -> FloatArray:
        """Return the change of the raw score per change of each column from a reference, see `GridNetwork`."""
        return self.network_.multipliers(matrix, reference)

    def scores_of(self, matrix: FloatMatrix) -> FloatArray:
        """Return the raw scores of a matrix as `transformed` gives it, of shape (n_consumers,)."""
        return self._score(matrix)

    def native_files(self) -> dict[str, bytes]:
        """Return Keras's own file of the network."""
        from powertheft.models import keras_networks  # late: it takes seconds

        width = len(self.feature_of_column_)
        return {keras_networks.NETWORK_FILE: keras_networks.network_to_bytes(self.network_, self._plan(), width=width)}

    def read_native_files(self, files: Mapping[str, bytes]) -> None:
        """Read Keras's own file of the network, in safe mode."""
        from powertheft.models import keras_networks  # late: it takes seconds

        content = files[keras_networks.NETWORK_FILE]
        self.network_ = keras_networks.network_from_bytes(content, self.activation, self._grids())

    def _encoder(self) -> SeriesEncoder:
        return SeriesEncoder(encoding=self.encoding, scaling=self.scaling, missing="fill", tails="compress")

    def _learn(self, matrix: FloatMatrix, is_theft: npt.NDArray[np.int64], weights: FloatArray | None) -> None:
        from powertheft.models import keras_networks  # late: it takes seconds

        everybody = keras_networks.Examples(matrix, is_theft, np.ones(len(matrix)) if weights is None else weights)
        inner = inner_split(is_theft, share=self.inner_share, seed=self.seed)
        watched = inner if inner.any() else ~inner
        learned = keras_networks.learn(
            self._plan(), self._grids(), fitted=everybody.part(~inner), watched=everybody.part(watched)
        )
        self.network_, self.losses_ = learned.network, learned.losses

    def _score(self, matrix: FloatMatrix) -> FloatArray:
        return self.network_.scores(matrix)

    def _grids(self) -> list[Grid]:
        return cast("SeriesEncoder", self.encoder_).grids_

    def _plan(self) -> Plan:
        return Plan(**{one.name: getattr(self, one.name) for one in fields(Plan)})
