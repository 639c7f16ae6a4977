"""Joins: two sequences become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np

from core.cells.base import Record, Row
from core.maths.arrays import Array
from core.maths.operations import Operation, Place, add, concat, mean, multiply
from core.network.declared import FIRST, Read
from core.network.parts import BackwardPass, ForwardPass, Key, Part, StepFunction, nothing
from core.options import Option

REVERSE_AT = Option(  # last-step is wrong
    "reverse_at",
    Literal["own-end", "last-step"],
    "own-end",
    "Reverse state",
    "Where the reverse chain is read for one output.",
    words=(
        ("own-end", "its end", "At t = 1, where it has read the whole sequence."),
        ("last-step", "t = T", "At t = T, where it has read one step: a common mistake in diagrams."),
    ),
    applies=lambda choices: choices.bidirectional is not None and choices.structure == "n-1",
    why="It takes a bidirectional network with one output, N → 1.",
)


def joined(first: Array, second: Array, how: str) -> Array:
    """concat (first, second), sum, product (elementwise) or mean of two arrays, (…, n) each."""
    match how:
        case "concat":
            return np.concatenate((first, second), axis=-1)
        case "sum":
            return first + second
        case "product":
            return first * second
        case "mean":
            return 0.5 * (first + second)
    raise ValueError(f"there is no join named {how!r}")


def joined_back(gradient: Array, first: Array, second: Array, how: str) -> tuple[Array, Array]:
    """What each of the two receives."""
    match how:
        case "concat":
            return gradient[..., : first.shape[-1]], gradient[..., first.shape[-1] :]
        case "product":
            return gradient * second, gradient * first
        case "mean":
            return 0.5 * gradient, 0.5 * gradient
    return gradient, gradient


def joining(out: str, first: str, second: str, how: str, at: Place) -> Operation:
    """`joined` as a declared operation."""
    return {"concat": concat, "sum": add, "product": multiply, "mean": mean}[how](out, first, second, at=at)


class Join(Part):
    """Two sequences become one (a bidirectional pair, Schuster & Paliwal 1997).

    `at_its_end`: the second, a reverse chain, is read at its own last step, data time 1, whatever t is: the state that
    has seen the whole sequence. Without it the pair is joined step by step, and at t = T the reverse state has seen
    x_T alone. In a pass that stops at the head (only the read-out is fitted) its own gradient is 0, like its chains'.
    """

    options = (REVERSE_AT,)

    def __init__(self, name: str, first: Key, second: Key, how: str = "concat", at_its_end: bool = False) -> None:
        self.name, self.first, self.second, self.how, self.at_its_end = name, first, second, how, at_its_end
        other = "s′₁" if at_its_end else "s′ₜ"
        self.equation = "s̄ₜ = " + {
            "concat": f"(sₜ, {other})", "sum": f"sₜ + {other}", "product": f"sₜ ⊙ {other}", "mean": f"½·(sₜ + {other})"
        }[how]  # fmt: skip
        title = "both chains, joined"
        self.quantities = (Record("s", "state", title, r"\bar{#}@", "#\u0304@"),)
        self.graph = (joining("s", "first", "second", how, at=(1, 1)),)
        self.rows = (Row(name, title, ("s",), ("s",)),)
        self.layer = name[1:]
        self.in_words = {"first": "its share", "second": "read at its own end" if at_its_end else "its share"}

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        second = Read(self.second, at=FIRST) if self.at_its_end else Read(self.second)
        return {"first": (Read(self.first),), "second": (second,)}

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        both = widths[self.first], widths[self.second]
        widths[self.name, "s"] = sum(both) if self.how == "concat" else both[0]
        return {}

    def both(self, run: ForwardPass) -> tuple[Array, Array]:
        """What is joined at every step, (T, B, H) each."""
        first, second = run.signals[self.first], run.signals[self.second]
        return first, np.broadcast_to(second[:1], second.shape) if self.at_its_end else second

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        run.signals[self.name, "s"] = joined(*self.both(run), self.how)
        return 0, nothing

    def allocate_back(self, back: BackwardPass) -> None:
        back.signals[self.name, "s"] = np.zeros_like(back.run.signals[self.name, "s"])

    def begin_back(self, back: BackwardPass) -> tuple[int, StepFunction]:
        if back.head_only:
            back.signals[self.name, "s"][...] = 0.0
        first, second = joined_back(back.signals[self.name, "s"], *self.both(back.run), self.how)
        back.signals[self.first] += first
        if self.at_its_end:
            back.signals[self.second][0] += second.sum(axis=0)
        else:
            back.signals[self.second] += second
        return 0, nothing
