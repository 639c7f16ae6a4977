"""A hidden layer without recurrence: what a network can do that remembers nothing."""

from __future__ import annotations

from functools import cached_property
from types import SimpleNamespace
from typing import Annotated

import msgspec
import numpy as np

from core.cells.base import Cell, Factor, Record, Row, sequence
from core.maths.activations import TANH
from core.maths.arrays import Array
from core.maths.operations import Operation, activate, linear
from core.options import Option, Slider

TAPS = Option(
    "taps",
    Annotated[int, msgspec.Meta(ge=1, le=64)],
    4,
    "Window",
    "How many steps are read at once: this one and those read before it, in a reverse chain those after it.",
    Slider(1, 16),
    note="this step and those read before it; in a reverse chain the ones after it",
    unit="steps",
    makes=("parameters",),
)


class Feedforward(Cell):
    """h_t = x_t·U + b,  s_t = tanh(h_t): a multilayer perceptron's layer, the same at every step (Rumelhart, Hinton &
    Williams 1986). Nothing is carried from step to step, so there is no W, and truncation cuts nothing."""

    name = "feedforward"
    title = "feed-forward"
    family = "without recurrence"
    recurrent_states = ()

    @cached_property
    def records(self) -> tuple[Record, ...]:
        return Record("h", "pre-activation", "pre-activation"), Record("s", "state", "hidden layer")

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        return Row("h", "pre-activation", ("h",), ("h",)), Row("s", "hidden layer", ("s",), ("s",))

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        return Factor("U", "x", "h"), Factor("b", "1", "h")

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        return linear("h", ("x", "U"), bias="b", at=(1, 1)), activate("s", TANH.name, "h", at=(2, 1))

    def parameter_shapes(self, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """U (I, H) and b (H,)."""
        return {"U": (inputs, hidden), "b": (hidden,)}

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        return SimpleNamespace(h=sequence(steps, batch, hidden), s=sequence(steps, batch, hidden))

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """h_t = x_t·U + b, and a_{t−1}·F where outputs are read, is there already;  s_t = tanh(h_t)."""
        np.tanh(r.h[t], r.s[t])

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        return SimpleNamespace(h=np.empty_like(r.h), s=np.zeros_like(r.s), slope=TANH.slope(r.h, r.s))

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """s_t reaches L through z_t alone. From s_t = tanh(h_t):

        ∂L/∂h_t = ∂L/∂s_t ⊙ (1 − s_t²)
        """
        np.multiply(d.s[t], d.slope[t], d.h[t])

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """Nothing is carried: (0, 0)."""
        return np.zeros((0, 0))
