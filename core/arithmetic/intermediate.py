"""Intermediate quantities, which a step computes and does not record: f ⊙ c, i ⊙ g, a product with the weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from core.maths.arrays import Array
from core.maths.operations import Operation, compute

TITLES = {  # by the operation that makes it
    "linear": "product with the weights, intermediate",
    "multiply": "product, unit by unit, intermediate",
    "add": "sum, intermediate",
    "mix": "mixture, intermediate",
    "normalise": "normalised, intermediate",
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


def deviation_of(column: Array, epsilon: float) -> float:
    """√(variance + ε) of one unit over the samples of a batch, (B,)."""
    return float(np.sqrt(np.square(column - column.mean()).mean() + epsilon))


def normalised_back(
    column: Array, normalised: Array, came: Array, sample: int, epsilon: float
) -> tuple[float, float, float, float, float]:
    """What a sample's ∂L/∂h is made of where m = (h − mean)/√(variance + ε): its ∂L/∂m, their mean, its m, the mean of
    ∂L/∂m · m, and √(variance + ε), all over the samples of the batch, (B,) (Ioffe & Szegedy 2015)."""
    own, m = float(came[sample]), float(normalised[sample])
    return own, float(came.mean()), m, float((came * normalised).mean()), deviation_of(column, epsilon)
