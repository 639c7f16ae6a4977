"""What a learner's file gives, by our names and in our layout, and the same numbers of any derivation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from core.analysis.input_gradients import given_once
from core.choices import INPUTS, START
from core.diagnosis.backward import Gradients
from core.diagnosis.sums import by_parameter
from core.diagnosis.unrolling import Unrolling
from core.maths.arrays import Array
from core.network.declared import Key, X
from core.network.parts import HEAD
from core.trace import Trace

Kind = Literal["weight", "value", "parameter", "start", "signal"]
EXACT, SINGLE, HALF = 1e-6, 1e-4, 1e-2  # relative to the largest number of an array: of float64, float32 and float16
FEWEST = 3  # different numbers that tell that all are rounded: one such as 0.05 may be a limit
MOST_DIGITS = 8  # with so many decimals or fewer, numbers count as rounded


@dataclass(frozen=True, eq=False)
class Quantity:
    """One quantity by our name, "L1.W_f", "L1.s_0", "L1.s", "x", and the learner's numbers of it in our layout.

    `kind`: a "weight" that the run begins with, a "value" of its forward pass, or the gradient of a "parameter", an
    initial state ("start") or a "signal". `where`: of each number the place in the learner's array, counted through all
    of its axes (−1: it is none of the learner's); None where the learner's array has the same shape and order.
    """

    name: str
    kind: Kind
    array: Array
    last: bool = False  # a value of which the last step alone was given: the others are those of the run
    where: Array | None = None

    @property
    def key(self) -> Key:
        """(part, name) of a signal or a start."""
        if self.name == INPUTS:
            return X
        part, _, own = self.name.partition(".")
        return part, own.removesuffix(START)


@dataclass(frozen=True, eq=False)
class Item:
    """One array of the file. `name`: its own; `quantities`: what it gives, block by block; `whole`: those of one stack
    of gates side by side, in our order of the gates. `tolerance`: relative to its largest number. `shape`: of the
    learner's array."""

    name: str
    quantities: tuple[Quantity, ...]
    tolerance: float = EXACT
    rounding: float = 0.0  # half a unit of the last decimal, where its numbers are rounded
    shape: tuple[int, ...] = ()

    @property
    def kind(self) -> Kind:
        return self.quantities[0].kind

    @property
    def forward(self) -> bool:
        return self.kind in ("weight", "value")

    @cached_property
    def size(self) -> int:
        return sum(each.array.size for each in self.quantities)

    @cached_property
    def largest(self) -> float:
        return max((float(np.abs(each.array).max(initial=0.0)) for each in self.quantities), default=0.0)

    def entry(self, quantity: Quantity, index: tuple[int, ...]) -> tuple[int, ...] | None:
        """Where a number stands in the learner's array, from 0; None where it is none of the learner's."""
        if quantity.where is None:
            return index if quantity.array.shape == self.shape else None
        flat = int(quantity.where[index])
        return None if flat < 0 else tuple(int(k) for k in np.unravel_index(flat, self.shape))

    def allowed(self, scale: Array | float) -> Array | float:
        """How far numbers may lie apart, where the largest of them is `scale`."""
        return self.tolerance * np.maximum(scale, 1e-300) + self.rounding

    def off(self, rows: Mapping[Quantity, Array], factor: Array | float = 1.0) -> tuple[Array, Array]:
        """The largest difference between the item and each row, (K,), and what is allowed of it."""
        apart, scale = [], [self.largest]
        for quantity in self.quantities:
            array = rows[quantity]
            axes = tuple(range(1, array.ndim))
            c = np.reshape(factor, (-1,) + (1,) * (array.ndim - 1)) if np.ndim(factor) else factor
            apart.append(np.abs(c * array - quantity.array).max(axis=axes, initial=0.0))
            scale.append(np.abs(c * array).max(axis=axes, initial=0.0))
        with np.errstate(all="ignore"):
            return np.max(apart, axis=0), np.asarray(self.allowed(_largest(scale)))


def _largest(arrays: list) -> Array:
    found = np.asarray(arrays[0])
    for each in arrays[1:]:
        found = np.maximum(found, each)
    return found


def item(name: str, quantities: Iterable[Quantity], array: Array) -> Item:
    """An item from the array as it is in the file, whose type says how exact it can be."""
    tolerance = {2: HALF, 4: SINGLE}.get(array.dtype.itemsize, EXACT) if array.dtype.kind == "f" else EXACT
    return Item(name, tuple(quantities), tolerance, shape=np.shape(array))


def with_rounding(items: list[Item]) -> list[Item]:
    """The same, with what their decimals say: gradients of one file are alike, and so are values."""
    by_kind = {}
    for forward in (False, True):
        arrays = [quantity.array.ravel() for each in items if each.forward == forward for quantity in each.quantities]
        by_kind[forward] = rounding_of(np.concatenate(arrays)) if arrays else 0.0
    return [replace(each, rounding=by_kind[each.forward]) for each in items]


def rounding_of(array: Array) -> float:
    """Half a unit of the last decimal of numbers that all have few; 0 where they do not look rounded."""
    numbers = np.asarray(array, dtype=float).ravel()
    numbers = numbers[np.isfinite(numbers)]
    if len(np.unique(np.abs(numbers[numbers != np.round(numbers)]))) < FEWEST:
        return 0.0
    for digits in range(2, MOST_DIGITS + 1):
        if np.allclose(numbers, np.round(numbers, digits), rtol=0.0, atol=1e-12):
            return 0.5 * 10.0**-digits
    return 0.0


class Asked:
    """The items of a file, and the same numbers of rows of gradients."""

    def __init__(self, unrolling: Unrolling, items: Iterable[Item]) -> None:
        self.unrolling, self.items = unrolling, tuple(items)
        self.gradients = tuple(each for each in self.items if not each.forward)
        self.values = tuple(each for each in self.items if each.forward)

    @property
    def trace(self) -> Trace:
        return self.unrolling.trace

    def rows(self, found: Gradients, count: int, items: Iterable[Item] | None = None) -> dict[Quantity, Array]:
        """Of a pass, every quantity for each of its rows, (K, …); those of `items` alone."""
        quantities = [each for item in (self.gradients if items is None else items) for each in item.quantities]
        sums: dict[str, Array] = {}
        if any(each.kind == "parameter" for each in quantities):
            parts = None if items is None else {each.name.partition(".")[0] for each in quantities}
            sums = by_parameter(self.unrolling, found, parts)
        return {each: self._row(each, found, sums, count) for each in quantities}

    def of_parameters(
        self, parameters: Mapping[str, Array], exact: Mapping[Key, Array], starts: Mapping[Key, Array], inputs: Array
    ) -> dict[Quantity, Array]:
        """The same of one recorded backward pass, with an axis of 1."""
        named = {**self.trace.named_parameters(parameters), **parameters}
        found: dict[Quantity, Array] = {}
        for each in (each for item in self.gradients for each in item.quantities):
            if each.kind == "parameter":
                array = named[each.name]
            elif each.name == INPUTS:
                array = given_once(self.trace.experiment, inputs)
            else:
                array = (starts if each.kind == "start" else exact).get(each.key, np.zeros(each.array.shape))
            found[each] = np.asarray(array)[None]
        return found

    def value_rows(self, signals: Mapping[Key, Array], count: int) -> dict[Quantity, Array]:
        """Of a forward pass, (T, K, B, n) by signal, every value for each of its rows, (K, …)."""
        quantities = [each for item in self.values for each in item.quantities]
        return {each: self._value_row(each, signals, count) for each in quantities}

    def _value_row(self, quantity: Quantity, signals: Mapping[Key, Array], count: int) -> Array:
        own = self.value(quantity)
        if quantity.kind == "value" and not quantity.name.endswith(START):
            array = _with_blocks(self.trace, quantity.key, signals)
            if array is not None:
                array = np.moveaxis(array, 1, 0)
                if quantity.last:
                    array = np.array(array)
                    array[:, :-1] = quantity.array[:-1]
                return array
        return np.broadcast_to(own, (count, *own.shape))

    def value(self, quantity: Quantity) -> Array:
        """A quantity of the forward pass."""
        trace = self.trace
        if quantity.name == "x":
            return trace.data.x
        if quantity.name == "y":
            return trace.data.y
        if quantity.kind == "weight":
            return {**trace.named_parameters(trace.parameters), **trace.parameters}[quantity.name]
        if quantity.name.endswith(START):
            return trace.start[quantity.key]
        return trace.values[quantity.key]

    def _row(self, quantity: Quantity, found: Gradients, sums: Mapping[str, Array], count: int) -> Array:
        zeros = np.zeros((count, *quantity.array.shape))
        match quantity.kind:
            case "start":
                return found.starts.get(quantity.key, zeros)
            case "parameter":
                return self._parameter(quantity, sums, zeros)
        if quantity.key == X:
            array = found.signals.get(X)
            if array is None:
                return zeros
            array = np.moveaxis(array, 1, 0)
            return array.sum(axis=1, keepdims=True) if self.trace.experiment.structure == "1-n-every" else array
        return self._signal(quantity.key, found, zeros)

    def _signal(self, key: Key, found: Gradients, zeros: Array) -> Array:
        scan = self.trace.scan_named(key[0])
        if scan is not None and key[1] == "h" and scan.cell.blocks != ("",):
            parts = [
                self._signal((key[0], f"h_{k}"), found, np.split(zeros, len(scan.cell.blocks), axis=-1)[0])
                for k in scan.cell.blocks
            ]
            return np.concatenate(parts, axis=-1)
        array = found.signals.get(key)
        return zeros if array is None else np.moveaxis(array, 1, 0)

    def _parameter(self, quantity: Quantity, sums: Mapping[str, Array], zeros: Array) -> Array:
        if quantity.name in sums:
            return sums[quantity.name]
        part, _, own = quantity.name.partition(".")
        scan = self.trace.scan_named(part)
        whole = np.zeros_like(zeros)
        if scan is not None:
            for name, view in scan.cell.named(own, whole, scan.hidden).items():
                if f"{part}.{name}" in sums:
                    view[...] = sums[f"{part}.{name}"]
            return whole
        blocks = [name for name in sums if name.startswith(f"{quantity.name}_")]
        return np.stack([sums[name] for name in blocks], axis=1) if blocks else whole


def _with_blocks(trace: Trace, key: Key, signals: Mapping[Key, Array]) -> Array | None:
    """A signal; of the pre-activations of all gates those of each side by side."""
    scan = trace.scan_named(key[0])
    if scan is not None and key[1] == "h" and scan.cell.blocks != ("",):
        return np.concatenate([signals[key[0], f"h_{k}"] for k in scan.cell.blocks], axis=-1)
    return signals.get(key)


def shape_of(trace: Trace, quantity_name: str, kind: Kind) -> tuple[int, ...] | None:
    """The shape that a quantity has here; None where there is no such quantity."""
    if kind in ("parameter", "weight"):
        named = {**trace.named_parameters(trace.parameters), **trace.parameters}
        return named[quantity_name].shape if quantity_name in named else None
    if quantity_name in ("x", "y"):
        return (trace.data.x if quantity_name == "x" else trace.data.y).shape
    part, _, own = quantity_name.partition(".")
    if own.endswith(START):
        array = trace.start.get((part, own.removesuffix(START)))
    else:
        array = trace.values.get((part, own))
    if array is None or (kind == "signal" and (part, own) == (HEAD, "a")):
        return None
    return array.shape
