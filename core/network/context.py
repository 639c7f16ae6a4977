"""The context: what an encoder passes to a decoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np

from core.cells.base import Factor, Record, Row
from core.choices import DECODED
from core.maths.activations import IDENTITY, TANH
from core.maths.arrays import Array
from core.maths.operations import Operation, activate, clock, linear, weigh
from core.network.declared import BY_CONTEXT, EVERY, FIRST, LAST, Read
from core.network.joins import joined, joined_back, joining
from core.network.parts import BackwardPass, ForwardPass, Key, Part, StepFunction, nothing
from core.options import Option

CONTEXT = Option(
    "context",
    Literal["last", "transform", "all"],
    "last",
    "Context",
    "What the decoder is given of the encoder.",
    words=(
        ("last", "last state", "The encoder's last state, as it is."),
        ("transform", "transform of the last", "Its product with a matrix M, then tanh."),
        ("all", "transform of all", "The mean of all its states with a matrix M, then tanh."),
    ),
    makes=("parameters",),
    applies=lambda choices: choices.structure in DECODED,
    why="There is no encoder whose context a decoder could get.",
)
CONTEXT_AT = Option(
    "context_at",
    Literal["initial", "every"],
    "initial",
    "Given as",
    "How the decoder gets the context.",
    words=(
        ("initial", "{s_0}", "As its initial state."),
        ("every", "input", "Beside its input at every step."),
    ),
    makes=("parameters",),
    applies=lambda choices: choices.structure == "encoder-decoder",
    why="Attention gives a context at every step, and without a decoder there is none to give.",
)


class Context(Part):
    """What an encoder passes to a decoder, one vector for a sample: c (1, B, n).

    kind "last": the encoder's last state; of a bidirectional pair, each chain's own last, joined. "transform":
    c = tanh(last · M + b). "all": c = tanh(mean_t s_t · M + b), over the steps that a sample has
    (Cho et al. 2014, section 2.2: "c is a summary"; textbooks leave the transform open).
    """

    options = (CONTEXT, CONTEXT_AT)
    heading = "pre-activation of the context"

    def __init__(
        self, name: str, kind: str, states: Key, ends: tuple[Key, ...], how: str, width: int, biased: bool = True
    ) -> None:
        self.name, self.kind, self.states, self.ends, self.how, self.units = name, kind, states, ends, how, width
        self.equation = {"last": "c = s_T", "transform": "c = tanh(s_T·M + b)", "all": "c = tanh(meanₜ sₜ·M + b)"}[kind]
        self.equation = self.equation if biased else self.equation.replace(" + b", "")
        made = (
            Record("h", "pre-activation", "pre-activation of the context", "h^{c}", "hᶜ"),
            Record("c", "state", "context of the encoder", "c", "c"),
        )
        self.quantities = made[1:] if kind == "last" else made
        self.heading = "context of the encoder" if kind == "last" else self.heading  # it is passed on as it is
        self.biased = biased and kind != "last"
        self.graph = tuple(self._operations())
        self.factors = (Factor("M", self._read, "h"),) * (kind != "last") + (Factor("b", "1", "h"),) * self.biased
        self.rows = (Row(name, "context of the encoder", ("c",), tuple(each.out for each in self.graph)),)
        self.in_words = dict.fromkeys(("first", "second", "states"), BY_CONTEXT)

    @property
    def _read(self) -> str:
        """What M multiplies."""
        return "first" if self.kind != "all" and len(self.ends) == 1 else "read"

    def _operations(self) -> Iterator[Operation]:
        if self.kind == "all":
            yield clock("shares", at=(0, 3))
            yield weigh("read", "shares", "states", at=(1, 3))
        elif len(self.ends) == 2:
            yield joining("c" if self.kind == "last" else "read", "first", "second", self.how, at=(1, 3))
        elif self.kind == "last":
            yield activate("c", IDENTITY.name, "first", at=(1, 1))
        if self.kind != "last":
            yield linear("h", (self._read, "M"), bias="b" if self.biased else None, at=(1, 2))
            yield activate("c", TANH.name, "h", at=(1, 1))

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        """A reverse chain ends at data time 1."""
        if self.kind == "all":
            return {"states": (Read(self.states, at=EVERY, present=True),)}
        ends = zip(("first", "second"), self.ends, (LAST, FIRST), strict=False)
        return {name: (Read(signal, at=at),) for name, signal, at in ends}

    def given(self, run: ForwardPass) -> dict[str, Array]:
        return {"shares": self.shares(run)[None, ..., 0].swapaxes(1, 2)[:, None]} if self.kind == "all" else {}

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        read = widths[self.states]
        widths[self.name, "c"] = read if self.kind == "last" else self.units
        if self.kind == "last":
            return {}
        shapes: dict[str, tuple[int, ...]] = {f"{self.name}.M": (read, self.units)}
        return {**shapes, f"{self.name}.b": (self.units,)} if self.biased else shapes

    def _ends(self, run: ForwardPass) -> list[Array]:
        """The last state of each chain: at T for the first, at data time 1 for the reverse one."""
        return [run.signals[signal][-1 if k == 0 else 0] for k, signal in enumerate(self.ends)]

    def shares(self, run: ForwardPass) -> Array:
        """How much each step counts in the mean, (T, B, 1)."""
        steps, batch, _ = run.signals[self.states].shape
        present = np.ones((steps, batch)) if run.data.present is None else run.data.present.astype(float)
        return (present / present.sum(axis=0))[:, :, None]

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        if self.kind == "all":
            read = (run.signals[self.states] * self.shares(run)).sum(axis=0)
        else:
            ends = self._ends(run)
            read = joined(ends[0], ends[1], self.how) if len(ends) == 2 else ends[0]
        run.signals[self.name, "read"] = read[None]
        if self.kind == "last":
            run.signals[self.name, "c"] = read[None].copy()
            return 0, nothing
        h = read @ run.parameters[f"{self.name}.M"] + (run.parameters[f"{self.name}.b"] if self.biased else 0.0)
        run.signals[self.name, "h"] = h[None]
        run.signals[self.name, "c"] = np.tanh(h)[None]
        return 0, nothing

    def allocate_back(self, back: BackwardPass) -> None:
        back.signals[self.name, "c"] = np.zeros_like(back.run.signals[self.name, "c"])

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        run, gradient = back.run, back.signals[self.name, "c"][0]
        if self.kind != "last":
            gradient = gradient * (1.0 - np.square(run.signals[self.name, "c"][0]))
            back.signals[self.name, "h"] = gradient[None]
            back.parameters[f"{self.name}.M"][...] = run.signals[self.name, "read"][0].T @ gradient
            if self.biased:
                back.parameters[f"{self.name}.b"][...] = gradient.sum(axis=0)
            gradient = gradient @ run.parameters[f"{self.name}.M"].T
        if self.kind == "all":
            back.signals[self.states] += self.shares(run) * gradient
        elif len(self.ends) == 2:
            ahead, reverse = self._ends(run)
            first, second = joined_back(gradient, ahead, reverse, self.how)
            back.signals[self.ends[0]][-1] += first
            back.signals[self.ends[1]][0] += second
        else:
            back.signals[self.ends[0]][-1] += gradient
        return 0, nothing
