"""One step of a graph, evaluated as it is declared: the oracle of what cells and parts compute by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from core.maths.arrays import Array
from core.maths.operations import FIXED, Operation, compute, pull_back


@dataclass(frozen=True)
class StepNumbers:
    """One step, evaluated. `values` and `gradients` by name, (B, n); `addends[(out, input)]`: what `out` sends back to
    `input` (0 to what is fixed); an input that `out` uses twice has the sum."""

    values: dict[str, Array]
    gradients: dict[str, Array]
    addends: dict[tuple[str, str], Array]


def evaluate(
    graph: Iterable[Operation],
    parameters: Mapping[str, Array],
    inputs: Mapping[str, Array],
    arriving: Mapping[str, Array],
) -> StepNumbers:
    """Runs one step forward and back.

    `inputs`: x (B, I), s_prev … (B, H), and whatever a "clock" gives. `arriving`: the gradient that reaches s (and
    c …) from outside this step: from the output and from the next step. Returns totals that include what arrives.
    """
    operations = tuple(graph)
    values = dict(inputs)
    for operation in operations:
        if operation.kind != "clock":
            values[operation.out] = compute(operation, values, parameters)
    gradients = {name: np.array(value, dtype=float) for name, value in arriving.items()}
    fixed = {operation.out for operation in operations if operation.kind in FIXED}
    addends: dict[tuple[str, str], Array] = {}
    for operation in reversed(operations):
        gradient = gradients.setdefault(operation.out, np.zeros_like(values[operation.out]))
        for source, addend in pull_back(operation, gradient, values, parameters):
            if source in fixed:
                addend = np.zeros_like(addend)
            edge = (operation.out, source)
            addends[edge] = addends[edge] + addend if edge in addends else addend
            gradients[source] = gradients[source] + addend if source in gradients else addend.copy()
    for name in inputs:
        gradients.setdefault(name, np.zeros_like(inputs[name]))
    for operation in operations:  # a pre-activation whose gate is frozen feeds nothing
        gradients.setdefault(operation.out, np.zeros_like(values[operation.out]))
    return StepNumbers(values, gradients, addends)
