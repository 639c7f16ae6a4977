"""Weights of both libraries, for the tests of reading and writing them."""

from __future__ import annotations

import numpy as np

from core.experiment import Experiment, natural
from core.interop import keras_weights, torch_weights
from core.maths.arrays import Array
from core.maths.streams import stream
from core.recorder import record

NAMES = ("torch", "keras")


def drawn(experiment: Experiment, seed: int) -> dict[str, Array]:
    """Numbers for every parameter, none of them 0."""
    random = stream(seed, "test")
    shapes = {name: array.shape for name, array in record(experiment).parameters.items()}
    return {name: random.normal(size=shape) for name, shape in shapes.items()}


def there(library: str, experiment: Experiment, parameters: dict[str, Array]) -> dict[str, Array]:
    if library == "torch":
        return torch_weights.state_dict(experiment, parameters)
    return keras_weights.named(keras_weights.weights(experiment, parameters))


def sigmoid(v: Array) -> Array:
    return 1.0 / (1.0 + np.exp(-v))


def relu(v: Array) -> Array:
    return np.where(v > 0, v, 0.0)


def hard_sigmoid(v: Array) -> Array:
    """Of Keras 3: 0 below −3, 1 above 3, x/6 + 0.5 between."""
    return np.select([v <= -3, v >= 3], [0.0, 1.0], v / 6 + 0.5)


def rows(*shapes: tuple[int, ...]) -> dict[str, Array]:
    """Arrays as np.savez(file, *arrays) names them, every number another one."""
    random = stream(9, "test")
    return keras_weights.named([random.normal(size=shape) for shape in shapes])


LSTM_2_3 = (2, 12), (3, 12), (12,)


GRU_2_3 = (2, 9), (3, 9)


def gru_dict(**changes: Array | None) -> dict[str, Array]:
    """A GRU of 2 units that reads 1 input, and changes to its arrays; None leaves one out."""
    experiment = natural("echo", cell="gru", reset="after", hidden=2)
    return {
        name: a for name, a in {**there("torch", experiment, drawn(experiment, 3)), **changes}.items() if a is not None
    }
