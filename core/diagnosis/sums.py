"""Gradients of parameters as sums of products over time, from the declared operations: each parameter's factors."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np

from core.diagnosis.backward import Gradients
from core.diagnosis.unrolling import Unrolling
from core.maths.arrays import Array
from core.maths.operations import Operation
from core.network.declared import Declared

ONE = "1"


@dataclass(frozen=True, eq=False)
class Product:
    """A product in which a parameter takes part: ∂L/∂`parameter` is Σ_t `left`_tᵀ · ∂L/∂`right`_t, with ⊙ summed over
    the samples where `elementwise`; `left` is "1" for a bias. `parameter` is the name that the operation uses, "W_f".
    """

    declared: Declared
    operation: Operation
    parameter: str
    left: str
    right: str
    elementwise: bool = False

    @property
    def name(self) -> str:
        """L1.W_f"""
        return f"{self.declared.name}.{self.parameter}"


def products(unrolling: Unrolling) -> Iterator[Product]:
    """Every product of a network, in the order of computation."""
    for declared in unrolling.declared:
        for operation in declared.graph:
            for left, parameter in zip(operation.inputs, operation.parameters, strict=False):
                elementwise = parameter in operation.elementwise or operation.kind == "compare"
                yield Product(declared, operation, parameter, left, operation.out, elementwise)
            if operation.bias is not None:
                yield Product(declared, operation, operation.bias, ONE, operation.out)


def summed(left: Array | None, right: Array, elementwise: bool) -> Array:
    """Σ over time and samples of leftᵀ · right for each row, (K, I, n); (K, n) where elementwise or without a left.
    `left` (T, 1, …, B, I), `right` (T, K, …, B, n)."""
    rows = right.shape[1]
    if rows > 1 and not right.strides[1]:  # the same in every row
        once = summed(left, right[:, :1], elementwise)
        return np.broadcast_to(once, (rows, *once.shape[1:]))
    flat = np.moveaxis(right, 1, 0).reshape(rows, -1, right.shape[-1])
    if left is None:
        return flat.sum(axis=1)
    whole = left[:, 0].reshape(-1, left.shape[-1])
    if elementwise:
        return np.einsum("mi,kmi->ki", whole, flat)
    return whole.T @ flat


def gradient(unrolling: Unrolling, product: Product, found: Gradients) -> Array:
    """∂L/∂ a parameter by one of its products, for every row, (K, …); without the mask of what stays 0."""
    declared = product.declared
    right = found.signals.get(declared.key(product.right))
    if right is None:
        rows = next(iter(found.signals.values())).shape[1]
        shape = np.shape(unrolling.parameters[declared.name][product.parameter])
        return np.zeros((rows, *shape))
    if product.operation.kind == "compare":
        return _of_scores(unrolling, product, right)
    return summed(left_of(unrolling, product, right), right, product.elementwise)


def left_of(unrolling: Unrolling, product: Product, right: Array) -> Array | None:
    """What multiplies ∂L/∂right from the left, (T, 1, …, B, I); None for a bias."""
    if product.left == ONE:
        return None
    left = unrolling.values[product.declared.name][product.left]
    steps = unrolling.sizes[product.declared.name]
    if right.ndim == 5:  # all steps of another sequence at each step: (T, K, J, B, n)
        left = np.broadcast_to(left, (steps, right.shape[2], *left.shape[2:]))
    elif left.ndim == 4:
        left = left[:, 0]
    return np.broadcast_to(left, (steps, *left.shape[1:]))[:, None]


def _of_scores(unrolling: Unrolling, product: Product, right: Array) -> Array:
    """e_j = k_j · v: Σ ∂L/∂e_j k_j, for e (T, K, B, J) and k (T, J, B, n)."""
    left = unrolling.values[product.declared.name][product.left]
    return np.einsum("tkbj,tjbn->kn", right, np.broadcast_to(left, (len(right), *left.shape[1:])))


def by_parameter(unrolling: Unrolling, found: Gradients, parts: Collection[str] | None = None) -> dict[str, Array]:
    """∂L/∂ every parameter by the names that operations use, "L1.W_f", (K, …); of these `parts` alone."""
    sums: dict[str, Array] = {}
    for product in (each for each in products(unrolling) if parts is None or each.declared.name in parts):
        array = gradient(unrolling, product, found)
        sums[product.name] = sums[product.name] + array if product.name in sums else array
    for declared in unrolling.declared:
        if parts is not None and declared.name not in parts:
            continue
        own = unrolling.parameters[declared.name]
        for name, (_, mask) in declared.masked(own).items():
            full = f"{declared.name}.{name}"
            if mask is not None and full in sums:
                sums[full] = sums[full] * mask
    return sums
