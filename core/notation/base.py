"""What a notation is: symbols, the place of the step's index, and on which side of a product a matrix stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from core.maths.operations import Operation, mixed, mixed_by_rest
from core.notation.layers import Layers

if TYPE_CHECKING:
    from core.cells.base import Cell

Array = np.ndarray

SUBSCRIPT = str.maketrans("jkt0123456789+-", "ⱼₖₜ₀₁₂₃₄₅₆₇₈₉₊₋")
SUPERSCRIPT = str.maketrans("jkt0123456789+-", "ʲᵏᵗ⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
PLAIN = str.maketrans("-", "−")
_RAISED = dict(zip("acfghinopruxyz", "ᵃᶜᶠᵍʰⁱⁿᵒᵖʳᵘˣʸᶻ", strict=True))
_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ"}


class Symbol(NamedTuple):
    """A symbol as LaTeX and as plain text: `@` where the step's index stands (`@-` one step earlier), `#` where the
    letter of a gate stands, `%` where it stands raised (plain text)."""

    tex: str
    text: str

    def of(self, tex: bool, letter: str = "") -> str:
        """One of the two, with the letter put in."""
        return (self.tex if tex else self.text).replace("%", raised(letter)).replace("#", letter)


def one(tex: str, text: str) -> tuple[Symbol, Symbol]:
    """A parameter's symbol, the same with and without a gate's letter."""
    symbol = Symbol(tex, text)
    return symbol, symbol


_PARTIAL = Symbol(r"\frac{\partial L}{\partial #}", "∂L/∂#")
_TIMES, _DOT = Symbol(r" \odot ", " ⊙ "), Symbol(r" \cdot ", "·")
_THETA, _PHI = Symbol(r"\theta", "θ"), Symbol(r"\varphi", "φ")


def raised(letter: str) -> str:
    """A gate's letter as a superscript of plain text; _ab where there is none."""
    return _RAISED.get(letter, f"_{letter}" if letter else "")


# Of a sum of products: the state's share, then the input's, unless declared or "bias, input, state"; the bias last,
# unless it is named first.
Order = Literal["as declared", "state first", "bias first", "bias, input, state"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Notation:
    """The symbols and the layout of one textbook. Quantities go by our names ("s", "h_f", "W_f"), whatever the book's.

    `transpose`: vectors are columns, a batch (n, B) instead of (B, n), and a matrix stands on the left of its vector.
    `weights_transposed`: a weight matrix has shape (out, in). `sides`: gates that always keep, or always write, in this
    book; where a cell has it the other way round, its gate u is the book's 1 − u, so that the pre-activation, the
    parameters and the gradients of that gate have the other sign.
    """

    number: int
    name: str
    title: str
    short: str  # whose it is, in a word or two: the book's authors
    source: str
    notes: tuple[str, ...] = ()
    transpose: bool = False
    weights_transposed: bool = False
    stacked: bool = False  # the book has a symbol for the parameters of all gates together
    index_tex: str = "_{#}"
    index_text: str = "#"
    digits: Mapping[int, int] = field(default_factory=lambda: SUBSCRIPT)
    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    pre: Mapping[bool, Symbol] = field(default_factory=dict)  # pre-activation: False without, True with a gate's letter
    delta: Mapping[bool, Symbol] = field(default_factory=dict)  # ∂L/∂pre-activation, where it has a symbol of its own
    letters: Mapping[str, str] = field(default_factory=dict)  # our block → the book's letter for it
    parameters: Mapping[str, tuple[Symbol, Symbol]] = field(default_factory=dict)  # without, with a gate's letter
    second_bias: tuple[Symbol, Symbol] | None = None  # beside "b", for the state's share of a pre-activation
    gradient: Symbol = _PARTIAL
    times: Symbol = _TIMES
    dot: Symbol = _DOT
    order: Order = "as declared"
    gated_order: Order | None = None  # of a gated cell's pre-activations, where the book writes them another way
    layers: Layers = field(default_factory=Layers)  # how the layers of a network are told apart
    sides: Mapping[str, Literal["keeps", "writes"]] = field(default_factory=dict)
    threshold: Symbol = _THETA  # of clipping
    phi: Symbol = _PHI  # an activation, whichever it is

    def order_of(self, name: str) -> Order:
        """The order in which the addends of a pre-activation ("h", "h_f" …) or of the output stand."""
        return self.gated_order if self.gated_order is not None and name.startswith("h_") else self.order

    @cached_property
    def without_step(self) -> Notation:
        """The same with symbols that have no step: h."""
        return replace(self, index_tex="", index_text="")

    # --- symbols ---
    def index(self, offset: int, t: int | str | None, tex: bool) -> str:
        """The index of step t + offset: t is a number, another letter, or None for the letter t."""
        step = str(t + offset) if isinstance(t, int) else (t or "t") + (f"{offset:+d}" if offset else "")
        return (self.index_tex if tex else self.index_text).replace("#", step if tex else step.translate(self.digits))

    def pattern(self, cell: Cell | None, name: str, tex: bool) -> str:
        """A quantity's symbol with @ for the step; "" for a record that is an expression of others."""
        found = self.symbols.get(name)
        record = next((each for each in cell.records if each.name == name), None) if cell else None
        if found is None and self.pre and (name == "h" or name.startswith("h_")):
            letter = self.letter(name.partition("_")[2])
            pattern = self.pre[bool(letter)].of(tex, letter)
        elif found is not None:
            pattern = found.of(tex)
        else:
            pattern = (record.tex if tex else record.text) if record else ""
            if self.number != 1 and record and "(" in record.text:
                return ""
            pattern = pattern or (f"{name}_@" if tex else f"{name}@")
        pattern = pattern.replace("_@", "@")
        if tex and self.index_tex.startswith("^") and "^" in pattern and pattern.endswith("@"):
            return f"{{{pattern[:-1]}}}@"  # two superscripts need braces
        return pattern

    def letter(self, block: str) -> str:
        """The book's letter for a block of ours."""
        return self.letters.get(block, block)

    def parameter(self, name: str, tex: bool, second: bool = False) -> str:
        """U, W_f, b_q … in the book's symbols; `second`: the bias that goes with the state's share."""
        stem, _, block = name.partition("_")
        if name in self.parameters:
            stem, block = name, ""
        letter = self.letter(block) if block else ""
        found = self.second_bias if second else self.parameters.get(stem)
        if found is not None:
            return found[bool(letter)].of(tex, letter)
        stem = _GREEK.get(stem, stem) if not tex else f"\\{stem}" if stem in _GREEK else stem
        if not letter:
            return stem
        return f"{stem}_{{{letter}}}" if tex else stem + raised(letter)

    def bias_beside(self, operation: Operation, tex: bool) -> str:
        """The second bias of a pre-activation that has two in this book, one for x and one for the state; "" else."""
        stems = {name.partition("_")[0] for name in operation.parameters}
        if self.second_bias is None or operation.bias is None or not stems >= {"U", "W"}:
            return ""
        return self.parameter(operation.bias, tex, second=True)

    def parameter_symbols(self, cell: Cell, name: str, tex: bool) -> tuple[str, ...]:
        """The symbols that a parameter of ours has in the book: one, or two for a bias that is split."""
        biased = [each for each in cell.graph if each.bias and name in (each.bias, each.bias.partition("_")[0])]
        found = [self.parameter(name, tex)]
        if biased and all(self.bias_beside(operation, tex) for operation in biased):
            found.append(self.parameter(name, tex, second=True))
        return tuple(found)

    def delta_pattern(self, name: str, tex: bool) -> str:
        """∂L/∂pre-activation with @ for the step, where the book has a symbol for it; "" else."""
        if not self.delta or not (name in ("h", "z") or name.startswith("h_")):
            return ""
        letter = self.letter("y" if name == "z" else name.partition("_")[2])
        return self.delta[bool(letter)].of(tex, letter).replace("_@", "@")

    # --- layers ---
    def keyed(self, pattern: str, key: str, tex: bool) -> str:
        """A quantity's pattern with its layer's key ("2", "1r"): s⁽²⁾@, s2@; "" leaves it."""
        return self.layers.quantity(pattern, key, tex, self.index_tex.startswith("^")) if key else pattern

    def keyed_parameter(self, symbol: str, key: str, tex: bool) -> str:
        """A parameter's symbol with its layer's key: W⁽²⁾, W2, weight_ih_l1; "" leaves it."""
        return self.layers.parameter(symbol, key, tex, self.index_tex.startswith("^")) if key else symbol

    def keyed_together(self, letters: tuple[str, ...], key: str) -> str:
        """The letters of several quantities of one row, plain text, with their layer's key; "" leaves them."""
        return self.layers.together(letters, key) if key else " ".join(letters)

    # --- gates with the complementary meaning ---
    def complemented(self, cell: Cell) -> frozenset[str]:
        """The gates of the cell that are 1 − ours in this book."""
        found = set()
        for gate, side in self.sides.items():
            own = mixed(cell.graph, gate)
            if own:
                ours = "keeps" if own[0].inputs[1].endswith("_prev") else "writes"
                found |= {gate} if ours != side else set()
        return frozenset(found)

    def graph(self, cell: Cell) -> tuple[Operation, ...]:
        """The cell's operations as the book has them: a complemented gate selects the other side."""
        graph = cell.graph
        for gate in self.complemented(cell):
            graph = mixed_by_rest((_held(each, gate) for each in graph), gate)
        return graph

    def negated(self, cell: Cell, name: str) -> bool:
        """Whether a parameter or a pre-activation belongs to a complemented gate: σ(−h) = 1 − σ(h)."""
        stem, _, block = name.partition("_")
        return bool(stem) and block in self.complemented(cell)

    # --- arrays ---
    def in_notation(self, cell: Cell, name: str, array: Array) -> Array:
        """A recorded quantity in the book's meaning, in our layout: 1 − u for a complement, −h before it."""
        return 1.0 - array if name in self.complemented(cell) else 0.0 - array if self.negated(cell, name) else array

    def gradient_in_notation(self, cell: Cell, name: str, array: Array) -> Array:
        """The gradient of a recorded quantity likewise: −∂L/∂u for a complement."""
        return -array if name in self.complemented(cell) or self.negated(cell, name) else array

    def parameters_in_notation(self, cell: Cell, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """Parameters by block (`Scan.views`) likewise, in our layout; stacks are left as they are."""
        if not self.complemented(cell):
            return dict(parameters)
        return {name: 0.0 - array if self.negated(cell, name) else array for name, array in parameters.items()}

    def value(self, cell: Cell, name: str, array: Array) -> Array:
        """A recorded quantity (…, B, n) in the book's layout and meaning: (…, n, B) for columns, 1 − u for a
        complement."""
        array = self.in_notation(cell, name, array)
        return np.swapaxes(array, -1, -2) if self.transpose else array

    def parameter_value(self, cell: Cell, name: str, array: Array) -> Array:
        """A parameter or its gradient: (in, out) or (out, in); a vector (n,) becomes (n, 1) where vectors are columns.

        A complemented gate's block changes its sign. Of two biases this is the first; the second is 0 where ours is
        one.
        """
        complemented = self.complemented(cell)
        if self.negated(cell, name):
            array = -array
        elif complemented and name != "V" and array.shape[-1] % len(cell.blocks) == 0:
            blocks = cell.named(name, array, array.shape[-1] // len(cell.blocks))
            if len(blocks) > 1:
                array = np.concatenate([-b if self.negated(cell, key) else b for key, b in blocks.items()], axis=-1)
        if array.ndim == 1:
            return array[:, None] if self.transpose else array
        return array.T if self.weights_transposed else array


def _held(operation: Operation, gate: str) -> Operation:
    """A frozen gate is 1 − ours in the book."""
    frozen = operation.kind == "constant" and operation.out == gate
    return replace(operation, value=1.0 - operation.value) if frozen else operation
