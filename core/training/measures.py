"""How good a network is on some data: loss, and accuracy or R², each over all that counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np

from core import bptt
from core.maths.arrays import Array
from core.maths.losses import GIVEN
from core.network.parts import ForwardPass, Network
from core.tasks.base import Data

ACCURACY, R_SQUARED = "accuracy", "R²"


class Measured(NamedTuple):
    """How good a network is on some data. `accuracy`: the share of right outputs, of a cross-entropy; `r_squared`:

    1 − Σ(a − y)²/Σ(y − ȳ)², of a squared error; each None where it has no meaning. Only what counts is counted.
    `sequences`: on how many.
    """

    loss: float
    accuracy: float | None
    r_squared: float | None
    sequences: int = 0

    @property
    def metric(self) -> float | None:
        """Whichever of the two has a meaning; `metric_name` is its name."""
        return self.accuracy if self.r_squared is None else self.r_squared


def metric_name(network: Network) -> str:
    """What a network's outputs are measured by: "accuracy" of a cross-entropy, "R²" of a squared error; the latter's
    name, too, where there are no targets and no number."""
    return R_SQUARED if network.loss.name in ("squared", GIVEN.name) else ACCURACY


class Measurement:
    """A measurement batch by batch: `add` each, then `result`, the same as if all batches were one.

    L is the mean over all sequences, a share that of all outputs; the spread Σ(y − ȳ)² about the mean of all targets is
    put together from those of the batches (Chan, Golub & LeVeque 1983). A cell whose samples depend on each other
    takes its statistics from each batch.
    """

    def __init__(self, kind: str) -> None:
        """`kind`: the loss's name."""
        self._kind = kind
        self._loss, self._sequences, self._outputs, self._right, self._off = 0.0, 0, 0, 0, 0.0
        self._mean, self._spread, self._width = np.zeros(0), 0.0, 1

    def add(self, run: ForwardPass) -> None:
        """A finished forward pass."""
        data, at = run.data, run.at
        if data.counted is not None:
            at = data.supervised[:, np.newaxis] & data.counted
        width = data.y.shape[-1]
        a, y = run.a[at].reshape(-1, width), data.y[at].reshape(-1, width)
        self._sequences += data.x.shape[1]
        self._loss += run.loss * data.x.shape[1]
        if self._kind == "categorical":
            self._right += int((a.argmax(axis=-1) == y.argmax(axis=-1)).sum())
        elif self._kind == "binary":
            self._right += int(((a > 0.5) == (y > 0.5)).sum())
        else:
            self._add_spread(a, y)
        self._outputs += len(y)
        self._width = width

    def _add_spread(self, a: Array, y: Array) -> None:
        with np.errstate(all="ignore"):
            self._off += float(np.add.reduce(np.square(a - y), axis=None))
        own, before = np.add.reduce(y, axis=0) / len(y), self._outputs
        self._spread += float(np.add.reduce(np.square(y - own), axis=None))
        if not before:
            self._mean = own
            return
        mean, share = self._mean, len(y) / (before + len(y))
        self._spread += float(np.square(own - mean).sum()) * before * share
        self._mean = mean + (own - mean) * share

    def result(self) -> Measured:
        """Raises ValueError where there is no batch."""
        if not self._sequences:
            raise ValueError("there are no sequences to measure on")
        loss = self._loss / self._sequences
        if self._kind == "categorical":
            return Measured(loss, self._right / self._outputs, None, self._sequences)
        if self._kind == "binary":
            return Measured(loss, self._right / (self._outputs * self._width), None, self._sequences)
        if self._kind == GIVEN.name:  # there is nothing to be right about
            return Measured(loss, None, None, self._sequences)
        r_squared = 1.0 - self._off / self._spread if self._spread else None
        return Measured(loss, None, r_squared, self._sequences)


def measured(run: ForwardPass) -> Measured:
    """How good a network is on the data of a finished forward pass."""
    found = Measurement(run.network.loss.name)
    found.add(run)
    return found.result()


def measure(network: Network, parameters: Mapping[str, Array], data: Data) -> Measured:
    """One forward pass. A binary output is right on the target's side of ½, a categorical one where it is largest."""
    return measure_in_parts(network, parameters, (data,))


def measure_in_parts(network: Network, parameters: Mapping[str, Array], parts: Iterable[Data]) -> Measured:
    """The same over several batches, one after the other, as if they were one; only one at a time is in memory.

    Raises ValueError where there is no batch.
    """
    found = Measurement(network.loss.name)
    for data in parts:
        found.add(forward_pass(network, parameters, data))
    return found.result()


def forward_pass(network: Network, parameters: Mapping[str, Array], data: Data) -> ForwardPass:
    """A forward pass that is not recorded, with its outputs and its loss."""
    run = ForwardPass(network, dict(parameters), data, recorded=False)
    with np.errstate(all="ignore"):
        for _ in bptt.forward(network, run):
            pass
    return run
