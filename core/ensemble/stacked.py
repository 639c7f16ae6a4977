"""A parameter of N networks in the place of one network's, so that hand-written steps run all of them at once.

The samples of all networks stand in one batch, network by network: rows n·B … n·B + B − 1 belong to network n. What is
elementwise needs nothing else. Where a parameter takes part, each network's rows meet its own: `x @ W`, `s.dot(W)`,
`h += b` and the like are one batched product, or one addition, for all networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from core.maths.arrays import Array

EINSUM_OUT = "->"


class NotStackable(TypeError):
    """What a step does with a parameter cannot be done for several networks at once."""


class Stacked:
    """`array` (N, *shape): a parameter of N networks, each of which has `batch` samples. To whoever computes with it,
    it has the `shape` of one network's.

    Raises NotStackable where it is asked for what is not defined here, rather than mixing the networks up.
    """

    __slots__ = ("array", "batch")
    __array_priority__ = 100.0

    def __init__(self, array: Array, batch: int) -> None:
        self.array, self.batch = array, batch

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape[1:]

    @property
    def ndim(self) -> int:
        return self.array.ndim - 1

    @property
    def rows(self) -> int:
        """The samples of all networks, N·B."""
        return len(self.array) * self.batch

    @property
    def T(self) -> Stacked:
        """Of matrices, each one transposed."""
        if self.ndim != 2:
            raise NotStackable("only matrices are transposed")
        return Stacked(self.array.swapaxes(1, 2), self.batch)

    def copy(self) -> Stacked:
        """The same, contiguous."""
        return Stacked(np.ascontiguousarray(self.array), self.batch)

    def __getitem__(self, index: Any) -> Stacked:
        """Blocks of the last axis: `W[..., :H]`."""
        if not (isinstance(index, tuple) and len(index) == 2 and index[0] is ... and isinstance(index[1], slice)):
            raise NotStackable("only blocks of the last axis are taken")
        return Stacked(self.array[index], self.batch)

    def __array__(self, *_: Any, **__: Any) -> Array:
        raise NotStackable("a parameter of several networks is no single array")

    def product(self, left: Array, out: Array | None = None) -> Array:
        """left (…, n) times the parameter (n, k) or (n,): each network's rows by its own. The axes of `left` before the
        last hold M·N·B rows, with the samples last."""
        if self.ndim == 1:
            found = Stacked(self.array[..., None], self.batch).product(left)[..., 0]
            return found if out is None else _put(found, out)
        networks, batch, matrices = len(self.array), self.batch, self.array
        inputs, outputs = matrices.shape[1:]
        if left.ndim == 2 and len(left) == networks * batch:  # a step of a loop
            into = None if out is None or not out.flags.c_contiguous else np.asarray(out)
            apart = np.asarray(left).reshape(networks, batch, inputs)
            if into is None:
                found = np.matmul(apart, matrices).reshape(-1, outputs)
                return found if out is None else _put(found, out)
            np.matmul(apart, matrices, into.reshape(networks, batch, outputs))
            return into
        # One large product for each network.
        together = np.asarray(left).reshape(-1, networks, batch, inputs).transpose(1, 0, 2, 3)
        made = np.matmul(together.reshape(networks, -1, inputs), matrices)
        found = made.reshape(networks, -1, batch, outputs).transpose(1, 0, 2, 3)
        if out is None:
            return found.reshape(*left.shape[:-1], outputs)
        if out.flags.c_contiguous:
            np.asarray(out).reshape(found.shape)[...] = found
            return out
        return _put(found.reshape(out.shape), out)

    def beside(self, other_shape: Sequence[int]) -> Array:
        """As it is broadcast against an array of that shape, whose samples are the axis before the last: (N·B, n)."""
        expanded = np.repeat(self.array, self.batch, axis=0) if self.batch > 1 else self.array
        if len(other_shape) > 1 and other_shape[-2] != self.rows:  # steps and samples in one axis
            expanded = np.tile(expanded, (other_shape[-2] // self.rows, *[1] * self.ndim))
        return expanded

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        if method != "__call__":
            raise NotStackable(f"{ufunc.__name__}.{method} of a parameter")
        (out,) = options.pop("out", None) or (None,)
        if ufunc is np.matmul:
            left, right = inputs
            if right is not self or isinstance(left, Stacked):
                raise NotStackable("a parameter stands on the right of a product")
            return self.product(left, out)
        if ufunc.signature is not None:
            raise NotStackable(f"{ufunc.__name__} of a parameter")
        plain = [np.asarray(each) for each in inputs if not isinstance(each, Stacked)]
        if all(each.shape in ((), self.shape) for each in plain) and out is None:  # a mask, a factor
            arrays = [each.array if isinstance(each, Stacked) else each for each in inputs]
            return Stacked(ufunc(*arrays, **options), self.batch)
        if self.ndim != 1:
            raise NotStackable(f"{ufunc.__name__} of a matrix and what is no matrix")
        shape = plain[0].shape
        arrays = [each.beside(shape) if isinstance(each, Stacked) else np.asarray(each) for each in inputs]
        return ufunc(*arrays, **options) if out is None else ufunc(*arrays, out=out, **options)

    def __array_function__(self, function: Any, types: Any, arguments: Any, options: Any) -> Any:
        """`einsum` whose samples have the letter b: a parameter gets that axis, too."""
        if function is not np.einsum:
            raise NotStackable(f"{function.__name__} of a parameter")
        subscripts, *operands = arguments
        terms, made = subscripts.split(EINSUM_OUT)
        found = list(zip(terms.split(","), operands, strict=True))
        if any("b" not in term for term, each in found if not isinstance(each, Stacked)) or "b" not in made:
            raise NotStackable(f"einsum {subscripts} of a parameter")
        terms = ",".join("b" + term if isinstance(each, Stacked) else term for term, each in found)
        arrays = [
            np.repeat(each.array, each.batch, axis=0) if isinstance(each, Stacked) else np.asarray(each)
            for _, each in found
        ]
        return np.einsum(f"{terms}{EINSUM_OUT}{made}", *arrays, **options)

    def __rmul__(self, other: Any) -> Any:
        return np.multiply(other, self)

    def __mul__(self, other: Any) -> Any:
        return np.multiply(self, other)


def _put(found: Array, out: Array) -> Array:
    out[...] = found
    return out


class Rows(np.ndarray):
    """An array of samples, (…, N·B, n), whose `dot` with a stacked parameter is the product of each network's rows with
    its own. (What `dot` of a plain array does with what is on its right cannot be said by the right one.)"""

    def dot(self, b: Any, out: Any = None) -> Any:  # type: ignore[override]
        if isinstance(b, Stacked):
            return b.product(self, out)
        return super().dot(b) if out is None else super().dot(b, out)


def as_rows(namespace: SimpleNamespace) -> SimpleNamespace:
    """The same arrays of records, not copied, as Rows."""
    for name, array in vars(namespace).items():
        if isinstance(array, np.ndarray):
            setattr(namespace, name, array.view(Rows))
    return namespace
