"""A convolution over time: it reads x before the layers do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
import numpy as np

from core.cells.base import Factor, Record, Row
from core.choices import Choices
from core.maths.activations import TANH
from core.maths.arrays import Array
from core.maths.operations import activate, linear
from core.network.declared import Read
from core.network.parts import BackwardPass, ForwardPass, Key, Part, StepFunction, nothing
from core.options import Option, Slider

Kernel = Annotated[int, msgspec.Meta(ge=1, le=25)]
CONVOLUTION = Option(
    "convolution",
    Kernel | None,
    None,
    "Convolution",
    "A kernel of this many steps reads x before the cell does.",
    Slider(1, 9, start=3),
    makes=("parameters",),
)
FILTERS = Option(
    "filters",
    Annotated[int, msgspec.Meta(ge=1, le=64)],
    4,
    "Filters",
    "How many features the convolution makes.",
    Slider(1, 16),
    makes=("parameters",),
    applies=lambda choices: choices.convolution is not None,
    why="The convolution is off.",
)


class Convolution(Part):
    """h_t = Σ_k x_{t+k−⌊K/2⌋}·C_k + b, s_t = tanh(h_t): a kernel of K steps and F filters, x taken as 0 outside the
    sequence ("same" padding), beyond a short sample's own end too. C is (K, I, F), b (F,). The output at a step
    that a sample does not have is not used."""

    name = "conv"
    equation = "kₜ = tanh(Σₖ xₜ₊ₖ₋⌊K/2⌋·Cₖ + b)"
    options = (CONVOLUTION, FILTERS)

    @classmethod
    def from_experiment(cls, experiment: Choices, source: Key) -> Convolution | None:
        return (
            None
            if experiment.convolution is None
            else cls(source, experiment.convolution, experiment.filters, experiment.biases)
        )

    def __init__(self, source: Key, kernel: int, filters: int, biased: bool = True) -> None:
        self.source, self.kernel, self.filters, self.biased = source, kernel, filters, biased
        self.equation = self.equation if biased else self.equation.replace(" + b", "")
        self.quantities = (
            Record("h", "pre-activation", "pre-activation of the convolution", "h^{k}@", "hᵏ@"),
            Record("s", "state", "convolution", "k@", "k@"),
        )
        taps = [(f"x_{k}", f"C_{k}") for k in range(1, kernel + 1)]
        made = linear("h", *taps, bias="b" if biased else None, at=(1, 2))
        self.graph = (made, activate("s", TANH.name, "h", at=(1, 1)))
        bias = (Factor("b", "1", "h"),) * biased
        self.factors = (*(Factor(parameter, name, "h") for name, parameter in taps), *bias)
        self.rows = (Row(self.name, "convolution", ("s",), ("h", "s")),)

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        taps = range(1, self.kernel + 1)
        return {f"x_{k}": (Read(self.source, self.kernel // 2 + 1 - k, present=True),) for k in taps}

    def named(self, parameter: str, array: Array) -> dict[str, Array]:
        return {f"C_{k}": matrix for k, matrix in enumerate(array, 1)} if parameter == "C" else {parameter: array}

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        widths[self.name, "s"] = self.filters
        shapes: dict[str, tuple[int, ...]] = {f"{self.name}.C": (self.kernel, widths[self.source], self.filters)}
        return {**shapes, f"{self.name}.b": (self.filters,)} if self.biased else shapes

    def _windows(self, run: ForwardPass) -> Array:
        """(T, B, K, I): what each step reads; a view of x with zeros at both ends."""
        x, before, present = run.signals[self.source], self.kernel // 2, run.data.present
        if present is not None:
            x = np.where(present[:, :, None], x, 0.0)
        padded = np.pad(x, ((before, self.kernel - 1 - before), (0, 0), (0, 0)))
        return np.moveaxis(np.lib.stride_tricks.sliding_window_view(padded, self.kernel, axis=0), 3, 2)

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        c, bias = run.parameters[f"{self.name}.C"], run.parameters[f"{self.name}.b"] if self.biased else 0.0
        h = run.signals[self.name, "h"] = np.einsum("tbki,kif->tbf", self._windows(run), c) + bias
        run.signals[self.name, "s"] = np.tanh(h)
        return 0, nothing

    def allocate_back(self, back: BackwardPass) -> None:
        back.signals[self.name, "s"] = np.zeros_like(back.run.signals[self.name, "s"])

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        """∂L/∂h = ∂L/∂s ⊙ (1 − s²),  ∂L/∂C_k = Σ_t x_{t+k−⌊K/2⌋}ᵀ·∂L/∂h_t,  ∂L/∂b = Σ_t ∂L/∂h_t."""
        s = back.run.signals[self.name, "s"]
        dh = back.signals[self.name, "h"] = back.signals[self.name, "s"] * (1.0 - np.square(s))
        back.parameters[f"{self.name}.C"][...] = np.einsum("tbki,tbf->kif", self._windows(back.run), dh)
        if self.biased:
            back.parameters[f"{self.name}.b"][...] = dh.sum(axis=(0, 1))
        return 0, nothing
