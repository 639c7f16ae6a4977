"""OPTIMIZERS: how a gradient moves the parameters. A new one is one class and one line in the list at the end.

An optimizer works on one flat vector θ (n,) with all learned parameters, and its gradient g (n,), so that an update
costs a few array operations, however many parameters a network has by name.
"""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from core.errors import InputError, one_named
from core.maths.arrays import Array


class Optimizer:
    """Holds its choices and what it remembers from update to update; one object serves one training.

    `rate` is η. `rate_usual` is what a person may start from. Raises InputError for a rate or another choice out of
    its limits.
    """

    name: ClassVar[str]
    rate_usual: ClassVar[float]
    options: ClassVar[tuple[str, ...]] = ()  # what can be given besides the rate, by name

    def __init__(self, rate: float | None = None) -> None:
        self.rate = self.rate_usual if rate is None else rate
        _require("rate", self.rate, 0.0 < self.rate <= 1e6, "a number above 0 and at most 1e6")

    def step(self, parameters: Array, gradient: Array) -> None:
        """One update of `parameters` (n,) in place; `gradient` (n,) is left as it is."""
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent with momentum μ (Polyak 1964; Sutskever et al. 2013, section 2):

    v ← μ·v + g,  θ ← θ − η·v.  With μ = 0 it is θ ← θ − η·g. The velocity has no η in it, as in PyTorch; in Sutskever
    et al. it has (v ← μ·v − η·g, θ ← θ + v), which is the same as long as η does not change.
    """

    name = "sgd"
    rate_usual = 0.1
    options = ("momentum",)

    def __init__(self, rate: float | None = None, momentum: float = 0.0) -> None:
        super().__init__(rate)
        _require("momentum", momentum, 0.0 <= momentum < 1.0, "a number from 0 to below 1")
        self.momentum = momentum
        self._velocity: Array | None = None

    def step(self, parameters: Array, gradient: Array) -> None:
        """v ← μ·v + g;  θ ← θ − η·v."""
        if not self.momentum:
            parameters -= self.rate * gradient
            return
        if self._velocity is None:
            self._velocity = np.zeros_like(parameters)
        v = self._velocity
        v *= self.momentum
        v += gradient
        parameters -= self.rate * v


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015, algorithm 1):

    m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,  θ ← θ − η·m̂ / (√v̂ + ε)  with m̂ = m/(1 − β₁ᵏ), v̂ = v/(1 − β₂ᵏ)
    at the k-th update. An entry whose gradient is always 0 does not move.
    """

    name = "adam"
    rate_usual = 0.001
    options = ("beta1", "beta2", "epsilon")

    def __init__(
        self, rate: float | None = None, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8
    ) -> None:
        super().__init__(rate)
        for name, beta in (("beta1", beta1), ("beta2", beta2)):
            _require(name, beta, 0.0 <= beta < 1.0, "a number from 0 to below 1")
        _require("epsilon", epsilon, 0.0 < epsilon <= 1.0, "a number above 0 and at most 1")
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.updates = 0
        self._first: Array | None = None
        self._second: Array | None = None

    def step(self, parameters: Array, gradient: Array) -> None:
        """m, v and the update, in the order of the algorithm; the two corrections are numbers, not arrays."""
        if self._first is None or self._second is None:
            self._first, self._second = np.zeros_like(parameters), np.zeros_like(parameters)
        m, v = self._first, self._second
        self.updates += 1
        m *= self.beta1
        m += (1.0 - self.beta1) * gradient
        v *= self.beta2
        v += (1.0 - self.beta2) * gradient * gradient
        down = np.sqrt(v / (1.0 - self.beta2**self.updates))
        down += self.epsilon
        parameters -= (self.rate / (1.0 - self.beta1**self.updates)) * m / down


OPTIMIZERS: tuple[type[Optimizer], ...] = (SGD, Adam)


def optimizer_named(name: str) -> type[Optimizer]:
    """The optimizer with this name. Raises InputError listing the names there are."""
    return one_named(name, OPTIMIZERS, "optimizer: there is no “{name}”; choose one of {known}.")


def _require(name: str, value: float, good: bool, wanted: str) -> None:
    if not good or not math.isfinite(value):
        raise InputError(f"{name}: {value:g} cannot be used; give {wanted}.")
