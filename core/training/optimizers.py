"""OPTIMIZERS: how a gradient moves the parameters. A new one is one class and one line in the list at the end.

An optimizer works on one flat vector θ (n,) with all learned parameters, and its gradient g (n,), so that an update
costs a few array operations, however many parameters a network has by name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
import numpy as np

from core.errors import InputError, one_named
from core.maths.arrays import Array
from core.options import Option, Slider, names_of
from core.sentence import Sentence

Below1 = Annotated[float, msgspec.Meta(ge=0.0, lt=1.0)]
MOMENTUM = Option(
    "momentum", Below1, 0.0, "Momentum μ", "How much of the last update goes on into the next one.", Slider(0.0, 0.99)
)
BETA1 = Option("beta1", Below1, 0.9, "β₁", "How much of the mean of earlier gradients is kept.", Slider(0.0, 0.99))
BETA2 = Option("beta2", Below1, 0.999, "β₂", "How much of the mean of earlier squares is kept.", Slider(0.9, 0.9999))
DECAY = Option("decay", Below1, 0.99, "Decay α", "How much of the mean of earlier squares is kept.", Slider(0.5, 0.999))
EPSILON = Option(
    "epsilon",
    Annotated[float, msgspec.Meta(gt=0.0, le=1.0)],
    1e-8,
    "ε",
    "Added to the root of the mean square, so that nothing is divided by 0.",
    Slider(1e-10, 1e-2, decades=True),
)


class Optimizer:
    """Holds its choices and what it remembers from update to update; one object serves one training.

    `rate` is η, which may be another at each update. `rate_usual` is what a person may start from. Raises InputError
    for a rate or another choice out of its limits.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    rate_usual: ClassVar[float]
    taken: ClassVar[tuple[str, str]]  # what an update takes from θ, {g} being its gradient: without and with momentum
    options: ClassVar[tuple[Option, ...]] = ()  # what can be chosen besides the rate
    remembers: ClassVar[tuple[str, ...]] = ()  # vectors like θ that go from update to update, as attributes

    def __init__(self, rate: float | None = None) -> None:
        self.rate = self.rate_usual if rate is None else rate
        self.updates = 0
        _require("rate", self.rate, 0.0 < self.rate <= 1e6, "a number above 0 and at most 1e6")

    @classmethod
    def of(cls, plan: Any) -> Optimizer:
        """The optimizer with the rate and the options that a plan chooses. Raises InputError."""
        return cls(plan.rate, **{name: getattr(plan, name) for name in names_of(cls.options)})

    def step(self, parameters: Array, gradient: Array) -> None:
        """One update of `parameters` (n,) in place; `gradient` (n,) is left as it is."""
        raise NotImplementedError

    def state(self) -> dict[str, Array]:
        """Copies of what it remembers, by name: vectors (n,), and `updates` (); with these and the parameters a
        training goes on as if it had not been interrupted."""
        vectors = {name: getattr(self, name) for name in self.remembers}
        found = {name: vector.copy() for name, vector in vectors.items() if vector is not None}
        return {"updates": np.array(self.updates), **found}

    def restore(self, state: Mapping[str, Array]) -> None:
        """The inverse of `state`; an empty one is that of an optimizer that has not moved anything."""
        self.updates = int(state.get("updates", 0))
        for name in self.remembers:
            setattr(self, name, np.array(state[name]) if name in state else None)


class SGD(Optimizer):
    """Stochastic gradient descent with momentum μ (Polyak 1964; Sutskever et al. 2013, section 2):

    v ← μ·v + g,  θ ← θ − η·v.  With μ = 0 it is θ ← θ − η·g. The velocity has no η in it, as in PyTorch; in Sutskever
    et al. it has (v ← μ·v − η·g, θ ← θ + v), which is the same as long as η does not change.
    """

    name = "sgd"
    title = "SGD"
    rate_usual = 0.1
    taken = "η·{g}", "η·v,   v ← μ·v + {g}"
    options = (MOMENTUM,)
    remembers = ("velocity",)

    def __init__(self, rate: float | None = None, momentum: float = MOMENTUM.default) -> None:
        super().__init__(rate)
        _require("momentum", momentum, 0.0 <= momentum < 1.0, "a number from 0 to below 1")
        self.momentum = momentum
        self.velocity: Array | None = None

    def step(self, parameters: Array, gradient: Array) -> None:
        """v ← μ·v + g;  θ ← θ − η·v."""
        self.updates += 1
        if not self.momentum:
            parameters -= self.rate * gradient
            return
        if self.velocity is None:
            self.velocity = np.zeros_like(parameters)
        v = self.velocity
        v *= self.momentum
        v += gradient
        parameters -= self.rate * v


class RMSProp(Optimizer):
    """RMSProp (Tieleman & Hinton 2012, lecture 6.5), with momentum μ:

    q ← α·q + (1 − α)·g²,  v ← μ·v + g / (√q + ε),  θ ← θ − η·v.  ε stands outside the root and q is not centred, as in
    PyTorch. With μ = 0 it is θ ← θ − η·g / (√q + ε).
    """

    name = "rmsprop"
    title = "RMSProp"
    rate_usual = 0.001
    taken = (
        "η·{g} / (√q + ε),   q ← α·q + (1 − α)·({g})²",
        "η·v,   v ← μ·v + {g} / (√q + ε),   q ← α·q + (1 − α)·({g})²",
    )
    options = (DECAY, MOMENTUM, EPSILON)
    remembers = ("square", "velocity")

    def __init__(
        self,
        rate: float | None = None,
        decay: float = DECAY.default,
        momentum: float = MOMENTUM.default,
        epsilon: float = EPSILON.default,
    ) -> None:
        super().__init__(rate)
        _require("decay", decay, 0.0 <= decay < 1.0, "a number from 0 to below 1")
        _require("momentum", momentum, 0.0 <= momentum < 1.0, "a number from 0 to below 1")
        _require("epsilon", epsilon, 0.0 < epsilon <= 1.0, "a number above 0 and at most 1")
        self.decay, self.momentum, self.epsilon = decay, momentum, epsilon
        self.square: Array | None = None
        self.velocity: Array | None = None

    def step(self, parameters: Array, gradient: Array) -> None:
        """q, then v, then the update."""
        self.updates += 1
        if self.square is None:
            self.square, self.velocity = np.zeros_like(parameters), np.zeros_like(parameters)
        q, v = self.square, self.velocity
        assert v is not None
        q *= self.decay
        q += (1.0 - self.decay) * gradient * gradient
        down = np.sqrt(q)
        down += self.epsilon
        np.divide(gradient, down, down)
        v *= self.momentum
        v += down
        parameters -= self.rate * v


class Adam(Optimizer):
    """Adam (Kingma & Ba 2015, algorithm 1):

    m ← β₁·m + (1 − β₁)·g,  v ← β₂·v + (1 − β₂)·g²,  θ ← θ − η·m̂ / (√v̂ + ε)  with m̂ = m/(1 − β₁ᵏ), v̂ = v/(1 − β₂ᵏ)
    at the k-th update. An entry whose gradient is always 0 does not move.
    """

    name = "adam"
    title = "Adam"
    rate_usual = 0.001
    taken = (_WITH_MOMENTS := "η·m̂ / (√v̂ + ε),   m̂ and v̂ from {g} and its square"), _WITH_MOMENTS
    options = (BETA1, BETA2, EPSILON)
    remembers = ("mean", "square")

    def __init__(
        self,
        rate: float | None = None,
        beta1: float = BETA1.default,
        beta2: float = BETA2.default,
        epsilon: float = EPSILON.default,
    ) -> None:
        super().__init__(rate)
        for name, beta in (("beta1", beta1), ("beta2", beta2)):
            _require(name, beta, 0.0 <= beta < 1.0, "a number from 0 to below 1")
        _require("epsilon", epsilon, 0.0 < epsilon <= 1.0, "a number above 0 and at most 1")
        self.beta1, self.beta2, self.epsilon = beta1, beta2, epsilon
        self.mean: Array | None = None
        self.square: Array | None = None

    def step(self, parameters: Array, gradient: Array) -> None:
        """m, v and the update, in the order of the algorithm; the two corrections are numbers, not arrays."""
        if self.mean is None or self.square is None:
            self.mean, self.square = np.zeros_like(parameters), np.zeros_like(parameters)
        m, v = self.mean, self.square
        self.updates += 1
        m *= self.beta1
        m += (1.0 - self.beta1) * gradient
        v *= self.beta2
        v += (1.0 - self.beta2) * gradient * gradient
        down = np.sqrt(v / (1.0 - self.beta2**self.updates))
        down += self.epsilon
        parameters -= (self.rate / (1.0 - self.beta1**self.updates)) * m / down


OPTIMIZERS: tuple[type[Optimizer], ...] = (SGD, RMSProp, Adam)


def optimizer_named(name: str) -> type[Optimizer]:
    """The optimizer with this name. Raises InputError listing the names there are."""
    return one_named(name, OPTIMIZERS, "optimizer: there is no “{name}”; choose one of {known}.")


def _require(name: str, value: float, good: bool, wanted: str) -> None:
    if not good or not math.isfinite(value):
        raise InputError(
            "{name}: {value:g} cannot be used; give {wanted}.", name=name, value=value, wanted=Sentence(wanted)
        )
