"""Subtraction of two binary numbers, bit by bit, as on paper: the memory needed is one bit, the borrow."""

import numpy as np

from core.choices import Choices
from core.maths.streams import stream
from core.tasks.base import Data, Task


def _make(experiment: Choices) -> Data:
    """x_t = (a_t, b_t) with a ≥ b, T bits each, the least significant first; y_t = (a − b)_t; every step supervised.

    Not prefix-stable: a longer pair may compare the other way round, and the larger number is always a.
    """
    steps, batch = experiment.steps, experiment.batch
    bits = stream(experiment.data_seed, "data").random((steps, batch, 2)) < 0.5
    a, b = bits[..., 0], bits[..., 1]
    a_smaller = _borrows(a, b)[-1]
    a, b = np.where(a_smaller, b, a), np.where(a_smaller, a, b)
    difference = a ^ b ^ _borrows(a, b)[:-1]
    x = np.stack((a, b), axis=-1).astype(np.float64)
    y = difference[..., np.newaxis].astype(np.float64)
    return Data(x, y, np.ones(steps, dtype=bool), "binary", ("a", "b"), ("difference",))


def _borrows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the borrow that enters each bit of a − b, and the one that leaves the last: (T + 1, B) bool."""
    # A borrow is decided by the last bit so far in which the two differ: there is one if b has it.
    none = np.zeros((1, a.shape[1]), dtype=bool)
    bit = np.arange(1, len(a) + 1)[:, np.newaxis]
    last_different = np.maximum.accumulate(np.where(a != b, bit, 0), axis=0)  # 0: none so far
    return np.concatenate((none, np.take_along_axis(np.concatenate((none, b)), last_different, axis=0)))


BINARY_SUBTRACTION = Task(
    "binary-subtraction",
    "Binary subtraction",
    "Subtract one binary number from a larger one, the least significant bit first.",
    _make,
    natural=lambda experiment: {"loss_at": "every"},
)
