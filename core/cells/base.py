"""What a cell is: parameters, records, memory, graph, step and step_back.

Letters used for shapes everywhere: T steps, B samples, I inputs, H hidden units, G blocks stacked in h, O outputs.
Vectors are rows: x (B, I), U (I, G·H), W (H, G·H), b (G·H,).
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import cached_property
from types import SimpleNamespace
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from core.cells.alternatives import Alternative
from core.choices import Choices
from core.maths.activations import KINKS
from core.maths.arrays import Array
from core.options import Option

if TYPE_CHECKING:
    from core.maths.operations import Operation


# What a cell is to a person who looks for one: its state goes from step to step and is learned by BPTT, or it is
# not learned by gradients, or nothing but inputs and outputs of earlier steps comes in.
Family = Literal["recurrent", "without BPTT", "without recurrence"]


@dataclass(frozen=True)
class Record:
    """One named quantity of a cell, kept at every step with its gradient.

    `kind` tells the views how to show it: "pre-activation" and "state" on the map centred at 0, "gate" as a level 0…1.
    """

    name: str
    kind: str
    title: str
    tex: str = ""  # its symbol, `@` where the step stands and `@-` for the step before; name_@ where empty
    text: str = ""  # the same as plain text; name@ where empty


@dataclass(frozen=True)
class Factor:
    """A product in which a parameter takes part: the gradient of `parameter` at t is `left`_tᵀ · d`right`_t; where
    `elementwise` (a vector that multiplies ⊙) it is `left`_t ⊙ d`right`_t, summed over the samples.

    `left` is "x", "1" (a bias), "a_prev" (outputs fed back), "s_prev", "c_prev" … or one of the cell's records; `right`
    is a record.
    """

    parameter: str
    left: str
    right: str
    elementwise: bool = False


@dataclass(frozen=True)
class Row:
    """One row of the chain: a node for every step, showing the records `shown`, one line of units each.

    `members` are the operations of the graph that the node stands for; what crosses between rows is drawn as an edge.
    """

    name: str
    title: str
    shown: tuple[str, ...]
    members: tuple[str, ...]


class Cell:
    """Base of every cell type. A cell holds choices only (no arrays): the numbers come in `p`, `r` and `d`.

    `r` holds the forward records and `d` their gradients, by name, first axis time in the order of processing.
    A carried quantity q (s, c) has `r.q_prev` beside `r.q`, both views of one (T + 1, B, H) array whose first row
    is the initial state; `d.q_prev` likewise. `r.h` (T, B, G·H) is the stack of all pre-activations.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    note: ClassVar[str] = ""  # what must be known besides the title
    family: ClassVar[Family] = "recurrent"  # the heading under which lists of cells have it
    blocks: ClassVar[tuple[str, ...]] = ("",)  # the blocks stacked in h, U, W, b; "" for a single, unnamed one
    gates: ClassVar[tuple[str, ...]] = ()  # the blocks that can be frozen at a value
    recurrent_states: ClassVar[tuple[str, ...]] = ("s",)  # what one step passes to the next
    memory: ClassVar[str] = "s"  # the record on which gradients are compared
    clocks: tuple[int, ...] = ()  # where groups of units do not run at every step: their periods, which divide t
    options: ClassVar[tuple[Option, ...]] = ()  # what it lets a person choose beside what every experiment has
    kept_by: ClassVar[tuple[Option, str] | None] = None  # the bias that decides how much is kept, and its block
    first: ClassVar[Alternative | None] = None  # as which a person meets it who chooses it from a list
    alternatives: ClassVar[tuple[Alternative, ...]] = ()  # experiments to try beside that one
    reads_input: ClassVar[bool] = True  # it has U; a model of its own past outputs alone has none
    tapped: ClassVar[bool] = False  # its input is a window: x_t beside the x of the `taps` − 1 steps before
    fed: ClassVar[bool] = False  # it always reads outputs of earlier steps, through F
    stackable: ClassVar[bool] = True  # it has a hidden layer that another layer can read
    couples_samples: ClassVar[bool] = False  # one sample's state depends on the others of the batch
    learned: ClassVar[bool] = True  # False: its parameters stay as they are, and only the read-out V, b_z is fitted
    readout: ClassVar[str] = "ridge"  # and how: "ridge" regression, or "counts"

    reusable: ClassVar[bool] = False  # a training may use its arrays again: `differentiate`

    left_out: tuple[str, ...] = ()  # the biases of the cell that this one is without

    def __init__(self, frozen: dict[str, float] | None = None) -> None:
        self.frozen = {gate: float(at) for gate, at in (frozen or {}).items() if gate in self.gates}

    @classmethod
    def from_experiment(cls, experiment: Choices) -> Cell:
        """The cell with the choices that an experiment makes for it."""
        return cls(frozen_in(experiment))

    @classmethod
    def refuse(cls, experiment: Choices) -> None:
        """Raises InputError where its own options do not go together, or with the experiment's."""

    @classmethod
    def fed_taps(cls, experiment: Choices) -> int:
        """How many past outputs it reads where outputs are fed back to it."""
        return 1

    def width(self, hidden: int, inputs: int, fed: int) -> int:
        """How many units its state has, from H, the width of its input and that of the outputs fed back to it."""
        return hidden

    # --- what it declares ---
    @cached_property
    def records(self) -> tuple[Record, ...]:
        """Every quantity that is kept, in the order of computation."""
        raise NotImplementedError

    @cached_property
    def graph(self) -> tuple[Operation, ...]:
        """One step as operations, in the order of computation."""
        raise NotImplementedError

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The products in which the parameters take part; those of h = x·U + s_{t−1}·W + b, unless it has others."""
        return Factor("U", "x", "h"), Factor("W", "s_prev", "h"), Factor("b", "1", "h")

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The chain's rows, from the input's side to the output's."""
        raise NotImplementedError

    @cached_property
    def kinks(self) -> tuple[tuple[str, float], ...]:
        """What an activation with a kink reads, a record by its name, and where the kink is: there is no derivative
        there, and difference quotients across it mean nothing."""
        return tuple((each.inputs[0], at) for each in self.graph for at in KINKS.get(each.kind, ()))

    # --- shapes ---
    def parameter_shapes(self, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """Shapes of the stacked parameters, in order: U (I, G·H), W (H, G·H), b (G·H,)."""
        width = len(self.blocks) * hidden
        return {"U": (inputs, width), "W": (hidden, width), "b": (width,)}

    def shapes(self, inputs: int, hidden: int) -> dict[str, tuple[int, ...]]:
        """`parameter_shapes` of the parameters that it has: all of them but the biases that are left out."""
        found = self.parameter_shapes(inputs, hidden)
        return {name: shape for name, shape in found.items() if name not in self.left_out}

    def named(self, parameter: str, array: Array, hidden: int) -> dict[str, Array]:
        """Views of a stacked array by block: {"U_i": …, "U_f": …}; unstacked names come back as they are."""
        if self.blocks == ("",) or array.shape[-1] != len(self.blocks) * hidden:
            return {parameter: array}
        return {
            f"{parameter}_{block}": array[..., k * hidden : (k + 1) * hidden] for k, block in enumerate(self.blocks)
        }

    def bias(self, experiment: Choices) -> dict[str, float]:
        """The initial bias of each block; `experiment.bias` unless the cell says otherwise."""
        return dict.fromkeys(self.blocks, experiment.bias)

    def mask(self, parameter: str, hidden: int) -> Array | None:
        """Where a parameter (named by block) may differ from 0, its shape with 1 and 0; None: everywhere."""
        return None

    def initialise(self, parameter: str, array: Array, random: np.random.Generator, experiment: Choices) -> None:
        """Fills in a parameter of its own, one besides U, W, b and F; they begin at 0."""

    def recurrent(self, experiment: Choices, size: int, random: np.random.Generator) -> Array | None:
        """Its own way to begin W (H, H), where it does not follow `w_init`."""
        return None

    def with_feedback(self) -> Cell:
        """The same cell with the outputs fed back among what every pre-activation reads: + a_{t−1}·F."""
        reading = copy.copy(self)
        if self.reads_input:
            reading.__dict__["graph"] = tuple(_reading_outputs(operation) for operation in self.graph)
            reading.__dict__["factors"] = (*self.factors, Factor("F", "a_prev", "h"))
        return reading

    def without_biases(self) -> Cell:
        """The same cell without what is added by itself: b, the b_q of a GRU, the β of a batch normalisation."""
        bare = copy.copy(self)
        bare.left_out = tuple(factor.parameter for factor in self.factors if factor.left == "1")
        bare.__dict__["graph"] = tuple(without_bias(operation) for operation in self.graph)
        bare.__dict__["factors"] = tuple(factor for factor in self.factors if factor.left != "1")
        return bare

    # --- the method, step by step ---
    def prepare(self, parameters: dict[str, Array]) -> SimpleNamespace:
        """The parameters as attributes, with the transposes and blocks that the loops need, made contiguous once."""
        p = SimpleNamespace(**parameters)
        if "W" in parameters:
            p.W_T = p.W.T.copy()
        return p

    def forward_records(self, steps: int, batch: int, hidden: int) -> SimpleNamespace:
        """Arrays for the forward pass, `r`."""
        raise NotImplementedError

    def pause(self, r: SimpleNamespace, absent: Array) -> None:
        """Before the first step, where samples are of different lengths: `absent` (T, B) bool, in the order of
        processing, are the steps that a sample does not have. What counts steps counts a sample's own."""

    def step(self, t: int, p: SimpleNamespace, r: SimpleNamespace) -> None:
        """One step forward. On entry r.h[t] holds x_t·U + b (+ a_{t−1}·F where outputs are fed back); on return every
        record of step t is complete."""
        raise NotImplementedError

    def backward_records(self, p: SimpleNamespace, r: SimpleNamespace) -> SimpleNamespace:
        """Arrays for the backward pass, `d`, and the local derivatives of all steps at once."""
        raise NotImplementedError

    def differentiate(self, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """Of a `reusable` cell: fills in the local derivatives of all steps, in arrays of `d` that `backward_records`
        or an earlier pass made. Its `step` and `step_back` write every other number, but for what is carried. They take
        of `r` and `d` nothing but rows, `r.s[t]`, and arrays that are not (T, B, n), and write into a row, not over it:
        `np.tanh(h, r.s[t])`, `r.f[t][...] = 1.0`."""
        raise NotImplementedError

    def step_back(self, t: int, p: SimpleNamespace, r: SimpleNamespace, d: SimpleNamespace) -> None:
        """One step back. On entry the gradients on what step t passed on are complete in `d`, later steps included;
        on return d.h[t] is complete and the gradients on what came in have been added to d.s_prev[t] …"""
        raise NotImplementedError

    def state_jacobian(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂m_t/∂m_{t−1} of one sample, m being what is carried side by side, (n·H, n·H): rows for what came in."""
        raise NotImplementedError

    def state_by_memory(self, p: SimpleNamespace, r: SimpleNamespace, t: int, sample: int) -> Array:
        """∂s_t/∂c_t within the step, of one sample, (H,): how unit i of the state moves with unit i of the memory from
        which it is computed, all that came into the step held fixed. Asked only of a cell that carries both."""
        raise NotImplementedError


def frozen_in(experiment: Choices) -> dict[str, float]:
    """The gates that an experiment holds, each at its value."""
    return {held.gate: held.at for held in experiment.frozen}


def without_bias(operation: Operation) -> Operation:
    """The operation without the bias that it adds."""
    return operation if operation.bias is None else replace(operation, bias=None)


def _reading_outputs(operation: Operation) -> Operation:
    """An operation that reads x through U, with the outputs fed back beside it, through F."""
    found = [place for place, name in enumerate(operation.parameters) if name == "U" or name.startswith("U_")]
    if not found:
        return operation
    name = "F" + operation.parameters[found[0]][1:]
    return replace(operation, inputs=(*operation.inputs, "a_prev"), parameters=(*operation.parameters, name))


def sequence(steps: int, batch: int, width: int) -> Array:
    """An array (T, B, width) for one record."""
    return np.empty((steps, batch, width))


def carry(namespace: SimpleNamespace, name: str, steps: int, batch: int, hidden: int) -> None:
    """Adds `name` and `name_prev`: two views (T, B, H) of one zeroed (T + 1, B, H) array, one step apart."""
    base = np.zeros((steps + 1, batch, hidden))
    setattr(namespace, name + "_base", base)
    setattr(namespace, name + "_prev", base[:-1])
    setattr(namespace, name, base[1:])


def in_complex(namespace: SimpleNamespace) -> SimpleNamespace:
    """The same arrays in complex numbers: what was a view of another array is the same view of its complex one."""
    found, wholes = SimpleNamespace(**vars(namespace)), {}
    for name, array in vars(namespace).items():
        if isinstance(array, np.ndarray) and array.dtype == float:
            base = array if array.base is None else array.base
            whole = wholes.setdefault(id(base), base.astype(complex))
            if array is base:
                setattr(found, name, whole)
                continue
            offset = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
            strides = tuple(2 * stride for stride in array.strides)
            setattr(found, name, np.ndarray(array.shape, complex, whole, 2 * offset, strides))
    return found


def split(namespace: SimpleNamespace, stack: str, names: tuple[str, ...]) -> None:
    """Adds a view (T, B, H) for each of `names` into the array `stack` (T, B, len(names)·H)."""
    array = getattr(namespace, stack)
    hidden = array.shape[-1] // len(names)
    for k, name in enumerate(names):
        setattr(namespace, name, array[..., k * hidden : (k + 1) * hidden])
