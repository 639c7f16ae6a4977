"""The equations of a cell, forward and backward, in LaTeX and as plain text, derived from its declared graph.

They cannot disagree with what is computed: the evaluator runs the same operations, and the contract test holds it
against the loops. A `Style` writes them in one of the textbooks' notations (`core.notation.books`); row vectors, x·U +
s·W, where none is named.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from core.cells.base import Cell
from core.cells.factors import declared_factor
from core.maths.activations import activation_named
from core.maths.operations import FIXED, Operation, linear
from core.notation.base import Notation, Order
from core.notation.books.row import ROW

OUTPUT_LAYER = linear("z", ("s", "V"), bias="b_z", at=(0, 0))  # what the output layer does, unless a run says otherwise


@dataclass(frozen=True)
class Style:
    """How symbols are written. `t` fills in a number (or another letter) for the step; None leaves the letter t.

    Of a network with several layers: `layer` marks the cell's own quantities and parameters, s⁽²⁾, and `reads` says
    what its x is: the task's input x, a "layer" below, x⁽²⁾, or outputs fed to a decoder ("fed"), x̂. `teacher`: where
    outputs are fed back the targets are read instead. `head`: what makes z of the states. `below`: the key of the layer
    whose states, and nothing else, its x is.
    """

    tex: bool
    t: int | str | None = None
    notation: Notation = ROW
    layer: str = ""
    reads: Literal["task", "layer", "fed"] = "task"
    teacher: bool = False
    head: Operation = OUTPUT_LAYER
    below: str = ""

    def index(self, offset: int) -> str:
        """The step's index t + offset."""
        return self.notation.index(offset, self.t, self.tex)

    def symbol(self, cell: Cell | None, name: str, offset: int = 0) -> str:
        """A quantity at step t + offset; `s_prev` is s one step earlier."""
        if name == "a_prev" and self.teacher:
            return self._at(self._windowed(cell, name, self.notation.pattern(cell, "y", self.tex)), offset - 1)
        if name.endswith("_prev"):
            return self.symbol(cell, name.removesuffix("_prev"), offset - 1)
        pattern = self._pattern(cell, name)
        if not pattern and cell:  # a record that is an expression of others: tanh(c), (r ⊙ s)
            operation = _operations(cell, self)[name]
            text = _expression(cell, operation, self, offset)
            return f"({text})" if operation.kind in ("multiply", *_SUMS) else text
        return self._at(self._windowed(cell, name, pattern), offset)

    def _pattern(self, cell: Cell | None, name: str) -> str:
        """A quantity's symbol with @ for the step, and its layer."""
        if cell and name == "x" and self.reads == "fed":
            return r"\hat{x}@" if self.tex else "x̂@"
        if cell and name == "x" and self.below and self.notation.layers.states_read:
            return self.notation.keyed(self.notation.pattern(cell, "s", self.tex), self.below, self.tex)
        pattern, layer = self.notation.pattern(cell, name, self.tex), self.layer
        own = (cell is not None and name not in ("x", "y", "z", "a", "ℓ")) or (name == "x" and self.reads == "layer")
        return self.notation.keyed(pattern, layer, self.tex) if own else pattern

    def _windowed(self, cell: Cell | None, name: str, pattern: str) -> str:
        if not _reads_window(cell, name.removesuffix("_prev")):
            return pattern
        # several steps side by side
        return rf"({pattern}, {pattern}-, \ldots)" if self.tex else f"({pattern}, {pattern}-, …)"

    def _at(self, pattern: str, offset: int) -> str:
        return pattern.replace("@-", self.index(offset - 1)).replace("@", self.index(offset))

    def letter(self, cell: Cell | None, name: str) -> str:
        """A quantity's symbol without a step: h."""
        return self._without_step.symbol(cell, name)

    def gradient_letter(self, cell: Cell | None, name: str) -> str:
        """The symbol of its gradient without a step: ∂L/∂h, δ."""
        return self._without_step.gradient_of(cell, name)

    @property
    def _without_step(self) -> Style:
        return replace(self, notation=self.notation.without_step)

    def parameter(self, name: str) -> str:
        """U, W_f, b_q …"""
        return self._of_layer(name, self.notation.parameter(name, self.tex))

    def parameters(self, cell: Cell, name: str) -> tuple[str, ...]:
        """The symbols that a parameter of ours has in the book: one, or two for a bias that is split."""
        return tuple(self._of_layer(name, each) for each in self.notation.parameter_symbols(cell, name, self.tex))

    def second_bias(self, operation: Operation) -> str:
        """The bias beside that of a pre-activation which has two in this book; "" where there is one."""
        found = self.notation.bias_beside(operation, self.tex)
        return self._of_layer("b", found) if found else ""

    def _of_layer(self, name: str, symbol: str) -> str:
        return self.notation.keyed_parameter(symbol, "" if name in OF_OUTPUT else self.layer, self.tex)

    def gradient(self, symbol: str) -> str:
        """∂L/∂symbol."""
        return self.notation.gradient.of(self.tex, symbol)

    def gradient_of(self, cell: Cell | None, name: str, offset: int = 0) -> str:
        """∂L/∂ a quantity at step t + offset; δ where the notation has that for a pre-activation."""
        delta = self.notation.delta_pattern(name, self.tex)
        if not delta:  # what sends it back through its input is a share of the gradient on the states below
            own = replace(self, below="") if name == "x" else self
            return self.gradient(own.symbol(cell, name, offset))
        keyed = self.notation.keyed(delta, self.layer if name != "z" else "", self.tex)
        return keyed.replace("@", self.index(offset))

    @property
    def times(self) -> str:
        """The elementwise product."""
        return self.notation.times.of(self.tex)

    @property
    def dot(self) -> str:
        """The matrix product."""
        return self.notation.dot.of(self.tex)

    @property
    def minus(self) -> str:
        return " - " if self.tex else " − "

    def transposed(self, name: str) -> str:
        """A parameter's transpose."""
        return self.transpose(self.parameter(name))

    def transpose(self, symbol: str) -> str:
        """The transpose of what has this symbol."""
        return f"{{{symbol}}}^{{\\top}}" if self.tex else f"{symbol}ᵀ"

    def square(self, symbol: str) -> str:
        """Its square, in brackets where the step's index is raised too."""
        if self.notation.index_tex.startswith("^"):
            return f"({symbol})^{{2}}" if self.tex else f"({symbol})²"
        return f"{{{symbol}}}^{{2}}" if self.tex else f"{symbol}²"

    # --- products: on which side a matrix stands, and which of the two is transposed ---
    def factor(self, name: str) -> str:
        """A parameter as it stands in the product of the forward pass: U, or Uᵀ."""
        turned = self.notation.weights_transposed and not self.notation.transpose
        return self.transposed(name) if turned else self.parameter(name)

    def factor_back(self, name: str) -> str:
        """A parameter as it stands in the product of the backward pass: Uᵀ, or U."""
        turned = self.notation.weights_transposed and not self.notation.transpose
        return self.parameter(name) if turned else self.transposed(name)

    def product(self, term: str, name: str) -> str:
        """A quantity through a parameter, forward: x·U, U·x or x·Uᵀ."""
        if self.notation.transpose:
            return self.factor(name) + self.dot + term
        return term + self.dot + self.factor(name)

    def product_back(self, gradient: str, name: str) -> str:
        """A gradient through a parameter, backward: ∂·Uᵀ, Uᵀ·∂ or ∂·U."""
        if self.notation.transpose:
            return self.factor_back(name) + self.dot + gradient
        return gradient + self.dot + self.factor_back(name)

    def inner(self, left: str, right: str) -> str:
        """The product of two vectors that is a number: left·rightᵀ of rows, rightᵀ·left of columns."""
        if self.notation.transpose:
            return self.transpose(right) + self.dot + left
        return left + self.dot + self.transpose(right)

    def outer(self, left: str, gradient: str) -> str:
        """A step's share of a parameter's gradient: leftᵀ·∂, ∂·leftᵀ or ∂ᵀ·left."""
        if self.notation.transpose:
            return gradient + self.dot + self.transpose(left)
        if self.notation.weights_transposed:
            return self.transpose(gradient) + self.dot + left
        return self.transpose(left) + self.dot + gradient


OF_OUTPUT = ("V", "b_z")  # parameters that belong to no layer
_ANY_WIDTH = 64  # a number of units, to ask whether a parameter has entries that are always 0
_SUMS = ("linear", "add", "complement")  # kinds whose expression is a sum


def _reads_window(cell: Cell | None, name: str) -> bool:
    """Whether a quantity stands for several steps side by side: the input of a cell with taps, what is fed to it."""
    if cell is None:
        return False
    return (name == "x" and cell.tapped) or (name == "a" and cell.fed and (cell.tapped or not cell.reads_input))


TEX = Style(tex=True)


def forward(cell: Cell, name: str, style: Style = TEX) -> str:
    """name_t = …, from the operation that makes it. Raises KeyError for a name the graph does not make."""
    operation = _operations(cell, style)[name]
    equals = r" \equiv " if style.tex else " ≡ "
    member = r" \in " if style.tex else " ∈ "
    sign = {"constant": equals, "clock": member}.get(operation.kind, " = ")
    return style.symbol(cell, name) + sign + _expression(cell, operation, style)


def _operations(cell: Cell, style: Style) -> dict[str, Operation]:
    return {operation.out: operation for operation in style.notation.graph(cell)}


def _term(cell: Cell, name: str, style: Style, offset: int = 0, enclosed: bool = False) -> str:
    """A quantity by its symbol, or by its expression where it has no record of its own."""
    operation = _operations(cell, style).get(name)
    if operation is None or any(record.name == name for record in cell.records):
        return style.symbol(cell, name, offset)
    text = _expression(cell, operation, style, offset)
    return f"({text})" if enclosed and operation.kind in _SUMS else text


def _expression(cell: Cell, operation: Operation, style: Style, offset: int = 0) -> str:
    terms = [_term(cell, name, style, offset, operation.kind != "add") for name in operation.inputs]
    match operation.kind:
        case "linear":
            return linear_text(operation, terms, style)
        case "multiply":
            return terms[0] + style.times + terms[1]
        case "add":
            return f"{terms[0]} + {terms[1]}"
        case "complement":
            return f"1{style.minus}{terms[0]}"
        case "concat":
            return f"({', '.join(terms)})"
        case "mean":
            half = r"\frac{1}{2}" if style.tex else "½·"
            return f"{half}({terms[0]} + {terms[1]})"
        case "weigh":  # with given shares: a mean over the steps of a sequence
            return rf"\mathrm{{mean}}_t({terms[1]})" if style.tex else f"mean({terms[1]})"
        case "constant":
            return f"{operation.value:g}"
        case "normalise":
            mean, deviation = _statistics(terms[0], style)
            return _over(f"{terms[0]}{style.minus}{mean}", deviation, style)
        case "clock":
            return r"\{0, 1\}" if style.tex else "{0, 1}"
        case function:
            return activation_named(function).applied(terms[0], style.tex)


def slope_text(function: str, h: str, s: str, style: Style) -> str:
    """φ′(h) of an activation by its own formula, as a factor: (1 − s²), s ⊙ (1 − s), [h > 0]; "" where it is 1."""
    phi = activation_named(function)
    pattern = phi.slope_tex if style.tex else phi.slope_text
    return pattern.format(h=h, s=s, square=style.square(s), times=style.times, minus=style.minus)


@dataclass(frozen=True)
class LinearPart:
    """One addend of a sum of products: input number `place` through `parameter`, or, where `place` is None, a bias;
    `second`: the other one of two, of which only the sum matters."""

    parameter: str
    place: int | None = None
    second: bool = False


def linear_parts(operation: Operation, notation: Notation) -> tuple[LinearPart, ...]:
    """The addends of a "linear" operation in the order of the book."""
    order = notation.order_of(operation.out)
    products = [LinearPart(name, place) for place, name in enumerate(operation.parameters)]
    if order != "as declared":
        products.sort(key=lambda each: rank(each.parameter, order))
    bias = operation.bias
    if bias is None:
        return tuple(products)
    if notation.bias_beside(operation, tex=False):  # each beside its own product
        found: list[LinearPart] = []
        for each in products:
            beside = [LinearPart(bias, None, each.parameter[0] == "W")] * (each.parameter[0] in "UW")
            found += [each, *beside]
        return tuple(found)
    products.insert(0 if order.startswith("bias") else len(products), LinearPart(bias))
    return tuple(products)


def rank(parameter: str, order: Order) -> int:
    """Where a product stands among those of a sum: the state's share or the input's first, whatever else last."""
    return ("UW" if order == "bias, input, state" else "WU").find(parameter[0]) % 3


def linear_text(operation: Operation, terms: list[str], style: Style) -> str:
    """Σ term·parameter + bias, in the order of the book."""
    written = []
    for each in linear_parts(operation, style.notation):
        if each.place is None:
            written.append(style.second_bias(operation) if each.second else style.parameter(each.parameter))
        elif each.parameter in operation.elementwise:
            written.append(style.parameter(each.parameter) + style.times + terms[each.place])
        else:
            written.append(style.product(terms[each.place], each.parameter))
    return " + ".join(written)


def _statistics(term: str, style: Style) -> tuple[str, str]:
    """The mean over the samples of a batch, and √(variance + ε)."""
    if style.tex:
        return rf"\mathrm{{mean}}({term})", rf"\sqrt{{\mathrm{{var}}({term}) + \epsilon}}"
    return f"mean({term})", f"√(var({term}) + ε)"


def _over(above: str, below: str, style: Style) -> str:
    return rf"\frac{{{above}}}{{{below}}}" if style.tex else f"({above})/{below}"


def backward(cell: Cell, name: str, style: Style = TEX, top: bool = True) -> str:
    """∂L/∂name_t = the sum of its addends: from this step's operations, from the next step, and (for s, where `top`)
    from the output."""
    addends = [addend for _, addend in backward_addends(cell, name, style, top)]
    left = style.gradient_of(cell, name)
    return f"{left} = {added_up(addends)}"


def added_up(addends: Sequence[str]) -> str:
    """a + b − c of "a", "b" and "−c"; 0 of none."""
    text = " + ".join(addends).replace("+ −", "− ").replace("+ -", "- ")
    return text or "0"


def backward_addends(cell: Cell, name: str, style: Style = TEX, top: bool = True) -> list[tuple[str, str]]:
    """The addends of ∂L/∂name_t, each with where it comes from: ("output" | "same step" | "next step", equation)."""
    operations = _operations(cell, style)
    if name in operations and operations[name].kind in FIXED:
        return []
    found: list[tuple[str, str]] = []
    if top and name == "s":
        gradient, weights = style.gradient_of(None, "z"), style.head.parameters
        found.append(("output", style.product_back(gradient, weights[0]) if weights else gradient))
    for source, offset in ((name, 0), (f"{name}_prev", 1)):
        for operation in operations.values():
            for place, used in enumerate(operation.inputs):
                if used == source:
                    text = _pull(cell, operation, place, style, offset)
                    found += [("next step" if offset else "same step", text)] * bool(text)
    return found


def _pull(cell: Cell, operation: Operation, place: int, style: Style, offset: int) -> str:
    """The addend that input number `place` of an operation at step t + offset receives."""
    gradient = _gradient_term(cell, operation.out, style, offset)
    if not gradient:
        return ""
    terms = [_term(cell, name, style, offset, enclosed=True) for name in operation.inputs]
    out = style.symbol(cell, operation.out, offset)
    match operation.kind:
        case "linear":
            name = operation.parameters[place]
            if name in operation.elementwise:
                return gradient + style.times + style.parameter(name)
            single = not any(sign in gradient for sign in (style.times, style.minus, " + "))
            return style.product_back(gradient if single else f"({gradient})", name)
        case "complement":
            single = not any(sign in gradient for sign in (style.minus, " + "))
            return style.minus.strip() + (gradient if single else f"({gradient})")
        case "multiply":
            return gradient + style.times + terms[1 - place]
        case "add" | "concat":
            return gradient
        case "mean":
            return f"{gradient} / 2"
        case "weigh":
            return f"{gradient} / T"
        case "constant" | "clock":
            return ""
        case "normalise":
            mean, deviation = _statistics(gradient, style)[0], _statistics(terms[0], style)[1]
            along = _statistics(gradient + style.times + out, style)[0]
            return _over(f"{gradient}{style.minus}{mean}{style.minus}{out}{style.times}{along}", deviation, style)
        case function:
            slope = slope_text(function, terms[0], out, style)
            return f"{gradient}{style.times}{slope}" if slope else gradient


def _gradient_term(cell: Cell, name: str, style: Style, offset: int) -> str:
    """∂L/∂name_{t+offset}; for a quantity without a record, the addend that its only reader sends it."""
    if any(record.name == name for record in cell.records):
        return style.gradient_of(cell, name, offset)
    for operation in style.notation.graph(cell):
        for place, used in enumerate(operation.inputs):
            if used == name:
                return _pull(cell, operation, place, style, offset)
    return ""


def parameter_gradient(cell: Cell, parameter: str, style: Style = TEX) -> str:
    """dW = Σ_t s_{t−1}ᵀ · ∂L/∂h_t, for a parameter with its block's name; M ⊙ Σ … where the cell keeps some of its
    entries at 0 (M is 0 there). Raises KeyError."""
    factor = declared_factor(cell, parameter)
    total = r"\sum_t " if style.tex else "Σ "
    left = " = ".join(style.gradient(symbol) for symbol in style.parameters(cell, parameter))
    right = style.gradient_of(cell, factor.right)
    if factor.left == "1":
        return f"{left} = {total}{right}"
    if cell.mask(parameter, _ANY_WIDTH) is not None:  # entries that are always 0 have no gradient
        total = f"M{style.times}{total}"
    symbol = style.symbol(cell, factor.left)
    if any(parameter in operation.elementwise for operation in cell.graph):
        return f"{left} = {total}{symbol}{style.times}{right}"
    return f"{left} = {total}{style.outer(symbol, right)}"
