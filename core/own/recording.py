"""A recorded run of somebody's own model in PyTorch or Keras: what explorer/recorders/ writes, by our names.

The array `recording` says in JSON which library and layer it is, and for each layer and direction the pattern of its
arrays' names, "lstm.{}_l0" for lstm.weight_ih_l0 and lstm.h_l0.grad; x and x.grad stand for themselves. All arrays are
in the library's own layout, sequences time first. `….above` is the part of a state's gradient that comes from outside
the recurrent layers: of the top one it is what a run here is handed in from above.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import msgspec
import numpy as np

from core.cells import cell_named
from core.cells.elsewhere import KERAS, TORCH, Layer
from core.choices import JoinBy
from core.errors import quoted
from core.experiment import Experiment
from core.interop.conventions import layer_for_import, to_ours
from core.maths.arrays import Array
from core.sentence import Sentence

RECORDING = "recording"  # the array that says what the others are
GRADIENT, ABOVE = ".grad", ".above"
KEEPS = Experiment().with_changes(update="keeps")  # both libraries' gate z says what stays
ROUNDING = 1e-5  # of the largest gradient: what is below it is what the recorder's subtraction leaves


class About(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    library: Literal["PyTorch", "Keras"]
    version: Annotated[str, msgspec.Meta(max_length=40)]
    layer: Annotated[str, msgspec.Meta(max_length=40)]
    arguments: dict[str, str]
    chains: Annotated[list[Annotated[list[str], msgspec.Meta(min_length=1, max_length=2)]], msgspec.Meta(min_length=1)]
    join: JoinBy | None = None
    dropout: float = 0.0


@dataclass(frozen=True)
class Weights:
    """How a library names the arrays of a layer: what reads x, what reads the state, the bias and, where it has one of
    its own, the state's. `columns`: they are (G·H, n), for W·x."""

    kernel: str
    recurrent: str
    biases: tuple[str, ...]
    columns: bool
    table: tuple[Layer, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.kernel, self.recurrent, *self.biases


LIBRARIES: Mapping[str, Weights] = {
    "PyTorch": Weights("weight_ih", "weight_hh", ("bias_ih", "bias_hh"), True, TORCH),
    "Keras": Weights("kernel", "recurrent_kernel", ("bias",), False, KERAS),
}
GATES = {"RNN": 1, "SimpleRNN": 1, "GRU": 3, "LSTM": 4}
# What a recording may have of every step beside the states: the libraries' letters, and ours.
OF_STEPS = {"LSTM": {"i": "i", "f": "f", "g": "g", "o": "o"}, "GRU": {"z": "u", "r": "r", "n": "n"}}


@dataclass(frozen=True)
class Chain:
    """One layer in one direction: `part` is our name of it, "L1r", `pattern` that of its arrays, with {}."""

    part: str
    pattern: str

    def name(self, quantity: str, of: str = "") -> str:
        """The array's name in the file; `of`: GRADIENT or ABOVE."""
        return self.pattern.replace("{}", quantity) + of


@dataclass(frozen=True, eq=False)
class Recording:
    """A file that has been read: every array has a name and a shape that are known, and is finite."""

    about: About
    arrays: Mapping[str, Array]

    @property
    def library(self) -> Weights:
        return LIBRARIES[self.about.library]

    @property
    def model(self) -> str:
        """«PyTorch 2.13.0: LSTM»"""
        return f"{self.about.library} {self.about.version}: {self.about.layer}"

    @cached_property
    def chains(self) -> tuple[Chain, ...]:
        """L1, L1r, L2 … in this order."""
        return tuple(
            Chain(f"L{k}{'r' * way}", pattern)
            for k, pair in enumerate(self.about.chains, 1)
            for way, pattern in enumerate(pair)
        )

    @property
    def top(self) -> tuple[Chain, ...]:
        return self.chains[-len(self.about.chains[-1]) :]

    @property
    def states(self) -> tuple[str, ...]:
        """The library's letters of what a cell hands on."""
        return ("h", "c") if self.about.layer == "LSTM" else ("h",)

    @cached_property
    def recorded(self) -> dict[str, str]:
        """Our name of everything that there may be of every step, by the library's letter of it."""
        states = {"h": "s", "c": "c"}
        return {**{name: states[name] for name in self.states}, **OF_STEPS.get(self.about.layer, {})}

    @cached_property
    def layer(self) -> Layer:
        """What the library's layer computes. Raises InputError where no cell here does."""
        return layer_for_import(self.library.table, GATES[self.about.layer], KEEPS, self.about.arguments)

    def get(self, chain: Chain, quantity: str, of: str = "") -> Array | None:
        return self.arrays.get(chain.name(quantity, of))

    def hidden(self, chain: Chain) -> int:
        """H, from the matrix that reads the state, (H, G·H) or (G·H, H); where that is missing, from what there is of
        every step; 0 where that is nothing."""
        found = self.arrays.get(chain.name(self.library.recurrent))
        if found is not None:
            return min(found.shape) if found.ndim == 2 else 0
        own = (self.get(chain, letter, of) for letter in self.recorded for of in ("", GRADIENT))
        return next((array.shape[2] for array in own if array is not None and array.ndim == 3), 0)

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The names of the matrices without which nothing can be recomputed."""
        wanted = (chain.name(name) for chain in self.chains for name in self.library.names[:2])
        return tuple(name for name in wanted if name not in self.arrays)

    def weights(self, chain: Chain) -> dict[str, Array]:
        """U, W, b and b_q of a layer, float64."""
        kernel, recurrent, *biases = self._read(chain, "")
        return to_ours(self.layer, KEEPS, kernel, recurrent, *biases)

    def gradients(self, chain: Chain) -> Iterator[tuple[str, dict[str, Array]]]:
        """The gradients of a layer's weights: the array's name, and what stands in it by our names, "U", "b_r". Two
        biases that are added both have the gradient of b; of a GRU's second one the last part is that of b_q."""
        library, hidden = self.library, self.hidden(chain)
        kernel, recurrent, *biases = self._read(chain, GRADIENT)
        plain = to_ours(self.layer, KEEPS, kernel, recurrent)
        for name, key in zip(library.names[:2], "UW", strict=True):
            if self.get(chain, name, GRADIENT) is not None:
                yield chain.name(name, GRADIENT), {key: plain[key]}
        found = []
        for k, bias in enumerate(biases):
            b = to_ours(self.layer, KEEPS, kernel, recurrent, bias)["b"]
            if k and self.layer.own_bias:
                blocks = dict(zip(cell_named(self.layer.cell).blocks, np.split(b, len(b) // hidden), strict=True))
                blocks.popitem()
                found.append({**{f"b_{gate}": block for gate, block in blocks.items()}, "b_q": bias[-hidden:]})
            else:
                found.append({"b": b})
        there = [name for name in library.biases if self.get(chain, name, GRADIENT) is not None]
        if len(there) == len(found):
            yield from ((chain.name(name, GRADIENT), each) for name, each in zip(there, found, strict=True))
        elif there:
            yield chain.name(there[0], GRADIENT), {key: array for each in found for key, array in each.items()}

    def above(self, chain: Chain, state: str = "h") -> Array | None:
        """What comes from outside to a state, (T, B, H); None where no backward pass was recorded."""
        return self.get(chain, state, ABOVE)

    @property
    def unlike(self) -> str:
        """Why the gradients of a run here are not those that were recorded, a clause; "" where they are."""
        if self.about.dropout:
            return Sentence(
                "dropout {share:g} between the layers was active, and there is none here (record after model.eval())",
                share=self.about.dropout,
            )
        if any(self.above(chain) is None for chain in self.top):
            return Sentence("no backward pass was recorded")
        if self.stray:
            names = ", ".join(quoted(name, 100) for name in self.stray[:4])
            return Sentence("the loss also reads what a run here cannot hand in ({names})", names=names)
        return ""

    @cached_property
    def stray(self) -> tuple[str, ...]:
        """Names of gradients from above that a run here cannot be handed in: of c, and of a layer below the top one."""
        entered = {chain.name("h", ABOVE) for chain in self.top}
        scale = max(
            (float(np.abs(each).max()) for name, each in self.arrays.items() if name.endswith(ABOVE)), default=0
        )
        return tuple(
            name
            for name, array in self.arrays.items()
            if name.endswith(ABOVE) and name not in entered and np.abs(array).max() > ROUNDING * scale
        )

    def _read(self, chain: Chain, suffix: str) -> list[Array]:
        """A layer's kernel (I, G·H), its recurrent kernel (H, G·H) and the rows of its biases, or with GRADIENT their
        gradients; a matrix that is not there as zeros."""
        library, hidden = self.library, self.hidden(chain)
        found = []
        for name in library.names[:2]:
            array = self.get(chain, name, suffix)
            if array is None:
                array = np.zeros_like(self.arrays[chain.name(name)])
            found.append(np.asarray(array.T if library.columns else array, dtype=float))
        given = [array for name in library.biases if (array := self.get(chain, name, suffix)) is not None]
        rows = [
            row
            for array in given
            for row in np.asarray(array, dtype=float).reshape(-1, GATES[self.about.layer] * hidden)
        ]
        return [*found, *rows]
