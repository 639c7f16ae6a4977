"""The shapes of what an equation multiplies, as the book on view has them: a⟨t⟩ 6 × 1, W_aa 6 × 6, x⟨t⟩ 2 × 1."""

from __future__ import annotations

from core.arithmetic.plan import Plan, unplaced
from core.chain.rows import INPUT_ROW, OUTPUT_ROW
from core.maths.arrays import Array
from core.maths.operations import Operation
from core.memo import memoised
from core.network.parts import HEAD, Key
from core.notation.equations import linear_parts
from core.notation.layout import matrix, vector_shape


def shapes(plan: Plan, name: str) -> tuple[tuple[str, str], ...]:
    """(symbol, shape) of a quantity of one sample and, where it is a sum of products, of all that is multiplied."""
    style, notation = plan.at(0), plan.notation
    found = {unplaced(plan.symbol(name)): vector_shape(notation, _width(plan, name))}
    operation: Operation | None = style.head if name == OUTPUT_ROW else plan.operations.get(name)
    if operation is None or operation.kind != "linear":
        return tuple(found.items())
    for part in linear_parts(operation, notation):
        array: Array = plan.parameters[part.parameter]
        symbol = style.parameter(part.parameter)
        if part.place is None:
            symbol = style.second_bias(operation) if part.second else symbol
            found.setdefault(symbol, vector_shape(notation, len(array)))
            continue
        shown = matrix(notation, plan.cell, part.parameter, array).array
        size = " × ".join(map(str, shown.shape)) if array.ndim == 2 else vector_shape(notation, len(array))
        source = unplaced(plan.symbol(operation.inputs[part.place]))
        pair = [(source, vector_shape(notation, array.shape[0])), (symbol, size)]
        for each, shape in reversed(pair) if plan.swapped else pair:  # in the order of the product
            found.setdefault(each, shape)
    return tuple(found.items())


@memoised
def shapes_text(plan: Plan, name: str) -> str:
    """ "h 1 × 6,  x 1 × 2,  U 2 × 6 …  s 1 × 6": of the quantity and of what an activation joins it to."""
    found = dict(pair for each in plan.pair(name) for pair in shapes(plan, each))
    return ",  ".join(f"{symbol} {shape}" for symbol, shape in found.items())


def _width(plan: Plan, name: str) -> int:
    """How many units a quantity has."""
    signal: Key = (HEAD, name) if name in (OUTPUT_ROW, "a") else (plan.scan.name, name)
    if signal in plan.trace.values:
        return plan.trace.values[signal].shape[-1]
    return plan.trace.data.x.shape[-1] if name == INPUT_ROW else plan.scan.hidden
