"""The equations beside a cell's own: output, losses, the long products of the backward pass, stacking, clipping.

All take a `Style`, which holds the notation, and give LaTeX or plain text as it says.
"""

from __future__ import annotations

import re
from dataclasses import replace

from core.cells.base import Cell
from core.maths.activations import ACTIVATIONS
from core.maths.losses import Loss
from core.maths.operations import Operation
from core.notation.equations import TEX, Style, linear_text, rank, slope_text

_ACTIVATIONS = frozenset(activation.name for activation in ACTIVATIONS)
_QUANTITY = re.compile(r"(?<![A-Za-z\\])([ayz])(?![A-Za-z])")


# --- the output and the loss ---
def output(loss: Loss, style: Style = TEX, cell: Cell | None = None) -> tuple[str, str]:
    """z_t = s_t·V + b_z, or what else makes it (`style.head`), and a_t, the output that goes with the loss; `cell`:
    whose state it is, where that has a layer to be shown."""
    state = style.symbol(cell, "s")
    made = linear_text(style.head, [state], style) if style.head.parameters else state
    z = f"{style.symbol(None, 'z')} = {made}"
    return z, f"{style.symbol(None, 'a')} = {_filled(loss.output_tex if style.tex else loss.output_text, style)}"


def loss_term(loss: Loss, style: Style = TEX) -> str:
    """ℓ_t of one sample: the squared error, binary or categorical cross-entropy."""
    return f"{style.symbol(None, 'ℓ')} = {_filled(loss.tex if style.tex else loss.text, style)}"


def output_gradient(loss: Loss, style: Style = TEX, fed: bool = False) -> str:
    """∂L/∂z_t = (a_t − y_t)/B, the same for all three losses of targets; y_t where that is the gradient handed in.
    `fed`: with the addend that goes back through an output that later steps read."""
    a, y = style.symbol(None, "a"), style.symbol(None, "y")
    right = rf"\frac{{{a} - {y}}}{{B}}" if style.tex else f"({a} − {y})/B"
    right = right if loss.compares else y
    later = f" + {_through_output(loss, a, style)}" if fed else ""
    return f"{style.gradient_of(None, 'z')} = {right}{later}"


def _through_output(loss: Loss, a: str, style: Style) -> str:
    """∂L/∂a_t propagated to z_t through the output's own function."""
    gradient = style.gradient_of(None, "a")
    match loss.name:
        case "binary":
            return f"{gradient}{style.times}{a}{style.times}(1{style.minus}{a})"
        case "categorical":
            total = r"\sum " if style.tex else "Σ "
            return f"{a}{style.times}({gradient}{style.minus}{total}{a}{style.times}{gradient})"
        case _:
            return gradient


def output_parameter_gradients(style: Style = TEX, cell: Cell | None = None) -> tuple[str, ...]:
    """∂L/∂V and ∂L/∂b_z, of those that there are: sums over the steps (and samples); `cell`: as in `output`."""
    total, z = r"\sum_t " if style.tex else "Σ ", style.gradient_of(None, "z")
    weights = ((name, style.outer(style.symbol(cell, "s"), z)) for name in style.head.parameters)
    biases = ((name, z) for name in (style.head.bias,) if name)
    return tuple(f"{style.gradient(style.parameter(name))} = {total}{text}" for name, text in (*weights, *biases))


def _filled(pattern: str, style: Style) -> str:
    return _QUANTITY.sub(lambda found: style.symbol(None, found[1]), pattern)


# --- back through many steps ---
def carrying(cell: Cell) -> tuple[Operation, Operation] | None:
    """(h = … + s_{t−1}·W, s = φ(h)) where the state is one activation of one product with itself; None for others."""
    operations = {operation.out: operation for operation in cell.graph}
    last = operations.get("s")
    if last is None or last.kind not in _ACTIVATIONS or cell.recurrent_states != ("s",):
        return None
    first = operations.get(last.inputs[0])
    reads = [operation.out for operation in cell.graph if "s_prev" in operation.inputs]
    return (first, last) if first is not None and reads == [first.out] and first.kind == "linear" else None


def delta_product(cell: Cell, style: Style = TEX) -> str:
    """δ_k = δ_t ∏ W·diag(f′), the share of step t's gradient that reaches step k (Pascanu et al. 2013, eq. 5), for one
    sample. Raises KeyError for a cell whose state is not one activation of one product with the state before."""
    first, last = _carrying(cell)
    arriving, reached = (replace(style, t=letter).gradient_of(cell, first.out) for letter in "tk")
    phi, j = style.notation.phi.of(style.tex), replace(style, t="j")
    slope = f"{phi}{chr(39) if style.tex else '′'}({j.symbol(cell, first.out)})" if last.kind != "identity" else ""
    factor, columns = _one_step_back(first, slope, style), style.notation.transpose
    product = f"{_product_sign(style, downwards=not columns)}({factor})"
    parts = (product, arriving) if columns else (arriving, product)
    return f"{reached} = {style.dot.join(parts)}"


def written_out(cell: Cell, style: Style, t: int, k: int) -> str:
    """The same product with every factor from step t down to step k, each slope as the cell's activation has it:
    ∂L/∂h_k = ∂L/∂h_t · Wᵀ·diag(1 − s_{t−1}²) · … · Wᵀ·diag(1 − s_k²). Raises KeyError as `delta_product` does."""
    first, last = _carrying(cell)
    arriving, reached = (replace(style, t=j).gradient_of(cell, first.out) for j in (t, k))
    steps = range(t - 1, k - 1, -1)
    factors = [_one_step_back(first, _slope(cell, first, last, replace(style, t=j)), style) for j in steps]
    parts = [*reversed(factors), arriving] if style.notation.transpose else [arriving, *factors]
    return f"{reached} = {style.dot.join(parts)}"


def _carrying(cell: Cell) -> tuple[Operation, Operation]:
    found = carrying(cell)
    if found is None:
        raise KeyError(cell.name)
    return found


def _one_step_back(first: Operation, slope: str, style: Style) -> str:
    """Wᵀ·diag(φ′) for rows, diag(φ′)·Wᵀ for columns; without diag where the slope is 1."""
    name = first.parameters[first.inputs.index("s_prev")]
    diagonal = (rf"\mathrm{{diag}}({slope})" if style.tex else f"diag({slope})") if slope else ""
    straight = style.notation.weights_transposed and not style.notation.transpose
    matrix = style.parameter(name) if straight else style.transposed(name)
    parts = (diagonal, matrix) if style.notation.transpose else (matrix, diagonal)
    return style.dot.join(part for part in parts if part)


def jacobian_product(cell: Cell, style: Style = TEX) -> str:
    """∂s_t/∂s_k as the product of one-step derivatives; of (s, c) together where the cell carries both.

    Raises KeyError where nothing is carried from step to step.
    """
    if not cell.recurrent_states:
        raise KeyError(cell.name)
    t, k, j = (_carried(cell, replace(style, t=letter)) for letter in "tkj")
    before = _carried(cell, replace(style, t="j"), -1)
    # Row vectors: ds_t = ds_k · J_{k+1} · … · J_t; columns: J_t on the far left.
    product = _product_sign(style, downwards=style.notation.transpose, low="k+1", high="t")
    return f"{_partial(t, k, style)} = {product}{_partial(j, before, style)}"


def total_derivative(cell: Cell, style: Style = TEX) -> str:
    """dc_t/dc_k of a memory c beside a state: along c with s_k fixed, and by way of the s_k computed from it."""
    memory, state = ((replace(style, t=letter).symbol(cell, name) for letter in "tk") for name in (cell.memory, "s"))
    (t, k), (_, s) = memory, state
    whole = rf"\frac{{\mathrm{{d}} {t}}}{{\mathrm{{d}} {k}}}" if style.tex else f"d{t}/d{k}"
    # Row vectors: dc_t = dc_k · (…), what comes first stands first; columns the other way round.
    ways = (_partial(s, k, style), _partial(t, s, style))
    ways = ways[::-1] if style.notation.transpose else ways
    return f"{whole} = {_partial(t, k, style)} + {style.dot.join(ways)}"


def _carried(cell: Cell, style: Style, offset: int = 0) -> str:
    symbols = ", ".join(style.symbol(cell, name, offset) for name in cell.recurrent_states)
    return f"({symbols})" if len(cell.recurrent_states) > 1 else symbols


def _product_sign(style: Style, downwards: bool, low: str = "k", high: str = "t-1") -> str:
    """∏ with its limits; `downwards`: the factor of the last step stands first."""
    first, last = (high, low) if downwards else (low, high)
    if style.tex:
        return rf"\prod_{{j={first}}}^{{{last}}} "
    return f"∏(j = {first} … {last}) ".replace("-", "−")


def _slope(cell: Cell, first: Operation, last: Operation, style: Style) -> str:
    """φ′(h_j) by the activation's own formula, to stand alone: 1 − s², s ⊙ (1 − s), [h > 0]; "" where it is 1."""
    text = slope_text(last.kind, style.symbol(cell, first.out), style.symbol(cell, last.out), style)
    return text[1:-1] if text.startswith("(") else text


def _partial(above: str, below: str, style: Style) -> str:
    return rf"\frac{{\partial {above}}}{{\partial {below}}}" if style.tex else f"∂{above}/∂{below}"


# --- stacked ---
def stacked(cell: Cell, name: str, style: Style = TEX) -> str:
    """A pre-activation with its parameters side by side: h = [s_{t−1}, x]·[W; U] + b, or [W_aa, W_ax]·[a; x] + b.

    "," joins side by side, ";" one above the other. Raises KeyError for what is not such a sum of products.
    """
    operation = next((each for each in style.notation.graph(cell) if each.out == name), None)
    if operation is None or operation.kind != "linear" or len(operation.inputs) < 2 or operation.elementwise:
        raise KeyError(name)
    order = style.notation.order_of(name)
    pairs = sorted(zip(operation.parameters, operation.inputs, strict=True), key=lambda pair: rank(pair[0], order))
    vectors = [style.symbol(cell, name) for _, name in pairs]
    notation = style.notation
    weights = [style.parameter(p) for p, _ in pairs]
    if notation.transpose:
        product = f"[{', '.join(weights)}]{style.dot}[{'; '.join(vectors)}]"
    elif notation.weights_transposed:
        product = f"[{', '.join(vectors)}]{style.dot}{style.transpose('[' + ', '.join(weights) + ']')}"
    else:
        product = f"[{', '.join(vectors)}]{style.dot}[{'; '.join(weights)}]"
    biases = [style.parameter(operation.bias)] if operation.bias else []
    biases += [style.second_bias(operation)] * bool(style.second_bias(operation))
    parts = [*biases, product] if order.startswith("bias") else [product, *biases]
    return f"{style.symbol(cell, name)} = {' + '.join(parts)}"


# --- clipping ---
def clipping(by: str, parameter: str = "W", style: Style = TEX) -> str:
    """What is used of a gradient: by "value", every entry into −θ … θ; by "norm", all of it scaled to θ at most, ‖g‖
    being the norm of all gradients together (Pascanu et al. 2013, section 3.2). Raises KeyError for another word."""
    gradient, limit = style.gradient(style.parameter(parameter)), style.notation.threshold.of(style.tex)
    arrow = r" \leftarrow " if style.tex else " ← "
    if by == "value":
        low = r"\max" if style.tex else "max"
        high = r"\min" if style.tex else "min"
        minus = "-" if style.tex else "−"
        return f"{gradient}{arrow}{low}({minus}{limit}, {high}({limit}, {gradient}))"
    if by == "norm":
        if style.tex:
            return rf"{gradient}{arrow}{gradient} \cdot \min\left(1, \frac{{{limit}}}{{\lVert g \rVert}}\right)"
        return f"{gradient}{arrow}{gradient} · min(1, {limit}/‖g‖)"
    raise KeyError(by)
