"""What a step computes on the way and does not record: f ⊙ c, i ⊙ g, a product with the weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from core.cells.base import Array
from core.graph import Operation, compute

TITLES = {  # by the operation that makes it
    "linear": "product with the weights, computed on the way",
    "multiply": "product, unit by unit, computed on the way",
    "add": "sum, computed on the way",
    "mix": "mixture, computed on the way",
    "normalise": "normalised, computed on the way",
    "constant": "fixed number",
}


def computed(
    graph: Iterable[Operation], parameters: Mapping[str, Array], values: Mapping[str, Array]
) -> dict[str, Array]:
    """The values with those that the graph makes of them, where they are not there already."""
    known = dict(values)
    for operation in graph:
        if operation.out not in known:
            known[operation.out] = compute(operation, known, parameters)
    return known
