"""Every equation of a cell in one notation, by heading: what a sheet of formulas has."""

from __future__ import annotations

from dataclasses import replace

from core.cells.base import Cell
from core.maths.losses import LOSSES
from core.notation.equations import Style, backward, forward, parameter_gradient
from core.notation.forms import (
    carrying,
    clipping,
    delta_product,
    jacobian_product,
    loss_term,
    output,
    output_gradient,
    output_parameter_gradients,
    stacked,
    written_out,
)


def sheet(cell: Cell, style: Style, teacher: bool = False) -> dict[str, tuple[str, ...]]:
    """The equations by heading, in the order of computation: forward, output and loss, backward, parameters …

    Where the cell's parameters are not learned, nothing is said of their gradients. `teacher`: what is fed back are the
    targets (teacher forcing), so that no gradient goes back through the outputs.
    """
    style = replace(style, teacher=teacher)
    found = {
        "Forward": forward_equations(cell, style),
        "Output and loss": output_equations(cell, style),
        "Backward": backward_equations(cell, style, teacher),
        "Gradients of the parameters": parameter_equations(cell, style) if cell.learned else (),
        "Side by side": stacked_equations(cell, style),
        "Back through many steps": long_products(cell, style),
        "Clipping": clipping_equations(cell, style) if cell.learned else (),
    }
    return {heading: lines for heading, lines in found.items() if lines}


def forward_equations(cell: Cell, style: Style) -> tuple[str, ...]:
    """One for every record that has a symbol of its own; tanh(c) and r ⊙ s are written as what they are."""
    lines = (forward(cell, record.name, style) for record in cell.records)
    return tuple(line for line in lines if not _says_nothing(line))


def _says_nothing(line: str) -> bool:
    left, _, right = line.partition(" = ")
    return left in (right, f"({right})")


def output_equations(cell: Cell, style: Style) -> tuple[str, ...]:
    """z, and for each loss its output and its ℓ: squared error, binary and categorical cross-entropy."""
    pairs = [(output(loss, style)[1], loss_term(loss, style)) for loss in LOSSES]
    gap = r", \quad " if style.tex else ",   "
    return (output(LOSSES[0], style, cell)[0], *(gap.join(pair) for pair in pairs))


def backward_equations(cell: Cell, style: Style, teacher: bool = False) -> tuple[str, ...]:
    """∂L/∂ every record, from the output to the input."""
    fed = reads_outputs(cell) and not teacher
    lines = [output_gradient(loss, style, fed) for loss in (LOSSES if fed else LOSSES[:1])]
    lines += [backward(cell, "a", style, top=False)] if fed else []
    lines += [backward(cell, record.name, style) for record in reversed(cell.records)]
    return (*lines, *([backward(cell, "x", style)] if cell.reads_input else []))


def reads_outputs(cell: Cell) -> bool:
    """Whether outputs of earlier steps are fed back to it."""
    return any("a_prev" in operation.inputs for operation in cell.graph)


def parameter_names(cell: Cell) -> tuple[str, ...]:
    """The parameters of the graph by block: U_i, W_i, b_i …"""
    names: dict[str, None] = {}
    for operation in cell.graph:
        names.update(dict.fromkeys((*operation.parameters, *([operation.bias] if operation.bias else []))))
    return tuple(names)


def parameter_equations(cell: Cell, style: Style) -> tuple[str, ...]:
    """∂L/∂ every parameter of the cell and of the output."""
    own = tuple(parameter_gradient(cell, name, style) for name in parameter_names(cell))
    return (*own, *output_parameter_gradients(style, cell))


def stacked_equations(cell: Cell, style: Style) -> tuple[str, ...]:
    """[W_aa, W_ax]: every pre-activation with its parameters side by side."""
    found = []
    for record in cell.records:
        try:
            found.append(stacked(cell, record.name, style))
        except KeyError:  # no sum of products
            continue
    return tuple(found)


def long_products(cell: Cell, style: Style) -> tuple[str, ...]:
    """What goes back from step t to step k; for three steps with every factor written out."""
    found = [jacobian_product(cell, style)] if cell.recurrent_states else []
    if carrying(cell) is not None:
        found += [delta_product(cell, style), written_out(cell, style, 4, 1)]
    return tuple(found)


def clipping_equations(cell: Cell, style: Style) -> tuple[str, ...]:
    """By value and by norm, of the recurrent weights."""
    names = (*parameter_names(cell), *style.head.parameters)
    name = next((name for name in names if name[0] == "W"), names[0])
    return tuple(clipping(by, name, style) for by in ("value", "norm"))
