"""Learning a wide-and-deep network with Keras on TensorFlow, and its file. Rule of the room: the scikit-learn contract.

Only this module imports them, and it is imported late: that takes seconds. Every start and every drop-out has a seed
of its own, and TensorFlow runs on one thread, so nothing hangs on what else the process draws or does; fits beside
each other take the place of threads within one.
"""

import json
import os
import tempfile
import threading
import warnings
import zipfile
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
# What it says of the machine is nothing that a user can act on; its other arithmetic differs between machines.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "0")

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from powertheft.domain.errors import ChoiceError
from powertheft.models.classifier import FloatArray
from powertheft.models.early_stopping import weighted_log_loss
from powertheft.models.grid_network import GridNetwork, Layer, Plan
from powertheft.models.preprocessing import FloatMatrix
from powertheft.models.series_encoding import Grid

NETWORK_FILE = "network.keras"
ALLOWED = frozenset(
    {"Concatenate", "Conv2D", "DTypePolicy", "Dense", "Dropout", "Flatten", "Functional", "GlorotUniform", "InputLayer"}
    | {"L2", "Zeros", "__keras_tensor__"}
)
"""What a network's file may be built of; safe mode alone still builds whatever of Keras a file asks for."""

_FILES = threading.Lock()


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A network at its best pass, and the weighted log-loss on those watched after each pass."""

    network: GridNetwork
    losses: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """A matrix of shape (n_consumers, n_columns), whether theft was found, and weights."""

    matrix: FloatMatrix
    is_theft: npt.NDArray[np.int64]
    weights: FloatArray

    def part(self, rows: npt.NDArray[Any]) -> "Examples":
        """Return some of them."""
        return Examples(self.matrix[rows], self.is_theft[rows], self.weights[rows])


def learn(plan: Plan, grids: Sequence[Grid], *, fitted: Examples, watched: Examples) -> Learned:
    """Fit a network pass by pass until those watched are told no better, and return it as it was at its best.

    Parameters
    ----------
    plan : Plan
        What to build.
    grids : sequence of Grid
        Where grids stand in the matrix.
    fitted, watched : Examples
        Those learnt from, and those who say when to end.

    Returns
    -------
    Learned
    """
    _prepare_tensorflow()
    model = build(plan, grids, width=fitted.matrix.shape[1])
    model.compile(
        optimizer=keras.optimizers.Adam(plan.learning_rate),
        loss=keras.losses.BinaryCrossentropy(from_logits=True),
        jit_compile=False,
    )
    draws = np.random.default_rng(plan.seed)
    losses: list[float] = []
    best = network_of(model, plan.activation, grids)
    weights = fitted.weights / fitted.weights.mean()
    for _ in range(plan.epochs):
        order = draws.permutation(len(weights))
        for first in range(0, len(order), plan.batch):
            rows = order[first : first + plan.batch]
            inputs = [part.astype(np.float32) for part in best.split(fitted.matrix[rows])]
            truth = fitted.is_theft[rows].astype(np.float32)[:, None]
            model.train_on_batch(inputs, truth, sample_weight=weights[rows].astype(np.float32))
        network = network_of(model, plan.activation, grids)
        losses.append(weighted_log_loss(network.scores(watched.matrix), watched.is_theft, watched.weights))
        if losses[-1] == min(losses):
            best = network
        if len(losses) - 1 - int(np.argmin(losses)) >= plan.patience:
            break
    return Learned(best, np.array(losses))


def build(plan: Plan, grids: Sequence[Grid], *, width: int) -> Any:
    """Return the unfitted Keras model for a matrix of so many columns."""
    seeds = _seeds(plan.seed)
    ordinary = width - sum(grid.end - grid.first for grid in grids)
    inputs: list[Any] = [keras.Input((ordinary,), name="wide")]
    branches: list[Any] = [inputs[0]]
    for place, neurons in enumerate(plan.layers):
        branches[0] = _dense(plan, branches[0], f"wide_{place}", neurons=neurons, seeds=seeds)
    for grid in grids:
        period = grid.series.period
        inputs.append(keras.Input((grid.series.rows, grid.series.inner, 2), name=period))
        branches.append(_deep_branch(plan, inputs[-1], period, seeds))
    joined = keras.layers.Concatenate(name="joined")(branches) if len(branches) > 1 else branches[0]
    score = keras.layers.Dense(1, name="score", kernel_initializer=_start(seeds))(joined)
    return keras.Model(inputs, score, name="wide_deep")


def network_of(model: Any, activation: str, grids: Sequence[Grid]) -> GridNetwork:
    """Return a Keras model's weights as a network of ours.

    Raises
    ------
    ValueError
        If the model lacks a layer or has others.
    """
    layers: dict[str, Layer] = {}
    for layer in model.layers:
        if layer.weights:
            kernel, bias = (variable.value.numpy().astype(np.float64) for variable in layer.weights)
            layers[layer.name] = Layer(kernel, bias)
    last = layers.pop("score", None)
    begins = ("wide_", *(f"{grid.series.period}_" for grid in grids))
    branches = [tuple(layer for name, layer in layers.items() if name.startswith(begin)) for begin in begins]
    if last is None or sum(map(len, branches)) != len(layers):
        msg = f"the file of the network holds other layers: {', '.join(layers)}"
        raise ValueError(msg)
    return GridNetwork(tuple(grids), branches[0], tuple(branches[1:]), last, activation)


def network_to_bytes(network: GridNetwork, plan: Plan, *, width: int) -> bytes:
    """Return the `.keras` file of a network."""
    model = build(plan, network.grids, width=width)
    for layer, own in zip(_weighted(model), _in_order(network), strict=True):
        layer.set_weights([own.weights.astype(np.float32), own.intercepts.astype(np.float32)])
    with tempfile.TemporaryDirectory() as folder, _quiet_files():
        path = Path(folder) / NETWORK_FILE
        model.save(path)
        return path.read_bytes()


def network_from_bytes(content: bytes, activation: str, grids: Sequence[Grid]) -> GridNetwork:
    """Return the network of a `.keras` file, in safe mode and of nothing but layers that ours are built of.

    Raises
    ------
    ValueError
        If the file holds anything else.
    """
    with tempfile.TemporaryDirectory() as folder, _quiet_files():
        path = Path(folder) / NETWORK_FILE
        path.write_bytes(content)
        try:
            with zipfile.ZipFile(path) as archive:
                asked = set(_classes(json.loads(archive.read("config.json"))))
        except (zipfile.BadZipFile, KeyError) as error:
            msg = "the file of the network is no .keras file"
            raise ValueError(msg) from error
        if not asked <= ALLOWED:
            msg = f"the file of the network asks for {', '.join(sorted(asked - ALLOWED))}"
            raise ValueError(msg)
        return network_of(keras.saving.load_model(path, safe_mode=True, compile=False), activation, grids)


def _deep_branch(plan: Plan, values: Any, period: str, seeds: Iterator[int]) -> Any:
    for place, count in enumerate(plan.filters):
        values = keras.layers.Conv2D(
            count,
            plan.kernel,
            padding="same",
            activation=plan.activation,
            kernel_initializer=_start(seeds),
            kernel_regularizer=keras.regularizers.L2(plan.penalty),
            name=f"{period}_filter_{place}",
        )(values)
    laid = keras.layers.Flatten(name=f"{period}-in-a-row")(values)
    return _dense(plan, laid, f"{period}_dense", neurons=plan.deep_layer, seeds=seeds)


def _dense(plan: Plan, values: Any, name: str, *, neurons: int, seeds: Iterator[int]) -> Any:
    made = keras.layers.Dense(
        neurons,
        activation=plan.activation,
        kernel_initializer=_start(seeds),
        kernel_regularizer=keras.regularizers.L2(plan.penalty),
        name=name,
    )
    dropped = keras.layers.Dropout(plan.dropout, seed=next(seeds), name=f"{name}-dropout")
    return dropped(made(values))


def _seeds(seed: int) -> Iterator[int]:
    draws = np.random.default_rng((seed, 1))
    while True:
        yield int(draws.integers(2**31))


def _start(seeds: Iterator[int]) -> Any:
    return keras.initializers.GlorotUniform(seed=next(seeds))


def _weighted(model: Any) -> list[Any]:
    """Layers that have weights: those of the wide branch, of each grid's, and the last."""
    layers = [layer for layer in model.layers if layer.weights]
    begins = ["wide_", *(f"{one.name}_" for one in model.inputs[1:]), "score"]
    return [layer for begin in begins for layer in layers if layer.name.startswith(begin)]


def _in_order(network: GridNetwork) -> list[Layer]:
    return [*network.wide, *(layer for branch in network.deep for layer in branch), network.last]


def _classes(config: Any) -> Iterator[str]:
    """Every class that a configuration names, at any depth."""
    if isinstance(config, Mapping):
        if "class_name" in config:
            yield str(config["class_name"])
        for value in config.values():
            yield from _classes(value)
    elif isinstance(config, list):
        for value in config:
            yield from _classes(value)


def _prepare_tensorflow() -> None:
    """Keep TensorFlow to one thread and to the processor, unless the process has set it going before.

    Raises
    ------
    ChoiceError
        If the process has set Keras going on something else.
    """
    if keras.config.backend() != "tensorflow":
        msg = f"keras was started on {keras.config.backend()} in this process, and wide-deep learns on tensorflow"
        raise ChoiceError(msg, advice="Import powertheft before keras, or set KERAS_BACKEND=tensorflow.")
    try:
        tf.config.set_visible_devices([], "GPU")
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError:
        # Somebody else's choice stands then; what a step adds up is made to keep its order all the same.
        pass
    tf.config.experimental.enable_op_determinism()


@contextmanager
def _quiet_files() -> Generator[None]:
    """Read or write one file at a time, without Keras's own use of NumPy's old way to copy."""
    with _FILES, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy", DeprecationWarning)
        yield
