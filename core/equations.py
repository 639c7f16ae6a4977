"""The equations of a cell, forward and backward, in LaTeX and as plain text, derived from its declared graph.

They cannot disagree with what is computed: the evaluator runs the same operations, and the contract test holds it
against the loops. Row vectors, as in DESIGN: x·U + s·W.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.cells.base import Cell
from core.graph import Operation

_SUBSCRIPTS = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
_LETTERS = {"f": "ᶠ", "g": "ᵍ", "i": "ⁱ", "n": "ⁿ", "o": "ᵒ", "r": "ʳ", "u": "ᵘ"}


@dataclass(frozen=True)
class Style:
    """How symbols are written. `t` fills in a number for the step (plain text); None leaves the letter t."""

    tex: bool
    t: int | None = None

    def index(self, offset: int) -> str:
        """The step's index t + offset."""
        if self.t is not None:
            number = str(self.t + offset)
            return f"_{{{number}}}" if self.tex else number.translate(_SUBSCRIPTS)
        sign = "" if not offset else f"{offset:+d}"
        return f"_{{t{sign}}}" if self.tex else f"ₜ{sign.translate(_SUBSCRIPTS)}"

    def symbol(self, cell: Cell | None, name: str, offset: int = 0) -> str:
        """A quantity at step t + offset; `s_prev` is s one step earlier."""
        if name.endswith("_prev"):
            return self.symbol(cell, name.removesuffix("_prev"), offset - 1)
        record = next((record for record in cell.records if record.name == name), None) if cell else None
        pattern = (record.tex if self.tex else record.text) if record else ""
        pattern = pattern or (f"{name}_@" if self.tex else f"{name}@")
        pattern = pattern.replace("_@", "@")
        return pattern.replace("@-", self.index(offset - 1)).replace("@", self.index(offset))

    def parameter(self, name: str) -> str:
        """U, W_f, b_q …"""
        stem, _, block = name.partition("_")
        if not block:
            return stem
        return f"{stem}_{{{block}}}" if self.tex else f"{stem}{_LETTERS.get(block, '_' + block)}"

    def gradient(self, symbol: str) -> str:
        """∂L/∂symbol."""
        return rf"\frac{{\partial L}}{{\partial {symbol}}}" if self.tex else f"∂L/∂{symbol}"

    @property
    def times(self) -> str:
        """The elementwise product."""
        return r" \odot " if self.tex else " ⊙ "

    @property
    def dot(self) -> str:
        """The matrix product."""
        return r" \cdot " if self.tex else "·"

    @property
    def minus(self) -> str:
        return " - " if self.tex else " − "

    def transposed(self, name: str) -> str:
        """A parameter's transpose."""
        symbol = self.parameter(name)
        return f"{{{symbol}}}^{{\\top}}" if self.tex else f"{symbol}ᵀ"

    def square(self, symbol: str) -> str:
        return f"{{{symbol}}}^{{2}}" if self.tex else f"{symbol}²"


TEX = Style(tex=True)


def forward(cell: Cell, name: str, style: Style = TEX) -> str:
    """name_t = …, from the operation that makes it. Raises KeyError for a name the graph does not make."""
    operation = _operations(cell)[name]
    equals = r" \equiv " if style.tex else " ≡ "
    sign = equals if operation.kind == "constant" else " = "
    return style.symbol(cell, name) + sign + _expression(cell, operation, style)


def _operations(cell: Cell) -> dict[str, Operation]:
    return {operation.out: operation for operation in cell.graph}


def _term(cell: Cell, name: str, style: Style, offset: int = 0, enclosed: bool = False) -> str:
    """A quantity by its symbol, or by its expression where it has no record of its own."""
    operation = _operations(cell).get(name)
    if operation is None or any(record.name == name for record in cell.records):
        return style.symbol(cell, name, offset)
    text = _expression(cell, operation, style, offset)
    return f"({text})" if enclosed and operation.kind in ("linear", "add", "mix") else text


def _expression(cell: Cell, operation: Operation, style: Style, offset: int = 0) -> str:
    terms = [_term(cell, name, style, offset, operation.kind != "add") for name in operation.inputs]
    match operation.kind:
        case "linear":
            factors = zip(terms, operation.parameters, strict=True)
            products = [term + style.dot + style.parameter(name) for term, name in factors]
            return " + ".join([*products, *([style.parameter(operation.bias)] if operation.bias else [])])
        case "multiply":
            return terms[0] + style.times + terms[1]
        case "add":
            return f"{terms[0]} + {terms[1]}"
        case "mix":
            u, a, b = terms
            return f"{u}{style.times}{a} + (1{style.minus}{u}){style.times}{b}"
        case "constant":
            return f"{operation.value:g}"
        case "tanh":
            return rf"\tanh({terms[0]})" if style.tex else f"tanh({terms[0]})"
        case "sigmoid":
            return rf"\sigma({terms[0]})" if style.tex else f"σ({terms[0]})"
        case "relu":
            return rf"\max(0, {terms[0]})" if style.tex else f"max(0, {terms[0]})"
        case "identity":
            return terms[0]
    raise KeyError(operation.kind)


def backward(cell: Cell, name: str, style: Style = TEX, top: bool = True) -> str:
    """∂L/∂name_t = the sum of its addends: from this step's operations, from the next step, and (for s, where `top`)
    from the output."""
    addends = [addend for _, addend in backward_addends(cell, name, style, top)]
    left = style.gradient(style.symbol(cell, name))
    return f"{left} = {' + '.join(addends) if addends else '0'}"


def backward_addends(cell: Cell, name: str, style: Style = TEX, top: bool = True) -> list[tuple[str, str]]:
    """The addends of ∂L/∂name_t, each with where it comes from: ("output" | "same step" | "next step", equation)."""
    operations = _operations(cell)
    if name in operations and operations[name].kind == "constant":
        return []
    found: list[tuple[str, str]] = []
    if top and name == "s":
        z = style.gradient(style.symbol(None, "z"))
        found.append(("output", z + style.dot + style.transposed("V")))
    for source, offset in ((name, 0), (f"{name}_prev", 1)):
        for operation in cell.graph:
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
    one_minus = f"(1{style.minus}"
    match operation.kind:
        case "linear":
            return gradient + style.dot + style.transposed(operation.parameters[place])
        case "multiply":
            return gradient + style.times + terms[1 - place]
        case "add":
            return gradient
        case "mix":
            u, a, b = terms
            factors = (f"({a}{style.minus}{b})", u, f"{one_minus}{u})")
            return gradient + style.times + factors[place]
        case "tanh":
            return f"{gradient}{style.times}{one_minus}{style.square(out)})"
        case "sigmoid":
            return f"{gradient}{style.times}{out}{style.times}{one_minus}{out})"
        case "relu":
            return f"{gradient}{style.times}[{terms[0]} > 0]"
        case "identity":
            return gradient
    return ""


def _gradient_term(cell: Cell, name: str, style: Style, offset: int) -> str:
    """∂L/∂name_{t+offset}; for a quantity without a record, the addend that its only reader sends it."""
    if any(record.name == name for record in cell.records):
        return style.gradient(style.symbol(cell, name, offset))
    for operation in cell.graph:
        for place, used in enumerate(operation.inputs):
            if used == name:
                return _pull(cell, operation, place, style, offset)
    return ""


def parameter_gradient(cell: Cell, parameter: str, style: Style = TEX) -> str:
    """dW = Σ_t s_{t−1}ᵀ · ∂L/∂h_t, for a parameter with its block's name. Raises KeyError."""
    from core.diagnostics import declared_factor

    factor = declared_factor(cell, parameter)
    right = style.gradient(style.symbol(cell, factor.right))
    total = r"\sum_t " if style.tex else "Σ "
    name = style.parameter(parameter)
    left = style.gradient(name)
    if factor.left == "1":
        return f"{left} = {total}{right}"
    symbol = style.symbol(cell, factor.left)
    transposed = f"{{{symbol}}}^{{\\top}}" if style.tex else f"{symbol}ᵀ"
    return f"{left} = {total}{transposed}{style.dot}{right}"
