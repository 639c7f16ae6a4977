"""Parts without a loop: two sequences joined, a convolution over time, the context between encoder and decoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

import msgspec
import numpy as np

from core.cells.base import Factor, Record, Row
from core.choices import DECODED, Choices
from core.maths.activations import IDENTITY, TANH
from core.maths.arrays import Array
from core.maths.operations import Operation, Place, activate, add, clock, concat, linear, mean, multiply, weigh
from core.network.declared import BY_CONTEXT, EVERY, FIRST, LAST, Read
from core.network.parts import BackwardPass, ForwardPass, Key, Part, StepFunction, nothing
from core.options import Option, Slider

Kernel = Annotated[int, msgspec.Meta(ge=1, le=25)]
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
)
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
)
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


class Convolution(Part):
    """h_t = Σ_k x_{t+k−⌊K/2⌋}·C_k + b, s_t = tanh(h_t): a kernel of K steps and F filters, x taken as 0 outside the
    sequence ("same" padding), beyond a short sample's own end too. C is (K, I, F), b (F,). The output at a step
    that a sample does not have is not used."""

    name = "conv"
    equation = "kₜ = tanh(Σₖ xₜ₊ₖ₋⌊K/2⌋·Cₖ + b)"
    options = (CONVOLUTION, FILTERS)

    @classmethod
    def from_experiment(cls, experiment: Choices, source: Key) -> Convolution | None:
        return None if experiment.convolution is None else cls(source, experiment.convolution, experiment.filters)

    def __init__(self, source: Key, kernel: int, filters: int) -> None:
        self.source, self.kernel, self.filters = source, kernel, filters
        self.quantities = (
            Record("h", "pre-activation", "pre-activation of the convolution", "h^{k}@", "hᵏ@"),
            Record("s", "state", "convolution", "k@", "k@"),
        )
        taps = [(f"x_{k}", f"C_{k}") for k in range(1, kernel + 1)]
        self.graph = (linear("h", *taps, bias="b", at=(1, 2)), activate("s", TANH.name, "h", at=(1, 1)))
        self.factors = (*(Factor(parameter, name, "h") for name, parameter in taps), Factor("b", "1", "h"))
        self.rows = (Row(self.name, "convolution", ("s",), ("h", "s")),)

    def reads(self, widths: Mapping[Key, int]) -> dict[str, tuple[Read, ...]]:
        taps = range(1, self.kernel + 1)
        return {f"x_{k}": (Read(self.source, self.kernel // 2 + 1 - k, present=True),) for k in taps}

    def named(self, parameter: str, array: Array) -> dict[str, Array]:
        return {f"C_{k}": matrix for k, matrix in enumerate(array, 1)} if parameter == "C" else {parameter: array}

    def parameter_shapes(self, widths: dict[Key, int]) -> dict[str, tuple[int, ...]]:
        widths[self.name, "s"] = self.filters
        return {f"{self.name}.C": (self.kernel, widths[self.source], self.filters), f"{self.name}.b": (self.filters,)}

    def _windows(self, run: ForwardPass) -> Array:
        """(T, B, K, I): what each step reads; a view of x with zeros at both ends."""
        x, before, present = run.signals[self.source], self.kernel // 2, run.data.present
        if present is not None:
            x = np.where(present[:, :, None], x, 0.0)
        padded = np.pad(x, ((before, self.kernel - 1 - before), (0, 0), (0, 0)))
        return np.moveaxis(np.lib.stride_tricks.sliding_window_view(padded, self.kernel, axis=0), 3, 2)

    def begin(self, run: ForwardPass) -> tuple[int, StepFunction]:
        c, bias = (run.parameters[f"{self.name}.{key}"] for key in ("C", "b"))
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
        back.parameters[f"{self.name}.b"][...] = dh.sum(axis=(0, 1))
        return 0, nothing


class Context(Part):
    """What an encoder passes to a decoder, one vector for a sample: c (1, B, n).

    kind "last": the encoder's last state; of a bidirectional pair, each chain's own last, joined. "transform":
    c = tanh(last · M + b). "all": c = tanh(mean_t s_t · M + b), over the steps that a sample has
    (Cho et al. 2014, section 2.2: "c is a summary"; textbooks leave the transform open).
    """

    options = (CONTEXT, CONTEXT_AT)
    heading = "pre-activation of the context"

    def __init__(self, name: str, kind: str, states: Key, ends: tuple[Key, ...], how: str, width: int) -> None:
        self.name, self.kind, self.states, self.ends, self.how, self.units = name, kind, states, ends, how, width
        self.equation = {"last": "c = s_T", "transform": "c = tanh(s_T·M + b)", "all": "c = tanh(meanₜ sₜ·M + b)"}[kind]
        made = (
            Record("h", "pre-activation", "pre-activation of the context", "h^{c}", "hᶜ"),
            Record("c", "state", "context of the encoder", "c", "c"),
        )
        self.quantities = made[1:] if kind == "last" else made
        self.graph = tuple(self._operations())
        self.factors = () if kind == "last" else (Factor("M", self._read, "h"), Factor("b", "1", "h"))
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
            yield linear("h", (self._read, "M"), bias="b", at=(1, 2))
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
        return {f"{self.name}.M": (read, self.units), f"{self.name}.b": (self.units,)}

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
        h = read @ run.parameters[f"{self.name}.M"] + run.parameters[f"{self.name}.b"]
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
