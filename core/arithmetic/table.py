"""The table of a quantity in one step: values and gradients, unit by unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.arithmetic.lines import Column
from core.chain.rows import OUTPUT

if TYPE_CHECKING:
    from core.arithmetic.cell_node import CellNode


def columns_of(step: CellNode, name: str) -> tuple[Column, ...]:
    """The table of a quantity: its values beside what it is made of, then the gradients, last first."""
    names = step.pair(name)
    found = [
        Column(each, step.symbol(each), step.kind(each), step.value(each)) for each in (*_beside(step, name), *names)
    ]
    if OUTPUT in names and step.supervised:
        found.append(Column("y", step.symbol("y"), "value", step.value("y")))
    for each in reversed(names):
        gradient = step.gradient(each)
        if gradient is not None:
            found.append(Column(each, step.gradient_symbol(each), "gradient", gradient))
    return tuple(found)


def _beside(step: CellNode, name: str) -> tuple[str, ...]:
    """The recorded operands of a product or a mix, which the table shows with their result."""
    operation = step.plan.operations.get(name)
    if operation is None or operation.kind not in ("multiply", "mix"):
        return ()
    return tuple(each for each in operation.inputs if each in step.plan.records)
